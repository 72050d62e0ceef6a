"""Answer queries for Observations from chunks and hot rows: pages in any order, counts, bounds, groups of an expand."""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cmp_to_key
from typing import Any

import msgspec
import numpy as np

from ssclab_data.errors import QueryTooBroadError
from ssclab_data.model.columns import Columns, Integers, join, take
from ssclab_data.query import ast
from ssclab_data.query.evaluate import compare_order
from ssclab_data.stores import runs
from ssclab_data.stores.hot import columns_of
from ssclab_data.stores.ordering import InexactError, Key, keys_of
from ssclab_data.stores.packing import listed
from ssclab_data.stores.scanning import (
    ANY_ORDER,
    BY_HANDLE,
    BY_TIME,
    Block,
    Plan,
    Session,
    needed_blobs,
    reporting,
)
from ssclab_data.stores.vectors import TRUE

_SLACK = 16_384
"""How many rows more than wanted are held before they are put in order."""

_DECODED = 64
"""How many chunks of those that gave rows stay decoded; the rest is decoded again for what is left of them."""

_EMPTY = columns_of(())


class Found(msgspec.Struct, frozen=True):
    """Observations in the order of a query.

    Attributes:
        more: whether there are more behind them.
    """

    columns: Columns
    more: bool


def read(session: Session, query: ast.BoundQuery, plan: Plan) -> Found:
    """Read one page.

    Raises:
        QueryTooBroadError: it takes too long, or too many rows have to be put in order.
        StoreCorruptError: a chunk that is needed is not what was written.
    """
    run = runs.read(session, query, plan)
    if run is not None and query.top is not None:
        return Found(take(run, slice(0, query.top)), len(run) > query.top)
    wanted = None if query.top is None else query.skip + query.top + 1
    try:
        keys = keys_of(query.orderby, session.linked)
        chosen = _by_numbers(session, query, plan, keys=keys, wanted=wanted)
    except InexactError:
        chosen = _by_values(session, query, plan, wanted=wanted)
    rows = chosen[query.skip :]
    more = query.top is not None and len(rows) > query.top
    return Found(gather(rows[: query.top]), more)


def count(session: Session, plan: Plan) -> int:
    """Count what a plan asks for, by counters and bounds where these say it."""
    if plan.whole:
        return _counted(session, plan)
    total = 0
    needed = needed_blobs(plan.residual)
    for block in session.blocks(plan, needed=needed):
        truths = session.truths(plan, block)
        total += 0 if truths is None else int(np.count_nonzero(truths == TRUE))
    return total


def bounds(session: Session, plan: Plan) -> tuple[int | None, int | None, set[int]]:
    """Bound what a plan asks for.

    Returns:
        The first start and the last end of phenomenonTime, microseconds UTC, None when there is none; and the
        FeaturesOfInterest.
    """
    firsts: list[int] = []
    lasts: list[int] = []
    features: set[int] = set()
    for block in session.blocks(plan, needed=needed_blobs(plan.residual)):
        held = block.bounds
        if held is not None and held.feature_first == held.feature_last and session.surely(plan, held):
            firsts.append(held.first)
            lasts.append(held.stop)
            features.add(held.feature_first)
            continue
        truths = session.truths(plan, block)
        if truths is not None and bool((truths == TRUE).any()):
            with reporting(block):
                rows = truths == TRUE
                firsts.append(int(block.frame.source.start[rows].min()))
                lasts.append(int(block.frame.source.stop[rows].max()))
                features.update(block.frame.features()[rows].tolist())
    features.discard(0)
    return min(firsts, default=None), max(lasts, default=None), features


def matching(session: Session, plan: Plan) -> Iterator[tuple[Block, Any]]:
    """Give the blocks that hold what a plan asks for, each with which of its rows do."""
    for block in session.blocks(plan, needed=needed_blobs(plan.residual)):
        truths = session.truths(plan, block)
        if truths is not None and bool((truths == TRUE).any()):
            yield block, truths == TRUE


def _counted(session: Session, plan: Plan) -> int:
    text = "SELECT coalesce(sum(observations), 0) FROM datastream"
    if plan.datastreams is None:
        return int(session.connection.execute(text).fetchone()[0])
    chosen = listed(sorted(plan.datastreams))
    text += " WHERE id IN (SELECT value FROM json_each(?))"
    return int(session.connection.execute(text, (chosen,)).fetchone()[0])


class Rows(msgspec.Struct, frozen=True):
    """Rows of blocks, in order.

    Attributes:
        block: number of the block of each row.
        row: its place in the block.
    """

    blocks: Sequence[Block]
    block: Integers
    row: Integers

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, index: slice) -> "Rows":
        return Rows(self.blocks, self.block[index], self.row[index])


class _Best:
    """Hold the first rows of an order while blocks go by.

    Args:
        wanted: how many; None for all.
        most: how many may be held.
    """

    def __init__(self, width: int, wanted: int | None, most: int) -> None:
        self.wanted = wanted
        self.most = most
        self.limit: tuple[int, ...] | None = None
        self.blocks: list[Block] = []
        self._parts: list[list[Integers]] = []
        self._held = 0
        self._width = width

    def add(self, block: Block, arrays: Sequence[Integers], rows: Integers) -> None:
        """Take rows of a block.

        Raises:
            QueryTooBroadError: there are more than may be held.
        """
        number = np.full(len(rows), len(self.blocks), np.int64)
        keep(self.blocks, block)
        self._parts.append([*arrays, number, rows])
        self._held += len(rows)
        if self.wanted is not None and self._held >= self.wanted and (self.limit is None or self._held > self._full):
            self._settle()
        if self._held > self.most:
            raise QueryTooBroadError(
                f"puts more than {self.most:,} Observations in order; ask for fewer, or page by @iot.nextLink",
                option="",
            )

    @property
    def _full(self) -> int:
        return (self.wanted or 0) * 2 + _SLACK

    def rows(self) -> Rows:
        """Give them in order."""
        if not self._parts:
            return Rows(self.blocks, np.empty(0, np.int64), np.empty(0, np.int64))
        if len(self._parts) > 1 or self.limit is None:
            self._settle()
        (part,) = self._parts
        return Rows(self.blocks, part[-2], part[-1])

    def _settle(self) -> None:
        joined = [np.concatenate(columns) for columns in zip(*self._parts, strict=True)]
        if not _rises(joined[0]):
            order = np.lexsort(joined[: self._width][::-1])
            joined = [column[order] for column in joined]
        if self.wanted is not None and len(joined[0]) >= self.wanted:
            joined = [column[: self.wanted] for column in joined]
            self.limit = tuple(int(column[-1]) for column in joined[: self._width])
        self._parts = [joined]
        self._held = len(joined[0])


def _by_numbers(
    session: Session, query: ast.BoundQuery, plan: Plan, *, keys: Sequence[Key], wanted: int | None
) -> Rows:
    """Choose rows by keys that are whole numbers."""
    after = [number for key, value in zip(keys, query.after, strict=False) for number in key.after(value)]
    order, descending = _stream_order(query)
    if after and order != ANY_ORDER:
        plan = plan.starting(~after[0] if descending else after[0], order, descending=descending)
    needed = needed_blobs(plan.residual, *(key.expr for key in query.orderby))
    blocks = session.blocks(plan, order, descending=descending, needed=needed)
    streamed = order != ANY_ORDER
    best: _Best | None = None
    for lower, block in _in_order(blocks, keys, streamed=streamed):
        if best is not None and best.limit is not None and lower is not None:
            if (streamed and lower[:1] > best.limit[:1]) or (not streamed and lower > best.limit):
                break
            if lower > best.limit:
                continue
        truths = session.truths(plan, block)
        if truths is None:
            continue
        chosen = truths == TRUE
        with reporting(block):
            arrays = keys[0].arrays(block.frame)
            if best is not None and best.limit is not None:
                chosen &= arrays[0] <= best.limit[0]
                if not chosen.any():
                    continue
            arrays = [*arrays, *(array for key in keys[1:] for array in key.arrays(block.frame))]
        best = best or _Best(len(arrays), wanted, session.budget.rows)
        rows = _candidates(arrays, chosen, after, best)
        if rows is not None:
            best.add(block, [array[rows] for array in arrays], rows)
    return Rows((), *(np.empty(0, np.int64),) * 2) if best is None else best.rows()


def _candidates(arrays: Sequence[Integers], chosen: Any, after: Sequence[int], best: _Best) -> Integers | None:
    """Give the rows of a block that can be among the first ones; None when there is none."""
    if after:
        chosen &= _comes_after(arrays, after)
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return None
    leading = arrays[0][rows]
    if len(rows) > 1 and leading[0] > leading[-1]:
        rows, leading = rows[::-1], leading[::-1]
    if best.wanted is not None and len(rows) > best.wanted:
        most = leading[best.wanted - 1] if _rises(leading) else np.partition(leading, best.wanted - 1)[best.wanted - 1]
        rows = rows[leading <= most]
    return rows


def _comes_after(arrays: Sequence[Integers], after: Sequence[int]) -> Any:
    later = arrays[-1] > after[-1]
    for array, number in zip(arrays[-2::-1], after[-2::-1], strict=True):
        later = (array > number) | ((array == number) & later)
    return later


def _in_order(
    blocks: Iterator[Block], keys: Sequence[Key], *, streamed: bool
) -> Iterator[tuple[tuple[int, ...] | None, Block]]:
    """Give blocks with the least key that a row of them can have, the least first."""
    placed = ((_least(block, keys, streamed=streamed), block) for block in blocks)
    if streamed:
        return placed
    return iter(sorted(placed, key=lambda pair: pair[0] or ()))


def _least(block: Block, keys: Sequence[Key], *, streamed: bool) -> tuple[int, ...] | None:
    held = block.bounds
    if held is None:
        return (block.place,) if streamed else None
    return tuple(number for key in keys for number in key.least(held))


def _stream_order(query: ast.BoundQuery) -> tuple[str, bool]:
    """Tell in which order blocks have to come so that reading can stop early."""
    first = query.orderby[0]
    order = ANY_ORDER
    if first.expr == ast.Path((ast.ID,)):
        order = BY_HANDLE
    elif first.expr == ast.Path(("phenomenonTime",)):
        order = BY_TIME
    return order, first.direction is ast.Direction.DESC


def _by_values(session: Session, query: ast.BoundQuery, plan: Plan, *, wanted: int | None) -> Rows:
    """Choose rows by comparing the values of their keys as the memory store does."""
    directions = [key.direction for key in query.orderby]

    def compared(one: Any, other: Any) -> int:
        return compare_order(one[0], other[0], directions)

    held: list[Any] = []
    blocks: list[Block] = []
    needed = needed_blobs(plan.residual, *(key.expr for key in query.orderby))
    for block in session.blocks(plan, needed=needed):
        truths = session.truths(plan, block)
        if truths is None:
            continue
        with reporting(block):
            keys = list(zip(*(block.frame.values(key.expr) for key in query.orderby), strict=True))
        rows = np.flatnonzero(truths == TRUE).tolist()
        rows = [row for row in rows if not _before(keys[row], query.after, directions)]
        if not rows:
            continue
        held += [(keys[row], len(blocks), row) for row in rows]
        keep(blocks, block)
        if wanted is not None and len(held) > 2 * wanted + _SLACK:
            held = heapq.nsmallest(wanted, held, key=cmp_to_key(compared))
        if len(held) > session.budget.rows:
            raise QueryTooBroadError(f"puts more than {session.budget.rows:,} Observations in order; ask for fewer")
    held.sort(key=cmp_to_key(compared))
    held = held[:wanted]
    numbers = np.array([(number, row) for _, number, row in held], np.int64).reshape(-1, 2)
    return Rows(blocks, numbers[:, 0], numbers[:, 1])


def keep(blocks: list[Block], block: Block) -> None:
    """Remember a block that gave rows."""
    blocks.append(block)
    if len(blocks) > _DECODED:
        block.forget()


def _before(key: Any, after: Any, directions: Any) -> bool:
    return bool(after) and compare_order(key, after, directions) <= 0


def gather(rows: Rows) -> Columns:
    """Read the rows themselves, each block once."""
    parts: list[Columns] = []
    places: list[Integers] = []
    for number in np.unique(rows.block).tolist():
        block = rows.blocks[number]
        at = np.flatnonzero(rows.block == number)
        with reporting(block):
            parts.append(take(block.columns(), _compact(rows.row[at])))
        places.append(at)
    if not parts:
        return _EMPTY
    joined, place = join(parts), np.concatenate(places)
    return joined if _rises(place) else take(joined, np.argsort(place, kind="stable"))


def _compact(rows: Integers) -> Any:
    """Turn rows without holes into a slice, which copies nothing."""
    if len(rows) == int(rows[-1]) - int(rows[0]) + 1 and (len(rows) == 1 or _rises(rows)):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _rises(values: Integers) -> bool:
    return bool((values[1:] > values[:-1]).all())


def groups(columns: Columns) -> Counter[int]:
    """Count the Observations of each FeatureOfInterest, 0 for those without."""
    if columns.feature is None:
        return Counter({0: len(columns)})
    handles, counts = np.unique(columns.feature, return_counts=True)
    return Counter(dict(zip(handles.tolist(), counts.tolist(), strict=True)))
