"""Read SensorThings JSON as content to check: a page, an entity with its expands, or several of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from ssclab_data.errors import BodyError, SourceError, ValueParseError
from ssclab_data.inspection.content import NAMESPACE, Content, Item, Stream, series_of
from ssclab_data.inspection.linking import Name, nodes_of
from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.entity import Entity, EntityType, Navigation
from ssclab_data.model.finding import Finding
from ssclab_data.model.identity import iri
from ssclab_data.model.json_values import read_value
from ssclab_data.model.multi import kept_as
from ssclab_data.model.sensorthings import ENTITY_TYPES, OM, Datastream
from ssclab_data.model.series import Series
from ssclab_data.model.values import parse_time, start_of
from ssclab_data.sources.sensorthings.shapes import ENTITY_URL, SETS, key_of, listed
from ssclab_data.validation.json_wire import check_wire_document
from ssclab_data.validation.rules import RULES, Place

_ID = "@iot.id"
_COMPLEX = OM + "OM_ComplexObservation"
_UNKNOWN = ("Datastream", "unknown")
"""What Observations are of that do not say so."""

_REFERENCE = 2
"""So many members at most has an object that only names an entity."""

_LINK = "@iot.navigationLink"
_MULTI = "MultiDatastream"


class Documents:
    """SensorThings JSON on its way in: entities by name, the links between them, Observations by Datastream."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.entities: dict[Name, Entity] = {}
        self.links: dict[Name, dict[str, tuple[Name, ...]]] = defaultdict(dict)
        self.findings: list[Finding] = []
        self.address: dict[Name, str] = {}
        """The `@iot.id` of each entity, as it is written in a path."""
        self.read = 0
        self.skipped = 0
        self._absent: dict[Name, Entity] = {}
        self._checked: dict[Name, list[Finding]] = defaultdict(list)
        self._rows: dict[Name, list[dict[str, Any]]] = defaultdict(list)

    def add(self, document: object, *, where: str) -> None:
        """Take in a page, an entity or a list.

        Raises:
            SourceError: it is no SensorThings JSON.
        """
        known = [(kind, one) for kind, one in listed(document) if kind]
        if not known:
            raise SourceError(
                "no SensorThings entity in it (a page with `value`, an entity, or sets by name such as `Things`); "
                "for a payload of a vendor give --source",
                source="sensorthings",
                where=where,
            )
        for found, one in known:
            self._take(one, found, where=where)

    def add_all(self, documents: list[Any], *, kind: str, where: str) -> None:
        """Take in entities of a known type."""
        for document in documents:
            self._take(document, kind, where=where)

    def add_observations(self, documents: object, *, of: Name, where: str) -> None:
        """Take in Observations of a Datastream that is known."""
        for document in documents if isinstance(documents, list) else ():
            self._take(document, "Observation", where=where, back=("Datastream", of))

    def content(self) -> Content:
        """Give what came in."""
        known = {**self._absent, **self.entities}
        nodes = dict(zip(known, nodes_of(known, self.links), strict=True))
        return Content(
            target=self.target,
            items=[Item(nodes[name], tuple(self._checked[name])) for name in self.entities],
            streams=list(self._streams(nodes)),
            findings=self.findings,
            records_read=self.read,
            records_rejected=self.skipped,
        )

    def _take(self, document: object, kind: str, *, where: str, back: tuple[str, Name] | None = None) -> Name | None:
        """Take one entity in, and those within it; returns its name where it is a descriptive one."""
        record = self.read
        self.read += 1
        if not isinstance(document, dict):
            self.skipped += 1
            facts = {"value": repr(document)[:60], "expected": "object"}
            self.findings.append(RULES["wrong-type"].finding(facts, Place(where=where, record=record)))
            return None
        name = kept_as(kind), key_of(document, self.read)
        self.address[name] = _address(document.get(_ID))
        found = [
            msgspec.structs.replace(one, where=where, record=record, entity=f"{kind} {name[1]}")
            for one in check_wire_document(kind, document)
        ]
        self._hold(document, kind, name=name, where=where, back=back)
        if kind == "Observation":
            self.findings += found
            return None
        self._checked[name] += found
        return name

    def _hold(
        self, document: dict[str, Any], kind: str, *, name: Name, where: str, back: tuple[str, Name] | None
    ) -> None:
        """Keep an entity, its links, and what is written out within it."""
        nested = self._nested(document, ENTITY_TYPES[name[0]], name=name, where=where)
        if back is not None:
            nested[back[0]] = (back[1],)
        if kind == "Observation":
            self._rows[self._datastream(nested)].append(document)
            return
        if name not in self.entities or len(document) > _REFERENCE:
            self.entities[name] = _decoded(document, kind, key=name[1])
        self.links[name].update(nested)

    def _datastream(self, nested: Mapping[str, tuple[Name, ...]]) -> Name:
        """Name the Datastream of an Observation; an address that does not hold its id does not tell which one it is."""
        found = nested.get("Datastream", (_UNKNOWN,))[0]
        return _UNKNOWN if "://" in found[1] else found

    def _nested(
        self, document: dict[str, Any], kind: EntityType, *, name: Name, where: str
    ) -> dict[str, tuple[Name, ...]]:
        links: dict[str, tuple[Name, ...]] = {}
        for link in kind.navigations:
            value = document.get(link.name)
            parts = value if isinstance(value, list) else [value]
            names = tuple(self._within(part, link, name, where) for part in parts if isinstance(part, dict))
            if not names and link.name not in document:
                names = self._elsewhere(document.get(f"{link.name}{_LINK}"), link)
            if names or isinstance(value, list):
                links[link.name] = names
        return {link: names for link, names in links.items() if link != "Observations"}

    def _elsewhere(self, address: object, link: Navigation) -> tuple[Name, ...]:
        """Name what an entity is linked to by an address alone: that it is linked is known, and nothing else."""
        if not isinstance(address, str) or (link.many and link.name != "Locations"):
            return ()
        url = ENTITY_URL.search(address)
        found = link.target, url[2].strip("'") if url and url[1] in SETS else address
        self._absent[found] = ENTITY_TYPES[link.target].struct(key=found[1])
        return (found,)

    def _within(self, document: dict[str, Any], link: Navigation, name: Name, where: str) -> Name:
        """Keep an entity that is written out in another one, with which it was checked."""
        self.read += 1
        own = link.target, key_of(document, self.read)
        self.address[own] = _address(document.get(_ID))
        self._hold(document, link.target, name=own, where=where, back=(link.inverse, name))
        return own

    def _streams(self, nodes: dict[Name, Node]) -> Iterator[Stream]:
        for name, rows in self._rows.items():
            series = _series(name[1], rows)
            if series is not None:
                yield Stream(nodes.get(name) or _bare(name), [series])


def read_documents(content: bytes, *, where: str) -> Content:
    """Read one file of SensorThings JSON.

    Raises:
        SourceError: it is no JSON, or none of SensorThings.
    """
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceError(f"no JSON: {error}", source="sensorthings", where=where) from error
    documents = Documents(where)
    documents.add(document, where=where)
    return documents.content()


def _bare(name: Name) -> Node:
    """Give a Datastream of which nothing is known but Observations."""
    return Node(iri=iri(NAMESPACE, "target", entity_type=name[0], key=name[1]), entity=Datastream(key=name[1]))


def _address(handle: object) -> str:
    if isinstance(handle, str):
        doubled = handle.replace("'", "''")
        return f"'{quote(doubled, safe="'")}'"
    return str(handle)


def _decoded(document: dict[str, Any], kind: str, *, key: str) -> Entity:
    """Read the properties that can be read; the others are findings of the schema."""
    fields: dict[str, Any] = {"observation_type": _COMPLEX} if kind == _MULTI else {}
    type_ = ENTITY_TYPES[kept_as(kind)]
    for part in type_.properties:
        if part.name in document:
            try:
                fields[part.field] = read_value(document[part.name], part, part.name)
            except BodyError:
                fields[part.field] = UNSET
    return type_.struct(key=key, **fields)


def _series(key: str, rows: list[dict[str, Any]]) -> Series | None:
    found = []
    for row in rows:
        try:
            found.append((parse_time(str(row.get("phenomenonTime"))), row.get("result")))
        except ValueParseError:
            continue  # a finding of the schema
    if not found:
        return None
    found.sort(key=lambda pair: start_of(pair[0]))
    return series_of(key, found)
