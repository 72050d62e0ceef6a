"""Read a file whole, gzip too, within a limit."""

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from ssclab_data.model.finding import Finding
from ssclab_data.validation.rules import RULES, Place

_GZIP = b"\x1f\x8b"


def read_file(path: Path, limit: int) -> bytes | Finding:
    """Read a file; one that starts like gzip is unpacked.

    Args:
        limit: the most bytes, unpacked.

    Returns:
        The bytes, or why there are none.
    """
    place = Place(where=str(path))
    try:
        with path.open("rb") as file:
            content = _read(file, limit)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return RULES["unreadable-file"].finding({"reason": f"the file cannot be read: {reason}"}, place)
    if len(content) > limit:
        return RULES["file-too-large"].finding({"limit": f"{limit:,}"}, place)
    return content


def _read(file: BinaryIO, limit: int) -> bytes:
    """Read at most one byte more than the limit, so that a packed bomb is never unpacked."""
    start = file.read(len(_GZIP))
    file.seek(0)
    if start != _GZIP:
        return file.read(limit + 1)
    with gzip.GzipFile(fileobj=file) as unpacked:
        return cast("BinaryIO", unpacked).read(limit + 1)
