"""Write arrays as checked bytes and read them back, bit by bit the same (decision 0011)."""

import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray
from pcodec import ChunkConfig, standalone

from ssclab_data.model.columns import ABSENT, Bytes, Flags, Floats, Integers, given

VERSION = 1
"""First byte of each blob; a blob of another version is refused."""

_HEAD = struct.Struct("<BI")
_SEQUENCE = struct.Struct("<cqq")
_LENGTH = struct.Struct("<I")
_LARGEST = 1 << 30
_LEVEL = 4
_ZSTD_LEVEL = 3


class CorruptBlobError(Exception):
    """Bytes that are not what was written."""


class Label(msgspec.Struct, frozen=True):
    """What a blob is; it goes into the checksum, so that one blob cannot pass for another.

    Attributes:
        name: of the column.
        size: how many rows it holds.
        owner: names the chunk.
    """

    name: str
    size: int
    owner: str = ""


def seal(body: bytes, label: Label) -> bytes:
    """Put a version and a checksum before the bytes of a column."""
    return _HEAD.pack(VERSION, _checksum(body, label)) + body


def unseal(blob: bytes, label: Label) -> bytes:
    """Give the bytes of a column.

    Raises:
        CorruptBlobError: they are not those that were sealed as this column.
    """
    if len(blob) < _HEAD.size:
        raise CorruptBlobError(f"column {label.name} is cut short")
    version, checksum = _HEAD.unpack_from(blob)
    if version != VERSION:
        raise CorruptBlobError(f"column {label.name} has version {version}; this one reads {VERSION}")
    body = blob[_HEAD.size :]
    if checksum != _checksum(body, label):
        raise CorruptBlobError(f"column {label.name} fails its checksum")
    return body


def decoded[T](read: Callable[[bytes, int], T], blob: bytes, label: Label) -> T:
    """Check and read one column.

    Raises:
        CorruptBlobError: it cannot be what was written.
    """
    body = unseal(blob, label)
    try:
        return read(body, label.size)
    except (RuntimeError, ValueError, TypeError, IndexError, struct.error, zstandard.ZstdError) as error:
        raise CorruptBlobError(f"column {label.name} cannot be read: {error}") from error


def pack_sections(sections: Sequence[bytes]) -> bytes:
    """Put byte strings after one another, each behind its length."""
    return b"".join(_LENGTH.pack(len(section)) + section for section in sections)


def unpack_sections(body: bytes) -> list[bytes]:
    """Give the byte strings that `pack_sections` joined."""
    sections, at = [], 0
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        if at + length > len(body):
            raise CorruptBlobError("a section is cut short")
        sections.append(body[at : at + length])
        at += length
    return sections


def write_integers(values: Integers) -> bytes:
    """Write whole numbers: those at equal steps as the first and the step, others by pcodec."""
    if not len(values):
        return b""
    first = int(values[0])
    step = int(values[1]) - first if len(values) > 1 else 0
    if -(2**63) <= step < 2**63 and np.array_equal(values, _sequence(first, step, len(values))):
        return _SEQUENCE.pack(b"A", first, step)
    return b"P" + _compressed(values)


def read_integers(body: bytes, size: int) -> Integers:
    """Read what `write_integers` wrote."""
    if not size:
        return np.empty(0, np.int64)
    if body[:1] == b"A":
        _, first, step = _SEQUENCE.unpack(body)
        return _sequence(first, step, size)
    values: Integers = _decompressed(body, np.int64, size)
    return values


def write_floats(values: Floats) -> bytes:
    """Write floating-point numbers bit by bit: a constant once, others by pcodec."""
    if not len(values):
        return b""
    bits = values.view(np.int64)
    if bool((bits == bits[0]).all()):
        return b"C" + values[:1].tobytes()
    return b"P" + _compressed(values)


def read_floats(body: bytes, size: int) -> Floats:
    """Read what `write_floats` wrote."""
    if not size:
        return np.empty(0, np.float64)
    if body[:1] == b"C":
        return np.full(size, np.frombuffer(body, "<f8", 1, 1)[0])
    values: Floats = _decompressed(body, np.float64, size)
    return values


def write_small(values: NDArray[np.uint8]) -> bytes:
    """Write numbers below 256: a constant once."""
    if len(values) and bool((values == values[0]).all()):
        return b"K" + values[:1].tobytes()
    return b"Z" + zstandard.compress(values.tobytes(), _ZSTD_LEVEL)


def read_small(body: bytes, size: int) -> NDArray[np.uint8]:
    """Read what `write_small` wrote."""
    if body[:1] == b"K":
        return np.full(size, body[1], np.uint8)
    values: NDArray[np.uint8] = _sized(np.frombuffer(_inflated(body[1:]), np.uint8), size)
    return values


def write_optional(values: Integers) -> bytes:
    """Write whole numbers of which some are ABSENT."""
    present = values != ABSENT
    mask = b"" if present.all() else write_small(present.view(np.uint8))
    return pack_sections((mask, write_integers(values[present])))


def read_optional(body: bytes, size: int) -> tuple[Integers, Flags | None]:
    """Read what `write_optional` wrote.

    Returns:
        The values, 0 where there is none, and which are there; None when all are.
    """
    mask, numbers = unpack_sections(body)
    if not mask:
        return read_integers(numbers, size), None
    present = read_small(mask, size).view(np.bool_)
    return scattered(read_integers(numbers, int(present.sum())), present), present


def write_texts(values: Bytes) -> bytes:
    """Write texts without newlines, of which some are None."""
    present = given(values)
    rows = b"" if present.all() else np.flatnonzero(present).astype("<u2").tobytes()
    joined = b"\n".join(values[present].tolist())
    return zstandard.compress(_LENGTH.pack(len(rows)) + rows + joined, _ZSTD_LEVEL)


def read_texts(body: bytes, size: int) -> Bytes:
    """Read what `write_texts` wrote."""
    inflated = _inflated(body)
    end = _LENGTH.size + _LENGTH.unpack_from(inflated)[0]
    texts = inflated[end:].split(b"\n")
    values: Bytes = np.empty(size, np.object_)  # filled with None
    if end > _LENGTH.size:
        values[np.frombuffer(inflated[_LENGTH.size : end], "<u2")] = texts
    else:
        values[:] = texts
    return values


def scattered[A: NDArray[Any]](values: A, present: Flags) -> A:
    """Spread values over the rows that have one; 0 in the others."""
    if len(values) == len(present):
        return values
    spread: Any = np.zeros(len(present), values.dtype)
    spread[present] = values
    return spread  # type: ignore[no-any-return]


def _sequence(first: int, step: int, size: int) -> Integers:
    return np.arange(size, dtype=np.int64) * np.int64(step) + np.int64(first)


def _compressed(values: NDArray[Any]) -> bytes:
    return bytes(standalone.simple_compress(np.ascontiguousarray(values), ChunkConfig(compression_level=_LEVEL)))


def _decompressed(body: bytes, dtype: type, size: int) -> Any:
    if body[:1] != b"P":
        raise CorruptBlobError(f"a column starts with {body[:1]!r}")
    values = standalone.simple_decompress(body[1:])
    if values is None or values.dtype != dtype:
        raise CorruptBlobError("a column is of another type")
    return _sized(values, size)


def _inflated(body: bytes) -> bytes:
    return zstandard.decompress(body, max_output_size=_LARGEST)


def _sized(values: Any, size: int) -> Any:
    if len(values) != size:
        raise CorruptBlobError(f"a column has {len(values)} values instead of {size}")
    return values


def _checksum(body: bytes, label: Label) -> int:
    return zlib.crc32(body, zlib.crc32(f"{label.name}:{label.size}:{label.owner}".encode()))
