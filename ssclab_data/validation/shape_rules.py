"""Find what is wrong with SHACL shapes: above all what an engine would pass over in silence."""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from enum import Enum
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import (
    TURTLE,
    curie,
    is_blank,
    is_iri,
    is_literal,
    members,
    node,
    path_text,
    read_graph,
    resource,
    short,
    term_text,
)
from ssclab_data.linked_data.lexical import DATATYPES
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.validation.shacl_vocabulary import NODE_KINDS, TERMS, UNSUPPORTED, WRONG_NAMESPACE
from ssclab_data.validation.shapes import (
    SHAPE_LISTS,
    TARGETS,
    Shapes,
)
from ssclab_data.validation.sparql_constraints import faults as sparql_faults

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_SH, _XSD = PREFIXES["sh"], PREFIXES["xsd"]
_BY_CASE = {name.lower(): name for name in TERMS}
_COUNTS = ("minCount", "maxCount", "minLength", "maxLength", "qualifiedMinCount", "qualifiedMaxCount")
_SINGLE = (*_COUNTS, "datatype", "nodeKind", "pattern", "flags", "in", "languageIn", "uniqueLang", "path", "severity")
_ON_PROPERTIES = (
    *("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"),
    *("qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount"),
)
_WITH = (
    ("flags", "pattern"),
    ("ignoredProperties", "closed"),
    ("qualifiedMinCount", "qualifiedValueShape"),
    ("qualifiedMaxCount", "qualifiedValueShape"),
)
_IRIS = ("class", "equals", "disjoint", "lessThan", "lessThanOrEquals", "datatype", "targetClass", "severity")
_BOOLEANS = ("closed", "uniqueLang", "deactivated", "qualifiedValueShapesDisjoint")
_LISTS = (*(name.removeprefix("sh:") for name in SHAPE_LISTS), "in", "languageIn", "ignoredProperties")


class Weight(Enum):
    """What becomes of shapes with a fault.

    `FATAL`: no engine gives a sound answer. `IDLE`: they can be used, but a part of them does nothing. `TOLD`: that is
    meant, and said.
    """

    FATAL = Severity.ERROR
    IDLE = Severity.WARNING
    TOLD = Severity.INFO


class ShapeRule(msgspec.Struct, frozen=True):
    """A rule that shapes are held to.

    Attributes:
        id: name of the rule.
        weight: see `Weight`.
        find: gives what is wrong.
    """

    id: str
    weight: Weight
    find: Callable[[Shapes], Iterator["Fault"]]


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a shape."""

    shape: str
    text: str
    text_nl: str
    suggestion: str = ""


def check_shapes(shapes: Shapes, *, file: str = "") -> tuple[Finding, ...]:
    """Hold shapes to the rules.

    Args:
        file: name of the file they are in.

    Returns:
        An error where no engine can use them, a warning where a part of them would do nothing.
    """
    return tuple(_finding(rule, fault, file) for rule in _RULES for fault in rule.find(shapes))


def read_shapes(content: bytes, *, file: str) -> "Graph":
    """Read shapes of our own from Turtle; of these no part may do nothing.

    Raises:
        InformationModelError: they break a rule; the message has all that is wrong.
        SourceError: the file does not parse.
    """
    graph = read_graph(content, TURTLE, where=file)
    require([one for one in check_shapes(Shapes(graph), file=file) if one.severity is not Severity.INFO], file=file)
    return graph


def require(faults: Sequence[Finding], *, file: str = "") -> None:
    """Refuse shapes that have faults.

    Raises:
        InformationModelError: there is one.
    """
    if faults:
        raise InformationModelError("; ".join(dict.fromkeys(fault.text for fault in faults)), file=file)


def _finding(rule: ShapeRule, fault: Fault, file: str) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.weight.value,
        text=fault.text,
        text_nl=fault.text_nl,
        where=file,
        entity=fault.shape,
        suggestion=fault.suggestion,
    )


def _no_shapes(shapes: Shapes) -> Iterator[Fault]:
    if not shapes.parents:
        yield Fault("", "no SHACL shapes found", "geen SHACL-shapes gevonden")
    elif not shapes.targeted:
        yield Fault(
            "",
            f"no shape has a target, so nothing is ever looked at; give one {', '.join(TARGETS)}",
            f"geen shape heeft een doel, dus er wordt nooit iets bekeken; geef er een {', '.join(TARGETS)}",
        )


def _wrong_namespace(shapes: Shapes) -> Iterator[Fault]:
    predicates = {str(predicate) for predicate in shapes.graph.predicates()}
    kinds = {str(kind) for kind in shapes.graph.objects(None, node("rdf:type"))}
    for iri in sorted(one for one in predicates | kinds if WRONG_NAMESPACE.match(one) and not one.startswith(_SH)):
        yield Fault(
            "",
            f"<{iri}> is not of SHACL, whose namespace is {_SH}",
            f"<{iri}> is niet van SHACL; de naamruimte daarvan is {_SH}",
            _SH,
        )


def _unknown_terms(shapes: Shapes) -> Iterator[Fault]:
    found = {(str(term), str(triple[0])) for triple in shapes.graph for term in triple[1:] if str(term).startswith(_SH)}
    for iri, subject in sorted(found):
        name = iri.removeprefix(_SH)
        if name in TERMS or not name:
            continue
        near = next(iter(get_close_matches(name, TERMS, n=1)), _BY_CASE.get(name.lower(), ""))
        instead = f"sh:{near}" if near else ""
        hint, hint_nl = (f"; did you mean {instead}?", f"; bedoelde u {instead}?") if near else ("", "")
        yield Fault(subject, f"SHACL has no sh:{name}{hint}", f"SHACL kent geen sh:{name}{hint_nl}", instead)


def _unsupported(shapes: Shapes) -> Iterator[Fault]:
    for name, why, why_nl in UNSUPPORTED:
        for shape in _subjects(shapes, name):
            yield Fault(shapes.name(shape), f"sh:{name} is not supported: {why}", f"sh:{name}: {why_nl}")


def _untargeted(shapes: Shapes) -> Iterator[Fault]:
    # A parameter of a component of one's own has a path, as a shape has, but is none.
    reached = {*shapes.targeted, *shapes.graph.objects(None, node("sh:parameter"))}
    todo = list(reached)
    children: dict[Node, list[Node]] = {}
    for parent, child in shapes.uses():
        children.setdefault(parent, []).append(child)
    while todo:
        for child in children.get(todo.pop(), ()):
            if child not in reached:
                reached.add(child)
                todo.append(child)
    # A shape below one that is reported is not reported as well.
    for shape in shapes.parents if shapes.targeted else ():
        if shape not in reached and not shapes.parents[shape]:
            yield Fault(
                shapes.name(shape),
                f"shape {_shown(shapes, shape)} has no target and no shape uses it, so it is never applied",
                f"shape {_shown(shapes, shape)} heeft geen doel en geen shape gebruikt haar: zij doet nooit iets",
            )


def _dangling(shapes: Shapes) -> Iterator[Fault]:
    for parent, child in shapes.uses():
        if is_literal(child) or (child, None, None) not in shapes.graph:
            yield Fault(
                shapes.name(parent),
                f"shape {_shown(shapes, parent)} refers to {term_text(child)}, which is no shape",
                f"shape {_shown(shapes, parent)} verwijst naar {term_text(child)}, en dat is geen shape",
            )


def _recursive(shapes: Shapes) -> Iterator[Fault]:
    try:
        TopologicalSorter(shapes.parents).prepare()
    except CycleError as error:
        loop = error.args[1]
        names = " > ".join(_shown(shapes, one) for one in reversed(loop))
        yield Fault(
            shapes.name(loop[0]),
            f"shapes refer to themselves, which SHACL leaves undefined: {names}",
            f"shapes verwijzen naar zichzelf, wat SHACL niet vastlegt: {names}",
        )


def _bad_lists(shapes: Shapes) -> Iterator[Fault]:
    for name in _LISTS:
        for shape, head in shapes.graph.subject_objects(node(f"sh:{name}")):
            found = members(shapes.graph, head)
            if found is None or not (found or name in ("in", "ignoredProperties")):
                yield _fault(shapes, shape, (f"sh:{name} needs a list that ends", f"sh:{name} vraagt een lijst"))


def _bad_paths(shapes: Shapes) -> Iterator[Fault]:
    graph = shapes.graph
    asked = (*graph.objects(None, node("sh:property")), *graph.subjects(node("rdf:type"), node("sh:PropertyShape")))
    for shape in dict.fromkeys(asked):
        if (shape, node("sh:path"), None) not in graph and (shape, None, None) in graph:
            yield _fault(shapes, shape, ("a property shape needs a sh:path", "een property shape vraagt een sh:path"))
    for shape, path in graph.subject_objects(node("sh:path")):
        if not path_text(graph, path):
            yield _fault(shapes, shape, ("sh:path is no property path", "sh:path is geen pad van eigenschappen"))


def _bad_values(shapes: Shapes) -> Iterator[Fault]:
    for name, test, what, what_nl in _VALUES:
        for shape, value in shapes.graph.subject_objects(node(f"sh:{name}")):
            if not test(value):
                known = curie(str(value)) if is_iri(value) else term_text(value)
                yield _fault(
                    shapes,
                    shape,
                    (f"sh:{name} must be {what}, not {known}", f"sh:{name} moet {what_nl} zijn, niet {known}"),
                )


def _twice(shapes: Shapes) -> Iterator[Fault]:
    for name in _SINGLE:
        seen: set[Node] = set()
        for shape in shapes.graph.subjects(node(f"sh:{name}")):
            if shape in seen:
                yield _fault(shapes, shape, (f"sh:{name} may be given once", f"sh:{name} mag eenmaal gegeven worden"))
            seen.add(shape)


def _out_of_place(shapes: Shapes) -> Iterator[Fault]:
    path = node("sh:path")
    for name in _ON_PROPERTIES:
        for shape in _subjects(shapes, name):
            if shape in shapes.parents and (shape, path, None) not in shapes.graph:
                yield _fault(
                    shapes,
                    shape,
                    (
                        f"sh:{name} does nothing on a shape without a sh:path",
                        f"sh:{name} doet niets op een shape zonder sh:path",
                    ),
                )
    for name, other in _WITH:
        for shape in _subjects(shapes, name):
            if (shape, node(f"sh:{other}"), None) not in shapes.graph:
                yield _fault(
                    shapes,
                    shape,
                    (f"sh:{name} does nothing without sh:{other}", f"sh:{name} doet niets zonder sh:{other}"),
                )


def _idle_booleans(shapes: Shapes) -> Iterator[Fault]:
    for name in ("uniqueLang", "closed", "deactivated"):
        for shape, value in shapes.graph.subject_objects(node(f"sh:{name}")):
            if str(value) == "1":
                yield _fault(
                    shapes, shape, (f"sh:{name} 1 does nothing; write true", f"sh:{name} 1 doet niets; schrijf true")
                )


def _sparql(shapes: Shapes) -> Iterator[Fault]:
    for subject, text, text_nl in sparql_faults(shapes):
        yield _fault(shapes, subject, (text, text_nl))


def _deactivated(shapes: Shapes) -> Iterator[Fault]:
    for shape in _subjects(shapes, "deactivated"):
        if shapes.is_deactivated(shape):
            yield Fault(
                shapes.name(shape),
                f"shape {_shown(shapes, shape)} is deactivated and checks nothing",
                f"shape {_shown(shapes, shape)} staat uit en controleert niets",
            )


def _imports(shapes: Shapes) -> Iterator[Fault]:
    for imported in sorted({str(one) for one in shapes.graph.objects(None, node("owl:imports"))}):
        if (resource(imported), None, None) not in shapes.graph:
            yield Fault(
                "",
                f"{imported} is imported by the shapes; nothing is fetched, so give that file as well if it has shapes",
                f"de shapes importeren {imported}; niets wordt opgehaald: geef dat bestand erbij als het shapes heeft",
            )


def _subjects(shapes: Shapes, name: str) -> Iterator["Node"]:
    yield from dict.fromkeys(shapes.graph.subjects(node(f"sh:{name}")))


def _fault(shapes: Shapes, shape: "Node", texts: tuple[str, str], suggestion: str = "") -> Fault:
    shown = _shown(shapes, shape)
    return Fault(shapes.name(shape), f"shape {shown}: {texts[0]}", f"shape {shown}: {texts[1]}", suggestion)


def _shown(shapes: Shapes, shape: "Node") -> str:
    if not is_blank(shape):
        return curie(str(shape))
    path = shapes.graph.value(shape, node("sh:path"))
    inside = shapes.name(shape)
    of = f" in {curie(inside)}" if inside else ""
    on = f" on {short(path_text(shapes.graph, path))}" if path is not None else ""
    return f"without an IRI{on}{of}"


def _is_integer(value: "Node") -> bool:
    return is_literal(value) and str(getattr(value, "datatype", "")) == f"{_XSD}integer" and str(value).isdecimal()


def _is_node_kind(value: "Node") -> bool:
    return str(value) in {_SH + kind for kind in NODE_KINDS}


def _is_datatype(value: "Node") -> bool:
    return is_iri(value) and (not str(value).startswith(_XSD) or str(value) in DATATYPES)


def _is_regular(value: "Node") -> bool:
    try:
        re.compile(str(value))
    except re.error:
        return False
    return is_literal(value)


def _is_boolean(value: "Node") -> bool:
    return is_literal(value) and str(value) in ("true", "false", "1", "0")


_KINDS_NL = " of ".join(f"sh:{kind}" for kind in NODE_KINDS)
_KINDS = " or ".join(f"sh:{kind}" for kind in NODE_KINDS)
_VALUES: tuple[tuple[str, Callable[["Node"], bool], str, str], ...] = (
    ("nodeKind", _is_node_kind, _KINDS, _KINDS_NL),
    ("datatype", _is_datatype, "a datatype that exists", "een bestaand datatype"),
    ("pattern", _is_regular, "a regular expression", "een reguliere expressie"),
    *((name, _is_integer, "a whole number, not negative", "een geheel getal, niet negatief") for name in _COUNTS),
    *((name, is_iri, "an IRI", "een IRI") for name in _IRIS),
    *((name, _is_boolean, "true or false", "true of false") for name in _BOOLEANS),
)
_RULES = (
    ShapeRule("shacl-no-shapes", Weight.FATAL, _no_shapes),
    ShapeRule("shacl-wrong-namespace", Weight.FATAL, _wrong_namespace),
    ShapeRule("shacl-unknown-term", Weight.IDLE, _unknown_terms),
    ShapeRule("shacl-unsupported", Weight.FATAL, _unsupported),
    ShapeRule("shacl-untargeted-shape", Weight.IDLE, _untargeted),
    ShapeRule("shacl-missing-shape", Weight.IDLE, _dangling),
    ShapeRule("shacl-recursive-shape", Weight.FATAL, _recursive),
    ShapeRule("shacl-bad-list", Weight.FATAL, _bad_lists),
    ShapeRule("shacl-bad-path", Weight.FATAL, _bad_paths),
    ShapeRule("shacl-bad-parameter", Weight.FATAL, _bad_values),
    ShapeRule("shacl-given-twice", Weight.FATAL, _twice),
    ShapeRule("shacl-out-of-place", Weight.IDLE, _out_of_place),
    ShapeRule("shacl-out-of-place", Weight.IDLE, _idle_booleans),
    ShapeRule("shacl-bad-sparql", Weight.FATAL, _sparql),
    ShapeRule("shacl-deactivated", Weight.TOLD, _deactivated),
    ShapeRule("shacl-import-not-fetched", Weight.TOLD, _imports),
)
