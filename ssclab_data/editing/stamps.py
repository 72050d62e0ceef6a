"""Read many time stamps of one form at once."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.columns import Integers
from ssclab_data.model.values import Instant

_DASH, _COLON, _POINT, _T = (ord(character) for character in "-:.T")
_SEPARATORS = {4: _DASH, 7: _DASH, 10: _T, 13: _COLON, 16: _COLON, 19: _POINT}
_ZONE = re.compile(r"(?:Z|([+-])(\d\d):(\d\d))$")
_WHOLE, _FINEST = 19, 26
_MINUTE = 60_000_000
_FIRST, _LAST = (Instant.parse(text).us for text in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"))


class Times(msgspec.Struct, frozen=True):
    """Instants, or intervals, in microseconds UTC.

    Attributes:
        end: of the intervals; None where all are instants.
    """

    start: Integers
    end: Integers | None = None


def read_times(texts: Sequence[Any]) -> Times | None:
    """Read instants, or intervals, that are all written alike; None where they are not, and each is to be read alone.

    >>> read_times(["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"]).start.tolist()
    [1767225600000000, 1767225601000000]
    """
    if set(map(type, texts)) != {str}:
        return None
    if "/" not in texts[0]:
        start = _instants(texts)
        return None if start is None else Times(start)
    parts = [text.split("/") for text in texts]
    if set(map(len, parts)) != {2}:
        return None
    start, end = _instants([part[0] for part in parts]), _instants([part[1] for part in parts])
    if start is None or end is None or bool(np.any(end < start)):
        return None
    return Times(start, end)


def _instants(texts: Sequence[str]) -> Integers | None:
    """Read `YYYY-MM-DDTHH:MM:SS`, with digits of a second or not, all in one zone and of one length."""
    zone = _ZONE.search(texts[0])
    size = len(texts[0])
    if zone is None or size > 64 or set(map(len, texts)) != {size}:
        return None
    try:
        whole = np.array(texts, f"S{size}")
    except UnicodeEncodeError:
        return None
    letters = whole.view(np.uint8).reshape(len(texts), size)
    size -= len(zone[0])
    if not _has_form(letters[:, :size]) or bool(np.any(letters[:, size:] != np.frombuffer(zone[0].encode(), np.uint8))):
        return None
    raw = whole.astype(f"S{min(size, _FINEST)}")  # digits finer than a microsecond are cut
    try:
        moments = raw.astype("datetime64[us]").view(np.int64)
    except ValueError:
        return None  # no time of the calendar; whoever reads it alone tells which
    moments = moments - _offset(zone)
    return moments if moments.min() >= _FIRST and moments.max() <= _LAST else None


def _has_form(letters: NDArray[np.uint8]) -> bool:
    size = letters.shape[1]
    if size < _WHOLE or size == _WHOLE + 1:
        return False
    for place in range(size):
        column = letters[:, place]
        wanted = _SEPARATORS.get(place)
        fits = column == wanted if wanted is not None else (column >= ord("0")) & (column <= ord("9"))
        if not fits.all():
            return False
    return True


def _offset(zone: re.Match[str]) -> int:
    if zone[1] is None:
        return 0
    hours, minutes = int(zone[2]), int(zone[3])
    if hours > 23 or minutes > 59:
        return 2 * _LAST  # out of every range
    return (hours * 60 + minutes) * _MINUTE * (-1 if zone[1] == "-" else 1)
