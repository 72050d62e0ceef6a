"""The Things Stack: decoded and normalised payloads, what the protocol leaves out, and frames without payload."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import SourceError
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import MappedSource, load_source, parse_mapping

from .mapped import adds_up, count, places, read, results, rules, streams, values

FRAME = "gkHe"


def uplink(decoded: dict[str, Any] | None, frame: str | None = FRAME, **message: Any) -> dict[str, Any]:
    given = {"frm_payload": frame, "decoded_payload": decoded}
    held = {name: value for name, value in given.items() if value is not None}
    return {
        "end_device_ids": {"device_id": "dev1", "application_ids": {"application_id": "app1"}, "dev_eui": "0004A3"},
        "received_at": "2025-01-15T12:00:02.014773143Z",
        "uplink_message": {
            "rx_metadata": [{"time": "2025-01-15T11:59:59Z", "location": {"latitude": 52.1, "longitude": 5.1}}],
            "received_at": "2025-01-15T12:00:01.789585559Z",
            **held,
            **message,
        },
    }


def test_of_three_times_that_of_the_network_server_holds() -> None:
    mapped = read("ttn", uplink({"temperature": 1.5}))
    assert results(mapped) == {"dev1/temperature": [("2025-01-15T12:00:01.789585Z", 1.5)]}
    assert mapped.tally.digits_cut == 1
    assert places(mapped) == []  # never that of the gateway
    assert mapped.findings == ()


def test_a_payload_that_was_decoded_from_nothing_has_no_values() -> None:
    """cases.md, row 31: -32 °C and 0 % of a frame without payload."""
    message = {"f_port": 103, "f_cnt": 964}
    decoded = {"battery": 2.5, "humidity": 0, "status": 0, "temperature": -32}
    mapped = read("ttn", uplink(decoded, None, **message))
    assert rules(mapped) == {"incomplete-message": 1}
    assert "decoded without payload" in mapped.findings[0].text
    assert count(mapped) == 0
    assert adds_up(mapped)


def test_a_frame_without_a_formatter_is_told() -> None:
    mapped = read("ttn", uplink(None))
    assert rules(mapped) == {"incomplete-message": 1}
    assert "payload formatter" in mapped.findings[0].text


def test_a_missing_key_inside_the_payload_is_not_zero() -> None:
    """cases.md, row 32: only fields of the protocol have a default."""
    mapped = read("ttn", uplink({"temperature": 0}))
    assert values(mapped) == {"dev1/temperature": 0.0}
    assert mapped.tally.fields_read == 8 + 2  # f_cnt and f_port, which are 0, count as there


def test_channels_that_a_device_has_not_are_passed_over_and_listed() -> None:
    """cases.md, row 34: a device with temperature and humidity sends 0 for pressure and wind."""
    decoded = {"barometric_pressure": 0, "wind_speed": 0, "relative_humidity": 63.61, "temperature": 29.83}
    has = "|".join(f"uplink_message.decoded_payload.{name}" for name in ("relative_humidity", "temperature"))
    context = SourceContext(tables={"registry": f"device,source,channels\ndev1,ttn,{has}\n".encode()})
    mapped = load_source("ttn").read(msgspec.json.encode(uplink(decoded)), context)
    assert values(mapped) == {"dev1/relative-humidity": 63.61, "dev1/temperature": 29.83}
    assert rules(mapped) == {"channel-not-configured": 1}
    assert "wind_speed" in mapped.findings[0].text
    assert adds_up(mapped)


def test_a_pressure_of_zero_is_no_value() -> None:
    """cases.md, row 34: whatever the register of units says."""
    decoded = {"barometric_pressure": 0, "relative_humidity": 63.61, "temperature": 29.83}
    mapped = read("ttn", uplink(decoded))
    assert values(mapped) == {"dev1/relative-humidity": 63.61, "dev1/temperature": 29.83}
    assert mapped.tally.fields_missing == 1
    assert mapped.findings == ()


@pytest.mark.parametrize(("value", "stored"), [(0, {"dev1/pm25": 0.0}), (-1, {}), (3.5, {"dev1/pm25": 3.5})])
def test_a_true_zero_is_a_value_and_a_code_for_an_error_is_none(value: float, stored: dict[str, float]) -> None:
    """cases.md, row 35."""
    mapped = read("ttn", uplink({"pm25": value}))
    assert values(mapped) == stored
    assert mapped.tally.fields_missing == 1 - len(stored)


@pytest.mark.parametrize(
    ("decoded", "stored"),
    [
        ({"PM2_5": 7, "pm10": 9}, {"dev1/pm25": 7.0, "dev1/pm10": 9.0}),
        ({"laeq": 51.2, "LAmax": 70}, {"dev1/laeq": 51.2, "dev1/lamax": 70.0}),
        ({"soil_moisture": 13.5, "conduct_SOIL": 35}, {"dev1/soil-moisture": 0.135, "dev1/soil-conductivity": 35.0}),
        ({"temperature_1": 20, "temperature_2": 22}, {"dev1/temperature/1": 20.0, "dev1/temperature/2": 22.0}),
        ({"TempC_SHT": 4.5, "BatV": 3.1}, {"dev1/temperature": 4.5}),
    ],
)
def test_common_names_are_read(decoded: dict[str, Any], stored: dict[str, float]) -> None:
    """Channels of Cayenne LPP are series by their number."""
    mapped = read("ttn", uplink(decoded))
    assert values(mapped) == stored
    assert mapped.findings == ()


def test_a_pressure_in_pascal_is_refused_and_not_taken_for_hectopascal() -> None:
    mapped = read("ttn", uplink({"pressure": 101325, "temperature": 1}))
    assert rules(mapped) == {"outside-limits": 1}
    assert values(mapped) == {"dev1/temperature": 1.0}


def test_another_name_is_a_finding() -> None:
    assert rules(read("ttn", uplink({"frobnication": 3}))) == {"unknown-field": 1}


def test_a_normalised_payload_has_units_of_its_own_and_its_time() -> None:
    """0.4 dS/m is 0.4 mS/cm, so 400 µS/cm."""
    normalised = [
        {"air": {"temperature": 20.5, "relativeHumidity": 45}, "soil": {"ec": 0.4}, "time": "2025-01-15T11:50:00Z"}
    ]
    mapped = read("ttn", uplink({"t": 205}, normalized_payload=normalised))
    assert results(mapped) == {
        "dev1/temperature": [("2025-01-15T11:50:00Z", 20.5)],
        "dev1/relative-humidity": [("2025-01-15T11:50:00Z", 45.0)],
        "dev1/soil-conductivity": [("2025-01-15T11:50:00Z", 400.0)],
    }


def test_the_place_is_that_of_the_register() -> None:
    user = {"latitude": 51.589, "longitude": 4.776, "altitude": 3, "source": "SOURCE_REGISTRY"}
    assert places(read("ttn", uplink({"temperature": 1}, locations={"user": user}))) == [[4.776, 51.589]]


def test_messages_of_the_storage_integration_are_lines() -> None:
    lines = b"\n".join(msgspec.json.encode({"result": uplink({"temperature": value})}) for value in (1, 2))
    assert count(read("ttn", lines)) == 2


def test_cayenne_is_decoded_when_a_mapping_asks_for_it(repository: Path) -> None:
    """Channel 1, type 0x67 (0.1 °C): 0x00CD is 205, so 20.5; channel 2, type 0x68 (0.5 %): 0x5A is 90, so 45."""
    text = (repository / "ssclab_data/sources/mappings/ttn.yaml").read_text()
    own = (
        text.replace(
            "  - name: uplink\n",
            "  - name: cayenne\n    reader: json\n    having: [end_device_ids.device_id]\n"
            "    decode: {uplink_message.frm_payload: cayenne-lpp}\n  - name: uplink\n",
        )
        .replace("uplink_message.decoded_payload.temperature_*:", "uplink_message.frm_payload.temperature_*:")
        .replace(
            "uplink_message.decoded_payload.relative_humidity_*:", "uplink_message.frm_payload.relative_humidity_*:"
        )
    )
    packed = base64.b64encode(bytes.fromhex("016700CD02685A")).decode()
    payload = msgspec.json.encode(uplink(None, packed))
    mapped = MappedSource(parse_mapping(own, "mine.yaml")).read(payload, SourceContext())
    assert values(mapped) == {"dev1/temperature/1": 20.5, "dev1/relative-humidity/2": 45.0}
    assert mapped.findings == ()


@pytest.mark.needs("samples")
def test_the_real_file(samples: Path) -> None:
    mapped = read("ttn", (samples / "ttn" / "uplink_message-repaired.json").read_bytes())
    assert results(mapped) == {"dev1/temperature": [("2020-02-12T15:15:45.789585Z", 1.0)]}
    assert places(mapped) == [[23.72678801175413, 37.97155556731436]]
    assert list(streams(mapped)) == ["dev1/temperature"]
    assert mapped.findings == ()
    assert adds_up(mapped)


@pytest.mark.needs("samples")
def test_the_real_file_that_is_no_json_is_refused_with_its_line(samples: Path) -> None:
    with pytest.raises(SourceError, match="line 79"):
        read("ttn", (samples / "ttn" / "uplink_message-invalid-as-published.json").read_bytes())
