"""A geometry or Feature is one by RFC 7946, or is refused before a store sees it."""

from typing import Any

import pytest
from shapely.geometry import mapping, shape

from ssclab_data.errors import ValueParseError
from ssclab_data.model.geojson import check_geojson
from ssclab_data.model.geometry import bounds

RING = [[0, 0], [1, 0], [1, 1], [0, 0]]
GOOD: list[Any] = [
    {"type": "Point", "coordinates": [4.5, 51]},
    {"type": "Point", "coordinates": [4.5, 51, -2.5]},
    {"type": "MultiPoint", "coordinates": [[0, 0]]},
    {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]},
    {"type": "Polygon", "coordinates": [RING]},
    {"type": "Polygon", "coordinates": [RING, RING], "bbox": [0, 0, 1, 1]},
    {"type": "MultiPolygon", "coordinates": [[RING]]},
    {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [0, 0]}]},
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}},
    {"type": "Feature", "id": 5, "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": [0, 0]}},
]
BAD: list[tuple[Any, str]] = [
    (None, "null"),
    ("POINT(0 0)", "WKT"),
    ({}, "no type"),
    ({"type": ["Point"], "coordinates": [0, 0]}, "a type that is no text"),
    ({"type": "Point"}, "no coordinates"),
    ({"type": "Point", "coordinates": []}, "no numbers"),
    ({"type": "Point", "coordinates": [0, True]}, "a truth value"),
    ({"type": "Point", "coordinates": [0, None]}, "null"),
    ({"type": "Point", "coordinates": [0, float("nan")]}, "NaN"),
    ({"type": "Point", "coordinates": [[0, 0]]}, "too deep"),
    ({"type": "LineString", "coordinates": [[0, 0]]}, "one position"),
    ({"type": "LineString", "coordinates": [0, 0]}, "not deep enough"),
    ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "a ring that does not close"),
    ({"type": "Polygon", "coordinates": []}, "no ring"),
    ({"type": "GeometryCollection", "geometries": []}, "nothing"),
    ({"type": "GeometryCollection", "geometries": {"a": 1}}, "no list"),
    ({"type": "GeometryCollection", "geometries": [5]}, "a number"),
    ({"type": "Feature"}, "no geometry"),
    ({"type": "Feature", "geometry": {"type": "Feature"}}, "a Feature in a Feature"),
    ({"type": "Feature", "properties": 5, "geometry": {"type": "Point", "coordinates": [0, 0]}}, "properties"),
    ({"type": "FeatureCollection", "features": []}, "several Features"),
]


@pytest.mark.parametrize("value", GOOD)
def test_geometries_and_features_pass_and_can_be_worked_with(value: Any) -> None:
    check_geojson(value)
    bounds(value)
    mapping(shape(value.get("geometry", value)))


@pytest.mark.parametrize(("value", "_why"), BAD)
def test_the_rest_is_refused(value: Any, _why: str) -> None:
    with pytest.raises(ValueParseError):
        check_geojson(value)
