"""Read a page of one Datastream in the order of time straight from its chunks, which are in that order."""

import numpy as np

from ssclab_data.model.columns import Columns, join, take
from ssclab_data.model.values import Instant, Interval, start_of
from ssclab_data.query import ast
from ssclab_data.stores.scanning import BY_TIME, Block, Plan, Session, reporting
from ssclab_data.stores.vectors import TRUE, Frame, paths_of

_TIME = ast.Path(("phenomenonTime",))


def read(session: Session, query: ast.BoundQuery, plan: Plan) -> Columns | None:
    """Read the rows of a page and one more, in order.

    Returns:
        None where it takes more than putting chunks after one another: another order, a condition on something else,
        hot rows or another chunk within the page, or Observations of one start.
    """
    if not _fits(query, plan) or query.top is None:
        return None
    descending = query.orderby[0].direction is ast.Direction.DESC
    wanted, parts = query.top + 1, list[Columns]()
    last = _last_seen(query)
    if last is not None:
        plan, wanted = plan.starting(last, BY_TIME, descending=descending), wanted + 1
    blocks = session.blocks(plan, BY_TIME, descending=descending, needed=())
    for block in blocks:
        if block.chunk is None:
            return None
        part = _part(session, plan, block, wanted=wanted, descending=descending)
        if part is None:
            return None
        if len(part):
            parts.append(part)
            wanted -= len(part)
        if not wanted:
            break
    if not parts:
        return None
    columns = join(parts)
    places = ~columns.start if descending else columns.start
    behind = next(blocks, None)
    if behind is not None and behind.place <= places[-1]:
        return None
    if not bool((places[1:] > places[:-1]).all()):
        return None
    return take(columns, slice(1, None)) if last is not None and int(columns.start[0]) == last else columns


def _last_seen(query: ast.BoundQuery) -> int | None:
    """Give the start of the last row of the page before, whose start no other row may have."""
    if not query.after:
        return None
    time = query.after[0]
    assert isinstance(time, Instant | Interval)  # noqa: S101 - cursors are signed
    return start_of(time).us


def _fits(query: ast.BoundQuery, plan: Plan) -> bool:
    if plan.datastreams is None or len(plan.datastreams) != 1 or query.skip:
        return False
    if query.orderby[0].expr != _TIME or plan.handle_low is not None or plan.handle_high is not None:
        return False
    return plan.residual is None or all(path == _TIME.segments for path in paths_of(plan.residual))


def _part(session: Session, plan: Plan, block: Block, *, wanted: int, descending: bool) -> Columns | None:
    """Read the first rows of a chunk that fulfil the condition; None where they are not next to one another."""
    with reporting(block):
        start = block.frame.source.start
        low = 0 if plan.low is None else int(np.searchsorted(start, plan.low))
        high = len(start) if plan.high is None else int(np.searchsorted(start, plan.high, side="right"))
        rows = slice(max(low, high - wanted), high) if descending else slice(low, min(high, low + wanted))
        part = take(block.columns(), rows)
    if plan.residual is not None and len(part):
        truths = Frame(part, len(part), session.linked).truth(plan.residual)
        if not bool((truths == TRUE).all()):
            return None
    return take(part, slice(None, None, -1)) if descending else part
