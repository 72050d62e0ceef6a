"""Check where Things stand: whether they stand somewhere, in the right order of axes, inside their municipality."""

import math
from collections.abc import Iterator
from typing import Any

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.sosa import Node
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.finding import Finding
from ssclab_data.model.geometry import geometry_of
from ssclab_data.model.lab import Policy
from ssclab_data.model.values import Box
from ssclab_data.validation.modelling.context import Context, at, properties

_NETHERLANDS = Box(3.2, 50.7, 7.3, 53.7)
_RD_X, _RD_Y = (-7_000, 300_000), (289_000, 629_000)  # bounds of RD New (EPSG:28992)
_KM_PER_DEGREE = 111.32
_TOLERANCE_KM = 0.2
_DECIMALS = 4
_GRID_DECIMALS = 3
_HOME = "home"
_BLURRED = frozenset(Policy) - {Policy.EXACT}


def check_thing(node: Node, context: Context) -> Iterator[Finding]:
    """Check that a Thing has a place and data, where it is known whether it has."""
    if not isinstance(node.entity, sta.Thing):
        return
    if "Locations" in node.links and not node.links["Locations"]:
        yield from context.breach("thing-without-location", {}, at(node, "/Locations"))
    if "Datastreams" in node.links and not node.links["Datastreams"]:
        yield from context.breach("thing-without-datastream", {}, at(node, "/Datastreams"))
    if properties(node.entity).get("placement") == _HOME:
        for location in node.links.get("Locations", ()):
            yield from _home(location, context)


def check_location(node: Node, context: Context) -> Iterator[Finding]:
    """Check the position of a Location."""
    entity = node.entity
    if not isinstance(entity, sta.Location):
        return
    point = point_of(entity.location)
    if point is None:
        return
    longitude, latitude = point
    place = at(node, "/location/coordinates", [longitude, latitude])
    value = f"{longitude}, {latitude}"
    if abs(longitude) > 180 or abs(latitude) > 90:
        if _within(longitude, _RD_X) and _within(latitude, _RD_Y):
            yield from context.breach("coordinates-in-metres", {"value": value}, place)
        return
    if not _NETHERLANDS.contains(longitude, latitude) and _NETHERLANDS.contains(latitude, longitude):
        yield from context.breach("axes-swapped", {"value": value}, place, suggestion=f"[{latitude}, {longitude}]")
        return
    if max(_decimals(longitude), _decimals(latitude)) < _DECIMALS - 1:
        yield from context.breach("position-imprecise", {"value": value}, place)
    if context.area is not None:
        distance = _distance_km(context.area, longitude, latitude)
        if distance > _TOLERANCE_KM:
            facts = {"value": value, "distance": f"{distance:.1f}", "municipality": context.municipality}
            yield from context.breach("outside-municipality", facts, place)


def point_of(shape: Any) -> tuple[float, float] | None:
    """Give longitude and latitude of a Point as they stand; None where it is none."""
    if not isinstance(shape, dict):
        return None
    try:
        geometry = geometry_of(shape)
    except ValueParseError:
        geometry = shape  # what is no GeoJSON is a finding of the schema; a wrong position still says which one
    coordinates = geometry.get("coordinates")
    if geometry.get("type") != "Point" or not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    longitude, latitude = coordinates[:2]
    if not all(isinstance(one, (int, float)) and math.isfinite(one) for one in (longitude, latitude)):
        return None
    return float(longitude), float(latitude)


def _home(location: Node, context: Context) -> Iterator[Finding]:
    if not isinstance(location.entity, sta.Location):
        return
    point = point_of(location.entity.location)
    if properties(location.entity).get("publishing") in _BLURRED:
        return  # one of the cell, chosen by `ssclab publish`, with more decimals than are known
    if point is not None and max(map(_decimals, point)) > _GRID_DECIMALS:
        place = at(location, "/location/coordinates", list(point))
        yield from context.breach("home-position-exact", {"value": f"{point[0]}, {point[1]}"}, place)


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _decimals(value: float) -> int:
    return len(repr(value).partition(".")[2].rstrip("0"))


def _distance_km(area: Box, longitude: float, latitude: float) -> float:
    """Measure how far a position lies outside a box, on a flat map at its latitude; 0 inside."""
    east = max(area.west - longitude, 0.0, longitude - area.east) * math.cos(math.radians(latitude))
    north = max(area.south - latitude, 0.0, latitude - area.north)
    return math.hypot(east, north) * _KM_PER_DEGREE
