"""Turn the columns of series into numpy arrays, however they were given."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.columns import ABSENT
from ssclab_data.model.series import Column, Series

type Mask = NDArray[np.bool_]
type Times = NDArray[np.int64]
type Values = NDArray[np.float64]

_NUMBERS = {int, float}
_GREATEST = 2**63 - 1
NUMBER, NOTHING, OTHER = 0, 1, 2
"""What a result is."""


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one Datastream.

    Attributes:
        start: microseconds UTC.
        stop: the end of an interval, the start of an instant; None where all are instants.
        known: resultTime, ABSENT where there is none; None where there is none at all.
        value: results that are numbers, zero elsewhere.
        kind: NUMBER, NOTHING or OTHER; None where all are numbers.
        raw: results that are no numbers, as they came; None where there are none.
        place: number of the row's position, -1 without one; None where no row has one.
    """

    start: Times
    value: Values
    stop: Times | None = None
    known: Times | None = None
    kind: NDArray[np.uint8] | None = None
    raw: NDArray[np.object_] | None = None
    place: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.start)

    @property
    def ends(self) -> Times:
        """Ends of intervals; the column of starts itself where all are instants."""
        return self.start if self.stop is None else self.stop

    def part(self, index: slice | NDArray[np.intp]) -> "Rows":
        """Give some rows."""
        picked: dict[str, Any] = {}
        for name in self.__struct_fields__:
            column = getattr(self, name)
            picked[name] = None if column is None else column[index]
        return Rows(**picked)

    def result(self, row: int) -> Any:
        """Give a result as a JSON value; a whole number without decimals."""
        if self.kind is not None and self.kind[row] != NUMBER:
            return None if self.raw is None else self.raw[row]
        return plain(float(self.value[row]))


_FILLS: dict[str, tuple[Any, Any]] = {
    "known": (np.int64, ABSENT),
    "kind": (np.uint8, NUMBER),
    "raw": (np.object_, None),
    "place": (np.int64, -1),
}


def rows_of(series: Series, place: int | None = None) -> Rows:
    """Give the rows of a series.

    Args:
        place: number of their position, None where no position is known of the Datastream.
    """
    start = times(series.start)
    value, kind = numbers(series.result)
    return Rows(
        start=start,
        stop=None if series.end is None else _filled(times(series.end), start),
        known=None if series.result_time is None else times(series.result_time),
        value=value,
        kind=kind,
        raw=None if kind is None or not (kind == OTHER).any() else _objects(series.result),
        place=None if place is None else np.full(len(series), place, np.int64),
    )


def join(parts: Sequence[Rows]) -> Rows:
    """Put rows after one another."""
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {}
    for name in Rows.__struct_fields__:
        columns = [getattr(part, name) for part in parts]
        if any(column is not None for column in columns):
            joined[name] = np.concatenate(
                [_absent(name, part) if column is None else column for column, part in zip(columns, parts, strict=True)]
            )
    return Rows(**joined)


def times(column: Column[int | None]) -> Times:
    """Give times; ABSENT where there is none, and the greatest or least there is for one beyond 64 bits."""
    if isinstance(column, np.ndarray) and column.dtype != np.object_:
        return column.astype(np.int64, copy=False)
    try:
        return np.array(column, np.int64)
    except (TypeError, OverflowError):  # one is None, or beyond 64 bits
        known = (ABSENT if one is None else min(max(one, -_GREATEST), _GREATEST) for one in column)
        return np.fromiter(known, np.int64, len(column))


def numbers(column: Column[Any]) -> tuple[Values, NDArray[np.uint8] | None]:
    """Give results as doubles, and what each of them is; None where all are numbers (a boolean is none)."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiu":
        return column.astype(np.float64, copy=False), None
    kinds = set(map(type, column))
    if kinds <= _NUMBERS:
        return _doubles(column), None
    kind = np.fromiter((_kind(one) for one in column), np.uint8, len(column))
    return _doubles([one if type(one) in _NUMBERS else 0.0 for one in column]), kind


def plain(value: float) -> int | float:
    """Give a double as a whole number where it is one."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _absent(name: str, rows: Rows) -> NDArray[Any]:
    """Give a column that rows do not have."""
    if name == "stop":
        return rows.start
    dtype, fill = _FILLS[name]
    return np.full(len(rows), fill, dtype)


def _doubles(column: Column[Any]) -> Values:
    try:
        return np.array(column, np.float64)
    except OverflowError:  # an integer beyond the largest double
        return np.fromiter(map(_double, column), np.float64, len(column))


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _kind(value: Any) -> int:
    if value is None:
        return NOTHING
    return NUMBER if type(value) in _NUMBERS else OTHER


def _filled(stop: Times, start: Times) -> Times:
    absent = stop == ABSENT
    return np.where(absent, start, stop) if absent.any() else stop


def _objects(column: Column[Any]) -> NDArray[np.object_]:
    return np.fromiter(column, np.object_, len(column))
