"""Parse RDF documents, by pyoxigraph where it is installed and else by rdflib, with limits and without a network."""

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal
from xml.parsers import expat

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.linked_data.contexts import inlined

if TYPE_CHECKING:
    import pyoxigraph
    from rdflib import Graph
    from rdflib.term import Node

TURTLE = "text/turtle"
NTRIPLES = "application/n-triples"
TRIG = "application/trig"
NQUADS = "application/n-quads"
JSONLD = "application/ld+json"
RDFXML = "application/rdf+xml"

type ParserName = Literal["auto", "pyoxigraph", "rdflib"]

_RDFLIB = {TURTLE: "turtle", NTRIPLES: "nt", TRIG: "trig", NQUADS: "nquads", JSONLD: "json-ld", RDFXML: "xml"}
MEDIA_TYPES = tuple(_RDFLIB)
"""What can be read."""

_RELATIVE = "http://relative.invalid/"
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`]*')
_LINE = re.compile(r"(?:at |of )?line (\d+)")
_ENTITY = 1_000
_SAID = 300
# rdflib has one setting for the whole process that says whether literals are rewritten while they are read.
_lock = Lock()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is read.

    Attributes:
        size: bytes of a document.
        triples: of a document.
        depth: levels of a JSON-LD document.
    """

    size: int = 256 * 2**20
    triples: int = 5_000_000
    depth: int = 100


LIMITS = Limits()


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a document is read.

    Attributes:
        where: file name, for messages.
        base: IRI that relative IRIs are resolved against, or "".
        parser: `auto` takes pyoxigraph where it is installed.
    """

    where: str = ""
    base: str = ""
    parser: ParserName = "auto"
    limits: Limits = LIMITS

    def error(self, message: str, line: int | None = None) -> SourceError:
        """Make the error of a document that cannot be read."""
        at = f"line {line}: " if line else ""
        return SourceError(f"{at}{message}", source="rdf", where=self.where)


def parse(graph: "Graph", content: bytes, *, media_type: str, reading: Reading) -> None:
    """Read a document into a graph; named graphs are read into the same.

    Raises:
        SourceError: it does not parse, or is larger than the limits.
    """
    if len(content) > reading.limits.size:
        raise reading.error(f"it has {len(content):,} bytes; {reading.limits.size:,} are read at most")
    content = content.removeprefix(b"\xef\xbb\xbf")
    if media_type == RDFXML:
        _check_xml(content, reading)
    if media_type == JSONLD:
        content = inlined(content, where=reading.where, depth=reading.limits.depth)
    before = len(graph)
    if _parser(reading) == "pyoxigraph":
        _by_pyoxigraph(graph, content, media_type=media_type, reading=reading)
    else:
        _by_rdflib(graph, content, media_type=media_type, reading=reading)
    if media_type == JSONLD and len(graph) == before and content.strip() not in (b"{}", b"[]"):
        raise reading.error("the JSON-LD has no triples: no key of it is in its context")


def _parser(reading: Reading) -> str:
    if reading.parser != "auto":
        return reading.parser
    return "pyoxigraph" if find_spec("pyoxigraph") else "rdflib"


def _by_pyoxigraph(graph: "Graph", content: bytes, *, media_type: str, reading: Reading) -> None:
    import pyoxigraph

    format_ = pyoxigraph.RdfFormat.from_media_type(media_type)
    base = reading.base or (_RELATIVE if media_type == JSONLD else None)
    nodes = _Nodes(reading)
    try:
        parser = pyoxigraph.parse(content, format_, base_iri=base)
        with _quiet():
            for count, quad in enumerate(parser, 1):
                if count > reading.limits.triples:
                    raise reading.error(f"it has more than {reading.limits.triples:,} triples")
                graph.add((nodes.of(quad.subject), nodes.of(quad.predicate), nodes.of(quad.object)))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        said = re.sub(r"^Parser error at line .*?: | \(line \d+\)$", "", str(error).partition("\n")[0])
        raise reading.error(f"no valid {media_type}: {said}", line) from error
    for prefix, namespace in _prefixes(parser).items():
        graph.bind(prefix, namespace, override=False)


def _prefixes(parser: Any) -> Mapping[str, str]:
    found: Mapping[str, str] = parser.prefixes
    return found


class _Nodes:
    """Nodes of rdflib for terms of pyoxigraph; literals keep their text."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[Any, Node] = {}

    def of(
        self, term: "pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple"
    ) -> "Node":
        found = self._known.get(term)
        if found is None:
            found = self._known[term] = self._made(term)
        return found

    def _made(self, term: Any) -> "Node":
        import pyoxigraph
        import rdflib

        match term:
            case pyoxigraph.NamedNode():
                if term.value.startswith(_RELATIVE):
                    raise self._reading.error(
                        f"<{term.value.removeprefix(_RELATIVE)}> is relative, and no base is known"
                    )
                return rdflib.URIRef(term.value)
            case pyoxigraph.BlankNode():
                return rdflib.BNode(term.value)
            case pyoxigraph.Literal() if term.direction is None:
                return _literal(term.value, term.language, term.datatype.value)
        raise self._reading.error(f"{term} is of RDF 1.2, which is not read")


def _literal(text: str, language: str | None, datatype: str) -> "Node":
    import rdflib

    if language:
        return rdflib.Literal(text, lang=language)
    plain = datatype == str(rdflib.XSD.string)
    return rdflib.Literal(text, datatype=None if plain else rdflib.URIRef(datatype), normalize=False)


def _by_rdflib(graph: "Graph", content: bytes, *, media_type: str, reading: Reading) -> None:
    import rdflib

    dataset = rdflib.Dataset(default_union=True)
    with _lock, _quiet():
        normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
        try:
            text = content.decode()
            dataset.parse(data=text, format=_RDFLIB[media_type], publicID=reading.base or _RELATIVE)
            triples = list(dataset.triples((None, None, None)))
        except Exception as error:  # the parsers of rdflib raise many kinds, some of them of the language
            raise reading.error(f"no valid {media_type}: {_said(error)}", _line(error)) from error
        finally:
            rdflib.NORMALIZE_LITERALS = normalize
    if len(triples) > reading.limits.triples:
        raise reading.error(f"it has more than {reading.limits.triples:,} triples")
    for triple in triples:
        for term in triple:
            if isinstance(term, rdflib.URIRef):
                _check_iri(str(term), text, reading)
        graph.add((*triple[:2], _lowered(triple[2])))
    for prefix, namespace in dataset.namespaces():
        graph.bind(prefix, namespace, override=False)


def _lowered(found: "Node") -> "Node":
    """Write a language tag small, as pyoxigraph does: tags that differ in case are equal."""
    import rdflib

    if not isinstance(found, rdflib.Literal) or not found.language or found.language.islower():
        return found
    return rdflib.Literal(str(found), lang=found.language.lower())


def _check_iri(iri: str, text: str, reading: Reading) -> None:
    if iri.startswith(_RELATIVE):
        relative = iri.removeprefix(_RELATIVE)
        raise reading.error(f"<{relative}> is relative, and no base is known", _line_of(text, f"<{relative}>"))
    if not _IRI.fullmatch(iri):
        raise reading.error(f"<{iri}> is no IRI", _line_of(text, iri))


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return " ".join(re.sub(r"^at line \d+ of <[^>]*>:", "", str(error)).split())[:_SAID]


def _line(error: Exception) -> int | None:
    found = _LINE.search(str(error))
    return int(found[1]) if found else None


def _line_of(text: str, part: str) -> int | None:
    at = text.find(part)
    return None if at < 0 else text.count("\n", 0, at) + 1


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep rdflib from telling of literals that it cannot turn into values: they are judged elsewhere."""
    logger = logging.getLogger("rdflib.term")
    disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.disabled = disabled


def _check_xml(content: bytes, reading: Reading) -> None:
    """Refuse XML that is not well formed, and entities that could grow or that are elsewhere."""

    def declared(name: str, is_parameter: bool, value: str | None, *_rest: Any) -> None:
        if is_parameter or value is None:
            raise reading.error(f"entity {name!r} is elsewhere; nothing is fetched", parser.CurrentLineNumber)
        if "&" in value or len(value) > _ENTITY:
            raise reading.error(f"entity {name!r} could grow without end", parser.CurrentLineNumber)

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise reading.error(f"no valid XML: {expat.ErrorString(error.code)}", error.lineno) from error
