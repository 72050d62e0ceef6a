"""Name the keys of free properties by terms of our information models, and find them again."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.lexical import well_formed
from ssclab_data.linked_data.terms import IRI, PREFIXES, Literal, Term, decimal, is_iri, text
from ssclab_data.model.values import Instant

_XSD = PREFIXES["xsd"]
_STRING, _BOOLEAN = _XSD + "string", _XSD + "boolean"
_INTEGER, _DECIMAL = _XSD + "integer", _XSD + "decimal"
_TIME, _JSON = _XSD + "dateTime", (PREFIXES["rdf"] + "JSON", PREFIXES["geo"] + "geoJSONLiteral")
_TIMES = (_XSD + "date", _TIME, _XSD + "duration", _XSD + "gYear")
_RESOURCE = "@id"


class Word(msgspec.Struct, frozen=True):
    """A term of an information model, as a JSON-LD context has it.

    Attributes:
        key: name in JSON.
        iri: of the term.
        datatype: IRI of the datatype of its values, `@id` for IRIs, "" for what the context leaves open.
    """

    key: str
    iri: str
    datatype: str = ""


class Words(msgspec.Struct, frozen=True, dict=True):
    """Terms by their keys; without any, all free properties are written as name and value."""

    words: tuple[Word, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, Word]:
        """Terms by key."""
        return {word.key: word for word in self.words}

    @cached_property
    def by_iri(self) -> Mapping[str, Word]:
        """Terms by IRI."""
        return {word.iri: word for word in self.words}

    def state(self, key: str, value: Any) -> tuple[IRI, Term] | None:
        """Give the term and the value that say what a property says; None where no term says all of it.

        >>> height = Words((Word("height", "urn:height", "http://www.w3.org/2001/XMLSchema#decimal"),))
        >>> height.state("height", 2.5)[1].text, height.state("height", "2.5 m")
        ('2.5', None)
        """
        word = self.by_key.get(key)
        stated = None if word is None else _stated(value, word.datatype)
        return None if word is None or stated is None else (IRI(word.iri), stated)

    def read(self, iri: str, value: Term) -> tuple[str, Any] | None:
        """Give the key and the JSON value that a term and a value stand for; None where it is no term of these."""
        word = self.by_iri.get(iri)
        return None if word is None else (word.key, json_of(value))


def words_of(contexts: Iterable[Mapping[str, Any]], namespaces: Iterable[str]) -> Words:
    """Take the terms of some namespaces out of JSON-LD contexts; of two for one key or IRI the first holds.

    >>> words_of([{"x": "urn:x:", "wide": {"@id": "x:wide", "@type": "x:metre"}, "name": "urn:n"}], ["urn:x:"]).words
    (Word(key='wide', iri='urn:x:wide', datatype='urn:x:metre'),)
    """
    ours = tuple(namespaces)
    found: dict[str, Word] = {}
    iris: set[str] = set()
    for context in contexts:
        for key, definition in context.items():
            word = _word(key, definition, context)
            if word is None or not word.iri.startswith(ours) or word.iri in ours or key in found or word.iri in iris:
                continue
            found[key] = word
            iris.add(word.iri)
    return Words(tuple(found.values()))


def json_of(value: Term) -> Any:
    """Give the JSON value that a literal or an IRI stands for: the other way round of `parts.json_literal`.

    A decimal without a point is a whole number, so that numbers come back of the kind that they were.
    """
    if isinstance(value, IRI):
        return value.value
    match value.datatype:
        case t if t == _BOOLEAN:
            return value.text in ("true", "1")
        case t if t == _INTEGER:
            return int(value.text)
        case t if t == _DECIMAL:
            return float(value.text) if "." in value.text else int(value.text)
        case t if t in _JSON:
            return msgspec.json.decode(value.text)
        case t if t == _TIME:
            return str(Instant.parse(value.text))
    return value.text


def _word(key: str, definition: Any, context: Mapping[str, Any]) -> Word | None:
    if key.startswith("@"):
        return None
    if isinstance(definition, str):
        return Word(key, _expanded(definition, context))
    if not isinstance(definition, dict) or "@container" in definition or "@reverse" in definition:
        return None
    iri, datatype = definition.get("@id", key), definition.get("@type", "")
    if "@language" in definition or not isinstance(iri, str):
        return None
    return Word(key, _expanded(iri, context), datatype if datatype == _RESOURCE else _expanded(datatype, context))


def _expanded(name: str, context: Mapping[str, Any]) -> str:
    prefix, colon, local = name.partition(":")
    namespace = context.get(prefix)
    if isinstance(namespace, dict):
        namespace = namespace.get("@id")
    if not colon or local.startswith("//") or not isinstance(namespace, str):
        return name
    return namespace + local


def _stated(value: Any, datatype: str) -> Term | None:
    """Write a value as a literal of a datatype that it is of, or as an IRI; None where it is not of it."""
    if datatype == _RESOURCE:
        return IRI(value) if isinstance(value, str) and is_iri(value) else None
    match value:
        case bool():
            return Literal(str(value).lower(), _BOOLEAN) if datatype in ("", _BOOLEAN) else None
        case int():
            return _whole(value, datatype)
        case float():
            return _number(value, datatype)
        case str():
            return _text(value, datatype)
    return None


def _whole(value: int, datatype: str) -> Literal | None:
    if datatype in ("", _INTEGER, _DECIMAL):
        return Literal(str(value), datatype or _INTEGER)
    return None


def _number(value: float, datatype: str) -> Literal | None:
    return decimal(value) if datatype in ("", _DECIMAL) else None


def _text(value: str, datatype: str) -> Literal | None:
    if datatype in ("", _STRING):
        return text(value)
    if datatype not in _TIMES or not well_formed(value, datatype):
        return None
    # Many readers of RDF write a moment anew; only that which is written as here comes back as the same text.
    return Literal(value, datatype) if datatype != _TIME or _is_plain(value) else None


def _is_plain(value: str) -> bool:
    try:
        return str(Instant.parse(value)) == value
    except ValueParseError:
        return False
