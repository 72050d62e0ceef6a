"""Turn calendar times into moments by the zone that a source wrote them in, never by that of the machine."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Instant
from ssclab_data.sources.declaration import Fold
from ssclab_data.sources.stamps import parse_offset


class UnclearTimeError(ValueParseError):
    """A local time that exists twice, or never.

    Attributes:
        twice: whether it exists twice.
    """

    def __init__(self, at: datetime, zone: tzinfo, *, twice: bool) -> None:
        often = "one moment: it is there twice" if twice else "a moment: it is never there"
        super().__init__(at.isoformat(sep=" "), f"{often} in {zone}, where the clock was changed")
        self.twice = twice


@lru_cache(maxsize=512)
def zone_of(text: str) -> tzinfo:
    """Find a zone: `UTC`, an offset such as `+01:00`, or a name such as `Europe/Amsterdam`.

    Raises:
        ValueParseError: there is no such zone.
    """
    if text in ("UTC", "Z", "GMT"):
        return UTC
    if text[:1] in ("+", "-"):
        return timezone(timedelta(minutes=parse_offset(text)))
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueParseError(
            text[:64], "a zone: UTC, an offset such as +01:00, or a name such as Europe/Amsterdam"
        ) from error


def moment_of(at: datetime, zone: tzinfo, fold: Fold = Fold.REFUSED) -> Instant:
    """Give the moment of a naive local time.

    Raises:
        UnclearTimeError: the clock was changed then: the time is there twice and `fold` does not say which of them it
            is, or it is never there.
    """
    first = at.replace(tzinfo=zone)
    if isinstance(zone, timezone):
        return _instant(first)
    second = first.replace(fold=1)
    earlier, later = first.utcoffset(), second.utcoffset()
    if earlier == later or earlier is None or later is None:
        return _instant(first)
    if earlier < later or fold is Fold.REFUSED:
        raise UnclearTimeError(at, zone, twice=earlier > later)
    return _instant(first if fold is Fold.FIRST else second)


def local_of(moment: Instant, zone: tzinfo) -> datetime:
    """Give the naive local time of a moment."""
    return moment.datetime.astimezone(zone).replace(tzinfo=None)


def _instant(aware: datetime) -> Instant:
    try:
        return Instant.of(aware)
    except OverflowError as error:
        raise ValueParseError(aware.isoformat(), "a time between the years 1 and 9999") from error
