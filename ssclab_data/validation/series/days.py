"""Count rows by UTC day and by how good they are."""

import numpy as np

from ssclab_data.model.values import Instant
from ssclab_data.validation.outcome import DayCount
from ssclab_data.validation.series.columns import Times
from ssclab_data.validation.series.verdicts import Flag, Flags

_DAY = 86_400_000_000
_MOST = 3_660


class Days:
    """The days of one series, whose rows come in the order of time."""

    def __init__(self) -> None:
        self._counts: dict[int, list[int]] = {}

    def add(self, start: Times, flags: Flags) -> None:
        """Count rows."""
        if not len(start):
            return
        day = start // _DAY
        edges = np.concatenate(([0], np.flatnonzero(day[1:] != day[:-1]) + 1))
        kinds = ((flags == Flag.GOOD) | (flags == Flag.NOT_EVALUATED), flags == Flag.SUSPECT, flags == Flag.FAIL)
        sums = [np.add.reduceat(kind, edges, dtype=np.int64).tolist() for kind in kinds]
        for number, *counts in zip(day[edges].tolist(), *sums, strict=True):
            known = self._counts.setdefault(number, [0, 0, 0])
            for place, count in enumerate(counts):
                known[place] += count

    def counts(self) -> tuple[DayCount, ...]:
        """Give the last 3,660 days that have rows, in order."""
        return tuple(
            DayCount(str(Instant(number * _DAY))[:10], good=good, suspect=suspect, bad=bad)
            for number, (good, suspect, bad) in sorted(self._counts.items())[-_MOST:]
        )
