"""Check the formats of JSON Schema by one set of functions, whichever engine asks."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[!#$&-;=?@\[\]_a-z~A-Z]|%[0-9A-Fa-f]{2})+")
_URI_REFERENCE = re.compile(r"(?:[!#$&-;=?@\[\]_a-z~A-Z]|%[0-9A-Fa-f]{2})*")
_ZONE = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(_CLOCK + _ZONE)
_DATE_TIME = re.compile(rf"({_DATE.pattern})[Tt]{_CLOCK}{_ZONE}")
_PLAIN = len("2026-01-08T22:00:06Z")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_IDN_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+")
_DURATION = re.compile(
    r"P(?:[0-9]+W|(?=.)(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Format(msgspec.Struct, frozen=True):
    """A format and a value that has it.

    Attributes:
        check: tells whether a text has the format; everything that is no text has (JSON Schema validation, 7.1).
    """

    check: Callable[[Any], bool]
    example: str


def is_date_time(value: Any) -> bool:
    """Tell whether a text is a date-time of RFC 3339, of the years 1 to 9999 and without leap seconds.

    >>> is_date_time("2026-01-08T22:00:06Z"), is_date_time("2026-01-08"), is_date_time("2026-02-30T00:00:00Z")
    (True, False, False)
    """
    if not isinstance(value, str):
        return True
    match = _DATE_TIME.fullmatch(value)
    return match is not None and _is_of_calendar(match[1])


def is_interval(value: Any) -> bool:
    """Tell whether a text is two date-times with a slash between them, the first not after the second."""
    if not isinstance(value, str):
        return True
    start, slash, end = value.partition("/")
    if not slash or not is_date_time(start) or not is_date_time(end):
        return False
    if len(start) == len(end) == _PLAIN and start[-1] == end[-1] == "Z":
        return start <= end
    # A fraction may have any number of digits, and all of them count here.
    return _moment(start) <= _moment(end)


def is_time_or_interval(value: Any) -> bool:
    """Tell whether a text is a date-time or an interval of two."""
    return is_interval(value) if isinstance(value, str) and "/" in value else is_date_time(value)


def _moment(text: str) -> tuple[datetime, str]:
    moment = datetime.fromisoformat(text.upper())
    digits = re.search(r"\.([0-9]+)", text)
    return moment, digits[1][6:].rstrip("0") if digits else ""


@lru_cache(maxsize=4_096)
def _is_of_calendar(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_date(value: Any) -> bool:
    return not isinstance(value, str) or (_DATE.fullmatch(value) is not None and _is_of_calendar(value))


def _is_regex(value: Any) -> bool:
    return _parses(re.compile, value)


def _parses(parse: Callable[[str], object], value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        parse(value)
    except (ValueError, re.error):
        return False
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: not isinstance(value, str) or pattern.fullmatch(value) is not None


def _is_ipv4(value: Any) -> bool:
    return _parses(ipaddress.IPv4Address, value)


def _is_ipv6(value: Any) -> bool:
    return _parses(ipaddress.IPv6Address, value) and "%" not in str(value)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "date-time": Format(is_date_time, "2026-01-08T22:00:06Z"),
        "date": Format(_is_date, "2026-01-08"),
        "time": Format(_matches(_TIME), "22:00:06Z"),
        "duration": Format(_matches(_DURATION), "PT1H"),
        "email": Format(_matches(_EMAIL), "lab@breda.example"),
        "idn-email": Format(_matches(_IDN_EMAIL), "lab@breda.example"),
        "ipv4": Format(_is_ipv4, "192.0.2.1"),
        "ipv6": Format(_is_ipv6, "2001:db8::1"),
        "iri": Format(_matches(_IRI), "https://qudt.org/vocab/unit/DEG_C"),
        "uri": Format(_matches(_URI), "https://qudt.org/vocab/unit/DEG_C"),
        "uri-reference": Format(_matches(_URI_REFERENCE), "unit/DEG_C"),
        "uuid": Format(_matches(_UUID), "0b0d5a4e-6a3f-4c66-9d3c-0a3f6b1f2c11"),
        "regex": Format(_is_regex, "^[a-z]+$"),
        # Ours: JSON Schema has no format for ISO 8601 intervals.
        "time-interval": Format(is_interval, "2026-01-08T22:00:00Z/2026-01-08T23:00:00Z"),
        "time-or-interval": Format(
            is_time_or_interval, "2026-01-08T22:00:06Z or 2026-01-08T22:00:00Z/2026-01-08T23:00:00Z"
        ),
    }
)
"""Every format that is checked; a schema with another one is refused, for nothing would check it."""

TIME_FORMATS = frozenset(("date-time", "time-interval", "time-or-interval"))
"""Formats of moments, which need a zone."""
