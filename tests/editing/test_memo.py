"""What is remembered of descriptive entities is forgotten as soon as one of them may have changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ssclab_data.editing.performing import perform
from ssclab_data.editing.writes import Method, Write, Written
from ssclab_data.model.values import Instant
from ssclab_data.stores.base import Transaction
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import ask, example_batch, point

STREAM = "Datastreams(1)"


def write(store: SQLiteStore, method: Method, path: str, body: Any) -> Written:
    asked = Write(method=method, path=path, body=body, now=Instant(1))
    return store.transact(lambda transaction: perform(transaction, asked))


def observe(store: SQLiteStore, minute: int) -> dict[str, Any]:
    """Write an Observation, and give its place."""
    body = {"phenomenonTime": f"2026-01-01T00:{minute:02d}:00Z", "result": 1}
    written = write(store, Method.POST, f"{STREAM}/Observations", body)
    (row,) = store.read(ask("Observation", filter=f"@iot.id eq {written.handle}", expand="FeatureOfInterest")).rows
    feature: dict[str, Any] = row.at("FeatureOfInterest")[0].entity.feature  # type: ignore[attr-defined]
    return feature


def move(store: SQLiteStore) -> None:
    place = {"name": "new", "description": "", "encodingType": "application/geo+json", "location": point(1, 2)}
    write(store, Method.POST, "Things(1)/Locations", place)


def mend(store: SQLiteStore) -> None:
    write(store, Method.PATCH, "Locations(1)", {"location": point(1, 2)})


def mend_elsewhere(store: SQLiteStore) -> None:
    other = SQLiteStore.open(store.path)
    mend(other)
    other.close()


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = SQLiteStore.open(tmp_path / "breda.db", lab="breda")
    store.apply(example_batch())
    yield store
    store.close()


@pytest.mark.parametrize("change", [move, mend, mend_elsewhere])
def test_a_place_that_changes_is_another_feature(store: SQLiteStore, change: Callable[[SQLiteStore], None]) -> None:
    assert observe(store, 1) == observe(store, 2) == point(4.7, 51.5)
    change(store)
    assert observe(store, 3) == observe(store, 4) == point(1, 2)


def test_a_feature_of_a_transaction_that_was_undone_is_forgotten(store: SQLiteStore) -> None:
    body = {"phenomenonTime": "2026-01-01T00:00:00Z", "result": 1}
    asked = Write(method=Method.POST, path=f"{STREAM}/Observations", body=body, now=Instant(1))

    def work(transaction: Transaction) -> None:
        perform(transaction, asked)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.transact(work)
    assert observe(store, 1) == point(4.7, 51.5)
    assert store.count(ask("FeatureOfInterest")) == 3


def test_a_datastream_that_is_deleted_is_not_there(store: SQLiteStore) -> None:
    observe(store, 1)
    write(store, Method.DELETE, STREAM, {})
    with pytest.raises(Exception, match=r"there is no Datastreams\(1\)"):
        observe(store, 2)
