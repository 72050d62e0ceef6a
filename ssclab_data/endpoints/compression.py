"""Pack answers and unpack bodies by gzip, which isal does some ten times as fast as zlib."""

from isal import isal_zlib
from isal.igzip_lib import IsalError
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ssclab_data.endpoints.errors import BodyTooLargeError
from ssclab_data.errors import BodyError

GZIP = "gzip"
_GZIP_NAMES = (GZIP, "x-gzip")  # RFC 9110, 8.4.1.3
_LEVEL = 2
_CONTAINER = 31
"""Window of 32 KB, with gzip's header and checksum."""
_LEAST_BYTES = 1_000
_BODILESS = (204, 304)
_PARTIAL = 206
_PACKED_ALREADY = ("image/", "font/", "audio/", "video/", "application/zip", "application/gzip")
_TEXT_ALL_THE_SAME = "image/svg"


class Compression:
    """Pack what is large and not packed yet, for clients that take gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and pack its answer where that is wanted and worth it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = takes_gzip(Headers(scope=scope).get("accept-encoding", ""))
        answer = _Answer(send, wanted=wanted, bodiless=scope["method"] == "HEAD")
        await self.app(scope, receive, answer.send)


class _Answer:
    """One answer on its way; its start is held back until the first part of its body shows how large it is."""

    def __init__(self, send: Send, *, wanted: bool, bodiless: bool) -> None:
        self._send = send
        self._wanted = wanted
        self._bodiless = bodiless
        self._start: Message | None = None
        self._packer: isal_zlib.Compress | None = None

    async def send(self, message: Message) -> None:
        """Send a message of the application."""
        if message["type"] == "http.response.start":
            if self._is_packable(message):
                self._start = message
            else:
                await self._send(message)
        elif message["type"] == "http.response.body":
            await self._body(message)
        else:
            await self._send(message)

    def _is_packable(self, start: Message) -> bool:
        headers = Headers(raw=start["headers"])
        kind = headers.get("content-type", "")
        packed = kind.startswith(_PACKED_ALREADY) and not kind.startswith(_TEXT_ALL_THE_SAME)
        bodiless = start["status"] in (*_BODILESS, _PARTIAL)
        return not (packed or bodiless or "content-encoding" in headers)

    async def _body(self, message: Message) -> None:
        body, more = message.get("body", b""), message.get("more_body", False)
        start, self._start = self._start, None
        if start is not None and (more or len(body) >= _LEAST_BYTES):
            self._announce(start)
        if self._packer is not None:
            body = b"" if self._bodiless else self._packed(self._packer, body, more=more)
        if start is not None:
            if self._packer is not None and not more and not self._bodiless:
                MutableHeaders(scope=start)["Content-Length"] = str(len(body))
            await self._send(start)
        await self._send({**message, "body": body})

    def _announce(self, start: Message) -> None:
        """Say that the answer depends on the packing that is asked for, and that it is packed where it will be."""
        headers = MutableHeaders(scope=start)
        headers.add_vary_header("Accept-Encoding")
        if not self._wanted:
            return
        self._packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _CONTAINER)
        headers["Content-Encoding"] = GZIP
        for name in ("Content-Length", "Accept-Ranges"):
            del headers[name]
        tag = headers.get("etag", "")
        if tag.startswith('"'):
            headers["ETag"] = f"W/{tag}"  # other bytes, the same content

    @staticmethod
    def _packed(packer: isal_zlib.Compress, body: bytes, *, more: bool) -> bytes:
        part = packer.compress(body)
        return part + packer.flush(isal_zlib.Z_SYNC_FLUSH if more else isal_zlib.Z_FINISH)


class Unpacker:
    """Unpack one stream of gzip, part by part, and never to more than a limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._stream = isal_zlib.decompressobj(_CONTAINER)
        self._left = limit

    def feed(self, part: bytes) -> bytes:
        """Unpack what has arrived.

        Raises:
            BodyTooLargeError: it is more than the limit, unpacked.
            BodyError: it is no gzip, is broken, or goes on after its end.
        """
        try:
            content = self._stream.decompress(part, self._left + 1)
        except IsalError as error:  # type: ignore[misc] # its stub declares an instance
            raise BodyError("the body is said to be gzip, but cannot be unpacked") from error
        if len(content) > self._left:
            raise BodyTooLargeError(self.limit)
        if self._stream.unused_data:
            raise BodyError("the body goes on after the end of its gzip; send one member")
        self._left -= len(content)
        return content

    def check_end(self) -> None:
        """Make sure that the stream is whole.

        Raises:
            BodyError: it is not.
        """
        if not self._stream.eof:
            raise BodyError("the body ends before the end of its gzip")


def takes_gzip(accept_encoding: str) -> bool:
    """Tell whether a client takes gzip, and likes it no less than no packing (RFC 9110, 12.5.3).

    >>> takes_gzip("br, gzip;q=0.5"), takes_gzip("*;q=0.1"), takes_gzip("gzip;q=0, *"), takes_gzip("")
    (True, True, False, False)
    """
    weights = dict(_weight(part) for part in accept_encoding.lower().split(",") if part.strip())
    gzip = max((weights[name] for name in _GZIP_NAMES if name in weights), default=weights.get("*", 0.0))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weight(part: str) -> tuple[str, float]:
    """Read one coding and its weight; a weight that is no number counts as 0."""
    name, _, parameter = part.partition(";")
    key, _, digits = parameter.strip().partition("=")
    if key.strip() != "q":
        return name.strip(), 1.0
    digits = digits.strip()
    return name.strip(), float(digits) if digits.replace(".", "", 1).isdecimal() else 0.0
