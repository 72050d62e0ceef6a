"""Check the shapes of a module: well-formed, named, with targets that are classes and messages in both languages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssclab_data.linked_data.graphs import is_blank, node, path_text
from ssclab_data.model.finding import Severity
from ssclab_data.validation.shape_rules import check_shapes
from ssclab_data.validation.shapes import PARAMETERS, Shapes
from ssclab_data.workgroup.checks.ontology import LANGUAGES
from ssclab_data.workgroup.documents import Turtle
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import CLASSES, KnownTerms
from ssclab_data.workgroup.module_files import ModuleFiles

if TYPE_CHECKING:
    from rdflib.term import Node


def check_module_shapes(files: ModuleFiles, known: KnownTerms) -> Iterator[Fault]:
    """Look at each shape of a module."""
    document = files.shapes
    graph = document.graph if document else None
    if document is None or graph is None:
        return
    shapes = Shapes(graph)
    for finding in check_shapes(shapes, file=document.file):
        if finding.severity is not Severity.INFO:
            place = document.at(document.places.of(finding.entity) if finding.entity else 1)
            yield fault("shape-wrong", place, reason=finding.text, reason_nl=finding.text_nl)
    yield from _anonymous(shapes, document, files)
    yield from _targets(shapes, document, known)
    yield from _messages(shapes, document, known)


def _anonymous(shapes: Shapes, document: Turtle, files: ModuleFiles) -> Iterator[Fault]:
    for shape in shapes.targeted:
        if is_blank(shape):
            yield fault("shape-anonymous", document.at(_line(shapes, shape, document)), prefix=files.entry.prefix)


def _targets(shapes: Shapes, document: Turtle, known: KnownTerms) -> Iterator[Fault]:
    for shape, target in shapes.graph.subject_objects(node("sh:targetClass")):
        owner = known.owner(str(target))
        ontology = known.files(owner).ontology if owner and str(target) in known.declared(owner) else None
        graph = ontology.graph if ontology else None
        if graph is None:
            continue
        kinds = set(graph.objects(target, node("rdf:type")))
        if not kinds & {node(name) for name in CLASSES}:
            line = document.places.of(str(shape), str(node("sh:targetClass")))
            facts = {"shape": known.curie(str(shape)), "term": known.curie(str(target))}
            yield fault("shape-target", document.at(line), **facts)


def _messages(shapes: Shapes, document: Turtle, known: KnownTerms) -> Iterator[Fault]:
    for shape in reporting(shapes):
        there = {language for one in (shape, *shapes.parents.get(shape, ())) for language in shapes.messages(one)}
        for language in LANGUAGES:
            if language not in there:
                name = shape_name(shapes, shape, known)
                yield fault("shape-message", document.at(_line(shapes, shape, document)), shape=name, language=language)


def reporting(shapes: Shapes) -> "list[Node]":
    """Give the shapes that results name: those with a target that say something of the node, and their properties."""
    plain = [node(name) for name in PARAMETERS if name != "sh:property"]
    found = [shape for shape in shapes.targeted if any((shape, name, None) in shapes.graph for name in plain)]
    waiting = list(shapes.targeted)
    while waiting:
        for child in shapes.graph.objects(waiting.pop(), node("sh:property")):
            if child not in found:
                found.append(child)
                waiting.append(child)
    return found


def shape_name(shapes: Shapes, shape: "Node", known: KnownTerms) -> str:
    """Give the name of a shape; of one without an IRI its path and the shape around it."""
    if not is_blank(shape):
        return known.curie(str(shape))
    path = shapes.graph.value(shape, node("sh:path"))
    around = known.curie(shapes.name(shape)) if shapes.name(shape) else "?"
    return f"{around} ({known.curie(path_text(shapes.graph, path).strip('<>'))})" if path is not None else around


def _line(shapes: Shapes, shape: "Node", document: Turtle) -> int:
    """Give the line of a shape; of one without an IRI that of its path or target, below the shape around it."""
    if not is_blank(shape):
        return document.places.of(str(shape))
    start = document.places.of(shapes.name(shape)) if shapes.name(shape) else 1
    for name in ("sh:path", "sh:targetClass"):
        value = shapes.graph.value(shape, node(name))
        lines = document.places.mentions.get(str(value), ())
        if later := [line for line in lines if line >= start]:
            return later[0]
    return start
