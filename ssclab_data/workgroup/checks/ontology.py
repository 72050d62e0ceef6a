"""Check what a module says of itself: one ontology, its version, texts, licence and imports."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssclab_data.linked_data.graphs import node, resource
from ssclab_data.workgroup.documents import Turtle
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import KnownTerms, ontology_iri
from ssclab_data.workgroup.module_files import ModuleFiles
from ssclab_data.workgroup.workspace import Workspace

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

LANGUAGES = ("nl", "en")


def check_ontology(files: ModuleFiles, known: KnownTerms) -> Iterator[Fault]:
    """Hold the ontology of a module to what the registry lists."""
    document = files.ontology
    graph = document.graph if document else None
    if document is None or graph is None:
        return
    expected = ontology_iri(files.entry.namespace)
    found = [str(one) for one in graph.subjects(node("rdf:type"), node("owl:Ontology"))]
    if found != [expected]:
        line = min((document.places.of(one) for one in found if one != expected), default=1)
        yield fault("ontology-count", document.at(line), count=len(found), expected=expected)
    if expected in found:
        yield from _of(document, graph, files)
        imports = [str(one) for one in graph.objects(resource(expected), node("owl:imports"))]
        yield from _imports(files, imports, known.workspace)


def _of(document: Turtle, graph: "Graph", files: ModuleFiles) -> Iterator[Fault]:
    iri = ontology_iri(files.entry.namespace)
    subject = resource(iri)
    versions = [str(one) for one in graph.objects(subject, node("owl:versionIRI"))]
    if versions != [files.module.version_iri]:
        line = document.places.of(iri, _iri("owl:versionIRI"))
        shown = ", ".join(f"<{one}>" for one in versions) or "missing"
        yield fault("version-iri", document.at(line), found=shown, expected=files.module.version_iri)
    for name in ("dct:title", "dct:description"):
        for language in missing_languages(graph, subject, name):
            line = document.places.of(iri, _iri(name))
            yield fault("ontology-text", document.at(line), property=name, language=language)
    if (subject, node("dct:license"), None) not in graph:
        yield fault("licence-missing", document.at(document.places.of(iri)))


def _imports(files: ModuleFiles, imports: list[str], workspace: Workspace) -> Iterator[Fault]:
    """Hold `owl:imports` of modules to the registry; those of vocabularies of others are free."""
    document = files.ontology
    listed = [workspace.modules[id_].version_iri for id_ in files.entry.imports if id_ in workspace.modules]
    ours = tuple(f"{ontology_iri(module.entry.namespace)}/" for module in workspace.modules.values())
    found = [iri for iri in imports if f"{iri}/".startswith(ours)]
    if document is not None and sorted(found) != sorted(listed):
        line = document.places.of(ontology_iri(files.entry.namespace), _iri("owl:imports"))
        shown, expected = (", ".join(sorted(one)) or "none" for one in (found, listed))
        yield fault("imports-differ", document.at(line), found=shown, expected=expected)


def missing_languages(graph: "Graph", subject: "Node", name: str) -> list[str]:
    """Give the languages in which a text is not there, or empty."""
    texts = list(graph.objects(subject, node(name)))
    there = {getattr(text, "language", None) for text in texts if str(text).strip()}
    return [language for language in LANGUAGES if language not in there]


def _iri(name: str) -> str:
    return str(node(name))
