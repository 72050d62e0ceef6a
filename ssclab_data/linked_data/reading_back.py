"""Read entities of SensorThings out of RDF, as `sosa` states them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data import graphs
from ssclab_data.linked_data.parts import measurement_of
from ssclab_data.linked_data.sosa import NO_WORDS
from ssclab_data.linked_data.terms import IRI, Literal, Term, Triple, labelled, term, text
from ssclab_data.linked_data.words import Words, json_of
from ssclab_data.linked_data.writing import grouped
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.geometry import geojson_of
from ssclab_data.model.multi import is_multi, observed_properties_of
from ssclab_data.model.values import Instant, Interval, JsonObject, Time, UnitOfMeasurement

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node as RdfNode

_ENTITY_IRI = re.compile(r"/id/[^/]+/[A-Za-z]+/(.+)")
_NUMBER = re.compile(r"[0-9]+$")


class Node:
    """A resource and what is stated of it."""

    def __init__(self, iri: str, statements: Mapping[str, Mapping[str, list[Term]]]) -> None:
        self.iri = iri
        self._statements = statements
        self.pairs = statements.get(iri, {})

    def all(self, predicate: str) -> list[Term]:
        """Give the values of a property."""
        return self.pairs.get(_iri(predicate), [])

    def nodes(self, predicate: str) -> list["Node"]:
        """Give the resources at a property."""
        return [Node(one.value, self._statements) for one in self.all(predicate) if isinstance(one, IRI)]

    def node(self, predicate: str) -> "Node | None":
        """Give the first resource at a property."""
        return next(iter(self.nodes(predicate)), None)

    def text(self, predicate: str) -> str:
        """Give the first value as text, of an IRI or a literal; "" where there is none."""
        for one in self.all(predicate):
            return one.value if isinstance(one, IRI) else one.text
        return ""

    def json(self, predicate: str) -> Any:
        """Give the JSON value that the first literal stands for; UNSET where there is none."""
        return next((json_of(one) for one in self.all(predicate) if isinstance(one, Literal)), UNSET)

    def instant(self, predicate: str) -> Instant | None:
        """Give the first value as a moment."""
        found = self.text(predicate)
        return Instant.parse(found) if found else None

    def is_a(self, *kinds: str) -> bool:
        """Tell whether it is of one of some classes."""
        classes = {one.value for one in self.all("rdf:type") if isinstance(one, IRI)}
        return any(_iri(kind) in classes for kind in kinds)

    @property
    def key(self) -> str:
        """Natural key: as it is stated, else as the IRI has it."""
        found = _ENTITY_IRI.search(self.iri)
        return self.text("dct:identifier") or (found[1] if found else self.iri)


def entities(
    triples: Iterable[Triple],
    words: Words = NO_WORDS,
    *,
    unreadable: Callable[[str, ValueParseError], None] | None = None,
) -> Iterator[Entity]:
    """Read the entities that are described, in the order of their first statements.

    What is no entity with a `dct:identifier`, or of no class that SensorThings has, is passed over. What was absent,
    null or empty where RDF states nothing comes back as the standard requires it: a text as "", a value as null.

    Args:
        words: terms for the keys of free properties.
        unreadable: told of each entity that cannot be read, by its IRI, which is then passed over.

    Raises:
        ValueParseError: a time or a geometry cannot be read, and nobody is to be told.
    """
    statements = grouped(triples)
    for iri in statements:
        node = Node(iri, statements)
        if node.all("dct:identifier"):
            read = next((read for kinds, read in _READERS if node.is_a(*kinds)), None)
            if read is not None:
                try:
                    yield read(node, words)
                except ValueParseError as error:
                    if unreadable is None:
                        raise
                    unreadable(iri, error)


def triples_of(graph: "Graph") -> Iterator[Triple]:
    """Give the triples of a graph; a blank node is a resource whose name begins with `_:`."""
    for subject, predicate, value in graph:
        yield Triple(_resource(subject), _resource(predicate), _term(value))


def _term(found: "RdfNode") -> Term:
    if not graphs.is_literal(found):
        return _resource(found)
    language, datatype = getattr(found, "language", None), getattr(found, "datatype", None)
    if language:
        return labelled(str(found), language)
    return Literal(str(found), str(datatype)) if datatype else text(str(found))


def _resource(found: "RdfNode") -> IRI:
    return IRI(f"_:{found}" if graphs.is_blank(found) else str(found))


def _thing(node: Node, words: Words) -> Entity:
    return sta.Thing(
        key=node.key,
        name=node.text("rdfs:label"),
        description=node.text("dct:description"),
        properties=_free(node, words),
        locations=_links(node, "prov:atLocation"),
    )


def _location(node: Node, words: Words) -> Entity:
    place = node.node("geo:hasGeometry")
    return sta.Location(
        key=node.key,
        name=node.text("rdfs:label"),
        description=node.text("dct:description"),
        encoding_type="" if place is None else place.text("dct:format"),
        location=_geometry(place),
        properties=_free(node, words),
    )


def _historical_location(node: Node, words: Words) -> Entity:
    del words
    return sta.HistoricalLocation(
        key=node.key,
        time=node.instant("prov:generatedAtTime") or UNSET,
        thing=_link(node, "prov:specializationOf"),
        locations=_links(node, "prov:atLocation"),
    )


def _datastream(node: Node, words: Words) -> Entity:
    documents = {one.text("sdo:name"): one.json("sdo:value") for one in node.nodes("sdo:variableMeasured")}
    entity = sta.Datastream(
        key=node.key,
        name=node.text("rdfs:label"),
        description=node.text("dct:description"),
        observation_type=node.text("sosa-oms:observationType"),
        unit_of_measurement=_unit(node, documents.get("unitOfMeasurement")),
        observed_area=_area(node.node("dct:spatial")),
        phenomenon_time=_interval(_time(node.node("sosa:phenomenonTime"))),
        result_time=_generated(node.node("prov:wasGeneratedBy")),
        result_type=documents.get("resultType", UNSET),
        properties=_free(node, words),
        thing=_link(node, "sosa-oms:madeOnPlatform"),
        sensor=_link(node, "sosa:madeBySensor"),
        observed_property=_link(node, "sosa:observedProperty"),
    )
    if not is_multi(entity):
        return entity
    links = tuple(Link(key=key) for key in observed_properties_of(entity))
    return replace(entity, observed_property=next(iter(links), UNSET), observed_properties=links)


def _sensor(node: Node, words: Words) -> Entity:
    document = node.node("rdfs:seeAlso")
    metadata = None
    if document is not None:
        given = document.json("rdf:value")
        metadata = (None if document.iri == f"{node.iri}#metadata" else document.iri) if given is UNSET else given
    return sta.Sensor(
        key=node.key,
        name=node.text("rdfs:label"),
        description=node.text("dct:description"),
        encoding_type="" if document is None else document.text("dct:format"),
        metadata=metadata,
        properties=_free(node, words),
    )


def _observed_property(node: Node, words: Words) -> Entity:
    return sta.ObservedProperty(
        key=node.key,
        name=node.text("rdfs:label"),
        definition=node.text("skos:exactMatch") or node.text("skos:notation"),
        description=node.text("dct:description"),
        properties=_free(node, words),
    )


def _observation(node: Node, words: Words) -> Entity:
    quality, time = node.node("sosa:resultQuality"), _time(node.node("sosa:phenomenonTime"))
    return sta.Observation(
        key=node.key,
        phenomenon_time=UNSET if time is None else time,
        result=_result(node),
        result_time=node.instant("sosa:resultTime"),
        result_quality=UNSET if quality is None else quality.json("rdf:value"),
        valid_time=_interval(_time(node.node("sosa-oms:validTime"))),
        parameters=_free(node, words),
        datastream=_link(node, "sosa:isMemberOf"),
        feature_of_interest=_link(node, "sosa:hasFeatureOfInterest"),
    )


def _feature_of_interest(node: Node, words: Words) -> Entity:
    place = node.node("geo:hasGeometry")
    return sta.FeatureOfInterest(
        key=node.key,
        name=node.text("rdfs:label"),
        description=node.text("dct:description"),
        encoding_type="" if place is None else place.text("dct:format"),
        feature=_geometry(place),
        properties=_free(node, words),
    )


# The classes of each type, those that say more before those that say less.
_READERS: tuple[tuple[tuple[str, ...], Callable[[Node, Words], Entity]], ...] = (
    (("sosa:Observation",), _observation),
    (("sosa:ObservationCollection",), _datastream),
    (("sosa:Platform",), _thing),
    (("sosa:Sensor",), _sensor),
    (("sosa:Property", "sosa:ObservableProperty"), _observed_property),
    (("sosa:FeatureOfInterest", "sosa:Sample"), _feature_of_interest),
    (("dct:Location",), _location),
    (("prov:Entity",), _historical_location),
)


def _link(node: Node, predicate: str) -> Link | UnsetType:
    return next(iter(_links(node, predicate) or ()), UNSET)


def _links(node: Node, predicate: str) -> tuple[Link, ...] | UnsetType:
    return tuple(Link(key=one.key) for one in node.nodes(predicate)) or UNSET


def _geometry(place: Node | None) -> JsonObject | UnsetType:
    """Read a place: the JSON that it was given in where it is there, else its WKT."""
    if place is None:
        return UNSET
    for predicate in ("geo:asGeoJSON", "rdf:value"):
        found = place.json(predicate)
        if isinstance(found, dict):
            return found
    written = place.text("geo:asWKT")
    return geojson_of(written) if written else UNSET


def _area(place: Node | None) -> JsonObject | UnsetType:
    if place is None:
        return UNSET
    found = place.json("locn:geometry")
    if isinstance(found, dict):
        return found
    written = place.text("dcat:bbox")
    return geojson_of(written) if written else UNSET


def _unit(node: Node, document: Any) -> UnitOfMeasurement:
    if isinstance(document, dict):
        return UnitOfMeasurement(**{name: document.get(name) for name in UnitOfMeasurement.__struct_fields__})
    return measurement_of(node.text("qudt:hasUnit"))


def _time(node: Node | None) -> Time | None:
    if node is None:
        return None
    moment = node.instant("time:inXSDDateTimeStamp") or node.instant("time:inXSDDateTime")
    edges = [_time(node.node(f"time:{edge}")) for edge in ("hasBeginning", "hasEnd")]
    start, end = edges
    return Interval(start, end) if isinstance(start, Instant) and isinstance(end, Instant) else moment


def _interval(time: Time | None) -> Interval | UnsetType:
    return time if isinstance(time, Interval) else UNSET


def _generated(node: Node | None) -> Interval | UnsetType:
    start = None if node is None else node.instant("prov:startedAtTime")
    end = None if node is None else node.instant("prov:endedAtTime")
    return UNSET if start is None or end is None else Interval(start, end)


def _result(node: Node) -> Any:
    resource = node.node("sosa:hasResult")
    found = node.json("sosa:hasSimpleResult") if resource is None else resource.json("rdf:value")
    if found is not UNSET:
        return found
    return None if resource is None else resource.iri


def _free(node: Node, words: Words) -> JsonObject | UnsetType:
    """Read free properties: those that have terms of ours, and those that are written as name and value."""
    found: JsonObject = {}
    for part in sorted(node.nodes("sdo:additionalProperty"), key=_place):
        found[part.text("sdo:name")] = part.json("sdo:value")
    for iri, values in node.pairs.items():
        known = words.read(iri, values[0])
        if known is not None:
            found[known[0]] = known[1]
    return found or UNSET


def _place(part: Node) -> int:
    number = _NUMBER.search(part.iri)
    return int(number[0]) if number else 0


@cache
def _iri(curie: str) -> str:
    return term(curie).value
