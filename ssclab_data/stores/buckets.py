"""Sum up Observations in buckets of time."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np

from ssclab_data.errors import ValueParseError
from ssclab_data.model.codelists import Averaging
from ssclab_data.model.columns import Flags, Integers, ResultKind
from ssclab_data.model.periods import Period
from ssclab_data.model.units import resolve_unit
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.stores.base import Buckets
from ssclab_data.stores.chunks import Bounds
from ssclab_data.stores.vectors import Source

_LARGE = 1e300
"""Sums of a chunk of lesser numbers are finite."""
_LEVEL = re.compile(r"dB(\s?([A-Z]|SPL|\(\w+\)|\[\w+\]))?(\s+re\b.*)?|DeciB(_[A-Z0-9]+)?|[Dd]ecibel(\s\([^)]*\))?")


def averaging_of(unit: object) -> Averaging:
    """Tell from a unitOfMeasurement how its numbers are averaged.

    >>> averaging_of(UnitOfMeasurement(symbol="dB(A)")).value
    'energetic'
    """
    if not isinstance(unit, UnitOfMeasurement):
        return Averaging.ARITHMETIC
    texts = (unit.definition, unit.symbol, unit.name)
    return Averaging.ENERGETIC if any(map(_is_level, texts)) else Averaging.ARITHMETIC


def least(values: Sequence[int | float]) -> int | float:
    """Give the least number, compared exactly; of two that are equal the floating-point one."""
    return min(values, key=lambda value: (value, isinstance(value, int)))


def greatest(values: Sequence[int | float]) -> int | float:
    """Give the greatest number, compared exactly; of two that are equal the floating-point one."""
    return max(values, key=lambda value: (value, isinstance(value, float)))


def finite(mean: float) -> float | None:
    """Give a mean, None where the sum exceeded floating point."""
    return mean if math.isfinite(mean) else None


class Mark(msgspec.Struct, frozen=True, order=True, gc=False):
    """A number with its place among the Observations of its Datastream."""

    start: int
    stop: int
    handle: int
    value: int | float


class Tally(msgspec.Struct, gc=False):
    """What is known of one bucket.

    Attributes:
        total: sum of the numbers; where they are levels, the level of their sum.
    """

    end: int
    count: int = 0
    other: int = 0
    least: int | float | None = None
    greatest: int | float | None = None
    total: float | None = None
    first: Mark | None = None
    last: Mark | None = None

    def include(self, more: "Tally", averaging: Averaging) -> None:
        """Take in what else is known of the same bucket."""
        self.count += more.count
        self.other += more.other
        self.least = _one(least, self.least, more.least)
        self.greatest = _one(greatest, self.greatest, more.greatest)
        self.total = _one(_level_sum if averaging is Averaging.ENERGETIC else sum, self.total, more.total)
        self.include_ends(more)

    def include_ends(self, more: "Tally") -> None:
        """Take in which Observations may be the first and the last."""
        self.first = _one(min, self.first, more.first)
        self.last = _one(max, self.last, more.last)

    def mean(self, averaging: Averaging) -> float | None:
        """Give the mean; None where there is no number, or their sum exceeds floating point."""
        if self.total is None:
            return None
        if averaging is Averaging.ENERGETIC:
            return finite(self.total - 10 * math.log10(self.count))
        return finite(self.total / self.count)


class Tallies[B]:
    """Sum up Observations, block by block in any order; B is a block of which only the bounds were looked at.

    Args:
        averaging: tells of a Datastream how its numbers are averaged.
    """

    def __init__(self, period: Period, averaging: Callable[[int], Averaging]) -> None:
        self.period = period
        self.averaging = cache(averaging)
        self.size = 0
        self._found: dict[int, dict[int, Tally]] = {}
        self._unread: dict[tuple[int, int], list[tuple[Bounds, B]]] = {}

    def takes(self, bounds: Bounds) -> bool:
        """Tell whether a chunk can be summed up by its bounds: numbers of one bucket with an arithmetic mean."""
        low, high = bounds.result_min, bounds.result_max
        if bounds.numbers < bounds.size or low is None or high is None or not -_LARGE < low <= high < _LARGE:
            return False
        if bounds.result_sum is None:
            return False
        if self.averaging(bounds.datastream) is Averaging.ENERGETIC:
            return False
        return bounds.last < self.period.span(bounds.first).end

    def add_bounds(self, bounds: Bounds, block: B) -> None:
        """Sum up a whole chunk by its bounds, all but which Observations are first and last."""
        span = self.period.span(bounds.first)
        self._unread.setdefault((bounds.datastream, span.start), []).append((bounds, block))
        tally = Tally(
            end=span.end,
            count=bounds.numbers,
            least=bounds.result_min,
            greatest=bounds.result_max,
            total=bounds.result_sum or 0.0,
        )
        self._include(bounds.datastream, span.start, tally)

    def add(self, source: Source, chosen: Flags) -> None:
        """Sum up chosen rows."""
        for datastream, start, tally in self._parts(source, chosen):
            self._include(datastream, start, tally)

    def unread(self) -> Iterator[B]:
        """Give the blocks that can hold the first or the last Observation of a bucket, for `add_ends`."""
        for (datastream, start), held in self._unread.items():
            known = self._found[datastream][start]
            first = min(bounds.first for bounds, _ in held)
            last = max(bounds.last for bounds, _ in held)
            first = first if known.first is None else min(first, known.first.start)
            last = last if known.last is None else max(last, known.last.start)
            yield from (block for bounds, block in held if bounds.first == first or bounds.last == last)

    def add_ends(self, source: Source) -> None:
        """Find the first and the last Observation of a chunk that was summed up by its bounds."""
        start = source.start
        for datastream, begin, tally in self._parts(source, (start == start[0]) | (start == start[-1])):
            self._found[datastream][begin].include_ends(tally)

    def buckets(self, lab: str) -> tuple[Buckets, ...]:
        """Give what was found, by handle and by time."""
        return tuple(self._of(lab, datastream) for datastream in sorted(self._found))

    def _of(self, lab: str, datastream: int) -> Buckets:
        averaging = self.averaging(datastream)
        starts = sorted(self._found[datastream])
        found = [self._found[datastream][start] for start in starts]
        return Buckets(
            lab=lab,
            datastream=datastream,
            mean_kind=averaging,
            start=tuple(starts),
            end=tuple(tally.end for tally in found),
            count=tuple(tally.count for tally in found),
            other=tuple(tally.other for tally in found),
            min=tuple(tally.least for tally in found),
            max=tuple(tally.greatest for tally in found),
            mean=tuple(tally.mean(averaging) for tally in found),
            first=tuple(None if tally.first is None else tally.first.value for tally in found),
            last=tuple(None if tally.last is None else tally.last.value for tally in found),
        )

    def _include(self, datastream: int, start: int, tally: Tally) -> None:
        of = self._found.setdefault(datastream, {})
        known = of.get(start)
        if known is not None:
            known.include(tally, self.averaging(datastream))
            return
        of[start] = tally
        self.size += 1

    def _parts(self, source: Source, chosen: Flags) -> Iterator[tuple[int, int, Tally]]:
        """Sum up chosen rows by Datastream, bucket and kind of result."""
        places = np.flatnonzero(chosen)
        rows = _Rows.of(source, places)
        order = rows.order()
        if order is not None:
            places, rows = places[order], rows.at(order)
        result, kind = source.result, source.result.kind[places]
        for number, values in ((ResultKind.FLOAT, result.floats), (ResultKind.INTEGER, result.integers)):
            at = kind == number
            if values is not None and at.any():
                yield from self._numbers(rows.at(at), values[places[at]])
        others = (kind != ResultKind.FLOAT) & (kind != ResultKind.INTEGER)
        if others.any():
            yield from self._others(rows.at(others))

    def _others(self, rows: "_Rows") -> Iterator[tuple[int, int, Tally]]:
        groups = _Groups.of(rows, self.period)
        for datastream, start, end, count in zip(*groups.lists(), strict=True):
            yield datastream, start, Tally(end, other=count)

    def _numbers(self, rows: "_Rows", values: Any) -> Iterator[tuple[int, int, Tally]]:
        groups = _Groups.of(rows, self.period)
        averagings = [self.averaging(datastream) for datastream in groups.datastream.tolist()]
        lows, highs = np.minimum.reduceat(values, groups.begin), np.maximum.reduceat(values, groups.begin)
        totals = groups.totals(values, highs, averagings)
        firsts, lasts = rows.marks(groups.begin, values), rows.marks(groups.final, values)
        columns = (lows.tolist(), highs.tolist(), totals.tolist(), firsts, lasts)
        for datastream, start, end, count, *known in zip(*groups.lists(), *columns, strict=True):
            yield datastream, start, Tally(end, count, 0, *known)


class _Rows(msgspec.Struct, frozen=True):
    """Times and handles of some rows."""

    start: Integers
    stop: Integers
    handle: Integers

    @classmethod
    def of(cls, source: Source, places: Integers) -> "_Rows":
        """Take them of a source."""
        return cls(source.start[places], source.stop[places], source.handle[places])

    def at(self, index: Any) -> "_Rows":
        """Give some of them."""
        return _Rows(self.start[index], self.stop[index], self.handle[index])

    def order(self) -> Integers | None:
        """Put them in the order of Datastream, start, end and handle; None where they are in it."""
        datastream = self.handle >> 32
        if (datastream == datastream[:1]).all() and (self.start[1:] > self.start[:-1]).all():
            return None
        return np.lexsort((self.handle, self.stop, self.start, datastream))

    def marks(self, places: Integers, values: Any) -> list[Mark]:
        """Give the numbers at some places with their own."""
        columns = (self.start, self.stop, self.handle, values)
        return list(map(Mark, *(column[places].tolist() for column in columns)))


class _Groups(msgspec.Struct, frozen=True):
    """Rows in order, grouped by Datastream and bucket.

    Attributes:
        begin: place of the first row of each group.
        final: place of its last row.
        start: when the bucket begins.
        end: when it ends.
    """

    datastream: Integers
    begin: Integers
    final: Integers
    start: Integers
    end: Integers

    @classmethod
    def of(cls, rows: _Rows, period: Period) -> "_Groups":
        """Group rows; there is at least one."""
        datastream = rows.handle >> 32
        starts, ends = period.spans(rows.start)
        changes = (starts[1:] != starts[:-1]) | (datastream[1:] != datastream[:-1])
        begin = np.concatenate(([0], np.flatnonzero(changes) + 1))
        final = np.append(begin[1:], len(starts)) - 1
        return cls(datastream[begin], begin, final, starts[begin], ends[begin])

    def lists(self) -> tuple[list[int], ...]:
        """Give Datastream, start, end and number of rows of each group."""
        columns = (self.datastream, self.start, self.end, self.final - self.begin + 1)
        return tuple(column.tolist() for column in columns)

    def totals(self, values: Any, highs: Any, averagings: Sequence[Averaging]) -> Any:
        """Add up the values of each group, as numbers or as levels."""
        levels = np.array([averaging is Averaging.ENERGETIC for averaging in averagings])
        floats, highs = values.astype(np.float64), highs.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            sums = np.add.reduceat(floats, self.begin)
            if not levels.any():
                return sums
            below = floats - np.repeat(highs, self.final - self.begin + 1)
            powers = np.add.reduceat(np.power(10.0, below / 10), self.begin)
            return np.where(levels, highs + 10 * np.log10(powers), sums)


def _one[T](choose: Callable[[tuple[T, T]], T], one: T | None, other: T | None) -> T | None:
    if one is None or other is None:
        return other if one is None else one
    return choose((one, other))


def _level_sum(levels: tuple[float, float]) -> float:
    low, high = sorted(levels)
    return high + 10 * math.log10(1 + math.pow(10, (low - high) / 10))


def _is_level(text: str | None) -> bool:
    """Tell whether a text of a unit, or the UCUM code that the code list gives it, is of a level in decibel."""
    if not text:
        return False
    try:
        text = resolve_unit(text).ucum
    except ValueParseError:
        text = re.split(r"[/#]", text)[-1]
    return _LEVEL.fullmatch(text.strip()) is not None
