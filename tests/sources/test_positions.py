"""Positions: pairs, GeoJSON, reference systems, order of axes, and what is no position."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import ValueParseError
from ssclab_data.model.crs import find_crs
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.declaration import AxisOrder, PlaceRule
from ssclab_data.sources.mapping import MappedSource, parse_mapping
from ssclab_data.sources.place import Position, metres, position_of, read_position, settle, unsure_order

PLAIN = PlaceRule(longitude="lon", latitude="lat")
RD = PlaceRule(longitude="x", latitude="y", crs="EPSG:28992")
PAIR = PlaceRule(pair="p")
LAT_LON = PlaceRule(pair="p", order=AxisOrder.LAT_LON)
GML = PlaceRule(pair="pos", crs_field="srs")
SHAPE = PlaceRule(geojson="g")
SHAPE_RD = PlaceRule(geojson="g", crs="EPSG:28992")

READ: list[tuple[PlaceRule, dict[str, Any], tuple[float, float] | None, str]] = [
    (PLAIN, {"lon": 5.1, "lat": 52.1}, (5.1, 52.1), "two numbers"),
    (PLAIN, {"lon": "5.1", "lat": " 52.1 "}, (5.1, 52.1), "two texts"),
    (PlaceRule(longitude="lon", latitude="lat", decimal=","), {"lon": "5,1", "lat": "52,1"}, (5.1, 52.1), "commas"),
    (PlaceRule(longitude="a|lon", latitude="b|lat"), {"lon": 5.1, "lat": 52.1}, (5.1, 52.1), "the first that is there"),
    (PLAIN, {"lon": 0, "lat": 0}, None, "cases.md, row 17: 0, 0 is nowhere"),
    (PLAIN, {"lon": "0.000", "lat": "0"}, None, "also as text"),
    (PlaceRule(longitude="lon", latitude="lat", nowhere=((-1, -1),)), {"lon": -1, "lat": -1}, None, "another nowhere"),
    (PLAIN, {"lon": None, "lat": 52.1}, None, "half a position is none"),
    (PLAIN, {"lat": ""}, None, "nothing"),
    (PAIR, {"p": [5.1, 52.1]}, (5.1, 52.1), "a list"),
    (PAIR, {"p": []}, None, "an empty list"),
    (PAIR, {"p": "5.1,52.1,0"}, (5.1, 52.1), "text with commas"),
    (LAT_LON, {"p": "52.1 5.1"}, (5.1, 52.1), "text with blanks, latitude first"),
    (LAT_LON, {"p": [52.1, 5.1]}, (5.1, 52.1), "a list with the latitude first"),
    (GML, {"pos": "5.1,52.1,0", "srs": "EPSG:4326"}, (5.1, 52.1), "cases.md, row 44: short, longitude first"),
    (
        GML,
        {"pos": "52.1 5.1", "srs": "urn:ogc:def:crs:EPSG::4326"},
        (5.1, 52.1),
        "cases.md, row 44: URN, latitude first",
    ),
    (GML, {"pos": "52.1 5.1", "srs": "http://www.opengis.net/def/crs/EPSG/0/4326"}, (5.1, 52.1), "URL, latitude first"),
    (GML, {"pos": "5.1 52.1", "srs": "urn:ogc:def:crs:OGC:1.3:CRS84"}, (5.1, 52.1), "CRS84 is longitude first"),
    (GML, {"pos": "52.1 5.1", "srs": "urn:ogc:def:crs:EPSG::4258"}, (5.1, 52.1), "ETRS89 by URN, latitude first"),
    (
        GML,
        {"pos": "155000 463000", "srs": "urn:ogc:def:crs:EPSG::28992"},
        (5.387204, 52.155172),
        "RD is x first anyhow",
    ),
    (RD, {"x": 155000, "y": 463000}, (5.387204, 52.155172), "the tower of Amersfoort"),
    (RD, {"x": "155000.00", "y": "463000.00"}, (5.387204, 52.155172), "the same as text"),
    (SHAPE, {"g": {"type": "Point", "coordinates": [5.1, 52.1]}}, (5.1, 52.1), "a Point"),
    (
        SHAPE,
        {"g": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [5.1, 52.1]}}},
        (5.1, 52.1),
        "a Feature",
    ),
    (SHAPE, {"g.type": "Point", "g.coordinates": [5.1, 52.1]}, (5.1, 52.1), "as records have it"),
    (SHAPE, {"g_geometry_type": "Point", "g_geometry_coordinates": [5.1, 52.1]}, (5.1, 52.1), "in lower case"),
    (
        SHAPE,
        {"g": '{"type": "point", "coordinates": ["5.1", "52.1"]}'},
        (5.1, 52.1),
        "as text, as Luchtmeetnet writes it",
    ),
    (SHAPE, {"g": None}, None, "no geometry"),
    (SHAPE, {"g": {"type": "Point", "coordinates": []}}, None, "an empty Point"),
    (SHAPE_RD, {"g": {"type": "Point", "coordinates": [155000, 463000]}}, (5.387204, 52.155172), "GeoJSON in RD"),
    (SHAPE, {"g": {"type": "LineString", "coordinates": [[5.1, 52.1], [5.3, 52.1]]}}, (5.1, 52.1), "a point on a line"),
]


@pytest.mark.parametrize(("rule", "fields", "expected", "why"), READ, ids=[row[3] for row in READ])
def test_positions_are_read(
    rule: PlaceRule, fields: dict[str, Any], expected: tuple[float, float] | None, why: str
) -> None:
    """Expected positions are those of the input; that of RD is the one Kadaster publishes, to a tenth of a metre."""
    found = read_position(rule, fields)
    if expected is None:
        assert found is None, why
    else:
        assert found is not None
        assert (found.longitude, found.latitude) == pytest.approx(expected, abs=1e-6), why


REFUSED: list[tuple[PlaceRule, dict[str, Any], str]] = [
    (PLAIN, {"lon": "NaN", "lat": "NaN"}, "NaN"),
    (PLAIN, {"lon": "5,1", "lat": "52,1"}, "decimal mark"),
    (PLAIN, {"lon": 200, "lat": 52.1}, "outside the CRS84 area"),
    (PLAIN, {"lon": 52.1, "lat": 155.0}, r"outside the CRS84 area; inside when swapped"),
    (RD, {"x": 463000, "y": 155000}, r"outside the RD area; inside when swapped"),  # cases.md, row 43
    (RD, {"x": 5.1, "y": 52.1}, r"outside the RD area\)"),
    (GML, {"pos": "5.1 52.1", "srs": "WGS84"}, "a reference system"),
    (GML, {"pos": "5.1 52.1", "srs": "EPSG:99999"}, "EPSG register"),
    (SHAPE, {"g": {"type": "Pt", "coordinates": [5, 52]}}, "GeoJSON"),
    (SHAPE, {"g": "not json"}, "GeoJSON"),
    (SHAPE, {"g": {"type": "LineString", "coordinates": [[5, 52], [6]]}}, "longitude, latitude"),
]


@pytest.mark.parametrize(("rule", "fields", "message"), REFUSED)
def test_what_cannot_be_a_position_is_refused(rule: PlaceRule, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueParseError, match=message):
        read_position(rule, fields)


@pytest.mark.parametrize(
    ("code", "x", "y", "expected", "within"),
    [
        # Amersfoort, the origin of RD; Kadaster gives 52.155172 N, 5.387204 E in ETRS89.
        ("EPSG:28992", 155_000.0, 463_000.0, (5.387204, 52.155172), 1e-6),
        # x = a * radians(longitude), y = a * ln(tan(45 degrees + latitude / 2)), with a = 6,378,137 m, by hand.
        ("EPSG:3857", 6_378_137 * math.radians(5), 6_378_137 * math.log(math.tan(math.radians(71))), (5.0, 52.0), 1e-7),
        ("EPSG:4258", 5.3, 52.1, (5.3, 52.1), 1e-7),
        # The worked example of "A guide to coordinate systems in Great Britain" (Ordnance Survey), annex C: the
        # published WGS 84 position, to the some metres that the transformation without a grid is good for.
        ("EPSG:27700", 651_409.903, 313_177.270, (1.716074, 52.658008), 1e-4),
    ],
)
def test_reference_systems_are_converted_with_their_datum(
    code: str, x: float, y: float, expected: tuple[float, float], within: float
) -> None:
    crs = find_crs(code)
    assert crs.to_crs84(x, y) == pytest.approx(expected, abs=within)
    assert crs.from_crs84(*crs.to_crs84(x, y)) == pytest.approx((x, y), abs=0.01)


@given(st.floats(20_000, 275_000), st.floats(310_000, 610_000))
def test_rd_comes_back(x: float, y: float) -> None:
    """There and back again is nowhere off by more than a centimetre."""
    crs = find_crs("EPSG:28992")
    try:
        position = crs.to_crs84(x, y)
    except ValueParseError:
        return  # a corner of the box lies outside the Netherlands
    assert crs.from_crs84(*position) == pytest.approx((x, y), abs=0.01)


def test_a_short_name_leaves_the_order_open() -> None:
    """cases.md, row 44: it follows the mapping and warns; where no pair is read there is nothing to warn of."""
    assert unsure_order(GML, {"pos": "5.1 52.1", "srs": "EPSG:4326"}) == "EPSG:4326"
    assert unsure_order(GML, {"pos": "155000 463000", "srs": "EPSG:28992"}) == ""
    assert unsure_order(GML, {"pos": "5.1 52.1", "srs": "urn:ogc:def:crs:EPSG::4326"}) == ""
    assert unsure_order(PlaceRule(longitude="x", latitude="y", crs_field="srs"), {"srs": "EPSG:4326"}) == ""


def test_a_height_stays_in_the_geometry_when_it_is_a_number() -> None:
    found = read_position(SHAPE, {"g": {"type": "Point", "coordinates": [5.1, 52.1, 12.5]}})
    assert found is not None
    assert found.geojson == {"type": "Point", "coordinates": [5.1, 52.1, 12.5]}
    assert position_of(found.geojson) == found
    text = read_position(PAIR, {"p": "5.1,52.1,0"})
    assert text is not None
    assert text.geojson == {"type": "Point", "coordinates": [5.1, 52.1]}


def test_another_geometry_stays_as_it_is() -> None:
    ring = [[5.0, 52.0], [5.2, 52.0], [5.2, 52.2], [5.0, 52.2], [5.0, 52.0]]
    found = read_position(SHAPE, {"g": {"type": "Polygon", "coordinates": [ring]}})
    assert found is not None
    assert found.geojson == {"type": "Polygon", "coordinates": [ring]}
    assert 5.0 < found.longitude < 5.2
    assert 52.0 < found.latitude < 52.2
    converted = read_position(
        SHAPE_RD, {"g": {"type": "LineString", "coordinates": [[155000, 463000], [155010, 463000]]}}
    )
    assert converted is not None
    assert converted.geojson["coordinates"][0] == pytest.approx([5.387204, 52.155172], abs=1e-6)


POSITIONS = st.builds(Position, st.floats(5.0, 5.003), st.floats(52.0, 52.003))


@given(st.lists(POSITIONS, min_size=1, max_size=8), st.data())
def test_what_stands_for_a_cell_does_not_depend_on_parts(positions: list[Position], data: st.DataObject) -> None:
    """Choosing from the choices of parts is choosing from all."""
    shuffled = data.draw(st.permutations(positions))
    cut = data.draw(st.integers(0, len(shuffled)))
    parts = [*settle(shuffled[:cut]).values(), *settle(shuffled[cut:]).values()]
    whole = settle(positions)
    assert settle(parts) == whole
    assert all(position.cell == cell for cell, position in whole.items())


def test_cells_have_one_name_on_both_sides_of_greenwich() -> None:
    assert Position(-0.0001, 51.5).cell == Position(0.0001, 51.5).cell == "51.500,0.000"


def test_distances_are_the_same_both_ways() -> None:
    """111 m for a thousandth of a degree of latitude, as row 64 of cases.md computes it."""
    one, other = Position(-3.388, 48.550), Position(-3.388, 48.551)
    assert metres(one, other) == metres(other, one) == pytest.approx(111.3, abs=0.1)


MAPPING = """
source: places-test
title: test
documentation: test
forms: [{name: one, reader: json, having: [id]}]
time: {fields: [t], zone: UTC, because: test}
thing: {id: [id], name: "T {id}", description: "T {id}", properties: {municipality: town}}
sensor: {id: [id], name: "S {id}", description: "S {id}"}
fields: {v: {property: pm25, unit: ug/m3}}
place: PLACE
"""


def mapped(place: str, context: SourceContext | None = None, **fields: Any) -> MappedPayload:
    source = MappedSource(parse_mapping(MAPPING.replace("PLACE", place), "test.yaml"))
    record = {"id": "1", "t": "2026-01-01T00:00:00Z", "v": 7, **fields}
    return source.read(msgspec.json.encode([record]), context or SourceContext())


FOUND: list[tuple[str, dict[str, Any], str, str, int, str]] = [
    (
        "{longitude: x, latitude: y, crs: 'EPSG:28992'}",
        {"x": 463000, "y": 155000},
        "bad-position",
        "error",
        0,
        "row 43",
    ),
    ("{pair: p, crs_field: srs}", {"p": "5.1,52.1", "srs": "EPSG:4326"}, "axis-order", "warning", 1, "row 44"),
    ("{longitude: lon, latitude: lat}", {"lon": 0, "lat": 0}, "no-position", "warning", 0, "row 17"),
    ("{longitude: lon, latitude: lat}", {"lon": "NaN", "lat": "NaN"}, "bad-position", "error", 0, "a text for none"),
    (
        "{longitude: lon, latitude: lat}",
        {"lon": 4.78, "lat": 51.58, "town": "Helmond"},
        "outside-stated-municipality",
        "warning",
        1,
        "row 65: it says Helmond, and lies in Breda",
    ),
]


@pytest.mark.parametrize(("place", "fields", "rule", "severity", "places", "why"), FOUND, ids=[row[5] for row in FOUND])
def test_what_is_odd_about_a_position_is_found_and_the_values_are_kept(
    place: str, fields: dict[str, Any], rule: str, severity: str, places: int, why: str
) -> None:
    """cases.md, rows 17, 43, 44 and 65: no position is corrected silently, and no value lost for it."""
    result = mapped(place, **fields)
    assert [(one.rule, one.severity) for one in result.findings] == [(rule, severity)], why
    assert [series.result for series in result.series] == [(7.0,)]
    assert [bool(series.feature) for series in result.series] == [bool(places)]


def test_a_town_that_the_code_list_does_not_know_is_no_finding() -> None:
    assert mapped("{longitude: lon, latitude: lat}", lon=4.78, lat=51.58, town="Utrecht").findings == ()
    assert mapped("{longitude: lon, latitude: lat}", lon=4.78, lat=51.58, town="Breda").findings == ()
