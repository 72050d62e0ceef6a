"""Publish a Thing of which the place is not: nothing passes but what is named here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.codelists import PropertyInfo
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.lab import Policy
from ssclab_data.model.multi import is_multi
from ssclab_data.model.units import resolve_unit
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.publishing import register
from ssclab_data.publishing.copying import several
from ssclab_data.publishing.places import Ground, Place, Places
from ssclab_data.publishing.plans import Mode, Plan, Stream
from ssclab_data.publishing.policy import HOME, Decision, is_ambient, property_of
from ssclab_data.publishing.windows import PERIOD
from ssclab_data.stores.base import Row
from ssclab_data.stores.shape import POLICY, DuplicatePolicy

SOURCE = "published"
"""First part of the natural keys of what is published of a Thing whose place is not."""
_DAY = 86_400_000_000
_SHORT = 8
_NOT_PUBLISHED = "not published"


def published_key(ground: Ground, decision: Decision, key: str) -> str:
    """Give the natural key of a Thing as it is published; another policy gives another one, which cannot be linked."""
    return f"{SOURCE}/{ground.secret.id('thing', decision.policy.value, key)}"


def blurred(row: Row, decision: Decision, ground: Ground) -> Plan:
    """Plan the publication of a Thing whose policy is not `exact`.

    Args:
        row: the Thing, as `reading.things` gives it.
    """
    return _Blurring(row, decision, ground).plan()


class _Blurring:
    """One Thing."""

    def __init__(self, row: Row, decision: Decision, ground: Ground) -> None:
        self.row = row
        self.decision = decision
        self.ground = ground
        self.key = published_key(ground, decision, str(row.entity.key))
        self.label = label_of(self.key)
        crowded = decision.placement in (HOME, "")
        self.places = Places(ground, self.key, decision.policy, crowded=crowded)
        self.places.settle(location.location for location in self._locations())

    def plan(self) -> Plan:
        """Plan it."""
        chosen = [(stream, self._stream(stream)) for stream in self.row.at("Datastreams")]
        streams = [(row, stream) for row, stream in chosen if stream is not None]
        properties = self._properties()
        held = _properties(self.row.entity)
        return Plan(
            source_key=str(self.row.entity.key),
            key=self.key,
            decision=self.decision,
            entities=tuple(self._entities(properties, streams)),
            streams=tuple(stream for _, stream in streams),
            kept_back=tuple(str(row.entity.key) for row, stream in chosen if stream is None),
            left_out=tuple(name for name in register.FIELDS if held.get(name) is not None and name not in properties),
        )

    def _entities(self, properties: dict[str, Any], streams: Sequence[tuple[Row, Stream]]) -> Iterator[Entity]:
        now = [cast("sta.Location", one.entity) for one in _by_handle(self.row.at("Locations"))]
        places = {place.key: place for location in now if (place := self.places.of(location.location)) is not None}
        yield from (location_of(place, self.label) for place in places.values())
        yield sta.Thing(
            key=self.key,
            name=self.label.capitalize(),
            description=f"Published by the policy {self.decision.policy}: its place and its own id are not public",
            properties=properties,
            locations=tuple(Link(key=key) for key in places),
        )
        if self.decision.policy is not Policy.MUNICIPALITY:
            yield from self._moves()
        for row, stream in streams:
            yield from self._described(row, stream)

    def _moves(self) -> Iterator[Entity]:
        """Give when it came to each published place, by the day: a move that is not seen on the map is none."""
        last = ""
        moves = sorted(self.row.at("HistoricalLocations"), key=lambda row: (_time(row), int(row.handle)))
        for move in moves:
            found = [self.places.of(cast("sta.Location", one.entity).location) for one in move.at("Locations")]
            place = next((one for one in found if one is not None), None)
            if place is None or place.key == last:
                continue
            last = place.key
            day = Instant(_time(move) // _DAY * _DAY)
            yield location_of(place, self.label)
            yield sta.HistoricalLocation(
                key=f"{place.key}/{str(day)[:10]}",
                time=day,
                thing=Link(key=self.key),
                locations=(Link(key=place.key),),
            )

    def _stream(self, row: Row) -> Stream | None:
        """Choose how a Datastream is published; None where nothing is known of what it measures."""
        entity = cast("sta.Datastream", row.entity)
        observed = next((cast("sta.ObservedProperty", one.entity) for one in row.at("ObservedProperty")), None)
        info = property_of(observed.key, observed.definition) if observed is not None else None
        if info is None or is_multi(entity):
            return None
        guarded = self.decision.guarded and not is_ambient(info)
        secret = self.ground.secret.id("datastream", self.key, str(entity.key))
        return Stream(
            source=int(row.handle),
            source_key=str(entity.key),
            key=f"{self.key}/{info.id}/{secret}",
            mode=Mode.MEANS if guarded else Mode.VALUES,
            several=several(entity.properties) and not guarded,
            places=self.places,
            info=info,
        )

    def _described(self, row: Row, stream: Stream) -> Iterator[Entity]:
        """Give a Datastream with its Sensor and ObservedProperty."""
        info, entity = stream.info, cast("sta.Datastream", row.entity)
        assert info is not None  # noqa: S101 - a Stream of these modes has one
        sensor = f"{stream.key}/sensor"
        yield sta.Sensor(
            key=sensor,
            name=f"Instrument for {info.label_en} of {self.label}",
            description="Instrument whose place and own id are not public",
            encoding_type="text/plain",
            metadata=_NOT_PUBLISHED,
        )
        yield property_entity(info)
        mean = ", mean over 15 minutes" if stream.mode is Mode.MEANS else ""
        yield sta.Datastream(
            key=stream.key,
            name=f"{info.label_en}, {self.label}",
            description=f"{info.label_en}{mean}",
            observation_type=f"{sta.OM}OM_Measurement",
            unit_of_measurement=_unit(entity.unit_of_measurement),
            properties=self._of_stream(entity, stream),
            thing=Link(key=self.key),
            sensor=Link(key=sensor),
            observed_property=Link(key=info.key),
        )

    def _of_stream(self, entity: sta.Datastream, stream: Stream) -> dict[str, Any]:
        held = _properties(entity)
        found: dict[str, Any] = {"publishing": self.decision.policy.value}
        if isinstance(held.get("calibrated"), bool):
            found["calibrated"] = held["calibrated"]
        if stream.mode is Mode.MEANS:
            found["period"] = PERIOD
        if stream.several:
            found[POLICY] = DuplicatePolicy.ALLOW.value
        return found

    def _properties(self) -> dict[str, Any]:
        texts = [text for one in self._locations() for text in (one.name, one.description) if isinstance(text, str)]
        found = register.published(_properties(self.row.entity), self.decision, texts)
        return {"publishing": self.decision.policy.value, **found}

    def _locations(self) -> Iterator[sta.Location]:
        """Give the places where it is and was, in the order in which they were stored."""
        rows = [*self.row.at("Locations")]
        for move in self.row.at("HistoricalLocations"):
            rows += move.at("Locations")
        for row in _by_handle(rows):
            yield cast("sta.Location", row.entity)


def location_of(place: Place, label: str) -> sta.Location:
    """Give the Location of a published place."""
    return sta.Location(
        key=place.key,
        name=f"Place of {label}",
        description=_about(place),
        encoding_type=sta.GEOJSON,
        location=place.geojson,
        properties=_of_place(place),
    )


def feature_of(place: Place, label: str) -> sta.FeatureOfInterest:
    """Give the FeatureOfInterest of a published place."""
    return sta.FeatureOfInterest(
        key=place.key,
        name=f"Surroundings of {label}",
        description=_about(place),
        encoding_type=sta.GEOJSON,
        feature=place.geojson,
        properties=_of_place(place),
    )


def label_of(thing: str) -> str:
    """Give the name that is published for a Thing, by its published key."""
    return f"sensor {thing.rpartition('/')[2][:_SHORT]}"


def property_entity(info: PropertyInfo) -> sta.ObservedProperty:
    """Give the ObservedProperty of the code list."""
    return sta.ObservedProperty(
        key=info.key,
        name=info.label_en,
        definition=info.definition,
        description=f"{info.label_en} ({info.label_nl})",
        properties={"id": info.id, "labelNl": info.label_nl, "ucum": info.ucum, "quantityKind": info.quantity_kind},
    )


def _about(place: Place) -> str:
    if place.size:
        return f"A position within the cell of {place.size} m in which it is, the same at all times; CRS84"
    return "The middle of the municipality; CRS84"


def _of_place(place: Place) -> dict[str, Any]:
    cell = {"cell": place.cell, "cellSize": place.size} if place.size else {}
    return {"publishing": place.policy.value, "horizontalAccuracy": place.accuracy, **cell}


def _unit(unit: object) -> UnitOfMeasurement:
    """Give the unit of the code list that is meant; nothing where it is none."""
    if isinstance(unit, UnitOfMeasurement):
        for text in (unit.definition, unit.symbol, unit.name):
            try:
                return resolve_unit(text or "").measurement
            except ValueParseError:
                continue
    return UnitOfMeasurement()


def _properties(entity: Entity) -> Mapping[str, Any]:
    found = getattr(entity, "properties", None)
    return found if isinstance(found, dict) else {}


def _by_handle(rows: Sequence[Row]) -> list[Row]:
    return sorted({int(row.handle): row for row in rows}.values(), key=lambda row: int(row.handle))


def _time(row: Row) -> int:
    time = cast("sta.HistoricalLocation", row.entity).time
    return time.us if isinstance(time, msgspec.Struct) else 0
