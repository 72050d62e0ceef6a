"""What the commands of upkeep do to a store."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssclab_data.errors import QueryTooBroadError, SettingsError
from ssclab_data.model.series import Series
from ssclab_data.stores import maintenance
from ssclab_data.stores.base import Batch
from ssclab_data.stores.file_system import check_local, kind_of
from ssclab_data.stores.scanning import Budget
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import START, ask, example_entities

MINUTE = 60_000_000


def minutes(count: int, *, first: int = 0) -> Series:
    numbers = range(first, first + count)
    return Series(
        datastream="v/1/pm25",
        feature="v/1",
        start=tuple(START + number * MINUTE for number in numbers),
        result=tuple(float(number % 97) for number in numbers),
        parameters=tuple({"n": number} if number % 50 == 0 else None for number in numbers),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore.open(tmp_path / "breda.db", lab="breda")
    store.apply(Batch(entities=example_entities(), series=(minutes(5_000),)))
    store.apply(Batch(series=(minutes(20, first=5_000),)))
    yield store
    store.close()


def test_info_counts_what_is_there(store: SQLiteStore) -> None:
    found = maintenance.info(store)
    assert (found.lab, found.sealed, found.hot, found.chunks) == ("breda", 5_000, 20, 3)
    assert found.chunk_bytes == sum(found.columns.values())
    assert set(found.columns) == {"start", "handle", "result", "parameters"}
    assert found.bytes_per_observation == found.bytes / 5_020
    assert ("Observations", "5,020: 5,000 in 3 chunks, 20 hot") in maintenance.sizes(found)


def test_an_empty_store_has_sizes_too(tmp_path: Path) -> None:
    store = SQLiteStore.open(tmp_path / "x.db", lab="breda")
    assert maintenance.info(store).bytes_per_observation == 0
    assert ("phenomenonTime", "none") in maintenance.sizes(maintenance.info(store))
    assert list(maintenance.check(store)) == []
    store.close()


def test_a_store_in_order_has_no_problems(store: SQLiteStore) -> None:
    assert list(maintenance.check(store)) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE datastream SET observations = observations + 1 WHERE key = 'v/1/pm25'", "observations is 5021"),
        ("UPDATE datastream SET phenomenon_time_end = 0 WHERE key = 'v/1/pm25'", "phenomenon_time_end is 0"),
        ("UPDATE latest SET result = 5.5", "not its newest"),
        ("UPDATE chunk SET result_max = 1 WHERE id = 1", "bounds are not those of its rows: result_max"),
        ("UPDATE chunk SET result_blob = zeroblob(length(result_blob)) WHERE id = 2", "column result"),
        ("UPDATE hot SET sequence = 1 WHERE sequence = 5001", "two Observations have one handle"),
    ],
)
def test_damage_is_found_and_named(store: SQLiteStore, damage: str, words: str) -> None:
    connection = sqlite3.connect(store.path, isolation_level=None)
    connection.execute(damage)
    connection.close()
    problems = list(maintenance.check(store))
    assert any(words in problem.what for problem in problems), problems


def test_compacting_keeps_every_answer_and_needs_less_room(store: SQLiteStore) -> None:
    store.delete(ask("Observation", filter="result gt 60"))
    before = [(row.handle, row.entity) for row in store.read(ask("Observation")).rows]
    chunks = maintenance.info(store).chunks
    assert maintenance.compact(store) > 0
    after = maintenance.info(store)
    assert after.chunks < chunks
    assert (after.hot, after.log_bytes) == (0, 0)
    assert [(row.handle, row.entity) for row in store.read(ask("Observation")).rows] == before
    assert list(maintenance.check(store)) == []


def test_a_backup_is_a_store_of_the_same_content(store: SQLiteStore, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    maintenance.backup(store, copy)
    store.apply(Batch(series=(minutes(5, first=9_000),)))
    other = SQLiteStore.open(copy)
    assert (other.lab, other.count(ask("Observation"))) == ("breda", 5_020)
    assert list(maintenance.check(other)) == []
    other.close()
    with pytest.raises(SettingsError, match="is there already"):
        maintenance.backup(store, copy)


def test_a_query_that_takes_too_long_says_what_to_do(store: SQLiteStore) -> None:
    hurried = SQLiteStore.open(store.path, budget=Budget(seconds=0.0))
    with pytest.raises(QueryTooBroadError, match=r"bound phenomenonTime|ask for less"):
        hurried.read(ask("Observation", orderby="parameters/n", top="5"))
    hurried.close()


@pytest.mark.parametrize("orderby", ["phenomenonTime", "parameters/n", "result"])
def test_a_query_that_sorts_too_much_says_what_to_do(store: SQLiteStore, orderby: str) -> None:
    small = SQLiteStore.open(store.path, budget=Budget(rows=100))
    with pytest.raises(QueryTooBroadError, match="more than 100 Observations in order"):
        small.read(ask("Observation", orderby=orderby))
    assert len(small.read(ask("Observation", orderby="phenomenonTime", top="20")).rows) == 20
    small.close()


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssclab_data.stores.file_system.kind_of", lambda path, mounts: "nfs4")
    with pytest.raises(SettingsError, match=r"network file system \(nfs4\)"):
        SQLiteStore.open(tmp_path / "x.db", lab="breda")
    monkeypatch.undo()
    check_local(tmp_path / "x.db")
    assert kind_of(Path("/a/b"), []) == ""
