"""OpenAQ: ends of hours, two kinds of units of one parameter, and answers that do not name their location."""

from pathlib import Path
from typing import Any

import pytest

from .mapped import adds_up, count, places, read, results, rules, streams, things, values

GIVEN = {"location_id": "2178", "sensor_id": "3920"}


def v1(unit: str, value: float, parameter: str = "no2") -> dict[str, Any]:
    return {
        "location": "Zuid",
        "parameter": parameter,
        "date": {"utc": "2025-01-15T12:00:00Z", "local": "2025-01-15T13:00:00+01:00"},
        "value": value,
        "unit": unit,
        "country": "NL",
        "city": "Breda",
    }


def v3(value: Any, unit: str = "µg/m³", name: str = "pm25") -> dict[str, Any]:
    return {
        "value": value,
        "parameter": {"id": 2, "name": name, "units": unit, "displayName": None},
        "period": {
            "label": "1hour",
            "interval": "01:00:00",
            "datetimeFrom": {"utc": "2025-01-15T12:00:00Z", "local": "2025-01-15T13:00:00+01:00"},
            "datetimeTo": {"utc": "2025-01-15T13:00:00Z", "local": "2025-01-15T14:00:00+01:00"},
        },
        "coordinates": None,
        "summary": None,
        "coverage": {"observedCount": 1},
    }


def test_a_stamp_is_the_end_of_its_hour() -> None:
    mapped = read("openaq", {"results": [v1("µg/m³", 21)]})
    assert results(mapped) == {"NL-Zuid/no2": [("2025-01-15T11:00:00Z/2025-01-15T12:00:00Z", 21.0)]}
    assert mapped.findings == ()


@pytest.mark.parametrize(
    ("unit", "value", "stored"),
    [
        ("ppm", 0.0194, {"NL-Zuid/no2-mole-fraction": 19.4}),  # 1 ppm = 1000 ppb
        ("ppb", 45, {"NL-Zuid/no2-mole-fraction": 45.0}),
        ("µg/m³", 21, {"NL-Zuid/no2": 21.0}),
        ("μg/m³", 21, {"NL-Zuid/no2": 21.0}),  # the other letter mu
        ("mg/m³", 0.021, {"NL-Zuid/no2": 21.0}),
    ],
)
def test_a_mole_fraction_is_a_property_of_its_own(unit: str, value: float, stored: dict[str, float]) -> None:
    assert values(read("openaq", {"results": [v1(unit, value)]})) == stored


def test_rows_of_one_unit_never_disappear() -> None:
    """cases.md, row 7: 100 rows in ppb and 10 in µg/m³ are 110 Observations."""
    rows = [v1("ppb" if number < 100 else "µg/m³", number) for number in range(110)]
    for number, row in enumerate(rows):
        row["date"]["utc"] = f"2025-01-{number // 24 + 1:02}T{number % 24:02}:00:00Z"
    mapped = read("openaq", {"results": rows})
    assert {name: len(series) for name, series in results(mapped).items()} == {
        "NL-Zuid/no2-mole-fraction": 100,
        "NL-Zuid/no2": 10,
    }
    assert mapped.tally.records_mapped == 110


def test_a_unit_that_nobody_knows_rejects_its_rows_with_a_count() -> None:
    """cases.md, row 7: what is not kept is told, with reason and count."""
    mapped = read("openaq", {"results": [v1("furlong", 1), v1("furlong", 2), v1("ppb", 45)]})
    assert rules(mapped) == {"unknown-unit": 2}
    assert (mapped.tally.records_mapped, mapped.tally.records_partly) == (1, 2)
    assert len(mapped.rejected) == 2


@pytest.mark.parametrize(("value", "stored"), [(-999, []), (-99, []), (-9999.0, []), (-1.8, [-1.8]), (3.2, [3.2])])
def test_sentinels_are_missing_and_small_negatives_are_kept(value: float, stored: list[float]) -> None:
    """cases.md, row 59."""
    mapped = read("openaq", {"results": [v1("µg/m³", value, "pm25")]})
    assert list(values(mapped).values()) == stored
    assert mapped.tally.fields_missing == 1 - len(stored)
    assert mapped.findings == ()


def test_both_edges_of_a_period_are_taken_as_given() -> None:
    mapped = read("openaq", {"results": [v3(6)]}, given=GIVEN)
    assert results(mapped) == {"2178/pm25": [("2025-01-15T12:00:00Z/2025-01-15T13:00:00Z", 6.0)]}
    (stream,) = streams(mapped).values()
    assert stream.sensor.key == "openaq/3920"  # type: ignore[union-attr]
    assert mapped.findings == ()


def test_an_answer_that_does_not_name_its_location_is_refused() -> None:
    mapped = read("openaq", {"results": [v3(6)]})
    assert rules(mapped) == {"no-id": 1}
    assert count(mapped) == 0


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "observations", "missing"),
    [
        ("v1-latest.json", 6, 2),  # eight values, of which two are -99
        ("v1-measurements.ndjson", 8, 0),  # four answers with the same two readings
        ("v3-measurements.json", 2, 0),
        ("v3-sensors.json", 8, 0),
        ("v3-locations.json", 0, 0),
        ("v3-locations_variation.json", 0, 0),
        ("v3-parameters.json", 0, 0),
    ],
)
def test_real_files(samples: Path, file: str, observations: int, missing: int) -> None:
    mapped = read("openaq", (samples / "openaq" / file).read_bytes(), file, GIVEN)
    assert (count(mapped), mapped.tally.fields_missing, rules(mapped)) == (observations, missing, {})
    assert adds_up(mapped)


@pytest.mark.needs("samples")
def test_locations_describe_their_things(samples: Path) -> None:
    mapped = read("openaq", (samples / "openaq" / "v3-locations.json").read_bytes())
    thing = things(mapped)["openaq/2178"]
    assert thing.name == "Del Norte"
    assert thing.properties == {
        "source": "openaq",
        "localId": "2178",
        "locality": "Albuquerque",
        "provider": "AirNow",
        "owner": "Unknown Governmental Organization",
        "mobile": False,
        "referenceMonitor": True,
    }
    assert places(mapped) == [[-106.584702, 35.1353]]


@pytest.mark.needs("samples")
def test_a_location_name_that_begins_with_a_blank_is_one_place(samples: Path) -> None:
    mapped = read("openaq", (samples / "openaq" / "v1-latest.json").read_bytes())
    assert sorted(str(one.properties["localId"]) for one in things(mapped).values()) == [  # type: ignore[index]
        "CN-淮河道",
        "SE-(Folkungagatan tillfälligt avstängd)",
    ]
