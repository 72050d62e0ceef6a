"""Tell from the bounds of a chunk what a condition can be in it, without decoding it."""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ssclab_data.model.columns import ResultKind
from ssclab_data.model.values import Instant, Interval, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.evaluate import NOTHING, evaluate
from ssclab_data.stores.chunks import Bounds
from ssclab_data.stores.vectors import FALSE, TRUE, UNKNOWN, Linked, below, link_of, truth_code

type Codes = frozenset[int]
"""Which of FALSE, UNKNOWN and TRUE a condition may be in a chunk."""

ANY: Codes = frozenset((FALSE, UNKNOWN, TRUE))
SURE: Codes = frozenset((TRUE,))

_MONOTONE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_NUMBER_KINDS = 1 << ResultKind.INTEGER | 1 << ResultKind.FLOAT


def possible(expr: ast.Expr, bounds: Bounds, linked: Linked) -> Codes:
    """Give what a condition can be for the Observations of a chunk; more than there is, never less."""
    link = link_of(expr)
    if link:
        return _linked(expr, link, bounds, linked)
    match expr:
        case ast.And(parts):
            return _combined(min, (possible(part, bounds, linked) for part in parts))
        case ast.Or(parts):
            return _combined(max, (possible(part, bounds, linked) for part in parts))
        case ast.Not(part):
            return frozenset(TRUE - code for code in possible(part, bounds, linked))
        case ast.In(left, values):
            return possible(ast.Or(tuple(ast.Compare("eq", left, value) for value in values)), bounds, linked)
        case ast.Compare(op, ast.Path((name,)), ast.Literal(value)):
            return _compared(op, name, value, bounds)
    return ANY


def start_bounds(conditions: Iterable[ast.Expr]) -> tuple[int | None, int | None]:
    """Bound the start of phenomenonTime, in closed microseconds, of what fulfils all conditions; None is unbounded."""
    low: int | None = None
    high: int | None = None
    for expr in conditions:
        match expr:
            case ast.Compare(op, ast.Path(("phenomenonTime",)), ast.Literal(Instant() | Interval() as value)):
                least, most = start_of(value).us, end_of(value).us
                if op in ("eq", "gt", "ge"):
                    low = _tighter(max, low, most if op == "gt" else least)
                if op in ("eq", "lt", "le"):
                    high = _tighter(min, high, most if op == "le" else least)
            case ast.Call("during", (ast.Path(("phenomenonTime",)), ast.Literal(Instant() | Interval() as value))):
                low = _tighter(max, low, start_of(value).us)
                high = _tighter(min, high, end_of(value).us)
    return low, high


def instant_bounds(conditions: Sequence[ast.Expr]) -> tuple[int, int] | None:
    """Give the closed microseconds between which instants fulfil all conditions, and none outside.

    Returns:
        None where a condition is on something else than phenomenonTime, or is no simple comparison.
    """
    low, high = _EARLIEST, _LATEST
    for expr in conditions:
        match expr:
            case ast.Compare(op, ast.Path(("phenomenonTime",)), ast.Literal(Instant(us))):
                bounds = _INSTANT_BOUNDS[op](us) if op in _INSTANT_BOUNDS else None
            case ast.Compare(op, ast.Path(("phenomenonTime",)), ast.Literal(Interval(start, end))):
                bounds = _INTERVAL_BOUNDS[op](start.us, end.us) if op in _INTERVAL_BOUNDS else None
            case _:
                bounds = None
        if bounds is None:
            return None
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return low, high


_EARLIEST, _LATEST = -(2**63) + 1, 2**63 - 1
_INSTANT_BOUNDS: dict[str, Callable[[int], tuple[int, int]]] = {
    "eq": lambda us: (us, us),
    "ge": lambda us: (us, _LATEST),
    "gt": lambda us: (us + 1, _LATEST),
    "le": lambda us: (_EARLIEST, us),
    "lt": lambda us: (_EARLIEST, us - 1),
}
_INTERVAL_BOUNDS: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "ge": lambda start, _: (start, _LATEST),
    "gt": lambda _, end: (end, _LATEST),
    "le": lambda _, end: (_EARLIEST, end),
    "lt": lambda start, _: (_EARLIEST, start - 1),
}


def _tighter(choose: Callable[[int, int], int], one: int | None, other: int) -> int:
    return other if one is None else choose(one, other)


def _linked(expr: ast.Expr, link: str, bounds: Bounds, linked: Linked) -> Codes:
    if link == "Datastream":
        handle = bounds.datastream
    elif bounds.feature_first == bounds.feature_last:
        handle = bounds.feature_first
    else:
        return ANY
    stripped = below(expr)
    code = linked.truths(link, stripped).get(handle)
    return frozenset((truth_code(evaluate(stripped, NOTHING)) if code is None else code,))


def _combined(choose: Callable[[int, int], int], parts: Iterable[Codes]) -> Codes:
    return functools.reduce(
        lambda one, other: frozenset(choose(first, second) for first in one for second in other), parts
    )


def _compared(op: str, name: str, value: ast.Value, bounds: Bounds) -> Codes:
    if name == "result" and isinstance(value, (int, float)) and not isinstance(value, bool):
        others = bounds.kinds & ~_NUMBER_KINDS
        codes = _between(op, bounds.result_min, bounds.result_max, value)
        return codes | {UNKNOWN} if others else codes
    if name == ast.ID and isinstance(value, int) and not isinstance(value, bool):
        first, last = bounds.datastream << 32 | bounds.sequence_first, bounds.datastream << 32 | bounds.sequence_last
        return _between(op, first, last, value)
    if isinstance(value, (Instant, Interval)):
        if name == "phenomenonTime":
            return _timed(op, value, bounds)
        if name == "resultTime":
            codes = _instants(op, bounds.result_time_first, bounds.result_time_last, value)
            return codes | {UNKNOWN} if bounds.timed < bounds.size else codes
    return ANY


def _between(op: str, low: Any, high: Any, value: Any) -> Codes:
    """Compare values of which only the least and the greatest are known; there is none when these are None."""
    if low is None:
        return frozenset()
    if op in _MONOTONE:
        return frozenset(TRUE if _MONOTONE[op](end, value) else FALSE for end in (low, high))
    equal = set()
    if low <= value <= high:
        equal.add(TRUE)
    if not low == high == value:
        equal.add(FALSE)
    return frozenset(equal if op == "eq" else {TRUE - code for code in equal})


def _instants(op: str, low: int | None, high: int | None, value: Instant | Interval) -> Codes:
    least, most = start_of(value).us, end_of(value).us
    if isinstance(value, Interval):
        if op in ("eq", "ne"):
            return frozenset((FALSE if op == "eq" else TRUE,))
        if op == "gt":
            return _between("ge", low, high, most)
    return _between(op, low, high, most if op == "le" else least)


def _timed(op: str, value: Instant | Interval, bounds: Bounds) -> Codes:
    if not bounds.spans:
        return _instants(op, bounds.first, bounds.last, value)
    least, most = start_of(value).us, end_of(value).us
    match op:
        case "ge":
            return _between("ge", bounds.first, bounds.last, least)
        case "gt":
            return _between("ge" if isinstance(value, Interval) else "gt", bounds.first, bounds.last, most)
        case "le" | "lt":
            limit = most if op == "le" else least
            if bounds.first > limit:
                return frozenset((FALSE,))
            return SURE if bounds.stop < limit else ANY
    if not bounds.first <= least <= bounds.last:
        return frozenset((FALSE if op == "eq" else TRUE,))
    return ANY
