"""Stamps as sources write them, each with the moment or period that it means, worked out by hand."""

import os
import subprocess
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Instant
from ssclab_data.sources.declaration import Fold, Hours, Offset, Stamp, TimeRule, ZoneUntil
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.stamps import format_pattern, parse_offset, parse_stamp
from ssclab_data.sources.times import Clock, Span, parse_period
from ssclab_data.sources.zones import UnclearTimeError, moment_of, zone_of

AMSTERDAM = {"zone": "Europe/Amsterdam"}
CET = {"zone_names": {"CET": "+01:00"}}
DAYS_OF_24 = {"text": "{d} {h}", "format": "%Y%m%d %H", "hours": Hours.FROM_1}


def read(rule: dict[str, Any], fields: dict[str, Any], span: Span | None = None) -> str:
    clock = Clock(TimeRule(because="test", **{"fields": ("t",), **rule}))
    return str(clock.time(clock.read(fields, None), span))


@pytest.mark.parametrize(
    ("rule", "stamp", "expected", "why"),
    [
        ({}, "2026-06-02T10:00:00Z", "2026-06-02T10:00:00Z", "ISO 8601"),
        ({}, "2026/06/02T10:00:00z", "2026-06-02T10:00:00Z", "cases.md, row 50: slashes and a small z"),
        ({}, "2020-01-04 00:00:00 +01:00", "2020-01-03T23:00:00Z", "a blank before the offset"),
        ({}, "2015-02-02 15:59:52 +0000", "2015-02-02T15:59:52Z", "an offset without a colon"),
        ({}, "2015-02-02 15:59:52 UTC", "2015-02-02T15:59:52Z", "the zone by name"),
        ({}, "2016-01-08T22:00:06.7570001Z", "2016-01-08T22:00:06.757Z", "finer digits are cut, never rounded"),
        ({}, "2020-12-31T24:00:00Z", "2021-01-01T00:00:00Z", "24:00 is 00:00 of the next day"),
        ({"zone": "UTC"}, "2020-02-28", "2020-02-28T00:00:00Z", "a day begins at midnight"),
        ({"zone": "UTC", "format": "%Y%m%d%H%M%S"}, "20250115070000", "2025-01-15T07:00:00Z", "cases.md, row 2"),
        ({"zone": "+01:00", "format": "%Y%m%d%H%M%S"}, "20250115070000", "2025-01-15T06:00:00Z", "row 2 as RIO says"),
        ({"zone": "+01:00"}, "2024-07-01 00:00:00", "2024-06-30T23:00:00Z", "cases.md, row 4: no summer time"),
        ({"zone": "UTC", "format": "%d/%m/%Y %H:%M"}, "01/02/2020 01:00", "2020-02-01T01:00:00Z", "day first"),
        ({"zone": "UTC", "format": "%m/%d/%Y %I:%M %p"}, "1/2/2020 12:05 AM", "2020-01-02T00:05:00Z", "noon is PM"),
        ({"zone": "UTC", "format": "%d %b %Y %H:%M"}, "3 Mar 2021 7:05", "2021-03-03T07:05:00Z", "English months"),
        ({"zone": "UTC", "format": "%y%j %H%M"}, "20060 2400", "2020-03-01T00:00:00Z", "day 60 of a leap year, 24:00"),
        ({"format": "%Y-%m-%dT%H:%M:%S.%f%z"}, "2020-01-02T03:04:05.123456789+01", "2020-01-02T02:04:05.123456Z", "ns"),
        ({"format": "%Y-%m-%d %H:%M %Z", **CET}, "2020-07-01 12:00 CET", "2020-07-01T11:00:00Z", "no summer time"),
        ({"format": "unix"}, 1577836800, "2020-01-01T00:00:00Z", "seconds"),
        ({"format": "unix"}, "1577836800.25", "2020-01-01T00:00:00.250Z", "seconds as a text with a fraction"),
        ({"format": "unix"}, 1577836800.1, "2020-01-01T00:00:00.100Z", "the decimal that is written, not its double"),
        ({"format": "unix-ms"}, "1577836800123", "2020-01-01T00:00:00.123Z", "milliseconds as text"),
        ({"offset": Offset.WRONG, **AMSTERDAM}, "2019-07-02T11:00:00Z", "2019-07-02T09:00:00Z", "cases.md, row 38"),
        (AMSTERDAM, "2020-07-01 12:00", "2020-07-01T10:00:00Z", "summer time"),
        (AMSTERDAM, "2020-01-01 12:00", "2020-01-01T11:00:00Z", "winter time"),
        ({"fold": Fold.FIRST, **AMSTERDAM}, "2020-10-25 02:30", "2020-10-25T00:30:00Z", "still summer time"),
        ({"fold": Fold.SECOND, **AMSTERDAM}, "2020-10-25 02:30", "2020-10-25T01:30:00Z", "already winter time"),
        ({"fold": Fold.FIRST, **AMSTERDAM}, "2020-10-25 02:30:00+01:00", "2020-10-25T01:30:00Z", "it says which"),
    ],
)  # fmt: skip
def test_a_stamp_is_a_moment(rule: dict[str, Any], stamp: Any, expected: str, why: str) -> None:
    """cases.md, rows 4 and 38: a clock that writes Z behind local time is read by its zone."""
    assert read(rule, {"t": stamp}) == expected, why


@pytest.mark.parametrize(
    ("stamp", "expected"), [("199912312350", "1999-12-31T22:50:00Z"), ("200001010000", "2000-01-01T00:00:00Z")]
)
def test_the_zone_of_a_source_may_change(stamp: str, expected: str) -> None:
    """cases.md, row 29: DWD writes MEZ before 2000, and UTC from then on."""
    zones = (ZoneUntil(zone="+01:00", until="2000-01-01T00:00"), ZoneUntil(zone="UTC"))
    assert read({"zones": zones, "format": "%Y%m%d%H%M"}, {"t": stamp}) == expected


@pytest.mark.parametrize(
    ("rule", "fields", "expected", "why"),
    [
        (
            {"stamp": Stamp.END, "period": "PT15M", "zone": "UTC"},
            {"t": "2024-07-01 10:15:00"},
            "2024-07-01T10:00:00Z/2024-07-01T10:15:00Z",
            "cases.md, row 5: Sonitus",
        ),
        (
            {"stamp": Stamp.END, "period": "PT1H", "zone": "UTC", "text": "{d} {h}", "format": "%d/%m/%Y %H:%M"},
            {"d": "01/01/2020", "h": "01:00"},
            "2020-01-01T00:00:00Z/2020-01-01T01:00:00Z",
            "cases.md, row 5: UK-AIR, in two columns",
        ),
        (
            {"stamp": Stamp.END, "period": "PT1H", "zone": "UTC", **DAYS_OF_24},
            {"d": 20200329, "h": "   24"},
            "2020-03-29T23:00:00Z/2020-03-30T00:00:00Z",
            "cases.md, row 26: hour 24 of a day of which the clock goes forward, in numbers and blanks",
        ),
        (
            {"stamp": Stamp.START, "zone": "+01:00", "until": ("e",)},
            {"t": "2024-07-01 00:00:00", "e": "2024-07-01 01:00:00"},
            "2024-06-30T23:00:00Z/2024-07-01T00:00:00Z",
            "cases.md, row 4: both edges are given",
        ),
        (
            {"stamp": Stamp.END, "period": "PT1H", "until": ("s",)},
            {"t": "2024-07-01T01:00:00Z", "s": ""},
            "2024-07-01T00:00:00Z/2024-07-01T01:00:00Z",
            "the other edge is empty, and the period is known",
        ),
        (
            {"stamp": Stamp.START, "period": "P1D", **AMSTERDAM},
            {"t": "2020-03-29"},
            "2020-03-28T23:00:00Z/2020-03-29T22:00:00Z",
            "a day of the calendar, of 23 hours",
        ),
        (
            {"stamp": Stamp.START, "period": "PT24H", **AMSTERDAM},
            {"t": "2020-03-29"},
            "2020-03-28T23:00:00Z/2020-03-29T23:00:00Z",
            "24 hours, whatever the clock does",
        ),
        (
            {"stamp": Stamp.START, "period": "P1M", "zone": "UTC", "format": "%Y-%m"},
            {"t": "2020-02"},
            "2020-02-01T00:00:00Z/2020-03-01T00:00:00Z",
            "a month of 29 days",
        ),
        (
            {"zone_field": "z", "zone_names": {"PST": "-08:00"}},
            {"t": "2020-01-01 00:00", "z": "PST"},
            "2020-01-01T08:00:00Z",
            "the record names its zone",
        ),
        (
            {"zone_field": "z"},
            {"t": "2020-07-01 00:00", "z": "Europe/Amsterdam"},
            "2020-06-30T22:00:00Z",
            "by the name of the zone",
        ),
        ({"zone_field": "z", "zone": "UTC"}, {"t": "2020-01-01 00:00"}, "2020-01-01T00:00:00Z", "it names none"),
        ({"fields": ("a", "t")}, {"a": "", "t": "2020-01-01T00:00Z"}, "2020-01-01T00:00:00Z", "the first there is"),
    ],
)  # fmt: skip
def test_a_stamp_with_other_fields(rule: dict[str, Any], fields: dict[str, Any], expected: str, why: str) -> None:
    assert read(rule, fields) == expected, why


def test_a_field_may_have_a_period_of_its_own() -> None:
    """cases.md, row 47: CO over eight hours beside NO2 over one."""
    rule = {"stamp": Stamp.END, "period": "PT1H", "zone": "UTC"}
    fields = {"t": "2020-01-01 12:00"}
    assert read(rule, fields) == "2020-01-01T11:00:00Z/2020-01-01T12:00:00Z"
    assert read(rule, fields, Span.of(Stamp.END, "PT8H")) == "2020-01-01T04:00:00Z/2020-01-01T12:00:00Z"
    assert read(rule, fields, Span.of(Stamp.INSTANT, "")) == "2020-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("rule", "stamp", "found", "why"),
    [
        ({}, "2025-01-15T07:00:00", "zone-missing", "cases.md, row 2: never the zone of the machine"),
        (AMSTERDAM, "2020-10-25 02:30", "ambiguous-time", "it is there twice"),
        (AMSTERDAM, "2020-03-29 02:30", "skipped-time", "it is never there"),
        ({"fold": Fold.FIRST, **AMSTERDAM}, "2020-03-29 02:30", "skipped-time", "`fold` says nothing of those"),
        ({}, "01/02/2020 01:00Z", "bad-time", "day or month first? the format must say it"),
        ({}, "2020-02-30T00:00:00Z", "bad-time", "no such day"),
        ({}, "2020-01-01T24:01:00Z", "bad-time", "a day has no minute after 24:00"),
        ({}, "2020-01-01T25:00:00Z", "bad-time", "no such hour"),
        ({}, "2020-01-01T00:00:00+25:00", "bad-time", "no such offset"),
        ({}, None, "bad-time", "there is none"),
        ({}, 20200101, "bad-time", "a number is no ISO 8601"),
        ({}, True, "bad-time", "a truth value"),
        ({}, "2020-01-01T00:00:00Z" * 9, "bad-time", "a text without end"),
        ({"format": "unix"}, 1577836800000, "bad-time", "milliseconds for seconds: the year 51970"),
        ({"format": "unix"}, True, "bad-time", "a truth value is no count"),
        ({"format": "unix"}, "soon", "bad-time", "no count"),
        ({"format": "unix"}, -1, "bad-time", "before 1970"),
        ({"format": "%H:%M %d-%m-%Y", "hours": Hours.FROM_1, "zone": "UTC"}, "00:00 01-01-2020", "bad-time", "hour 0"),
        ({"format": "%Y%m%d", "zone": "UTC"}, "2020011", "bad-time", "a digit is missing"),
        ({"format": "%y%j", "zone": "UTC"}, "19366", "bad-time", "2019 has 365 days"),
        ({"format": "%d %b %Y", "zone": "UTC"}, "3 Mrt 2021", "bad-time", "not an English month"),
        ({"format": "%d %m %Y %I %p", "zone": "UTC"}, "3 3 2021 13 pm", "bad-time", "no hour of half a day"),
        ({"stamp": Stamp.END, "until": ("s",)}, "2020-01-01T00:00:00Z", "bad-time", "the other edge is not known"),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(rule: dict[str, Any], stamp: Any, found: str, why: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(rule, {"t": stamp})
    assert refusal.value.rule == found, why


@pytest.mark.parametrize(
    ("rule", "fields", "why"),
    [
        ({"zone_field": "z"}, {"t": "2020-01-01 00:00", "z": "Mars/Olympus"}, "no such zone"),
        (
            {"until": ("e",), "stamp": Stamp.START},
            {"t": "2020-01-01T01:00Z", "e": "2020-01-01T00:00Z"},
            "it ends first",
        ),
        ({"text": "{d} {h}", "zone": "UTC"}, {"d": "2020-01-01"}, "half of the stamp"),
    ],
)
def test_other_fields_that_give_no_moment_are_refused(rule: dict[str, Any], fields: dict[str, Any], why: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(rule, fields)
    assert refusal.value.rule == "bad-time", why


def test_the_time_of_arrival_is_taken_where_it_may_be() -> None:
    arrival = Instant.parse("2026-01-01T00:00:00Z")
    allowed, forbidden = (Clock(TimeRule(because="", fields=("t",), received=received)) for received in (True, False))
    assert allowed.read({}, arrival).at == arrival
    for clock, received in ((allowed, None), (forbidden, arrival)):
        with pytest.raises(Refusal):
            clock.read({}, received)
    with pytest.raises(Refusal):
        allowed.read({"t": "rubbish"}, arrival)


def test_a_result_time_is_read_as_the_stamp_is() -> None:
    clock = Clock(TimeRule(because="", fields=("t",), result=("r",), zone="+01:00"))
    assert str(clock.result_time({"t": "2020-01-01", "r": "2020-01-01 02:00"})) == "2020-01-01T01:00:00Z"
    assert clock.result_time({"t": "2020-01-01"}) is None


def test_cut_digits_are_counted() -> None:
    clock = Clock(TimeRule(because="", fields=("t",)))
    texts = ("2020-01-01T00:00:00.123456700Z", "2020-01-01T00:00:00.123456000Z")
    assert [clock.read({"t": text}, None).cut for text in texts] == [1, 0]
    assert parse_stamp("1.00000001", "unix").finer


@given(st.datetimes(datetime(1980, 1, 1), datetime(2037, 1, 1)), st.sampled_from(list(Fold)))
def test_a_moment_of_a_zone_has_that_local_time(at: datetime, fold: Fold) -> None:
    """The oracle is the way back: what a moment is on the clocks of Amsterdam."""
    zone = ZoneInfo("Europe/Amsterdam")
    moments = {at.replace(tzinfo=zone, fold=number).timestamp() for number in (0, 1)}
    back = [datetime.fromtimestamp(one, zone).replace(tzinfo=None, fold=0) for one in moments]
    if at not in back or (len(moments) == 2 and fold is Fold.REFUSED):
        with pytest.raises(UnclearTimeError):
            moment_of(at, zone, fold)
        return
    chosen = max(moments) if fold is Fold.SECOND else min(moments)
    assert moment_of(at, zone, fold).datetime.timestamp() == pytest.approx(chosen, abs=1e-5)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))
def test_formats_agree_with_strptime(at: datetime) -> None:
    for format_ in ("%Y-%m-%d %H:%M:%S.%f", "%Y%m%d%H%M%S", "%d/%m/%Y %I:%M:%S %p", "%j.%Y %H:%M", "%d %B %Y"):
        text = at.strftime(format_)
        assert parse_stamp(text, format_).at == datetime.strptime(text, format_)


@pytest.mark.parametrize("text", ["P", "PT", "1H", "P1H", "PT0S", "P0D", "-PT1H", ""])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueParseError):
        parse_period(text)


@pytest.mark.parametrize("text", ["%H:%M", "%Y-%m-%d %Q", "%Y %Y %m", "%Y %", "%Y"])
def test_what_is_no_format_is_refused(text: str) -> None:
    with pytest.raises(ValueParseError):
        format_pattern(text)


@pytest.mark.parametrize("text", ["Europe/Breda", "", "+1", "CEST", "../etc/passwd", "+24:00"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueParseError):
        zone_of(text)


def test_offsets() -> None:
    assert [parse_offset(text) for text in ("Z", "+01", "+0530", "-08:00")] == [0, 60, 330, -480]


def test_the_zone_of_the_machine_changes_nothing() -> None:
    """cases.md, rows 2 and 122: the same moments in New York."""
    code = (
        "from ssclab_data.sources.declaration import TimeRule, Fold\n"
        "from ssclab_data.sources.times import Clock\n"
        "for rule, stamp in (({'zone': 'UTC', 'format': '%Y%m%d%H%M%S'}, '20250115070000'), ({'format': 'unix'}, 0),\n"
        "                    ({'zone': 'Europe/Amsterdam', 'fold': Fold.SECOND}, '2020-10-25 02:30')):\n"
        "    clock = Clock(TimeRule(because='', fields=('t',), **rule))\n"
        "    print(clock.time(clock.read({'t': stamp}, None)))\n"
    )
    environment = {**os.environ, "TZ": "America/New_York"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["2025-01-15T07:00:00Z", "1970-01-01T00:00:00Z", "2020-10-25T01:30:00Z"]
