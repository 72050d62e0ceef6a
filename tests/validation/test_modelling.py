"""Check the rules of profiles on small data sets, each with one fault and the finding it must give."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ssclab_data.linked_data.sosa import Node
from ssclab_data.model import codelists
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.entity import Entity
from ssclab_data.model.finding import Severity
from ssclab_data.model.units import resolve_unit
from ssclab_data.model.values import Box, UnitOfMeasurement
from ssclab_data.validation.modelling.checks import Modelling
from ssclab_data.validation.modelling.context import Context
from ssclab_data.validation.modelling.privacy import check_privacy
from ssclab_data.validation.modelling.streams import Times, check_times
from ssclab_data.validation.modelling_rules import MODELLING_RULES
from ssclab_data.validation.profile import Profile
from ssclab_data.validation.series_rules import SeriesRules

BREDA = Box(4.66, 51.48, 4.90, 51.65)
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"


def profile(**changes: object) -> Profile:
    """Give a profile in which every rule is on."""
    made = Profile(
        name="test@1",
        title={},
        modules=(),
        observed_properties=("pm25", "co2", "noise-level", "temperature"),
        vocabularies={"Thing/properties/placement": "placements"},
        required={"Sensor/metadata": "error"},
        rules=dict.fromkeys(MODELLING_RULES, "warning"),
        series=SeriesRules(),
    )
    return msgspec.structs.replace(made, **changes)


def thing(**changes: object) -> sta.Thing:
    return msgspec.structs.replace(sta.Thing(key="v/1", name="unit 1", description="A unit"), **changes)


def place(*coordinates: float) -> Node:
    entity = sta.Location(
        key="v/1/place",
        name="place",
        location={"type": "Point", "coordinates": list(coordinates or (4.77612, 51.58661))},
    )
    return Node(iri="x:place", entity=entity)


def observed(id_: str = "pm25", **changes: object) -> Node:
    info = codelists.observed_property(id_)
    entity = sta.ObservedProperty(key=info.key, name=info.label_en, definition=info.definition, description="-")
    return Node(iri=f"x:{id_}", entity=msgspec.structs.replace(entity, **changes))


def stream(unit: UnitOfMeasurement | None = None, **changes: Any) -> Node:
    entity = sta.Datastream(
        key="v/1/pm25",
        name="PM2.5",
        description="PM2.5 by sensor 1",
        observation_type=MEASUREMENT,
        unit_of_measurement=unit or resolve_unit("ug/m3").measurement,
        properties={"calibrated": False},
    )
    return Node(
        iri="x:stream",
        entity=msgspec.structs.replace(entity, **changes),
        links={"ObservedProperty": (observed(),), "Thing": (Node(iri="x:thing", entity=thing()),)},
    )


def whole(entity: sta.Thing, *places: Node, streams: int = 2) -> Node:
    links = {"Locations": places or (place(),), "Datastreams": tuple(stream() for _ in range(streams))}
    return Node(iri="x:thing", entity=entity, links={name: found for name, found in links.items() if found})


def rules(*nodes: Node, context: Context | None = None) -> list[tuple[str, str]]:
    """Give the rules that are broken, with what to write instead."""
    modelling = Modelling(context or Context(profile=profile(), area=BREDA, municipality="Breda"))
    findings = [finding for node in nodes for finding in modelling.check(node)]
    findings += modelling.finish()
    assert all(finding.text and finding.text_nl and "{" not in finding.text + finding.text_nl for finding in findings)
    return [(finding.rule, finding.suggestion) for finding in findings]


def bare(definition: str | None, symbol: str = "", name: str = "") -> UnitOfMeasurement:
    return UnitOfMeasurement(name=name, symbol=symbol, definition=definition)


PM25 = codelists.observed_property("pm25").definition
CO2 = codelists.observed_property("co2").definition
UG = "http://qudt.org/vocab/unit/MicroGM-PER-M3"


@pytest.mark.parametrize(
    ("node", "rule", "suggestion", "why"),
    [
        (observed(definition="http://example.org/def#pm25"), "property-unknown", PM25, "a definition of one's own"),
        (observed(definition="", name="Fijnstof (PM2.5)"), "property-unknown", PM25, "none, but the name tells"),
        (observed(definition="http://example.org/q", name="qqq"), "property-unknown", "", "nothing to guess by"),
        (
            observed(definition="https://dd.eionet.europa.eu/vocabularyconcept/aq/pollutant/6001/"),
            "definition-not-canonical",
            PM25,
            "https, vocabularyconcept and a slash: EIONET answers to all, joins do not",
        ),
        (observed("no2"), "property-not-in-profile", "", "known, but not of this profile"),
        (stream(bare(None)), "unit-missing", "", "no unit at all"),
        (stream(bare(None, "...")), "unit-unknown", UG, "a filler, as one conformant server had it"),
        (stream(bare("ucum:µg/m3", "µg/m³")), "unit-not-canonical", UG, "cases row 91: µ is for display"),
        (stream(bare(None, "ug/m3")), "unit-not-canonical", UG, "known by symbol alone"),
        (stream(bare(UG, "°C")), "unit-contradicts", "", "two units at once"),
        (stream(resolve_unit("mg/m3").measurement), "unit-not-of-property", "ug/m3", "another unit than all labs"),
        (whole(thing(properties={"placement": "Home"})), "code-not-listed", "home", "a capital is another code"),
        (Node(iri="x:s", entity=sta.Sensor(key="v/s", name="s")), "value-missing", "", "asked for by the profile"),
        (
            Node(iri="x:t", entity=thing(), links={"Locations": (), "Datastreams": (stream(),)}),
            "thing-without-location",
            "",
            "it is known that there is none",
        ),
        (
            Node(iri="x:t", entity=thing(), links={"Locations": (place(),), "Datastreams": ()}),
            "thing-without-datastream",
            "",
            "it is known that there is none",
        ),
        (place(51.58661, 4.77612), "axes-swapped", "[4.77612, 51.58661]", "latitude first"),
        (place(112_900.0, 400_500.0), "coordinates-in-metres", "", "RD New"),
        (place(5.12142, 52.09074), "outside-municipality", "", "Utrecht is not Breda: cases row 65"),
        (place(4.8, 51.6), "position-imprecise", "", "one decimal is kilometres"),
        (stream(properties={}), "measurement-kind-missing", "", "raw or calibrated?"),
        (stream(description="Raw and calibrated values"), "raw-and-calibrated-mixed", "", "two in one"),
        (whole(thing(description="Mail jan.jansen@example.nl")), "personal-data-in-text", "", "a person's address"),
        (whole(thing(properties={"tel": "06-12345678"})), "personal-data-in-text", "", "a telephone number"),
        (whole(thing(key="v/5C:CF:7F:12:34:56")), "device-address-published", "", "a MAC in the key"),
        (whole(thing(properties={"devEui": "70B3D57ED0001234"})), "device-address-published", "", "LoRaWAN"),
        (
            whole(thing(properties={"placement": "home"}), place(4.776123, 51.586613)),
            "home-position-exact",
            "",
            "six decimals of a home",
        ),
        (whole(thing(properties={"personalData": "yes"})), "legal-ground-missing", "", "GDPR, article 6"),
    ],
)
def test_one_fault_gives_one_finding(node: Node, rule: str, suggestion: str, why: str) -> None:
    assert rules(node) == [(rule, suggestion)], why


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (observed(), "as the code list has it"),
        (Node(iri="x:t", entity=thing()), "a page without expands does not tell where the Thing is"),
        (stream(), "unit and kind as they should be"),
        (
            stream(
                observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_TruthObservation",
                unit_of_measurement=bare(None),
            ),
            "a truth has no unit",
        ),
        (place(), "in Breda"),
        (place(4.6595, 51.55), "just over the edge of the box: less than 200 m"),
        (whole(thing(description="Mail info@breda.nl, tel. 14 076")), "a role is no person"),
        (whole(thing(properties={"localId": "0101204004"})), "a number is no telephone"),
        (whole(thing(properties={"placement": "home"}), place(4.776, 51.587)), "a home on a grid"),
        (whole(thing(properties={"personalData": "yes", "legalGround": "public-task"})), "with its ground"),
        (whole(thing(properties={"personalData": "no"})), "none needed"),
    ],
)
def test_what_is_in_order_gives_none(node: Node, why: str) -> None:
    assert rules(node) == [], why


def test_a_rule_that_is_off_says_nothing_and_a_level_is_taken_over() -> None:
    off = profile(rules={"axes-swapped": "off"})
    assert rules(place(51.58661, 4.77612), context=Context(profile=off)) == []
    bad = Modelling(Context(profile=profile(rules={"axes-swapped": "error"})))
    assert [finding.severity for finding in bad.check(place(51.58661, 4.77612))] == [Severity.ERROR]


def test_four_definitions_of_one_property_are_one_finding() -> None:
    twins = [observed("co2", key=f"v/co2-{number}") for number in range(4)]
    assert rules(*twins) == [("property-twice", "")], "one valid server had four CO2 definitions"


def test_things_at_one_place_with_a_datastream_each_look_like_sensors() -> None:
    things = [whole(thing(key=f"v/{number}"), streams=1) for number in range(3)]
    assert rules(*things) == [("thing-per-property", "")]
    assert rules(*things[:2]) == [], "two are no crowd"
    assert rules(*(whole(thing(key=f"v/{number}"), streams=2) for number in range(3))) == [], "platforms side by side"


@pytest.mark.parametrize(
    ("changes", "times", "expected"),
    [
        ({"properties": {"calibrated": True, "period": "PT1H"}}, Times(instants=3), ["mean-as-instant"]),
        ({"name": "PM2.5 hourly mean"}, Times(instants=3), ["mean-as-instant"]),
        ({"name": "PM2.5 uurgemiddelde"}, Times(instants=3), ["mean-as-instant"]),
        ({"properties": {"calibrated": True, "period": "PT1H"}}, Times(intervals=3), []),
        ({}, Times(intervals=3), ["interval-not-declared"]),
        ({}, Times(instants=3), []),
    ],
)
def test_means_stand_over_intervals(changes: dict[str, Any], times: Times, expected: list[str]) -> None:
    found = list(check_times(stream(**changes), times, Context(profile=profile())))
    assert [finding.rule for finding in found] == expected
    assert all(finding.count == (times.instants or 1) for finding in found)


def test_a_value_that_is_asked_for_is_missed_as_badly_as_the_profile_says() -> None:
    modelling = Modelling(Context(profile=profile()))
    (found,) = modelling.check(Node(iri="x:s", entity=sta.Sensor(key="v/s", name="s")))
    assert (found.rule, found.severity, found.path) == ("value-missing", Severity.ERROR, "/metadata")


def test_texts_within_lists_are_looked_at() -> None:
    entity: Entity = thing(properties={"contacts": [{"mail": "p.bakker@example.nl"}]})
    found = list(check_privacy(Node(iri="x:t", entity=entity), Context(profile=profile())))
    assert [finding.path for finding in found] == ["/properties/contacts/0/mail"]


def test_every_rule_is_tried_here() -> None:
    tried = {"property-twice", "thing-per-property", "mean-as-instant", "interval-not-declared"}
    marks: list[Callable[..., object]] = [test_one_fault_gives_one_finding]
    for mark in marks:
        tried |= {row[1] for row in mark.pytestmark[0].args[1]}  # type: ignore[attr-defined]
    assert tried == set(MODELLING_RULES)
