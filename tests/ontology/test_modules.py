"""Every module is whole, says what its terms are, and uses only terms that exist."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rdflib import OWL, RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SH

from ssclab_data.errors import InformationModelError, SourceError
from ssclab_data.linked_data import rdf
from ssclab_data.linked_data.graphs import TURTLE, read_graph
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.ontology import modules, registry
from ssclab_data.ontology.registry import Module
from ssclab_data.resources import folder

FOLDER = Path(str(folder("ontologies")))
FILES = sorted(FOLDER.glob("**/*.ttl"))
CONTEXTS = sorted(FOLDER.glob("**/context.jsonld"))
MODULES = tuple(registry.modules())
OURS = ("core", "air", "noise", "weather")
TERM_TYPES = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def named(path: Path) -> str:
    return str(path.relative_to(FOLDER))


@cache
def turtle(path: Path) -> Graph:
    return read_graph(path.read_bytes(), TURTLE, where=str(path))


def test_there_is_something_to_look_at() -> None:
    assert set(OURS) <= set(MODULES)
    assert len(FILES) > 60
    assert len(CONTEXTS) == len(MODULES)


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
