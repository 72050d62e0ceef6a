"""Read rows from the SQLite tables: one statement for a page, and one more for each expanded link."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload

import msgspec
import numpy as np
from msgspec import UNSET

from ssclab_data.model.columns import Columns, take
from ssclab_data.model.entity import Entity, Kind, Navigation, Property
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.stores import distinct, hot, observations, sql
from ssclab_data.stores.base import ColumnarRows, Page, Row
from ssclab_data.stores.packing import listed, unpack
from ssclab_data.stores.scanning import Plan, Session
from ssclab_data.stores.tables import table_of
from ssclab_data.stores.vectors import Frame

type LinkText = Callable[[str], str]
"""Write the condition that the row of an alias is at a link of `_PARENT`."""

_PARENT = "parent.value"
_NULLABLE = ("result", "resultTime")
"""Properties of an Observation that are null where there is no value; the others are not there."""
_NEWEST = (
    ast.OrderBy(ast.Path(("phenomenonTime",)), ast.Direction.DESC),
    ast.OrderBy(ast.Path((ast.ID,)), ast.Direction.DESC),
)


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


class ObservationRows(ColumnarRows):
    """Observations that a query found."""

    def __init__(self, session: Session, query: ast.BoundQuery, lab: str, columns: Columns) -> None:
        self.columns = columns
        self._lab = lab
        self._query = query
        self._linked = session.linked
        self._keys = session.linked.keys_of(np.unique(columns.datastream).tolist())

    def __len__(self) -> int:
        return len(self.columns)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return self._rows(take(self.columns, index))
        at = range(len(self))[index]
        return self._rows(take(self.columns, slice(at, at + 1)))[0]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows(self.columns))

    def _rows(self, columns: Columns) -> list[Row]:
        frame = Frame(columns, len(columns), self._linked)
        orders = zip(*(frame.values(key.expr) for key in self._query.orderby), strict=True)
        entities = _entities(frame, self._keys, self._query.select)
        rows = zip(columns.handle.tolist(), entities, orders, strict=True)
        return [Row(lab=self._lab, handle=handle, entity=entity, order=order) for handle, entity, order in rows]


def read_page(session: Session, query: ast.BoundQuery, lab: str) -> Page:
    """Read one page with all that it expands."""
    if query.entity_type == "Observation":
        return _observation_page(session, query, lab, plan=session.plan(query.filter))
    raw = _fetch(session, query)
    count = count_matching(session, query) if query.count else None
    return _page(session, query, lab, raw=raw, count=count)


def count_matching(session: Session, query: ast.BoundQuery) -> int:
    """Count what matches."""
    if query.entity_type == "Observation":
        plan = session.plan(query.filter)
        return distinct.read(session, query, plan).count if query.distinct else observations.count(session, plan)
    scope = sql.Scope(query.entity_type, sql.Numbers(session.having))
    where = _where(query, scope, keys=[])
    text = f"SELECT count(*) FROM {scope.source}{where.text}"
    return int(session.connection.execute(text, where.values).fetchone()[0])


def matching_handles(session: Session, query: ast.BoundQuery) -> list[int]:
    """Give the handles of descriptive entities that match, ascending."""
    scope = sql.Scope(query.entity_type, sql.Numbers(session.having))
    where = _where(query, scope, keys=[])
    text = f"SELECT {scope.alias}.id FROM {scope.source}{where.text} ORDER BY 1"
    return [row[0] for row in session.connection.execute(text, where.values)]


def _observation_page(session: Session, query: ast.BoundQuery, lab: str, *, plan: Plan) -> Page:
    found: observations.Found | distinct.Combinations
    if query.distinct:
        found = distinct.read(session, query, plan)
        count: int | None = found.count
    else:
        count = observations.count(session, plan) if query.count else None
        found = observations.read(session, query, plan)
    return Page(
        entity_type="Observation",
        rows=_observation_rows(session, query, lab, columns=found.columns),
        count=count if query.count else None,
        more=found.more,
    )


def _observation_rows(session: Session, query: ast.BoundQuery, lab: str, *, columns: Columns) -> Sequence[Row]:
    rows = ObservationRows(session, query, lab, columns)
    if not query.expand:
        return rows
    related: dict[int, dict[str, Row | Page | None]] = {handle: {} for handle in columns.handle.tolist()}
    features = [0] * len(columns) if columns.feature is None else columns.feature.tolist()
    for expand in query.expand:
        at_feature = expand.name == "FeatureOfInterest"
        targets = features if at_feature else columns.datastream.tolist()
        found = _targets(session, _bound(expand), lab, handles=targets)
        for handle, target in zip(columns.handle.tolist(), targets, strict=True):
            related[handle][expand.member] = found.get(target)
    return tuple(msgspec.structs.replace(row, related=related[int(row.handle)]) for row in rows)


def _targets(session: Session, query: ast.BoundQuery, lab: str, *, handles: Sequence[int]) -> dict[int, Row]:
    """Read the entities that Observations link to, each once."""
    raw = _fetch_below(session, query, handles=sorted(set(handles)), link=lambda far: f"{far}.id = {_PARENT}")
    rows = _rows(session, query, lab, raw=raw)
    return {int(row.handle): row for row in rows}


def _page(session: Session, query: ast.BoundQuery, lab: str, *, raw: Sequence[Raw], count: int | None) -> Page:
    taken = raw if query.top is None else raw[: query.top]
    return Page(
        entity_type=query.entity_type,
        rows=tuple(_rows(session, query, lab, raw=taken)),
        count=count,
        more=len(raw) > len(taken),
    )


def _rows(session: Session, query: ast.BoundQuery, lab: str, *, raw: Sequence[Raw]) -> list[Row]:
    handles = tuple(dict.fromkeys(one.handle for one in raw))
    related: dict[int, dict[str, Row | Page | None]] = {handle: {} for handle in handles}
    for expand in query.expand:
        link = ENTITY_TYPES[query.entity_type].by_name[expand.name]
        assert isinstance(link, Navigation)  # noqa: S101 - bind looked
        below = Below(query.entity_type, link, handles)
        for handle, found in _expanded(session, _bound(expand), lab, below).items():
            related[handle][expand.member] = found
    return [
        Row(
            lab=lab,
            handle=one.handle,
            entity=one.entity,
            related=related[one.handle],
            order=one.order,
        )
        for one in raw
    ]


def _bound(expand: ast.Expand) -> ast.BoundQuery:
    assert isinstance(expand.query, ast.BoundQuery)  # noqa: S101 - bind binds expands too
    return expand.query


def _expanded(session: Session, query: ast.BoundQuery, lab: str, below: Below) -> Mapping[int, Row | Page | None]:
    """Read what is at one link of many entities."""
    if below.link.target == "Observation":
        return _expanded_observations(session, query, lab, below)
    link = _link_text(below)
    raw = _fetch_below(session, query, handles=below.handles, link=link) if below.handles else []
    groups: dict[int, list[Raw]] = {handle: [] for handle in below.handles}
    for one in raw:
        groups[one.parent or 0].append(one)
    kept = [one for group in groups.values() for one in (group if query.top is None else group[: query.top])]
    rows: dict[int, list[Row]] = {handle: [] for handle in below.handles}
    for one, row in zip(kept, _rows(session, query, lab, raw=kept), strict=True):
        rows[one.parent or 0].append(row)
    if not below.link.many:
        return {handle: found[0] if found else None for handle, found in rows.items()}
    counts = _counts(session, query, below) if query.count else {}
    return {
        handle: Page(
            entity_type=query.entity_type,
            rows=tuple(found),
            count=counts.get(handle, 0) if query.count else None,
            more=len(groups[handle]) > len(found),
        )
        for handle, found in rows.items()
    }


def _expanded_observations(
    session: Session, query: ast.BoundQuery, lab: str, below: Below
) -> dict[int, Row | Page | None]:
    """Read the Observations of many Datastreams or FeaturesOfInterest, a page for each."""
    if below.entity_type == "Datastream" and _asks_newest(query):
        return _newest(session, query, lab, handles=below.handles)
    pages: dict[int, Row | Page | None] = {}
    for handle in below.handles:
        if below.entity_type == "Datastream":
            plan = session.plan(query.filter, within=frozenset((handle,)))
        else:
            of = ast.Compare("eq", ast.Path((below.entity_type, ast.ID)), ast.Literal(handle))
            plan = session.plan(ast.all_of(query.filter, of))
        pages[handle] = _observation_page(session, query, lab, plan=plan)
    return pages


def _asks_newest(query: ast.BoundQuery) -> bool:
    return query.top == 1 and not (query.skip or query.filter or query.after) and query.orderby == _NEWEST


def _newest(
    session: Session, query: ast.BoundQuery, lab: str, *, handles: Sequence[int]
) -> dict[int, Row | Page | None]:
    """Answer with the newest Observation of each Datastream, which is kept beside the chunks."""
    given = listed(handles)
    text = f"SELECT {hot.NAMES} FROM latest WHERE datastream_id IN (SELECT value FROM json_each(?))"
    columns = hot.columns_of(session.connection.execute(text, (given,)).fetchall())
    rows = _observation_rows(session, query, lab, columns=columns)
    newest = {split_observation_handle(int(row.handle))[0]: row for row in rows}
    text = "SELECT id, observations FROM datastream WHERE id IN (SELECT value FROM json_each(?))"
    return {
        handle: Page(
            entity_type="Observation",
            rows=(newest[handle],) if handle in newest else (),
            count=size if query.count else None,
            more=size > 1,
        )
        for handle, size in session.connection.execute(text, (given,))
    }


def _counts(session: Session, query: ast.BoundQuery, below: Below) -> dict[int, int]:
    scope = sql.Scope(query.entity_type, sql.Numbers(session.having))
    where = _where(query, scope, keys=[], link=_link_text(below))
    text = f"SELECT {_PARENT}, (SELECT count(*) FROM {scope.source}{where.text}) FROM json_each(?) AS parent"
    values = (*where.values, listed(below.handles))
    return dict(session.connection.execute(text, values).fetchall())


def _link_text(below: Below) -> LinkText:
    return lambda far: sql.link_condition(below.entity_type, below.link, near=_PARENT, far=far)


def _fetch(session: Session, query: ast.BoundQuery) -> list[Raw]:
    """Read the rows of a query."""
    scope = sql.Scope(query.entity_type, sql.Numbers(session.having))
    keys = sql.sort_keys(query, scope)
    shown, packed = _shown(query, scope)
    where = _where(query, scope, keys=keys if query.after else [])
    order = sql.order_clause(keys)
    limit, limit_values = _limit(query)
    text = f"SELECT NULL, {shown.text} FROM {scope.source}{where.text}{order.text}{limit}"
    values = (*shown.values, *where.values, *order.values, *limit_values)
    return _raw_rows(session, query, sql.Sql(text, values), packed)


def _fetch_below(session: Session, query: ast.BoundQuery, *, handles: Sequence[int], link: LinkText) -> list[Raw]:
    """Read the rows at a link of each of many entities, in one statement."""
    numbers = sql.Numbers(session.having)
    scope = sql.Scope(query.entity_type, numbers)
    keys = sql.sort_keys(query, scope)
    shown, packed = _shown(query, scope)
    order = sql.order_clause(keys)
    inner = _inner(query, link, numbers)
    text = (
        f"SELECT {_PARENT}, {shown.text} FROM json_each(?) AS parent JOIN {table_of(query.entity_type).name} AS "
        f"{scope.alias} ON {scope.alias}.id IN ({inner.text}){scope.joins}{order.text}"
    )
    given = listed(handles)
    values = (*shown.values, given, *inner.values, *order.values)
    return _raw_rows(session, query, sql.Sql(text, values), packed)


def _shown(query: ast.BoundQuery, scope: sql.Scope) -> tuple[sql.Sql, int]:
    """Write the columns of a row: handle, key, properties, and the values it is sorted by, which are counted."""
    packed = [sql.value(key.expr, scope) for key in query.orderby]
    fields = table_of(query.entity_type).columns
    names = [name for part in _chosen(query) for name in fields[part.field]]
    columns = [f"{scope.alias}.{name}" for name in ("id", "key", *names)]
    text = ", ".join([*columns, *(each.text for each in packed)])
    return sql.Sql(text, tuple(each for one in packed for each in one.values)), len(packed)


def _chosen(query: ast.BoundQuery) -> list[Property]:
    """Give the properties that are to be read."""
    wanted = {path[0] for path in query.select}
    return [part for part in ENTITY_TYPES[query.entity_type].properties if not wanted or part.name in wanted]


def _raw_rows(session: Session, query: ast.BoundQuery, statement: sql.Sql, packed: int) -> list[Raw]:
    """Read rows: the parent, handle and key, the properties, and the values they are sorted by."""
    fields = table_of(query.entity_type).columns
    parts = _chosen(query)
    readers = [(part.field, _decoder(part), len(fields[part.field])) for part in parts]
    places = list(itertools.accumulate((width for _, _, width in readers), initial=_FIRST))
    struct, end = ENTITY_TYPES[query.entity_type].struct, places[-1]
    found = []
    for row in session.connection.execute(statement.text, statement.values):
        values = {
            field: decode(row[place], row[place + width - 1])
            for (field, decode, width), place in zip(readers, places, strict=False)
        }
        order = tuple(map(unpack, row[end : end + packed]))
        found.append(Raw(row[0], row[1], struct(key=row[2], **values), order))
    return found


def _decoder(part: Property) -> Callable[[Any, Any], Any]:
    return _area if part.name == "observedArea" else _DECODERS.get(part.kind, _document)


def _document(cell: Any, _: Any) -> Any:
    return UNSET if cell is None else msgspec.json.decode(cell)


def _area(cell: Any, _: Any) -> Any:
    return None if cell is None else msgspec.json.decode(cell)


_FIRST = 3
_DECODERS: dict[Kind, Callable[[Any, Any], Any]] = {
    Kind.INTERVAL: lambda start, end: None if start is None else Interval(Instant(start), Instant(end)),
    Kind.INSTANT: lambda cell, _: UNSET if cell is None else Instant(cell),
    Kind.TEXT: lambda cell, _: UNSET if cell is None else cell,
    Kind.UNIT: lambda cell, _: UNSET if cell is None else msgspec.json.decode(cell, type=UnitOfMeasurement),
}


def _inner(query: ast.BoundQuery, link: LinkText, numbers: sql.Numbers) -> sql.Sql:
    """Choose the rows at the link of one parent, as many as a page has and one more."""
    scope = sql.Scope(query.entity_type, numbers)
    keys = sql.sort_keys(query, scope)
    where = _where(query, scope, keys=keys if query.after else [], link=link)
    limit, limit_values = _limit(query)
    order = sql.order_clause(keys) if limit else sql.Sql("")
    text = f"SELECT {scope.alias}.id FROM {scope.source}{where.text}{order.text}{limit}"
    return sql.Sql(text, (*where.values, *order.values, *limit_values))


def _where(
    query: ast.BoundQuery, scope: sql.Scope, *, keys: list[sql.SortKey], link: LinkText | None = None
) -> sql.Sql:
    parts = [_is_first(query, scope, link)] if query.distinct else _conditions(query, scope, link)
    if keys:
        parts.append(sql.after_clause(keys))
    if not parts:
        return sql.Sql("")
    texts = " AND ".join(f"({part.text})" for part in parts)
    return sql.Sql(f" WHERE {texts}", tuple(each for part in parts for each in part.values))


def _conditions(query: ast.BoundQuery, scope: sql.Scope, link: LinkText | None) -> list[sql.Sql]:
    parts = [] if link is None else [sql.Sql(link(scope.alias))]
    return parts if query.filter is None else [*parts, sql.condition(query.filter, scope)]


def _is_first(query: ast.BoundQuery, scope: sql.Scope, link: LinkText | None) -> sql.Sql:
    """Write that of all that match and have the same values a row is the one with the least handle."""
    inner = sql.Scope(query.entity_type, scope.numbers)
    keys = sql.sort_keys(msgspec.structs.replace(query, after=()), inner)
    where = _where(msgspec.structs.replace(query, distinct=()), inner, keys=[], link=link)
    group = ", ".join(key.sql.text for key in keys)
    text = f"SELECT min({inner.alias}.id) FROM {inner.source}{where.text} GROUP BY {group}"
    values = (*where.values, *(each for key in keys for each in key.sql.values))
    return sql.Sql(f"{scope.alias}.id IN ({text})", values)


def _limit(query: ast.BoundQuery) -> tuple[str, tuple[int, ...]]:
    if query.top is None and not query.skip:
        return "", ()
    return " LIMIT ? OFFSET ?", (-1 if query.top is None else query.top + 1, query.skip)


def _entities(frame: Frame, keys: Mapping[int, str], select: tuple[tuple[str, ...], ...]) -> Iterator[Observation]:
    """Make the entities of Observations, with what is selected of them."""
    wanted = {path[0] for path in select}
    parts = [
        (part.field, part.name in _NULLABLE, frame.values(ast.Path((part.name,))))
        for part in ENTITY_TYPES["Observation"].properties
        if not wanted or part.name in wanted
    ]
    for row, key in enumerate(frame.keys(keys)):
        values = {
            field: UNSET if column[row] is None and not nullable else column[row] for field, nullable, column in parts
        }
        yield Observation(key=key, **values)
