"""Faults that users of other servers reported, by their number in `shared/cases.md`, with the right answers."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ssclab_data.access import Access, GivenTokens
from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore

type Json = dict[str, Any]

ROOT = "http://testserver/sta/v1.1/"
METRE = {"name": "metre", "symbol": "m", "definition": "http://qudt.org/vocab/unit/M"}
DEGREE = {"name": "degree Celsius", "symbol": "°C", "definition": "http://qudt.org/vocab/unit/DEG_C"}


def stream(name: str, unit: Json, observations: list[Json]) -> Json:
    return {
        "name": name,
        "description": "",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": unit,
        "Sensor": {"name": "S", "description": "", "encodingType": "text/html", "metadata": "http://example.org"},
        "ObservedProperty": {"name": name, "definition": f"http://example.org/{name}", "description": ""},
        "Observations": observations,
    }


def location(place: Json) -> Json:
    return {"name": "L", "description": "", "encodingType": "application/geo+json", "location": place}


def at(minute: int, result: Any = 1) -> Json:
    return {"phenomenonTime": f"2023-07-04T{minute // 60:02d}:{minute % 60:02d}:00Z", "result": result}


THING = {
    "name": "T",
    "description": "",
    "Locations": [location({"type": "Point", "coordinates": [5.88, 50.9]})],
    "Datastreams": [
        stream("level", METRE, [at(minute) for minute in range(240)]),
        stream("depth", METRE, [at(minute) for minute in (1, 2, 3)]),
        stream("temperature", DEGREE, []),
    ],
}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = (
        MemoryStore("breda") if request.param == "memory" else SQLiteStore.open(tmp_path / "b.db", lab="breda")
    )
    yield made
    made.close()


@pytest.fixture
def client(store: Store) -> TestClient:
    labs = (LabInfo(key="breda", name="Breda"),)
    access = Access(tokens=GivenTokens({"test": "secret"}))
    app = build_app(store, labs=labs, settings=Settings(), title="Breda", access=access)
    client = TestClient(app, base_url=ROOT, headers={"Authorization": "Bearer secret"})
    assert client.post("Things", json=THING).status_code == 201
    return client


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(answer: Json) -> list[str]:
    return [one["name"] for one in answer["value"]]


def followed(client: TestClient, link: str | None) -> list[Json]:
    """Give the rows of all pages from a link on."""
    rows = []
    while link:
        page = get(client, link)
        rows += page["value"]
        link = page.get("@iot.nextLink")
    return rows


def test_94_what_has_no_time_is_at_no_time(client: TestClient) -> None:
    """A comparison with null is false."""
    for op in ("gt", "lt", "ge", "le", "ne"):
        found = names(get(client, f"Datastreams?$filter=phenomenonTime {op} 2019-06-04T00:00:00Z"))
        assert "temperature" not in found
    assert names(get(client, "Datastreams?$filter=phenomenonTime eq null")) == ["temperature"]


def test_95_a_filter_chooses_what_it_stands_at(client: TestClient) -> None:
    """A Thing that is chosen by its Observations shows all of them; a filter in the expand chooses among those."""
    late = "phenomenonTime ge 2023-07-04T03:00:00Z"
    chosen = f"$filter=Datastreams/Observations/{late}"
    (thing,) = get(client, f"Things?{chosen}&$expand=Datastreams($expand=Observations($top=300))")["value"]
    assert [len(one["Observations"]) for one in thing["Datastreams"]] == [240, 3, 0]
    inner = f"Observations($filter={late};$top=300)"
    (thing,) = get(client, f"Things?{chosen}&$expand=Datastreams($expand={inner})")["value"]
    assert [len(one["Observations"]) for one in thing["Datastreams"]] == [60, 0, 0]


def test_97_a_time_without_an_offset_is_refused(client: TestClient) -> None:
    answer = client.post("Datastreams(1)/Observations", json={"phenomenonTime": "2023-03-08T08:17:23", "result": 1})
    assert (answer.status_code, answer.json()["path"]) == (400, "phenomenonTime")
    assert "offset" in answer.json()["message"]


def test_98_times_and_area_follow_the_observations(client: TestClient) -> None:
    first = get(client, "Datastreams(2)/Observations?$orderby=phenomenonTime&$top=1")["value"][0]["@iot.id"]
    assert client.delete(f"Observations({first})").status_code == 200
    kept = get(client, "Datastreams(2)")
    assert kept["phenomenonTime"] == "2023-07-04T00:02:00Z/2023-07-04T00:03:00Z"
    assert kept["observedArea"] == {"type": "Point", "coordinates": [5.88, 50.9]}
    assert client.delete("Observations?$filter=Datastream/@iot.id eq 2").status_code == 200
    empty = get(client, "Datastreams(2)")
    assert [empty[name] for name in ("phenomenonTime", "resultTime", "observedArea")] == [None, None, None]


def test_100_a_next_link_repeats_the_filter(client: TestClient) -> None:
    first = get(client, "Datastreams?$filter=unitOfMeasurement/name eq 'metre'&$top=1")
    rest = followed(client, first["@iot.nextLink"])
    assert [one["unitOfMeasurement"]["name"] for one in (*first["value"], *rest)] == ["metre", "metre"]


def test_101_a_next_link_stays_at_its_collection(client: TestClient) -> None:
    first = get(client, "Datastreams(1)/Observations?$top=100")
    assert "/Datastreams(1)/Observations?" in first["@iot.nextLink"]
    assert len(first["value"] + followed(client, first["@iot.nextLink"])) == 240


def test_103_next_links_within_expands_lead_to_all(client: TestClient) -> None:
    expand = "Datastreams($filter=name eq 'level';$expand=Observations($orderby=phenomenonTime;$top=100))"
    (series,) = get(client, f"Things(1)?$expand={expand}")["Datastreams"]
    rows = series["Observations"] + followed(client, series["Observations@iot.nextLink"])
    times = [row["phenomenonTime"] for row in rows]
    assert times == sorted(set(times))
    assert len(times) == 240


def test_104_pages_end_and_keep_their_options(client: TestClient) -> None:
    """The last page has no link; the others keep the format that was asked for."""
    link: str | None = "Datastreams(2)/Observations?$top=2&$select=result"
    pages = []
    while link:
        page = get(client, link)
        pages.append(page["value"])
        link = page.get("@iot.nextLink")
    assert [len(page) for page in pages] == [2, 1]
    assert {tuple(row) for page in pages for row in page} == {("result",)}


def test_104_pages_keep_their_format(client: TestClient) -> None:
    first = get(client, "Datastreams(2)/Observations?$top=2&$resultFormat=dataArray&$select=result")
    second = get(client, first["@iot.nextLink"])
    assert [page["value"][0]["dataArray"] for page in (first, second)] == [[[1], [1]], [[1]]]
    assert "@iot.nextLink" not in second


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("Things(1)", 200, "a number"),
        ("Things('geo.example%2Fuav-0')", 404, "a text with an encoded slash: no such id here"),
        ("Things('O''Brien')", 404, "a text with a quote"),
        ("Things(96568748-eb4e)", 400, "107: no number, and no quotes"),
        ("Things('not-a-uuid')", 404, "107: a text that no entity has"),
        ("Things(99999999999999999999)", 400, "beyond 64 bits"),
        ("Things()", 400, "nothing"),
        ("Things(1", 400, "an open bracket"),
    ],
)
def test_106_and_107_ids_of_all_kinds_are_answered(client: TestClient, path: str, status: int, why: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status, why
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) >= {"code", "detail", "message"}


def test_106_links_that_the_server_gives_lead_back(client: TestClient) -> None:
    for name in ("Things", "Datastreams", "Observations", "Locations", "FeaturesOfInterest"):
        one = get(client, f"{name}?$top=1")["value"][0]
        assert get(client, one["@iot.selfLink"]) == one


@pytest.mark.parametrize("properties", [None, {}])
def test_109_a_feature_and_a_geometry_are_one_place(client: TestClient, properties: Json | None) -> None:
    """Both read back as they were sent, and both make GeoJSON with a Point in one Feature; the height is kept."""
    point = {"type": "Point", "coordinates": [5.88, 50.90, 10]}
    feature = {"type": "Feature", "properties": properties, "geometry": point}
    made = [client.post("Locations", json=location(place)).headers["Location"] for place in (point, feature)]
    assert [get(client, link)["location"] for link in made] == [point, feature]
    shown = get(client, "Locations?$resultFormat=GeoJSON&$filter=id ge 2&$orderby=id")["features"]
    assert [one["geometry"] for one in shown] == [point, point]
    inside = "st_within(location,geography'POLYGON((5 50,6 50,6 51,5 51,5 50))')"
    assert len(get(client, f"Locations?$filter={inside}")["value"]) == 3


def test_121_a_filter_without_an_offset_is_read_as_utc(client: TestClient) -> None:
    bare = get(client, "Datastreams(1)/Observations?$filter=phenomenonTime lt 2023-07-04T01:00:00&$count=true&$top=0")
    full = get(client, "Datastreams(1)/Observations?$filter=phenomenonTime lt 2023-07-04T01:00:00Z&$count=true&$top=0")
    assert bare["@iot.count"] == full["@iot.count"] == 60


@pytest.mark.parametrize("zone", ["America/Santiago", "Pacific/Kiritimati", "UTC"])
def test_122_the_zone_of_the_machine_changes_nothing(
    client: TestClient, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.environ.get("TZ")
    try:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        body = {"phenomenonTime": "2018-04-26T00:30:00Z", "result": 1}
        assert client.post("Datastreams(3)/Observations", json=body).json()["phenomenonTime"] == body["phenomenonTime"]
        found = get(
            client, "Datastreams(3)/Observations?$filter=day(phenomenonTime) eq 26 and hour(phenomenonTime) eq 0"
        )
        assert len(found["value"]) == 1
        (sums,) = get(client, "Datastreams(3)/Observations?$every=P1D")["value"]
        assert sums["dataArray"][0][0] == "2018-04-26T00:00:00Z/2018-04-27T00:00:00Z"
    finally:
        if before is None:
            monkeypatch.delenv("TZ")
        else:
            monkeypatch.setenv("TZ", before)
        time.tzset()
