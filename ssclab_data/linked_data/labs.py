"""Say what a living lab is: its name, its area, and where its data are listed."""

from collections.abc import Iterator

from ssclab_data.linked_data.authorities import TOOI_MUNICIPALITY
from ssclab_data.linked_data.dcat import wkt_of
from ssclab_data.linked_data.parts import about, iri_or_text, types
from ssclab_data.linked_data.terms import IRI, Triple, is_iri, term, text
from ssclab_data.model.lab import LabInfo


def lab_triples(info: LabInfo, iri: str, catalogue: str) -> Iterator[Triple]:
    """Describe a lab.

    Args:
        iri: its name.
        catalogue: IRI of the catalogue of its data.
    """
    yield from about(iri, types("ssc:Lab"))
    yield Triple(IRI(iri), term("dct:identifier"), text(info.key))
    yield from about(iri, iri_or_text("rdfs:label", info.name))
    if info.municipality:
        yield Triple(IRI(iri), term("ssc:municipality"), IRI(TOOI_MUNICIPALITY + info.municipality))
    if info.area is not None:
        area = f"{iri}#area"
        yield Triple(IRI(iri), term("dct:spatial"), IRI(area))
        yield from about(area, types("dct:Location"))
        yield Triple(IRI(area), term("dcat:bbox"), wkt_of(info.area))
    for page in (info.publication.homepage, info.url):
        if is_iri(page):
            yield Triple(IRI(iri), term("foaf:page"), IRI(page))
    yield Triple(IRI(catalogue), term("rdf:type"), term("dcat:Catalog"))
    yield Triple(IRI(iri), term("rdfs:seeAlso"), IRI(catalogue))
