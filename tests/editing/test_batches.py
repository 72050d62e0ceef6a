"""Rows of data arrays that are read by columns come to what they are when each is looked at alone."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssclab_data.editing import arrays
from ssclab_data.editing.performing import perform
from ssclab_data.editing.writes import Method, Receipt, Write
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.model.values import Instant
from ssclab_data.query.ast import BoundQuery
from ssclab_data.query.bind import bind
from ssclab_data.query.odata import parse_options
from ssclab_data.stores.memory import MemoryStore

UNIT = {"name": "a", "symbol": "b", "definition": "c"}
POINT = {"type": "Point", "coordinates": [4.5, 51.5]}
NAMED = {"name": "x", "description": ""}
SERIES = {
    **NAMED,
    "observationType": "m",
    "unitOfMeasurement": UNIT,
    "Sensor": {**NAMED, "encodingType": "x", "metadata": "y"},
    "ObservedProperty": {**NAMED, "definition": "z"},
}
PLACE = {**NAMED, "encodingType": "application/geo+json"}

times = st.sampled_from(
    ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", "2026-01-01", 5]
)
results = st.sampled_from([1, 2, 2.0, -0.5, "x", True, None, [1], float("inf")])
features = st.sampled_from([1, 1, 1, 2, None, 9, "1"])
known = st.sampled_from(["2026-01-01T00:00:00Z", None])


@st.composite
def groups(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Data arrays, most of them of rows that are all alike."""
    names = ["phenomenonTime", "result", *draw(st.sampled_from([[], ["resultTime"], ["FeatureOfInterest/id"]]))]
    of = {"phenomenonTime": times, "result": results, "resultTime": known, "FeatureOfInterest/id": features}
    kinds = {name: draw(st.booleans()) for name in names}
    fixed = {name: draw(of[name]) for name in names}

    def row() -> list[Any]:
        return [fixed[name] if kinds[name] else draw(of[name]) for name in names]

    return [
        {
            "Datastream": {"@iot.id": draw(st.sampled_from([1, 1, 2, 7]))},
            "components": names,
            "dataArray": [row() for _ in range(draw(st.integers(min_value=0, max_value=4)))],
        }
        for _ in range(draw(st.integers(min_value=1, max_value=2)))
    ]


def write(store: MemoryStore, path: str, body: Any) -> Receipt | None:
    asked = Write(method=Method.POST, path=path, body=body, now=Instant(10**15))
    return store.transact(lambda transaction: perform(transaction, asked)).receipt


def stocked(policy: str) -> MemoryStore:
    """Two Datastreams, one of a Thing without a Location, and two features."""
    store = MemoryStore("breda")
    series = {**SERIES, "properties": {"duplicatePolicy": policy}}
    write(store, "Things", {**NAMED, "Locations": [{**PLACE, "location": POINT}], "Datastreams": [series]})
    write(store, "Things", {**NAMED, "Datastreams": [series]})
    for _ in range(2):
        write(store, "FeaturesOfInterest", {**PLACE, "feature": POINT})
    return store


def everything(store: MemoryStore) -> list[Any]:
    found = []
    for name in ENTITY_TYPES:
        expand = {"$expand": "FeatureOfInterest,Datastream"} if name == "Observation" else {}
        query: BoundQuery = bind(parse_options(name, expand))
        found.append(
            [
                (row.handle, msgspec.to_builtins(row.entity), [at.handle for at in row.at("FeatureOfInterest")])
                for row in store.read(query).rows
            ]
        )
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(body=groups(), policy=st.sampled_from(["upsert", "ignore", "reject", "allow"]))
def test_reading_by_columns_is_reading_by_rows(body: Any, policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_columns, by_rows = stocked(policy), stocked(policy)
    found = write(by_columns, "CreateObservations", body)
    with monkeypatch.context() as patch:
        patch.setattr(arrays, "read_batches", lambda *_: None)
        wanted = write(by_rows, "CreateObservations", body)
    assert found == wanted
    assert everything(by_columns) == everything(by_rows)
