"""Hold RDF terms and triples as plain values, and name the vocabularies in use."""

from decimal import Decimal
from typing import NamedTuple

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
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/",
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
