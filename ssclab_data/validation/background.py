"""Know what entries of authority lists are, which a catalogue refers to and does not describe."""

AUTHORITIES = (
    "http://publications.europa.eu/resource/authority/",
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


def is_authority(iri: str) -> bool:
    """Tell whether an IRI is of a list that others keep.

    >>> is_authority("http://publications.europa.eu/resource/authority/data-theme/ENVI")
    True
    """
    return iri.startswith(AUTHORITIES)
