"""Read which feeds a lab has from a `feeds.yaml`, checked by `schemas/feeds.schema.json`."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from ssclab_data.errors import SettingsError, ValueParseError
from ssclab_data.feeds.declaration import Feed, FeedsFile, Pages
from ssclab_data.feeds.secrets import is_secret
from ssclab_data.feeds.templates import SINCE, UNTIL, first_moment, names_in, zone_of
from ssclab_data.model.values import Duration, Instant
from ssclab_data.validation.json_schema import faults_of
from ssclab_data.web.addresses import host_rules

FEEDS_FILE = "feeds.yaml"
_SCHEMA = "feeds"
_TELLTALE = re.compile(r"auth|key|token|secret|password|cookie", re.IGNORECASE)


def read_feeds(path: Path) -> FeedsFile:
    """Read a `feeds.yaml`.

    Raises:
        SettingsError: it cannot be read or is wrong; every fault is named with its place.
    """
    try:
        return parse_feeds(path.read_text(encoding="utf-8"), where=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}; docs/feeds.md says what it holds") from error


def parse_feeds(text: str, *, where: str) -> FeedsFile:
    """Read the text of a `feeds.yaml`.

    Args:
        where: its name in messages.

    Raises:
        SettingsError: it is wrong; every fault is named with its place.
    """
    try:
        document = msgspec.yaml.decode(text)
    except msgspec.DecodeError as error:
        raise SettingsError(f"{where}: it is no YAML: {error}") from error
    faults = list(faults_of(_SCHEMA, document))
    if not faults:
        found = msgspec.convert(document, FeedsFile)
        faults = list(_rule_faults(found))
    if faults:
        raise SettingsError(f"{where}: " + "; ".join(faults))
    return found


def _rule_faults(found: FeedsFile) -> Iterator[str]:
    """Check what a JSON Schema cannot say."""
    for name, count in Counter(feed.name for feed in found.feeds).items():
        if count > 1:
            yield f"feed {name!r} is there {count} times; give each a name of its own"
    for feed in found.feeds:
        for fault in (*_kind_faults(feed), *_name_faults(feed), *_value_faults(feed), *_secret_faults(feed)):
            yield f"feed {feed.name!r}: {fault}"


def _kind_faults(feed: Feed) -> Iterator[str]:
    given = [name for name in ("url", "folder", "file") if getattr(feed, name)]
    if len(given) != 1:
        yield f"give one of url, folder and file, not {' and '.join(given) or 'none'}"
    if feed.url and not given[1:]:
        try:
            host_rules([feed.url.partition("?")[0]], feed.hosts)
        except SettingsError as error:
            yield f"url: {error}"
    if not feed.url:
        wrong = [name for name in ("each", "headers", "parameters", "pages", "hosts") if getattr(feed, name)]
        if wrong:
            yield f"{', '.join(wrong)} are for a feed with a url"
    if feed.pages is not None:
        yield from _pages_faults(feed.pages)


def _pages_faults(pages: Pages) -> Iterator[str]:
    ways = [way for way in (pages.next, pages.link, pages.header) if way]
    if len(ways) != 1:
        yield "pages: give one of next (with parameter), link and header"
    if bool(pages.next) != bool(pages.parameter):
        yield "pages: next and parameter belong together"


def _name_faults(feed: Feed) -> Iterator[str]:
    known = {*feed.each, SINCE, UNTIL}
    host = re.match(r"https?://[^/?#]*", feed.url)
    if host is not None and names_in(host.group()):
        yield "url: the host is fixed; {names} may stand behind it alone"
    unknown = names_in(feed.url) - known
    if unknown:
        yield f"url: no {_braced(unknown)} in each; known: {_braced(known)}"
    unknown = set().union(*map(names_in, feed.given.values())) - set(feed.each)
    if unknown:
        yield f"given: no {_braced(unknown)} in each; known: {_braced(set(feed.each)) or 'none'}"
    clash = {SINCE, UNTIL} & set(feed.each)
    if clash:
        yield f"each: {', '.join(sorted(clash))} has a meaning of its own; take another name"
    empty = [name for name, values in feed.each.items() if not values]
    if empty:
        yield f"each: {', '.join(empty)} has no values"
    unused = set(feed.each) - names_in(feed.url)
    if unused and feed.url:
        yield f"each: {', '.join(sorted(unused))} is not used in url"


def _value_faults(feed: Feed) -> Iterator[str]:
    window = feed.window
    try:
        zone_of(window.zone)
        first_moment(window.first, Instant(0))
        if window.format not in ("iso", "unix", "unix-ms"):
            datetime.now(zone_of(window.zone)).strftime(window.format)
    except (ValueParseError, ValueError) as error:
        yield f"window: {error}"
    for name in ("every", "deadline", "timeout"):
        if Duration.parse(getattr(feed, name)).us <= 0:
            yield f"{name} must be longer than nothing"
    if window.span and Duration.parse(window.span).us < 1_000_000:
        yield "window: span must be a second or longer"


def _secret_faults(feed: Feed) -> Iterator[str]:
    for kind in ("headers", "parameters"):
        for name, text in getattr(feed, kind).items():
            if _TELLTALE.search(name) and not is_secret(text):
                yield f"{kind}: {name} looks like a secret: write env:NAME or file:PATH, and keep the value there"


def _braced(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
