"""Write triples as N-Triples, Turtle and JSON-LD; the only module that uses rdflib."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from ssclab_data.linked_data.terms import IRI, PREFIXES, Term, Triple
from ssclab_data.resources import read_text

if TYPE_CHECKING:
    import rdflib

NTRIPLES = "application/n-triples"
TURTLE = "text/turtle"
JSONLD = "application/ld+json"

_XSD_STRING = PREFIXES["xsd"] + "string"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_TO_ESCAPE = re.compile(r'["\\\n\r]')
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')


def ntriples(triples: Iterable[Triple]) -> Iterator[str]:
    """Write triples as lines of N-Triples, one by one (no graph is held)."""
    for triple in triples:
        yield f"{_nt(triple.subject)} {_nt(triple.predicate)} {_nt(triple.object)} .\n"


def turtle(triples: Iterable[Triple]) -> str:
    """Write triples as a Turtle document; documents written one after another are one document too."""
    return _graph(triples).serialize(format="turtle")


def jsonld(triples: Iterable[Triple]) -> dict[str, Any]:
    """Write triples as a JSON-LD document: our context inline, and a `@graph` of entities."""
    text = _graph(triples).serialize(format="json-ld", context=context()["@context"], auto_compact=False)
    document = msgspec.json.decode(text)
    graph = document.get("@graph")
    if graph is None:
        graph = [{name: value for name, value in document.items() if name != "@context"}]
    return {**context(), "@graph": [node for node in graph if node]}


@cache
def context() -> dict[str, Any]:
    """Give the JSON-LD context that travels with the package; it is never fetched."""
    document: dict[str, Any] = msgspec.json.decode(read_text("ontologies", "core", "0.3.0", "context.jsonld"))
    return document


def _nt(term: Term) -> str:
    if isinstance(term, IRI):
        return f"<{_NOT_IN_IRI.sub(lambda match: f'%{ord(match[0]):02X}', term.value)}>"
    quoted = f'"{_TO_ESCAPE.sub(lambda match: _ESCAPES[match[0]], term.text)}"'
    if term.language:
        return f"{quoted}@{term.language}"
    return quoted if term.datatype == _XSD_STRING else f"{quoted}^^<{term.datatype}>"


def _graph(triples: Iterable[Triple]) -> "rdflib.Graph":
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    for triple in triples:
        graph.add((_node(triple.subject), _node(triple.predicate), _node(triple.object)))
    return graph


def _node(term: Term) -> "rdflib.term.IdentifiedNode | rdflib.Literal":
    """Make a term of rdflib; literals keep their text as it is (rdflib would rewrite it)."""
    import rdflib

    if isinstance(term, IRI):
        return rdflib.URIRef(_NOT_IN_IRI.sub(lambda match: f"%{ord(match[0]):02X}", term.value))
    if term.language:
        return rdflib.Literal(term.text, lang=term.language)
    datatype = None if term.datatype == _XSD_STRING else rdflib.URIRef(term.datatype)
    return rdflib.Literal(term.text, datatype=datatype, normalize=False)
