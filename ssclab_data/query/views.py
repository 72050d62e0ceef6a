"""Turn a query in the names of SensorThings 1.x into one on what is stored, where a MultiDatastream is a Datastream.

A store keeps Datastreams of both kinds in one set (`model.multi`). So a link to MultiDatastreams becomes a link to
Datastreams with the condition that they are multi, and a link to Datastreams gets the condition that they are not,
unless the store has none that are.
"""

from collections.abc import Iterable, Iterator

import msgspec

from ssclab_data.errors import UnsupportedError
from ssclab_data.model.entity import Navigation
from ssclab_data.model.multi import RECORD, VIEWS
from ssclab_data.query import ast

MULTI = "MultiDatastream"
SINGLE = "Datastream"

_LISTS = ("multiObservationDataTypes", "unitOfMeasurements")
_RECORD = "resultType"
# No handle is 0, and a condition on a handle is the cheapest of all.
_NEVER = ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(0))
_UNKNOWN = ast.Compare("gt", ast.Literal(None), ast.Literal(0))


class Guard(msgspec.Struct, frozen=True):
    """What must hold of a Datastream that a path leads over.

    Attributes:
        prefix: links that lead to it.
        multi: whether it must be multi.
    """

    prefix: tuple[str, ...]
    multi: bool

    @property
    def holds(self) -> ast.Expr:
        """The condition, never unknown where there is a Datastream."""
        return is_multi(self.prefix) if self.multi else _is_single(self.prefix)

    @property
    def fails(self) -> ast.Expr:
        """Its opposite."""
        return _is_single(self.prefix) if self.multi else is_multi(self.prefix)


def stored(query: ast.BoundQuery, multis: frozenset[int]) -> ast.BoundQuery:
    """Give the query on what is stored.

    Args:
        query: bound to `model.multi.VIEWS`.
        multis: handles of the Datastreams that are multi.

    Raises:
        UnsupportedError: it filters or sorts by one of the lists of a MultiDatastream, or asks for distinct values of
            Datastreams over links that lead to some of the other kind too.
    """
    return _View(multis).query(query)


def is_multi(prefix: tuple[str, ...] = ()) -> ast.Expr:
    """Write the condition that the stored Datastream at the end of some to-one links is multi."""
    path = ast.Path((*prefix, _RECORD, "type"))
    return ast.And((ast.Compare("ne", path, ast.Literal(None)), ast.Compare("eq", path, ast.Literal(RECORD))))


def _is_single(prefix: tuple[str, ...]) -> ast.Expr:
    path = ast.Path((*prefix, _RECORD, "type"))
    return ast.Or((ast.Compare("eq", path, ast.Literal(None)), ast.Compare("ne", path, ast.Literal(RECORD))))


class _View(msgspec.Struct, frozen=True):
    """Rewrite the parts of a query.

    Attributes:
        multis: handles of the Datastreams that are multi.
    """

    multis: frozenset[int]

    def query(self, query: ast.BoundQuery) -> ast.BoundQuery:
        kind = query.entity_type
        if query.distinct:
            self._check_distinct(query)
        expand = [self._expand(kind, expand) for expand in query.expand]
        return msgspec.structs.replace(
            query,
            entity_type=SINGLE if kind == MULTI else kind,
            filter=self._among(kind, query.filter),
            orderby=tuple(ast.OrderBy(self._value(kind, key.expr), key.direction) for key in query.orderby),
            select=_selected(query),
            expand=tuple(expand),
        )

    def _expand(self, kind: str, expand: ast.Expand) -> ast.Expand:
        assert isinstance(expand.query, ast.BoundQuery)  # noqa: S101 - bind binds expands too
        query = self.query(expand.query)
        if is_ranked(kind, expand):
            query = msgspec.structs.replace(query, top=None, skip=0)
        return ast.Expand(_name(kind, expand.name), query, expand.name)

    def _check_distinct(self, query: ast.BoundQuery) -> None:
        """Make sure that no value is asked for behind a link that leads to what is not shown there."""
        surely = {
            part.left
            for part in _conjuncts(query.filter)
            if isinstance(part, ast.Compare) and (part.op == "eq") != (part.right == ast.Literal(None))
        }
        for path in query.distinct:
            for at, step in enumerate(_steps(query.entity_type, path), 1):
                handle = ast.Path((*path[:at], ast.ID))
                if handle not in surely and any(self._guards((step,))):
                    link = "/".join(path[:at])
                    cure = f"add to $filter: {link}/@iot.id ne null"
                    raise UnsupportedError(f"distinct values of {link}, which some have not", cure)

    def _among(self, kind: str, expr: ast.Expr | None) -> ast.Expr | None:
        """Rewrite a filter on a set, and keep to the Datastreams that the set shows."""
        condition = None if expr is None else self._condition(kind, expr)
        multi = kind == MULTI
        if kind not in (MULTI, SINGLE) or not (multi or self.multis):
            return condition
        for part in _conjuncts(expr):
            match part:
                case ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(int() as handle)):
                    return condition if (handle in self.multis) is multi else _NEVER
        return ast.all_of(condition, Guard((), multi).holds)

    def _condition(self, kind: str, expr: ast.Expr, *, exact: bool = False) -> ast.Expr:
        """Rewrite what is true or false.

        Args:
            exact: whether unknown must stay unknown; else false will do for it, which is simpler to answer.
        """
        match expr:
            case ast.And() | ast.Or():
                return ast.rebuild(expr, lambda part: self._condition(kind, part, exact=exact))
            case ast.Not(part):
                return ast.Not(self._condition(kind, part, exact=True))
            case ast.Any(path, predicate):
                steps = list(_steps(kind, path))
                inner = self._among(steps[-1].target, predicate)
                guards = self._guards(steps[:-1])
                found = ast.Any(tuple(_name(step.kind, step.name) for step in steps), inner)
                return ast.all_of(*(guard.holds for guard in guards), found) or found
        return self._leaf(kind, expr, exact=exact)

    def _leaf(self, kind: str, expr: ast.Expr, *, exact: bool) -> ast.Expr:
        """Rewrite a condition without others in it: unknown where a path leads to a Datastream of the other kind."""
        renamed = self._value(kind, expr)
        guards = list(dict.fromkeys(self._guards(step for path in _paths(expr) for step in _steps(kind, path))))
        if not guards:
            return renamed
        match expr:
            case ast.Compare("eq", ast.Path((*links, ast.ID)), ast.Literal(int() as handle)) if not exact:
                if len(guards) == 1 and len(links) == len(guards[0].prefix):
                    return renamed if (handle in self.multis) is guards[0].multi else _NEVER
            case ast.Compare("eq", left, right) if ast.Literal(None) in (left, right):
                return ast.Or((renamed, *(guard.fails for guard in guards)))
            case ast.Compare("ne", left, right) if ast.Literal(None) in (left, right):
                return self._guarded(renamed, guards)
        if not exact:
            return self._guarded(renamed, guards)
        hidden = ast.And((ast.Or(tuple(guard.fails for guard in guards)), _UNKNOWN))
        return ast.Or((self._guarded(renamed, guards), hidden))

    def _guarded(self, condition: ast.Expr, guards: Iterable[Guard]) -> ast.Expr:
        return ast.all_of(condition, *(guard.holds for guard in guards)) or condition

    def _value(self, kind: str, expr: ast.Expr) -> ast.Expr:
        match expr:
            case ast.Path(segments):
                return ast.Path(tuple(_renamed(kind, segments)))
            case ast.And() | ast.Or() | ast.Not() | ast.Any():
                return self._condition(kind, expr, exact=True)
        return ast.rebuild(expr, lambda part: self._value(kind, part))

    def _guards(self, steps: "Iterable[_Step]") -> Iterator[Guard]:
        """Give what must hold of the Datastreams that to-one links lead to."""
        for step in steps:
            if step.target == MULTI or (step.target == SINGLE and self.multis):
                yield Guard(step.path, step.target == MULTI)


class _Step(msgspec.Struct, frozen=True):
    """One link of a path: where it starts, its name, where it leads, and the stored path up to and with it."""

    kind: str
    name: str
    target: str
    path: tuple[str, ...]


def _steps(kind: str, path: tuple[str, ...]) -> Iterator[_Step]:
    walked: tuple[str, ...] = ()
    for name in path:
        link = VIEWS[kind].by_name.get(name)
        if not isinstance(link, Navigation):
            return
        walked = (*walked, _name(kind, name))
        yield _Step(kind, name, link.target, walked)
        kind = link.target


def _renamed(kind: str, segments: tuple[str, ...]) -> Iterator[str]:
    for at, name in enumerate(segments):
        if kind == MULTI and name in _LISTS:
            raise UnsupportedError(f"a condition or order on {name}", "use ObservedProperties of the MultiDatastream")
        yield _name(kind, name)
        link = VIEWS[kind].by_name.get(name)
        if not isinstance(link, Navigation):
            yield from segments[at + 1 :]
            return
        kind = link.target


def _name(kind: str, name: str) -> str:
    """Give the stored name of a link or property."""
    if name == "MultiDatastreams":
        return "MemberDatastreams" if kind == "ObservedProperty" else "Datastreams"
    if name == MULTI:
        return SINGLE
    return name


def _selected(query: ast.BoundQuery) -> tuple[tuple[str, ...], ...]:
    """Give what must be read so that what is selected can be shown."""
    if not query.select:
        return ()
    multi = query.entity_type == MULTI
    paths = [
        (_RECORD,) if multi and path[0] in _LISTS else (_name(query.entity_type, path[0]), *path[1:])
        for path in query.select
    ]
    if any(is_ranked(query.entity_type, expand) for expand in query.expand):
        paths.append((_RECORD,))
    return tuple(dict.fromkeys(paths))


def is_ranked(kind: str, expand: ast.Expand) -> bool:
    """Tell whether what a link leads to comes in the order of the results of a MultiDatastream (18-088, 12.1).

    So do its ObservedProperties, where no order is asked but the one by handle, which is asked by not asking.
    """
    return kind == MULTI and expand.name == "ObservedProperties" and is_default(expand.query.orderby)


def is_default(orderby: tuple[ast.OrderBy, ...]) -> bool:
    """Tell whether an order is the one that nobody asked for."""
    return orderby in ((), (ast.OrderBy(ast.Path((ast.ID,))),))


def _conjuncts(expr: ast.Expr | None) -> tuple[ast.Expr, ...]:
    if expr is None:
        return ()
    return expr.parts if isinstance(expr, ast.And) else (expr,)


def _paths(expr: ast.Expr) -> Iterator[tuple[str, ...]]:
    """Give the paths of an expression that start at its entity."""
    if isinstance(expr, ast.Path):
        yield expr.segments
    elif not isinstance(expr, ast.Any):
        for child in ast.children(expr):
            yield from _paths(child)
