"""Know what entries of authority lists are, which a catalogue refers to and does not describe."""

import re
from functools import cache
from typing import TYPE_CHECKING

from ssclab_data.linked_data.graphs import TURTLE, empty_graph, is_iri, node, read_graph, resource
from ssclab_data.resources import folder

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_EU = "http://publications.europa.eu/resource/authority/"

AUTHORITIES = (
    _EU,
    "http://data.europa.eu/bna/",
    "http://data.europa.eu/eli/",
    "http://eurovoc.europa.eu/",
    "http://inspire.ec.europa.eu/",
    "http://purl.org/adms/",
    "http://www.iana.org/assignments/",
    "https://www.iana.org/assignments/",
    "http://dd.eionet.europa.eu/vocabulary",
    "http://vocab.nerc.ac.uk/",
    "https://definities.geostandaarden.nl/",
    "http://standaarden.overheid.nl/",
    "https://identifier.overheid.nl/",
    "https://standaarden.overheid.nl/",
    "https://vocabs.cbs.nl/",
)
"""What IRIs of lists start with that others keep."""

_COMPLETE = (f"{_EU}data-theme/", f"{_EU}access-right/")
_CLASSES = (
    # Lists that are too long to hold, of which the form of an IRI says what it is.
    (r"https://identifier\.overheid\.nl/tooi/id/gemeente/gm\d{4}", ("foaf:Agent", "org:Organization")),
    (r"https://identifier\.overheid\.nl/tooi/id/provincie/pv\d{2}", ("foaf:Agent", "org:Organization")),
    (r"https://identifier\.overheid\.nl/tooi/id/waterschap/ws\d{4}", ("foaf:Agent", "org:Organization")),
    (r"https://identifier\.overheid\.nl/tooi/id/ministerie/mnre\d{4}", ("foaf:Agent", "org:Organization")),
    (r"https?://www\.iana\.org/assignments/media-types/[\w.+-]+/[\w.+-]+", ("dct:MediaType",)),
    (
        r"https://definities\.geostandaarden\.nl/dcat-ap-nl/id/waardelijst/licenties/\w+",
        ("dct:LicenseDocument", "skos:Concept"),
    ),
    (re.escape(_EU) + r"country/[A-Z]{3}", ("dct:Location", "skos:Concept")),
    (r"http://data\.europa\.eu/bna/c_[0-9a-f]{8}", ("skos:Concept",)),
)
_PATTERNS = tuple((re.compile(pattern), classes) for pattern, classes in _CLASSES)


def is_authority(iri: str) -> bool:
    """Tell whether an IRI is of a list that others keep.

    >>> is_authority("http://publications.europa.eu/resource/authority/data-theme/ENVI")
    True
    """
    return iri.startswith(AUTHORITIES)


def is_complete(iri: str) -> bool:
    """Tell whether an IRI would be of a list that is known here as a whole, so that what is not there is wrong."""
    return iri.startswith(_COMPLETE)


def authorities(data: "Graph") -> "Graph":
    """Say what the entries of authority lists are that data refer to: the `background` of a check.

    The classes are those of `ontologies/background/authorities.ttl`, and for long lists those that the form of an IRI
    tells.
    """
    known = _bundled()
    found = empty_graph()
    found += known.triples((None, node("rdfs:subClassOf"), None))
    for subject in {one for one in data.objects() if is_iri(one)}:
        found += known.triples((subject, None, None))
        for class_ in _classes(subject):
            found.add((subject, node("rdf:type"), class_))
    return found


def _classes(subject: "Node") -> tuple["Node", ...]:
    return tuple(node(name) for pattern, names in _PATTERNS if pattern.fullmatch(str(subject)) for name in names)


def is_listed(iri: str) -> bool:
    """Tell whether the bundled statements name an IRI."""
    return (resource(iri), None, None) in _bundled()


@cache
def _bundled() -> "Graph":
    file = folder("ontologies") / "background" / "authorities.ttl"
    return read_graph(file.read_bytes(), TURTLE, where=file.name)
