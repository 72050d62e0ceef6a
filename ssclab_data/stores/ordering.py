"""Turn the order of a query into whole numbers that sort the same way, for rows and for bounds of chunks."""

import bisect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ssclab_data.model.columns import ABSENT, Integers, ResultKind, Results, column_of
from ssclab_data.model.values import Instant, Interval, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.evaluate import NOTHING, evaluate, order_key
from ssclab_data.stores.chunks import Bounds
from ssclab_data.stores.vectors import EXACT, Frame, Linked, below, link_of

_NULL_CLASS, _BOOLEAN_CLASS, _NUMBER_CLASS, _OTHER_CLASS = 0, 1, 2, 3
_CLASSES = np.array([_NULL_CLASS, _BOOLEAN_CLASS, _NUMBER_CLASS, _NUMBER_CLASS, _OTHER_CLASS, _OTHER_CLASS], np.int64)


class InexactError(Exception):
    """Some values have no numbers that sort the same way; the query is answered by comparing values."""


class Key:
    """One sort key as columns of whole numbers, ascending; null is least.

    Attributes:
        path: the property it is of, or "".
    """

    path: str = ""

    def arrays(self, frame: Frame) -> list[Integers]:
        """Give its columns for some rows.

        Raises:
            InexactError: they have none.
        """
        raise NotImplementedError

    def after(self, value: ast.Value) -> list[int]:
        """Give the numbers of one value."""
        raise NotImplementedError

    def least(self, bounds: Bounds) -> list[int]:
        """Give numbers that no row of a chunk lies below."""
        raise NotImplementedError

    def most(self, bounds: Bounds) -> list[int]:
        """Give numbers that no row of a chunk lies above."""
        raise NotImplementedError


class HandleKey(Key):
    """The handle."""

    path = ast.ID

    def arrays(self, frame: Frame) -> list[Integers]:
        """Give the handles."""
        return [frame.source.handle]

    def after(self, value: ast.Value) -> list[int]:
        """Give the handle."""
        return [_whole(value)]

    def least(self, bounds: Bounds) -> list[int]:
        """Give the least handle."""
        return [bounds.datastream << 32 | bounds.sequence_first]

    def most(self, bounds: Bounds) -> list[int]:
        """Give the greatest handle."""
        return [bounds.datastream << 32 | bounds.sequence_last]


class TimeKey(Key):
    """The phenomenonTime: start, then end."""

    path = "phenomenonTime"

    def arrays(self, frame: Frame) -> list[Integers]:
        """Give starts and ends."""
        return [frame.source.start, frame.source.stop]

    def after(self, value: ast.Value) -> list[int]:
        """Give start and end."""
        assert isinstance(value, Instant | Interval)  # noqa: S101 - cursors are signed
        return [start_of(value).us, end_of(value).us]

    def least(self, bounds: Bounds) -> list[int]:
        """Give the first start, which no end lies before."""
        return [bounds.first, bounds.first]

    def most(self, bounds: Bounds) -> list[int]:
        """Give the last start and the last end."""
        return [bounds.last, bounds.stop]


class ResultTimeKey(Key):
    """The resultTime."""

    path = "resultTime"

    def arrays(self, frame: Frame) -> list[Integers]:
        """Give the times."""
        return [column_of(frame.source.result_time, "result_time", frame.size)]

    def after(self, value: ast.Value) -> list[int]:
        """Give the time."""
        return [value.us if isinstance(value, Instant) else ABSENT]

    def least(self, bounds: Bounds) -> list[int]:
        """Give the first time, or absent."""
        known = bounds.timed == bounds.size and bounds.result_time_first is not None
        return [bounds.result_time_first if known and bounds.result_time_first is not None else ABSENT]

    def most(self, bounds: Bounds) -> list[int]:
        """Give the last time."""
        return [ABSENT if bounds.result_time_last is None else bounds.result_time_last]


class ResultKey(Key):
    """The result, where it is a number, true, false or null."""

    path = "result"

    def arrays(self, frame: Frame) -> list[Integers]:
        """Give class and value."""
        result = frame.source.result
        classes = _CLASSES[result.kind]
        if bool((classes == _OTHER_CLASS).any()):
            raise InexactError
        return [classes, _result_values(result)]

    def after(self, value: ast.Value) -> list[int]:
        """Give class and value."""
        match value:
            case None:
                return [_NULL_CLASS, 0]
            case bool():
                return [_BOOLEAN_CLASS, int(value)]
            case int() | float() if isinstance(value, float) or abs(value) <= EXACT:
                return [_NUMBER_CLASS, int(_sortable(np.array([float(value)]))[0])]
        raise InexactError

    def least(self, bounds: Bounds) -> list[int]:
        """Give the least class, and the least number where it is that of numbers."""
        kinds = bounds.kinds
        if kinds & 1 << ResultKind.NULL:
            return [_NULL_CLASS, 0]
        if kinds & 1 << ResultKind.BOOLEAN:
            return [_BOOLEAN_CLASS, 0]
        return self._number(bounds.result_min) if bounds.numbers else [_OTHER_CLASS, 0]

    def most(self, bounds: Bounds) -> list[int]:
        """Give the greatest class, and the greatest number where it is that of numbers."""
        if bounds.kinds & (1 << ResultKind.TEXT | 1 << ResultKind.JSON):
            return [_OTHER_CLASS, 0]
        if bounds.numbers:
            return self._number(bounds.result_max)
        return [_BOOLEAN_CLASS, 1] if bounds.kinds & 1 << ResultKind.BOOLEAN else [_NULL_CLASS, 0]

    def _number(self, value: Any) -> list[int]:
        if isinstance(value, int) and abs(value) > EXACT:
            raise InexactError
        return [_NUMBER_CLASS, int(_sortable(np.array([float(value)]))[0])]


class LinkedKey(Key):
    """A value of the linked Datastream or FeatureOfInterest, as its rank among all of them."""

    def __init__(self, expr: ast.Expr, linked: Linked) -> None:
        self.link = link_of(expr)
        stripped = below(expr)
        values = dict(linked.values(self.link, stripped))
        values[0] = evaluate(stripped, NOTHING)
        self.distinct = sorted({order_key(value) for value in values.values()})
        self.ranks = {handle: self._rank(value) for handle, value in values.items()}

    def _rank(self, value: Any) -> int:
        """Give an odd number for a value there is, the even one before the next for another."""
        key = order_key(value)
        place = bisect.bisect_left(self.distinct, key)
        return 2 * place + (1 if place < len(self.distinct) and self.distinct[place] == key else 0)

    def arrays(self, frame: Frame) -> list[Integers]:
        """Give the ranks."""
        handles, rows = np.unique(frame.handles(self.link), return_inverse=True)
        ranks = np.array([self._of(handle) for handle in handles.tolist()], np.int64)
        return [ranks[rows]]

    def after(self, value: ast.Value) -> list[int]:
        """Give the rank of a value."""
        return [self._rank(value)]

    def least(self, bounds: Bounds) -> list[int]:
        """Give the rank, where all rows have the same; else the least there is."""
        handle = self._handle(bounds)
        return [0 if handle is None else self._of(handle)]

    def most(self, bounds: Bounds) -> list[int]:
        """Give the rank, where all rows have the same; else the greatest there is."""
        handle = self._handle(bounds)
        return [2 * len(self.distinct) if handle is None else self._of(handle)]

    def _of(self, handle: int) -> int:
        return self.ranks.get(handle, self.ranks[0])

    def _handle(self, bounds: Bounds) -> int | None:
        if self.link == "Datastream":
            return bounds.datastream
        return bounds.feature_first if bounds.feature_first == bounds.feature_last else None


class Descending(Key):
    """The opposite order of a key."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.path = key.path

    def arrays(self, frame: Frame) -> list[Integers]:
        """Give the columns upside down."""
        return [~array for array in self.key.arrays(frame)]

    def after(self, value: ast.Value) -> list[int]:
        """Give the numbers upside down."""
        return [~number for number in self.key.after(value)]

    def least(self, bounds: Bounds) -> list[int]:
        """Give what was most."""
        return [~number for number in self.key.most(bounds)]

    def most(self, bounds: Bounds) -> list[int]:
        """Give what was least."""
        return [~number for number in self.key.least(bounds)]


_OWN: dict[str, Callable[[], Key]] = {key.path: key for key in (HandleKey, TimeKey, ResultTimeKey, ResultKey)}


def keys_of(orderby: Sequence[ast.OrderBy], linked: Linked) -> list[Key]:
    """Turn an order into keys.

    Raises:
        InexactError: one of them is of a kind that has no numbers.
    """
    return [_directed(_key(key.expr, linked), key.direction) for key in orderby]


def _key(expr: ast.Expr, linked: Linked) -> Key:
    match expr:
        case ast.Path((name,)) if name in _OWN:
            return _OWN[name]()
    if link_of(expr):
        return LinkedKey(expr, linked)
    raise InexactError


def _directed(key: Key, direction: ast.Direction) -> Key:
    return Descending(key) if direction is ast.Direction.DESC else key


def _whole(value: ast.Value) -> int:
    assert isinstance(value, int)  # noqa: S101 - cursors are signed
    return value


def _result_values(result: Results) -> Integers:
    values: Integers = np.zeros(len(result), np.int64)
    if result.integers is not None:
        whole = result.kind == ResultKind.INTEGER
        if bool(((result.integers > EXACT) | (result.integers < -EXACT))[whole].any()):
            raise InexactError
        values = np.where(whole, _sortable(result.integers.astype(np.float64)), result.integers)
    if result.floats is not None:
        values = np.where(result.kind == ResultKind.FLOAT, _sortable(result.floats), values)
    return np.where(result.kind == ResultKind.NULL, 0, values)


def _sortable(values: Any) -> Integers:
    """Give whole numbers that sort as floating-point ones do; both zeros are one."""
    bits = (values + 0.0).view(np.int64)
    flipped: Integers = bits ^ ((bits >> 63) & np.int64(2**63 - 1))
    return flipped
