"""Hold time, geometry and unit values: microseconds UTC inside, ISO 8601 with `Z` outside, CRS84 lon/lat."""

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from ssclab_data.errors import MissingZoneError, ValueParseError

type JsonObject = dict[str, Any]
type Result = None | bool | int | float | str | list[Any] | dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"\s*(Z|z|[+-]\d\d(?::?\d\d)?)?"
)
_DURATION = re.compile(
    r"(-)?P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_LONGEST = 2.0**63
_DURATION_UNITS = (604_800_000_000, 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000)


class Instant(msgspec.Struct, frozen=True, order=True, gc=False):
    """A moment.

    Attributes:
        us: microseconds since 1970-01-01T00:00:00Z, years 1 to 9999.

    >>> str(Instant.parse("2016-01-08T23:00:06.7570001+01:00"))
    '2016-01-08T22:00:06.757Z'
    """

    us: int

    @classmethod
    def parse(cls, text: str) -> "Instant":
        """Read an ISO 8601 date and time with a zone; digits finer than a microsecond are cut.

        Raises:
            MissingZoneError: there is no `Z` or offset.
            ValueParseError: it is no date and time, or not one of the calendar.
        """
        moment = parse_local(text)
        if moment.tzinfo is None:
            raise MissingZoneError(text, "a time with a zone (`Z` or an offset such as +01:00)")
        return cls.of(moment)

    @classmethod
    def of(cls, moment: datetime) -> "Instant":
        """Take an aware datetime.

        Raises:
            MissingZoneError: the datetime is naive.
        """
        if moment.tzinfo is None:
            raise MissingZoneError(moment.isoformat(), "a time with a zone")
        return cls((moment - _EPOCH) // _MICROSECOND)

    @property
    def datetime(self) -> datetime:
        """Aware datetime in UTC."""
        return _EPOCH + timedelta(microseconds=self.us)

    def __str__(self) -> str:
        return _stamp(self.us)


@lru_cache(maxsize=16_384)
def _stamp(us: int) -> str:
    """Write a moment; the series of a lab have many in common."""
    day, rest = divmod(us, _DAY)
    second, fraction = divmod(rest, 1_000_000)
    minute, second = divmod(second, 60)
    head = f"{_date(day)}T{minute // 60:02d}:{minute % 60:02d}:{second:02d}"
    if not fraction:
        return f"{head}Z"
    digits = f"{fraction:06d}"
    return f"{head}.{digits[:3] if digits.endswith('000') else digits}Z"


class Interval(msgspec.Struct, frozen=True, order=True, gc=False):
    """A half-open span of time, `start` in it and `end` not.

    Raises:
        ValueParseError: the end lies before the start.

    >>> str(Interval.parse("2025-01-15T11:00:00Z/2025-01-15T13:00:00+01:00"))
    '2025-01-15T11:00:00Z/2025-01-15T12:00:00Z'
    """

    start: Instant
    end: Instant

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueParseError(f"{self.start}/{self.end}", "an interval (its end lies before its start)")

    @classmethod
    def parse(cls, text: str) -> "Interval":
        """Read `start/end`, both with a zone.

        Raises:
            MissingZoneError: one of them has no zone.
            ValueParseError: it is no interval.
        """
        start, slash, end = text.partition("/")
        if not slash:
            raise ValueParseError(text, "an interval (start/end)")
        return cls(Instant.parse(start), Instant.parse(end))

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"


type Time = Instant | Interval


class Duration(msgspec.Struct, frozen=True, order=True, gc=False):
    """A length of time.

    Attributes:
        us: microseconds, negative for backwards.

    >>> Duration.parse("P1DT2H").us
    93600000000
    """

    us: int

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds.

        Raises:
            ValueParseError: it is none, or it has years or months (their length varies).
        """
        match = _DURATION.fullmatch(text)
        if match is None or not any(match.groups()[1:]) or text.endswith("T"):
            raise ValueParseError(text, "a duration of weeks, days, hours, minutes or seconds (P1DT2H)")
        parts = match.groups()[1:]
        lengths = [float(part) * unit for part, unit in zip(parts, _DURATION_UNITS, strict=True) if part]
        if not sum(lengths) < _LONGEST:
            raise ValueParseError(text[:40], "a duration of less than 292,000 years")
        us = sum(map(round, lengths))
        return cls(-us if match[1] else us)

    def __str__(self) -> str:
        sign = "-" if self.us < 0 else ""
        seconds, fraction = divmod(abs(self.us), 1_000_000)
        tail = f".{fraction:06d}".rstrip("0") if fraction else ""
        return f"{sign}PT{seconds}{tail}S"


class Box(msgspec.Struct, frozen=True):
    """A lon/lat box in CRS84 degrees; `west` > `east` means it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, longitude: float, latitude: float) -> bool:
        """Tell whether a position lies in the box or on its edge."""
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


class UnitOfMeasurement(msgspec.Struct, frozen=True):
    """A unit as SensorThings writes it (OGC 18-088, table 12); all three are null where a result has no unit.

    Attributes:
        name: full name, such as "microgram per cubic metre".
        symbol: display text, such as "µg/m³".
        definition: IRI of the unit, here always QUDT's.
    """

    name: str | None = None
    symbol: str | None = None
    definition: str | None = None


@lru_cache(maxsize=4_096)
def _date(day: int) -> str:
    """Write a day by its number since 1970-01-01; days follow one another, so few are written anew."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def parse_local(text: str) -> datetime:
    """Read an ISO 8601 date and time; naive when the text has no zone, midnight when it has no time.

    Digits finer than a microsecond are cut, never rounded: a rounded stamp could leave its hour.

    Raises:
        ValueParseError: it is no date and time, or not one of the calendar.
    """
    match = _STAMP.fullmatch(text.strip())
    if match is None:
        raise ValueParseError(text, "an ISO 8601 date and time")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro)
        return naive if zone is None else (naive - _offset(zone)).replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ValueParseError(text, f"a time of the calendar ({error})") from error


def has_finer_digits(text: str) -> bool:
    """Tell whether a time text carries non-zero digits below a microsecond, which parsing cuts."""
    match = _STAMP.fullmatch(text.strip())
    return bool(match and match[7] and match[7][6:].strip("0"))


def parse_time(text: str) -> Time:
    """Read an instant or an interval, by the slash.

    Raises:
        MissingZoneError: a time has no zone.
        ValueParseError: it is neither.
    """
    return Interval.parse(text) if "/" in text else Instant.parse(text)


def start_of(time: Time) -> Instant:
    """Give the instant itself, or the start of an interval."""
    return time.start if isinstance(time, Interval) else time


def end_of(time: Time) -> Instant:
    """Give the instant itself, or the end of an interval."""
    return time.end if isinstance(time, Interval) else time


def is_finite(value: object) -> bool:
    """Tell whether a JSON value holds no NaN and no infinity, at any depth."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(is_finite(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return all(is_finite(item) for item in value)
    return True


def _offset(zone: str) -> timedelta:
    if zone in "Zz":
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    if int(digits[2:]) > 59 or int(digits[:2]) > 23:
        raise ValueError(f"offset {zone} is out of range")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if zone[0] == "-" else offset
