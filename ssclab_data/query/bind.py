"""Check a Query against the model, and bring it into the one form that stores take."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from ssclab_data.errors import CursorError, QueryError, QueryLimitError, QueryTypeError, UnknownNameError
from ssclab_data.model.entity import EntityType, Kind, Navigation, Property, in_version
from ssclab_data.model.sensorthings import ENTITY_TYPES, entity_type
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.query.evaluate import NOTHING, evaluate
from ssclab_data.query.expression import MAX_DEPTH
from ssclab_data.query.functions import FUNCTIONS, Function
from ssclab_data.query.joining import Joined, joined, paths_of
from ssclab_data.query.kinds import OF_PROPERTY, arithmetic_kind, as_kind, check_comparable, kind_of
from ssclab_data.query.lexer import WIRE_ID, position_of

_DEEP = (Kind.JSON, Kind.VALUE, Kind.UNIT, Kind.GEOMETRY)
_UNIT_MEMBERS = UnitOfMeasurement.__struct_fields__


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one query may ask for.

    Attributes:
        max_page_size: rows, at every level.
        max_expand_depth: links below one another.
        max_filter_nodes: parts of all filters, orders, selections and expands together.
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
        CursorError: `after` does not fit the order.
    """
    binder = Binder(version, limits or Limits(), kinds)
    return binder.query(query, depth=0)


class Binder:
    """Bind one query and the expands in it."""

    def __init__(self, version: str, limits: Limits, kinds: Mapping[str, EntityType]) -> None:
        self.version = version
        self.kinds = kinds
        self.limits = limits
        self.nodes = 0
        self.links = 0

    def query(self, query: ast.Query, *, depth: int) -> ast.BoundQuery:
        """Bind one level."""
        if depth > self.limits.max_expand_depth:
            raise QueryLimitError(f"links nested deeper than {self.limits.max_expand_depth}", option="$expand")
        if query.top is not None and query.top > self.limits.max_page_size:
            raise QueryLimitError(f"more than {self.limits.max_page_size} rows", option="$top")
        kind = entity_type(query.entity_type, self.kinds)
        chosen = len(query.select) + len(query.distinct)
        self._count(chosen + len(query.expand), "$select" if chosen else "$expand")
        distinct = self._distinct(kind, query.distinct)
        select, expands = self._selected(kind, _only(query, distinct) if distinct else query)
        orderby = self._orderby(kind, query.orderby, distinct)
        if query.after and len(query.after) != len(orderby):
            raise CursorError(f"has {len(query.after)} values for an order of {len(orderby)}", option="$skiptoken")
        bound = ast.BoundQuery(
            entity_type=kind.name,
            filter=self._filter(kind, query.filter),
            orderby=orderby,
            select=select,
            distinct=distinct,
            expand=tuple(self._expand(kind, expand, depth) for expand in expands),
            top=query.top,
            skip=query.skip,
            count=query.count,
            after=query.after,
        )
        if distinct:
            _check_alone(query, bound)
        return bound

    def _count(self, nodes: int, option: str) -> None:
        self.nodes += nodes
        if self.nodes > self.limits.max_filter_nodes:
            most = self.limits.max_filter_nodes
            raise QueryLimitError(f"more than {most} parts in filters, orders and selections", option=option)

    def _filter(self, kind: EntityType, expr: ast.Expr | None) -> ast.Expr | None:
        if expr is None:
            return None
        with _option("$filter"):
            self._count(sum(1 for _ in ast.walk(expr)), "$filter")
            return self.condition(kind, expr)

    def _distinct(self, kind: EntityType, paths: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
        """Bind the paths whose combinations of values are asked: each leads to one value."""
        found: dict[tuple[str, ...], None] = {}
        with _option("$select"):
            for path in paths:
                self._check_one(kind, ast.Path(path))
                bound, _ = self.value(kind, ast.Path(path))
                assert isinstance(bound, ast.Path)  # noqa: S101 - a path is bound to a path
                found[bound.segments] = None
        return tuple(found)

    def _orderby(
        self, kind: EntityType, keys: Sequence[ast.OrderBy], distinct: tuple[tuple[str, ...], ...]
    ) -> tuple[ast.OrderBy, ...]:
        """Bind an order, and make it total: by the handle, or by all of what is distinct."""
        bound: dict[ast.Expr, ast.OrderBy] = {}
        among = dict.fromkeys(ast.Path(path) for path in distinct)
        last = ast.Path((ast.ID,))
        with _option("$orderby"):
            for key in keys:
                self._count(sum(1 for _ in ast.walk(key.expr)), "$orderby")
                self._check_one(kind, key.expr)
                expr, _ = self.value(kind, key.expr)
                if among and expr not in among:
                    raise QueryTypeError("distinct values are ordered by what is selected of them, and nothing else")
                bound.setdefault(expr, ast.OrderBy(expr, key.direction))
                if expr == last and not among:
                    return tuple(bound.values())
        if among:
            return (*bound.values(), *(ast.OrderBy(path) for path in among if path not in bound))
        found = tuple(bound.values())
        return (*found, ast.OrderBy(last, found[-1].direction if found else ast.Direction.ASC))

    def _check_one(self, kind: EntityType, expr: ast.Expr) -> None:
        """Make sure that there is one value to order by."""
        for path in paths_of(expr):
            many = self._many(kind, path.segments)
            if many:
                links = self._links(kind, path.segments)
                what = "/".join(path.segments[len(links) :]) or WIRE_ID
                cure = f"order below the link: $expand={'/'.join(links)}($orderby={what})"
                if "Observations" in links:
                    cure += "; or by the phenomenonTime or resultTime of a Datastream, which bound its Observations"
                raise QueryTypeError(
                    f"{'/'.join(many)} leads to many, so there is no one value to order by; {cure}",
                    position=position_of(path.segments[0]),
                )

    def _links(self, kind: EntityType, segments: tuple[str, ...]) -> tuple[str, ...]:
        """Give the links that a path starts with."""
        for at, name in enumerate(segments):
            part = kind.by_name.get(name)
            if not isinstance(part, Navigation):
                return segments[:at]
            kind = self.kinds[part.target]
        return segments

    def _selected(self, kind: EntityType, query: ast.Query) -> tuple[tuple[tuple[str, ...], ...], list[ast.Expand]]:
        """Bind what is selected; `Thing/name` becomes an expand that selects `name`."""
        paths: list[tuple[str, ...]] = []
        expands = list(query.expand)
        with _option("$select"):
            for path in query.select:
                bound = self._select(kind, path)
                part = kind.by_name.get(bound[0])
                if isinstance(part, Navigation) and len(bound) > 1:
                    expands = _selecting(expands, part, bound[1:])
                    bound = bound[:1]
                paths.append(bound)
        return tuple(dict.fromkeys(paths)), expands

    def _select(self, kind: EntityType, path: tuple[str, ...]) -> tuple[str, ...]:
        _check_length(path)
        path = _with_handle(kind, path, self.kinds)
        if path[0] in (ast.ID, ast.KEY):
            self._path(kind, path)
            return path
        part = self.part(kind, path[0])
        if isinstance(part, Property):
            self._member(part, path[1:])
        return path

    def _expand(self, kind: EntityType, expand: ast.Expand, depth: int) -> ast.Expand:
        with _option("$expand", whole=True):
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
        """Bind what must be true or false; its paths start at one entity."""
        limit = self.limits.max_filter_nodes
        return self._condition(kind, joined(expr, lambda path: self._many(kind, path), limit=limit))

    def _condition(self, kind: EntityType, expr: ast.Expr) -> ast.Expr:
        match expr:
            case ast.And(parts):
                return ast.And(tuple(self._condition(kind, part) for part in parts))
            case ast.Or(parts):
                return ast.Or(tuple(self._condition(kind, part) for part in parts))
            case ast.Not(part):
                return ast.Not(self._condition(kind, part))
            case ast.Any():
                return self._any(kind, expr)
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
        with self._below():
            predicate = None if expr.predicate is None else self.condition(target, expr.predicate)
        bound = ast.Any(expr.path, predicate)
        if isinstance(expr, Joined) and predicate is not None and evaluate(predicate, NOTHING) is True:
            return ast.Or((bound, ast.Not(ast.Any(expr.path, None))))
        return bound

    @contextmanager
    def _below(self) -> Iterator[None]:
        """Go below one more to-many link of a filter."""
        self.links += 1
        if self.links > self.limits.max_expand_depth:
            raise QueryLimitError(f"links to many nested deeper than {self.limits.max_expand_depth}")
        yield
        self.links -= 1

    def _many(self, kind: EntityType, segments: tuple[str, ...]) -> tuple[str, ...]:
        """Give a path up to its first to-many link; () where there is none."""
        for at, name in enumerate(segments):
            part = kind.by_name.get(name)
            if not isinstance(part, Navigation) or not in_version(part, self.version):
                return ()
            if part.many:
                return segments[: at + 1]
            kind = self.kinds[part.target]
        return ()

    def value(self, kind: EntityType, expr: ast.Expr) -> tuple[ast.Expr, str]:
        """Bind what has a value, and tell of which kind."""
        match expr:
            case ast.Literal(value):
                return as_kind(expr, ""), kind_of(value)
            case ast.Path(segments):
                path = _with_handle(kind, segments, self.kinds)
                return ast.Path(path), self._path(kind, path)
            case ast.Compare(op, left, right):
                return self._compare(kind, expr), "bool"
            case ast.In():
                return self._in(kind, expr), "bool"
            case ast.Arithmetic(op, left, right):
                (one, first), (other, second) = self.value(kind, left), self.value(kind, right)
                return ast.Arithmetic(op, one, other), arithmetic_kind(op, first, second, position=position_of(op))
            case ast.Call():
                return self._call(kind, expr)
            case _:
                return self._condition(kind, expr), "bool"

    def _path(self, kind: EntityType, segments: tuple[str, ...]) -> str:
        _check_length(segments)
        for at, name in enumerate(segments):
            rest = segments[at + 1 :]
            if name in (ast.ID, ast.KEY):
                if rest:
                    raise QueryTypeError(f"{WIRE_ID} has no members", position=position_of(rest[0]))
                return "handle" if name == ast.ID else "text"
            part = self.part(kind, name)
            if isinstance(part, Property):
                return self._member(part, rest)
            kind = self.kinds[part.target]
        raise QueryTypeError(f"{'/'.join(segments)!r} is a link, not a value", position=position_of(segments[-1]))

    def _member(self, part: Property, rest: tuple[str, ...]) -> str:
        """Give the kind of a property, or of a member of it."""
        if not rest:
            return OF_PROPERTY[part.kind]
        if part.kind not in _DEEP:
            raise QueryTypeError(f"{part.name} has no members", position=position_of(rest[0]))
        if part.kind is not Kind.UNIT:
            return "any"
        if rest[0] not in _UNIT_MEMBERS:
            at = position_of(rest[0])
            raise UnknownNameError(f"{part.name} has no member", rest[0], known=_UNIT_MEMBERS, position=at)
        if len(rest) > 1:
            raise QueryTypeError(f"{part.name}/{rest[0]} has no members", position=position_of(rest[1]))
        return "text"

    def _compare(self, kind: EntityType, expr: ast.Compare) -> ast.Expr:
        (left, first), (right, second) = self.value(kind, expr.left), self.value(kind, expr.right)
        if isinstance(right, ast.Literal):
            right = as_kind(right, first)
            second = kind_of(right.value)
        elif isinstance(left, ast.Literal):
            left = as_kind(left, second)
            first = kind_of(left.value)
        check_comparable(expr.op, first, second, position=position_of(expr.op))
        return ast.Compare(expr.op, left, right)

    def _in(self, kind: EntityType, expr: ast.In) -> ast.Expr:
        left, gives = self.value(kind, expr.left)
        values = tuple(as_kind(value, gives) for value in expr.values)
        for value in values:
            check_comparable("in", gives, kind_of(value.value))
        return ast.In(left, values)

    def _call(self, kind: EntityType, expr: ast.Call) -> tuple[ast.Expr, str]:
        function = FUNCTIONS.get(expr.name)
        at = position_of(expr.name)
        if function is None:
            raise UnknownNameError("no function", expr.name, known=tuple(FUNCTIONS), position=at)
        _check_number(expr, function)
        args = tuple(
            self._argument(kind, expr, arg, takes) for arg, takes in zip(expr.args, function.takes, strict=False)
        )
        if expr.name == "st_relate":
            _check_pattern(args[2], at)
        if expr.name == "during":
            self._check_interval(kind, args[1], at)
        return ast.Call(expr.name, args), function.gives

    def _argument(self, kind: EntityType, call: ast.Call, arg: ast.Expr, takes: str) -> ast.Expr:
        bound, gives = self.value(kind, arg)
        if isinstance(bound, ast.Literal):
            bound = as_kind(bound, takes)
            gives = kind_of(bound.value)
        if gives not in (takes, "any", "null"):
            raise QueryTypeError(f"{call.name} takes a {takes} here, not a {gives}", position=position_of(call.name))
        return bound

    def _check_interval(self, kind: EntityType, expr: ast.Expr, position: int | None) -> None:
        """Make sure that something can be during it."""
        instant = isinstance(expr, ast.Literal) and isinstance(expr.value, Instant)
        if isinstance(expr, ast.Path):
            for name in expr.segments:
                part = kind.by_name.get(name)
                instant = isinstance(part, Property) and part.kind is Kind.INSTANT
                kind = self.kinds[part.target] if isinstance(part, Navigation) else kind
        if instant:
            raise QueryTypeError(
                "during takes an interval (start/end) as its second argument: nothing lasts during an instant",
                position=position,
            )


@contextmanager
def _option(name: str, *, whole: bool = False) -> Iterator[None]:
    """Name the option in errors.

    Args:
        whole: whether positions inside are those in this option, so that it is named whatever is named inside.
    """
    try:
        yield
    except QueryError as error:
        error.option = name if whole else error.option or name
        raise


def _only(query: ast.Query, distinct: tuple[tuple[str, ...], ...]) -> ast.Query:
    """Give a query that selects what is distinct, and nothing else."""
    return msgspec.structs.replace(query, select=distinct, expand=())


def _check_alone(query: ast.Query, bound: ast.BoundQuery) -> None:
    """Make sure that what is distinct was selected alone; a bound query also holds what follows from it."""
    for name, given, follows in (("$select", query.select, bound.select), ("$expand", query.expand, bound.expand)):
        if given and given != follows:
            raise QueryTypeError(
                "does not go with distinct values, which are of no one entity; select paths: distinct:Thing/name",
                option=name,
            )


def _selecting(expands: list[ast.Expand], link: Navigation, path: tuple[str, ...]) -> list[ast.Expand]:
    """Add what is selected behind a link; an expand that selects nothing gives all already."""
    for number, expand in enumerate(expands):
        if expand.name == link.name:
            select = (*expand.query.select, path) if expand.query.select else ()
            new = ast.Expand(expand.name, msgspec.structs.replace(expand.query, select=select))
            return [*expands[:number], new, *expands[number + 1 :]]
    return [*expands, ast.Expand(link.name, ast.Query(entity_type=link.target, select=(path,)))]


def _with_handle(kind: EntityType, segments: tuple[str, ...], kinds: Mapping[str, EntityType]) -> tuple[str, ...]:
    """Read `id` as the handle, as clients of 1.x do, unless the type has a property of that name."""
    *links, last = segments
    for name in links:
        part = kind.by_name.get(name)
        if not isinstance(part, Navigation):
            return segments
        kind = kinds[part.target]
    return (*links, ast.ID) if last == "id" and "id" not in kind.by_name else segments


def _check_length(segments: tuple[str, ...]) -> None:
    if len(segments) > MAX_DEPTH:
        raise QueryLimitError(f"names nested deeper than {MAX_DEPTH}", position=position_of(segments[0]))


def _check_number(expr: ast.Call, function: Function) -> None:
    """Make sure that a function has as many arguments as it takes."""
    most = len(function.takes)
    if most - function.optional <= len(expr.args) <= most:
        return
    takes = f"{most - 1} or {most}" if function.optional else f"{most}"
    noun = "argument" if takes == "1" else "arguments"
    raise QueryTypeError(f"{expr.name} takes {takes} {noun}, not {len(expr.args)}", position=position_of(expr.name))


def _check_pattern(pattern: ast.Expr, position: int | None) -> None:
    """Make sure that the third argument of `st_relate` is a DE-9IM pattern."""
    value = pattern.value if isinstance(pattern, ast.Literal) else None
    if not isinstance(value, str) or not re.fullmatch(r"[012TF*]{9}", value):
        raise QueryTypeError("st_relate takes a pattern of nine of 0 1 2 T F * as a text", position=position)
