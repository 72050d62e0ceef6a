"""Take SensorThings documents apart into entities with their keys and links, and count what they hold."""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.model.entity import Navigation
from ssclab_data.model.finding import Finding
from ssclab_data.model.identity import natural_key
from ssclab_data.model.multi import VIEWS, kept_as
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.declaration.services import ServiceFile, ThingsBy
from ssclab_data.sources.sensorthings import naming
from ssclab_data.sources.sensorthings.shapes import CONTEXT, ID, LINK, SELF, SETS, listed
from ssclab_data.sources.sensorthings.wording import found as worded

type Name = tuple[str, str]
"""Entity type as it is kept, and natural key."""

_NAMED = ("name", "feature", "location")


class Back(msgspec.Struct, frozen=True):
    """The entity by which another one was found.

    Attributes:
        link: from it to the other one.
        key: its natural key.
        id: as the service has it, or "".
        found: itself, where the payload has it.
    """

    link: Navigation
    key: str
    id: str
    found: "Found | None" = None


class Found(msgspec.Struct, kw_only=True):
    """One entity that is written out: a record.

    Attributes:
        kind: its type as the document has it (`MultiDatastream`); "" where nothing tells it.
        id: as the service has it; "" where it has none.
        service: whose id it is.
        back: the entity by which it was found, where there is one.
        links: keys of what it is linked to, by the name of the link.
        kept: whether anything of it is kept.
    """

    record: int
    kind: str
    document: Mapping[str, Any]
    key: str = ""
    id: str = ""
    service: str = ""
    back: Back | None = None
    links: dict[str, list[str]] = msgspec.field(default_factory=lambda: defaultdict(list))
    findings: list[Finding] = msgspec.field(default_factory=list)
    kept: bool = True
    mapped: int = 0
    ignored: int = 0
    rejected: int = 0
    missing: int = 0
    digits_cut: int = 0

    @property
    def name(self) -> Name:
        """Type as it is kept, and key."""
        return kept_as(self.kind), self.key

    @property
    def alone(self) -> bytes:
        """A payload that holds this record alone, within the entity by which it was found."""
        document, kind = dict(self.document), self.kind
        if self.back is not None:
            document = {**_bare(self.document), **_reference(self.back)}
            if self.back.found is not None:
                above, link = self.back.found, self.back.link
                within = [document] if link.many else document
                document, kind = {**_bare(above.document), **_reference(above.back), link.name: within}, above.kind
        page: dict[str, Any] = {"value": [document]}
        if kind and self.service:
            page[CONTEXT] = f"https://{self.service}/v1.1/$metadata#{VIEWS[kind].plural}"
        return msgspec.json.encode(page)


class Taking:
    """Documents on their way in."""

    def __init__(self, source: str, context: SourceContext, file: ServiceFile | None = None) -> None:
        self.source = source
        self.context = context
        self.file = file
        self.found: list[Found] = []
        self.service = naming.service_by(context)
        self.unknown_service = False

    def add(self, document: object) -> None:
        """Take in a page, an entity or several.

        Raises:
            SourceError: it is of another service than the mapping is for.
        """
        service = naming.service_in(document) or self.service
        if self.file is not None and service and service != self.file.service:
            message = f"it is of the service {service}, not of {self.file.service}"
            raise SourceError(message, source=self.source, where=self.context.where)
        up = naming.above(document, self.context)
        for kind, one in listed(document):
            known = kind or (SETS.get(up.link, "") if up else "")
            self._take(one, known, service=service, back=self._above(up, known, service))

    def _above(self, up: naming.Above | None, kind: str, service: str) -> Back | None:
        if up is None or kind != SETS.get(up.link):
            return None
        link = VIEWS[up.kind].by_name.get(up.link)
        return Back(link, self.key(up.id, service), up.id) if isinstance(link, Navigation) else None

    def find(self, one: Found, rule: str, field: str = "", value: Any = None) -> None:
        """Note a finding about a record."""
        where = self.context.where
        one.findings.append(worded(rule, where=where, record=one.record, field=field, value=value))

    def _take(self, document: object, kind: str, *, service: str, back: Back | None) -> str:
        """Take in an entity and what is written out within it; gives its key."""
        one = Found(record=len(self.found), kind=kind, document=document if isinstance(document, dict) else {})
        self.found.append(one)
        one.service, one.back = service, back
        if not kind or not isinstance(document, dict):
            one.kept, one.rejected = False, len(one.document)
            self.find(one, "unknown-entity", value=repr(document)[:80])
            return ""
        one.service = service = naming.service_of(document.get(SELF)) or service
        one.id = naming.id_of(document)
        one.key = self._own_key(one)
        if back is not None:
            one.links[back.link.inverse].append(back.key)
        for link in VIEWS[kind].navigations:
            self._link(one, link)
        return one.key

    def _link(self, one: Found, link: Navigation) -> None:
        value = one.document.get(link.name)
        for part in value if isinstance(value, list) else [value]:
            key = self._linked(one, link, part) if isinstance(part, dict) else ""
            if key:
                one.links[link.name].append(key)
        if not link.many and not one.links.get(link.name):
            kind, given = naming.linked_id(one.document.get(link.name + LINK))
            if kind == link.target and not self._by_name(kind):
                one.links[link.name].append(self.key(given, one.service))

    def _linked(self, one: Found, link: Navigation, part: dict[str, Any]) -> str:
        """Give the key of a linked entity, which is named by its id, or written out and then taken in."""
        given = naming.id_of(part)
        if given and all("@" in name for name in part):
            return "" if self._by_name(link.target) else self.key(given, one.service)
        return self._take(part, link.target, service=one.service, back=Back(link, one.key, one.id, one))

    def _by_name(self, kind: str) -> bool:
        return kind == "Thing" and self.file is not None and self.file.things is ThingsBy.NAME

    def _own_key(self, one: Found) -> str:
        if one.kind == "Observation":
            return ""  # it is known by its Datastream and time
        named, back = one.document.get("name"), one.back
        if named and self._by_name(one.kind):
            return natural_key(self.source, str(named))
        if one.id:
            return self.key(one.id, one.service)
        text = next((str(one.document[name]) for name in _NAMED if name in one.document), f"number-{one.record}")
        if back is not None and (back.link.many or one.kind == "Sensor"):
            return f"{back.key}/{natural_key(text)}"
        return self.key("by-name", one.service, text)

    def key(self, id_: str, service: str, *more: str) -> str:
        """Make a natural key of an id of a service."""
        if self.file is not None:
            return _joined(self.source, id_, *more)
        if not service:
            self.unknown_service = True
        return _joined(self.source, service or self.file_name, id_, *more)

    @property
    def file_name(self) -> str:
        """What stands for the service where nothing tells it: the name of the file."""
        return PurePath(self.context.where).name.split(".")[0] or "unnamed"


@lru_cache(maxsize=4_096)
def _joined(*parts: str) -> str:
    """Make a natural key; the Observations of a page name the same few."""
    return natural_key(*parts)


def _bare(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give an entity without the sets of entities that are written out within it."""
    return {name: value for name, value in document.items() if not (name in SETS and isinstance(value, list))}


def _reference(back: Back | None) -> dict[str, Any]:
    if back is None or not back.id:
        return {}
    inverse = VIEWS[back.link.target].by_name.get(back.link.inverse)
    many = isinstance(inverse, Navigation) and inverse.many
    return {back.link.inverse: [{ID: back.id}] if many else {ID: back.id}}
