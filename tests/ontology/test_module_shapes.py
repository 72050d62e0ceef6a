"""The shapes of our modules accept what they must, find what they must, and agree with the code lists."""

import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH

from ssclab_data.export import export
from ssclab_data.linked_data.graphs import NTRIPLES, TURTLE, curie, read_graph
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.model import codelists
from ssclab_data.model.entity import Link
from ssclab_data.model.sensorthings import (
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.series import Series
from ssclab_data.model.units import units
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.ontology import modules, registry
from ssclab_data.ontology.codelists import concept_iri
from ssclab_data.stores.base import Batch
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.validation.shacl import ShaclOutcome, check_graph

OURS = ("core", "air", "noise", "weather")
"""Modules whose examples are checked here; those of the others in `test_device_lighting_lab`."""

ENGINES = ("pyshacl", "shacl")
CASES = [(id_, example.name) for id_ in OURS for example in modules.counterexamples(registry.module(id_))]


def test_there_is_something_to_check() -> None:
    assert len(CASES) > 60


@cache
def turtle(path: Path) -> Graph:
    return read_graph(path.read_bytes(), TURTLE, where=str(path))


@cache
def shapes(id_: str) -> Graph:
    return modules.shapes([id_])


@cache
def background(id_: str) -> Graph:
    return modules.terms([id_])


@cache
def counterexamples(id_: str) -> Mapping[str, modules.Counterexample]:
    return {one.name: one for one in modules.counterexamples(registry.module(id_))}


def check(id_: str, data: Graph, engine: Any = "shacl") -> ShaclOutcome:
    return check_graph(data, shapes(id_), engine=engine, background=background(id_))


@cache
def checked(id_: str, name: str, engine: str) -> ShaclOutcome:
    return check(id_, counterexamples(id_)[name].graph, engine)


def shortened(path: str) -> str:
    """Write a path with prefixed names: `rdfs:label|skos:prefLabel`."""
    spaces = {**PREFIXES, **{module.entry.prefix: module.entry.namespace for module in registry.modules().values()}}
    for prefix, space in spaces.items():
        path = re.sub(rf"<?{re.escape(space)}([\w-]+)>?", rf"{prefix}:\1", path)
    return path.strip("()")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("id_", OURS)
def test_good_examples_meet_the_shapes(id_: str, engine: str) -> None:
    found = modules.examples(registry.module(id_))
    assert found
    for name, data in found.items():
        outcome = check(id_, data, engine)
        assert outcome.conforms, (name, outcome.results)
        assert outcome.focus_nodes


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("id_", "name"), CASES)
def test_a_counterexample_breaks_one_constraint_and_no_other(id_: str, name: str, engine: str) -> None:
    example = counterexamples(id_)[name]
    found = []
    for result in checked(id_, name, engine).results:
        classes = sorted(str(one) for one in example.graph.objects(URIRef(result.focus), RDF.type))
        found.append(modules.Expectation(curie(result.component), shortened(result.path or classes[0])))
    assert tuple(sorted(found)) == tuple(sorted(example.expected))


@pytest.mark.parametrize("id_", OURS)
def test_counterexamples_break_many_shapes(id_: str) -> None:
    broken = [result.shape for name in counterexamples(id_) for result in checked(id_, name, "shacl").results]
    assert len(set(broken)) >= 0.6 * len(broken), "many examples of one shape prove little"


def test_units_of_properties_are_those_of_the_code_list() -> None:
    rows = {row["definition"]: row for row in codelists.read("observed-properties")}
    groups = {row["code"]: row["properties"].split("|") for row in codelists.read("dataset-groups")}
    given = {
        definition: frozenset(units()[code].definition for code in (row["ucum"], *row["units"].split("|")) if code)
        for definition, row in rows.items()
        if row["id"] in chain(groups["air"], groups["noise"], groups["weather"])
    }
    listed = {definition: iris for definition, iris in given.items() if "" not in iris}  # others have no IRI to ask for
    stated: dict[str, frozenset[str]] = {}
    for id_ in ("air", "noise", "weather"):
        stated |= dict(units_in(turtle(Path(str(registry.module(id_).folder / "shapes.ttl")))))
    assert stated == listed


@pytest.mark.parametrize(
    ("id_", "shape", "codelist"),
    [
        ("core", "measurementKind", "measurement-kinds"),
        ("core", "qualityFlag", "quality-flags"),
        ("noise", "quantity", "noise-quantities"),
        ("noise", "frequencyWeighting", "frequency-weightings"),
        ("noise", "timeWeighting", "time-weightings"),
        ("weather", "radiationShield", "radiation-shields"),
    ],
)
def test_lists_in_shapes_are_those_of_the_code_lists(id_: str, shape: str, codelist: str) -> None:
    graph = turtle(Path(str(registry.module(id_).folder / "shapes.ttl")))
    start = graph.value(URIRef(f"https://ssclab.example/def/{id_}/shapes#{shape}"), SH["in"])
    assert start is not None
    codes = {next(iter(row.values())) for row in codelists.read(codelist)}
    assert {str(one) for one in Collection(graph, start)} == {concept_iri(codelist, code) for code in codes}


def test_the_export_of_a_lab_meets_the_shapes() -> None:
    data = exported(small_lab("µg/m³", "http://qudt.org/vocab/unit/MicroGM-PER-M3"))
    for id_ in OURS:
        outcome = check(id_, data)
        assert outcome.conforms, outcome.results
        assert outcome.focus_nodes > 20


def test_shapes_find_the_faults_of_a_lab() -> None:
    outcome = check("air", exported(small_lab("...", "http://unitsofmeasure.org/ucum.html#para-30", result="veel")))
    found = sorted(
        (result.severity, curie(result.path), result.focus.rpartition("/id/breda/")[2]) for result in outcome.results
    )
    assert found == [
        ("Violation", "sosa:hasSimpleResult", "Observation/x/23/pm25/2026-01-08T22:00:01Z"),
        ("Warning", "qudt:hasUnit", "Datastream/x/23/pm25"),
    ]


def units_in(graph: Graph) -> Iterator[tuple[str, frozenset[str]]]:
    """Give the units that shapes allow for the concept they are about."""
    for shape in graph.subjects(RDF.type, SH.NodeShape):
        for inner in graph.objects(graph.value(shape, SH.property), SH.property):
            allowed = graph.value(inner, SH["in"])
            if allowed is not None and str(graph.value(inner, SH.path)).endswith("hasUnit"):
                for concept in graph.objects(shape, SH.targetNode):
                    if "frequency-weightings" not in str(concept):
                        yield str(concept), frozenset(str(one) for one in Collection(graph, allowed))


def small_lab(symbol: str, definition: str, *, result: Any = 12.3456789012) -> MemoryStore:
    here = {"type": "Point", "coordinates": [4.7765, 51.5892]}
    start = Instant.parse("2026-01-08T22:00:00Z").us
    store = MemoryStore("breda")
    text: Any = {"description": "", "encoding_type": "application/geo+json"}
    store.apply(
        Batch(
            entities=(
                Location(key="x/l", name="Plein", location=here, **text),
                FeatureOfInterest(key="x/f", name="lucht", feature=here, **text),
                Sensor(key="x/s", name="SDS011", description="", encoding_type="text/plain", metadata="laser"),
                ObservedProperty(
                    key="property/pm25",
                    name="PM2.5",
                    definition="http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001",
                    description="",
                ),
                Thing(
                    key="x/23",
                    name="Paal",
                    description="",
                    properties={"source": "smart-emission", "mast": "NM-23", "off": None, "tags": ["a"]},
                    locations=(Link(key="x/l"),),
                ),
                HistoricalLocation(
                    key="x/h", time=Instant(start), thing=Link(key="x/23"), locations=(Link(key="x/l"),)
                ),
                Datastream(
                    key="x/23/pm25",
                    name="PM2.5",
                    description="",
                    observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                    unit_of_measurement=UnitOfMeasurement(symbol, symbol, definition),
                    properties={"calibrated": False},
                    thing=Link(key="x/23"),
                    sensor=Link(key="x/s"),
                    observed_property=Link(key="property/pm25"),
                ),
            ),
            series=(
                Series(
                    datastream="x/23/pm25",
                    feature="x/f",
                    start=(start, start + 1_000_000, start + 2_000_000, start + 3_000_000),
                    end=(start + 1_000_000, None, None, None),
                    result=(9, result, None, -0.25),
                ),
            ),
        )
    )
    return store


def exported(store: MemoryStore) -> Graph:
    out = io.BytesIO()
    export(store, "ntriples", out, base_iri="https://data.example")
    return read_graph(out.getvalue(), NTRIPLES)
