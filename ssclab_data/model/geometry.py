"""Read GeoJSON and WKT geometries and compare them; the only module that uses shapely."""

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


def check_wkt(text: str) -> None:
    """Make sure that a text is a WKT geometry.

    Raises:
        ValueParseError: it is not.
    """
    _from_wkt(text)


def relate(function: str, left: JsonObject | str, right: JsonObject | str) -> bool:
    """Apply a spatial relation to two geometries, each GeoJSON or WKT, in the plane of degrees.

    Args:
        function: a key of `RELATIONS`.
    """
    method: Callable[[Any], Any] = getattr(_shape(left), RELATIONS[function])
    return bool(method(_shape(right)))


def relate_pattern(left: JsonObject | str, right: JsonObject | str, pattern: str) -> bool:
    """Apply a DE-9IM pattern (`st_relate`)."""
    return bool(_shape(left).relate_pattern(_shape(right), pattern))


def distance(left: JsonObject | str, right: JsonObject | str) -> float:
    """Measure the shortest distance in degrees (`geo.distance`)."""
    return float(_shape(left).distance(_shape(right)))


def length(value: JsonObject | str) -> float:
    """Measure the length of a line in degrees (`geo.length`)."""
    return float(_shape(value).length)


def to_wkt(value: JsonObject) -> str:
    """Write a GeoJSON geometry or Feature as WKT, every digit kept, lon before lat."""
    from shapely import to_wkt

    return str(to_wkt(_shape(value), rounding_precision=-1, trim=True))


def _positions(coordinates: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, (list, tuple)) or not coordinates:
        return
    if isinstance(coordinates[0], (int, float)):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for part in coordinates:
        yield from _positions(part)


def _shape(value: JsonObject | str) -> "BaseGeometry":
    from shapely.geometry import shape

    if isinstance(value, str):
        return _from_wkt(value)
    return shape(geometry_of(value))


@lru_cache(maxsize=256)
def _from_wkt(text: str) -> "BaseGeometry":
    from shapely import GEOSException, from_wkt

    try:
        return from_wkt(text)
    except (GEOSException, TypeError) as error:
        raise ValueParseError(text, "a WKT geometry") from error
