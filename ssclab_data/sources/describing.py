"""Make the entities that the records of a payload speak of; of two descriptions of one the later one holds."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.model.codelists import PropertyInfo
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.identity import natural_key
from ssclab_data.model.sensorthings import (
    GEOJSON,
    OM,
    Datastream,
    FeatureOfInterest,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.sources.declaration import FieldRule
from ssclab_data.sources.place import Position
from ssclab_data.sources.plan import Plan
from ssclab_data.sources.quantities import Quantity
from ssclab_data.sources.templates import fill


class Subject(msgspec.Struct, frozen=True):
    """What a record is of.

    Attributes:
        unit: local id of the Thing.
        sensor: local id of the Sensor, "" where it is that of the Thing.
        fields: of the record.
        describes: whether it describes its Thing, or only names it.
        at: microseconds UTC of the record, 0 where it has no time.
    """

    unit: str
    sensor: str
    fields: Mapping[str, Any]
    describes: bool
    at: int


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

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.source = plan.mapping.source
        self._described: dict[str, Subject] = {}
        self._named: dict[str, Subject] = {}
        self._streams: dict[str, tuple[Subject, Strand]] = {}
        self._places: dict[str, tuple[Subject, Position]] = {}
        self._last_place: dict[str, tuple[int, str]] = {}
        self._keys: dict[tuple[str, str, str, str], str] = {}

    def thing(self, subject: Subject) -> None:
        """Take what a record says of its Thing."""
        self._take(self._described if subject.describes else self._named, subject.unit, subject)

    def place(self, subject: Subject, position: Position) -> str:
        """Take the place of a record and give its key."""
        key = f"{natural_key(self.source, subject.unit)}/{position.cell}"
        known = self._places.get(key)
        if known is None or self._is_later(subject, known[0]):
            self._places[key] = subject, position
        self._last_place[subject.unit] = max((subject.at, key), self._last_place.get(subject.unit, (0, "")))
        return key

    def datastream(self, subject: Subject, strand: Strand) -> str:
        """Take a series that a record has a result of, and give the key of its Datastream."""
        name = (subject.unit, subject.sensor, strand.quantity.info.id, strand.series)
        key = self._keys.get(name)
        if key is None:
            parts = name[1:3] if self.plan.mapping.splits else name[2:3]
            key = f"{natural_key(self.source, subject.unit)}/{natural_key(*parts, *filter(None, name[3:]))}"
            self._keys[name] = key
        known = self._streams.get(key)
        if known is None or self._is_later(subject, known[0]):
            self._streams[key] = subject, strand
        return key

    def entities(self) -> Iterator[Entity]:
        """Make what the payload describes; what Datastreams need goes before them."""
        for unit, subject in self._described.items():
            yield self._thing(unit, subject)
        for info in {strand.quantity.info.id: strand.quantity.info for _, strand in self._streams.values()}.values():
            yield _observed_property(info)
        sensors: dict[str, Subject] = {}
        for subject, _ in self._streams.values():
            self._take(sensors, subject.sensor or subject.unit, subject)
        for id_, subject in sensors.items():
            yield self._sensor(id_, subject)
        for key, (subject, strand) in self._streams.items():
            yield self._datastream(key, subject, strand)

    def defaults(self) -> Iterator[Entity]:
        """Make what it only names, and places, whose first coordinates stay."""
        for key, (subject, position) in self._places.items():
            name = f"{self._text(subject, self.plan.mapping.thing.name)}, {position.cell}"
            texts: dict[str, Any] = {"key": key, "name": name, "encoding_type": GEOJSON}
            yield Location(**texts, description="Position as the unit sent it, CRS84", location=position.geojson)
            yield FeatureOfInterest(**texts, description="Surroundings of the unit, CRS84", feature=position.geojson)
        for unit, subject in self._named.items():
            if unit not in self._described:
                yield self._thing(unit, subject)

    def _take(self, known: dict[str, Subject], name: str, subject: Subject) -> None:
        if name not in known or self._is_later(subject, known[name]):
            known[name] = subject

    def _is_later(self, one: Subject, other: Subject) -> bool:
        """Tell which of two holds; of the same time the one whose texts sort last, so that their order is no matter."""
        if one.at != other.at or one.fields is other.fields:
            return one.at > other.at
        ours, theirs = ([repr(some.fields.get(name)) for name in self.plan.described] for some in (one, other))
        return ours > theirs

    def _thing(self, unit: str, subject: Subject) -> Thing:
        named = self.plan.mapping.thing
        properties = {"source": self.source, "localId": unit}
        properties |= {
            name: subject.fields[field]
            for name, field in named.properties.items()
            if not self.plan.missing.has_text(subject.fields.get(field))
        }
        _, place = self._last_place.get(unit, (0, ""))
        return Thing(
            key=natural_key(self.source, unit),
            name=self._text(subject, named.name),
            description=self._text(subject, named.description),
            properties=properties,
            locations=(Link(key=place),) if place else UNSET,
        )

    def _sensor(self, id_: str, subject: Subject) -> Sensor:
        named = self.plan.mapping.sensor
        properties = {
            name: subject.fields[field]
            for name, field in named.properties.items()
            if not self.plan.missing.has_text(subject.fields.get(field))
        }
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
            name=f"{label}, {self._text(subject, mapping.thing.name)}",
            description=f"{label} by {self._text(subject, mapping.sensor.name)}",
            observation_type=f"{OM}OM_Measurement",
            unit_of_measurement=strand.quantity.published.measurement,
            properties=properties,
            thing=Link(key=natural_key(self.source, subject.unit)),
            sensor=Link(key=natural_key(self.source, subject.sensor or subject.unit)),
            observed_property=Link(key=info.key),
        )

    def _text(self, subject: Subject, template: str) -> str:
        """Fill a template; a field that is not there becomes the unit's id."""
        return fill(template, subject.fields, subject.unit)


def _observed_property(info: PropertyInfo) -> ObservedProperty:
    return ObservedProperty(
        key=info.key,
        name=info.label_en,
        definition=info.definition,
        description=f"{info.label_en} ({info.label_nl})",
        properties={"id": info.id, "labelNl": info.label_nl, "ucum": info.ucum, "quantityKind": info.quantity_kind},
    )
