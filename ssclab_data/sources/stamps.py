"""Read the texts and numbers by which sources write moments: calendar parts, before any zone is applied to them."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.sources.numbers import parse_number

UNIX = {"unix": 1_000_000, "unix-ms": 1_000}
"""Formats that count from 1970-01-01T00:00:00Z, with their microseconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_TEXT = 64
_LAST = 253_402_300_800_000_000
_ISO = re.compile(
    r"(?P<Y>\d{4})([-/])(?P<m>\d\d)\2(?P<d>\d\d)"
    r"(?:[Tt ]\s*(?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d+))?)?)?"
    r"\s*(?P<z>Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?"
)
_NUMERIC = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "j": 3}
_WORDS = {
    "b": "[A-Za-z]{3}",
    "B": "[A-Za-z]+",
    "p": "[AaPp][Mm]",
    "z": r"Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?",
    "Z": "[A-Za-z]+",
    "f": r"\d+",
}
_IGNORED = {"a": "[A-Za-z]+", "A": "[A-Za-z]+"}
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_TOKEN = re.compile(r"%(.)|(\s+)|([^%\s]+)", re.DOTALL)


class Local(msgspec.Struct, frozen=True):
    """A moment as it is written.

    Attributes:
        at: calendar date and time, naive; `24:00` is 00:00 of the next day.
        offset: minutes east of UTC that the text carries, None where it carries none.
        abbreviation: of a zone, where the format has one.
        finer: whether digits finer than a microsecond were cut.
        midnight: whether it is written as 24:00.
    """

    at: datetime
    offset: int | None = None
    abbreviation: str = ""
    finer: bool = False
    midnight: bool = False


@lru_cache(maxsize=256)
def format_pattern(format_: str) -> re.Pattern[str]:
    """Make the pattern of a format as in `strptime`; English names, whatever the language of the machine.

    Numbers that touch one another have all their digits; others may lack a leading zero.

    Raises:
        ValueParseError: the format has a part that is not known, or one of them twice.
    """
    tokens = [match.groups() for match in _TOKEN.finditer(format_)]
    parts = [_part(format_, tokens, number) for number in range(len(tokens))]
    try:
        pattern = re.compile("".join(parts))
    except re.error as error:
        raise ValueParseError(format_, f"a format of time stamps ({error})") from error
    if not {"Y", "y"} & pattern.groupindex.keys() or not ({"m", "b", "B", "j"} & pattern.groupindex.keys()):
        raise ValueParseError(format_, "a format of time stamps with year and day")
    return pattern


def parse_stamp(value: Any, format_: str = "") -> Local:
    """Read a stamp: ISO 8601 (also with `/` between year, month and day), a format, or a count since 1970.

    Digits finer than a microsecond are cut, never rounded: a rounded stamp could leave its hour.

    Args:
        value: a text; of `unix` and `unix-ms` also a number.

    Raises:
        ValueParseError: it is no such stamp, or none of the calendar.
    """
    if format_ in UNIX:
        return _counted(value, UNIX[format_])
    text = str(value).strip() if isinstance(value, str) or type(value) is int else ""
    match = (format_pattern(format_) if format_ else _ISO).fullmatch(text) if len(text) <= _MAX_TEXT else None
    if match is None:
        expected = f"a time stamp of the form {format_}" if format_ else "an ISO 8601 date and time"
        raise ValueParseError(str(value)[:_MAX_TEXT], expected)
    try:
        return _local(match.groupdict())
    except (ValueError, OverflowError) as error:
        raise ValueParseError(text, f"a time of the calendar ({error})") from error


def parse_offset(text: str) -> int:
    """Read an offset (`+01:00`, `+0100`, `-08`, `Z`) as minutes east of UTC.

    Raises:
        ValueParseError: it is none.
    """
    if text in ("Z", "z", "UTC", "GMT"):
        return 0
    match = re.fullmatch(r"([+-])(\d\d)(?::?(\d\d))?", text)
    if match is None or int(match[2]) > 23 or int(match[3] or 0) > 59:
        raise ValueParseError(text[:_MAX_TEXT], "an offset such as +01:00")
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return -minutes if match[1] == "-" else minutes


def _part(format_: str, tokens: list[tuple[str | None, ...]], number: int) -> str:
    letter, blank, literal = tokens[number]
    if blank or literal:
        return r"\s+" if blank else re.escape(literal or "")
    if letter == "%":
        return "%"
    if letter in _IGNORED:
        return _IGNORED[letter]
    if letter in _WORDS:
        return f"(?P<{letter}>{_WORDS[letter]})"
    if letter not in _NUMERIC:
        raise ValueParseError(format_, f"a format of time stamps (%{letter} is not one of its parts)")
    digits = _NUMERIC[letter]
    touching = letter in "Yy" or any(_is_number(tokens, beside) for beside in (number - 1, number + 1))
    return f"(?P<{letter}>\\d{{{digits}}})" if touching else f"(?P<{letter}>\\d{{1,{digits}}})"


def _is_number(tokens: list[tuple[str | None, ...]], number: int) -> bool:
    return 0 <= number < len(tokens) and (tokens[number][0] or "-") in _NUMERIC


def _local(parts: dict[str, str | None]) -> Local:
    """Put the parts of a stamp together.

    Raises:
        ValueError: they are none of the calendar.
    """
    hour, minute, second = _hour(parts), int(parts.get("M") or 0), int(parts.get("S") or 0)
    fraction = parts.get("f") or ""
    micro = int(fraction[:6].ljust(6, "0"))
    if hour == 24 and (minute or second or micro):
        raise ValueError("24:00 is the last moment of a day")
    at = _day(parts).replace(hour=0 if hour == 24 else hour, minute=minute, second=second, microsecond=micro)
    zone = parts.get("z")
    return Local(
        at + timedelta(days=1) if hour == 24 else at,
        None if zone is None else parse_offset(zone),
        parts.get("Z") or "",
        bool(fraction[6:].strip("0")),
        hour == 24,
    )


def _day(parts: dict[str, str | None]) -> datetime:
    short = parts.get("y")
    year = int(parts.get("Y") or 0) if short is None else int(short) + (1900 if int(short) >= 69 else 2000)
    if day_of_year := parts.get("j"):
        day = datetime(year, 1, 1) + timedelta(days=int(day_of_year) - 1)
        if day.year != year:
            raise ValueError(f"{year} has no day {day_of_year}")
        return day
    return datetime(year, _month(parts), int(parts.get("d") or 1))


def _month(parts: dict[str, str | None]) -> int:
    name = (parts.get("b") or parts.get("B") or "").lower()
    if not name:
        return int(parts.get("m") or 0)
    found = [number for number, month in enumerate(_MONTHS, 1) if name in (month, month[:3])]
    if not found:
        raise ValueError(f"{name} is no month")
    return found[0]


def _hour(parts: dict[str, str | None]) -> int:
    half = parts.get("p")
    if half is None:
        return int(parts.get("H") or parts.get("I") or 0)
    hour = int(parts.get("I") or parts.get("H") or 0)
    if not 1 <= hour <= 12:
        raise ValueError(f"{hour} is no hour of half a day")
    return hour % 12 + (12 if half.lower() == "pm" else 0)


def _counted(value: Any, unit: int) -> Local:
    number = parse_number(value)
    exact = (Decimal(repr(number)) if isinstance(number, float) else Decimal(number)) * unit
    us = int(exact.to_integral_value(rounding="ROUND_FLOOR"))
    if not 0 <= us < _LAST:
        raise ValueParseError(str(value)[:_MAX_TEXT], "a time stamp between the years 1970 and 9999")
    return Local((_EPOCH + timedelta(microseconds=us)).replace(tzinfo=None), 0, "", us != exact)
