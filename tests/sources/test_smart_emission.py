"""Smart Emission: values worked out by hand, and the real files."""

import math
from pathlib import Path
from statistics import mean
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import SourceError
from ssclab_data.model.sensorthings import Datastream, FeatureOfInterest, Location
from ssclab_data.model.values import Box, Instant
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import load_source

RECORD: dict[str, Any] = {
    "id": "7",
    "p_unitserialnumber": 7,
    "time": "2026-01-08T22:00:06.7570001Z",
    "s_longitude": 5914103,
    "s_latitude": 53949937,
    "s_temperatureambient": 294650,
    "s_humidity": 36880,
    "s_barometer": 100019,
    "s_pm2_5": 12345,
    "p_errorstatus": 0,
}


def read(payload: Any, **context: Any) -> MappedPayload:
    content = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return load_source("smart-emission").read(content, SourceContext(**context))


def results(mapped: MappedPayload) -> dict[str, list[Any]]:
    return {series.datastream.rpartition("/")[2]: list(series.result) for series in mapped.series}


def test_raw_units_become_physical_ones() -> None:
    """294650 mK is 21.5 degrees Celsius, 36880 m% is 36.88 %, 100019 Pa is 1000.19 hPa, 12345 ng is 12.345 µg."""
    mapped = read(RECORD)
    assert results(mapped) == {
        "temperature": [21.5],
        "relative-humidity": [36.88],
        "pressure": [1000.19],
        "pm25": [12.345],
    }
    assert mapped.series[0].start == (Instant.parse("2026-01-08T22:00:06.757Z").us,)
    assert (mapped.tally.digits_cut, mapped.findings, mapped.rejected) == (1, (), ())
    units = {one.unit_of_measurement.symbol for one in mapped.entities if isinstance(one, Datastream)}  # type: ignore[union-attr]
    assert units == {"°C", "%", "hPa", "µg/m³"}


def test_the_position_is_decoded_from_nibbles() -> None:
    places = [one for one in read(RECORD).defaults if isinstance(one, (Location, FeatureOfInterest))]
    assert [one.key for one in places] == ["smart-emission/7/51.473,5.671"] * 2
    assert places[0].location == {"type": "Point", "coordinates": [5.671223, 51.472561]}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changed", "rule", "lost", "why"),
    [
        ({"s_latitude": 0x801FFFFF}, "bad-position", set(), "a fraction above 999999: once published as -2.048575"),
        ({"s_longitude": 0, "s_latitude": 0}, "no-position", set(), "0 means no position"),
        (
            {"s_latitude": 0x80000000, "s_longitude": 0x80000000},
            "no-position",
            set(),
            "0, 0 with the sign of the south-west",
        ),
        ({"s_latitude": 53949937.5}, "bad-position", set(), "a fraction where a packed number belongs is not cut"),
        ({"s_temperatureambient": 0}, "outside-limits", {"temperature"}, "0 is a placeholder"),
        ({"s_barometer": 4294967026}, "outside-limits", {"pressure"}, "a negative number without its sign"),
        ({"s_humidity": "wet"}, "not-a-number", {"relative-humidity"}, "a text where a number belongs"),
        ({"s_new": 5}, "unknown-field", set(), "a field that no document names"),
    ],
)
def test_a_fault_is_found_and_the_rest_is_kept(changed: dict[str, Any], rule: str, lost: set[str], why: str) -> None:
    mapped = read({**RECORD, **changed})
    assert [finding.rule for finding in mapped.findings] == [rule], why
    assert set(results(mapped)) == {"temperature", "relative-humidity", "pressure", "pm25"} - lost
    tally = mapped.tally
    assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected == 1
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected


@pytest.mark.parametrize(
    ("changed", "rule"),
    [({"time": "2026-13-08T22:00:06Z"}, "bad-time"), ({"time": None}, "bad-time")],
)
def test_a_record_without_a_usable_time_is_rejected_whole(changed: dict[str, Any], rule: str) -> None:
    mapped = read({**RECORD, **changed})
    assert [finding.rule for finding in mapped.findings] == [rule]
    assert (mapped.series, mapped.tally.records_rejected) == ((), 1)
    mended = msgspec.json.decode(mapped.rejected[0].payload)
    assert len(read({**mended, "time": RECORD["time"]}).series) == 4


def test_a_position_outside_the_lab_is_a_warning() -> None:
    mapped = read(RECORD, area=Box(4.66, 51.48, 4.90, 51.65), municipality="Breda")
    assert [(finding.rule, finding.severity) for finding in mapped.findings] == [("outside-area", "warning")]
    assert (len(mapped.series), mapped.rejected) == (4, ())


def test_units_that_jitter_stay_in_one_place() -> None:
    moved = [
        {**RECORD, "time": f"2026-01-08T22:00:{second:02}Z", "s_longitude": 5914103 + second} for second in range(9)
    ]
    places = [one for one in read({"id": "7", "timeseries": moved}).defaults if isinstance(one, Location)]
    assert len(places) == 1
    far = [*moved, {**RECORD, "time": "2026-01-08T22:01:00Z", "s_longitude": 5914103 + 5000}]
    places = [one for one in read({"id": "7", "timeseries": far}).defaults if isinstance(one, Location)]
    assert len(places) == 2


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"\xff\xfe\x00",
        b'{"id": "7", "timeseries": [{"time": "2026-01-08T22:00:06Z"',
        b'{"id": 1, "id": 2, "time": "2026-01-08T22:00:06Z", "p_unitserialnumber": 7}',
        b'{"time": "2026-01-08T22:00:06Z", "p_unitserialnumber": 7, "s_humidity": NaN}',
        b"\x1f\x8b\x08\x00broken",
        b'[{"sensordatavalues": []}]',
        b"a;b;c\n1;2;3\n",
    ],
)
def test_what_is_no_payload_of_the_source_is_refused(payload: bytes) -> None:
    with pytest.raises(SourceError, match=r"^hour\.json: "):
        read(payload, where="hour.json")


def test_the_push_text_of_2015_is_read() -> None:
    text = (
        b"07/23/2015 12:54:53,P.UnitSerialnumber,1\n07/23/2015 12:54:53,S.Barometer,101512\n"
        b"07/23/2015 12:55:04,P.UnitSerialnumber,1\n07/23/2015 12:55:04,S.Barometer,101513\n"
    )
    (series,) = read(text).series
    assert series.result == (1015.12, 1015.13)
    assert [str(Instant(us)) for us in series.start] == ["2015-07-23T12:54:53Z", "2015-07-23T12:55:04Z"]


@pytest.mark.needs("samples")
def test_the_real_hour_has_the_known_values(samples: Path) -> None:
    """The values of reference/domain.md 1.3 and 1.5."""
    file = samples / "smart-emission/whale_timeseries-hour_device23_20160108_h23.json.gz"
    mapped = read(file.read_bytes(), where=str(file))
    found = results(mapped)
    noise, temperature = found["noise-level"], found["temperature"]
    assert (len(noise), len(temperature), mapped.tally.records_read) == (198, 198, 198)
    assert round(noise[0], 3) == 43.875
    assert round(10 * math.log10(mean(10 ** (level / 10) for level in noise)), 2) == 43.77
    assert round(mean(temperature), 3) == 21.354
    assert round(mean(found["pressure"]), 2) == 1000.10
    assert round(mean(found["relative-humidity"]), 2) == 37.72
    assert len(found["co-resistance"]) == 127
    assert len(found["co2"]) == 177


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("whale_last.json", 1),
        ("whale_last-multi.json", 16),
        ("whale_device.json", 1),
        ("jose_push_2015_unit1_raw.txt", 112),
    ],
)
def test_every_real_file_is_accounted_for(samples: Path, name: str, records: int) -> None:
    mapped = read((samples / "smart-emission" / name).read_bytes())
    tally = mapped.tally
    assert tally.records_read == records
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    if name == "whale_last.json":
        assert round(results(mapped)["noise-level"][0], 3) == 44.980
