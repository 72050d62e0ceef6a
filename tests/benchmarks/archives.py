"""Write archives such as cities have: one sensor as CSV, many stations as JSON, hours of packed units."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

_START = datetime(2026, 1, 1, tzinfo=UTC)
_HEAD = "sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2\n"
_OCTAVES = (1776896, 1710873, 1644572, 1973788, 1908511, 2170655, 2039326, 2236704, 2368548)
_UNITS = 20


class Archive(msgspec.Struct, frozen=True):
    """A file to be ingested.

    Attributes:
        write: writes it with about so many Observations.
    """

    source: str
    what: str
    write: Callable[[Path, int], None]


def _moment(seconds: int) -> str:
    return f"{_START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}"


def _csv(file: Path, rows: int) -> None:
    with file.open("w") as out:
        out.write(_HEAD)
        for number in range(rows // 2):
            values = f"{number % 300 / 10 + 0.13:.2f};;;{number % 200 / 10 + 0.4:.2f};;"
            out.write(f"15462;SDS011;7789;51.590;4.780;{_moment(6 * number)};{values}\n")


def _list(file: Path, rows: int) -> None:
    _write_list(file, map(_reading, range(rows // 2)))


def _reading(number: int) -> dict[str, Any]:
    sensor, place = number % _UNITS, f"{51.5 + number % _UNITS / 100:.3f}"
    return {
        "id": number,
        "sampling_rate": None,
        "timestamp": _moment(3 * number).replace("T", " "),
        "location": {"id": 100 + sensor, "latitude": place, "longitude": "4.780", "country": "NL", "indoor": 0},
        "sensor": {"id": sensor, "pin": "1", "sensor_type": {"id": 14, "name": "SDS011", "manufacturer": "x"}},
        "sensordatavalues": [
            {"id": 2 * number, "value": f"{number % 300 / 10 + 0.13:.2f}", "value_type": "P1"},
            {"id": 2 * number + 1, "value": f"{number % 200 / 10 + 0.4:.2f}", "value_type": "P2"},
        ],
    }


def _hours(file: Path, rows: int) -> None:
    """Write one document a line, an hour of one unit each: 12 seconds apart, 10 values a record."""
    with file.open("wb") as out:
        for hour in range(rows // 3000):
            unit, start = hour % _UNITS, hour // _UNITS * 3600
            records = [_record(unit, start + second) for second in range(0, 3600, 12)]
            out.write(msgspec.json.encode({"id": str(unit), "timeseries": records}) + b"\n")


def _record(unit: int, second: int) -> dict[str, Any]:
    return {
        "time": f"{_moment(second)}.757Z",
        "p_unitserialnumber": unit,
        "p_basetimer": 12,
        "p_errorstatus": 0,
        "s_longitude": 5914103 + unit * 100,
        "s_latitude": 53949937,
        "s_temperatureambient": 294650 + second % 100,
        "s_temperatureunit": 299650 + second % 100,
        "s_humidity": 36880 + second % 300,
        "s_barometer": 100019 + second % 10,
        "s_pm2_5": 12345 + second % 1000,
        "s_pm10": 23456 + second % 1000,
        "s_no2resistance": 33314 + second % 50,
        "s_o3resistance": 5879 + second % 50,
        "s_lightsensortop": second % 1000,
        "s_rgbcolor": 8421504,
        **{
            f"v_audio{name}": value
            for name, value in zip(("0", *(f"plus{n}" for n in range(1, 9))), _OCTAVES, strict=True)
        },
    }


def _write_list(file: Path, items: Iterator[dict[str, Any]]) -> None:
    with file.open("wb") as out:
        before = b"["
        for item in items:
            out.write(before + msgspec.json.encode(item))
            before = b","
        out.write(b"]")


ARCHIVES: Mapping[str, Archive] = MappingProxyType(
    {
        "archive.csv": Archive("sensor-community", "CSV, one sensor, 2 values a row of 12 columns", _csv),
        "list.json": Archive("sensor-community", "JSON list, 20 sensors, 2 values a record in pairs", _list),
        "hours.ndjson": Archive("smart-emission", "JSON hours, 20 units, 10 values a record of 26 fields", _hours),
    }
)
