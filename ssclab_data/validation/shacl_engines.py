"""Run a SHACL engine on two graphs: pyshacl, the reference, or `shacl`, the fast one."""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

import msgspec

from ssclab_data.errors import InformationModelError, SettingsError
from ssclab_data.linked_data.graphs import node, path_text, term_text

if TYPE_CHECKING:
    from rdflib import Graph

type EngineName = Literal["auto", "pyshacl", "shacl"]

EXTRAS = {"pyshacl": "shacl", "shacl": "fast"}
"""Which extra of this package installs which engine."""


class Raw(msgspec.Struct, frozen=True):
    """One result as an engine gives it; nodes in the syntax of N-Triples, the path in that of SPARQL."""

    focus: str
    path: str
    value: str
    component: str
    shape: str
    severity: str


def choose(engine: EngineName) -> str:
    """Give the engine to use: for `auto` the fast one where it is installed, else the reference.

    Raises:
        SettingsError: it is not installed; the message says what to install.
    """
    names = ("shacl", "pyshacl") if engine == "auto" else (engine,)
    for name in names:
        if find_spec(name) is not None:
            return name
    extras = " or ".join(f"pip install 'ssclab-data[{EXTRAS[name]}]'" for name in names)
    raise SettingsError(f"no SHACL engine is installed: {extras}")


def run(engine: str, data: "Graph", shapes: "Graph") -> Iterator[Raw]:
    """Check data against shapes with one engine.

    Raises:
        InformationModelError: the engine cannot use the shapes.
    """
    yield from _ENGINES[engine](data, shapes)


def _pyshacl(data: "Graph", shapes: "Graph") -> Iterator[Raw]:
    import pyshacl
    from pyshacl.errors import ReportableRuntimeError, ShapeLoadError

    try:
        _, report, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True, do_owl_imports=False)
    except (ReportableRuntimeError, ShapeLoadError) as error:
        raise InformationModelError(f"pyshacl cannot use the shapes: {error}") from error
    if isinstance(report, Exception):
        raise InformationModelError(f"pyshacl cannot use the shapes: {text}")
    for result in report.objects(None, node("sh:result")):
        value = report.value(result, node("sh:value"))
        path = report.value(result, node("sh:resultPath"))
        yield Raw(
            focus=term_text(report.value(result, node("sh:focusNode"))),
            path="" if path is None else path_text(report, path),
            value="" if value is None else term_text(value),
            component=str(report.value(result, node("sh:sourceConstraintComponent"))),
            shape=term_text(report.value(result, node("sh:sourceShape"))),
            severity=str(report.value(result, node("sh:resultSeverity"))),
        )


def _fast(data: "Graph", shapes: "Graph") -> Iterator[Raw]:
    import shacl

    try:
        compiled = shacl.Shapes.from_text(shapes.serialize(format="nt"), "ntriples")
        report = compiled.validate_text(data.serialize(format="nt"), "ntriples")
    except ValueError as error:
        raise InformationModelError(f"shacl cannot use the shapes: {error}") from error
    for result in report.results:
        yield Raw(
            focus=result.focus_node,
            path=result.path or "",
            value=result.value or "",
            component=result.component_iri,
            shape=result.source_shape or "",
            severity=result.severity_iri,
        )


_ENGINES: Mapping[str, Callable[["Graph", "Graph"], Iterator[Raw]]] = {"pyshacl": _pyshacl, "shacl": _fast}
