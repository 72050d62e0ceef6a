"""Build labs for the tests: canned SensorThings answers, broken servers, all as ASGI applications or on loopback."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from ssclab_data.federation import Peer
from ssclab_data.model.lab import LabInfo

type Scope = MutableMapping[str, Any]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]


def answer_with(body: bytes | str, *, status: int = 200, content_type: str = "application/json") -> App:
    """An application that answers every request with the same bytes."""
    raw = body.encode() if isinstance(body, str) else body

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", content_type.encode()), (b"location", b"http://elsewhere.example/")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": raw})

    return app


class CannedLab:
    """A SensorThings service that gives prepared documents, one per request, and keeps what it was asked."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.documents = list(documents)
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        options = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        self.asked.append((scope["path"], options))
        document = self.documents[min(len(self.asked), len(self.documents)) - 1]
        await answer_with(json.dumps(document))(scope, receive, send)


@pytest.fixture
def canned() -> type[CannedLab]:
    return CannedLab


@pytest.fixture
def answering() -> Callable[..., App]:
    return answer_with


@pytest.fixture
def peer_of() -> Callable[..., Peer]:
    """Make a peer of an ASGI application."""

    def make(key: str, app: App) -> Peer:
        return Peer.of_app(LabInfo(key=key, name=key.title()), app)

    return make


class RawServer:
    """A TCP server on loopback that does to each connection what a coroutine says."""

    def __init__(self, serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> None:
        self._serve = serve
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0
        self.closed = threading.Event()
        self._thread.start()
        self._ready.wait(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sta/v1.1"

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(5)

    def _run(self) -> None:
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        self._stopping = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.closed.set()
            writer.close()


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    servers: list[RawServer] = []

    def start(serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> RawServer:
        servers.append(RawServer(serve))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
