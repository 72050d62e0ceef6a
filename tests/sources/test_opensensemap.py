"""openSenseMap: titles in German and English, units of owners, and the time of a value beside that of a place."""

from pathlib import Path
from typing import Any

import pytest

from .mapped import adds_up, places, read, results, rules, streams, things, values

AT = "2025-01-15T12:00:00.000Z"


def box(*sensors: tuple[str, str, str], **fields: Any) -> dict[str, Any]:
    return {
        "_id": "b1",
        "name": "Tuin",
        "exposure": "outdoor",
        "currentLocation": {"type": "Point", "coordinates": [4.776, 51.589], "timestamp": "2017-07-02T17:27:37.000Z"},
        "sensors": [
            {
                "_id": f"s{number}",
                "title": title,
                "unit": unit,
                "sensorType": "BME280",
                "lastMeasurement": {"createdAt": AT, "value": value},
            }
            for number, (title, unit, value) in enumerate(sensors)
        ],
        **fields,
    }


@pytest.mark.parametrize(
    ("title", "unit", "value", "stored"),
    [
        ("Temperatur", "°C", "12.10", {"temperature": 12.1}),
        ("Temperature", "°F", "50", {"temperature": 10.0}),
        ("rel. Luftfeuchte", "%", "84.63", {"relative-humidity": 84.63}),
        ("Luftdruck", "Pa", "101325", {"pressure": 1013.25}),
        ("Luftdruck", "hPa", "1013.25", {"pressure": 1013.25}),
        ("PM2.5", "µg/m³", "7.5", {"pm25": 7.5}),
        ("PM10", "ug/m3", "9", {"pm10": 9.0}),
        ("Lautstärke", "dB (A)", "51.2", {"noise-level": 51.2}),
        ("Schalldruckpegel", "db (A)", "51.2", {"laeq": 51.2}),
        ("Beleuchtungsstärke", "lx", "1200", {"illuminance": 1200.0}),
        ("UV-Intensität", "μW/cm²", "250", {"uv-irradiance": 2.5}),  # 1 µW/cm² is 0.01 W/m²
        ("Bodenfeuchte", "%", "13.5", {"soil-moisture": 0.135}),
        ("CO₂", "ppm", "412", {"co2": 412.0}),
        ("Windgeschwindigkeit", "km/h", "18", {"wind-speed": 5.0}),
    ],
)
def test_titles_and_units_are_read(title: str, unit: str, value: str, stored: dict[str, float]) -> None:
    mapped = read("opensensemap", box((title, unit, value)))
    assert {name.rpartition("/")[2]: number for name, number in values(mapped).items()} == stored
    assert mapped.findings == ()


@pytest.mark.parametrize(
    ("title", "unit", "found"),
    [("Radioaktivität", "cpm", {"unknown-field": 1}), ("Temperatur", "furlong", {"unknown-unit": 1})],
)
def test_what_is_not_known_is_told_and_the_rest_kept(title: str, unit: str, found: dict[str, int]) -> None:
    mapped = read("opensensemap", box((title, unit, "1"), ("PM10", "µg/m³", "9")))
    assert rules(mapped) == found
    assert values(mapped) == {"b1/s1/pm10": 9.0}


def test_the_time_of_the_place_is_not_that_of_the_value() -> None:
    mapped = read("opensensemap", box(("Temperatur", "°C", "1")))
    assert results(mapped) == {"b1/s0/temperature": [("2025-01-15T12:00:00Z", 1.0)]}
    assert places(mapped) == [[4.776, 51.589]]


def test_two_sensors_of_one_title_are_two_series() -> None:
    mapped = read("opensensemap", box(("Temperatur", "°C", "1"), ("Temperatur", "°C", "2")))
    assert values(mapped) == {"b1/s0/temperature": 1.0, "b1/s1/temperature": 2.0}
    assert len(streams(mapped)) == 2


def test_a_box_says_whether_it_is_indoors() -> None:
    (thing,) = things(read("opensensemap", box(("Temperatur", "°C", "1"), exposure="indoor"))).values()
    assert thing.properties["exposure"] == "indoor"  # type: ignore[index]


def test_a_list_of_boxes_gives_them_all() -> None:
    mapped = read("opensensemap", [box(("PM10", "µg/m³", "1")), box(("PM10", "µg/m³", "2"), _id="b2")])
    assert values(mapped) == {"b1/s0/pm10": 1.0, "b2/s0/pm10": 2.0}


@pytest.mark.needs("samples")
def test_the_real_file(samples: Path) -> None:
    mapped = read("opensensemap", (samples / "opensensemap" / "box.json").read_bytes())
    assert results(mapped) == {
        "test-box-id/59592d0994f05200114428e9/temperature": [("2025-12-09T23:35:39.041Z", 12.1)],
        "test-box-id/59592d0994f05200114428ea/relative-humidity": [("2025-12-09T23:35:39.041Z", 84.63)],
    }
    assert mapped.findings == ()
    assert adds_up(mapped)
