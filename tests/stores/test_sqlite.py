"""The SQLite store fulfils the contract, and what only a file can do."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ssclab_data.errors import QueryLimitError, SettingsError, StoreBusyError, StoreError
from ssclab_data.model.series import Series
from ssclab_data.stores.base import Batch
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import START, StoreTests, all_pages, ask, example_batch, example_entities


class TestSQLiteStore(StoreTests):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SQLiteStore]:
        store = SQLiteStore.open(tmp_path / "breda.db", lab="breda")
        yield store
        store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "breda.db"
    with_data = SQLiteStore.open(file, lab="breda")
    with_data.apply(example_batch())
    with_data.close()
    return file


def test_a_store_opens_again_with_all_that_was_written(path: Path) -> None:
    store = SQLiteStore.open(path)
    assert (store.lab, store.count(ask("Observation")), store.sequence) == ("breda", 11, 1)
    secret = store.secret
    store.close()
    again = SQLiteStore.open(path, lab="breda")
    assert again.secret == secret
    again.close()
    with pytest.raises(StoreError, match="closed"):
        again.read(ask("Thing"))


@pytest.mark.parametrize(
    ("content", "lab", "words"),
    [
        (b"this is no database, but it is long enough to look at", "breda", "no store"),
        (b"", "", "give the key"),
        (None, "", "does not exist"),
    ],
)
def test_what_is_no_store_is_refused(tmp_path: Path, content: bytes | None, lab: str, words: str) -> None:
    file = tmp_path / "x.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        SQLiteStore.open(file, lab=lab)


def test_a_store_of_another_lab_or_a_newer_format_is_refused(path: Path) -> None:
    with pytest.raises(SettingsError, match="is of lab 'breda', not 'helmond'"):
        SQLiteStore.open(path, lab="helmond")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = 99 WHERE name = 'format'")
    connection.close()
    with pytest.raises(SettingsError, match="format 99"):
        SQLiteStore.open(path)


def test_another_database_is_not_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    with pytest.raises(SettingsError, match="no store of this package"):
        SQLiteStore.open(file, lab="breda")


def test_reading_goes_on_while_another_process_writes(path: Path) -> None:
    """A reader of this process sees the old state until the other process has written, then the new one."""
    store = SQLiteStore.open(path)
    code = (
        "import sys; from ssclab_data.stores.sqlite import SQLiteStore; from ssclab_data.testing import *\n"
        "store = SQLiteStore.open(sys.argv[1])\n"
        "store.apply(Batch(entities=(Thing(key='v/3', name='C', description=''),)))\n"
        "store.close()"
    )
    with store.reading() as connection:
        before = connection.execute("SELECT count(*) FROM thing").fetchone()[0]
        subprocess.run([sys.executable, "-c", code, str(path)], check=True)
        assert connection.execute("SELECT count(*) FROM thing").fetchone()[0] == before == 2
    assert store.count(ask("Thing")) == 3
    store.close()


def test_a_second_writer_waits_and_then_says_so(path: Path) -> None:
    store = SQLiteStore.open(path, busy_seconds=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match="try again"):
        store.apply(Batch(entities=example_entities()))
    other.execute("ROLLBACK")
    other.close()
    assert store.apply(Batch(entities=example_entities())).created == {}
    store.close()


def test_threads_have_their_own_connections(path: Path) -> None:
    store = SQLiteStore.open(path)
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(store.count(ask("Thing")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [2] * 8
    store.close()


@pytest.mark.parametrize(
    "text",
    ["1 add " * 40 + "1 add result eq 1", "not " * 50 + "(name eq 'a')", f"properties/{'a/' * 130}a eq 1"],
)
def test_a_filter_that_sqlite_cannot_take_is_a_limit_or_answered(path: Path, text: str) -> None:
    store = SQLiteStore.open(path)
    with suppress(QueryLimitError):
        kind = "Observation" if "result" in text else "Thing"
        assert store.count(ask(kind, filter=text)) >= 0
    store.close()


def test_values_are_parameters(path: Path) -> None:
    """A name that looks like SQL is a name."""
    store = SQLiteStore.open(path)
    hostile = "x'; DROP TABLE thing; --".replace("'", "''")
    for text in (f"name eq '{hostile}'", f"startswith(name,'{hostile}')", f"properties/a eq '{hostile}'"):
        assert store.count(ask("Thing", filter=text)) == 0
    assert store.count(ask("Thing")) == 2
    store.close()


@pytest.mark.parametrize("orderby", ["phenomenonTime", "phenomenonTime desc"])
def test_hot_rows_between_sealed_ones_are_in_the_page(path: Path, orderby: str) -> None:
    """A chunk whose rows would fill the page does not hide a late row that lies between them."""
    store = SQLiteStore.open(path)
    for minutes in (range(0, 60, 2), (31,)):
        series = Series(
            datastream="v/1/noise",
            start=tuple(START + minute * 60_000_000 for minute in minutes),
            result=tuple(float(minute) for minute in minutes),
        )
        store.apply(Batch(series=(series,)))
        if len(minutes) > 1:
            store.seal(1)
    query = ask("Observation", filter="Datastream/@iot.id eq 2", orderby=orderby)
    expected = sorted([*range(0, 60, 2), 31], reverse=orderby.endswith("desc"))
    for size in (5, 20, 40):
        assert [row.entity.result for row in all_pages(store, query, size)] == expected  # type: ignore[attr-defined]
    store.close()
