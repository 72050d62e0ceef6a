"""Bound what uvicorn leaves open with its fast parser: heads without an end, and bodies that nobody reads."""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
HEAD_SECONDS = 20.0
UNREAD_SECONDS = 10.0
"""How long a client may go on to send a body that was answered already; closed at once, it would not see the answer."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection; what does not come, or does not end, closes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._head: TimerHandle | None = None
        self._unread: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has become too long."""
        before = self._head
        super().data_received(data)
        if before is not None and before is self._head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response(f"the head of a request has more than {MAX_HEAD_BYTES} bytes")

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a head."""
        super().on_message_begin()
        if self._head is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """Stop waiting: the head is whole."""
        self._stop()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop waiting: the body is whole."""
        self._stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Give the client a moment for the rest of a body that was answered before its end."""
        super().on_response_complete()
        unread = self.cycle.response_complete and self.cycle.more_body
        if unread and not self.transport.is_closing():
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.close)

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop(self) -> None:
        for timer in (self._head, self._unread):
            if timer is not None:
                timer.cancel()
        self._head = self._unread = None
