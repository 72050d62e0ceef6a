"""Name the published lists that a catalogue refers to, and say of each entry what a reader needs to check it."""

from collections.abc import Iterator, Mapping
from functools import cache

import msgspec

from ssclab_data.linked_data.terms import IRI, Triple, labelled, term
from ssclab_data.model.groups import licences

EU = "http://publications.europa.eu/resource/authority/"
IANA = "http://www.iana.org/assignments/media-types/"
HVD = "http://data.europa.eu/bna/"
HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
TOOI_MUNICIPALITY = "https://identifier.overheid.nl/tooi/id/gemeente/"
LICENCES_NL = "https://definities.geostandaarden.nl/dcat-ap-nl/id/waardelijst/licenties/"

PUBLIC = f"{EU}access-right/PUBLIC"
LOCAL_AUTHORITY = "http://purl.org/adms/publishertype/LocalAuthority"


class Entry(msgspec.Struct, frozen=True):
    """One entry of a list.

    Attributes:
        kind: its class, as a prefixed name.
        scheme: IRI of the list, or "".
        labels: by language.
    """

    kind: str
    scheme: str = ""
    labels: Mapping[str, str] = {}


_THEMES = {
    "ENVI": ("Milieu", "Environment"),
    "TECH": ("Wetenschap en technologie", "Science and technology"),
    "TRAN": ("Vervoer", "Transport"),
    "HEAL": ("Gezondheid", "Health"),
    "REGI": ("Regio's en steden", "Regions and cities"),
    "OP_DATPRO": ("Voorlopige gegevens", "Provisional data"),
}
_HVD = {
    "c_dd313021": ("Aardobservatie en milieu", "Earth observation and environment"),
    "c_164e0bf5": ("Meteorologisch", "Meteorological"),
    "c_ac64a52d": ("Geospatiaal", "Geospatial"),
    "c_e1da4e07": ("Statistiek", "Statistics"),
    "c_a9135398": ("Bedrijven en eigendom van bedrijven", "Companies and company ownership"),
    "c_b79e35eb": ("Mobiliteit", "Mobility"),
}
_ACCESS = ("PUBLIC", "RESTRICTED", "NON_PUBLIC")
_FORMATS = ("CSV", "GEOJSON", "JSON", "JSON_LD", "RDF_N_TRIPLES", "RDF_TURTLE")


def themes() -> tuple[str, ...]:
    """Give the codes of the data themes that are known here."""
    return tuple(_THEMES)


def hvd_label(iri: str, language: str) -> str:
    """Give the name of a category of high-value data; "" of what is none."""
    names = _HVD.get(iri.removeprefix(HVD), ("", ""))
    return names[language == "en"]


def describe(iri: str) -> Iterator[Triple]:
    """Say what an entry of a published list is; nothing about other resources."""
    found = _entries().get(iri)
    if found is None and iri.startswith(IANA):
        found = Entry("dct:MediaType")
    if found is None:
        return
    yield Triple(IRI(iri), term("rdf:type"), term(found.kind))
    if found.scheme:
        yield Triple(IRI(iri), term("skos:inScheme"), IRI(found.scheme))
    for language, label in found.labels.items():
        yield Triple(IRI(iri), term("skos:prefLabel"), labelled(label, language))


def describe_licence(iri: str) -> Iterator[Triple]:
    """Say what a licence is, and that the one of the Dutch list is the same as that of the EU."""
    yield Triple(IRI(iri), term("rdf:type"), term("dct:LicenseDocument"))
    for known in licences().values():
        if iri == known.definition:
            yield Triple(IRI(iri), term("dct:title"), labelled(known.label_nl, "nl"))
            yield Triple(IRI(iri), term("dct:title"), labelled(known.label_en, "en"))
            if known.eu:
                yield Triple(IRI(iri), term("skos:exactMatch"), IRI(known.eu))


def listed_licence(iri: str) -> bool:
    """Tell whether a licence is in the Dutch list, or in that of the EU.

    >>> listed_licence("http://publications.europa.eu/resource/authority/licence/CC0"), listed_licence("https://cc0.example")
    (True, False)
    """
    return iri.startswith((LICENCES_NL, f"{EU}licence/"))


@cache
def _entries() -> dict[str, Entry]:
    found = {
        f"{EU}data-theme/{code}": Entry("skos:Concept", f"{EU}data-theme", {"nl": nl, "en": en})
        for code, (nl, en) in _THEMES.items()
    }
    found |= {
        HVD + code: Entry("skos:Concept", f"{HVD}asd487ae75", {"nl": nl, "en": en}) for code, (nl, en) in _HVD.items()
    }
    found |= {f"{EU}access-right/{code}": Entry("dct:RightsStatement", f"{EU}access-right") for code in _ACCESS}
    found |= {f"{EU}file-type/{code}": Entry("dct:MediaTypeOrExtent", f"{EU}file-type") for code in _FORMATS}
    found |= {f"{EU}language/{code}": Entry("dct:LinguisticSystem", f"{EU}language") for code in ("NLD", "ENG")}
    found[HVD_REGULATION] = Entry("eli:LegalResource")
    found[LOCAL_AUTHORITY] = Entry(
        "skos:Concept", "http://purl.org/adms/publishertype/1.0", {"nl": "Lokale overheid", "en": "Local authority"}
    )
    return found
