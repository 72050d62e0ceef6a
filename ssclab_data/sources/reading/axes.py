"""Read the axes of a CoverageJSON domain, and the periods that its times are."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from ssclab_data.sources.reading.bounds import spend

_MOST = 1_000_000
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


class Axis(msgspec.Struct, frozen=True):
    """One axis: numbers, times, tuples or polygons, in their order."""

    name: str
    values: tuple[Any, ...]


def axes_of(document: Mapping[str, Any]) -> dict[str, Axis]:
    """Read the axes of a domain, those that are given by start, stop and number too.

    Bounds of `t` replace its values by pairs of its edges.

    Raises:
        ValueError: an axis has no values, or far too many.
        TypeError: its values are none.
    """
    return {name: Axis(name, _values(name, axis)) for name, axis in document.items()}


def _values(name: str, axis: Any) -> tuple[Any, ...]:
    if not isinstance(axis, dict):
        raise TypeError(f"axis {name} is no object")
    if "num" in axis:
        return _regular(name, axis)
    values = axis.get("values")
    if not isinstance(values, list) or not values:
        raise ValueError(f"axis {name} has no values")
    if axis.get("dataType") == "tuple":
        _check_tuples(axis.get("coordinates"), values)
    bounds = axis.get("bounds")
    if name == "t" and isinstance(bounds, list) and len(bounds) == 2 * len(values):
        return tuple((bounds[2 * at], bounds[2 * at + 1]) for at in range(len(values)))
    return tuple(values)


def _check_tuples(names: Any, values: list[Any]) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"tuples of {names!r}")
    if not all(isinstance(value, list) and len(value) == len(names) for value in values):
        raise ValueError(f"not every tuple has {len(names)} parts")


def _regular(name: str, axis: Mapping[str, Any]) -> tuple[float, ...]:
    start, stop, number = (axis.get(part) for part in ("start", "stop", "num"))
    if not (isinstance(start, int | float) and isinstance(stop, int | float)):
        raise ValueError(f"axis {name} starts at {start!r} and stops at {stop!r}")
    if not isinstance(number, int) or not 0 < number <= _MOST:
        raise ValueError(f"axis {name} has {number!r} values")
    spend(number)
    if number == 1:
        return (start,)
    return tuple(start + at * (stop - start) / (number - 1) for at in range(number))


def period_of(value: Any) -> tuple[Any, Any]:
    """Give the edges of a time as it is written; the second is "" for a moment.

    A date without a time of day is the whole day, in UTC, which is the time scale that CoverageJSON takes where none is
    told (OGC 21-069r2, clause 6.2.3); a month or a year likewise.

    >>> period_of("2013-01-31"), period_of("2013"), period_of("2013-01-01T12:00Z")
    (('2013-01-31T00:00:00Z', '2013-02-01T00:00:00Z'), ('2013-01-01T00:00:00Z', '2014-01-01T00:00:00Z'), \
('2013-01-01T12:00Z', ''))
    """
    if isinstance(value, tuple):
        return value
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value, ""
    year, month, day = (int(part) if part else 0 for part in match.groups())
    return f"{year:04}-{month or 1:02}-{day or 1:02}T00:00:00Z", _after(value, year, month, day)


def _after(value: str, year: int, month: int, day: int) -> str:
    try:
        if day:
            following = date(year, month, day) + timedelta(days=1)
        elif month:
            following = date(year + month // 12, month % 12 + 1, 1)
        else:
            following = date(year + 1, 1, 1)
    except (ValueError, OverflowError):
        return value  # told of when it is read as a stamp
    return f"{following.isoformat()}T00:00:00Z"
