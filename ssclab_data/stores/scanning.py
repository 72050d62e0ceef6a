"""Choose the chunks and hot rows that can hold what a condition on Observations asks for, and read them in order."""

import functools
import heapq
import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec
import numpy as np

from ssclab_data.errors import QueryTooBroadError
from ssclab_data.model.columns import Columns
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.query import ast
from ssclab_data.query.evaluate import NOTHING, evaluate
from ssclab_data.stores import chunks, hot, pruning
from ssclab_data.stores.chunks import BLOBS, CHUNK_SPAN, Bounds, Reader
from ssclab_data.stores.linked import SqlLinked
from ssclab_data.stores.packing import listed
from ssclab_data.stores.tables import CHUNK_BOUNDS
from ssclab_data.stores.vectors import TRUE, Frame, Truths, below, link_of, paths_of, truth_code

BY_HANDLE, BY_TIME, ANY_ORDER = "handle", "time", ""

_HOT_BLOCK = 1_024
_NAMES = ", ".join(CHUNK_BOUNDS)
_BLOBS_OF = {
    ast.ID: ("handle",),
    ast.KEY: ("start", "stop", "ordinal"),
    "phenomenonTime": ("start", "stop"),
    "result": ("result",),
    "resultTime": ("start", "result_time"),
    "resultQuality": ("quality",),
    "validTime": ("start", "valid"),
    "parameters": ("parameters",),
    "FeatureOfInterest": ("feature",),
    "Datastream": (),
}


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What one query may cost.

    Attributes:
        seconds: how long it may take.
        rows: how many rows it may hold in memory to put them in order.
    """

    seconds: float = 20.0
    rows: int = 5_000_000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a condition before anything is read.

    Attributes:
        datastreams: the only ones that matter; None for all.
        residual: what is left to evaluate; None when nothing is.
        instants: closed microseconds between which all instants fulfil it, and none outside; None when it is not only
            on phenomenonTime.
        low: no start of phenomenonTime lies before, microseconds UTC.
        high: none lies after.
        handle_low: no handle lies below.
        handle_high: none lies above.
    """

    datastreams: frozenset[int] | None = None
    residual: ast.Expr | None = None
    instants: tuple[int, int] | None = None
    low: int | None = None
    high: int | None = None
    handle_low: int | None = None
    handle_high: int | None = None

    def starting(self, first: int, order: str, *, descending: bool) -> "Plan":
        """Leave out what lies before the handle or start that a page goes on from."""
        low, high = ("handle_low", "handle_high") if order == BY_HANDLE else ("low", "high")
        name = high if descending else low
        known = getattr(self, name)
        if known is not None:
            first = min(known, first) if descending else max(known, first)
        return msgspec.structs.replace(self, **{name: first})

    @property
    def whole(self) -> bool:
        """Whether it is all Observations of its Datastreams."""
        return self.residual is None and self.low is self.high is self.handle_low is self.handle_high is None


class Block:
    """Some Observations that are read together: a chunk, or hot rows.

    Attributes:
        bounds: of a chunk, None for hot rows.
        place: its least handle or start, as the order of reading wants it; what is greatest, upside down, descending.
        chunk: number of the chunk, None for hot rows.
    """

    def __init__(
        self, read: Callable[[], Frame], bounds: Bounds | None, *, place: int, chunk: int | None = None
    ) -> None:
        self._read = read
        self.bounds = bounds
        self.place = place
        self.chunk = chunk

    @functools.cached_property
    def frame(self) -> Frame:
        """What expressions are evaluated on, read when it is first asked for."""
        return self._read()

    @property
    def size(self) -> int:
        """How many Observations."""
        return self.frame.size

    def forget(self) -> None:
        """Let go of what was decoded of a chunk; it is read again when it is needed again."""
        if self.chunk is not None:
            self.__dict__.pop("frame", None)

    def columns(self) -> Columns:
        """Give everything."""
        source = self.frame.source
        return source if isinstance(source, Columns) else source.columns()  # type: ignore[attr-defined]


class Blobs(dict[str, bytes | None]):
    """The blobs of one chunk, read when one is asked for: those that a query needs together, then all others."""

    def __init__(self, connection: sqlite3.Connection, chunk: int, needed: Sequence[str]) -> None:
        super().__init__()
        self._connection = connection
        self._chunk = chunk
        self._needed = needed

    def __missing__(self, name: str) -> bytes | None:
        names = self._needed if name in self._needed else [one for one in BLOBS if one not in self]
        shown = ", ".join(f"{one}_blob" for one in names)
        row = self._connection.execute(f"SELECT {shown} FROM chunk WHERE id = ?", (self._chunk,)).fetchone()
        self.update(zip(names, row, strict=True))
        return self[name]


class Session:
    """One read transaction, with the time it may take."""

    def __init__(self, connection: sqlite3.Connection, budget: Budget) -> None:
        self.connection = connection
        self.budget = budget
        self.linked = SqlLinked(connection, self.having)
        self.deadline = time.monotonic() + budget.seconds

    def having(self, entity_type: str, predicate: ast.Expr) -> list[int]:
        """Give the Datastreams or FeaturesOfInterest that have an Observation which fulfils a condition."""
        plan = self.plan(predicate)
        found: set[int] = set()
        for block in self.blocks(plan, BY_HANDLE, needed=needed_blobs(plan.residual)):
            if entity_type == "Datastream" and block.bounds is not None and block.bounds.datastream in found:
                continue
            truths = self.truths(plan, block)
            if truths is None:
                continue
            of = block.frame.source.datastream if entity_type == "Datastream" else block.frame.features()
            found.update(of[truths == TRUE].tolist())
        found.discard(0)
        return sorted(found)

    def plan(self, condition: ast.Expr | None, *, within: frozenset[int] | None = None) -> Plan:
        """Take a condition apart.

        Args:
            within: the only Datastreams that matter.
        """
        parts = _conjuncts(condition)
        left: list[ast.Expr] = []
        for part in parts:
            link = link_of(part)
            if link == "Datastream":
                within = _narrowed(within, self.linked.chosen(below(part)))
                continue
            if link and truth_code(evaluate(below(part), NOTHING)) != TRUE:
                codes = self.linked.truths(link, below(part))
                features = [handle for handle, code in codes.items() if code == TRUE]
                within = _narrowed(within, self.linked.observing(features))
            left.append(part)
        low, high = pruning.start_bounds(left)
        handle_low, handle_high = _handle_bounds(left)
        if handle_low is not None and handle_low == handle_high:
            within = _narrowed(within, {handle_low >> 32})
        return Plan(
            datastreams=within,
            residual=ast.all_of(*left),
            instants=pruning.instant_bounds(left) if left else None,
            low=low,
            high=high,
            handle_low=handle_low,
            handle_high=handle_high,
        )

    def blocks(
        self, plan: Plan, order: str = ANY_ORDER, *, descending: bool = False, needed: Sequence[str] = ()
    ) -> Iterator[Block]:
        """Give what can hold what a plan asks for.

        Args:
            order: BY_HANDLE or BY_TIME: blocks come in the order of their least handle or start; descending: of their
                greatest.
            needed: blobs that will be read of each chunk.
        """
        if plan.datastreams is not None and not plan.datastreams:
            return iter(())
        sealed = self._sealed(plan, order, descending=descending, needed=needed)
        warm = self._hot(plan, order, descending=descending)
        if order == ANY_ORDER:
            return itertools.chain(sealed, warm)
        return heapq.merge(sealed, warm, key=lambda block: block.place)

    def truths(self, plan: Plan, block: Block) -> Truths | None:
        """Evaluate what is left of a condition on a block; None where its bounds rule it out.

        Raises:
            StoreCorruptError: the chunk is not what was written.
            QueryTooBroadError: the time is over.
        """
        self.check_time()
        if plan.residual is None:
            return _all_true(block.size)
        if block.bounds is not None:
            if plan.instants is not None and not block.bounds.spans:
                return _between(block, *plan.instants)
            codes = pruning.possible(plan.residual, block.bounds, self.linked)
            if TRUE not in codes:
                return None
            if codes == pruning.SURE:
                return _all_true(block.size)
        with reporting(block):
            return block.frame.truth(plan.residual)

    def surely(self, plan: Plan, bounds: Bounds) -> bool:
        """Tell from the bounds of a chunk whether a plan asks for all of it."""
        return plan.residual is None or pruning.possible(plan.residual, bounds, self.linked) == pruning.SURE

    def check_time(self) -> None:
        """Stop a query that takes too long.

        Raises:
            QueryTooBroadError: the time is over.
        """
        if time.monotonic() > self.deadline:
            raise QueryTooBroadError(
                f"looks at more Observations than {self.budget.seconds:g} s allow; name a Datastream, or bound "
                "phenomenonTime"
            )

    def _sealed(self, plan: Plan, order: str, *, descending: bool, needed: Sequence[str]) -> Iterator[Block]:
        where, values = _chunk_conditions(plan)
        at_once = needed if order != ANY_ORDER else ()
        shown = "".join(f", {name}_blob" for name in at_once)
        text = f"SELECT id, {_NAMES}{shown} FROM chunk{where}{_chunk_order(order, descending)}"
        cursor = self.connection.cursor()
        for chunk, *cells in cursor.execute(text, values):
            bounds = Bounds(**dict(zip(CHUNK_BOUNDS, cells, strict=False)))
            blobs = dict(zip(at_once, cells[len(CHUNK_BOUNDS) :], strict=True))
            read = functools.partial(self._cold, chunk, bounds, needed=needed, blobs=blobs)
            yield Block(read, bounds, place=_place(bounds, order, descending), chunk=chunk)

    def _cold(self, chunk: int, bounds: Bounds, *, needed: Sequence[str], blobs: Mapping[str, bytes | None]) -> Frame:
        """Read a chunk, of which some blobs are at hand."""
        lazy = Blobs(self.connection, chunk, needed)
        lazy.update(blobs)
        return Frame(Reader(bounds, lazy), bounds.size, self.linked)

    def _hot(self, plan: Plan, order: str, *, descending: bool) -> Iterator[Block]:
        where, values = _hot_conditions(plan)
        ordered = _hot_order(order, descending)
        key = "datastream_id << 32 | sequence" if order == BY_HANDLE else "start"
        first = self.connection.execute(f"SELECT {key} FROM hot{where}{ordered} LIMIT 1", values).fetchone()
        if first is None:
            return
        rows = self.connection.cursor()
        text = f"SELECT {hot.NAMES} FROM hot{where}{ordered}"
        place = int(first[0])
        while True:
            block = Block(
                functools.partial(self._warm, rows, text, values), None, place=~place if descending else place
            )
            yield block
            columns = block.columns()
            if len(columns) < _HOT_BLOCK:
                return
            place = int(columns.handle[-1] if order == BY_HANDLE else columns.start[-1])

    def _warm(self, rows: sqlite3.Cursor, text: str, values: Sequence[Any]) -> Frame:
        """Read the next hot rows of a statement, which runs when the first are needed."""
        if rows.description is None:
            rows.execute(text, values)
        columns = hot.columns_of(rows.fetchmany(_HOT_BLOCK))
        return Frame(columns, len(columns), self.linked)


def reporting(block: Block) -> AbstractContextManager[None]:
    """Turn what is wrong with the bytes of a block into an error that says where; hot rows have none."""
    if block.chunk is None or block.bounds is None:
        return nullcontext()
    return chunks.reporting(block.chunk, block.bounds)


def needed_blobs(*expressions: ast.Expr | None) -> tuple[str, ...]:
    """Name the blobs that expressions are evaluated on."""
    names = {
        name
        for expr in expressions
        if expr is not None
        for path in paths_of(expr)
        for name in _BLOBS_OF.get(path[0], BLOBS)
    }
    return tuple(name for name in BLOBS if name in names)


def _conjuncts(condition: ast.Expr | None) -> tuple[ast.Expr, ...]:
    if condition is None:
        return ()
    return condition.parts if isinstance(condition, ast.And) else (condition,)


def _narrowed(within: frozenset[int] | None, chosen: set[int]) -> frozenset[int]:
    return frozenset(chosen) if within is None else within & chosen


def _handle_bounds(conditions: Sequence[ast.Expr]) -> tuple[int | None, int | None]:
    lows: list[int] = []
    highs: list[int] = []
    for expr in conditions:
        match expr:
            case ast.Compare(op, ast.Path((ast.ID,)), ast.Literal(int() as value)) if 0 <= value < 2**63:
                if op in ("eq", "gt", "ge"):
                    lows.append(value)
                if op in ("eq", "lt", "le"):
                    highs.append(value)
    return max(lows, default=None), min(highs, default=None)


def _between(block: Block, low: int, high: int) -> Truths | None:
    """Tell which instants lie between two, both included; None where none does."""
    with reporting(block):
        start = block.frame.source.start
    first, last = int(np.searchsorted(start, low)), int(np.searchsorted(start, high, side="right"))
    if first >= last:
        return None
    truths: Truths = np.zeros(len(start), np.int8)
    truths[first:last] = TRUE
    return truths


def _all_true(size: int) -> Truths:
    return np.full(size, TRUE, np.int8)


def _place(bounds: Bounds, order: str, descending: bool) -> int:
    if order == BY_HANDLE:
        sequence = bounds.sequence_last if descending else bounds.sequence_first
        handle = bounds.datastream << 32 | sequence
        return ~handle if descending else handle
    return ~bounds.last if descending else bounds.first


def _chunk_order(order: str, descending: bool) -> str:
    if order == BY_HANDLE:
        return " ORDER BY datastream DESC, sequence_last DESC" if descending else " ORDER BY datastream, sequence_first"
    if order == BY_TIME:
        return " ORDER BY last DESC" if descending else " ORDER BY first"
    return ""


def _hot_order(order: str, descending: bool) -> str:
    down = " DESC" if descending else ""
    if order == BY_HANDLE:
        return f" ORDER BY datastream_id{down}, sequence{down}"
    return f" ORDER BY start{down}" if order == BY_TIME else ""


def _chunk_conditions(plan: Plan) -> tuple[str, list[Any]]:
    parts, values = _common_conditions(plan, "datastream", "sequence_first", "sequence_last")
    if plan.low is not None:
        parts.append("first >= ? AND last >= ?")
        values += [plan.low - CHUNK_SPAN, plan.low]
    if plan.high is not None:
        parts.append("first <= ? AND last <= ?")
        values += [plan.high, plan.high + CHUNK_SPAN]
    return _where(parts), values


def _hot_conditions(plan: Plan) -> tuple[str, list[Any]]:
    parts, values = _common_conditions(plan, "datastream_id", "sequence", "sequence")
    for sign, bound in ((">=", plan.low), ("<=", plan.high)):
        if bound is not None:
            parts.append(f"start {sign} ?")
            values.append(bound)
    return _where(parts), values


def _common_conditions(plan: Plan, datastream: str, first: str, last: str) -> tuple[list[str], list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    chosen = plan.datastreams
    if chosen is not None and len(chosen) == 1:
        parts.append(f"{datastream} = ?")
        values += chosen
    elif chosen is not None:
        parts.append(f"{datastream} IN (SELECT value FROM json_each(?))")
        values.append(listed(sorted(chosen)))
    for sign, bound, sequence in ((">", plan.handle_low, last), ("<", plan.handle_high, first)):
        if bound is not None:
            near, rest = split_observation_handle(bound)
            parts.append(f"{datastream} {sign}= ? AND ({datastream} {sign} ? OR {sequence} {sign}= ?)")
            values += [near, near, rest]
    return parts, values


def _where(parts: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(parts)}" if parts else ""
