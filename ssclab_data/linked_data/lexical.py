"""Tell whether a text is in the lexical space of a datatype of XML Schema 1.1, exactly."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping

from ssclab_data.linked_data.terms import PREFIXES

_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_YEAR = r"(?P<year>-?(?:[1-9]\d{3,}|0\d{3}))"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12]\d|3[01])"
_TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_YEARS = r"(?=\d)(?:\d+Y)?(?:\d+M)?"
_DAYS = r"(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
_NAME = r"[^\W\d][\w.\-·]*"

_PATTERNS = {
    "boolean": r"true|false|1|0",
    "decimal": r"[+-]?(?:\d+\.?\d*|\.\d+)",
    "double": r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?|[+-]?INF|NaN",
    "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}?",
    "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
    "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}?",
    "time": f"{_TIME}{_ZONE}?",
    "gYear": f"{_YEAR}{_ZONE}?",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}?",
    "gMonth": f"--{_MONTH}{_ZONE}?",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}?",
    "gDay": f"---{_DAY}{_ZONE}?",
    "duration": rf"-?P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?{_DAYS}",
    "yearMonthDuration": f"-?P{_YEARS}",
    "dayTimeDuration": rf"-?P(?=\d|T\d){_DAYS}",
    "base64Binary": (
        r"(?:(?:[A-Za-z0-9+/] ?){4})*(?:(?:[A-Za-z0-9+/] ?){2}[A-Za-z0-9+/] ?=|[A-Za-z0-9+/] ?[AQgw] ?= ?=|)(?<! )"
    ),
    "hexBinary": r"(?:[0-9A-Fa-f]{2})*",
    "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "NMTOKEN": r"[\w.\-:·]+",
    "Name": r"[^\W\d][\w.\-:·]*|:[\w.\-:·]*",
    "NCName": _NAME,
}
_PATTERNS["float"] = _PATTERNS["double"]

INTEGERS: Mapping[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
"""Whole numbers by the name of their datatype, with the least and the greatest."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DIGITS = 4_000  # more than Python turns into an integer; no bound has as many

_XSD = PREFIXES["xsd"]
DATATYPES = frozenset(_XSD + name for name in (*_PATTERNS, *INTEGERS, "string", "anyURI"))
"""The datatypes that are checked; every text is in the space of all others."""


def well_formed(text: str, datatype: str) -> bool:
    """Tell whether a text is a form of a datatype, given by its IRI; of a datatype not known here every text is.

    Nothing is stripped: white space is part of the lexical form of a literal (RDF 1.1 Concepts, 3.3).

    >>> well_formed("2026-03-01T10:00:00Z", "http://www.w3.org/2001/XMLSchema#dateTime")
    True
    >>> well_formed("2026-03-01 10:00:00Z", "http://www.w3.org/2001/XMLSchema#dateTime")
    False
    """
    check = _CHECKS.get(datatype)
    return check is None or check(text)


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII if "\\w" not in pattern else 0)

    def check(text: str) -> bool:
        found = compiled.fullmatch(text)
        return found is not None and _day_exists(found.groupdict())

    return check


def _day_exists(parts: Mapping[str, str]) -> bool:
    if "day" not in parts or "month" not in parts:
        return True
    year = int(parts["year"][-4:]) if "year" in parts else 2000
    # The Gregorian calendar repeats every 400 years, and 10,000 is a multiple of that. Years before 1 count from 0.
    if parts.get("year", "").startswith("-"):
        year = -year % 400
    return int(parts["day"]) <= monthrange(year % 400 + 2000, int(parts["month"]))[1]


def _in_range(low: int | None, high: int | None) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        if not _INTEGER.fullmatch(text):
            return False
        if len(text) > _DIGITS:
            return (low is None and text[0] == "-") or (high is None and text[0] != "-")
        return (low is None or low <= int(text)) and (high is None or int(text) <= high)

    return check


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    **{_XSD + name: _matches(pattern) for name, pattern in _PATTERNS.items()},
    **{_XSD + name: _in_range(low, high) for name, (low, high) in INTEGERS.items()},
}
