"""Netatmo: times by module, sums of rain, indoor series apart, stations out of reach, and places never swapped."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.model.values import Box
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source

from .mapped import adds_up, count, places, read, results, rules, sensors, streams, values

AT = 1_736_942_400  # 2025-01-15T12:00:00Z
BREDA = Box(4.6, 51.5, 4.9, 51.7)


def public(measures: dict[str, Any]) -> dict[str, Any]:
    place = {"location": [4.776, 51.589], "timezone": "Europe/Amsterdam", "country": "NL", "altitude": 3}
    return {"status": "ok", "body": [{"_id": "70:ee", "place": place, "mark": 1, "measures": measures}]}


def own(*modules: dict[str, Any], location: tuple[float, float] = (4.776, 51.589), **base: Any) -> dict[str, Any]:
    place = {
        "location": list(location),
        "city": "Breda",
        "country": "NL",
        "altitude": 3,
        "timezone": "Europe/Amsterdam",
    }
    station = {"_id": "70:ee", "type": "NAMain", "station_name": "Home", "place": place, "modules": modules, **base}
    return {"status": "ok", "body": {"devices": [station]}}


def dashboard(**fields: Any) -> dict[str, Any]:
    return {"dashboard_data": {"time_utc": AT, **fields}}


def test_values_are_of_the_second_and_the_module_that_name_them() -> None:
    mapped = read(
        "netatmo",
        public(
            {
                "02:aa": {"res": {str(AT): [21.4, 62]}, "type": ["temperature", "humidity"]},
                "70:ee": {"res": {str(AT + 8): [1010.6]}, "type": ["pressure"]},
            }
        ),
    )
    assert results(mapped) == {
        "70:ee/02:aa/temperature": [("2025-01-15T12:00:00Z", 21.4)],
        "70:ee/02:aa/relative-humidity": [("2025-01-15T12:00:00Z", 62.0)],
        "70:ee/70:ee/sea-level-pressure": [("2025-01-15T12:00:08Z", 1010.6)],
    }
    assert places(mapped) == [[4.776, 51.589]]
    assert mapped.findings == ()


def test_rain_is_a_sum_over_the_hour_and_the_day_before() -> None:
    rain = {"rain_60min": 0.2, "rain_24h": 12.3, "rain_live": 0.5, "rain_timeutc": AT}
    assert results(read("netatmo", public({"05:aa": rain}))) == {
        "70:ee/05:aa/precipitation/hour": [("2025-01-15T11:00:00Z/2025-01-15T12:00:00Z", 0.2)],
        "70:ee/05:aa/precipitation/day": [("2025-01-14T12:00:00Z/2025-01-15T12:00:00Z", 12.3)],
    }


@pytest.mark.parametrize(("angle", "stored"), [(17, 17.0), (-1, None), (361, None)])
def test_wind_is_in_metres_per_second(angle: int, stored: float | None) -> None:
    """18 km/h is 5 m/s, 36 km/h is 10 m/s; an angle of -1 is no wind."""
    wind = {"wind_strength": 18, "wind_angle": angle, "gust_strength": 36, "gust_angle": 90, "wind_timeutc": AT}
    found = values(read("netatmo", public({"06:aa": wind})))
    assert found.pop("70:ee/06:aa/wind-direction", None) == stored
    assert found == {
        "70:ee/06:aa/wind-speed": 5.0,
        "70:ee/06:aa/wind-gust": 10.0,
        "70:ee/06:aa/wind-direction/gust": 90.0,
    }


def test_what_is_indoors_is_a_series_of_its_own() -> None:
    mapped = read(
        "netatmo",
        own(
            {"_id": "02:aa", "type": "NAModule1", **dashboard(Temperature=3.5)},
            {"_id": "03:aa", "type": "NAModule4", **dashboard(Temperature=20.5, CO2=600)},
            **dashboard(Temperature=21, Pressure=1017.3, AbsolutePressure=1016.9, Noise=40),
        ),
    )
    assert values(mapped) == {
        "70:ee/02:aa/temperature": 3.5,
        "70:ee/03:aa/temperature/indoor": 20.5,
        "70:ee/03:aa/co2/indoor": 600.0,
        "70:ee/70:ee/temperature/indoor": 21.0,
        "70:ee/70:ee/sea-level-pressure/indoor": 1017.3,
        "70:ee/70:ee/pressure/indoor": 1016.9,
    }
    assert streams(mapped)["70:ee/03:aa/temperature/indoor"].properties["series"] == "indoor"  # type: ignore[index]
    assert len(sensors(mapped)) == 3
    assert mapped.findings == ()


def test_a_station_out_of_reach_is_told_and_described() -> None:
    mapped = read("netatmo", own({"_id": "02:aa", "type": "NAModule1", "reachable": False}, reachable=False))
    assert rules(mapped) == {"incomplete-message": 2}
    assert count(mapped) == 0
    assert places(mapped) == [[4.776, 51.589]]
    assert adds_up(mapped)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ((4.776, 51.589), None),
        ((51.589, 4.776), "would be inside it with its two numbers swapped"),  # as near Berlin in the real file
        ((13.4, 52.5), "is outside Breda"),
    ],
)
def test_a_place_is_never_swapped_but_told(location: tuple[float, float], words: str | None) -> None:
    payload = msgspec.json.encode(own(location=location, **dashboard(Temperature=21)))
    mapped = load_source("netatmo").read(payload, SourceContext(area=BREDA, municipality="Breda"))
    assert places(mapped) == [list(location)]
    assert [finding.rule for finding in mapped.findings] == (["outside-area"] if words else [])
    assert all(str(words) in finding.text for finding in mapped.findings)


def test_a_series_without_its_type_is_read_when_that_is_given() -> None:
    body = {str(AT): [28.1], str(AT + 16): [28.4]}
    payload = {"status": "ok", "body": body}
    mapped = read("netatmo", payload, given={"type": "Temperature", "station": "70:ee"})
    assert results(mapped) == {
        "70:ee/70:ee/temperature": [("2025-01-15T12:00:00Z", 28.1), ("2025-01-15T12:00:16Z", 28.4)]
    }
    assert mapped.findings == ()
    assert rules(read("netatmo", payload, given={"station": "70:ee"})) == {"unknown-field": 2}
    assert rules(read("netatmo", payload, given={"type": "Temperature"})) == {"no-id": 2}


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "observations", "found"),
    [
        ("getpublicdata.json", 36, {}),  # 8 stations of 3 values, 4 rain gauges of 2, 1 wind gauge of 4
        ("getstationsdata.json", 69, {"incomplete-message": 3}),
        ("weatherstation_data_unreachable_station.json", 19, {"incomplete-message": 3}),
        ("weatherstation_measure.json", 13, {}),
    ],
)
def test_real_files(samples: Path, file: str, observations: int, found: dict[str, int]) -> None:
    payload = (samples / "netatmo" / file).read_bytes()
    mapped = read("netatmo", payload, file, {"type": "Temperature", "station": "70:ee"})
    assert (count(mapped), rules(mapped)) == (observations, found)
    assert adds_up(mapped)
