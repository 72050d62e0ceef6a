"""Hold a request as one frozen value: what SensorThings text, OGC API parameters and federation calls become."""

from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from ssclab_data.model.values import Duration, Instant, Interval

ID = "@id"
"""Path segment of the handle; `@iot.id` in SensorThings 1.x, `id` in 2.0."""
KEY = "@key"
"""Path segment of the natural key, the last part of the IRI."""


class WKT(msgspec.Struct, frozen=True):
    """A geometry literal, CRS84 lon/lat (`geography'POINT(5.1 51.5)'`)."""

    text: str


type Value = None | bool | int | float | str | Instant | Interval | Duration | WKT


class Expr(msgspec.Struct, frozen=True, tag=True):
    """Be the root of the parts of a filter."""


class Literal(Expr, frozen=True):
    """A constant."""

    value: Value


class Path(Expr, frozen=True):
    """A property, reached over to-one links and into JSON: `("Datastream", "Thing", "properties", "owner")`.

    Attributes:
        segments: names; the handle is `ID`, the natural key `KEY`.
    """

    segments: tuple[str, ...]


class Compare(Expr, frozen=True):
    """`eq ne gt ge lt le`; a comparison with an absent value is unknown, `eq null` and `ne null` are not."""

    op: str
    left: Expr
    right: Expr


class And(Expr, frozen=True):
    """All hold (three-valued)."""

    parts: tuple[Expr, ...]


class Or(Expr, frozen=True):
    """One holds (three-valued)."""

    parts: tuple[Expr, ...]


class Not(Expr, frozen=True):
    """It does not hold; unknown stays unknown."""

    part: Expr


class Arithmetic(Expr, frozen=True):
    """`add sub mul div mod` on numbers; `add` and `sub` on times and durations."""

    op: str
    left: Expr
    right: Expr


class Call(Expr, frozen=True):
    """A function by its OData or SensorThings name, lower case."""

    name: str
    args: tuple[Expr, ...]


class In(Expr, frozen=True):
    """The value equals one of the constants."""

    left: Expr
    values: tuple[Literal, ...]


class Any(Expr, frozen=True):
    """One of the entities at a to-many link fulfils the predicate, whose paths start at that entity.

    Attributes:
        path: links that lead to the set, the last one to-many.
        predicate: None asks only whether there is one.
    """

    path: tuple[str, ...]
    predicate: Expr | None


class Direction(StrEnum):
    """Which way an order runs; nulls come first ascending and last descending."""

    ASC = "asc"
    DESC = "desc"


class OrderBy(msgspec.Struct, frozen=True):
    """One sort key."""

    expr: Expr
    direction: Direction = Direction.ASC


class Expand(msgspec.Struct, frozen=True):
    """A link to follow in the answer.

    Attributes:
        name: the link's name.
        query: what to read there; its `entity_type` is the link's target.
        alias: name of what is read in the answer, where one link is followed twice; "" is the link's name.
    """

    name: str
    query: "Query"
    alias: str = ""

    @property
    def member(self) -> str:
        """Name of what is read in `Row.related`."""
        return self.alias or self.name


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One request.

    Attributes:
        entity_type: name of the entity type (`Thing`, not `Things`).
        filter: which entities; None means all.
        orderby: sort keys; a bound query always ends in the handle, so the order is total.
        select: paths of the properties to give; empty means all.
        distinct: paths of which each combination of values is given once; a bound query is ordered by these alone, and
            gives for each combination what is selected of the entity with the least handle. Empty: entities are asked.
        expand: links to follow.
        top: the most rows to give; None leaves it to the server.
        skip: rows to pass over first (prefer `after`).
        count: whether to count all matching entities, exactly.
        after: keyset: the sort key values of the last row seen, one for each of `orderby`.
    """

    entity_type: str
    filter: Expr | None = None
    orderby: tuple[OrderBy, ...] = ()
    select: tuple[tuple[str, ...], ...] = ()
    distinct: tuple[tuple[str, ...], ...] = ()
    expand: tuple[Expand, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    after: tuple[Value, ...] = ()


class BoundQuery(Query, frozen=True, kw_only=True):
    """A Query that `query.bind.bind` has checked against the model, expands too; stores take only these."""


def all_of(*parts: Expr | None) -> Expr | None:
    """Join the conditions that are there by `and`, flat; None when there is none."""
    flat: list[Expr] = []
    for part in parts:
        if isinstance(part, And):
            flat.extend(part.parts)
        elif part is not None:
            flat.append(part)
    if len(flat) > 1:
        return And(tuple(flat))
    return flat[0] if flat else None


def children(expr: Expr) -> Iterator[Expr]:
    """Give the direct parts of an expression."""
    match expr:
        case Compare() | Arithmetic():
            yield expr.left
            yield expr.right
        case And() | Or():
            yield from expr.parts
        case Not():
            yield expr.part
        case Call():
            yield from expr.args
        case In():
            yield expr.left
            yield from expr.values
        case Any(predicate=predicate) if predicate is not None:
            yield predicate


def walk(expr: Expr) -> Iterator[Expr]:
    """Give an expression and all its parts, outermost first."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Give the same expression with each direct part changed."""
    match expr:
        case Compare():
            return Compare(expr.op, change(expr.left), change(expr.right))
        case Arithmetic():
            return Arithmetic(expr.op, change(expr.left), change(expr.right))
        case And():
            return And(tuple(change(part) for part in expr.parts))
        case Or():
            return Or(tuple(change(part) for part in expr.parts))
        case Not():
            return Not(change(expr.part))
        case Call():
            return Call(expr.name, tuple(change(arg) for arg in expr.args))
        case In():
            return In(change(expr.left), expr.values)
        case Any(predicate=predicate) if predicate is not None:
            return Any(expr.path, change(predicate))
    return expr


def prefixed(expr: Expr, prefix: tuple[str, ...]) -> Expr:
    """Turn a condition on entities into one on those that lead to them by `prefix`, which holds to-one links.

    >>> prefixed(Path(("name",)), ("Datastream", "Thing")).segments
    ('Datastream', 'Thing', 'name')
    """
    match expr:
        case Path():
            return Path((*prefix, *expr.segments))
        case Any():
            return Any((*prefix, *expr.path), expr.predicate)
    return rebuild(expr, lambda part: prefixed(part, prefix))
