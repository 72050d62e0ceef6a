"""Write addresses from templates, and the time that is asked for in the way that a service reads it."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone, tzinfo
from itertools import product
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.feeds.declaration import Feed, Window
from ssclab_data.model.values import Duration, Instant

SINCE, UNTIL = "since", "until"
_NAME = re.compile(r"\{(\w+)\}")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_SECOND = 1_000_000


class Target(msgspec.Struct, frozen=True):
    """One combination of the values of `each`.

    Attributes:
        key: what its state is kept by (`unit=7`); "" where there is one alone.
    """

    key: str
    values: Mapping[str, str]


class Asked(msgspec.Struct, frozen=True):
    """A stretch of time that is asked for, microseconds UTC; None is open.

    Attributes:
        low: rows before it were not asked for.
        high: rows after it were not asked for.
    """

    low: int | None = None
    high: int | None = None


def targets(feed: Feed) -> tuple[Target, ...]:
    """Give every combination of the values of `each`."""
    names = list(feed.each)
    rows = product(*([str(value) for value in values] for values in feed.each.values()))
    return tuple(
        Target(",".join(map("=".join, zip(names, row, strict=True))), dict(zip(names, row, strict=True)))
        for row in rows
    )


def names_in(template: str) -> set[str]:
    """Give the names in braces of a template."""
    return set(_NAME.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into a text."""
    return _NAME.sub(lambda match: values[match[1]], template)


def address(feed: Feed, target: Target, asked: Asked) -> str:
    """Write the address of a request; values are encoded, so that none of them can change its path or host."""
    times = {SINCE: asked.low, UNTIL: asked.high}
    values = {name: moment(Instant(at), feed.window) for name, at in times.items() if at is not None}
    values |= target.values
    return _NAME.sub(lambda match: quote(values[match[1]], safe=""), feed.url)


def asks_for_time(feed: Feed) -> bool:
    """Tell whether its requests name a stretch of time."""
    return bool(names_in(feed.url) & {SINCE, UNTIL})


def stretches(feed: Feed, watermark: int | None, now: Instant) -> Iterator[Asked]:
    """Give what is to be asked for, oldest first: from the overlap before the watermark up to now."""
    if not asks_for_time(feed) and not feed.bounded:
        yield Asked()
        return
    low = first_moment(feed.window.first, now).us
    if watermark is not None:
        low = watermark - Duration.parse(feed.overlap).us
    low, high = (at - at % _SECOND for at in (min(low, now.us), now.us))
    step = Duration.parse(feed.window.span).us if feed.window.span else high - low
    while high - low > step:
        yield Asked(low, low + step)
        low += step
    yield Asked(low, high)


def bounds(feed: Feed, asked: Asked) -> Asked:
    """Give the bounds beyond which rows are cut off."""
    if feed.bounded is not None:
        return asked if feed.bounded else Asked()
    named = names_in(feed.url)
    return Asked(asked.low if SINCE in named else None, asked.high if UNTIL in named else None)


def first_moment(text: str, now: Instant) -> Instant:
    """Give where a first run begins.

    Raises:
        ValueParseError: it is neither a duration nor a moment with a zone.
    """
    return Instant(now.us - Duration.parse(text).us) if text.startswith("P") else Instant.parse(text)


def moment(at: Instant, window: Window) -> str:
    """Write a moment in the way of a service.

    >>> moment(Instant.parse("2022-03-27T00:00:00Z"), Window(zone="+01:00"))
    '2022-03-27T01:00:00+01:00'
    """
    if window.format in ("unix", "unix-ms"):
        return str(at.us // (_SECOND if window.format == "unix" else 1000))
    local = at.datetime.astimezone(zone_of(window.zone))
    if window.format != "iso":
        return local.strftime(window.format)
    return local.replace(microsecond=0).isoformat().replace("+00:00", "Z" if window.zone == "UTC" else "+00:00")


def zone_of(text: str) -> tzinfo:
    """Give a zone by an offset or a name.

    Raises:
        ValueParseError: there is none.
    """
    match = _OFFSET.fullmatch(text)
    if match is not None:
        size = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-size if match[1] == "-" else size)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueParseError(
            text, "a zone: UTC, an offset such as +01:00, or a name such as Europe/Amsterdam"
        ) from error
