"""Read the body of a request, within limits of size and time."""

import anyio
from starlette.requests import ClientDisconnect, Request

from ssclab_data.endpoints.compression import GZIP, Unpacker
from ssclab_data.endpoints.errors import BodyTooLargeError, BodyTooSlowError, EncodingError
from ssclab_data.errors import BodyError

BODY_SECONDS = 60.0
_PLAIN = ("", "identity")
_PACKED = (GZIP, "x-gzip")


async def read_body(request: Request, limit: int, *, seconds: float = BODY_SECONDS) -> bytes:
    """Read a body whole; one that was sent packed by gzip is unpacked.

    Args:
        limit: the most bytes, as they are sent and unpacked.
        seconds: how long it may take to arrive.

    Raises:
        BodyTooLargeError: it is larger; where its length is told, not a byte of it is read.
        BodyTooSlowError: it did not arrive in time.
        EncodingError: it is packed in another way.
        BodyError: it cannot be unpacked, or the client went away.
    """
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in (*_PLAIN, *_PACKED):
        raise EncodingError(coding, _PACKED[:1])
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise BodyTooLargeError(limit)
    try:
        with anyio.fail_after(seconds):
            return await _read(request, limit, packed=coding in _PACKED)
    except TimeoutError as error:
        raise BodyTooSlowError(seconds) from error
    except ClientDisconnect as error:
        raise BodyError("the client went away before the body was whole") from error


async def _read(request: Request, limit: int, *, packed: bool) -> bytes:
    unpacker = Unpacker(limit) if packed else None
    parts: list[bytes] = []
    sent = 0
    async for part in request.stream():
        sent += len(part)
        if sent > limit:
            raise BodyTooLargeError(limit)
        if part:
            parts.append(unpacker.feed(part) if unpacker else part)
    if unpacker:
        unpacker.check_end()
    return b"".join(parts)
