"""Check that SensorThings JSON of any shape is taken in whole, and that what is wrong in it is found."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import SourceError
from ssclab_data.inspection.content import Content
from ssclab_data.inspection.documents import read_documents

THING = {"@iot.id": 1, "name": "unit 1", "description": "A unit"}
SENSOR = {"@iot.id": 3, "name": "s", "description": "d", "encodingType": "text/html", "metadata": "https://x.example/s"}
PROPERTY = {
    "@iot.id": 4,
    "name": "PM2.5",
    "description": "fine dust",
    "definition": "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001",
}
LOCATION = {
    "@iot.id": 5,
    "name": "place",
    "description": "square",
    "encodingType": "application/geo+json",
    "location": {"type": "Point", "coordinates": [4.77612, 51.58661]},
}
STREAM = {
    "@iot.id": 2,
    "name": "PM2.5",
    "description": "PM2.5 of unit 1",
    "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    "unitOfMeasurement": {
        "name": "microgram per cubic metre",
        "symbol": "µg/m³",
        "definition": "http://qudt.org/vocab/unit/MicroGM-PER-M3",
    },
}
ROWS = [
    {"@iot.id": 10 + hour, "phenomenonTime": f"2026-01-01T{hour:02}:00:00Z", "resultTime": None, "result": 5.0 + hour}
    for hour in (2, 0, 1)
]
WHOLE = {
    **THING,
    "Locations": [LOCATION],
    "Datastreams": [{**STREAM, "Sensor": SENSOR, "ObservedProperty": PROPERTY, "Observations": ROWS}],
}


def read(document: Any) -> Content:
    return read_documents(msgspec.json.encode(document), where="x.json")


def kinds(content: Content) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in content.items:
        name = type(item.node.entity).__name__
        found[name] = found.get(name, 0) + 1
    return found


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (WHOLE, "one entity with its expands"),
        ([WHOLE], "a list"),
        ({"value": [WHOLE]}, "a page"),
        ({"@iot.nextLink": "https://x.example/v1.1/Things?$skip=1", "value": [WHOLE]}, "a page that says of what"),
        (
            {
                "Things": [THING],
                "Locations": [{**LOCATION, "Things": [{"@iot.id": 1}]}],
                "Datastreams": [
                    {
                        **STREAM,
                        "Thing@iot.navigationLink": "https://x.example/v1.1/Things(1)",
                        "Sensor": SENSOR,
                        "ObservedProperty": PROPERTY,
                    }
                ],
                "Observations": [
                    {**row, "Datastream@iot.navigationLink": "https://x.example/v1.1/Datastreams(2)"} for row in ROWS
                ],
            },
            "sets by name, with links by address",
        ),
    ],
)
def test_every_shape_gives_the_same_data(document: Any, why: str) -> None:
    content = read(document)
    assert kinds(content) == {"Thing": 1, "Location": 1, "Datastream": 1, "Sensor": 1, "ObservedProperty": 1}, why
    (stream,) = content.streams
    (part,) = stream.parts
    assert list(part.result) == [5.0, 6.0, 7.0], "in the order of time"
    nodes = {type(item.node.entity).__name__: item.node for item in content.items}
    assert [node.entity.key for node in nodes["Thing"].links["Locations"]] == ["5"]
    assert [node.entity.key for node in nodes["Thing"].links["Datastreams"]] == ["2"]
    assert [node.entity.key for node in stream.node.follow("Thing", "Locations")] == ["5"]
    assert list(content.findings) == []
    assert all(item.findings == () for item in content.items)


def test_what_is_wrong_is_found_with_record_and_path() -> None:
    wrong = {
        **WHOLE,
        "Datastreams": [
            {
                **STREAM,
                "unitOfMeasurement": {"name": "x"},
                "Observations": [
                    {"@iot.id": 1, "phenomenonTime": "2026-01-01T00:00:00", "result": 1},
                    {"@iot.id": 2, "phenomenonTime": "2026-01-01T00:00:00Z", "result": 1},
                ],
            }
        ],
    }
    content = read({"value": [THING, wrong]})
    found = {(one.rule, one.record, one.path) for item in content.items for one in item.findings}
    assert ("zone-missing", 1, "/Datastreams/0/Observations/0/phenomenonTime") in found
    assert ("missing-property", 1, "/Datastreams/0/unitOfMeasurement/symbol") in found
    (stream,) = content.streams
    assert [len(part) for part in stream.parts] == [1], "the row with a time without a zone is a finding, not a guess"


def test_what_is_no_entity_is_counted() -> None:
    content = read({"Things": [THING, 5, None]})
    assert (content.records_read, content.records_rejected) == (3, 2)
    assert [finding.rule for finding in content.findings] == ["wrong-type", "wrong-type"]


def test_observations_that_tell_their_datastream_by_an_odd_address_are_one_series() -> None:
    rows = [
        {**row, "Datastream@iot.navigationLink": f"https://x.example/O({row['@iot.id']})/Datastream"} for row in ROWS
    ]
    (stream,) = read({"value": rows}).streams
    assert [len(part) for part in stream.parts] == [3]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"x": 1}',
        b"5",
        b'"text"',
        b"[" * 5_000,
        b'{"time": "2026-01-01T00:00:00Z", "deviceInfo": {"deviceName": "a"}}',  # ChirpStack
        b'{"id": "urn:x", "type": "AirQualityObserved", "location": {"type": "Point", "coordinates": [4, 51]}}',  # NGSI
        b'[{"id": 1, "location": {"latitude": "52"}, "sensordatavalues": []}]',  # sensor.community
    ],
)
def test_what_is_no_sensorthings_json_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"^x\.json: "):
        read_documents(content, where="x.json")


@pytest.mark.needs("samples")
def test_answers_of_real_servers_are_taken_in(samples: Path) -> None:
    files = sorted(samples.glob("sta-*/*.json")) + sorted(samples.glob("samenmeten/*.json"))
    refused = set()
    for file in files:
        try:
            content = read_documents(file.read_bytes(), where=file.name)
        except SourceError:
            refused.add(file.name)
            continue
        assert kinds(content) or list(content.streams), file
    assert len(files) > len(refused) + 5
    assert refused == {
        "airquality-frost-geojson-1.json",  # GeoJSON of FROST's $resultFormat
        "airquality-frost-geojson-2.json",
        "datastreams-by-feature-first3.json",  # an object of a client's own, by feature
    }
