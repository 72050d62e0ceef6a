"""Divide time into periods: of the clock, or of the calendar of a zone."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from ssclab_data.errors import ValueParseError
from ssclab_data.model.columns import Integers
from ssclab_data.model.values import Duration

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal()
_NEAR = range(-2, 4)
"""Days around one of UTC that can be the local day of a moment in it, or the next one."""
_PERIODS = "a period: P1D, P1W, P1M, P1Y, or one that divides a day evenly, such as PT1H, PT15M"


class Unit(StrEnum):
    """What a period is counted in."""

    TIME = "time"
    DAY = "P1D"
    WEEK = "P1W"
    MONTH = "P1M"
    YEAR = "P1Y"


_CALENDAR = frozenset(Unit) - {Unit.TIME}


class Span(msgspec.Struct, frozen=True):
    """One period, half-open, microseconds UTC."""

    start: int
    end: int


class Period(msgspec.Struct, frozen=True):
    """Divide time without holes.

    A day begins when the clock of the zone shows midnight, the first time where it does so twice (where the clock
    skips it: at the moment that would have been midnight without the change). Weeks begin on Monday, months and years
    with their first day. So a day has 23, 24 or 25 hours. Shorter periods are counted by elapsed time from the midnight
    that their day begins with, and the next midnight ends the last one: a day of 25 hours has 25 periods of `PT1H`,
    13 of `PT2H`, of which the last has one hour.

    Attributes:
        unit: what it is counted in.
        length: microseconds, of a period of TIME; else 0.
        zone: IANA name.

    >>> from ssclab_data.model.values import Instant
    >>> span = Period.parse("P1D", zone="Europe/Amsterdam").span(Instant.parse("2026-10-25T12:00:00Z").us)
    >>> str(Instant(span.start)), str(Instant(span.end))
    ('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')
    """

    unit: Unit
    length: int = 0
    zone: str = "UTC"

    @classmethod
    def parse(cls, text: str, *, zone: str = "UTC") -> "Period":
        """Read an ISO 8601 duration: `P1D`, `P1W`, `P1M`, `P1Y`, or one that divides a day evenly.

        Raises:
            ValueParseError: it is none of them, or the zone is not known.
        """
        try:
            _zone(zone)
        except (KeyError, OSError, ValueError) as error:
            raise ValueParseError(zone, "a time zone of IANA, such as UTC or Europe/Amsterdam") from error
        if text in _CALENDAR:
            return cls(Unit(text), zone=zone)
        try:
            length = Duration.parse(text).us
        except ValueParseError as error:
            raise ValueParseError(text, _PERIODS) from error
        if not 0 < length < _DAY or _DAY % length:
            raise ValueParseError(text, _PERIODS)
        return cls(Unit.TIME, length, zone)

    def span(self, us: int) -> Span:
        """Give the period that holds a moment, microseconds UTC."""
        day = us // _DAY + _EPOCH + _NEAR[-1]
        while _midnight(day, self.zone) > us:
            day -= 1
        first = self._first(day)
        start, end = _midnight(first, self.zone), _midnight(self._next(first), self.zone)
        if self.unit is not Unit.TIME:
            return Span(start, end)
        start += (us - start) // self.length * self.length
        return Span(start, min(start + self.length, end))

    def spans(self, us: Integers) -> tuple[Integers, Integers]:
        """Give the starts and the ends of the periods that hold moments, in their order."""
        edges = self._edges(np.unique(us // _DAY).tolist())
        place = np.searchsorted(edges, us, side="right")
        starts, ends = edges[place - 1], edges[place]
        if self.unit is not Unit.TIME:
            return starts, ends
        starts = starts + (us - starts) // self.length * self.length
        return starts, np.minimum(starts + self.length, ends)

    def _edges(self, days: Iterable[int]) -> Integers:
        """Give the midnights at which the periods (of TIME: the days) near days of UTC begin and end, ascending."""
        firsts = {self._first(day + _EPOCH + near) for day in days for near in _NEAR}
        ordinals = firsts | {self._next(first) for first in firsts}
        return np.unique(np.array([_midnight(ordinal, self.zone) for ordinal in ordinals], np.int64))

    def _first(self, day: int) -> int:
        """Give the first day of the period that holds a day, as proleptic ordinals."""
        if self.unit in (Unit.TIME, Unit.DAY):
            return day
        if self.unit is Unit.WEEK:
            return day - (day - 1) % 7
        found = _date(day).replace(day=1)
        return found.toordinal() if self.unit is Unit.MONTH else found.replace(month=1).toordinal()

    def _next(self, first: int) -> int:
        """Give the first day of the period after the one that begins with a day."""
        if self.unit in (Unit.TIME, Unit.DAY, Unit.WEEK):
            return first + (7 if self.unit is Unit.WEEK else 1)
        later = first + (31 if self.unit is Unit.MONTH else 366)
        return self._first(later) if later <= _LAST_DAY else _LAST_DAY + 1


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _date(day: int) -> date:
    return date.fromordinal(min(max(day, 1), _LAST_DAY))


@lru_cache(maxsize=65_536)
def _midnight(day: int, zone: str) -> int:
    """Give when a day begins, microseconds UTC; days beyond the calendar have the offset of its end."""
    offset = datetime.combine(_date(day), datetime.min.time(), _zone(zone)).utcoffset() or timedelta(0)
    return (day - _EPOCH) * _DAY - offset // timedelta(microseconds=1)
