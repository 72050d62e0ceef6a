"""Conformance class data-array: Observations are read and created as arrays (OGC 18-088, 13)."""

from datetime import datetime
from typing import Any

import pytest

from .bodies import feature, location, observation, thing, whole_datastream
from .conftest import PAGE_SIZE
from .requirements import requirement
from .service import REFUSED, Service, link

DATA_ARRAY = "data-array/data-array"


def two_streams(service: Service) -> tuple[str, str]:
    """Create a Thing with a Location and two Datastreams, and give the paths of these."""
    made = service.create("Things", thing(Locations=[location()]))
    first, second = (service.create(f"{made}/Datastreams", whole_datastream(name)) for name in ("First", "Second"))
    return first, second


def rows_of(group: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the rows of a group with their names."""
    return [dict(zip(group["components"], row, strict=True)) for row in group["dataArray"]]


def body(stream: str, rows: list[list[Any]], components: tuple[str, ...] = ("phenomenonTime", "result")) -> Any:
    """Make a group of Observations of one Datastream."""
    return {"Datastream": link(stream), "components": list(components), "dataArray": rows}


def at(minute: int) -> str:
    return str(observation(minute=minute)["phenomenonTime"])


def moments(text: str | None) -> list[datetime]:
    return [datetime.fromisoformat(part) for part in text.split("/")] if text else []


# reading


@requirement(DATA_ARRAY)
def test_observations_are_grouped_by_datastream(filled: Service) -> None:
    seen = []
    for page in filled.pages("Observations?$resultFormat=dataArray"):
        links = [group["Datastream@iot.navigationLink"] for group in page["value"]]
        assert len(set(links)) == len(links)
        for group in page["value"]:
            assert {"id", "phenomenonTime", "resultTime", "result"} <= set(group["components"])
            stream = filled.get(group["Datastream@iot.navigationLink"])
            for row in rows_of(group):
                one = filled.get(f"Observations({row['id']})")
                assert row["result"] == one["result"]
                assert all(moments(row[name]) == moments(one[name]) for name in ("phenomenonTime", "resultTime"))
                assert filled.get(f"Observations({row['id']})/Datastream") == stream
                seen.append(row["id"])
    assert sorted(seen) == sorted(one["@iot.id"] for one in filled.values("Observations"))


@requirement(DATA_ARRAY)
def test_a_datastream_gives_its_observations_as_an_array(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Fridge temperature")
    (group,) = filled.get(f"{path}/Observations?$resultFormat=dataArray&$orderby=phenomenonTime")["value"]
    assert filled.path_of(group["Datastream@iot.navigationLink"]) == path
    assert [row["result"] for row in rows_of(group)] == [31.5, 32.5, -32.4]


@requirement(DATA_ARRAY)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("$orderby=result desc&$top=3", [11, 10, 9]),
        ("$orderby=result&$skip=2&$top=2", [2, 3]),
        ("$filter=result gt 9&$orderby=result", [10, 11]),
        ("$filter=result gt 1000", []),
    ],
)
def test_other_options_work_as_without_arrays(filled: Service, options: str, expected: list[int]) -> None:
    path = filled.path_by_name("Datastreams", "Oven temperature")
    groups = filled.get(f"{path}/Observations?$resultFormat=dataArray&{options}")["value"]
    assert [row["result"] for group in groups for row in rows_of(group)] == expected


@requirement(DATA_ARRAY)
def test_select_names_the_components(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Oven temperature")
    options = "$resultFormat=dataArray&$select=result,phenomenonTime&$orderby=result&$top=1"
    (group,) = filled.get(f"{path}/Observations?{options}")["value"]
    assert rows_of(group) == [{"result": 0, "phenomenonTime": "2026-03-01T00:00:00Z"}]


@requirement(DATA_ARRAY)
def test_arrays_are_counted_and_paged(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Oven temperature")
    pages = list(filled.pages(f"{path}/Observations?$resultFormat=dataArray&$count=true&$orderby=result"))
    assert [page["@iot.count"] for page in pages] == [12, 12]
    sizes = [sum(len(group["dataArray"]) for group in page["value"]) for page in pages]
    assert sizes == [PAGE_SIZE, 12 - PAGE_SIZE]


@requirement(DATA_ARRAY)
def test_nothing_can_be_expanded_in_an_array(filled: Service) -> None:
    answer = filled.ask("GET", "Observations?$resultFormat=dataArray&$expand=Datastream")
    assert answer.status_code in (400, 501)


# creating


@requirement(DATA_ARRAY)
def test_observations_of_two_datastreams_are_created_at_once(service: Service) -> None:
    first, second = two_streams(service)
    place = service.create("FeaturesOfInterest", feature("Elsewhere"))
    components = ("phenomenonTime", "result", "FeatureOfInterest/id")
    number = link(place)["@iot.id"]
    given = [
        body(first, [[at(0), 20, number], [at(1), 30, number]], components),
        body(second, [[at(0), 65, number], [at(1), 60, number]], components),
    ]
    answer = service.ask("POST", "CreateObservations", given)
    assert answer.status_code == 201
    made = [service.get(address) for address in answer.json()]
    assert [one["result"] for one in made] == [20, 30, 65, 60], "in the order of the request"
    assert [one["phenomenonTime"] for one in made] == [at(0), at(1), at(0), at(1)]
    assert service.results(f"{first}/Observations?$orderby=result") == [20, 30]
    assert service.results(f"{second}/Observations?$orderby=result") == [60, 65]
    assert all(service.get(f"{address}/FeatureOfInterest")["name"] == "Elsewhere" for address in answer.json())


@requirement(DATA_ARRAY)
def test_without_features_the_location_gives_one(service: Service) -> None:
    first, second = two_streams(service)
    answer = service.ask("POST", "CreateObservations", [body(first, [[at(0), 1]]), body(second, [[at(0), 2]])])
    assert answer.status_code == 201
    places = [service.get(f"{address}/FeatureOfInterest")["@iot.id"] for address in answer.json()]
    assert places == [places[0]] * 2
    assert service.count("FeaturesOfInterest") == 1


@requirement(DATA_ARRAY)
def test_all_properties_can_be_components(service: Service) -> None:
    first, _ = two_streams(service)
    components = ("result", "resultTime", "phenomenonTime", "parameters")
    given = [body(first, [[7, at(9), at(3), {"wind": "west"}]], components)]
    (address,) = service.ask("POST", "CreateObservations", given).json()
    made = service.get(address)
    assert (made["result"], made["resultTime"], made["phenomenonTime"]) == (7, at(9), at(3))
    assert made["parameters"] == {"wind": "west"}


@requirement(DATA_ARRAY)
def test_what_cannot_be_created_is_an_error_in_its_place(service: Service) -> None:
    first, _ = two_streams(service)
    given = [body(first, [[at(0), 1], ["yesterday", 2], [at(2), 3]])]
    answer = service.ask("POST", "CreateObservations", given)
    assert answer.status_code == 201
    one, error, three = answer.json()
    assert error == "error"
    assert [service.get(address)["result"] for address in (one, three)] == [1, 3]
    assert service.count("Observations") == 2


@requirement(DATA_ARRAY)
@pytest.mark.parametrize("given", ["{}", "7", '[{"components": ["result"]}]', "["])
def test_what_is_no_data_array_is_refused(service: Service, given: str) -> None:
    assert service.ask("POST", "CreateObservations", given).status_code in REFUSED
    assert service.count("Observations") == 0
