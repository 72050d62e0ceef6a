"""Look after a SQLite store: what is in it, whether it is whole, less room, a copy while it is in use."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ssclab_data.errors import SettingsError, StoreCorruptError
from ssclab_data.model.columns import Columns, join, known_times
from ssclab_data.model.values import Instant
from ssclab_data.stores import counting, hot, sealing
from ssclab_data.stores.chunks import BLOBS, bounds_of
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.stores.tables import CHUNK_BOUNDS, FORMAT

_COUNTERS = (
    "observations",
    "hot",
    "phenomenon_time_start",
    "phenomenon_time_end",
    "result_time_start",
    "result_time_end",
)


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a store.

    Attributes:
        bytes: of the file.
        log_bytes: of the write-ahead log beside it.
        free_bytes: in the file that compacting would give back.
        sealed: Observations in chunks.
        hot: Observations that are not in chunks yet.
        chunk_bytes: of all chunks, without SQLite's own share.
        columns: bytes of each column of the chunks.
        first: first start of phenomenonTime, None when there is none.
        last: last end.
    """

    path: str
    lab: str
    format: int
    sequence: int
    bytes: int
    log_bytes: int
    free_bytes: int
    datastreams: int
    sealed: int
    hot: int
    chunks: int
    chunk_bytes: int
    columns: dict[str, int]
    first: Instant | None
    last: Instant | None

    @property
    def bytes_per_observation(self) -> float:
        """Bytes of the file for each Observation; 0 when there is none."""
        total = self.sealed + self.hot
        return self.bytes / total if total else 0.0


class Problem(msgspec.Struct, frozen=True):
    """Something in a store that is not as it must be."""

    where: str
    what: str


def info(store: SQLiteStore) -> Info:
    """Measure a store."""
    sums = ", ".join(f"coalesce(sum(length({name}_blob)), 0)" for name in BLOBS)
    with store.reading() as connection:
        sealed, chunks, *lengths = connection.execute(
            f"SELECT coalesce(sum(size), 0), count(*), {sums} FROM chunk"
        ).fetchone()
        warm, datastreams, first, last = connection.execute(
            "SELECT coalesce(sum(hot), 0), count(*), min(phenomenon_time_start), max(phenomenon_time_end) "
            "FROM datastream"
        ).fetchone()
        free, page = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    return Info(
        path=str(store.path),
        lab=store.lab,
        format=FORMAT,
        sequence=store.sequence,
        bytes=store.path.stat().st_size,
        log_bytes=_log_bytes(store),
        free_bytes=free * page,
        datastreams=datastreams,
        sealed=sealed,
        hot=warm,
        chunks=chunks,
        chunk_bytes=sum(lengths),
        columns={name: size for name, size in zip(BLOBS, lengths, strict=True) if size},
        first=None if first is None else Instant(first),
        last=None if last is None else Instant(last),
    )


def check(store: SQLiteStore) -> Iterator[Problem]:
    """Check the file, every chunk, and every counter; give what is wrong."""
    with store.reading(seconds=float("inf")) as connection:
        for (text,) in connection.execute("PRAGMA integrity_check").fetchall():
            if text != "ok":
                yield Problem(str(store.path), text)
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchall():
            yield Problem(f"{table} {row}", f"points at a {parent} that is not there")
        streams = connection.execute(f"SELECT id, key, {', '.join(_COUNTERS)} FROM datastream ORDER BY id").fetchall()
        for datastream, key, *counters in streams:
            yield from _check_datastream(connection, datastream, key, counters)


def compact(store: SQLiteStore) -> int:
    """Seal all hot rows, write chunks that are not full together, and give free pages back to the disk.

    Returns:
        How many bytes fewer the file and its log have.
    """
    before = store.path.stat().st_size + _log_bytes(store)
    store.seal(1)
    store.compact()
    store.vacuum()
    return before - store.path.stat().st_size - _log_bytes(store)


def backup(store: SQLiteStore, target: Path) -> None:
    """Copy a store, as it is at one moment, while it is in use.

    Raises:
        SettingsError: there is a file of that name.
    """
    if target.exists():
        raise SettingsError(f"{target} is there already; choose another name")
    with store.reading(seconds=float("inf")) as connection:
        copy = sqlite3.connect(target)
        try:
            connection.backup(copy)
        finally:
            copy.close()


def _log_bytes(store: SQLiteStore) -> int:
    log = Path(f"{store.path}-wal")
    return log.stat().st_size if log.exists() else 0


def _check_datastream(
    connection: sqlite3.Connection, datastream: int, key: str, counters: list[int | None]
) -> Iterator[Problem]:
    parts: list[Columns] = []
    damaged = False
    for row in connection.execute("SELECT id FROM chunk WHERE datastream = ? ORDER BY first", (datastream,)).fetchall():
        try:
            columns = sealing.read(connection, row[0])
            parts.append(columns)
            yield from _check_bounds(connection, row[0], key, columns)
        except StoreCorruptError as error:
            damaged = True
            yield Problem(f"Datastream {key!r}", str(error))
    rows = connection.execute(f"SELECT {hot.NAMES} FROM hot WHERE datastream_id = ?", (datastream,)).fetchall()
    if damaged:
        return
    everything = join([*parts, hot.columns_of(rows)])
    yield from _check_counters(key, counters, everything, warm=len(rows))
    if len(everything) != len(set(everything.handle.tolist())):
        yield Problem(f"Datastream {key!r}", "two Observations have one handle")
    yield from _check_latest(connection, datastream, key, everything)


def _check_bounds(connection: sqlite3.Connection, chunk: int, key: str, columns: Columns) -> Iterator[Problem]:
    text = f"SELECT {', '.join(CHUNK_BOUNDS)} FROM chunk WHERE id = ?"
    kept = dict(zip(CHUNK_BOUNDS, connection.execute(text, (chunk,)).fetchone(), strict=True))
    found = bounds_of(columns)
    wrong = [name for name in CHUNK_BOUNDS if kept[name] != getattr(found, name)]
    if wrong:
        yield Problem(
            f"chunk {chunk} of Datastream {key!r}", f"its bounds are not those of its rows: {', '.join(wrong)}"
        )


def _check_counters(key: str, counters: list[int | None], everything: Columns, *, warm: int) -> Iterator[Problem]:
    size = len(everything)
    known = known_times(everything.result_time)
    right = (
        size,
        warm,
        int(everything.start.min()) if size else None,
        int(everything.stop.max()) if size else None,
        int(known.min()) if len(known) else None,
        int(known.max()) if len(known) else None,
    )
    for name, kept, found in zip(_COUNTERS, counters, right, strict=True):
        if kept != found:
            yield Problem(f"Datastream {key!r}", f"{name} is {kept}, and should be {found}")


def _check_latest(connection: sqlite3.Connection, datastream: int, key: str, everything: Columns) -> Iterator[Problem]:
    kept = connection.execute(f"SELECT {hot.NAMES} FROM latest WHERE datastream_id = ?", (datastream,)).fetchone()
    rows = list(hot.rows_of(everything))
    newest = max(rows, key=counting.age, default=None)
    if kept != newest:
        yield Problem(f"Datastream {key!r}", "the Observation kept as its newest is not its newest")


def sizes(found: Info) -> list[tuple[str, str]]:
    """Write what is in a store as rows of a table."""
    total = found.sealed + found.hot
    each = f", {found.bytes_per_observation:.2f} bytes an Observation" if total else ""
    return [
        ("lab", found.lab),
        ("format", str(found.format)),
        ("sequence", f"{found.sequence:,}"),
        ("file", f"{found.bytes:,} bytes{each}; {found.free_bytes:,} bytes free in it"),
        ("write-ahead log", f"{found.log_bytes:,} bytes"),
        ("Datastreams", f"{found.datastreams:,}"),
        ("Observations", f"{total:,}: {found.sealed:,} in {found.chunks:,} chunks, {found.hot:,} hot"),
        ("phenomenonTime", f"{found.first} to {found.last}" if found.first is not None else "none"),
        *((f"column {name}", f"{size:,} bytes") for name, size in found.columns.items()),
    ]
