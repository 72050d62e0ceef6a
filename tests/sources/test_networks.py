"""IRCELINE, INSPIRE facilities and the tables of pygeoapi: values worked out by hand, and the real files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import SourceError
from ssclab_data.model.sensorthings import Location, Thing
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import load_source, make_source

STATION = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [4.4, 51.2, "NaN"]},
    "properties": {
        "id": 1720,
        "label": "Park",
        "timeseries": {
            "10744": {
                "phenomenon": {"id": "6001", "label": "PM2.5"},
                "procedure": {"id": "10744", "label": "FIDAS"},
            }
        },
    },
}


def read(source: str, document: Any, tables: Mapping[str, bytes] | None = None) -> MappedPayload:
    content = document if isinstance(document, bytes) else msgspec.json.encode(document)
    found = make_source(source, "x.yaml") if "\n" in source else load_source(source)
    mapped = found.read(content, SourceContext(where="x", tables=tables or {}))
    tally = mapped.tally
    assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    return mapped


def rules(mapped: MappedPayload) -> dict[str, int]:
    return {finding.rule: finding.count for finding in mapped.findings}


def places(mapped: MappedPayload) -> list[Any]:
    return [entity.location["coordinates"] for entity in mapped.defaults if isinstance(entity, Location)]  # type: ignore[index]


def test_the_stations_of_irceline_tell_what_its_values_are_of() -> None:
    """1556056800000 ms is 2019-04-23T22:00:00Z; a zero is a value."""
    values = {
        "10744": {"values": [{"timestamp": 1556056800000, "value": 18.5}, {"timestamp": 1556060400000, "value": 0}]}
    }
    mapped = read("irceline", values, {"series": msgspec.json.encode([STATION])})
    (series,) = mapped.series
    assert series.datastream == "irceline/1720/10744/pm25"
    assert (series.start[0], list(series.result)) == (Instant.parse("2019-04-23T22:00:00Z").us, [18.5, 0.0])
    assert mapped.findings == ()


def test_values_without_the_stations_are_rejected_whole() -> None:
    mapped = read("irceline", {"10744": {"values": [{"timestamp": 1556056800000, "value": 18.5}]}})
    assert (mapped.series, mapped.tally.records_rejected) == ((), 1)


def test_a_height_that_is_no_number_leaves_the_position() -> None:
    mapped = read("irceline", [STATION])
    assert [entity.key for entity in mapped.entities if isinstance(entity, Thing)] == ["irceline/1720"]
    assert places(mapped) == [[4.4, 51.2]]


def facility(crs: str | None, coordinates: list[float]) -> dict[str, Any]:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": {
            "inspireId_localId": "1",
            "inspireId_namespace": "https://x.example/",
            "mediaMonitored": "air",
            "name": "n",
            "description": "",
            "observation_result": 220.58,
        },
    }
    head = {} if crs is None else {"crs": {"type": "name", "properties": {"name": crs}}}
    return {"type": "FeatureCollection", **head, "features": [feature]}


@pytest.mark.parametrize(
    ("crs", "coordinates"),
    [
        (None, [8.66311, 49.87437]),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", [8.66311, 49.87437]),
        ("urn:ogc:def:crs:EPSG::3857", [964373.15, 6424547.30]),
    ],
)
def test_geojson_with_a_reference_system_is_transformed(crs: str | None, coordinates: list[float]) -> None:
    """964373.15 m / 6378137 m is 8.66311 degrees; the latitude as SAMPLES.md gives it."""
    (found,) = places(read("inspire-ef", facility(crs, coordinates)))
    assert found == pytest.approx([8.66311, 49.87437], abs=1e-5)


def test_metres_without_their_reference_system_are_never_degrees() -> None:
    mapped = read("inspire-ef", facility(None, [964373.15, 6424547.30]))
    assert (places(mapped), rules(mapped)) == ([], {"bad-position": 1})


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("name", "things", "first"),
    [
        ("EMF.BRGM_1.geom.gml", 5, [1.91392813317673, 50.9652902799097]),
        ("EMF.BRGM_3.coord.gml", 1, [1.91392813317673, 50.9652902799097]),
        ("hamburg-EnvironmentalMonitoringFacility.gml", 1, [10.1150264498082, 53.5162877171301]),
        ("efs_example_1.geojson", 1, [5.18713, 46.19095]),
    ],
)
def test_real_facilities_are_where_they_are(name: str, things: int, first: list[float], samples: Path) -> None:
    mapped = read("inspire-ef", (samples / "inspire-ef" / name).read_bytes())
    assert sum(isinstance(entity, Thing) for entity in mapped.entities) == things
    assert places(mapped)[0][:2] == pytest.approx(first, abs=1e-6)
    assert (mapped.findings, mapped.series) == ((), ())


@pytest.mark.needs("samples")
def test_addresses_are_no_facilities(samples: Path) -> None:
    with pytest.raises(SourceError, match="no payload of inspire-ef"):
        read("inspire-ef", (samples / "inspire-ef/ads_example_1_EPSG.3857.geojson").read_bytes())


@pytest.mark.needs("samples")
def test_real_answers_of_irceline_are_read(samples: Path) -> None:
    folder = samples / "irceline-sos"
    stations = (folder / "upstream-stations.json").read_bytes()
    described = read("irceline", stations)
    assert sum(isinstance(entity, Thing) for entity in described.entities) == 2
    assert described.tally.records_mapped == 7, "time series"
    mapped = read("irceline", (folder / "upstream-timeseries.json").read_bytes(), {"series": stations})
    found = {series.datastream: list(series.result) for series in mapped.series}
    assert found == {
        "irceline/1720/10744/pm25": [18.5, 18.0, 19.0, 18.5],
        "irceline/1234/7185/no": [0.0, 0.0, 0.0, 0.0],
    }
    assert mapped.findings == ()


PYGEOAPI = """
source: pygeoapi-obs
title: Observations of the tests of pygeoapi
documentation: tests/data/obs.csv
forms:
  - {name: obs, reader: table, delimiter: ",", having: [id, stn_id, datetime, value, lat, long]}
  - name: wmo
    reader: table
    delimiter: ","
    having: [wigos_station_identifier]
    observes: false
    place: {longitude: longitude, latitude: latitude}
time: {fields: [datetime], because: stamps have their zone}
place: {longitude: long, latitude: lat}
thing: {id: [stn_id, wigos_station_identifier], name: "{station_name|stn_id}", description: ""}
sensor: {id: [stn_id, wigos_station_identifier], name: "{stn_id}", description: ""}
fields: {value: {property: precipitation, unit: mm}}
ignore:
  id: number of the row
  traditional_*: an older id
  facility_type: on land or at sea
  elevation: height of the station
  territory_name: country
  wmo_region: continent
"""


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("name", "stations", "values", "found"),
    [
        ("obs.csv", 3, 5, {}),
        ("obs_malformatted.csv", 3, 5, {"bad-position": 1}),
        ("wmo-station_list.csv", 79, 0, {}),
    ],
)
def test_letters_are_no_coordinates_and_the_values_stay(
    name: str, stations: int, values: int, found: dict[str, int], samples: Path
) -> None:
    """pygeoapi's tables are no source of a city: a mapping of ten lines reads them, with findings for letters."""
    mapped = read(PYGEOAPI, (samples / "pygeoapi" / name).read_bytes())
    assert sum(isinstance(entity, Thing) for entity in mapped.entities) == stations
    assert sum(len(series) for series in mapped.series) == values
    assert rules(mapped) == found
