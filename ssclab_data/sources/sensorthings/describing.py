"""Make entities of what was taken from SensorThings documents; what lacks a part is made whole, and marked as such."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import BodyError, ValueParseError
from ssclab_data.model.entity import Entity, Kind, Link, Navigation, Property
from ssclab_data.model.json_values import read_value
from ssclab_data.model.multi import VIEWS, kept_as
from ssclab_data.model.sensorthings import ENTITY_TYPES, GEOJSON
from ssclab_data.sources.sensorthings.completing import UNKNOWN_CONCEPT
from ssclab_data.sources.sensorthings.shapes import ID
from ssclab_data.sources.sensorthings.taking import Found, Name, Taking

_LEGACY_GEOJSON = "application/vnd.geo+json"
_GEOMETRY = {"Location": "location", "FeatureOfInterest": "feature"}
_BY_STORE = ("observedArea", "phenomenonTime", "resultTime")
"""Properties of a Datastream that a store keeps by its Observations."""

_OWNED = {
    "Thing": ("Locations",),
    "HistoricalLocation": ("Thing", "Locations"),
    "Datastream": ("Thing", "Sensor", "ObservedProperty"),
}
"""Links that are written with an entity; the others are seen from the other end."""


class Described(msgspec.Struct, frozen=True):
    """An entity as far as it is described.

    Attributes:
        lacking: names of the required properties that it lacks.
    """

    entity: Entity
    lacking: tuple[str, ...] = ()


class Describing:
    """The descriptive entities of a payload."""

    def __init__(self, taking: Taking) -> None:
        self.taking = taking
        self.described: dict[Name, Described] = {}
        self.first: dict[Name, Found] = {}
        for one in taking.found:
            if one.kept and kept_as(one.kind) != "Observation":
                self._describe(one)

    def document(self, name: Name) -> Mapping[str, Any]:
        """Give the document of an entity, empty where it is not written out."""
        return self.first[name].document if name in self.first else {}

    def _describe(self, one: Found) -> None:
        values = self._values(one)
        kind = kept_as(one.kind)
        geometry = _GEOMETRY.get(kind)
        if geometry is not None and not self._placed(one, values.get(geometry, UNSET), geometry):
            values.pop(geometry, None)
        if kind == "Thing" and self.taking.file is not None and isinstance(values.get("properties"), dict):
            values["properties"] = _with_municipality(values["properties"], self.taking.file.municipality)
        entity = ENTITY_TYPES[kind].struct(key=one.key, **{_field(kind, name): value for name, value in values.items()})
        entity = msgspec.structs.replace(entity, **_links(kind, one))
        known = self.described.get(one.name)
        if known is not None:
            entity = _merged(known.entity, entity)
        self.described[one.name] = Described(entity, _lacking(kind, entity))
        if known is None or len(one.document) > len(self.first[one.name].document):
            self.first[one.name] = one

    def _values(self, one: Found) -> dict[str, Any]:
        """Read the properties, and account for every member."""
        kind, view = ENTITY_TYPES[kept_as(one.kind)], VIEWS[one.kind]
        values: dict[str, Any] = {}
        for name, given in one.document.items():
            part = view.by_name.get(name)
            if name == ID or isinstance(part, Navigation):
                one.mapped += 1
            elif "@" in name or (kind.name == "Datastream" and name in _BY_STORE):
                one.ignored += 1
            elif part is None:
                one.rejected += 1
                self.taking.find(one, "unknown-field", name, given)
            elif isinstance(kind.by_name.get(name), Property):
                self._value(one, part, given, values=values)
            else:
                one.mapped += 1
        return values

    def _value(self, one: Found, part: Property, given: Any, *, values: dict[str, Any]) -> None:
        if part.kind is Kind.UNIT or (given is None and part.kind is not Kind.VALUE):
            one.mapped += 1  # units are read with the Datastream; null is absent
            return
        try:
            values[part.name] = read_value(given, part, part.name)
        except BodyError as error:
            one.rejected += 1
            self.taking.find(one, "wrong-value", part.name, str(error))
        else:
            one.mapped += 1

    def _placed(self, one: Found, value: Any, field: str) -> bool:
        """Tell whether a geometry can be kept, and look at where it is."""
        if value is UNSET:
            return False
        try:
            longitude, latitude = position_of(value)
        except ValueParseError as error:
            one.mapped, one.rejected = one.mapped - 1, one.rejected + 1
            self.taking.find(one, "bad-position", field, str(error))
            return False
        if longitude == 0 and latitude == 0:
            self.taking.find(one, "no-position", field, "0, 0")
            return False
        area = self.taking.context.area
        if area is not None and not area.contains(longitude, latitude):
            name = self.taking.context.municipality or "the area of the lab"
            self.taking.find(one, "outside-area", name, f"{longitude}, {latitude}")
        return True


def position_of(value: Mapping[str, Any]) -> tuple[float, float]:
    """Give the first position of a GeoJSON geometry or Feature, longitude and latitude.

    Raises:
        ValueParseError: it has none, or one that is not of CRS84 degrees.
    """
    if "crs" in value:
        raise ValueParseError(str(value["crs"])[:80], "GeoJSON in CRS84 degrees, without a member `crs` (RFC 7946)")
    inner: Any = value.get("geometry", value)
    if isinstance(inner, Mapping) and inner.get("geometries"):
        inner = inner["geometries"][0]
    at = inner.get("coordinates") if isinstance(inner, Mapping) else None
    while isinstance(at, list) and at and isinstance(at[0], list):
        at = at[0]
    if not isinstance(at, list) or len(at) < 2:
        raise ValueParseError(str(value)[:80], "a geometry with a position")
    longitude, latitude = at[0], at[1]
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueParseError(f"{longitude}, {latitude}", "a longitude within 180 and a latitude within 90 degrees")
    return longitude, latitude


def _with_municipality(properties: dict[str, Any], name: str) -> dict[str, Any]:
    """Add the code of the municipality of which a service tells the number."""
    number = str(properties.get(name) or "") if name else ""
    return {**properties, "municipality": f"gm{int(number):04}"} if number.isdecimal() else properties


def can_be(one: Described) -> bool:
    """Tell whether an entity can be without what was not said of it: a place cannot be without its geometry."""
    return not {"location", "feature", "time"} & set(one.lacking)


def whole(one: Described) -> Entity:
    """Give an entity with all that is required; what was not said says so little."""
    kind = ENTITY_TYPES[type(one.entity).__name__]
    named = getattr(one.entity, "name", UNSET) or str(one.entity.key).rpartition("/")[2]
    words = {"name": named, "description": named, "encoding_type": "text/html", "metadata": ""}
    words["definition"] = UNKNOWN_CONCEPT
    if kind.name in _GEOMETRY:
        words["encoding_type"] = GEOJSON
    fields = {
        part.field: words[part.field] for part in kind.properties if part.name in one.lacking and part.field in words
    }
    changed = msgspec.structs.replace(one.entity, **fields)
    if kind.name in _GEOMETRY and getattr(changed, "encoding_type", "") == _LEGACY_GEOJSON:
        changed = msgspec.structs.replace(changed, encoding_type=GEOJSON)
    return changed


def _field(kind: str, name: str) -> str:
    return ENTITY_TYPES[kind].by_name[name].field


def _links(kind: str, one: Found) -> dict[str, Any]:
    """Give the links that an entity owns, as fields."""
    found: dict[str, Any] = {}
    for name in _OWNED.get(kind, ()):
        keys = list(dict.fromkeys(one.links.get(name, ())))
        link = ENTITY_TYPES[kind].by_name[name]
        if keys and isinstance(link, Navigation):
            found[link.field] = tuple(Link(key=key) for key in keys) if link.many else Link(key=keys[0])
    return found


def _merged(one: Entity, other: Entity) -> Entity:
    """Add what another writing of the same entity says."""
    changed = {}
    for field in type(one).__struct_fields__:
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine is UNSET:
            changed[field] = theirs
        elif isinstance(mine, tuple) and isinstance(theirs, tuple):
            changed[field] = tuple(dict.fromkeys((*mine, *theirs)))
    return msgspec.structs.replace(one, **changed)


def _lacking(kind: str, entity: Entity) -> tuple[str, ...]:
    return tuple(
        part.name
        for part in ENTITY_TYPES[kind].properties
        if part.required and part.kind is not Kind.UNIT and getattr(entity, part.field) in (UNSET, None)
    )
