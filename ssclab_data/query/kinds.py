"""Tell of which kind the values of a filter are, and which kinds go together."""

from ssclab_data.errors import QueryTypeError, ValueParseError
from ssclab_data.model.entity import Kind
from ssclab_data.model.geometry import plain_wkt
from ssclab_data.model.values import Duration
from ssclab_data.query import ast
from ssclab_data.query.lexer import parse_clock, parse_filter_time

OF_PROPERTY = {
    Kind.TEXT: "text",
    Kind.INSTANT: "time",
    Kind.TIME: "time",
    Kind.INTERVAL: "time",
    Kind.GEOMETRY: "geometry",
    Kind.JSON: "any",
    Kind.VALUE: "any",
    Kind.UNIT: "unit",
}
"""Kind of value that a property has; `any` is known only when it is looked at."""

_OPEN = {"any", "null"}
_LIKE_HANDLE = {"number", "text"}


def kind_of(value: ast.Value) -> str:
    """Give the kind of a constant."""
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


def as_kind(literal: ast.Literal, wanted: str) -> ast.Literal:
    """Read a quoted text as a time, a time of day, a duration or a geometry where one is wanted.

    Raises:
        QueryTypeError: it is none.
    """
    value = literal.value
    try:
        if wanted == "time" and isinstance(value, str):
            return ast.Literal(parse_filter_time(value))
        if wanted == "duration" and isinstance(value, str):
            return ast.Literal(Duration.parse(value) if "P" in value else parse_clock(value))
        if wanted == "geometry" and isinstance(value, str):
            value = ast.WKT(value)
        if isinstance(value, ast.WKT):
            return ast.Literal(ast.WKT(plain_wkt(value.text)))
    except ValueParseError as error:
        raise QueryTypeError(str(error)) from error
    return literal


def check_comparable(op: str, first: str, second: str, *, position: int | None = None) -> None:
    """Make sure that values of two kinds can be compared.

    Raises:
        QueryTypeError: they cannot, ever.
    """
    kinds = {first, second}
    if "null" in kinds:
        return
    if "geometry" in kinds:
        raise QueryTypeError("geometries are compared by st_equals", position=position)
    if "unit" in kinds:
        raise QueryTypeError(
            f"{op} compares a member, as in unitOfMeasurement/symbol, not the unit as a whole", position=position
        )
    if len(kinds) == 1 or "any" in kinds or ("handle" in kinds and kinds & _LIKE_HANDLE):
        return
    raise QueryTypeError(f"{op} cannot compare a {first} with a {second}", position=position)


def arithmetic_kind(op: str, first: str, second: str, *, position: int | None = None) -> str:
    """Give the kind of what an operator computes.

    Raises:
        QueryTypeError: it takes no such values.
    """
    one, other = ("number" if kind == "handle" else kind for kind in (first, second))
    if {one, other} <= _OPEN | {"number"}:
        return "any" if {one, other} <= _OPEN else "number"
    pairs = [(a, b) for a in _candidates(one) for b in _candidates(other)]
    found = {_COMPUTED[op, a, b] for a, b in pairs if (op, a, b) in _COMPUTED}
    if not found:
        raise QueryTypeError(f"{op} cannot take a {first} and a {second}", position=position)
    return found.pop() if len(found) == 1 else "any"


def _candidates(kind: str) -> tuple[str, ...]:
    return ("number", "time", "duration") if kind in _OPEN else (kind,)


_COMPUTED = {
    ("add", "time", "duration"): "time",
    ("add", "duration", "time"): "time",
    ("sub", "time", "duration"): "time",
    ("sub", "time", "time"): "duration",
    ("add", "duration", "duration"): "duration",
    ("sub", "duration", "duration"): "duration",
    ("mul", "duration", "number"): "duration",
    ("mul", "number", "duration"): "duration",
    ("div", "duration", "number"): "duration",
}
"""Kind of what an operator computes from times and durations."""
