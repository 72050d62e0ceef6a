"""Say in DCAT-AP-NL 3.0 what data sets and services there are."""

from collections.abc import Iterable, Iterator

import msgspec

from ssclab_data.linked_data.authorities import LOCAL_AUTHORITY, describe, describe_licence
from ssclab_data.linked_data.terms import IRI, Literal, Term, Triple, labelled, term, text, typed
from ssclab_data.model.values import Box, Interval

type Pairs = Iterator[tuple[str, Term]]


class Text(msgspec.Struct, frozen=True, order=True):
    """A text in a language.

    Attributes:
        language: its tag, or "" where it is not told.
    """

    text: str
    language: str = ""


type Texts = tuple[Text, ...]


class Publisher(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation; of a municipality the IRI is that of the TOOI list."""

    iri: str
    names: Texts
    kind: str = LOCAL_AUTHORITY


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask; an e-mail address, a page or both."""

    iri: str
    names: Texts
    email: str = ""
    page: str = ""


class Standard(msgspec.Struct, frozen=True, order=True):
    """What something conforms to."""

    iri: str
    title: str


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """One form in which a data set can be had.

    Attributes:
        access_url: where it is.
        download_url: where it can be had whole, or "".
        service: IRI of the DataService that gives it, or "".
        format: IRI in the EU list of file types, or "".
        media_type: IRI at IANA, or "".
        licence: IRI, or "" where none was given.
    """

    iri: str
    titles: Texts = ()
    access_url: str
    download_url: str = ""
    service: str = ""
    format: str = ""
    media_type: str = ""
    licence: str = ""
    languages: tuple[str, ...] = ()
    conforms_to: tuple[Standard, ...] = ()
    legislation: tuple[str, ...] = ()


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A data set.

    Attributes:
        identifier: by which a harvester knows it again.
        access_rights: IRI in the EU list, or "".
        themes: IRIs in the EU list of data themes.
        modified: `xsd:date` or `xsd:dateTime` as text, or "".
        box: CRS84 degrees.
        hvd_categories: IRIs of categories of high-value data; empty where it is not of high value.
        legislation: IRIs of the acts by which it must be open.
        rights: pages on the terms of use.
    """

    iri: str
    identifier: str
    titles: Texts
    descriptions: Texts = ()
    publisher: Publisher | None = None
    creators: tuple[Publisher, ...] = ()
    contacts: tuple[Contact, ...] = ()
    access_rights: str = ""
    themes: tuple[str, ...] = ()
    keywords: Texts = ()
    languages: tuple[str, ...] = ()
    modified: str = ""
    interval: Interval | None = None
    box: Box | None = None
    conforms_to: tuple[Standard, ...] = ()
    documentation: tuple[str, ...] = ()
    landing_pages: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    hvd_categories: tuple[str, ...] = ()
    legislation: tuple[str, ...] = ()
    distributions: tuple[Distribution, ...] = ()


class DataService(msgspec.Struct, frozen=True, kw_only=True):
    """An interface to data sets.

    Attributes:
        serves: IRIs of the data sets.
        documentation: pages on its use.
        rights: pages on the terms of use and the quality of the service.
    """

    iri: str
    identifier: str
    titles: Texts
    descriptions: Texts = ()
    endpoint_url: str = ""
    endpoint_description: str = ""
    publisher: Publisher | None = None
    creator: Publisher | None = None
    contacts: tuple[Contact, ...] = ()
    access_rights: str = ""
    licence: str = ""
    themes: tuple[str, ...] = ()
    keywords: Texts = ()
    languages: tuple[str, ...] = ()
    conforms_to: tuple[Standard, ...] = ()
    documentation: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    hvd_categories: tuple[str, ...] = ()
    legislation: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()


class CatalogueInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue, with the catalogues that are parts of it.

    Attributes:
        homepage: a page for people, or "".
        modified: as in `Dataset`.
        notes: what a reader must know, such as which lab did not answer.
        missing: IRIs of catalogues that belong to it and could not be read.
    """

    iri: str
    titles: Texts
    descriptions: Texts = ()
    publisher: Publisher | None = None
    creator: Publisher | None = None
    contacts: tuple[Contact, ...] = ()
    homepage: str = ""
    languages: tuple[str, ...] = ()
    licence: str = ""
    modified: str = ""
    notes: Texts = ()
    missing: tuple[str, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    services: tuple[DataService, ...] = ()
    catalogues: tuple["CatalogueInfo", ...] = ()

    def all_parts(self) -> Iterator["CatalogueInfo"]:
        """Give the catalogue itself and its parts, to any depth."""
        yield self
        for part in self.catalogues:
            yield from part.all_parts()

    def all_datasets(self) -> Iterator[Dataset]:
        """Give its data sets and those of its parts, each once."""
        found = {one.iri: one for part in self.all_parts() for one in part.datasets}
        yield from found.values()


def triples(catalogue: CatalogueInfo) -> Iterator[Triple]:
    """Describe a catalogue and all in it, each statement once, in an order that follows from the catalogue alone."""
    yield from dict.fromkeys(_catalogue(catalogue))


def dataset_triples(dataset: Dataset) -> Iterator[Triple]:
    """Describe one data set and its distributions."""
    yield from dict.fromkeys(_dataset(dataset))


def _catalogue(one: CatalogueInfo) -> Iterator[Triple]:
    iri = one.iri
    yield from _about(iri, _types("dcat:Catalog"))
    yield from _about(iri, _texts("dct:title", one.titles))
    yield from _about(iri, _texts("dct:description", one.descriptions))
    yield from _about(iri, _texts("skos:editorialNote", one.notes))
    yield from _agents(iri, "dct:publisher", [one.publisher])
    yield from _agents(iri, "dct:creator", [one.creator])
    yield from _contacts(iri, one.contacts)
    yield from _pages(iri, "foaf:homepage", [one.homepage])
    yield from _entries(iri, "dct:language", one.languages)
    yield from _licence(iri, one.licence)
    yield from _about(iri, _moment("dct:modified", one.modified))
    yield from _about(iri, _iris("dct:relation", one.missing))
    yield from _about(iri, _iris("dcat:dataset", (dataset.iri for dataset in one.all_datasets())))
    yield from _about(iri, _iris("dcat:service", (service.iri for service in one.services)))
    for part in one.catalogues:
        yield from _about(iri, _iris("dcat:catalog", [part.iri]))
        yield from _about(iri, _iris("dct:hasPart", [part.iri]))
        yield from _catalogue(part)
    for dataset in one.datasets:
        yield from _dataset(dataset)
    for service in one.services:
        yield from _service(service)


def _dataset(one: Dataset) -> Iterator[Triple]:
    iri = one.iri
    yield from _about(iri, _types("dcat:Dataset"))
    yield from _common(one)
    yield from _agents(iri, "dct:creator", one.creators)
    yield from _about(iri, _moment("dct:modified", one.modified))
    yield from _pages(iri, "dcat:landingPage", one.landing_pages)
    yield from _period(iri, one.interval)
    yield from _place(iri, one.box)
    for distribution in one.distributions:
        yield Triple(IRI(iri), term("dcat:distribution"), IRI(distribution.iri))
        yield from _distribution(distribution)


def _service(one: DataService) -> Iterator[Triple]:
    iri = one.iri
    yield from _about(iri, _types("dcat:DataService"))
    yield from _common(one)
    yield from _agents(iri, "dct:creator", [one.creator])
    yield from _licence(iri, one.licence)
    yield from _about(iri, _iris("dcat:endpointURL", [one.endpoint_url]))
    yield from _about(iri, _iris("dcat:endpointDescription", [one.endpoint_description]))
    yield from _about(iri, _iris("dcat:servesDataset", one.serves))


def _common(one: Dataset | DataService) -> Iterator[Triple]:
    """Say what data sets and services have alike."""
    iri = one.iri
    if one.identifier:
        yield Triple(IRI(iri), term("dct:identifier"), text(one.identifier))
    yield from _about(iri, _texts("dct:title", one.titles))
    yield from _about(iri, _texts("dct:description", one.descriptions))
    yield from _about(iri, _texts("dcat:keyword", one.keywords))
    yield from _agents(iri, "dct:publisher", [one.publisher])
    yield from _contacts(iri, one.contacts)
    yield from _entries(iri, "dct:accessRights", [one.access_rights])
    yield from _entries(iri, "dcat:theme", one.themes)
    yield from _entries(iri, "dct:language", one.languages)
    yield from _standards(iri, one.conforms_to)
    yield from _pages(iri, "foaf:page", one.documentation)
    yield from _rights(iri, one.rights)
    yield from _entries(iri, "dcatap:hvdCategory", one.hvd_categories)
    yield from _entries(iri, "dcatap:applicableLegislation", one.legislation)


def _distribution(one: Distribution) -> Iterator[Triple]:
    iri = one.iri
    yield from _about(iri, _types("dcat:Distribution"))
    yield from _about(iri, _texts("dct:title", one.titles))
    yield from _about(iri, _iris("dcat:accessURL", [one.access_url]))
    yield from _about(iri, _iris("dcat:downloadURL", [one.download_url]))
    yield from _about(iri, _iris("dcat:accessService", [one.service]))
    yield from _entries(iri, "dct:format", [one.format])
    yield from _entries(iri, "dcat:mediaType", [one.media_type])
    yield from _licence(iri, one.licence)
    yield from _entries(iri, "dct:language", one.languages)
    yield from _standards(iri, one.conforms_to)
    yield from _entries(iri, "dcatap:applicableLegislation", one.legislation)


def _agents(subject: str, predicate: str, agents: Iterable[Publisher | None]) -> Iterator[Triple]:
    for agent in agents:
        if agent is None:
            continue
        yield Triple(IRI(subject), term(predicate), IRI(agent.iri))
        yield from _about(agent.iri, _types("foaf:Agent"))
        yield from _about(agent.iri, _texts("foaf:name", agent.names))
        yield from _entries(agent.iri, "dct:type", [agent.kind])


def _contacts(subject: str, contacts: Iterable[Contact]) -> Iterator[Triple]:
    for contact in contacts:
        yield Triple(IRI(subject), term("dcat:contactPoint"), IRI(contact.iri))
        # The range is vcard:Kind, and a harvester need not know that an Organization is one.
        yield from _about(contact.iri, _types("vcard:Kind", "vcard:Organization"))
        yield from _about(contact.iri, _texts("vcard:fn", contact.names))
        yield from _about(contact.iri, _iris("vcard:hasEmail", [contact.email and f"mailto:{contact.email}"]))
        yield from _about(contact.iri, _iris("vcard:hasURL", [contact.page]))


def _standards(subject: str, standards: Iterable[Standard]) -> Iterator[Triple]:
    for standard in standards:
        yield Triple(IRI(subject), term("dct:conformsTo"), IRI(standard.iri))
        yield from _about(standard.iri, _types("dct:Standard"))
        if standard.title:
            yield Triple(IRI(standard.iri), term("dct:title"), labelled(standard.title, "en"))


def _pages(subject: str, predicate: str, pages: Iterable[str]) -> Iterator[Triple]:
    for page in filter(None, pages):
        yield Triple(IRI(subject), term(predicate), IRI(page))
        yield from _about(page, _types("foaf:Document"))


def _entries(subject: str, predicate: str, iris: Iterable[str]) -> Iterator[Triple]:
    """Refer to entries of published lists, and say what they are."""
    for iri in filter(None, iris):
        yield Triple(IRI(subject), term(predicate), IRI(iri))
        yield from describe(iri)


def _licence(subject: str, licence: str) -> Iterator[Triple]:
    if licence:
        yield Triple(IRI(subject), term("dct:license"), IRI(licence))
        yield from describe_licence(licence)


def _rights(subject: str, pages: Iterable[str]) -> Iterator[Triple]:
    for page in filter(None, pages):
        yield Triple(IRI(subject), term("dct:rights"), IRI(page))
        yield from _about(page, _types("dct:RightsStatement"))


def _period(subject: str, interval: Interval | None) -> Iterator[Triple]:
    if interval is not None:
        period = part_of(subject, "temporal")
        yield Triple(IRI(subject), term("dct:temporal"), IRI(period))
        yield from _about(period, _types("dct:PeriodOfTime"))
        yield Triple(IRI(period), term("dcat:startDate"), typed(str(interval.start), "xsd:dateTime"))
        yield Triple(IRI(period), term("dcat:endDate"), typed(str(interval.end), "xsd:dateTime"))


def _place(subject: str, box: Box | None) -> Iterator[Triple]:
    """Say where; WKT without a CRS is CRS84, lon before lat (GeoSPARQL 1.1, 8.5.1)."""
    if box is not None:
        place = part_of(subject, "spatial")
        yield Triple(IRI(subject), term("dct:spatial"), IRI(place))
        yield from _about(place, _types("dct:Location"))
        yield Triple(IRI(place), term("dcat:bbox"), wkt_of(box))


def part_of(iri: str, name: str) -> str:
    """Name a part of a resource by a fragment of its IRI.

    >>> part_of("https://data.example/air", "csv"), part_of("https://data.example/#air", "csv")
    ('https://data.example/air#csv', 'https://data.example/#air-csv')
    """
    return f"{iri}-{name}" if "#" in iri else f"{iri}#{name}"


def wkt_of(box: Box) -> Literal:
    """Write a box as a polygon.

    >>> wkt_of(Box(4.5, 51.0, 5.0, 52.25)).text
    'POLYGON((4.5 51.0,5.0 51.0,5.0 52.25,4.5 52.25,4.5 51.0))'
    """
    west, south, east, north = (repr(float(side)) for side in (box.west, box.south, box.east, box.north))
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return typed(f"POLYGON(({','.join(' '.join(corner) for corner in corners)}))", "geo:wktLiteral")


def _about(subject: str, pairs: Pairs) -> Iterator[Triple]:
    for predicate, value in pairs:
        yield Triple(IRI(subject), term(predicate), value)


def _types(*curies: str) -> Pairs:
    for curie in curies:
        yield "rdf:type", term(curie)


def _texts(predicate: str, texts: Texts) -> Pairs:
    for one in texts:
        yield predicate, labelled(one.text, one.language) if one.language else text(one.text)


def _iris(predicate: str, iris: Iterable[str]) -> Pairs:
    for iri in filter(None, iris):
        yield predicate, IRI(iri)


def _moment(predicate: str, moment: str) -> Pairs:
    if moment:
        yield predicate, typed(moment, "xsd:dateTime" if "T" in moment else "xsd:date")
