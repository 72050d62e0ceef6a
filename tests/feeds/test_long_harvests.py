"""A long harvest waits when it is told to, and goes on where it was left."""

import pytest

from ssclab_data.feeds.status import Circuit, Condition
from ssclab_data.model.values import Instant

from .conftest import FedLab, Reply, Request, Server, VirtualClock, payload

UNITS = {"each": {"unit": list(range(200))}, "rate": 1000, "attempts": 3}
HTTP_DATE = "Mon, 01 Jun 2026 12:00:30 GMT"


class Throttle:
    """A server that has enough after so many requests.

    Args:
        waits: seconds that it then wants to be left alone; None: for ever.
        says: its Retry-After, or "".
    """

    def __init__(self, clock: VirtualClock, most: int, *, waits: float | None, says: str) -> None:
        self.clock = clock
        self.left = most
        self.waits = waits
        self.says = says
        self.until: float | None = None
        self.refused = 0

    def __call__(self, request: Request) -> Reply:
        if self.until is not None and self.clock.seconds >= self.until:
            self.until, self.left = None, 10_000
        if self.left:
            self.left -= 1
            unit = request.path.rpartition("/")[2]
            return Reply(body=payload((unit, "2026-06-01T10:00:00Z", 1.0)))
        if self.until is None and self.waits is not None:
            self.until = self.clock.seconds + self.waits
        self.refused += 1
        return Reply(status=429, headers={"Retry-After": self.says} if self.says else {})


@pytest.mark.parametrize(
    ("waits", "says", "at_least"), [(2.0, "2", 2.0), (30.0, HTTP_DATE, 29.0), (2.0, "", 1.0), (1.0, "soon", 1.0)]
)
def test_a_harvest_waits_and_ends_complete(
    lab: FedLab, server: Server, waits: float, says: str, at_least: float
) -> None:
    """cases.md, row 127: 200 requests, 429 after 80; with Retry-After it waits that long, else ever longer."""
    throttle = Throttle(lab.clock, 80, waits=waits, says=says)
    server.answer = throttle
    status = lab.one(url=f"{server.url}/{{unit}}", **UNITS)
    assert (status.state, status.partial, status.last.stored) == (Condition.OK, False, 200)
    assert len(server.asked) == 200 + throttle.refused
    assert throttle.refused <= 2
    assert max(lab.clock.slept) >= at_least


@pytest.mark.parametrize("says", ["", "5", "100000", "Tue, 02 Jun 2026 12:00:00 GMT"])
def test_a_harvest_that_is_given_up_is_partial_and_goes_on(lab: FedLab, server: Server, says: str) -> None:
    """cases.md, row 127: what was had is not asked for again."""
    server.answer = Throttle(lab.clock, 80, waits=None, says=says)
    first = lab.one(url=f"{server.url}/{{unit}}", **UNITS)
    assert (first.state, first.partial, first.last.stored) == (Condition.FAILING, True, 80)
    assert first.message.startswith("1 of 81 failed: unit=80: ")
    assert "HTTP 429" in first.message
    patient = Instant(Instant.parse(first.last_try).us + (86_000 if len(says) > 3 else 300) * 1_000_000)
    assert Instant.parse(first.next_try) >= patient
    server.asked.clear()
    server.answer = Throttle(lab.clock, 1000, waits=None, says="")
    second = lab.one(url=f"{server.url}/{{unit}}", **UNITS)
    assert (second.state, second.partial, second.last.stored) == (Condition.OK, False, 120)
    assert len(server.asked) == 120
    third = lab.one(url=f"{server.url}/{{unit}}", **UNITS)
    assert (third.last.requests, third.last.stored, third.last.unchanged) == (200, 0, 200)


def test_a_wait_that_is_too_long_is_not_waited_for(lab: FedLab, server: Server) -> None:
    server.answer = Throttle(lab.clock, 0, waits=None, says="3600")
    lab.one(url=f"{server.url}/{{unit}}", **UNITS)
    assert (len(server.asked), lab.clock.slept) == (1, [])


def test_parts_that_are_away_do_not_starve_the_others(lab: FedLab, server: Server) -> None:
    """Three units that never answer end a run, but not the round: the next one goes on behind them."""
    server.answer = lambda request: (
        Reply(status=503)
        if request.path in ("/2", "/3", "/4")
        else Reply(body=payload((request.path[1:], "2026-06-01T10:00:00Z", 1.0)))
    )
    feed = {"url": f"{server.url}/{{unit}}", "each": {"unit": list(range(1, 8))}, "rate": 1000, "attempts": 1}
    for asked in (["/1", "/2", "/3", "/4"], ["/5", "/6", "/7"], ["/1", "/2", "/3", "/4"]):
        server.asked.clear()
        lab.one(**feed)
        assert [request.path for request in server.asked] == asked


def test_a_feed_that_does_nothing_but_fail_is_asked_ever_less_often(lab: FedLab, server: Server) -> None:
    """every 5 minutes: after 5, 10, 20, 40 minutes, then an hour."""
    server.answer = lambda request: Reply(status=404)
    gaps, circuits = [], []
    for _ in range(6):
        status = lab.one(url=server.url)
        gaps.append((Instant.parse(status.next_try).us - Instant.parse(status.last_try).us) // 60_000_000)
        circuits.append(status.circuit)
    assert gaps == [5, 10, 20, 40, 60, 60]
    assert circuits == [Circuit.CLOSED] * 2 + [Circuit.OPEN] * 4
    server.answer = lambda request: Reply(body=payload(("a", "2026-06-01T10:00:00Z", 1.0)))
    status = lab.one(url=server.url)
    assert (status.state, status.circuit, status.failures) == (Condition.OK, Circuit.CLOSED, 0)
