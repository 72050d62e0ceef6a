"""Test the times of rows: possible, not in the future, of a clock that was set, each time once."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from ssclab_data.model.columns import ABSENT
from ssclab_data.model.values import Duration, Instant
from ssclab_data.validation.series.columns import Mask, Rows, Times
from ssclab_data.validation.series.tally import FIRST_TIME, LAST_TIME, TIME, Hit
from ssclab_data.validation.series_rules import ClockRules, microseconds


class ClockTest(msgspec.Struct, frozen=True):
    """What times are held against.

    Attributes:
        now: of the run, microseconds UTC; None leaves times in the future alone.
    """

    earliest: int
    future: int
    drift: int
    now: int | None

    @classmethod
    def of(cls, rules: ClockRules, now: Instant | None) -> "ClockTest":
        """Take the rules of a profile."""
        return cls(
            earliest=Instant.of(rules.earliest).us,
            future=microseconds(rules.future),
            drift=microseconds(rules.drift, least=0),
            now=None if now is None else now.us,
        )

    def hits(self, rows: Rows) -> Iterator[Hit]:
        """Find rows with a wrong time."""
        start, stop, known = rows.start, rows.ends, rows.known
        impossible = _outside(start) if stop is start else _outside(start) | _outside(stop)
        if known is not None:
            impossible = impossible | (_outside(known) & (known != ABSENT))
        yield _hit("time-impossible", impossible)
        if stop is not start:
            yield _hit("end-before-start", (stop < start) & ~impossible)
        yield _hit("clock-not-set", (start < self.earliest) & ~impossible, limit=Instant(self.earliest))
        if self.now is not None:
            late = np.maximum(start, stop) > self.now + self.future
            yield _hit("time-in-future", late & ~impossible, limit=Duration(self.future))
        if known is not None:
            yield from self._early(start, known, impossible)

    def _early(self, start: Times, known: Times, impossible: Mask) -> Iterator[Hit]:
        early = (known < start - self.drift) & (known != ABSENT) & ~impossible

        def facts(row: int) -> dict[str, object]:
            return {"difference": f"{(int(start[row]) - int(known[row])) / 1e6:g}"}

        yield Hit("result-before-phenomenon", early, facts, path=TIME)


def repeated(start: Times, stop: Times, before: tuple[int, int] | None) -> Mask:
    """Tell which rows have the time of the row before them, in the order of time.

    Args:
        before: the row before the first, None where there is none.
    """
    same = np.zeros(len(start), np.bool_)
    np.equal(start[1:], start[:-1], out=same[1:])
    if stop is not start:
        same[1:] &= stop[1:] == stop[:-1]
    if before is not None and len(start):
        same[0] = (int(start[0]), int(stop[0])) == before
    return same


def in_order(start: Times, stop: Times) -> bool:
    """Tell whether times come in order: by start, then by end."""
    wrong = start[1:] < start[:-1]
    if stop is not start:
        wrong |= (start[1:] == start[:-1]) & (stop[1:] < stop[:-1])
    return not wrong.any()


def _outside(times: Times) -> Mask:
    return (times < FIRST_TIME) | (times > LAST_TIME)


def _hit(rule: str, mask: Mask, **facts: Any) -> Hit:
    return Hit(rule, mask, lambda _row: facts, path=TIME)
