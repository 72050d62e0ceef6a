"""Make graphs ready for an engine, so that every engine judges literals by the same exact rules."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssclab_data.linked_data.graphs import is_blank, is_literal, node, resource, text_node
from ssclab_data.linked_data.lexical import well_formed
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.validation.shapes import Shapes
from ssclab_data.validation.sparql_constraints import QUERIES, with_prefixes

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

ILL_TYPED = "urn:x-ssclab:ill-typed:"
"""Before the datatype of a literal that has not the form of its datatype, so that no engine takes it for one."""

SHAPE = "urn:x-ssclab:shape:"
"""IRIs given to shapes that have none, so that results tell which it was."""

BLANK = "urn:x-ssclab:blank:"
_IS = "urn:x-ssclab:is"

_XSD_STRING = PREFIXES["xsd"] + "string"
_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"})


class Texts:
    """Texts of nodes in the syntax of N-Triples, each made once."""

    def __init__(self) -> None:
        self._known: dict[Node, str] = {}

    def of(self, found: "Node") -> str:
        """Write a node; a literal that is not of its datatype is marked by `ILL_TYPED`."""
        text = self._known.get(found)
        if text is None:
            text = self._known[found] = engine_text(found)
        return text

    def lines(self, graph: "Graph") -> Iterator[str]:
        """Write a graph as N-Triples."""
        known, write = self._known.get, self.of
        for subject, predicate, object_ in graph:
            # Finding a literal among the known ones costs as much as writing it.
            last = engine_text(object_) if is_literal(object_) else known(object_) or write(object_)
            yield f"{known(subject) or write(subject)} {known(predicate) or write(predicate)} {last} .\n"


def engine_text(found: "Node") -> str:
    """Write a node in the syntax of N-Triples for an engine."""
    if is_blank(found):
        return f"_:{found}"
    if not is_literal(found):
        return f"<{found}>"
    quoted = f'"{str(found).translate(_ESCAPES)}"'
    language, datatype = getattr(found, "language", None), getattr(found, "datatype", None)
    if language:
        return f"{quoted}@{language}"
    if datatype is None or str(datatype) == _XSD_STRING:
        return quoted
    return f"{quoted}^^<{'' if well_formed(str(found), str(datatype)) else ILL_TYPED}{datatype}>"


def plain_text(text: str) -> str:
    """Take the mark of `ILL_TYPED` off again."""
    return text.replace(f"^^<{ILL_TYPED}", "^^<")


def named(shapes: Shapes) -> tuple["Graph", dict[str, "Node"]]:
    """Copy shapes, each of which gets an IRI.

    Returns:
        The copy, and the shape behind each IRI that was made.
    """
    names = {shape: resource(f"{SHAPE}{index}") for index, shape in enumerate(shapes.parents) if is_blank(shape)}
    copy = type(shapes.graph)()
    for subject, predicate, object_ in shapes.graph:
        if predicate == node("sh:uniqueLang") and str(object_) != "true":
            continue  # nothing but true switches it on (SHACL 4.4.5); pyshacl takes 1 as well
        copy.add((names.get(subject, subject), predicate, names.get(object_, object_)))
    for predicate in (node(name) for name in QUERIES):
        for constraint in shapes.graph.subjects(predicate):
            copy.set((names.get(constraint, constraint), predicate, text_node(with_prefixes(shapes, constraint))))
    # A class of OWL is one of RDFS; the engines differ on who has to say so.
    copy.add((node("owl:Class"), node("rdfs:subClassOf"), node("rdfs:Class")))
    return copy, {str(iri): shape for shape, iri in names.items()}


def blank_markers(data: "Graph") -> str:
    """Write triples that lead to every blank node from an IRI with its label."""
    blanks = {term for triple in data for term in (triple[0], triple[2]) if is_blank(term)}
    return "".join(f"<{BLANK}{blank}> <{_IS}> _:{blank} .\n" for blank in sorted(blanks, key=str))


def marker_shape() -> str:
    """Write a shape that breaks on every triple of `blank_markers`, and so tells an engine's name for a blank node."""
    sh = PREFIXES["sh"]
    return (
        f"<{BLANK}> <{sh}targetSubjectsOf> <{_IS}> .\n<{BLANK}> <{sh}property> <{BLANK}property> .\n"
        f"<{BLANK}property> <{sh}path> <{_IS}> .\n<{BLANK}property> <{sh}nodeKind> <{sh}IRI> .\n"
    )
