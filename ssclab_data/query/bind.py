"""Check a Query against the model, and bring it into the one form that stores take."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from ssclab_data.errors import QueryError, QueryLimitError, QueryTypeError, UnknownNameError, ValueParseError
from ssclab_data.model.entity import EntityType, Kind, Navigation, Property, in_version
from ssclab_data.model.geometry import check_wkt
from ssclab_data.model.sensorthings import ENTITY_TYPES, entity_type
from ssclab_data.model.values import Duration
from ssclab_data.query import ast
from ssclab_data.query.expression import MAX_DEPTH
from ssclab_data.query.functions import FUNCTIONS
from ssclab_data.query.lexer import WIRE_ID, parse_filter_time, position_of

KINDS = {
    Kind.TEXT: "text",
    Kind.INSTANT: "time",
    Kind.TIME: "time",
    Kind.INTERVAL: "time",
    Kind.GEOMETRY: "geometry",
    Kind.JSON: "any",
    Kind.VALUE: "any",
    Kind.UNIT: "any",
}
_DEEP = (Kind.JSON, Kind.VALUE, Kind.UNIT, Kind.GEOMETRY)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one query may ask for.

    Attributes:
        max_page_size: rows, at every level.
        max_expand_depth: links below one another.
        max_filter_nodes: parts of all filters and orders together.
    """

    max_page_size: int = 10_000
    max_expand_depth: int = 6
    max_filter_nodes: int = 200


def bind(
    query: ast.Query,
    *,
    version: str = "1.1",
    limits: Limits | None = None,
    kinds: Mapping[str, EntityType] = ENTITY_TYPES,
) -> ast.BoundQuery:
    """Check names, kinds and limits; complete the order; make filters over to-many links `any()`.

    Binding a bound query gives it back.

    Args:
        version: the SensorThings version whose names hold.
        kinds: the entity types by name; `model.multi.VIEWS` are those that 1.x shows.

    Raises:
        UnknownNameError: a name that the version does not have.
        QueryTypeError: an operator or function on what it does not take, or an order over a to-many link.
        QueryLimitError: more than the limits allow.
    """
    binder = Binder(version, limits or Limits(), kinds)
    return binder.query(query, depth=0)


class Binder:
    """Bind one query and the expands in it."""

    def __init__(self, version: str, limits: Limits, kinds: Mapping[str, EntityType]) -> None:
        self.version = version
        self.limits = limits
        self.kinds = kinds
        self.nodes = 0

    def query(self, query: ast.Query, *, depth: int) -> ast.BoundQuery:
        """Bind one level."""
        if depth > self.limits.max_expand_depth:
            raise QueryLimitError(f"links nested deeper than {self.limits.max_expand_depth}", option="$expand")
        if query.top is not None and query.top > self.limits.max_page_size:
            raise QueryLimitError(f"more than {self.limits.max_page_size} rows", option="$top")
        kind = entity_type(query.entity_type, self.kinds)
        return ast.BoundQuery(
            entity_type=kind.name,
            filter=self._filter(kind, query.filter),
            orderby=self._orderby(kind, query.orderby),
            select=tuple(self._select(kind, path) for path in query.select),
            expand=tuple(self._expand(kind, expand, depth) for expand in query.expand),
            top=query.top,
            skip=query.skip,
            count=query.count,
            after=query.after,
        )

    def _filter(self, kind: EntityType, expr: ast.Expr | None) -> ast.Expr | None:
        if expr is None:
            return None
        with _option("$filter"):
            self._measure(expr)
            return self.condition(kind, expr)

    def _measure(self, expr: ast.Expr) -> None:
        """Count the parts of an expression with those that came before it, and the links below one another."""
        self.nodes += sum(1 for _ in ast.walk(expr))
        if self.nodes > self.limits.max_filter_nodes:
            raise QueryLimitError(f"more than {self.limits.max_filter_nodes} parts in all filters and orders")
        if _steps(expr) > MAX_DEPTH:
            raise QueryLimitError(f"paths nested deeper than {MAX_DEPTH} steps")

    def _orderby(self, kind: EntityType, keys: Sequence[ast.OrderBy]) -> tuple[ast.OrderBy, ...]:
        bound: list[ast.OrderBy] = []
        with _option("$orderby"):
            for key in keys:
                self._measure(key.expr)
                for part in ast.walk(key.expr):
                    if isinstance(part, ast.Path) and self._many_at(kind, part.segments) is not None:
                        raise QueryTypeError(
                            f"{'/'.join(part.segments)!r} leads to many: there is no one value to order by"
                        )
                expr, _ = self.value(kind, key.expr)
                bound.append(ast.OrderBy(expr, key.direction))
        last = ast.Path((ast.ID,))
        if any(key.expr == last for key in bound):
            return tuple(bound[: next(at for at, key in enumerate(bound) if key.expr == last) + 1])
        return (*bound, ast.OrderBy(last, bound[-1].direction if bound else ast.Direction.ASC))

    def _select(self, kind: EntityType, path: tuple[str, ...]) -> tuple[str, ...]:
        with _option("$select"):
            path = _with_handle(kind, path, self.kinds)
            if path[0] in (ast.ID, ast.KEY):
                return path
            part = self.part(kind, path[0])
            if isinstance(part, Property) and len(path) > 1 and part.kind not in _DEEP:
                raise QueryTypeError(f"{part.name} has no members", position=position_of(path[1]))
            return path

    def _expand(self, kind: EntityType, expand: ast.Expand, depth: int) -> ast.Expand:
        with _option("$expand"):
            part = self.part(kind, expand.name)
            if not isinstance(part, Navigation):
                known = [link.name for link in kind.navigations if in_version(link, self.version)]
                raise UnknownNameError(
                    f"{kind.name} has no link", expand.name, known=known, position=position_of(expand.name)
                )
            inner = msgspec.structs.replace(expand.query, entity_type=part.target)
            return ast.Expand(expand.name, self.query(inner, depth=depth + 1), expand.alias)

    def part(self, kind: EntityType, name: str) -> Property | Navigation:
        """Find a property or link of the version.

        Raises:
            UnknownNameError: there is none of that name.
        """
        part = kind.by_name.get(name)
        if part is None or not in_version(part, self.version):
            known = (*kind.names(self.version), WIRE_ID)
            raise UnknownNameError(f"{kind.name} has no property", name, known=known, position=position_of(name))
        return part

    def condition(self, kind: EntityType, expr: ast.Expr) -> ast.Expr:
        """Bind what must be true or false."""
        match expr:
            case ast.And(parts):
                return ast.And(tuple(self.condition(kind, part) for part in parts))
            case ast.Or(parts):
                return ast.Or(tuple(self.condition(kind, part) for part in parts))
            case ast.Not(part):
                return ast.Not(self.condition(kind, part))
            case ast.Any():
                return self._any(kind, expr)
        over_many = self._over_many(kind, expr)
        if over_many is not None:
            return self._any(kind, over_many)
        bound, gives = self.value(kind, expr)
        if gives not in ("bool", "any"):
            raise QueryTypeError(f"a filter must be true or false, not a {gives}")
        return bound

    def _any(self, kind: EntityType, expr: ast.Any) -> ast.Expr:
        target, many = kind, False
        for at, name in enumerate(expr.path):
            link = self.part(target, name)
            if not isinstance(link, Navigation):
                raise QueryTypeError(f"any() needs a link, and {name} is none", position=position_of(name))
            many = link.many
            target = self.kinds[link.target]
            if link.many and at + 1 < len(expr.path):
                return self._any(kind, ast.Any(expr.path[: at + 1], ast.Any(expr.path[at + 1 :], expr.predicate)))
        if not many:
            raise QueryTypeError(f"any() needs a link to many, and {expr.path[-1]} leads to one")
        predicate = None if expr.predicate is None else self.condition(target, expr.predicate)
        return ast.Any(expr.path, predicate)

    def _over_many(self, kind: EntityType, expr: ast.Expr) -> ast.Any | None:
        """Turn the smallest condition that holds a path over a to-many link into `any()` at that link."""
        prefixes = {
            part.segments[: at + 1] for part in _paths(expr) if (at := self._many_at(kind, part.segments)) is not None
        }
        if not prefixes:
            return None
        ends = next((path for path in _paths(expr) if path.segments in prefixes), None)
        if ends is not None:
            raise QueryTypeError(
                f"{'/'.join(ends.segments)!r} is a link, not a value", position=position_of(ends.segments[-1])
            )
        prefix = min(prefixes)
        if any(part.segments[: len(prefix)] != prefix for part in _paths(expr)):
            raise QueryTypeError(f"one condition over the link {'/'.join(prefix)} and over others; join two by and")
        return ast.Any(prefix, _shortened(expr, len(prefix)))

    def _many_at(self, kind: EntityType, segments: tuple[str, ...]) -> int | None:
        for at, name in enumerate(segments):
            part = kind.by_name.get(name)
            if not isinstance(part, Navigation) or not in_version(part, self.version):
                return None
            if part.many:
                return at
            kind = self.kinds[part.target]
        return None

    def value(self, kind: EntityType, expr: ast.Expr) -> tuple[ast.Expr, str]:
        """Bind what has a value, and tell of which kind."""
        match expr:
            case ast.Literal(value):
                return expr, _kind_of(value)
            case ast.Path(segments):
                path = _with_handle(kind, segments, self.kinds)
                return ast.Path(path), self._path(kind, path)
            case ast.Compare():
                return self._compare(kind, expr), "bool"
            case ast.In(left, values):
                bound, gives = self.value(kind, left)
                return ast.In(bound, tuple(_as_kind(value, gives) for value in values)), "bool"
            case ast.Arithmetic(op, left, right):
                (one, first), (other, second) = self.value(kind, left), self.value(kind, right)
                return ast.Arithmetic(op, one, other), _arithmetic_kind(op, first, second)
            case ast.Call():
                return self._call(kind, expr)
            case _:
                return self.condition(kind, expr), "bool"

    def _path(self, kind: EntityType, segments: tuple[str, ...]) -> str:
        for at, name in enumerate(segments):
            rest = segments[at + 1 :]
            if name in (ast.ID, ast.KEY):
                if rest:
                    raise QueryTypeError(f"{WIRE_ID} has no members", position=position_of(rest[0]))
                return "id" if name == ast.ID else "text"
            part = self.part(kind, name)
            if isinstance(part, Property):
                if rest and part.kind not in _DEEP:
                    raise QueryTypeError(f"{part.name} has no members", position=position_of(rest[0]))
                return "any" if rest else KINDS[part.kind]
            kind = self.kinds[part.target]
        raise QueryTypeError(f"{'/'.join(segments)!r} is a link, not a value", position=position_of(segments[-1]))

    def _compare(self, kind: EntityType, expr: ast.Compare) -> ast.Expr:
        (left, first), (right, second) = self.value(kind, expr.left), self.value(kind, expr.right)
        if isinstance(right, ast.Literal):
            right, second = _as_kind(right, first), second if first != "time" else "time"
        elif isinstance(left, ast.Literal):
            left, first = _as_kind(left, second), first if second != "time" else "time"
        loose = {"any", "null", "id"}
        if first != second and not loose & {first, second}:
            raise QueryTypeError(f"{expr.op} cannot compare a {first} with a {second}", position=position_of(expr.op))
        if "geometry" in (first, second) and "null" not in (first, second):
            raise QueryTypeError("geometries are compared by st_equals", position=position_of(expr.op))
        return ast.Compare(expr.op, left, right)

    def _call(self, kind: EntityType, expr: ast.Call) -> tuple[ast.Expr, str]:
        function = FUNCTIONS.get(expr.name)
        at = position_of(expr.name)
        if function is None:
            raise UnknownNameError("no function", expr.name, known=tuple(FUNCTIONS), position=at)
        if not function.least <= len(expr.args) <= function.most:
            takes = f"{function.least}" if function.least == function.most else f"{function.least} or {function.most}"
            raise QueryTypeError(f"{expr.name} takes {takes} arguments, not {len(expr.args)}", position=at)
        args: list[ast.Expr] = []
        for arg in expr.args:
            bound, gives = self.value(kind, arg)
            if function.takes and isinstance(bound, ast.Literal):
                bound = _as_kind(bound, function.takes)
                gives = _kind_of(bound.value)
            if function.takes and gives not in (function.takes, "any", "null"):
                raise QueryTypeError(f"{expr.name} takes a {function.takes}, not a {gives}", position=at)
            args.append(bound)
        if expr.name == "st_relate":
            _check_pattern(args[2], at)
        return ast.Call(expr.name, tuple(args)), function.gives


@contextmanager
def _option(name: str) -> Iterator[None]:
    """Name the option in errors that do not name one."""
    try:
        yield
    except QueryError as error:
        error.option = error.option or name
        raise


def _with_handle(kind: EntityType, segments: tuple[str, ...], kinds: Mapping[str, EntityType]) -> tuple[str, ...]:
    """Read `id` as the handle, as clients of 1.x do, unless the type has a property of that name."""
    *links, last = segments
    for name in links:
        part = kind.by_name.get(name)
        if not isinstance(part, Navigation):
            return segments
        kind = kinds[part.target]
    return (*links, ast.ID) if last == "id" and "id" not in kind.by_name else segments


def _check_pattern(pattern: ast.Expr, position: int | None) -> None:
    """Make sure that the third argument of `st_relate` is a DE-9IM pattern."""
    value = pattern.value if isinstance(pattern, ast.Literal) else None
    if not isinstance(value, str) or not re.fullmatch(r"[012TF*]{9}", value):
        raise QueryTypeError("st_relate takes a pattern of nine of 0 1 2 T F * as a text", position=position)


def _steps(expr: ast.Expr) -> int:
    """Count the steps of the longest path, those of the `any()` around it included."""
    within = max((_steps(child) for child in ast.children(expr)), default=0)
    match expr:
        case ast.Path(segments):
            return len(segments)
        case ast.Any(path):
            return len(path) + within
    return within


def _paths(expr: ast.Expr) -> list[ast.Path]:
    """Give the paths of an expression that start at its entity."""
    if isinstance(expr, ast.Path):
        return [expr]
    if isinstance(expr, ast.Any):
        return []
    return [path for child in ast.children(expr) for path in _paths(child)]


def _shortened(expr: ast.Expr, count: int) -> ast.Expr:
    if isinstance(expr, ast.Path):
        return ast.Path(expr.segments[count:])
    return ast.rebuild(expr, lambda part: _shortened(part, count))


def _kind_of(value: ast.Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "text"
        case ast.WKT():
            return "geometry"
    return "duration" if isinstance(value, Duration) else "time"


def _as_kind(literal: ast.Literal, wanted: str) -> ast.Literal:
    """Read a quoted text as a time or a geometry where one is wanted."""
    value = literal.value
    try:
        if wanted == "time" and isinstance(value, str):
            return ast.Literal(parse_filter_time(value))
        if wanted == "geometry" and isinstance(value, str):
            value = ast.WKT(value)
        if isinstance(value, ast.WKT):
            check_wkt(value.text)
            return ast.Literal(value)
    except ValueParseError as error:
        raise QueryTypeError(str(error)) from error
    return literal


def _arithmetic_kind(op: str, first: str, second: str) -> str:
    kinds = {first, second} - {"any", "null"}
    if kinds <= {"number"}:
        return "number" if kinds else "any"
    if op == "sub" and kinds == {"time"}:
        return "duration"
    if op in ("add", "sub") and second in ("duration", "any") and first in ("time", "duration", "any"):
        return first
    raise QueryTypeError(f"{op} cannot take a {first} and a {second}")
