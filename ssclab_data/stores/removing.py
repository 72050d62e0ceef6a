"""Take Observations out of chunks and hot rows, and keep the counters of their Datastreams."""

from collections import Counter

import numpy as np

from ssclab_data.model.columns import Columns, Integers, take
from ssclab_data.query import ast
from ssclab_data.stores import counting, observations, sealing
from ssclab_data.stores.scanning import Block, Session, reporting


def remove(session: Session, condition: ast.Expr | None) -> Counter[int]:
    """Delete the Observations that fulfil a condition.

    Returns:
        How many of each Datastream.
    """
    removed: Counter[int] = Counter()
    features: dict[int, Counter[int]] = {}
    found = list(observations.matching(session, session.plan(condition)))
    while found:
        block, rows = found.pop()
        with reporting(block):
            columns = block.columns()
        gone = take(columns, rows)
        for datastream in np.unique(gone.datastream).tolist():
            part = take(gone, gone.datastream == datastream)
            removed[datastream] += len(part)
            features.setdefault(datastream, Counter()).update(observations.groups(part))
        _take_out(session, block, gone, kept=take(columns, ~rows))
    for datastream, change in features.items():
        loss = {feature: -number for feature, number in change.items()}
        counting.count_features(session.connection, datastream, loss)
        counting.recount(session.connection, datastream)
    return removed


def _take_out(session: Session, block: Block, gone: Columns, *, kept: Columns) -> None:
    if block.chunk is not None:
        sealing.rewrite(session.connection, block.chunk, [kept] if len(kept) else [])
        return
    handles: Integers = gone.handle
    text = "DELETE FROM hot WHERE datastream_id = ? AND sequence = ?"
    pairs = zip((handles >> 32).tolist(), (handles & 0xFFFFFFFF).tolist(), strict=True)
    session.connection.executemany(text, pairs)
