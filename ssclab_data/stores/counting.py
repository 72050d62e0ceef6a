"""Keep the counters, times, FeaturesOfInterest and newest Observation of a Datastream."""

import sqlite3
from collections.abc import Mapping

import msgspec
import numpy as np

from ssclab_data.model.columns import Columns, take
from ssclab_data.stores import hot, sealing, shape
from ssclab_data.stores.hot import HotRow
from ssclab_data.stores.tables import HOT

_SEQUENCE = HOT.index("sequence")


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What Observations that are added do to the counters of their Datastream."""

    size: int
    hot: int
    last_sequence: int
    start: int
    stop: int
    result_times: tuple[int, int] | None
    features: Mapping[int, int]
    newest: HotRow


def note(connection: sqlite3.Connection, datastream: int, added: Added) -> None:
    """Add Observations to the counters, times and FeaturesOfInterest of a Datastream."""
    known = added.result_times or (None, None)
    connection.execute(
        "UPDATE datastream SET observations = observations + ?1, last_sequence = max(last_sequence, ?2), "
        "hot = hot + ?3, "
        "phenomenon_time_start = min(coalesce(phenomenon_time_start, ?4), ?4), "
        "phenomenon_time_end = max(coalesce(phenomenon_time_end, ?5), ?5), "
        "result_time_start = coalesce(min(coalesce(result_time_start, ?6), ?6), result_time_start), "
        "result_time_end = coalesce(max(coalesce(result_time_end, ?7), ?7), result_time_end) WHERE id = ?8",
        (added.size, added.last_sequence, added.hot, added.start, added.stop, *known, datastream),
    )
    count_features(connection, datastream, added.features)


def age(row: HotRow) -> tuple[int, int, int]:
    """Give what the newest Observation has most of: start, end, sequence."""
    return row[1], row[2], row[_SEQUENCE]


def newest_row(columns: Columns) -> HotRow:
    """Give the newest of some Observations."""
    last = int(np.lexsort((columns.handle, columns.stop, columns.start))[-1]) if len(columns) > 1 else 0
    (row,) = hot.rows_of(take(columns, slice(last, last + 1)))
    return row


def keep_latest(connection: sqlite3.Connection, row: HotRow) -> None:
    """Keep the newest Observation of a Datastream beside the others."""
    text = f"INSERT OR REPLACE INTO latest ({hot.NAMES}) VALUES ({', '.join('?' * len(HOT))})"
    connection.execute(text, row)


def recount(connection: sqlite3.Connection, datastream: int) -> None:
    """Take the counters and times of a Datastream from what there is, and find its newest Observation."""
    connection.execute(
        "UPDATE datastream SET (observations, phenomenon_time_start, phenomenon_time_end, result_time_start, "
        "result_time_end, hot) = "
        "(SELECT coalesce(sum(n), 0), min(a), max(b), min(c), max(d), coalesce(sum(e), 0) FROM ("
        "SELECT size AS n, first AS a, stop AS b, result_time_first AS c, result_time_last AS d, 0 AS e FROM chunk "
        "WHERE datastream = ?1 UNION ALL SELECT count(*), min(start), max(stop), min(result_time), max(result_time), "
        "count(*) FROM hot WHERE datastream_id = ?1)) WHERE id = ?1",
        (datastream,),
    )
    connection.execute("DELETE FROM latest WHERE datastream_id = ?", (datastream,))
    found = [part.columns for part in sealing.newest(connection, datastream)]
    text = (
        f"SELECT {hot.NAMES} FROM hot WHERE datastream_id = ?1 AND start = "
        "(SELECT max(start) FROM hot WHERE datastream_id = ?1)"
    )
    rows = connection.execute(text, (datastream,)).fetchall()
    found += [hot.columns_of(rows)] if rows else []
    newest = [newest_row(columns) for columns in found]
    if newest:
        keep_latest(connection, max(newest, key=age))


def count_features(connection: sqlite3.Connection, datastream: int, change: Mapping[int, int]) -> None:
    """Add to the numbers of Observations of each FeatureOfInterest, 0 for none; where one came or went, bound them."""
    came = False
    text = (
        "INSERT INTO datastream_feature VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
        "observations = observations + excluded.observations RETURNING observations"
    )
    for feature, number in change.items():
        if not number:
            continue
        ((total,),) = connection.execute(text, (datastream, feature, number)).fetchall()
        if not total:
            delete = "DELETE FROM datastream_feature WHERE datastream_id = ? AND feature_id = ?"
            connection.execute(delete, (datastream, feature))
        came = came or total == number or not total
    if came:
        refresh_area(connection, datastream)


def refresh_area(connection: sqlite3.Connection, datastream: int) -> None:
    """Bound the FeaturesOfInterest of a Datastream."""
    text = (
        "SELECT feature FROM feature_of_interest WHERE feature IS NOT NULL AND id IN "
        "(SELECT feature_id FROM datastream_feature WHERE datastream_id = ?)"
    )
    documents = [msgspec.json.decode(row[0]) for row in connection.execute(text, (datastream,))]
    boxes = [box for box in map(shape.box_of, documents) if box is not None]
    area = shape.area_of(shape.union(boxes))
    cell = None if area is None else msgspec.json.encode(area).decode()
    connection.execute("UPDATE datastream SET observed_area = ? WHERE id = ?", (cell, datastream))
