"""Check linked data of any form: what a store exports is in order, and what is wrong in it is found in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ssclab_data import Lab, Settings
from ssclab_data.inspection.run import Options, inspect
from ssclab_data.inspection.targets import read_target
from ssclab_data.model.values import Instant
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.write import write
from ssclab_data.validation.profile import load_profile

OPTIONS = Options(profile=load_profile("lab-core@1"))
SUFFIXES = {"ntriples": "nt", "turtle": "ttl", "jsonld": "jsonld"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Breda with an hour of one vendor."""
    scenario = Scenario(end=Instant.parse("2026-01-15T00:00:00Z"), hours=1, minutes=30)
    breda = next(place for place in places() if place.key == "breda")
    feeds = {feed.source: feed for feed in write(breda, scenario, folder=tmp_path_factory.mktemp("small"))}
    with Lab.open(":memory:", key="breda", settings=Settings()) as lab:
        lab.ingest("sensor-community", *feeds["sensor-community"].files)
        yield lab


@pytest.fixture(scope="module")
def exports(small: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exports")
    files = {form: folder / f"breda.{suffix}" for form, suffix in SUFFIXES.items()}
    for form, file in files.items():
        small.export(form, file)
    return files


@pytest.mark.parametrize("form", sorted(SUFFIXES))
def test_what_a_store_exports_is_found_as_it_is_in_the_store(form: str, small: Lab, exports: dict[str, Path]) -> None:
    outcome = inspect(read_target(str(exports[form])), OPTIONS)
    stored = small.inspect(OPTIONS)
    assert outcome.checked["Observation"] == stored.checked["Observation"]
    for kind in ("Thing", "Datastream", "Sensor", "ObservedProperty", "Location"):
        assert outcome.checked[kind] == stored.checked[kind], kind
    assert [one for one in outcome.findings if one.severity == "error"] == []
    assert {one.rule for one in outcome.findings} <= {one.rule for one in stored.findings} | {"shacl-min-count"}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (
            "<http://qudt.org/vocab/unit/MicroGM-PER-M3>",
            "<http://qudt.org/vocab/unit/MicroGM>",
            "unit-",
        ),
        ("http://www.w3.org/2001/XMLSchema#dateTimeStamp", "http://www.w3.org/2001/XMLSchema#string", "shacl-datatype"),
        (
            "<http://www.w3.org/ns/sosa/observedProperty>",
            "<http://www.w3.org/ns/sosa/observedProprty>",
            "shacl-min-count",
        ),
        ("POINT (", "PONT (", "shacl-"),
    ],
)
def test_a_fault_in_it_is_found(old: str, new: str, rule: str, exports: dict[str, Path], tmp_path: Path) -> None:
    text = exports["ntriples"].read_text()
    assert old in text
    file = tmp_path / "bad.nt"
    file.write_text(text.replace(old, new))
    outcome = inspect(read_target(str(file)), OPTIONS)
    assert [one.rule for one in outcome.findings if one.rule.startswith(rule) and one.severity == "error"] != []


def test_linked_data_of_something_else_is_not_in_order(tmp_path: Path) -> None:
    file = tmp_path / "other.ttl"
    file.write_text('<http://a.example/1> a <http://a.example/Other> ; <http://a.example/p> "x" .')
    outcome = inspect(read_target(str(file)), OPTIONS)
    assert [one.severity for one in outcome.findings if one.rule in ("nothing-checked", "shacl-nothing-checked")]
