"""Record series by the duplicate policy of their Datastream: into hot rows, or in bulk straight into chunks."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from ssclab_data.errors import ConflictError, NotFoundError
from ssclab_data.model.columns import Columns, Integers, ResultKind, known_times, take
from ssclab_data.model.identity import observation_handle
from ssclab_data.model.series import Series
from ssclab_data.stores import arriving, counting, hot, sealing, shape
from ssclab_data.stores.base import Fate
from ssclab_data.stores.chunks import CHUNK_SPAN
from ssclab_data.stores.counting import Added
from ssclab_data.stores.hot import HotRow
from ssclab_data.stores.observations import groups
from ssclab_data.stores.shape import DuplicatePolicy
from ssclab_data.stores.tables import HOT

SEAL_ROWS = 128
"""From so many hot rows on a Datastream is sealed in the background; as many new ones go straight into chunks."""
HOT_ROWS = 1_024
"""So many hot rows of a Datastream are sealed by the writer itself, when nobody else does it."""

_FEW = 16
"""Series of so few rows are handled row by row, which costs less than columns do."""

_CELLS = HOT.index("kind")
_RESULT_TIME = HOT.index("result_time")
_ORDINAL = HOT.index("ordinal")
_SEQUENCE = HOT.index("sequence")
_TEXTS = tuple(HOT.index(name) for name in ("result", "quality", "parameters"))
_RESULT = HOT.index("result")
_UPDATE = (
    f"UPDATE hot SET ({', '.join(HOT[_CELLS:])}) = ({', '.join('?' * len(HOT[_CELLS:]))}) "
    "WHERE datastream_id = ? AND sequence = ?"
)


class Outcome(msgspec.Struct, frozen=True):
    """What became of the rows of a series, in their order.

    Attributes:
        counts: how many met each fate.
    """

    handles: Sequence[int]
    fates: Sequence[Fate]
    counts: Counter[Fate]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The Datastream that a series is of.

    Attributes:
        last_sequence: the last one given to an Observation.
        hot: how many hot rows it has.
        newest: start, end and sequence of its newest Observation, None when it has none.
    """

    datastream: int
    last_sequence: int
    hot: int
    policy: DuplicatePolicy
    newest: tuple[int, int, int] | None


class Known(msgspec.Struct):
    """An Observation that is there: its row, and its chunk or None for a hot one; `changed` since it was read."""

    row: HotRow
    chunk: int | None = None
    fresh: bool = False
    changed: bool = False


def find(connection: sqlite3.Connection, key: str) -> Target | None:
    """Find a Datastream by its natural key."""
    text = (
        "SELECT d.id, d.last_sequence, d.hot, d.properties, l.start, l.stop, l.sequence FROM datastream AS d "
        "LEFT JOIN latest AS l ON l.datastream_id = d.id WHERE d.key = ?"
    )
    row = connection.execute(text, (key,)).fetchone()
    if row is None:
        return None
    properties = row[3]
    named = properties is not None and shape.POLICY in properties
    return Target(
        datastream=row[0],
        last_sequence=row[1],
        hot=row[2],
        policy=shape.policy_of(msgspec.json.decode(properties) if named else None),
        newest=None if row[4] is None else row[4:],
    )


def record(connection: sqlite3.Connection, target: Target, series: Series, feature: int | None) -> Outcome:
    """Record Observations, and keep the counters of their Datastream.

    Raises:
        StoreError: a result is, or holds, NaN or infinity.
    """
    last = observation_handle(target.datastream, target.last_sequence)
    if len(series) <= _FEW:
        rows = arriving.rows_of(series, last=last, feature=feature)
        if _are_new(connection, target, [row[1] for row in rows]):
            _add_rows(connection, target, rows)
            return _all_created(last, len(rows))
        return _Merging(connection, target, rows).run()
    columns = arriving.columns_of(series, last=last, feature=feature)
    if _are_new(connection, target, columns.start):
        _add_columns(connection, target, columns)
        return _all_created(last, len(columns))
    return _Merging(connection, target, list(hot.rows_of(columns))).run()


def _all_created(last: int, size: int) -> Outcome:
    return Outcome(range(last + 1, last + 1 + size), [Fate.CREATED] * size, Counter({Fate.CREATED: size}))


def revise(
    connection: sqlite3.Connection, target: Target, series: Series, *, sequence: int, feature: int | None
) -> bool:
    """Replace what one Observation says; it keeps its sequence.

    Args:
        series: one row.

    Returns:
        Whether anything changed.

    Raises:
        NotFoundError: the Datastream has no Observation of that sequence.
        ConflictError: another one has the new phenomenonTime, and the policy does not allow several.
    """
    (row,) = arriving.rows_of(series, last=observation_handle(target.datastream, sequence - 1), feature=feature)
    return _Merging(connection, target, [row]).revise(row)


def _are_new(connection: sqlite3.Connection, target: Target, starts: Sequence[int] | Integers) -> bool:
    """Tell whether no Observation there is, nor another one of these, can have the time of one of these."""
    ordered = np.sort(starts)
    if not bool((ordered[1:] > ordered[:-1]).all()):
        return False
    first, last = int(ordered[0]), int(ordered[-1])
    if target.newest is None or first > target.newest[0]:
        return True
    text = (
        "SELECT EXISTS (SELECT 1 FROM hot WHERE datastream_id = ?1 AND start BETWEEN ?2 AND ?3) OR "
        "EXISTS (SELECT 1 FROM chunk WHERE datastream = ?1 AND first >= ?2 - ?4 AND first <= ?3 AND last >= ?2)"
    )
    return not connection.execute(text, (target.datastream, first, last, CHUNK_SPAN)).fetchone()[0]


def _add_rows(connection: sqlite3.Connection, target: Target, rows: Sequence[HotRow]) -> None:
    """Keep a few Observations whose times are new."""
    connection.executemany(hot.INSERT, rows)
    known = [row[_RESULT_TIME] for row in rows if row[_RESULT_TIME] is not None]
    added = Added(
        size=len(rows),
        hot=len(rows),
        last_sequence=max(row[_SEQUENCE] for row in rows),
        start=min(row[1] for row in rows),
        stop=max(row[2] for row in rows),
        result_times=(min(known), max(known)) if known else None,
        features=Counter(row[-1] or 0 for row in rows),
        newest=max(rows, key=counting.age),
    )
    _note(connection, target, added)


def _add_columns(connection: sqlite3.Connection, target: Target, columns: Columns) -> None:
    """Keep many Observations whose times are new."""
    sealed = len(columns) >= SEAL_ROWS
    if sealed:
        sealing.merge(connection, target.datastream, columns)
    else:
        connection.executemany(hot.INSERT, list(hot.rows_of(columns)))
    known = known_times(columns.result_time)
    added = Added(
        size=len(columns),
        hot=0 if sealed else len(columns),
        last_sequence=int(columns.handle.max()) & 0xFFFFFFFF,
        start=int(columns.start.min()),
        stop=int(columns.stop.max()),
        result_times=(int(known.min()), int(known.max())) if len(known) else None,
        features=groups(columns),
        newest=counting.newest_row(columns),
    )
    _note(connection, target, added)


def _note(connection: sqlite3.Connection, target: Target, added: Added) -> None:
    """Keep what is known of the Datastream; seal when it is time."""
    counting.note(connection, target.datastream, added)
    if target.newest is None or target.newest < counting.age(added.newest):
        counting.keep_latest(connection, added.newest)
    if added.hot and target.hot + added.hot >= HOT_ROWS:
        sealing.seal(connection, target.datastream)


class _Merging:
    """Record rows of which some may be there already, one after another."""

    def __init__(self, connection: sqlite3.Connection, target: Target, rows: list[HotRow]) -> None:
        self.connection = connection
        self.target = target
        self.rows = rows
        self.fates: list[tuple[int, Fate]] = []
        self.sequence = target.last_sequence
        self.features: Counter[int] = Counter()
        self.known = self._read(min(row[1] for row in rows), max(row[1] for row in rows))

    def run(self) -> Outcome:
        """Record them all."""
        for row in self.rows:
            known, fate = self._take(row)
            self.fates.append((observation_handle(self.target.datastream, known.row[_SEQUENCE]), fate))
        fresh = [one for same in self.known.values() for one in same if one.fresh]
        changed = [one for same in self.known.values() for one in same if one.changed and not one.fresh]
        self._write_changes(changed)
        if fresh:
            fresh.sort(key=lambda one: one.row[_SEQUENCE])
            rows = [one.row for one in fresh]
            if len(rows) <= _FEW:
                _add_rows(self.connection, self.target, rows)
            else:
                _add_columns(self.connection, self.target, hot.columns_of(rows))
        if changed:
            counting.count_features(self.connection, self.target.datastream, self.features)
            counting.recount(self.connection, self.target.datastream)
        fates = [fate for _, fate in self.fates]
        return Outcome([handle for handle, _ in self.fates], fates, Counter(fates))

    def revise(self, row: HotRow) -> bool:
        """Put a row in the place of the one that has its sequence."""
        kept = self._of_sequence(row[_SEQUENCE])
        if kept.row[1:_ORDINAL] == row[1:_ORDINAL]:
            row = (*row[:_ORDINAL], *kept.row[_ORDINAL:_CELLS], *row[_CELLS:])
            if _equal(kept.row, row):
                return False
            self._update(kept, row)
            self._write_changes([kept])
        else:
            self._move(kept, row)
        counting.count_features(self.connection, self.target.datastream, self.features)
        counting.recount(self.connection, self.target.datastream)
        return True

    def _of_sequence(self, sequence: int) -> Known:
        text = f"SELECT {hot.NAMES} FROM hot WHERE datastream_id = ? AND sequence = ?"
        found = self.connection.execute(text, (self.target.datastream, sequence)).fetchone()
        if found is not None:
            return Known(found)
        handle = observation_handle(self.target.datastream, sequence)
        for part in sealing.holding(self.connection, self.target.datastream, sequence):
            for row in hot.rows_of(take(part.columns, part.columns.handle == handle)):
                return Known(row, part.chunk)
        raise NotFoundError(f"there is no Observation {handle}")

    def _move(self, kept: Known, row: HotRow) -> None:
        """Take an Observation out of its time, and put it into another one."""
        same = self.known.get(row[1:_ORDINAL], [])
        if same and self.target.policy is not DuplicatePolicy.ALLOW:
            handle = observation_handle(self.target.datastream, same[0].row[_SEQUENCE])
            what = "there is an Observation of that phenomenonTime already"
            raise ConflictError(f"{what}: {handle}", entity_type="Observation", handle=handle)
        place = (self.target.datastream, kept.row[_SEQUENCE])
        if kept.chunk is None:
            self.connection.execute("DELETE FROM hot WHERE datastream_id = ? AND sequence = ?", place)
        else:
            columns = sealing.read(self.connection, kept.chunk)
            rest = take(columns, columns.handle != observation_handle(*place))
            sealing.rewrite(self.connection, kept.chunk, [rest] if len(rest) else [])
        ordinal = same[-1].row[_ORDINAL] + 1 if same else 0
        self.connection.execute(hot.INSERT, (*row[:_ORDINAL], ordinal, *row[_SEQUENCE:]))
        self._count(kept.row, row)

    def _read(self, first: int, last: int) -> dict[tuple[int, ...], list[Known]]:
        known: dict[tuple[int, ...], list[Known]] = {}
        text = f"SELECT {hot.NAMES} FROM hot WHERE datastream_id = ? AND start BETWEEN ? AND ?"
        for row in self.connection.execute(text, (self.target.datastream, first, last)):
            known.setdefault(row[1:_ORDINAL], []).append(Known(row))
        wanted = {row[1] for row in self.rows}
        for part in sealing.overlapping(self.connection, self.target.datastream, first, last):
            rows = take(part.columns, np.isin(part.columns.start, np.fromiter(wanted, np.int64, len(wanted))))
            for row in hot.rows_of(rows):
                known.setdefault(row[1:_ORDINAL], []).append(Known(row, part.chunk))
        for same in known.values():
            same.sort(key=lambda one: one.row[_ORDINAL])
        return known

    def _take(self, row: HotRow) -> tuple[Known, Fate]:
        same = self.known.setdefault(row[1:_ORDINAL], [])
        policy = self.target.policy
        if not same:
            return self._create(same, row, 0), Fate.CREATED
        if policy is DuplicatePolicy.ALLOW:
            for one in same:
                if _equal(one.row, row):
                    return one, Fate.UNCHANGED
            return self._create(same, row, same[-1].row[_ORDINAL] + 1), Fate.CREATED
        if _equal(same[0].row, row):
            return same[0], Fate.UNCHANGED
        if policy is DuplicatePolicy.UPSERT:
            self._update(same[0], row)
            return same[0], Fate.UPDATED
        return same[0], Fate.IGNORED if policy is DuplicatePolicy.IGNORE else Fate.REJECTED

    def _create(self, same: list[Known], row: HotRow, ordinal: int) -> Known:
        self.sequence += 1
        same.append(Known((*row[:_ORDINAL], ordinal, self.sequence, *row[_CELLS:]), fresh=True))
        return same[-1]

    def _update(self, known: Known, row: HotRow) -> None:
        if not known.fresh:
            self._count(known.row, row)
        known.row = (*known.row[:_CELLS], *row[_CELLS:])
        known.changed = True

    def _count(self, before: HotRow, after: HotRow) -> None:
        """Count the change of FeatureOfInterest."""
        self.features.subtract((before[-1] or 0,))
        self.features.update((after[-1] or 0,))

    def _write_changes(self, changed: Sequence[Known]) -> None:
        by_chunk: dict[int, dict[int, HotRow]] = {}
        for one in changed:
            if one.chunk is None:
                values = (*one.row[_CELLS:], self.target.datastream, one.row[_SEQUENCE])
                self.connection.execute(_UPDATE, values)
            else:
                by_chunk.setdefault(one.chunk, {})[one.row[_SEQUENCE]] = one.row
        for chunk, rows in by_chunk.items():
            sealing.replace(self.connection, chunk, rows)


def _equal(one: HotRow, other: HotRow) -> bool:
    """Tell whether two rows say the same; members of JSON objects have no order, and -0.0 is not 0.0."""
    if one[_CELLS:] == other[_CELLS:]:
        return one[_CELLS] != ResultKind.FLOAT or str(one[_RESULT]) == str(other[_RESULT])
    return _canonical(one) == _canonical(other)


def _canonical(row: HotRow) -> list[Any]:
    cells: list[Any] = list(row[_CELLS:])
    for place in _TEXTS:
        cell = row[place]
        if isinstance(cell, str):
            cells[place - _CELLS] = msgspec.json.encode(msgspec.json.decode(cell), order="deterministic")
    return cells
