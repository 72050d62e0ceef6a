"""Read the digits of a column of time stamps that all have the same form."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

type Codes = NDArray[np.uint32]
type Whole = NDArray[np.int64]
type Mask = NDArray[np.bool_]

_SHORTEST, _LONGEST = 19, 35
_DIGITS = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)
_REST = re.compile(r"(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_SECOND = 1_000_000


class Digits(msgspec.Struct, frozen=True):
    """What stamps such as `2026-01-31T12:00:00.5Z` say.

    Attributes:
        day: a number for each day, the same for the same one.
        within: microseconds since the day began.
        zone: what stands at the end of all of them.
        cut: which have digits finer than a microsecond.
        good: which have an hour, a minute and a second that there are.
    """

    day: Whole
    within: Whole
    zone: str
    cut: Mask
    good: Mask


def read_digits(column: Sequence[Any]) -> Digits | None:
    """Read a column of stamps; None where they are not all texts of one form.

    Which day a day is, and whether there is one, is for others to tell.
    """
    if not column or set(map(type, column)) != {str} or not _SHORTEST <= len(column[0]) <= _LONGEST:
        return None
    first, width = column[0], len(column[0])
    rest = _REST.fullmatch(first[_SHORTEST:])
    if rest is None or set(map(len, column)) != {width} or first[13] != ":" or first[16] != ":":
        return None
    codes = np.array(column, np.str_).astype(f"U{width}").view(np.uint32).reshape(len(column), width)
    fraction = len(rest[1] or "")
    numbers = codes.astype(np.int64) - ord("0")
    digits = [*_DIGITS, *range(_SHORTEST + 1, _SHORTEST + 1 + fraction)]
    same = [place for place in range(width) if place not in digits]
    if (
        not ((numbers[:, digits] >= 0) & (numbers[:, digits] <= 9)).all()
        or not (codes[:, same] == codes[0, same]).all()
    ):
        return None
    hour, minute, second = (_number(numbers, place, 2) for place in (11, 14, 17))
    micro = _number(numbers, _SHORTEST + 1, min(fraction, 6)) * 10 ** (6 - min(fraction, 6))
    finer = _number(numbers, _SHORTEST + 7, max(fraction - 6, 0)) > 0
    return Digits(
        day=_number(numbers, 0, 4) * 10_000 + _number(numbers, 5, 2) * 100 + _number(numbers, 8, 2),
        within=((hour * 60 + minute) * 60 + second) * _SECOND + micro,
        zone=rest[2] or "",
        cut=finer,
        good=(hour < 24) & (minute < 60) & (second < 60),
    )


def _number(numbers: Whole, place: int, length: int) -> Whole:
    """Give the number that some digits are, 0 for none."""
    found = np.zeros(len(numbers), np.int64)
    for at in range(place, place + length):
        found = found * 10 + numbers[:, at]
    return found
