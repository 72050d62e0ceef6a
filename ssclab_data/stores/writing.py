"""Write batches into the SQLite tables, within a transaction that the caller holds."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import NotFoundError, SsclabError, StoreError, UnresolvedLinkError
from ssclab_data.model.entity import Entity, Kind, Link, Navigation
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.model.sensorthings import ENTITY_TYPES, type_of
from ssclab_data.model.series import Series
from ssclab_data.model.values import Interval
from ssclab_data.query import ast
from ssclab_data.stores import counting, recording, removing, shape
from ssclab_data.stores.base import Batch, Fate, Page, Recorded, WriteReport
from ssclab_data.stores.packing import listed
from ssclab_data.stores.reading import matching_handles, read_page
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

    def __init__(self, session: Session, *, lab: str, last: int, memo: dict[tuple[str, int], Any]) -> None:
        self.connection = session.connection
        self.budget = session.budget
        self.lab = lab
        self.last = last
        self.memo = memo
        self.created: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self._logged = False
        self._features: dict[str, int] = {}
        self._recorded_at = time.time_ns() // 1_000

    @property
    def session(self) -> Session:
        """Look at what there is now: a session remembers what it has found."""
        return Session(self.connection, self.budget)

    def read(self, query: ast.BoundQuery) -> Page:
        """Read one page."""
        return read_page(self.session, query, self.lab)

    def handle(self, entity_type: str, key: str) -> int | None:
        """Find a descriptive entity by its natural key."""
        found = self._run(f"SELECT id FROM {table_of(entity_type).name} WHERE key = ?", key).fetchone()
        return None if found is None else int(found[0])

    def key(self, entity_type: str, handle: int) -> str | None:
        """Give the natural key of a descriptive entity."""
        found = self._run(f"SELECT key FROM {table_of(entity_type).name} WHERE id = ?", handle).fetchone()
        return None if found is None else str(found[0])

    def create(self, entity: Entity, *, handle: int | None = None) -> int:
        """Create a descriptive entity."""
        name = type_of(entity).name
        with _fitting():
            number = self._next(name) if handle is None else handle
            entity = shape.keyed(entity, number)
            taken = self.handle(name, str(entity.key)) or (number if self.key(name, number) is not None else None)
            if taken is not None:
                raise shape.taken(entity, taken)
            self._write_own(entity, None, cells=dict(_cells(entity)), number=number)
            self._log(name, [str(entity.key)], 1)
        return number

    def update(self, handle: int, entity: Entity) -> bool:
        """Change what is set."""
        return self._change(handle, entity, {})

    def replace(self, handle: int, entity: Entity) -> bool:
        """Change all own properties."""
        kind = type_of(entity)
        kept = shape.KEPT_BY_STORE.get(kind.name, ())
        columns = table_of(kind.name).columns
        absent = {column: None for field, names in columns.items() if field not in kept for column in names}
        return self._change(handle, entity, absent)

    def _change(self, handle: int, entity: Entity, absent: dict[str, Any]) -> bool:
        name = type_of(entity).name
        with _fitting():
            key = self.key(name, handle)
            if key is None:
                raise NotFoundError(f"there is no {name} {handle}")
            entity = msgspec.structs.replace(entity, key=key)
            shape.check_entity(entity)
            changed = self._write_own(entity, handle, cells={**absent, **dict(_cells(entity))})
            if changed:
                self._log(name, [key], 1)
        return changed

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Write a batch, and tell what it did; nothing done keeps the sequence as it was."""
        for counter in (self.created, self.updated, self.unchanged, self.ignored, self.rejected):
            counter.clear()
        with _fitting():
            self.write(batch)
        if watermark is not None:
            self._run("INSERT OR REPLACE INTO meta VALUES ('watermark', ?)", watermark)
        return shape.report_of(self, sequence=self.last + int(self._logged))

    def record(self, series: Series) -> Recorded:
        """Write Observations."""
        if not len(series):
            return Recorded(handles=(), fates=())
        with _fitting():
            outcome = self._write_series(series)
        return Recorded(handles=outcome.handles, fates=outcome.fates)

    def revise(self, handle: int, series: Series) -> None:
        """Replace what one Observation says."""
        datastream, sequence = split_observation_handle(handle)
        with _fitting():
            target, feature = self._target(series)
            if target.datastream != datastream and self.key("Datastream", datastream) is not None:
                raise shape.moved(handle)
            if recording.revise(self.connection, target, series, sequence=sequence, feature=feature):
                self._log("Observation", [series.datastream], 1)

    def delete(self, query: ast.BoundQuery) -> int:
        """Delete what matches, and what cannot be without it."""
        if query.entity_type == "Observation":
            return self.delete_observations(query.filter)
        handles = matching_handles(self.session, query)
        self.delete_entities(query.entity_type, handles)
        return len(handles)

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
            if len(series):
                self._write_series(series)

    def delete_entities(self, entity_type: str, handles: Sequence[int]) -> None:
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
        session = self.session
        removed = removing.remove(session, condition)
        if removed:
            keys = session.linked.keys_of(removed)
            self._log("Observation", sorted(keys.values()), removed.total(), deleted=True)
        return removed.total()

    def _delete_holders(self, name: str, link: Navigation, handles: Sequence[int]) -> None:
        if name == "Observation":
            path = ast.Path((link.name, ast.ID))
            self.delete_observations(ast.In(path, tuple(ast.Literal(handle) for handle in handles)))
        else:
            self.delete_entities(name, self._holders(name, link, listed(handles)))

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

    def _next(self, name: str) -> int:
        text = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = ?"
        return int(self._run(text, table_of(name).name).fetchone()[0])

    def _write_entity(self, entity: Entity, *, default: bool) -> bool:
        known = self.handle(type_of(entity).name, str(entity.key))
        if known is not None and default:
            return False
        return self._write_own(entity, known, cells=dict(_cells(entity)))

    def _write_own(
        self, entity: Entity, known: int | None, *, cells: dict[str, Any], number: int | None = None
    ) -> bool:
        """Write the cells and links of an entity that is known, or new: then with a handle, or the next one."""
        kind = type_of(entity)
        table = table_of(kind.name)
        pairs: list[tuple[Navigation, list[int]]] = []
        for link, values in shape.own_links(entity):
            handles = [self._resolve(kind.name, str(entity.key), link, value) for value in values]
            if link.many:
                pairs.append((link, sorted(set(handles))))
            else:
                cells[table.links[link.name]] = handles[0] if handles else None
        if known is None:
            handle = self._insert(entity, {**cells, **({} if number is None else {"id": number})})
        else:
            handle = known
        changed = known is None or self._update(entity, known, cells)
        for link, handles in pairs:
            changed = self._write_pairs(kind.name, link, handle, handles) or changed
        counter = self.created if known is None else (self.updated if changed else self.unchanged)
        counter[kind.name] += 1
        if kind.name == "FeatureOfInterest" and changed and known is not None:
            rows = self._run("SELECT datastream_id FROM datastream_feature WHERE feature_id = ?", handle).fetchall()
            for (datastream,) in rows:
                counting.refresh_area(self.connection, datastream)
        return changed

    def _insert(self, entity: Entity, cells: dict[str, Any]) -> int:
        kind = type_of(entity)
        table = table_of(kind.name)
        for link in kind.navigations:
            if link.required and not link.many and cells.get(table.links[link.name]) is None:
                raise UnresolvedLinkError(f"{kind.name} {entity.key!r} has no {link.name}")
        names = ", ".join(("key", *cells))
        marks = ", ".join("?" for _ in range(len(cells) + 1))
        cursor = self._run(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", entity.key, *cells.values())
        assert cursor.lastrowid is not None  # noqa: S101 - it was inserted
        return cursor.lastrowid

    def _update(self, entity: Entity, handle: int, cells: dict[str, Any]) -> bool:
        if not cells:
            return False
        kind = type_of(entity)
        table = table_of(kind.name)
        for link in kind.navigations:
            if link.required and not link.many and cells.get(table.links[link.name], 0) is None:
                raise UnresolvedLinkError(f"{kind.name} {entity.key!r} has no {link.name}")
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

    def _target(self, series: Series) -> tuple[recording.Target, int | None]:
        """Find the Datastream and the FeatureOfInterest of a series."""
        target = recording.find(self.connection, series.datastream)
        if target is None:
            raise UnresolvedLinkError(f"a series names Datastream {series.datastream!r}, which is not there")
        return target, self._feature(series.feature) if series.feature else None

    def _write_series(self, series: Series) -> recording.Outcome:
        target, feature = self._target(series)
        outcome = recording.record(self.connection, target, series, feature)
        for fate, number in outcome.counts.items():
            getattr(self, fate)["Observation"] += number
        changed = outcome.counts[Fate.CREATED] + outcome.counts[Fate.UPDATED]
        if changed:
            self._log("Observation", [series.datastream], changed)
        return outcome

    def _log(self, name: str, keys: list[str], rows: int, *, deleted: bool = False) -> None:
        text = "INSERT INTO log (sequence, recorded_at, entity_type, deleted, keys, rows) VALUES (?, ?, ?, ?, ?, ?)"
        self._logged = True
        if name != "Observation":
            self.memo.clear()
        self._run(text, self.last + 1, self._recorded_at, name, int(deleted), _json(keys), rows)


@contextmanager
def _fitting() -> Iterator[None]:
    """Say of values that no column takes (times beyond 64 bits, members that are no JSON) that they cannot be kept."""
    try:
        yield
    except (OverflowError, TypeError, ValueError) as error:
        if isinstance(error, SsclabError):
            raise
        raise StoreError(f"a value cannot be kept: {error}") from error


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
