"""Read RDF documents into graphs, without a network; with `rdf` the only door to rdflib."""

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from ssclab_data.errors import SourceError
from ssclab_data.linked_data.terms import PREFIXES

if TYPE_CHECKING:
    from rdflib import Graph

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
