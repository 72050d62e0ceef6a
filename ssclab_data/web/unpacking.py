"""Unpack the body of an answer as it arrives, and never further than the limit."""

import zlib

from ssclab_data.errors import WebError
from ssclab_data.web.faults import WebFault

_GZIP = 31
_PACKED = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": 15}


class Unpacker:
    """Collect a body.

    Args:
        encoding: the Content-Encoding of the answer, or "".
        limit: the most bytes, unpacked.

    Raises:
        WebError: the encoding is none that was asked for.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", *_PACKED):
            raise WebError(WebFault.BROKEN, f"its answer is packed by {encoding!r}, which was not asked for")
        self._wbits = _PACKED.get(name, 0)
        self._unpack = zlib.decompressobj(wbits=self._wbits) if self._wbits else None
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._received = 0
        self._begun = False

    def add(self, chunk: bytes) -> None:
        """Take the next bytes as they came.

        Raises:
            WebError: they cannot be unpacked, or the body is too large.
        """
        self._begun = self._begun or bool(chunk)
        self._received += len(chunk)
        if self._received > 2 * self._limit:  # what is packed is hardly ever larger: it could be empty for ever
            raise self._too_large
        if self._unpack is None:
            self._keep(chunk)
            return
        try:
            self._add_packed(chunk)
        except zlib.error as error:
            raise WebError(WebFault.BROKEN, f"its answer cannot be decompressed: {error}") from error

    def finish(self) -> bytes:
        """Give the whole body.

        Raises:
            WebError: the packed body was cut off.
        """
        if self._begun and self._unpack is not None and not self._unpack.eof:
            raise WebError(WebFault.BROKEN, "its answer cannot be decompressed: it was cut off")
        return b"".join(self._parts)

    def _add_packed(self, chunk: bytes) -> None:
        while chunk:
            if self._unpack is None or self._unpack.eof:
                self._unpack = zlib.decompressobj(wbits=self._wbits)
            self._keep(self._unpack.decompress(chunk, self._limit - self._size + 1))
            chunk = self._unpack.unused_data or self._unpack.unconsumed_tail

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise self._too_large
        self._parts.append(part)

    @property
    def _too_large(self) -> WebError:
        return WebError(WebFault.TOO_LARGE, f"its answer is larger than {self._limit} bytes")
