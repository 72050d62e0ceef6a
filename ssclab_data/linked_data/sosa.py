"""Say in SOSA, GeoSPARQL, QUDT and OWL-Time what an entity of SensorThings is."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.linked_data import parts
from ssclab_data.linked_data.parts import Pairs, about, iri_or_text, types
from ssclab_data.linked_data.terms import IRI, PREFIXES, Term, Triple, is_iri, labelled, term, text, typed
from ssclab_data.linked_data.words import Words
from ssclab_data.model import codelists
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.entity import Entity
from ssclab_data.model.multi import is_multi, multi_of
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement, is_finite

LINKS: dict[str, tuple[str, ...]] = {
    "Thing": ("Locations", "Datastreams/Sensor"),
    "Location": (),
    "HistoricalLocation": ("Thing", "Locations"),
    "Datastream": ("Thing", "Sensor", "ObservedProperty", "ObservedProperties"),
    "Sensor": ("Datastreams/Thing", "Datastreams/ObservedProperty"),
    "ObservedProperty": (),
    "Observation": ("Datastream/Sensor", "Datastream/ObservedProperty", "FeatureOfInterest"),
    "FeatureOfInterest": (),
}
"""The links that the description of an entity needs, as paths."""

NEEDED: dict[str, tuple[str, ...]] = {"Datastream": ("observationType",)}
"""The properties of linked entities that it needs."""

MEASUREMENT, CATEGORY = "OM_Measurement", "OM_CategoryObservation"

NO_WORDS = Words()


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """An entity with its name and the entities that it is linked to.

    Attributes:
        iri: its IRI.
        links: linked entities by link name, as far as they were read.
        model: whether it is a Sensor that several Things have, so that it says how they measure, not with what.
    """

    iri: str
    entity: Entity
    links: Mapping[str, tuple["Node", ...]] = {}
    model: bool = False

    def follow(self, *path: str) -> Iterator["Node"]:
        """Give the entities at the end of a path of links, each once."""
        found: dict[str, Node] = {self.iri: self}
        for name in path:
            found = {node.iri: node for one in found.values() for node in one.links.get(name, ())}
        yield from found.values()


def triples(node: Node, words: Words = NO_WORDS) -> Iterator[Triple]:
    """Describe an entity.

    Args:
        words: terms for the keys of free properties.
    """
    yield from about(node.iri, _common(node.entity))
    yield from _DESCRIBE[type(node.entity).__name__](node)
    free = getattr(node.entity, "properties", UNSET), getattr(node.entity, "parameters", UNSET)
    for properties in free:
        yield from parts.additional(node.iri, properties, words)


def _common(entity: Entity) -> Pairs:
    if isinstance(entity.key, str):
        yield "dct:identifier", text(entity.key)
    for field, predicate in (("name", "rdfs:label"), ("description", "dct:description")):
        value = getattr(entity, field, UNSET)
        if isinstance(value, str) and value:
            yield predicate, text(value)


def _thing(node: Node) -> Iterator[Triple]:
    yield from about(node.iri, types("sosa:Platform", "geo:Feature"))
    for location in node.follow("Locations"):
        yield Triple(IRI(node.iri), term("prov:atLocation"), IRI(location.iri))
        yield Triple(IRI(node.iri), term("geo:hasGeometry"), IRI(f"{location.iri}#geometry"))
    yield from about(node.iri, _iris("sosa:hosts", node.follow("Datastreams", "Sensor")))


def _location(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Location)  # noqa: S101 - by the table below
    yield from about(node.iri, types("geo:Feature", "dct:Location"))
    yield from parts.geometry(node.iri, entity.location, entity.encoding_type)


def _historical_location(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.HistoricalLocation)  # noqa: S101 - by the table below
    yield from about(node.iri, types("prov:Entity"))
    yield from about(node.iri, _iris("prov:specializationOf", node.follow("Thing")))
    yield from about(node.iri, _iris("prov:atLocation", node.follow("Locations")))
    if isinstance(entity.time, Instant):
        yield Triple(IRI(node.iri), term("prov:generatedAtTime"), typed(str(entity.time), "xsd:dateTime"))


def _datastream(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Datastream)  # noqa: S101 - by the table below
    yield from about(node.iri, types("sosa:ObservationCollection", "dcat:Dataset"))
    yield from about(node.iri, _iris("sosa-oms:madeOnPlatform", node.follow("Thing")))
    yield from _made(node, node)
    yield from about(node.iri, iri_or_text("sosa-oms:observationType", entity.observation_type))
    yield from parts.unit(node.iri, entity.unit_of_measurement)
    if isinstance(entity.phenomenon_time, Interval):
        yield from parts.time(node.iri, "sosa:phenomenonTime", entity.phenomenon_time)
        yield from parts.span(node.iri, entity.phenomenon_time)
    if isinstance(entity.result_time, Interval):
        yield from parts.generation(node.iri, entity.result_time)
    yield from parts.area(node.iri, entity.observed_area)
    if isinstance(entity.result_type, dict):
        yield from parts.variable(node.iri, "resultType", entity.result_type)
        yield from _components(node, entity)


def _components(node: Node, entity: sta.Datastream) -> Iterator[Triple]:
    """State what the values in the results of a MultiDatastream are, in their order."""
    if not is_multi(entity):
        return
    multi = multi_of(entity)
    observed = list(node.follow("ObservedProperties"))
    kinds, units = multi.multi_observation_data_types, multi.unit_of_measurements
    assert isinstance(kinds, list)  # noqa: S101 - the type of the result is known
    assert isinstance(units, list)  # noqa: S101 - so it is
    keys = {str(one.entity.key): one.iri for one in observed}
    fields = [field for field in (entity.result_type or {}).get("fields", []) if isinstance(field, dict)]
    for number, (field, kind, given) in enumerate(zip(fields, kinds, units, strict=True), 1):
        part = f"{node.iri}#value-{number}"
        yield Triple(IRI(node.iri), term("sdo:variableMeasured"), IRI(part))
        yield from about(part, types("sdo:PropertyValue"))
        yield Triple(IRI(part), term("sdo:position"), typed(str(number), "xsd:integer"))
        if isinstance(field.get("name"), str):
            yield Triple(IRI(part), term("sdo:name"), text(field["name"]))
        yield from about(part, iri_or_text("sosa-oms:observationType", kind))
        if field.get("observedProperty") in keys:
            yield Triple(IRI(part), term("sosa:observedProperty"), IRI(keys[field["observedProperty"]]))
        if isinstance(given, dict):
            texts = {name: given.get(name) for name in UnitOfMeasurement.__struct_fields__}
            plain = {name: one for name, one in texts.items() if isinstance(one, str)}
            yield from about(part, parts.unit_terms(UnitOfMeasurement(**plain)))


def _sensor(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Sensor)  # noqa: S101 - by the table below
    things = list(node.follow("Datastreams", "Thing"))
    # O&M, and so SensorThings 1.1, takes a Sensor for a procedure; one that several Things have is a model of sensors.
    yield from about(node.iri, types("sosa:Sensor", *(["sosa:Procedure"] if node.model or len(things) > 1 else [])))
    yield from about(node.iri, _iris("sosa:isHostedBy", iter(things)))
    yield from about(node.iri, _iris("sosa:observes", node.follow("Datastreams", "ObservedProperty")))
    yield from parts.document(node.iri, entity.metadata, entity.encoding_type)


def _observed_property(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.ObservedProperty)  # noqa: S101 - by the table below
    # Both, because the 2023 edition deprecates the second and the recommendation of 2017 has not the first.
    yield from about(node.iri, types("sosa:Property", "sosa:ObservableProperty"))
    yield from about(node.iri, iri_or_text("skos:exactMatch", entity.definition, otherwise="skos:notation"))
    known = _known_properties().get(str(entity.definition))
    if known is not None:
        yield Triple(IRI(node.iri), term("skos:prefLabel"), labelled(known.label_nl, "nl"))
        yield Triple(IRI(node.iri), term("skos:prefLabel"), labelled(known.label_en, "en"))
        kind = f"{PREFIXES['quantitykind']}{known.quantity_kind}"
        yield Triple(IRI(node.iri), term("qudt:hasQuantityKind"), IRI(kind))


def _known_properties() -> Mapping[str, codelists.PropertyInfo]:
    return {info.definition: info for info in codelists.observed_properties().values()}


def _observation(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.Observation)  # noqa: S101 - by the table below
    yield from about(node.iri, types("sosa:Observation"))
    datastream = next(node.follow("Datastream"), None)
    if datastream is not None:
        yield Triple(IRI(node.iri), term("sosa:isMemberOf"), IRI(datastream.iri))
        yield from _made(node, datastream)
    yield from about(node.iri, _iris("sosa:hasFeatureOfInterest", node.follow("FeatureOfInterest")))
    if isinstance(entity.phenomenon_time, (Instant, Interval)):
        yield from parts.time(node.iri, "sosa:phenomenonTime", entity.phenomenon_time)
    yield from _result(node.iri, entity.result, _observation_type(datastream))
    if isinstance(entity.result_time, Instant):
        yield Triple(IRI(node.iri), term("sosa:resultTime"), typed(str(entity.result_time), "xsd:dateTime"))
    if isinstance(entity.valid_time, Interval):
        yield from parts.time(node.iri, "sosa-oms:validTime", entity.valid_time)
    yield from parts.quality(node.iri, entity.result_quality)


def _observation_type(datastream: Node | None) -> str:
    entity = None if datastream is None else datastream.entity
    return str(getattr(entity, "observation_type", ""))


def _result(subject: str, value: Any, observation_type: str) -> Iterator[Triple]:
    """State a result in one way of the two that SOSA has: simply, or as a resource."""
    found = result_term(value, observation_type)
    if isinstance(value, (list, dict)) and found is not None:
        part = f"{subject}#result"
        yield Triple(IRI(subject), term("sosa:hasResult"), IRI(part))
        yield from about(part, types("sosa:Result"))
        yield Triple(IRI(part), term("rdf:value"), found)
    elif found is not None:
        predicate = "sosa:hasResult" if isinstance(found, IRI) else "sosa:hasSimpleResult"
        yield Triple(IRI(subject), term(predicate), found)


def result_term(value: Any, observation_type: str) -> Term | None:
    """Write a result as the observation type says; None where there is none.

    A measured number is a decimal, a whole one without a point; a category that has an IRI is that resource; what has
    parts is JSON.
    """
    if value is UNSET or value is None or not is_finite(value):
        return None
    kind = observation_type.removeprefix(sta.OM)
    if kind == CATEGORY and isinstance(value, str) and is_iri(value):
        return IRI(value)
    if kind == MEASUREMENT and isinstance(value, int) and not isinstance(value, bool):
        return typed(str(value), "xsd:decimal")
    return parts.json_literal(value)


def _made(node: Node, datastream: Node) -> Iterator[Triple]:
    """State how a Datastream or an Observation of it was made; not every reader lets the second inherit."""
    sensors = list(datastream.follow("Sensor"))
    yield from about(node.iri, _iris("sosa:madeBySensor", iter(sensors)))
    yield from about(node.iri, _iris("sosa:usedProcedure", (one for one in sensors if one.model)))
    observed = {one.iri: one for link in ("ObservedProperty", "ObservedProperties") for one in datastream.follow(link)}
    yield from about(node.iri, _iris("sosa:observedProperty", iter(observed.values())))


def _feature_of_interest(node: Node) -> Iterator[Triple]:
    entity = node.entity
    assert isinstance(entity, sta.FeatureOfInterest)  # noqa: S101 - by the table below
    # A point is where something larger is sampled, such as the air of a street; a line or an area is that itself.
    sampled = isinstance(entity.feature, dict) and _is_point(entity.feature)
    yield from about(node.iri, types("sosa:FeatureOfInterest", *(["sosa:Sample"] if sampled else []), "geo:Feature"))
    yield from parts.geometry(node.iri, entity.feature, entity.encoding_type)


def _is_point(value: Mapping[str, Any]) -> bool:
    shape = value.get("geometry") if value.get("type") == "Feature" else value
    return isinstance(shape, dict) and shape.get("type") == "Point"


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


def _iris(predicate: str, nodes: Iterator[Node]) -> Pairs:
    for node in nodes:
        yield predicate, IRI(node.iri)
