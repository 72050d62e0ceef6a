"""Check the terms that a module declares: texts in both languages, names, what defines and what replaces them."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssclab_data.linked_data.graphs import node, resource
from ssclab_data.workgroup.checks.ontology import LANGUAGES, missing_languages
from ssclab_data.workgroup.documents import Turtle
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import CLASSES, CONCEPTS, PROPERTIES, KnownTerms, deprecated_terms, ontology_iri
from ssclab_data.workgroup.module_files import ModuleFiles

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")
_PROPERTY = re.compile(r"[a-z][A-Za-z0-9]*")
_HIERARCHIES = ("rdfs:subClassOf", "rdfs:subPropertyOf", "skos:broader")


def check_terms(files: ModuleFiles, known: KnownTerms) -> Iterator[Fault]:
    """Look at each term of a module's own namespace."""
    document = files.ontology
    graph = document.graph if document else None
    if document is None or graph is None:
        return
    for iri in own_terms(files, graph):
        yield from _Term(iri, (files, document, graph), known).check()
    yield from _cycles(document, graph, known)
    yield from _deprecated(files, document, known)


def own_terms(files: ModuleFiles, graph: "Graph") -> list[str]:
    """Give the IRIs of a module's namespace that its ontology makes statements about, in the order of the file."""
    subjects = {str(one) for one in graph.subjects()}
    found = [iri for iri in subjects if iri.startswith(files.entry.namespace)]
    places = files.ontology.places if files.ontology else None
    return sorted(found, key=lambda iri: (places.of(iri) if places else 0, iri))


class _Term:
    """One term and where it stands."""

    def __init__(self, iri: str, where: "tuple[ModuleFiles, Turtle, Graph]", known: KnownTerms) -> None:
        self.iri = iri
        self.files, self.document, self.graph = where
        self.known = known
        self.subject = resource(iri)
        self.name = known.curie(iri)
        self.kinds = set(self.graph.objects(self.subject, node("rdf:type")))

    def check(self) -> Iterator[Fault]:
        """Say all that is wrong with it."""
        if not self._is(*CLASSES, *PROPERTIES, *CONCEPTS):
            yield self._fault("term-untyped", "rdf:type")
        yield from self._texts()
        yield from self._spelling()
        expected = ontology_iri(self.files.entry.namespace)
        if [str(one) for one in self.graph.objects(self.subject, node("rdfs:isDefinedBy"))] != [expected]:
            yield self._fault("defined-by", "rdfs:isDefinedBy", expected=expected)
        if self._alone():
            yield self._fault("term-orphan")

    def _texts(self) -> Iterator[Fault]:
        label = "skos:prefLabel" if (self.subject, node("skos:prefLabel"), None) in self.graph else "rdfs:label"
        for language in missing_languages(self.graph, self.subject, label):
            yield self._fault("label-missing", label, language=language)
        comment = "skos:definition" if (self.subject, node("skos:definition"), None) in self.graph else "rdfs:comment"
        for language in missing_languages(self.graph, self.subject, comment):
            yield self._fault("comment-missing", comment, language=language)
        labels = [getattr(one, "language", None) for one in self.graph.objects(self.subject, node(label))]
        for language in LANGUAGES:
            if labels.count(language) > 1:
                yield self._fault("label-twice", label, count=labels.count(language), language=language)

    def _spelling(self) -> Iterator[Fault]:
        local = self.iri.removeprefix(self.files.entry.namespace)
        if self._is(*CLASSES) and not _CLASS.fullmatch(local):
            yield self._fault("class-name", expected=self._named(local, upper=True))
        elif self._is(*PROPERTIES) and not _PROPERTY.fullmatch(local):
            yield self._fault("property-name", expected=self._named(local, upper=False))

    def _named(self, local: str, *, upper: bool) -> str:
        first, *rest = re.split(r"[^A-Za-z0-9]+", local)
        first = (first[:1].upper() if upper else first[:1].lower()) + first[1:]
        return f"{self.files.entry.prefix}:{first}{''.join(part[:1].upper() + part[1:] for part in rest)}"

    def _alone(self) -> bool:
        """Tell whether nothing gives the term a place: no superclass, no domain or range, no shape, no other term."""
        own = {
            node(name) for name in (*_HIERARCHIES, "rdfs:domain", "rdfs:range", "skos:inScheme", "skos:topConceptOf")
        }
        if any(predicate in own for predicate in self.graph.predicates(self.subject)):
            return False
        uses = [*self.graph.subjects(None, self.subject), *self.graph.subjects(self.subject, None)]
        if any(str(one) != self.iri for one in uses) or self._is("owl:AnnotationProperty", "skos:ConceptScheme"):
            return False
        modules = self.known.workspace.modules
        users = [id_ for id_, one in modules.items() if self.files.entry.id in (id_, *one.entry.imports)]
        return not any(self._mentioned(self.known.files(id_)) for id_ in users)

    def _mentioned(self, files: ModuleFiles) -> bool:
        documents = [*files.turtles(), *files.questions.values()]
        return any(self.iri in one.places.mentions for one in documents if one is not self.document)

    def _is(self, *kinds: str) -> bool:
        return any(node(kind) in self.kinds for kind in kinds)

    def _fault(self, rule: str, property_: str = "", **facts: object) -> Fault:
        line = self.document.places.of(self.iri, str(node(property_)) if property_ else "")
        return fault(rule, self.document.at(line), term=self.name, **facts)


def _cycles(document: Turtle, graph: "Graph", known: KnownTerms) -> Iterator[Fault]:
    for name in _HIERARCHIES:
        for cycle in cycles(graph, node(name)):
            first = min(cycle, key=lambda iri: document.places.of(iri, str(node(name))))
            start = cycle.index(first)
            path = [*cycle[start:], *cycle[:start], first]
            shown = " → ".join(known.curie(iri) for iri in path)
            line = document.places.of(first, str(node(name)))
            yield fault("hierarchy-cycle", document.at(line), property=name, path=shown)


def cycles(graph: "Graph", property_: "Node") -> list[list[str]]:
    """Give each circle of a property once, as the IRIs along it."""
    above: dict[str, list[str]] = {}
    for subject, value in graph.subject_objects(property_):
        above.setdefault(str(subject), []).append(str(value))
    found: dict[frozenset[str], list[str]] = {}
    done: set[str] = set()
    for start in sorted(above):
        path: list[str] = []
        _walk(start, above, (path, done, found))
    return list(found.values())


def _walk(
    here: str, above: dict[str, list[str]], state: tuple[list[str], set[str], dict[frozenset[str], list[str]]]
) -> None:
    path, done, found = state
    if here in path:
        circle = path[path.index(here) :]
        found.setdefault(frozenset(circle), circle)
        return
    if here in done:
        return
    path.append(here)
    for one in above.get(here, ()):
        _walk(one, above, state)
    path.pop()
    done.add(here)


def _deprecated(files: ModuleFiles, document: Turtle, known: KnownTerms) -> Iterator[Fault]:
    for one in deprecated_terms(files):
        there = [iri for iri in one.replacements if known.fault_of(iri, files.entry.id, document.at(1)) is None]
        if not there:
            line = document.places.of(one.iri, str(node("owl:deprecated")))
            yield fault("deprecated-alone", document.at(line), term=known.curie(one.iri))
