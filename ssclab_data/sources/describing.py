"""Make the entities that the records of a payload speak of; of two descriptions of one the later one holds."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.identity import natural_key
from ssclab_data.model.sensorthings import (
    OM,
    Datastream,
    Sensor,
    Thing,
)
from ssclab_data.model.values import Instant
from ssclab_data.sources.concepts import shared_property
from ssclab_data.sources.declaration import FieldRule
from ssclab_data.sources.place import Position
from ssclab_data.sources.plan import Plan
from ssclab_data.sources.quantities import Quantity
from ssclab_data.sources.register import NO_REGISTER, Register, Unit
from ssclab_data.sources.sites import feature_at, history_at, location_at, site_key
from ssclab_data.sources.templates import fill
from ssclab_data.sources.validity import EVER


class Subject(msgspec.Struct, frozen=True):
    """What a record is of.

    Attributes:
        unit: local id of the Thing.
        sensor: local id of the Sensor, "" where it is that of the Thing.
        fields: of the record.
        describes: whether it describes its Thing, or only names it.
        at: microseconds UTC of the record, 0 where it has no time.
        registered: what the lab's registry says of the unit, None where it does not know it.
    """

    unit: str
    sensor: str
    fields: Mapping[str, Any]
    describes: bool
    at: int
    registered: Unit | None = None

    def thing(self, source: str) -> str:
        """Give the natural key of its Thing."""
        return natural_key(source, self.unit) if self.registered is None else self.registered.thing_key(source)


class Strand(msgspec.Struct, frozen=True):
    """Which of the series of a Thing a result belongs to.

    Attributes:
        series: name that tells it from others of the same property, or "".
    """

    quantity: Quantity
    rule: FieldRule
    series: str


class Describer:
    """Collect what the records of one payload say of entities; their order does not matter."""

    def __init__(self, plan: Plan, register: Register = NO_REGISTER) -> None:
        self.plan = plan
        self.register = register
        self.source = plan.mapping.source
        self._described: dict[str, Subject] = {}
        self._named: dict[str, Subject] = {}
        self._streams: dict[str, tuple[Subject, Strand]] = {}
        self._places: dict[str, tuple[Subject, Position]] = {}
        self._last_place: dict[str, tuple[int, str]] = {}
        self._keys: dict[tuple[str, str, str, str], str] = {}

    def thing(self, subject: Subject) -> None:
        """Take what a record says of its Thing."""
        described = subject.describes or subject.registered is not None
        self._take(self._described if described else self._named, subject.thing(self.source), subject)

    def place(self, subject: Subject, position: Position) -> str:
        """Take the place of a record and give its key."""
        thing = subject.thing(self.source)
        key = site_key(thing, position)
        known = self._places.get(key)
        if known is None or self._is_later(subject, known[0]):
            self._places[key] = subject, position
        self._last_place[thing] = max((subject.at, key), self._last_place.get(thing, (0, "")))
        return key

    def datastream(self, subject: Subject, strand: Strand) -> str:
        """Take a series that a record has a result of, and give the key of its Datastream."""
        name = (subject.thing(self.source), subject.sensor, strand.quantity.info.id, strand.series)
        key = self._keys.get(name)
        if key is None:
            parts = self._parts(subject, strand.quantity.info.id)
            key = f"{name[0]}/{natural_key(*parts, *filter(None, name[3:]))}"
            self._keys[name] = key
        known = self._streams.get(key)
        if known is None or self._is_later(subject, known[0]):
            self._streams[key] = subject, strand
        return key

    def entities(self) -> Iterator[Entity]:
        """Make what the payload describes; what Datastreams need goes before them."""
        yield from self._sites(registered=True)
        for thing, subject in self._described.items():
            yield from self._moves(thing, subject)
            yield self._thing(thing, subject)
        for info in {strand.quantity.info.id: strand.quantity.info for _, strand in self._streams.values()}.values():
            yield shared_property(info)
        sensors: dict[str, Subject] = {}
        for subject, _ in self._streams.values():
            self._take(sensors, subject.sensor or subject.unit, subject)
        for id_, subject in sensors.items():
            yield self._sensor(id_, subject)
        for key, (subject, strand) in self._streams.items():
            yield self._datastream(key, subject, strand)

    def defaults(self) -> Iterator[Entity]:
        """Make what it only names, and places, of which the store keeps the position that stands for them best."""
        yield from self._sites(registered=False)
        for thing, subject in self._named.items():
            if thing not in self._described:
                yield self._thing(thing, subject)

    def _sites(self, *, registered: bool) -> Iterator[Entity]:
        """Make the places that the registry gives, or those that the units sent."""
        for key, (subject, position) in self._places.items():
            if registered is (subject.registered is not None and subject.registered.position is not None):
                name = f"{self._label(subject)}, {position.cell}"
                yield location_at(key, name, position.geojson)
                yield feature_at(key, name, position.geojson)

    def _moves(self, thing: str, subject: Subject) -> Iterator[Entity]:
        """Make the places of a Thing that the registry knows, and from when it was there."""
        moves = () if subject.registered is None else self.register.moves(subject.registered)
        for since, position in moves if len(moves) > 1 else ():
            key = site_key(thing, position)
            if key not in self._places:
                yield location_at(key, f"{self._label(subject)}, {position.cell}", position.geojson)
            if since > -EVER:
                yield history_at(thing, key, Instant(since))

    def _parts(self, subject: Subject, property_: str) -> tuple[str, ...]:
        """Give the last parts of the key of a Datastream; on a mast of the lab it names its device."""
        if subject.registered is not None and subject.registered.thing:
            return (subject.sensor or subject.unit, property_)
        return (subject.sensor, property_) if self.plan.mapping.splits else (property_,)

    def _take(self, known: dict[str, Subject], name: str, subject: Subject) -> None:
        if name not in known or self._is_later(subject, known[name]):
            known[name] = subject

    def _is_later(self, one: Subject, other: Subject) -> bool:
        """Tell which of two holds; of the same time the one whose texts sort last, so that their order is no matter."""
        if one.at != other.at or one.fields is other.fields:
            return one.at > other.at
        ours, theirs = ([repr(some.fields.get(name)) for name in self.plan.described] for some in (one, other))
        return ours > theirs

    def _thing(self, key: str, subject: Subject) -> Thing:
        named, registered = self.plan.mapping.thing, subject.registered
        own = "" if registered is None else registered.thing
        properties = {"source": self.source, "localId": own or subject.unit}
        properties |= {
            name: subject.fields[field]
            for name, field in named.properties.items()
            if not self.plan.missing.has_text(subject.fields.get(field))
        }
        properties |= {} if registered is None else registered.properties
        return Thing(
            key=key,
            name=self._label(subject),
            description=self._text(subject, named.description),
            properties=properties,
            locations=(Link(key=place),) if (place := self._now_at(key, subject)) else UNSET,
        )

    def _now_at(self, thing: str, subject: Subject) -> str:
        """Give the key of the place where a Thing is, "" where it is not known."""
        moves = () if subject.registered is None else self.register.moves(subject.registered)
        return site_key(thing, moves[-1][1]) if len(moves) > 1 else self._last_place.get(thing, (0, ""))[1]

    def _sensor(self, id_: str, subject: Subject) -> Sensor:
        named = self.plan.mapping.sensor
        properties = {
            name: subject.fields[field]
            for name, field in named.properties.items()
            if not self.plan.missing.has_text(subject.fields.get(field))
        }
        if subject.registered is not None and subject.registered.sensor_type:
            properties["sensorType"] = subject.registered.sensor_type
        return Sensor(
            key=natural_key(self.source, id_),
            name=self._text(subject, named.name),
            description=self._text(subject, named.description),
            encoding_type="text/html",
            metadata=named.metadata,
            properties=properties or UNSET,
        )

    def _datastream(self, key: str, subject: Subject, strand: Strand) -> Datastream:
        info, rule, mapping = strand.quantity.info, strand.rule, self.plan.mapping
        label = f"{info.label_en} ({strand.series})" if strand.series else info.label_en
        properties = {
            "source": self.source,
            "conversion": rule.conversion,
            **strand.quantity.facts,
            "ucum": info.ucum,
            "calibrated": rule.calibrated,
        }
        properties |= {"measurementKind": rule.kind} if rule.kind else {}
        properties |= {"series": strand.series} if strand.series else {}
        return Datastream(
            key=key,
            name=f"{label}, {self._label(subject)}",
            description=f"{label} by {self._text(subject, mapping.sensor.name)}",
            observation_type=f"{OM}OM_Measurement",
            unit_of_measurement=strand.quantity.published.measurement,
            properties=properties,
            thing=Link(key=subject.thing(self.source)),
            sensor=Link(key=natural_key(self.source, subject.sensor or subject.unit)),
            observed_property=Link(key=info.key),
        )

    def _label(self, subject: Subject) -> str:
        """Name the Thing: as the registry does, or as the mapping says."""
        own = "" if subject.registered is None else subject.registered.name
        return own or self._text(subject, self.plan.mapping.thing.name)

    def _text(self, subject: Subject, template: str) -> str:
        """Fill a template; a field that is not there becomes the unit's id."""
        return fill(template, subject.fields, subject.unit)
