"""Give feeds a lab, a clock that waits for nothing, and a server on this machine that misbehaves on demand."""

import asyncio
import csv
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from ssclab_data.export import export
from ssclab_data.feeds import Place, Status, run_feeds
from ssclab_data.feeds.file import parse_feeds
from ssclab_data.ingest import IngestOptions
from ssclab_data.model.values import Instant
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore

BASE = "https://ssclab.example"
NOON = Instant.parse("2026-06-01T12:00:00Z")

MAPPING = """\
source: toy
title: Toy
documentation: made for tests
forms:
  - {name: rows, reader: json, records: rows, having: [time]}
  - name: periods
    reader: json
    records: rows
    having: [begin]
    time: {fields: [begin], because: made for tests, stamp: start, until: [end]}
  - {name: table, reader: table, delimiter: ";", having: [time]}
time: {fields: [time], because: made for tests}
thing: {id: [id], name: "{id}", description: a toy}
sensor: {id: [id], name: "{id}", description: a toy}
ignore: {inserted: tells when the row came into the service of the publisher}
fields:
  pm25: {property: pm25, unit: ug/m3}
"""


class VirtualClock:
    """A clock that is put forward by waiting; waits at the same time overlap."""

    def __init__(self, start: Instant = NOON) -> None:
        self.start = start
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> Instant:
        return Instant(self.start.us + round(self.seconds * 1_000_000))

    def elapsed(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.seconds + seconds
        await asyncio.sleep(0)
        self.seconds = max(self.seconds, until)

    def forward(self, seconds: float) -> None:
        self.seconds += seconds


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the server answers.

    Attributes:
        length: the Content-Length that it tells, None for the right one.
        raw: bytes that are sent in place of everything.
        hangs: whether it stops in the middle of the body, until the server ends.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    length: int | None = None
    raw: bytes | None = None
    hangs: bool = False


class Request(msgspec.Struct, frozen=True):
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    target: str


class Server:
    """An HTTP server in a thread; `answer` says what each request gets."""

    def __init__(self) -> None:
        self.answer: Callable[[Request], Reply] = lambda request: Reply(body=b"{}")
        self.asked: list[Request] = []
        self.ended = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(parts.path, query, headers, self.path)
                owner.asked.append(request)
                owner.send(self, owner.answer(request))

            def log_message(self, format: str, *args: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.raw is not None:
            handler.wfile.write(reply.raw)
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        if reply.status not in (204, 304):
            handler.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
        handler.end_headers()
        if reply.hangs:
            handler.wfile.write(reply.body[:1])
            handler.wfile.flush()
            self.ended.wait(30)
            handler.close_connection = True
            return
        handler.wfile.write(reply.body)
        if reply.length is not None:
            handler.close_connection = True

    def stop(self) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture
def other_server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


class FedLab:
    """A lab with feeds, without a clock of its own."""

    def __init__(self, folder: Path, store: Store | None = None, clock: VirtualClock | None = None) -> None:
        self.folder = folder
        self.store = store or MemoryStore("breda")
        self.clock = clock or VirtualClock()
        self.environ: dict[str, str] = {}
        (folder / "toy.yaml").write_text(MAPPING)

    @property
    def place(self) -> Place:
        return Place(folder=self.folder, store=self.store, options=IngestOptions, environ=self.environ)

    def run(self, *feeds: dict[str, Any], names: tuple[str, ...] = (), place: Place | None = None) -> dict[str, Status]:
        """Run feeds of the source `toy` once."""
        found = [{"name": f"feed-{number}", "source": "toy.yaml", **feed} for number, feed in enumerate(feeds)]
        file = parse_feeds(msgspec.yaml.encode({"feeds": found}).decode(), where="feeds.yaml")
        done = run_feeds(file, place or self.place, names=names, clock=self.clock)
        return {one.feed: one for one in done}

    def one(self, **feed: Any) -> Status:
        """Run one feed once."""
        return self.run({"name": "only", **feed})["only"]

    def rows(self) -> dict[tuple[str, str], float]:
        return stored(self.store)


def stored(store: Store) -> dict[tuple[str, str], float]:
    """Give the results that a store holds, by Thing and phenomenonTime."""
    out = io.BytesIO()
    export(store, "csv", out, base_iri=BASE)
    rows = csv.DictReader(io.StringIO(out.getvalue().decode()))
    return {(row["thing"].rpartition("/")[2], row["time_start"]): float(row["result"]) for row in rows}


def triples(store: Store) -> list[bytes]:
    """Give all that a store holds, over IRIs."""
    out = io.BytesIO()
    export(store, "ntriples", out, base_iri=BASE)
    return sorted(out.getvalue().splitlines())


@pytest.fixture
def lab(tmp_path: Path) -> FedLab:
    return FedLab(tmp_path)


def payload(*rows: tuple[str, str, float], **more: Any) -> bytes:
    """Give a payload of the toy source: unit, time and PM2.5 of each row."""
    return msgspec.json.encode({"rows": [{"id": unit, "time": at, "pm25": value} for unit, at, value in rows], **more})
