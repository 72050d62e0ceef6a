"""Make and compare entity tags (RFC 9110, 8.8.3)."""

import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders

ANY = "*"
_OPAQUE = re.compile(r'"([\x21\x23-\x7e\x80-\xff]*)"')
_DIGEST_BYTES = 15
# What a 304 keeps of the answer it stands for (RFC 9110, 15.4.5).
_KEPT = ("cache-control", "content-location", "date", "expires", "vary")


def content_tag(body: bytes) -> str:
    """Make the tag of what a body says; weak, because it holds for every packing of the body.

    >>> content_tag(b"{}") == content_tag(b"{}") != content_tag(b"{ }")
    True
    """
    return f'W/"{hashlib.blake2b(body, digest_size=_DIGEST_BYTES).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Tell whether a tag stands in `If-None-Match` or `If-Match`, compared weakly.

    RFC 9110 (13.1.1) compares `If-Match` strongly, by which a weak tag never matches and no write could be guarded.
    Our tags are weak for one reason, that packing changes the bytes, and no write depends on the packing: so weak
    comparison guards as well.

    >>> matches('"a,b", W/"c"', '"c"'), matches("*", '"c"'), matches('"abc"', '"b"')
    (True, True, False)
    """
    if header.strip() == ANY:
        return True
    return tag.removeprefix("W/")[1:-1] in _OPAQUE.findall(header)


def not_modified(headers: Headers) -> MutableHeaders:
    """Give what a 304 keeps of the headers of the answer that the client has."""
    kept = {name: headers[name] for name in _KEPT if name in headers}
    return MutableHeaders({"etag": headers["etag"], **kept})
