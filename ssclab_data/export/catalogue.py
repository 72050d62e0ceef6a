"""Make the catalogue of a lab: a data set for each group of observed properties that there is a Datastream of."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast
from urllib.parse import quote

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.export.interfaces import BULK, GEOJSON, INTERFACES, SENSORTHINGS, STA, Form, Interface
from ssclab_data.linked_data import authorities, dcat
from ssclab_data.linked_data.dcat import (
    CatalogueInfo,
    DataService,
    Dataset,
    Distribution,
    Text,
    Texts,
    part_of,
)
from ssclab_data.model import geometry, groups
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.entity import Handle
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.values import Box, Instant, Interval
from ssclab_data.query import ast
from ssclab_data.selection import pages
from ssclab_data.stores.base import Row, Store

LANGUAGES = (f"{authorities.EU}language/NLD", f"{authorities.EU}language/ENG")


LINKS = ("ObservedProperty", "ObservedProperties")
"""The links of a Datastream to what it measures; the second one where a result has several values."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a lab is served, and how its IRIs begin.

    Attributes:
        base_url: public address of the node, without a slash at the end.
        base_iri: first part of every IRI.
        interfaces: what is served there, the SensorThings service that data sets refer to first.
        files: forms in which a data set is given whole, by the name of the file.
    """

    base_url: str
    base_iri: str
    interfaces: tuple[Interface, ...] = INTERFACES
    files: Mapping[str, Form] = BULK

    @property
    def front(self) -> str:
        """The first page for people."""
        return f"{self.base_url}/" if self.files else self.base_url

    def page(self, lab: str, group: str = "") -> str:
        """Give the page for people on a lab, or on one of its data sets; where there is none, the first page."""
        below = f"{lab}/{group}" if group else lab
        return f"{self.base_url}/catalog/{below}?f=html" if self.files else self.front

    def iri(self, lab: str, group: str = "") -> str:
        """Name the catalogue of a lab, or one of its data sets."""
        start = f"{self.base_iri.rstrip('/')}/catalog/{lab}"
        return f"{start}/{group}" if group else start


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of one group in one lab.

    Attributes:
        names: of what is measured, Dutch and English.
        properties: handles of the ObservedProperties.
        box: CRS84 degrees.
        modified: when the newest value became known.
    """

    names: frozenset[tuple[str, str]] = frozenset()
    properties: frozenset[Handle] = frozenset()
    interval: Interval | None = None
    box: Box | None = None
    modified: Instant | None = None


def catalogue_of(store: Store, info: LabInfo, place: Place) -> CatalogueInfo:
    """Make the catalogue of the lab whose store this is."""
    found = contents(pages(store, datastreams(*LINKS)))
    catalogue = describe(info, found, place)
    return catalogue if found else msgspec.structs.replace(catalogue, notes=(*catalogue.notes, *_NO_DATA))


def datastreams(*links: str) -> ast.Query:
    """Make the query for all that a catalogue needs to know of Datastreams.

    Args:
        links: those to what is measured.
    """
    observed = ast.Query(entity_type="ObservedProperty", select=((ast.ID,), ("name",), ("definition",)))
    return ast.Query(
        entity_type="Datastream",
        select=((ast.ID,), ("observedArea",), ("phenomenonTime",), ("resultTime",)),
        expand=tuple(ast.Expand(link, observed) for link in links),
    )


def contents(rows: Iterable[Row]) -> dict[str, Content]:
    """Sum up Datastreams by group, in the order of the code list; groups without any are left out."""
    found: dict[str, Content] = {}
    for row in rows:
        for observed in _observed(row) or (None,):
            code = groups.OTHER if observed is None else group_of(observed)
            found[code] = _with(found.get(code, Content()), cast("sta.Datastream", row.entity), observed)
    return {code: found[code] for code in groups.groups() if code in found}


def group_of(row: Row) -> str:
    """Give the code of the group that an ObservedProperty belongs to."""
    return groups.group_of(_definition(row), str(row.entity.key))


def describe(info: LabInfo, found: Mapping[str, Content], place: Place) -> CatalogueInfo:
    """Make the catalogue of a lab from what there is in it."""
    datasets = tuple(_dataset(info, group, content, place) for group, content in found.items())
    return msgspec.structs.replace(
        head(info, place),
        modified=max((dataset.modified for dataset in datasets), default=""),
        datasets=datasets,
        services=services(info, datasets, place),
    )


def head(info: LabInfo, place: Place) -> CatalogueInfo:
    """Make the catalogue of a lab or a hub without anything in it."""
    publisher = publisher_of(info, place)
    return CatalogueInfo(
        iri=place.iri(info.key),
        titles=_both(f"Sensordata van {info.name}", f"Sensor data of {info.name}"),
        descriptions=_both(
            f"Wat {info.name} meet, en waar het te halen is.", f"What {info.name} measures, and where to get it."
        ),
        publisher=publisher,
        creator=publisher,
        contacts=contacts_of(info, place),
        homepage=info.publication.homepage or place.front,
        languages=LANGUAGES,
        licence=_licence(info),
        notes=tuple(_lacking(info)),
    )


def services(info: LabInfo, datasets: tuple[Dataset, ...], place: Place) -> tuple[DataService, ...]:
    """Make the services that give data sets; none where there is nothing to give."""
    return tuple(_service(info, one, datasets, place) for one in place.interfaces) if datasets else ()


def publisher_of(info: LabInfo, place: Place) -> dcat.Publisher | None:
    """Give who publishes: as the lab says, else the municipality, else nobody."""
    said = info.publication.publisher
    known = f"{authorities.TOOI_MUNICIPALITY}{info.municipality}" if info.municipality else ""
    if said is not None:
        iri = said.iri or known or part_of(place.iri(info.key), "publisher")
        kind = authorities.LOCAL_AUTHORITY if iri.startswith(authorities.TOOI_MUNICIPALITY) else ""
        return dcat.Publisher(iri=iri, names=(Text(said.name, "nl"),), kind=kind)
    if not known:
        return None
    return dcat.Publisher(iri=known, names=_both(f"Gemeente {info.name}", f"Municipality of {info.name}"))


def contacts_of(info: LabInfo, place: Place) -> tuple[dcat.Contact, ...]:
    """Give whom to ask; empty where the lab does not say."""
    said = info.publication.contact
    if said is None:
        return ()
    iri = part_of(place.iri(info.key), "contact")
    return (dcat.Contact(iri=iri, names=(Text(said.name, "nl"),), email=said.email, page=said.page),)


def _lacking(info: LabInfo) -> Iterator[Text]:
    """Say what the lab did not tell of itself, and where to tell it."""
    said = info.publication
    lacking = (
        (said.publisher is None and not info.municipality, "uitgever", "publisher", "publisher"),
        (said.contact is None, "contactpunt", "contact point", "contact"),
        (not said.licence, "licentie", "licence", "licence"),
    )
    for missing, dutch, english, field in lacking:
        if missing:
            yield from _both(
                f"Van {info.name} is geen {dutch} bekend; geef publication/{field} op.",
                f"No {english} of {info.name} is known; give publication/{field}.",
            )


def _observed(row: Row) -> tuple[Row, ...]:
    """Give what a Datastream measures, each once."""
    return tuple({one.handle: one for link in LINKS for one in row.at(link)}.values())


def _definition(row: Row) -> str:
    definition = cast("sta.ObservedProperty", row.entity).definition
    return definition if isinstance(definition, str) else ""


def _with(content: Content, datastream: sta.Datastream, observed: Row | None) -> Content:
    spans = [time for time in (content.interval, datastream.phenomenon_time) if isinstance(time, Interval)]
    boxes = [box for box in (content.box, _box(datastream.observed_area)) if box is not None]
    known = [time for time in (datastream.result_time, datastream.phenomenon_time) if isinstance(time, Interval)]
    moments = [*filter(None, [content.modified]), *(time.end for time in known[:1])]
    return Content(
        names=content.names | ({_names(observed)} if observed is not None else frozenset()),
        properties=content.properties | ({observed.handle} if observed is not None else frozenset()),
        interval=Interval(min(time.start for time in spans), max(time.end for time in spans)) if spans else None,
        box=_around(boxes) if boxes else None,
        modified=max(moments, key=lambda moment: moment.us, default=None),
    )


def _names(observed: Row) -> tuple[str, str]:
    """Give the Dutch and the English name: those of the code list, else what the lab says twice."""
    known = groups.property_of(_definition(observed), str(observed.entity.key))
    name = str(cast("sta.ObservedProperty", observed.entity).name)
    return (known.label_nl, known.label_en) if known is not None else (name, name)


def _box(area: object) -> Box | None:
    try:
        return geometry.bounds(area) if isinstance(area, dict) else None
    except ValueParseError:
        return None  # an area that is no GeoJSON is a finding of validation; here the data set has none


def _around(boxes: list[Box]) -> Box:
    return Box(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )


def _dataset(info: LabInfo, code: str, content: Content, place: Place) -> Dataset:
    group = groups.groups()[code]
    iri = place.iri(info.key, code)
    publisher = publisher_of(info, place)
    high_value = _high_value(info, group)
    return Dataset(
        iri=iri,
        identifier=iri,
        titles=_both(f"{group.label_nl} in {info.name}", f"{group.label_en} in {info.name}"),
        descriptions=_descriptions(info, group, content),
        publisher=publisher,
        creators=(publisher,) if publisher is not None else (),
        contacts=contacts_of(info, place),
        access_rights=authorities.PUBLIC,
        themes=(f"{authorities.EU}data-theme/{group.theme}",),
        keywords=_keywords(group, content),
        languages=LANGUAGES,
        modified=str(content.modified) if content.modified is not None else "",
        interval=content.interval,
        box=content.box or info.area,
        conforms_to=(STA,),
        documentation=tuple(filter(None, (info.publication.documentation,))),
        rights=_terms(info),
        landing_pages=(place.page(info.key, code),),
        hvd_categories=high_value,
        legislation=(authorities.HVD_REGULATION,) if high_value else (),
        distributions=tuple(_distributions(info, iri, content, place)),
    )


def _descriptions(info: LabInfo, group: groups.Group, content: Content) -> Texts:
    dutch, english = (", ".join(sorted({names[side] for names in content.names})) for side in (0, 1))
    return _both(
        f"{group.definition_nl}, gemeten in {info.name}." + (f" Gemeten wordt: {dutch}." if dutch else ""),
        f"{group.definition_en}, measured in {info.name}." + (f" Measured: {english}." if english else ""),
    )


def _keywords(group: groups.Group, content: Content) -> Texts:
    dutch = sorted({group.label_nl.lower(), *(name for name, _ in content.names)})
    english = sorted({group.label_en.lower(), *(name for _, name in content.names)})
    return (*(Text(word, "nl") for word in dutch), *(Text(word, "en") for word in english))


def _high_value(info: LabInfo, group: groups.Group) -> tuple[str, ...]:
    chosen = info.publication.high_value
    if not group.hvd_category or (chosen is not None and group.code not in chosen):
        return ()
    return (authorities.HVD + group.hvd_category,)


def _distributions(info: LabInfo, dataset: str, content: Content, place: Place) -> Iterator[Distribution]:
    """Give the forms in which a node serves a data set."""
    code = dataset.rpartition("/")[2]
    for name, form in place.files.items():
        url = f"{place.base_url}/catalog/{info.key}/{code}/{name}"
        yield _distribution(info, form, dataset=dataset, url=url, download_url=url)
    service = part_of(place.iri(info.key), place.interfaces[0].name)
    datastreams_url = f"{place.base_url}{place.interfaces[0].path}/Datastreams"
    for form, options in ((SENSORTHINGS, ()), (GEOJSON, ("$resultFormat=GeoJSON",))):
        asked = "&".join((*_filter(content), *options))
        url = f"{datastreams_url}?{asked}" if asked else datastreams_url
        one = _distribution(info, form, dataset=dataset, url=url)
        yield msgspec.structs.replace(one, service=service)


def _filter(content: Content) -> tuple[str, ...]:
    """Ask for the Datastreams of a group; for all of them where it is not known what they measure."""
    handles = [handle if isinstance(handle, int) else _quoted(handle) for handle in sorted(content.properties, key=str)]
    measured = " or ".join(f"ObservedProperty/id eq {handle}" for handle in handles)
    return (f"$filter={quote(measured, safe='/')}",) if measured else ()


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _distribution(info: LabInfo, form: Form, *, dataset: str, url: str, download_url: str = "") -> Distribution:
    group = groups.groups()[dataset.rpartition("/")[2]]
    return Distribution(
        iri=part_of(dataset, form.name),
        titles=_both(form.title_nl, form.title_en),
        access_url=url,
        download_url=download_url,
        format=f"{authorities.EU}file-type/{form.format}",
        media_type=f"{authorities.IANA}{form.media_type}",
        licence=_licence(info),
        languages=LANGUAGES,
        conforms_to=form.standards,
        legislation=(authorities.HVD_REGULATION,) if _high_value(info, group) else (),
    )


def _service(info: LabInfo, interface: Interface, datasets: tuple[Dataset, ...], place: Place) -> DataService:
    iri = part_of(place.iri(info.key), interface.name)
    publisher = publisher_of(info, place)
    said = info.publication
    categories = tuple(sorted({category for one in datasets for category in one.hvd_categories}))
    return DataService(
        iri=iri,
        identifier=iri,
        titles=_both(f"{interface.title} van {info.name}", f"{interface.title} of {info.name}"),
        descriptions=_both(
            f"De sensordata van {info.name} door {interface.standard.title}.",
            f"The sensor data of {info.name} by {interface.standard.title}.",
        ),
        endpoint_url=f"{place.base_url}{interface.path}",
        endpoint_description=f"{place.base_url}{interface.description}",
        publisher=publisher,
        creator=publisher,
        contacts=contacts_of(info, place),
        access_rights=authorities.PUBLIC,
        licence=_licence(info),
        themes=tuple(sorted({theme for one in datasets for theme in one.themes})),
        keywords=_both("sensordata", "sensor data"),
        languages=LANGUAGES,
        conforms_to=(interface.standard,),
        documentation=(said.documentation or place.page(info.key),),
        rights=_terms(info),
        hvd_categories=categories,
        legislation=(authorities.HVD_REGULATION,) if categories else (),
        serves=tuple(one.iri for one in datasets),
    )


def _terms(info: LabInfo) -> tuple[str, ...]:
    return (info.publication.terms,) if info.publication.terms else ()


def _licence(info: LabInfo) -> str:
    code = info.publication.licence
    return groups.licence(code).definition if code else ""


def _both(dutch: str, english: str) -> Texts:
    return Text(dutch, "nl"), Text(english, "en")


_NO_DATA = _both("Er zijn nog geen meetreeksen, dus geen datasets.", "There are no Datastreams yet, so no data sets.")
