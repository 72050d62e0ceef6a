"""AirNow: an index and no concentration, and a time in three parts."""

from pathlib import Path
from typing import Any

import pytest

from .mapped import adds_up, count, read, results, rules, streams, things

ROW = {
    "dateObserved": "2025-07-15",
    "hourObserved": "15:00",
    "localTimeZone": "EDT",
    "siteID": "060371103",
    "siteName": "North",
    "parameterName": "PM2.5",
    "nowcastAQI": 37,
    "reportingAgency": "A",
}


def test_an_index_is_no_concentration() -> None:
    """cases.md, row 46."""
    mapped = read("airnow", [ROW])
    (stream,) = streams(mapped).values()
    assert stream.observed_property.key == "property/us-aqi-pm25"  # type: ignore[union-attr]
    assert stream.unit_of_measurement.symbol == "1"  # type: ignore[union-attr]
    assert mapped.findings == ()


@pytest.mark.parametrize(
    ("zone", "hour", "moment"),
    [
        ("EDT", "15:00", "2025-07-15T19:00:00Z"),  # 15:00 + 4 h
        ("PST", "15:00", "2025-07-15T23:00:00Z"),  # + 8 h
        ("HST", "15:00", "2025-07-16T01:00:00Z"),  # + 10 h: the next day
        ("+02:00", "15:00", "2025-07-15T13:00:00Z"),
    ],
)
def test_date_hour_and_zone_are_one_moment(zone: str, hour: str, moment: str) -> None:
    mapped = read("airnow", [{**ROW, "localTimeZone": zone, "hourObserved": hour}])
    assert results(mapped) == {"060371103/us-aqi-pm25": [(moment, 37.0)]}


@pytest.mark.parametrize("changes", [{"localTimeZone": "XST"}, {"hourObserved": "25:00"}, {"localTimeZone": ""}])
def test_what_is_no_moment_is_refused(changes: dict[str, Any]) -> None:
    mapped = read("airnow", [{**ROW, **changes}])
    assert count(mapped) == 0
    assert len(mapped.rejected) == 1
    assert set(rules(mapped)) <= {"bad-time", "zone-missing"}
    assert mapped.findings


def test_the_leading_zero_of_a_site_stays() -> None:
    assert list(things(read("airnow", [ROW]))) == ["airnow/060371103"]


@pytest.mark.needs("samples")
def test_the_real_file(samples: Path) -> None:
    """20 December, 15:00 PST is 23:00 UTC."""
    mapped = read("airnow", (samples / "airnow" / "response.json").read_bytes())
    at = "2020-12-20T23:00:00Z"
    assert results(mapped) == {
        "060371103/us-aqi-o3": [(at, 44.0)],
        "060371103/us-aqi-pm25": [(at, 37.0)],
        "060371103/us-aqi-pm10": [(at, 11.0)],
    }
    assert mapped.findings == ()
    assert adds_up(mapped)
