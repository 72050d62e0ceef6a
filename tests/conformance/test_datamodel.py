"""Conformance class datamodel: each entity has its control information, properties and relations (OGC 18-088, 8)."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from shapely.geometry import shape

from ssclab_data.model.values import Instant, Interval

from .bodies import OM, PLACE, feature, location, observation, observed_property, sensor, thing, whole_datastream
from .requirements import requirement, since_1_1
from .service import SETS, Service

type Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_geometry(value: Any) -> bool:
    return isinstance(value, dict) and value["type"] in ("Point", "LineString", "Polygon", "Feature")


def is_instant(value: Any) -> bool:
    return bool(str(Instant.parse(value)) == value)


def is_interval(value: Any) -> bool:
    return bool(str(Interval.parse(value)) == value)


def is_time(value: Any) -> bool:
    return is_interval(value) if "/" in value else is_instant(value)


def is_unit(value: dict[str, Any]) -> bool:
    return set(value) == {"name", "symbol", "definition"}


def is_observation_type(value: Any) -> bool:
    return str(value).removeprefix(OM) in ("Measurement", "TruthObservation", "CategoryObservation", "CountObservation")


def is_uri(value: Any) -> bool:
    return bool(urlsplit(value).scheme)


def is_anything(value: Any) -> bool:
    return value is not None


def is_instant_or_null(value: Any) -> bool:
    return value is None or is_instant(value)


LABELS: dict[str, Check] = {"name": is_text, "description": is_text}
MANDATORY: dict[str, dict[str, Check]] = {
    "Thing": LABELS,
    "Location": {**LABELS, "encodingType": is_text, "location": is_geometry},
    "HistoricalLocation": {"time": is_instant},
    "Datastream": {**LABELS, "unitOfMeasurement": is_unit, "observationType": is_observation_type},
    "Sensor": {**LABELS, "encodingType": is_text, "metadata": is_anything},
    "ObservedProperty": {**LABELS, "definition": is_uri},
    "Observation": {"phenomenonTime": is_time, "result": is_anything, "resultTime": is_instant_or_null},
    "FeatureOfInterest": {**LABELS, "encodingType": is_text, "feature": is_geometry},
}
OPTIONAL: dict[str, dict[str, Check]] = {
    "Thing": {"properties": is_object},
    "Location": {"properties": is_object},
    "HistoricalLocation": {},
    "Datastream": {
        "properties": is_object,
        "observedArea": is_geometry,
        "phenomenonTime": is_interval,
        "resultTime": is_interval,
    },
    "Sensor": {"properties": is_object},
    "ObservedProperty": {"properties": is_object},
    "Observation": {"resultQuality": is_anything, "validTime": is_interval, "parameters": is_object},
    "FeatureOfInterest": {"properties": is_object},
}
RELATIONS: dict[str, dict[str, str]] = {
    "Thing": {"Locations": "*", "HistoricalLocations": "*", "Datastreams": "*"},
    "Location": {"Things": "*", "HistoricalLocations": "*"},
    "HistoricalLocation": {"Thing": "1", "Locations": "+"},
    "Datastream": {"Thing": "1", "Sensor": "1", "ObservedProperty": "1", "Observations": "*"},
    "Sensor": {"Datastreams": "*"},
    "ObservedProperty": {"Datastreams": "*"},
    "Observation": {"Datastream": "1", "FeatureOfInterest": "1"},
    "FeatureOfInterest": {"Observations": "*"},
}
"""Links of each entity type, and how many entities they lead to: one, any number, at least one."""


def names(kind: str) -> tuple[str, str]:
    """Give the requirements of an entity type."""
    group = "datamodel/" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
    return f"{group}/properties", f"{group}/relations"


def check_properties(service: Service, kind: str) -> None:
    """Look at all properties of all entities of a type."""
    entities = service.values(SETS[kind])
    assert entities
    for entity in entities:
        for name, check in MANDATORY[kind].items():
            assert check(entity[name]), f"{kind} {name}"
        for name, check in OPTIONAL[kind].items():
            assert entity.get(name) is None or check(entity[name]), f"{kind} {name}"
        known = {"@iot.id", "@iot.selfLink", *MANDATORY[kind], *OPTIONAL[kind]}
        assert not [name for name in entity if name not in known and not name.endswith("@iot.navigationLink")]


def check_relations(service: Service, kind: str) -> None:
    """Follow all links of all entities of a type, and count what is there."""
    for entity in service.values(SETS[kind]):
        for name, multiplicity in RELATIONS[kind].items():
            found = service.get(_absolute(service, entity[f"{name}@iot.navigationLink"]))
            if multiplicity == "1":
                assert found["@iot.selfLink"].startswith(f"{service.root}/{SETS[name]}(")
            else:
                assert all(one["@iot.selfLink"].startswith(f"{service.root}/{name}(") for one in found["value"])
                assert found["value"] or multiplicity == "*"


def _absolute(service: Service, address: str) -> str:
    return address if address.startswith("http") else f"{service.root}/{address}"


@requirement("datamodel/entity-control-information/common-control-information")
@pytest.mark.parametrize("plural", SETS.values())
def test_each_entity_has_its_control_information(filled: Service, plural: str) -> None:
    entities = filled.values(plural)
    assert entities
    for entity in entities:
        assert entity["@iot.selfLink"].startswith(f"{filled.root}/{plural}("), "absolute"
        assert filled.get(entity["@iot.selfLink"]) == entity
        links = [name for name in entity if name.endswith("@iot.navigationLink")]
        assert links
        for name in links:
            assert filled.ask("GET", _absolute(filled, entity[name])).status_code == 200
    assert len({entity["@iot.id"] for entity in entities}) == len(entities)


@requirement("datamodel/entity-control-information/common-control-information")
def test_self_links_are_unique_among_all_entities(filled: Service) -> None:
    links = [entity["@iot.selfLink"] for plural in SETS.values() for entity in filled.values(plural)]
    assert len(set(links)) == len(links)


@requirement(*(names(kind)[0] for kind in SETS))
@pytest.mark.parametrize("kind", SETS)
def test_each_entity_has_its_properties(filled: Service, kind: str) -> None:
    check_properties(filled, kind)


@requirement(*(names(kind)[1] for kind in SETS))
@pytest.mark.parametrize("kind", SETS)
def test_each_entity_has_its_relations(filled: Service, kind: str) -> None:
    check_relations(filled, kind)


@requirement(*(names(kind)[0] for kind in SETS if kind not in ("HistoricalLocation", "Observation")))
@since_1_1
@pytest.mark.parametrize("kind", [kind for kind in SETS if kind not in ("HistoricalLocation", "Observation")])
def test_entities_keep_properties_of_their_users(service: Service, kind: str) -> None:
    """Table 3 and those like it: `properties` of any JSON object, in 1.1 of most types."""
    made = service.create("Things", _with_properties())
    (entity,) = service.values(SETS[kind])
    assert made
    assert entity["properties"] == {"of": kind, "list": [1, {"deep": None}]}


@requirement("datamodel/datastream/properties")
def test_a_datastream_without_unit_has_nulls(filled: Service) -> None:
    lamp = filled.get(filled.path_by_name("Datastreams", "Lamp on"))
    assert lamp["unitOfMeasurement"] == {"name": None, "symbol": None, "definition": None}


@requirement("datamodel/datastream/properties")
def test_a_datastream_bounds_its_observations(filled: Service) -> None:
    """Table 9: the interval of the times of all Observations, the extent of all FeaturesOfInterest."""
    fridge = filled.get(filled.path_by_name("Datastreams", "Fridge temperature"))
    assert fridge["phenomenonTime"] == "2026-03-01T01:00:00Z/2026-03-01T01:02:00Z"
    assert fridge["resultTime"] == "2015-12-08T01:02:03.250Z/2016-01-31T23:59:59Z"
    oven = filled.get(filled.path_by_name("Datastreams", "Oven temperature"))
    assert oven["phenomenonTime"] == "2026-03-01T00:00:00Z/2026-03-01T00:11:00Z"
    assert shape(oven["observedArea"]).bounds == (*PLACE, *PLACE)


@requirement("datamodel/observation/properties")
def test_an_observation_keeps_its_optional_properties(filled: Service) -> None:
    (one,) = filled.values("Observations?$filter=result eq 31.5")
    assert one["resultTime"] == "2015-12-08T01:02:03.250Z"
    assert one["validTime"] == "2015-12-08T00:00:00Z/2015-12-09T00:00:00Z"
    assert (one["parameters"], one["resultQuality"]) == ({"wind": "west"}, "good")


@requirement("datamodel/observation/properties")
def test_a_result_keeps_its_type(filled: Service) -> None:
    """Table 18: the type depends on the observationType; a truth is no number."""
    lamp = filled.path_by_name("Datastreams", "Lamp on")
    assert filled.results(f"{lamp}/Observations?$orderby=phenomenonTime") == [True, False]
    assert all(isinstance(result, bool) for result in filled.results(f"{lamp}/Observations"))


@requirement("datamodel/datastream/relations")
def test_an_observation_is_of_one_datastream_only(filled: Service) -> None:
    seen = [
        one["@iot.selfLink"]
        for stream in filled.values("Datastreams")
        for one in filled.values(f"{filled.path_of(stream['@iot.selfLink'])}/Observations")
    ]
    assert sorted(seen) == sorted(one["@iot.selfLink"] for one in filled.values("Observations"))
    assert len(set(seen)) == len(seen)


def _with_properties() -> dict[str, Any]:
    def of(kind: str) -> dict[str, Any]:
        return {"of": kind, "list": [1, {"deep": None}]}

    seen = observation(FeatureOfInterest=feature(properties=of("FeatureOfInterest")))
    stream = whole_datastream(
        properties=of("Datastream"),
        Sensor=sensor(properties=of("Sensor")),
        ObservedProperty=observed_property(properties=of("ObservedProperty")),
        Observations=[seen],
    )
    return thing(properties=of("Thing"), Locations=[location(properties=of("Location"))], Datastreams=[stream])
