"""Pages of Observations that are written from columns say what those say that are written entity by entity."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.sensorthings import columnar
from ssclab_data.model.series import Series
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import HOUR, START, example_batch, example_entities

RESULTS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.none(),
    st.text(max_size=8),
    st.just({"a": [1, "é"]}),
)
ROWS = st.lists(
    st.tuples(st.integers(0, 10**9), RESULTS, st.booleans(), st.booleans()),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[0],
)
SELECTS = st.sampled_from(
    [
        "",
        "&$select=result",
        "&$select=@iot.id,phenomenonTime,Datastream",
        "&$select=resultTime,resultQuality,parameters,validTime",
        "&$count=true&$select=phenomenonTime,result",
    ]
)
ORDERS = st.sampled_from(["", "&$orderby=phenomenonTime desc", "&$orderby=result", "&$orderby=@iot.id desc"])


def client_of(store: Store) -> TestClient:
    return TestClient(build_app(store, labs=(), settings=Settings(), title="Breda"))


def batch(rows: list[tuple[Any, ...]]) -> Batch:
    return Batch(
        series=(
            Series(
                datastream="v/1/noise",
                feature="v/1",
                start=tuple(START + row[0] * 1_000 for row in rows),
                end=tuple(START + row[0] * 1_000 + HOUR if row[2] else None for row in rows),
                result=tuple(row[1] for row in rows),
                result_time=tuple(START if row[3] else None for row in rows),
                result_quality=tuple("doubtful" if row[3] else None for row in rows),
                parameters=tuple({"n": row[0]} if row[2] and row[3] else None for row in rows),
                valid_start=tuple(START if row[2] else None for row in rows),
                valid_end=tuple(START + HOUR if row[2] else None for row in rows),
            ),
        )
    )


def comparable(body: Any) -> Any:
    """Leave out what differs by nature: the signature of a cursor, and zeros at the end of a fraction of a second."""
    if isinstance(body, dict):
        return {name: "there is one" if name == "@iot.nextLink" else comparable(value) for name, value in body.items()}
    if isinstance(body, list):
        return [comparable(value) for value in body]
    if isinstance(body, str) and body[:2] in ("19", "20"):
        return "/".join(_short(part) for part in body.split("/"))
    return repr(body) if isinstance(body, float) else body


def _short(time: str) -> str:
    return time[:-1].rstrip("0").rstrip(".") + "Z" if "." in time else time


@settings(max_examples=60)
@given(ROWS, SELECTS, ORDERS, st.integers(1, 30))
def test_columns_say_what_entities_say(rows: list[tuple[Any, ...]], select: str, order: str, top: int) -> None:
    memory = MemoryStore("breda")
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(columnar, "LEAST_ROWS", 1):
        sqlite = SQLiteStore.open(Path(folder) / "breda.db", lab="breda")
        for store in (memory, sqlite):
            store.apply(Batch(entities=example_entities()))
            store.apply(batch(rows))
        sqlite.seal(1)
        path = f"/sta/v1.1/Datastreams(2)/Observations?$top={top}{select}{order}"
        one, other = (client_of(store).get(path) for store in (memory, sqlite))
        assert one.status_code == other.status_code == 200
        assert comparable(one.json()) == comparable(other.json())
        assert list(one.json()) == list(other.json())
        sqlite.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    store = SQLiteStore.open(tmp_path / "breda.db", lab="breda")
    store.apply(example_batch())
    yield client_of(store)
    store.close()


def test_data_arrays_are_grouped_by_datastream(client: TestClient) -> None:
    body = client.get("/sta/v1.1/Observations?$resultFormat=dataArray&$count=true&$top=8").json()
    assert body["@iot.count"] == 11
    assert "resultFormat=dataArray" in body["@iot.nextLink"]
    assert sum(group["dataArray@iot.count"] for group in body["value"]) == 8
    first = body["value"][0]
    assert first["components"][:4] == ["id", "phenomenonTime", "result", "resultTime"]
    assert first["Datastream@iot.navigationLink"].endswith("/Datastreams(1)")
    assert [len(row) for row in first["dataArray"]] == [len(first["components"])] * first["dataArray@iot.count"]
    rest = client.get(body["@iot.nextLink"].removeprefix("http://testserver")).json()
    assert sum(group["dataArray@iot.count"] for group in rest["value"]) == 3


def test_csv_has_a_row_for_each_observation_and_a_link_to_the_next_page(client: TestClient) -> None:
    answer = client.get("/sta/v1.1/Observations?$resultFormat=CSV&$top=8")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(rows) == 8
    assert rows[0]["id"] == str((1 << 32) + 1)
    assert rows[0]["Datastream/@iot.id"] == "1"
    assert 'rel="next"' in answer.headers["link"]
    assert "resultFormat=CSV" in answer.headers["link"]


def test_geojson_has_the_geometry_of_the_feature_of_interest(client: TestClient) -> None:
    answer = client.get("/sta/v1.1/Observations?$resultFormat=GeoJSON&$filter=Datastream/Thing/@iot.id eq 1")
    body = json.loads(answer.text)
    assert answer.headers["content-type"].startswith("application/geo+json")
    assert body["type"] == "FeatureCollection"
    assert {tuple(one["geometry"]["coordinates"]) for one in body["features"]} == {(4.7, 51.5)}
    assert "result" in body["features"][0]["properties"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("Things/$ref?$resultFormat=CSV", "entities and sets"),
        ("Things(1)/name?$resultFormat=CSV", "entities and sets"),
        ("Things/$count?$resultFormat=GeoJSON", "entities and sets"),
        ("Things?$resultFormat=dataArray", "for Observations"),
        ("Observations?$resultFormat=dataArray&$expand=Datastream", "with $expand"),
        ("Observations?$resultFormat=XML", "known: JSON, dataArray, CSV, GeoJSON"),
    ],
)
def test_other_formats_of_other_things_are_refused(client: TestClient, path: str, words: str) -> None:
    answer = client.get(f"/sta/v1.1/{path}")
    assert answer.status_code == 501
    assert words in answer.json()["detail"]


def test_an_empty_page_is_valid_in_each_format(client: TestClient) -> None:
    for format_, expected in (("dataArray", {"value": []}), ("GeoJSON", {"type": "FeatureCollection", "features": []})):
        path = f"/sta/v1.1/Observations?$resultFormat={format_}&$filter=result gt 1000"
        assert client.get(path).json() == expected
