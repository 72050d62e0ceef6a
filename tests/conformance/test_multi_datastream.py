"""Conformance class multi-datastream: results that are arrays (OGC 18-088, 12)."""

from typing import Any

import pytest

from .bodies import CELSIUS, NO_UNIT, OM, location, observation, observed_property, sensor, thing
from .requirements import requirement
from .service import DONE, NOT_THERE, REFUSED, SETS, Service, link
from .test_datamodel import is_geometry, is_interval, is_object, is_text, is_unit

PROPERTIES = "multi-datastream/properties"
RELATIONS = "multi-datastream/relations"
CONSTRAINTS = "multi-datastream/constraints"
PERCENT = {"name": "percent", "symbol": "%", "definition": "http://unitsofmeasure.org/ucum.html#para-29"}
NAMES = ("Temperature", "Humidity", "Visibility")
TYPES = (f"{OM}Measurement", f"{OM}Measurement", f"{OM}CategoryObservation")


def multi(name: str = "Weather", **more: Any) -> dict[str, Any]:
    """Make a MultiDatastream as in the example of the standard, with all it needs."""
    return {
        "name": name,
        "description": f"{name}, described",
        "observationType": f"{OM}ComplexObservation",
        "multiObservationDataTypes": list(TYPES),
        "unitOfMeasurements": [CELSIUS, PERCENT, NO_UNIT],
        "Thing": thing("Station", Locations=[location()]),
        "Sensor": sensor("Weather station"),
        "ObservedProperties": [observed_property(each) for each in NAMES],
        **more,
    }


@pytest.fixture
def weather(service: Service) -> tuple[Service, str]:
    """A MultiDatastream with two Observations."""
    path = service.create("MultiDatastreams", multi())
    for minute, result in enumerate(([25, 65, "clear"], [24.5, 70, "mist"])):
        service.create(f"{path}/Observations", observation(result, minute))
    return service, path


@requirement(PROPERTIES)
def test_a_multidatastream_has_its_properties(weather: tuple[Service, str]) -> None:
    service, path = weather
    body = service.get(path)
    assert is_text(body["name"])
    assert is_text(body["description"])
    assert body["observationType"] == f"{OM}ComplexObservation"
    assert body["multiObservationDataTypes"] == list(TYPES)
    assert body["unitOfMeasurements"] == [CELSIUS, PERCENT, NO_UNIT]
    assert all(is_unit(unit) for unit in body["unitOfMeasurements"])
    assert is_interval(body["phenomenonTime"])
    assert body["phenomenonTime"] == "2026-03-01T00:00:00Z/2026-03-01T00:01:00Z"
    assert body.get("resultTime") is None
    assert body.get("observedArea") is None or is_geometry(body["observedArea"])
    assert body.get("properties") is None or is_object(body["properties"])
    assert body["@iot.selfLink"] == f"{service.root}/{path}"


@requirement(PROPERTIES)
def test_the_root_lists_multidatastreams(weather: tuple[Service, str]) -> None:
    service, path = weather
    listed = {entry["name"]: entry["url"] for entry in service.get("")["value"]}
    (one,) = service.values(listed["MultiDatastreams"])
    assert one == service.get(path)


@requirement(RELATIONS)
def test_a_multidatastream_has_its_relations(weather: tuple[Service, str]) -> None:
    service, path = weather
    body = service.get(path)
    for name, expected in (("Thing", "Station"), ("Sensor", "Weather station")):
        assert service.get(body[f"{name}@iot.navigationLink"])["name"] == expected
    assert service.names(body["ObservedProperties@iot.navigationLink"]) == list(NAMES)
    assert len(service.values(body["Observations@iot.navigationLink"])) == 2


@requirement(RELATIONS)
@pytest.mark.parametrize("kind", ["Thing", "Sensor", "ObservedProperty"])
def test_others_lead_back_to_it(weather: tuple[Service, str], kind: str) -> None:
    service, _ = weather
    for one in service.values(SETS[kind]):
        assert service.names(one["MultiDatastreams@iot.navigationLink"]) == ["Weather"]


@requirement(RELATIONS)
def test_an_observation_is_of_a_datastream_or_a_multidatastream(weather: tuple[Service, str]) -> None:
    service, path = weather
    for one in service.values(f"{path}/Observations"):
        below = service.path_of(one["@iot.selfLink"])
        assert service.get(f"{below}/MultiDatastream")["@iot.selfLink"] == f"{service.root}/{path}"
        assert service.get(f"{below}/FeatureOfInterest")["name"]
        assert service.ask("GET", f"{below}/Datastream").status_code in (204, *NOT_THERE)
    assert service.values("Datastreams") == []


@requirement(RELATIONS)
def test_it_can_be_expanded_and_filtered(weather: tuple[Service, str]) -> None:
    service, path = weather
    body = service.get(f"{path}?$expand=Thing,ObservedProperties,Observations($orderby=phenomenonTime)")
    assert body["Thing"]["name"] == "Station"
    assert [one["name"] for one in body["ObservedProperties"]] == list(NAMES)
    assert [one["result"] for one in body["Observations"]] == [[25, 65, "clear"], [24.5, 70, "mist"]]
    assert service.names("MultiDatastreams?$filter=Thing/name eq 'Station'") == ["Weather"]
    assert service.names("Things?$filter=MultiDatastreams/name eq 'Weather'") == ["Station"]
    assert service.names("MultiDatastreams?$filter=ObservedProperties/name eq 'None'") == []


@requirement(CONSTRAINTS)
def test_the_parts_of_a_result_match_units_types_and_properties(weather: tuple[Service, str]) -> None:
    service, path = weather
    body = service.get(path)
    sizes = {
        len(body["unitOfMeasurements"]),
        len(body["multiObservationDataTypes"]),
        len(service.values(f"{path}/ObservedProperties")),
        *(len(one["result"]) for one in service.values(f"{path}/Observations?$select=result")),
    }
    assert sizes == {3}
    assert body["unitOfMeasurements"][2] == NO_UNIT, "what has no unit has nulls"


@requirement(CONSTRAINTS)
def test_the_order_of_observed_properties_is_kept(service: Service) -> None:
    """Also where it is not the order in which they were made."""
    made = [service.create("ObservedProperties", observed_property(name)) for name in NAMES]
    links = [link(path) for path in (made[2], made[0], made[1])]
    path = service.create("MultiDatastreams", multi(ObservedProperties=links))
    assert service.names(f"{path}/ObservedProperties") == ["Visibility", "Temperature", "Humidity"]


@requirement(CONSTRAINTS)
@pytest.mark.parametrize(
    "change",
    [
        {"unitOfMeasurements": [CELSIUS, PERCENT]},
        {"multiObservationDataTypes": list(TYPES[:2])},
        {"ObservedProperties": [observed_property("Temperature")]},
    ],
)
def test_sizes_that_differ_are_refused(service: Service, change: dict[str, Any]) -> None:
    assert service.ask("POST", "MultiDatastreams", multi(**change)).status_code in REFUSED
    assert service.values("MultiDatastreams") == []
    assert service.counts() == dict.fromkeys(SETS.values(), 0)


@requirement(PROPERTIES)
@pytest.mark.parametrize("given", [None, f"{OM}Measurement"])
def test_the_type_is_always_complex(service: Service, given: str | None) -> None:
    """Whether another one is refused or passed over."""
    body = multi() if given is None else multi(observationType=given)
    service.ask("POST", "MultiDatastreams", body)
    assert {one["observationType"] for one in service.values("MultiDatastreams")} <= {f"{OM}ComplexObservation"}


@requirement(CONSTRAINTS)
@pytest.mark.parametrize("result", [[25, 65], [25, 65, "clear", 1], 25, "clear"])
def test_a_result_of_another_size_is_refused(weather: tuple[Service, str], result: Any) -> None:
    service, path = weather
    assert service.ask("POST", f"{path}/Observations", observation(result, 9)).status_code in REFUSED
    assert len(service.values(f"{path}/Observations")) == 2


@requirement(RELATIONS)
@pytest.mark.parametrize("left_out", ["Thing", "Sensor", "ObservedProperties"])
def test_a_multidatastream_without_what_it_must_link_to_is_refused(service: Service, left_out: str) -> None:
    body = {name: value for name, value in multi().items() if name != left_out}
    assert service.ask("POST", "MultiDatastreams", body).status_code in REFUSED
    assert service.counts() == dict.fromkeys(SETS.values(), 0)


@requirement(PROPERTIES)
def test_a_multidatastream_is_changed_and_deleted(weather: tuple[Service, str]) -> None:
    service, path = weather
    assert service.ask("PATCH", path, {"name": "Storm"}).status_code in DONE
    assert service.get(path)["name"] == "Storm"
    assert service.ask("DELETE", path).status_code in DONE
    assert service.ask("GET", path).status_code in NOT_THERE
    assert service.values("Observations") == []
