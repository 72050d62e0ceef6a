"""Read the structure of a shapes graph: what is a shape, what it says of which others, and which nodes it looks at."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ssclab_data.linked_data.graphs import is_blank, members, node, resource

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

TARGETS = ("sh:targetClass", "sh:targetNode", "sh:targetSubjectsOf", "sh:targetObjectsOf")
SHAPE_PARAMETERS = ("sh:property", "sh:node", "sh:not", "sh:qualifiedValueShape")
"""Parameters whose value is a shape."""

SHAPE_LISTS = ("sh:and", "sh:or", "sh:xone")
"""Parameters whose value is a list of shapes."""

PARAMETERS = (
    *SHAPE_PARAMETERS,
    *SHAPE_LISTS,
    *("sh:class", "sh:datatype", "sh:nodeKind", "sh:minCount", "sh:maxCount"),
    *("sh:minExclusive", "sh:minInclusive", "sh:maxExclusive", "sh:maxInclusive"),
    *("sh:minLength", "sh:maxLength", "sh:pattern", "sh:languageIn", "sh:uniqueLang"),
    *("sh:equals", "sh:disjoint", "sh:lessThan", "sh:lessThanOrEquals"),
    *("sh:qualifiedMinCount", "sh:qualifiedMaxCount", "sh:closed", "sh:hasValue", "sh:in", "sh:sparql"),
)
"""What makes a node a shape (SHACL 2.1)."""

MESSAGES = ("http://www.w3.org/ns/shacl#message", "https://purl.eu/ns/shacl#message")
"""Properties that hold the message of a shape; DCAT-AP-NL uses the second."""


class Shapes:
    """A shapes graph with its shapes found."""

    def __init__(self, graph: "Graph") -> None:
        self.graph = graph

    @cached_property
    def parents(self) -> Mapping["Node", tuple["Node", ...]]:
        """Every shape, and the shapes that use it."""
        found: dict[Node, dict[Node, None]] = {shape: {} for shape in self._declared()}
        for parent, child in self.uses():
            found.setdefault(parent, {})
            found.setdefault(child, {})[parent] = None
        return {shape: tuple(parents) for shape, parents in found.items()}

    def uses(self) -> Iterator[tuple["Node", "Node"]]:
        """Give each pair of a shape and a shape that it uses."""
        for name in SHAPE_PARAMETERS:
            yield from self.graph.subject_objects(node(name))
        for name in SHAPE_LISTS:
            for parent, head in self.graph.subject_objects(node(name)):
                for child in members(self.graph, head) or ():
                    yield parent, child

    @cached_property
    def classes(self) -> frozenset["Node"]:
        """Shapes that are classes too: they look at their own instances (SHACL 2.1.3.3)."""
        kinds = (node("rdfs:Class"), node("owl:Class"))
        return frozenset(shape for kind in kinds for shape in self._typed(kind) if shape in self.parents)

    @cached_property
    def targeted(self) -> tuple["Node", ...]:
        """Shapes that have a target."""
        found = [shape for name in TARGETS for shape in self.graph.subjects(node(name))]
        return tuple(dict.fromkeys((*found, *sorted(self.classes, key=str))))

    def is_deactivated(self, shape: "Node") -> bool:
        """Tell whether a shape is switched off."""
        return any(str(value) == "true" for value in self.graph.objects(shape, node("sh:deactivated")))

    def name(self, shape: "Node") -> str:
        """Give the IRI of a shape, or of the nearest one around it that has an IRI; "" for none."""
        seen: set[Node] = set()
        around = [shape]
        while around:
            if named := [one for one in around if not is_blank(one)]:
                return min(str(one) for one in named)
            seen.update(around)
            around = [parent for one in around for parent in self.parents.get(one, ()) if parent not in seen]
        return ""

    def messages(self, shape: "Node") -> dict[str, str]:
        """Give the messages of a shape by language tag; "" for one without."""
        found: dict[str, str] = {}
        for predicate in MESSAGES:
            for value in self.graph.objects(shape, resource(predicate)):
                found.setdefault(getattr(value, "language", None) or "", str(value))
        return found

    def focus_nodes(self, data: "Graph") -> dict["Node", frozenset["Node"]]:
        """Give the nodes of the data that each targeted shape looks at; those switched off look at none."""
        subclasses = _Subclasses(data)
        return {
            shape: frozenset(self._targets(shape, data, subclasses))
            for shape in self.targeted
            if not self.is_deactivated(shape)
        }

    def _targets(self, shape: "Node", data: "Graph", subclasses: "_Subclasses") -> Iterator["Node"]:
        graph, kind = self.graph, node("rdf:type")
        classes = list(graph.objects(shape, node("sh:targetClass")))
        for class_ in (*classes, shape) if shape in self.classes else classes:
            for one in subclasses.of(class_):
                yield from data.subjects(kind, one)
        yield from graph.objects(shape, node("sh:targetNode"))
        for predicate in graph.objects(shape, node("sh:targetSubjectsOf")):
            yield from data.subjects(predicate)
        for predicate in graph.objects(shape, node("sh:targetObjectsOf")):
            yield from data.objects(None, predicate)

    def _declared(self) -> Iterator["Node"]:
        for kind in ("sh:NodeShape", "sh:PropertyShape"):
            yield from self._typed(node(kind))
        for name in (*TARGETS, *PARAMETERS):
            yield from self.graph.subjects(node(name))

    def _typed(self, kind: "Node") -> Iterator["Node"]:
        yield from self.graph.subjects(node("rdf:type"), kind)


class _Subclasses:
    """Classes below a class in the data (SHACL 1.1: of its graph alone)."""

    def __init__(self, data: "Graph") -> None:
        self._data = data
        self._known: dict[Node, tuple[Node, ...]] = {}

    def of(self, class_: "Node") -> tuple["Node", ...]:
        if class_ not in self._known:
            below = self._data.transitive_subjects(node("rdfs:subClassOf"), class_)
            self._known[class_] = tuple(one for one in below if one is not None)
        return self._known[class_]
