"""Write the entities of a page as CSV: a row for each, or for each member of a link to many."""

from collections.abc import Iterator
from typing import Any

from ssclab_data.endpoints.sensorthings.encode import Encoder
from ssclab_data.endpoints.sensorthings.members import HANDLE, Column, columns_of
from ssclab_data.endpoints.sensorthings.paged import Paged
from ssclab_data.errors import QueryLimitError, UnsupportedError
from ssclab_data.model.entity import Navigation
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.query.ast import ID, And, BoundQuery, Compare, Expand, Expr, Literal, Path, Query
from ssclab_data.query.views import MULTI, SINGLE
from ssclab_data.rendering import table

_FORMAT = "$resultFormat=CSV"


def check(query: BoundQuery, encoder: Encoder) -> None:
    """Make sure that a table can hold what a query asks for.

    Raises:
        UnsupportedError: it expands several links to many, or counts what is at a link.
    """
    many = [expand.name for expand in query.expand if _leads_to_many(expand, query, encoder)]
    if len(many) > 1:
        cure = "expand one of them; a row has one member of each link"
        raise UnsupportedError(f"{_FORMAT} with links to many beside one another, {' and '.join(many)},", cure)
    for expand in query.expand:
        if expand.query.count:
            raise UnsupportedError(f"{_FORMAT} with $count in $expand", "leave $count out, or ask for JSON")
        assert isinstance(expand.query, BoundQuery)  # noqa: S101 - bind binds expands too
        check(expand.query, encoder)


def render(paged: Paged) -> Iterator[bytes]:
    """Write a page (see `rendering.table` for how values are written).

    Raises:
        QueryLimitError: not all members of a link fit into the page of that link.
    """
    columns = tuple(_columns(paged))
    yield table.line(column.name for column in columns)
    for row, entity in zip(paged.page.rows, paged.entities, strict=True):
        _check_whole(entity, paged.query, given=paged.given)
        if paged.values:
            _check_result(entity, paged.values)
        if not isinstance(row.handle, str) and paged.query.entity_type == "Observation":
            entity = _with_series(entity, row.handle, encoder=paged.encoder)
        for flat in _unfolded(entity, paged.query, encoder=paged.encoder):
            yield table.line(column.value(flat) for column in columns)


def series_of(query: Query, encoder: Encoder) -> tuple[str, ...]:
    """Name the links of Observations whose handles a table has: to what they are of.

    There is none where a client selects or expands what it wants, and none at a hub.
    """
    if query.select or MULTI not in encoder.kinds or query.entity_type != "Observation":
        return ()
    named = [name for name in (SINGLE, MULTI) if handle_of_series(query.filter, name) is not None]
    found = named[:1] or ([SINGLE, MULTI] if encoder.multis else [SINGLE])
    return tuple(name for name in found if not any(expand.name == name for expand in query.expand))


def handle_of_series(condition: Expr | None, link: str) -> int | None:
    """Give the handle of the one Datastream, or MultiDatastream, that a filter on Observations leaves."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    for part in parts:
        match part:
            case Compare("eq", Path((name, last)), Literal(int() as handle)) if (name, last) == (link, ID):
                return handle
    return None


def _columns(paged: Paged) -> Iterator[Column]:
    for column in columns_of(paged.query, paged.encoder):
        if column.path == ("result",) and paged.values:
            names = paged.values if len(set(paged.values)) == len(paged.values) else map(str, range(len(paged.values)))
            yield from (Column(f"result/{name}", ("result", at)) for at, name in enumerate(names))
        else:
            yield column
    for name in series_of(paged.query, paged.encoder):
        yield Column(f"{name}/{HANDLE}", (name, HANDLE))


def _with_series(entity: dict[str, Any], handle: int, *, encoder: Encoder) -> dict[str, Any]:
    """Add the handle of what an Observation is of, which its own tells, to where an expand would put it."""
    series = split_observation_handle(handle)[0]
    name = MULTI if series in encoder.multis else SINGLE
    return {name: {HANDLE: series}, **entity}


def _check_result(entity: dict[str, Any], names: tuple[str, ...]) -> None:
    """Make sure that each value of a result has a column."""
    result = entity.get("result")
    if result is not None and not (isinstance(result, list) and len(result) == len(names)):
        reason = f"a result is no array of {len(names)} values; ask for JSON"
        raise UnsupportedError(f"{_FORMAT} of this MultiDatastream", reason)


def _check_whole(entity: dict[str, Any], query: Query, *, given: Query) -> None:
    """Make sure that all members of a link are there, or as many as the client asked for."""
    tops = {expand.name: expand.query for expand in given.expand}
    for expand in query.expand:
        below, wanted = entity[expand.name], tops.get(expand.name, expand.query)
        if f"{expand.name}@iot.nextLink" in entity and wanted.top != expand.query.top:
            raise QueryLimitError(
                f"{expand.name} has more than {expand.query.top} members, and CSV has no place for a link to the rest; "
                f"say how many you want, $expand={expand.name}($top={expand.query.top}), or ask for them as a set",
                option="$expand",
            )
        for member in below if isinstance(below, list) else () if below is None else (below,):
            _check_whole(member, expand.query, given=wanted)


def _unfolded(entity: dict[str, Any], query: Query, *, encoder: Encoder) -> Iterator[dict[str, Any]]:
    """Give an entity once for each member of the link to many that it leads to; once where there is none."""
    for expand in query.expand:
        if _leads_to_many(expand, query, encoder):
            below = entity[expand.name]
            for member in (below or [None]) if isinstance(below, list) else [below]:
                flats = [None] if member is None else _unfolded(member, expand.query, encoder=encoder)
                yield from ({**entity, expand.name: flat} for flat in flats)
            return
    yield entity


def _leads_to_many(expand: Expand, query: Query, encoder: Encoder) -> bool:
    link = encoder.kinds[query.entity_type].by_name[expand.name]
    assert isinstance(link, Navigation)  # noqa: S101 - bind looked
    return link.many or any(_leads_to_many(inner, expand.query, encoder) for inner in expand.query.expand)
