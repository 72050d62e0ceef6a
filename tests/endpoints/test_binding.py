"""SensorThings 1.0 and 1.1 are two bindings of one store, each with its own names."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from ssclab_data.endpoints.sensorthings.binding import BINDINGS
from ssclab_data.model.lab import LabInfo

PROPERTIES_OF_1_1 = ("Locations", "Datastreams", "Sensors", "ObservedProperties", "FeaturesOfInterest")
SETS = (
    "Things",
    "Locations",
    "HistoricalLocations",
    "Datastreams",
    "Sensors",
    "ObservedProperties",
    "Observations",
    "FeaturesOfInterest",
    "MultiDatastreams",
)
CLASS = "http://www.opengis.net/spec/iot_sensing/1.1/req/"


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.version)
def test_every_address_in_an_answer_is_of_the_version_that_was_asked(client: TestClient, binding: Any) -> None:
    text = client.get(f"{binding.prefix}/Things?$expand=Datastreams($expand=Observations($top=1))&$top=2").text
    others = [other.prefix for other in BINDINGS if other != binding]
    assert text.count(binding.prefix) > 10
    assert not [prefix for prefix in others if prefix in text]


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.version)
def test_the_landing_page_lists_the_sets_of_the_standard_alone(client: TestClient, binding: Any) -> None:
    root = f"http://testserver{binding.prefix}"
    for path in (binding.prefix, f"{binding.prefix}/"):
        assert get(client, path)["value"] == [{"name": name, "url": f"{root}/{name}"} for name in SETS]


def test_1_0_has_no_server_settings(client: TestClient) -> None:
    assert set(get(client, "/sta/v1.0")) == {"value"}


def test_1_1_tells_what_it_can_do(client: TestClient) -> None:
    settings = get(client, "/sta/v1.1")["serverSettings"]
    claimed = settings["conformance"]
    for name in ("datamodel", "request-data", "request-data/filter", "resource-path", "multi-datastream/constraints"):
        assert CLASS + name in claimed, "classes and requirements both"
    assert len(set(claimed)) == len(claimed)
    assert settings["authentication"] == {"write": "read-only", "schemes": []}
    assert not [uri for uri in claimed if "create-update-delete" in uri], "nobody can write here"
    assert settings["limits"]["maxPageSize"] == 10
    assert settings["duplicates"]["default"] in settings["duplicates"]["policies"]
    assert settings["versions"]["1.0"] == "http://testserver/sta/v1.0"
    assert settings["server"]["version"] == client.get("/sta/v1.1").headers["api-version"]


@pytest.mark.parametrize("plural", PROPERTIES_OF_1_1)
def test_properties_that_1_0_lacks_are_unknown_there(client: TestClient, plural: str) -> None:
    for option in ("$select=properties", "$filter=properties/a eq 1", "$orderby=properties/a"):
        assert client.get(f"/sta/v1.1/{plural}?{option}").status_code == 200
        answer = client.get(f"/sta/v1.0/{plural}?{option}")
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown-name")
        assert "properties" not in answer.json()["known"]
    one = get(client, f"/sta/v1.0/{plural}?$top=1")["value"][0]
    assert client.get(f"{one['@iot.selfLink']}/properties").status_code == 404


def test_things_have_properties_in_both(client: TestClient) -> None:
    for binding in BINDINGS:
        assert get(client, f"{binding.prefix}/Things?$filter=properties/number eq 3")["value"][0]["properties"]


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.version)
def test_an_encoding_type_is_given_back_as_it_was_given(client: TestClient, binding: Any) -> None:
    location = get(client, f"{binding.prefix}/Locations")["value"][0]
    assert location["encodingType"] == "application/geo+json"
    same = get(client, f"{binding.prefix}/Locations?$filter=encodingType eq 'application/geo%2Bjson'")["value"]
    assert same == [location]


def test_a_next_link_of_one_version_is_good_for_that_version(client: TestClient) -> None:
    link = get(client, "/sta/v1.0/Things?$top=2")["@iot.nextLink"]
    assert link.startswith("http://testserver/sta/v1.0/Things?")
    assert len(get(client, link)["value"]) == 2


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.version)
def test_a_hub_has_no_multi_datastreams(serve: Callable[..., TestClient], binding: Any) -> None:
    client = serve(labs=(LabInfo(key="helmond", name="Helmond"),))
    assert [one["name"] for one in get(client, binding.prefix)["value"]] == list(SETS[:-1])
    assert client.get(f"{binding.prefix}/MultiDatastreams").status_code == 404
    assert client.get(f"{binding.prefix}/Things?$expand=MultiDatastreams").status_code == 400
    one = get(client, f"{binding.prefix}/Things?$top=1")["value"][0]
    assert "Datastreams@iot.navigationLink" in one
    assert "MultiDatastreams@iot.navigationLink" not in one
    text = client.get("/sta/v1.1").text
    assert "multi-datastream" not in text
