"""Measure the eleven requests on several servers in turn, so that a busy machine is unfair to none."""

import itertools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import msgspec

from .. import client
from ..children import ServerError
from ..client import Rate
from ..measure import milliseconds, say
from .plan import Plan
from .questions import Question, questions, targets
from .servers import Side
from .site import Answer, Known, Site

CONNECTIONS = (1, 8)
TIMES = 3
SLOW, TOO_SLOW = 0.3, 2.0
"""Seconds of an answer from which a request is measured once instead of three times, and not repeated at all."""
_ORDER, _OTHER_ORDER = "$orderby=phenomenonTime", "$orderby=resultTime"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one server did with one request.

    Attributes:
        size: of an answer, in bytes.
        note: what was wrong or otherwise; "" where nothing was.
        rates: by number of connections.
    """

    side: str
    letter: str
    size: int = 0
    note: str = ""
    rates: dict[int, Rate] = {}


class _Trial(msgspec.Struct, frozen=True):
    """A request that a server answered."""

    side: Side
    requests: list[bytes]
    body: bytes
    seconds: float
    note: str

    @property
    def times(self) -> int:
        """How often it is measured."""
        return 0 if self.seconds > TOO_SLOW else 1 if self.seconds > SLOW else TIMES


def measured(plan: Plan, sides: Sequence[Side], *, folder: Path, seconds: float) -> Iterator[Measured]:
    """Ask all of all; the sides that send recorded answers send those of the first."""
    known = {side.site.name: Known.of(side.site) for side in sides if not side.ready}
    for question in questions(plan):
        trials: list[_Trial] = []
        for side in sides:
            one = _ready(side, question, folder=folder) if side.ready else _tried(side, question, known=known)
            if isinstance(one, Measured):
                yield _told(one)
                continue
            if not trials:
                (folder / question.letter).write_bytes(one.body)
            trials.append(one)
        yield from map(_told, _rated(question, trials, seconds=seconds))


def _tried(side: Side, question: Question, *, known: dict[str, Known]) -> _Trial | Measured:
    """Ask once; where an order by phenomenonTime is refused, ask by resultTime, which is the same time here."""
    site = side.site
    found = _asked(side, question, known=known[site.name])
    if isinstance(found, _Trial) or _ORDER not in question.target:
        return found
    other = msgspec.structs.replace(question, target=question.target.replace(_ORDER, _OTHER_ORDER))
    again = _asked(side, other, known=known[site.name])
    if isinstance(again, Measured):
        return msgspec.structs.replace(again, note=f"{found.note}; by resultTime {again.note}")
    return msgspec.structs.replace(again, note=f"{found.note}; measured by resultTime instead {again.note}".rstrip())


def _asked(side: Side, question: Question, *, known: Known) -> _Trial | Measured:
    site = side.site
    drawn = targets(site, question, known=known)
    relative = drawn[0].removeprefix(f"{site.path}/")
    answer, seconds = _timed(site, relative)
    if answer.right and seconds < TOO_SLOW:  # the first answer after a start is no measure
        answer, seconds = _timed(site, relative)
    if not answer.right:
        return Measured(side=site.name, letter=question.letter, note=f"`{answer.text}`")
    requests = [client.request(target, host=site.host) for target in drawn]
    return _Trial(side, requests, answer.body, seconds, question.fault(answer.body))


def _timed(site: Site, relative: str) -> tuple[Answer, float]:
    began = time.perf_counter()
    answer = site.ask(relative)
    return answer, time.perf_counter() - began


def _ready(side: Side, question: Question, *, folder: Path) -> _Trial | Measured:
    file = folder / question.letter
    if not file.exists():
        return Measured(side=side.site.name, letter=question.letter, note="nothing was recorded")
    return _Trial(side, [client.request(f"/ready/{question.letter}")], file.read_bytes(), 0.0, "")


def _rated(question: Question, trials: Sequence[_Trial], *, seconds: float) -> Iterator[Measured]:
    """Take turns, one connection first, then eight."""
    found: dict[str, dict[int, list[Rate]]] = {one.side.site.name: {} for one in trials}
    failed: dict[str, str] = {}
    for connections, turn, one in itertools.product(CONNECTIONS, range(TIMES), trials):
        name = one.side.site.name
        if turn >= one.times or name in failed:
            continue
        try:
            rate = client.rate(one.side.site.port, one.requests, connections=connections, seconds=seconds)
        except ServerError as error:
            failed[name] = f"at {connections} connections {error}"
        else:
            found[name].setdefault(connections, []).append(rate)
    for one in trials:
        rates = {connections: _median(rates) for connections, rates in found[one.side.site.name].items()}
        yield Measured(
            side=one.side.site.name,
            letter=question.letter,
            size=len(one.body),
            note="; ".join(filter(None, (one.note, failed.get(one.side.site.name)))),
            rates=rates or {1: Rate(1 / one.seconds, one.seconds)},
        )


def _median(rates: Sequence[Rate]) -> Rate:
    return Rate(median(one.per_second for one in rates), median(one.latency for one in rates))


def _told(one: Measured) -> Measured:
    rates = ", ".join(f"{at}: {rate.per_second:,.1f}/s {milliseconds(rate.latency)}" for at, rate in one.rates.items())
    say(f"  {one.letter} {one.side}: {rates} {one.note}")
    return one
