"""Evaluate an expression on one entity: the three-valued semantics that every store agrees with."""

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from ssclab_data.model.values import Duration, Instant, Interval, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.calls import Operand, arithmetic, call, is_number, small
from ssclab_data.query.temporal import COMPARISONS
from ssclab_data.query.text import comparable

__all__ = ["NOTHING", "Reader", "arithmetic", "call", "compare", "compare_order", "evaluate", "is_in", "order_key"]


class Reader(Protocol):
    """Give what a path leads to from one entity."""

    def value(self, segments: tuple[str, ...]) -> Operand:
        """Give the value at a path over to-one links and into JSON; None where there is none."""
        ...

    def members(self, path: tuple[str, ...]) -> Iterable["Reader"]:
        """Give the entities at a link."""
        ...


class Nothing:
    """Be an entity that is not there."""

    def value(self, segments: tuple[str, ...]) -> object:
        """Give no value."""
        return None

    def members(self, path: tuple[str, ...]) -> "Iterable[Nothing]":
        """Give no members."""
        return ()


NOTHING = Nothing()


def evaluate(expr: ast.Expr, reader: Reader) -> Operand:
    """Evaluate an expression; None is unknown, also of a condition."""
    match expr:
        case ast.Literal(value):
            return value
        case ast.Path(segments):
            return small(reader.value(segments))
        case ast.And(parts):
            return _all([evaluate(part, reader) for part in parts])
        case ast.Or(parts):
            return _some([evaluate(part, reader) for part in parts])
        case ast.Not(part):
            return _not(evaluate(part, reader))
        case ast.Any(path, predicate):
            return any(predicate is None or evaluate(predicate, member) is True for member in reader.members(path))
        case ast.Compare():
            return _compare(expr, reader)
        case ast.In(left, values):
            constants = [value.value for value in values]
            return is_in(evaluate(left, reader), constants, as_text=is_result(left))
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
        return COMPARISONS[op](left, right)
    if as_text:
        left, right = _texts(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return bool(_PLAIN[op](comparable(left), comparable(right)))
    if _class(left) != _class(right) or _class(left) == _OTHER:
        return None
    return bool(_PLAIN[op](left, right))


def is_in(left: Operand, values: Iterable[Operand], *, as_text: bool = False) -> bool | None:
    """Tell whether a value equals one of the constants, as a chain of `eq` with `or` between them would.

    Args:
        as_text: whether a number compares as its JSON text with those constants that are texts.
    """
    return _some(
        (left is None) if value is None else compare("eq", left, value, as_text=as_text and isinstance(value, str))
        for value in values
    )


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
            return (3, comparable(value))
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


_OTHER = "other"


def _class(value: Operand) -> str:
    if isinstance(value, bool):
        return "bool"
    if is_number(value):
        return "number"
    if isinstance(value, str):
        return "text"
    return "duration" if isinstance(value, Duration) else _OTHER


def _texts(left: Operand, right: Operand) -> tuple[Operand, Operand]:
    if isinstance(left, str) and is_number(right):
        return left, number_text(right)
    if isinstance(right, str) and is_number(left):
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
        is_result(one) and isinstance(other, ast.Literal) and isinstance(other.value, str) for one, other in sides
    )


def is_result(expr: ast.Expr) -> bool:
    """Tell whether an expression is the result of an Observation."""
    if not isinstance(expr, ast.Path) or expr.segments[-1] != "result":
        return False
    return not {"properties", "parameters"} & set(expr.segments)


def _all(values: Iterable[Operand]) -> bool | None:
    known = list(values)
    if any(value is False for value in known):
        return False
    return True if all(value is True for value in known) else None


def _some(values: Iterable[Operand]) -> bool | None:
    unknown = False
    for value in values:
        if value is True:
            return True
        unknown = unknown or value is not False
    return None if unknown else False


def _not(value: Operand) -> bool | None:
    return None if not isinstance(value, bool) else not value


_PLAIN: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
