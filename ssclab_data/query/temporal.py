"""Compare and move instants and half-open intervals.

ISO 8601 names the parts of time, and neither it nor OGC 18-088 says what the functions mean of them. They mean here
what they mean in FROST-Server, where `start` is in an interval and `end` is not. An interval that ends where it starts
holds nothing, and is over at that instant (FROST-Server: neither before nor after it).

| function of a, b | holds when |
| --- | --- |
| `before`, `lt` | the instant a is less than the start of b, or the interval a ends at or before it |
| `after`, `gt` | b is before a |
| `meets` | one ends where the other starts; two instants: they are the same |
| `during` | a is in the interval b, all of it; an instant at the end of b is not; never in an instant |
| `overlaps` | they share an instant, or are the same |
| `starts`, `finishes` | both have the same start, or end |
"""

from collections.abc import Callable

from ssclab_data.model.values import Instant, Interval, Time, end_of, start_of

EARLIEST = Instant(-62_135_596_800_000_000)
"""0001-01-01T00:00:00Z, where the calendar of ISO 8601 as kept here starts."""
LATEST = Instant(253_402_300_799_999_999)
"""The last microsecond of the year 9999."""


def moved(time: Time, us: int) -> Time | None:
    """Move a time by microseconds; None where that leaves the years 1 to 9999."""
    start, end = Instant(start_of(time).us + us), Instant(end_of(time).us + us)
    if not EARLIEST <= start <= end <= LATEST:
        return None
    return Interval(start, end) if isinstance(time, Interval) else start


def before(left: Time, right: Time) -> bool:
    """Tell whether one time is over when the other starts."""
    if isinstance(left, Interval):
        return left.end <= start_of(right)
    return left < start_of(right)


def _meets(left: Time, right: Time) -> bool:
    return end_of(left) == start_of(right) or end_of(right) == start_of(left)


def _during(left: Time, right: Time) -> bool:
    if start_of(right) > start_of(left) or start_of(left) >= end_of(right):
        return False
    return end_of(left) <= end_of(right)


def _overlaps(left: Time, right: Time) -> bool:
    if start_of(left) <= start_of(right) < end_of(left) or start_of(right) <= start_of(left) < end_of(right):
        return True
    return (start_of(left), end_of(left)) == (start_of(right), end_of(right))


COMPARISONS: dict[str, Callable[[Time, Time], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": before,
    "gt": lambda left, right: before(right, left),
    "ge": lambda left, right: start_of(left) >= start_of(right),
    "le": lambda left, right: end_of(left) <= end_of(right),
}
"""What the operators mean; an instant never equals an interval."""

RELATIONS: dict[str, Callable[[Time, Time], bool]] = {
    "before": before,
    "after": lambda left, right: before(right, left),
    "meets": _meets,
    "during": _during,
    "overlaps": _overlaps,
    "starts": lambda left, right: start_of(left) == start_of(right),
    "finishes": lambda left, right: end_of(left) == end_of(right),
}
"""What the functions mean."""
