"""Write columns of numbers and times as texts of one width."""

from functools import cache

import numpy as np
import orjson
from numpy.typing import NDArray

from ssclab_data.model.columns import Floats, Integers
from ssclab_data.rendering.layout import FILL, Fixed, Matrix, column

type Words = NDArray[np.uint64]

_COMMA = ord(",")
_DAY = 86_400
_LOW = 100_000_000
# The dates of the table: 1970-01-01 to 2100-12-31, in days since the first.
_TABLE_DAYS = 47_847
# No number has more digits and signs: -1.7976931348623157e+308 has 24.
_LONGEST = 32


def numbers(values: Integers | Floats, *, pad: bytes) -> Matrix:
    """Write numbers as JSON, the shortest text that reads as the same number, padded on the right.

    >>> [bytes(row) for row in numbers(np.array([1.5, -0.0, 5.0]), pad=b" ")]
    [b'1.5 ', b'-0.0', b'5.0 ']
    """
    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
    commas = (np.frombuffer(text, np.uint8) == _COMMA).nonzero()[0]
    starts = np.empty(len(values), np.intp)
    stops = np.empty(len(values), np.intp)
    starts[0] = 1
    starts[1:] = commas
    starts[1:] += 1
    stops[:-1] = commas
    stops[-1] = len(text) - 1
    return _gather(text, starts, stops - starts, pad=pad)


def handles(values: Integers) -> list[Fixed]:
    """Write handles of entities as parts of a row, padded by `FILL` where their digits differ in number."""
    lowest, highest = int(values.min()), int(values.max())
    if lowest < _LOW or lowest // _LOW != highest // _LOW:
        return [numbers(values, pad=FILL)]
    return [b"%d" % (lowest // _LOW), _eight_digits(values % _LOW)]


def times(us: Integers) -> list[Fixed]:
    """Write times as parts of a row: ISO 8601 with `Z`, of 0, 3 or 6 fraction digits by what the finest needs.

    Args:
        us: microseconds since 1970-01-01T00:00:00Z, years 1 to 9999.

    >>> column(times(np.array([0, 1_500_000])), 2).tobytes()
    b'1970-01-01T00:00:00.000Z1970-01-01T00:00:01.500Z'
    """
    seconds = us // 1_000_000
    days = seconds // _DAY
    clock = _clock().take(seconds - days * _DAY, axis=0)
    return [*_dates(days), b"T", clock, *_fractions(us - seconds * 1_000_000), b"Z"]


def stamps(us: Integers) -> list[Fixed]:
    """Write times as `times` does, but each with no more fraction digits than it needs, padded by `FILL`.

    So `Instant` writes them, and so they stand in keys.

    >>> column(stamps(np.array([0, 1_500_000])), 2).tobytes().replace(FILL, b"")
    b'1970-01-01T00:00:00Z1970-01-01T00:00:01.500Z'
    """
    fractions = us % 1_000_000
    whole = fractions == 0
    if whole.all():
        return times(us)
    milliseconds = fractions % 1_000 == 0
    if (not whole.any() and milliseconds.all()) or not milliseconds.any():
        return times(us)
    texts = column(times(us), len(us))
    width = texts.shape[1]
    fill, end = FILL[0], ord("Z")
    for rows, kept in ((milliseconds & ~whole, len("2026-01-01T00:00:00.000")), (whole, len("2026-01-01T00:00:00"))):
        texts[rows, kept] = end
        texts[rows, kept + 1 : width] = fill
    return [texts]


def _gather(text: bytes, starts: Integers, lengths: Integers, *, pad: bytes) -> Matrix:
    """Copy pieces of a text below one another, eight bytes at a time."""
    width = int(lengths.max())
    count = -(-width // 8)
    words = np.ndarray((len(text) + 8 * count,), "<u8", text + bytes(8 * count + 8), 0, (1,))
    texts = np.empty((len(starts), count), "<u8")
    keep, padding = _masks(pad)
    for number in range(count):
        first = _LONGEST - 8 * number
        kept = words.take(starts + 8 * number)
        kept &= keep[first:].take(lengths)
        texts[:, number] = kept | padding[first:].take(lengths)
    return texts.view(np.uint8)[:, :width]


@cache
def _masks(pad: bytes) -> tuple[Words, Words]:
    """Give, for -32 to 32 bytes of text from the start of a word, the mask that keeps them and the padding beside."""
    sizes = [min(max(size, 0), 8) for size in range(-_LONGEST, _LONGEST + 1)]
    keep = [b"\xff" * size + bytes(8 - size) for size in sizes]
    padding = [bytes(size) + pad * (8 - size) for size in sizes]
    return np.frombuffer(b"".join(keep), "<u8"), np.frombuffer(b"".join(padding), "<u8")


def _eight_digits(values: Integers) -> Matrix:
    upper = values // 10_000
    texts = np.empty((len(values), 2), np.uint32)
    table = _four_digits().view(np.uint32)[:, 0]
    texts[:, 0] = table.take(upper)
    texts[:, 1] = table.take(values - upper * 10_000)
    return texts.view(np.uint8)


def _dates(days: Integers) -> list[Fixed]:
    """Write dates in two parts, of 8 and 2 bytes: widths that numpy copies fast."""
    if int(days.min()) >= 0 and int(days.max()) < _TABLE_DAYS:
        return [part.take(days, axis=0) for part in _date_table()]
    return [*_write_dates(days)]


def _fractions(us: Integers) -> list[Fixed]:
    if not us.any():
        return []
    thousands = us // 1_000
    rest = us - thousands * 1_000
    coarse: list[Fixed] = [_fraction_table().take(thousands, axis=0)]
    return [*coarse, _fraction_table()[:, 1:].take(rest, axis=0)] if rest.any() else coarse


def _write_dates(days: Integers) -> tuple[Matrix, Matrix]:
    texts = np.datetime_as_string(days.astype("M8[D]")).astype("S10").view(np.uint8).reshape(-1, 10)
    return np.ascontiguousarray(texts[:, :8]), np.ascontiguousarray(texts[:, 8:])


@cache
def _date_table() -> tuple[Matrix, Matrix]:
    return _write_dates(np.arange(_TABLE_DAYS))


@cache
def _clock() -> Matrix:
    seconds = np.arange(_DAY)
    hours, minutes = seconds // 3_600, seconds // 60 % 60
    return column([_digits(hours, 2), b":", _digits(minutes, 2), b":", _digits(seconds % 60, 2)], _DAY)


@cache
def _fraction_table() -> Matrix:
    return column([b".", _digits(np.arange(1_000), 3)], 1_000)


@cache
def _four_digits() -> Matrix:
    return _digits(np.arange(10_000), 4)


def _digits(values: Integers, width: int) -> Matrix:
    powers = 10 ** np.arange(width)[::-1]
    return (values[:, None] // powers % 10 + ord("0")).astype(np.uint8)
