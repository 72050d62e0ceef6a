"""Find the observed property that the IRI of a concept means, and make the entity of one."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from ssclab_data.model import codelists
from ssclab_data.model.codelists import PropertyInfo
from ssclab_data.model.sensorthings import ObservedProperty
from ssclab_data.ontology import alignments
from ssclab_data.ontology.codelists import concept_iri
from ssclab_data.resources import extensions

_EXACT = "http://www.w3.org/2004/02/skos/core#exactMatch"
_LIST = "observed-properties"


def property_of(iri: str) -> str | None:
    """Give the id of an observed property, None where no IRI like that is known.

    >>> property_of("https://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001/")
    'pm25'
    """
    return _known(extensions()).get(_plain(iri))


def shared_property(info: PropertyInfo) -> ObservedProperty:
    """Give the ObservedProperty that all sources and labs share."""
    return ObservedProperty(
        key=info.key,
        name=info.label_en,
        definition=info.definition,
        description=f"{info.label_en} ({info.label_nl})",
        properties={"id": info.id, "labelNl": info.label_nl, "ucum": info.ucum, "quantityKind": info.quantity_kind},
    )


@cache
def _known(_extensions: tuple[object, ...]) -> Mapping[str, str]:
    infos = codelists.observed_properties().values()
    own = {concept_iri(_LIST, info.id): info.id for info in infos}
    aligned = {
        _plain(row.object): own[row.subject]
        for name in alignments.names()
        for row in alignments.read(name).rows
        if row.predicate == _EXACT and row.subject in own
    }
    defined = {_plain(info.definition): info.id for info in infos}
    return MappingProxyType({**aligned, **{_plain(iri): id_ for iri, id_ in own.items()}, **defined})


def _plain(iri: str) -> str:
    """Leave out what servers write in two ways: the scheme, and a slash at the end."""
    return iri.removeprefix("https:").removeprefix("http:").rstrip("/")
