"""Conformance class resource-path: all eight usages of the path (OGC 18-088, 9.2)."""

import pytest

from .requirements import requirement, since_1_1
from .service import SETS, Service

PATHS = "resource-path/resource-path-to-entities"


@requirement(PATHS)
def test_usage_1_the_root_lists_the_entity_sets(filled: Service) -> None:
    body = filled.get("")
    listed = {entry["name"]: entry["url"] for entry in body["value"]}
    assert set(listed) >= set(SETS.values())
    for name, url in listed.items():
        assert filled.ask("GET", url).status_code == 200, name


@requirement(PATHS)
@since_1_1
def test_usage_1_the_root_says_what_it_conforms_to(filled: Service) -> None:
    conformance = filled.get("")["serverSettings"]["conformance"]
    assert isinstance(conformance, list)
    assert all(uri.startswith("http") for uri in conformance)


@requirement(PATHS)
@pytest.mark.parametrize("plural", SETS.values())
def test_usage_2_a_set_is_an_array_of_all_its_entities(filled: Service, plural: str) -> None:
    body = filled.get(f"{plural}?$count=true")
    assert isinstance(body["value"], list)
    assert len(filled.values(plural)) == body["@iot.count"]
    assert list(body).index("@iot.count") < list(body).index("value"), "the count comes before the value"


@requirement(PATHS)
def test_usage_2_an_empty_set_is_an_empty_array(service: Service) -> None:
    for plural in SETS.values():
        assert service.get(plural)["value"] == []


@requirement(PATHS)
@pytest.mark.parametrize("plural", SETS.values())
def test_usage_3_an_identifier_addresses_one_entity(filled: Service, plural: str) -> None:
    for one in filled.values(plural):
        assert filled.get(f"{plural}({one['@iot.id']})") == one


@requirement(PATHS)
@pytest.mark.parametrize("plural", SETS.values())
def test_usage_4_a_property_is_an_object_of_itself(filled: Service, plural: str) -> None:
    for one in filled.values(plural):
        path = f"{plural}({one['@iot.id']})"
        for name, value in one.items():
            if "@" in name:
                continue
            answer = filled.ask("GET", f"{path}/{name}")
            if value is None:
                assert (answer.status_code, answer.content) == (204, b""), "a null is no content"
            else:
                assert answer.json() == {name: value}


@requirement(PATHS)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("properties/owner", {"owner": "Breda"}),
        ("properties/nested", {"nested": {"colour": "black"}}),
        ("properties/nested/colour", {"colour": "black"}),
    ],
)
def test_usage_4_names_go_on_into_a_complex_property(filled: Service, path: str, expected: object) -> None:
    assert filled.get(f"{filled.path_by_name('Things', 'Oven')}/{path}") == expected


@requirement(PATHS)
def test_usage_4_names_go_on_into_a_unit(filled: Service) -> None:
    path = f"{filled.path_by_name('Datastreams', 'Oven temperature')}/unitOfMeasurement"
    assert filled.get(f"{path}/symbol") == {"symbol": "°C"}
    assert filled.ask("GET", f"{path}/symbol/$value").text == "°C"


@requirement(PATHS)
@pytest.mark.parametrize("path", ["noSuchProperty", "properties/none", "properties/owner/deeper"])
def test_usage_4_a_property_that_is_not_there_is_not_found(filled: Service, path: str) -> None:
    assert filled.ask("GET", f"{filled.path_by_name('Things', 'Oven')}/{path}").status_code == 404


@requirement(PATHS)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("result", "31.5"),
        ("resultTime", "2015-12-08T01:02:03.250Z"),
        ("phenomenonTime", "2026-03-01T01:00:00Z"),
        ("validTime", "2015-12-08T00:00:00Z/2015-12-09T00:00:00Z"),
    ],
)
def test_usage_5_the_value_of_a_property_is_plain_text(filled: Service, name: str, expected: str) -> None:
    (one,) = filled.values("Observations?$filter=result eq 31.5")
    answer = filled.ask("GET", f"Observations({one['@iot.id']})/{name}/$value")
    assert (answer.status_code, answer.text) == (200, expected)
    assert answer.headers["Content-Type"].startswith("text/plain")


@requirement(PATHS)
def test_usage_6_a_link_to_many_gives_those_that_are_related(filled: Service) -> None:
    for stream in filled.values("Datastreams"):
        path = filled.path_of(stream["@iot.selfLink"])
        for one in filled.values(f"{path}/Observations"):
            related = filled.get(f"{filled.path_of(one['@iot.selfLink'])}/Datastream")
            assert related["@iot.id"] == stream["@iot.id"]


@requirement(PATHS)
def test_usage_6_a_link_to_one_gives_an_entity(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Fridge temperature")
    assert filled.get(f"{path}/Thing")["name"] == "Fridge"
    assert filled.get(f"{path}/Thing") == filled.get(filled.path_by_name("Things", "Fridge"))


@requirement(PATHS)
def test_usage_7_an_association_link_gives_self_links_only(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Oven temperature")
    references = filled.values(f"{path}/Observations/$ref")
    assert references == [{"@iot.selfLink": one["@iot.selfLink"]} for one in filled.values(f"{path}/Observations")]
    assert references


@requirement(PATHS)
def test_usage_8_paths_are_nested(filled: Service) -> None:
    stream = filled.path_by_name("Datastreams", "Oven temperature")
    one = filled.values(f"{stream}/Observations?$orderby=result desc")[0]
    path = f"{stream}/Observations({one['@iot.id']})"
    assert filled.get(path) == one
    assert filled.get(f"{path}/phenomenonTime") == {"phenomenonTime": one["phenomenonTime"]}
    place = filled.get(f"{path}/FeatureOfInterest")
    assert place["@iot.selfLink"].startswith(f"{filled.root}/FeaturesOfInterest(")
    assert filled.get(f"{path}/FeatureOfInterest/name") == {"name": place["name"]}
    thing = filled.get(f"{path}/Datastream/Thing")
    assert filled.get(f"{path}/Datastream/Thing/Datastreams")["value"][0]["@iot.id"] == filled.get(stream)["@iot.id"]
    assert thing["name"] == "Oven"


@requirement(PATHS)
def test_usage_8_an_entity_is_not_below_one_that_it_is_not_related_to(filled: Service) -> None:
    """Each step of a path restricts the next."""
    oven = filled.path_by_name("Datastreams", "Oven temperature")
    lamp = filled.path_by_name("Datastreams", "Lamp on")
    one = filled.values(f"{oven}/Observations")[0]
    assert filled.ask("GET", f"{lamp}/Observations({one['@iot.id']})").status_code == 404
