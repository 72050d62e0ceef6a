"""CoverageJSON: values worked out by hand, and the real files."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import SourceError
from ssclab_data.model.sensorthings import Location, Thing
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import load_source

CRS84 = {"type": "GeographicCRS", "id": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
NO2 = {"observedProperty": {"id": "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/8"}, "unit": {"symbol": "ug/m3"}}
POINT = {"x": {"values": [5.1]}, "y": {"values": [52.1]}, "t": {"values": ["2026-01-01T00:00:00Z"]}}


def coverage(
    values: list[Any],
    *,
    axes: dict[str, Any] | None = None,
    names: list[str] | None = None,
    system: dict[str, Any] | None = None,
    order: tuple[str, ...] = ("x", "y"),
    parameter: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    range_: dict[str, Any] = {"type": "NdArray", "dataType": "float", "values": values}
    if names is not None:
        range_ |= {"axisNames": names}
    return {
        "type": "Coverage",
        "domain": {
            "type": "Domain",
            "axes": axes or POINT,
            "referencing": [{"coordinates": list(order), "system": system or CRS84}],
        },
        "parameters": {"NO2": {"type": "Parameter", **(parameter or NO2)}},
        "ranges": {"NO2": range_},
        **more,
    }


def read(document: Any, where: str = "") -> MappedPayload:
    content = document if isinstance(document, bytes) else msgspec.json.encode(document)
    mapped = load_source("coveragejson").read(content, SourceContext(where=where))
    tally = mapped.tally
    assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    return mapped


def rules(mapped: MappedPayload) -> dict[str, int]:
    return {finding.rule: finding.count for finding in mapped.findings}


def results(mapped: MappedPayload) -> list[Any]:
    return [value for series in mapped.series for value in series.result]


def places(mapped: MappedPayload) -> list[Any]:
    return [entity.location["coordinates"] for entity in mapped.defaults if isinstance(entity, Location)]  # type: ignore[index]


def things(mapped: MappedPayload) -> list[str]:
    return [str(entity.key) for entity in mapped.entities if isinstance(entity, Thing)]


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ({"symbol": "ug/m3"}, 21.5),
        ({"symbol": {"value": "mg/m3", "type": "http://www.opengis.net/def/uom/UCUM/"}}, 21500.0),
        ({"label": {"en": "µg/m³"}}, 21.5),
    ],
)
def test_a_point_is_one_value_at_one_place(unit: dict[str, Any], value: float) -> None:
    mapped = read(coverage([21.5], parameter={**NO2, "unit": unit}))
    assert (results(mapped), places(mapped), things(mapped)) == ([value], [[5.1, 52.1]], ["coveragejson/5.1%2C52.1"])
    assert mapped.findings == ()


@pytest.mark.parametrize(
    ("axis", "start", "end"),
    [
        ({"values": ["2026-01-31"]}, "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"),
        ({"values": ["2026-12"]}, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ({"values": ["2026"]}, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ({"values": ["2026-01-01T00:00:00Z"]}, "2026-01-01T00:00:00Z", None),
        (
            {"values": ["2026-01-01T00:30:00Z"], "bounds": ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"]},
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00Z",
        ),
    ],
)
def test_a_date_without_a_time_of_day_is_the_whole_day(axis: dict[str, Any], start: str, end: str | None) -> None:
    (series,) = read(coverage([1.0], axes={**POINT, "t": axis})).series
    assert tuple(series.start) == (Instant.parse(start).us,)
    assert series.end == (None if end is None else (Instant.parse(end).us,))


@pytest.mark.parametrize(
    ("at", "rule"), [("2026-02-30", "bad-time"), ("2026-01-01T00:00", "zone-missing"), (5, "bad-time")]
)
def test_a_time_that_cannot_be_read_is_told(at: Any, rule: str) -> None:
    mapped = read(coverage([1.0], axes={**POINT, "t": {"values": [at]}}))
    assert (rules(mapped), mapped.series) == ({rule: 1}, ())


@pytest.mark.parametrize(
    ("axes", "system", "order", "expected"),
    [
        (POINT, CRS84, ("x", "y"), [5.1, 52.1]),
        (POINT, {"id": "http://www.opengis.net/def/crs/EPSG/0/4326"}, ("y", "x"), [5.1, 52.1]),
        (
            {**POINT, "z": {"values": [10]}},
            {"id": "http://www.opengis.net/def/crs/EPSG/0/4979"},
            ("y", "x", "z"),
            [5.1, 52.1, 10],
        ),
        # Ordnance Survey's worked example: E 651409.903 N 313177.270 lies at 52.6577 N 1.7179 E.
        (
            {**POINT, "x": {"values": [651409.903]}, "y": {"values": [313177.270]}},
            {"type": "ProjectedCRS", "id": "http://www.opengis.net/def/crs/EPSG/0/27700"},
            ("x", "y"),
            [1.717, 52.658],
        ),
    ],
)
def test_coordinates_have_the_order_of_their_system(
    axes: dict[str, Any], system: dict[str, Any], order: tuple[str, ...], expected: list[float]
) -> None:
    (found,) = places(read(coverage([1.0], axes=axes, system=system, order=order)))
    assert found == pytest.approx(expected, abs=2e-3)


def test_a_series_has_its_missing_values_left_out() -> None:
    times = {"values": ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]}
    mapped = read(coverage([1.0, None, 3], axes={**POINT, "t": times}, names=["t"]))
    assert (results(mapped), mapped.tally.fields_missing) == ([1.0, 3.0], 1)


def test_points_of_a_multi_point_are_things_and_a_trajectory_is_one_that_moves() -> None:
    tuples = {"dataType": "tuple", "coordinates": ["x", "y"], "values": [[5.1, 52.1], [5.2, 52.2]]}
    times = {"values": ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"]}
    mapped = read(coverage([1, 2, 3, 4], axes={"composite": tuples, "t": times}, names=["t", "composite"]))
    found = {series.datastream.split("/")[1]: list(series.result) for series in mapped.series}
    assert found == {"5.1%2C52.1": [1.0, 3.0], "5.2%2C52.2": [2.0, 4.0]}, "row by row: the last axis varies fastest"
    track = {
        "dataType": "tuple",
        "coordinates": ["t", "x", "y"],
        "values": [["2026-01-01T00:00:00Z", 5.1, 52.1], ["2026-01-01T01:00:00Z", 5.2, 52.2]],
    }
    moved = read(coverage([1, 2], axes={"composite": track}, names=["composite"]), "bus-7.covjson")
    assert things(moved) == ["coveragejson/bus-7"]
    assert sorted(places(moved)) == [[5.1, 52.1], [5.2, 52.2]]


def test_a_collection_says_once_what_holds_for_all() -> None:
    whole = coverage([1.0])
    parts = [
        {"type": "Coverage", "id": f"s{number}", "domain": {"type": "Domain", "axes": POINT}, "ranges": whole["ranges"]}
        for number in (1, 2)
    ]
    collection = {
        "type": "CoverageCollection",
        "parameters": whole["parameters"],
        "referencing": whole["domain"]["referencing"],
        "coverages": [*parts, {"type": "Coverage", "domain": "https://x.example/domain"}],
    }
    mapped = read(collection)
    assert things(mapped) == ["coveragejson/s1", "coveragejson/s2"]
    assert (results(mapped), rules(mapped)) == ([1.0, 1.0], {"unreadable-record": 1})


def test_a_grid_of_one_cell_is_a_point_and_a_larger_one_is_refused() -> None:
    axes = {**POINT, "x": {"start": 5.1, "stop": 5.1, "num": 1}}
    assert places(read(coverage([1.0], axes=axes, names=["y", "x"]))) == [[5.1, 52.1]]
    axes = {**POINT, "x": {"start": 5, "stop": 6, "num": 3}}
    with pytest.raises(SourceError, match="grid of 3 by 1 cells"):
        read(coverage([1.0, 2.0, 3.0], axes=axes, names=["x"]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ranges": {"NO2": "https://x.example/range"}}, "its values are not in the document"),
        ({"ranges": {"NO2": {"values": [1, 2]}}}, "room for 1"),
        ({"ranges": {"NO2": {"values": [1], "axisNames": ["depth"]}}}, "are not those of the domain"),
        ({"domain": {"axes": {"t": {"values": ["2026-01-01", "2026-01-02"]}}}}, "on the axis t"),
        ({"domain": {"axes": {"t": {"values": []}}}}, "axis t has no values"),
        ({"domain": {"axes": {"t": {"start": 0, "stop": 1, "num": 10**9}}}}, "values"),
    ],
)
def test_a_range_that_does_not_fit_is_rejected(change: dict[str, Any], reason: str) -> None:
    mapped = read({"type": "CoverageCollection", "coverages": [coverage([1.0]), coverage([1.0]) | change]})
    assert (results(mapped), rules(mapped)) == ([1.0], {"unreadable-record": 1})
    assert reason in mapped.findings[0].text


def test_what_is_not_known_is_told_with_its_value_and_can_be_read_again() -> None:
    categories = [{"id": "http://x.example/grass", "label": {"en": "Grass"}}]
    parameter = {
        "observedProperty": {"id": "http://x.example/cover", "categories": categories},
        "categoryEncoding": {"http://x.example/grass": 1},
    }
    mapped = read(coverage([1], parameter=parameter))
    (finding,) = mapped.findings
    assert (finding.rule, finding.value) == ("unknown-field", 1)
    (rejected,) = mapped.rejected
    again = read(rejected.payload)
    assert (again.tally, again.findings) == (mapped.tally, mapped.findings)


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("name", "records", "observations", "found"),
    [
        ("point.covjson", 2, 0, {"unknown-field": 1}),
        ("pointseries.covjson", 12, 0, {"unknown-field": 6}),
        ("point-collection.covjson", 4, 0, {"unknown-field": 2}),
        ("polygonseries.covjson", 3, 3, {}),
        ("trajectory.covjson", 3, 0, {"unknown-field": 3}),
    ],
)
def test_real_files_give_what_can_be_counted_in_them(
    name: str, records: int, observations: int, found: dict[str, int], samples: Path
) -> None:
    """Salinity, potential temperature of the sea, sea ice and flags of Argo are in no code list of cities."""
    mapped = read((samples / "coveragejson" / name).read_bytes(), name)
    assert (mapped.tally.records_read, len(results(mapped))) == (records, observations)
    assert rules(mapped) == found


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("name", "reason"),
    [("grid-categorical.covjson", "grid of 3 by 2 cells"), ("grid-domain-bng.covjson", "a domain without values")],
)
def test_grids_and_domains_are_refused(name: str, reason: str, samples: Path) -> None:
    with pytest.raises(SourceError, match=reason):
        read((samples / "coveragejson" / name).read_bytes(), name)


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=4)
)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


@given(data=st.data())
def test_a_changed_document_gives_findings_and_never_a_trace(data: st.DataObject) -> None:
    document = msgspec.json.decode(msgspec.json.encode(coverage([1.0])))
    here: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if isinstance(here[key], dict | list) and here[key] and data.draw(st.booleans()):
            here = here[key]
            continue
        here[key] = data.draw(trees)
        break
    try:
        msgspec.json.encode(read(document).findings)
    except SourceError:
        return
