"""No host is asked more often than the feeds allow, whatever they do."""

import asyncio
import heapq
from collections.abc import Coroutine, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.feeds.declaration import Feed
from ssclab_data.feeds.turns import Turns
from ssclab_data.model.values import Instant

from .conftest import NOON

PLACE = ("api.example.org", 443)


class SteppedClock:
    """A clock that goes to the next moment that somebody waits for, when nobody has anything else to do."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self.count = 0

    def now(self) -> Instant:
        return Instant(NOON.us + round(self.seconds * 1_000_000))

    def elapsed(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.count += 1
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self.waiting, (self.seconds + seconds, self.count, future))
        await future

    async def run(self, works: Sequence[Coroutine[Any, Any, None]]) -> None:
        tasks = [asyncio.create_task(work) for work in works]
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self.waiting:
                self.seconds, _, future = heapq.heappop(self.waiting)
                future.set_result(None)
        await asyncio.gather(*tasks)


def feed(name: str, rate: float) -> Feed:
    return Feed(name=name, source="toy", url="https://api.example.org/x", rate=rate)


pauses = st.tuples(st.floats(0, 20), st.floats(0, 10))
walkers = st.lists(st.lists(st.floats(0, 3), min_size=1, max_size=12), min_size=1, max_size=5)


@given(rates=st.lists(st.floats(0.2, 20), min_size=1, max_size=3), waits=walkers, pauses=st.lists(pauses, max_size=3))
def test_the_rate_of_a_host_is_never_exceeded(
    rates: list[float], waits: list[list[float]], pauses: list[tuple[float, float]]
) -> None:
    """Any walkers with any waits between their requests, and any pauses: turns are 1 / (lowest rate) apart."""
    clock = SteppedClock()
    turns = Turns(clock, [feed(str(number), rate) for number, rate in enumerate(rates)])
    taken: list[float] = []
    closed: list[tuple[float, float]] = []

    async def walk(own: list[float]) -> None:
        for wait in own:
            await clock.sleep(wait)
            await turns.take(PLACE, rate=1000)
            taken.append(clock.seconds)

    async def pause(at: float, seconds: float) -> None:
        await clock.sleep(at)
        turns.pause(PLACE, seconds)
        closed.append((clock.seconds, clock.seconds + seconds))

    asyncio.run(clock.run([*map(walk, waits), *(pause(*one) for one in pauses)]))
    assert len(taken) == sum(map(len, waits))
    gap = 1 / min(rates)
    assert all(after - before >= gap - 1e-9 for before, after in zip(sorted(taken), sorted(taken)[1:], strict=False))
    assert not [at for at in taken for low, high in closed if low < at < high - 1e-9]


def test_hosts_do_not_wait_for_one_another() -> None:
    clock = SteppedClock()
    turns = Turns(clock, [feed("a", 0.1), Feed(name="b", source="toy", url="http://b.example/", rate=1)])

    async def two(place: tuple[str, int]) -> None:
        await turns.take(place, rate=1)
        await turns.take(place, rate=1)

    asyncio.run(clock.run([two(("b.example", 80))]))
    assert clock.seconds == 1
    asyncio.run(clock.run([two(PLACE)]))
    assert clock.seconds == 11
