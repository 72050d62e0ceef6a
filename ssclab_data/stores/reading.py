"""Read rows from the SQLite tables: one statement for a page, and one more for each expanded link."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload

import msgspec
import numpy as np
from msgspec import UNSET

from ssclab_data.model.columns import ABSENT, Columns, take
from ssclab_data.model.entity import Entity, Kind, Navigation, Property
from ssclab_data.model.identity import observation_key, split_observation_handle
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.stores import hot, observations, sql
from ssclab_data.stores.base import ColumnarRows, Page, Row
from ssclab_data.stores.packing import unpack
from ssclab_data.stores.scanning import Plan, Session
from ssclab_data.stores.shape import selected
from ssclab_data.stores.tables import table_of
from ssclab_data.stores.vectors import Frame

type LinkText = Callable[[str], str]
"""Write the condition that the row of an alias is at a link of `_PARENT`."""

_PARENT = "parent.value"
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
        entities = _entities(columns, frame.times(), self._keys)
        rows = zip(columns.handle.tolist(), entities, orders, strict=True)
        select = self._query.select
        return [
            Row(lab=self._lab, handle=handle, entity=selected(entity, select), order=order)
            for handle, entity, order in rows
        ]


def read_page(session: Session, query: ast.BoundQuery, lab: str) -> Page:
    """Read one page with all that it expands."""
    if query.entity_type == "Observation":
        plan = session.plan(query.filter)
        count = observations.count(session, plan) if query.count else None
        return _observation_page(session, query, lab, plan=plan, count=count)
    raw = _fetch(session, query)
    count = count_matching(session, query) if query.count else None
    return _page(session, query, lab, raw=raw, count=count)


def count_matching(session: Session, query: ast.BoundQuery) -> int:
    """Count what matches."""
    if query.entity_type == "Observation":
        return observations.count(session, session.plan(query.filter))
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


def _observation_page(session: Session, query: ast.BoundQuery, lab: str, *, plan: Plan, count: int | None) -> Page:
    found = observations.read(session, query, plan)
    return Page(
        entity_type="Observation",
        rows=_observation_rows(session, query, lab, columns=found.columns),
        count=count,
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
            related[handle][expand.name] = found.get(target)
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
        count = observations.count(session, plan) if query.count else None
        pages[handle] = _observation_page(session, query, lab, plan=plan, count=count)
    return pages


def _asks_newest(query: ast.BoundQuery) -> bool:
    return query.top == 1 and not (query.skip or query.filter or query.after) and query.orderby == _NEWEST


def _newest(
    session: Session, query: ast.BoundQuery, lab: str, *, handles: Sequence[int]
) -> dict[int, Row | Page | None]:
    """Answer with the newest Observation of each Datastream, which is kept beside the chunks."""
    given = msgspec.json.encode(handles).decode()
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
    where = _where(query, scope, keys=[], link=_link_text(below)(scope.alias))
    text = f"SELECT {_PARENT}, (SELECT count(*) FROM {scope.source}{where.text}) FROM json_each(?) AS parent"
    values = (*where.values, msgspec.json.encode(below.handles).decode())
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
    given = msgspec.json.encode(handles).decode()
    values = (*shown.values, given, *inner.values, *order.values)
    return _raw_rows(session, query, sql.Sql(text, values), packed)


def _shown(query: ast.BoundQuery, scope: sql.Scope) -> tuple[sql.Sql, int]:
    """Write the columns of a row: handle, key, properties, and the values it is sorted by, which are counted."""
    packed = [sql.value(key.expr, scope) for key in query.orderby]
    names = [name for names in table_of(query.entity_type).columns.values() for name in names]
    columns = [f"{scope.alias}.{name}" for name in ("id", "key", *names)]
    text = ", ".join([*columns, *(each.text for each in packed)])
    return sql.Sql(text, tuple(each for one in packed for each in one.values)), len(packed)


def _raw_rows(session: Session, query: ast.BoundQuery, statement: sql.Sql, packed: int) -> list[Raw]:
    fields = table_of(query.entity_type).columns
    rows = session.connection.execute(statement.text, statement.values)
    return [_raw(query.entity_type, row, packed, fields) for row in rows]


def _inner(query: ast.BoundQuery, link: LinkText, numbers: sql.Numbers) -> sql.Sql:
    """Choose the rows at the link of one parent, as many as a page has and one more."""
    scope = sql.Scope(query.entity_type, numbers)
    keys = sql.sort_keys(query, scope)
    where = _where(query, scope, keys=keys if query.after else [], link=link(scope.alias))
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


def _raw(entity_type: str, row: tuple[Any, ...], order: int, fields: dict[str, tuple[str, ...]]) -> Raw:
    parent, handle, key, *rest = row
    values: dict[str, Any] = {}
    at = 0
    for part in ENTITY_TYPES[entity_type].properties:
        width = len(fields[part.field])
        values[part.field] = _decoded(part, rest[at : at + width])
        at += width
    entity = ENTITY_TYPES[entity_type].struct(key=key, **values)
    return Raw(parent, handle, entity, tuple(unpack(value) for value in rest[len(rest) - order :]))


def _decoded(part: Property, cells: list[Any]) -> Any:
    first = cells[0]
    if part.kind is Kind.INTERVAL:
        return None if first is None else Interval(Instant(first), Instant(cells[1]))
    if first is None:
        return None if part.name == "observedArea" else UNSET
    if part.kind is Kind.INSTANT:
        return Instant(first)
    if part.kind is Kind.TEXT:
        return first
    document = msgspec.json.decode(first)
    return msgspec.convert(document, UnitOfMeasurement) if part.kind is Kind.UNIT else document


def _entities(columns: Columns, times: Sequence[Instant | Interval], keys: Mapping[int, str]) -> Iterator[Observation]:
    """Make the entities of columns."""
    size = len(columns)
    parts = zip(
        columns.datastream.tolist(),
        times,
        [0] * size if columns.ordinal is None else columns.ordinal.tolist(),
        columns.result.values(),
        _instants(columns.result_time, size),
        _documents(columns.quality, size),
        _intervals(columns.valid_start, columns.valid_stop, size),
        _documents(columns.parameters, size),
        strict=True,
    )
    for datastream, time, ordinal, result, known, quality, valid, parameters in parts:
        yield Observation(
            key=observation_key(keys[datastream], time, ordinal),
            phenomenon_time=time,
            result=result,
            result_time=known,
            result_quality=quality,
            valid_time=valid,
            parameters=parameters,
        )


def _instants(values: Any, size: int) -> list[Instant | None]:
    if values is None:
        return [None] * size
    return [None if us == ABSENT else Instant(us) for us in values.tolist()]


def _intervals(starts: Any, stops: Any, size: int) -> list[Any]:
    if starts is None or stops is None:
        return [UNSET] * size
    pairs = zip(starts.tolist(), stops.tolist(), strict=True)
    return [UNSET if start == ABSENT else Interval(Instant(start), Instant(stop)) for start, stop in pairs]


def _documents(texts: Any, size: int) -> list[Any]:
    if texts is None:
        return [UNSET] * size
    return [UNSET if text is None else msgspec.json.decode(text) for text in texts]
