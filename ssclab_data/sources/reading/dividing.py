"""Find out how a file of a mapping can be cut into payloads."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import find_reader
from ssclab_data.sources.reading.blocks import cut_documents, cut_list, cut_rows
from ssclab_data.sources.reading.record import Payload
from ssclab_data.sources.reading.text import ReadError

_LOOK = 64 * 1024
"""How much of a table is looked at to know its form."""


def divide(mapping: MappingFile, file: BinaryIO, size: int) -> Iterator[bytes]:
    """Cut a file into payloads of whole records; nothing where it must be read whole.

    Raises:
        SourceError: a single record is far too large.
    """
    start = file.read(size)
    file.seek(0)
    try:
        yield from _parts(mapping, file, start, size)
    except ReadError as error:
        raise SourceError(str(error), source=mapping.source) from error


def _parts(mapping: MappingFile, file: BinaryIO, start: bytes, size: int) -> Iterator[bytes]:
    if len(start) < size:
        return
    payload = Payload(start)
    if not payload.looks_like_json:
        form = next((form for form in mapping.forms if form.reader == "table" and _fits(mapping, form, start)), None)
        if form is not None:
            yield from cut_rows(file, _head_lines(form, start), size)
    elif start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        if any(form.reader == "json" and (not form.records or form.records.startswith("[]")) for form in mapping.forms):
            yield from cut_list(file, size)
    elif _document_a_line(start):
        yield from cut_documents(file, size)


def _fits(mapping: MappingFile, form: Form, start: bytes) -> bool:
    reader = find_reader(form.reader)
    try:
        return (
            reader is not None and reader(mapping, form, Payload(start[: start.rfind(b"\n", 0, _LOOK) + 1])) is not None
        )
    except ReadError:
        return False


def _head_lines(form: Form, start: bytes) -> int:
    """Count the lines that every part must begin with: comments, and the header."""
    comments = 0
    if form.comment:
        for line in start.split(b"\n"):
            if line.strip() and not line.lstrip(b"\xef\xbb\xbf \t").startswith(form.comment.encode()):
                break
            comments += 1
    return comments + (0 if form.header_comment else form.header)


def _document_a_line(start: bytes) -> bool:
    line, found, _ = start.partition(b"\n")
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return bool(found)
