"""Lay texts of fixed width beside one another as rows of bytes, with texts of any length put in between."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.errors import UnknownNameError
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
# From one text in so many rows on it is faster to cut each row than to cut only the rows with a text.
_DENSE = 4


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

type Writer = Callable[[Columns], Sequence[Part]]
"""Write one cell of each row."""


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


def writers_of(writers: Mapping[str, Writer], names: Sequence[str], *, what: str) -> list[Writer]:
    """Find what writes the cells of a row.

    Args:
        what: says what there is none of, in the error.

    Raises:
        UnknownNameError: there is none of a name.
    """
    for name in names:
        if name not in writers:
            raise UnknownNameError(what, name, known=tuple(writers))
    return [writers[name] for name in names]


def cells(columns: Columns, writers: Sequence[Writer]) -> list[Part]:
    """Write cells with commas between them."""
    return [part for writer in writers for part in (b",", *writer(columns))][1:]


def write(parts: Sequence[Part], size: int, *, cut: int = 0) -> bytes:
    """Write rows after one another.

    Args:
        parts: of a row, in order.
        size: how many rows.
        cut: how many bytes at the end to leave off, of a last part that is the same in all rows.

    >>> write([b"<", np.frombuffer(b"abc", np.uint8).reshape(3, 1), Insert(np.array([1]), [b"..."]), b">,"], 3, cut=1)
    b'<a>,<b...>,<c>'
    """
    plan = _plan(parts)
    rows = _filled(plan, size)
    texts = sum(len(insert.texts) for _, insert in plan.inserts)
    pieces = _interleaved(rows, plan, size) if texts > size // _DENSE else _spliced(rows, plan)
    pieces[-1] = pieces[-1][: len(pieces[-1]) - cut]
    return b"".join(pieces)


def column(parts: Sequence[Fixed], size: int) -> Matrix:
    """Put parts of fixed width together into one."""
    return np.frombuffer(_filled(_plan(parts), size), np.uint8).reshape(size, -1)


def compact(text: bytes) -> bytes:
    """Remove the padding `FILL`, in about the same time wherever it is."""
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


class _Plan(msgspec.Struct, frozen=True):
    """A row with room for its texts, and what comes where in it."""

    row: bytearray
    fields: list[tuple[int, Matrix]]
    inserts: list[tuple[int, Insert]]


def _plan(parts: Sequence[Part]) -> _Plan:
    row = bytearray()
    fields: list[tuple[int, Matrix]] = []
    inserts: list[tuple[int, Insert]] = []
    for part in parts:
        if isinstance(part, bytes):
            row += part
        elif isinstance(part, np.ndarray):
            fields.append((len(row), part))
            row += bytes(part.shape[1])
        elif part.texts:
            inserts.append((len(row), part))
    return _Plan(row, fields, inserts)


@cache
def _item(width: int) -> np.dtype[np.void]:
    return np.dtype((np.void, width))


def _items(texts: Matrix) -> NDArray[np.void]:
    return texts.view(_item(texts.shape[1]))[:, 0]


def _filled(plan: _Plan, size: int) -> bytearray:
    rows = plan.row * size
    for start, texts in plan.fields:
        items = _items(texts)
        np.ndarray(size, items.dtype, rows, start, len(plan.row))[:] = items
    return rows


def _spliced(rows: bytearray, plan: _Plan) -> list[bytes | memoryview]:
    """Cut the rows only where a text goes, and put the texts there."""
    view = memoryview(rows)
    if not plan.inserts:
        return [view]
    places = np.concatenate([insert.rows * len(plan.row) + start for start, insert in plan.inserts])
    texts = [text for _, insert in plan.inserts for text in insert.texts]
    order = np.argsort(places, kind="stable")
    pieces: list[bytes | memoryview] = [view] * (2 * len(texts) + 1)
    pieces[0::2] = [view[a:b] for a, b in pairwise((0, *places[order].tolist(), len(rows)))]
    pieces[1::2] = [texts[number] for number in order.tolist()]
    return pieces


def _interleaved(rows: bytearray, plan: _Plan, size: int) -> list[bytes | memoryview]:
    """Cut each row wherever a text can go, and put the texts there."""
    width = len(plan.row)
    step = 2 * len(plan.inserts) + 1
    pieces: list[bytes | memoryview] = [b""] * (size * step)
    cuts = (0, *(start for start, _ in plan.inserts), width)
    for number, (start, stop) in enumerate(pairwise(cuts)):
        if start < stop:
            pieces[2 * number :: step] = np.ndarray(size, _item(stop - start), rows, start, width).tolist()
    for number, (_, insert) in enumerate(plan.inserts):
        pieces[2 * number + 1 :: step] = _in_each_row(insert, size)
    return pieces


def _in_each_row(insert: Insert, size: int) -> Sequence[bytes]:
    if len(insert.texts) == size:
        return insert.texts
    texts = [b""] * size
    for row, text in zip(insert.rows.tolist(), insert.texts, strict=True):
        texts[row] = text
    return texts
