"""Distinct values are those that the entities have, each once, in order, page by page, whatever the store."""

import json
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.model.sensorthings import Thing
from ssclab_data.query.evaluate import order_key
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.scanning import Budget
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import example_batch, example_entities

from ..stores.generated import ROWS, series

ROOT = "/sta/v1.1"
MOST_PAGES = 200

NAMES = st.sampled_from(["a", "b", "é", "e\u0301", "", "B", "\u212a", "K"])
MEMBERS = st.sampled_from([None, True, 1, 1.0, 2.5, "1", "", "x", [1], {"t": 1}, {"s": 1, "e": 2}, {"deep": "x"}, {}])
THINGS = st.lists(
    st.tuples(NAMES, st.one_of(st.none(), st.dictionaries(st.sampled_from(["owner", "type"]), MEMBERS))), max_size=9
)
OF_THINGS = [
    (("name",), ""),
    (("name",), "name desc"),
    (("properties/owner",), ""),
    (("properties/owner", "name"), "name desc"),
    (("properties/owner", "properties/type"), "properties/type,properties/owner desc"),
    (("properties",), "properties desc"),
    (("properties/owner/deep", "@iot.id"), "@iot.id desc"),
    (("description",), ""),
]
OF_OBSERVATIONS = [
    (("result",), ""),
    (("result",), "result desc"),
    (("resultQuality", "parameters/n"), "parameters/n desc"),
    (("Datastream/@iot.id",), ""),
    (("Datastream/name", "resultQuality"), "Datastream/name desc"),
    (("Datastream/Thing/name", "result"), ""),
    (("FeatureOfInterest/name",), ""),
    (("phenomenonTime",), "phenomenonTime desc"),
    (("resultTime", "validTime"), ""),
]
OF_DATASTREAMS = [
    (("unitOfMeasurement/name",), ""),
    (("unitOfMeasurement", "Thing/name"), "Thing/name desc"),
    (("phenomenonTime",), ""),
    (("Sensor/@iot.id", "ObservedProperty/name"), "ObservedProperty/name"),
]
CASES = [
    *(("Things", *case) for case in OF_THINGS),
    *(("Observations", *case) for case in OF_OBSERVATIONS),
    *(("Datastreams", *case) for case in OF_DATASTREAMS),
]
FILTERS = {
    "Things": ["", "name ne 'a'", "properties/owner ne null"],
    "Observations": ["", "result gt 0", "parameters/n eq 1", "result eq 'nothing'"],
    "Datastreams": ["", "startswith(name,'pm25')"],
}


def client_of(store: Store, page_size: int = 100) -> TestClient:
    limits = Settings(page_size=page_size, max_page_size=100)
    return TestClient(build_app(store, labs=(), settings=limits, title="Breda"))


def pages(client: TestClient, path: str) -> tuple[list[Any], list[int | None]]:
    """Follow the pages of a set to the end; their rows, and the count that each tells."""
    rows: list[Any] = []
    counts: list[int | None] = []
    link = f"http://testserver{path}"
    while link:
        assert len(counts) < MOST_PAGES
        answer = client.get(link)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows += body["value"]
        counts.append(body.get("@iot.count"))
        link = body.get("@iot.nextLink", "")
    return rows, counts


def at(value: Any, path: str) -> Any:
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def instant(value: Any) -> Any:
    """Take an interval of no length as the instant that it is."""
    start, _, end = value.partition("/") if isinstance(value, str) else ("", "", "x")
    return start if start == end else value


def oracle(client: TestClient, path: str, paths: tuple[str, ...], order: str) -> list[Any]:
    """Leave out of the answer that gives all entities, in the same order, what has the values of one before it."""
    found: dict[Any, Any] = {}
    keys = order.split(",") if order else []
    keys += [name for name in paths if name not in {key.split()[0] for key in keys}]
    options = f"$select={','.join(paths)}&$orderby={quote(','.join(keys))},@iot.id"
    for row in pages(client, f"{path}&{options}")[0]:
        found.setdefault(tuple(order_key(instant(at(row, name))) for name in paths), row)
    return list(found.values())


def comparable(rows: list[Any]) -> list[str]:
    """Tell kinds of numbers apart; times may be written with more or fewer zeros."""
    return [json.dumps(row, sort_keys=True) for row in rows]


@settings(max_examples=10)
@given(THINGS, ROWS, ROWS, st.lists(st.sampled_from(CASES), min_size=2, max_size=4), st.integers(1, 4))
@example([("a", {"owner": {"t": 1}}), ("b", {"owner": {"t": 1}}), ("a", None)], [(0, None, 1, None, None, None)] * 1,
         [(1, None, 1.0, None, 3, None)], CASES, 1)  # fmt: skip
def test_distinct_values_are_those_of_the_entities(
    things: list[Any], first: list[Any], second: list[Any], asked: list[Any], size: int
) -> None:
    """Memory and SQLite, hot and sealed, leave out what repeats in the answer that gives all entities in that order."""
    entities = tuple(
        Thing(key=f"w/{number}", name=name, description="", properties=properties)
        for number, (name, properties) in enumerate(things)
    )
    memory = MemoryStore("breda")
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SQLiteStore.open(Path(folder) / "breda.db", lab="breda")
        for store in (memory, sqlite):
            store.apply(Batch(entities=(*example_entities(), *entities), series=(series("v/1/pm25", first),)))
            if isinstance(store, SQLiteStore):
                store.seal(1)
            store.apply(Batch(series=(series("v/2/noise", second), series("v/1/noise", second, feature=""))))
        whole = client_of(memory)
        for name, paths, order in asked:
            for condition in FILTERS[name]:
                base = f"{ROOT}/{name}?" + (f"$filter={quote(condition)}" if condition else "$skip=0")
                wanted = oracle(whole, base, paths, order)
                options = f"$select=distinct:{','.join(paths)}&$count=true"
                options += f"&$orderby={quote(order)}" if order else ""
                for store in (memory, sqlite):
                    rows, counts = pages(client_of(store, size), f"{base}&{options}")
                    if order:
                        assert comparable(rows) == comparable(wanted), (store, base, options)
                    else:
                        assert sorted(comparable(rows)) == sorted(comparable(wanted)), (store, base, options)
                    assert set(counts) == {len(wanted)}
        sqlite.close()


@pytest.fixture(params=["memory", "sqlite"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    store: Store = (
        MemoryStore("breda") if request.param == "memory" else SQLiteStore.open(tmp_path / "b.db", lab="breda")
    )
    store.apply(example_batch())
    yield client_of(store, 1)
    store.close()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Things?$select=distinct:properties/owner", [{}, {"properties": {"owner": "Breda"}}]),
        ("Things?$select=distinct:description", [{"description": ""}]),
        ("Sensors?$select=distinct:encodingType", [{"encodingType": "text/html"}]),
        ("Datastreams?$select=distinct:unitOfMeasurement/symbol", [{"unitOfMeasurement": {"symbol": "µg/m³"}}]),
        ("Observations?$select=distinct:Datastream/@iot.id",
         [{"Datastream": {"@iot.id": 1}}, {"Datastream": {"@iot.id": 4}}]),
        ("Datastreams(1)/Observations?$select=distinct:Datastream/Thing/name",
         [{"Datastream": {"Thing": {"name": "Thing 1"}}}]),
        ("Things(1)/Datastreams?$select=distinct:Thing/name", [{"Thing": {"name": "Thing 1"}}]),
    ],
)  # fmt: skip
def test_answers_look_like_those_of_entities(client: TestClient, path: str, expected: list[Any]) -> None:
    assert pages(client, f"{ROOT}/{path}")[0] == expected


def test_distinct_values_in_an_expand_have_pages_of_their_own(client: TestClient) -> None:
    inner = "$select=distinct:resultQuality;$orderby=resultQuality desc;$count=true;$top=1"
    body = client.get(f"{ROOT}/Datastreams(4)?$expand=Observations({inner})").json()
    assert body["Observations"] == [{"resultQuality": "good"}]
    assert body["Observations@iot.count"] == 2
    assert client.get(body["Observations@iot.nextLink"]).json()["value"] == [{}]
    inner = "$select=distinct:unitOfMeasurement/name;$count=true"
    for thing in client.get(f"{ROOT}/Things?$expand=Datastreams({inner})&$top=2").json()["value"]:
        assert thing["Datastreams"] == [{"unitOfMeasurement": {"name": "microgram per cubic metre"}}]
        assert thing["Datastreams@iot.count"] == 1


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("Things?$select=distinct:", 400, "a property"),
        ("Things?$select=distinct:*", 400, "a property"),
        ("Things?$select=name,distinct:description", 400, "end"),
        ("Things?$select=distinct:nothing", 400, "no property"),
        ("Things?$select=distinct:Locations/name", 400, "leads to many"),
        ("Datastreams?$select=distinct:Thing", 400, "link"),
        ("Things?$select=distinct:name&$orderby=description", 400, "what is selected"),
        ("Things?$select=distinct:name&$expand=Locations", 400, "no one entity"),
        ("Things?$select=distinct:name&$resultFormat=GeoJSON", 501, "one place"),
        ("Observations?$select=distinct:result&$resultFormat=dataArray", 501, "one Datastream"),
    ],
)
def test_what_has_no_meaning_is_refused(client: TestClient, path: str, status: int, words: str) -> None:
    answer = client.get(f"{ROOT}/{path}")
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]


def test_a_link_is_for_the_values_that_were_asked(client: TestClient) -> None:
    body = client.get(f"{ROOT}/Things?$select=distinct:name").json()
    other = body["@iot.nextLink"].replace("distinct:name", "distinct:@iot.id")
    assert client.get(other).json()["code"] == "bad-cursor"


def test_values_of_the_other_kind_of_series_are_not_there(client: TestClient) -> None:
    """No Observation of the examples is of a MultiDatastream: that would be one more value, so it is asked apart."""
    path = f"{ROOT}/Observations?$select=distinct:MultiDatastream/name"
    assert "MultiDatastream/@iot.id ne null" in client.get(path).json()["detail"]
    assert client.get(f"{path}&$filter=MultiDatastream/@iot.id ne null").json()["value"] == []


@pytest.mark.parametrize("value", [{"t": "x"}, {"s": 1, "e": 2}, {"o": {"t": 1}}, {"d": "x"}, {"i": "x"}, [{"t": 1}]])
def test_pages_in_the_order_of_json_go_on_behind_any_object(value: Any) -> None:
    store = MemoryStore("breda")
    things = [
        Thing(key=f"w/{number}", name=str(number), description="", properties={"p": value, "n": number})
        for number in range(3)
    ]
    store.apply(Batch(entities=tuple(things)))
    rows, _ = pages(client_of(store, 1), f"{ROOT}/Things?$orderby=properties/p,name&$select=name")
    assert [row["name"] for row in rows] == ["0", "1", "2"]
    assert msgspec.json.encode(rows)


def test_more_combinations_than_memory_allows_are_refused(tmp_path: Path) -> None:
    store = SQLiteStore.open(tmp_path / "b.db", lab="breda", budget=Budget(rows=3))
    store.apply(example_batch())
    path = f"{ROOT}/Observations?$select=distinct:"
    assert len(client_of(store).get(f"{path}Datastream/name").json()["value"]) == 2
    assert client_of(store).get(f"{path}result").json()["code"] == "query-too-broad"
    store.close()
