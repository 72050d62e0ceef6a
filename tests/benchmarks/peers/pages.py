"""Write what was measured on the eleven requests as a page of the documentation."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from ..client import Rate
from ..measure import Goal
from . import published
from .ingest import Ingest
from .plan import DATASTREAMS, HIGH, PER_THING, THINGS, Plan
from .published import FROST
from .questions import Question, questions
from .rounds import CONNECTIONS, Measured

KEPT = "ssclab, answers kept"
OURS, TWO, READY, READY_TWO = "ssclab", "ssclab, 2 workers", "ready", "ready, 2 workers"
_HEAD = """# Eleven requests, and other servers

`make bench` writes this page; `make bench ARGS="--part requests"` writes it alone. Eleven requests go to our server,
with one worker and with two, to other servers that hold the same data, and to one that sends a recorded answer of ours
from memory (`ready`: uvicorn with uvloop and httptools, Starlette around the bytes, as many workers). All are asked in
turn in one run, by one client written in Python that drops what it gets unread; a number is the median of three turns.
Requests that name a Datastream or an Observation draw one of 40. Every answer is checked: its rows, and its count.

`make bench PEER=name=URL` adds any server of SensorThings 1.1 on this machine, such as FROST-Server: the URL is that of
its landing document, for instance `PEER=frost=http://localhost:8081/FROST-Server/v1.1`. It must be empty, or hold these
data already: an empty one is filled over HTTP, with single POSTs and then by CreateObservations if it has that.
Our server keeps the answers it gave last, and gives them again until something is written. The goals are for answers
that are computed, so it is told to keep none (`SSCLAB_ANSWER_BYTES=1`), but for the table "One worker, answers kept".
What a server cannot answer is said under remarks. Where one cannot order by phenomenonTime it is asked to order by
resultTime, which is the same time here.
"""
_ELSEWHERE = """The rates of FROST-Server 2.5-dev with its best indexes (Tomcat 10, Java 17, PostgreSQL 15 with PostGIS)
were taken earlier, on another machine of the same kind, with wrk, on the same shape of data. They give the goals, and
are for orientation only: the ratio compares two machines. A run with `PEER=frost=URL` compares on one.
"""


class Size(msgspec.Struct, frozen=True):
    """What a server needs: memory after the requests in bytes, and bytes on disk per Observation."""

    server: str
    memory: int | None
    disk: float | None


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured.

    Attributes:
        peers: names of the other servers that were measured.
        absent: what could not be measured, and why.
        busy: the machine's load average before it began.
    """

    plan: Plan
    measured: Sequence[Measured]
    peers: Sequence[str]
    ingests: Sequence[Ingest]
    sizes: Sequence[Size]
    absent: Sequence[str]
    minutes: float
    busy: float

    def rate(self, side: str, letter: str, *, connections: int) -> Rate | None:
        """Find a rate; None where there is none."""
        return self.one(side, letter).rates.get(connections)

    def one(self, side: str, letter: str) -> Measured:
        """Find what one server did with one request."""
        found = (one for one in self.measured if (one.side, one.letter) == (side, letter))
        return next(found, Measured(side=side, letter=letter, note="not measured"))

    def text(self) -> str:
        """Write the page."""
        return "\n".join((_HEAD, self._facts(), *self._parts()))

    def _facts(self) -> str:
        return (
            f"Measured {datetime.now(UTC):%Y-%m-%d} in {self.minutes:.0f} minutes, Python {platform.python_version()}, "
            f"{os.cpu_count()} processors ({platform.machine()}), load average {self.busy:.1f} before.\n"
            f"Data: {THINGS} Things with {PER_THING} Datastreams each, {self.plan.each:,} hourly Observations in each "
            f"of the {DATASTREAMS:,}: {self.plan.rows:,}; results to one decimal, "
            f"{self.plan.high_share():.0%} of them above {HIGH:g}. Columns are requests a second and, in brackets, the "
            "median time of one, at 1 and at 8 connections.\n"
        )

    def _parts(self) -> Iterator[str]:
        asked = questions(self.plan)
        yield _table("Requests", ("", "request", "rows", "bytes"), (self._described(one) for one in asked))
        yield _beside("One worker", self, sides=(OURS, READY))
        yield _beside("One worker, answers kept", self, sides=(KEPT, READY))
        yield _beside("Two workers", self, sides=(TWO, READY_TWO))
        yield from (_beside(f"Beside {name}", self, sides=(OURS, name)) for name in self.peers)
        yield f"{_goals(self)}\n{_ELSEWHERE}"
        yield _sizes(self)
        yield _ingests(self)
        if self.absent:
            yield "## Not measured\n\n" + "\n".join(f"- {one}" for one in self.absent) + "\n"

    def _described(self, question: Question) -> tuple[str, ...]:
        size = self.one(OURS, question.letter).size
        return question.letter, f"`{question.text}`", f"{question.rows:,}", f"{size:,}"


def _beside(title: str, results: Results, *, sides: tuple[str, str]) -> str:
    """Write the rates of ours and of another, and the ratio."""
    head = ["", *(f"{text}, {at}" for at in CONNECTIONS for text in (*sides, "ratio")), "remarks"]
    rows = []
    for question in questions(results.plan):
        row = [question.letter]
        for connections in CONNECTIONS:
            ours, other = (results.rate(side, question.letter, connections=connections) for side in sides)
            row += [_rate(ours), _rate(other), _ratio(ours, other)]
        notes = (results.one(side, question.letter) for side in sides)
        row.append("; ".join(f"{one.side}: {one.note}" for one in notes if one.note))
        rows.append(tuple(row))
    return _table(title, head, rows)


def _goals(results: Results) -> str:
    head = ("", "connections", "FROST tuned, elsewhere", "goal", "one worker", "", "goal of two", "two workers", "")
    rows = []
    for letter, known in FROST.items():
        for connections in CONNECTIONS:
            limit = known.rates[connections]
            row = [letter, str(connections), f"{limit:,.4g}"]
            for side, times in ((OURS, known.goal), (TWO, known.goal_of_two)):
                rate = results.rate(side, letter, connections=connections)
                row += [f"{times:g} x", *_judged(rate, limit, times=times)]
            rows.append(tuple(row))
    return _table("Goals", head, rows)


def _judged(rate: Rate | None, limit: float, *, times: float) -> tuple[str, str]:
    if rate is None:
        return "–", "–"
    ratio = rate.per_second / limit
    return f"{ratio:.2f} x", Goal(times, "x", at_least=True).verdict(ratio)


def _sizes(results: Results) -> str:
    memory, disk = published.MEMORY / published.MEMORY_SHARE, published.DISK / published.DISK_SHARE
    rows = []
    for size in results.sizes:
        ours = size.server in (KEPT, OURS, TWO)
        taken = "–" if size.memory is None else f"{size.memory / 2**20:,.0f} MiB"
        per_row = "–" if size.disk is None else f"{size.disk:,.2f}"
        verdicts = (_verdict(size.memory, memory), _verdict(size.disk, disk)) if ours else ("–", "–")
        rows.append((size.server, taken, verdicts[0], per_row, verdicts[1]))
    goals = (f"goal <= {memory / 2**20:,.0f} MiB", f"goal <= {disk:.2g}")
    head = ("server", "memory after the requests", goals[0], "bytes per Observation on disk", goals[1])
    note = "Memory is that of all processes of a server, its database included; pages that several share count once.\n"
    return f"{_table('Memory and disk', head, rows)}\n{note}"


def _verdict(value: float | None, limit: float) -> str:
    return "–" if value is None else Goal(limit).verdict(value)


def _ingests(results: Results) -> str:
    head = ("server", "single POSTs, 32 connections", "data arrays of 20 x 50, 4 connections", "remarks")
    rows = [(one.server, _speed(one.singles), _speed(one.arrays), one.note) for one in results.ingests]
    rows.append(("goal", _speed(published.SINGLES_GOAL), _speed(published.ARRAYS_GOAL), ""))
    rows.append(("FROST tuned, elsewhere", _speed(published.SINGLES), _speed(published.ARRAYS), ""))
    note = "Acknowledged and counted afterwards; single POSTs name their Datastream and FeatureOfInterest.\n"
    return f"{_table('Writing over HTTP, Observations a second', head, rows)}\n{note}"


def _speed(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return "–"
    number = f"{rate.per_second:,.0f}" if rate.per_second >= 100 else f"{rate.per_second:,.3g}"
    return f"{number} ({rate.latency * 1e3:,.3g} ms)" if rate.latency < 1 else f"{number} ({rate.latency:,.3g} s)"


def _ratio(ours: Rate | None, other: Rate | None) -> str:
    return "–" if ours is None or other is None else f"{ours.per_second / other.per_second:,.3g}"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]] | Iterator[Sequence[str]]) -> str:
    lines = (f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))
    return f"## {title}\n\n" + "\n".join(lines) + "\n"
