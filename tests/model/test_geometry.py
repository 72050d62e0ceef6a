"""Geometries: GeoJSON and WKT in, relations and bounds out."""

from typing import Any

import pytest

from ssclab_data.errors import ValueParseError
from ssclab_data.model.geometry import (
    bounds,
    plain_wkt,
    distance,
    geometry_of,
    length,
    positions,
    relate,
    relate_pattern,
    to_wkt,
)
from ssclab_data.model.values import Box

POINT = {"type": "Point", "coordinates": [5.671223, 51.472561]}
SQUARE = "POLYGON((5 51,6 51,6 52,5 52,5 51))"


@pytest.mark.parametrize(
    "value",
    [POINT, {"type": "Feature", "properties": None, "geometry": POINT}],
    ids=["geometry", "feature"],
)
def test_a_location_is_a_geometry_or_a_feature(value: dict[str, Any]) -> None:
    assert geometry_of(value) == POINT
    assert bounds(value) == Box(5.671223, 51.472561, 5.671223, 51.472561)
    assert to_wkt(value) == "POINT (5.671223 51.472561)"


@pytest.mark.parametrize("value", [{}, {"type": "point", "coordinates": [1, 2]}, {"type": "Feature", "geometry": None}])
def test_what_is_no_geometry_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ValueParseError):
        geometry_of(value)


def test_bounds_of_an_empty_geometry_are_refused() -> None:
    with pytest.raises(ValueParseError):
        bounds({"type": "MultiPoint", "coordinates": []})


def test_positions_of_a_collection_are_all_given() -> None:
    collection = {
        "type": "GeometryCollection",
        "geometries": [POINT, {"type": "Polygon", "coordinates": [[[0, 1], [2, 3, 99.5], [0, 1]]]}],
    }
    assert list(positions(collection)) == [(5.671223, 51.472561), (0.0, 1.0), (2.0, 3.0), (0.0, 1.0)]


@pytest.mark.parametrize(
    ("function", "left", "right", "holds"),
    [
        ("st_within", POINT, SQUARE, True),
        ("st_contains", SQUARE, POINT, True),
        ("st_disjoint", POINT, SQUARE, False),
        ("geo.intersects", SQUARE, "POINT(5 51)", True),
        ("st_touches", SQUARE, "POINT(5 51)", True),
        ("st_equals", SQUARE, SQUARE, True),
        ("st_overlaps", SQUARE, "POLYGON((5.5 51,7 51,7 52,5.5 52,5.5 51))", True),
        ("st_crosses", "LINESTRING(4 51.5,7 51.5)", SQUARE, True),
    ],
)
def test_relations(function: str, left: Any, right: Any, holds: bool) -> None:
    assert relate(function, left, right) is holds


def test_measures_are_in_degrees() -> None:
    assert distance("POINT(0 0)", "POINT(3 4)") == 5.0
    assert length("LINESTRING(0 0,3 4)") == 5.0
    assert relate_pattern("POINT(5.5 51.5)", SQUARE, "T*F**F***")


@pytest.mark.parametrize("text", ["POINT(5)", "SQUARE(1 2)", ""])
def test_broken_wkt_is_refused(text: str) -> None:
    with pytest.raises(ValueParseError):
        plain_wkt(text)
