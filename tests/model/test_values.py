"""Times, durations and boxes."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import MissingZoneError, ValueParseError
from ssclab_data.model.values import (
    Box,
    Duration,
    Instant,
    Interval,
    end_of,
    has_finer_digits,
    is_finite,
    parse_local,
    parse_time,
    start_of,
)

FIRST = -62_135_596_800_000_000
LAST = 253_402_300_799_999_999
instants = st.builds(Instant, st.integers(FIRST, LAST))


@pytest.mark.parametrize(
    ("text", "written", "why"),
    [
        ("2016-01-08T22:00:06.757Z", "2016-01-08T22:00:06.757Z", "three digits stay three"),
        ("2016-02-04T12:11:03.3585417Z", "2016-02-04T12:11:03.358541Z", "finer digits are cut, not rounded"),
        ("2018-07-25T05:47:01Z", "2018-07-25T05:47:01Z", "no fraction, none written"),
        ("2018-07-25T05:47Z", "2018-07-25T05:47:00Z", "seconds may be left out"),
        ("2018-07-25t05:47:01z", "2018-07-25T05:47:01Z", "RFC 3339 allows lower case"),
        ("2018-07-25 05:47:01 +02:00", "2018-07-25T03:47:01Z", "EEA writes a blank before the offset"),
        ("2018-07-25T05:47:01-0330", "2018-07-25T09:17:01Z", "an offset without a colon"),
        ("2018-07-25T05:47:01+02", "2018-07-25T03:47:01Z", "an offset of hours alone"),
        ("2018-07-25T05:47:01,5Z", "2018-07-25T05:47:01.500Z", "ISO 8601 allows the comma"),
        ("2025-01-15T11:00:00+00:00", "2025-01-15T11:00:00Z", "an offset of zero is Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "the first year has four digits"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", "before 1970"),
    ],
)
def test_instants_are_read_and_written(text: str, written: str, why: str) -> None:
    assert str(Instant.parse(text)) == written, why


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("2023-03-08T08:17:23", MissingZoneError),
        ("2023-03-08", MissingZoneError),
        ("2023-02-30T00:00:00Z", ValueParseError),
        ("2023-01-01T24:00:00Z", ValueParseError),
        ("2023-01-01T00:00:00+25:00", ValueParseError),
        ("2023-01-01T00:00:00+01:75", ValueParseError),
        ("0001-01-01T00:00:00+01:00", ValueParseError),
        ("yesterday", ValueParseError),
        ("", ValueParseError),
    ],
)
def test_what_is_no_instant_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Instant.parse(text)


def test_a_local_time_stays_naive_until_a_zone_is_declared() -> None:
    assert parse_local("2019-04-25 01:51:12") == datetime(2019, 4, 25, 1, 51, 12)
    assert parse_local("2023-07-28") == datetime(2023, 7, 28)


@given(instants)
def test_instants_survive_their_text(instant: Instant) -> None:
    assert Instant.parse(str(instant)) == instant
    assert Instant.of(instant.datetime) == instant


def test_a_naive_datetime_is_no_instant() -> None:
    with pytest.raises(MissingZoneError):
        Instant.of(datetime(2020, 1, 1))
    assert Instant.of(datetime(1970, 1, 1, tzinfo=UTC)).us == 0


@given(instants, instants)
def test_intervals_survive_their_text(one: Instant, other: Instant) -> None:
    interval = Interval(min(one, other), max(one, other))
    assert parse_time(str(interval)) == interval
    assert (start_of(interval), end_of(interval)) == (interval.start, interval.end)
    assert (start_of(one), end_of(one)) == (one, one)


@pytest.mark.parametrize("text", ["2024-05-02T00:00:00Z/2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z", "a/b"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(ValueParseError):
        Interval.parse(text)


@pytest.mark.parametrize(
    ("text", "us"),
    [("PT1.5S", 1_500_000), ("-P1D", -86_400_000_000), ("P1W", 604_800_000_000), ("PT1H30M", 5_400_000_000)],
)
def test_durations_are_read(text: str, us: int) -> None:
    assert Duration.parse(text).us == us


@pytest.mark.parametrize(
    "text", ["P" + "9" * 400 + "D", "P99999999999999999999D", "P", "PT", "P1Y", "P1M", "1D", "P1DT", ""]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueParseError):
        Duration.parse(text)


@given(st.integers(-(10**15), 10**15).map(Duration))
def test_durations_survive_their_text(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize(
    ("text", "finer"),
    [("2016-02-04T12:11:03.3585417Z", True), ("2016-02-04T12:11:03.3585410Z", False), ("x", False)],
)
def test_finer_digits_are_seen(text: str, finer: bool) -> None:
    assert has_finer_digits(text) is finer


@pytest.mark.parametrize(
    ("box", "longitude", "latitude", "inside"),
    [
        (Box(4.7, 51.5, 4.9, 51.7), 4.8, 51.6, True),
        (Box(4.7, 51.5, 4.9, 51.7), 4.9, 51.7, True),
        (Box(4.7, 51.5, 4.9, 51.7), 5.0, 51.6, False),
        (Box(4.7, 51.5, 4.9, 51.7), 4.8, 51.8, False),
        (Box(170, -10, -170, 10), 179, 0, True),
        (Box(170, -10, -170, 10), -179, 0, True),
        (Box(170, -10, -170, 10), 0, 0, False),
    ],
)
def test_boxes_hold_their_edges_and_may_cross_the_antimeridian(
    box: Box, longitude: float, latitude: float, inside: bool
) -> None:
    assert box.contains(longitude, latitude) is inside


@pytest.mark.parametrize(
    ("value", "finite"),
    [(1.0, True), ("NaN", True), (float("nan"), False), ({"a": [1, float("inf")]}, False), ([None, True], True)],
)
def test_nan_and_infinity_are_found_at_any_depth(value: object, finite: bool) -> None:
    assert is_finite(value) is finite


def test_the_zone_of_the_machine_changes_nothing() -> None:
    code = "from ssclab_data.model.values import Instant; print(Instant.parse('2018-04-26T00:30:00Z'))"
    for zone in ("America/Santiago", "Europe/Amsterdam"):
        done = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "2018-04-26T00:30:00Z"
