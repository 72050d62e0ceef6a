"""Check a graph against SHACL shapes: one door over the engines, where nothing passes without being looked at."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import curie, node
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.validation.shacl_engines import EngineName, Raw, choose, run

if TYPE_CHECKING:
    from rdflib import Graph

_SEVERITIES = {"Violation": Severity.ERROR, "Warning": Severity.WARNING, "Info": Severity.INFO}


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
    """

    focus: str
    path: str = ""
    value: str = ""
    component: str
    shape: str = ""
    severity: str = "Violation"
    messages: Mapping[str, str] = {}


class ShaclOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one run found.

    Attributes:
        conforms: something was looked at, and no result came of it.
        results: in a stable order.
        focus_nodes: how many nodes of the data were looked at.
        shapes: how many shapes there are.
        engine: name and version.
    """

    conforms: bool
    results: tuple[ShaclResult, ...] = ()
    focus_nodes: int
    shapes: int
    engine: str


def check_graph(
    data: "Graph", shapes: "Graph", *, engine: EngineName = "auto", background: "Graph | None" = None
) -> ShaclOutcome:
    """Check a graph against shapes.

    Args:
        engine: `auto` takes the fast one where it is installed; `pyshacl` is the reference.
        background: statements about nodes that the data refer to (classes of authority IRIs); they are known to the
            checks, but nothing is reported about them.

    Raises:
        SettingsError: the engine is not installed.
        InformationModelError: there are no shapes, or they are wrong.
    """
    name = choose(engine)
    count = len(set(shapes.subjects(node("rdf:type"), node("sh:NodeShape"))))
    if not count:
        raise InformationModelError("no SHACL shapes found")
    merged = data if background is None else data + background
    results = tuple(_result(raw) for raw in run(name, merged, shapes))
    focus = len(set(data.subjects()))
    return ShaclOutcome(
        conforms=not results and focus > 0,
        results=results,
        focus_nodes=focus,
        shapes=count,
        engine=f"{name} {version(name)}",
    )


def findings(outcome: ShaclOutcome, *, where: str = "") -> tuple[Finding, ...]:
    """Turn an outcome into findings; one that looked at nothing is an error."""
    return tuple(_findings(outcome, where))


def _findings(outcome: ShaclOutcome, where: str) -> Iterator[Finding]:
    for result in outcome.results:
        text = result.messages.get("en") or next(iter(result.messages.values()), curie(result.component))
        yield Finding(
            rule="shacl",
            severity=_SEVERITIES.get(result.severity, Severity.ERROR),
            text=text,
            text_nl=result.messages.get("nl", ""),
            where=where,
            path=curie(result.path),
            value=result.value or None,
            entity=result.focus,
        )


def _result(raw: Raw) -> ShaclResult:
    return ShaclResult(
        focus=_plain(raw.focus),
        path=_plain(raw.path),
        value=raw.value,
        component=raw.component,
        shape=_plain(raw.shape),
        severity=raw.severity.rpartition("#")[2],
    )


def _plain(text: str) -> str:
    """Take the brackets off an IRI that stands alone."""
    return text[1:-1] if text.startswith("<") and ">" not in text[:-1] else text
