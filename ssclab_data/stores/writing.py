"""Write batches into the SQLite tables, within a transaction that the caller holds."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import UnresolvedLinkError
from ssclab_data.model.entity import Entity, Kind, Link, Navigation
from ssclab_data.model.geometry import bounds
from ssclab_data.model.identity import observation_handle
from ssclab_data.model.sensorthings import ENTITY_TYPES, type_of
from ssclab_data.model.series import Series
from ssclab_data.model.values import Interval
from ssclab_data.stores import shape
from ssclab_data.stores.base import Batch
from ssclab_data.stores.tables import pairs_of, table_of

_ROW = (
    "id, datastream_id, start, stop, span, kind, result, result_time, result_quality, parameters, "
    "feature_of_interest_id"
)
_UPDATE = (
    "UPDATE observation SET kind = ?, result = ?, result_time = ?, result_quality = ?, parameters = ?, "
    "feature_of_interest_id = ? WHERE id = ?"
)


class Writing:
    """One transaction.

    Attributes:
        created: entities by type.
        updated: entities by type.
        unchanged: entities by type.
    """

    def __init__(self, connection: sqlite3.Connection, sequence: int) -> None:
        self.connection = connection
        self.sequence = sequence
        self.created: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self._recorded_at = time.time_ns() // 1_000

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.created or self.updated)

    def write(self, batch: Batch) -> None:
        """Write a batch and log what changed.

        Raises:
            UnresolvedLinkError: a link leads nowhere.
            StoreError: an entity has no key, or a link is set at its wrong side.
        """
        changed: dict[str, list[str]] = {}
        for entity, default in shape.in_order(batch):
            if self._write_entity(entity, default=default):
                changed.setdefault(type_of(entity).name, []).append(str(entity.key))
        for name, keys in changed.items():
            self._log(name, keys, len(keys))
        for series in batch.series:
            rows = self._write_series(series)
            if rows:
                self._log("Observation", [series.datastream], rows)

    def delete(self, entity_type: str, handles: Sequence[int]) -> None:
        """Delete entities, what cannot be without them first, and log it (OGC 18-088, table 27)."""
        if not handles:
            return
        given = msgspec.json.encode(list(handles)).decode()
        for name, kind in ENTITY_TYPES.items():
            for link in kind.navigations:
                if link.target == entity_type and link.required:
                    self.delete(name, self._holders(name, link, given))
        keys, datastreams = self._keys(entity_type, given)
        for link in ENTITY_TYPES[entity_type].navigations:
            if shape.is_pair(link):
                pairs, near, _ = pairs_of(entity_type, link)
                self._run(f"DELETE FROM {pairs.name} WHERE {near} IN (SELECT value FROM json_each(?))", given)
        self._run(f"DELETE FROM {table_of(entity_type).name} WHERE id IN (SELECT value FROM json_each(?))", given)
        for datastream in datastreams:
            self._recount(datastream)
        self._log(entity_type, keys, len(handles), deleted=True)

    def _run(self, text: str, *values: Any) -> sqlite3.Cursor:
        return self.connection.execute(text, values)

    def _holders(self, name: str, link: Navigation, given: str) -> list[int]:
        if link.many:
            pairs, near, far = pairs_of(name, link)
            text = f"SELECT DISTINCT {near} FROM {pairs.name} WHERE {far} IN (SELECT value FROM json_each(?))"
        else:
            table = table_of(name)
            text = f"SELECT id FROM {table.name} WHERE {table.links[link.name]} IN (SELECT value FROM json_each(?))"
        return [row[0] for row in self._run(text, given)]

    def _keys(self, entity_type: str, given: str) -> tuple[list[str], list[int]]:
        """Give the keys to log, and the Datastreams whose times change."""
        if entity_type != "Observation":
            text = f"SELECT key FROM {table_of(entity_type).name} WHERE id IN (SELECT value FROM json_each(?))"
            return sorted(row[0] for row in self._run(text, given)), []
        text = (
            "SELECT DISTINCT d.id, d.key FROM observation AS o JOIN datastream AS d ON d.id = o.datastream_id "
            "WHERE o.id IN (SELECT value FROM json_each(?))"
        )
        rows = self._run(text, given).fetchall()
        return sorted(key for _, key in rows), [handle for handle, _ in rows]

    def _write_entity(self, entity: Entity, *, default: bool) -> bool:
        kind = type_of(entity)
        table = table_of(kind.name)
        known = self._run(f"SELECT id FROM {table.name} WHERE key = ?", entity.key).fetchone()
        if known is not None and default:
            return False
        cells = dict(_cells(entity))
        pairs: list[tuple[Navigation, list[int]]] = []
        for link, values in shape.own_links(entity):
            handles = [self._resolve(kind.name, str(entity.key), link, value) for value in values]
            if link.many:
                pairs.append((link, sorted(set(handles))))
            else:
                cells[table.links[link.name]] = handles[0] if handles else None
        changed = self._insert(entity, cells) if known is None else self._update(kind.name, known[0], cells)
        handle = self._handle(kind.name, str(entity.key)) if known is None else known[0]
        for link, handles in pairs:
            changed = self._write_pairs(kind.name, link, handle, handles) or changed
        counter = self.created if known is None else (self.updated if changed else self.unchanged)
        counter[kind.name] += 1
        if kind.name == "FeatureOfInterest" and changed and known is not None:
            self._refresh_areas(handle)
        return known is None or changed

    def _insert(self, entity: Entity, cells: dict[str, Any]) -> bool:
        kind = type_of(entity)
        table = table_of(kind.name)
        for link in kind.navigations:
            if link.required and not link.many and cells.get(table.links[link.name]) is None:
                raise UnresolvedLinkError(f"{kind.name} {entity.key!r} has no {link.name}")
        names = ", ".join(("key", *cells))
        marks = ", ".join("?" for _ in range(len(cells) + 1))
        self._run(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", entity.key, *cells.values())
        return True

    def _update(self, name: str, handle: int, cells: dict[str, Any]) -> bool:
        if not cells:
            return False
        table = table_of(name)
        before = self._run(f"SELECT {', '.join(cells)} FROM {table.name} WHERE id = ?", handle).fetchone()
        if before == tuple(cells.values()):
            return False
        sets = ", ".join(f"{column} = ?" for column in cells)
        self._run(f"UPDATE {table.name} SET {sets} WHERE id = ?", *cells.values(), handle)
        return True

    def _write_pairs(self, name: str, link: Navigation, handle: int, handles: Iterable[int]) -> bool:
        pairs, near, far = pairs_of(name, link)
        before = {row[0] for row in self._run(f"SELECT {far} FROM {pairs.name} WHERE {near} = ?", handle)}
        after = set(handles)
        text = f"DELETE FROM {pairs.name} WHERE {near} = ? AND {far} = ?"
        self.connection.executemany(text, [(handle, other) for other in before - after])
        text = f"INSERT INTO {pairs.name} ({near}, {far}) VALUES (?, ?)"
        self.connection.executemany(text, [(handle, other) for other in sorted(after - before)])
        return before != after

    def _resolve(self, name: str, key: str, link: Navigation, value: Link) -> int:
        table = table_of(link.target).name
        if value.handle is not UNSET:
            found = self._run(f"SELECT id FROM {table} WHERE id = ?", value.handle).fetchone()
        else:
            found = self._run(f"SELECT id FROM {table} WHERE key = ?", str(value.key)).fetchone()
        if found is None:
            wanted = value.key if value.key is not UNSET else value.handle
            raise UnresolvedLinkError(f"{link.name} of {name} {key!r}: there is no {link.target} {wanted!r}")
        return int(found[0])

    def _handle(self, name: str, key: str) -> int:
        found = self._run(f"SELECT id FROM {table_of(name).name} WHERE key = ?", key).fetchone()
        if found is None:
            raise UnresolvedLinkError(f"a series names {name} {key!r}, which is not there")
        return int(found[0])

    def _write_series(self, series: Series) -> int:
        if not len(series):
            return 0
        datastream = self._handle("Datastream", series.datastream)
        feature = self._handle("FeatureOfInterest", series.feature) if series.feature else None
        known = self._known(datastream, min(series.start), max(series.start))
        last = self._run("SELECT last_sequence FROM datastream WHERE id = ?", datastream).fetchone()[0]
        inserts: dict[tuple[int, int, int], tuple[Any, ...]] = {}
        updates: dict[tuple[int, int, int], tuple[Any, ...]] = {}
        for number, cells in enumerate(_observation_cells(series, feature)):
            when = _when(series, number)
            if when not in known:
                if when in inserts:
                    self._count_again(inserts[when] != cells)
                inserts[when] = cells
            elif known[when][1] != cells:
                updates[when] = cells
            else:
                self.unchanged["Observation"] += 1
                updates.pop(when, None)
        rows = [
            (observation_handle(datastream, last + number), datastream, *when, *cells)
            for number, (when, cells) in enumerate(inserts.items(), 1)
        ]
        self.connection.executemany(f"INSERT INTO observation ({_ROW}) VALUES ({', '.join('?' * 11)})", rows)
        self.connection.executemany(_UPDATE, [(*cells, known[when][0]) for when, cells in updates.items()])
        if rows or updates:
            self.created["Observation"] += len(rows)
            self.updated["Observation"] += len(updates)
            self._note(datastream, feature, added=len(rows))
        self.created, self.updated = +self.created, +self.updated
        return len(rows) + len(updates)

    def _count_again(self, differs: bool) -> None:
        """Count a second row of the same time in one series: the last one holds."""
        (self.updated if differs else self.unchanged)["Observation"] += 1

    def _known(self, datastream: int, first: int, last: int) -> dict[tuple[int, int, int], tuple[int, tuple[Any, ...]]]:
        text = f"SELECT {_ROW} FROM observation WHERE datastream_id = ? AND start BETWEEN ? AND ?"
        return {row[2:5]: (row[0], row[5:]) for row in self._run(text, datastream, first, last)}

    def _note(self, datastream: int, feature: int | None, *, added: int) -> None:
        """Keep the counter, the sequence, the times and the area of a Datastream."""
        text = "UPDATE datastream SET last_sequence = last_sequence + ? WHERE id = ?"
        self._run(text, added, datastream)
        self._recount(datastream, feature=feature)

    def _recount(self, datastream: int, *, feature: int | None = None) -> None:
        times = (
            "UPDATE datastream SET (observations, phenomenon_time_start, phenomenon_time_end, result_time_start, "
            "result_time_end) = (SELECT count(*), min(start), max(stop), min(result_time), max(result_time) "
            "FROM observation WHERE datastream_id = datastream.id) WHERE id = ?"
        )
        self._run(times, datastream)
        if feature is not None:
            text = "INSERT OR IGNORE INTO datastream_feature VALUES (?, ?)"
            if not self._run(text, datastream, feature).rowcount:
                return
        self._refresh_area(datastream)

    def _refresh_areas(self, feature: int) -> None:
        rows = self._run("SELECT datastream_id FROM datastream_feature WHERE feature_id = ?", feature).fetchall()
        for (datastream,) in rows:
            self._refresh_area(datastream)

    def _refresh_area(self, datastream: int) -> None:
        text = (
            "SELECT feature FROM feature_of_interest WHERE feature IS NOT NULL AND id IN "
            "(SELECT DISTINCT feature_of_interest_id FROM observation WHERE datastream_id = ?)"
        )
        boxes = [bounds(msgspec.json.decode(row[0])) for row in self._run(text, datastream)]
        area = shape.area_of(shape.union(boxes))
        cell = None if area is None else _ordered(area)
        self._run("UPDATE datastream SET observed_area = ? WHERE id = ?", cell, datastream)

    def _log(self, name: str, keys: list[str], rows: int, *, deleted: bool = False) -> None:
        text = "INSERT INTO log (sequence, recorded_at, entity_type, deleted, keys, rows) VALUES (?, ?, ?, ?, ?, ?)"
        self._run(text, self.sequence, self._recorded_at, name, int(deleted), _json(keys), rows)


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _cells(entity: Entity) -> Iterable[tuple[str, Any]]:
    """Write the own fields of an entity as cells by column."""
    kind = type_of(entity)
    columns = table_of(kind.name).columns
    fields = shape.own_fields(entity)
    for part in kind.properties:
        if part.field not in fields:
            continue
        value = fields[part.field]
        if part.kind is Kind.INTERVAL:
            start, end = (value.start.us, value.end.us) if isinstance(value, Interval) else (None, None)
            yield from zip(columns[part.field], (start, end), strict=True)
        elif part.kind is Kind.INSTANT:
            yield columns[part.field][0], getattr(value, "us", None)
        else:
            yield columns[part.field][0], value if part.kind is Kind.TEXT else _ordered(value)


def _ordered(value: Any) -> str:
    """Write JSON with members in the order given: what a city sends comes back as it was."""
    return msgspec.json.encode(value).decode()


def _when(series: Series, number: int) -> tuple[int, int, int]:
    start = series.start[number]
    end = None if series.end is None else series.end[number]
    return (start, start, 0) if end is None else (start, end, 1)


def _observation_cells(series: Series, feature: int | None) -> Iterable[tuple[Any, ...]]:
    size = len(series)
    known = series.result_time or (None,) * size
    quality = series.result_quality or (None,) * size
    parameters = series.parameters or (None,) * size
    for result, when, note, more in zip(series.result, known, quality, parameters, strict=True):
        yield (
            *_result(result),
            when,
            None if note is None else _ordered(note),
            None if more is None else _ordered(more),
            feature,
        )


def _result(result: Any) -> tuple[int, Any]:
    result = shape.stored_result(result)
    match result:
        case None:
            return 0, None
        case bool():
            return 1, "t" if result else "f"
        case int():
            return 2, result
        case float():
            return 3, result
        case str():
            return 4, str(result)
    return 5, _ordered(result)
