"""Read catalogues in DCAT back into values, and say what of them cannot be understood."""

from typing import TYPE_CHECKING

import msgspec

from ssclab_data.linked_data.authorities import HVD_REGULATION, listed_licence
from ssclab_data.linked_data.dcat import (
    CatalogueInfo,
    Contact,
    DataService,
    Dataset,
    Distribution,
    Publisher,
    Standard,
)
from ssclab_data.linked_data.dcat_resources import Resources
from ssclab_data.linked_data.dcat_values import box_of
from ssclab_data.linked_data.graphs import is_literal, node, term_text
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.values import Box, Instant, Interval

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a graph says of catalogues.

    Attributes:
        catalogues: those that are no part of another one, by IRI.
        datasets: all data sets by IRI, also those that no catalogue lists.
        findings: what was not understood; nothing is left out because of it.
    """

    catalogues: tuple[CatalogueInfo, ...]
    datasets: tuple[Dataset, ...]
    findings: tuple[Finding, ...]


def read_catalogue(graph: "Graph", *, where: str = "") -> Reading:
    """Read all catalogues and data sets of a graph.

    Args:
        where: file name or address, for the findings.
    """
    reader = _Reader(graph, where)
    datasets = reader.datasets()
    return Reading(catalogues=reader.catalogues(), datasets=datasets, findings=tuple(dict.fromkeys(reader.findings)))


_NO_LEGISLATION = Finding(
    rule="hvd-without-legislation",
    severity=Severity.ERROR,
    text="a data set with a category of high-value data must name the regulation",
    text_nl="een dataset met een hvd-categorie moet de verordening noemen",
    path="dcatap:applicableLegislation",
    suggestion=HVD_REGULATION,
)


def _identifiers(count: int) -> Finding:
    return Finding(
        rule="identifier-not-one",
        severity=Severity.ERROR,
        text=f"has {count} identifiers; it must have one",
        text_nl=f"heeft {count} identificaties; het moet er een zijn",
        path="dct:identifier",
    )


def _unlisted(licence: str) -> Finding:
    return Finding(
        rule="licence-not-listed",
        severity=Severity.ERROR,
        text=f"{licence} is in no list of licences; take one of DCAT-AP-NL's or the EU's",
        text_nl=f"{licence} staat in geen lijst van licenties; neem er een van DCAT-AP-NL of de EU",
        path="dct:license",
        value=licence,
    )


class _Reader(Resources):
    """One reading of one graph, each data set read once."""

    def __init__(self, graph: "Graph", where: str) -> None:
        super().__init__(graph, where)
        self._read: dict[Node, Dataset] = {}

    def catalogues(self) -> tuple[CatalogueInfo, ...]:
        """Read the catalogues that are no part of another one; of a ring of them, none is."""
        found = self.of_class("dcat:Catalog")
        parts = {part for one in found for part in self.graph.objects(one, node("dcat:catalog")) if part != one}
        return tuple(self._catalogue(one, ()) for one in found if one not in parts)

    def datasets(self) -> tuple[Dataset, ...]:
        """Read all data sets, also those that a catalogue lists and that are not typed."""
        listed = {one for one in self.graph.objects(None, node("dcat:dataset")) if not is_literal(one)}
        return tuple(self._dataset(one) for one in sorted({*self.of_class("dcat:Dataset"), *listed}, key=self.name))

    def _catalogue(self, subject: "Node", around: tuple["Node", ...]) -> CatalogueInfo:
        iri = self.name(subject)
        around = (*around, subject)
        parts = [part for part in self.linked(subject, "dcat:catalog") if part not in around]
        own = self.linked(subject, "dcat:dataset")
        deeper = {one for part in parts for one in self.graph.objects(part, node("dcat:dataset"))}
        publishers = self._agents(subject, "dct:publisher")
        return CatalogueInfo(
            iri=iri,
            titles=self.texts(subject, "dct:title"),
            descriptions=self.texts(subject, "dct:description"),
            publisher=next(iter(publishers), None),
            creator=next(iter(self._agents(subject, "dct:creator")), None),
            contacts=self._contacts(subject),
            homepage=self.first(subject, "foaf:homepage"),
            languages=self.iris(subject, "dct:language"),
            licence=self.first(subject, "dct:license"),
            modified=self.moment(subject, "dct:modified"),
            notes=self.texts(subject, "skos:editorialNote"),
            missing=self.iris(subject, "dct:relation"),
            datasets=tuple(self._dataset(one) for one in own if one not in deeper),
            services=tuple(self._service(one) for one in self.linked(subject, "dcat:service")),
            catalogues=tuple(self._catalogue(part, around) for part in parts),
        )

    def _dataset(self, subject: "Node") -> Dataset:
        if subject not in self._read:
            self._read[subject] = self._described(subject)
        return self._read[subject]

    def _described(self, subject: "Node") -> Dataset:
        iri = self.name(subject)
        publishers = self._agents(subject, "dct:publisher")
        one = Dataset(
            iri=iri,
            identifier=self._identifier(subject),
            titles=self.texts(subject, "dct:title"),
            descriptions=self.texts(subject, "dct:description"),
            publisher=next(iter(publishers), None),
            creators=self._agents(subject, "dct:creator"),
            contacts=self._contacts(subject),
            access_rights=self.first(subject, "dct:accessRights"),
            themes=self.iris(subject, "dcat:theme"),
            keywords=self.texts(subject, "dcat:keyword", expected=False),
            languages=self.iris(subject, "dct:language"),
            modified=self.moment(subject, "dct:modified"),
            interval=self._interval(subject),
            box=self._box(subject),
            conforms_to=self._standards(subject),
            documentation=self.iris(subject, "foaf:page"),
            landing_pages=self.iris(subject, "dcat:landingPage"),
            rights=self.iris(subject, "dct:rights"),
            hvd_categories=self.iris(subject, "dcatap:hvdCategory"),
            legislation=self.iris(subject, "dcatap:applicableLegislation"),
            distributions=tuple(self._distribution(form, iri) for form in self.linked(subject, "dcat:distribution")),
        )
        if one.hvd_categories and HVD_REGULATION not in one.legislation:
            self.find(_NO_LEGISLATION, subject)
        return one

    def _service(self, subject: "Node") -> DataService:
        return DataService(
            iri=self.name(subject),
            identifier=self._identifier(subject),
            titles=self.texts(subject, "dct:title"),
            descriptions=self.texts(subject, "dct:description"),
            endpoint_url=self.first(subject, "dcat:endpointURL"),
            endpoint_description=self.first(subject, "dcat:endpointDescription"),
            publisher=next(iter(self._agents(subject, "dct:publisher")), None),
            creator=next(iter(self._agents(subject, "dct:creator")), None),
            contacts=self._contacts(subject),
            access_rights=self.first(subject, "dct:accessRights"),
            licence=self._licence(subject),
            themes=self.iris(subject, "dcat:theme"),
            keywords=self.texts(subject, "dcat:keyword", expected=False),
            languages=self.iris(subject, "dct:language"),
            conforms_to=self._standards(subject),
            documentation=self.iris(subject, "foaf:page"),
            rights=self.iris(subject, "dct:rights"),
            hvd_categories=self.iris(subject, "dcatap:hvdCategory"),
            legislation=self.iris(subject, "dcatap:applicableLegislation"),
            serves=self.iris(subject, "dcat:servesDataset"),
        )

    def _distribution(self, subject: "Node", dataset: str) -> Distribution:
        return Distribution(
            iri=self.name(subject, owner=dataset),
            titles=self.texts(subject, "dct:title", expected=False),
            access_url=self.first(subject, "dcat:accessURL"),
            download_url=self.first(subject, "dcat:downloadURL"),
            service=self.first(subject, "dcat:accessService"),
            format=self.first(subject, "dct:format"),
            media_type=self.first(subject, "dcat:mediaType"),
            licence=self._licence(subject),
            languages=self.iris(subject, "dct:language"),
            conforms_to=self._standards(subject),
            legislation=self.iris(subject, "dcatap:applicableLegislation"),
        )

    def _identifier(self, subject: "Node") -> str:
        """Give the identifier; the IRI where there is none, the first of several."""
        found = sorted(str(one) for one in self.graph.objects(subject, node("dct:identifier")))
        if len(found) != 1:
            self.find(_identifiers(len(found)), subject)
        return found[0] if found else self.name(subject)

    def _licence(self, subject: "Node") -> str:
        licence = self.first(subject, "dct:license")
        if licence and not listed_licence(licence):
            self.find(_unlisted(licence), subject)
        return licence

    def _agents(self, subject: "Node", predicate: str) -> tuple[Publisher, ...]:
        return tuple(
            Publisher(
                iri=self.name(one, owner=self.name(subject)),
                names=self.texts(one, "foaf:name", expected=False),
                kind=self.first(one, "dct:type"),
            )
            for one in self.linked(subject, predicate)
        )

    def _contacts(self, subject: "Node") -> tuple[Contact, ...]:
        return tuple(
            Contact(
                iri=self.name(one, owner=self.name(subject)),
                names=self.texts(one, "vcard:fn", expected=False),
                email=self.address(one, "vcard:hasEmail").removeprefix("mailto:"),
                page=self.address(one, "vcard:hasURL"),
            )
            for one in self.linked(subject, "dcat:contactPoint")
        )

    def _standards(self, subject: "Node") -> tuple[Standard, ...]:
        return tuple(
            Standard(str(one), next((text.text for text in self.texts(one, "dct:title", expected=False)), ""))
            for one in self.linked(subject, "dct:conformsTo")
        )

    def _interval(self, subject: "Node") -> Interval | None:
        for period in self.linked(subject, "dct:temporal"):
            ends = [self.moment(period, name) for name in ("dcat:startDate", "dcat:endDate")]
            start, end = (Instant.parse(one if "T" in one else f"{one}T00:00:00Z") if one else None for one in ends)
            if start is not None and end is not None and start <= end:
                return Interval(start, end)
        return None

    def _box(self, subject: "Node") -> Box | None:
        """Read where it is; a text, or a geometry that is none, is a finding and no box."""
        for place in sorted(self.graph.objects(subject, node("dct:spatial")), key=term_text):
            shapes = [place] if is_literal(place) else []
            for predicate in ("dcat:bbox", "locn:geometry", "dcat:centroid"):
                shapes += sorted(self.graph.objects(place, node(predicate)), key=term_text)
            for shape in shapes:
                box = self.understood(shape, box_of, subject, "dct:spatial")
                if box is not None:
                    return box
        return None
