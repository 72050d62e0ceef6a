"""Test how long values stay the same, and how long they stay zero."""

from collections.abc import Iterator

import msgspec
import numpy as np

from ssclab_data.validation.series.columns import Mask, Rows, Times, Values
from ssclab_data.validation.series.tally import Hit
from ssclab_data.validation.series_rules import Lasting, PropertyRules, Stay, Stuck, microseconds

type _Places = np.ndarray[tuple[int], np.dtype[np.intp]]


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which values can stay too long.

    Attributes:
        name: first part of the verdicts.
        after: so long is suspect.
        fail_after: so long is a failure; None where it never is.
        tolerance: values no further apart are the same.
        at: the only value that matters; None for all but `others`.
        others: values that have rules of their own.
    """

    name: str
    after: str
    fail_after: str | None = None
    tolerance: float = 0
    at: float | None = None
    others: tuple[float, ...] = ()

    @property
    def longest(self) -> int:
        """Microseconds of the longest time that it goes by."""
        return microseconds(self.after if self.fail_after is None else self.fail_after)

    def hits(self, rows: Rows, near: Mask) -> Iterator[Hit]:
        """Find the rows that stay too long; `near` tells where the next row is a neighbour."""
        links = self._links(rows.value) & near
        if not links.any():
            return
        tolerance = 0 if self.at is not None else self.tolerance
        long = held(rows, links, microseconds(self.after), tolerance)
        longer = None if self.fail_after is None else held(rows, links, microseconds(self.fail_after), tolerance)
        yield self._hit("suspect", long if longer is None else long & ~longer, self.after)
        if longer is not None:
            yield self._hit("fail", longer, str(self.fail_after))

    def _links(self, value: Values) -> Mask:
        """Tell for each row but the last whether the next one has the same value."""
        if self.at is not None:
            there = np.abs(value - self.at) <= self.tolerance
            return there[1:] & there[:-1]
        links: Mask = (
            value[1:] == value[:-1] if not self.tolerance else np.abs(value[1:] - value[:-1]) <= self.tolerance
        )
        if self.others and links.any():
            free = np.ones(len(value), np.bool_)
            for one in self.others:
                free &= np.abs(value - one) > self.tolerance
            links &= free[1:] & free[:-1]
        return links

    def _hit(self, level: str, mask: Mask, limit: str) -> Hit:
        return Hit(f"{self.name}-{level}", mask, lambda _row: {"limit": limit})


def holds_of(rules: PropertyRules) -> tuple[Hold, ...]:
    """Take the rules of a profile."""
    return tuple(_holds(rules))


def held(rows: Rows, links: Mask, after: int, tolerance: float = 0) -> Mask:
    """Tell which rows lie in a stretch of linked rows that lasts long enough, within the tolerance.

    Args:
        links: for each row but the last, whether the next one goes on with it.
        after: microseconds from the first row of a stretch to its last.
        tolerance: how far the greatest and the least value of a stretch may lie apart; at 0 linked rows are equal.
    """
    mask = np.zeros(len(rows), np.bool_)
    first, last = _runs(links)
    long = rows.start[last] - rows.start[first] >= after
    for one, other in zip(first[long].tolist(), last[long].tolist(), strict=True):
        within = slice(one, other + 1)
        mask[within] = True if not tolerance else _steady(rows.start[within], rows.value[within], after, tolerance)
    return mask


def _runs(links: Mask) -> tuple[_Places, _Places]:
    """Give the first and the last row of each run of linked rows."""
    places = np.flatnonzero(links)
    if not len(places):
        return places, places
    breaks = np.flatnonzero(places[1:] != places[:-1] + 1)
    first = places[np.concatenate(([0], breaks + 1))]
    last = places[np.concatenate((breaks, [len(places) - 1]))] + 1
    return first, last


def _steady(start: Times, value: Values, after: int, tolerance: float) -> Mask:
    """Tell which rows lie in a window that lasts long enough, whose values lie within the tolerance."""
    rows = np.arange(len(start))
    ahead = np.searchsorted(start, start + after, side="left")
    back = np.searchsorted(start, start - after, side="right") - 1
    first = np.concatenate((rows[ahead < len(start)], back[back >= 0]))
    last = np.concatenate((ahead[ahead < len(start)], rows[back >= 0]))
    calm = _spread(value, first, last) <= tolerance
    edges = np.zeros(len(start) + 1, np.int64)
    np.add.at(edges, first[calm], 1)
    np.add.at(edges, last[calm] + 1, -1)
    inside: Mask = np.cumsum(edges)[:-1] > 0
    return inside


def _spread(value: Values, first: _Places, last: _Places) -> Values:
    """Give the greatest less the least value of windows, each of which is covered by two of a power of two's length."""
    spread = np.zeros(len(first))
    size = last - first + 1
    power = np.frexp(size)[1] - 1
    least = greatest = value
    for level in range(int(power.max(initial=-1)) + 1):
        chosen = np.flatnonzero(power == level)
        one, other = first[chosen], last[chosen] - (1 << level) + 1
        spread[chosen] = np.maximum(greatest[one], greatest[other]) - np.minimum(least[one], least[other])
        half = 1 << level
        if len(least) > half:
            least, greatest = np.minimum(least[:-half], least[half:]), np.maximum(greatest[:-half], greatest[half:])
    return spread


def _holds(rules: PropertyRules) -> Iterator[Hold]:
    stuck, zero = rules.stuck, rules.constant_zero
    own = isinstance(zero, Lasting)
    if isinstance(zero, Lasting):
        yield Hold(name="zero", after=zero.after, fail_after=zero.fail_after, at=0)
    if not isinstance(stuck, Stuck):
        return
    stays = [stay for stay in stuck.at if not (own and stay.value == 0)]
    for stay in stays:
        yield _at(stay, stuck.tolerance)
    others = (*(stay.value for stay in stays), *((0.0,) if own else ()))
    yield Hold(name="stuck", after=stuck.after, fail_after=stuck.fail_after, tolerance=stuck.tolerance, others=others)


def _at(stay: Stay, tolerance: float) -> Hold:
    return Hold(name="stuck", after=stay.after, fail_after=stay.fail_after, tolerance=tolerance, at=stay.value)
