"""Sums by period over HTTP are those of a naive reckoning over the Observations that HTTP gives."""

import csv
import io
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.sensorthings.buckets import EXTENSION
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import example_entities

OBSERVATIONS = "/sta/v1.1/Datastreams(1)/Observations"
FIRST = Instant.parse("2026-10-24T12:00:00Z").us
STEP = 17 * 60_000_000
COUNT = 200


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Store]:
    made: Store = (
        MemoryStore("breda") if request.param == "memory" else SQLiteStore.open(tmp_path / "b.db", lab="breda")
    )
    starts = tuple(FIRST + STEP * number for number in range(COUNT))
    results = tuple("broken" if number == 9 else math.sin(number) * 10 for number in range(COUNT))
    made.apply(
        Batch(entities=example_entities(), series=(Series(datastream="v/1/pm25", start=starts, result=results),))
    )
    yield made
    made.close()


def client_of(store: Store, rows: int) -> TestClient:
    settings = Settings(max_page_size=rows)
    return TestClient(build_app(store, labs=(LabInfo(key="breda", name="Breda"),), settings=settings, title="Breda"))


@pytest.fixture
def client(store: Store) -> TestClient:
    return client_of(store, 300)


def hour_of(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["phenomenonTime"]).replace(minute=0, second=0)


def test_hours_are_those_that_the_observations_make(client: TestClient) -> None:
    rows = client.get(f"{OBSERVATIONS}?$orderby=phenomenonTime&$top=300").json()["value"]
    (answer,) = client.get(f"{OBSERVATIONS}?$every=PT1H").json()["value"]
    assert answer["Datastream@iot.navigationLink"].endswith("/sta/v1.1/Datastreams(1)")
    found = [dict(zip(answer["components"], values, strict=True)) for values in answer["dataArray"]]
    expected = {hour: list(part) for hour, part in groupby(rows, hour_of)}
    assert answer["dataArray@iot.count"] == len(found) == len(expected)
    for bucket, (hour, part) in zip(found, expected.items(), strict=True):
        numbers = [row["result"] for row in part if row["result"] != "broken"]
        end = hour + timedelta(hours=1)
        assert bucket["phenomenonTime"] == f"{hour:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}"
        assert (bucket["count"], bucket["other"]) == (len(numbers), len(part) - len(numbers))
        assert bucket["mean"] == pytest.approx(math.fsum(numbers) / len(numbers))
        assert [bucket[name] for name in ("min", "max", "first", "last")] == [
            min(numbers),
            max(numbers),
            numbers[0],
            numbers[-1],
        ]


def test_days_are_those_of_the_zone(client: TestClient) -> None:
    """The day on which summer time ends has 25 hours."""
    answer = client.get(f"{OBSERVATIONS}?$every=P1D&$zone=Europe/Amsterdam&$filter=phenomenonTime ge 2026-10-25").json()
    (first, *_) = (row[0] for row in answer["value"][0]["dataArray"])
    start, end = (datetime.fromisoformat(part) for part in first.split("/"))
    assert end - start == timedelta(hours=25)
    assert start.astimezone(ZoneInfo("Europe/Amsterdam")).isoformat() == "2026-10-25T00:00:00+02:00"


def test_a_table_has_the_same_values(client: TestClient) -> None:
    (answer,) = client.get(f"{OBSERVATIONS}?$every=PT6H").json()["value"]
    text = client.get(f"{OBSERVATIONS}?$every=PT6H&$resultFormat=CSV")
    assert text.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert [row["phenomenonTime"] for row in rows] == [values[0] for values in answer["dataArray"]]
    assert [float(row["mean"]) for row in rows] == [values[2] for values in answer["dataArray"]]
    assert {(row["Datastream/@iot.id"], row["meanKind"]) for row in rows} == {("1", answer["meanKind"])}


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("$every=PT7H", 400, "divides a day evenly"),
        ("$every=P1D&$zone=Europe/Nowhere", 400, "time zone"),
        ("$zone=Europe/Amsterdam", 400, "$every"),
        ("$every=P1D&$top=5", 400, "does not go with $every"),
        ("$every=P1D&$orderby=result", 400, "does not go with $every"),
        ("$every=P1D&$resultFormat=GeoJSON", 501, "CSV"),
    ],
)
def test_what_cannot_be_summed_up_is_told(client: TestClient, query: str, status: int, words: str) -> None:
    answer = client.get(f"{OBSERVATIONS}?{query}")
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True)


def test_more_periods_than_an_answer_holds_are_refused(store: Store) -> None:
    answer = client_of(store, 50).get(f"{OBSERVATIONS}?$every=PT1H")
    assert (answer.status_code, answer.json()["code"]) == (400, "query-limit")
    assert "an answer holds 50: take a longer period" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/sta/v1.1/Things", "/sta/v1.1/Things(1)", f"{OBSERVATIONS}/$ref"])
def test_only_observations_are_summed_up(client: TestClient, path: str) -> None:
    assert client.get(f"{path}?$every=P1D").status_code in (400, 501)


def test_the_landing_page_names_the_extension(client: TestClient) -> None:
    assert EXTENSION in client.get("/sta/v1.1").json()["serverSettings"]["conformance"]
