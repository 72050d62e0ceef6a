"""Measure reading and counting, in process."""

from collections.abc import Iterator
from itertools import cycle
from statistics import median

import msgspec

from ssclab_data.errors import SsclabError
from ssclab_data.query.ast import BoundQuery
from ssclab_data.stores.base import Page, Store

from . import asks
from .asks import Drawing
from .measure import Goal, Line, milliseconds, times
from .world import World

_FULL = 0.9
"""Which share of the wanted rows a page must have for its time to be judged."""


class Case(msgspec.Struct, frozen=True):
    """One line: what is asked, its goal in milliseconds, and how many rows an answer should have for it."""

    what: str
    drawing: Drawing
    goal: float | None = None
    rows: int = 0


READS = (
    Case("page of 1,000 of one Datastream, from a random time", asks.history(1_000), 0.45, 1_000),
    Case("page of 10,000 of one Datastream, from a random time", asks.history(10_000), 2.1, 10_000),
    Case("newest 1,000 of one Datastream", asks.newest(1_000)),
    Case("page of 1,000 of one Datastream, result above its 90th percentile", asks.high(1_000)),
    Case("page of 1,000 of all, default order", asks.crawl(1_000)),
    Case("newest 100 of all Datastreams", asks.everywhere_newest(100)),
    Case("100 of all Datastreams, in time order from a random instant", asks.everywhere(100)),
    Case("1,000 of all Datastreams, in time order from a random instant", asks.everywhere(1_000)),
    Case("latest value of 1,400 Datastreams, below their Things", asks.latest, 10),
    Case("latest value of 1,400 Datastreams, result and time only", asks.latest_lean, 10),
)
COUNTS = (
    Case("`$count` of all", asks.every, 2),
    Case("`$count` of one Datastream", asks.one, 2),
    Case("`$count` of one Datastream, a time range", asks.one_range),
    Case("`$count` of all, result above their 99th percentile", asks.extreme),
)
SEARCHES = (
    Case("no layout helps: 100 highest results of all", asks.highest),
    Case("no layout helps: 100 of all by a value in `parameters`", asks.flagged),
    Case("no layout helps: Datastreams with any result above the 99th percentile", asks.exceeded),
)


def lines(world: World, seconds: float) -> Iterator[Line]:
    """Measure each case; what a store refuses is said."""
    counted = world.store.count(asks.every(world).bound())
    if counted != world.data.rows:
        raise RuntimeError(f"the store has {counted} Observations, not {world.data.rows}")
    for case in (*READS, *COUNTS, *SEARCHES):
        try:
            yield _counted(world, case, seconds=seconds) if case in COUNTS else _read(world, case, seconds=seconds)
        except SsclabError as error:
            yield Line(case.what, f"refused: {error}")


def touch(store: Store, query: BoundQuery) -> int:
    """Read a page, and reach for what a renderer needs of it; give its rows."""
    return _touched(store.read(query))


def _read(world: World, case: Case, *, seconds: float) -> Line:
    queries = [ask.bound() for ask in world.draws(case.drawing)]
    rows = max(touch(world.store, query) for query in queries[:3])
    taken = median(times(lambda query: touch(world.store, query), cycle(queries), seconds=seconds))
    return _line(case, taken, rows=rows)


def _counted(world: World, case: Case, *, seconds: float) -> Line:
    queries = [ask.bound() for ask in world.draws(case.drawing)]
    return _line(case, median(times(world.store.count, cycle(queries), seconds=seconds)), rows=case.rows)


def _line(case: Case, taken: float, *, rows: int) -> Line:
    goal = None if case.goal is None else Goal(case.goal, "ms")
    enough = rows >= case.rows * _FULL
    text = milliseconds(taken) + (f" ({rows:,} rows)" if rows != case.rows else "")
    return Line(case.what, text, goal, taken * 1e3 if enough else None)


def _touched(page: Page) -> int:
    columns = getattr(page.rows, "columns", None)  # where a store gives Observations so, rows are not made of them
    if columns is not None:
        return len(columns)
    for row in page.rows:
        for related in row.related.values():
            if isinstance(related, Page):
                _touched(related)
    return len(page.rows)
