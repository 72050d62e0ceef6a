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
from ssclab_data.model.sensorthings import ENTITY_TYPES, type_of
from ssclab_data.model.series import Series
from ssclab_data.model.values import Interval
from ssclab_data.query import ast
from ssclab_data.stores import counting, recording, removing, shape
from ssclab_data.stores.base import Batch, WriteReport
from ssclab_data.stores.packing import listed
from ssclab_data.stores.scanning import Session
from ssclab_data.stores.tables import pairs_of, table_of


class Writing:
    """One transaction.

    Attributes:
        created: entities by type.
        updated: entities by type.
        unchanged: entities by type.
        ignored: Observations that the duplicate policy of their Datastream left as they were.
        rejected: Observations that it refused.
    """

    def __init__(self, session: Session, sequence: int) -> None:
        self.session = session
        self.connection = session.connection
        self.sequence = sequence
        self.created: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self._features: dict[str, int] = {}
        self._recorded_at = time.time_ns() // 1_000

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.created or self.updated)

    def report(self, last: int) -> WriteReport:
        """Tell what was done; nothing done keeps the sequence as it was."""
        return shape.report_of(self, sequence=self.sequence if self.changed else last)

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
        """Delete descriptive entities, what cannot be without them first, and log it (OGC 18-088, table 27)."""
        if not handles:
            return
        given = listed(handles)
        for name, kind in ENTITY_TYPES.items():
            for link in kind.navigations:
                if link.target == entity_type and link.required:
                    self._delete_holders(name, link, handles)
        text = f"SELECT key FROM {table_of(entity_type).name} WHERE id IN (SELECT value FROM json_each(?))"
        keys = sorted(row[0] for row in self._run(text, given))
        for link in ENTITY_TYPES[entity_type].navigations:
            if shape.is_pair(link):
                pairs, near, _ = pairs_of(entity_type, link)
                self._run(f"DELETE FROM {pairs.name} WHERE {near} IN (SELECT value FROM json_each(?))", given)
        self._run(f"DELETE FROM {table_of(entity_type).name} WHERE id IN (SELECT value FROM json_each(?))", given)
        self._log(entity_type, keys, len(handles), deleted=True)

    def delete_observations(self, condition: ast.Expr | None) -> int:
        """Delete the Observations that fulfil a condition.

        Returns:
            How many they were.
        """
        removed = removing.remove(self.session, condition)
        if removed:
            keys = self.session.linked.keys_of(removed)
            self._log("Observation", sorted(keys.values()), removed.total(), deleted=True)
        return removed.total()

    def _delete_holders(self, name: str, link: Navigation, handles: Sequence[int]) -> None:
        if name == "Observation":
            path = ast.Path((link.name, ast.ID))
            self.delete_observations(ast.In(path, tuple(ast.Literal(handle) for handle in handles)))
        else:
            self.delete(name, self._holders(name, link, listed(handles)))

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
            rows = self._run("SELECT datastream_id FROM datastream_feature WHERE feature_id = ?", handle).fetchall()
            for (datastream,) in rows:
                counting.refresh_area(self.connection, datastream)
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

    def _feature(self, key: str) -> int:
        """Find a FeatureOfInterest that series name, once in a transaction."""
        if key not in self._features:
            self._features[key] = self._handle("FeatureOfInterest", key)
        return self._features[key]

    def _write_series(self, series: Series) -> int:
        if not len(series):
            return 0
        target = recording.find(self.connection, series.datastream)
        if target is None:
            raise UnresolvedLinkError(f"a series names Datastream {series.datastream!r}, which is not there")
        feature = self._feature(series.feature) if series.feature else None
        outcome = recording.record(self.connection, target, series, feature)
        for counter, number in (
            (self.created, outcome.created),
            (self.updated, outcome.updated),
            (self.unchanged, outcome.unchanged),
            (self.ignored, outcome.ignored),
            (self.rejected, outcome.rejected),
        ):
            if number:
                counter["Observation"] += number
        return outcome.created + outcome.updated

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
