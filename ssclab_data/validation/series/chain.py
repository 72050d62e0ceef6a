"""Hold rows against those before and after them, part by part, until no later row can matter."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ssclab_data.validation.series.columns import Mask, Rows, join
from ssclab_data.validation.series.neighbours import near_next
from ssclab_data.validation.series.plan import Plan
from ssclab_data.validation.series.tally import Hit, Tally
from ssclab_data.validation.series.verdicts import BITS, EVALUATED, Bits

type Places = NDArray[np.int64]
"""Numbers of rows in their series."""


class Open:
    """Rows that are not given yet: a later row can still matter to them, or to one before them."""

    def __init__(self) -> None:
        self._start = np.zeros(0, np.int64)
        self._bits = np.zeros(0, np.uint32)
        self._first = 0
        self.last: int | None = None

    def add(self, start: NDArray[np.int64], bits: Bits) -> int:
        """Take rows; gives the number of the first of them in the series."""
        self.last = int(start[-1])
        number = self._first + len(self._bits)
        self._start = np.concatenate((self._start, start))
        self._bits = np.concatenate((self._bits, bits))
        return number

    def mark(self, places: Places, bit: int) -> None:
        """Set a bit of rows."""
        self._bits[places - self._first] |= np.uint32(bit)

    def before(self, place: int | None) -> tuple[NDArray[np.int64], Bits]:
        """Give the rows before one, and let go of them; None for all."""
        size = len(self._bits) if place is None else place - self._first
        start, bits = self._start[:size], self._bits[:size]
        self._start, self._bits, self._first = self._start[size:], self._bits[size:], self._first + size
        return start, bits


class Chain:
    """Rows that are held against each other, with as many of those before as can matter to them."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._rows = Rows(start=np.zeros(0, np.int64), value=np.zeros(0))
        self._places: Places = np.zeros(0, np.int64)
        self._done = 0

    def __len__(self) -> int:
        return len(self._places)

    @property
    def first_open(self) -> int | None:
        """Number of the first row that is not decided; None where all are."""
        return int(self._places[self._done]) if self._done < len(self._places) else None

    def add(self, rows: Rows, places: Places, to: Open) -> None:
        """Take rows, with their numbers in the series, and decide what can be."""
        rows = Rows(start=rows.start, value=rows.value, stop=rows.stop)
        self._rows = join([self._rows, rows])
        self._places = np.concatenate((self._places, places))
        if len(self._places):
            start = self._rows.start
            until = int(np.searchsorted(start, start[-1] - self._plan.reach, side="right"))
            self._decide(min(until, len(start) - 1), to)

    def pass_time(self, time: int, to: Open) -> None:
        """Decide all when a time is so late that no row from it on can be a neighbour of those that are there."""
        gap = self._plan.intervals.gap
        if gap is not None and len(self._places) and time - int(self._rows.start[-1]) > gap:
            self._decide(len(self._places), to)

    def close(self, to: Open) -> None:
        """Decide the rest: no row follows."""
        self._decide(len(self._places), to)

    def _decide(self, until: int, to: Open) -> None:
        """Decide the rows before a place."""
        if until <= self._done:
            return
        near = near_next(self._rows.start, self._plan.intervals.gap)
        for hit in self._hits(near):
            hit.mask[: self._done] = False
            hit.mask[until:] = False
            if hit.mask.any():
                to.mark(self._places[hit.mask], BITS[hit.rule])
                self._tally.add(hit, self._rows)
        evaluated = self._evaluated(near)[self._done : until]
        to.mark(self._places[self._done : until][evaluated], EVALUATED)
        self._forget(until)

    def _hits(self, near: Mask) -> Iterator[Hit]:
        if self._plan.neighbours is not None:
            yield from self._plan.neighbours.hits(self._rows, near)
        for hold in self._plan.holds:
            yield from hold.hits(self._rows, near)

    def _evaluated(self, near: Mask) -> Mask:
        if self._plan.holds:
            return np.ones(len(self._places), np.bool_)
        assert self._plan.neighbours is not None  # noqa: S101 - there is a test at least
        return self._plan.neighbours.evaluated(self._rows.start, near)

    def _forget(self, until: int) -> None:
        """Keep the rows that are open, the one before them, and those within reach of it."""
        start = self._rows.start
        within = int(np.searchsorted(start, start[until - 1] - self._plan.reach, side="right")) - 1
        first = max(0, min(within, until - 1))
        self._rows = self._rows.part(slice(first, None))
        self._places = self._places[first:]
        self._done = until - first
