"""Apply the functions and the arithmetic of filters to values."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ssclab_data.model import geometry
from ssclab_data.model.values import Duration, Instant, Interval, JsonObject, Time, start_of
from ssclab_data.query import temporal
from ssclab_data.query.ast import WKT
from ssclab_data.query.text import comparable

type Operand = object

_LARGEST = 2**63


def call(name: str, args: Sequence[Operand]) -> Operand:
    """Apply a function; None where an argument is absent or of another kind than it takes."""
    if any(arg is None for arg in args):
        return None
    try:
        return small(_FUNCTIONS[name](*args))
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def arithmetic(op: str, left: Operand, right: Operand) -> Operand:
    """Compute; None where a side is absent, is of another kind, or the result is none."""
    try:
        if isinstance(left, (Instant, Interval, Duration)) or isinstance(right, (Instant, Interval, Duration)):
            return _timed(op, left, right)
        return _numbers(op, _number(left), _number(right))
    except (TypeError, OverflowError):
        return None


def small(value: Operand) -> Operand:
    """Give a number as filters know it: whole ones beyond 64 bits become floating point, and None beyond that."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if -_LARGEST <= value < _LARGEST:
            return value
        try:
            value = float(value)
        except OverflowError:
            return None
    return value if math.isfinite(value) else None


def is_number(value: Operand) -> bool:
    """Tell whether a value is a number, which true and false are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _timed(op: str, left: Operand, right: Operand) -> Operand:
    match op, left, right:
        case "add", Instant() | Interval(), Duration(us):
            return temporal.moved(left, us)
        case "add", Duration(us), Instant() | Interval():
            return temporal.moved(right, us)
        case "sub", Instant() | Interval(), Duration(us):
            return temporal.moved(left, -us)
        case "sub", Instant() | Interval(), Instant() | Interval():
            return _span(start_of(left).us - start_of(right).us)
        case "add", Duration(us), Duration(more):
            return _span(us + more)
        case "sub", Duration(us), Duration(less):
            return _span(us - less)
        case "mul", Duration(us), int() | float():
            return _span(us * _number(right))
        case "mul", int() | float(), Duration(us):
            return _span(us * _number(left))
        case "div", Duration(us), int() | float() if right != 0:
            return _span(us / _number(right))
    return None


def _span(us: float) -> Duration | None:
    whole = round(us)
    return Duration(whole) if abs(whole) < _LARGEST else None


def _numbers(op: str, left: float, right: float) -> Operand:
    if op in ("div", "mod") and right == 0:
        return None
    match op:
        case "add":
            result = left + right
        case "sub":
            result = left - right
        case "mul":
            result = left * right
        case "div":
            result = left / right
        case _:
            result = _remainder(left, right)
    return small(result)


def _remainder(left: float, right: float) -> float:
    """Give what is left over; it has the sign of the left side (OData 4.0, part 2, 5.1.1.2.5)."""
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) % abs(right) * (1 if left >= 0 else -1)
    return math.fmod(left, right)


def _text(value: Operand) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return comparable(value)


def _number(value: Operand) -> int | float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError("no number")
    return value


def _time(value: Operand) -> Time:
    if not isinstance(value, (Instant, Interval)):
        raise TypeError("no time")
    return value


def _moment(value: Operand) -> datetime:
    return start_of(_time(value)).datetime


def _geometry(value: Operand) -> JsonObject | str:
    if isinstance(value, WKT):
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
    if isinstance(number, int):
        return number
    return math.floor(abs(number) + 0.5) * (1 if number >= 0 else -1)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _clock(value: Operand) -> Duration:
    moment = _moment(value)
    return Duration(Instant.of(moment).us - Instant.of(_midnight(moment)).us)


def _spatial(name: str) -> Callable[[Operand, Operand], bool]:
    return lambda left, right: geometry.relate(name, _geometry(left), _geometry(right))


def _temporal(relation: Callable[[Time, Time], bool]) -> Callable[[Operand, Operand], bool]:
    return lambda left, right: relation(_time(left), _time(right))


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
    "time": _clock,
    # Times are kept in UTC, whatever offset they were written with.
    "totaloffsetminutes": lambda time: 0 * _moment(time).year,
    "now": lambda: Instant.of(datetime.now(UTC)),
    "mindatetime": lambda: temporal.EARLIEST,
    "maxdatetime": lambda: temporal.LATEST,
    "round": _rounded,
    "floor": lambda value: math.floor(_number(value)),
    "ceiling": lambda value: math.ceil(_number(value)),
    "geo.distance": lambda left, right: geometry.distance(_geometry(left), _geometry(right)),
    "geo.length": lambda line: geometry.length(_geometry(line)),
    "st_relate": lambda left, right, pattern: geometry.relate_pattern(
        _geometry(left), _geometry(right), _text(pattern)
    ),
    **{name: _spatial(name) for name in geometry.RELATIONS},
    **{name: _temporal(relation) for name, relation in temporal.RELATIONS.items()},
}
