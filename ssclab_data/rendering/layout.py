"""Lay texts of fixed width beside one another as rows of bytes, with texts of any length put in between."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.columns import Columns, take

type Matrix = NDArray[np.uint8]
"""Texts of one width: a row of bytes for each."""
type Fixed = bytes | Matrix
"""The same bytes in all rows, or a text of one width in each."""
type Rows = NDArray[np.intp]

FILL = b"\xff"
"""Padding for `compact` to remove: no UTF-8 text has this byte."""

# Rows of this many stay in a core's second cache while they are filled.
_BLOCK = 2_048


class Insert(msgspec.Struct, frozen=True):
    """Texts of any length, in some of the rows.

    Attributes:
        rows: numbers of the rows, ascending.
        texts: one for each of them.
    """

    rows: Rows
    texts: Sequence[bytes]

    def wrap(self, before: bytes, after: bytes) -> "Insert":
        """Put something before and after each text."""
        return Insert(self.rows, [before + text + after for text in self.texts])


type Part = Fixed | Insert
"""What a row is made of."""


class Block(msgspec.Struct, frozen=True):
    """Some rows that are rendered at once.

    Attributes:
        columns: the rows.
        cut: how many bytes of the separator after the last row to leave off: 1 in the last block, 0 before it.
    """

    columns: Columns
    cut: int

    def __len__(self) -> int:
        return len(self.columns)


def blocks(columns: Columns) -> Iterator[Block]:
    """Divide rows into blocks; none where there are no rows."""
    size = len(columns)
    for start in range(0, size, _BLOCK):
        yield Block(take(columns, slice(start, start + _BLOCK)), cut=int(start + _BLOCK >= size))


def write(parts: Sequence[Part], size: int, *, cut: int = 0) -> bytes:
    """Write rows after one another.

    Args:
        parts: of a row, in order.
        size: how many rows.
        cut: how many bytes at the end to leave off, of a last part that is the same in all rows.

    >>> write([b"<", np.frombuffer(b"abc", np.uint8).reshape(3, 1), Insert(np.array([1]), [b"..."]), b">,"], 3, cut=1)
    b'<a>,<b...>,<c>'
    """
    merged = _merged(parts)
    starts = _starts(merged)
    rows = memoryview(_filled(merged, starts, size))
    inserts = [(start, part) for start, part in zip(starts, merged, strict=False) if isinstance(part, Insert)]
    return _spliced(rows[: len(rows) - cut], inserts, width=starts[-1])


def column(parts: Sequence[Fixed], size: int) -> Matrix:
    """Put parts of fixed width together into one."""
    return np.frombuffer(_filled(parts, _starts(parts), size), np.uint8).reshape(size, -1)


def compact(text: bytes) -> bytes:
    """Remove the padding `FILL`."""
    return text.translate(None, FILL)


def is_uneven(part: Part) -> bool:
    """Tell whether a part has `FILL` at the end of a text."""
    return isinstance(part, np.ndarray) and bool((part[:, -1] == FILL[0]).any())


def replace(texts: Matrix, rows: NDArray[np.bool_], text: bytes, *, pad: bytes) -> Matrix:
    """Write the same text into some rows of a matrix of one's own."""
    texts[rows] = np.frombuffer(text.ljust(texts.shape[1], pad), np.uint8)
    return texts


def texts_of(texts: Matrix) -> list[bytes]:
    """Give the texts one by one."""
    return list(_items(texts).tolist())


def _merged(parts: Sequence[Part]) -> list[Part]:
    """Join neighbours that are the same in all rows, and drop texts for no row."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, Insert) and not part.texts:
            continue
        last = merged[-1] if merged else None
        if isinstance(part, bytes) and isinstance(last, bytes):
            merged[-1] = last + part
        else:
            merged.append(part)
    return merged


def _starts(parts: Sequence[Part]) -> list[int]:
    """Give where in a row each part starts, and the width of a row."""
    return list(accumulate(map(_size_of, parts), initial=0))


def _size_of(part: Part) -> int:
    if isinstance(part, bytes):
        return len(part)
    return 0 if isinstance(part, Insert) else part.shape[1]


def _items(texts: Matrix) -> NDArray[np.void]:
    return texts.view(f"V{texts.shape[1]}")[:, 0]


def _filled(parts: Sequence[Part], starts: Sequence[int], size: int) -> bytearray:
    width = starts[-1]
    row = b"".join([part if isinstance(part, bytes) else bytes(_size_of(part)) for part in parts])
    rows = bytearray(row) * size
    for start, part in zip(starts, parts, strict=False):
        if isinstance(part, np.ndarray):
            items = _items(part)
            np.ndarray((size,), items.dtype, rows, start, (width,))[...] = items
    return rows


def _spliced(rows: memoryview, inserts: Sequence[tuple[int, Insert]], *, width: int) -> bytes:
    if not inserts:
        return bytes(rows)
    places = np.concatenate([insert.rows * width + start for start, insert in inserts])
    texts = [text for _, insert in inserts for text in insert.texts]
    order = np.argsort(places, kind="stable")
    pieces: list[bytes | memoryview] = [b""] * (2 * len(texts) + 1)
    pieces[0::2] = [rows[a:b] for a, b in pairwise((0, *places[order].tolist(), len(rows)))]
    pieces[1::2] = [texts[number] for number in order.tolist()]
    return b"".join(pieces)
