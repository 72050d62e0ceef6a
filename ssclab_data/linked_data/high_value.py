"""Report which data sets are of high value by Implementing Regulation (EU) 2023/138, and what each of them lacks."""

from collections.abc import Callable, Iterator

import msgspec

from ssclab_data.linked_data.authorities import HVD, HVD_REGULATION, TOOI_MUNICIPALITY, hvd_label
from ssclab_data.linked_data.dcat import CatalogueInfo, DataService, Dataset, Texts
from ssclab_data.model.groups import licences


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a data set of high value must have.

    Attributes:
        article: where it is asked for.
        met: tells whether a data set, with the services that give it, has it.
    """

    id: str
    article: str
    text_nl: str
    text_en: str
    cure_nl: str
    cure_en: str
    met: Callable[[Dataset, tuple[DataService, ...]], bool]

    def text(self, language: str) -> str:
        """Give what is asked, in `nl` or `en`."""
        return self.text_en if language == "en" else self.text_nl

    def cure(self, language: str) -> str:
        """Give what to do, in `nl` or `en`."""
        return self.cure_en if language == "en" else self.cure_nl


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the report says of one data set.

    Attributes:
        category: IRI of its category, or "" where it is not of high value.
        met: ids of the requirements that it meets; empty where it is not of high value.
        missing: ids of those that it does not meet.
    """

    iri: str
    titles: Texts
    publisher: str
    category: str
    met: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def high_value(self) -> bool:
        """Whether it is of high value."""
        return bool(self.category)

    def title(self, language: str) -> str:
        """Give its title in a language, else in any."""
        return next((one.text for one in self.titles if one.language == language), self.titles[0].text)


def report(catalogue: CatalogueInfo) -> tuple[Entry, ...]:
    """Report on every data set of a catalogue, in its order."""
    services = tuple(service for part in catalogue.all_parts() for service in part.services)
    return tuple(_entry(dataset, services) for dataset in catalogue.all_datasets())


def requirements() -> tuple[Requirement, ...]:
    """Give what is asked of a data set of high value."""
    return _REQUIREMENTS


def rows(entries: tuple[Entry, ...], language: str) -> Iterator[tuple[str, ...]]:
    """Give the report as a table: a header, then a row for each requirement of each data set of high value.

    A data set that is not of high value has one row, with an empty category.
    """
    yield "dataset", "title", "publisher", "category", "requirement", "article", "met", "text", "cure"
    for entry in entries:
        first = (entry.iri, entry.title(language), entry.publisher, hvd_label(entry.category, language))
        if not entry.high_value:
            yield (*first, "", "", "", "", "")
        for one in _REQUIREMENTS if entry.high_value else ():
            met = one.id in entry.met
            yield (
                *first,
                one.id,
                one.article,
                "yes" if met else "no",
                one.text(language),
                "" if met else one.cure(language),
            )


def _entry(dataset: Dataset, services: tuple[DataService, ...]) -> Entry:
    category = next((iri for iri in dataset.hvd_categories if iri.startswith(HVD)), "")
    serving = tuple(service for service in services if dataset.iri in service.serves)
    met = tuple(one.id for one in _REQUIREMENTS if category and one.met(dataset, serving))
    names = dataset.publisher.names if dataset.publisher is not None else ()
    return Entry(
        iri=dataset.iri,
        titles=dataset.titles,
        publisher=names[0].text if names else "",
        category=category,
        met=met,
        missing=tuple(one.id for one in _REQUIREMENTS if category and one.id not in met),
    )


def _category(dataset: Dataset, services: tuple[DataService, ...]) -> bool:
    return all(set(dataset.hvd_categories) <= set(service.hvd_categories) for service in services)


def _legislation(dataset: Dataset, services: tuple[DataService, ...]) -> bool:
    named = [dataset.legislation, *(one.legislation for one in dataset.distributions)]
    return all(HVD_REGULATION in acts for acts in (*named, *(service.legislation for service in services)))


def _licence(dataset: Dataset, _services: tuple[DataService, ...]) -> bool:
    free = {iri for one in licences().values() if one.open for iri in (one.definition, one.eu)}
    return bool(dataset.distributions) and all(one.licence in free for one in dataset.distributions)


def _api(_dataset: Dataset, services: tuple[DataService, ...]) -> bool:
    return any(service.endpoint_url and service.endpoint_description for service in services)


def _bulk(dataset: Dataset, _services: tuple[DataService, ...]) -> bool:
    return any(one.download_url for one in dataset.distributions)


def _readable(dataset: Dataset, _services: tuple[DataService, ...]) -> bool:
    return bool(dataset.distributions) and all(one.format and one.media_type for one in dataset.distributions)


def _contact(dataset: Dataset, _services: tuple[DataService, ...]) -> bool:
    return any(contact.email or contact.page for contact in dataset.contacts)


def _documentation(dataset: Dataset, services: tuple[DataService, ...]) -> bool:
    return bool(dataset.documentation) and all(service.documentation for service in services)


def _terms(dataset: Dataset, services: tuple[DataService, ...]) -> bool:
    return bool(services) and all(service.rights for service in services)


def _publisher(dataset: Dataset, _services: tuple[DataService, ...]) -> bool:
    return dataset.publisher is not None and dataset.publisher.iri.startswith(TOOI_MUNICIPALITY)


_REQUIREMENTS = (
    Requirement(
        id="category",
        article="DCAT-AP HVD 3.0",
        text_nl="De categorie staat bij de dataset en bij elke service die haar geeft.",
        text_en="The category is told of the data set and of each service that gives it.",
        cure_nl="Zet dcatap:hvdCategory op de service.",
        cure_en="Put dcatap:hvdCategory on the service.",
        met=_category,
    ),
    Requirement(
        id="legislation",
        article="2023/138, 3",
        text_nl="Dataset, distributies en services noemen de verordening.",
        text_en="The data set, its distributions and services name the regulation.",
        cure_nl=f"Zet dcatap:applicableLegislation <{HVD_REGULATION}> erbij.",
        cure_en=f"Add dcatap:applicableLegislation <{HVD_REGULATION}>.",
        met=_legislation,
    ),
    Requirement(
        id="licence",
        article="2023/138, 4",
        text_nl="Elke distributie is CC0 of CC BY 4.0.",
        text_en="Each distribution is CC0 or CC BY 4.0.",
        cure_nl="Kies cc0 of cc-by-4.0 als publication/licence in lab.yaml.",
        cure_en="Choose cc0 or cc-by-4.0 as publication/licence in lab.yaml.",
        met=_licence,
    ),
    Requirement(
        id="api",
        article="2023/138, 3",
        text_nl="Er is een API met een beschrijving.",
        text_en="There is an API with a description.",
        cure_nl="Bied de dataset aan door een service met dcat:endpointURL en dcat:endpointDescription.",
        cure_en="Give the data set by a service with dcat:endpointURL and dcat:endpointDescription.",
        met=_api,
    ),
    Requirement(
        id="bulk",
        article="2023/138, 3",
        text_nl="De dataset is in haar geheel te downloaden.",
        text_en="The data set can be downloaded whole.",
        cure_nl="Geef een distributie met dcat:downloadURL.",
        cure_en="Give a distribution with dcat:downloadURL.",
        met=_bulk,
    ),
    Requirement(
        id="machine-readable",
        article="2023/138, 3",
        text_nl="Van elke distributie zijn formaat en mediatype bekend.",
        text_en="Format and media type of each distribution are known.",
        cure_nl="Vul dct:format en dcat:mediaType uit de Europese lijsten.",
        cure_en="Fill in dct:format and dcat:mediaType from the European lists.",
        met=_readable,
    ),
    Requirement(
        id="contact",
        article="2023/138, 3",
        text_nl="Er is een contactpunt met een e-mailadres of een pagina.",
        text_en="There is a contact point with an e-mail address or a page.",
        cure_nl="Vul publication/contact in lab.yaml.",
        cure_en="Fill in publication/contact in lab.yaml.",
        met=_contact,
    ),
    Requirement(
        id="documentation",
        article="2023/138, 3",
        text_nl="Dataset en services hebben een pagina met uitleg.",
        text_en="The data set and its services have a page that explains them.",
        cure_nl="Vul publication/documentation in lab.yaml.",
        cure_en="Fill in publication/documentation in lab.yaml.",
        met=_documentation,
    ),
    Requirement(
        id="terms",
        article="2023/138, 3",
        text_nl="Gebruiksvoorwaarden en kwaliteit van de API zijn gepubliceerd.",
        text_en="The terms of use and the quality of the API are published.",
        cure_nl="Vul publication/terms in lab.yaml met het adres van de pagina.",
        cure_en="Fill in publication/terms in lab.yaml with the address of the page.",
        met=_terms,
    ),
    Requirement(
        id="publisher",
        article="DCAT-AP-NL 3.0",
        text_nl="De uitgever is een gemeente uit de lijst TOOI.",
        text_en="The publisher is a municipality of the list TOOI.",
        cure_nl="Vul municipality (gm1234) in lab.yaml.",
        cure_en="Fill in municipality (gm1234) in lab.yaml.",
        met=_publisher,
    ),
)
