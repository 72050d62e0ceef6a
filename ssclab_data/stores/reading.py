"""Read rows from the SQLite tables: one statement for a page, and one more for each expanded link."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.model.entity import Entity, Kind, Navigation, Property
from ssclab_data.model.identity import observation_key
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.stores import sql
from ssclab_data.stores.base import Page, Row
from ssclab_data.stores.packing import unpack
from ssclab_data.stores.shape import selected
from ssclab_data.stores.tables import table_of

_PARENT = "parent.value"


class Raw(msgspec.Struct, frozen=True):
    """One row without its links; `parent` is the handle it was expanded from, or None."""

    parent: int | None
    handle: int
    entity: Entity
    order: tuple[Any, ...]


class Below(msgspec.Struct, frozen=True):
    """Where an expand starts: the entities of a type, and the link to follow from them."""

    entity_type: str
    link: Navigation
    handles: tuple[int, ...]


def read_page(connection: sqlite3.Connection, query: ast.BoundQuery, lab: str) -> Page:
    """Read one page with all that it expands."""
    raw = _fetch(connection, query, None)
    count = count_matching(connection, query) if query.count else None
    return _page(connection, query, lab, raw=raw, count=count)


def count_matching(connection: sqlite3.Connection, query: ast.BoundQuery) -> int:
    """Count what matches."""
    if query.filter is None and query.entity_type == "Observation":
        return int(connection.execute("SELECT coalesce(sum(observations), 0) FROM datastream").fetchone()[0])
    scope = sql.Scope(query.entity_type, sql.Numbers())
    where = _where(query, scope, keys=[])
    text = f"SELECT count(*) FROM {scope.source}{where.text}"
    return int(connection.execute(text, where.values).fetchone()[0])


def matching_handles(connection: sqlite3.Connection, query: ast.BoundQuery) -> list[int]:
    """Give the handles of what matches, ascending."""
    scope = sql.Scope(query.entity_type, sql.Numbers())
    where = _where(query, scope, keys=[])
    text = f"SELECT {scope.alias}.id FROM {scope.source}{where.text} ORDER BY 1"
    return [row[0] for row in connection.execute(text, where.values)]


def _page(
    connection: sqlite3.Connection, query: ast.BoundQuery, lab: str, *, raw: Sequence[Raw], count: int | None
) -> Page:
    taken = raw if query.top is None else raw[: query.top]
    return Page(
        entity_type=query.entity_type,
        rows=tuple(_rows(connection, query, lab, raw=taken)),
        count=count,
        more=len(raw) > len(taken),
    )


def _rows(connection: sqlite3.Connection, query: ast.BoundQuery, lab: str, *, raw: Sequence[Raw]) -> list[Row]:
    handles = tuple(dict.fromkeys(one.handle for one in raw))
    related: dict[int, dict[str, Row | Page | None]] = {handle: {} for handle in handles}
    for expand in query.expand:
        link = ENTITY_TYPES[query.entity_type].by_name[expand.name]
        assert isinstance(link, Navigation)  # noqa: S101 - bind looked
        assert isinstance(expand.query, ast.BoundQuery)  # noqa: S101 - bind binds expands too
        below = Below(query.entity_type, link, handles)
        for handle, found in _expanded(connection, expand.query, lab, below).items():
            related[handle][expand.name] = found
    return [
        Row(
            lab=lab,
            handle=one.handle,
            entity=selected(one.entity, query.select),
            related=related[one.handle],
            order=one.order,
        )
        for one in raw
    ]


def _expanded(
    connection: sqlite3.Connection, query: ast.BoundQuery, lab: str, below: Below
) -> dict[int, Row | Page | None]:
    """Read what is at one link of many entities."""
    raw = _fetch(connection, query, below) if below.handles else []
    groups: dict[int, list[Raw]] = {handle: [] for handle in below.handles}
    for one in raw:
        groups[one.parent or 0].append(one)
    kept = [one for group in groups.values() for one in (group if query.top is None else group[: query.top])]
    rows: dict[int, list[Row]] = {handle: [] for handle in below.handles}
    for one, row in zip(kept, _rows(connection, query, lab, raw=kept), strict=True):
        rows[one.parent or 0].append(row)
    if not below.link.many:
        return {handle: found[0] if found else None for handle, found in rows.items()}
    counts = _counts(connection, query, below) if query.count else {}
    return {
        handle: Page(
            entity_type=query.entity_type,
            rows=tuple(found),
            count=counts.get(handle, 0) if query.count else None,
            more=len(groups[handle]) > len(found),
        )
        for handle, found in rows.items()
    }


def _counts(connection: sqlite3.Connection, query: ast.BoundQuery, below: Below) -> dict[int, int]:
    scope = sql.Scope(query.entity_type, sql.Numbers())
    link = sql.link_condition(below.entity_type, below.link, near=_PARENT, far=scope.alias)
    where = _where(query, scope, keys=[], link=link)
    text = f"SELECT {_PARENT}, (SELECT count(*) FROM {scope.source}{where.text}) FROM json_each(?) AS parent"
    values = (*where.values, msgspec.json.encode(below.handles).decode())
    return dict(connection.execute(text, values).fetchall())


def _fetch(connection: sqlite3.Connection, query: ast.BoundQuery, below: Below | None) -> list[Raw]:
    """Read the rows of a query; with `below`, those at a link of each of its entities, in one statement."""
    numbers = sql.Numbers()
    scope = sql.Scope(query.entity_type, numbers)
    keys = sql.sort_keys(query, scope)
    order = sql.order_clause(keys)
    packed = [sql.value(key.expr, scope) for key in query.orderby]
    columns = _columns(query.entity_type, scope)
    shown = ", ".join([f"{scope.alias}.id", *columns, *(each.text for each in packed)])
    shown_values = tuple(each for one in packed for each in one.values)
    limit, limit_values = _limit(query)
    if below is None:
        where = _where(query, scope, keys=keys if query.after else [])
        text = f"SELECT NULL, {shown} FROM {scope.source}{where.text}{order.text}{limit}"
        values = (*shown_values, *where.values, *order.values, *limit_values)
    else:
        inner = _inner(query, below, numbers)
        text = (
            f"SELECT {_PARENT}, {shown} FROM json_each(?) AS parent JOIN {table_of(query.entity_type).name} AS "
            f"{scope.alias} ON {scope.alias}.id IN ({inner.text}){scope.joins}{order.text}"
        )
        handles = msgspec.json.encode(below.handles).decode()
        values = (*shown_values, handles, *inner.values, *order.values)
    fields = table_of(query.entity_type).columns
    return [_raw(query.entity_type, row, len(packed), fields) for row in connection.execute(text, values)]


def _inner(query: ast.BoundQuery, below: Below, numbers: sql.Numbers) -> sql.Sql:
    """Choose the rows at the link of one parent, as many as a page has and one more."""
    scope = sql.Scope(query.entity_type, numbers)
    keys = sql.sort_keys(query, scope)
    link = sql.link_condition(below.entity_type, below.link, near=_PARENT, far=scope.alias)
    where = _where(query, scope, keys=keys if query.after else [], link=link)
    limit, limit_values = _limit(query)
    order = sql.order_clause(keys) if limit else sql.Sql("")
    text = f"SELECT {scope.alias}.id FROM {scope.source}{where.text}{order.text}{limit}"
    return sql.Sql(text, (*where.values, *order.values, *limit_values))


def _where(query: ast.BoundQuery, scope: sql.Scope, *, keys: list[sql.SortKey], link: str = "") -> sql.Sql:
    parts = [sql.Sql(link)] if link else []
    if query.filter is not None:
        parts.append(sql.condition(query.filter, scope))
    if keys:
        parts.append(sql.after_clause(keys))
    if not parts:
        return sql.Sql("")
    texts = " AND ".join(f"({part.text})" for part in parts)
    return sql.Sql(f" WHERE {texts}", tuple(each for part in parts for each in part.values))


def _limit(query: ast.BoundQuery) -> tuple[str, tuple[int, ...]]:
    if query.top is None and not query.skip:
        return "", ()
    return " LIMIT ? OFFSET ?", (-1 if query.top is None else query.top + 1, query.skip)


def _columns(entity_type: str, scope: sql.Scope) -> list[str]:
    names = [name for names in table_of(entity_type).columns.values() for name in names]
    if entity_type == "Observation":
        datastream, _ = scope.reach(("Datastream",))
        return [f"{datastream}.key", *(f"{scope.alias}.{name}" for name in names)]
    return [f"{scope.alias}.{name}" for name in ("key", *names)]


def _raw(entity_type: str, row: tuple[Any, ...], order: int, fields: dict[str, tuple[str, ...]]) -> Raw:
    parent, handle, key, *rest = row
    values: dict[str, Any] = {}
    at = 0
    for part in ENTITY_TYPES[entity_type].properties:
        width = len(fields[part.field])
        values[part.field] = _decoded(entity_type, part, rest[at : at + width])
        at += width
    if entity_type == "Observation":
        key = observation_key(key, values["phenomenon_time"])
    entity = ENTITY_TYPES[entity_type].struct(key=key, **values)
    return Raw(parent, handle, entity, tuple(unpack(value) for value in rest[len(rest) - order :]))


def _decoded(entity_type: str, part: Property, cells: list[Any]) -> Any:
    first = cells[0]
    if entity_type == "Observation" and part.name == "phenomenonTime":
        start, stop, span = cells
        return Interval(Instant(start), Instant(stop)) if span else Instant(start)
    if entity_type == "Observation" and part.name == "result":
        return _result(first, cells[1])
    if part.kind is Kind.INTERVAL:
        absent = UNSET if part.name == "validTime" else None
        return absent if first is None else Interval(Instant(first), Instant(cells[1]))
    if first is None:
        return None if part.name == "resultTime" else (None if part.name == "observedArea" else UNSET)
    if part.kind is Kind.INSTANT:
        return Instant(first)
    if part.kind is Kind.TEXT:
        return first
    document = msgspec.json.decode(first)
    return msgspec.convert(document, UnitOfMeasurement) if part.kind is Kind.UNIT else document


def _result(kind: int, cell: Any) -> Any:
    match kind:
        case 0:
            return None
        case 1:
            return cell == "t"
        case 5:
            return msgspec.json.decode(cell)
    return cell
