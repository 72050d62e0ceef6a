"""Read RDF documents into graphs, without a network; with `rdf` the only door to rdflib."""

import re
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from ssclab_data.errors import SourceError
from ssclab_data.linked_data.parsing import JSONLD as JSONLD
from ssclab_data.linked_data.parsing import LIMITS, MEDIA_TYPES, Limits, Reading, parse
from ssclab_data.linked_data.parsing import NQUADS as NQUADS
from ssclab_data.linked_data.parsing import NTRIPLES as NTRIPLES
from ssclab_data.linked_data.parsing import RDFXML as RDFXML
from ssclab_data.linked_data.parsing import TRIG as TRIG
from ssclab_data.linked_data.parsing import TURTLE as TURTLE
from ssclab_data.linked_data.terms import PREFIXES, term

if TYPE_CHECKING:
    from rdflib import Graph, Literal, URIRef
    from rdflib.term import Node

_SUFFIXES = {
    ".ttl": TURTLE,
    ".nt": NTRIPLES,
    ".trig": TRIG,
    ".nq": NQUADS,
    ".jsonld": JSONLD,
    ".rdf": RDFXML,
    ".owl": RDFXML,
}
_STARTS = (
    (re.compile(rb"\s*<(?:\?xml|!DOCTYPE|!--|rdf:RDF|\w+:\w+\s+xmlns)"), RDFXML),
    (re.compile(rb"\s*\{"), JSONLD),
    (re.compile(rb"\s*\[\s*(?:\{|\])"), JSONLD),
)
_COMMENTS = re.compile(rb"^\s*#.*$", re.MULTILINE)
_TERM = rb"(?:<[^<>\s]*>|_:\S+)"
_QUAD = re.compile(
    rb"\s*" + _TERM + rb"\s*<[^<>\s]*>\s*(?:" + _TERM + rb'|"(?:[^"\\]|\\.)*"\S*)\s*(' + _TERM + rb"\s*)?\."
)
_NAMED = re.compile(rb"(?:^|[\s.])(?:GRAPH\s+)?(?:<[^<>\s]*>|[\w.-]*:[\w.-]*)\s*\{", re.IGNORECASE)


_START = 10_000


def empty_graph() -> "Graph":
    """Make a graph that knows our prefixes and rewrites no literal."""
    import rdflib

    # The store of one graph is twice as fast as the usual one, which holds many.
    graph = rdflib.Graph(store="SimpleMemory", bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph


def media_type_of(name: str) -> str | None:
    """Tell the media type of an RDF document by its file name; None when the name does not say so.

    >>> media_type_of("core.ttl")
    'text/turtle'
    """
    return _SUFFIXES.get(PurePath(name).suffix.lower())


def detect(content: bytes) -> str:
    """Tell the media type of an RDF document by how it starts; what is nothing else is Turtle.

    >>> detect(b'{"@context": {}}')
    'application/ld+json'
    """
    start = _COMMENTS.sub(b"", content[:_START].removeprefix(b"\xef\xbb\xbf"))
    for pattern, media_type in _STARTS:
        if pattern.match(start):
            return media_type
    if found := _QUAD.match(start):
        return NQUADS if found[1] else NTRIPLES
    return TRIG if _NAMED.search(start) else TURTLE


def read_graph(
    content: bytes, media_type: str | None = None, *, where: str = "", base: str = "", limits: Limits = LIMITS
) -> "Graph":
    """Read one RDF document; named graphs are read into the same graph, and literals keep their text.

    Args:
        media_type: one of `MEDIA_TYPES`; without it the file name tells it, or the document itself.
        where: file name, for messages.
        base: IRI that relative IRIs are resolved against.

    Raises:
        SourceError: it does not parse, or is larger than the limits; the message has the line where there is one.
    """
    kind = media_type or media_type_of(where) or detect(content)
    reading = Reading(where=where, base=base, limits=limits)
    if kind not in MEDIA_TYPES:
        raise reading.error(f"{kind} is not read; known: {', '.join(MEDIA_TYPES)}")
    graph = empty_graph()
    parse(graph, content, media_type=kind, reading=reading)
    return graph


def answer(graph: "Graph", query: str, *, where: str = "") -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Ask a graph a SPARQL query; every prefix it uses is declared in it.

    Returns:
        The names of the variables, and rows of IRIs and lexical forms, "" for what is unbound; for ASK one row
        `true` or `false` under `answer`.

    Raises:
        SourceError: it does not parse, or is neither SELECT nor ASK.
    """
    try:
        found = graph.query(query, initNs={"-": ""})
        if found.type == "ASK":
            return ("answer",), [(str(bool(found.askAnswer)).lower(),)]
        names = tuple(str(name) for name in found.vars or ())
        rows = [tuple(str(row.get(name, "")) for name in found.vars or ()) for row in found.bindings]
    except Exception as error:  # the parser and the evaluator of rdflib raise many kinds
        raise SourceError(f"no valid SPARQL: {error}", source="sparql", where=where) from error
    if not names:
        raise SourceError("no valid SPARQL: only SELECT and ASK have an answer", source="sparql", where=where)
    return names, rows


@cache
def node(name: str) -> "URIRef":
    """Give the node of a prefixed name (`sh:path`)."""
    import rdflib

    return rdflib.URIRef(term(name).value)


def resource(iri: str) -> "URIRef":
    """Give the node of a whole IRI."""
    import rdflib

    return rdflib.URIRef(iri)


def text_node(text: str) -> "Literal":
    """Give the node of a plain text."""
    import rdflib

    return rdflib.Literal(text)


def typed_node(text: str, datatype: str) -> "Literal":
    """Give the node of a value of a datatype, told by its IRI; its text is kept as it is."""
    import rdflib

    return rdflib.Literal(text, datatype=rdflib.URIRef(datatype), normalize=False)


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


def short(text: str) -> str:
    """Shorten each IRI in a text in the syntax of N-Triples or SPARQL.

    >>> short("^<http://www.w3.org/ns/sosa/hosts>")
    '^sosa:hosts'
    """
    return re.sub(r"<([^<>]*)>", lambda match: _bracketed(match[1]), text)


def _bracketed(iri: str) -> str:
    name = curie(iri)
    return f"<{iri}>" if name == iri else name


def path_text(graph: "Graph", path: "Node") -> str:
    """Write a SHACL property path in the syntax of SPARQL; one that cannot be read is written as "".

    A single property is `<iri>`; `(<a>/<b>)`, `(<a>|<b>)`, `^<a>`, `(<a>)*`, `(<a>)+` and `(<a>)?` are longer ones.
    """
    return _path_text(graph, path, ())


def _path_text(graph: "Graph", path: "Node", around: tuple["Node", ...]) -> str:
    if is_iri(path):
        return "" if path == node("rdf:nil") else path.n3()
    if path in around or not is_blank(path):
        return ""
    inside = (*around, path)
    if (path, node("rdf:first"), None) in graph:
        return _joined(graph, path, "/", inside)
    for name, before, after in _PATHS:
        inner = graph.value(path, node(name))
        if inner is not None:
            text = _path_text(graph, inner, inside)
            return f"{before}{text}{after}" if text else ""
    choices = graph.value(path, node("sh:alternativePath"))
    return "" if choices is None else _joined(graph, choices, "|", inside)


def _joined(graph: "Graph", head: "Node", by: str, around: tuple["Node", ...]) -> str:
    parts = [_path_text(graph, part, around) for part in members(graph, head) or ()]
    return f"({by.join(parts)})" if len(parts) > 1 and all(parts) else ""


def members(graph: "Graph", head: "Node") -> tuple["Node", ...] | None:
    """Read an RDF list; None when it is none, has a loop, or branches."""
    found: list[Node] = []
    seen: set[Node] = set()
    empty = node("rdf:nil")
    while head != empty:
        firsts, rests = list(graph.objects(head, node("rdf:first"))), list(graph.objects(head, node("rdf:rest")))
        if head in seen or len(firsts) != 1 or len(rests) != 1:
            return None
        seen.add(head)
        found.append(firsts[0])
        head = rests[0]
    return tuple(found)


def is_blank(found: "Node") -> bool:
    """Tell whether a node is a blank node."""
    import rdflib

    return isinstance(found, rdflib.BNode)


def is_iri(found: "Node") -> bool:
    """Tell whether a node is an IRI."""
    import rdflib

    return isinstance(found, rdflib.URIRef)


def is_literal(found: "Node") -> bool:
    """Tell whether a node is a literal."""
    import rdflib

    return isinstance(found, rdflib.Literal)


_PATHS = (
    ("sh:inversePath", "^", ""),
    ("sh:zeroOrMorePath", "(", ")*"),
    ("sh:oneOrMorePath", "(", ")+"),
    ("sh:zeroOrOnePath", "(", ")?"),
)
