"""Say in SOSA, GeoSPARQL, QUDT and OWL-Time what an entity of SensorThings is."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.linked_data.terms import IRI, Literal, Term, Triple, decimal, term, text, typed
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.entity import Entity
from ssclab_data.model.geometry import geometry_of, to_wkt
from ssclab_data.model.values import Instant, Interval, JsonObject, Time, UnitOfMeasurement, is_finite

type Pairs = Iterator[tuple[str, Term]]

LINKS: dict[str, tuple[str, ...]] = {
    "Thing": ("Locations", "Datastreams/Sensor"),
    "Location": (),
    "HistoricalLocation": ("Thing", "Locations"),
    "Datastream": ("Thing", "Sensor", "ObservedProperty"),
    "Sensor": ("Datastreams/Thing", "Datastreams/ObservedProperty"),
    "ObservedProperty": (),
    "Observation": ("Datastream/Sensor", "Datastream/ObservedProperty", "FeatureOfInterest"),
    "FeatureOfInterest": (),
}
"""The links that the description of an entity needs, as paths."""

_A = "rdf:type"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """An entity with its name and the entities that it is linked to.

    Attributes:
        iri: its IRI.
        links: linked entities by link name, as far as they were read.
    """

    iri: str
    entity: Entity
    links: Mapping[str, tuple["Node", ...]] = {}

    def follow(self, *path: str) -> Iterator["Node"]:
        """Give the entities at the end of a path of links, each once."""
        found: dict[str, Node] = {self.iri: self}
        for name in path:
            found = {node.iri: node for one in found.values() for node in one.links.get(name, ())}
        yield from found.values()


def triples(node: Node) -> Iterator[Triple]:
    """Describe an entity."""
    describe = _DESCRIBE[type(node.entity).__name__]
    yield from _about(node.iri, _common(node.entity))
    yield from describe(node)


def _about(subject: str, pairs: Pairs) -> Iterator[Triple]:
    for predicate, value in pairs:
        yield Triple(IRI(subject), term(predicate), value)


def _common(entity: Entity) -> Pairs:
    if isinstance(entity.key, str):
        yield "dct:identifier", text(entity.key)
    for field, predicate in (("name", "rdfs:label"), ("description", "dct:description")):
        value = getattr(entity, field, UNSET)
        if isinstance(value, str) and value:
            yield predicate, text(value)


def _thing(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Thing)  # noqa: S101 - by the table below
    yield from _about(node.iri, _types("sosa:Platform", "geo:Feature"))
    for location in node.follow("Locations"):
        yield Triple(IRI(node.iri), term("prov:atLocation"), IRI(location.iri))
        yield Triple(IRI(node.iri), term("geo:hasGeometry"), IRI(f"{location.iri}#geometry"))
    for sensor in node.follow("Datastreams", "Sensor"):
        yield Triple(IRI(node.iri), term("sosa:hosts"), IRI(sensor.iri))
    yield from _additional(node.iri, entity.properties)


def _location(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Location)  # noqa: S101 - by the table below
    yield from _about(node.iri, _types("geo:Feature", "dct:Location"))
    yield from _geometry(node.iri, entity.location)
    yield from _additional(node.iri, entity.properties)


def _historical_location(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.HistoricalLocation)  # noqa: S101 - by the table below
    yield from _about(node.iri, _types("prov:Entity"))
    yield from _about(node.iri, _iris("prov:specializationOf", node.follow("Thing")))
    yield from _about(node.iri, _iris("prov:atLocation", node.follow("Locations")))
    if isinstance(entity.time, Instant):
        yield Triple(IRI(node.iri), term("prov:generatedAtTime"), typed(str(entity.time), "xsd:dateTime"))


def _datastream(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Datastream)  # noqa: S101 - by the table below
    yield from _about(node.iri, _types("sosa:ObservationCollection", "dcat:Dataset"))
    yield from _about(node.iri, _iris("sosa-oms:madeOnPlatform", node.follow("Thing")))
    yield from _about(node.iri, _iris("sosa:madeBySensor", node.follow("Sensor")))
    yield from _about(node.iri, _iris("sosa:observedProperty", node.follow("ObservedProperty")))
    yield from _about(node.iri, _unit(entity.unit_of_measurement))
    if isinstance(entity.observation_type, str):
        yield from _about(node.iri, _iri_or_text("sosa-oms:observationType", entity.observation_type))
    if isinstance(entity.phenomenon_time, Interval):
        yield from _time(node.iri, "sosa:phenomenonTime", entity.phenomenon_time)
        yield from _period(node.iri, entity.phenomenon_time)
    if isinstance(entity.observed_area, dict):
        area = f"{node.iri}#area"
        yield Triple(IRI(node.iri), term("dct:spatial"), IRI(area))
        yield Triple(IRI(area), term(_A), term("dct:Location"))
        yield Triple(IRI(area), term("dcat:bbox"), _wkt(entity.observed_area))
    yield from _additional(node.iri, entity.properties)


def _sensor(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Sensor)  # noqa: S101 - by the table below
    yield from _about(node.iri, _types("sosa:Sensor"))
    yield from _about(node.iri, _iris("sosa:isHostedBy", node.follow("Datastreams", "Thing")))
    yield from _about(node.iri, _iris("sosa:observes", node.follow("Datastreams", "ObservedProperty")))
    metadata = entity.metadata
    if isinstance(metadata, str) and _is_iri(metadata):
        yield Triple(IRI(node.iri), term("rdfs:seeAlso"), IRI(metadata))
        if isinstance(entity.encoding_type, str):
            yield Triple(IRI(metadata), term("dct:format"), text(entity.encoding_type))
    elif metadata is not UNSET and metadata not in (None, ""):
        yield Triple(IRI(node.iri), term("rdfs:comment"), json_literal(metadata))
    yield from _additional(node.iri, entity.properties)


def _observed_property(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.ObservedProperty)  # noqa: S101 - by the table below
    # Both, because the 2023 edition deprecates the second and the recommendation of 2017 has not the first.
    yield from _about(node.iri, _types("sosa:Property", "sosa:ObservableProperty"))
    if isinstance(entity.definition, str):
        yield from _about(node.iri, _iri_or_text("skos:exactMatch", entity.definition, otherwise="skos:notation"))
    yield from _additional(node.iri, entity.properties)


def _observation(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Observation)  # noqa: S101 - by the table below
    yield from _about(node.iri, _types("sosa:Observation"))
    yield from _about(node.iri, _iris("sosa:isMemberOf", node.follow("Datastream")))
    yield from _about(node.iri, _iris("sosa:madeBySensor", node.follow("Datastream", "Sensor")))
    yield from _about(node.iri, _iris("sosa:observedProperty", node.follow("Datastream", "ObservedProperty")))
    yield from _about(node.iri, _iris("sosa:hasFeatureOfInterest", node.follow("FeatureOfInterest")))
    if isinstance(entity.phenomenon_time, (Instant, Interval)):
        yield from _time(node.iri, "sosa:phenomenonTime", entity.phenomenon_time)
    if isinstance(entity.result, (bool, int, float, str)) and is_finite(entity.result):
        yield Triple(IRI(node.iri), term("sosa:hasSimpleResult"), json_literal(entity.result))
    if isinstance(entity.result_time, Instant):
        yield Triple(IRI(node.iri), term("sosa:resultTime"), typed(str(entity.result_time), "xsd:dateTime"))
    if isinstance(entity.valid_time, Interval):
        yield from _time(node.iri, "sosa-oms:validTime", entity.valid_time)
    yield from _quality(node.iri, entity.result_quality)
    yield from _additional(node.iri, entity.parameters)


def _feature_of_interest(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.FeatureOfInterest)  # noqa: S101 - by the table below
    yield from _about(node.iri, _types("sosa:FeatureOfInterest", "geo:Feature"))
    yield from _geometry(node.iri, entity.feature)
    yield from _additional(node.iri, entity.properties)


_DESCRIBE: dict[str, Callable[[Node], Iterator[Triple]]] = {
    "Thing": _thing,
    "Location": _location,
    "HistoricalLocation": _historical_location,
    "Datastream": _datastream,
    "Sensor": _sensor,
    "ObservedProperty": _observed_property,
    "Observation": _observation,
    "FeatureOfInterest": _feature_of_interest,
}


def _types(*curies: str) -> Pairs:
    for curie in curies:
        yield _A, term(curie)


def _iris(predicate: str, nodes: Iterator[Node]) -> Pairs:
    for node in nodes:
        yield predicate, IRI(node.iri)


def _is_iri(value: str) -> bool:
    return value.startswith(("http://", "https://", "urn:")) and not any(char in ' <>"{}|\\^`' for char in value)


def _iri_or_text(predicate: str, value: str, *, otherwise: str = "") -> Pairs:
    if _is_iri(value):
        yield predicate, IRI(value)
    elif value:
        yield otherwise or predicate, text(value)


def _unit(unit: Any) -> Pairs:
    if not isinstance(unit, UnitOfMeasurement):
        return
    if unit.definition and _is_iri(unit.definition):
        yield "qudt:hasUnit", IRI(unit.definition)
    if unit.symbol:
        yield "sdo:unitText", text(unit.symbol)


def _geometry(subject: str, value: Any) -> Iterator[Triple]:
    """Name the geometry by a fragment; WKT without a CRS is CRS84, lon before lat (GeoSPARQL 1.1, 8.5.1)."""
    if not isinstance(value, dict):
        return
    geometry = IRI(f"{subject}#geometry")
    yield Triple(IRI(subject), term("geo:hasGeometry"), geometry)
    yield Triple(geometry, term(_A), term(f"sf:{geometry_of(value)['type']}"))
    yield Triple(geometry, term("geo:asWKT"), _wkt(value))


def _wkt(value: JsonObject) -> Literal:
    return typed(to_wkt(value), "geo:wktLiteral")


def _time(subject: str, predicate: str, time: Time) -> Iterator[Triple]:
    """State a time as OWL-Time has it: SOSA's phenomenonTime leads to a resource, never to a literal."""
    name = predicate.partition(":")[2]
    node = f"{subject}#{name}"
    yield Triple(IRI(subject), term(predicate), IRI(node))
    if isinstance(time, Instant):
        yield from _instant(node, time)
        return
    yield Triple(IRI(node), term(_A), term("time:Interval"))
    for edge, moment in (("hasBeginning", time.start), ("hasEnd", time.end)):
        yield Triple(IRI(node), term(f"time:{edge}"), IRI(f"{node}.{edge}"))
        yield from _instant(f"{node}.{edge}", moment)


def _instant(node: str, moment: Instant) -> Iterator[Triple]:
    yield Triple(IRI(node), term(_A), term("time:Instant"))
    yield Triple(IRI(node), term("time:inXSDDateTimeStamp"), typed(str(moment), "xsd:dateTimeStamp"))


def _period(subject: str, interval: Interval) -> Iterator[Triple]:
    period = f"{subject}#temporal"
    yield Triple(IRI(subject), term("dct:temporal"), IRI(period))
    yield Triple(IRI(period), term(_A), term("dct:PeriodOfTime"))
    yield Triple(IRI(period), term("dcat:startDate"), typed(str(interval.start), "xsd:dateTime"))
    yield Triple(IRI(period), term("dcat:endDate"), typed(str(interval.end), "xsd:dateTime"))


def _quality(subject: str, value: Any) -> Iterator[Triple]:
    if value is UNSET or value is None:
        return
    quality = f"{subject}#quality"
    yield Triple(IRI(subject), term("sosa:resultQuality"), IRI(quality))
    yield Triple(IRI(quality), term(_A), term("dqv:QualityAnnotation"))
    yield Triple(IRI(quality), term("rdf:value"), json_literal(value))


def _additional(subject: str, properties: Any) -> Iterator[Triple]:
    """State what SensorThings leaves free (`properties`, `parameters`) as name and value."""
    if not isinstance(properties, dict):
        return
    for number, (name, value) in enumerate(properties.items()):
        if value is None:
            continue
        item = f"{subject}#property-{number}"
        yield Triple(IRI(subject), term("sdo:additionalProperty"), IRI(item))
        yield Triple(IRI(item), term(_A), term("sdo:PropertyValue"))
        yield Triple(IRI(item), term("sdo:name"), text(name))
        yield Triple(IRI(item), term("sdo:value"), json_literal(value))


def json_literal(value: Any) -> Literal:
    """Make a literal of a JSON value: boolean, decimal, text, or JSON as it is."""
    if isinstance(value, bool):
        return typed(str(value).lower(), "xsd:boolean")
    if isinstance(value, (int, float)) and is_finite(value):
        return decimal(value)
    if isinstance(value, str):
        return text(value)
    return typed(msgspec.json.encode(value).decode(), "rdf:JSON")
