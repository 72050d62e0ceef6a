"""Keep a lab in one SQLite file: many processes read while one writes (WAL)."""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ssclab_data.errors import QueryLimitError, SettingsError, StoreBusyError, StoreError
from ssclab_data.model.identity import check_lab_key
from ssclab_data.model.values import Box
from ssclab_data.query import ast
from ssclab_data.stores import shape
from ssclab_data.stores.base import Batch, Change, Extent, Page, WriteReport
from ssclab_data.stores.packing import FUNCTIONS
from ssclab_data.stores.reading import count_matching, matching_handles, read_page
from ssclab_data.stores.tables import FORMAT, statements
from ssclab_data.stores.writing import Writing

BUSY_SECONDS = 30.0
_TOO_LARGE = ("parser stack overflow", "too many arguments", "Expression tree is too large", "too many SQL variables")
_CACHE_KIB = 64 * 1024


class SQLiteStore:
    """A store of one lab in one file, safe to use from several threads."""

    def __init__(self, path: Path, *, lab: str, busy_seconds: float) -> None:
        self._path = path
        self._lab = lab
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writer = threading.Lock()
        self._closed = False
        self._secret = b""

    @classmethod
    def open(cls, path: str | Path, lab: str = "", *, busy_seconds: float = BUSY_SECONDS) -> "SQLiteStore":
        """Open a store; a file that does not exist is made.

        Args:
            lab: key of the lab; "" takes that of the file.
            busy_seconds: how long a write waits for its turn.

        Raises:
            SettingsError: the file is no store, is of another lab, or is of a newer version; or there is neither
                a file nor a key.
        """
        file = Path(path)
        known = cls.lab_of(file) if file.exists() else ""
        if not known and not lab:
            raise SettingsError(f"{file} does not exist yet: give the key of the lab")
        if known and lab not in ("", known):
            raise SettingsError(f"{file} is of lab {known!r}, not {lab!r}")
        store = cls(file, lab=known or check_lab_key(lab), busy_seconds=busy_seconds)
        with _ours(file):
            if not known:
                store._create()
            store._secret = store._meta("secret")
        return store

    @staticmethod
    def lab_of(path: Path) -> str:
        """Read which lab a file is of; "" for a file that is empty.

        Raises:
            SettingsError: it is no store, or of a newer version.
        """
        with _ours(path):
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            try:
                tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if not tables:
                    return ""
                if "meta" not in tables:
                    raise SettingsError(f"{path} is a SQLite file, but no store of this package")
                meta = dict(connection.execute("SELECT name, value FROM meta"))
            finally:
                connection.close()
        if meta["format"] > FORMAT:
            raise SettingsError(
                f"{path} was made by a newer version (format {meta['format']}); this one reads {FORMAT}"
            )
        return str(meta["lab"])

    @property
    def lab(self) -> str:
        """Key of the lab."""
        return self._lab

    @property
    def sequence(self) -> int:
        """Number of the last batch."""
        with self._reading() as connection:
            return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM log").fetchone()[0])

    @property
    def secret(self) -> bytes:
        """Key that signs paging cursors, kept in the file."""
        return self._secret

    def read(self, query: ast.BoundQuery) -> Page:
        """Read one page; one moment of the store, however many links it expands."""
        with self._reading() as connection:
            return read_page(connection, query, self._lab)

    def count(self, query: ast.BoundQuery) -> int:
        """Count what matches."""
        with self._reading() as connection:
            return count_matching(connection, query)

    def extent(self, query: ast.BoundQuery) -> Extent:
        """Bound what matches in space and time."""
        boxes: list[Box] = []
        starts: list[int] = []
        ends: list[int] = []
        with self._reading() as connection:
            for row in read_page(connection, shape.extent_query(query), self._lab).rows:
                boxes += shape.boxes_of(row)
                for interval in shape.intervals_of(row):
                    starts.append(interval.start.us)
                    ends.append(interval.end.us)
        return Extent(shape.union(boxes), shape.span(starts, ends))

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Write a batch whole or not at all; when nothing changes, nothing is written.

        Raises:
            UnresolvedLinkError: a link leads nowhere.
            StoreError: the batch or the file cannot be used.
            StoreBusyError: another writer kept its turn too long.
        """
        with self._writing() as (connection, sequence):
            writing = Writing(connection, sequence)
            writing.write(batch)
            if watermark is not None:
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('watermark', ?)", (watermark,))
        return WriteReport(
            created=dict(writing.created),
            updated=dict(writing.updated),
            unchanged=dict(writing.unchanged),
            sequence=sequence if writing.changed else sequence - 1,
        )

    def delete(self, query: ast.BoundQuery) -> int:
        """Delete what matches, and what cannot be without it."""
        with self._writing() as (connection, sequence):
            handles = matching_handles(connection, query)
            Writing(connection, sequence).delete(query.entity_type, handles)
        return len(handles)

    def changes(self, after: int) -> Iterator[Change]:
        """Give the log after a sequence number, oldest first."""
        text = (
            "SELECT sequence, recorded_at, entity_type, deleted, keys, rows FROM log WHERE sequence > ? "
            "ORDER BY sequence, rowid"
        )
        with self._reading() as connection:
            rows = connection.execute(text, (after,)).fetchall()
        for sequence, recorded_at, entity_type, deleted, keys, count in rows:
            yield Change(
                sequence=sequence,
                recorded_at=recorded_at,
                entity_type=entity_type,
                deleted=bool(deleted),
                keys=tuple(msgspec.json.decode(keys)),
                rows=count,
            )

    def close(self) -> None:
        """Close the connections; a second call does nothing."""
        with self._lock:
            self._closed = True
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def _create(self) -> None:
        connection = self._connection()
        connection.execute("PRAGMA journal_mode = WAL")
        with self._turn(connection):
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return  # another process was first
            for statement in statements():
                connection.execute(statement)
            meta = [("format", FORMAT), ("lab", self._lab), ("secret", secrets.token_bytes(32))]
            connection.executemany("INSERT INTO meta VALUES (?, ?)", meta)

    def _meta(self, name: str) -> bytes:
        row = self._connection().execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return bytes(row[0])

    def _connection(self) -> sqlite3.Connection:
        """Give this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if self._closed:
            raise StoreError(f"the store {self._path} is closed")
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
            )
            _prepare(connection)
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one moment of the store."""
        connection = self._connection()
        with _ours(self._path):
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """Lend a connection that has the turn to write, and the number of the batch."""
        connection = self._connection()
        with _ours(self._path), self._writer, self._turn(connection):
            last = connection.execute("SELECT coalesce(max(sequence), 0) FROM log").fetchone()[0]
            yield connection, int(last) + 1

    @contextmanager
    def _turn(self, connection: sqlite3.Connection) -> Iterator[None]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextmanager
def _ours(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if any(words in str(error) for words in _TOO_LARGE):
            raise QueryLimitError(
                f"the request is nested or chained deeper than the store can take ({error})"
            ) from error
        if "locked" in str(error) or "busy" in str(error):
            raise StoreBusyError(f"{path}: another writer has the turn; try again") from error
        raise StoreError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise SettingsError(f"{path} is no store of this package: {error}") from error


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in ("foreign_keys = ON", "synchronous = NORMAL", f"cache_size = -{_CACHE_KIB}", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    for name, (count, function) in FUNCTIONS.items():
        connection.create_function(name, count, function, deterministic=True)
