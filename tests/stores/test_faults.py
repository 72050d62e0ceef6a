"""What a store does when the disk, the file or another writer fails it: say so clearly, keep nothing by half, go on."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from ssclab_data.errors import SettingsError, SsclabError, StoreCorruptError, StoreError, UnresolvedLinkError
from ssclab_data.model.sensorthings import Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.stores import maintenance, sqlite
from ssclab_data.stores.base import Batch, Page, Transaction, WriteReport
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.stores.writing import Writing
from ssclab_data.testing import HOUR, START, all_pages, ask, example_batch, example_entities

STREAMS = ("v/1/pm25", "v/1/noise", "v/2/pm25", "v/2/noise")
ROWS = 2_100
SHARE = 300


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return filled(tmp_path / "breda.db")


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore.open(path)
    yield opened
    opened.close()


def filled(file: Path) -> Path:
    """Make a store with two chunks and some hot rows in each of two Datastreams."""
    store = SQLiteStore.open(file, lab="breda")
    store.apply(Batch(entities=example_entities(), series=tuple(noise(stream, ROWS) for stream in STREAMS[:2])))
    store.apply(Batch(series=tuple(noise(stream, 20, first=ROWS) for stream in STREAMS[:2])))
    store.close()
    return file


def noise(stream: str, rows: int, *, first: int = 0) -> Series:
    """Give rows that hardly can be made smaller."""
    numbers = np.arange(first, first + rows)
    results = np.random.default_rng(first).normal(size=rows)
    return Series(datastream=stream, feature=stream[:3], start=START + numbers * HOUR, result=results)


def number(store: SQLiteStore, stream: str = "") -> int:
    """Count, by reading, and hold the counters against it."""
    query = ask("Observation", filter=f"Datastream/@key eq '{stream}'" if stream else "true", orderby="@iot.id")
    rows = len(store.read(query).rows)
    assert store.count(query) == rows
    return rows


def problems(store: SQLiteStore) -> list[str]:
    """Check everything."""
    return [f"{problem.where}: {problem.what}" for problem in maintenance.check(store)]


def sequences(store: SQLiteStore) -> list[int]:
    """Give the numbers of the batches."""
    return sorted({change.sequence for change in store.changes(0)})


# Disk full


class FewPages:
    """Allow a file no more pages than it has, and some."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, store: SQLiteStore) -> None:
        connection = store._writing_connection()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")

    def make_room(self, store: SQLiteStore) -> None:
        store._writing_connection().execute("PRAGMA max_page_count = 1000000")


class SmallFiles:
    """Allow this process no files above a size; Python does not let the signal end it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, store: SQLiteStore) -> None:
        self.limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, self.limits[1]))

    def make_room(self, store: SQLiteStore) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.limits)


class SmallDisk:
    """Put the file on a disk of 2 MB, and then let that be larger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "small"

    def fill(self, store: SQLiteStore) -> None:
        """Leave it as it is."""

    def make_room(self, store: SQLiteStore) -> None:
        mount("-o", "remount,size=64m", str(self.folder))


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(folder)
    disk.folder.mkdir()
    try:
        mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk.folder))
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("may not mount a file system here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk.folder)], check=True)


@contextmanager
def few_pages(folder: Path) -> Iterator[FewPages]:
    yield FewPages(folder)


@contextmanager
def small_files(folder: Path) -> Iterator[SmallFiles]:
    files = SmallFiles(folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield files
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


type Scarce = FewPages | SmallFiles | SmallDisk


def write_until_full(store: SQLiteStore) -> int:
    """Write batches, and tell how many were kept before one failed."""
    with suppress(StoreError):
        for each in range(300):
            store.apply(Batch(series=tuple(noise(stream, SHARE, first=each * SHARE) for stream in STREAMS)))
    return store.sequence - 1


@pytest.mark.parametrize("log_bytes", [sqlite._WAL_BYTES, 1], ids=["long log", "short log"])
@pytest.mark.parametrize("scarcity", [few_pages, small_files, small_disk])
def test_a_full_disk_keeps_nothing_of_the_batch_and_all_before_it(
    scarcity: Callable[[Path], AbstractContextManager[Scarce]],
    log_bytes: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where room is missing while the log is written into the file, which is no failure of the batch."""
    monkeypatch.setattr(sqlite, "_WAL_BYTES", log_bytes)
    with (
        scarcity(tmp_path) as scarce,
        closing(SQLiteStore.open(scarce.folder / "breda.db", lab="breda")) as store,
    ):
        store.apply(Batch(entities=example_entities()))
        scarce.fill(store)
        batches = write_until_full(store)
        last = Batch(series=tuple(noise(stream, SHARE, first=batches * SHARE) for stream in STREAMS))
        with pytest.raises(StoreError, match=r"breda\.db: .*; nothing of the request was kept: (make room|look at)"):
            store.apply(last)
        assert number(store) == batches * SHARE * len(STREAMS)
        assert sequences(store) == list(range(1, batches + 2))
        assert store.count(ask("Thing")) == 2
        scarce.make_room(store)
        assert store.apply(last).created == {"Observation": SHARE * len(STREAMS)}
        assert number(store) == (batches + 1) * SHARE * len(STREAMS)
        assert problems(store) == []


# Read-only

AS_NOBODY = """
import os, sys
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import *
file, used = sys.argv[1:]
store = SQLiteStore.open(used, lab="breda")  # imports what is imported late
store.apply(example_batch())
store.read(ask("Observation"))
store.close()
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    store = SQLiteStore.open(file, lab="breda")
    print("read", len(store.read(ask("Observation")).rows))
    store.apply(Batch(entities=(Thing(key="v/9", name="9", description=""),)))
    print("written")
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """Give a folder that other users can go into."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
        Path(name).chmod(0o755)


@pytest.mark.parametrize(
    ("folder", "file", "used", "expected"),
    [
        (0o777, 0o444, False, ["read 11", "StoreError {}: attempt to write a readonly database; the file or its "]),
        (0o755, 0o444, True, ["read 11", "StoreError {}: attempt to write a readonly database; the file or its "]),
        (0o555, 0o444, False, ["StoreError {}: attempt to write a readonly database; the file or its folder may not"]),
        (0o555, 0o400, False, ["StoreError {}: unable to open database file; the folder must exist, and be writable"]),
        (0o555, None, False, ["StoreError {}: unable to open database file; the folder must exist, and be writable"]),
    ],
    ids=["file", "folder, in use", "folder", "not even readable", "nothing there"],
)
def test_a_file_that_may_not_be_written_is_read_or_refused_by_name(
    public: Path, tmp_path: Path, folder: int, file: int | None, used: bool, expected: list[str]
) -> None:
    """A file that nobody has open needs two more beside it, so that its folder must be writable even to read it."""
    if file == 0o400 and os.geteuid() != 0:
        file = 0o000
    name = public / "breda.db"
    store = SQLiteStore.open(name, lab="breda") if file is not None else None
    if store is not None and file is not None:
        store.apply(example_batch())
        if not used:
            store.close()
        name.chmod(file)
    public.chmod(folder)
    command = [sys.executable, "-c", AS_NOBODY, str(name), str(tmp_path / "other.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    public.chmod(0o755)
    lines = done.stdout.splitlines()
    assert len(lines) == len(expected), done.stderr
    for line, beginning in zip(lines, expected, strict=True):
        assert line.startswith(beginning.format(name))
    if store is not None:
        store.close()


# Corrupt chunk


def damage(file: Path, column: str, *, datastream: str = STREAMS[0], last: bool = False) -> int:
    """Overwrite one byte of one column of the first or last chunk of a Datastream, and give the chunk's number."""
    connection = sqlite3.connect(file)
    chunk, blob = connection.execute(
        f"SELECT c.id, {column}_blob FROM chunk AS c JOIN datastream AS d ON d.id = c.datastream WHERE d.key = ? "
        f"ORDER BY first {'DESC' if last else ''} LIMIT 1",
        (datastream,),
    ).fetchone()
    middle = len(blob) // 2
    wrong = blob[:middle] + bytes([blob[middle] ^ 0x10]) + blob[middle + 1 :]
    connection.execute(f"UPDATE chunk SET {column}_blob = ? WHERE id = ?", (wrong, chunk))
    connection.commit()
    connection.close()
    return int(chunk)


def of(stream: str, more: str = "") -> dict[str, str]:
    return {"filter": f"Datastream/@key eq '{stream}'{more}", "orderby": "phenomenonTime"}


def at(hour: int) -> Instant:
    return Instant(START + hour * HOUR)


def test_a_corrupt_chunk_is_named_and_all_else_is_answered(path: Path, store: SQLiteStore) -> None:
    chunk = damage(path, "result")
    named = f"chunk {chunk} of Datastream 1, {at(0)} to {at(2_047)}: column result fails its checksum; run"
    for query in (
        ask("Observation", **of(STREAMS[0])),
        ask("Observation"),
        ask("Observation", **of(STREAMS[0], f" and phenomenonTime eq {at(7)}")),
        ask("Thing", expand="Datastreams($expand=Observations($top=1;$orderby=phenomenonTime))"),
    ):
        with pytest.raises(StoreCorruptError, match=named):
            store.read(query)
    with pytest.raises(StoreCorruptError, match=named):
        store.count(ask("Observation", **of(STREAMS[0], " and result gt 0")))
    with pytest.raises(StoreCorruptError, match=named):
        store.delete(ask("Observation", **of(STREAMS[0], " and result gt 0")))
    assert number(store, STREAMS[1]) == ROWS + 20
    later = ask("Observation", **of(STREAMS[0], f" and phenomenonTime gt {at(2_047)}"))
    assert len(store.read(later).rows) == ROWS + 20 - 2_048
    assert [named in problem for problem in problems(store)] == [True]


def test_columns_beside_the_corrupt_one_still_answer(path: Path, store: SQLiteStore) -> None:
    damage(path, "result")
    assert store.count(ask("Observation", **of(STREAMS[0]))) == ROWS + 20
    assert store.count(ask("Observation", **of(STREAMS[0], f" and phenomenonTime lt {at(100)}"))) == 100
    assert store.count(ask("Observation", **of(STREAMS[0], " and @iot.id lt 4294967300"))) == 3
    first = ask("Datastream", expand="Observations($top=1;$orderby=phenomenonTime desc)", filter="@iot.id eq 1")
    (row,) = store.read(first).rows
    assert row.at("Observations")[0].handle == (1 << 32) + ROWS + 20
    assert store.extent(ask("Observation", **of(STREAMS[0]))).interval is not None


@pytest.mark.parametrize("column", ["start", "result", "handle"])
def test_writing_goes_on_beside_a_corrupt_chunk(path: Path, store: SQLiteStore, column: str) -> None:
    """Late rows of its time are refused whole; new rows, and those of other Datastreams and times, are kept."""
    chunk = damage(path, column)
    before = store.sequence
    late = Batch(series=(noise(STREAMS[1], 5, first=9_000), noise(STREAMS[0], 5, first=10)))
    with pytest.raises(StoreCorruptError, match=f"chunk {chunk} of Datastream 1"):
        store.apply(late)
    assert store.sequence == before
    assert store.apply(Batch(series=(noise(STREAMS[0], 5, first=5_000),))).created == {"Observation": 5}
    assert store.apply(Batch(series=(noise(STREAMS[1], 5, first=100),))).sequence == before + 2
    assert store.seal(1) == 45
    assert number(store, STREAMS[1]) == ROWS + 20


def test_a_corrupt_last_chunk_keeps_nothing_from_being_sealed(path: Path, store: SQLiteStore) -> None:
    damage(path, "result", last=True)
    with suppress(StoreCorruptError):
        store.seal(1)
    connection = sqlite3.connect(path)
    left = dict(connection.execute("SELECT key, hot FROM datastream WHERE hot > 0"))
    connection.close()
    assert left == {}


# Corrupt pages


def overwrite(file: Path, page: int) -> None:
    """Put zeros in the place of a page; the first is 1."""
    with file.open("r+b") as opened:
        opened.seek((page - 1) * 4_096)
        opened.write(bytes(4_096))


def answers(file: Path) -> dict[str, Any]:
    """Ask many things; what fails as it may is the name of its error."""
    found: dict[str, Any] = {}
    try:
        store = SQLiteStore.open(file)
    except (StoreError, SettingsError) as error:
        return {"open": type(error).__name__}
    queries = {name: ask(name) for name in ("Thing", "Datastream", "Location", "FeatureOfInterest", "Observation")}
    queries |= {stream: ask("Observation", **of(stream)) for stream in STREAMS}
    queries["latest"] = ask("Datastream", expand="Observations($top=1;$orderby=phenomenonTime desc)")
    for name, query in queries.items():
        try:
            found[name] = written(store.read(query))
        except StoreError as error:
            found[name] = type(error).__name__
    store.close()
    return found


def written(page: Page) -> bytes:
    """Write an answer as bytes."""
    rows = [
        (row.handle, row.entity, [[one.entity for one in row.at(name)] for name in row.related]) for row in page.rows
    ]
    return msgspec.json.encode(rows)


@pytest.mark.parametrize(
    ("table", "answered"),
    [
        ("hot", {"Thing", "Datastream"}),
        ("chunk", {"Thing", "Datastream"}),
        ("latest", {"Thing", "Datastream", "Observation", STREAMS[0]}),
        ("log", {"Thing", "Datastream", "Observation", "latest", STREAMS[0]}),
        ("thing", {"Datastream", "Observation", "latest", STREAMS[0]}),
        ("feature_of_interest", {"Thing", "Datastream"}),
    ],
)
def test_a_corrupt_table_leaves_the_others(path: Path, table: str, answered: set[str]) -> None:
    right = answers(path)
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    overwrite(path, page)
    found = answers(path)
    for name in answered:
        assert found[name] == right[name], name


def test_a_page_of_zeros_is_never_a_wrong_answer(path: Path, tmp_path: Path) -> None:
    """Wherever it is in the file: each answer is right, or an error of the store."""
    right = answers(path)
    copy = tmp_path / "copy.db"
    failed = 0
    for page in range(1, path.stat().st_size // 4_096 + 1):
        shutil.copy(path, copy)
        overwrite(copy, page)
        found = answers(copy)
        wrong = [name for name, answer in found.items() if answer != right.get(name) and not isinstance(answer, str)]
        assert wrong == [], page
        failed += found != right
        for name in ("-wal", "-shm"):
            Path(f"{copy}{name}").unlink(missing_ok=True)
    assert failed > 10


def test_a_file_without_its_first_page_is_no_store(path: Path) -> None:
    with path.open("r+b") as opened:
        opened.write(b"\xff" * 4_096)
    with pytest.raises(SettingsError, match=r"breda\.db is no store"):
        SQLiteStore.open(path)


def test_a_log_that_ends_anywhere_holds_its_first_batches_whole(tmp_path: Path) -> None:
    """What a loss of power can leave of a log that was not written into the file yet."""
    file, cut = tmp_path / "breda.db", tmp_path / "cut.db"
    store = SQLiteStore.open(file, lab="breda")
    store._writing_connection().execute("PRAGMA wal_autocheckpoint = 0")
    store.apply(Batch(entities=example_entities()))
    for each in range(9):
        store.apply(Batch(series=tuple(noise(stream, 40, first=each * 40) for stream in STREAMS)))
    log = Path(f"{file}-wal").read_bytes()
    kept: set[int] = set()
    for length in (*range(60_000, len(log), 19_973), len(log)):
        shutil.copy(file, cut)
        Path(f"{cut}-wal").write_bytes(log[:length])
        opened = SQLiteStore.open(cut, lab="breda")
        kept.add(opened.sequence)
        assert number(opened) == max(opened.sequence - 1, 0) * 40 * len(STREAMS)
        assert problems(opened) == []
        opened.close()
    assert len(kept) > 5
    assert max(kept) == 10
    store.close()


# Several processes

WRITER = """
import sys
from ssclab_data.model.series import Series
from ssclab_data.stores.base import Batch
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import START
file, own, first, batches = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = SQLiteStore.open(file)
for number in range(batches):
    start = tuple(START + first + 10 * number + n for n in range(5))
    series = tuple(Series(datastream=key, start=start, result=(number,) * 5) for key in (own, "v/2/noise"))
    assert store.apply(Batch(series=series)).created == {"Observation": 10}
store.close()
"""
BATCHES = 150


def test_two_processes_write_in_turn_while_a_third_reads_whole_batches(tmp_path: Path) -> None:
    """Each batch is five rows of a Datastream of the process, and five of one that both write to."""
    file = tmp_path / "breda.db"
    store = SQLiteStore.open(file, lab="breda")
    store.apply(Batch(entities=example_entities()))
    own = (("v/1/pm25", 0), ("v/1/noise", 100_000))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(file), key, str(first), str(BATCHES)]) for key, first in own
    ]
    seen: set[tuple[int, ...]] = set()
    query = ask("Datastream", expand="Observations($count=true;$orderby=phenomenonTime)", orderby="@iot.id")
    while any(writer.poll() is None for writer in writers):
        pages = [row.related["Observations"] for row in store.read(query).rows]
        one, other, _, both = (page.count or 0 for page in pages if isinstance(page, Page))
        assert one + other == both
        assert one % 5 == other % 5 == 0
        assert [len(page.rows) for page in pages if isinstance(page, Page)] == [one, other, 0, both]
        seen.add((one, other))
        store.seal(50)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(seen) > 3
    assert number(store) == 4 * 5 * BATCHES
    assert sequences(store) == list(range(1, 2 * BATCHES + 2))
    assert problems(store) == []
    store.close()


def test_the_log_is_cut_when_a_long_reader_lets_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_WAL_BYTES", 1 << 20)
    monkeypatch.setattr(sqlite, "_CHECKPOINT_MS", 10)
    reader, writer = SQLiteStore.open(path), SQLiteStore.open(path)
    log = Path(f"{path}-wal")
    with reader.reading() as connection:
        before = connection.execute("SELECT sum(observations) FROM datastream").fetchone()
        for each in range(1, 200):
            writer.apply(Batch(series=tuple(noise(stream, ROWS, first=each * ROWS + 100) for stream in STREAMS)))
            if log.stat().st_size > 8 << 20:
                break
        assert log.stat().st_size > 8 << 20
        assert connection.execute("SELECT sum(observations) FROM datastream").fetchone() == before
    writer.apply(Batch(series=(noise(STREAMS[0], 1, first=10_000_000),)))
    assert log.stat().st_size < 1 << 20
    assert problems(writer) == []
    reader.close()
    writer.close()


# Lease


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[SQLiteStore, SQLiteStore]]:
    """Open one file twice, with 40 hot rows in each of four Datastreams."""
    file = tmp_path / "breda.db"
    one = SQLiteStore.open(file, lab="breda")
    one.apply(Batch(entities=example_entities(), series=tuple(noise(stream, 40) for stream in STREAMS)))
    other = SQLiteStore.open(file)
    yield one, other
    one.close()
    other.close()


def test_two_that_seal_at_once_move_each_row_once(pair: tuple[SQLiteStore, SQLiteStore]) -> None:
    meet = threading.Barrier(2)

    def seal(store: SQLiteStore) -> int:
        meet.wait()
        return store.seal(1)

    with ThreadPoolExecutor() as pool:
        moved = list(pool.map(seal, pair))
    assert sorted(moved) == [0, 160]
    for store in pair:
        assert number(store) == 160
        assert problems(store) == []


def test_a_lease_that_has_run_out_is_taken_over(
    pair: tuple[SQLiteStore, SQLiteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    monkeypatch.setattr(sqlite, "_LEASE_SECONDS", 0.3)
    assert one.seal(1) == 160
    other.apply(Batch(series=(noise(STREAMS[0], 40, first=50),)))
    assert other.seal(1) == 0
    time.sleep(0.35)
    assert other.seal(1) == 40
    assert number(one) == 200
    assert problems(one) == []


# Many threads


def start_together(store: SQLiteStore, batches: list[Batch]) -> list[SsclabError | None]:
    """Apply batches from a thread each, all of which wait for their turn before the first is written."""

    def apply(batch: Batch) -> SsclabError | None:
        try:
            store.apply(batch)
        except SsclabError as error:
            return error
        return None

    with ThreadPoolExecutor(len(batches)) as pool:
        store._writer.acquire()
        waiting = [pool.submit(apply, batch) for batch in batches]
        while len(store._waiting) < len(batches):
            time.sleep(0.001)
        store._writer.release()
        return [one.result() for one in waiting]


def apply(batch: Batch, transaction: Transaction) -> WriteReport:
    return transaction.apply(batch)


def thing(key: str) -> Thing:
    return Thing(key=key, name=key, description="")


def test_batches_that_wait_are_written_together_and_a_bad_one_fails_alone(store: SQLiteStore) -> None:
    before, held = store.sequence, number(store)
    batches = [
        Batch(entities=(thing(f"t/{each}"),), series=(noise(STREAMS[2], 3, first=each * 3),)) for each in range(32)
    ]
    batches[7] = Batch(entities=(thing("t/7"),), series=(noise("v/9/none", 3),))
    errors = start_together(store, batches)
    assert [each for each, error in enumerate(errors) if error] == [7]
    assert isinstance(errors[7], UnresolvedLinkError)
    keys = {row.entity.key for row in all_pages(store, ask("Thing"), 10)}
    assert keys == {"v/1", "v/2", *(f"t/{each}" for each in range(32) if each != 7)}
    assert number(store) == held + 31 * 3
    assert sequences(store) == list(range(1, before + 31 + 1))
    assert problems(store) == []


def test_more_batches_than_a_group_are_all_written(store: SQLiteStore) -> None:
    """The thread that has the turn may find its own batch behind a whole group."""
    batches = [Batch(entities=(thing(f"t/{each}"),)) for each in range(sqlite._GROUP)]
    store._waiting += [sqlite._Turn(partial(apply, batch)) for batch in batches]
    report = store.apply(Batch(entities=(thing("t/last"),)))
    assert report.created == {"Thing": 1}
    assert store.count(ask("Thing")) == 2 + sqlite._GROUP + 1


@pytest.mark.parametrize(
    "bad",
    [
        Series(datastream=STREAMS[0], start=(2**64,), result=(1,)),
        Series(datastream=STREAMS[0], start=(1,), result=(1,), parameters=({"a": object()},)),
    ],
    ids=["a time that is too large", "a value that is no JSON"],
)
def test_a_batch_that_cannot_be_written_at_all_fails_alone(store: SQLiteStore, bad: Series) -> None:
    errors = start_together(
        store, [Batch(entities=(thing("t/1"),)), Batch(series=(bad,)), Batch(entities=(thing("t/2"),))]
    )
    assert [isinstance(error, StoreError) for error in errors] == [False, True, False]
    assert store.count(ask("Thing")) == 4


# Uncommon values


def test_results_whose_sum_overflows_can_be_merged_and_checked(store: SQLiteStore) -> None:
    results = (1.7e308,) * 150 + (-1.7e308,) * 150
    store.apply(Batch(series=(Series(datastream=STREAMS[2], start=tuple(range(300)), result=results),)))
    store.apply(Batch(series=(Series(datastream=STREAMS[2], start=(5, 301), result=(1, 2)),)))
    store.seal(1)
    assert number(store, STREAMS[2]) == 301
    assert problems(store) == []


def test_a_valid_time_without_a_start_is_none_however_many_rows_there_are(store: SQLiteStore) -> None:
    times, results = tuple(range(20)), (1.5,) * 20
    store.apply(Batch(series=(Series(datastream=STREAMS[2], start=times, result=results, valid_end=times),)))
    report = store.apply(Batch(series=(Series(datastream=STREAMS[2], start=times[:3], result=results[:3]),)))
    assert report.unchanged == {"Observation": 3}


def test_a_batch_whose_group_is_interrupted_is_not_acknowledged(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was rolled back with an interrupted transaction waits again, and is written by the next."""
    waiting = sqlite._Turn(partial(apply, Batch(entities=(thing("t/first"),))))
    store._waiting.append(waiting)
    write = Writing.write

    def interrupted(writing: Writing, batch: Batch) -> None:
        if batch.entities[0].key == "t/second":
            raise KeyboardInterrupt
        write(writing, batch)

    with monkeypatch.context() as patched:
        patched.setattr(Writing, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.apply(Batch(entities=(thing("t/second"),)))
    assert [waiting.result] == [None]
    store.apply(Batch(entities=(thing("t/third"),)))
    assert [waiting.result] != [None]
    assert store.count(ask("Thing", filter="startswith(@key,'t/')")) == 3
