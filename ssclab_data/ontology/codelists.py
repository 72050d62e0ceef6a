"""Say in SKOS what the code lists of `ontologies/codelists/` hold."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import NTRIPLES, read_graph
from ssclab_data.linked_data.rdf import ntriples
from ssclab_data.linked_data.terms import IRI, PREFIXES, Term, Triple, labelled, term, text, typed
from ssclab_data.model.codelists import read
from ssclab_data.resources import roots

if TYPE_CHECKING:
    from rdflib import Graph

BASE = "https://ssclab.example/def/"
TITLES = "code-lists"
"""The code list of code lists: their titles."""

LANGUAGES = ("en", "nl")

_QUANTITY_KINDS = "http://qudt.org/vocab/quantitykind/"
_MATCHES = {"definition": "exactMatch", "eu": "exactMatch", "exact_match": "exactMatch", "close_match": "closeMatch"}
_CONCEPTS = {
    "averaging": ("ssc:averaging", "averagings"),
    "ucum": ("ssc:preferredUnit", "units"),
    "units": ("ssc:allowedUnit", "units"),
    "properties": ("dct:hasPart", "observed-properties"),
}
_VALUES = {
    "symbol": ("qudt:symbol", "xsd:string"),
    "uncefact": ("qudt:uneceCommonCode", "xsd:string"),
    "plausible_min": ("sdo:minValue", "xsd:decimal"),
    "plausible_max": ("sdo:maxValue", "xsd:decimal"),
}
_TYPES = (
    (re.compile(r"-?\d+"), "xsd:integer"),
    (re.compile(r"-?\d+\.\d+"), "xsd:decimal"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "xsd:date"),
)
_IRI = re.compile(r'https?://[^\s<>"{}|\\^`]+')


def names() -> tuple[str, ...]:
    """Give the names of all code lists: ours and those of extensions."""
    found: set[str] = set()
    for root in roots("ontologies"):
        folder = root / "codelists"
        if folder.is_dir():
            found.update(file.name.removesuffix(".csv") for file in folder.iterdir() if file.name.endswith(".csv"))
    return tuple(sorted(found))


def scheme_iri(name: str) -> str:
    """Give the IRI of a code list."""
    return BASE + name


def concept_iri(name: str, code: str) -> str:
    """Give the IRI of a code.

    >>> concept_iri("units", "ug/m3")
    'https://ssclab.example/def/units/ug%2Fm3'
    """
    return f"{BASE}{name}/{quote(code, safe='')}"


def graph(*chosen: str) -> "Graph":
    """Make one graph of the code lists with these names; of all when none is named."""
    lines = (line for name in chosen or names() for line in ntriples(triples(name)))
    return read_graph("".join(lines).encode(), NTRIPLES, where="codelists")


def triples(name: str) -> Iterator[Triple]:
    """Describe a code list as a scheme with a concept for each code.

    Raises:
        InformationModelError: a row lacks a label, or names a code that is not there; the message has the line.
        FileNotFoundError: there is no such code list.
    """
    scheme = IRI(scheme_iri(name))
    yield Triple(scheme, term("rdf:type"), term("skos:ConceptScheme"))
    yield from _labels(scheme, _title(name), predicate="dct:title")
    rows = read(name)
    codes = {next(iter(row.values())) for row in rows}
    for number, row in enumerate(rows):
        try:
            yield from _concept(name, row, codes)
        except ValueError as error:
            raise InformationModelError(str(error), file=f"{name}.csv", line=number + 2) from error


def _title(name: str) -> Mapping[str, str]:
    for row in read(TITLES):
        if row["name"] == name:
            return {column: value for column, value in row.items() if column != "name"}
    raise InformationModelError(f"code list {name!r} has no title; add a row", file=f"{TITLES}.csv")


def _concept(name: str, row: Mapping[str, str], codes: set[str]) -> Iterator[Triple]:
    (first, code), *_ = row.items()
    scheme, concept = IRI(scheme_iri(name)), IRI(concept_iri(name, code))
    others = {column: value for column, value in row.items() if column != first and value}
    yield Triple(concept, term("rdf:type"), term("skos:Concept"))
    yield Triple(concept, term("skos:inScheme"), scheme)
    yield Triple(concept, term("skos:notation"), text(code))
    yield from _labels(concept, others, predicate="skos:prefLabel")
    broader = others.get("broader", "")
    if broader and broader not in codes:
        raise ValueError(f"{code!r} has the broader code {broader!r}, which the list does not have")
    if broader:
        yield Triple(concept, term("skos:broader"), IRI(concept_iri(name, broader)))
    else:
        yield Triple(scheme, term("skos:hasTopConcept"), concept)
        yield Triple(concept, term("skos:topConceptOf"), scheme)
    for column, value in others.items():
        yield from _column(concept, column, value)


def _labels(subject: IRI, row: Mapping[str, str], *, predicate: str) -> Iterator[Triple]:
    """State the label in each language: `label_nl`, or `name_nl`, or `name`, which is the same in all languages."""
    for language in LANGUAGES:
        columns = (f"label_{language}", f"name_{language}", "name")
        label = next((row[column] for column in columns if row.get(column)), "")
        if not label:
            raise ValueError(f"a label is missing; fill in label_{language}")
        yield Triple(subject, term(predicate), labelled(label, language))
        definition = row.get(f"definition_{language}")
        if definition:
            yield Triple(subject, term("skos:definition"), labelled(definition, language))


def _column(concept: IRI, column: str, value: str) -> Iterator[Triple]:
    """State one column; those that only our own code reads are left out."""
    if column in _MATCHES:
        for iri in value.split("|"):
            if iri != concept.value:
                yield Triple(concept, term(f"skos:{_MATCHES[column]}"), IRI(iri))
    elif column in _CONCEPTS:
        predicate, list_name = _CONCEPTS[column]
        for code in value.split("|"):
            yield Triple(concept, term(predicate), IRI(concept_iri(list_name, code)))
    elif column in _VALUES:
        predicate, datatype = _VALUES[column]
        yield Triple(concept, term(predicate), typed(value, datatype))
    elif column == "quantity_kind":
        yield Triple(concept, term("qudt:hasQuantityKind"), IRI(_QUANTITY_KINDS + value))
    elif column == "synonyms":
        for synonym in value.split("|"):
            yield Triple(concept, term("skos:hiddenLabel"), text(synonym))
    elif column.partition(":")[0] in PREFIXES and ":" in column:
        for part in value.split("|"):
            yield Triple(concept, term(column), _value(part))


def _value(written: str) -> Term:
    """Make a term of a cell in a column that is named by a property: an IRI, a number, a date, or text."""
    if _IRI.fullmatch(written):
        return IRI(written)
    datatype = next((name for pattern, name in _TYPES if pattern.fullmatch(written)), "xsd:string")
    return typed(written, datatype)
