"""Check what the files of a module use: prefixes, and terms that have to exist."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ssclab_data.linked_data.graphs import node, resource
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.workgroup.documents import Document, Turtle
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import Deprecated, KnownTerms
from ssclab_data.workgroup.module_files import ModuleFiles

if TYPE_CHECKING:
    from rdflib import Graph

_ABOUT_OLD_TERMS = ("dct:replaces", "dct:isReplacedBy")


def check_uses(files: ModuleFiles, known: KnownTerms) -> Iterator[Fault]:
    """Look at each prefix and each term that is written; in examples of faults only at the prefixes."""
    documents = [*files.turtles(), *files.questions.values()]
    for document in documents:
        if isinstance(document, Turtle) and document.graph is None:
            continue
        yield from _prefixes(document, known)
        if document not in files.fail:
            yield from _terms(document, files.entry.id, known)
            yield from _old(document, files, known)


def _prefixes(document: Document, known: KnownTerms) -> Iterator[Fault]:
    names = {namespace: prefix for prefix, namespace in known.prefixes.items()}
    for prefix, (namespace, line) in document.places.prefixes.items():
        expected = known.prefixes.get(prefix, namespace)
        if expected != namespace:
            facts = {"prefix": prefix, "found": namespace, "expected": expected}
            yield fault("prefix-namespace", document.at(line), **facts)
        elif prefix not in known.prefixes and namespace in names and prefix:
            facts = {"namespace": namespace, "found": prefix, "expected": names[namespace]}
            yield fault("prefix-name", document.at(line), **facts)


def _terms(document: Document, id_: str, known: KnownTerms) -> Iterator[Fault]:
    own = set(document.places.subjects) if document.name.startswith("examples/") else set()
    for iri, lines in document.places.mentions.items():
        is_of_shapes = document.name == "shapes.ttl" and iri.startswith(PREFIXES["sh"])
        found = None if is_of_shapes or iri in own else known.fault_of(iri, id_, document.at(lines[0]))
        if found is not None and not _is_subject(document, iri):
            yield found


def _is_subject(document: Document, iri: str) -> bool:
    """Tell whether a file of terms makes statements about an IRI; the checks of terms look at those."""
    return document.name.endswith(".ttl") and "/" not in document.name and iri in document.places.subjects


def _old(document: Document, files: ModuleFiles, known: KnownTerms) -> Iterator[Fault]:
    graph = document.graph if isinstance(document, Turtle) else None
    old = known.deprecated(files.entry.id)
    for iri, one in old.items():
        lines = document.places.mentions.get(iri, ())
        used = bool(lines) if graph is None or document is not files.ontology else _is_used(graph, iri, old)
        if not used:
            continue
        subject = document.places.subjects.get(iri)
        line = next((line for line in lines if line != subject), lines[0] if lines else 1)
        replacement = ", ".join(known.curie(iri) for iri in one.replacements) or "…"
        yield fault("deprecated-used", document.at(line), term=known.curie(iri), replacement=replacement)


def _is_used(graph: "Graph", iri: str, old: Mapping[str, Deprecated]) -> bool:
    """Tell whether a term that is not deprecated itself is described by an old one."""
    allowed = {node(name) for name in _ABOUT_OLD_TERMS}
    described = graph.subject_predicates(resource(iri))
    if any(predicate not in allowed and str(subject) not in old for subject, predicate in described):
        return True
    return (None, resource(iri), None) in graph
