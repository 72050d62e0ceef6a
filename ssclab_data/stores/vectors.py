"""Evaluate expressions on many Observations at once; what numpy cannot say goes row by row by `query.evaluate`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.columns import ABSENT, Bytes, Flags, Integers, ResultKind, Results, column_of
from ssclab_data.model.identity import observation_key
from ssclab_data.model.values import Instant, Interval, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.calls import arithmetic, call, is_number, small
from ssclab_data.query.evaluate import NOTHING, compare, compares_as_text, evaluate, is_in, is_result

type Truths = NDArray[np.int8]
"""FALSE, UNKNOWN or TRUE for each row: `and` is the least, `or` the greatest."""

FALSE, UNKNOWN, TRUE = 0, 1, 2
EXACT = 2**53
"""Whole numbers up to here are the same as floating point."""

LINKS = frozenset(("Datastream", "FeatureOfInterest"))
"""The links of an Observation; each has the name of the entity type it leads to."""

_FLIPPED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_NUMPY: dict[str, Callable[[Any, Any], Any]] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}


class Source(Protocol):
    """Give columns by name, as `Columns` and `chunks.Reader` do."""

    @property
    def handle(self) -> Integers:
        """Handles."""
        ...

    @property
    def datastream(self) -> Integers:
        """Handles of the Datastreams."""
        ...

    @property
    def start(self) -> Integers:
        """Start of phenomenonTime."""
        ...

    @property
    def stop(self) -> Integers:
        """End of phenomenonTime."""
        ...

    @property
    def span(self) -> Any:
        """Which rows are intervals."""
        ...

    @property
    def ordinal(self) -> Integers | None:
        """Number among those of one time."""
        ...

    @property
    def result(self) -> Results:
        """Results."""
        ...

    @property
    def result_time(self) -> Integers | None:
        """When results became known."""
        ...

    @property
    def valid_start(self) -> Integers | None:
        """Start of validTime."""
        ...

    @property
    def valid_stop(self) -> Integers | None:
        """End of validTime."""
        ...

    @property
    def quality(self) -> Any:
        """The resultQuality as JSON."""
        ...

    @property
    def parameters(self) -> Any:
        """Parameters as JSON."""
        ...

    @property
    def feature(self) -> Integers | None:
        """Handles of FeaturesOfInterest."""
        ...


class Linked(Protocol):
    """Answer what depends only on the entity at a link of an Observation, for all its entities at once."""

    def truths(self, link: str, expr: ast.Expr) -> Mapping[int, int]:
        """Give TRUE, UNKNOWN or FALSE by handle; paths start at the linked entity."""
        ...

    def values(self, link: str, expr: ast.Expr) -> Mapping[int, Any]:
        """Give values by handle; paths start at the linked entity."""
        ...

    def keys(self) -> Mapping[int, str]:
        """Give the natural keys of the Datastreams by handle."""
        ...


def link_of(expr: ast.Expr) -> str:
    """Name the link that all paths of an expression start with; "" when they differ or there is none."""
    starts = {path[0] for path in paths_of(expr)}
    return starts.pop() if len(starts) == 1 and starts <= LINKS else ""


def paths_of(expr: ast.Expr) -> list[tuple[str, ...]]:
    """Give the paths that start at the entity of an expression."""
    match expr:
        case ast.Path(segments):
            return [segments]
        case ast.Any(path):
            return [path]
    return [path for child in ast.children(expr) for path in paths_of(child)]


def below(expr: ast.Expr) -> ast.Expr:
    """Turn an expression whose paths start with a link into one on the linked entity."""
    match expr:
        case ast.Path(segments):
            return ast.Path(segments[1:])
        case ast.Any(path, predicate):
            return ast.Any(path[1:], predicate)
    return ast.rebuild(expr, below)


def truth_code(value: object) -> int:
    """Give the code of True, False or None."""
    if value is True:
        return TRUE
    return FALSE if value is False else UNKNOWN


class Frame:
    """Some Observations, on which expressions are evaluated.

    Args:
        source: their columns.
        size: how many.
        linked: what is known of the entities they link to.
    """

    def __init__(self, source: Source, size: int, linked: Linked) -> None:
        self.source = source
        self.size = size
        self.linked = linked

    def truth(self, expr: ast.Expr) -> Truths:
        """Evaluate a condition."""
        if link_of(expr):
            return self._linked_truth(expr)
        match expr:
            case ast.And(parts):
                return _fold(np.minimum, [self.truth(part) for part in parts])
            case ast.Or(parts):
                return _fold(np.maximum, [self.truth(part) for part in parts])
            case ast.Not(part):
                return TRUE - self.truth(part)
            case ast.In(left, values):
                constants, as_text = [value.value for value in values], is_result(left)
                found = (is_in(value, constants, as_text=as_text) for value in self.values(left))
                return np.fromiter(map(truth_code, found), np.int8, self.size)
            case ast.Compare():
                quick = self._compare(expr)
                if quick is not None:
                    return quick
        return np.fromiter(map(truth_code, self.values(expr)), np.int8, self.size)

    def values(self, expr: ast.Expr) -> list[Any]:
        """Evaluate to a Python value for each row."""
        link = link_of(expr)
        if link:
            return self._spread(self.linked.values(link, below(expr)), link, evaluate(below(expr), NOTHING))
        match expr:
            case ast.Literal(value):
                return [value] * self.size
            case ast.Path(segments):
                return self._own(segments)
            case ast.Arithmetic(op, left, right):
                return [arithmetic(op, *pair) for pair in self._pairs(left, right)]
            case ast.Call(name, args):
                columns = [self.values(arg) for arg in args]
                return (
                    [call(name, row) for row in zip(*columns, strict=True)] if columns else [call(name, [])] * self.size
                )
            case ast.Compare(op, left, right) if ast.Literal(None) not in (left, right) or op not in ("eq", "ne"):
                as_text = compares_as_text(expr)
                return [compare(op, *pair, as_text=as_text) for pair in self._pairs(left, right)]
            case ast.Compare(op, left, right):
                same = op == "eq"
                return [(one is None and other is None) == same for one, other in self._pairs(left, right)]
        return [(False, None, True)[code] for code in self.truth(expr).tolist()]

    def features(self) -> Integers:
        """Give the handles of the FeaturesOfInterest, 0 where there is none."""
        features: Integers = column_of(self.source.feature, "feature", self.size)
        return features

    def _pairs(self, left: ast.Expr, right: ast.Expr) -> Iterable[tuple[Any, Any]]:
        return zip(self.values(left), self.values(right), strict=True)

    def _linked_truth(self, expr: ast.Expr) -> Truths:
        link = link_of(expr)
        stripped = below(expr)
        absent = truth_code(evaluate(stripped, NOTHING))
        handles, rows = np.unique(self.handles(link), return_inverse=True)
        known = self.linked.truths(link, stripped)
        codes = np.array([known.get(handle, absent) for handle in handles.tolist()], np.int8)
        return codes[rows]

    def _spread(self, known: Mapping[int, Any], link: str, absent: Any) -> list[Any]:
        return [known.get(handle, absent) for handle in self.handles(link).tolist()]

    def handles(self, link: str) -> Integers:
        """Give the handles at a link."""
        return self.source.datastream if link == "Datastream" else self.features()

    def _own(self, segments: tuple[str, ...]) -> list[Any]:
        first, *rest = segments
        match first:
            case ast.ID:
                return list(self.source.handle.tolist())
            case ast.KEY:
                return list(self.keys(self.linked.keys()))
            case "phenomenonTime":
                return self.times()
            case "result":
                return [_member(value, rest) for value in self.source.result.values()]
            case "resultTime":
                known = column_of(self.source.result_time, "result_time", self.size).tolist()
                return [None if us == ABSENT else Instant(us) for us in known]
            case "validTime":
                return self._valid()
        texts = self.source.quality if first == "resultQuality" else self.source.parameters
        return _members(texts, rest, self.size)

    def times(self) -> list[Instant | Interval]:
        """Give phenomenonTime as values."""
        start = self.source.start.tolist()
        if self.source.span is None:
            return [Instant(us) for us in start]
        rows = zip(start, self.source.stop.tolist(), self.source.span.tolist(), strict=True)
        return [Interval(Instant(us), Instant(end)) if span else Instant(us) for us, end, span in rows]

    def keys(self, datastreams: Mapping[int, str]) -> Iterator[str]:
        """Make the natural keys, from those of the Datastreams."""
        ordinals = column_of(self.source.ordinal, "ordinal", self.size).tolist()
        rows = zip(self.source.datastream.tolist(), self.times(), ordinals, strict=True)
        return (observation_key(datastreams[datastream], time, ordinal) for datastream, time, ordinal in rows)

    def _valid(self) -> list[Any]:
        if self.source.valid_start is None or self.source.valid_stop is None:
            return [None] * self.size
        rows = zip(self.source.valid_start.tolist(), self.source.valid_stop.tolist(), strict=True)
        return [None if start == ABSENT else Interval(Instant(start), Instant(stop)) for start, stop in rows]

    def _compare(self, expr: ast.Compare) -> Truths | None:
        """Compare a column with a constant by numpy, where that says the same; None where it does not."""
        op, left, right = expr.op, expr.left, expr.right
        if isinstance(left, ast.Literal) and isinstance(right, ast.Path) and is_number(left.value):
            op, left, right = _FLIPPED[op], right, left
        if not isinstance(left, ast.Path) or not isinstance(right, ast.Literal) or len(left.segments) != 1:
            return None
        name, value = left.segments[0], right.value
        if name == "result" and is_number(value):
            return compare_numbers(op, self.source.result, value)
        if name == ast.ID and isinstance(value, int) and is_number(value) and abs(value) < -ABSENT:
            return _codes(_NUMPY[op](self.source.handle, value))
        if isinstance(value, (Instant, Interval)) and name == "phenomenonTime":
            return _codes(compare_times(op, self.source, value))
        if isinstance(value, (Instant, Interval)) and name == "resultTime":
            return self._compare_result_time(op, value)
        return None

    def _compare_result_time(self, op: str, value: Instant | Interval) -> Truths:
        known = column_of(self.source.result_time, "result_time", self.size)
        matches = instants_against(op, known, value)
        return np.where(known == ABSENT, np.int8(UNKNOWN), _codes(matches))


def compare_numbers(op: str, result: Results, value: Any) -> Truths | None:
    """Compare results with a number; what is no number is UNKNOWN."""
    truths: Truths = np.full(len(result), UNKNOWN, np.int8)
    for kind, numbers in ((ResultKind.FLOAT, result.floats), (ResultKind.INTEGER, result.integers)):
        rows = result.kind == kind
        if numbers is None or not rows.any():
            continue
        if not _same_in_numpy(numbers, rows, value):
            return None
        truths = np.where(rows, _codes(_NUMPY[op](numbers, value)), truths)
    return truths


def compare_times(op: str, source: Source, value: Instant | Interval) -> Flags:
    """Compare phenomenonTime with a time; see `query.evaluate` for what the operators mean of intervals."""
    if source.span is None:
        return instants_against(op, source.start, value)
    spans = _intervals_against(op, source.start, source.stop, value)
    return np.where(source.span, spans, instants_against(op, source.start, value))


def instants_against(op: str, us: Integers, value: Instant | Interval) -> Flags:
    """Compare instants with a time."""
    low, high = start_of(value).us, end_of(value).us
    match op:
        case "eq" | "ne":
            same = np.zeros(len(us), np.bool_) if isinstance(value, Interval) else us == low
            return same if op == "eq" else ~same
        case "lt":
            return us < low
        case "gt":
            return us >= high if isinstance(value, Interval) else us > low
        case "ge":
            return us >= low
    return us <= high


def _intervals_against(op: str, start: Integers, stop: Integers, value: Instant | Interval) -> Flags:
    low, high = start_of(value).us, end_of(value).us
    match op:
        case "eq" | "ne":
            same = (start == low) & (stop == high) if isinstance(value, Interval) else np.zeros(len(start), np.bool_)
            return same if op == "eq" else ~same
        case "lt":
            return stop <= low
        case "gt":
            return start >= high if isinstance(value, Interval) else start > low
        case "ge":
            return start >= low
    return stop <= high


def _same_in_numpy(numbers: NDArray[Any], rows: Flags, value: Any) -> bool:
    """Tell whether numpy, which compares whole numbers with others as floating point, is exact."""
    if numbers.dtype == np.float64:
        return isinstance(value, float) or abs(value) <= EXACT
    if isinstance(value, int):
        return abs(value) < -ABSENT
    chosen = numbers[rows]
    return bool(chosen.max() <= EXACT and chosen.min() >= -EXACT)


def _codes(flags: Flags) -> Truths:
    return flags.astype(np.int8) * np.int8(TRUE)


def _fold(ufunc: Any, parts: list[Truths]) -> Truths:
    truths: Truths = ufunc.reduce(parts)
    return truths


def _members(texts: Bytes | None, path: list[str], size: int) -> list[Any]:
    if texts is None:
        return [None] * size
    return [None if text is None else _member(msgspec.json.decode(text), path) for text in texts]


def _member(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return small(value)
