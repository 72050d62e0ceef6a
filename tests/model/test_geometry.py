"""Geometries: GeoJSON and WKT in, relations and bounds out."""

from typing import Any

import pytest

from ssclab_data.errors import ValueParseError
from ssclab_data.model.geometry import (
    bounds,
    box_of,
    box_of_wkt,
    distance,
    geometry_of,
    length,
    plain_wkt,
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


@pytest.mark.parametrize(
    ("value", "box"),
    [
        (POINT, Box(5.671223, 51.472561, 5.671223, 51.472561)),
        ({"type": "Point", "coordinates": [1, 2, 99.5, 7]}, Box(1, 2, 1, 2)),
        (
            {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2], [-1, 3, 4]]}},
            Box(-1, 2, 1, 3),
        ),
        ({"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [0, 2]]]}, Box(0, 0, 2, 2)),
        ({"type": "GeometryCollection", "geometries": [POINT]}, Box(5.671223, 51.472561, 5.671223, 51.472561)),
        ({"type": "Feature", "geometry": None}, None),
        ({"type": "Point", "coordinates": []}, None),
        ({"type": "Point", "coordinates": ["4.7", "51.5"]}, None),
        ({"type": "Point", "coordinates": [True, 51.5]}, None),
        ({"type": "Point", "coordinates": [10**400, 51.5]}, None),
        ({"type": "Point", "coordinates": {"lon": 4.7}}, None),
        ({"type": "LineString", "coordinates": [[1, 2]]}, None),
        ({"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 1]]]]}, None),
        ({"type": "GeometryCollection", "geometries": []}, None),
        ({"type": "GeometryCollection", "geometries": [1]}, None),
        ("POINT(1 2)", None),
    ],
)
def test_what_has_a_box_takes_part_in_relations(value: Any, box: Box | None) -> None:
    assert box_of(value) == box
    if isinstance(value, dict) and box is None:
        with pytest.raises(ValueParseError):
            relate("st_intersects", value, SQUARE)
        with pytest.raises(ValueParseError):
            distance(SQUARE, value)
    elif isinstance(value, dict):
        assert relate("st_intersects", value, value)


def test_a_deep_collection_is_refused() -> None:
    value: dict[str, Any] = POINT
    for _ in range(2_000):
        value = {"type": "GeometryCollection", "geometries": [value]}
    assert box_of(value) is None
    with pytest.raises(ValueParseError, match="at most 8"):
        plain_wkt("GEOMETRYCOLLECTION(" * 9 + "POINT(1 2)" + ")" * 9)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("SRID=4326;POINT(1 2)", "POINT(1 2)"),
        (" srid = 4326 ; POINT(1 2)", " POINT(1 2)"),
        ("POINT(1 2)", "POINT(1 2)"),
    ],
)
def test_ewkt_of_crs84_is_wkt(text: str, plain: str) -> None:
    assert plain_wkt(text) == plain


@pytest.mark.parametrize("text", ["SRID=28992;POINT(1 2)", "SRID=14326;POINT(1 2)", "SRID=;POINT(1 2)"])
def test_other_reference_systems_are_refused(text: str) -> None:
    with pytest.raises(ValueParseError):
        plain_wkt(text)


def test_an_empty_geometry_has_no_box() -> None:
    assert box_of_wkt("POINT EMPTY") is None
    assert box_of_wkt(SQUARE) == Box(5, 51, 6, 52)
