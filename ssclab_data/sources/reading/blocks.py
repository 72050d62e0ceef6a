"""Cut a large file into payloads of whole rows, documents or list elements, so that memory stays the same."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ssclab_data.sources.reading import text

MAX_THING = 32 * 1024 * 1024
"""The longest row, element or document in a file that is cut."""

type Marks = NDArray[np.bool_]
type Bytes = NDArray[np.uint8]
type Whole = NDArray[np.intp]
type End = Callable[[bytes], int]

_QUOTE, _BACKSLASH, _NEWLINE, _COMMA = b'"'[0], b"\\"[0], b"\n"[0], b","[0]
_OPEN, _CLOSE = b"["[0], b"]"[0]
_SAME_BRACKETS = 0xDF
"""Bits that brackets and braces have in common."""
_STRUCTURAL = np.isin(np.arange(256), list(b'"{}[],'))


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
    if b'"' not in data:
        return data.rfind(b"\n") + 1
    values = np.frombuffer(data, np.uint8)
    return _last((values == _NEWLINE) & ~_odd(values == _QUOTE))


def _element_end(data: bytes) -> int:
    places, values, outside, depth = _structure(data)
    return _after(places, outside & (values == _COMMA) & (depth == 0))


def _document_end(data: bytes) -> int:
    places, values, outside, depth = _structure(data)
    return _after(places, outside & (depth == 0) & (values & _SAME_BRACKETS == _CLOSE))


def _structure(data: bytes) -> tuple[Whole, Bytes, Marks, NDArray[np.int32]]:
    """Find the characters by which JSON is structured.

    Returns:
        Their places, what they are, and for each whether it is outside strings and how deep in brackets it is (a
        closing one is outside).
    """
    every = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(_STRUCTURAL[every])
    values = every[places]
    quotes = values == _QUOTE
    slashes = every == _BACKSLASH if b"\\" in data else None
    if slashes is not None:
        quotes &= ~_escaped(slashes)[places]
    outside = ~(_odd(quotes) | quotes)
    folded = values & _SAME_BRACKETS
    steps = ((folded == _OPEN) & outside).view(np.int8) - ((folded == _CLOSE) & outside).view(np.int8)
    return places, values, outside, np.cumsum(steps, dtype=np.int32)


def _after(places: Whole, marks: Marks) -> int:
    """Give what follows the last place that is marked, 0 where none is."""
    found = np.flatnonzero(marks)
    return int(places[found[-1]]) + 1 if len(found) else 0


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
    return (np.cumsum(marks, dtype=np.uint8) & 1).view(np.bool_)


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
