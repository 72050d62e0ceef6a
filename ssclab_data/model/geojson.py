"""Check that a value is a GeoJSON geometry or Feature with finite positions (RFC 7946, section 3)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ssclab_data.errors import ValueParseError

_LEAST_OF_RING = 4
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_LEAST = {"LineString": 2, "MultiLineString": 2, "Polygon": _LEAST_OF_RING, "MultiPolygon": _LEAST_OF_RING}


def check_geojson(value: object) -> None:
    """Make sure that a value is a geometry, or a Feature that has one, with at least one position.

    Raises:
        ValueParseError: it is not; the message says where it ends to be one.
    """
    if not isinstance(value, Mapping):
        raise _fault(value, "a GeoJSON geometry or Feature")
    if value.get("type") == "Feature":
        if not isinstance(value.get("geometry"), Mapping):
            raise _fault(value.get("geometry"), "the geometry of a Feature, which has to be there")
        properties = value.get("properties")
        if properties is not None and not isinstance(properties, Mapping):
            raise _fault(properties, "the properties of a Feature: an object, or null")
        value = value["geometry"]
    _check_geometry(value)


def _check_geometry(value: Any) -> None:
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind == "GeometryCollection":
        parts = value.get("geometries")
        if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
            raise _fault(parts, "the geometries of a GeometryCollection")
        for part in parts:
            _check_geometry(part)
        return
    if not isinstance(kind, str) or kind not in _DEPTHS:
        raise _fault(kind, f"a type of GeoJSON geometry; known: {', '.join((*_DEPTHS, 'GeometryCollection'))}")
    _check_coordinates(value.get("coordinates"), kind, depth=_DEPTHS[kind])


def _check_coordinates(value: Any, kind: str, *, depth: int) -> None:
    if not isinstance(value, list) or not value:
        raise _fault(value, f"coordinates of a {kind}")
    if depth == 0:
        _check_position(value)
        return
    for part in value:
        _check_coordinates(part, kind, depth=depth - 1)
    if depth == 1:
        _check_line(value, kind)


def _check_line(line: list[Any], kind: str) -> None:
    least = _LEAST.get(kind, 1)
    if len(line) < least:
        raise _fault(line, f"a line of a {kind}, which has at least {least} positions")
    if least == _LEAST_OF_RING and line[0] != line[-1]:
        raise _fault(line, f"a ring of a {kind}, which ends where it begins")


def _check_position(value: list[Any]) -> None:
    numbers = all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in value)
    if len(value) < 2 or not numbers or not all(map(math.isfinite, value)):
        raise _fault(value, "a position: longitude, latitude and perhaps a height")


def _fault(value: object, expected: str) -> ValueParseError:
    text = str(value)
    return ValueParseError(text if len(text) <= 80 else f"{text[:77]}...", expected)
