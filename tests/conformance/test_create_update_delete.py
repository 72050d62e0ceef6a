"""Conformance class create-update-delete: entities are made, linked, changed and deleted (OGC 18-088, 10)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .bodies import (
    CELSIUS,
    datastream,
    deep_thing,
    feature,
    location,
    observation,
    observed_property,
    point,
    sensor,
    thing,
    whole_datastream,
)
from .requirements import requirement, since_1_1
from .service import DONE, NOT_THERE, REFUSED, SETS, Service, identifier, link

CREATE = "create-update-delete/create-entity"
LINK = "create-update-delete/link-to-existing-entities"
DEEP = "create-update-delete/deep-insert"
DEEP_STATUS = "create-update-delete/deep-insert-status-code"
UPDATE = "create-update-delete/update-entity"
PUT = "create-update-delete/update-entity-put"
JSON_PATCH = "create-update-delete/update-entity-jsonpatch"
DELETE = "create-update-delete/delete-entity"
AUTOMATIC = "create-update-delete/historical-location-auto-creation"
MANUAL = "create-update-delete/historical-location-manual-creation"
JSON_PATCH_TYPE = "application/json-patch+json"

ALONE: dict[str, dict[str, Any]] = {
    "Things": thing(properties={"colour": "black"}),
    "Locations": location(),
    "Sensors": sensor(),
    "ObservedProperties": observed_property(),
    "FeaturesOfInterest": feature(),
}
"""Entities that need no other (table 24)."""


def around(service: Service) -> dict[str, str]:
    """Create an entity of each type, and give their paths by type."""
    paths = {"Thing": service.create("Things", deep_thing())}
    for kind, plural in SETS.items():
        (one,) = service.values(plural)
        paths[kind] = service.path_of(one["@iot.selfLink"])
    return paths


def body_of(kind: str, paths: dict[str, str]) -> dict[str, Any]:
    """Make a second entity of a type, linked to the first ones."""
    links: dict[str, dict[str, Any]] = {
        "HistoricalLocation": {"Thing": link(paths["Thing"]), "Locations": [link(paths["Location"])]},
        "Datastream": {name: link(paths[name]) for name in ("Thing", "Sensor", "ObservedProperty")},
        "Observation": {name: link(paths[name]) for name in ("Datastream", "FeatureOfInterest")},
    }
    bodies: dict[str, dict[str, Any]] = {
        "HistoricalLocation": {"time": "2014-01-25T19:00:00Z"},
        "Datastream": datastream("Second stream"),
        "Observation": observation(99.5, 90),
        **{kind: ALONE[plural] for kind, plural in SETS.items() if plural in ALONE},
    }
    return {**bodies[kind], **links.get(kind, {})}


# create-entity


@requirement(CREATE)
@pytest.mark.parametrize("plural", ALONE)
def test_an_entity_is_created_by_a_post_to_its_set(service: Service, plural: str) -> None:
    answer = service.ask("POST", plural, ALONE[plural])
    assert answer.status_code in (201, 204)
    made = service.get(answer.headers["Location"])
    assert made["@iot.selfLink"] == answer.headers["Location"]
    assert {name: made[name] for name in ALONE[plural]} == ALONE[plural]
    assert service.values(plural) == [made]


@requirement(CREATE, LINK)
@pytest.mark.parametrize("kind", ["HistoricalLocation", "Datastream", "Observation"])
def test_an_entity_that_needs_others_is_created_with_links(service: Service, kind: str) -> None:
    paths = around(service)
    body = body_of(kind, paths)
    made = service.get(service.create(SETS[kind], body))
    for name, value in body.items():
        if name in made:
            assert made[name] == value
            continue
        linked = service.get(f"{service.path_of(made['@iot.selfLink'])}/{name}")
        ids = [one["@iot.id"] for one in linked.get("value", [linked])]
        assert ids == [one["@iot.id"] for one in (value if isinstance(value, list) else [value])]


NAVIGATIONS = [
    ("Thing", "Locations", "Location", location("Shed")),
    ("Thing", "Datastreams", "Datastream", whole_datastream("Another")),
    ("Location", "Things", "Thing", thing("Neighbour")),
    ("Sensor", "Datastreams", "Datastream",
     datastream("Another", ObservedProperty=observed_property("Mass"), Thing=thing("Neighbour"))),
    ("ObservedProperty", "Datastreams", "Datastream", datastream("Another", Sensor=sensor("X"), Thing=thing("Y"))),
    ("Datastream", "Observations", "Observation", observation(1, 100)),
]  # fmt: skip


@requirement(CREATE)
@pytest.mark.parametrize(("parent", "name", "kind", "body"), NAVIGATIONS)
def test_a_post_to_a_navigation_link_links_the_new_entity(
    service: Service, parent: str, name: str, kind: str, body: dict[str, Any]
) -> None:
    paths = around(service)
    made = service.create(f"{paths[parent]}/{name}", body)
    assert made.startswith(f"{SETS[kind]}(")
    ids = [one["@iot.id"] for one in service.values(f"{paths[parent]}/{name}")]
    assert identifier(made) in ids


@requirement(CREATE)
def test_a_feature_is_linked_by_a_post_to_its_observations(service: Service) -> None:
    paths = around(service)
    place = service.create("FeaturesOfInterest", feature("Elsewhere"))
    body = observation(3, 100, Datastream=link(paths["Datastream"]))
    made = service.create(f"{place}/Observations", body)
    assert service.get(f"{made}/FeatureOfInterest")["name"] == "Elsewhere"


INCOMPLETE = [
    ("Datastreams", "Thing"),
    ("Datastreams", "Sensor"),
    ("Datastreams", "ObservedProperty"),
    ("Observations", "Datastream"),
]


@requirement(CREATE)
@pytest.mark.parametrize(("plural", "left_out"), INCOMPLETE)
def test_an_entity_without_what_it_must_link_to_is_refused(service: Service, plural: str, left_out: str) -> None:
    """Table 24."""
    paths = around(service)
    kind = plural.removesuffix("s")
    body = {name: value for name, value in body_of(kind, paths).items() if name != left_out}
    before = service.counts()
    assert service.ask("POST", plural, body).status_code in REFUSED
    assert service.counts() == before


MANDATORY = [
    ("Things", "name"),
    ("Locations", "name"),
    ("Locations", "encodingType"),
    ("Locations", "location"),
    ("Sensors", "name"),
    ("Sensors", "encodingType"),
    ("Sensors", "metadata"),
    ("ObservedProperties", "name"),
    ("ObservedProperties", "definition"),
    ("FeaturesOfInterest", "name"),
    ("FeaturesOfInterest", "encodingType"),
    ("FeaturesOfInterest", "feature"),
    ("Things", "description"),
    ("Locations", "description"),
    ("Sensors", "description"),
    ("ObservedProperties", "description"),
    ("FeaturesOfInterest", "description"),
]


@requirement(CREATE)
@pytest.mark.parametrize(("plural", "left_out"), MANDATORY)
def test_an_entity_without_a_mandatory_property_is_refused(service: Service, plural: str, left_out: str) -> None:
    body = {name: value for name, value in ALONE[plural].items() if name != left_out}
    assert service.ask("POST", plural, body).status_code in REFUSED
    assert service.counts() == dict.fromkeys(SETS.values(), 0)


@requirement(CREATE)
@pytest.mark.parametrize("left_out", ["name", "description", "unitOfMeasurement", "observationType"])
def test_a_datastream_without_a_mandatory_property_is_refused(service: Service, left_out: str) -> None:
    paths = around(service)
    before = service.counts()
    body = {name: value for name, value in body_of("Datastream", paths).items() if name != left_out}
    assert service.ask("POST", "Datastreams", body).status_code in REFUSED
    assert service.counts() == before


@requirement(CREATE)
@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "7", '"Oven"', '{"name": 7, "description": "x"}', '{"name": "x", "description": "y", "wheels": 4}'],
)
def test_what_is_no_valid_entity_is_refused(service: Service, body: str) -> None:
    assert service.ask("POST", "Things", body).status_code in REFUSED
    assert service.count("Things") == 0


@requirement(CREATE)
def test_an_observation_without_feature_gets_one_from_the_location(service: Service) -> None:
    """Special case 1: made of the Location of the Thing, and used again by the next Observation."""
    thing_path = service.create("Things", thing(Locations=[location(location=point(5.1, 51.2))]))
    stream = service.create(f"{thing_path}/Datastreams", whole_datastream())
    first = service.create(f"{stream}/Observations", observation(1, 0))
    made = service.get(f"{first}/FeatureOfInterest")
    assert made["feature"] == point(5.1, 51.2)
    assert made["encodingType"] == "application/vnd.geo+json"
    second = service.create("Observations", observation(2, 1, Datastream=link(stream)))
    assert service.get(f"{second}/FeatureOfInterest")["@iot.id"] == made["@iot.id"]
    assert service.count("FeaturesOfInterest") == 1


@requirement(CREATE)
def test_another_location_gives_another_feature(service: Service) -> None:
    """The FeatureOfInterest is where the Thing is at that moment."""
    thing_path = service.create("Things", thing(Locations=[location(location=point(5.1, 51.2))]))
    stream = service.create(f"{thing_path}/Datastreams", whole_datastream())
    service.create(f"{stream}/Observations", observation(1, 0))
    service.create(f"{thing_path}/Locations", location("Shed", location=point(6.1, 52.2)))
    moved = service.create(f"{stream}/Observations", observation(2, 1))
    assert service.get(f"{moved}/FeatureOfInterest")["feature"] == point(6.1, 52.2)
    assert service.count("FeaturesOfInterest") == 2


@requirement(CREATE)
def test_an_observation_with_no_place_at_all_is_refused(service: Service) -> None:
    """Table 24: it shall link to a FeatureOfInterest, and there is no Location to make one of."""
    stream = service.create(f"{service.create('Things', thing())}/Datastreams", whole_datastream())
    assert service.ask("POST", f"{stream}/Observations", observation()).status_code in REFUSED
    assert (service.count("Observations"), service.count("FeaturesOfInterest")) == (0, 0)


@requirement(CREATE)
def test_an_observation_without_times_gets_now_and_null(service: Service) -> None:
    """Special case 2 and table 18."""
    paths = around(service)
    made = service.get(service.create(f"{paths['Datastream']}/Observations", {"result": 7}))
    assert made["resultTime"] is None
    age = datetime.now(UTC) - datetime.fromisoformat(made["phenomenonTime"])
    assert timedelta() <= age < timedelta(minutes=5)


@requirement(CREATE)
@pytest.mark.parametrize("result", [21.5, 7, "mist", True, {"deep": [1, None]}, [1, 2], 0, "", False])
def test_a_result_may_be_any_value(service: Service, result: Any) -> None:
    """Table 18: its type depends on the observationType."""
    paths = around(service)
    made = service.get(service.create(f"{paths['Datastream']}/Observations", observation(result, 100)))
    assert (made["result"], type(made["result"])) == (result, type(result))


@requirement(CREATE)
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.5Z"),
        ("2026-03-01T12:00:00+01:00", "2026-03-01T11:00:00Z"),
        ("2026-03-01T12:00:00-0700", "2026-03-01T19:00:00Z"),
        ("2026-03-01T12:00:00Z/2026-03-01T13:00:00Z", "2026-03-01T12:00:00Z/2026-03-01T13:00:00Z"),
    ],
)
def test_times_are_the_same_moments(service: Service, given: str, shown: str) -> None:
    paths = around(service)
    made = service.get(service.create(f"{paths['Datastream']}/Observations", observation(1, phenomenonTime=given)))
    assert [_moment(part) for part in made["phenomenonTime"].split("/")] == [_moment(part) for part in shown.split("/")]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# link-to-existing-entities


@requirement(LINK)
def test_a_thing_is_linked_to_locations_that_are_there(service: Service) -> None:
    place = service.create("Locations", location())
    made = service.create("Things", thing(Locations=[link(place)]))
    assert [one["@iot.id"] for one in service.values(f"{made}/Locations")] == [identifier(place)]
    assert service.count("Locations") == 1


@requirement(LINK)
def test_a_link_beside_new_entities(service: Service) -> None:
    """Both in one request: a Datastream of an old Sensor and a new ObservedProperty."""
    old = service.create("Sensors", sensor("Old"))
    body = whole_datastream(Sensor=link(old), Thing=thing())
    made = service.create("Datastreams", body)
    assert service.get(f"{made}/Sensor")["name"] == "Old"
    assert (service.count("Sensors"), service.count("ObservedProperties"), service.count("Things")) == (1, 1, 1)


@requirement(LINK)
@pytest.mark.parametrize(
    ("plural", "body"),
    [
        ("Things", thing(Locations=[{"@iot.id": 999}])),
        ("Datastreams", whole_datastream(Thing={"@iot.id": 999})),
        ("Datastreams", whole_datastream(Thing=thing(), Sensor={"@iot.id": 999})),
        ("Observations", observation(Datastream={"@iot.id": 999})),
    ],
)
def test_a_link_to_nothing_is_refused(service: Service, plural: str, body: dict[str, Any]) -> None:
    assert 400 <= service.ask("POST", plural, body).status_code < 500
    assert service.counts() == dict.fromkeys(SETS.values(), 0)


# deep-insert


@requirement(DEEP, DEEP_STATUS)
def test_a_deep_insert_creates_and_relates_all(service: Service) -> None:
    answer = service.ask("POST", "Things", deep_thing())
    assert answer.status_code == 201
    made = service.path_of(answer.headers["Location"])
    assert service.counts() == dict.fromkeys(SETS.values(), 1)
    (stream,) = service.values(f"{made}/Datastreams")
    below = service.path_of(stream["@iot.selfLink"])
    assert service.get(f"{below}/Sensor")["name"] == "DS18B20"
    assert service.get(f"{below}/ObservedProperty")["name"] == "Temperature"
    assert service.get(f"{below}/Thing")["@iot.id"] == identifier(made)
    (seen,) = service.values(f"{below}/Observations")
    assert service.get(f"{service.path_of(seen['@iot.selfLink'])}/FeatureOfInterest")["name"] == "Air of the kitchen"
    assert service.names(f"{made}/Locations") == ["Kitchen"]


DEEP_BODIES = [
    ("Locations", location(Things=[thing("Inside")]), {"Locations": 1, "Things": 1, "HistoricalLocations": 1}),
    ("Sensors", sensor(Datastreams=[datastream(Thing=thing(), ObservedProperty=observed_property())]),
     {"Sensors": 1, "Datastreams": 1, "Things": 1, "ObservedProperties": 1}),
    ("ObservedProperties", observed_property(Datastreams=[datastream(Thing=thing(), Sensor=sensor())]),
     {"Sensors": 1, "Datastreams": 1, "Things": 1, "ObservedProperties": 1}),
    ("Datastreams", whole_datastream(Thing=thing(Locations=[location()]), Observations=[observation()]),
     dict.fromkeys(SETS.values(), 1)),
    ("Observations",
     observation(Datastream=whole_datastream(Thing=thing()), FeatureOfInterest=feature()),
     {"Observations": 1, "Datastreams": 1, "Things": 1, "Sensors": 1, "ObservedProperties": 1,
      "FeaturesOfInterest": 1}),
    ("FeaturesOfInterest",
     feature(Observations=[observation(Datastream=whole_datastream(Thing=thing()))]),
     {"Observations": 1, "Datastreams": 1, "Things": 1, "Sensors": 1, "ObservedProperties": 1,
      "FeaturesOfInterest": 1}),
    ("HistoricalLocations",
     {"time": "2015-01-01T00:00:00Z", "Thing": thing(), "Locations": [location()]},
     {"HistoricalLocations": 1, "Things": 1, "Locations": 1}),
]  # fmt: skip


@requirement(DEEP, DEEP_STATUS)
@pytest.mark.parametrize(("plural", "body", "expected"), DEEP_BODIES, ids=[case[0] for case in DEEP_BODIES])
def test_a_deep_insert_begins_at_any_set(
    service: Service, plural: str, body: dict[str, Any], expected: dict[str, int]
) -> None:
    answer = service.ask("POST", plural, body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].startswith(f"{service.root}/{plural}(")
    assert service.counts() == {**dict.fromkeys(SETS.values(), 0), **expected}


@requirement(DEEP)
def test_an_identifier_of_an_inline_entity_is_ignored(service: Service) -> None:
    made = service.create("Things", thing(Locations=[{**location(), "@iot.id": 4711}]))
    (place,) = service.values(f"{made}/Locations")
    assert place["@iot.id"] != 4711
    assert place["name"] == "Kitchen"


BROKEN = [
    (thing(Locations=[{"name": "no location"}]), "a Location without what it must have"),
    (thing(Datastreams=[datastream(Sensor=sensor())]), "a Datastream without ObservedProperty"),
    (thing(Datastreams=[datastream(ObservedProperty=observed_property())]), "a Datastream without Sensor"),
    (thing(Datastreams=[whole_datastream(Sensor={"name": "bare"})]), "a Sensor without what it must have"),
    (thing(Datastreams=[whole_datastream(Observations=[{"phenomenonTime": "2026-01-01T00:00:00Z"}])],
           Locations=[location()]), "an Observation without result"),
    (thing(Datastreams=[whole_datastream(Observations=[observation()])]), "an Observation with no place"),
    (thing(Datastreams=[whole_datastream(Observations=[observation(phenomenonTime="yesterday")])],
           Locations=[location()]), "an Observation at no time"),
    (thing(Wheels=[{"name": "front"}]), "a link that there is not"),
    (thing(Locations=[location(), {"@iot.id": 999}]), "a link to nothing beside a new entity"),
]  # fmt: skip


@requirement(DEEP, DEEP_STATUS)
@pytest.mark.parametrize(("body", "why"), BROKEN, ids=[why for _, why in BROKEN])
def test_a_deep_insert_that_fails_creates_nothing(service: Service, body: dict[str, Any], why: str) -> None:
    assert 400 <= service.ask("POST", "Things", body).status_code < 500, why
    assert service.counts() == dict.fromkeys(SETS.values(), 0)


# update-entity

CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("Thing", {"name": "Stove"}),
    ("Thing", {"description": "bigger"}),
    ("Location", {"location": point(1, 2)}),
    ("Location", {"name": "Hall", "description": "by the door"}),
    ("HistoricalLocation", {"time": "2020-02-02T00:00:00Z"}),
    ("Datastream", {"name": "Heat"}),
    ("Datastream", {"unitOfMeasurement": {"name": "kelvin", "symbol": "K", "definition": "http://example.org/K"}}),
    ("Sensor", {"metadata": "http://example.org/other.pdf"}),
    ("ObservedProperty", {"definition": "http://example.org/def/heat"}),
    ("Observation", {"result": 99.25}),
    ("Observation", {"resultTime": "2026-03-01T05:00:00Z"}),
    ("Observation", {"phenomenonTime": "2026-03-01T05:00:00Z"}),
    ("FeatureOfInterest", {"feature": point(3, 4)}),
]


@requirement(UPDATE)
@pytest.mark.parametrize(("kind", "change"), CHANGES)
def test_a_patch_replaces_what_it_names_and_nothing_else(service: Service, kind: str, change: dict[str, Any]) -> None:
    path = around(service)[kind]
    before = service.get(path)
    assert service.ask("PATCH", path, change).status_code in DONE
    after = service.get(path)
    assert {name: after[name] for name in change} == change
    # what a Datastream says of its Observations follows these, not a patch
    assert {**after, **change} == {**before, **change}


@requirement(UPDATE)
def test_a_patch_leaves_alone_what_a_complex_property_holds_besides(service: Service) -> None:
    path = around(service)["Datastream"]
    assert service.ask("PATCH", path, {"unitOfMeasurement": {"symbol": "grad C"}}).status_code in DONE
    assert service.get(path)["unitOfMeasurement"] == {**CELSIUS, "symbol": "grad C"}


@requirement(UPDATE)
def test_a_patch_does_not_change_the_identifier(service: Service) -> None:
    path = around(service)["Thing"]
    assert service.ask("PATCH", path, {"@iot.id": 4711, "name": "Stove"}).status_code in DONE
    assert service.get(path)["name"] == "Stove"
    assert service.ask("GET", "Things(4711)").status_code in NOT_THERE


@requirement(UPDATE)
@pytest.mark.parametrize("plural", SETS.values())
def test_what_is_not_there_cannot_be_changed(service: Service, plural: str) -> None:
    bodies: dict[str, Any] = {"HistoricalLocations": {"time": "2020-01-01T00:00:00Z"}, "Observations": {"result": 1}}
    assert service.ask("PATCH", f"{plural}(4711)", bodies.get(plural, {"name": "x"})).status_code in NOT_THERE
    assert service.count(plural) == 0


INLINE = [
    ("Thing", {"Locations": [location("Inline")]}),
    ("Thing", {"Datastreams": [whole_datastream("Inline")]}),
    ("Location", {"Things": [thing("Inline")]}),
    ("HistoricalLocation", {"Thing": thing("Inline")}),
    ("Datastream", {"ObservedProperty": observed_property("Inline")}),
    ("Datastream", {"Sensor": sensor("Inline")}),
    ("Datastream", {"Thing": thing("Inline")}),
    ("Datastream", {"Observations": [observation(1, 200)]}),
    ("Sensor", {"Datastreams": [whole_datastream("Inline")]}),
    ("ObservedProperty", {"Datastreams": [whole_datastream("Inline")]}),
    ("Observation", {"FeatureOfInterest": feature("Inline")}),
    ("FeatureOfInterest", {"Observations": [observation(1, 200)]}),
]


@requirement(UPDATE)
@pytest.mark.parametrize(("kind", "change"), INLINE)
def test_a_patch_with_entities_inline_is_refused(service: Service, kind: str, change: dict[str, Any]) -> None:
    path = around(service)[kind]
    before, counts = service.get(path), service.counts()
    assert service.ask("PATCH", path, change).status_code == 400
    assert (service.get(path), service.counts()) == (before, counts)


@requirement(UPDATE)
@pytest.mark.parametrize(
    ("kind", "name", "body"),
    [
        ("Datastream", "Thing", thing("Other")),
        ("Datastream", "Sensor", sensor("Other")),
        ("Datastream", "ObservedProperty", observed_property("Other")),
        ("Observation", "FeatureOfInterest", feature("Other")),
        ("HistoricalLocation", "Thing", thing("Other")),
    ],
)
def test_a_binding_replaces_a_link_to_one(service: Service, kind: str, name: str, body: dict[str, Any]) -> None:
    path = around(service)[kind]
    other = service.create(SETS[name], body)
    assert service.ask("PATCH", path, {name: link(other)}).status_code in DONE
    assert service.get(f"{path}/{name}")["@iot.id"] == identifier(other)


def test_an_observation_stays_in_its_datastream(service: Service) -> None:
    """The one binding that is refused (see docs/features.md): the identifier of an Observation is of its Datastream."""
    paths = around(service)
    other = service.create("Datastreams", body_of("Datastream", paths))
    answer = service.ask("PATCH", paths["Observation"], {"Datastream": link(other)})
    assert answer.status_code == 400
    assert "Datastream" in answer.json()["message"]
    assert service.results(f"{paths['Datastream']}/Observations") == [20.5]


@requirement(UPDATE)
def test_a_binding_adds_to_a_link_to_many(service: Service) -> None:
    paths = around(service)
    other = service.create("Datastreams", whole_datastream("Second", Thing=thing("Other")))
    assert service.ask("PATCH", paths["Thing"], {"Datastreams": [link(other)]}).status_code in DONE
    assert sorted(service.names(f"{paths['Thing']}/Datastreams")) == ["Oven temperature", "Second"]


@requirement(UPDATE)
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Thing", {"name": 7}),
        ("Thing", {"name": None}),
        ("Thing", {"wheels": 4}),
        ("Location", {"location": None}),
        ("Observation", {"phenomenonTime": "yesterday"}),
        ("Datastream", {"Thing": {"@iot.id": 4711}}),
    ],
)
def test_a_patch_that_is_wrong_changes_nothing(service: Service, kind: str, change: dict[str, Any]) -> None:
    path = around(service)[kind]
    before = service.get(path)
    assert 400 <= service.ask("PATCH", path, change).status_code < 500
    assert service.get(path) == before


# update-entity-put

WHOLE: dict[str, dict[str, Any]] = {
    "Thing": {"name": "Stove", "description": "bigger"},
    "Location": location("Hall", location=point(7, 8)),
    "Datastream": datastream("Heat"),
    "Sensor": sensor("Other"),
    "ObservedProperty": observed_property("Heat"),
    "Observation": observation(50.5, 240),
    "FeatureOfInterest": feature("Hall"),
    "HistoricalLocation": {"time": "2019-01-01T00:00:00Z"},
}


@requirement(PUT)
@since_1_1
@pytest.mark.parametrize("kind", WHOLE)
def test_a_put_replaces_all_properties(service: Service, kind: str) -> None:
    path = around(service)[kind]
    assert service.ask("PUT", path, WHOLE[kind]).status_code in DONE
    after = service.get(path)
    assert {name: after[name] for name in WHOLE[kind]} == WHOLE[kind]
    assert path == service.path_of(after["@iot.selfLink"])


@requirement(PUT)
@since_1_1
def test_a_put_takes_away_what_it_leaves_out(service: Service) -> None:
    paths = around(service)
    assert service.get(paths["Thing"])["properties"] == {"owner": "Breda"}
    assert service.ask("PUT", paths["Thing"], WHOLE["Thing"]).status_code in DONE
    assert service.get(paths["Thing"]).get("properties") is None
    full = observation(1, 0, resultTime="2026-03-01T00:00:00Z", parameters={"wind": "west"}, resultQuality="good")
    one = service.create(f"{paths['Datastream']}/Observations", {**full, "phenomenonTime": "2026-03-02T00:00:00Z"})
    assert service.ask("PUT", one, observation(2, 300)).status_code in DONE
    after = service.get(one)
    assert [after.get(name) for name in ("resultTime", "parameters", "resultQuality")] == [None] * 3


@requirement(PUT)
@since_1_1
@pytest.mark.parametrize("kind", [kind for kind in WHOLE if kind not in ("Observation", "HistoricalLocation")])
def test_a_put_without_a_mandatory_property_is_refused(service: Service, kind: str) -> None:
    path = around(service)[kind]
    before = service.get(path)
    body = {name: value for name, value in WHOLE[kind].items() if name != "name"}
    assert service.ask("PUT", path, body).status_code == 400
    assert service.get(path) == before


@requirement(PUT)
@since_1_1
def test_a_put_ignores_the_identifier_and_keeps_links(service: Service) -> None:
    paths = around(service)
    assert service.ask("PUT", paths["Datastream"], {**WHOLE["Datastream"], "@iot.id": 4711}).status_code in DONE
    assert service.get(f"{paths['Datastream']}/Thing")["@iot.id"] == identifier(paths["Thing"])
    assert service.results(f"{paths['Datastream']}/Observations") == [20.5]


# update-entity-jsonpatch

PATCHES: list[tuple[str, list[dict[str, Any]], str, Any]] = [
    ("Thing", [{"op": "replace", "path": "/name", "value": "Stove"}], "name", "Stove"),
    ("Thing", [{"op": "add", "path": "/properties/colour", "value": "red"}], "properties",
     {"owner": "Breda", "colour": "red"}),
    ("Thing", [{"op": "remove", "path": "/properties/owner"}], "properties", {}),
    ("Thing", [{"op": "copy", "from": "/name", "path": "/description"}], "description", "Oven"),
    ("Thing", [{"op": "move", "from": "/properties/owner", "path": "/properties/keeper"}], "properties",
     {"keeper": "Breda"}),
    ("Thing", [{"op": "test", "path": "/name", "value": "Oven"}, {"op": "replace", "path": "/name", "value": "B"}],
     "name", "B"),
    ("Datastream", [{"op": "replace", "path": "/unitOfMeasurement/symbol", "value": "C"}], "unitOfMeasurement",
     {**CELSIUS, "symbol": "C"}),
    ("Observation", [{"op": "replace", "path": "/result", "value": 4}], "result", 4),
    ("Location", [{"op": "replace", "path": "/location/coordinates/0", "value": 5}], "location", point(5, 51.589123)),
]  # fmt: skip


@requirement(JSON_PATCH)
@since_1_1
@pytest.mark.parametrize(("kind", "operations", "name", "expected"), PATCHES)
def test_a_json_patch_is_carried_out(
    service: Service, kind: str, operations: list[dict[str, Any]], name: str, expected: Any
) -> None:
    path = around(service)[kind]
    before = service.get(path)
    assert service.ask("PATCH", path, operations, media_type=JSON_PATCH_TYPE).status_code in DONE
    assert service.get(path) == {**before, name: expected}


@requirement(JSON_PATCH)
@since_1_1
@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "replace", "path": "/name", "value": "B"}, {"op": "test", "path": "/description", "value": "no"}],
        [{"op": "replace", "path": "/name", "value": "B"}, {"op": "remove", "path": "/properties/none"}],
        [{"op": "replace", "path": "/name", "value": "B"}, {"op": "burn", "path": "/name"}],
        [{"op": "remove", "path": "/name"}],
        {"op": "replace", "path": "/name", "value": "B"},
    ],
)
def test_a_json_patch_that_fails_changes_nothing(service: Service, operations: Any) -> None:
    """RFC 5789 and 6902: all operations or none."""
    path = around(service)["Thing"]
    before = service.get(path)
    assert 400 <= service.ask("PATCH", path, operations, media_type=JSON_PATCH_TYPE).status_code < 500
    assert service.get(path) == before


# delete-entity

GONE = [
    ("Thing", {"Things", "Datastreams", "HistoricalLocations", "Observations"}),
    ("Location", {"Locations", "HistoricalLocations"}),
    ("HistoricalLocation", {"HistoricalLocations"}),
    ("Datastream", {"Datastreams", "Observations"}),
    ("Sensor", {"Sensors", "Datastreams", "Observations"}),
    ("ObservedProperty", {"ObservedProperties", "Datastreams", "Observations"}),
    ("Observation", {"Observations"}),
    ("FeatureOfInterest", {"FeaturesOfInterest", "Observations"}),
]


@requirement(DELETE)
@pytest.mark.parametrize(("kind", "gone"), GONE)
def test_a_delete_takes_along_what_cannot_be_without(service: Service, kind: str, gone: set[str]) -> None:
    """Table 25."""
    path = around(service)[kind]
    assert service.ask("DELETE", path).status_code in DONE
    assert service.ask("GET", path).status_code in NOT_THERE
    assert {plural for plural, count in service.counts().items() if count == 0} == gone


@requirement(DELETE)
@pytest.mark.parametrize("plural", SETS.values())
def test_what_is_not_there_cannot_be_deleted(service: Service, plural: str) -> None:
    assert service.ask("DELETE", f"{plural}(4711)").status_code in NOT_THERE


@requirement(DELETE)
def test_a_delete_removes_relations_from_both_sides(service: Service) -> None:
    paths = around(service)
    assert service.ask("DELETE", paths["Location"]).status_code in DONE
    assert service.values(f"{paths['Thing']}/Locations") == []
    assert service.names("Things?$filter=Locations/name eq 'Kitchen'") == []


@requirement(DELETE)
def test_a_delete_leaves_others_alone(service: Service) -> None:
    first = service.create("Things", deep_thing("First"))
    second = service.create("Things", deep_thing("Second"))
    whole = service.get(f"{second}?$expand=Datastreams/Observations,Locations,HistoricalLocations")
    assert service.ask("DELETE", first).status_code in DONE
    assert service.get(f"{second}?$expand=Datastreams/Observations,Locations,HistoricalLocations") == whole


# historical-location-auto-creation


@requirement(AUTOMATIC)
def test_a_new_thing_with_a_location_has_a_history(service: Service) -> None:
    made = service.create("Things", thing(Locations=[location()]))
    (past,) = service.values(f"{made}/HistoricalLocations?$expand=Locations,Thing")
    assert [one["name"] for one in past["Locations"]] == ["Kitchen"]
    assert past["Thing"]["@iot.id"] == identifier(made)
    assert _moment(past["time"]) <= datetime.now(UTC)


@requirement(AUTOMATIC)
def test_a_thing_without_location_has_no_history(service: Service) -> None:
    made = service.create("Things", thing())
    assert service.values(f"{made}/HistoricalLocations") == []


@requirement(AUTOMATIC)
def test_a_location_posted_to_a_thing_is_its_location_now(service: Service) -> None:
    made = service.create("Things", thing(Locations=[location()]))
    service.create(f"{made}/Locations", location("Shed"))
    assert service.names(f"{made}/Locations") == ["Shed"]
    past = service.values(f"{made}/HistoricalLocations?$expand=Locations&$orderby=time")
    assert [[one["name"] for one in each["Locations"]] for each in past] == [["Kitchen"], ["Shed"]]


@requirement(AUTOMATIC)
def test_a_location_bound_by_a_patch_makes_history(service: Service) -> None:
    made = service.create("Things", thing(Locations=[location()]))
    shed = service.create("Locations", location("Shed"))
    assert service.ask("PATCH", made, {"Locations": [link(shed)]}).status_code in DONE
    assert "Shed" in service.names(f"{made}/Locations")
    latest = service.values(f"{made}/HistoricalLocations?$expand=Locations&$orderby=time desc")[0]
    assert "Shed" in [one["name"] for one in latest["Locations"]]
    assert service.count(f"{made}/HistoricalLocations") == 2


@requirement(AUTOMATIC)
def test_a_thing_posted_to_a_location_makes_history(service: Service) -> None:
    place = service.create("Locations", location())
    made = service.create(f"{place}/Things", thing())
    (past,) = service.values(f"{made}/HistoricalLocations?$expand=Locations")
    assert [one["name"] for one in past["Locations"]] == ["Kitchen"]


# historical-location-manual-creation


@requirement(MANUAL)
@since_1_1
@pytest.mark.parametrize(("time", "now_at"), [("2010-01-01T00:00:00Z", "Kitchen"), ("2999-01-01T00:00:00Z", "Shed")])
def test_a_later_history_moves_the_thing_and_an_earlier_does_not(service: Service, time: str, now_at: str) -> None:
    made = service.create("Things", thing(Locations=[location()]))
    shed = service.create("Locations", location("Shed"))
    body = {"time": time, "Thing": link(made), "Locations": [link(shed)]}
    past = service.create("HistoricalLocations", body)
    assert service.names(f"{made}/Locations") == [now_at]
    assert service.names(f"{past}/Locations") == ["Shed"]
    assert service.count(f"{made}/HistoricalLocations") == 2


@requirement(MANUAL)
@since_1_1
def test_a_history_can_be_posted_to_its_thing(service: Service) -> None:
    made = service.create("Things", thing())
    body = {"time": "2020-01-01T00:00:00Z", "Locations": [location()]}
    service.create(f"{made}/HistoricalLocations", body)
    assert service.names(f"{made}/Locations") == ["Kitchen"], "the first of all is the latest too"
