"""Test values against those before and after them: spikes, and how fast they change."""

from collections.abc import Iterator

import msgspec
import numpy as np

from ssclab_data.model.codelists import Averaging
from ssclab_data.validation.series.columns import Mask, Rows, Times, Values
from ssclab_data.validation.series.tally import Hit
from ssclab_data.validation.series_rules import PropertyRules, Thresholds

_HOUR = 3_600_000_000


class NeighbourTest(msgspec.Struct, frozen=True):
    """What differences are held against.

    Attributes:
        spike: how far from the mean of two neighbours.
        rate: change in an hour.
        scale: how values are brought together, and so how far apart two of them are: noise levels by energy, wind
            directions around the circle.
    """

    spike: Thresholds | None = None
    rate: Thresholds | None = None
    scale: Averaging = Averaging.ARITHMETIC

    @classmethod
    def of(cls, rules: PropertyRules, scale: Averaging) -> "NeighbourTest":
        """Take the rules of a profile."""
        spike = rules.spike if isinstance(rules.spike, Thresholds) else None
        rate = rules.rate if isinstance(rules.rate, Thresholds) else None
        return cls(spike, rate, scale)

    def hits(self, rows: Rows, near: Mask) -> Iterator[Hit]:
        """Find rows that differ too much from their neighbours; `near` tells where the next row is one."""
        if self.spike is not None:
            distance = self._spikes(rows.value, near)
            yield from _hits("spike", distance, self.spike)
        if self.rate is not None:
            change = self._changes(rows.start, rows.value, near)
            yield from _hits("rate", change, self.rate)

    def evaluated(self, start: Times, near: Mask) -> Mask:
        """Tell which rows have the neighbours that a test needs."""
        done = np.zeros(len(start), np.bool_)
        if self.spike is not None:
            done[1:-1] = near[:-1] & near[1:]
        if self.rate is not None:
            done[1:] |= near & (start[1:] > start[:-1])
        return done

    def _spikes(self, value: Values, near: Mask) -> Values:
        """Give how far each value lies from the mean of its neighbours; zero where one is missing."""
        distance = np.zeros(len(value))
        if len(value) > 2:
            found = apart(value[1:-1], mean(value[:-2], value[2:], self.scale), self.scale)
            distance[1:-1] = np.where(near[:-1] & near[1:], found, 0)
        return distance

    def _changes(self, start: Times, value: Values, near: Mask) -> Values:
        """Give how much each value differs from the one before it, for an hour; zero where there is none."""
        change = np.zeros(len(value))
        step = start[1:] - start[:-1]
        found = apart(value[1:], value[:-1], self.scale)
        np.divide(found * _HOUR, step, out=change[1:], where=near & (step > 0))
        return change


def near_next(start: Times, within: int | None) -> Mask:
    """Tell for each row but the last whether the next one is near enough to be its neighbour.

    Args:
        within: microseconds; None where all are near enough.
    """
    if within is None:
        return np.ones(max(len(start) - 1, 0), np.bool_)
    near: Mask = start[1:] - start[:-1] <= within
    return near


def apart(one: Values, other: Values, scale: Averaging) -> Values:
    """Give how far values lie apart, in their unit; directions the short way round."""
    difference: Values = np.abs(one - other)
    if scale is Averaging.CIRCULAR:
        difference = difference % 360
        return np.minimum(difference, 360 - difference)
    return difference


def mean(one: Values, other: Values, scale: Averaging) -> Values:
    """Give the mean of two values: of directions the middle of the short way, of levels that of their energies."""
    if scale is Averaging.CIRCULAR:
        middle: Values = one + ((other - one + 180) % 360 - 180) / 2
        return middle
    if scale is Averaging.ENERGETIC:
        energy = (1 + 10 ** (-np.abs(one - other) / 10)) / 2
        level: Values = np.maximum(one, other) + 10 * np.log10(energy)
        return level
    half: Values = one * 0.5 + other * 0.5
    return half


def _hits(name: str, distance: Values, limits: Thresholds) -> Iterator[Hit]:
    fail = np.inf if limits.fail is None else limits.fail
    if limits.suspect is not None:
        yield _hit(f"{name}-suspect", distance, (distance > limits.suspect) & (distance <= fail), limits.suspect)
    if limits.fail is not None:
        yield _hit(f"{name}-fail", distance, distance > fail, limits.fail)


def _hit(rule: str, distance: Values, mask: Mask, limit: float) -> Hit:
    return Hit(rule, mask, lambda row: {"difference": f"{distance[row]:.4g}", "limit": f"{limit:g}"})
