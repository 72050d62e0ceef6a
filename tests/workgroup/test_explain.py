"""Terms and codes are found by any name that people have for them, and explained."""

import pytest

from ssclab_data.workgroup.explain import as_text, explain
from ssclab_data.workgroup.lookup import Lookup


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup()


FOUND = [
    ("pm25", "https://ssclab.example/def/observed-properties/pm25", "a code"),
    ("PM2.5", "https://ssclab.example/def/observed-properties/pm25", "a label, in any case"),
    ("fijnstof (pm2.5)", "https://ssclab.example/def/observed-properties/pm25", "a label in Dutch"),
    (
        "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001",
        "https://ssclab.example/def/observed-properties/pm25",
        "the IRI elsewhere",
    ),
    ("device:placement", "https://ssclab.example/def/device#placement", "a prefixed name"),
    (
        "<https://ssclab.example/def/device#placement>",
        "https://ssclab.example/def/device#placement",
        "an IRI in brackets",
    ),
    ("µg/m³", "https://ssclab.example/def/units/ug%2Fm3", "a symbol"),
    ("ug.m-3", "https://ssclab.example/def/units/ug%2Fm3", "a synonym"),
    ("placements/home", "https://ssclab.example/def/placements/home", "list and code"),
]


@pytest.mark.parametrize(("asked", "iri", "reason"), FOUND, ids=[row[2] for row in FOUND])
def test_a_term_is_found(lookup: Lookup, asked: str, iri: str, reason: str) -> None:
    assert iri in {one.term.iri for one in explain(asked, lookup)}, reason


def test_a_property_is_explained_with_all_its_uses(lookup: Lookup) -> None:
    (found,) = explain("pm25", lookup)
    uses = {(use.kind, use.where) for use in found.uses}
    assert ("mapping", "smart-emission: s_pm2_5") in uses
    assert ("profile", "lab-air@1") in uses
    assert ("code list", "dataset-groups/air") in uses
    assert any(kind == "alignment" for kind, _ in uses)
    assert '"definition":"http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001"' in found.sensorthings
    assert "sosa:observedProperty <http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001>" in found.rdf


def test_a_code_and_a_term_are_written_where_they_stand(lookup: Lookup) -> None:
    (code,) = explain("placements/home", lookup)
    (term,) = explain("device:placement", lookup)
    assert code.sensorthings == '{"Thing":{"properties":{"placement":"home"}}}'
    assert term.sensorthings == '{"properties":{"placement":"…"}}'
    assert any(use.kind == "shape" for use in term.uses)


NEAR = [
    ("pm2.6", "pm25", "one wrong letter"),
    ("sensorhotel", "sensor", "a piece"),
    ("devise:placement", "device:placement", "a wrong prefix"),
]


@pytest.mark.parametrize(("asked", "near", "reason"), NEAR, ids=[row[2] for row in NEAR])
def test_what_is_not_there_gets_the_nearest(lookup: Lookup, asked: str, near: str, reason: str) -> None:
    text = as_text(asked, explain(asked, lookup), lookup, "nl")
    assert text.startswith(f"geen term heet {asked!r}")
    assert near in text, reason


@pytest.mark.parametrize(("language", "word"), [("nl", "in gebruik"), ("en", "in use")])
def test_an_explanation_is_in_the_language_asked_for(lookup: Lookup, language: str, word: str) -> None:
    text = as_text("pm25", explain("pm25", lookup), lookup, language)  # type: ignore[arg-type]
    assert word in text
    assert "fijnstof (PM2.5)" in text
