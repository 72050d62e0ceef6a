"""Find the combinations of values that Observations have, each with the first Observation that has it."""

from functools import cmp_to_key
from typing import Any

import msgspec
import numpy as np

from ssclab_data.errors import QueryTooBroadError
from ssclab_data.model.columns import Columns
from ssclab_data.query import ast
from ssclab_data.query.evaluate import compare_order, order_key
from ssclab_data.stores.observations import Rows, gather, keep
from ssclab_data.stores.scanning import Block, Plan, Session, needed_blobs, reporting
from ssclab_data.stores.vectors import TRUE


class Combinations(msgspec.Struct, frozen=True):
    """One page of them.

    Attributes:
        columns: for each the Observation with the least handle, in the order of the query.
        more: whether there are more behind them.
        count: how many there are in all.
    """

    columns: Columns
    more: bool
    count: int


class _First(msgspec.Struct, frozen=True):
    """The first Observation of a combination, and where it was found."""

    handle: int
    values: tuple[Any, ...]
    block: int
    row: int


def read(session: Session, query: ast.BoundQuery, plan: Plan) -> Combinations:
    """Read one page: all Observations that match are looked at, and what is found is held in memory.

    Raises:
        QueryTooBroadError: it takes too long, or there are too many combinations.
    """
    blocks: list[Block] = []
    found = _found(session, query, plan, blocks=blocks)
    directions = [key.direction for key in query.orderby]

    def compared(one: _First, other: _First) -> int:
        return compare_order(one.values, other.values, directions)

    after = [one for one in found if not query.after or compare_order(one.values, query.after, directions) > 0]
    after.sort(key=cmp_to_key(compared))
    left = after[query.skip :]
    taken = left if query.top is None else left[: query.top]
    places = np.array([(one.block, one.row) for one in taken], np.int64).reshape(-1, 2)
    columns = gather(Rows(blocks, places[:, 0], places[:, 1]))
    return Combinations(columns, len(left) > len(taken), len(found))


def _found(session: Session, query: ast.BoundQuery, plan: Plan, *, blocks: list[Block]) -> list[_First]:
    """Give the first Observation of each combination, and put the blocks that they are in into a list."""
    firsts: dict[tuple[Any, ...], _First] = {}
    for block in session.blocks(plan, needed=needed_blobs(plan.residual, *(key.expr for key in query.orderby))):
        truths = session.truths(plan, block)
        if truths is None:
            continue
        rows = np.flatnonzero(truths == TRUE).tolist()
        with reporting(block):
            firsts_here = {
                key: one
                for key, one in _of_block(block, query, rows, number=len(blocks)).items()
                if key not in firsts or one.handle < firsts[key].handle
            }
        if firsts_here:
            firsts.update(firsts_here)
            keep(blocks, block)
        if len(firsts) > session.budget.rows:
            raise QueryTooBroadError(f"finds more than {session.budget.rows:,} distinct values; filter them")
    return list(firsts.values())


def _of_block(block: Block, query: ast.BoundQuery, rows: list[int], *, number: int) -> dict[tuple[Any, ...], _First]:
    """Give the first Observation of each combination among some rows of a block."""
    handles = block.frame.source.handle
    rows.sort(key=handles.tolist().__getitem__)
    columns = [block.frame.values(key.expr) for key in query.orderby]
    found: dict[tuple[Any, ...], _First] = {}
    for row in _unlike(columns, rows):
        values = tuple(column[row] for column in columns)
        found.setdefault(tuple(map(order_key, values)), _First(int(handles[row]), values, number, row))
    return found


def _unlike(columns: list[list[Any]], rows: list[int]) -> list[int]:
    """Leave out rows whose values are those of an earlier one; where values are JSON objects, give all rows.

    Their kinds are looked at too, because Python takes 1 and True as equal.
    """
    given = [[column[row] for row in reversed(rows)] for column in columns]
    kinds = [map(type, column) for column in given]
    places = range(len(rows) - 1, -1, -1)
    try:
        firsts = dict(zip(zip(*given, *kinds, strict=True), places, strict=True))
    except TypeError:
        return rows
    return [rows[place] for place in sorted(firsts.values())]
