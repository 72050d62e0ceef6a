"""Send requests over kept connections as cheaply as Python can, so that the server is what is measured."""

import selectors
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from math import inf
from statistics import median

import msgspec

from .children import HOST, ServerError

_BUFFER = 1 << 20
_UNREAD = socket.MSG_TRUNC if sys.platform == "linux" else 0
"""Lets the kernel drop a body instead of copying it (Linux, tcp(7))."""
_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"


class Rate(msgspec.Struct, frozen=True):
    """How fast answers came.

    Attributes:
        per_second: answers.
        latency: median, in seconds.
        answers: how many there were.
    """

    per_second: float
    latency: float
    answers: int = 0


def request(target: str, *, coding: str = "identity", host: str = HOST) -> bytes:
    """Write a request."""
    head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nAccept-Encoding: {coding}\r\n\r\n"
    return head.encode()


def posting(target: str, body: bytes, *, host: str = HOST) -> bytes:
    """Write a request that sends JSON."""
    fields = f"Host: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST {target} HTTP/1.1\r\n{fields}\r\n".encode() + body


def rate(port: int, requests: list[bytes], *, connections: int, seconds: float) -> Rate:
    """Keep each of the connections busy with one request at a time, after a warm-up.

    The warm-up has connections of its own: one that waits for the slowest answer of the others may be closed.
    """
    for length in (seconds / 4, seconds):
        with _lines(port, [cycle(requests[at:] + requests[:at]) for at in range(connections)]) as (selector, lines):
            took = _run(selector, lines, length)
    return _rated(*took)


def sent(port: int, requests: Iterator[bytes], *, connections: int, seconds: float = inf) -> Rate:
    """Send each request once over connections that share them, until there are no more or the time is over."""
    with _lines(port, [requests] * connections) as (selector, lines):
        return _rated(*_run(selector, lines, seconds))


@contextmanager
def _lines(port: int, requests: list[Iterator[bytes]]) -> Iterator[tuple[selectors.BaseSelector, list["_Connection"]]]:
    """Open a connection for each iterator of requests."""
    with selectors.DefaultSelector() as selector:
        lines: list[_Connection] = []
        try:
            for one in requests:
                lines.append(_Connection(port, one))
                selector.register(lines[-1].socket, selectors.EVENT_READ, lines[-1])
            yield selector, lines
        finally:
            for line in lines:
                line.socket.close()


def _rated(took: float, latencies: list[float]) -> Rate:
    return Rate(len(latencies) / took, median(latencies), len(latencies))


def _run(selector: selectors.BaseSelector, lines: Sequence["_Connection"], seconds: float) -> tuple[float, list[float]]:
    """Ask on all connections until the time is over and all are answered; idle ones may be closed meanwhile."""
    latencies: list[float] = []
    began = time.perf_counter()
    for line in lines:
        if not line.ask():
            selector.unregister(line.socket)
    while selector.get_map():
        for key, _ in selector.select():
            line = key.data
            if not line.receive():
                continue
            now = time.perf_counter()
            latencies.append(now - line.asked)
            if line.closing:
                selector.unregister(line.socket)
                line.connect()
                selector.register(line.socket, selectors.EVENT_READ, line)
            if now - began >= seconds or not line.ask():
                selector.unregister(line.socket)
    return time.perf_counter() - began, latencies


class _Connection:
    """One connection, with at most one answer under way."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.port = port
        self.requests = requests
        self.buffer = bytearray(_BUFFER)
        self.closing = False
        self.asked = 0.0
        self.head = b""
        self.tail = b""
        self.left: int | None = None
        self.socket = _connected(port)

    def connect(self) -> None:
        """Open it again: some servers close it after so many answers."""
        self.socket.close()
        self.socket = _connected(self.port)
        self.closing = False

    def ask(self) -> bool:
        """Send the next request, if there is one."""
        one = next(self.requests, None)
        if one is None:
            return False
        self.head, self.tail, self.left = b"", b"", None
        self.asked = time.perf_counter()
        self.socket.sendall(one)
        return True

    def receive(self) -> bool:
        """Take what has come; tell whether the answer is whole."""
        if _END not in self.head:
            return self._more_head()
        if self.left is None:
            return self._last_chunk(self.buffer[: self._take(0, _BUFFER)])
        self.left -= self._take(_UNREAD, self.left)
        return self.left == 0

    def _more_head(self) -> bool:
        self.head += self.buffer[: self._take(0, 4_096)]
        head, end, body = self.head.partition(_END)
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 2"):
            raise ServerError(f"the server answered {head[:200]!r} {body[:300]!r}")
        head = head.lower()
        self.closing = b"\r\nconnection: close" in head
        length = _length(head)
        if length is None:
            return self._last_chunk(body)
        self.left = length - len(body)
        return self.left == 0

    def _last_chunk(self, come: bytes | bytearray) -> bool:
        """Look for the last chunk at the end of what has come: a server writes it after the body."""
        self.tail = (self.tail + come[-len(_LAST_CHUNK) :])[-len(_LAST_CHUNK) :]
        return self.tail == _LAST_CHUNK

    def _take(self, flags: int, most: int) -> int:
        size = self.socket.recv_into(self.buffer, min(most, _BUFFER), flags)
        if not size:
            raise ServerError("the server closed the connection")
        return size


def _connected(port: int) -> socket.socket:
    line = socket.create_connection((HOST, port), timeout=120)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _length(head: bytes) -> int | None:
    for field in head.split(b"\r\n"):
        if field.startswith(b"content-length:"):
            return int(field[15:])
    return None
