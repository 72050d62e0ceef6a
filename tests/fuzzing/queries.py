"""Generate Queries from the declaration of the entity types: any path, operator, function, order, select and expand."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ssclab_data.model.entity import EntityType, Kind, Navigation, in_version
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.model.values import Duration, Instant, Interval
from ssclab_data.query import ast
from ssclab_data.testing import START

from ..stores.generated import MINUTE, SQUARE

MARKER = "zq9marker"
"""A text that is in generated values, and so must never be in the text of a statement."""

DEEPEST = 2

type Kinds = Mapping[str, EntityType]

OPS = ("eq", "ne", "gt", "ge", "lt", "le")
TEXTS = st.sampled_from(["", "a", "Thing 1", "F1", "µg/m³", "Ä", "é", "a%", "o'x", "2", "noise of v/1", MARKER])
NUMBERS = st.sampled_from([0, 1, 2, -1, 3, 0.5, -1.5, 2.0, 2**53, 4294967298, 1e300])
MOMENTS = st.integers(0, 12).map(lambda minute: Instant(START + minute * MINUTE))
TIMES = st.one_of(MOMENTS, st.tuples(MOMENTS, MOMENTS).map(lambda both: Interval(min(both), max(both))))
CONSTANTS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none())
MEMBERS = {
    "properties": ("n", "s", "owner", MARKER, "b"),
    "parameters": ("n", "t"),
    "unitOfMeasurement": ("symbol", "name"),
    "location": ("type",),
    "feature": ("type",),
    "metadata": (MARKER,),
}
_DEEP = (Kind.JSON, Kind.VALUE, Kind.UNIT)
_GEO = ast.WKT(SQUARE)


def literal(value: Any) -> ast.Literal:
    """Make a constant."""
    return ast.Literal(value)


def links(kind: EntityType) -> list[Navigation]:
    """Give the links that SensorThings 1.1 has."""
    return [link for link in kind.navigations if in_version(link, "1.1")]


def paths(kind: EntityType, kinds: Kinds, deep: int = DEEPEST) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give the paths to values, with what they hold."""
    yield (ast.ID,), "number"
    for part in kind.properties:
        if not in_version(part, "1.1"):
            continue
        if part.kind in _DEEP:
            for member in MEMBERS.get(part.name, ()):
                yield (part.name, member), "any"
        if part.kind is not Kind.JSON:
            yield (part.name,), str(part.kind)
    for link in links(kind):
        if deep and not link.many:
            for rest, holds in paths(kinds[link.target], kinds, deep - 1):
                yield (link.name, *rest), holds


@cache
def paths_of(name: str, views: bool) -> list[tuple[tuple[str, ...], str]]:
    """Give the paths from a type by its name, of those that are kept or of those that 1.x shows."""
    kinds = kinds_of(views=views)
    return list(paths(kinds[name], kinds))


def kinds_of(*, views: bool) -> Kinds:
    """Give the types that are kept, or those that 1.x shows: MultiDatastreams too."""
    return VIEWS if views else ENTITY_TYPES


@st.composite
def conditions(draw: st.DrawFn, name: str, deep: int = DEEPEST, *, views: bool = False) -> ast.Expr:
    """Generate a condition on entities of a type."""
    joined = draw(st.integers(0, 9)) if deep else 9
    many = [link for link in links(kinds_of(views=views)[name]) if link.many]
    if joined == 0:
        parts = (draw(conditions(name, deep - 1, views=views)), draw(conditions(name, deep - 1, views=views)))
        return draw(st.sampled_from([ast.And, ast.Or]))(parts)
    if joined == 1:
        return ast.Not(draw(conditions(name, deep - 1, views=views)))
    if joined in (2, 3) and many:
        link = draw(st.sampled_from(many))
        return ast.Any((link.name,), draw(st.one_of(st.none(), conditions(link.target, deep - 1, views=views))))
    segments, holds = draw(st.sampled_from(paths_of(name, views)))
    return draw(on_path(ast.Path(segments), holds))


def on_path(path: ast.Path, holds: str) -> st.SearchStrategy[ast.Expr]:
    """Generate a condition on what a path leads to."""
    if holds == "geometry":
        return st.sampled_from(
            [
                ast.Call("st_within", (path, literal(_GEO))),
                ast.Call("geo.intersects", (path, literal(_GEO))),
                ast.Compare("lt", ast.Call("geo.distance", (path, literal(ast.WKT("POINT(4.7 51.5)")))), literal(0.05)),
                ast.Compare("ne", path, literal(None)),
            ]
        )
    if holds in ("instant", "time", "interval"):
        return on_time(path)
    if holds == "text":
        return on_text(path)
    values = {"number": st.one_of(st.integers(0, 5), NUMBERS), "any": CONSTANTS, "value": CONSTANTS}.get(
        holds, CONSTANTS
    )
    return st.one_of(
        st.tuples(st.sampled_from(OPS), values).map(lambda drawn: ast.Compare(drawn[0], path, literal(drawn[1]))),
        st.tuples(st.sampled_from(OPS), values).map(lambda drawn: ast.Compare(drawn[0], literal(drawn[1]), path)),
        st.lists(values, min_size=1, max_size=3).map(lambda some: ast.In(path, tuple(map(literal, some)))),
        st.tuples(st.sampled_from(["add", "sub", "mul", "div", "mod"]), st.sampled_from([1, 2, 0, 0.5])).map(
            lambda drawn: ast.Compare("gt", ast.Arithmetic(drawn[0], path, literal(drawn[1])), literal(1))
        ),
        st.sampled_from(["round", "floor", "ceiling"]).map(
            lambda name: ast.Compare("eq", ast.Call(name, (path,)), literal(2))
        ),
    )


def on_text(path: ast.Path) -> st.SearchStrategy[ast.Expr]:
    """Generate a condition on a text."""
    two = st.tuples(st.sampled_from(["startswith", "endswith", "substringof", "contains"]), TEXTS, st.booleans())
    return st.one_of(
        st.tuples(st.sampled_from(OPS), TEXTS).map(lambda drawn: ast.Compare(drawn[0], path, literal(drawn[1]))),
        two.map(lambda drawn: ast.Call(drawn[0], (path, literal(drawn[1])) if drawn[2] else (literal(drawn[1]), path))),
        st.sampled_from(["length", "tolower", "trim", "toupper"]).map(
            lambda name: ast.Compare("gt", ast.Call(name, (path,)), literal(3 if name == "length" else "b"))
        ),
        st.integers(0, 4).map(
            lambda at: ast.Compare("ne", ast.Call("substring", (path, literal(at))), literal("hing 1"))
        ),
        TEXTS.map(lambda text: ast.Compare("ge", ast.Call("indexof", (path, literal(text))), literal(1))),
        TEXTS.map(lambda text: ast.Compare("eq", ast.Call("concat", (path, literal(text))), literal("noise"))),
    )


def on_time(path: ast.Path) -> st.SearchStrategy[ast.Expr]:
    """Generate a condition on a time."""
    relation = st.sampled_from(["before", "after", "meets", "during", "overlaps", "starts", "finishes"])
    part = st.sampled_from(["minute", "hour", "second", "year", "day", "month"])
    return st.one_of(
        st.tuples(st.sampled_from(OPS), TIMES).map(lambda drawn: ast.Compare(drawn[0], path, literal(drawn[1]))),
        st.tuples(relation, TIMES).map(lambda drawn: ast.Call(drawn[0], (path, literal(drawn[1])))),
        part.map(lambda name: ast.Compare("ge", ast.Call(name, (path,)), literal(2))),
        st.tuples(MOMENTS, st.integers(-3, 3)).map(
            lambda drawn: ast.Compare(
                "gt", ast.Arithmetic("sub", path, literal(drawn[0])), literal(Duration(drawn[1] * MINUTE))
            )
        ),
        st.sampled_from([ast.Compare("eq", path, literal(None)), ast.Compare("ne", path, literal(None))]),
    )


@st.composite
def orders(draw: st.DrawFn, name: str, *, views: bool = False) -> tuple[ast.OrderBy, ...]:
    """Generate an order of entities of a type."""
    values = [segments for segments, holds in paths_of(name, views) if holds not in ("geometry", "unit")]
    chosen = draw(st.lists(st.sampled_from(values), max_size=2))
    return tuple(ast.OrderBy(ast.Path(segments), draw(st.sampled_from(ast.Direction))) for segments in chosen)


@st.composite
def queries(
    draw: st.DrawFn, name: str | None = None, deep: int = DEEPEST, *, least: int = 0, views: bool = False
) -> ast.Query:
    """Generate a Query, with expands below it.

    Args:
        name: of the entity type; None for any.
        deep: how many links below one another are expanded.
        least: the smallest `$top`.
        views: whether over the types that 1.x shows, not those that are kept.
    """
    if name is None:
        name = draw(st.sampled_from(list(kinds_of(views=views))))
    kind = kinds_of(views=views)[name]
    chosen = draw(st.lists(st.sampled_from(links(kind)), max_size=2, unique=True)) if deep else []
    expands = [ast.Expand(link.name, draw(queries(link.target, deep - 1, least=1, views=views))) for link in chosen]
    return ast.Query(
        entity_type=name,
        filter=draw(st.one_of(st.none(), conditions(name, views=views))),
        orderby=draw(orders(name, views=views)),
        select=draw(selects(kind)),
        expand=tuple(expands),
        top=draw(st.one_of(st.none(), st.integers(least, 4))),
        skip=draw(st.sampled_from([0, 0, 0, 1, 2])),
        count=draw(st.booleans()),
    )


def selects(kind: EntityType) -> st.SearchStrategy[tuple[tuple[str, ...], ...]]:
    """Generate what to select; mostly everything."""
    names = kind.names("1.1")
    some: list[tuple[str, ...]] = [(ast.ID,), *((name,) for name in names)]
    some += [(name, member) for name, members in MEMBERS.items() if name in names for member in members]
    return st.one_of(st.just(()), st.just(()), st.lists(st.sampled_from(some), max_size=3, unique=True).map(tuple))
