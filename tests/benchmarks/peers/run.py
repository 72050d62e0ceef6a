"""Run all of the eleven requests, on our server and on others, and write the page."""

import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from subprocess import CalledProcessError

import msgspec

from ..children import ServerError
from ..measure import say
from . import django, ingest, posting, rounds, servers, stored
from .ingest import Ingest
from .pages import KEPT, OURS, READY, READY_TWO, TWO, Results, Size
from .plan import Plan
from .servers import Side
from .site import Site

ROOT = Path(__file__).resolve().parents[3]
PEERS = ROOT / "build" / "peers"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure.

    Attributes:
        scale: millions of Observations.
        seconds: of one turn.
        peers: `name=URL` of servers that run.
        django: whether to start django-ogc-sensorthings.
    """

    scale: float
    seconds: float
    peers: Sequence[str] = ()
    django: bool = True


class _Run:
    """The servers of one run, and what was learnt of them on the way."""

    def __init__(self, plan: Plan, folder: Path, *, stack: ExitStack) -> None:
        self.plan = plan
        self.folder = folder
        self.stack = stack
        self.file = folder / "store.db"
        self.sides: list[Side] = []
        self.peers: list[Side] = []
        self.started: list[Side] = []
        self.disk: dict[str, float] = {}
        self.ingests: list[Ingest] = []
        self.absent: list[str] = []

    def fill(self) -> None:
        """Fill our store and start our servers."""
        say(f"{self.plan.rows:,} Observations into {self.file}")
        stored.fill(self.plan, self.file)
        each = self.file.stat().st_size / self.plan.rows
        self.disk |= {KEPT: each, OURS: each, TWO: each}
        ready = self.folder / "ready"
        ready.mkdir()
        for name, recorded, workers in ((OURS, READY, 1), (TWO, READY_TWO, 2)):
            self._start(servers.ours(name, self.file, workers=workers, choice=servers.COMPUTING))
            self._start(servers.ceiling(recorded, ready, workers=workers))
        self._start(servers.ours(KEPT, self.file, choice=servers.KEEPING))

    def _start(self, side: AbstractContextManager[Side]) -> None:
        self.sides.append(self.stack.enter_context(side))

    def add(self, peer: str) -> None:
        """Add a server that runs, filled; say so where it cannot be."""
        name, _, url = peer.partition("=")
        try:
            site = Site.at(name, url)
            self.ingests.append(ingest.of_filling(site, posting.fill(site, self.plan)))
            self.peers.append(Side(site))
        except (ServerError, OSError, LookupError) as error:
            self.missed(name, error)

    def add_django(self) -> None:
        """Start django-ogc-sensorthings, filled; say so where it cannot be."""
        try:
            peer = self.stack.enter_context(django.serving(PEERS / "django", self.plan))
        except (ServerError, OSError, CalledProcessError) as error:
            self.missed(django.NAME, error)
            return
        self.peers.append(peer.side)
        self.started.append(peer.side)
        self.disk[peer.side.site.name] = peer.size / self.plan.rows

    def missed(self, name: str, error: Exception) -> None:
        """Note what is not measured."""
        say(f"  {name} is not measured: {error}")
        self.absent.append(f"{name}: {error}")

    def sizes(self) -> list[Size]:
        """Tell what each server takes."""
        sides = [side for side in (*self.sides, *self.peers) if not side.ready]
        return [Size(side.site.name, side.memory(), self.disk.get(side.site.name)) for side in sides]

    def ingest(self, seconds: float) -> None:
        """Measure writing where it harms no data but those of this run."""
        self.ingests += ingest.lines(self.plan, self.file, seconds=seconds)
        for side in self.started:
            try:
                self.ingests.append(ingest.measured(side.site, self.plan, seconds=seconds))
            except ServerError as error:
                self.missed(f"writing on {side.site.name}", error)


def results(wish: Wish) -> Results:
    """Measure."""
    plan, began, busy = Plan.of(wish.scale), time.monotonic(), os.getloadavg()[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = _Run(plan, folder, stack=stack)
        run.fill()
        for peer in wish.peers:
            run.add(peer)
        if wish.django:
            run.add_django()
        sides = (*run.sides, *run.peers)
        found = tuple(rounds.measured(plan, sides, folder=folder / "ready", seconds=wish.seconds))
        sizes = run.sizes()
        run.ingest(wish.seconds * 4)
    return Results(
        plan=plan,
        measured=found,
        peers=[side.site.name for side in run.peers],
        ingests=run.ingests,
        sizes=sizes,
        absent=run.absent,
        minutes=(time.monotonic() - began) / 60,
        busy=busy,
    )
