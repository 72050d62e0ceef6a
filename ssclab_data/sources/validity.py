"""Tell from when until when a row of a table holds."""

import re

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Instant

EVER = 2**62
"""Later than any time, microseconds."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Validity(msgspec.Struct, frozen=True):
    """Half-open; microseconds UTC.

    Attributes:
        since: when it begins; before any time where it always held.
        until: when it ends; after any time where it still holds.
    """

    since: int = -EVER
    until: int = EVER

    def holds(self, moment: int) -> bool:
        """Tell whether a moment lies in it."""
        return self.since <= moment < self.until

    def overlaps(self, other: "Validity") -> bool:
        """Tell whether there is a moment that lies in both."""
        return max(self.since, other.since) < min(self.until, other.until)


ALWAYS = Validity()


def parse_validity(since: str, until: str) -> Validity:
    """Read two moments, ISO 8601 with a zone, or dates, which begin at 00:00 UTC; "" leaves a side open.

    Raises:
        ValueParseError: one is none, or it ends before it begins.

    >>> parse_validity("1970-01-02", "").since
    86400000000
    """
    found = Validity(_moment(since, -EVER), _moment(until, EVER))
    if found.until <= found.since:
        raise ValueParseError(f"{since} to {until}", "a validity that ends after it begins")
    return found


def _moment(text: str, absent: int) -> int:
    text = text.strip()
    if not text:
        return absent
    return Instant.parse(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text).us
