"""Lower a bound query to SQL: values are parameters, identifiers come from the model."""

from collections.abc import Callable

import msgspec

from ssclab_data.model.entity import Kind, Navigation, Property
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.model.values import Instant, Interval
from ssclab_data.query import ast
from ssclab_data.query.evaluate import NOTHING, compares_as_text, evaluate, is_result
from ssclab_data.query.text import comparable, has_one_form
from ssclab_data.stores import areas
from ssclab_data.stores.packing import FALSE, FUNCTIONS, TRUE, Packed, constants, listed, pack
from ssclab_data.stores.shape import is_pair
from ssclab_data.stores.tables import area_tables, pairs_of, table_of

_JSON_KINDS = (Kind.JSON, Kind.VALUE, Kind.UNIT, Kind.GEOMETRY)
_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


class Sql(msgspec.Struct, frozen=True):
    """A piece of SQL and its parameters, in order."""

    text: str
    values: tuple[Packed | bytes, ...] = ()


class SortKey(msgspec.Struct, frozen=True):
    """One column to sort by.

    Attributes:
        after: the value of the last row seen.
    """

    sql: Sql
    descending: bool
    after: Packed | bytes = None


class Place(msgspec.Struct, frozen=True):
    """Where a path ends: a property, the handle or the key of an aliased table.

    Attributes:
        rest: members of the property.
        at_link: whether it is the handle of what the link of that name leads to.
    """

    alias: str
    entity_type: str
    name: str
    rest: tuple[str, ...] = ()
    at_link: bool = False

    @property
    def handle(self) -> str:
        """Column of the handle that it is, or ""."""
        if self.at_link:
            return f"{self.alias}.{table_of(self.entity_type).links[self.name]}"
        return f"{self.alias}.id" if self.name == ast.ID else ""

    @property
    def part(self) -> Property | None:
        """The property that it is, as a whole or a member of it."""
        part = None if self.at_link else ENTITY_TYPES[self.entity_type].by_name.get(self.name)
        return part if isinstance(part, Property) else None

    @property
    def text(self) -> str:
        """Column of the text that it is, or ""."""
        if self.part is None or self.part.kind is not Kind.TEXT:
            return ""
        return f"{self.alias}.{table_of(self.entity_type).columns[self.part.field][0]}"


type Having = Callable[[str, ast.Expr], list[int]]


class Scope:
    """One FROM clause: an entity's table, and the tables that its to-one links reach.

    Attributes:
        alias: of the entity's table.
    """

    def __init__(self, entity_type: str, numbers: "Numbers") -> None:
        self.entity_type = entity_type
        self.numbers = numbers
        self.alias = numbers.next()
        self._joined: dict[tuple[str, ...], str] = {(): self.alias}
        self._joins: list[str] = []

    @property
    def joins(self) -> str:
        """The joins that the paths met so far need."""
        return "".join(self._joins)

    @property
    def source(self) -> str:
        """The FROM clause, without the word."""
        return f"{table_of(self.entity_type).name} AS {self.alias}{self.joins}"

    def place(self, segments: tuple[str, ...]) -> Place:
        """Find where a path over to-one links ends, and join what it needs."""
        kind = ENTITY_TYPES[self.entity_type]
        walked: tuple[str, ...] = ()
        for at, name in enumerate(segments):
            part = kind.by_name.get(name)
            if not isinstance(part, Navigation):
                return Place(self._joined[walked], kind.name, name, tuple(segments[at + 1 :]))
            if segments[at + 1 :] == (ast.ID,):
                return Place(self._joined[walked], kind.name, name, at_link=True)
            walked = self._join(walked, kind.name, part)
            kind = ENTITY_TYPES[part.target]
        raise ValueError(f"{segments} is a link")

    def reach(self, path: tuple[str, ...]) -> tuple[str, str]:
        """Join to-one links.

        Returns:
            The alias and the entity type at their end.
        """
        kind = ENTITY_TYPES[self.entity_type]
        walked: tuple[str, ...] = ()
        for name in path:
            part = kind.by_name[name]
            assert isinstance(part, Navigation)  # noqa: S101 - bind looked
            walked = self._join(walked, kind.name, part)
            kind = ENTITY_TYPES[part.target]
        return self._joined[walked], kind.name

    def _join(self, walked: tuple[str, ...], entity_type: str, link: Navigation) -> tuple[str, ...]:
        path = (*walked, link.name)
        if path not in self._joined:
            alias = self._joined[path] = self.numbers.next()
            near, column = self._joined[walked], table_of(entity_type).links[link.name]
            self._joins.append(f" LEFT JOIN {table_of(link.target).name} AS {alias} ON {alias}.id = {near}.{column}")
        return path


class Numbers:
    """Number the aliases of one statement, and answer what SQL cannot: which entities have an Observation such that.

    Args:
        having: gives, for `Datastream` or `FeatureOfInterest` and a condition on Observations, the handles of those
            that have one which fulfils it.
    """

    def __init__(self, having: "Having") -> None:
        self.having = having
        self._last = 0

    def next(self) -> str:
        """Give a new alias."""
        self._last += 1
        return f"t{self._last}"


def condition(expr: ast.Expr, scope: Scope) -> Sql:
    """Lower what is asked to be true, so that indexes are used: false and unknown may be told as one another."""
    match expr:
        case ast.And(parts):
            return _joined(" AND ", [condition(part, scope) for part in parts])
        case ast.Or(parts):
            return _joined(" OR ", [condition(part, scope) for part in parts])
    boxes = _boxes(expr, scope)
    exact = _truth(expr, scope)
    if boxes is None:
        return exact
    return Sql(f"({boxes.inside.text} AND {exact.text})", (*boxes.inside.values, *exact.values))


def truth(expr: ast.Expr, scope: Scope) -> Sql:
    """Lower what is true, false or unknown (1, 0, NULL)."""
    boxes = _boxes(expr, scope)
    exact = _truth(expr, scope)
    if boxes is None:
        return exact
    text = f"(CASE WHEN {boxes.inside.text} THEN {exact.text} WHEN {boxes.known} THEN 0 END)"
    return Sql(text, (*boxes.inside.values, *exact.values))


def _truth(expr: ast.Expr, scope: Scope) -> Sql:
    match expr:
        case ast.And(parts):
            return _joined(" AND ", [truth(part, scope) for part in parts])
        case ast.Or(parts):
            return _joined(" OR ", [truth(part, scope) for part in parts])
        case ast.Not(part):
            inner = truth(part, scope)
            return Sql(f"(NOT {inner.text})", inner.values)
        case ast.Any():
            return _exists(expr, scope)
        case ast.In():
            return _membership(expr, scope)
        case ast.Compare():
            return _comparison(expr, scope)
    packed = value(expr, scope)
    return Sql(f"(CASE {packed.text} WHEN ? THEN 1 WHEN ? THEN 0 END)", (*packed.values, TRUE, FALSE))


class Boxes(msgspec.Struct, frozen=True):
    """What an R-tree tells of a condition.

    Attributes:
        inside: the geometry's box overlaps that outside of which the condition is false.
        known: the geometry has a box.
    """

    inside: Sql
    known: str


def _boxes(expr: ast.Expr, scope: Scope) -> Boxes | None:
    region = areas.region_of(expr)
    place = None if region is None else scope.place(region.path.segments)
    if region is None or place is None or place.part is None or place.part.kind is not Kind.GEOMETRY or place.rest:
        return None
    area = area_tables()[table_of(place.entity_type).name, place.part.field]
    inside = f"({place.alias}.id IN (SELECT id FROM {area.table} WHERE {areas.OVERLAPS}))"
    return Boxes(Sql(inside, region.edges), f"({place.alias}.id IN (SELECT id FROM {area.table}))")


def value(expr: ast.Expr, scope: Scope) -> Sql:
    """Lower what has a value, packed (see `packing`)."""
    if not any(isinstance(part, ast.Path | ast.Any) for part in ast.walk(expr)):
        return Sql("?", (pack(evaluate(expr, NOTHING)),))
    match expr:
        case ast.Path(segments):
            return _packed_path(scope.place(segments))
        case ast.Arithmetic(op, left, right):
            one, other = value(left, scope), value(right, scope)
            return Sql(f"ssc_arithmetic(?, {one.text}, {other.text})", (op, *one.values, *other.values))
        case ast.Call(name, args):
            lowered = [value(arg, scope) for arg in args]
            texts = "".join(f", {arg.text}" for arg in lowered)
            return Sql(f"ssc_call(?{texts})", (name, *(each for arg in lowered for each in arg.values)))
    told = truth(expr, scope)
    return Sql(f"(CASE {told.text} WHEN 1 THEN ? WHEN 0 THEN ? END)", (*told.values, TRUE, FALSE))


def sort_keys(query: ast.BoundQuery, scope: Scope) -> list[SortKey]:
    """Lower the order of a query to columns, with the values of the last row seen."""
    keys: list[SortKey] = []
    for number, key in enumerate(query.orderby):
        after = query.after[number] if query.after else None
        descending = key.direction is ast.Direction.DESC
        keys += [SortKey(sql, descending, last) for sql, last in _sort_columns(key.expr, scope, after)]
    return keys


def order_clause(keys: list[SortKey]) -> Sql:
    """Write ORDER BY; SQLite puts NULL first ascending and last descending, as the query wants it."""
    texts = [f"{key.sql.text}{' DESC' if key.descending else ''}" for key in keys]
    return Sql(f" ORDER BY {', '.join(texts)}", tuple(each for key in keys for each in key.sql.values))


def after_clause(keys: list[SortKey]) -> Sql:
    """Write the condition that a row comes after the last one seen."""
    alternatives = []
    for at, key in enumerate(keys):
        same = [Sql(f"{one.sql.text} IS ?", (*one.sql.values, one.after)) for one in keys[:at]]
        later = _later(key)
        if later is not None:
            alternatives.append(_joined(" AND ", [*same, later]))
    return _joined(" OR ", alternatives) if alternatives else Sql("0")


def _later(key: SortKey) -> Sql | None:
    text, values = key.sql.text, key.sql.values
    if key.after is None:
        return None if key.descending else Sql(f"{text} IS NOT NULL", values)
    if key.descending:
        return Sql(f"({text} < ? OR {text} IS NULL)", (*values, key.after, *values))
    return Sql(f"{text} > ?", (*values, key.after))


def _sort_columns(expr: ast.Expr, scope: Scope, after: ast.Value) -> list[tuple[Sql, Packed | bytes]]:
    if isinstance(expr, ast.Path):
        plain = _plain_columns(scope.place(expr.segments))
        if plain is not None:
            return list(zip(map(Sql, plain), _plain_values(after, len(plain)), strict=True))

    packed, last = value(expr, scope), pack(after)
    columns = [(Sql(f"ssc_class({packed.text})", packed.values), FUNCTIONS["ssc_class"][1](last))]
    for place in (0, 1):
        sql = Sql(f"ssc_sort({packed.text}, ?)", (*packed.values, place))
        columns.append((sql, FUNCTIONS["ssc_sort"][1](last, place)))
    return columns


def _plain_columns(place: Place) -> tuple[str, ...] | None:
    """Give the columns whose own order is the order wanted, or None."""
    if place.handle:
        return (place.handle,)
    if place.name == ast.KEY:
        return (f"{place.alias}.key",)
    if place.text:
        return (_comparable(place.text),)
    part = place.part
    if part is not None and part.kind in (Kind.INSTANT, Kind.INTERVAL):
        columns = table_of(place.entity_type).columns[part.field]
        return tuple(f"{place.alias}.{column}" for column in columns)
    return None


def _comparable(column: str) -> str:
    """Write a text as it is compared; only one that is not ASCII, which has more bytes than characters, is changed."""
    longer = f"length({column}) <> length(CAST({column} AS BLOB))"
    return f"(CASE WHEN {longer} THEN ssc_comparable({column}) ELSE {column} END)"


def _plain_values(after: ast.Value, count: int) -> tuple[Packed, ...]:
    match after:
        case Instant(us):
            return (us, us)[:count]
        case Interval(start, end):
            return (start.us, end.us)
        case None:
            return (None,) * count
        case str():
            return (comparable(after),)
        case bool() | int() | float():
            return (after,)
    return (pack(after),)


def _packed_path(place: Place) -> Sql:
    if place.handle:
        return Sql(place.handle)
    if place.name == ast.KEY:
        return _packed_text(f"{place.alias}.key")
    if place.text:
        return _packed_text(place.text)
    part = place.part
    assert part is not None  # noqa: S101 - bind looked
    columns = [f"{place.alias}.{column}" for column in table_of(place.entity_type).columns[part.field]]
    if part.kind in _JSON_KINDS:
        return Sql(f"ssc_member({', '.join([columns[0], *('?' for _ in place.rest)])})", tuple(map(str, place.rest)))
    if part.kind is Kind.INTERVAL:
        return Sql(f"(char(1) || 'v' || {columns[0]} || '/' || {columns[1]})")
    return Sql(f"(char(1) || 'i' || {columns[0]})")


def _packed_text(column: str) -> Sql:
    return Sql(f"(CASE WHEN substr({column}, 1, 1) = char(1) THEN char(1) || 's' || {column} ELSE {column} END)")


def _comparison(expr: ast.Compare, scope: Scope) -> Sql:
    left, op, right = expr.left, expr.op, expr.right
    if op in ("eq", "ne") and ast.Literal(None) in (left, right):
        other = value(left if right == ast.Literal(None) else right, scope)
        return Sql(f"({other.text} IS {'NOT ' if op == 'ne' else ''}NULL)", other.values)
    if isinstance(left, ast.Path) and isinstance(right, ast.Literal):
        quick = _quick(op, scope.place(left.segments), right.value)
        if quick is not None:
            return quick
    one, other = value(left, scope), value(right, scope)
    return Sql(
        f"ssc_compare(?, ?, {one.text}, {other.text})", (op, int(compares_as_text(expr)), *one.values, *other.values)
    )


def _membership(expr: ast.In, scope: Scope) -> Sql:
    """Lower that a value is one of some constants; of a column itself SQLite can say it."""
    given = [value.value for value in expr.values]
    if isinstance(expr.left, ast.Path):
        place = scope.place(expr.left.segments)
        if place.handle and all(isinstance(one, int) and not isinstance(one, bool) for one in given):
            return Sql(f"({place.handle} IN (SELECT value FROM json_each(?)))", (constants(map(pack, given)),))
        if place.text and all(isinstance(one, str) and "\0" not in one for one in given):  # SQLite's JSON ends there
            texts = [str(one) for one in given]
            column = place.text if all(map(has_one_form, texts)) else _comparable(place.text)
            return Sql(f"({column} IN (SELECT value FROM json_each(?)))", (constants(map(comparable, texts)),))
    left = value(expr.left, scope)
    return Sql(
        f"ssc_in(?, {left.text}, ?)",
        (int(is_result(expr.left)), *left.values, constants(map(pack, given))),
    )


def _quick(op: str, place: Place, constant: ast.Value) -> Sql | None:
    """Compare a column itself with a constant, where SQLite's comparison is the one wanted."""
    sign = _OPERATORS[op]
    if place.handle and isinstance(constant, int | float) and not isinstance(constant, bool):
        return Sql(f"({place.handle} {sign} ?)", (constant,))
    if place.name == ast.KEY and isinstance(constant, str):
        return Sql(f"({place.alias}.key {sign} ?)", (constant,))
    if place.text and isinstance(constant, str):
        exact = op in ("eq", "ne") and has_one_form(constant)
        return Sql(f"({place.text if exact else _comparable(place.text)} {sign} ?)", (comparable(constant),))
    columns = _plain_columns(place)
    if columns is not None and isinstance(constant, Instant) and place.part is not None and not place.text:
        return _quick_instant(op, columns, constant)
    return None


def _quick_instant(op: str, columns: tuple[str, ...], constant: Instant) -> Sql | None:
    """Compare a time with an instant; see `evaluate` for what the operators mean of intervals."""
    start, stop = columns[0], columns[-1]
    us = constant.us
    if op in ("ge", "gt"):
        return Sql(f"({start} {_OPERATORS[op]} ?)", (us,))
    if op == "le" or (op == "lt" and len(columns) > 1):
        return Sql(f"({stop} <= ?)", (us,))
    return Sql(f"({start} {_OPERATORS[op]} ?)", (us,)) if len(columns) == 1 else None


def _exists(expr: ast.Any, scope: Scope) -> Sql:
    near, entity_type = scope.reach(expr.path[:-1])
    link = ENTITY_TYPES[entity_type].by_name[expr.path[-1]]
    assert isinstance(link, Navigation)  # noqa: S101 - bind looked
    if link.target == "Observation":
        return _observed(near, entity_type, expr.predicate, scope.numbers.having)
    inner = Scope(link.target, scope.numbers)
    predicate = None if expr.predicate is None else condition(expr.predicate, inner)
    link_text = link_condition(entity_type, link, near=f"{near}.id", far=inner.alias)
    text = f"EXISTS (SELECT 1 FROM {inner.source} WHERE {link_text}"
    if predicate is None:
        return Sql(f"{text})")
    return Sql(f"{text} AND {predicate.text})", predicate.values)


def _observed(near: str, entity_type: str, predicate: ast.Expr | None, having: Having) -> Sql:
    """Write that an entity has an Observation, or one that fulfils a condition: a semi-join over chunks."""
    if predicate is None:
        column = "datastream_id" if entity_type == "Datastream" else "feature_id"
        return Sql(
            f"EXISTS (SELECT 1 FROM datastream_feature AS f WHERE f.{column} = {near}.id AND f.observations > 0)"
        )
    handles = listed(having(entity_type, predicate))
    return Sql(f"({near}.id IN (SELECT value FROM json_each(?)))", (handles,))


def link_condition(entity_type: str, link: Navigation, *, near: str, far: str) -> str:
    """Write that an aliased row is at a link of the entity whose id is the SQL `near`."""
    if is_pair(link):
        pairs, near_column, far_column = pairs_of(entity_type, link)
        return f"{far}.id IN (SELECT p.{far_column} FROM {pairs.name} AS p WHERE p.{near_column} = {near})"
    if link.many:
        return f"{far}.{table_of(link.target).links[link.inverse]} = {near}"
    table = table_of(entity_type)
    return f"{far}.id = (SELECT o.{table.links[link.name]} FROM {table.name} AS o WHERE o.id = {near})"


def _joined(word: str, parts: list[Sql]) -> Sql:
    if len(parts) == 1:
        return parts[0]
    return Sql(f"({word.join(part.text for part in parts)})", tuple(each for part in parts for each in part.values))
