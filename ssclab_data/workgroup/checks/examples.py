"""Check the examples of a module: ok ones meet the shapes, each other one breaks just what its first line names."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import empty_graph, node, resource
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.validation.shacl import ShaclOutcome, ShaclResult, check_graph
from ssclab_data.workgroup.documents import Turtle
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import KnownTerms
from ssclab_data.workgroup.module_files import ModuleFiles

if TYPE_CHECKING:
    from rdflib import Graph

_EXPECTATION = re.compile(r"#\s*expect:\s*(sh:\w+ConstraintComponent)(?:\s+on\s+(\S(?:.*\S)?))?\s*")
_STRUCTURE = ("rdf:type", "rdfs:subClassOf", "rdfs:subPropertyOf", "skos:inScheme", "skos:broader")
_NAME = re.compile(r"<[^<>]*>|([\w-]*):([\w.-]+)")
_BRACKETED = re.compile(r"<([^<>\s]+)>")


def check_examples(files: ModuleFiles, known: KnownTerms) -> Iterator[Fault]:
    """Hold each example to the shapes of its module."""
    shapes = files.shapes.graph if files.shapes else None
    if shapes is None:
        return
    checker = _Checker(files, shapes, known)
    for document in files.ok:
        yield from checker.meets(document)
    for document in files.fail:
        yield from checker.breaks(document)


class _Checker:
    """The shapes of one module, and what its examples may refer to."""

    def __init__(self, files: ModuleFiles, shapes: "Graph", known: KnownTerms) -> None:
        self.files = files
        self.shapes = shapes
        self.known = known

    @cached_property
    def background(self) -> "Graph":
        """What the terms of the module and its imports are, and what code lists say of codes that its files name."""
        found = empty_graph()
        for id_ in (self.files.entry.id, *self.known.workspace.imported(self.files.entry.id)):
            ontology = self.known.files(id_).ontology
            if ontology is not None and ontology.graph is not None:
                for name in _STRUCTURE:
                    for triple in ontology.graph.triples((None, node(name), None)):
                        found.add(triple)
        mentioned = {iri for document in self.files.turtles() for iri in document.places.mentions}
        if self.known.names_codes(self.files):
            for iri in mentioned & self.known.concepts:
                for triple in self.known.lists.triples((resource(iri), None, None)):
                    found.add(triple)
        return found

    def meets(self, document: Turtle) -> Iterator[Fault]:
        """Say what is wrong with an example that should be well."""
        outcome = self._check(document)
        if outcome is None:
            return
        if not outcome.focus_nodes:
            yield fault("example-unchecked", document.at(1))
        for result in outcome.results:
            message = result.messages.get("en") or next(iter(result.messages.values()), "")
            yield fault(
                "example-refused",
                document.at(document.places.of(result.focus, result.path)),
                component=_short(result.component, self.known),
                path=_short(result.path, self.known) or "the node",
                focus=_short(result.focus, self.known),
                message=message,
            )

    def breaks(self, document: Turtle) -> Iterator[Fault]:
        """Say what is wrong with an example that should show one fault."""
        match = _EXPECTATION.fullmatch(document.lines[0]) if document.lines else None
        outcome = self._check(document)
        if match is None:
            yield fault("example-expectation", document.at(1), prefix=self.files.entry.prefix)
        if match is None or outcome is None:
            return
        expected = match[1] + (f" on {match[2]}" if match[2] else "")
        if not outcome.results:
            yield fault("example-passes", document.at(1), expected=expected)
        elif not self._fits(outcome.results, match, document):
            shown = sorted({self._shown(result) for result in outcome.results})
            yield fault("example-differs", document.at(1), expected=expected, found=", ".join(shown))

    def _check(self, document: Turtle) -> ShaclOutcome | None:
        """Check an example; None where it or the shapes cannot be used, which other checks tell."""
        if document.graph is None:
            return None
        try:
            return check_graph(document.graph, self.shapes, background=self.background)
        except InformationModelError:
            return None

    def _fits(self, results: Sequence[ShaclResult], match: re.Match[str], document: Turtle) -> bool:
        """Tell whether the constraint is broken at the place that is named, and nothing anywhere else.

        One wrong value often breaks several constraints of its property, or of a path that begins with it: a text is
        no number, nor in its range.
        """
        place = _expanded(match[2] or "", document)
        component = PREFIXES["sh"] + match[1].removeprefix("sh:")
        at = [(result.component, self._places(result, document)) for result in results]
        if not all(place in places or places[0].startswith(f"<{place}>/") for _, places in at):
            return False
        return any(found == component and place in places for found, places in at)

    def _places(self, result: ShaclResult, document: Turtle) -> list[str]:
        """Give what a result may be said to be on: its path; without one the shape, or a class that it looks at."""
        if result.path:
            return [result.path.strip("()")]
        graph = document.graph if document.graph is not None else empty_graph()
        classes = [str(one) for one in graph.objects(resource(result.focus), node("rdf:type"))]
        targets = self.shapes.objects(resource(result.shape), node("sh:targetClass"))
        return ["", result.shape, result.focus, *classes, *map(str, targets)]

    def _shown(self, result: ShaclResult) -> str:
        place = result.path or result.shape
        return _short(result.component, self.known) + (f" on {_short(place, self.known)}" if place else "")


def _expanded(path: str, document: Turtle) -> str:
    """Write out a path that is named in a comment: `air:unit`, `<iri>`, or a longer one in the syntax of SPARQL."""
    prefixes = {**PREFIXES, **{name: space for name, (space, _) in document.places.prefixes.items()}}
    found = _NAME.sub(lambda match: f"<{prefixes[match[1]]}{match[2]}>" if match[1] in prefixes else match[0], path)
    return found[1:-1] if found.startswith("<") and ">" not in found[:-1] else found.strip("()")


def _short(text: str, known: KnownTerms) -> str:
    """Shorten the IRIs of a path or node."""
    if "<" in text:
        return _BRACKETED.sub(lambda match: known.curie(match[1]), text)
    return known.curie(text)
