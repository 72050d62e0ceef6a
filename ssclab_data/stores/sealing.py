"""Put Observations into chunks and take them out, within a transaction that the caller holds."""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from ssclab_data.errors import StoreCorruptError
from ssclab_data.model.columns import Columns, Integers, join, take
from ssclab_data.stores import hot
from ssclab_data.stores.chunks import BLOBS, CHUNK_ROWS, CHUNK_SPAN, Bounds, Reader, encode, reporting
from ssclab_data.stores.tables import CHUNK_BOUNDS, HOT

_COLUMNS = (*CHUNK_BOUNDS, *(f"{name}_blob" for name in BLOBS))
_INSERT = f"INSERT INTO chunk ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_SELECT = f"SELECT id, {', '.join(_COLUMNS)} FROM chunk"


class Sealed(msgspec.Struct, frozen=True):
    """A chunk and what is in it."""

    chunk: int
    columns: Columns


def overlapping(connection: sqlite3.Connection, datastream: int, first: int, last: int) -> Iterator[Sealed]:
    """Read the chunks of a Datastream that have a start between two times.

    Raises:
        StoreCorruptError: one is not what was written.
    """
    text = f"{_SELECT} WHERE datastream = ? AND first >= ? AND first <= ? AND last >= ?"
    rows = connection.execute(text, (datastream, first - CHUNK_SPAN, last, first)).fetchall()
    return map(decode, rows)


def holding(connection: sqlite3.Connection, datastream: int, sequence: int) -> Iterator[Sealed]:
    """Read the chunks of a Datastream that may hold the Observation of a sequence.

    Raises:
        StoreCorruptError: one is not what was written.
    """
    text = f"{_SELECT} WHERE datastream = ?1 AND sequence_first <= ?2 AND sequence_last >= ?2"
    return map(decode, connection.execute(text, (datastream, sequence)).fetchall())


def read(connection: sqlite3.Connection, chunk: int) -> Columns:
    """Read one chunk.

    Raises:
        StoreCorruptError: it is not what was written.
    """
    row: tuple[Any, ...] = connection.execute(f"{_SELECT} WHERE id = ?", (chunk,)).fetchone()
    return decode(row).columns


def newest(connection: sqlite3.Connection, datastream: int) -> Iterator[Sealed]:
    """Read the chunks that hold the last start of a Datastream."""
    text = f"{_SELECT} WHERE datastream = ?1 AND last = (SELECT max(last) FROM chunk WHERE datastream = ?1)"
    return map(decode, connection.execute(text, (datastream,)).fetchall())


def decode(row: tuple[Any, ...]) -> Sealed:
    """Decode a row of the table.

    Raises:
        StoreCorruptError: it is not what was written.
    """
    chunk, *cells = row
    names = dict(zip(_COLUMNS, cells, strict=True))
    bounds = msgspec.convert({name: names[name] for name in CHUNK_BOUNDS}, Bounds)
    blobs = {name: names[f"{name}_blob"] for name in BLOBS}
    with reporting(chunk, bounds):
        return Sealed(chunk, Reader(bounds, blobs).columns())


def merge(connection: sqlite3.Connection, datastream: int, columns: Columns) -> None:
    """Put Observations that are in no chunk yet into those of their time, and into new ones behind the last."""
    columns = in_time_order(columns)
    known = connection.execute(
        "SELECT id, first, size FROM chunk WHERE datastream = ? ORDER BY first", (datastream,)
    ).fetchall()
    if not known:
        _insert_all(connection, _filled(columns))
        return
    firsts = np.array([first for _, first, _ in known], np.int64)
    targets = np.maximum(np.searchsorted(firsts, columns.start, side="right") - 1, 0)
    for target in np.unique(targets).tolist():
        chunk, _, size = known[target]
        part = take(columns, targets == target)
        is_last = target == len(known) - 1
        if is_last and size == CHUNK_ROWS and _follows(connection, chunk, part):
            _insert_all(connection, _filled(part))
            continue
        try:
            before = read(connection, chunk)
        except StoreCorruptError:
            _insert_all(connection, _filled(part))  # what comes in must not be lost for what is broken already
            continue
        both = in_time_order(join((before, part)))
        rewrite(connection, chunk, list(_filled(both) if is_last else _halved(both)))


def rewrite(connection: sqlite3.Connection, chunk: int, parts: list[Columns]) -> None:
    """Put other Observations in the place of a chunk."""
    connection.execute("DELETE FROM chunk WHERE id = ?", (chunk,))
    _insert_all(connection, parts)


def replace(connection: sqlite3.Connection, chunk: int, rows: Mapping[int, hot.HotRow]) -> None:
    """Put other values in the place of some Observations of a chunk, by their sequences."""
    sequence = HOT.index("sequence")
    before = read(connection, chunk)
    after = [rows.get(row[sequence], row) for row in hot.rows_of(before)]
    rewrite(connection, chunk, [hot.columns_of(after)])


def in_time_order(columns: Columns) -> Columns:
    """Sort Observations by phenomenonTime, an instant before an interval, and ordinal."""
    start = columns.start
    if bool((start[1:] > start[:-1]).all()):
        return columns
    keys: list[Integers] = [start, columns.stop]
    keys += [] if columns.span is None else [columns.span.astype(np.int64)]
    keys += [] if columns.ordinal is None else [columns.ordinal]
    return take(columns, np.lexsort(keys[::-1]))


def seal(connection: sqlite3.Connection, datastream: int) -> int:
    """Move the hot rows of a Datastream into chunks.

    Returns:
        How many they were.
    """
    rows = connection.execute(f"SELECT {hot.NAMES} FROM hot WHERE datastream_id = ?", (datastream,)).fetchall()
    if rows:
        merge(connection, datastream, hot.columns_of(rows))
        connection.execute("DELETE FROM hot WHERE datastream_id = ?", (datastream,))
        connection.execute("UPDATE datastream SET hot = 0 WHERE id = ?", (datastream,))
    return len(rows)


def compact(connection: sqlite3.Connection, datastream: int) -> int:
    """Write the chunks of a Datastream again, each as full as it can be.

    Returns:
        How many fewer chunks there are.
    """
    sizes = connection.execute(
        "SELECT id, size FROM chunk WHERE datastream = ? ORDER BY first", (datastream,)
    ).fetchall()
    runs = [run for run in _small_runs(sizes) if len(run) > 1]
    saved = 0
    for run in runs:
        found = [read(connection, chunk) for chunk in run]
        parts = list(_filled(in_time_order(join(found))))
        if len(parts) < len(run):
            for chunk in run:
                connection.execute("DELETE FROM chunk WHERE id = ?", (chunk,))
            _insert_all(connection, parts)
            saved += len(run) - len(parts)
    return saved


def _small_runs(sizes: list[tuple[int, int]]) -> Iterator[list[int]]:
    """Give neighbouring chunks that fit into fewer ones."""
    run: list[int] = []
    for chunk, size in sizes:
        if size == CHUNK_ROWS:
            yield run
            run = []
        else:
            run.append(chunk)
    yield run


def _follows(connection: sqlite3.Connection, chunk: int, columns: Columns) -> bool:
    (last,) = connection.execute("SELECT last FROM chunk WHERE id = ?", (chunk,)).fetchone()
    return bool(columns.start[0] > last)


def _filled(columns: Columns) -> Iterator[Columns]:
    """Cut into full chunks and a rest, none longer than a chunk may span."""
    at = 0
    while at < len(columns):
        limit = int(np.searchsorted(columns.start, columns.start[at] + CHUNK_SPAN, side="right"))
        end = min(at + CHUNK_ROWS, limit)
        yield take(columns, slice(at, end))
        at = end


def _halved(columns: Columns) -> Iterator[Columns]:
    """Cut into equal parts, so that the next late row finds room."""
    count = -(-len(columns) // CHUNK_ROWS)
    size = -(-len(columns) // count)
    for at in range(0, len(columns), size):
        yield from _filled(take(columns, slice(at, at + size)))


def _insert_all(connection: sqlite3.Connection, parts: "list[Columns] | Iterator[Columns]") -> None:
    for columns in parts:
        chunk = encode(columns)
        cells = [getattr(chunk.bounds, name) for name in CHUNK_BOUNDS]
        connection.execute(_INSERT, (*cells, *(chunk.blobs[name] for name in BLOBS)))
