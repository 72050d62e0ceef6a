"""Write all Observations of a store as CSV (RFC 4180), one row each, every digit kept."""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import batched
from typing import Any, BinaryIO, cast

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.geometry import geometry_of
from ssclab_data.model.identity import iri
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.selection import pages
from ssclab_data.stores.base import Row, Store

COLUMNS = (
    "lab",
    "thing",
    "datastream",
    "observed_property",
    "observed_property_iri",
    "unit",
    "time_start",
    "time_end",
    "result_time",
    "result",
    "longitude",
    "latitude",
    "iri",
)
_LINES = 1_000


def write_csv(store: Store, out: BinaryIO, base_iri: str) -> int:
    """Write CSV: a header, then the Observations by Datastream; memory does not grow with the store.

    `time_end` is empty for an instant; `unit` is a UCUM code where the unit is of the code list, else its symbol.
    """
    out.write(_lines([COLUMNS]))
    count = 0
    for records in batched(_records(store, base_iri), _LINES):
        out.write(_lines(records))
        count += len(records)
    return count


def csv_pieces(store: Store, base_iri: str, *, filter_: ast.Expr) -> Iterator[bytes]:
    """Give the CSV of some Datastreams piece by piece."""
    yield _lines([COLUMNS])
    for records in batched(_records(store, base_iri, filter_), _LINES):
        yield _lines(records)


def _lines(records: Iterable[Iterable[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(records)
    return buffer.getvalue().encode()


def _records(store: Store, base_iri: str, filter_: ast.Expr | None = None) -> Iterator[tuple[str, ...]]:
    for datastream in pages(store, _datastreams(filter_)):
        series = _series_columns(datastream)
        for row in pages(store, _observations(datastream)):
            yield *series, *_columns(row, datastream, base_iri)


def _datastreams(filter_: ast.Expr | None) -> ast.Query:
    locations = ast.Query(entity_type="Location", select=(("location",),))
    thing = ast.Query(entity_type="Thing", select=((ast.ID,),), expand=(ast.Expand("Locations", locations),))
    observed = ast.Query(entity_type="ObservedProperty", select=((ast.ID,), ("definition",)))
    expand = (ast.Expand("Thing", thing), ast.Expand("ObservedProperty", observed))
    return ast.Query(entity_type="Datastream", filter=filter_, expand=expand)


def _observations(datastream: Row) -> ast.Query:
    feature = ast.Query(entity_type="FeatureOfInterest", select=(("feature",),))
    return ast.Query(
        entity_type="Observation",
        filter=ast.Compare("eq", ast.Path(("Datastream", ast.ID)), ast.Literal(datastream.handle)),
        orderby=(ast.OrderBy(ast.Path(("phenomenonTime",))),),
        expand=(ast.Expand("FeatureOfInterest", feature),),
    )


def _series_columns(datastream: Row) -> tuple[str, ...]:
    """Give the columns that are the same for all Observations of a Datastream."""
    entity = cast("sta.Datastream", datastream.entity)
    thing = _linked(datastream, "Thing")
    observed = _linked(datastream, "ObservedProperty")
    return (
        datastream.lab,
        _text(thing.entity.key) if thing else "",
        _text(entity.key),
        _text(observed.entity.key).removeprefix("property/") if observed else "",
        _text(cast("sta.ObservedProperty", observed.entity).definition) if observed else "",
        _unit(entity.unit_of_measurement),
    )


def _columns(row: Row, datastream: Row, base_iri: str) -> tuple[str, ...]:
    entity = cast("sta.Observation", row.entity)
    time = entity.phenomenon_time
    assert isinstance(time, (Instant, Interval))  # noqa: S101 - required by the model
    longitude, latitude = _position(row, datastream)
    return (
        str(start_of(time)),
        str(end_of(time)) if isinstance(time, Interval) else "",
        _text(entity.result_time),
        _text(entity.result),
        longitude,
        latitude,
        iri(base_iri, row.lab, entity_type="Observation", key=_text(entity.key)),
    )


def _position(row: Row, datastream: Row) -> tuple[str, str]:
    """Give longitude and latitude of the point that was observed, else of the Thing's Location; "" where neither is."""
    feature = _linked(row, "FeatureOfInterest")
    shapes = [cast("sta.FeatureOfInterest", feature.entity).feature] if feature else []
    thing = _linked(datastream, "Thing")
    if thing is not None:
        shapes += [cast("sta.Location", location.entity).location for location in thing.at("Locations")]
    for shape in shapes:
        if isinstance(shape, dict):
            point = _point(shape)
            if point is not None:
                return point
    return "", ""


def _point(shape: dict[str, Any]) -> tuple[str, str] | None:
    try:
        geometry = geometry_of(shape)
    except ValueParseError:
        return None  # a position that is no GeoJSON is a finding of validation; here it is an empty cell
    if geometry["type"] != "Point":
        return None
    longitude, latitude = geometry["coordinates"][:2]
    return _text(longitude), _text(latitude)


def _linked(row: Row, name: str) -> Row | None:
    return next(iter(row.at(name)), None)


def _unit(unit: Any) -> str:
    if not isinstance(unit, UnitOfMeasurement):
        return ""
    return _ucum_codes().get(unit.definition or "") or unit.symbol or ""


@cache
def _ucum_codes() -> dict[str, str]:
    return {row["definition"]: row["ucum"] for row in codelists.read("units")}


def _text(value: Any) -> str:
    """Write a value as text: nothing as "", JSON values as JSON with every digit, texts and times as they are."""
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, (bool, int, float, list, dict)):
        return msgspec.json.encode(value).decode()
    return str(value)
