"""Cut a large file into payloads of whole rows, documents or list elements, so that memory stays the same."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ssclab_data.sources.reading import text

MAX_THING = 32 * 1024 * 1024
"""The longest row, element or document in a file that is cut."""

type Marks = NDArray[np.bool_]
type End = Callable[[bytes], int]

_QUOTE, _BACKSLASH, _NEWLINE, _COMMA = b'"'[0], b"\\"[0], b"\n"[0], b","[0]
_OPEN, _CLOSE = (b"{"[0], b"["[0]), (b"}"[0], b"]"[0])


def cut_rows(file: BinaryIO, head_lines: int, size: int) -> Iterator[bytes]:
    """Cut a table into tables that each begin with the first lines of the whole.

    Args:
        file: text in which a line break inside double quotes is no end of a row; read from where it is.
        head_lines: lines that each part begins with.
        size: bytes that are read at a time; a part is longer only where a single row is.
    """
    first = _until_lines(file, head_lines, size)
    head, rest = _split_lines(first, head_lines)
    given = False
    for rows in _pieces(file, rest, size, _row_end):
        given = True
        yield head + rows
    if not given and first.strip():
        yield first


def cut_list(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Cut a JSON list into lists of its elements.

    Args:
        file: text whose first character other than blanks is `[`; read from where it is.
        size: bytes that are read at a time; a part is longer only where a single element is.
    """
    start = file.read(size).removeprefix(b"\xef\xbb\xbf").lstrip().removeprefix(b"[")
    given = False
    for elements in _pieces(file, start, size, _element_end):
        part = elements.strip().removesuffix(b",") if elements.endswith(b",") else elements
        given = True
        yield b"[" + part + (b"]" if elements.endswith(b",") else b"")
    if not given:
        yield b"[" + start


def cut_documents(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Cut JSON documents that follow one another, such as one a line, into runs of whole ones."""
    yield from _pieces(file, b"", size, _document_end)


def _pieces(file: BinaryIO, rest: bytes, size: int, end: End) -> Iterator[bytes]:
    """Give runs of whole things; `end` finds where the last whole one ends, 0 where there is none."""
    while True:
        block = file.read(max(size, len(rest)))  # a thing longer than a block is looked through a few times, not often
        data = rest + block
        if not block:
            if data.strip():
                yield data
            return
        at = end(data)
        if at:
            yield data[:at]
        rest = data[at:]
        if len(rest) > MAX_THING:
            raise text.ReadError(f"one row or element is larger than {MAX_THING} bytes")


def _row_end(data: bytes) -> int:
    values = np.frombuffer(data, np.uint8)
    ends = (values == _NEWLINE) & ~_odd(values == _QUOTE)
    return _last(ends)


def _element_end(data: bytes) -> int:
    values = np.frombuffer(data, np.uint8)
    outside, depth = _structure(values)
    return _last(outside & (values == _COMMA) & (depth == 0))


def _document_end(data: bytes) -> int:
    values = np.frombuffer(data, np.uint8)
    outside, depth = _structure(values)
    return _last(outside & (depth == 0) & np.isin(values, _CLOSE))


def _structure(values: NDArray[np.uint8]) -> tuple[Marks, NDArray[np.int64]]:
    """Tell for each byte whether it is outside strings, and how deep it is in brackets (a closing one is outside)."""
    quotes = values == _QUOTE
    slashes = values == _BACKSLASH
    if slashes.any():
        quotes &= ~_escaped(slashes)
    outside = ~_odd(quotes) & ~quotes
    steps = np.isin(values, _OPEN).astype(np.int64) - np.isin(values, _CLOSE)
    return outside, np.cumsum(np.where(outside, steps, 0))


def _escaped(slashes: Marks) -> Marks:
    """Mark the bytes before which an odd number of backslashes stands."""
    places = np.arange(len(slashes))
    other = np.where(slashes, -1, places)  # the last byte before that is no backslash
    before = np.maximum.accumulate(other)
    run = np.zeros(len(slashes), np.int64)
    run[1:] = (places - before)[:-1]
    odd: Marks = run % 2 == 1
    return odd


def _odd(marks: Marks) -> Marks:
    """Mark the bytes up to which, itself included, an odd number of marks stands."""
    odd: Marks = np.cumsum(marks) % 2 == 1
    return odd


def _last(marks: Marks) -> int:
    """Give the place after the last mark, 0 where there is none."""
    found = np.flatnonzero(marks)
    return int(found[-1]) + 1 if len(found) else 0


def _until_lines(file: BinaryIO, lines: int, size: int) -> bytes:
    """Read at least so many lines, where the file has them."""
    data = b""
    while data.count(b"\n") < lines:
        block = file.read(size)
        if not block:
            break
        data += block
    return data


def _split_lines(data: bytes, lines: int) -> tuple[bytes, bytes]:
    at = 0
    for _ in range(lines):
        at = data.find(b"\n", at) + 1 or len(data)
    return data[:at], data[at:]
