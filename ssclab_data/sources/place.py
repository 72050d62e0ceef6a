"""Read positions and name the places they are in."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.crs import CRS84, Crs, find_crs
from ssclab_data.model.geometry import GEOMETRY_TYPES, inner_point
from ssclab_data.model.values import JsonObject, is_finite
from ssclab_data.sources.declaration import AxisOrder, PlaceRule
from ssclab_data.sources.decoders import POSITION_DECODERS
from ssclab_data.sources.numbers import Number, parse_number, whole

_METRES_PER_DEGREE = 111_320.0
_PARTS = ("type", "coordinates", "geometries", "geometry.type", "geometry.coordinates", "geometry.geometries")
"""Members of a GeoJSON object inside a record, whose names are joined by a dot there."""
_TYPES = {name.lower(): name for name in GEOMETRY_TYPES}


class Position(msgspec.Struct, frozen=True):
    """Lon/lat in CRS84 degrees.

    Attributes:
        height: third coordinate as the source gave it, or None.
        shape: GeoJSON geometry that the position stands for, where it is no Point.
    """

    longitude: float
    latitude: float
    height: float | None = None
    shape: JsonObject | None = None

    @property
    def cell(self) -> str:
        """Name of the thousandth of a degree that it is in; the same for every import."""
        return f"{_nearest(self.latitude):.3f},{_nearest(self.longitude):.3f}"

    @property
    def geojson(self) -> JsonObject:
        """As GeoJSON."""
        if self.shape is not None:
            return self.shape
        height = [] if self.height is None else [self.height]
        return {"type": "Point", "coordinates": [self.longitude, self.latitude, *height]}

    @property
    def rank(self) -> tuple[float, bytes]:
        """How well it stands for its cell; of several the least one does, in whichever order they came."""
        north, east = _nearest(self.latitude), _nearest(self.longitude)
        away = math.hypot(self.longitude - east, self.latitude - north)
        return round(away, 9), msgspec.json.encode(self.geojson, order="sorted")


def position_fields(rule: PlaceRule) -> tuple[str, ...]:
    """Give the names of the fields that positions come from."""
    plain = (name for text in (rule.pair, rule.longitude, rule.latitude) for name in text.split("|") if name)
    return (*plain, *_geojson_fields(rule.geojson), *((rule.crs_field,) if rule.crs_field else ()))


def read_position(rule: PlaceRule, fields: Mapping[str, Any]) -> Position | None:
    """Read the position of a record; None where there is none, which is also what a pair of `nowhere` means.

    Raises:
        ValueParseError: it cannot be a position.
    """
    if rule.geojson:
        return _of_geojson(rule, fields)
    if rule.pair:
        return _of_pair(rule, fields)
    return _point(rule, fields, [_first(fields, rule.longitude), _first(fields, rule.latitude)])


def unsure_order(rule: PlaceRule, fields: Mapping[str, Any]) -> str:
    """Give the name of the reference system where it leaves open which of a pair comes first, "" where it does not.

    A short name such as `EPSG:4326` does: the register puts the latitude first, and most who write it do not.
    """
    if not (rule.pair and rule.crs_field) or not _is_given(fields.get(rule.crs_field)):
        return ""
    crs = _crs(rule, fields)
    return str(fields[rule.crs_field]) if crs.latitude_first and not crs.authority_order else ""


def settle(positions: Iterable[Position]) -> dict[str, Position]:
    """Choose for each cell the position that stands for it: the one nearest to its middle.

    The choice from two choices is the choice from all, so it does not matter in which parts positions come.
    """
    chosen: dict[str, Position] = {}
    for one in positions:
        known = chosen.get(one.cell)
        if known is None or one.rank < known.rank:
            chosen[one.cell] = one
    return chosen


def metres(one: Position, other: Position) -> float:
    """Measure a short distance; the same both ways."""
    middle = math.radians((one.latitude + other.latitude) / 2)
    east = (one.longitude - other.longitude) * math.cos(middle)
    return math.hypot(east, one.latitude - other.latitude) * _METRES_PER_DEGREE


def position_of(geojson: JsonObject) -> Position:
    """Give the position of a GeoJSON geometry in CRS84, as `Position.geojson` gave it.

    Raises:
        ValueParseError: it is none.
    """
    found = _shaped(geojson, find_crs(CRS84), PlaceRule(nowhere=()))
    if found is None:
        raise ValueParseError(str(geojson)[:80], "a geometry with a position")
    return found


def _nearest(degrees: float) -> float:
    return round(degrees, 3) + 0.0  # never -0.000


def _of_pair(rule: PlaceRule, fields: Mapping[str, Any]) -> Position | None:
    given: Any = fields.get(rule.pair)
    pair: Any = _split(given, rule.decimal) if isinstance(given, str) else given
    if not isinstance(pair, list) or len(pair) < 2:
        return None
    order = rule.order
    crs = _crs(rule, fields)
    if rule.crs_field and crs.authority_order and _is_given(fields.get(rule.crs_field)):
        order = AxisOrder.LAT_LON if crs.latitude_first else AxisOrder.LON_LAT
    ordered = [pair[1], pair[0]] if order is AxisOrder.LAT_LON else pair[:2]
    return _point(rule, fields, [*ordered, *pair[2:3]] if pair is given else ordered)


def _split(text: str, decimal: str) -> list[str]:
    """Part `52.1 5.1` and `5.1,52.1,0`."""
    return (text if decimal == "," else text.replace(",", " ")).replace(";", " ").split()


def _point(rule: PlaceRule, fields: Mapping[str, Any], raw: list[Any]) -> Position | None:
    if not all(map(_is_given, raw[:2])):
        return None
    x, y = (_number(rule, value) for value in raw[:2])
    if any((float(x), float(y)) == (float(one), float(other)) for one, other in rule.nowhere):
        return None
    longitude, latitude = _crs(rule, fields).to_crs84(float(x), float(y))
    return Position(longitude, latitude, _height(raw[2:]))


def _number(rule: PlaceRule, value: Any) -> Number:
    number = parse_number(value, rule.decimal)
    return POSITION_DECODERS[rule.decoder](whole(number)) if rule.decoder else number


def _height(rest: list[Any]) -> float | None:
    given: Any = rest[0] if rest else None
    return float(given) if type(given) in (int, float) and is_finite(given) else None


def _crs(rule: PlaceRule, fields: Mapping[str, Any]) -> Crs:
    told = fields.get(rule.crs_field) if rule.crs_field else None
    return find_crs(str(told) if _is_given(told) else rule.crs or CRS84)


def _of_geojson(rule: PlaceRule, fields: Mapping[str, Any]) -> Position | None:
    geometry = _geometry(rule.geojson, fields)
    if geometry is None:
        return None
    return _shaped(geometry, _crs(rule, fields), rule)


def _shaped(geometry: JsonObject, crs: Crs, rule: PlaceRule) -> Position | None:
    kind = _TYPES.get(str(geometry.get("type")).lower())
    if kind is None:
        raise ValueParseError(str(geometry)[:80], "a GeoJSON geometry or Feature")
    if kind != "Point":
        shape = _converted({**geometry, "type": kind}, crs)
        return Position(*inner_point(shape), shape=shape)
    pair = geometry.get("coordinates")
    if pair is None or pair == []:
        return None
    if not isinstance(pair, list) or len(pair) < 2:
        raise ValueParseError(str(geometry)[:80], "a Point with a longitude and a latitude")
    return _point(
        msgspec.structs.replace(rule, crs_field="", crs=f"EPSG:{crs.code}" if not crs.plain else ""), {}, pair
    )


def _converted(geometry: JsonObject, crs: Crs) -> JsonObject:
    """Convert every position of a geometry; it is x before y whatever the system (RFC 7946, 3.1.1)."""
    if "geometries" in geometry:
        return {**geometry, "geometries": [_converted(part, crs) for part in geometry["geometries"]]}
    return {"type": geometry["type"], "coordinates": _each(geometry.get("coordinates"), crs)}


def _each(value: Any, crs: Crs) -> Any:
    if not isinstance(value, list) or not value:
        raise ValueParseError(str(value)[:80], "coordinates of a geometry")
    if isinstance(value[0], list):
        return [_each(part, crs) for part in value]
    numbers = [float(parse_number(part)) for part in value]
    if len(numbers) < 2:
        raise ValueParseError(str(value)[:80], "a position: longitude, latitude")
    return [*crs.to_crs84(*numbers[:2]), *numbers[2:3]]


def _geometry(name: str, fields: Mapping[str, Any]) -> JsonObject | None:
    """Find a geometry that a field holds, as an object, as text, or in parts."""
    given = fields.get(name)
    if isinstance(given, str) and given.strip():
        given = _decoded(given)
    if given is None or given == "":
        given = _joined(name, fields)
    if isinstance(given, dict) and given.get("type") == "Feature":
        given = given.get("geometry")
    if given is not None and not isinstance(given, dict):
        raise ValueParseError(str(given)[:80], "a GeoJSON geometry or Feature")
    return given


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueParseError(text[:80], "a GeoJSON geometry or Feature") from error


def _joined(name: str, fields: Mapping[str, Any]) -> JsonObject | None:
    for inner in ("geometry.", ""):
        for parts in ("coordinates", "geometries"):
            found = _first(fields, "|".join(_names(name, f"{inner}{parts}")))
            if found is not None:
                kind = _first(fields, "|".join(_names(name, f"{inner}type")))
                return {"type": kind, parts: found}
    return None


def _geojson_fields(name: str) -> tuple[str, ...]:
    return (name, *(one for part in _PARTS for one in _names(name, part))) if name else ()


def _names(name: str, part: str) -> tuple[str, str]:
    """Give the name of a member as records have it: with dots, and as mappings with lower case have it."""
    joined = f"{name}.{part}"
    return joined, joined.lower().replace(".", "_")


def _is_given(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _first(fields: Mapping[str, Any], names: str) -> Any:
    return next((fields[name] for name in names.split("|") if name in fields), None)
