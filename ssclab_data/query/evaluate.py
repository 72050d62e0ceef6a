"""Evaluate an expression on one entity: the three-valued semantics that every store agrees with."""

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from ssclab_data.model import geometry
from ssclab_data.model.values import Duration, Instant, Interval, JsonObject, end_of, start_of
from ssclab_data.query import ast

type Operand = object


class Reader(Protocol):
    """Give what a path leads to from one entity."""

    def value(self, segments: tuple[str, ...]) -> Operand:
        """Give the value at a path over to-one links and into JSON; None where there is none."""
        ...

    def members(self, path: tuple[str, ...]) -> Iterable["Reader"]:
        """Give the entities at a link."""
        ...


def evaluate(expr: ast.Expr, reader: Reader) -> Operand:
    """Evaluate an expression; None is unknown, also of a condition."""
    match expr:
        case ast.Literal(value):
            return value
        case ast.Path(segments):
            return reader.value(segments)
        case ast.And(parts):
            return _all([evaluate(part, reader) for part in parts])
        case ast.Or(parts):
            return _not(_all([_not(evaluate(part, reader)) for part in parts]))
        case ast.Not(part):
            return _not(evaluate(part, reader))
        case ast.Any(path, predicate):
            return any(predicate is None or evaluate(predicate, member) is True for member in reader.members(path))
        case ast.Compare():
            return _compare(expr, reader)
        case ast.In(left, values):
            return evaluate(ast.Or(tuple(ast.Compare("eq", left, value) for value in values)), reader)
        case ast.Arithmetic(op, left, right):
            return arithmetic(op, evaluate(left, reader), evaluate(right, reader))
        case ast.Call(name, args):
            return call(name, [evaluate(arg, reader) for arg in args])
    raise TypeError(f"no expression: {expr!r}")


def compare(op: str, left: Operand, right: Operand, *, as_text: bool = False) -> bool | None:
    """Compare two values; None when one is absent or they cannot be compared.

    Args:
        as_text: whether a number on one side compares as its JSON text with a text on the other.
    """
    if left is None or right is None:
        return None
    if isinstance(left, (Instant, Interval)) and isinstance(right, (Instant, Interval)):
        return _TIMES[op](left, right)
    if as_text:
        left, right = _texts(left, right)
    if _class(left) != _class(right) or _class(left) == _OTHER:
        return None
    return bool(_PLAIN[op](left, right))


def arithmetic(op: str, left: Operand, right: Operand) -> Operand:
    """Compute; None where a side is absent, is of another kind, or the result is none."""
    if _is_number(left) and _is_number(right):
        return _numbers(op, left, right)
    if isinstance(left, (Instant, Duration)) and isinstance(right, Duration) and op in ("add", "sub"):
        us = left.us + right.us if op == "add" else left.us - right.us
        return type(left)(us)
    if isinstance(left, Instant) and isinstance(right, Instant) and op == "sub":
        return Duration(left.us - right.us)
    return None


def order_key(value: Operand) -> tuple[Any, ...]:
    """Give a key that sorts values of any kind: null, booleans, numbers, text, times, JSON."""
    match value:
        case None:
            return (0,)
        case bool():
            return (1, value)
        case int() | float():
            return (2, value)
        case str():
            return (3, value)
        case Instant() | Interval():
            return (4, start_of(value).us, end_of(value).us)
        case Duration():
            return (5, value.us)
    return (6, msgspec.json.encode(value, order="deterministic"))


def compare_order(left: Sequence[Operand], right: Sequence[Operand], directions: Sequence[ast.Direction]) -> int:
    """Tell which of two rows of sort keys comes first: below, at or above zero."""
    for one, other, direction in zip(left, right, directions, strict=True):
        first, second = order_key(one), order_key(other)
        if first != second:
            less = first < second
            return -1 if less == (direction is ast.Direction.ASC) else 1
    return 0


def call(name: str, args: Sequence[Operand]) -> Operand:
    """Apply a function; None where an argument is absent or of another kind than it takes."""
    if any(arg is None for arg in args):
        return None
    if name in geometry.RELATIONS:
        return geometry.relate(name, _geometry(args[0]), _geometry(args[1]))
    function = _FUNCTIONS[name]
    try:
        return function(*args)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


_OTHER = "other"


def _class(value: Operand) -> str:
    if isinstance(value, bool):
        return "bool"
    if _is_number(value):
        return "number"
    if isinstance(value, str):
        return "text"
    return "duration" if isinstance(value, Duration) else _OTHER


def _is_number(value: Operand) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _texts(left: Operand, right: Operand) -> tuple[Operand, Operand]:
    if isinstance(left, str) and _is_number(right):
        return left, number_text(right)
    if isinstance(right, str) and _is_number(left):
        return number_text(left), right
    return left, right


def number_text(value: Operand) -> str:
    """Write a number as JSON does."""
    return msgspec.json.encode(value).decode()


def _compare(expr: ast.Compare, reader: Reader) -> bool | None:
    left, right = evaluate(expr.left, reader), evaluate(expr.right, reader)
    if ast.Literal(None) in (expr.left, expr.right) and expr.op in ("eq", "ne"):
        absent = left is None and right is None
        return absent if expr.op == "eq" else not absent
    return compare(expr.op, left, right, as_text=compares_as_text(expr))


def compares_as_text(expr: ast.Compare) -> bool:
    """Tell whether a result, whose kind is open, is compared with a text, which makes its numbers texts."""
    sides = ((expr.left, expr.right), (expr.right, expr.left))
    return any(
        _is_result(one) and isinstance(other, ast.Literal) and isinstance(other.value, str) for one, other in sides
    )


def _is_result(expr: ast.Expr) -> bool:
    if not isinstance(expr, ast.Path) or expr.segments[-1] != "result":
        return False
    return not {"properties", "parameters"} & set(expr.segments)


def _all(values: Iterable[Operand]) -> bool | None:
    known = list(values)
    if any(value is False for value in known):
        return False
    return True if all(value is True for value in known) else None


def _not(value: Operand) -> bool | None:
    return None if not isinstance(value, bool) else not value


def _before(left: Instant | Interval, right: Instant | Interval) -> bool:
    if isinstance(left, Interval):
        return left.end <= start_of(right)
    return left < start_of(right)


def _numbers(op: str, left: Operand, right: Operand) -> Operand:
    assert isinstance(left, (int, float)) and isinstance(right, (int, float))  # noqa: S101, PT018 - the caller looked
    if op in ("div", "mod") and right == 0:
        return None
    match op:
        case "add":
            result: int | float = left + right
        case "sub":
            result = left - right
        case "mul":
            result = left * right
        case "div":
            result = left / right
        case _:
            result = math.fmod(left, right)
    return result if math.isfinite(result) else None


def _text(value: Operand) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: Operand) -> int | float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError("no number")
    return value


def _moment(value: Operand) -> datetime:
    return start_of(_time(value)).datetime


def _time(value: Operand) -> Instant | Interval:
    if not isinstance(value, (Instant, Interval)):
        raise TypeError("no time")
    return value


def _geometry(value: Operand) -> JsonObject | str:
    if isinstance(value, ast.WKT):
        return value.text
    if isinstance(value, dict):
        return value
    raise TypeError("no geometry")


def _substring(text: Operand, start: Operand, length: Operand = None) -> str:
    first = max(int(_number(start)), 0)
    return _text(text)[first:] if length is None else _text(text)[first : first + max(int(_number(length)), 0)]


def _rounded(value: Operand) -> int | float:
    """Round half away from zero, as OData does."""
    number = _number(value)
    return math.floor(abs(number) + 0.5) * (1 if number >= 0 else -1)


def _bounds(value: Operand) -> tuple[Instant, Instant]:
    time = _time(value)
    return start_of(time), end_of(time)


def _overlaps(left: Operand, right: Operand) -> bool:
    (start, end), (other, until) = _bounds(left), _bounds(right)
    return start <= other < end or other <= start < until or (start, end) == (other, until)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


_EARLIEST = Instant.of(datetime(1, 1, 1, tzinfo=UTC))
_LATEST = Instant.of(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))

_PLAIN: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TIMES: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": _before,
    "gt": lambda left, right: start_of(left) >= right.end if isinstance(right, Interval) else start_of(left) > right,
    "ge": lambda left, right: start_of(left) >= start_of(right),
    "le": lambda left, right: end_of(left) <= end_of(right),
}
_FUNCTIONS: dict[str, Callable[..., Operand]] = {
    "substringof": lambda part, text: _text(part) in _text(text),
    "contains": lambda text, part: _text(part) in _text(text),
    "startswith": lambda text, part: _text(text).startswith(_text(part)),
    "endswith": lambda text, part: _text(text).endswith(_text(part)),
    "length": lambda text: len(_text(text)),
    "indexof": lambda text, part: _text(text).find(_text(part)),
    "substring": _substring,
    "tolower": lambda text: _text(text).lower(),
    "toupper": lambda text: _text(text).upper(),
    "trim": lambda text: _text(text).strip(),
    "concat": lambda left, right: _text(left) + _text(right),
    "year": lambda time: _moment(time).year,
    "month": lambda time: _moment(time).month,
    "day": lambda time: _moment(time).day,
    "hour": lambda time: _moment(time).hour,
    "minute": lambda time: _moment(time).minute,
    "second": lambda time: _moment(time).second,
    "fractionalseconds": lambda time: _moment(time).microsecond / 1_000_000,
    "date": lambda time: Instant.of(_midnight(_moment(time))),
    "time": lambda time: Duration(start_of(_time(time)).us - Instant.of(_midnight(_moment(time))).us),
    "totaloffsetminutes": lambda time: 0 * _moment(time).year,
    "now": lambda: Instant.of(datetime.now(UTC)),
    "mindatetime": lambda: _EARLIEST,
    "maxdatetime": lambda: _LATEST,
    "round": _rounded,
    "floor": lambda value: math.floor(_number(value)),
    "ceiling": lambda value: math.ceil(_number(value)),
    "geo.distance": lambda left, right: geometry.distance(_geometry(left), _geometry(right)),
    "geo.length": lambda line: geometry.length(_geometry(line)),
    "st_relate": lambda left, right, pattern: geometry.relate_pattern(
        _geometry(left), _geometry(right), _text(pattern)
    ),
    "before": lambda left, right: _before(_time(left), _time(right)),
    "after": lambda left, right: _TIMES["gt"](_time(left), _time(right)),
    "meets": lambda left, right: _bounds(left)[1] == _bounds(right)[0] or _bounds(right)[1] == _bounds(left)[0],
    "during": lambda left, right: _bounds(right)[0] <= _bounds(left)[0] and _bounds(left)[1] <= _bounds(right)[1],
    "overlaps": _overlaps,
    "starts": lambda left, right: _bounds(left)[0] == _bounds(right)[0],
    "finishes": lambda left, right: _bounds(left)[1] == _bounds(right)[1],
}
