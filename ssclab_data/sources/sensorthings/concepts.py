"""Find the observed property of our code list that others mean by an IRI or a name."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from ssclab_data.model.codelists import PropertyInfo, observed_properties
from ssclab_data.resources import extensions
from ssclab_data.sources.concepts import property_of


def find_property(definition: str, name: str) -> PropertyInfo | None:
    """Find an observed property by its IRI or an exactly aligned one; by a name only where there is no IRI.

    A name that could mean several properties is not taken: `Temperature` is that of air, of water or of a housing.

    >>> find_property("http://dd.eionet.europa.eu/vocabularyconcept/aq/pollutant/8", "").id
    'no2'
    """
    if _is_iri(definition):
        id_ = property_of(definition.replace("/vocabularyconcept/", "/vocabulary/"))
        return None if id_ is None else observed_properties()[id_]
    return _names(extensions()).get(_folded(name)) if name else None


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


def _folded(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
