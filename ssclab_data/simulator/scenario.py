"""Say when the simulated days lie."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.model.values import Instant, Interval

_HOUR_US = 3_600_000_000
_LOCAL = timedelta(hours=1)
_EVENT_START, _EVENT_HOURS = 19, 4


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A span of simulated time; the same scenario always gives the same payloads.

    Local time is UTC+1 all year, so that no table of time zones is needed.

    Attributes:
        end: the end of the last simulated hour; a whole hour.
        hours: how many hours before it.
        minutes: time between two records of one unit; divides an hour.
        seed: another seed gives other numbers.

    Raises:
        SettingsError: the end is no whole hour, or a number is out of range.
    """

    end: Instant
    hours: int = 24
    minutes: int = 10
    seed: str = "ssclab"

    def __post_init__(self) -> None:
        if self.end.us % _HOUR_US:
            raise SettingsError(f"the simulated time must end at a whole hour, not at {self.end}")
        if self.hours < 1 or self.minutes < 1 or 60 % self.minutes:
            raise SettingsError("simulate at least one hour, with a number of minutes that divides 60 between records")

    @property
    def start(self) -> Instant:
        """Start of the first simulated hour."""
        return Instant(self.end.us - self.hours * _HOUR_US)

    @property
    def event(self) -> Interval:
        """The event evening in Breda: 19 to 23 h local time, the last before the end; 28 hours hold all of it."""
        local = (self.end.datetime + _LOCAL).replace(minute=0)
        over = local.replace(hour=_EVENT_START + _EVENT_HOURS)
        if over > local:
            over -= timedelta(days=1)
        end = over - _LOCAL
        return Interval(Instant.of(end - timedelta(hours=_EVENT_HOURS)), Instant.of(end))

    def hour_starts(self) -> Iterator[datetime]:
        """Give the start of each hour, in UTC."""
        return (self.start.datetime + timedelta(hours=hour) for hour in range(self.hours))

    def moments(self, hour: datetime) -> Iterator[datetime]:
        """Give the moments of records within the hour that starts then, in UTC."""
        return (hour + timedelta(minutes=minute) for minute in range(0, 60, self.minutes))

    def days(self) -> list[str]:
        """Give each UTC date that the scenario touches, as `yyyy-mm-dd`."""
        return sorted({f"{hour:%Y-%m-%d}" for hour in self.hour_starts()})


def local_hour(moment: datetime) -> float:
    """Give the hour of the day, 0 to 24, in the simulated local time."""
    local = moment + _LOCAL
    return local.hour + local.minute / 60 + local.second / 3600
