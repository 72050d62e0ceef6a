"""Bring in what cities publish: by file, folder and HTTP, again and again, each feed by itself."""

import asyncio
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from ssclab_data.errors import SettingsError
from ssclab_data.feeds.clock import Clock, SystemClock
from ssclab_data.feeds.declaration import Feed, FeedsFile
from ssclab_data.feeds.file import FEEDS_FILE, read_feeds
from ssclab_data.feeds.running import Runner, Tell
from ssclab_data.feeds.services import Place
from ssclab_data.feeds.state import STATE_FILE, FeedState, StateFile, alone
from ssclab_data.feeds.status import Status, status_of

__all__ = [
    "FEEDS_FILE",
    "Clock",
    "Feed",
    "FeedState",
    "FeedsFile",
    "Place",
    "Status",
    "keep_running",
    "read_feeds",
    "run_feeds",
    "statuses",
]

type Work = Callable[[Runner, Sequence[Feed], asyncio.Event], Awaitable[None]]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_feeds(
    file: FeedsFile, place: Place, *, names: Sequence[str] = (), clock: Clock | None = None, tell: Tell | None = None
) -> tuple[Status, ...]:
    """Run feeds once, due or not.

    Args:
        names: which ones; () is all.
        clock: None is that of this machine.
        tell: called after each run of a feed.

    Returns:
        How those feeds stand now.

    Raises:
        SettingsError: there is no such feed, or another process runs the feeds of this lab.
        ExceptionGroup: faults of the program; the other feeds have run all the same.
    """
    return _run(file, place, Runner.once, names=names, clock=clock or SystemClock(), tell=tell)


def keep_running(
    file: FeedsFile, place: Place, *, names: Sequence[str] = (), clock: Clock | None = None, tell: Tell | None = None
) -> tuple[Status, ...]:
    """Run feeds whenever they are due, until the process gets SIGINT or SIGTERM; arguments and errors of `run_feeds`.

    What is being stored then is finished first.
    """
    return _run(file, place, Runner.forever, names=names, clock=clock or SystemClock(), tell=tell)


def statuses(file: FeedsFile, place: Place, *, clock: Clock | None = None) -> tuple[Status, ...]:
    """Say how all feeds stand, also while they run.

    Raises:
        StoreError: what is known of them cannot be read.
    """
    now = (clock or SystemClock()).now()
    with StateFile(place.folder / STATE_FILE) as state:
        return tuple(status_of(feed, state, now) for feed in file.feeds)


def choose(file: FeedsFile, names: Sequence[str]) -> tuple[Feed, ...]:
    """Find feeds by name; () is all of them.

    Raises:
        SettingsError: there is no such feed.
    """
    known = {feed.name: feed for feed in file.feeds}
    for name in names:
        if name not in known:
            raise SettingsError(f"there is no feed {name!r}; known: {', '.join(known)}")
    return tuple(known[name] for name in names) if names else file.feeds


def _run(
    file: FeedsFile, place: Place, work: Work, *, names: Sequence[str], clock: Clock, tell: Tell | None
) -> tuple[Status, ...]:
    chosen = choose(file, names)
    with alone(place.folder), StateFile(place.folder / STATE_FILE) as state:

        async def run() -> None:
            runner = Runner(file, place, state=state, clock=clock, tell=tell)
            with _stopped_by_signals() as stop:
                await work(runner, chosen, stop)

        asyncio.run(run())
        return tuple(status_of(feed, state, clock.now()) for feed in chosen)


@contextmanager
def _stopped_by_signals() -> Iterator[asyncio.Event]:
    """Give an event that SIGINT and SIGTERM set, where this is the main thread of a system that has them."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield stop
        return
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
