"""Make the query that one lab is asked from the hub's, and cut its rows back to what the hub was asked."""

from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import UnsupportedError
from ssclab_data.federation.cursor import after_filter
from ssclab_data.federation.routing import FALSE, TRUE, join, localise
from ssclab_data.model.entity import Navigation
from ssclab_data.model.sensorthings import entity_type
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.stores.base import Page, Row

_NOTHING = ast.Compare("ne", ast.Path((ast.ID,)), ast.Path((ast.ID,)))


def plan[Q: ast.Query](query: Q, lab: str) -> Q | None:
    """Make one lab's part of a query: its own handles, its part of the key set, all that sorting needs.

    Returns:
        A query for the lab, or None when nothing of the lab can match.

    Raises:
        NotFoundError: a handle in the filter names no lab.
        UnsupportedError: the filter, the order or distinct values cannot be asked of other labs.
    """
    condition = localise(join(query.filter or TRUE, after_filter(query)), lab)
    if condition == FALSE:
        return None
    wanted = None if query.top is None else query.skip + query.top + 1
    part = msgspec.structs.replace(query, filter=_filter(condition), top=wanted, skip=0, after=())
    return _widened(part, lab)


def count_plan[Q: ast.Query](query: Q, lab: str) -> Q | None:
    """Make the query that counts what matches in one lab, wherever the page starts; None when nothing can match.

    Raises:
        NotFoundError: a handle in the filter names no lab.
        UnsupportedError: the filter cannot be asked of other labs.
    """
    condition = localise(query.filter or TRUE, lab)
    if condition == FALSE:
        return None
    return msgspec.structs.replace(
        query, filter=_filter(condition), select=(), expand=(), orderby=(), top=0, skip=0, count=True, after=()
    )


def finish(row: Row, query: ast.Query) -> Row:
    """Give a row its order values, and take away what only sorting needed."""
    kind = entity_type(query.entity_type)
    asked = {path[0] for path in query.select}
    unasked = {part.field: UNSET for part in kind.properties if part.name not in asked} if asked else {}
    return Row(
        lab=row.lab,
        handle=row.handle,
        entity=msgspec.structs.replace(row.entity, **unasked),
        related={expand.name: _finish_related(row.related[expand.name], expand.query) for expand in query.expand},
        order=tuple(_value(row, key.expr, query.entity_type) for key in query.orderby),
    )


def _finish_related(related: "Row | None | Page", query: ast.Query) -> "Row | None | Page":
    if isinstance(related, Page):
        return msgspec.structs.replace(related, rows=tuple(finish(row, query) for row in related.rows))
    return None if related is None else finish(related, query)


def _filter(condition: ast.Expr) -> ast.Expr | None:
    return None if condition == TRUE else condition


def _widened[Q: ast.Query](query: Q, lab: str) -> Q:
    """Ask for handles and sort keys too, at every level, and localise the filters of what is expanded."""
    if query.distinct:
        raise UnsupportedError("distinct values at a hub", "ask each lab's own node")
    expand = tuple(
        msgspec.structs.replace(part, query=_widened(_localised(part.query, lab), lab)) for part in query.expand
    )
    wide = msgspec.structs.replace(query, expand=expand)
    for key in query.orderby:
        for path in ast.walk(key.expr):
            if isinstance(path, ast.Path):
                wide = _require(wide, path.segments)
    return _require(wide, (ast.ID,))


def _localised(query: ast.Query, lab: str) -> ast.Query:
    if query.filter is None:
        return query
    condition = localise(query.filter, lab)
    return msgspec.structs.replace(query, filter=_filter(_NOTHING if condition == FALSE else condition))


def _require[Q: ast.Query](query: Q, segments: tuple[str, ...]) -> Q:
    """Widen select and expand so that an answer holds the property at a path."""
    name, *rest = segments
    if name == ast.KEY:
        raise UnsupportedError("sorting by natural keys at a hub", "sort by a property or @iot.id")
    link = entity_type(query.entity_type).by_name.get(name)
    if not isinstance(link, Navigation):
        if not query.select or (name,) in query.select:
            return query
        return msgspec.structs.replace(query, select=(*query.select, (name,)))
    expands = {part.name: part for part in query.expand}
    bare = ast.Query(entity_type=link.target, select=((ast.ID,),))
    inner = expands[name].query if name in expands else bare
    expands[name] = ast.Expand(name, _require(inner, tuple(rest)))
    return msgspec.structs.replace(query, expand=tuple(expands.values()))


def _value(row: Row, expr: ast.Expr, type_name: str) -> Any:
    if not isinstance(expr, ast.Path):
        raise UnsupportedError("sorting by a calculated value at a hub", "sort by a property")
    return _at(row, expr.segments, type_name)


def _at(row: Row, segments: tuple[str, ...], type_name: str) -> Any:
    """Read the value at a path; None where there is none."""
    name, *rest = segments
    if name == ast.ID:
        return row.handle
    part = entity_type(type_name).by_name[name]
    if isinstance(part, Navigation):
        related = row.related[name]
        return _at(related, tuple(rest), part.target) if isinstance(related, Row) else None
    return _inside(getattr(row.entity, part.field), rest)


def _inside(value: Any, path: list[str]) -> Any:
    for name in path:
        if isinstance(value, UnitOfMeasurement):
            value = getattr(value, name)
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return None if value is UNSET else value
