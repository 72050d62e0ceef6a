"""Run all feeds of a lab, each by itself: once, or for as long as nobody ends it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from ssclab_data.errors import FeedError, SsclabError
from ssclab_data.feeds.clock import Clock
from ssclab_data.feeds.declaration import Feed, FeedsFile
from ssclab_data.feeds.polling import Poll
from ssclab_data.feeds.progress import Progress, finished
from ssclab_data.feeds.services import Place, Services
from ssclab_data.feeds.state import FeedState, StateFile
from ssclab_data.feeds.sweeping import Sweep
from ssclab_data.feeds.turns import Turns
from ssclab_data.model.values import Duration

type Tell = Callable[[Feed, FeedState], None]


class _Work(Protocol):
    async def run(self) -> None: ...


class Runner:
    """The feeds of a lab at work; used from one event loop.

    What goes wrong in one feed is recorded as its state and never reaches another one. A fault of the program is
    recorded too, and raised when all is over.

    Args:
        tell: called after each run of a feed.
    """

    def __init__(
        self, file: FeedsFile, place: Place, *, state: StateFile, clock: Clock, tell: Tell | None = None
    ) -> None:
        self._services = Services(place, state, clock, Turns(clock, file.feeds))
        self._together = asyncio.Semaphore(file.together)
        self._tell = tell
        self._faults: list[BaseException] = []

    async def once(self, feeds: Sequence[Feed], stop: asyncio.Event) -> None:
        """Run each of the feeds once, due or not.

        Raises:
            BaseExceptionGroup: faults of the program.
        """
        await self._finish({asyncio.create_task(self._run(feed)) for feed in feeds}, stop)
        self._raise_faults()

    async def forever(self, feeds: Sequence[Feed], stop: asyncio.Event) -> None:
        """Run the feeds whenever they are due, until `stop` is set.

        Raises:
            BaseExceptionGroup: faults of the program.
        """
        await self._finish({asyncio.create_task(self._repeat(feed, stop)) for feed in feeds}, stop)
        self._raise_faults()

    async def _repeat(self, feed: Feed, stop: asyncio.Event) -> None:
        clock = self._services.clock
        while not stop.is_set():
            due = self._services.state.feed(feed.name).next
            wait = 0.0 if due is None else (due - clock.now().us) / 1_000_000
            if wait > 0:
                await clock.sleep(wait)
            else:
                await self._run(feed)

    async def _finish(self, tasks: set[asyncio.Task[None]], stop: asyncio.Event) -> None:
        """Wait for the tasks; when it is to stop, end them: what is being stored is finished first."""
        stopping = asyncio.create_task(_end(tasks, stop))
        results = await asyncio.gather(*tasks, return_exceptions=True)
        stopping.cancel()
        ended = (one for one in results if isinstance(one, BaseException))
        self._faults += [one for one in ended if not isinstance(one, asyncio.CancelledError)]

    async def _run(self, feed: Feed) -> None:
        """Run a feed and keep how it went, whatever happened."""
        async with self._together:
            clock = self._services.clock
            before, started, seen = self._begin(feed), clock.now(), Progress()
            try:
                await self._guarded(feed, before, seen)
            finally:
                state = finished(feed, before, seen, started=started, now=clock.now())
                self._services.state.put_feed(feed.name, state)
        if self._tell is not None:
            self._tell(feed, state)

    def _begin(self, feed: Feed) -> FeedState:
        """Begin a round over all parts, or go on with the one that was not finished."""
        before = self._services.state.feed(feed.name)
        return before if before.partial else msgspec.structs.replace(before, cycle=before.cycle + 1)

    async def _guarded(self, feed: Feed, before: FeedState, seen: Progress) -> None:
        """Run a feed within its deadline; what it can fail by is noted."""
        work: _Work = Sweep(feed, self._services, seen)
        if feed.url:
            work = Poll(feed, self._services, seen, cycle=before.cycle)
        seconds = Duration.parse(feed.deadline).us / 1_000_000
        task = asyncio.create_task(work.run())
        try:
            await asyncio.wait({task}, timeout=seconds)
        finally:
            late = not task.done()
            task.cancel()
            await asyncio.wait({task})
        if late:
            error = FeedError(f"not finished within {seconds:g} s", temporary=True, cure="it goes on in the next run")
            seen.failure(error, self._services.clock.now())
        self._note(None if task.cancelled() else task.exception(), seen)

    def _note(self, failure: BaseException | None, seen: Progress) -> None:
        now = self._services.clock.now()
        if isinstance(failure, SsclabError | OSError):
            seen.failure(failure, now)
        elif failure is not None:
            seen.fault(failure, now)
            self._faults.append(failure)

    def _raise_faults(self) -> None:
        if self._faults:
            raise BaseExceptionGroup("faults of the program in feeds", self._faults)


async def _end(tasks: set[asyncio.Task[None]], stop: asyncio.Event) -> None:
    await stop.wait()
    for task in tasks:
        task.cancel()
