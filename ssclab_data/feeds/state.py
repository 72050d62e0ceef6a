"""Keep what is known of feeds in one small SQLite file: how far each part came, and how it went."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.stores.sqlite_errors import translated

STATE_FILE = "feeds.db"
LOCK_FILE = "feeds.lock"
_BUSY_SECONDS = 10.0
_TABLES = """
PRAGMA journal_mode = WAL;
-- What the power takes away is the last that was kept here, never what the store has: it is only asked for again.
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS feed (name TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
    feed TEXT NOT NULL, name TEXT NOT NULL, state BLOB NOT NULL, PRIMARY KEY (feed, name)
) WITHOUT ROWID;
"""


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a chain of pages goes on that was not read to its end.

    Attributes:
        url: the next page.
        low: first moment that was asked for, microseconds UTC.
        high: last moment that was asked for.
        newest: newest moment of the pages before, microseconds UTC.
    """

    url: str
    low: int | None = None
    high: int | None = None
    newest: int | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one combination of `each`, or of one file.

    Attributes:
        watermark: newest moment that is stored, microseconds UTC; it is moved when the store has committed.
        cycle: the last round of the feed in which it was done.
        asked: digest of the address that `etag` and `modified` are of.
        page: where it goes on.
        size: bytes of the file.
        changed: its time of change, nanoseconds since 1970.
        digest: SHA-256 of the file.
        error: why the last try failed, or "".
    """

    watermark: int | None = None
    cycle: int = 0
    asked: str = ""
    etag: str = ""
    modified: str = ""
    page: Page | None = None
    size: int = -1
    changed: int = 0
    digest: str = ""
    error: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did, or all runs together.

    Attributes:
        stored: Observations that were created or updated.
        unchanged: Observations that were there already.
        rejected: files, records, entities and Observations that were kept out.
        quarantined: records that were added to the quarantine.
        requests: requests over HTTP, those that were tried again too.
        not_modified: answers that there is nothing new.
        received: bytes of answers and files.
    """

    stored: int = 0
    unchanged: int = 0
    rejected: int = 0
    quarantined: int = 0
    requests: int = 0
    not_modified: int = 0
    received: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class FeedState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a feed; moments are microseconds UTC.

    Attributes:
        cycle: number of the round over all its parts.
        partial: whether that round was not finished; the next run goes on with it.
        since: the first try.
        tried: the last try.
        succeeded: the last run without any failure.
        renewed: when something new was stored.
        next: when it is tried again.
        newest: newest moment that it gave.
        failures: how many runs in a row gave nothing but failures.
        message: what went wrong in the last run, or "".
        cure: what to do about it.
        failed_at: when that was.
        last: counts of the last run.
        total: counts of all runs.
        findings: how often each rule was broken in the last run.
    """

    cycle: int = 0
    partial: bool = False
    since: int | None = None
    tried: int | None = None
    succeeded: int | None = None
    renewed: int | None = None
    next: int | None = None
    newest: int | None = None
    failures: int = 0
    message: str = ""
    cure: str = ""
    failed_at: int | None = None
    last: Counts = Counts()
    total: Counts = Counts()
    findings: Mapping[str, int] = {}


class StateFile:
    """The states of the feeds of a lab; each `put` is one transaction.

    Raises:
        StoreError: the file cannot be made or read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        with translated(path):
            self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
            self._connection.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def feed(self, name: str) -> FeedState:
        """Give the state of a feed."""
        found = self._one("SELECT state FROM feed WHERE name = ?", (name,))
        return msgspec.json.decode(found, type=FeedState) if found is not None else FeedState()

    def part(self, feed: str, name: str) -> Part:
        """Give the state of a part of a feed."""
        found = self._one("SELECT state FROM part WHERE feed = ? AND name = ?", (feed, name))
        return msgspec.json.decode(found, type=Part) if found is not None else Part()

    def parts(self, feed: str) -> dict[str, Part]:
        """Give the states of all parts of a feed, by their names."""
        with self._turn, translated(self._path):
            rows = self._connection.execute("SELECT name, state FROM part WHERE feed = ? ORDER BY name", (feed,))
            return {name: msgspec.json.decode(state, type=Part) for name, state in rows}

    def put_feed(self, name: str, state: FeedState) -> None:
        """Keep the state of a feed."""
        self._write("INSERT OR REPLACE INTO feed VALUES (?, ?)", (name, msgspec.json.encode(state)))

    def put_part(self, feed: str, name: str, state: Part) -> None:
        """Keep the state of a part of a feed."""
        self._write("INSERT OR REPLACE INTO part VALUES (?, ?, ?)", (feed, name, msgspec.json.encode(state)))

    def _one(self, statement: str, values: tuple[str, ...]) -> bytes | None:
        with self._turn, translated(self._path):
            row = self._connection.execute(statement, values).fetchone()
        return None if row is None else row[0]

    def _write(self, statement: str, values: tuple[str | bytes, ...]) -> None:
        with self._turn, translated(self._path), self._connection:
            self._connection.execute(statement, values)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others from running the feeds of a lab; the system lets go when the process ends, however it ends.

    Raises:
        SettingsError: another process runs them.
    """
    with translated(folder / LOCK_FILE):
        lock = sqlite3.connect(folder / LOCK_FILE, timeout=0, isolation_level=None)
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            reason = f"another `ssclab sources run` is at work on {folder}; stop it, or let it do this"
            raise SettingsError(reason) from error
        yield
