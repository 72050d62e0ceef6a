"""Hold RDF terms and triples as plain values, and name the vocabularies in use."""

import re
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

import msgspec

type Term = IRI | Literal


class IRI(msgspec.Struct, frozen=True):
    """A resource."""

    value: str


class Literal(msgspec.Struct, frozen=True):
    """A value.

    Attributes:
        text: lexical form.
        datatype: IRI of the datatype; of a text with a language it is `rdf:langString`.
        language: language tag (`nl`), or "".
    """

    text: str
    datatype: str
    language: str = ""


class Triple(NamedTuple):
    """One statement. There are no blank nodes: parts of an entity are named by a fragment of its IRI."""

    subject: IRI
    predicate: IRI
    object: Term


PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/",
    "quantitykind": "http://qudt.org/vocab/quantitykind/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sdo": "https://schema.org/",
    "sf": "http://www.opengis.net/ont/sf#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "ssc": "https://ssclab.example/def/core#",
    "ssn": "http://www.w3.org/ns/ssn/",
    "sosa-oms": "http://www.w3.org/ns/sosa/oms/",
    "time": "http://www.w3.org/2006/time#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


# What an IRI is made of (RFC 3987, 2.2), without the brackets of IPv6 addresses, which no identifier here has, and
# without the spaces of other scripts, which some readers take for the end of it.
_UCS = (
    "\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14))
    + "\U000e1000-\U000efffd"
)
_PART = rf"[A-Za-z0-9\-._~!$&'()*+,;=:@{_UCS}]|%[0-9A-Fa-f]{{2}}"
_ABSOLUTE = re.compile(rf"(?:https?://(?=[^/?#])|urn:(?=.))(?:{_PART}|[/?])*(?:#(?:{_PART}|[/?])*)?")
_PLAIN = re.compile(rf"[A-Za-z0-9\-._~!$&'()*+,;=:@/?#{_UCS}]*")
_OUTSIDE = re.compile(rf"(?:{_PART}|[/?#])|(.)", re.DOTALL)


def is_iri(value: str) -> bool:
    """Tell whether a text is an IRI that every reader of RDF takes as it is: of the web, or a URN.

    >>> is_iri("http://example.org/a%20b"), is_iri("http://example.org/a b"), is_iri("PM2.5")
    (True, False, False)
    """
    return _ABSOLUTE.fullmatch(value) is not None and _PORT.match(value) is None


_PORT = re.compile(r"https?://(?:[^/?#]*@)?[^/?#:@]*:(?!\d*(?:[/?#]|$))")


def escaped(iri: str) -> str:
    """Percent-encode what no IRI may have, so that what is written between brackets stays between them.

    >>> escaped("urn:a> <b%zz")
    'urn:a%3E%20%3Cb%25zz'
    """
    if _PLAIN.fullmatch(iri):
        return iri
    return _OUTSIDE.sub(lambda match: match[0] if match[1] is None else quote(match[1], safe=""), iri)


def term(curie: str) -> IRI:
    """Give the IRI of a prefixed name.

    >>> term("sosa:Sensor").value
    'http://www.w3.org/ns/sosa/Sensor'
    """
    prefix, _, local = curie.partition(":")
    return IRI(PREFIXES[prefix] + local)


def text(value: str) -> Literal:
    """Make a plain text literal."""
    return Literal(value, PREFIXES["xsd"] + "string")


def labelled(value: str, language: str) -> Literal:
    """Make a text in a language, told by its tag (`nl`, `en`)."""
    return Literal(value, PREFIXES["rdf"] + "langString", language)


def typed(value: str, datatype: str) -> Literal:
    """Make a literal of a datatype given as a prefixed name."""
    return Literal(value, term(datatype).value)


def decimal(value: float) -> Literal:
    """Make a decimal of a finite number, every digit kept and no exponent.

    A double would lose digits in some writers (rdflib#2918), and a decimal has no exponent (XML Schema 1.1, 3.3.3).

    >>> decimal(1e-7).text, decimal(12.3456789012).text
    ('0.0000001', '12.3456789012')
    """
    digits = format(Decimal(repr(value)), "f")
    return typed(digits if "." in digits else f"{digits}.0", "xsd:decimal")
