"""Sign where a page ended, and read it back only for the same query of the same store."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec

from ssclab_data.errors import CursorError
from ssclab_data.model.values import Duration, Instant, Interval
from ssclab_data.query.ast import WKT, Value

_PURPOSE = b"ssclab-skiptoken-1\0"
_MAC_BYTES = 16
_CURE = "start again from the first page"


def write_cursor(secret: bytes, binding: str, after: tuple[Value, ...]) -> str:
    """Make the `$skiptoken` of the page after a row.

    Args:
        secret: the store's key.
        binding: text that is the same for all pages of one query, and for no other query.
        after: the row's values for the sort keys.
    """
    payload = msgspec.json.encode([_to_json(value) for value in after])
    return urlsafe_b64encode(_mac(secret, binding, payload) + payload).rstrip(b"=").decode()


def read_cursor(secret: bytes, binding: str, token: str) -> tuple[Value, ...]:
    """Give the sort key values of a `$skiptoken`.

    Raises:
        CursorError: it is broken, forged, of another store or of another query.
    """
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError as error:
        raise CursorError(f"is broken; {_CURE}", option="$skiptoken") from error
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(secret, binding, payload)):
        raise CursorError(f"was not made by this server for this query; {_CURE}", option="$skiptoken")
    return tuple(_from_json(value) for value in msgspec.json.decode(payload))


def _mac(secret: bytes, binding: str, payload: bytes) -> bytes:
    text = binding.encode()
    message = b"%s%d:%s%s" % (_PURPOSE, len(text), text, payload)
    return hmac.digest(secret, message, "sha256")[:_MAC_BYTES]


def _to_json(value: object) -> Any:
    """Write a value of an order; JSON in it is wrapped where it could be taken for one of the others."""
    match value:
        case Instant(us=us):
            return {"t": us}
        case Interval(start=start, end=end):
            return {"s": start.us, "e": end.us}
        case Duration(us=us):
            return {"d": us}
        case WKT(text=text):
            return {"w": text}
        case dict():
            return {"o": value}
        case int() if not isinstance(value, bool):
            return {"i": str(value)} if abs(value) >= 1 << 63 else value
    return value


def _from_json(value: Any) -> Value:
    match value:
        case {"t": us}:
            return Instant(us)
        case {"s": start, "e": end}:
            return Interval(Instant(start), Instant(end))
        case {"d": us}:
            return Duration(us)
        case {"w": text}:
            return WKT(text)
        case {"i": text}:
            return int(text)
        case {"o": members}:
            value = members
    scalar: Value = value
    return scalar
