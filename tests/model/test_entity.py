"""What is derived from the declaration of the entity types."""

import pytest

from ssclab_data.errors import UnknownNameError
from ssclab_data.model.entity import Kind, Link
from ssclab_data.model.sensorthings import ENTITY_TYPES, Datastream, Thing, entity_type, type_of


def test_every_link_has_its_way_back() -> None:
    for kind in ENTITY_TYPES.values():
        for link in kind.navigations:
            target = ENTITY_TYPES[link.target]
            back = target.by_name[link.inverse]
            assert back in target.navigations
            assert (back.target, back.inverse) == (kind.name, link.name)


@pytest.mark.parametrize(("one", "other"), [("Thing", "Locations"), ("HistoricalLocation", "Locations")])
def test_many_to_many_links_are_many_on_both_sides(one: str, other: str) -> None:
    link = next(link for link in ENTITY_TYPES[one].navigations if link.name == other)
    back = next(link_ for link_ in ENTITY_TYPES[link.target].navigations if link_.name == link.inverse)
    assert link.many
    assert back.many


def test_what_only_version_2_has_is_hidden_from_1() -> None:
    datastream = ENTITY_TYPES["Datastream"]
    assert {"resultType", "ObservedProperties"} <= set(datastream.names("2.0"))
    assert not {"resultType", "ObservedProperties"} & set(datastream.names("1.1"))


def test_names_on_the_wire_are_the_standards() -> None:
    assert [part.name for part in ENTITY_TYPES["Observation"].properties] == [
        "phenomenonTime",
        "result",
        "resultTime",
        "resultQuality",
        "validTime",
        "parameters",
    ]
    assert ENTITY_TYPES["Location"].by_name["location"].kind is Kind.GEOMETRY  # type: ignore[union-attr]


def test_types_are_found_by_either_name() -> None:
    assert entity_type("FeaturesOfInterest") is entity_type("FeatureOfInterest")
    assert type_of(Thing(key="a/1", name="A", description="a")).name == "Thing"
    with pytest.raises(UnknownNameError, match="no entity set 'Devices'; known: Things, Locations"):
        entity_type("Devices")


def test_entities_are_values() -> None:
    one = Datastream(key="a/1/pm25", thing=Link(key="a/1"))
    assert one == Datastream(key="a/1/pm25", thing=Link(key="a/1"))
    with pytest.raises(AttributeError):
        one.name = "x"  # type: ignore[misc]
