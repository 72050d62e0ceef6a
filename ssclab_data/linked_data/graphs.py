"""Read RDF documents into graphs, without a network; with `rdf` the only door to rdflib."""

import re
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from ssclab_data.errors import SourceError
from ssclab_data.linked_data.terms import PREFIXES, term

if TYPE_CHECKING:
    from rdflib import Graph, URIRef
    from rdflib.term import Node

TURTLE = "text/turtle"
NTRIPLES = "application/n-triples"
JSONLD = "application/ld+json"
RDFXML = "application/rdf+xml"

_FORMATS = {TURTLE: "turtle", NTRIPLES: "nt", JSONLD: "json-ld", RDFXML: "xml"}
_SUFFIXES = {".ttl": TURTLE, ".nt": NTRIPLES, ".jsonld": JSONLD, ".rdf": RDFXML, ".owl": RDFXML}
_LINE = re.compile(r"\bline (\d+)|at (\d+):")


def empty_graph() -> "Graph":
    """Make a graph that knows our prefixes and rewrites no literal."""
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph


def media_type_of(name: str) -> str | None:
    """Tell the media type of an RDF document by its file name; None when the name does not say so.

    >>> media_type_of("core.ttl")
    'text/turtle'
    """
    return _SUFFIXES.get(PurePath(name).suffix.lower())


def read_graph(content: bytes, media_type: str, *, where: str = "", base: str = "") -> "Graph":
    """Read one RDF document.

    Args:
        media_type: `TURTLE`, `NTRIPLES`, `JSONLD` or `RDFXML`.
        where: file name, for messages.
        base: IRI that relative IRIs are resolved against.

    Raises:
        SourceError: it does not parse; the message has the line where the parser tells it.
    """
    graph = empty_graph()
    try:
        graph.parse(data=content, format=_FORMATS[media_type], publicID=base or None)
    except Exception as error:  # the parsers of rdflib raise many kinds, some of them of the language
        raise SourceError(f"no valid {media_type}: {error}", source="rdf", where=where) from error
    return graph


@cache
def node(name: str) -> "URIRef":
    """Give the node of a prefixed name (`sh:path`)."""
    import rdflib

    return rdflib.URIRef(term(name).value)


def resource(iri: str) -> "URIRef":
    """Give the node of a whole IRI."""
    import rdflib

    return rdflib.URIRef(iri)


def term_text(found: "Node | None") -> str:
    """Write a node in the syntax of N-Triples; "" for none."""
    return "" if found is None else found.n3()


def curie(iri: str) -> str:
    """Shorten an IRI with the prefixes in use; others stay as they are.

    >>> curie("http://www.w3.org/ns/shacl#minCount")
    'sh:minCount'
    """
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and re.fullmatch(r"[\w.-]*", local):
            return f"{prefix}:{local}"
    return iri


def path_text(graph: "Graph", path: "Node") -> str:
    """Write a SHACL property path in the syntax of SPARQL; one that cannot be read is written as "".

    A single property is `<iri>`; `(<a>/<b>)`, `(<a>|<b>)`, `^<a>`, `(<a>)*`, `(<a>)+` and `(<a>)?` are longer ones.
    """
    import rdflib
    from rdflib.collection import Collection

    if isinstance(path, rdflib.URIRef):
        return path.n3()
    if (path, node("rdf:first"), None) in graph:
        return "(" + "/".join(path_text(graph, part) for part in Collection(graph, path)) + ")"
    for name, before, after in _PATHS:
        inner = graph.value(path, node(name))
        if inner is not None and name == "sh:alternativePath":
            return "(" + "|".join(path_text(graph, part) for part in Collection(graph, inner)) + ")"
        if inner is not None:
            return f"{before}{path_text(graph, inner)}{after}"
    return ""


_PATHS = (
    ("sh:alternativePath", "", ""),
    ("sh:inversePath", "^", ""),
    ("sh:zeroOrMorePath", "(", ")*"),
    ("sh:oneOrMorePath", "(", ")+"),
    ("sh:zeroOrOnePath", "(", ")?"),
)
