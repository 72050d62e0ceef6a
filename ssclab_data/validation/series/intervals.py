"""Learn from the times of rows how often they come, and where they do not."""

from typing import Any

import msgspec
import numpy as np

from ssclab_data.model.finding import Severity
from ssclab_data.model.values import Duration, Instant, Interval
from ssclab_data.validation.rules import Rule
from ssclab_data.validation.series.columns import Mask, Times
from ssclab_data.validation.series.tally import Tally
from ssclab_data.validation.series_rules import Cadence, Gap, PropertyRules, microseconds

GAP = Rule(
    "gap",
    Severity.WARNING,
    "no rows in {value}, {difference} (limit {limit})",
    "geen rijen in {value}, {difference} (grens {limit})",
    "check power and connection of the device then",
    "controleer voeding en verbinding van het apparaat in die tijd",
)
CADENCE = Rule(
    "cadence-irregular",
    Severity.WARNING,
    "{value} comes {difference} after the row before it; rows come every {limit}",
    "{value} komt {difference} na de rij ervoor; rijen komen elke {limit}",
    "check the interval that the device is set to, and its clock",
    "controleer het ingestelde interval van het apparaat, en zijn klok",
)
RULES = (GAP, CADENCE)
"""Rules about the time between rows, which say nothing of the rows themselves."""

_KEPT = 100
_PRECISION = 44
"""Bits of a double that are left out where intervals are counted together: they differ by less than 0.4 %."""
_TIMES_CADENCE = 3


class IntervalTest(msgspec.Struct, frozen=True):
    """What intervals are held against, microseconds; None where there is no rule."""

    gap: int | None = None
    every: int | None = None
    tolerance: int = 0

    @classmethod
    def of(cls, rules: PropertyRules) -> "IntervalTest":
        """Take the rules of a profile."""
        gap = microseconds(rules.gap.after) if isinstance(rules.gap, Gap) else None
        if not isinstance(rules.cadence, Cadence):
            return cls(gap)
        return cls(gap, microseconds(rules.cadence.every), microseconds(rules.cadence.tolerance))

    def irregular(self, step: Times) -> Mask:
        """Tell which intervals are no multiple of the cadence; gaps are left alone."""
        every = self.every or 1
        off = step % every
        wrong: Mask = (np.minimum(off, every - off) > self.tolerance) | (step < every - self.tolerance)
        return wrong if self.gap is None else wrong & (step <= self.gap)


class Intervals:
    """The times between rows of one series, which come in order."""

    def __init__(self, test: IntervalTest, tally: Tally) -> None:
        self._test = test
        self._tally = tally
        self._last: tuple[int, int] | None = None
        self._first = 0
        self._counts: dict[int, list[int]] = {}
        self._longest: list[tuple[int, int, int]] = []
        self._gaps = 0

    @property
    def before(self) -> tuple[int, int] | None:
        """Start and end of the last row."""
        return self._last

    @property
    def period(self) -> Interval | None:
        """Start of the first row and of the last, or its end."""
        return None if self._last is None else Interval(Instant(self._first), Instant(max(self._last)))

    @property
    def cadence(self) -> int | None:
        """Usual microseconds between rows; None where there are not two of different times."""
        total = sum(count for count, _ in self._counts.values())
        seen = 0
        for _, (count, length) in sorted(self._counts.items()):
            seen += count
            if 2 * seen >= total:
                return length // count
        return None

    def add(self, start: Times, stop: Times) -> None:
        """Take the next rows, each of another time."""
        if not len(start):
            return
        if self._last is None:
            self._first = int(start[0])
            self._last = int(start[0]), int(stop[0])
            start, stop, head = start[1:], stop[1:], (start[:1], stop[:1])
        else:
            head = (np.array([self._last[0]]), np.array([self._last[1]]))
        if not len(start):
            return
        before = np.concatenate((head[0], start[:-1]))
        until = np.concatenate((head[1], stop[:-1]))
        self._last = int(start[-1]), int(stop[-1])
        step = start - before
        self._count(step)
        self._keep(step, until, start)
        self._test_steps(step, until, start)

    def gaps(self) -> tuple[tuple[Interval, ...], int]:
        """Give the longest gaps in order of time, at most 100, and how many there are.

        Without a rule a gap is three times as long as the cadence.
        """
        kept = [(-negative, start, end) for negative, start, end in self._longest]
        count = self._gaps
        if self._test.gap is not None:
            kept = [gap for gap in kept if gap[0] > self._test.gap]
        else:
            limit = _bin(_TIMES_CADENCE * (self.cadence or 0))
            kept = [gap for gap in kept if _bin(gap[0]) > limit]
            count = sum(number for bin_, (number, _) in self._counts.items() if bin_ > limit)
        found = sorted((min(start, end), end) for _, start, end in kept)
        return tuple(Interval(Instant(start), Instant(end)) for start, end in found), count

    def _count(self, step: Times) -> None:
        """Count intervals of about the same length together."""
        step = step[step > 0]
        if not len(step):
            return
        bins = _bins(step)
        least = int(bins.min())
        bins -= least
        counts = np.bincount(bins)
        sums = np.zeros(len(counts), np.int64)
        np.add.at(sums, bins, step)
        present = np.flatnonzero(counts)
        rows = zip((present + least).tolist(), counts[present].tolist(), sums[present].tolist(), strict=True)
        for bin_, count, length in rows:
            known = self._counts.setdefault(bin_, [0, 0])
            known[0] += count
            known[1] += length

    def _keep(self, step: Times, start: Times, end: Times) -> None:
        """Keep the longest intervals; of two that are equally long the first."""
        least = -self._longest[-1][0] if len(self._longest) == _KEPT else 0
        rows = np.flatnonzero(step > least)
        if len(rows) > _KEPT:
            rows = np.sort(rows[np.argsort(-step[rows], kind="stable")[:_KEPT]])
        if len(rows):
            found = zip((-step[rows]).tolist(), start[rows].tolist(), end[rows].tolist(), strict=True)
            self._longest = sorted((*self._longest, *found), key=_length)[:_KEPT]

    def _test_steps(self, step: Times, start: Times, end: Times) -> None:
        test = self._test
        if test.gap is not None:
            rows = np.flatnonzero(step > test.gap)
            self._gaps += len(rows)
            if len(rows):
                row = int(rows[0])
                edges = sorted((int(start[row]), int(end[row])))
                period = Interval(Instant(edges[0]), Instant(edges[1]))
                self._see(GAP, len(rows), value=period, length=int(step[row]), limit=test.gap)
        if test.every is not None:
            rows = np.flatnonzero(test.irregular(step))
            if len(rows):
                row = int(rows[0])
                self._see(CADENCE, len(rows), value=Instant(int(end[row])), length=int(step[row]), limit=test.every)

    def _see(self, rule: Rule, count: int, *, value: Any, length: int, limit: int) -> None:
        facts = {"difference": Duration(length), "limit": Duration(limit)}
        time = value if isinstance(value, Instant) else value.end
        self._tally.see(rule.id, value=str(value), time=time, facts=facts)
        self._tally.count(rule.id, count)


def _bins(step: Times) -> Times:
    """Number lengths so that near ones have the same number, in their order."""
    bins: Times = step.astype(np.float64).view(np.int64) >> _PRECISION
    return bins


def _bin(length: int) -> int:
    return int(_bins(np.array([length], np.int64))[0])


def _length(gap: tuple[int, int, int]) -> int:
    return gap[0]
