"""Sum up the Observations of a SQLite store by period, from the bounds of chunks where these say it."""

import sqlite3
from functools import partial

import msgspec

from ssclab_data.errors import QueryTooBroadError
from ssclab_data.model.codelists import Averaging
from ssclab_data.model.periods import Period
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.stores.base import Buckets
from ssclab_data.stores.buckets import Tallies, averaging_of
from ssclab_data.stores.scanning import Block, Plan, Session, needed_blobs, reporting
from ssclab_data.stores.vectors import TRUE

_SUMMED = (ast.Path((ast.ID,)), ast.Path(("phenomenonTime",)), ast.Path(("result",)))
"""What buckets are made of."""


def buckets(session: Session, query: ast.BoundQuery, period: Period, lab: str) -> tuple[Buckets, ...]:
    """Sum up what a query matches, Datastream by Datastream.

    Raises:
        QueryTooBroadError: it takes longer, or makes more buckets, than the budget allows.
        StoreCorruptError: a chunk that is needed is not what was written.
    """
    plan = session.plan(query.filter)
    tallies = Tallies[Block](period, partial(_averaging, session.connection))
    for block in session.blocks(plan, needed=needed_blobs(plan.residual, *_SUMMED)):
        _sum_up(session, plan, block, tallies)
        if tallies.size > session.budget.rows:
            raise QueryTooBroadError(f"makes more than {session.budget.rows:,} buckets; take a longer period")
    for block in tallies.unread():
        with reporting(block):
            tallies.add_ends(block.frame.source)
    return tallies.buckets(lab)


def _sum_up(session: Session, plan: Plan, block: Block, tallies: Tallies[Block]) -> None:
    """Sum up a block: by its bounds where all of it matches and they say enough, else by its rows."""
    bounds = block.bounds
    if bounds is not None and tallies.takes(bounds) and session.surely(plan, bounds):
        session.check_time()
        tallies.add_bounds(bounds, block)
        return
    truths = session.truths(plan, block)
    if truths is not None:
        with reporting(block):
            tallies.add(block.frame.source, truths == TRUE)


def _averaging(connection: sqlite3.Connection, datastream: int) -> Averaging:
    """Tell how the numbers of a Datastream are averaged."""
    text = "SELECT unit_of_measurement FROM datastream WHERE id = ?"
    (unit,) = connection.execute(text, (datastream,)).fetchone()
    return averaging_of(None if unit is None else msgspec.json.decode(unit, type=UnitOfMeasurement))
