"""Write all Things of a store as GeoJSON (RFC 7946) with their latest values."""

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import msgspec
from msgspec import UNSET

from ssclab_data.model import sensorthings as sta
from ssclab_data.model.geometry import geometry_of
from ssclab_data.model.identity import iri
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.selection import latest_values, pages
from ssclab_data.stores.base import Row, Store


def write_geojson(store: Store, out: BinaryIO, base_iri: str) -> int:
    """Write a FeatureCollection; each Feature is a Thing at its first Location, with its latest values."""
    out.write(b'{"type":"FeatureCollection","features":[')
    count = 0
    for row in pages(store, ast.Query(entity_type="Thing", expand=latest_values())):
        out.write((b",\n" if count else b"\n") + msgspec.json.encode(_feature(row, base_iri)))
        count += 1
    out.write(b"\n]}\n")
    return count


def _feature(row: Row, base_iri: str) -> dict[str, Any]:
    thing = cast("sta.Thing", row.entity)
    locations = [cast("sta.Location", location.entity).location for location in row.at("Locations")]
    return {
        "type": "Feature",
        "id": iri(base_iri, row.lab, entity_type="Thing", key=str(thing.key)),
        "geometry": next((geometry_of(place) for place in locations if isinstance(place, dict)), None),
        "properties": {
            "lab": row.lab,
            "key": thing.key,
            "name": thing.name,
            "description": thing.description,
            "properties": None if thing.properties is UNSET else thing.properties,
            "latest": [latest for stream in row.at("Datastreams") for latest in _latest(stream)],
        },
    }


def _latest(row: Row) -> Iterator[dict[str, Any]]:
    datastream = cast("sta.Datastream", row.entity)
    unit = datastream.unit_of_measurement
    definition = next((cast("sta.ObservedProperty", one.entity).definition for one in row.at("ObservedProperty")), None)
    for newest in row.at("Observations"):
        observation = cast("sta.Observation", newest.entity)
        yield {
            "datastream": datastream.key,
            "name": datastream.name,
            "observedProperty": definition,
            "unit": unit.symbol if isinstance(unit, UnitOfMeasurement) else None,
            "phenomenonTime": str(observation.phenomenon_time),
            "result": observation.result,
        }
