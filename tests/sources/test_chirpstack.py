"""ChirpStack: uplinks with and without codec, probes that are not there, and places that are only the device's."""

from pathlib import Path
from typing import Any

import pytest

from .mapped import adds_up, count, places, read, results, rules, streams, things, values

DEVICE = {"devEui": "a840", "deviceName": "Forest", "deviceProfileName": "LSE01", "applicationName": "Soil"}
GATEWAY = [{"gatewayId": "a84041ffff1f4b70", "location": {"latitude": 50.949717, "longitude": 11.608153}}]


def event(**fields: Any) -> dict[str, Any]:
    return {"deduplicationId": "9", "time": "2025-01-15T12:00:00.775023242+00:00", "deviceInfo": DEVICE, **fields}


def up(**values: Any) -> dict[str, Any]:
    return event(object=values, rxInfo=GATEWAY)


def test_fields_of_the_protocol_that_are_left_out_are_zero() -> None:
    """cases.md, row 32: an uplink without fCnt is one; a key that is missing inside `object` is missing."""
    mapped = read("chirpstack", up(temperature=4.5))
    assert results(mapped) == {"a840/temperature": [("2025-01-15T12:00:00.775023Z", 4.5)]}
    assert mapped.findings == ()
    assert adds_up(mapped)


def test_without_a_codec_there_are_no_values() -> None:
    mapped = read("chirpstack", event(data="qg==", rxInfo=GATEWAY))
    assert rules(mapped) == {"incomplete-message": 1}
    assert "no codec" in mapped.findings[0].text
    assert list(things(mapped)) == ["chirpstack/a840"]


def test_the_place_of_a_gateway_is_not_that_of_the_device() -> None:
    assert places(read("chirpstack", up(temperature=4.5))) == []


def test_a_location_event_gives_the_place() -> None:
    mapped = read("chirpstack", event(location={"latitude": 51.589, "longitude": 4.776, "altitude": 2}))
    assert places(mapped) == [[4.776, 51.589]]
    assert count(mapped) == 0
    assert mapped.findings == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"margin": 10, "batteryLevel": 88.3},
        {"devAddr": "00189440"},
        {"queueItemId": "1", "acknowledged": True, "fCntDown": 3},
        {"downlinkId": 1, "queueItemId": "1", "fCntDown": 2, "gatewayId": "a"},
        {"level": "ERROR", "code": "UPLINK_MIC", "description": "wrong", "context": {"deduplication_id": "4"}},
    ],
)
def test_other_events_have_no_values_and_no_findings(fields: dict[str, Any]) -> None:
    mapped = read("chirpstack", event(**fields))
    assert (count(mapped), rules(mapped)) == (0, {})
    assert adds_up(mapped)


def test_numbers_as_texts_are_numbers() -> None:
    """13.74 % of the volume is 0.1374 m³/m³."""
    mapped = read("chirpstack", up(BatV=3.301, temp_SOIL="13.25", water_SOIL_f=13.74, conduct_SOIL=35.0))
    assert values(mapped) == {
        "a840/soil-temperature": 13.25,
        "a840/soil-moisture": 0.1374,
        "a840/soil-conductivity": 35.0,
    }


@pytest.mark.parametrize(
    ("text", "result", "quality"),
    [("0.00", 0.0, 3), ("12.50", 12.5, None), ("327.67", None, None)],
)
def test_a_probe_that_may_not_be_there_is_suspect_at_zero(text: str, result: float | None, quality: int | None) -> None:
    mapped = read("chirpstack", up(temp_DS18B20=text))
    assert values(mapped).get("a840/temperature/probe") == result
    flags = [one["qartod"] for series in mapped.series for one in series.result_quality or [] if one]
    assert flags == ([quality] if quality else [])


@pytest.mark.parametrize(("value", "stored"), [(0, {"a840/pm25": 0.0}), (-1, {})])
def test_a_true_zero_is_a_value(value: float, stored: dict[str, float]) -> None:
    """cases.md, row 35."""
    assert values(read("chirpstack", up(pm2_5=value))) == stored


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "observations", "found", "located"),
    [
        ("event-up.json", 0, {"incomplete-message": 1}, []),
        ("event-status.json", 0, {}, []),
        ("event-location.json", 0, {}, [[-8.839375, 37.344214]]),
        ("uplink-jena-dragino-lse01.json", 4, {}, []),
    ],
)
def test_real_files(
    samples: Path, file: str, observations: int, found: dict[str, int], located: list[list[float]]
) -> None:
    mapped = read("chirpstack", (samples / "chirpstack" / file).read_bytes(), file)
    assert (count(mapped), rules(mapped), places(mapped)) == (observations, found, located)
    assert adds_up(mapped)


@pytest.mark.needs("samples")
def test_the_soil_of_jena(samples: Path) -> None:
    mapped = read("chirpstack", (samples / "chirpstack" / "uplink-jena-dragino-lse01.json").read_bytes())
    assert values(mapped) == {
        "a8404187d187106e/temperature/probe": 0.0,
        "a8404187d187106e/soil-temperature": 13.25,
        "a8404187d187106e/soil-moisture": 0.1374,
        "a8404187d187106e/soil-conductivity": 35.0,
    }
    assert set(streams(mapped)) == set(values(mapped))
