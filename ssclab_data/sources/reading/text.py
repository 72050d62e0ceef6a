"""Read payload bytes into documents: JSON (one or several), separated columns, or lines of `time,field,value`."""

import csv
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import msgspec

MAX_BYTES = 256 * 1024 * 1024
"""The largest payload that is read, after unpacking."""

_MAX_DEPTH = 100
_GZIP = b"\x1f\x8b"
_GZIP_WBITS = 31
_PIECE = 4096
_SPACE = re.compile(r"[ \t\r\n]*")
_LOOSE_KEY = re.compile(r'"[ \t\r\n]+:')
_WORDS = (b"null", b"true", b"false")
_LINE = re.compile(r"(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d),([^,\s]+),(.*)")


class ReadError(ValueError):
    """A payload that cannot be read; the caller adds source and file name."""


class Line(msgspec.Struct, frozen=True):
    """One line of a text of `time,field,value`; all but `text` are "" where it is no such line."""

    text: str
    time: str = ""
    field: str = ""
    value: str = ""


class Table(msgspec.Struct, frozen=True):
    """Separated columns; a row may have more or fewer cells than the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def unpack(payload: bytes) -> bytes:
    """Give the bytes of a payload, unpacked when it is gzip.

    Raises:
        ReadError: it is empty, too large or broken gzip.
    """
    data = _gunzip(payload) if payload.startswith(_GZIP) else payload
    if len(data) > MAX_BYTES:
        raise ReadError(f"it is larger than {MAX_BYTES} bytes; split it")
    if not data.strip():
        raise ReadError("it is empty")
    return data


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """Give the text of bytes, without byte order mark.

    Raises:
        ReadError: they are not of that encoding, or hold nothing.
    """
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeError as error:
        at = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        raise ReadError(f"it is not {encoding.upper()} text{at}") from error
    if not text.strip():
        raise ReadError("it is empty")
    return text


def looks_like_json(data: bytes) -> bool:
    """Tell whether bytes begin as JSON does (an object, a list, or one of the three words)."""
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] in (b"{", b"[") or start.strip() in _WORDS


def looks_like_xml(data: bytes) -> bool:
    """Tell whether bytes begin as XML does."""
    return data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def shorten(text: str, length: int = 60) -> str:
    """Give a text, cut off with an ellipsis where it is too long for a message."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def first_twice(names: Iterable[str]) -> str | None:
    """Give the first name that was there before, None where each is there once.

    >>> first_twice(["a", "b", "b", "a"])
    'b'
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def parse_json(text: str) -> list[Any]:
    """Read one JSON value, or several one after another.

    Duplicate keys, NaN, infinities and lone surrogates are refused: each would lose or break a value silently.

    Raises:
        ReadError: it is no such JSON; the message tells line and column.
    """
    found = decode_json(text)
    check_depth(found)
    return found


def decode_json(text: str) -> list[Any]:
    """Read JSON as `parse_json` does, for who looks himself how deep values are nested.

    Raises:
        ReadError: it is no such JSON.
    """
    quick = _parse_quickly(text)
    return _parse_carefully(text) if quick is None else quick


def _parse_carefully(text: str) -> list[Any]:
    decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
    found: list[Any] = []
    at = _after_space(text, 0)
    try:
        while at < len(text):
            value, end = decoder.raw_decode(text, at)
            found.append(value)
            at = _after_space(text, end)
        check_depth(found)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ReadError(f"it is not JSON: {error}") from error
    except UnicodeEncodeError as error:
        raise ReadError("it holds half of a character (a lone surrogate)") from error
    except RecursionError as error:
        raise ReadError("it is nested too deeply") from error
    except ValueError as error:
        raise ReadError(str(error)) from error
    return found


def _parse_quickly(text: str) -> list[Any] | None:
    """Read what has nothing to refuse in it; None where that is not certain.

    The quick decoder takes the last of two equal keys. A quotation mark and a colon stand behind each key of the text,
    so where there are no more of those than the objects have keys, none was lost.
    """
    if _LOOSE_KEY.search(text):
        return None
    for decode in (_one, msgspec.json.Decoder().decode_lines):
        try:
            found = decode(text)
        except (msgspec.MsgspecError, RecursionError):
            continue
        return found if _has_all_keys(found, text) else None
    return None


def _one(text: str) -> list[Any]:
    return [msgspec.json.decode(text)]


def _has_all_keys(found: list[Any], text: str) -> bool:
    """Tell whether no key was lost: written again, there are as many quotation marks with a colon behind.

    Without escapes by number a text is written again with the same strings; what is lost lacks its colon.
    """
    try:
        return "\\u" not in text and msgspec.json.encode(found).count(b'":') == text.count('":')
    except RecursionError:
        return False


def parse_table(text: str, delimiter: str) -> Table:
    """Read separated columns with a header line; CRLF or LF.

    Raises:
        ReadError: the quoting is broken, or the header names a column twice.
    """
    try:
        rows = [
            tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row
        ]
    except csv.Error as error:
        raise ReadError(f"it is not a table: {error}") from error
    header = tuple(name.strip() for name in rows[0]) if rows else ()
    if len(set(header)) < len(header):
        raise ReadError(f"its header names a column twice: {', '.join(header)[:200]}")
    return Table(header, tuple(rows[1:]))


def parse_lines(text: str) -> Iterator[Line]:
    """Read `MM/DD/YYYY HH:MM:SS,field,value`, one a line; blank lines are passed over."""
    for raw in text.splitlines():
        text_line = raw.strip()
        if text_line:
            match = _LINE.fullmatch(text_line)
            yield Line(text_line, *match.groups()) if match else Line(text_line)


def _gunzip(payload: bytes) -> bytes:
    out = bytearray()
    unpacker = zlib.decompressobj(wbits=_GZIP_WBITS)
    for at in range(0, len(payload), _PIECE):  # what is left after each member is copied, so it is kept small
        rest = payload[at : at + _PIECE]
        while rest := rest.lstrip(b"\0") if unpacker.eof else rest:
            unpacker = zlib.decompressobj(wbits=_GZIP_WBITS) if unpacker.eof else unpacker
            rest = _unpack(unpacker, rest, out)
    if not unpacker.eof:
        raise ReadError("it is gzip that was cut off")
    return bytes(out)


def _unpack(unpacker: "zlib._Decompress", packed: bytes, out: bytearray) -> bytes:
    """Unpack what belongs to one member; gives the rest."""
    try:
        out += unpacker.decompress(packed, MAX_BYTES + 1 - len(out))
    except zlib.error as error:
        raise ReadError(f"it is broken gzip: {error}") from error
    if len(out) > MAX_BYTES:
        raise ReadError(f"it unpacks to more than {MAX_BYTES} bytes; split it")
    return unpacker.unused_data


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = first_twice(name for name, _ in pairs) or ""
        raise ReadError(f"an object has the key {shorten(twice)!r} twice")
    return found


def check_depth(found: list[Any]) -> None:
    """Refuse values that are nested too deeply to be gone through.

    Raises:
        ReadError: they are.
    """
    level: list[Any] = [found]
    for _ in range(_MAX_DEPTH + 2):
        level = [
            inner
            for node in level
            for inner in (node.values() if type(node) is dict else node)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return
    raise ReadError(f"it is nested too deeply, more than {_MAX_DEPTH} deep")


def _refuse_constant(name: str) -> NoReturn:
    raise ReadError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ReadError(f"the number {text[:40]} is out of range")
    return value
