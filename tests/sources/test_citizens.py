"""Citizens' projects and sound networks: bodies that devices push, downloads, and answers without id or quantity."""

from pathlib import Path
from typing import Any

import pytest

from ssclab_data.model.values import Instant

NOW = Instant.parse("2026-01-01T12:00:00Z")
UNIT = {"esp8266id": "esp8266-1234"}


def push(**values: str) -> dict[str, Any]:
    pairs = [{"value_type": name, "value": value} for name, value in values.items()]
    return {"software_version": "NRZ-2018-121C", "sensordatavalues": pairs}


def test_a_pushed_body_is_of_the_unit_and_the_moment_that_are_known_beside_it(take: Any) -> None:
    """BMP_pressure 100659.00 Pa is 1006.59 hPa."""
    body = push(SDS_P1="5.38", SDS_P2="4.98", BMP_pressure="100659.00", BMP_temperature="26.80", signal="-59 dBm")
    answer = take("sensor-community", body, given=UNIT, received=NOW)
    assert answer.values == {
        "esp8266-1234/esp8266-1234/pm10/sds011": {str(NOW): 5.38},
        "esp8266-1234/esp8266-1234/pm25/sds011": {str(NOW): 4.98},
        "esp8266-1234/esp8266-1234/pressure/bmp": {str(NOW): 1006.59},
        "esp8266-1234/esp8266-1234/temperature/bmp": {str(NOW): 26.8},
    }
    assert (answer.adds_up, answer.rules) == (True, {})


def test_two_chips_of_one_unit_are_two_series(take: Any) -> None:
    values = take(
        "sensor-community", push(BME280_temperature="20", DHT_temperature="21"), given=UNIT, received=NOW
    ).values
    assert {name.rpartition("/")[2]: [*one.values()] for name, one in values.items()} == {
        "bme280": [20.0],
        "dht": [21.0],
    }


@pytest.mark.parametrize(("given", "received", "rule"), [({}, NOW, "no-id"), (UNIT, None, "bad-time")])
def test_a_body_without_unit_or_moment_is_kept_out(take: Any, given: Any, received: Any, rule: str) -> None:
    answer = take("sensor-community", push(SDS_P1="5.38"), given=given, received=received)
    assert (answer.count, answer.rules, answer.adds_up) == (0, {rule: 1}, True)


@pytest.mark.parametrize(
    ("columns", "cells", "expected"),
    [
        (
            "pressure;altitude;pressure_sealevel;temperature;humidity",
            "101967.84;;;10.36;71.66",
            [1019.6784, 10.36, 71.66],
        ),
        ("pressure;altitude;pressure_sealevel;temperature", "101967.84;;;10.36", [1019.6784, 10.36]),
        ("temperature", "10.36", [10.36]),
        ("P1;P2;P0", "12.5;8.25;4.5", [12.5, 8.25, 4.5]),
        ("P1;P4;P2;P0;N10;N4;N25;N1;N05;TS", "12;11;8;4;1;1;1;1;1;0.5", [12.0, 11.0, 8.0, 4.0]),
        ("noise_LAeq;noise_LA_min;noise_LA_max;noise_LA01;noise_LA95", "55.1;40.2;71.3;60;42", [55.1, 40.2, 71.3]),
        ("P1;durP1;ratioP1;P2;durP2;ratioP2", "unavailable;;;nan;;", []),
        ("temperature;humidity", "%.1f;-999.00", []),
    ],
)
def test_the_archive_of_each_type(take: Any, columns: str, cells: str, expected: list[float]) -> None:
    """BMP280, DS18B20, PMS5003, SPS30, sound and SDS011, with the words that stand for no value."""
    text = (
        f"sensor_id;sensor_type;location;lat;lon;timestamp;{columns}\n"
        f"16423;X;8320;51.59;4.78;2018-08-30T20:59:20;{cells}\n"
    )
    answer = take("sensor-community", text)
    assert [one for series in answer.values.values() for one in series.values()] == expected
    assert (answer.adds_up, answer.rules, answer.places) == (True, {}, [[4.78, 51.59]])


@pytest.mark.parametrize(("text", "result"), [("1018.2", 10.182), ("101820", 1018.2)])
def test_a_pressure_in_the_wrong_unit_is_not_multiplied(take: Any, text: str, result: float) -> None:
    """cases.md, row 10: 1018.2 in the field of pascal stays 1018.2 Pa, which is no pressure that can be."""
    (values,) = take("sensor-community", push(BMP_pressure=text), given=UNIT, received=NOW).values.values()
    assert [*values.values()] == [result]


def test_two_sensors_of_one_location(take: Any) -> None:
    """cases.md, row 11: one Thing and one place, and no Datastream for what a sensor never sends."""
    readings = [
        {
            "timestamp": "2019-04-25 01:51:12",
            "location": {"id": 2840, "latitude": "51.590", "longitude": "4.780"},
            "sensor": {"id": sensor},
            "sensordatavalues": [{"value_type": name, "value": "10"} for name in names],
        }
        for sensor, names in ((5636, ("P1", "P2")), (5637, ("temperature", "humidity")))
    ]
    answer = take("sensor-community", readings)
    assert sorted(answer.values) == [
        "2840/5636/pm10", "2840/5636/pm25", "2840/5637/relative-humidity", "2840/5637/temperature",
    ]  # fmt: skip
    assert ([*answer.things], answer.places) == (["2840"], [[4.78, 51.59]])


def test_meet_je_stad_has_longitude_first_and_empty_columns(take: Any) -> None:
    text = (
        "id\ttimestamp\tlongitude\tlatitude\ttemperature\thumidity\tlux\tsupply\tpm2.5\tpm10\n"
        "493\t2019-04-19 00:02:17\t5.04926\t51.5669\t13.8125\t50.4375\t\t3.43\t\t7.5\n"
    )
    answer = take("meet-je-stad", text)
    when = "2019-04-19T00:02:17Z"
    assert answer.values == {
        "493/temperature": {when: 13.8125},
        "493/relative-humidity": {when: 50.4375},
        "493/pm10": {when: 7.5},
    }
    assert (answer.places, answer.mapped.tally.fields_missing, answer.adds_up) == ([[5.04926, 51.5669]], 2, True)


@pytest.mark.parametrize(
    ("unit", "names"),
    [("dB(A)", ["m1/laeq", "m1/lamin", "m1/lamax"]), ("dB(C)", ["m1/lceq", "m1/lcmin", "m1/lcmax"])],
)
def test_what_munisense_answers_is_what_was_asked_for(take: Any, unit: str, names: list[str]) -> None:
    """Eindhoven publishes LCeq, which is no LAeq."""
    body = {"results": [{"timestamp": "2019-04-04T14:44:35.000+00:00", "avg": 44.6877, "min": 34.69, "max": 68.56}]}
    answer = take("munisense", body, given={"id": "m1", "unit": unit})
    assert answer.values == {
        name: {"2019-04-04T14:44:35Z": value} for name, value in zip(names, (44.6877, 34.69, 68.56), strict=True)
    }


def test_munisense_without_a_quantity_is_not_guessed(take: Any) -> None:
    body = {"results": [{"timestamp": "2019-04-04T14:44:35.000+00:00", "avg": 44.6877}]}
    assert take("munisense", body, given={"id": "m1"}).rules == {"unknown-unit": 1}
    assert take("munisense", body).rules == {"no-id": 1}


def test_hackair_has_dots_in_its_names_and_texts_for_numbers(take: Any) -> None:
    body = {
        "reading": {"PM2.5_AirPollutantValue": "7.93", "PM10_AirPollutantValue": "32.63"},
        "battery": "5.99", "tamper": "0", "error": "4",
    }  # fmt: skip
    answer = take("hackair", body, given={"id": "h1"}, received=NOW)
    assert answer.values == {"h1/pm25": {str(NOW): 7.93}, "h1/pm10": {str(NOW): 32.63}}
    assert (answer.adds_up, answer.rules, answer.mapped.tally.fields_ignored) == (True, {}, 3)


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("source", "file", "records", "observations"),
    [
        ("meet-je-stad", "meetjestad/data-20190419.tsv", 7, 14),
        ("munisense", "munisense/query-last_day-shape.json", 1, 3),
        ("hackair", "hackair/push-payload.json", 1, 2),
        ("sensor-community", "sensor-community/push-payload-NRZ-2016.json", 1, 2),
        ("sensor-community", "sensor-community/push-payload-NRZ-2018-121.json", 1, 4),
        ("sensor-community", "sensor-community/api-v1-upstream.json", 5, 10),
        ("sensor-community", "sensor-community/api-v1-sensor-152.json", 2, 4),
        ("sensor-community", "sensor-community/archive-2017-09-21_sds011_sensor_5331.csv", 1, 2),
        ("sensor-community", "sensor-community/archive-2018-08-30_bme280_sensor_16423.csv", 71, 213),
        ("sensor-community", "sensor-community/archive-2019-04-21_dht22_sensor_24544.csv", 423, 846),
        ("sensor-community", "sensor-community/archive-2019-05-18_sds011_sensor_15462.csv", 580, 1160),
    ],
)
def test_every_real_file_is_read(
    take: Any, samples: Path, source: str, file: str, *, records: int, observations: int
) -> None:
    given = {"id": "x", "esp8266id": "x", "unit": "dB(C)"}
    answer = take(source, (samples / file).read_bytes(), file, given=given, received=NOW)
    assert (answer.mapped.tally.records_mapped, answer.count) == (records, observations)
    assert (answer.adds_up, answer.rules) == (True, {})
