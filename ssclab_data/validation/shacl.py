"""Check a graph against SHACL shapes: one door over the engines, where nothing passes without being looked at."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.linked_data.graphs import empty_graph, is_blank, members, node, resource, short
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.validation.background import is_authority, is_complete, is_listed
from ssclab_data.validation.shacl_engines import EngineName, choose, runner
from ssclab_data.validation.shacl_raw import Raw
from ssclab_data.validation.shacl_terms import engine_text, named
from ssclab_data.validation.shacl_vocabulary import OTHER, WORDINGS, Wording
from ssclab_data.validation.shape_rules import check_shapes, require
from ssclab_data.validation.shapes import Shapes
from ssclab_data.validation.sparql_constraints import language

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_SH = PREFIXES["sh"]
_KNOWS_CLASSES = frozenset(f"{_SH}{name}ConstraintComponent" for name in ("Class", "Node", "Or", "Xone"))
_SHOWN = 8
_STEPS = 8


class ShaclResult(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a shape does not allow.

    Attributes:
        focus: IRI of the node that was looked at; `_:name` of a blank node, a literal in the syntax of N-Triples.
        path: IRI of the property; a longer path in the syntax of SPARQL; "" for the node itself.
        value: the value at fault in the syntax of N-Triples (`"12"^^<…#integer>`), or "".
        component: IRI of the constraint component (`http://www.w3.org/ns/shacl#MinCountConstraintComponent`).
        shape: IRI of the shape, or of the nearest one around it that has an IRI; "" for none.
        severity: `Violation`, `Warning` or `Info`; another one by its IRI.
        messages: of the shape, by language tag; "" for those without.
        expected: what the shape asks, short (`xsd:date`, `1`), or "".
        suggestion: the value to write instead where the shape tells it, in the syntax of N-Triples, or "".
        entity: IRI of the nearest node around a blank focus, else the focus.
        steps: path from there to the focus, short (`dcat:contactPoint`), or "".
    """

    focus: str
    path: str = ""
    value: str = ""
    component: str
    shape: str = ""
    severity: str = "Violation"
    messages: Mapping[str, str] = {}
    expected: str = ""
    suggestion: str = ""
    entity: str = ""
    steps: str = ""


class ShaclOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one run found.

    Attributes:
        conforms: something was looked at, and no result came of it.
        results: in a stable order.
        unchecked: what could not be judged: it asks what an entry of an authority list is, and the list is not known.
        focus_nodes: how many nodes of the data were looked at.
        shapes: how many shapes there are.
        idle: targeted shapes that found no node to look at.
        notes: what is odd about the shapes, and does not keep them from being used.
        engine: name and version.
    """

    conforms: bool
    results: tuple[ShaclResult, ...] = ()
    unchecked: tuple[ShaclResult, ...] = ()
    focus_nodes: int
    shapes: int
    idle: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
    engine: str


def check_graph(
    data: "Graph",
    shapes: "Graph",
    *,
    engine: EngineName = "auto",
    background: "Graph | None" = None,
    file: str = "",
) -> ShaclOutcome:
    """Check a graph against shapes.

    Nothing is fetched: what is to be known of other resources is in the data or in the background.

    Args:
        engine: `auto` takes the fast one where it is installed; `pyshacl` is the reference.
        background: statements about nodes that the data refer to (classes of authority IRIs); they are known to the
            checks, but nothing is reported about them.
        file: name of the file of the shapes, for messages.

    Raises:
        SettingsError: the engine is not installed.
        InformationModelError: there are no shapes, or they cannot be used.
    """
    name = choose(engine)
    structure = Shapes(shapes)
    faults = check_shapes(structure, file=file)
    require([fault for fault in faults if fault.severity is Severity.ERROR], file=file)
    known = _joined(data, background)
    hidden = set() if background is None else _hidden(data, background)
    focus = {shape: nodes - hidden for shape, nodes in structure.focus_nodes(known).items()}
    # A shape may name nodes of its own (sh:targetNode): those say nothing about data in which they are not.
    strange = {one for one in shapes.objects(None, node("sh:targetNode")) if not _occurs(data, one)}
    looked_at = {one for nodes in focus.values() for one in nodes} - strange
    named_shapes, behind = named(structure)
    reading = _Reading(known, structure, behind)
    hidden_texts = {engine_text(one) for one in hidden}
    raws = [raw for raw in runner(name)(known, named_shapes) if raw.focus not in hidden_texts]
    results = sorted((reading.result(raw) for raw in raws), key=_order)
    kept = tuple(one for one in results if not reading.is_unknown(one))
    unchecked = tuple(one for one in results if reading.is_unknown(one))
    return ShaclOutcome(
        conforms=not kept and bool(looked_at),
        results=kept,
        unchecked=unchecked,
        focus_nodes=len(looked_at),
        shapes=len(structure.parents),
        idle=tuple(structure.name(shape) for shape, nodes in focus.items() if not nodes),
        notes=tuple(fault for fault in faults if fault.severity is not Severity.ERROR),
        engine=f"{name} {version(name)}",
    )


def _hidden(data: "Graph", background: "Graph") -> set["Node"]:
    """Give the nodes that nothing is reported about: the background describes them and the data do not."""
    described, only_there = set(background.subjects()), {one for one in background.objects() if not _occurs(data, one)}
    return (described | only_there) - set(data.subjects())


def _occurs(data: "Graph", found: "Node") -> bool:
    return (found, None, None) in data or (None, None, found) in data


def _joined(data: "Graph", background: "Graph | None") -> "Graph":
    if background is None:
        return data
    joined = empty_graph()
    joined += data
    joined += background
    return joined


class _Reading:
    """Makes results of what an engine says.

    Args:
        data: what was checked, the background too.
        behind: the shapes behind IRIs that were made for them.
    """

    def __init__(self, data: "Graph", shapes: Shapes, behind: Mapping[str, "Node"]) -> None:
        self._data = data
        self._shapes = shapes
        self._behind = behind

    @cached_property
    def _blanks(self) -> Mapping[str, "Node"]:
        return {f"_:{one}": one for one in self._data.all_nodes() if is_blank(one)}

    def result(self, raw: Raw) -> ShaclResult:
        shape = self._behind.get(raw.shape) or resource(raw.shape)
        parameter = _parameter(self._shapes.graph, shape, raw.component)
        entity, steps = self._around(raw.focus)
        return ShaclResult(
            focus=_plain(raw.focus),
            path=_plain(raw.path),
            value=raw.value,
            component=raw.component,
            shape=self._shapes.name(shape),
            severity=raw.severity.removeprefix(_SH),
            messages=self._messages(shape, raw),
            expected=_shown(parameter),
            suggestion=_suggestion(raw, parameter),
            entity=_plain(entity),
            steps=steps,
        )

    def is_unknown(self, result: ShaclResult) -> bool:
        """Tell whether a result says only that an authority list is not there to look into."""
        iri = _plain(result.value)
        if result.component not in _KNOWS_CLASSES or not is_authority(iri):
            return False
        if is_complete(iri) and not is_listed(iri):
            return False
        return (resource(iri), None, None) not in self._data

    def _messages(self, shape: "Node", raw: Raw) -> dict[str, str]:
        if raw.component.startswith(_SH) and not raw.component.startswith(f"{_SH}SPARQL"):
            return self._shapes.messages(shape)
        templates: dict[str, str] = {}
        for owner in (shape, *self._shapes.graph.objects(shape, node("sh:sparql"))):
            templates |= self._shapes.messages(owner)
        return {language(templates, message): message for message in raw.messages}

    def _around(self, focus: str) -> tuple[str, str]:
        """Find the nearest node with an IRI that leads to a blank one, and the path from it."""
        steps: list[str] = []
        found = self._blanks.get(focus) if focus.startswith("_:") else None
        while found is not None and len(steps) < _STEPS:
            parents = sorted(self._data.subject_predicates(found), key=str)
            if not parents:
                break
            parent, predicate = parents[0]
            steps.insert(0, short(engine_text(predicate)))
            text = engine_text(parent)
            if not is_blank(parent):
                return text, "/".join(steps)
            found = parent
        return focus, ""


def findings(outcome: ShaclOutcome, *, where: str = "") -> tuple[Finding, ...]:
    """Turn an outcome into findings; an outcome of nothing looked at is an error.

    Args:
        where: name of the file or store that was checked.
    """
    found = [*(_finding(result, where) for result in outcome.results), *outcome.notes]
    found += [_not_checked(result, where) for result in outcome.unchecked]
    if not outcome.focus_nodes:
        found.append(_nothing_checked(outcome, where))
    return tuple(found)


def _finding(result: ShaclResult, where: str) -> Finding:
    wording = _wording(result.component)
    facts = _facts(result)
    text, text_nl = wording.text.format_map(facts), wording.text_nl.format_map(facts)
    return Finding(
        rule=rule_id(result.component),
        severity=_SEVERITIES.get(result.severity, Severity.ERROR),
        text=_in_language(result.messages, "en") or text,
        text_nl=_in_language(result.messages, "nl") or text_nl,
        cure=wording.cure,
        cure_nl=wording.cure_nl,
        where=where,
        path=_path(result),
        value=_value(result.value),
        suggestion=_value(result.suggestion) or "",
        entity=result.entity,
    )


def _not_checked(result: ShaclResult, where: str) -> Finding:
    facts = _facts(result)
    return Finding(
        rule="shacl-not-checked",
        severity=Severity.INFO,
        text="{value} of {path} was not checked: nothing is known here about that entry".format_map(facts),
        text_nl="{value} van {path} is niet gecontroleerd: over die term is hier niets bekend".format_map(facts),
        cure="Give the list that it is an entry of as background, when it matters.",
        cure_nl="Geef de lijst waar de term in staat als achtergrond mee, als het ertoe doet.",
        where=where,
        path=_path(result),
        value=_value(result.value),
        entity=result.entity,
    )


def _nothing_checked(outcome: ShaclOutcome, where: str) -> Finding:
    return Finding(
        rule="shacl-nothing-checked",
        severity=Severity.ERROR,
        text=f"nothing was checked: none of the {outcome.shapes} shapes found a node to look at",
        text_nl=f"er is niets gecontroleerd: geen van de {outcome.shapes} shapes vond een node om te bekijken",
        cure="See whether the data use the classes of the shapes, in the same namespace.",
        cure_nl="Kijk of de gegevens de klassen van de shapes gebruiken, in dezelfde naamruimte.",
        where=where,
    )


@cache
def rule_id(component: str) -> str:
    """Name the rule of a constraint component.

    >>> rule_id("http://www.w3.org/ns/shacl#MinCountConstraintComponent")
    'shacl-min-count'
    """
    name = re.split(r"[#/:]", component)[-1].removesuffix("ConstraintComponent")
    return "shacl-" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _wording(component: str) -> Wording:
    return WORDINGS.get(component.removeprefix(_SH).removesuffix("ConstraintComponent"), OTHER)


def _facts(result: ShaclResult) -> dict[str, str]:
    path = _path(result)
    return {
        "path": path or short(f"<{result.focus}>"),
        "value": short(result.value) or "the node",
        "expected": result.expected or "the shape",
    }


def _path(result: ShaclResult) -> str:
    own = short(f"<{result.path}>") if result.path and "<" not in result.path else short(result.path)
    return "/".join(part for part in (result.steps, own) if part)


def _in_language(messages: Mapping[str, str], wanted: str) -> str:
    """Give the message in a language or a kind of it (`en-GB`); of one without a tag it is taken to be English."""
    for tag, message in messages.items():
        if tag.lower().split("-")[0] == wanted:
            return message
    return messages.get("", "") if wanted == "en" else ""


def _parameter(shapes: "Graph", shape: "Node", component: str) -> tuple[str, ...]:
    """Give what a shape asks of a component, in the syntax of N-Triples; a list by its members."""
    name = _wording(component).parameter
    found: list[str] = []
    for value in shapes.objects(shape, node(f"sh:{name}")) if name else ():
        parts = members(shapes, value)
        found += [engine_text(part) for part in (value,) if parts is None]
        found += [engine_text(part) for part in parts or ()]
    return tuple(text for text in found if not text.startswith("_:"))


def _shown(parameter: tuple[str, ...]) -> str:
    shown = [_value(text) or text if text.startswith('"') else short(text) for text in parameter[:_SHOWN]]
    return ", ".join((*shown, "…") if len(parameter) > _SHOWN else shown)


def _suggestion(raw: Raw, parameter: tuple[str, ...]) -> str:
    name = raw.component.removeprefix(_SH)
    if name == "HasValueConstraintComponent":
        return parameter[0] if parameter else ""
    if name != "InConstraintComponent":
        return ""
    if len(parameter) == 1:
        return parameter[0]
    return next(iter(get_close_matches(raw.value, parameter, n=1)), "")


def _plain(text: str) -> str:
    """Take the brackets off an IRI that stands alone."""
    return text[1:-1] if text.startswith("<") and text.find(">") == len(text) - 1 else text


def _value(text: str) -> str | None:
    """Give the lexical form of a literal, or the IRI; None for none."""
    if not text.startswith('"'):
        return _plain(text) or None
    inner = text[1 : text.rindex('"')]
    return re.sub(r"\\(.)", lambda match: _UNESCAPED.get(match[1], match[1]), inner)


def _order(result: ShaclResult) -> tuple[str, ...]:
    return (result.focus, result.path, result.component, result.value, result.shape)


_SEVERITIES = {"Violation": Severity.ERROR, "Warning": Severity.WARNING, "Info": Severity.INFO}
_UNESCAPED = {"n": "\n", "r": "\r"}
