"""Write triples as N-Triples, Turtle and JSON-LD, some at a time, by templates.

What is written of some triples is whole in itself, so a document is its head, any number of such pieces, and its end:
memory does not grow with it. No library is asked: one that builds a graph first is two orders of magnitude slower.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Protocol

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.terms import IRI, PREFIXES, Literal, Term, Triple, escaped
from ssclab_data.resources import read_text

NTRIPLES = "application/n-triples"
TURTLE = "text/turtle"
JSONLD = "application/ld+json"

_STRING = PREFIXES["xsd"] + "string"
_TYPE = PREFIXES["rdf"] + "type"
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f\u0085\u2028\u2029\ufffe\uffff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_BARE = {
    PREFIXES["xsd"] + "boolean": re.compile(r"true|false"),
    PREFIXES["xsd"] + "integer": re.compile(r"[+-]?[0-9]+"),
    PREFIXES["xsd"] + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
}


class Format(Protocol):
    """A syntax of RDF.

    Attributes:
        head: what a document begins with.
        tail: what it ends with.
        separator: what each piece begins with, but not the first of a document.
    """

    media_type: str
    head: bytes
    tail: bytes
    separator: bytes

    def write(self, triples: Iterable[Triple]) -> bytes:
        """Write a piece: some triples, those of one subject next to one another; it begins with the separator."""
        ...

    def iri(self, value: str) -> bytes:
        """Write an IRI as it stands in a piece, between what marks it as one."""
        ...

    def literal(self, value: Literal) -> bytes:
        """Write a literal as it stands in a piece as the value of a property."""
        ...


class NTriples:
    """Each triple on a line of its own (RDF 1.1 N-Triples)."""

    media_type = NTRIPLES
    head = tail = separator = b""

    def write(self, triples: Iterable[Triple]) -> bytes:
        """Write lines."""
        lines = [f"{_nt(one.subject)} {_nt(one.predicate)} {_nt(one.object)} .\n" for one in triples]
        return encoded("".join(lines))

    def iri(self, value: str) -> bytes:
        """Write an IRI."""
        return encoded(_reference(value))

    def literal(self, value: Literal) -> bytes:
        """Write a literal."""
        return encoded(_nt(value))


class Turtle:
    """One sentence for each subject, with prefixes (RDF 1.1 Turtle)."""

    media_type = TURTLE
    tail = separator = b""

    def __init__(self) -> None:
        self.head = encoded("".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()) + "\n")

    def write(self, triples: Iterable[Triple]) -> bytes:
        """Write sentences."""
        return encoded("".join([_sentence(subject, pairs) for subject, pairs in grouped(triples).items()]))

    def iri(self, value: str) -> bytes:
        """Write an IRI, in full."""
        return encoded(_reference(value))

    def literal(self, value: Literal) -> bytes:
        """Write a literal, a number or a boolean without quotes where Turtle has it so."""
        return encoded(_turtle(value))


class JsonLd:
    """A node object for each subject, in a `@graph` with its context (JSON-LD 1.1)."""

    media_type = JSONLD
    tail = b"\n]}\n"
    separator = b",\n"

    def __init__(self) -> None:
        self.head = b'{"@context":' + msgspec.json.encode(context()["@context"]) + b',"@graph":[\n'

    def write(self, triples: Iterable[Triple]) -> bytes:
        """Write node objects."""
        return b"".join([self.separator + _json(node) for node in nodes(triples)])

    def iri(self, value: str) -> bytes:
        """Write an IRI as a string of JSON."""
        return _json(_identifier(value))

    def literal(self, value: Literal) -> bytes:
        """Write a literal as a value, or as a value object."""
        return _json(_value(value))


@cache
def formats() -> Mapping[str, Format]:
    """Give the formats by media type."""
    return {one.media_type: one for one in (Turtle(), JsonLd(), NTriples())}


@cache
def context() -> Mapping[str, Any]:
    """Give the JSON-LD context that travels with the package, with all prefixes in use; it is never fetched."""
    document: dict[str, Any] = msgspec.json.decode(read_text("ontologies", "core", "0.3.0", "context.jsonld"))
    return {"@context": {**PREFIXES, **document["@context"]}}


def document(triples: Iterable[Triple], media_type: str) -> bytes:
    """Write a whole document.

    Raises:
        ValueParseError: a text has half of a surrogate pair, or a language tag is none.
    """
    syntax = formats()[media_type]
    return syntax.head + syntax.write(triples).removeprefix(syntax.separator) + syntax.tail


def nodes(triples: Iterable[Triple]) -> list[dict[str, Any]]:
    """Make a node object for each subject, its keys shortened by the context."""
    return [_node(subject, pairs) for subject, pairs in grouped(triples).items()]


def grouped(triples: Iterable[Triple]) -> dict[str, dict[str, list[Term]]]:
    """Put triples together by subject and property, each once, in the order in which they come."""
    found: dict[str, dict[str, dict[Term, None]]] = {}
    for one in triples:
        found.setdefault(one.subject.value, {}).setdefault(one.predicate.value, {})[one.object] = None
    return {
        subject: {predicate: list(objects) for predicate, objects in pairs.items()} for subject, pairs in found.items()
    }


def encoded(value: str) -> bytes:
    """Write a text as UTF-8.

    Raises:
        ValueParseError: it has half of a surrogate pair, which is no character.
    """
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        at = ascii(value[max(0, error.start - 20) : error.end + 20])
        raise ValueParseError(at, "text of Unicode; half of a surrogate pair is no character") from error


def string(value: str) -> str:
    r"""Write a text between quotes, as N-Triples and Turtle have it.

    >>> print(string('a "b"'))
    "a \"b\""
    """
    return f'"{_TO_ESCAPE.sub(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or f"\\u{ord(match[0]):04X}"


@lru_cache(maxsize=4_096)
def _short(iri: str) -> str:
    """Shorten an IRI of a vocabulary by its prefix; "" where it has none."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return ""


_VOCABULARIES = tuple(PREFIXES.values())


def _named(iri: str) -> str:
    """Shorten an IRI that is of a vocabulary; "" for others, of which there is no end."""
    return _short(iri) if iri.startswith(_VOCABULARIES) else ""


def _reference(iri: str) -> str:
    return f"<{escaped(iri)}>"


def _nt(term: Term) -> str:
    if isinstance(term, IRI):
        return _reference(term.value)
    if term.language:
        return f"{string(term.text)}@{_tag(term.language)}"
    return string(term.text) if term.datatype == _STRING else f"{string(term.text)}^^{_reference(term.datatype)}"


def _tag(language: str) -> str:
    if not _TAG.fullmatch(language):
        raise ValueParseError(language, "a language tag such as nl or en-GB")
    return language


def _turtle(term: Term) -> str:
    if isinstance(term, IRI):
        return _named(term.value) or _reference(term.value)
    if term.language or term.datatype == _STRING:
        return _nt(term)
    bare = _BARE.get(term.datatype)
    if bare is not None and bare.fullmatch(term.text):
        return term.text
    return f"{string(term.text)}^^{_named(term.datatype) or _reference(term.datatype)}"


def _sentence(subject: str, pairs: Mapping[str, list[Term]]) -> str:
    parts = [f"{_verb(predicate)} {', '.join(map(_turtle, objects))}" for predicate, objects in pairs.items()]
    return f"{_reference(subject)} {' ;\n  '.join(parts)} .\n"


def _verb(predicate: str) -> str:
    return "a" if predicate == _TYPE else _named(predicate) or _reference(predicate)


def _node(subject: str, pairs: Mapping[str, list[Term]]) -> dict[str, Any]:
    node: dict[str, Any] = {"@id": _identifier(subject)}
    for predicate, objects in pairs.items():
        for one in objects:
            key, value = _member(predicate, one)
            there = node.get(key)
            if there is None:
                node[key] = value
            else:
                node[key] = [*there, value] if isinstance(there, list) else [there, value]
    return node


def _member(predicate: str, value: Term) -> tuple[str, Any]:
    """Give the key and the value in JSON of a property and a value of it, by the context where that has both."""
    if predicate == _TYPE and isinstance(value, IRI):
        return "@type", _named(value.value) or _identifier(value.value)
    plain = isinstance(value, Literal) and not value.language
    kind = "@id" if isinstance(value, IRI) else value.datatype
    key = _keys().get((predicate, "" if plain and kind == _STRING else kind))
    if key is not None and isinstance(value, IRI):
        return key, _identifier(value.value)
    if key is not None and isinstance(value, Literal) and plain:
        return key, value.text
    return _named(predicate) or escaped(predicate), _value(value)


def _value(value: Term) -> Any:
    if isinstance(value, IRI):
        return {"@id": _identifier(value.value)}
    if value.language:
        return {"@value": value.text, "@language": _tag(value.language)}
    if value.datatype == _STRING:
        return value.text
    if value.datatype in _BARE and value.text in ("true", "false"):
        return value.text == "true"
    return {"@value": value.text, "@type": _named(value.datatype) or escaped(value.datatype)}


def _identifier(iri: str) -> str:
    """Write an IRI so that no prefix of the context is seen in it."""
    scheme, _, rest = iri.partition(":")
    if scheme in context()["@context"] and not rest.startswith("//"):
        raise ValueParseError(iri, f"an IRI that JSON-LD can hold; its scheme {scheme!r} is a prefix of the context")
    return escaped(iri)


@cache
def _keys() -> Mapping[tuple[str, str], str]:
    """Give the keys of the context by the property and the kind of value that they stand for."""
    found: dict[tuple[str, str], str] = {}
    terms = context()["@context"]
    for key, definition in terms.items():
        if isinstance(definition, dict) and set(definition) <= {"@id", "@type"} and "@id" in definition:
            kind = definition.get("@type", "")
            found.setdefault((_whole(definition["@id"], terms), kind if kind == "@id" else _whole(kind, terms)), key)
        elif isinstance(definition, str) and ":" in definition and not definition.endswith(("#", "/")):
            found.setdefault((_whole(definition, terms), ""), key)
    return found


def _whole(name: str, terms: Mapping[str, Any]) -> str:
    prefix, colon, local = name.partition(":")
    namespace = terms.get(prefix)
    return namespace + local if colon and isinstance(namespace, str) and not local.startswith("//") else name


def _json(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise ValueParseError(ascii(value)[:80], "text of Unicode; half of a surrogate pair is no character") from error
