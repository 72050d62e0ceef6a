"""Entities are written over HTTP as OGC 18-088 says, whole or not at all, the same by every store."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ssclab_data.access import Access, GivenTokens
from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.sensorthings.preferences import read_preferences
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.values import Instant
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore

type Json = dict[str, Any]

POINT = {"type": "Point", "coordinates": [4.77, 51.58]}
ELSEWHERE = {"type": "Point", "coordinates": [4.78, 51.59, 10.5]}
FEATURE = {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [5.88, 50.9, 10]}}
UNIT = {
    "name": "microgram per cubic metre",
    "symbol": "µg/m³",
    "definition": "http://qudt.org/vocab/unit/MicroGM-PER-M3",
}
PATCH = {"Content-Type": "application/json-patch+json"}
MINIMAL = {"Prefer": "return=minimal"}
JANUARY = "2026-01-01T00:00:00Z"


def thing(**more: Any) -> Json:
    return {"name": "Paal 1", "description": "lantaarnpaal", **more}


def location(place: Json = POINT, **more: Any) -> Json:
    return {"name": "Plein", "description": "", "encodingType": "application/geo+json", "location": place, **more}


def sensor(**more: Any) -> Json:
    return {"name": "SPS30", "description": "", "encodingType": "text/html", "metadata": "https://m.example", **more}


def observed(**more: Any) -> Json:
    return {"name": "PM2.5", "definition": "http://example.org/pm25", "description": "", **more}


def feature(place: Json = POINT, **more: Any) -> Json:
    return {"name": "lucht", "description": "", "encodingType": "application/geo+json", "feature": place, **more}


def datastream(**more: Any) -> Json:
    plain = {"name": "PM2.5", "description": "", "observationType": "http://example.org/m", "unitOfMeasurement": UNIT}
    return {**plain, "Sensor": sensor(), "ObservedProperty": observed(), **more}


def observation(time: str = JANUARY, result: Any = 1, **more: Any) -> Json:
    return {"phenomenonTime": time, "result": result, **more}


def ref(handle: int) -> Json:
    return {"@iot.id": handle}


class Service:
    """What a client sends, below the root of SensorThings 1.1."""

    def __init__(self, client: TestClient, version: str = "1.1") -> None:
        self.client = client
        self.root = f"http://testserver/sta/v{version}"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.request(method, f"{self.root}/{path}", json=body, headers=named)

    def post(self, path: str, body: Any, **headers: str) -> int:
        """Create, and give the id that `Location` tells."""
        answer = self.send("POST", path, body, **headers)
        assert answer.status_code == 201, answer.text
        return int(answer.headers["Location"].rpartition("(")[2].rstrip(")"))

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        answer = self.send("PATCH", path, body, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def operate(self, path: str, operations: Any) -> Any:
        return self.client.patch(f"{self.root}/{path}", json=operations, headers=PATCH)

    def get(self, path: str) -> Any:
        answer = self.client.get(f"{self.root}/{path}")
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def values(self, path: str) -> list[Any]:
        return list(self.get(path)["value"])

    def ids(self, path: str) -> list[int]:
        return [one["@iot.id"] for one in self.values(path)]

    def state(self) -> Json:
        """Everything that is there, with the links."""
        return {
            kind.plural: [
                {
                    **one,
                    **{link.name: self._linked(kind.plural, one, link.name) for link in kind.navigations if link.many},
                }
                for one in self.values(f"{kind.plural}?$top=1000")
            ]
            for kind in VIEWS.values()
        }

    def _linked(self, plural: str, one: Json, link: str) -> list[int]:
        if f"{link}@iot.navigationLink" not in one:
            return []
        return sorted(self.ids(f"{plural}({one['@iot.id']})/{link}?$top=1000"))


@pytest.fixture(params=["memory", "sqlite"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store: Store = (
        MemoryStore("breda") if request.param == "memory" else SQLiteStore.open(tmp_path / "l.db", lab="breda")
    )
    yield store
    store.close()


@pytest.fixture
def client_of() -> Callable[..., TestClient]:
    def start(store: Store, settings: Settings | None = None) -> TestClient:
        app = build_app(
            store,
            labs=(LabInfo(key="breda", name="Breda"),),
            settings=settings or Settings(page_size=1_000),
            title="Breda",
            access=Access(tokens=GivenTokens({"test": "secret"})),
        )
        return TestClient(app, headers={"Authorization": "Bearer secret"})

    return start


@pytest.fixture
def service(kept: Store, client_of: Callable[..., TestClient]) -> Service:
    return Service(client_of(kept))


@pytest.fixture
def stocked(service: Service) -> Service:
    """Two Things at a Location with a Datastream each: ids 1 and 2 everywhere, and one Observation."""
    for number in (1, 2):
        service.post(
            "Things",
            thing(name=f"Paal {number}", Locations=[location()], Datastreams=[datastream(name=f"reeks {number}")]),
        )
    service.post("Datastreams(1)/Observations", observation())
    return service


FIRST = (1 << 32) + 1
"""Id of the first Observation of the first Datastream."""


# What is refused: request, status, path of the fault in the body, why.
REFUSED: list[tuple[str, str, Any, int, str, str]] = [
    ("POST", "Things", {"name": "x"}, 400, "description", "a required property is missing"),
    ("POST", "Things", thing(name=None), 400, "name", "a required property is null"),
    ("POST", "Things", thing(name=5), 400, "name", "a number is no text"),
    ("POST", "Things", thing(colour="red"), 400, "colour", "there is no such property"),
    ("POST", "Things", thing(properties=[1]), 400, "properties", "properties is an object"),
    ("POST", "Things", [thing()], 400, "", "a list is no Thing"),
    ("POST", "Things", "text", 400, "", "a text is no Thing"),
    ("POST", "Things", None, 400, "", "null is no Thing"),
    ("POST", "Things", thing(Locations=ref(1)), 400, "Locations", "a link to many takes a list"),
    ("POST", "Things", thing(Locations=[ref(99)]), 409, "", "a link leads nowhere"),
    ("POST", "Things", thing(Locations=[{}]), 400, "Locations/0/name", "an empty object is no Location"),
    ("POST", "Things", thing(Locations=[{"@iot.id": "x"}]), 400, "Locations/0/@iot.id", "ids are numbers"),
    ("POST", "Things", thing(Locations=[{"@iot.id": True}]), 400, "Locations/0/@iot.id", "true is no id"),
    ("POST", "Things", thing(Locations=[{"@iot.id": 2**70}]), 400, "Locations/0/@iot.id", "no id is so large"),
    (
        "POST",
        "Things",
        thing(Locations=[{"@iot.selfLink": "http://elsewhere.example/sta/v1.1/Locations(1)"}]),
        400,
        "Locations/0/@iot.selfLink",
        "a link of another service",
    ),
    ("POST", "Locations", location({"type": "Point", "coordinates": [1]}), 400, "location", "a position of one number"),
    ("POST", "Locations", location({"type": "Point", "coordinates": ["4", "5"]}), 400, "location", "texts"),
    ("POST", "Locations", location({"type": "Feature", "geometry": None}), 400, "location", "a Feature nowhere"),
    ("POST", "Locations", location({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}), 400, "location", "no ring"),
    ("POST", "Locations", location({"type": "Circle", "coordinates": [0, 0]}), 400, "location", "no such geometry"),
    ("POST", "Datastreams", datastream(), 400, "Thing", "a required link is missing"),
    ("POST", "Datastreams", datastream(Thing=ref(99)), 409, "", "a required link leads nowhere"),
    ("POST", "Datastreams", datastream(Thing=None), 400, "Thing", "a required link is null"),
    ("POST", "Things(1)/Datastreams", datastream(Thing=ref(2)), 400, "Thing", "the path names another Thing"),
    ("POST", "Things(1)/Datastreams", {**datastream(), "Sensor": None}, 400, "Sensor", "no Sensor"),
    (
        "POST",
        "Things",
        thing(Datastreams=[datastream(unitOfMeasurement={"symbol": 5})]),
        400,
        "Datastreams/0/unitOfMeasurement/symbol",
        "the path leads into nested values",
    ),
    (
        "POST",
        "Things(1)/Datastreams",
        datastream(unitOfMeasurement={**UNIT, "ucum": "ug/m3"}),
        400,
        "unitOfMeasurement/ucum",
        "a member that would be lost",
    ),
    ("POST", "Things(1)/Datastreams", datastream(unitOfMeasurement=None), 400, "unitOfMeasurement", "no unit"),
    ("POST", "Datastreams(1)/Observations", observation("2023-03-08T08:17:23"), 400, "phenomenonTime", "no zone"),
    ("POST", "Datastreams(1)/Observations", observation("2023-02-30T00:00:00Z"), 400, "phenomenonTime", "no day"),
    (
        "POST",
        "Datastreams(1)/Observations",
        observation("2023-01-02T00:00:00Z/2023-01-01T00:00:00Z"),
        400,
        "phenomenonTime",
        "it ends before it begins",
    ),
    ("POST", "Datastreams(1)/Observations", {**observation(), "phenomenonTime": None}, 400, "phenomenonTime", "null"),
    ("POST", "Datastreams(1)/Observations", {"phenomenonTime": JANUARY}, 400, "result", "no result"),
    ("POST", "Datastreams(1)/Observations", observation(resultTime="now"), 400, "resultTime", "no time"),
    ("POST", "Datastreams(1)/Observations", observation(validTime=JANUARY), 400, "validTime", "no interval"),
    ("POST", "Datastreams(1)/Observations", observation(parameters=5), 400, "parameters", "no object"),
    ("POST", "Datastreams(1)/Observations", observation(Datastream=ref(2)), 400, "Datastream", "another Datastream"),
    ("POST", "Datastreams(1)/Observations", observation(FeatureOfInterest=ref(9)), 409, "", "no such feature"),
    ("POST", "Datastreams(1)/Observations", observation(**{"@iot.key": "a/b"}), 400, "", "keys of Observations follow"),
    ("POST", "Observations", observation(), 400, "Datastream", "no Datastream"),
    ("POST", "Datastreams(9)/Observations", observation(), 404, "", "no such Datastream"),
    ("POST", "Things(1)", thing(), 405, "", "POST adds to sets"),
    ("POST", "Things(1)/name", {}, 405, "", "a property is no set"),
    ("POST", "Stations", {}, 404, "", "no such set"),
    ("POST", "Things(1)/Stations", {}, 404, "", "no such link"),
    ("POST", "HistoricalLocations", {"time": JANUARY, "Thing": ref(1)}, 400, "Locations", "one Location at least"),
    ("POST", "Things", thing(**{"@iot.key": "sta/7"}), 400, "@iot.key", "the server gives such keys"),
    ("POST", "Things", thing(**{"@iot.key": "nosource"}), 400, "@iot.key", "a key names its source"),
    ("POST", "Things", thing(**{"@iot.key": "a/../b c"}), 400, "@iot.key", "a key is percent-encoded"),
    ("PATCH", "Things(1)", {"Datastreams": [datastream()]}, 400, "Datastreams/0", "related entities inline"),
    ("PATCH", "Things(1)", {"Locations": [location()]}, 400, "Locations/0", "related entities inline"),
    ("PATCH", "Datastreams(1)", {"Sensor": sensor()}, 400, "Sensor", "related entities inline"),
    ("PATCH", "Datastreams(1)", {"Sensor": None}, 400, "Sensor", "a required link is removed"),
    ("PATCH", "Datastreams(1)", {"Thing": ref(99)}, 409, "", "a link leads nowhere"),
    ("PATCH", "Things(1)", {"name": None}, 400, "name", "a required property is removed"),
    ("PATCH", "Things(1)", {"colour": 1}, 400, "colour", "there is no such property"),
    ("PATCH", "Things(99)", {"name": "x"}, 404, "", "no such Thing"),
    ("PATCH", "Things", {"name": "x"}, 405, "", "a set is not changed"),
    ("PATCH", f"Observations({FIRST})", {"Datastream": ref(2)}, 400, "Datastream", "Observations do not move"),
    ("PATCH", f"Observations({FIRST})", {"phenomenonTime": "x"}, 400, "phenomenonTime", "no time"),
    ("PUT", "Things(1)", {"name": "x"}, 400, "description", "a required property is missing"),
    ("PUT", "Things(0)", thing(), 400, "", "0 is no id"),
    ("PUT", "Things(2147483648)", thing(), 400, "", "ids fit into those of Observations"),
    ("PUT", "Observations(5)", observation(Datastream=ref(1)), 501, "", "its id follows from its Datastream"),
    ("PUT", "Things", thing(), 405, "", "a set is not replaced"),
    ("DELETE", "Things(99)", None, 404, "", "no such Thing"),
    ("DELETE", "Things", None, 400, "", "without a $filter nothing is deleted"),
    ("DELETE", "Things?$filter=nam eq 1", None, 400, "", "a filter that does not bind"),
    ("DELETE", "Things(1)?$filter=name eq 'x'", None, 400, "", "a filter is for sets"),
    ("DELETE", "Things?$filter=true&$dryRun=yes", None, 400, "", "true or false"),
    ("DELETE", "Datastreams(1)/Thing", None, 405, "", "a link to one is no place to delete from"),
    ("DELETE", "Things(1)/name", None, 405, "", "a property is not deleted"),
    ("DELETE", "Things(9)/Datastreams?$filter=true", None, 404, "", "no such Thing"),
    ("POST", "Things?$top=5", thing(), 400, "", "an option that does not belong there"),
    ("DELETE", "Datastreams(1)/Sensor/$ref", None, 409, "", "a Datastream has a Sensor"),
    ("DELETE", "Things(1)/Datastreams(1)/$ref", None, 409, "", "a Datastream has a Thing"),
    ("DELETE", "Things(1)/Locations(2)/$ref", None, 404, "", "they are not linked"),
    ("DELETE", "Things(1)/Locations/$ref", None, 400, "", "which Location?"),
    ("DELETE", "HistoricalLocations(1)/Locations(1)/$ref", None, 409, "", "one Location at least"),
    ("POST", "Things(1)/Locations/$ref", ref(99), 409, "", "a link leads nowhere"),
    ("POST", "Things(1)/Locations/$ref", location(), 400, "", "$ref names an entity"),
    ("POST", "Datastreams(1)/Sensor/$ref", ref(2), 405, "", "PUT sets a link to one"),
    ("PUT", "Things(1)/Locations/$ref", ref(2), 405, "", "POST adds to a link to many"),
    ("PATCH", "Datastreams(1)/Sensor/$ref", ref(2), 405, "", "PUT sets a link to one"),
    ("POST", "Locations/$ref", ref(2), 405, "", "a set of the service is no link"),
    ("PUT", f"Observations({FIRST})/Datastream/$ref", ref(2), 400, "Datastream", "Observations do not move"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "at", "why"), REFUSED)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    kept: Store, stocked: Service, method: str, path: str, body: Any, status: int, at: str, why: str
) -> None:
    before = kept.sequence
    answer = stocked.client.request(
        method,
        f"{stocked.root}/{path}",
        **({"content": "null"} if body is None and method == "POST" else {"json": body}),
    )
    assert answer.status_code == status, (why, answer.text)
    told = answer.json()
    assert told["message"], why
    assert not at or told["path"] == at, (why, told)
    assert ("Allow" in answer.headers) is (status == 405)
    assert kept.sequence == before, why


def test_an_unknown_member_is_told_with_those_there_are(service: Service) -> None:
    told = service.send("POST", "Things", thing(colour="red")).json()
    assert {"name", "description", "properties", "Locations"} <= set(told["known"])


def test_a_created_entity_is_answered_as_it_is_read(service: Service) -> None:
    answer = service.send("POST", "Things", thing(properties={"owner": "gemeente", "n": [1, 2.0, None]}))
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{service.root}/Things(1)"
    read = service.client.get(answer.headers["Location"])
    assert (answer.json(), answer.headers["ETag"]) == (read.json(), read.headers["ETag"])


def test_minimal_answers_have_no_body(service: Service) -> None:
    created = service.send("POST", "Things", thing(), **MINIMAL)
    assert (created.status_code, created.content) == (201, b"")
    assert created.headers["Preference-Applied"] == "return=minimal"
    assert created.headers["Location"].endswith("/Things(1)")
    changed = service.send("PATCH", "Things(1)", {"name": "x"}, **MINIMAL)
    assert (changed.status_code, changed.content) == (204, b"")
    assert service.send("DELETE", "Things(1)", **MINIMAL).status_code == 204


def test_a_deep_insert_makes_all_at_any_depth(service: Service) -> None:
    service.post(
        "Things",
        thing(
            Locations=[location(), location(FEATURE, encodingType="x")],
            Datastreams=[
                datastream(Observations=[observation(), observation("2026-01-02T00:00:00+01:00", [1, {"a": None}])])
            ],
        ),
    )
    (found,) = service.values(
        "Things?$expand=Locations,HistoricalLocations($expand=Locations),"
        "Datastreams($expand=Sensor,ObservedProperty,Observations($expand=FeatureOfInterest))"
    )
    assert [one["location"] for one in found["Locations"]] == [POINT, FEATURE], "as they were sent"
    assert [len(one["Locations"]) for one in found["HistoricalLocations"]] == [2]
    (series,) = found["Datastreams"]
    assert (series["Sensor"]["name"], series["ObservedProperty"]["name"]) == ("SPS30", "PM2.5")
    assert [one["result"] for one in series["Observations"]] == [1, [1, {"a": None}]]
    assert series["Observations"][1]["phenomenonTime"] == "2026-01-01T23:00:00Z"
    assert [one["FeatureOfInterest"]["feature"] for one in series["Observations"]] == [POINT, POINT]
    assert series["phenomenonTime"] == "2026-01-01T00:00:00Z/2026-01-01T23:00:00Z"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "Things",
            thing(
                Locations=[location()],
                Datastreams=[datastream(Observations=[observation(), {"phenomenonTime": JANUARY}])],
            ),
        ),
        ("Things", thing(Locations=[location()], Datastreams=[datastream(), datastream(ObservedProperty=ref(99))])),
        ("Locations", location(Things=[thing(), thing(Datastreams=[datastream(Sensor={})])])),
        ("Sensors", sensor(Datastreams=[datastream(Thing=thing(), Sensor=None, Observations=[observation()])])),
        ("Observations", observation(Datastream=datastream(Thing=thing()))),
    ],
)
def test_a_deep_insert_that_fails_at_its_last_leaf_leaves_nothing(service: Service, path: str, body: Json) -> None:
    before = service.state()
    answer = service.send("POST", path, body)
    assert answer.status_code in (400, 409)
    assert service.state() == before
    service.post("Things", thing())
    assert service.ids("Things") == [1], "not even a number is lost"


def test_links_may_be_made_from_either_end(service: Service) -> None:
    thing_id = service.post("Things", thing())
    location_id = service.post("Locations", location(Things=[ref(thing_id)]))
    assert service.ids(f"Things({thing_id})/Locations") == [location_id]
    series = service.post(f"Things({thing_id})/Datastreams", datastream())
    moved = service.post("Things", thing(name="Paal 2", Datastreams=[ref(series)]))
    assert service.get(f"Datastreams({series})/Thing")["@iot.id"] == moved
    by_link = {"@iot.selfLink": f"{service.root}/Sensors(1)"}
    other = service.post("Datastreams", datastream(Thing=ref(moved), Sensor=by_link))
    assert service.get(f"Datastreams({other})/Sensor")["@iot.id"] == 1
    inner = service.post("Sensors", sensor(Datastreams=[{**datastream(Thing=ref(1)), "Sensor": None}]))
    assert len(service.ids(f"Sensors({inner})/Datastreams")) == 1
    about = service.post("FeaturesOfInterest", feature(Observations=[observation(Datastream=ref(series))]))
    assert len(service.ids(f"FeaturesOfInterest({about})/Observations")) == 1


def test_control_information_that_was_read_may_be_sent_back(stocked: Service) -> None:
    read = stocked.get("Datastreams(1)?$expand=Thing,Sensor,ObservedProperty")
    answer = stocked.send("POST", "Datastreams", {**read, "name": "kopie"})
    assert answer.status_code == 201, answer.text
    assert stocked.get("Datastreams(3)/Thing")["@iot.id"] == 1, (
        "what was written out with its id is linked, not doubled"
    )
    assert stocked.ids("Things") == [1, 2]
    assert stocked.send("PUT", "Datastreams(1)", read).status_code == 200


def test_an_inline_entity_with_the_id_of_another_one_is_refused(stocked: Service) -> None:
    foreign = {
        "@iot.id": 1,
        "name": "Sensor of another service",
        "description": "",
        "encodingType": "x",
        "metadata": "",
    }
    answer = stocked.send("POST", "Datastreams", datastream(Thing=ref(1), Sensor=foreign))
    assert answer.status_code == 409
    assert answer.json()["existing"] == f"{stocked.root}/Sensors(1)"
    created = stocked.post("Datastreams", datastream(Thing=ref(1), Sensor={**foreign, "@iot.id": 77}))
    assert stocked.get(f"Datastreams({created})/Sensor")["@iot.id"] == 3, "an id that is not there is passed over"


@pytest.mark.parametrize("place", [POINT, FEATURE, ELSEWHERE, {**FEATURE, "properties": {}}])
def test_geometries_and_features_are_read_as_they_were_sent(service: Service, place: Json) -> None:
    service.post("Locations", location(place, encodingType="application/vnd.geo+json"))
    read = service.get("Locations(1)")
    assert (read["location"], read["encodingType"]) == (place, "application/vnd.geo+json")


# HistoricalLocations


def test_a_thing_that_gets_locations_gets_a_history(service: Service) -> None:
    for number in range(3):
        service.post("Locations", location(name=f"L{number}"))
    service.post("Things", thing(Locations=[ref(1)]))
    assert [service.ids(f"HistoricalLocations({one})/Locations") for one in (1,)] == [[1]]
    service.patch("Things(1)", {"Locations": [ref(2)]})
    assert service.ids("Things(1)/Locations") == [2], "of one encoding a Thing has one Location"
    service.patch("Things(1)", {"Locations": [ref(2)]})
    assert len(service.ids("Things(1)/HistoricalLocations")) == 2, "where it was already is nothing new"
    answer = service.send("POST", "Things(1)/Locations", ref(3))
    assert (answer.status_code, answer.json()["@iot.id"]) == (200, 3)
    fourth = service.post("Things(1)/Locations", location(ELSEWHERE))
    assert service.ids("Things(1)/Locations") == [fourth]
    other = service.post("Things(1)/Locations", location(encodingType="indoor"))
    assert service.ids("Things(1)/Locations") == [fourth, other], "of two encodings it has both"
    histories = service.values("Things(1)/HistoricalLocations?$expand=Locations&$orderby=id")
    assert [[one["@iot.id"] for one in history["Locations"]] for history in histories] == [
        [1],
        [2],
        [3],
        [4],
        [4, 5],
    ]
    times = [history["time"] for history in histories]
    assert times == sorted(times)


def test_a_history_later_than_all_others_moves_the_thing_an_earlier_one_does_not(stocked: Service) -> None:
    place = stocked.post("Locations", location(ELSEWHERE))
    history = {"Thing": ref(1), "Locations": [ref(place)]}
    stocked.post("HistoricalLocations", {**history, "time": "2001-01-01T00:00:00Z"})
    assert stocked.ids("Things(1)/Locations") == [1], "back-dated"
    stocked.post("Things(1)/HistoricalLocations", {"time": "2999-01-01T00:00:00Z", "Locations": [ref(place)]})
    assert stocked.ids("Things(1)/Locations") == [place], "the latest"
    assert len(stocked.ids("Things(1)/HistoricalLocations")) == 3, "it makes no other one"
    stocked.post("Locations(1)/HistoricalLocations", {"time": "2999-01-01T00:00:00Z", "Thing": ref(1)})
    assert stocked.ids("Things(1)/Locations") == [place], "one of the same time is not later"


# FeaturesOfInterest


def test_the_feature_of_interest_follows_from_the_location(stocked: Service) -> None:
    stocked.post("Datastreams(1)/Observations", observation("2026-01-02T00:00:00Z"))
    (found,) = stocked.values("FeaturesOfInterest")
    assert (found["feature"], found["name"]) == (POINT, "Plein")
    stocked.patch("Locations(1)", {"location": ELSEWHERE})
    stocked.post("Datastreams(1)/Observations", observation("2026-01-03T00:00:00Z"))
    stocked.post("Datastreams(2)/Observations", observation("2026-01-03T00:00:00Z"))
    assert [one["feature"] for one in stocked.values("FeaturesOfInterest")] == [POINT, ELSEWHERE, POINT]


def test_without_feature_and_location_an_observation_is_refused(service: Service) -> None:
    service.post("Things", thing(Datastreams=[datastream()]))
    answer = service.send("POST", "Datastreams(1)/Observations", observation())
    assert (answer.status_code, answer.json()["path"]) == (400, "FeatureOfInterest")
    service.post("Datastreams(1)/Observations", observation(FeatureOfInterest=feature()))


def test_many_first_observations_at_once_make_one_feature_per_location(
    tmp_path: Path, client_of: Callable[..., TestClient]
) -> None:
    places, writers = 70, 32
    store = SQLiteStore.open(tmp_path / "race.db", lab="breda")
    service = Service(client_of(store))
    for number in range(places):
        service.post("Things", thing(Locations=[location(name=f"L{number}")], Datastreams=[datastream()]), **MINIMAL)
    start = threading.Barrier(writers)
    failed: list[str] = []

    def send(writer: int) -> None:
        own = Service(client_of(store))
        start.wait()
        for number in range(writer, places * 4, writers):
            time = f"2026-01-{1 + number // places:02d}T00:00:00Z"
            answer = own.send("POST", f"Datastreams({1 + number % places})/Observations", observation(time), **MINIMAL)
            if answer.status_code != 201:
                failed.append(answer.text)

    threads = [threading.Thread(target=send, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(service.ids("FeaturesOfInterest")) == places
    assert len(service.ids("Observations")) == places * 4
    store.close()


# Changes


def test_a_patch_changes_what_it_mentions(stocked: Service) -> None:
    stocked.patch("Things(1)", {"properties": {"a": 1, "b": {"c": 2}}})
    told = stocked.patch("Things(1)", {"description": "nieuw", "properties": {"b": {}}, "@iot.id": 7})
    assert (told["@iot.id"], told["name"], told["description"]) == (1, "Paal 1", "nieuw")
    assert told["properties"] == {"b": {}}, "a property is replaced as a whole"
    assert stocked.patch("Things(1)", {"properties": None})["properties"] is None
    told = stocked.patch("Datastreams(1)", {"unitOfMeasurement": {"symbol": "ppb"}, "Sensor": ref(2)})
    assert told["unitOfMeasurement"] == {**UNIT, "symbol": "ppb"}, "members of a unit are properties of it"
    assert stocked.get("Datastreams(1)/Sensor")["@iot.id"] == 2
    told = stocked.patch("Datastreams(1)", {"phenomenonTime": "1999-01-01T00:00:00Z/2000-01-01T00:00:00Z"})
    assert told["phenomenonTime"].startswith("2026"), "what follows from the Observations is not written"
    assert stocked.patch("Datastreams(1)/Thing", {"name": "over de link"})["@iot.id"] == 1
    assert stocked.get("Things(1)")["name"] == "over de link"


def test_an_observation_keeps_its_id_when_it_changes(stocked: Service) -> None:
    path = f"Observations({FIRST})"
    told = stocked.patch(
        path,
        {"phenomenonTime": "2026-02-01T00:00:00Z", "result": "hoog", "parameters": {"a": 1}, "Datastream": ref(1)},
    )
    assert told["@iot.id"] == FIRST
    read = stocked.get(path)
    assert (read["phenomenonTime"], read["result"], read["parameters"]) == ("2026-02-01T00:00:00Z", "hoog", {"a": 1})
    about = stocked.post("FeaturesOfInterest", feature(ELSEWHERE))
    stocked.patch(path, {"FeatureOfInterest": ref(about)})
    assert stocked.get(f"{path}/FeatureOfInterest")["@iot.id"] == about
    told = stocked.send("PUT", path, observation(result=2)).json()
    assert (told["result"], told.get("parameters")) == (2, None), "what PUT does not mention is removed"
    assert stocked.get(f"{path}/FeatureOfInterest")["@iot.id"] == about, "links stay"
    stocked.post("Datastreams(1)/Observations", observation("2026-03-01T00:00:00Z"))
    answer = stocked.send("PATCH", path, {"phenomenonTime": "2026-03-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["existing"]) == (409, f"{stocked.root}/Observations({FIRST + 1})")


def test_a_put_replaces_or_creates(stocked: Service) -> None:
    stocked.patch("Things(1)", {"properties": {"a": 1}})
    told = stocked.send("PUT", "Things(1)", {**thing(name="x"), "@iot.id": 9}).json()
    assert (told["@iot.id"], told["name"], "properties" in told) == (1, "x", False)
    assert stocked.ids("Things(1)/Locations") == [1], "links stay"
    answer = stocked.send("PUT", "Things(70)", thing(Locations=[location()]))
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{stocked.root}/Things(70)")
    assert len(stocked.ids("Things(70)/HistoricalLocations")) == 1
    assert stocked.post("Things", thing()) == 71, "ids go on after the largest"
    assert stocked.send("PUT", "Datastreams(9)", datastream(Thing=ref(70))).status_code == 201
    assert stocked.send("PUT", "Datastreams(9)", datastream()).status_code == 400, "Sensor inline"
    plain = {name: value for name, value in datastream().items() if name not in ("Sensor", "ObservedProperty")}
    assert stocked.send("PUT", "Datastreams(9)", plain).status_code == 200


def test_a_json_patch_changes_properties_and_links(stocked: Service) -> None:
    done = stocked.operate(
        "Things(1)",
        [
            {"op": "test", "path": "/name", "value": "Paal 1"},
            {"op": "add", "path": "/properties", "value": {"a/b": [1, 2]}},
            {"op": "move", "from": "/properties/a~1b/0", "path": "/properties/first"},
            {"op": "replace", "path": "/description", "value": "nieuw"},
        ],
    )
    assert done.status_code == 200, done.text
    assert (done.json()["properties"], done.json()["description"]) == ({"a/b": [2], "first": 1}, "nieuw")
    done = stocked.operate("Things(1)", [{"op": "remove", "path": "/properties"}])
    assert "properties" not in done.json()
    done = stocked.operate("Datastreams(1)", [{"op": "replace", "path": "/Sensor/@iot.id", "value": 2}])
    assert (done.status_code, stocked.get("Datastreams(1)/Sensor")["@iot.id"]) == (200, 2)
    done = stocked.operate(f"Observations({FIRST})", [{"op": "replace", "path": "/result", "value": 7}])
    assert (done.status_code, done.json()["result"]) == (200, 7)


@pytest.mark.parametrize(
    ("operations", "status", "why"),
    [
        ({"name": "x"}, 400, "no list"),
        ([{"op": "rename", "path": "/name"}], 400, "no such operation"),
        ([{"op": "add", "path": "name", "value": 1}], 400, "no pointer"),
        ([{"op": "test", "path": "/name", "value": "other"}], 409, "the test fails"),
        ([{"op": "remove", "path": "/nothing"}], 409, "nothing is there"),
        ([{"op": "remove", "path": "/name"}], 400, "a Thing has a name"),
        ([{"op": "add", "path": "/colour", "value": 1}], 400, "a Thing has no such property"),
        ([{"op": "replace", "path": "", "value": 5}], 400, "a number is no Thing"),
    ],
)
def test_a_json_patch_that_does_not_fit_changes_nothing(
    stocked: Service, operations: Any, status: int, why: str
) -> None:
    before = stocked.state()
    assert stocked.operate("Things(1)", operations).status_code == status, why
    assert stocked.state() == before


def test_changes_are_guarded_by_tags(stocked: Service) -> None:
    tag = stocked.client.get(f"{stocked.root}/Things(1)").headers["ETag"]
    changed = stocked.send("PATCH", "Things(1)", {"name": "x"}, If_Match=tag)
    assert changed.status_code == 200
    stale = stocked.send("PATCH", "Things(1)", {"name": "y"}, If_Match=tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert stocked.get("Things(1)")["name"] == "x"
    stocked.post("Things", thing())
    assert stocked.send("PUT", "Things(1)", thing(name="z"), If_Match=changed.headers["ETag"]).status_code == 200, (
        "others may change"
    )
    assert stocked.send("DELETE", "Things(1)", If_Match=tag).status_code == 412
    assert stocked.send("PUT", "Datastreams(1)/Sensor/$ref", ref(2), If_Match=tag).status_code == 412
    assert stocked.send("PUT", "Things(50)", thing(), If_Match="*").status_code == 412, "nothing is there"
    assert stocked.send("PUT", "Things(1)", thing(), If_None_Match="*").status_code == 412, "something is there"
    assert stocked.send("PUT", "Things(50)", thing(), If_None_Match="*").status_code == 201
    assert stocked.send("PATCH", "Things(99)", {"name": "y"}, If_Match=tag).status_code == 404
    assert stocked.send("DELETE", "Things(1)", If_Match="*").status_code == 200


# Links


def test_relation_links_are_added_set_and_removed(stocked: Service) -> None:
    assert stocked.send("POST", "Things(2)/Locations/$ref", ref(1)).status_code == 204
    assert stocked.ids("Things(2)/Locations") == [1]
    by_odata = {"@odata.id": f"{stocked.root}/Locations(2)"}
    assert stocked.send("POST", "Things(2)/Locations/$ref", by_odata).status_code == 204
    assert stocked.send("DELETE", "Things(2)/Locations(2)/$ref").status_code == 204
    assert stocked.ids("Things(2)/Locations") == []
    assert stocked.send("DELETE", f"Things(1)/Locations/$ref?$id={stocked.root}/Locations(1)").status_code == 204
    assert stocked.send("POST", "Locations(1)/Things/$ref", ref(1)).status_code == 204
    assert stocked.send("DELETE", "Locations(1)/Things(1)/$ref").status_code == 204
    assert stocked.ids("Things(1)/Locations") == []
    assert stocked.send("PUT", "Datastreams(1)/Sensor/$ref", ref(2)).status_code == 204
    assert stocked.ids("Sensors(2)/Datastreams") == [1, 2]
    assert stocked.send("POST", "Sensors(1)/Datastreams/$ref", ref(2)).status_code == 204
    assert stocked.get("Datastreams(2)/Sensor")["@iot.id"] == 1
    assert stocked.send("POST", "HistoricalLocations(1)/Locations/$ref", ref(2)).status_code == 204
    assert stocked.ids("HistoricalLocations(1)/Locations") == [1, 2]
    assert stocked.send("DELETE", "HistoricalLocations(1)/Locations(1)/$ref").status_code == 204
    assert stocked.ids("HistoricalLocations(1)/Locations") == [2]


# Deletion


def test_a_deletion_tells_what_went_with_it(stocked: Service) -> None:
    told = stocked.send("DELETE", "Things(1)?$dryRun=true").json()
    assert told == {"wouldDelete": {"Thing": 1, "HistoricalLocation": 1, "Datastream": 1, "Observation": 1}}
    assert stocked.ids("Things") == [1, 2]
    answer = stocked.send("DELETE", "Things(1)")
    assert (answer.status_code, answer.json()) == (200, {"deleted": told["wouldDelete"]})
    assert (stocked.ids("Things"), stocked.ids("Observations"), stocked.ids("Datastreams")) == ([2], [], [2])
    assert stocked.ids("Locations") == [1, 2], "a Location is not its Thing's alone"
    assert stocked.send("DELETE", "Locations(2)").json() == {"deleted": {"Location": 1, "HistoricalLocation": 1}}


def test_a_filter_deletes_what_it_matches(stocked: Service) -> None:
    for day in range(2, 9):
        stocked.post("Datastreams(1)/Observations", observation(f"2026-01-0{day}T00:00:00Z", day))
    before = stocked.state()
    told = stocked.send("DELETE", "Observations?$filter=result gt 5&$dryRun=true").json()
    assert (told, stocked.state()) == ({"wouldDelete": {"Observation": 3}}, before)
    assert stocked.send("DELETE", "Observations?$filter=result gt 5").json() == {"deleted": {"Observation": 3}}
    assert stocked.send("DELETE", "Datastreams(2)/Observations?$filter=result gt 0").json() == {"deleted": {}}
    assert [one["result"] for one in stocked.values("Observations")] == [1, 2, 3, 4, 5]
    told = stocked.send("DELETE", "Datastreams?$filter=Thing/name eq 'Paal 1'").json()
    assert told == {"deleted": {"Datastream": 1, "Observation": 5}}


# Natural keys


def test_a_natural_key_is_there_once(service: Service) -> None:
    keyed = thing(**{"@iot.key": "vendor/1"})
    service.post("Things", keyed)
    refused = service.send("POST", "Things", keyed)
    assert (refused.status_code, refused.json()["existing"]) == (409, f"{service.root}/Things(1)")
    merged = service.send("POST", "Things", {**keyed, "name": "nieuw"}, Prefer="resolution=merge-duplicates")
    assert (merged.status_code, merged.json()["name"]) == (200, "nieuw")
    assert merged.headers["Preference-Applied"] == "resolution=merge-duplicates"
    kept = service.send("POST", "Things", {**keyed, "name": "anders"}, Prefer="resolution=ignore-duplicates")
    assert (kept.status_code, kept.json()["name"]) == (200, "nieuw")
    assert service.send("PATCH", "Things(1)", {"@iot.key": "vendor/2"}).status_code == 409
    service.patch("Things(1)", {"@iot.key": "vendor/1", "name": "x"})
    series = service.post("Datastreams", datastream(Thing={"@iot.key": "vendor/1"}))
    assert service.get(f"Datastreams({series})/Thing")["@iot.id"] == 1
    assert service.send("POST", "Datastreams", datastream(Thing={"@iot.key": "vendor/9"})).status_code == 409


def test_a_deep_insert_with_keys_can_be_repeated(service: Service) -> None:
    def body(name: str) -> Json:
        series = datastream(
            **{"@iot.key": "v/1/pm"},
            Sensor=sensor(**{"@iot.key": "v/s"}),
            ObservedProperty=observed(**{"@iot.key": "v/p"}),
        )
        place = {**location(), "@iot.key": "v/l"}
        return thing(
            name=name,
            Locations=[place],
            Datastreams=[{**series, "Observations": [observation()]}],
            **{"@iot.key": "v/1"},
        )

    merge = "resolution=merge-duplicates"
    service.post("Things", body("a"), Prefer=merge)
    before = service.state()
    assert service.send("POST", "Things", body("a"), Prefer=merge).status_code == 200
    assert service.state() == before
    assert service.send("POST", "Things", body("b"), Prefer=merge).json()["name"] == "b"
    loose = {**body("c"), "Datastreams": [datastream()]}
    refused = service.send("POST", "Things", loose, Prefer=merge)
    assert (refused.status_code, refused.json()["path"]) == (400, "Datastreams/0"), "repeated it would be there twice"


def test_of_many_posts_of_one_key_one_creates(tmp_path: Path, client_of: Callable[..., TestClient]) -> None:
    writers = 16
    store = SQLiteStore.open(tmp_path / "race.db", lab="breda")
    start = threading.Barrier(writers)
    statuses: list[int] = []

    def send(writer: int) -> None:
        own = Service(client_of(store))
        start.wait()
        for number in range(10):
            answer = own.send("POST", "Things", thing(name=str(writer), **{"@iot.key": f"race/{number}"}))
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=send, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(201), statuses.count(409), len(statuses)) == (10, 150, 160)
    assert len(Service(client_of(store)).ids("Things")) == 10
    store.close()


# Observations


@pytest.mark.parametrize(
    ("policy", "status", "result", "receipt"),
    [
        (None, 200, 2, "accepted=1, duplicate=0, rejected=0"),
        ("upsert", 200, 2, "accepted=1, duplicate=0, rejected=0"),
        ("ignore", 200, 1, "accepted=0, duplicate=1, rejected=0"),
        ("reject", 409, 1, "accepted=0, duplicate=0, rejected=1"),
        ("allow", 201, 2, "accepted=1, duplicate=0, rejected=0"),
    ],
)
def test_a_duplicate_is_dealt_with_by_the_policy_of_its_datastream(
    stocked: Service, policy: str | None, status: int, result: int, receipt: str
) -> None:
    stocked.patch("Datastreams(1)", {"properties": {"duplicatePolicy": policy} if policy else {}})
    answer = stocked.send("POST", "Datastreams(1)/Observations", observation(result=2))
    assert (answer.status_code, answer.headers["Receipt"]) == (status, receipt), answer.text
    existing = answer.json()["existing"] if status == 409 else answer.headers["Location"]
    read = stocked.client.get(existing).json()
    assert read["result"] == result
    assert (read["@iot.id"] == FIRST) is (policy != "allow")
    again = stocked.send("POST", "Datastreams(1)/Observations", observation(result=result))
    assert (again.status_code, again.headers["Receipt"]) == (200, "accepted=0, duplicate=1, rejected=0"), (
        "the same again"
    )


def test_an_observation_of_a_sensor_without_clock_is_of_now(stocked: Service) -> None:
    before = Instant.of(datetime.now(UTC))
    told = stocked.send("POST", "Datastreams(1)/Observations", {"result": 5}).json()
    assert before <= Instant.parse(told["phenomenonTime"]) <= Instant.of(datetime.now(UTC))


def test_a_policy_that_is_none_is_refused(stocked: Service) -> None:
    answer = stocked.send("PATCH", "Datastreams(1)", {"properties": {"duplicatePolicy": "perhaps"}})
    assert (answer.status_code, answer.json()["path"]) == (400, "properties/duplicatePolicy")
    answer = stocked.send("POST", "Things(1)/Datastreams", datastream(properties={"duplicatePolicy": 1}))
    assert answer.status_code == 400


def test_a_list_of_observations_is_written_whole_or_not_at_all(stocked: Service) -> None:
    rows = [observation(f"2026-02-{day:02d}T00:00:00Z", day) for day in range(1, 20)]
    answer = stocked.send("POST", "Datastreams(1)/Observations", [*rows, rows[0]])
    assert (answer.status_code, answer.headers["Receipt"]) == (201, "accepted=19, duplicate=1, rejected=0")
    told = answer.json()
    assert (told["accepted"], told["faults"], len(told["links"])) == (19, [], 20)
    assert told["links"][0] == told["links"][19]
    assert stocked.client.get(told["links"][4]).json()["result"] == 5
    before = stocked.state()
    broken = stocked.send(
        "POST", "Datastreams(1)/Observations", [observation("2026-03-01T00:00:00Z"), observation("x")]
    )
    assert (broken.status_code, broken.json()["path"]) == (400, "1/phenomenonTime")
    assert stocked.state() == before
    stocked.patch("Datastreams(2)", {"properties": {"duplicatePolicy": "reject"}})
    mixed = [observation(Datastream=ref(2)), observation(result=5, Datastream=ref(2)), observation(Datastream=ref(1))]
    told = stocked.send("POST", "Observations", mixed).json()
    assert (told["accepted"], told["duplicate"], told["rejected"]) == (1, 1, 1)
    assert (told["faults"][0]["row"], told["links"][1]) == (1, None)
    assert told["faults"][0]["existing"] == told["links"][0]


def arrays(*rows: Any, series: Any = None, components: Any = None) -> list[Json]:
    named = components or ["phenomenonTime", "result", "FeatureOfInterest/id"]
    return [{"Datastream": series or ref(1), "components": named, "dataArray": list(rows)}]


def test_good_rows_of_data_arrays_are_kept_and_bad_ones_told(stocked: Service) -> None:
    body = arrays(
        ["2026-02-01T00:00:00Z", 1, 1],
        ["2026-02-02T00:00:00", 1, 1],
        ["2026-02-03T00:00:00Z", 3, None],
        ["2026-02-04T00:00:00Z", 1, 99],
        ["2026-02-05T00:00:00Z", 1],
        "row",
        ["2026-02-06T00:00:00Z/2026-02-07T00:00:00Z", {"a": [1]}, 1],
    ) + arrays(["2026-02-01T00:00:00Z", 1, 1], series=ref(77))
    answer = stocked.send("POST", "CreateObservations", body)
    assert (answer.status_code, answer.headers["Receipt"]) == (201, "accepted=3, duplicate=0, rejected=5")
    links = answer.json()
    assert [link == "error" for link in links] == [False, True, False, True, True, True, False, True]
    assert [stocked.client.get(link).json()["result"] for link in links if link != "error"] == [1, 3, {"a": [1]}]
    told = stocked.send("POST", "CreateObservations", body, **MINIMAL).json()
    assert (told["accepted"], told["duplicate"], told["rejected"]) == (0, 3, 5)
    assert [(fault["row"], fault["path"]) for fault in told["faults"]] == [
        (1, "0/dataArray/1/0"),
        (3, "0/dataArray/3/2"),
        (4, "0/dataArray/4"),
        (5, "0/dataArray/5"),
        (7, "1/dataArray/0"),
    ]
    assert told["faults"][4]["reason"] == "there is no Datastream 77"


def test_all_components_of_data_arrays_are_read(stocked: Service) -> None:
    names = ["id", "phenomenonTime", "resultTime", "result", "resultQuality", "validTime", "parameters"]
    row = [
        5,
        "2026-02-01T01:00:00+01:00",
        "2026-02-01T00:00:01Z",
        2.5,
        "good",
        f"{JANUARY}/2026-01-02T00:00:00Z",
        {"a": 1},
    ]
    stocked.send("POST", "CreateObservations", arrays(row, components=names))
    read = stocked.values("Observations?$orderby=phenomenonTime desc")[0]
    assert [read[name] for name in names[1:]] == ["2026-02-01T00:00:00Z", *row[2:]]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, ""),
        ([5], "0"),
        ([{"components": [], "dataArray": []}], "0/Datastream"),
        ([{"Datastream": {}, "components": [], "dataArray": []}], "0/Datastream"),
        (arrays(components="result"), "0/components"),
        (arrays(components=["phenomenonTime"]), "0/components"),
        (arrays(components=["phenomenonTime", "result", "colour"]), "0/components/2"),
        (arrays(components=["phenomenonTime", "result", "result"]), "0/components/2"),
        ([{"Datastream": ref(1), "components": ["phenomenonTime", "result"], "dataArray": {}}], "0/dataArray"),
    ],
)
def test_data_arrays_of_another_shape_are_refused_whole(stocked: Service, body: Any, at: str) -> None:
    before = stocked.state()
    answer = stocked.send("POST", "CreateObservations", body)
    assert (answer.status_code, answer.json().get("path", "")) == (400, at), answer.text
    assert stocked.state() == before


def test_a_datastream_without_location_needs_features_in_its_rows(service: Service) -> None:
    service.post("Things", thing(Datastreams=[datastream()]))
    service.post("FeaturesOfInterest", feature())
    body = arrays([JANUARY, 1, None], ["2026-01-02T00:00:00Z", 2, 1])
    links = service.send("POST", "CreateObservations", body).json()
    assert links[0] == "error"
    assert links[1].endswith(f"({FIRST})")


def test_more_rows_than_are_taken_are_refused(kept: Store, client_of: Callable[..., TestClient]) -> None:
    service = Service(client_of(kept, Settings(max_array_rows=2)))
    service.post("Things", thing(Locations=[location()], Datastreams=[datastream()]))
    rows = [[f"2026-01-0{day}T00:00:00Z", 1, None] for day in (1, 2, 3)]
    assert service.send("POST", "CreateObservations", arrays(*rows)).status_code == 400
    assert service.send("POST", "CreateObservations", arrays(*rows[:2])).status_code == 201
    single = [observation(str(row[0])) for row in rows]
    assert service.send("POST", "Datastreams(1)/Observations", single).status_code == 400


# MultiDatastreams


def multi(**more: Any) -> Json:
    return {
        "name": "weer",
        "description": "",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_ComplexObservation",
        "multiObservationDataTypes": ["http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"] * 2,
        "unitOfMeasurements": [UNIT, {"name": "degree", "symbol": "°", "definition": "http://example.org/deg"}],
        "ObservedProperties": [observed(name="wind"), observed(name="richting")],
        "Sensor": sensor(),
        **more,
    }


def test_multi_datastreams_are_written_as_they_are_read(service: Service) -> None:
    service.post("Things", thing(Locations=[location()], MultiDatastreams=[multi()]))
    service.post("MultiDatastreams(1)/Observations", observation(result=[5.5, 180]))
    for result in (5, [5], [1, 2, 3]):
        answer = service.send("POST", "MultiDatastreams(1)/Observations", observation("2026-01-02T00:00:00Z", result))
        assert (answer.status_code, answer.json()["path"]) == (400, "result"), "a value for each property"
    assert service.send("PATCH", f"Observations({FIRST})", {"result": [1]}).status_code == 400
    assert service.patch(f"Observations({FIRST})", {"result": [1, 2]})["result"] == [1, 2]
    told = service.patch("MultiDatastreams(1)", {"name": "anders"})
    assert (told["name"], told["unitOfMeasurements"]) == ("anders", multi()["unitOfMeasurements"])
    read = service.get("MultiDatastreams(1)?$expand=ObservedProperties")
    assert [one["name"] for one in read["ObservedProperties"]] == ["wind", "richting"]
    shorter = {"unitOfMeasurements": [UNIT], "multiObservationDataTypes": ["x"], "ObservedProperties": [ref(2)]}
    assert service.patch("MultiDatastreams(1)", shorter)["unitOfMeasurements"] == [UNIT]
    assert service.send("PATCH", "MultiDatastreams(1)", {"unitOfMeasurements": []}).status_code == 400
    assert service.send("PATCH", "Datastreams(1)", {"name": "x"}).status_code == 404, "it is no Datastream here"
    assert service.send("POST", "MultiDatastreams", multi(Thing=ref(1), unitOfMeasurements=[UNIT])).status_code == 400
    rows = [
        {
            "MultiDatastream": ref(1),
            "components": ["phenomenonTime", "result"],
            "dataArray": [["2026-01-03T00:00:00Z", [1]], [JANUARY, 1]],
        }
    ]
    assert service.send("POST", "CreateObservations", rows).json()[1] == "error"
    assert service.send("DELETE", "MultiDatastreams(1)").json()["deleted"] == {"Datastream": 1, "Observation": 2}


def test_a_multi_datastream_goes_with_any_of_its_observed_properties(service: Service) -> None:
    service.post("Things", thing(Locations=[location()], MultiDatastreams=[multi()]))
    service.post("MultiDatastreams(1)/Observations", observation(result=[5.5, 180]))
    gone = {"Datastream": 1, "ObservedProperty": 1, "Observation": 1}
    told = service.send("DELETE", "ObservedProperties(1)?$dryRun=true").json()
    assert told == {"wouldDelete": gone}, "the first one leads there by two links, and is counted once"
    assert service.send("DELETE", "ObservedProperties(2)").json() == {"deleted": gone}
    assert service.get("MultiDatastreams")["value"] == []


# Bodies


@pytest.mark.parametrize(
    ("content", "media_type", "status", "why"),
    [
        (b'{"name": "x", "description": ""}', "application/json; charset=utf-8", 201, "parameters do not matter"),
        (b'{"name": "x", "description": ""}', "", 201, "small devices leave it out"),
        (b'{"name": "x", "description": ""}', "text/plain", 415, "no JSON"),
        (b"name=x", "application/x-www-form-urlencoded", 415, "what curl sends unless it is told"),
        (b"[]", "application/json-patch+json", 415, "a JSON Patch creates nothing"),
        (b"", "application/json", 400, "no body"),
        (b"{", "application/json", 400, "no JSON"),
        (b'{"name": NaN}', "application/json", 400, "NaN is no JSON"),
        (b'{"name": "\\ud800"}', "application/json", 400, "half a character"),
        (b'{"name": "\xff"}', "application/json", 400, "no UTF-8"),
        (b'{"name": "x", "name": "y", "description": ""}', "application/json", 400, "which of the two?"),
        (b'{"name": "x", "description": "", "properties": {"a": 1, "a": 2}}', "application/json", 400, "also deeper"),
        (b'{"properties": {"a":' * 60 + b"1" + b"}}" * 60, "application/json", 400, "nested too deep"),
        (b"[" * 100_000, "application/json", 400, "nested far too deep"),
        (b'{"name": "x", "description": "", "properties": {"a": 1e999}}', "application/json", 400, "infinity"),
    ],
)
def test_bodies_are_read_strictly(service: Service, content: bytes, media_type: str, status: int, why: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = service.client.post(f"{service.root}/Things", content=content, headers=headers)
    assert answer.status_code == status, (why, answer.text)


@pytest.mark.parametrize(
    ("header", "minimal", "resolution"),
    [
        ("", False, "refuse"),
        ("return=minimal", True, "refuse"),
        ("Return=Minimal; foo=1 , wait=5", True, "refuse"),
        ("return=representation, return=minimal", False, "refuse"),
        ('resolution="merge-duplicates"', False, "merge-duplicates"),
        ("resolution=ignore-duplicates, return=minimal", True, "ignore-duplicates"),
        ("resolution=overwrite", False, "refuse"),
        (";;,=,==", False, "refuse"),
    ],
)
def test_preferences_are_read(header: str, minimal: bool, resolution: str) -> None:
    read = read_preferences(header)
    assert (read.minimal, read.resolution) == (minimal, resolution)


def test_1_0_writes_with_the_names_it_has(kept: Store, client_of: Callable[..., TestClient]) -> None:
    older = Service(client_of(kept), "1.0")
    answer = older.send(
        "POST", "Things", thing(properties={"a": 1}, Locations=[location()], Datastreams=[datastream()])
    )
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{older.root}/Things(1)")
    answer = older.send("POST", "Locations", location(properties={}))
    assert (answer.status_code, answer.json()["path"]) == (400, "properties"), "1.1 added it"
    older.post("Observations", observation(Datastream={"@iot.selfLink": f"{older.root}/Datastreams(1)"}))
    assert older.send("DELETE", "Things(1)").status_code == 200


def test_the_landing_page_tells_how_to_write(service: Service) -> None:
    told = service.client.get(service.root).json()["serverSettings"]
    assert told["naturalKeys"] == {"member": "@iot.key", "resolutions": ["merge-duplicates", "ignore-duplicates"]}
    assert (told["filteredDelete"], told["clientIds"]) == ({"trial": "$dryRun=true"}, True)


def test_a_reader_may_not_write(kept: Store, client_of: Callable[..., TestClient]) -> None:
    client = client_of(kept)
    del client.headers["Authorization"]
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, "/sta/v1.1/Things(1)", json={}).status_code == 401


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=JSON_VALUES, quality=JSON_VALUES, more=st.dictionaries(st.text(), JSON_VALUES, max_size=3) | st.none())
def test_the_answer_to_a_post_is_that_of_a_get(service: Service, result: Any, quality: Any, more: Any) -> None:
    """An Observation is answered as it was written, without being read again: that must make no difference."""
    body = observation(result=result, resultQuality=quality, parameters=more, resultTime=None)
    if not service.ids("Datastreams"):
        service.post("Things", thing(Locations=[location()], Datastreams=[datastream()]))
    answer = service.send("POST", "Datastreams(1)/Observations", body)
    assert answer.status_code in (200, 201), answer.text
    read = service.client.get(answer.headers["Location"])
    assert (read.content, read.headers["ETag"]) == (answer.content, answer.headers["ETag"])
