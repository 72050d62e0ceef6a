"""Read a file, gzip too, whole within a limit or in parts of whole rows."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.model.finding import Finding
from ssclab_data.sources.base import Dividing, Source
from ssclab_data.validation.rules import RULES, Place

PART_BYTES = 2 * 1024 * 1024
"""How much of a file that can be divided is read at a time."""

_GZIP = b"\x1f\x8b"


class Part(msgspec.Struct, frozen=True):
    """A payload out of a file.

    Attributes:
        done: how many bytes of the file, as it is on disk, were read so far.
    """

    content: bytes
    done: int


def read_parts(path: Path, source: Source, limit: int) -> Iterator[Part | Finding]:
    """Read a file as payloads: parts of it where the source can divide it, so that an archive of any size can be read.

    Args:
        limit: the most bytes, unpacked, of a file that cannot be divided.

    Returns:
        The payloads; at the end, where the rest cannot be read, why.
    """
    parts = _divided(path, source)
    given = False
    for part in parts:
        given = True
        yield part
    if not given:
        content = read_file(path, limit)
        yield content if isinstance(content, Finding) else Part(content, path.stat().st_size)


def _divided(path: Path, source: Source) -> Iterator[Part | Finding]:
    """Give the parts of a file; none where it cannot be divided."""
    if not isinstance(source, Dividing):
        return
    try:
        with path.open("rb") as file, _unpacked(file) as stream:
            for content in source.divide(stream, PART_BYTES):
                yield Part(content, file.tell())
    except (OSError, EOFError, zlib.error) as error:
        yield _unreadable(error, path)
    except SourceError as error:
        yield RULES["wrong-payload"].finding({"reason": error.message}, Place(where=str(path)))


def read_file(path: Path, limit: int) -> bytes | Finding:
    """Read a file; one that starts like gzip is unpacked.

    Args:
        limit: the most bytes, unpacked.

    Returns:
        The bytes, or why there are none.
    """
    try:
        with path.open("rb") as file, _unpacked(file) as stream:
            content = stream.read(limit + 1)  # one byte more, so that a packed bomb is never unpacked
    except (OSError, EOFError, zlib.error) as error:
        return _unreadable(error, path)
    if len(content) > limit:
        return RULES["file-too-large"].finding({"limit": f"{limit:,}"}, Place(where=str(path)))
    return content


@contextmanager
def _unpacked(file: BinaryIO) -> Iterator[BinaryIO]:
    start = file.read(len(_GZIP))
    file.seek(0)
    if start != _GZIP:
        yield file
        return
    with gzip.GzipFile(fileobj=file) as unpacked:
        yield cast("BinaryIO", unpacked)


def _unreadable(error: Exception, path: Path) -> Finding:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    facts = {"reason": f"the file cannot be read: {reason}"}
    return RULES["unreadable-file"].finding(facts, Place(where=str(path)))
