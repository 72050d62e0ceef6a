"""Turn records into entities and series as a mapping declares."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ssclab_data.errors import MissingZoneError, ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.finding import Finding, Severity
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
    type_of,
)
from ssclab_data.model.series import Series
from ssclab_data.model.units import resolve_unit
from ssclab_data.model.values import Duration, Instant, Interval, Time, end_of, has_finer_digits, parse_local, start_of
from ssclab_data.sources.base import MappedPayload, Rejected, SourceContext, Tally
from ssclab_data.sources.declaration import FieldRule, MappingFile, Named, Stamp
from ssclab_data.sources.decoders import GROUP_DECODERS
from ssclab_data.sources.findings import fold, found
from ssclab_data.sources.numbers import Linear, parse_number, whole
from ssclab_data.sources.place import Position, position_fields, read_position, settle, unsure_order
from ssclab_data.sources.reading import Record

_FIELD = re.compile(r"\{([^}]+)\}")
_WRAPPED = 2**31

type Column = list[tuple[Time, Any]]


class Taken(msgspec.Struct):
    """What one record gave, before places are settled.

    Attributes:
        results: values by the key of their rule.
        kept: whether anything of the record is kept.
    """

    record: Record
    unit: str
    sensor: str
    time: Time | None
    position: Position | None
    results: dict[str, Any]
    findings: list[Finding]
    mapped: int = 0
    ignored: int = 0
    rejected: int = 0
    digits_cut: int = 0
    kept: bool = True


class Engine:
    """Map the records of one payload."""

    def __init__(self, mapping: MappingFile, context: SourceContext) -> None:
        self.mapping = mapping
        self.context = context
        self.members = {name: key for key, rule in mapping.fields.items() for name in rule.group}
        self.structural = {
            *mapping.time.fields,
            *mapping.thing.id,
            *mapping.sensor.id,
            *_named_fields(mapping.thing),
            *_named_fields(mapping.sensor),
            *position_fields(mapping.place),
        }
        self._ignored_names: dict[str, bool] = {}
        self._lines = {name: Linear.of(rule.scale, rule.offset) for name, rule in mapping.fields.items()}
        self.entities: dict[tuple[str, str], Entity] = {}
        self.defaults: dict[tuple[str, str], Entity] = {}
        self.columns: dict[tuple[str, str], Column] = {}

    def map(self, records: list[Record]) -> MappedPayload:
        """Map all records."""
        taken = [self._take(record) for record in records]
        places = self._settle(taken)
        for one in taken:
            if one.kept:
                self._describe(one, places.get(one.unit, {}))
        entities = {key: entity for key, entity in self.entities.items() if key not in self.defaults}
        return MappedPayload(
            entities=tuple(entities.values()),
            defaults=tuple(self.defaults.values()),
            series=tuple(self._series()),
            findings=fold([finding for one in taken for finding in one.findings]),
            tally=_tally(taken),
            rejected=tuple(
                Rejected(record=one.record.number, payload=one.record.payload, findings=tuple(one.findings))
                for one in taken
                if one.rejected or not one.kept
            ),
        )

    def _take(self, record: Record) -> Taken:
        """Read one record; what cannot be read becomes a finding."""
        fields = record.fields
        unit = self._id(record, self.mapping.thing)
        one = Taken(record, unit, self._id(record, self.mapping.sensor), None, None, {}, [])
        needs_unit = record.form.describes or record.form.observes
        if needs_unit and not unit:
            self._find(one, "no-id")
        if record.form.observes:
            one.time = self._time(one)
        for name in record.repeated:
            self._find(one, "repeated-field", name)
        if one.findings:
            one.kept = False
            one.rejected = len(fields)
            return one
        one.position = self._position(one)
        self._groups(one)
        for name, value in fields.items():
            self._field(one, name, value)
        return one

    def _field(self, one: Taken, name: str, value: Any) -> None:
        """Account for one field: mapped, ignored by name, or rejected."""
        rule = self.mapping.fields.get(name)
        if name in self.members:
            return  # accounted for by its group
        if rule is not None and not rule.group:
            self._value(one, name, value, rule)
        elif name in self.structural:
            broken = any(finding.rule == "bad-position" for finding in one.findings)
            spoilt = broken and name in position_fields(self.mapping.place)
            one.rejected, one.mapped = one.rejected + spoilt, one.mapped + (not spoilt)
        elif self._ignored(name):
            one.ignored += 1
        else:
            one.rejected += 1
            self._find(one, "unknown-field", name, value)

    def _ignored(self, name: str) -> bool:
        known = self._ignored_names.get(name)
        if known is None:
            known = any(fnmatchcase(name, pattern) for pattern in self.mapping.ignore)
            self._ignored_names[name] = known
        return known

    def _value(self, one: Taken, name: str, value: Any, rule: FieldRule) -> None:
        if self._is_missing(value):
            one.mapped += 1
            return
        try:
            raw = parse_number(value)
        except ValueParseError:
            one.rejected += 1
            self._find(one, "not-a-number", name, value)
            return
        if _outside(raw, rule):
            one.rejected += 1
            wrapped = isinstance(raw, int) and _WRAPPED <= raw < 2 * _WRAPPED
            limits = f"{_shown(rule.minimum)} to {_shown(rule.maximum)}"
            self._find(one, "unsigned-wrap" if wrapped else "outside-limits", name, value, limits=limits)
            return
        one.mapped += 1
        one.results[name] = self._lines[name](raw)

    def _groups(self, one: Taken) -> None:
        for key, rule in self.mapping.fields.items():
            here = [name for name in rule.group if name in one.record.fields]
            if not here:
                continue
            try:
                raw = [parse_number(one.record.fields[name]) for name in here]
                one.results[key] = GROUP_DECODERS[rule.decoder]([whole(value) for value in raw])
                one.mapped += len(here)
            except ValueParseError as error:
                one.rejected += len(here)
                self._find(one, "cannot-decode", key, str(error))

    def _is_missing(self, value: Any) -> bool:
        return value is None or (isinstance(value, str) and value.strip() in self.mapping.missing)

    def _id(self, record: Record, named: Named) -> str:
        for name in named.id:
            value = record.fields.get(name)
            if value not in (None, "") and isinstance(value, str | int):
                return str(value)
        if record.form.id_in_name:
            match = re.search(record.form.id_in_name, self.context.where)
            return match[0] if match else ""
        return ""

    def _time(self, one: Taken) -> Time | None:
        rule = self.mapping.time
        text = next((one.record.fields[name] for name in rule.fields if name in one.record.fields), None)
        try:
            if not isinstance(text, str):
                raise ValueParseError(str(text), "a time stamp")
            one.digits_cut = int(has_finer_digits(text))
            stamp = _stamp(text, rule.format, rule.zone)
        except MissingZoneError:
            self._find(one, "zone-missing", rule.fields[0], text)
            return None
        except ValueParseError as error:
            self._find(one, "bad-time", rule.fields[0], str(error))
            return None
        if rule.stamp is Stamp.INSTANT:
            return stamp
        period = Duration.parse(rule.period).us
        start = stamp.us if rule.stamp is Stamp.START else stamp.us - period
        return Interval(Instant(start), Instant(start + period))

    def _position(self, one: Taken) -> Position | None:
        rule, fields = self.mapping.place, one.record.fields
        names = position_fields(rule)
        try:
            position = read_position(rule, fields)
        except ValueParseError as error:
            self._find(one, "bad-position", names[0], str(error))
            return None
        given = [name for name in names if not self._is_missing(fields.get(name))]
        if position is None and given:
            self._find(one, "no-position", given[0], fields[given[0]])
        unsure = unsure_order(rule, fields)
        if unsure:
            self._find(one, "axis-order", rule.crs_field, unsure, limits=rule.order)
        area = self.context.area
        if position is not None and area is not None and not area.contains(position.longitude, position.latitude):
            shown = f"{position.longitude}, {position.latitude}"
            self._find(one, "outside-area", self.context.municipality or "the area of the lab", shown)
        return position

    def _find(self, one: Taken, rule: str, field: str = "", value: Any = None, *, limits: str = "") -> None:
        where, record = self.context.where, one.record.number
        one.findings.append(found(rule, where=where, record=record, field=field, value=value, limits=limits))

    def _settle(self, taken: list[Taken]) -> dict[str, dict[str, Position]]:
        by_unit: dict[str, list[Position]] = {}
        for one in taken:
            if one.kept and one.position is not None:
                by_unit.setdefault(one.unit, []).append(one.position)
        return {unit: settle(positions) for unit, positions in by_unit.items()}

    def _describe(self, one: Taken, settled: dict[str, Position]) -> None:
        """Make the entities of a record, and put its results into their columns."""
        if not one.unit:
            return
        position = None if one.position is None else settled[one.position.cell]
        thing = natural_key(self.mapping.source, one.unit)
        feature = "" if position is None else self._place(thing, one, position)
        self._keep(self._thing(thing, one, feature), default=not one.record.form.describes)
        for key, result in one.results.items():
            rule = self.mapping.fields[key]
            datastream = self._datastream(thing, one, rule)
            if one.time is not None:
                self.columns.setdefault((datastream, feature), []).append((one.time, result))

    def _place(self, thing: str, one: Taken, position: Position) -> str:
        """Make the Location and FeatureOfInterest of a place; what is known of the place is never overwritten."""
        key = f"{thing}/{position.cell}"
        name = f"{self._text(one, self.mapping.thing.name)}, {position.cell}"
        self._keep(
            Location(
                key=key,
                name=name,
                description="Position as the unit sent it, CRS84",
                encoding_type=GEOJSON,
                location=position.geojson,
            ),
            default=True,
        )
        self._keep(
            FeatureOfInterest(
                key=key,
                name=name,
                description="Surroundings of the unit, CRS84",
                encoding_type=GEOJSON,
                feature=position.geojson,
            ),
            default=True,
        )
        return key

    def _thing(self, key: str, one: Taken, place: str) -> Thing:
        named = self.mapping.thing
        properties = {"source": self.mapping.source, "localId": one.unit}
        properties |= {
            name: one.record.fields[field]
            for name, field in named.properties.items()
            if not self._is_missing(one.record.fields.get(field))
        }
        return Thing(
            key=key,
            name=self._text(one, named.name),
            description=self._text(one, named.description),
            properties=properties,
            locations=(Link(key=place),) if place else msgspec.UNSET,
        )

    def _datastream(self, thing: str, one: Taken, rule: FieldRule) -> str:
        info = codelists.observed_property(rule.property)
        unit = resolve_unit(rule.unit)
        sensor = natural_key(self.mapping.source, one.sensor or one.unit)
        parts = (one.sensor, rule.property) if self.mapping.splits else (rule.property,)
        key = f"{thing}/{natural_key(*parts)}"
        if ("Datastream", key) in self.entities:
            return key
        self._keep(_observed_property(info), default=False)
        self._keep(self._sensor(sensor, one), default=False)
        label = self._text(one, self.mapping.thing.name)
        self._keep(
            Datastream(
                key=key,
                name=f"{info.label_en}, {label}",
                description=f"{info.label_en} by {self._text(one, self.mapping.sensor.name)}",
                observation_type=f"{OM}OM_Measurement",
                unit_of_measurement=unit.measurement,
                properties={
                    "source": self.mapping.source,
                    "conversion": rule.conversion,
                    "sourceUnit": rule.unit,
                    "ucum": unit.ucum,
                    "calibrated": rule.calibrated,
                },
                thing=Link(key=thing),
                sensor=Link(key=sensor),
                observed_property=Link(key=info.key),
            ),
            default=False,
        )
        return key

    def _sensor(self, key: str, one: Taken) -> Sensor:
        named = self.mapping.sensor
        return Sensor(
            key=key,
            name=self._text(one, named.name),
            description=self._text(one, named.description),
            encoding_type="text/html",
            metadata=named.metadata,
        )

    def _keep(self, entity: Entity, *, default: bool) -> None:
        name = (type_of(entity).name, str(entity.key))
        self.entities.setdefault(name, entity)
        if default:
            self.defaults.setdefault(name, entity)

    def _text(self, one: Taken, template: str) -> str:
        """Fill a template; a field that is not there becomes the unit's id."""

        def fill(match: re.Match[str]) -> str:
            values = (one.record.fields.get(name) for name in match[1].split("|"))
            return str(next((value for value in values if isinstance(value, str | int) and value != ""), one.unit))

        return _FIELD.sub(fill, template)

    def _series(self) -> Iterator[Series]:
        for (datastream, feature), column in self.columns.items():
            column.sort(key=lambda cell: (start_of(cell[0]).us, end_of(cell[0]).us))
            intervals = any(isinstance(time, Interval) for time, _ in column)
            yield Series(
                datastream=datastream,
                feature=feature,
                start=tuple(start_of(time).us for time, _ in column),
                end=tuple(end_of(time).us for time, _ in column) if intervals else None,
                result=tuple(result for _, result in column),
            )


def _observed_property(info: codelists.PropertyInfo) -> ObservedProperty:
    return ObservedProperty(
        key=info.key,
        name=info.label_en,
        definition=info.definition,
        description=f"{info.label_en} ({info.label_nl})",
        properties={"id": info.id, "labelNl": info.label_nl, "ucum": info.ucum, "quantityKind": info.quantity_kind},
    )


def _named_fields(named: Named) -> set[str]:
    texts = (named.name, named.description)
    names = {name for text in texts for group in _FIELD.findall(text) for name in group.split("|")}
    return names | set(named.properties.values())


def _stamp(text: str, format_: str, zone: str) -> Instant:
    """Read a stamp in the declared format and zone.

    Raises:
        MissingZoneError: it has no zone and none is declared.
        ValueParseError: it is no time.
    """
    try:
        moment = datetime.strptime(text, format_) if format_ else parse_local(_iso(text))
    except ValueError as error:
        raise ValueParseError(text, "a time stamp of this source") from error
    if moment.tzinfo is None:
        if not zone:
            raise MissingZoneError(text, "a time with a zone")
        moment = moment.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
    return Instant.of(moment)


def _iso(text: str) -> str:
    """Turn `2015/12/22` and `12/22/2015` into `2015-12-22`."""
    american = re.sub(r"^(\d\d)/(\d\d)/(\d{4})(?=\D|$)", r"\3-\1-\2", text)
    return re.sub(r"^(\d{4})/(\d\d)/(\d\d)", r"\1-\2-\3", american)


def _outside(raw: Any, rule: FieldRule) -> bool:
    below = rule.minimum is not None and raw < rule.minimum
    return below or (rule.maximum is not None and raw > rule.maximum)


def _shown(limit: float | None) -> str:
    return "any" if limit is None else f"{limit:g}" if abs(limit) < 1e6 else f"{limit:.0f}"


def _tally(taken: list[Taken]) -> Tally:
    errors = [any(finding.severity is Severity.ERROR for finding in one.findings) for one in taken]
    whole = sum(1 for one, bad in zip(taken, errors, strict=True) if one.kept and not bad)
    return Tally(
        records_read=len(taken),
        records_mapped=whole,
        records_partly=sum(one.kept for one in taken) - whole,
        records_rejected=sum(not one.kept for one in taken),
        fields_read=sum(len(one.record.fields) for one in taken),
        fields_mapped=sum(one.mapped for one in taken),
        fields_ignored=sum(one.ignored for one in taken),
        fields_rejected=sum(one.rejected for one in taken),
        digits_cut=sum(one.digits_cut for one in taken),
    )
