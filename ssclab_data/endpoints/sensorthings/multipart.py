"""Read batches in `multipart/mixed` (RFC 2046; OData 4.0 Protocol, 11.7)."""

import re
from collections.abc import Iterator

import msgspec

from ssclab_data.endpoints.sensorthings.parts import (
    ChangeSet,
    Entry,
    Part,
    Rules,
    check_ids,
    parts_of,
    read_method,
    read_target,
)
from ssclab_data.errors import BodyError

MIXED = "multipart/mixed"
HTTP = "application/http"
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;"]*))', re.IGNORECASE)
_BOUNDARY_TEXT = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_FIELD = re.compile(rb"(?!--)([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)")
_BLANK = re.compile(rb"[ \t\r\n]*")
_REST = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\Z)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PROTOCOL = " HTTP/"
_PLAIN = ("", "binary", "8bit", "7bit")
_MOST_FIELDS = 50
_MOST_BYTES = 32_768


def media_type_of(content_type: str) -> str:
    """Give the media type without its parameters.

    >>> media_type_of('Multipart/Mixed; boundary="b"')
    'multipart/mixed'
    """
    return content_type.partition(";")[0].strip().lower()


def read_multipart(body: bytes, content_type: str, rules: Rules) -> tuple[Entry, ...]:
    """Read a batch whole, before anything of it is carried out.

    Blank lines between header lines are passed over: the examples of OGC 18-088 have them.

    Raises:
        BodyError: a part of it cannot be read; the message says which.
    """
    entries: list[Entry] = []
    total = 0
    for number, content in enumerate(_split(body, content_type, at=""), start=1):
        rules.check_number(total + 1)
        entries.append(_entry(content, rules, at=f"part {number}"))
        total += len(parts_of(entries[-1:]))
        rules.check_number(total)
    check_ids(entries)
    return tuple(entries)


def _entry(content: bytes, rules: Rules, *, at: str) -> Entry:
    fields, start = _fields(content, 0, at=at)
    content_type = fields.get("content-type", "")
    if media_type_of(content_type) != MIXED:
        return _part(content, rules, at=at)
    parts: list[Part] = []
    for number, inner in enumerate(_split(content[start:], content_type, at=at), start=1):
        rules.check_number(number)
        parts.append(_part(inner, rules, at=f"{at}.{number}", writing=True))
    return ChangeSet(parts=tuple(parts))


def _part(content: bytes, rules: Rules, *, at: str, writing: bool = False) -> Part:
    outer, start = _fields(content, 0, at=at)
    _check_form(outer, at=at, writing=writing)
    line, start = _line(content, start)
    method, address = _request_line(line, at=at)
    fields, start = _fields(content, start, at=at)
    return Part(
        at=at,
        id=outer.get("content-id", ""),
        method=read_method(method, at=at, writing=writing),
        target=read_target(address, rules, at=at),
        headers=fields,
        body=content[start:],
    )


def _check_form(fields: dict[str, str], *, at: str, writing: bool) -> None:
    media_type = media_type_of(fields.get("content-type", ""))
    if media_type == MIXED:
        raise BodyError("a change set holds no change set", path=at)
    if media_type != HTTP:
        known = (HTTP,) if writing else (HTTP, MIXED)
        raise BodyError(f"Content-Type {media_type[:80]!r} is not read here", path=at, known=known)
    encoding = fields.get("content-transfer-encoding", "").lower()
    if encoding not in _PLAIN:
        raise BodyError(f"Content-Transfer-Encoding {encoding[:80]!r} is not read here", path=at, known=_PLAIN[1:])


def _request_line(line: bytes, *, at: str) -> tuple[str, str]:
    """Read method and address; the protocol may be missing, as in the example of OGC 18-088, 11.2.1."""
    try:
        method, _, address = line.decode().strip().partition(" ")
    except UnicodeDecodeError as error:
        raise BodyError("the line of the request is not UTF-8", path=at) from error
    before, protocol, _ = address.rpartition(_PROTOCOL)
    address = (before if protocol else address).strip()
    if not address or _CONTROL.search(address):
        raise BodyError("has no line such as `GET Things(1) HTTP/1.1` after its headers", path=at)
    return method, address


def _split(body: bytes, content_type: str, *, at: str) -> Iterator[bytes]:
    """Give what stands between the delimiters; what is before the first and after the last means nothing.

    Raises:
        BodyError: there is no boundary, no part, or no last delimiter, without which the rest may be missing.
    """
    boundary = _boundary(content_type, at=at)
    start: int | None = None
    for delimiter in _delimiters(body, b"--" + boundary.encode()):
        if start is not None:
            yield body[start : max(start, delimiter.start)]
        elif delimiter.last:
            raise BodyError("has no part", path=at)
        if delimiter.last:
            return
        start = delimiter.end
    raise BodyError(f"the last line, --{boundary}--, is missing" if start is not None else _absent(boundary), path=at)


class _Delimiter(msgspec.Struct, frozen=True):
    """Where a line that delimits parts begins, with the line break before it, and where what follows begins."""

    start: int
    end: int
    last: bool


def _delimiters(body: bytes, text: bytes) -> Iterator[_Delimiter]:
    position = body.find(text)
    while position >= 0:
        rest = _REST.match(body, position + len(text))
        if rest and (position == 0 or body[position - 1 : position] == b"\n"):
            before = body[max(0, position - 2) : position]
            start = position - (2 if before == b"\r\n" else min(position, 1))
            yield _Delimiter(start, rest.end(), last=rest[1] is not None)
        position = body.find(text, position + len(text))


def _absent(boundary: str) -> str:
    return f"no line is --{boundary}"


def _boundary(content_type: str, *, at: str) -> str:
    found = _BOUNDARY.search(content_type)
    boundary = (found[1] or found[2] or "") if found else ""
    if not _BOUNDARY_TEXT.fullmatch(boundary):
        raise BodyError(
            "Content-Type needs a boundary of 1 to 70 characters (RFC 2046, 5.1.1): `multipart/mixed; boundary=...`",
            path=at,
        )
    return boundary


def _fields(data: bytes, start: int, *, at: str) -> tuple[dict[str, str], int]:
    """Read header lines, and blank lines among them, to the first line that is neither.

    Returns:
        The fields by their names in lower case, and where what follows begins.

    Raises:
        BodyError: there are too many, or one has control characters or stands there twice.
    """
    fields: dict[str, str] = {}
    first = start
    while True:
        start = _after_blank(data, start)
        line, after = _line(data, start)
        found = _FIELD.fullmatch(line[:_MOST_BYTES])
        if found is None:
            return fields, start
        if after - first > _MOST_BYTES or len(fields) == _MOST_FIELDS:
            raise BodyError(f"has more than {_MOST_FIELDS} header lines, or {_MOST_BYTES} bytes of them", path=at)
        name, value = found[1].decode("latin-1").lower(), found[2].decode("latin-1").strip()
        if name in fields or _CONTROL.search(value):
            raise BodyError(f"the header {name[:80]} is given twice, or has control characters", path=at)
        fields[name] = value
        start = after


def _after_blank(data: bytes, start: int) -> int:
    blank = _BLANK.match(data, start)
    return blank.end() if blank else start


def _line(data: bytes, start: int) -> tuple[bytes, int]:
    """Give the line that begins at a place, without its break, and where the next one begins."""
    end = data.find(b"\n", start)
    if end < 0:
        return data[start:], len(data)
    return data[start:end].removesuffix(b"\r"), end + 1
