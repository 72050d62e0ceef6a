"""Keep a lab in one SQLite file: many processes read while one writes (WAL)."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from ssclab_data.errors import SettingsError, SsclabError, StoreCorruptError, StoreError
from ssclab_data.model.identity import check_lab_key
from ssclab_data.model.periods import Period
from ssclab_data.model.values import Instant, Interval
from ssclab_data.query import ast
from ssclab_data.stores import areas, file_system, forgetting, observations, sealing, shape, summing
from ssclab_data.stores.base import Batch, Buckets, Change, Extent, Page, Transaction, WriteReport
from ssclab_data.stores.packing import FUNCTIONS, listed
from ssclab_data.stores.reading import count_matching, read_page
from ssclab_data.stores.recording import SEAL_ROWS
from ssclab_data.stores.scanning import Budget, Session
from ssclab_data.stores.sqlite_errors import translated
from ssclab_data.stores.tables import FORMAT, area_tables, statements
from ssclab_data.stores.writing import Writing

BUSY_SECONDS = 30.0
_CACHE_KIB = 64 * 1024
_STEPS = 20_000
"""How often SQLite is asked whether the time is over, in steps of its machine."""
_WAL_BYTES = 64 * 1024 * 1024
"""From this size on a writer waits for readers to let go of the log, so that it starts again from its beginning."""
_CHECKPOINT_MS = 1_000
_UNHURRIED = Budget(seconds=float("inf"))
"""What a write may cost: it is done whole, however long it takes."""
_LEASE_SECONDS = 30.0
_GROUP = 64
_MOST_KNOWN = 100_000
"""So many facts about descriptive entities are remembered at most."""


class _Turn(msgspec.Struct):
    """A work that waits for its turn to write, and what became of it."""

    work: Callable[[Transaction], Any]
    done: bool = False
    result: Any = None
    error: Exception | None = None


class SQLiteStore:
    """A store of one lab in one file, safe to use from several threads.

    Batches that wait for their turn at the same time are written in one transaction, each whole or not at all.
    """

    def __init__(self, path: Path, *, lab: str, busy_seconds: float, budget: Budget) -> None:
        self.path = path
        self._lab = lab
        self._busy_seconds = busy_seconds
        self._budget = budget
        self._waiting: list[_Turn] = []
        self._name = secrets.token_hex(8)
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writer = threading.Lock()
        self._only_writer: sqlite3.Connection | None = None
        self._memo: dict[tuple[str, int], Any] = {}
        self._version = 0
        self._closed = False
        self._secret = b""

    @classmethod
    def open(
        cls, path: str | Path, lab: str = "", *, busy_seconds: float = BUSY_SECONDS, budget: Budget | None = None
    ) -> "SQLiteStore":
        """Open a store; a file that does not exist is made.

        Args:
            lab: key of the lab; "" takes that of the file.
            busy_seconds: how long a write waits for its turn.
            budget: what one query may cost.

        Raises:
            SettingsError: the file is no store, is of another lab or format, or lies on a network file system; or
                there is neither a file nor a key.
        """
        file = Path(path)
        file_system.check_local(file)
        known = cls.lab_of(file) if file.exists() else ""
        if not known and not lab:
            raise SettingsError(f"{file} does not exist yet: give the key of the lab")
        if known and lab not in ("", known):
            raise SettingsError(f"{file} is of lab {known!r}, not {lab!r}")
        store = cls(file, lab=known or check_lab_key(lab), busy_seconds=busy_seconds, budget=budget or Budget())
        with translated(file):
            if known:
                store._complete()
            else:
                store._create()
            store._secret = store._meta("secret")
        return store

    @staticmethod
    def lab_of(path: Path) -> str:
        """Read which lab a file is of; "" for a file that is empty.

        Raises:
            SettingsError: it is no store, or of a newer version.
        """
        with translated(path):
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
        if meta["format"] != FORMAT:
            other = "a newer" if meta["format"] > FORMAT else "an older"
            raise SettingsError(
                f"{path} was made by {other} version (format {meta['format']}); this one reads {FORMAT}: "
                "use that version to export it, and ingest it again"
            )
        return str(meta["lab"])

    @property
    def lab(self) -> str:
        """Key of the lab."""
        return self._lab

    @property
    def sequence(self) -> int:
        """Number of the last batch."""
        connection = self._connection()
        with translated(self.path):
            return _last_sequence(connection)

    @property
    def secret(self) -> bytes:
        """Key that signs paging cursors, kept in the file."""
        return self._secret

    @property
    def watermark(self) -> str:
        """What the last `apply` with a watermark gave; "" where none did."""
        with self.reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = 'watermark'").fetchone()
        return "" if row is None else str(row[0])

    def read(self, query: ast.BoundQuery) -> Page:
        """Read one page; one moment of the store, however many links it expands.

        Raises:
            QueryTooBroadError: it takes longer, or more memory, than the budget allows.
            StoreCorruptError: a chunk that is needed is not what was written.
        """
        with self.reading() as connection:
            return read_page(self._session(connection), query, self._lab)

    def count(self, query: ast.BoundQuery) -> int:
        """Count what matches."""
        with self.reading() as connection:
            return count_matching(self._session(connection), query)

    def extent(self, query: ast.BoundQuery) -> Extent:
        """Bound what matches in space and time."""
        with self.reading() as connection:
            session = self._session(connection)
            if query.entity_type == "Observation":
                return self._observed_extent(session, query)
            rows = read_page(session, shape.extent_query(query), self._lab).rows
        boxes = [box for row in rows for box in shape.boxes_of(row)]
        times = [interval for row in rows for interval in shape.intervals_of(row)]
        interval = shape.span((one.start.us for one in times), (one.end.us for one in times))
        return Extent(shape.union(boxes), interval)

    def _observed_extent(self, session: Session, query: ast.BoundQuery) -> Extent:
        first, last, features = observations.bounds(session, session.plan(query.filter))
        text = "SELECT feature FROM feature_of_interest WHERE id IN (SELECT value FROM json_each(?))"
        given = listed(sorted(features))
        cells = [row[0] for row in session.connection.execute(text, (given,))]
        boxes = [shape.box_of(msgspec.json.decode(cell)) for cell in cells if cell is not None]
        interval = None if first is None or last is None else Interval(Instant(first), Instant(last))
        return Extent(shape.union(box for box in boxes if box is not None), interval)

    def buckets(self, query: ast.BoundQuery, period: Period) -> tuple[Buckets, ...]:
        """Sum up the matching Observations by Datastream and period.

        Raises:
            QueryTooBroadError: it takes longer, or makes more buckets, than the budget allows.
            StoreCorruptError: a chunk that is needed is not what was written.
        """
        with self.reading() as connection:
            return summing.buckets(self._session(connection), query, period, self._lab)

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Write a batch whole or not at all; when nothing changes, nothing is written.

        Raises:
            UnresolvedLinkError: a link leads nowhere.
            StoreError: the batch or the file cannot be used.
            StoreBusyError: another writer kept its turn too long.
        """
        return self.transact(lambda transaction: transaction.apply(batch, watermark))

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        """Do several reads and writes whole or not at all; those that wait at the same time share one commit.

        Raises:
            StoreError: the file cannot be used.
            StoreBusyError: another writer kept its turn too long.
        """
        turn = _Turn(work)
        with self._lock:
            self._waiting.append(turn)
        with self._writer:
            while not turn.done:
                self._write_waiting()
        if turn.error is not None:
            raise turn.error
        result: T = turn.result
        return result

    def delete(self, query: ast.BoundQuery) -> int:
        """Delete what matches, and what cannot be without it."""
        return self.transact(lambda transaction: transaction.delete(query))

    def seal(self, least: int = SEAL_ROWS) -> int:
        """Move hot rows into chunks, each Datastream in a short transaction of its own.

        Only one process of those that share the file does it at a time; for the others there is nothing to do.

        Args:
            least: leave Datastreams with fewer hot rows as they are.

        Returns:
            How many rows were moved.

        Raises:
            StoreCorruptError: those of a Datastream cannot be moved; all others were.
        """
        with self.reading() as connection:
            text = "SELECT id FROM datastream WHERE hot >= ? AND hot > 0"
            ready = [row[0] for row in connection.execute(text, (least,))]
        return self._of_each(ready, sealing.seal, leased=True)

    def compact(self) -> int:
        """Write chunks that are not full together, each Datastream in a transaction of its own.

        Returns:
            How many fewer chunks there are.
        """
        with self.reading() as connection:
            handles = [row[0] for row in connection.execute("SELECT DISTINCT datastream FROM chunk")]
        return self._of_each(handles, sealing.compact, leased=False)

    def _of_each(
        self, datastreams: Sequence[int], act: Callable[[sqlite3.Connection, int], int], *, leased: bool
    ) -> int:
        """Do something to Datastreams, each in a short transaction of its own; what is broken does not stop the rest.

        Raises:
            StoreCorruptError: it could not be done to one of them; to all others it was.
        """
        total = 0
        damaged: list[StoreCorruptError] = []
        for datastream in datastreams:
            try:
                with self._writing() as connection:
                    if leased and not self._holds_lease(connection):
                        break
                    total += act(connection, datastream)
            except StoreCorruptError as error:
                damaged.append(error)
        if damaged:
            raise damaged[0]
        return total

    def vacuum(self) -> None:
        """Give free pages back to the disk; needs room for a second file while it works."""
        with translated(self.path), self._writer:
            connection = self._writing_connection()
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def forget(self) -> bool:
        """Take the last traces of what was deleted or changed out of the file and its log.

        Returns:
            Whether it is done: where another process reads all the time, the log keeps what was there before.
        """
        with self._writing() as connection:
            forgetting.forget(connection)
        self.vacuum()
        log = Path(f"{self.path}-wal")
        return not log.exists() or log.stat().st_size == 0

    def _holds_lease(self, connection: sqlite3.Connection) -> bool:
        """Take or keep the lease of the one that seals."""
        now = time.time()
        row = connection.execute("SELECT value FROM meta WHERE name = 'sealer'").fetchone()
        holder, until = msgspec.json.decode(row[0], type=tuple[str, float]) if row else ("", 0.0)
        if holder != self._name and now < until:
            return False
        lease = msgspec.json.encode((self._name, now + _LEASE_SECONDS)).decode()
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('sealer', ?)", (lease,))
        return True

    def changes(self, after: int) -> Iterator[Change]:
        """Give the log after a sequence number, oldest first."""
        text = (
            "SELECT sequence, recorded_at, entity_type, deleted, keys, rows FROM log WHERE sequence > ? "
            "ORDER BY sequence, rowid"
        )
        with self.reading() as connection:
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

    def _complete(self) -> None:
        """Add the R-trees that a store of an earlier version has not."""
        connection = self._connection()
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if all(area.table in names for area in area_tables().values()):
            return
        with self._turn(connection):
            for area in area_tables().values():
                areas.complete(connection, area)

    def _meta(self, name: str) -> bytes:
        row = self._connection().execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return bytes(row[0])

    def _connection(self) -> sqlite3.Connection:
        """Give this thread's connection, which reads."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if self._closed:
            raise StoreError(f"the store {self.path} is closed")
        if connection is None:
            connection = self._local.connection = self._connected()
        return connection

    def _writing_connection(self) -> sqlite3.Connection:
        """Give the one connection that writes, to a thread that has this process's turn."""
        if self._closed:
            raise StoreError(f"the store {self.path} is closed")
        if self._only_writer is None:
            self._only_writer = self._connected()
        return self._only_writer

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        _prepare(connection)
        with self._lock:
            self._connections.append(connection)
        return connection

    def _session(self, connection: sqlite3.Connection, budget: Budget | None = None) -> Session:
        return Session(connection, budget or self._budget)

    @contextmanager
    def reading(self, *, seconds: float | None = None) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one moment of the store.

        Args:
            seconds: how long it is lent for; None for as long as a query may take.
        """
        connection = self._connection()
        deadline = time.monotonic() + (self._budget.seconds if seconds is None else seconds)
        with translated(self.path):
            connection.execute("BEGIN")
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            try:
                yield connection
            finally:
                connection.set_progress_handler(None, 0)
                connection.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that has the turn to write."""
        with translated(self.path), self._writer:
            connection = self._writing_connection()
            with self._turn(connection):
                yield connection
            self._keep_log_short(connection)

    def _write_waiting(self) -> None:
        """Write the batches that wait, in one transaction; the caller has this process's turn."""
        with self._lock:
            turns, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
        try:
            with translated(self.path):
                connection = self._writing_connection()
                with self._turn(connection):
                    self._keep_memo(connection)
                    for turn in turns:
                        self._write_one(connection, turn)
        except SsclabError as error:
            self._memo.clear()
            for turn in turns:
                turn.result, turn.error, turn.done = None, turn.error or error, True
            return
        except BaseException:
            self._memo.clear()
            for turn in turns:
                turn.result, turn.done = None, turn.error is not None  # it was rolled back with the rest
            with self._lock:
                self._waiting = [turn for turn in turns if not turn.done] + self._waiting
            raise
        for turn in turns:
            turn.done = True
        self._keep_log_short(connection)

    def _write_one(self, connection: sqlite3.Connection, turn: _Turn) -> None:
        session = self._session(connection, _UNHURRIED)
        connection.execute("SAVEPOINT work")
        try:
            last = _last_sequence(connection)
            turn.result = turn.work(Writing(session, lab=self._lab, last=last, memo=self._memo))
        except sqlite3.Error:
            raise
        except Exception as error:
            connection.execute("ROLLBACK TO work")
            self._memo.clear()
            turn.error = error
        connection.execute("RELEASE work")

    def _keep_memo(self, connection: sqlite3.Connection) -> None:
        """Forget what was found out, where another process has written since."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version or len(self._memo) > _MOST_KNOWN:
            self._memo.clear()
            self._version = version

    def _keep_log_short(self, connection: sqlite3.Connection) -> None:
        """Start the write-ahead log again when it is long: readers that follow one another would let it grow."""
        log = Path(f"{self.path}-wal")
        if not log.exists() or log.stat().st_size < _WAL_BYTES:
            return
        connection.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_MS}")
        try:
            # What was written is safe in the log; where there is no room to move it, the next writer tries again.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {round(self._busy_seconds * 1_000)}")

    @contextmanager
    def _turn(self, connection: sqlite3.Connection) -> Iterator[None]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _last_sequence(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM log").fetchone()[0])


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in ("foreign_keys = ON", "synchronous = FULL", f"cache_size = -{_CACHE_KIB}", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    for name, (count, function) in FUNCTIONS.items():
        connection.create_function(name, count, function, deterministic=True)
