"""Test each value by itself: whether it is there, a finite number, within its limits."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from ssclab_data.validation.series.columns import NOTHING, OTHER, Mask, Rows
from ssclab_data.validation.series.tally import Hit
from ssclab_data.validation.series_rules import Ends, PropertyRules, Range, ends


class RangeTest(msgspec.Struct, frozen=True):
    """What values are held against.

    Attributes:
        missing: numbers that stand for no value.
        noise: from here up to zero a value is noise; zero where it never is.
        silence: a level no higher is none.
    """

    missing: tuple[float, ...] = ()
    fail: Ends | None = None
    suspect: Ends | None = None
    noise: float = 0
    silence: float | None = None
    numeric: bool = False

    @classmethod
    def of(cls, rules: PropertyRules, *, numeric: bool) -> "RangeTest":
        """Take the rules of a profile.

        Args:
            numeric: whether the results must be numbers.
        """
        limits = rules.range if isinstance(rules.range, Range) else None
        return cls(
            missing=rules.missing or (),
            fail=None if limits is None else limits.fail,
            suspect=None if limits is None else limits.suspect,
            noise=rules.below_zero_within_noise or 0,
            silence=rules.silence,
            numeric=numeric,
        )

    @property
    def evaluates(self) -> bool:
        """Whether any value is looked at."""
        return self.fail is not None or self.suspect is not None or self.silence is not None

    def hits(self, rows: Rows) -> Iterator[Hit]:
        """Find rows with a wrong value, and last those that are noise."""
        value, kind = rows.value, rows.kind
        nothing = np.zeros(len(rows), np.bool_) if kind is None else kind == NOTHING
        other = None if kind is None else kind == OTHER
        for sentinel in self.missing:
            nothing = nothing | ((value == sentinel) if other is None else (value == sentinel) & ~other)
        if kind is not None or self.missing:
            yield _hit("no-value", nothing)
        if other is not None and self.numeric:
            yield _hit("not-a-number", other)
        finite = np.isfinite(value)
        if not finite.all():
            yield _hit("not-finite", ~finite)
        ignored = nothing | ~finite if other is None else nothing | other | ~finite
        yield from self._limits(rows, ignored)

    def _limits(self, rows: Rows, ignored: Mask) -> Iterator[Hit]:
        value = rows.value
        if self.silence is not None:
            silent = (value <= self.silence) & ~ignored
            yield _hit("silence", silent, limit=f"{self.silence:g}")
            ignored = ignored | silent
        failed = _outside(value, self.fail, ignored)
        if failed is not None:
            yield _hit("range-fail", failed, limit=shown(self.fail))
            ignored = ignored | failed
        noisy = (value < 0) & (value >= self.noise) & ~ignored if self.noise else None
        odd = _outside(value, self.suspect, ignored if noisy is None else ignored | noisy)
        if odd is not None:
            yield _hit("range-suspect", odd, limit=shown(self.suspect))
        if noisy is not None:
            yield _hit("below-zero-within-noise", noisy, limit=f"{self.noise:g}")


def shown(pair: Ends | None) -> str:
    """Write limits for a message of any language.

    >>> shown((0, None)), shown((None, 5.5)), shown((-5, 1000))
    ('≥ 0', '≤ 5.5', '-5 … 1000')
    """
    low, high = ends(pair)
    if high == float("inf"):
        return f"≥ {low:g}"
    return f"≤ {high:g}" if low == float("-inf") else f"{low:g} … {high:g}"


def _outside(value: Any, pair: Ends | None, ignored: Mask) -> Mask | None:
    if pair is None:
        return None
    low, high = ends(pair)
    outside: Mask = ((value < low) | (value > high)) & ~ignored
    return outside


def _hit(rule: str, mask: Mask, **facts: Any) -> Hit:
    return Hit(rule, mask, lambda _row: facts)
