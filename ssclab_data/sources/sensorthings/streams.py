"""Make Datastreams: their unit, their observed property, and how their results are read."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import BodyError, ValueParseError
from ssclab_data.model.codelists import PropertyInfo, observed_property
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.identity import natural_key
from ssclab_data.model.multi import MultiDatastream, datastream_of
from ssclab_data.model.sensorthings import OM, Datastream, ObservedProperty
from ssclab_data.model.units import convert_unit, units
from ssclab_data.sources.concepts import shared_property
from ssclab_data.sources.declaration.services import SeriesRule, ServiceFile, ThingsBy
from ssclab_data.sources.numbers import Linear
from ssclab_data.sources.sensorthings.completing import bare
from ssclab_data.sources.sensorthings.concepts import find_property
from ssclab_data.sources.sensorthings.describing import Described, Describing, whole
from ssclab_data.sources.sensorthings.shapes import MULTI
from ssclab_data.sources.sensorthings.taking import Found, Taking
from ssclab_data.sources.sensorthings.units import GivenUnit, read_unit

_UNKNOWN = "unknown"
_TYPE = re.compile(r"OM_(?:Measurement|Observation|(?:Count|Category|Truth|Complex|Temporal|Geometry)Observation)\b")
_NUMERIC = ("OM_Measurement", "OM_CountObservation")


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A Datastream and how its results are read.

    Attributes:
        complete: whether all that is required was said of it.
        numeric: whether results are numbers; None where that is not known.
        line: from the results to the unit of the observed property.
    """

    entity: Datastream
    complete: bool
    numeric: bool | None = None
    line: Linear = Linear()
    rule: SeriesRule | None = None


class Streams:
    """The Datastreams of a payload, and what they need that the payload does not describe."""

    def __init__(self, taking: Taking, described: Describing, file: ServiceFile | None) -> None:
        self.taking = taking
        self.described = described
        self.file = file
        self.pattern = re.compile(file.names) if file is not None and file.names else None
        self.needed: dict[tuple[str, str], Entity] = {}
        self.shared: dict[str, ObservedProperty] = {}
        """ObservedProperties of the code list that take the place of those of the service, by the key of these."""
        self.own: set[str] = set()
        """Keys of those that are kept all the same, for results that do not convert."""
        for name in list(described.described):
            if name[0] == "ObservedProperty":
                self._property_of(name[1])
        self.streams = {
            name[1]: self._stream(name[1], one)
            for name, one in described.described.items()
            if name[0] == "Datastream" and described.first[name].kept
        }

    def stream(self, key: str, service: str) -> Stream:
        """Give a Datastream, one of which nothing is known where it is not described."""
        if key not in self.streams:
            found = Found(record=-1, kind="Datastream", document={}, key=key, service=service)
            self.streams[key] = self._built(found, Described(Datastream(key=key), ("name", "description")))
        return self.streams[key]

    def _stream(self, key: str, described: Described) -> Stream:
        found = self.described.first["Datastream", key]
        return self._multi(found, described) if found.kind == MULTI else self._built(found, described)

    def _built(self, found: Found, described: Described) -> Stream:
        document, named = found.document, described.entity
        groups = self._groups(str(document.get("name", "")))
        rule = self._rule(groups.get("property", ""))
        unit = read_unit(document.get("unitOfMeasurement"), rule.unit if rule else "")
        self._unit_findings(found, unit)
        type_, numeric = self._type(found, unit)
        info, line = self._measured(found, named, rule=rule, unit=unit)
        entity = whole(described)
        assert isinstance(entity, Datastream)  # noqa: S101 - it was described as one
        links, complete = self._links(found, entity, info=info, thing=groups.get("thing", ""))
        target = unit.known if unit.known is None or info is None else units()[info.ucum]
        entity = msgspec.structs.replace(
            entity,
            **links,
            observation_type=OM + type_,
            unit_of_measurement=target.measurement if target is not None else unit.written,
            properties=_properties(entity, self._facts(found, unit=unit, rule=rule, line=line)),
        )
        lacking = bool(described.lacking) and set(described.lacking) != {"observationType"}
        if found.record >= 0 and (lacking or not complete):
            self.taking.find(found, "partly-described", value=_not_said(described, found))
        return Stream(entity=entity, complete=complete and not lacking, numeric=numeric, line=line, rule=rule)

    def _multi(self, found: Found, described: Described) -> Stream:
        """Make the Datastream that is kept for a MultiDatastream; its results are arrays, and kept as they are."""
        entity = described.entity
        assert isinstance(entity, Datastream)  # noqa: S101 - it was described as one
        keys = [self._property_of(key) for key in dict.fromkeys(found.links.get("ObservedProperties", ()))]
        multi = MultiDatastream(
            key=found.key,
            name=entity.name,
            description=entity.description,
            properties=entity.properties,
            thing=entity.thing,
            sensor=entity.sensor,
            multi_observation_data_types=found.document.get("multiObservationDataTypes", UNSET),
            unit_of_measurements=found.document.get("unitOfMeasurements", UNSET),
        )
        try:
            made = datastream_of(multi, keys)
        except BodyError as error:
            self.taking.find(found, "wrong-value", "multiObservationDataTypes", str(error))
            made = Datastream(key=found.key, observation_type=OM + "OM_ComplexObservation")
        links, complete = self._links(found, entity, info=None, thing="")
        if made.observed_property is not UNSET:
            links.pop("observed_property", None)
        filled = msgspec.structs.replace(whole(Described(made, _unsaid(made))), **links)
        assert isinstance(filled, Datastream)  # noqa: S101 - it was made as one
        return Stream(entity=filled, complete=complete and filled.result_type is not UNSET, numeric=False)

    def _groups(self, name: str) -> dict[str, str]:
        match = self.pattern.fullmatch(name) if self.pattern is not None else None
        return {group: text for group, text in match.groupdict().items() if text} if match else {}

    def _rule(self, named: str) -> SeriesRule | None:
        fields = self.file.fields if self.file is not None else {}
        name = named.lower()
        if name in fields:
            return fields[name]
        return next((rule for pattern, rule in fields.items() if fnmatchcase(name, pattern)), None)

    def _unit_findings(self, found: Found, unit: GivenUnit) -> None:
        if unit.known is None and (unit.written.symbol or unit.written.definition):
            self.taking.find(found, "unit-kept-as-given", "unitOfMeasurement", unit.texts)
        if unit.unclear:
            self.taking.find(found, "unit-unclear", "unitOfMeasurement", unit.texts)

    def _type(self, found: Found, unit: GivenUnit) -> tuple[str, bool | None]:
        given = found.document.get("observationType")
        match = _TYPE.search(given) if isinstance(given, str) else None
        if match is not None:
            numeric = True if match[0] in _NUMERIC else None if match[0] == "OM_Observation" else False
            return match[0], numeric
        if given:
            self.taking.find(found, "unknown-observation-type", "observationType", str(given))
        measured = unit.known is not None or bool(unit.texts)
        return ("OM_Measurement", True) if measured else ("OM_Observation", None)

    def _measured(
        self, found: Found, named: Entity, *, rule: SeriesRule | None, unit: GivenUnit
    ) -> tuple[PropertyInfo | None, Linear]:
        """Find the observed property of the code list, and how results come into its unit."""
        link = getattr(named, "observed_property", UNSET)
        info = observed_property(rule.property) if rule is not None else None
        if info is None and isinstance(link, Link):
            info = self._info(str(link.key))
        if info is None or unit.known is None:
            return info, Linear()
        try:
            scale, offset = convert_unit(unit.known, units()[info.ucum])
        except ValueParseError:
            self.taking.find(found, "quantity-kept-as-given", "unitOfMeasurement", unit.texts)
            self.own.update(found.links.get("ObservedProperty", ()))
            return None, Linear()
        return info, Linear.of(scale, offset)

    def _info(self, key: str) -> PropertyInfo | None:
        document = self.described.document(("ObservedProperty", key))
        return find_property(_text(document.get("definition")), _text(document.get("name")))

    def _property_of(self, key: str) -> str:
        """Give the key of the ObservedProperty that is kept for one of the service."""
        info = self._info(key)
        if info is not None:
            self.shared[key] = shared_property(info)
        return str(info.key) if info is not None else key

    def _links(
        self, found: Found, entity: Datastream, *, info: PropertyInfo | None, thing: str
    ) -> tuple[dict[str, Link], bool]:
        """Give the three links that a Datastream must have, and whether all of them were told."""
        told = {name: isinstance(getattr(entity, name), Link) for name in ("thing", "sensor", "observed_property")}
        links: dict[str, Link] = {}
        if not told["thing"]:
            links["thing"] = Link(key=self._thing(found, thing))
        if not told["sensor"]:
            links["sensor"] = Link(key=self._sensor(found, thing))
        if info is not None:
            links["observed_property"] = Link(key=info.key)
            self.needed["ObservedProperty", info.key] = shared_property(info)
        elif not told["observed_property"]:
            links["observed_property"] = Link(key=self._no_property(found))
        named = told["thing"] or bool(thing and self.file is not None and self.file.things is ThingsBy.NAME)
        return links, named and told["sensor"] and (info is not None or told["observed_property"])

    def _thing(self, found: Found, thing: str) -> str:
        by_name = bool(thing) and self.file is not None and self.file.things is ThingsBy.NAME
        key = natural_key(self.taking.source, thing) if by_name else self.taking.key(_UNKNOWN, found.service)
        return self._needed("Thing", key, thing if by_name else "Thing that the service did not name")

    def _sensor(self, found: Found, thing: str) -> str:
        key = self.taking.key(thing or _UNKNOWN, found.service)
        return self._needed("Sensor", key, f"Sensors of {thing}" if thing else "Sensor that the service did not name")

    def _no_property(self, found: Found) -> str:
        key = self.taking.key(_UNKNOWN, found.service)
        return self._needed("ObservedProperty", key, "property that the service did not name")

    def _needed(self, kind: str, key: str, name: str) -> str:
        self.needed[kind, key] = bare(kind, key, name)
        return key

    def _facts(self, found: Found, *, unit: GivenUnit, rule: SeriesRule | None, line: Linear) -> dict[str, Any]:
        facts = {"source": self.taking.source, "localId": found.id, "sourceUnit": unit.texts}
        if line != Linear():
            facts["conversion"] = f"linear ({line.times} x + {line.plus}) / {line.per}"
        return {name: value for name, value in (facts | _ruled(rule)).items() if value not in ("", None)}


def _ruled(rule: SeriesRule | None) -> dict[str, Any]:
    if rule is None:
        return {}
    facts = {"series": rule.series, "calibrated": rule.calibrated, "kind": rule.kind, "conversion": rule.conversion}
    return {name: value for name, value in facts.items() if value != ""}


def _properties(entity: Datastream, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Put our facts beside what the service says; what it says itself stays."""
    given = entity.properties if isinstance(entity.properties, dict) else {}
    return {**facts, **given}


def _not_said(described: Described, found: Found) -> str:
    links = [name for name in ("Thing", "Sensor", "ObservedProperty") if not found.links.get(name)]
    return ", ".join(dict.fromkeys((*described.lacking, *links)))


def _unsaid(entity: Datastream) -> tuple[str, ...]:
    return tuple(name for name in ("name", "description") if not getattr(entity, name))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
