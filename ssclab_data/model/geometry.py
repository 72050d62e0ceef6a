"""Read GeoJSON and WKT geometries and compare them; the only module that uses shapely."""

import json
import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Box, JsonObject

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

GEOMETRY_TYPES = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)

MAX_NESTING = 8
"""The deepest nesting of collections; the C++ below crashes on much deeper ones."""

_LEVELS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How many lists are around the positions of each type."""
_LEAST = {"LineString": 2, "MultiLineString": 2, "Polygon": 3, "MultiPolygon": 3}
"""How many positions a line or ring of each type has at least; a ring that is open is closed."""
_SRID = re.compile(r"\s*SRID\s*=\s*([0-9]+)\s*;", re.IGNORECASE)
_CRS84 = "4326"
_NUMBER = re.compile(r"[0-9.]+[eE][+-]?[0-9]+|[0-9]{300,}")
_NO_NUMBER = re.compile(r"\b(?:nan|inf(?:inity)?)\b", re.IGNORECASE)

# Function name in SensorThings (OGC 18-088, table 25) -> method of shapely.
RELATIONS = {
    "st_equals": "equals",
    "st_disjoint": "disjoint",
    "st_touches": "touches",
    "st_within": "within",
    "st_overlaps": "overlaps",
    "st_crosses": "crosses",
    "st_intersects": "intersects",
    "st_contains": "contains",
    "geo.intersects": "intersects",
}


def geometry_of(value: JsonObject) -> JsonObject:
    """Give the geometry of a GeoJSON geometry or Feature (RFC 7946, sections 3.1 and 3.2).

    Raises:
        ValueParseError: it is neither.
    """
    geometry = value.get("geometry") if value.get("type") == "Feature" else value
    if not isinstance(geometry, dict) or geometry.get("type") not in GEOMETRY_TYPES:
        raise ValueParseError(str(value)[:80], "a GeoJSON geometry or Feature")
    return geometry


def positions(geometry: JsonObject) -> Iterator[tuple[float, float]]:
    """Give the lon/lat of each position in a GeoJSON geometry."""
    if geometry.get("type") == "GeometryCollection":
        for part in geometry.get("geometries", []):
            yield from positions(part)
        return
    yield from _positions(geometry.get("coordinates", []))


def bounds(value: JsonObject) -> Box:
    """Bound a GeoJSON geometry or Feature; CRS84 degrees, not crossing the antimeridian.

    Raises:
        ValueParseError: it is neither, or it has no position.
    """
    found = list(positions(geometry_of(value)))
    if not found:
        raise ValueParseError(str(value)[:80], "a geometry with positions")
    longitudes, latitudes = zip(*found, strict=True)
    return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def plain_wkt(text: str) -> str:
    """Give a WKT geometry without the `SRID=4326;` of EWKT.

    Raises:
        ValueParseError: it is none, or its coordinates are not CRS84 lon/lat.
    """
    match = _SRID.match(text)
    if match is not None and match[1].lstrip("0") != _CRS84:
        raise ValueParseError(text[:80], f"in CRS84 degrees, lon before lat; leave the SRID out, or give {_CRS84}")
    plain = text if match is None else text[match.end() :]
    _from_wkt(plain)
    return plain


def box_of(value: object) -> Box | None:
    """Bound what a spatial function takes as a geometry; None where it takes it as none."""
    try:
        flat = _flat(geometry_of(value)) if isinstance(value, dict) else None
    except ValueParseError:
        return None
    return None if flat is None else _box(flat)


def box_of_wkt(text: str) -> Box | None:
    """Bound a WKT geometry; None where it has no position.

    Raises:
        ValueParseError: it is none.
    """
    west, south, east, north = _from_wkt(text).bounds
    return None if math.isnan(west) else Box(west, south, east, north)


def relate(function: str, left: JsonObject | str, right: JsonObject | str) -> bool:
    """Apply a spatial relation to two geometries, each GeoJSON or WKT, in the plane of degrees.

    Args:
        function: a key of `RELATIONS`.

    Raises:
        ValueParseError: one is no geometry, or the relation is not defined for such geometries.
    """
    if _apart(left, right):
        return function == "st_disjoint"
    method: Callable[[Any], Any] = getattr(_shape(left), RELATIONS[function])
    return bool(_computed(method, _shape(right)))


def relate_pattern(left: JsonObject | str, right: JsonObject | str, pattern: str) -> bool:
    """Apply a DE-9IM pattern (`st_relate`).

    Raises:
        ValueParseError: one is no geometry.
    """
    return bool(_computed(_shape(left).relate_pattern, _shape(right), pattern))


def distance(left: JsonObject | str, right: JsonObject | str) -> float:
    """Measure the shortest distance in degrees (`geo.distance`).

    Raises:
        ValueParseError: one is no geometry.
    """
    return float(_computed(_shape(left).distance, _shape(right)))


def length(value: JsonObject | str) -> float:
    """Measure the length of a line in degrees (`geo.length`).

    Raises:
        ValueParseError: it is no geometry.
    """
    return float(_shape(value).length)


def inner_point(value: JsonObject) -> tuple[float, float]:
    """Give a point that lies on a GeoJSON geometry or Feature, lon/lat; of a Point itself.

    Raises:
        ValueParseError: it is none.

    >>> inner_point({"type": "LineString", "coordinates": [[5.0, 52.0], [5.2, 52.0]]})
    (5.0, 52.0)
    """
    point = _computed(lambda shape: shape.representative_point(), _shape(value))
    return float(point.x), float(point.y)


def to_wkt(value: JsonObject) -> str:
    """Write a GeoJSON geometry or Feature as WKT, every digit kept, lon before lat."""
    from shapely import to_wkt

    return str(to_wkt(_shape(value), rounding_precision=-1, trim=True))


def geojson_of(text: str) -> JsonObject:
    """Read WKT as a GeoJSON geometry.

    Raises:
        ValueParseError: it is none.

    >>> geojson_of("POINT (4.7 51.5)")
    {'type': 'Point', 'coordinates': [4.7, 51.5]}
    """
    from shapely import to_geojson

    return dict(json.loads(to_geojson(_from_wkt(text))))


def _positions(coordinates: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, (list, tuple)) or not coordinates:
        return
    if isinstance(coordinates[0], (int, float)):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for part in coordinates:
        yield from _positions(part)


def _apart(left: JsonObject | str, right: JsonObject | str) -> bool:
    """Tell whether the boxes of two geometries share no position, so that most relations need no look at them."""
    one, other = _any_box(left), _any_box(right)
    if one is None or other is None:
        return False
    return one.west > other.east or other.west > one.east or one.south > other.north or other.south > one.north


def _any_box(value: JsonObject | str) -> Box | None:
    return box_of_wkt(value) if isinstance(value, str) else _box(_flat(geometry_of(value)))


def _box(flat: JsonObject) -> Box:
    longitudes, latitudes = zip(*positions(flat), strict=True)
    return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def _flat(geometry: JsonObject, nesting: int = 0) -> JsonObject:
    """Give a GeoJSON geometry without heights, sure to be one (RFC 7946, 3.1).

    Raises:
        ValueParseError: it is none, or it has no position.
    """
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        parts = geometry.get("geometries")
        if not isinstance(parts, list) or not parts or nesting >= MAX_NESTING:
            raise ValueParseError(str(geometry)[:80], "a collection with geometries")
        return {"type": kind, "geometries": [_flat(_object(part), nesting + 1) for part in parts]}
    coordinates = _nested(geometry.get("coordinates"), _LEVELS[str(kind)], _LEAST.get(str(kind), 1))
    return {"type": kind, "coordinates": coordinates}


def _object(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise ValueParseError(str(value)[:80], "a GeoJSON geometry")
    return geometry_of(value)


def _nested(value: Any, levels: int, least: int) -> list[Any]:
    if not isinstance(value, list) or (levels and len(value) < (least if levels == 1 else 1)):
        raise ValueParseError(str(value)[:80], "coordinates of a geometry")
    if levels:
        return [_nested(part, levels - 1, least) for part in value]
    if len(value) < 2 or not all(map(_is_coordinate, value)):
        raise ValueParseError(str(value)[:80], "a position: longitude, latitude")
    return [float(value[0]), float(value[1])]


def _is_coordinate(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _FAR


_FAR = 1e300


def _shape(value: JsonObject | str) -> "BaseGeometry":
    from shapely.geometry import shape

    if isinstance(value, str):
        return _from_wkt(value)
    return shape(_flat(geometry_of(value)))


def _computed(method: Callable[..., Any], *args: Any) -> Any:
    from shapely import GEOSException

    try:
        return method(*args)
    except GEOSException as error:
        raise ValueParseError(str(error)[:80], "a relation between such geometries") from error


@lru_cache(maxsize=256)
def _from_wkt(text: str) -> "BaseGeometry":
    from shapely import GEOSException, from_wkt

    _check_wkt(text)
    try:
        return from_wkt(text)
    except (GEOSException, NotImplementedError) as error:
        raise ValueParseError(text[:80], "a WKT geometry") from error


def _check_wkt(text: str) -> None:
    """Refuse what the reader of WKT would crash on, or read as something else."""
    if text.upper().count("COLLECTION") > MAX_NESTING:
        raise ValueParseError(text[:80], f"a WKT geometry of at most {MAX_NESTING} collections")
    beyond = any(not math.isfinite(float(number)) for number in _NUMBER.findall(text) if number.count(".") < 2)
    if not text.isascii() or "\0" in text or beyond or _NO_NUMBER.search(text):
        raise ValueParseError(text[:80], "a WKT geometry")
