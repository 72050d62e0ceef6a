"""Write shapes as plain values by shape and parameter, so that two versions can be compared and shown in words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.linked_data.graphs import is_blank, members, node, path_text, term_text
from ssclab_data.validation.shapes import PARAMETERS, SHAPE_LISTS, TARGETS, Shapes

if TYPE_CHECKING:
    from rdflib.term import Node

LISTS = ("sh:in", "sh:languageIn", *SHAPE_LISTS)
_MORE = ("sh:severity", "sh:deactivated", "sh:flags")


class ShapeValues(msgspec.Struct, frozen=True, kw_only=True):
    """One shape.

    Attributes:
        name: its IRI; of one without an IRI the name of the shape around it, `/` and its path.
        path: in the syntax of SPARQL, or "".
        targets: terms that it looks at, by kind of target (`sh:targetClass`).
        parameters: values by parameter (`sh:minCount`), in the syntax of N-Triples and sorted.
        messages: by language.
    """

    name: str
    path: str = ""
    targets: Mapping[str, tuple[str, ...]] = {}
    parameters: Mapping[str, tuple[str, ...]] = {}
    messages: Mapping[str, str] = {}


def shape_values(shapes: Shapes) -> dict[str, ShapeValues]:
    """Give all shapes by name; those inside a parameter of another shape are part of its value."""
    inside = {child for parent, child in shapes.uses() if is_blank(child) and not _is_property(shapes, child)}
    found: dict[str, ShapeValues] = {}
    for shape in shapes.parents:
        if shape not in inside:
            one = _values(shapes, shape)
            found[one.name] = one
    return dict(sorted(found.items()))


def _is_property(shapes: Shapes, shape: "Node") -> bool:
    return (None, node("sh:property"), shape) in shapes.graph


def _values(shapes: Shapes, shape: "Node") -> ShapeValues:
    graph = shapes.graph
    path = graph.value(shape, node("sh:path"))
    written = "" if path is None else path_text(graph, path)
    parameters = {name: _written(shapes, shape, name) for name in (*PARAMETERS, *_MORE)}
    targets = {name: tuple(sorted(str(one) for one in graph.objects(shape, node(name)))) for name in TARGETS}
    return ShapeValues(
        name=f"{shapes.name(shape)}/{written}" if is_blank(shape) else str(shape),
        path=written,
        targets={name: values for name, values in targets.items() if values},
        parameters={name: values for name, values in parameters.items() if values},
        messages=shapes.messages(shape),
    )


def _written(shapes: Shapes, shape: "Node", name: str) -> tuple[str, ...]:
    """Write the values of a parameter; properties of a shape are shapes of their own, so they are left out."""
    if name == "sh:property":
        return ()
    values = list(shapes.graph.objects(shape, node(name)))
    if name in LISTS:
        values = [one for head in values for one in members(shapes.graph, head) or ()]
    return tuple(sorted(_text(shapes, value, 0) for value in values))


def _text(shapes: Shapes, value: "Node", depth: int) -> str:
    """Write a value; a blank node by what it says."""
    if not is_blank(value) or depth > 8:
        return "_" if is_blank(value) else term_text(value)
    items = members(shapes.graph, value)
    if items:
        return "(" + " ".join(_text(shapes, one, depth + 1) for one in items) + ")"
    pairs = shapes.graph.predicate_objects(value)
    return "[" + " ; ".join(sorted(f"{term_text(name)} {_text(shapes, one, depth + 1)}" for name, one in pairs)) + "]"
