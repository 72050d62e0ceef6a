"""PurpleAir: degrees Fahrenheit inside the case, two channels, columns, and answers that report an error."""

from pathlib import Path
from typing import Any

import pytest

from ssclab_data.errors import SourceError

from .mapped import adds_up, count, places, read, results, rules, streams, values

SEEN = 1_736_942_400  # 2025-01-15T12:00:00Z


def sensor(**fields: Any) -> dict[str, Any]:
    return {"api_version": "V1", "time_stamp": SEEN + 60, "sensor": {"sensor_index": 7, "last_seen": SEEN, **fields}}


def test_the_moment_is_that_of_the_sensor_and_not_of_the_answer() -> None:
    assert results(read("purpleair", sensor(**{"pm2.5": 4.5}))) == {"7/pm25": [("2025-01-15T12:00:00Z", 4.5)]}


@pytest.mark.parametrize(("fahrenheit", "celsius"), [(32, 0.0), (50, 10.0), (-40, -40.0), (212, None)])
def test_the_temperature_is_that_of_the_case_in_celsius(fahrenheit: int, celsius: float | None) -> None:
    """(F - 32) x 5/9; 212 °F is beyond what the sensor can have."""
    mapped = read("purpleair", sensor(temperature=fahrenheit))
    assert values(mapped).get("7/unit-temperature") == celsius
    assert rules(mapped) == ({} if celsius is not None else {"outside-limits": 1})


def test_humidity_and_pressure() -> None:
    assert values(read("purpleair", sensor(humidity=33, pressure=1001.66))) == {
        "7/unit-humidity": 33.0,
        "7/pressure": 1001.66,
    }


def test_each_channel_is_a_series_of_its_own() -> None:
    mapped = read("purpleair", sensor(**{"pm2.5_a": 4, "pm2.5_b": 9, "pm2.5": 6.5, "pm2.5_cf_1": 7}))
    assert values(mapped) == {"7/pm25/a": 4.0, "7/pm25/b": 9.0, "7/pm25": 6.5, "7/pm25/cf1": 7.0}
    assert streams(mapped)["7/pm25/b"].properties["series"] == "b"  # type: ignore[index]


def test_columns_are_read_by_their_names() -> None:
    answer = {
        "time_stamp": SEEN + 60,
        "fields": ["sensor_index", "last_seen", "latitude", "longitude", "pm2.5_atm"],
        "data": [[7, SEEN, 51.589, 4.776, 4.5], [8, SEEN, None, None, None]],
    }
    mapped = read("purpleair", answer)
    assert values(mapped) == {"7/pm25/atm": 4.5}
    assert places(mapped) == [[4.776, 51.589]]
    assert mapped.tally.fields_missing == 1
    assert mapped.findings == ()


def test_values_without_their_moment_are_not_taken() -> None:
    """data_time_stamp is that of the answer, and values may be a week older."""
    answer = {"data_time_stamp": SEEN, "fields": ["sensor_index", "pm2.5"], "data": [[7, 4.5]]}
    mapped = read("purpleair", answer)
    assert (count(mapped), rules(mapped)) == (0, {"incomplete-message": 1})
    assert "ask for that field too" in mapped.findings[0].text


def test_a_message_of_the_sensor_itself_lacks_what_it_lacks() -> None:
    """cases.md, row 50: slashes and a small z; the temperature that is not there fails nothing."""
    message = {"pm2_5_atm": "8.1", "DateTime": "2026/06/02T10:00:00z"}
    mapped = read("purpleair", message, given={"SensorId": "84:f3:eb"})
    assert results(mapped) == {"84:f3:eb/pm25/atm-a": [("2026-06-02T10:00:00Z", 8.1)]}
    assert mapped.findings == ()


def test_an_error_is_told_in_its_own_words() -> None:
    answer = {"api_version": "V1", "time_stamp": SEEN, "error": "NotFoundError", "description": "Cannot find it."}
    with pytest.raises(SourceError, match=r"reports an error: NotFoundError: Cannot find it\."):
        read("purpleair", answer)


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "observations", "found", "located"),
    [
        ("get_sensor_response.json", 36, {}, 1),  # three times a mean and channel a; 9 + 12 + 9 estimates of the mass
        ("get_sensors_response.json", 0, {"incomplete-message": 5}, 4),  # five names, of which one without a place
    ],
)
def test_real_files(samples: Path, file: str, observations: int, found: dict[str, int], located: int) -> None:
    mapped = read("purpleair", (samples / "purpleair" / file).read_bytes())
    assert (count(mapped), rules(mapped), len(places(mapped))) == (observations, found, located)
    assert adds_up(mapped)


@pytest.mark.needs("samples")
def test_the_real_error(samples: Path) -> None:
    with pytest.raises(SourceError, match="NotFoundError: Cannot find a sensor"):
        read("purpleair", (samples / "purpleair" / "error_not_found_response.json").read_bytes())
