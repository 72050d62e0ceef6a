"""Measure pages over HTTP beside the same bytes sent from memory by the same server."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from . import asks, children, client
from .asks import Drawing
from .client import Rate
from .measure import Goal, Line, milliseconds
from .serve_bench import PEAK, READY
from .world import World

CONNECTIONS = (1, 8)
_FULL = 0.9


class Case(msgspec.Struct, frozen=True):
    """One kind of page: its rows, its goal as a share of the ready bytes, and what the client takes."""

    what: str
    size: int
    drawing: Drawing
    goal: float | None
    coding: str = "identity"


CASES = (
    Case("1,000 of sealed history", 1_000, asks.history(1_000), 0.16),
    Case("10,000 of sealed history", 10_000, asks.history(10_000), 0.35),
    Case("1,000 newest, hot rows and a filter", 1_000, asks.newest_filtered(1_000), 0.13),
    Case("10,000 newest, hot rows and a filter", 10_000, asks.newest_filtered(10_000), 0.28),
    Case("1,000 of sealed history, gzip", 1_000, asks.history(1_000), None, "gzip"),
    Case("10,000 of sealed history, gzip", 10_000, asks.history(10_000), None, "gzip"),
)


class Server(msgspec.Struct, frozen=True):
    """A server that runs, and the folder of its ready bytes."""

    port: int
    folder: Path

    def ready(self, number: int, body: bytes) -> str:
        """Record an answer; give the target at which it is served."""
        (self.folder / str(number)).write_bytes(body)
        return f"{READY}{number}"


def lines(world: World, seconds: float) -> Iterator[Line]:
    """Start the servers one after the other, and measure."""
    yield starting(world)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(children.free_port(), Path(folder))
        words = children.command(children.own("serve_bench"), str(world.file), str(server.port), folder)
        with children.serving(words, server.port):
            for number, case in enumerate(CASES):
                try:
                    yield from _measured(world, server, case=case, number=number, seconds=seconds / 2)
                except children.ServerError as error:
                    yield Line(f"HTTP: {case.what}", f"failed: {error}")
            peak = int(children.get(server.port, PEAK))
    yield Line("peak memory of the server", f"{peak / 1e6:,.0f} MB")


def starting(world: World) -> Line:
    """Measure from the start of `ssclab serve` until it answers."""
    port = children.free_port()
    words = children.command("ssclab_data", "serve", str(world.file), "--port", str(port))
    with children.serving(words, port) as taken:
        return Line("`ssclab serve` until it answers `/health`", f"{taken:.2f} s", Goal(3, "s"), taken)


def _measured(world: World, server: Server, *, case: Case, number: int, seconds: float) -> Iterator[Line]:
    targets = [ask.target() for ask in world.draws(case.drawing)]
    body = max((children.get(server.port, target) for target in targets[:3]), key=len)
    rows = len(msgspec.json.decode(body)["value"])
    ready = [client.request(server.ready(number, body))]
    requests = [client.request(target, coding=case.coding) for target in targets]
    for connections in CONNECTIONS:
        ours, ceiling = [], []
        for _ in range(2):
            ours.append(client.rate(server.port, requests, connections=connections, seconds=seconds / 2))
            ceiling.append(client.rate(server.port, ready, connections=connections, seconds=seconds / 2))
        yield _line(case, (_best(ours), _best(ceiling)), rows=rows, connections=connections)


def _best(rates: list[Rate]) -> Rate:
    return max(rates, key=lambda rate: rate.per_second)


def _line(case: Case, rates: tuple[Rate, Rate], *, rows: int, connections: int) -> Line:
    ours, ceiling = rates
    ratio = ours.per_second / ceiling.per_second
    text = (
        f"{ours.per_second:,.0f} req/s, {milliseconds(ours.latency)}; ready {ceiling.per_second:,.0f} req/s; "
        f"ratio {ratio:.3f}"
    )
    full = rows >= case.size * _FULL
    goal = None if case.goal is None else Goal(case.goal, "of ready", at_least=True)
    what = f"HTTP, {connections} connection{'s' * (connections > 1)}: {case.what}"
    return Line(what, text + ("" if full else f" ({rows:,} rows)"), goal, ratio if full else None)
