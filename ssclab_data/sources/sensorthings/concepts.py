"""Find the observed property of our code list that others mean by an IRI or a name."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from ssclab_data.model.codelists import PropertyInfo, observed_properties
from ssclab_data.model.sensorthings import ObservedProperty
from ssclab_data.ontology import alignments
from ssclab_data.ontology.codelists import concept_iri
from ssclab_data.resources import extensions

_EXACT = "http://www.w3.org/2004/02/skos/core#exactMatch"


def find_property(definition: str, name: str) -> PropertyInfo | None:
    """Find an observed property by its IRI or an exactly aligned one; by a name only where there is no IRI.

    A name that could mean several properties is not taken: `Temperature` is that of air, of water or of a housing.

    >>> find_property("http://dd.eionet.europa.eu/vocabularyconcept/aq/pollutant/8", "").id
    'no2'
    """
    if _is_iri(definition):
        return _concepts(extensions()).get(_same(definition))
    return _names(extensions()).get(_folded(name)) if name else None


def entity_of(info: PropertyInfo) -> ObservedProperty:
    """Give the ObservedProperty that all labs share."""
    return ObservedProperty(
        key=info.key,
        name=info.label_en,
        definition=info.definition,
        description=f"{info.label_en} ({info.label_nl})",
        properties={"id": info.id, "labelNl": info.label_nl, "ucum": info.ucum, "quantityKind": info.quantity_kind},
    )


@cache
def _concepts(_extensions: tuple[object, ...]) -> Mapping[str, PropertyInfo]:
    known = observed_properties()
    own = {concept_iri("observed-properties", id_): info for id_, info in known.items()}
    table = {_same(info.definition): info for info in known.values()}
    for name in alignments.names():
        for row in alignments.read(name).rows:
            if row.predicate == _EXACT and row.subject in own:
                table.setdefault(_same(row.object), own[row.subject])
    table.update((_same(iri), info) for iri, info in own.items())
    return MappingProxyType(table)


@cache
def _names(_extensions: tuple[object, ...]) -> Mapping[str, PropertyInfo]:
    found: dict[str, set[str]] = defaultdict(set)
    known = observed_properties()
    for id_, info in known.items():
        endings = {_folded(id_.split("-", number)[-1]) for number in range(1, id_.count("-") + 1)}
        for text in {_folded(id_), _folded(info.label_en), _folded(info.label_nl)} | endings:
            found[text].add(id_)
    return MappingProxyType({text: known[next(iter(ids))] for text, ids in found.items() if len(ids) == 1})


def _is_iri(text: str) -> bool:
    return text.startswith(("http://", "https://", "urn:"))


def _same(iri: str) -> str:
    """Make one of an IRI's spellings that differ in what does not matter."""
    return iri.split("://", 1)[-1].rstrip("/").replace("/vocabularyconcept/", "/vocabulary/")


def _folded(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
