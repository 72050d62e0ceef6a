"""Check a catalogue against what DCAT-AP-NL and the regulation on high-value data ask."""

from typing import TYPE_CHECKING

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.dcat_reading import read_catalogue
from ssclab_data.linked_data.dcat_values import moment_of
from ssclab_data.linked_data.graphs import TURTLE, empty_graph, read_graph, typed_node
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.model.finding import Finding
from ssclab_data.resources import read_text
from ssclab_data.validation.shacl import check_graph, findings
from ssclab_data.validation.shacl_engines import EngineName

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_STAMP, _DATE_TIME = f"{PREFIXES['xsd']}dateTimeStamp", f"{PREFIXES['xsd']}dateTime"


def check_catalogue(graph: "Graph", *, engine: EngineName = "auto", where: str = "") -> tuple[Finding, ...]:
    """Check a catalogue by our shapes, and by reading it as a harvester does.

    Args:
        where: file name or address, for the findings.
    """
    accepted = accept_stamps(graph)
    outcome = check_graph(accepted, catalogue_shapes(), engine=engine)
    return (*read_catalogue(accepted, where=where).findings, *findings(outcome, where=where))


def catalogue_shapes() -> "Graph":
    """Read our shapes of a catalogue."""
    return read_graph(read_text("ontologies", "catalogue", "shapes.ttl").encode(), TURTLE, where="catalogue/shapes.ttl")


def accept_stamps(graph: "Graph") -> "Graph":
    """Write each `xsd:dateTimeStamp` that is one as `xsd:dateTime`, which it is by XML Schema 1.1 (3.4.28).

    DCAT-AP takes it (SEMICeu/DCAT-AP#238), though its shapes name `xsd:dateTime` alone. One without a zone stays.
    """
    accepted = empty_graph()
    for subject, predicate, value in graph:
        accepted.add((subject, predicate, _date_time(value)))
    return accepted


def _date_time(value: "Node") -> "Node":
    if str(getattr(value, "datatype", "")) != _STAMP:
        return value
    try:
        return typed_node(moment_of(value), _DATE_TIME)
    except ValueParseError:
        return value
