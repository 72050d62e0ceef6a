"""Declare the SensorThings entity types, once (OGC 18-088, clause 8; room for OGC 23-019)."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from ssclab_data.errors import UnknownNameError
from ssclab_data.model.entity import Entity, EntityType, Kind, Link, nav, prop, read_type
from ssclab_data.model.values import Instant, Interval, JsonObject, Result, Time, UnitOfMeasurement

_V1_1 = ("1.1", "2.0")
_V2 = ("2.0",)
OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
GEOJSON = "application/geo+json"


class Thing(Entity, frozen=True, kw_only=True):
    """What the time series are attached to (OGC 18-088, 8.2.1)."""

    name: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    description: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    properties: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON)] = UNSET
    locations: Annotated[tuple[Link, ...] | UnsetType, nav("Location", inverse="Things")] = msgspec.field(
        default=UNSET, name="Locations"
    )
    historical_locations: Annotated[tuple[Link, ...] | UnsetType, nav("HistoricalLocation", inverse="Thing")] = (
        msgspec.field(default=UNSET, name="HistoricalLocations")
    )
    datastreams: Annotated[tuple[Link, ...] | UnsetType, nav("Datastream", inverse="Thing")] = msgspec.field(
        default=UNSET, name="Datastreams"
    )


class Location(Entity, frozen=True, kw_only=True):
    """Where Things are or were (8.2.2); `location` is a GeoJSON geometry or Feature in CRS84."""

    name: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    description: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    encoding_type: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    location: Annotated[JsonObject | UnsetType, prop(Kind.GEOMETRY, required=True)] = UNSET
    properties: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON, versions=_V1_1)] = UNSET
    things: Annotated[tuple[Link, ...] | UnsetType, nav("Thing", inverse="Locations")] = msgspec.field(
        default=UNSET, name="Things"
    )
    historical_locations: Annotated[tuple[Link, ...] | UnsetType, nav("HistoricalLocation", inverse="Locations")] = (
        msgspec.field(default=UNSET, name="HistoricalLocations")
    )


class HistoricalLocation(Entity, frozen=True, kw_only=True):
    """From when a Thing was at its Locations (8.2.3)."""

    time: Annotated[Instant | UnsetType, prop(Kind.INSTANT, required=True)] = UNSET
    thing: Annotated[Link | None | UnsetType, nav("Thing", inverse="HistoricalLocations", required=True)] = (
        msgspec.field(default=UNSET, name="Thing")
    )
    locations: Annotated[
        tuple[Link, ...] | UnsetType, nav("Location", inverse="HistoricalLocations", required=True)
    ] = msgspec.field(default=UNSET, name="Locations")


class Datastream(Entity, frozen=True, kw_only=True):
    """One series: a Thing, a Sensor, an ObservedProperty, one unit (8.2.4).

    Attributes:
        observed_area: envelope of its features as GeoJSON; kept by the store.
        phenomenon_time: bounds of its Observations; kept by the store.
        result_time: bounds of its Observations; kept by the store.
        result_type: SWE Common description of the result (OGC 23-019); only SensorThings 2.0 shows it.
        observed_properties: all of them, where a result has several (OGC 23-019); 1.x shows `observed_property`.
    """

    name: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    description: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    observation_type: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    unit_of_measurement: Annotated[UnitOfMeasurement | UnsetType, prop(Kind.UNIT, required=True)] = UNSET
    observed_area: Annotated[JsonObject | None | UnsetType, prop(Kind.GEOMETRY)] = UNSET
    phenomenon_time: Annotated[Interval | None | UnsetType, prop(Kind.INTERVAL)] = UNSET
    result_time: Annotated[Interval | None | UnsetType, prop(Kind.INTERVAL)] = UNSET
    properties: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON, versions=_V1_1)] = UNSET
    result_type: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON, versions=_V2)] = UNSET
    thing: Annotated[Link | None | UnsetType, nav("Thing", inverse="Datastreams", required=True)] = msgspec.field(
        default=UNSET, name="Thing"
    )
    sensor: Annotated[Link | None | UnsetType, nav("Sensor", inverse="Datastreams", required=True)] = msgspec.field(
        default=UNSET, name="Sensor"
    )
    observed_property: Annotated[
        Link | None | UnsetType, nav("ObservedProperty", inverse="Datastreams", required=True)
    ] = msgspec.field(default=UNSET, name="ObservedProperty")
    observed_properties: Annotated[
        tuple[Link, ...] | UnsetType,
        nav("ObservedProperty", inverse="MemberDatastreams", required=True, versions=_V2),
    ] = msgspec.field(default=UNSET, name="ObservedProperties")
    observations: Annotated[tuple[Link, ...] | UnsetType, nav("Observation", inverse="Datastream")] = msgspec.field(
        default=UNSET, name="Observations"
    )


class Sensor(Entity, frozen=True, kw_only=True):
    """The instrument (8.2.5)."""

    name: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    description: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    encoding_type: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    metadata: Annotated[Result | UnsetType, prop(Kind.VALUE, required=True)] = UNSET
    properties: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON, versions=_V1_1)] = UNSET
    datastreams: Annotated[tuple[Link, ...] | UnsetType, nav("Datastream", inverse="Sensor")] = msgspec.field(
        default=UNSET, name="Datastreams"
    )


class ObservedProperty(Entity, frozen=True, kw_only=True):
    """What is measured; `definition` is the IRI of a concept (8.2.6)."""

    name: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    definition: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    description: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    properties: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON, versions=_V1_1)] = UNSET
    datastreams: Annotated[tuple[Link, ...] | UnsetType, nav("Datastream", inverse="ObservedProperty")] = msgspec.field(
        default=UNSET, name="Datastreams"
    )
    member_datastreams: Annotated[
        tuple[Link, ...] | UnsetType,
        nav("Datastream", inverse="ObservedProperties", versions=_V2),
    ] = msgspec.field(default=UNSET, name="MemberDatastreams")


class Observation(Entity, frozen=True, kw_only=True):
    """One value (8.2.7).

    Attributes:
        phenomenon_time: when it holds: an instant, or the half-open interval it is an average of.
        result_time: when the value became known; null on the wire where it is not known.
    """

    phenomenon_time: Annotated[Time | UnsetType, prop(Kind.TIME, required=True)] = UNSET
    result: Annotated[Result | UnsetType, prop(Kind.VALUE, required=True)] = UNSET
    result_time: Annotated[Instant | None | UnsetType, prop(Kind.INSTANT)] = UNSET
    result_quality: Annotated[Result | UnsetType, prop(Kind.VALUE)] = UNSET
    valid_time: Annotated[Interval | None | UnsetType, prop(Kind.INTERVAL)] = UNSET
    parameters: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON)] = UNSET
    datastream: Annotated[Link | None | UnsetType, nav("Datastream", inverse="Observations", required=True)] = (
        msgspec.field(default=UNSET, name="Datastream")
    )
    feature_of_interest: Annotated[
        Link | None | UnsetType, nav("FeatureOfInterest", inverse="Observations", required=True)
    ] = msgspec.field(default=UNSET, name="FeatureOfInterest")


class FeatureOfInterest(Entity, frozen=True, kw_only=True):
    """What the Observations are about (8.2.8); `feature` is a GeoJSON geometry or Feature in CRS84."""

    name: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    description: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    encoding_type: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    feature: Annotated[JsonObject | UnsetType, prop(Kind.GEOMETRY, required=True)] = UNSET
    properties: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON, versions=_V1_1)] = UNSET
    observations: Annotated[tuple[Link, ...] | UnsetType, nav("Observation", inverse="FeatureOfInterest")] = (
        msgspec.field(default=UNSET, name="Observations")
    )


ENTITY_TYPES: dict[str, EntityType] = {
    struct.__name__: read_type(struct, plural)
    for struct, plural in (
        (Thing, "Things"),
        (Location, "Locations"),
        (HistoricalLocation, "HistoricalLocations"),
        (Datastream, "Datastreams"),
        (Sensor, "Sensors"),
        (ObservedProperty, "ObservedProperties"),
        (Observation, "Observations"),
        (FeatureOfInterest, "FeaturesOfInterest"),
    )
}
"""The entity types by name, in the order of the SensorThings landing page."""

BY_PLURAL: dict[str, EntityType] = {kind.plural: kind for kind in ENTITY_TYPES.values()}


def entity_type(name: str, kinds: Mapping[str, EntityType] = ENTITY_TYPES) -> EntityType:
    """Find an entity type by its name or the name of its set.

    Args:
        kinds: where to look, by name.

    Raises:
        UnknownNameError: there is none of that name.
    """
    found = kinds.get(name) or next((kind for kind in kinds.values() if kind.plural == name), None)
    if found is None:
        raise UnknownNameError("no entity set", name, known=tuple(kind.plural for kind in kinds.values()))
    return found


def type_of(entity: Entity) -> EntityType:
    """Give the entity type of an entity."""
    return ENTITY_TYPES[type(entity).__name__]
