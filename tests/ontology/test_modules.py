"""Every module is whole, uses only terms that exist, and its shapes accept and find what they must."""

import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rdflib import OWL, RDF, RDFS, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, SH

from ssclab_data.errors import InformationModelError, SourceError
from ssclab_data.export import export
from ssclab_data.linked_data import rdf
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
from ssclab_data.ontology.registry import Module
from ssclab_data.resources import folder
from ssclab_data.stores.base import Batch
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.validation.shacl import ShaclOutcome, check_graph

FOLDER = Path(str(folder("ontologies")))
FILES = sorted(FOLDER.glob("**/*.ttl"))
CONTEXTS = sorted(FOLDER.glob("**/context.jsonld"))
MODULES = tuple(registry.modules())
OURS = ("core", "air", "noise", "weather")
"""Modules whose examples are checked here; those of the others in `test_device_lighting_lab`."""

ENGINES = ("pyshacl", "shacl")
CASES = [(id_, example.name) for id_ in OURS for example in modules.counterexamples(registry.module(id_))]
TERM_TYPES = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def named(path: Path) -> str:
    return str(path.relative_to(FOLDER))


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


def test_there_is_something_to_look_at() -> None:
    assert set(OURS) <= set(MODULES)
    assert len(FILES) > 60
    assert len(CONTEXTS) == len(MODULES)
    assert len(CASES) > 60


@pytest.mark.parametrize("id_", MODULES)
def test_a_module_is_one_ontology_of_the_version_in_the_registry(id_: str) -> None:
    module = registry.module(id_)
    graph = turtle(Path(str(module.folder / f"{id_}.ttl")))
    (ontology,) = graph.subjects(RDF.type, OWL.Ontology)
    assert str(ontology) == module.entry.namespace.rstrip("#")
    assert [str(iri) for iri in graph.objects(ontology, OWL.versionIRI)] == [module.version_iri]
    imported = {str(iri) for iri in graph.objects(ontology, OWL.imports)}
    assert imported == {registry.module(one).version_iri for one in module.entry.imports}
    for predicate in (DCTERMS.title, DCTERMS.description):
        assert languages(graph, ontology, predicate) == {"en", "nl"}
    titles = {str(getattr(title, "language", "")): str(title) for title in graph.objects(ontology, DCTERMS.title)}
    assert titles == dict(module.entry.title)
    assert (ontology, DCTERMS.license, None) in graph


@pytest.mark.parametrize("id_", MODULES)
def test_every_own_term_says_what_it_is_in_two_languages(id_: str) -> None:
    module = registry.module(id_)
    graph = turtle(Path(str(module.folder / f"{id_}.ttl")))
    terms = sorted({term for kind in TERM_TYPES for term in graph.subjects(RDF.type, kind) if isinstance(term, URIRef)})
    assert terms
    for term in terms:
        assert str(term).startswith(module.entry.namespace), f"{term} is not of this module"
        assert languages(graph, term, RDFS.label) == {"en", "nl"}, term
        assert languages(graph, term, RDFS.comment) == {"en", "nl"}, term
        assert [str(iri) for iri in graph.objects(term, RDFS.isDefinedBy)] == [module.entry.namespace.rstrip("#")], term
        local = str(term).removeprefix(module.entry.namespace)
        assert local[0].isupper() == ((term, RDF.type, OWL.Class) in graph), f"{term}: classes are capitals"


@pytest.mark.parametrize("id_", OURS)
def test_every_shape_has_a_name_a_target_and_a_message_in_two_languages(id_: str) -> None:
    graph = turtle(Path(str(registry.module(id_).folder / "shapes.ttl")))
    targets = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
    nodes, properties = set(graph.subjects(RDF.type, SH.NodeShape)), set(graph.subjects(RDF.type, SH.PropertyShape))
    for shape in (*nodes, *properties):
        assert str(shape).startswith(f"https://ssclab.example/def/{id_}/shapes#")
        assert languages(graph, shape, SH.message) == {"en", "nl"}, shape
    assert all(any((shape, target, None) in graph for target in targets) for shape in nodes)
    assert set(graph.objects(None, SH.property)) >= properties, "a property shape that no shape has"
    for named_ in graph.objects(None, SH.property):
        assert not isinstance(named_, URIRef) or named_ in properties, f"{named_} is not there"


@pytest.mark.needs("standards")
@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_term_in_a_file_exists(path: Path, known: Any) -> None:
    wrong = {iri: why for iri in iris_in(turtle(path)) if (why := known.why_not(iri))}
    assert len(wrong) <= path.name.endswith("-fail.ttl"), wrong  # such a term may be the fault that is shown


@pytest.mark.needs("standards")
@pytest.mark.parametrize("path", CONTEXTS, ids=named)
def test_every_term_in_a_context_exists(path: Path, known: Any) -> None:
    context = modules.context(module_at(path))
    assert not {iri: why for iri in iris_in_context(context) if (why := known.why_not(iri))}


@pytest.mark.parametrize("path", CONTEXTS, ids=named)
def test_a_prefix_is_the_same_everywhere(path: Path) -> None:
    own = {module.entry.prefix: module.entry.namespace for module in registry.modules().values()}
    for name, iri in modules.context(module_at(path)).items():
        if isinstance(iri, str) and iri.endswith(("#", "/")) and name in PREFIXES | own:
            assert iri == (PREFIXES | own)[name]


@pytest.mark.parametrize("id_", OURS)
def test_the_context_has_the_terms_of_the_module(id_: str) -> None:
    module = registry.module(id_)
    graph = turtle(Path(str(module.folder / f"{id_}.ttl")))
    properties = {str(term) for kind in TERM_TYPES[1:] for term in graph.subjects(RDF.type, kind)}
    of_lists = {module.entry.namespace + name for name in ("preferredUnit", "allowedUnit", "averaging")}
    assert properties - of_lists <= set(iris_in_context(modules.context(module)))


def test_the_context_of_documents_is_that_of_the_core() -> None:
    core = modules.context(registry.module("core"))
    assert {name: rdf.context()["@context"].get(name) for name in core} == dict(core)


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
    listed = {
        definition: frozenset(units()[code].definition for code in (row["ucum"], *row["units"].split("|")) if code)
        for definition, row in rows.items()
        if row["id"] in chain(groups["air"], groups["noise"], groups["weather"])
    }
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@prefix ex: <urn:x> .\n", "the first line is not"),
        ("# expect: sh:In\n", "the first line is not"),
        ("", "the first line is not"),
    ],
)
def test_a_counterexample_says_what_must_be_found(tmp_path: Path, text: str, message: str) -> None:
    module = copy_of("core", tmp_path)
    (tmp_path / "examples" / "fail").mkdir(parents=True)
    (tmp_path / "examples" / "fail" / "x-fail.ttl").write_text(text)
    with pytest.raises(InformationModelError, match=message):
        modules.counterexamples(module)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no JSON"),
        ('{"name": "http://example.com#name"}', "no object @context"),
        ('{"@context": []}', "no object"),
    ],
)
def test_a_context_document_has_a_context(tmp_path: Path, content: str, message: str) -> None:
    module = copy_of("core", tmp_path)
    (tmp_path / "context.jsonld").write_text(content)
    with pytest.raises(InformationModelError, match=message):
        modules.context(module)


def test_a_file_that_does_not_parse_is_named_with_its_line(tmp_path: Path) -> None:
    module = copy_of("core", tmp_path)
    (tmp_path / "examples" / "ok").mkdir(parents=True)
    (tmp_path / "examples" / "ok" / "x.ttl").write_text("<urn:a> <urn:b> .\n")
    with pytest.raises(SourceError, match=r"x\.ttl"):
        modules.examples(module)


def test_modules_come_after_those_they_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert [one.entry.id for one in modules.closure(["weather", "air"])] == ["core", "weather", "air"]
    round_about = {id_: copy_of("air", tmp_path, id=id_, imports=(other,)) for id_, other in (("a", "b"), ("b", "a"))}
    monkeypatch.setattr(registry, "modules", lambda: round_about)
    with pytest.raises(InformationModelError, match="a -> b -> a"):
        modules.closure(["a"])


def copy_of(id_: str, folder_: Path, **changes: Any) -> Module:
    return Module(msgspec.structs.replace(registry.module(id_).entry, **changes), folder_)


def module_at(path: Path) -> Module:
    return next(one for one in registry.modules().values() if Path(str(one.folder)) == path.parent)


def languages(graph: Graph, subject: Any, predicate: URIRef) -> set[str]:
    values = [*graph.objects(subject, predicate)]
    found = [str(getattr(value, "language", "")) for value in values if str(value).strip()]
    assert len(found) == len(set(found)) == len(values), f"{subject} {predicate}"
    return set(found)


def iris_in(graph: Graph) -> Iterator[str]:
    for triple in graph:
        for part in triple:
            if isinstance(part, URIRef):
                yield str(part)
            elif isinstance(part, Literal) and part.datatype is not None:
                yield str(part.datatype)


def iris_in_context(context: Mapping[str, Any], above: Mapping[str, Any] | None = None) -> Iterator[str]:
    prefixes = {**(above or {}), **context}
    for name, definition in context.items():
        if isinstance(definition, dict):
            yield from iris_in_context(definition.get("@context", {}), prefixes)
        parts = (
            [definition.get(key, "@") for key in ("@id", "@type", "@reverse")]
            if isinstance(definition, dict)
            else [definition]
        )
        for part in parts:
            if not isinstance(part, str) or part.startswith("@") or (name.startswith("@") and name != "@vocab"):
                continue
            prefix, _, local = part.partition(":")
            yield part if local.startswith("//") else prefixes[prefix] + local


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
