"""The registry of a lab's units: where they hung and from when, whose they are, what they can measure."""

from typing import Any

import msgspec
import pytest

from ssclab_data.model.entity import Link
from ssclab_data.model.sensorthings import HistoricalLocation, Location, Sensor, Thing
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import MappedSource, load_source, parse_mapping
from ssclab_data.sources.register import COLUMNS, read_register

MAPPING = """
source: vendor
title: test
documentation: test
forms: [{name: one, reader: json, having: [id]}]
time: {fields: [t], zone: UTC, because: test}
thing: {id: [id], name: "Unit {id}", description: test}
sensor: {id: [id], name: "Sensor {id}", description: test}
fields:
  temperature: {property: temperature, unit: degC}
  relative_humidity: {property: relative-humidity, unit: "%"}
  barometric_pressure: {property: pressure, unit: hPa}
  wind_speed: {property: wind-speed, unit: m/s}
place: {longitude: lon, latitude: lat}
"""
SOURCE = MappedSource(parse_mapping(MAPPING, "test.yaml"))


def read(registry: str, *records: dict[str, Any]) -> MappedPayload:
    rows = [{"id": "23", "t": "2026-03-01T00:00:00Z", **record} for record in records]
    return SOURCE.read(msgspec.json.encode(rows), SourceContext(tables={"registry": registry.encode()}))


def of_kind[Kind](mapped: MappedPayload, kind: type[Kind]) -> list[Kind]:
    return [one for one in (*mapped.entities, *mapped.defaults) if isinstance(one, kind)]


MOVE = """device,longitude,latitude,since
23,11.50,48.10,2026-01-01
23,11.60,48.20,2026-03-02
"""


def test_a_move_makes_a_historical_location_and_another_feature() -> None:
    """cases.md, row 14: one Thing, two Locations, and what came before the move stays where it was made."""
    mapped = read(
        MOVE, {"t": "2026-03-01T00:00:00Z", "temperature": 1}, {"t": "2026-03-02T00:00:00Z", "temperature": 2}
    )
    (thing,) = of_kind(mapped, Thing)
    assert thing.locations == (Link(key="vendor/23/48.200,11.600"),)
    assert {str(one.key) for one in of_kind(mapped, Location)} == {"vendor/23/48.100,11.500", "vendor/23/48.200,11.600"}
    assert {str(one.time): one.locations for one in of_kind(mapped, HistoricalLocation)} == {
        "2026-01-01T00:00:00Z": (Link(key="vendor/23/48.100,11.500"),),
        "2026-03-02T00:00:00Z": (Link(key="vendor/23/48.200,11.600"),),
    }
    assert {one.feature: one.result for one in mapped.series} == {
        "vendor/23/48.100,11.500": (1.0,),
        "vendor/23/48.200,11.600": (2.0,),
    }
    assert mapped.findings == ()


def test_a_sensor_keeps_its_thing_when_its_source_gives_it_another_location() -> None:
    """cases.md, row 14: sensor.community makes a new location of each move; the registry knows the sensor."""
    registry = b"device,longitude,latitude,since\n26558,11.5,48.1,\n26558,11.6,48.2,2026-03-02\n"
    rows = [
        {
            "id": 1,
            "timestamp": f"2026-03-0{day} 12:00:00",
            "location": {"id": place, "longitude": longitude, "latitude": latitude},
            "sensor": {"id": 26558, "sensor_type": {"name": "SDS011"}},
            "sensordatavalues": [{"value": f"{day}.0", "value_type": "P1"}],
        }
        for day, place, longitude, latitude in ((1, 14215, "11.50", "48.10"), (2, 14300, "11.60", "48.20"))
    ]
    context = SourceContext(tables={"registry": registry})
    mapped = load_source("sensor-community").read(msgspec.json.encode(rows), context)
    assert [str(one.key) for one in of_kind(mapped, Thing)] == ["sensor-community/26558"]
    assert {one.feature.rpartition("/")[2]: one.result for one in mapped.series} == {
        "48.100,11.500": (1.0,),
        "48.200,11.600": (2.0,),
    }
    assert [str(one.time) for one in of_kind(mapped, HistoricalLocation)] == ["2026-03-02T00:00:00Z"]


def test_devices_hang_on_masts_of_the_lab() -> None:
    """A mast stays one Thing when its device is replaced; each device has Datastreams of its own, by its Sensor."""
    registry = """device,thing,name,longitude,latitude,since,until,sensor_type
23,M1,Mast 1,5.67,51.47,2026-01-01,2026-03-01,Jose
77,M1,Mast 1,5.67,51.47,2026-03-01,,Jose
"""
    mapped = read(
        registry,
        {"t": "2026-02-01T00:00:00Z", "temperature": 1},
        {"id": "77", "t": "2026-03-01T00:00:00Z", "temperature": 2},
    )
    (thing,) = of_kind(mapped, Thing)
    assert (thing.key, thing.name) == ("registry/M1", "Mast 1")
    assert {one.datastream: one.result for one in mapped.series} == {
        "registry/M1/23/temperature": (1.0,),
        "registry/M1/77/temperature": (2.0,),
    }
    assert {one.feature for one in mapped.series} == {"registry/M1/51.470,5.670"}
    assert of_kind(mapped, HistoricalLocation) == []
    assert {str(one.key): one.properties for one in of_kind(mapped, Sensor)} == {
        "vendor/23": {"sensorType": "Jose"},
        "vendor/77": {"sensorType": "Jose"},
    }


def test_channels_that_a_device_has_not_are_passed_over_and_listed() -> None:
    """cases.md, row 34: absent sensors that are sent as 0 make no Observation."""
    record = {"barometric_pressure": 0, "wind_speed": 0, "relative_humidity": 63.61, "temperature": 29.83}
    mapped = read("device,channels\n23,temperature|relative_humidity\n", record, record | {"t": "2026-03-01T01:00:00Z"})
    assert {one.datastream.rpartition("/")[2]: len(one) for one in mapped.series} == {
        "temperature": 2,
        "relative-humidity": 2,
    }
    (found,) = mapped.findings
    assert (found.rule, found.severity) == ("channel-not-configured", "info")
    assert "barometric_pressure, wind_speed" in found.text
    tally = mapped.tally
    assert (tally.fields_read, tally.fields_mapped, tally.fields_ignored) == (12, 8, 4)


def test_fields_of_the_registry_become_properties_of_the_thing() -> None:
    registry = """device,owner,purpose,legal_ground,personal_data,active_until,placement
23,Gemeente Breda,air quality,public-task,no,2027-01-01,public-space
"""
    (thing,) = of_kind(read(registry, {"temperature": 1}), Thing)
    assert thing.properties == {
        "source": "vendor",
        "localId": "23",
        "owner": "Gemeente Breda",
        "purpose": "air quality",
        "legalGround": "public-task",
        "personalData": "no",
        "activeUntil": "2027-01-01",
        "placement": "public-space",
    }


WRONG: list[tuple[str, str, str, str]] = [
    ("device,placement\n23,roof\n", "wrong-row", "registry:2: placement: 'roof' is no code of placements", "a code"),
    ("device,name\n,A\n", "wrong-row", "registry:2: ", "no device"),
    ("device,longitude\n23,5.6\n", "wrong-row", "a latitude", "half a position"),
    ("device,x,y\n23,155000,463000\n", "wrong-row", "need a crs", "metres without their system"),
    ("device,x,y,crs\n23,463000,155000,EPSG:28992\n", "wrong-row", "inside when swapped", "swapped metres"),
    ("device,since\n23,2026-03-01T10:00:00\n", "wrong-row", "zone", "a time without a zone"),
    ("device,since,until\n23,2026-03-02,2026-03-01\n", "wrong-row", "after it begins", "ends before it begins"),
    ("device,active_until\n23,soon\n", "wrong-row", "active_until", "no date"),
    ("device,colour\n23,red\n", "unknown-column", "colour", "a column that is not used"),
    ("id,name\n23,A\n", "wrong-table", "no column `device`", "no devices at all"),
    (
        "device,since,until\n23,2026-01-01,2026-03-01\n23,2026-02-01,\n",
        "overlapping-rows",
        "lines 2 and 3 both hold for the unit 23",
        "two rows at one time",
    ),
    ("device,name\n23,A\n23,B\n", "overlapping-rows", "lines 2 and 3", "two rows for always"),
]


@pytest.mark.parametrize(("registry", "rule", "message", "why"), WRONG, ids=[row[3] for row in WRONG])
def test_what_is_wrong_with_a_registry_is_told_with_its_line(registry: str, rule: str, message: str, why: str) -> None:
    mapped = read(registry, {"temperature": 1})
    assert [one.rule for one in mapped.findings] == [rule], why
    assert message in mapped.findings[0].text
    assert [one.result for one in mapped.series] == [(1.0,)], "the values are kept"


def test_every_wrong_line_is_told_by_itself() -> None:
    mapped = read("device,placement\n1,roof\n2,roof\n3,public-space\n", {"temperature": 1})
    assert [one.path for one in mapped.findings] == ["/registry:2", "/registry:3"]


def test_positions_may_be_in_rd() -> None:
    """155000, 463000 is 52.155172 N, 5.387204 E."""
    mapped = read("device,x,y,crs\n23,155000,463000,EPSG:28992\n", {"temperature": 1, "lon": 5, "lat": 52})
    assert {one.feature for one in mapped.series} == {"vendor/23/52.155,5.387"}


def test_yaml_is_read_too() -> None:
    text = """
# two units
- device: 23
  longitude: 5.67
  latitude: 51.47
  since: 2026-01-01
  channels: [temperature]
- {device: 24, placement: roof}
"""
    register = read_register(text.encode())
    unit = register.find("vendor", "23", None)
    assert unit is not None
    assert (unit.channels, unit.validity.since) == (
        frozenset({"temperature"}),
        Instant.parse("2026-01-01T00:00:00Z").us,
    )
    assert [fault.field for fault in register.faults] == ["registry:8"]


def test_a_row_ends_where_the_next_one_begins() -> None:
    register = read_register(MOVE.encode())
    moment = Instant.parse("2026-03-02T00:00:00Z").us
    before, after = register.find("vendor", "23", moment - 1), register.find("vendor", "23", moment)
    assert before is not None
    assert after is not None
    assert (before.line, after.line) == (2, 3)
    assert register.find("vendor", "23", Instant.parse("2025-12-31T23:59:59Z").us) is None
    assert register.faults == ()


def test_a_row_for_a_source_goes_before_one_for_any() -> None:
    register = read_register(b"device,source,name\n23,,any\n23,vendor,own\n")
    found = [register.find(source, "23", None) for source in ("vendor", "other")]
    assert [one.name for one in found if one is not None] == ["own", "any"]
    assert register.faults == ()


def test_the_columns_are_documented() -> None:
    from tests.conftest import REPOSITORY

    text = (REPOSITORY / "docs" / "registry.md").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"| `{name}`" not in text] == []
