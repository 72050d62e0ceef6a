"""Find out what the path of a request to write addresses."""

import re

import msgspec

from ssclab_data.editing.lookups import ask, find, link_of
from ssclab_data.editing.streams import Streams
from ssclab_data.errors import MethodError, NotFoundError
from ssclab_data.model.entity import EntityType, Navigation
from ssclab_data.model.multi import VIEWS, kept_as
from ssclab_data.query.ast import ID, BoundQuery, Compare, Expr, Literal, Path, Query
from ssclab_data.query.bind import Limits, bind
from ssclab_data.query.resource_path import ResourcePath, parse_path, steps_of
from ssclab_data.query.views import MULTI, is_multi, stored
from ssclab_data.stores.base import Row

REF = "$ref"
_NAME = re.compile(r"[A-Za-z]+")


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What a path addresses.

    Attributes:
        target: of the whole path, without `$ref`.
        above: of the entity whose link the last step follows; None where it is a set of the service.
        link: that link.
        references: whether the links themselves are meant (`$ref`).
    """

    path: str
    version: str
    target: ResourcePath
    above: ResourcePath | None = None
    link: Navigation | None = None
    references: bool = False

    @property
    def kind(self) -> EntityType:
        """The type of what is addressed, as the version shows it."""
        return VIEWS[self.target.entity_type]


def read_address(path: str, version: str) -> Address:
    """Read a path.

    Raises:
        UnknownNameError: a set or link that is not there.
        QuerySyntaxError: it does not parse.
        MethodError: it addresses a property, a count or a value, which are not written by themselves.
    """
    steps = steps_of(path)
    references = bool(steps) and steps[-1] == REF
    if references:
        steps = steps[:-1]
    target = parse_path("/".join(steps), version=version, kinds=VIEWS)
    if target.property or target.count or target.raw or target.ref:
        raise MethodError(f"{path} is read only; change the entity that it belongs to", allowed=("GET", "HEAD"))
    if len(steps) < 2:
        return Address(path=path, version=version, target=target, references=references)
    above = parse_path("/".join(steps[:-1]), version=version, kinds=VIEWS)
    name = _NAME.match(steps[-1])
    link = link_of(above.entity_type, name.group() if name else "")
    return Address(path=path, version=version, target=target, above=above, link=link, references=references)


def bound(
    streams: Streams, target: ResourcePath, condition: Expr | None, *, version: str, limits: Limits
) -> BoundQuery:
    """Make the query on what is stored for the entities of a path that fulfil a condition in the names of a version."""
    query = bind(Query(entity_type=target.entity_type, filter=condition), version=version, kinds=VIEWS, limits=limits)
    rows = streams.transaction.read(ask("Datastream", is_multi())).rows
    return stored(query, frozenset(int(row.handle) for row in rows))


def read_at(streams: Streams, target: ResourcePath, path: str, *, version: str) -> Row:
    """Read the one entity that a path addresses.

    Raises:
        NotFoundError: there is none.
    """
    handle = handle_in(target)
    if handle is not None and kept_as(target.entity_type) == "Datastream":
        _check_shown(streams, target.entity_type, handle, path)
    if handle is not None:
        row = find(streams.transaction, target.entity_type, handle)
        if row is not None:
            return row
        raise NotFoundError(f"there is no {path}")
    query = bound(streams, target, target.filter, version=version, limits=Limits())
    rows = streams.transaction.read(msgspec.structs.replace(query, top=1)).rows
    if not rows:
        raise NotFoundError(f"there is no {path}")
    return rows[0]


def handle_in(target: ResourcePath) -> int | None:
    """Give the handle that a path consists of, as in `Things(1)`; None where it leads over links."""
    match target.filter:
        case Compare("eq", Path((name,)), Literal(int() as handle)) if name == ID:
            return handle
    return None


def handle_at(streams: Streams, target: ResourcePath, path: str, *, version: str) -> int:
    """Give the handle of the one entity that a path addresses.

    Raises:
        NotFoundError: there is none.
    """
    handle = handle_in(target)
    if handle is not None and kept_as(target.entity_type) == "Datastream":
        _check_shown(streams, target.entity_type, handle, path)
        return handle
    return int(read_at(streams, target, path, version=version).handle)


def _check_shown(streams: Streams, entity_type: str, handle: int, path: str) -> None:
    """Make sure that there is a Datastream, and that it is shown as one, or as a MultiDatastream.

    Raises:
        NotFoundError: it is not.
    """
    found = streams.datastream(handle)
    if found is None or (streams.multi(handle) is not None) is not (entity_type == MULTI):
        raise NotFoundError(f"there is no {path}")
