"""Any sequence of writes over HTTP leaves what a plain dictionary of entities would hold."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from starlette.testclient import TestClient

from ssclab_data.access import Access, GivenTokens
from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore

type Json = dict[str, Any]

ROOT = "/sta/v1.1"
names = st.sampled_from(["a", "b", ""])
numbers = st.integers(min_value=1, max_value=4)
bags = st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 2) | st.none(), max_size=2)
days = st.integers(min_value=1, max_value=4)


class Writes(RuleBasedStateMachine):
    """Things at Locations, with Datastreams and Observations; the model is dictionaries by id.

    Attributes:
        things: name, properties and id of the Location of each.
        series: id of the Thing of each Datastream.
        observations: result by Datastream and day.
    """

    @initialize(in_file=st.booleans())
    def start(self, in_file: bool) -> None:
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "lab.db"
        self.store: Store = SQLiteStore.open(path, lab="breda") if in_file else MemoryStore("breda")
        app = build_app(
            self.store,
            labs=(LabInfo(key="breda", name="Breda"),),
            settings=Settings(),
            title="Breda",
            access=Access(tokens=GivenTokens({"test": "secret"})),
        )
        self.client = TestClient(app, headers={"Authorization": "Bearer secret"})
        self.things: dict[int, Json] = {}
        self.series: dict[int, int] = {}
        self.observations: dict[tuple[int, int], Any] = {}
        for number in (1, 2):
            place = {"type": "Point", "coordinates": [number, number]}
            body = {"name": str(number), "description": "", "encodingType": "application/geo+json", "location": place}
            assert self._send("POST", "Locations", body) == 201

    def _send(self, method: str, path: str, body: Any = None) -> int:
        return int(self.client.request(method, f"{ROOT}/{path}", json=body).status_code)

    def _id(self, path: str, body: Json) -> int:
        answer = self.client.post(f"{ROOT}/{path}", json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["@iot.id"])

    @rule(name=names, properties=bags, location=st.sampled_from([None, 1, 2]), series=st.integers(0, 2))
    def create(self, name: str, properties: Json, location: int | None, series: int) -> None:
        body: Json = {"name": name, "description": "", "properties": properties}
        body["Locations"] = [] if location is None else [{"@iot.id": location}]
        body["Datastreams"] = [_series() for _ in range(series)]
        made = self._id("Things", body)
        self.things[made] = {"name": name, "properties": properties, "location": location}
        known = self.client.get(f"{ROOT}/Things({made})/Datastreams").json()["value"]
        assert len(known) == series
        self.series.update((one["@iot.id"], made) for one in known)

    @rule(name=names)
    def fail_to_create(self, name: str) -> None:
        body = {"name": name, "description": "", "Datastreams": [_series(), {**_series(), "Sensor": {"@iot.id": 999}}]}
        assert self._send("POST", "Things", body) == 409

    @rule(thing=numbers, name=names)
    def rename(self, thing: int, name: str) -> None:
        status = self._send("PATCH", f"Things({thing})", {"name": name})
        assert status == (200 if thing in self.things else 404)
        if thing in self.things:
            self.things[thing]["name"] = name

    @rule(thing=numbers, properties=bags, location=st.sampled_from([1, 2]))
    def move(self, thing: int, properties: Json, location: int) -> None:
        body = {"properties": properties, "Locations": [{"@iot.id": location}]}
        status = self._send("PATCH", f"Things({thing})", body)
        assert status == (200 if thing in self.things else 404)
        if thing in self.things:
            self.things[thing] |= {"properties": properties, "location": location}

    @rule(thing=numbers, name=names)
    def put(self, thing: int, name: str) -> None:
        status = self._send("PUT", f"Things({thing})", {"name": name, "description": ""})
        assert status == (200 if thing in self.things else 201)
        kept = self.things.get(thing, {"location": None})
        self.things[thing] = {"name": name, "properties": None, "location": kept["location"]}

    @rule(thing=numbers)
    def delete(self, thing: int) -> None:
        status = self._send("DELETE", f"Things({thing})")
        assert status == (200 if thing in self.things else 404)
        self.things.pop(thing, None)
        self._drop(handle for handle, owner in self.series.items() if owner == thing)

    @rule(series=numbers, thing=numbers)
    def give(self, series: int, thing: int) -> None:
        status = self._send("PUT", f"Datastreams({series})/Thing/$ref", {"@iot.id": thing})
        known = series in self.series
        assert status == (404 if not known else 204 if thing in self.things else 409)
        if status == 204:
            self.series[series] = thing

    @rule(series=numbers, day=days, result=st.integers(0, 3))
    def observe(self, series: int, day: int, result: int) -> None:
        body = {"phenomenonTime": f"2026-01-0{day}T00:00:00Z", "result": result}
        status = self._send("POST", f"Datastreams({series})/Observations", body)
        if series not in self.series:
            assert status == 404
        elif self.things[self.series[series]]["location"] is None:
            assert status == 400
        else:
            assert status == (200 if (series, day) in self.observations else 201)
            self.observations[series, day] = result

    @rule(limit=st.integers(0, 3))
    def clear(self, limit: int) -> None:
        gone = [place for place, result in self.observations.items() if result > limit]
        answer = self.client.delete(f"{ROOT}/Observations?$filter=result gt {limit}")
        assert answer.json() == {"deleted": {"Observation": len(gone)} if gone else {}}
        for place in gone:
            del self.observations[place]

    def _drop(self, series: Iterator[int]) -> None:
        for handle in list(series):
            del self.series[handle]
            self.observations = {place: value for place, value in self.observations.items() if place[0] != handle}

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        if not hasattr(self, "client"):
            return
        things = self.client.get(f"{ROOT}/Things?$expand=Locations,Datastreams").json()["value"]
        assert {
            one["@iot.id"]: {
                "name": one["name"],
                "properties": one.get("properties"),
                "location": next((place["@iot.id"] for place in one["Locations"]), None),
            }
            for one in things
        } == self.things
        assert {part["@iot.id"]: one["@iot.id"] for one in things for part in one["Datastreams"]} == self.series
        found = self.client.get(f"{ROOT}/Observations?$expand=Datastream").json()["value"]
        assert {
            (one["Datastream"]["@iot.id"], int(one["phenomenonTime"][8:10])): one["result"] for one in found
        } == self.observations

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


def _series() -> Json:
    named = {"name": "x", "description": ""}
    return {
        **named,
        "observationType": "m",
        "unitOfMeasurement": {"name": None, "symbol": None, "definition": None},
        "Sensor": {**named, "encodingType": "x", "metadata": "y"},
        "ObservedProperty": {**named, "definition": "z"},
    }


TestWrites = Writes.TestCase
TestWrites.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
