"""Run the SHACL engine `shacl`, which is compiled; the only module that uses it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import shacl

from ssclab_data.errors import InformationModelError, SourceError
from ssclab_data.validation.shacl_raw import Raw
from ssclab_data.validation.shacl_terms import BLANK, Texts, blank_markers, marker_shape, plain_text

if TYPE_CHECKING:
    from rdflib import Graph

_NTRIPLES = "ntriples"


def run(data: "Graph", shapes: "Graph") -> Iterator[Raw]:
    """Check data against shapes.

    Raises:
        InformationModelError: the engine cannot use the shapes.
        SourceError: it cannot read the data.
    """
    texts = Texts()
    shapes_text, data_text = "".join(texts.lines(shapes)), "".join(texts.lines(data))
    results = _results(shapes_text, data_text)
    names: dict[str, str] = {}
    if any(text.startswith("_:") for result in results for text in (result.focus_node, result.value or "")):
        # The engine names blank nodes anew at each run; let it tell its names in the run that the results are of.
        results = _results(shapes_text + marker_shape(), data_text + blank_markers(data))
        markers = [result for result in results if result.focus_node.startswith(f"<{BLANK}")]
        names = {result.value or "": f"_:{result.focus_node[1 + len(BLANK) : -1]}" for result in markers}
        results = [result for result in results if not result.focus_node.startswith(f"<{BLANK}")]
    for result in results:
        yield _raw(result, names)


def _results(shapes: str, data: str) -> list[shacl.Result]:
    try:
        compiled = shacl.Shapes.from_text(shapes, _NTRIPLES)
    except ValueError as error:
        raise InformationModelError(f"the engine shacl cannot use the shapes: {error}") from error
    try:
        return list(compiled.validate_text(data, _NTRIPLES).results)
    except ValueError as error:
        if str(error).startswith("parse error"):
            raise SourceError(f"the engine shacl cannot read the data: {error}", source="rdf") from error
        raise InformationModelError(f"the engine shacl cannot use the shapes: {error}") from error


def _raw(result: shacl.Result, names: dict[str, str]) -> Raw:
    value = result.value or ""
    return Raw(
        focus=plain_text(names.get(result.focus_node, result.focus_node)),
        path=result.path or "",
        value=plain_text(names.get(value, value)),
        component=result.component_iri,
        shape=re.sub(r"^<|>$", "", result.source_shape or ""),
        severity=result.severity_iri,
        messages=tuple(result.messages),
    )
