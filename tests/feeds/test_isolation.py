"""One feed that fails, in whatever way, stops no other one."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import SettingsError, StoreError
from ssclab_data.feeds import run_feeds, statuses
from ssclab_data.feeds.declaration import FeedsFile
from ssclab_data.feeds.file import parse_feeds
from ssclab_data.feeds.running import Runner
from ssclab_data.feeds.services import Services
from ssclab_data.feeds.state import STATE_FILE, StateFile, alone
from ssclab_data.feeds.status import Condition
from ssclab_data.ingest import IngestOptions
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.stores.base import Transaction
from ssclab_data.stores.memory import MemoryStore

from .conftest import FedLab, Reply, Request, Server, payload, stored


def good(request: Request) -> Reply:
    return Reply(body=payload((request.path[1:], "2026-06-01T10:00:00Z", 1.0)))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"url": "{server}/x", "source": "nothing.yaml"}, "cannot be read"),
        ({"url": "{server}/x", "source": "nothing"}, "no source is called 'nothing'"),
        ({"url": "{server}/x", "headers": {"Authorization": "env:NOBODY"}}, "NOBODY is not set"),
        ({"url": "{server}/x", "tables": {"stations": "nothing.csv"}}, "nothing.csv cannot be read"),
        ({"url": "{server}/x", "profile": "lab-air@99"}, "lab-air@99"),
        ({"folder": "nothing"}, "there is no such folder"),
    ],
)
def test_a_feed_that_cannot_run_tells_it_and_the_others_run(
    lab: FedLab, server: Server, broken: dict[str, Any], words: str
) -> None:
    server.answer = good
    feed = {key: value.format(server=server.url) if key == "url" else value for key, value in broken.items()}
    found = lab.run({"name": "broken", **feed}, {"name": "good", "url": f"{server.url}/b"})
    assert (found["broken"].state, found["good"].state) == (Condition.FAILING, Condition.OK)
    assert words in found["broken"].message
    assert found["broken"].cure
    assert found["broken"].failed_at.startswith("2026-06-01T12:00:00")
    assert list(lab.rows()) == [("b", "2026-06-01T10:00:00Z")]


def test_a_store_that_fails_is_told_and_the_next_run_takes_the_rows(lab: FedLab, server: Server) -> None:
    class FullStore(MemoryStore):
        def transact[T](self, work: Callable[[Transaction], T]) -> T:
            raise StoreError("the disk is full")

    server.answer = good
    place = msgspec.structs.replace(lab.place, store=FullStore("breda"))
    status = lab.run({"name": "only", "url": f"{server.url}/b"}, place=place)["only"]
    assert "the disk is full" in status.message
    assert (status.state, status.watermark) == (Condition.FAILING, "")
    assert (lab.one(url=f"{server.url}/b").state, len(lab.rows())) == (Condition.OK, 1)


def test_a_fault_of_the_program_is_recorded_and_raised_when_the_others_have_run(
    lab: FedLab, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FaultySource:
        name = "faulty"

        def read(self, content: bytes, context: SourceContext) -> MappedPayload:
            raise ZeroDivisionError("one too many")

    server.answer = good
    feeds = [{"name": unit, "url": f"{server.url}/{unit}"} for unit in ("a", "b")]
    find = Services.source
    monkeypatch.setattr(Services, "source", lambda own, feed: FaultySource() if feed.name == "a" else find(own, feed))
    with pytest.raises(ExceptionGroup, match="faults of the program") as caught:
        lab.run(*feeds)
    assert [type(one) for one in caught.value.exceptions] == [ZeroDivisionError]
    found = {one.feed: one for one in statuses(file_of(*feeds), lab.place, clock=lab.clock)}
    assert found["a"].message == "fault of the program: ZeroDivisionError: one too many"
    assert (found["a"].state, found["b"].state) == (Condition.FAILING, Condition.OK)
    assert list(lab.rows()) == [("b", "2026-06-01T10:00:00Z")]


def file_of(*feeds: dict[str, Any]) -> FeedsFile:
    document = {"feeds": [{"source": "toy.yaml", **feed} for feed in feeds]}
    return parse_feeds(msgspec.yaml.encode(document).decode(), where="feeds.yaml")


def test_a_slow_feed_does_not_hold_up_a_quick_one(lab: FedLab, server: Server) -> None:
    """The slow one is answered only when the quick one has been asked."""
    quick = threading.Event()

    def answer(request: Request) -> Reply:
        if request.path == "/quick":
            quick.set()
        else:
            assert quick.wait(10)
        return good(request)

    server.answer = answer
    found = lab.run({"name": "slow", "url": f"{server.url}/slow"}, {"name": "quick", "url": f"{server.url}/quick"})
    assert [one.state for one in found.values()] == [Condition.OK, Condition.OK]


def test_feeds_never_tried_say_so(lab: FedLab) -> None:
    (status,) = statuses(file_of({"name": "a", "folder": "in"}), lab.place, clock=lab.clock)
    assert (status.state, status.last_try, status.next_try) == (Condition.NEVER, "", "")


def test_two_processes_do_not_run_the_feeds_of_one_lab(lab: FedLab) -> None:
    with alone(lab.folder), pytest.raises(SettingsError, match="another `ssclab sources run` is at work"):
        lab.one(folder=".")
    (lab.folder / "in").mkdir()
    assert lab.one(folder="in").state is Condition.OK


def test_a_feed_that_is_not_there_is_told(lab: FedLab) -> None:
    with pytest.raises(SettingsError, match="there is no feed 'b'; known: a"):
        run_feeds(file_of({"name": "a", "folder": "in"}), lab.place, names=("b",))


def test_a_feed_runs_when_it_is_due_until_it_is_stopped(lab: FedLab, server: Server) -> None:
    """Every 5 minutes in two virtual hours: at 0, 5, … 120 minutes."""
    server.answer = good
    file = file_of({"name": "a", "url": f"{server.url}/a"})

    async def run() -> None:
        stop = asyncio.Event()

        def tell(*_: object) -> None:
            if lab.clock.seconds >= 7200:
                stop.set()

        with StateFile(lab.folder / STATE_FILE) as state:
            await Runner(file, lab.place, state=state, clock=lab.clock, tell=tell).forever(file.feeds, stop)

    asyncio.run(run())
    assert len(server.asked) == 25


def test_what_is_being_stored_is_finished_when_it_is_stopped(lab: FedLab, server: Server) -> None:
    """The stop comes while the store writes: the rows and the watermark are both there, and nothing is half done."""
    stop: list[Callable[[], None]] = []

    class SlowStore(MemoryStore):
        def transact[T](self, work: Callable[[Transaction], T]) -> T:
            stop[0]()
            return super().transact(work)

    server.answer = good
    store = SlowStore("breda")
    file = file_of({"name": "a", "url": f"{server.url}/{{unit}}", "each": {"unit": [1, 2]}, "rate": 0.1})
    place = msgspec.structs.replace(lab.place, store=store, options=IngestOptions)

    async def run() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: asyncio.run_coroutine_threadsafe(_set(ended), loop).result())
        with StateFile(lab.folder / STATE_FILE) as state:
            await Runner(file, place, state=state, clock=lab.clock).once(file.feeds, ended)

    asyncio.run(run())
    (status,) = statuses(file, place, clock=lab.clock)
    assert list(stored(store)) == [("1", "2026-06-01T10:00:00Z")]
    assert (status.watermark, status.partial, status.message) == ("2026-06-01T10:00:00Z", True, "")


async def _set(event: asyncio.Event) -> None:
    event.set()
    for _ in range(20):  # until the runner has heard of it
        await asyncio.sleep(0)
