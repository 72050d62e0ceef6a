"""EEA: exported rows with both edges and their offset, Parquet with naive times in UTC+1, and lists without values."""

import datetime
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.errors import SettingsError, SourceError
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source

HEADER = (
    "Countrycode,Namespace,AirQualityNetwork,AirQualityStation,AirQualityStationEoICode,SamplingPoint,SamplingProcess,"
    "Sample,AirPollutant,AirPollutantCode,AveragingTime,Concentration,UnitOfMeasurement,DatetimeBegin,DatetimeEnd,"
    "Validity,Verification\n"
)
CODES = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/"


def row(value: str, **other: str) -> str:
    cells = {
        "code": "6001", "averaging": "hour", "unit": "µg/m3", "begin": "2020-01-04 00:00:00 +01:00",
        "end": "2020-01-04 01:00:00 +01:00", "validity": "1", "verification": "1", **other,
    }  # fmt: skip
    return (
        f"NL,NL.RIVM.AQ,NET-NL,STA-NL00444,NL00444,SPO-1,SPP-1,SAM-1,x,{CODES}{cells['code']},{cells['averaging']},"
        f"{value},{cells['unit']},{cells['begin']},{cells['end']},{cells['validity']},{cells['verification']}\n"
    )


def parquet(rows: list[dict[str, Any]]) -> bytes:
    """Write rows as the download service does: a decimal of 18 places, times without a zone."""
    start = datetime.datetime(2024, 7, 1)
    plain: dict[str, Any] = {
        "Samplingpoint": "NL/SPO-NL00444_00008_100", "Pollutant": 8, "Start": start,
        "End": start + datetime.timedelta(hours=1), "Value": Decimal("14.6"), "Unit": "ug.m-3", "AggType": "hour",
        "Validity": 1, "Verification": 1, "ResultTime": datetime.datetime(2024, 7, 2, 12), "DataCapture": None,
        "FkObservationLog": "a-1",
    }  # fmt: skip
    times = {name: pyarrow.timestamp("ns") for name in ("Start", "End", "ResultTime")}
    types = {
        "Pollutant": pyarrow.int32(),
        "Value": pyarrow.decimal128(38, 18),
        "DataCapture": pyarrow.decimal128(38, 18),
    }
    kinds = {name: {**times, **types}.get(name, pyarrow.string()) for name in plain}
    kinds |= {name: pyarrow.int32() for name in ("Validity", "Verification")}
    columns = {name: pyarrow.array([{**plain, **one}[name] for one in rows], type=kind) for name, kind in kinds.items()}
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue()


def test_both_edges_are_read_with_their_offset(take: Any) -> None:
    answer = take("eea", HEADER + row("3.2000000000"))
    assert answer.values == {"NL00444/SPO-1/pm25/hour": {"2020-01-03T23:00:00Z/2020-01-04T00:00:00Z": 3.2}}
    assert (answer.adds_up, answer.rules) == (True, {})


def test_hours_and_days_are_series_of_their_own(take: Any) -> None:
    """cases.md, row 47: periods of two lengths are two Datastreams."""
    day = {"averaging": "day", "end": "2020-01-05 00:00:00 +01:00"}
    assert take("eea", HEADER + row("3.2") + row("4.5", **day)).values == {
        "NL00444/SPO-1/pm25/hour": {"2020-01-03T23:00:00Z/2020-01-04T00:00:00Z": 3.2},
        "NL00444/SPO-1/pm25/day": {"2020-01-03T23:00:00Z/2020-01-04T23:00:00Z": 4.5},
    }


def test_a_mean_over_eight_hours_is_eight_hours(take: Any) -> None:
    """cases.md, row 47: CO that ends at 12:00 with eight hours begins at 04:00; NO2 of one hour at 11:00."""
    co = {"code": "10", "unit": "mg/m3", "averaging": "8hour", "begin": "2020-01-04 04:00:00 +00:00"}
    no2 = {"code": "8", "begin": "2020-01-04 11:00:00 +00:00"}
    end = {"end": "2020-01-04 12:00:00 +00:00"}
    assert take("eea", HEADER + row("0.25", **co, **end) + row("18", **no2, **end)).values == {
        "NL00444/SPO-1/co/8hour": {"2020-01-04T04:00:00Z/2020-01-04T12:00:00Z": 250.0},
        "NL00444/SPO-1/no2/hour": {"2020-01-04T11:00:00Z/2020-01-04T12:00:00Z": 18.0},
    }


@pytest.mark.parametrize(
    ("value", "validity", "verification", "kept", "quality"),
    [
        ("14.6", "1", "1", [14.6], 1),
        ("-5.3", "1", "1", [-5.3], 1),
        ("14.6", "1", "2", [14.6], 2),
        ("14.6", "1", "3", [14.6], 2),
        ("0.4", "2", "1", [0.4], 1),
        ("0.2", "3", "1", [0.2], 3),
        ("0.0", "-1", "1", [], None),
        ("-999", "-1", "1", [], None),
        ("12", "-99", "1", [], None),
        ("-999", "1", "1", [], None),
    ],
)
def test_the_flag_decides_whatever_the_number_is(
    take: Any, value: str, *, validity: str, verification: str, kept: list[float], quality: int | None
) -> None:
    """cases.md, row 56, worked out from the EIONET vocabularies of validity and verification."""
    answer = take("eea", HEADER + row(value, validity=validity, verification=verification))
    assert [one for series in answer.values.values() for one in series.values()] == kept
    assert [one["qartod"] for series in answer.quality.values() for one in series.values()] == (
        [quality] if kept else []
    )
    assert answer.mapped.tally.fields_missing == (not kept)
    assert answer.adds_up


def test_parquet_is_in_utc_plus_1(take: Any) -> None:
    """cases.md, row 4: 00:00 on 1 July is 23:00 UTC of 30 June, without summer time."""
    answer = take("eea", parquet([{}]))
    key = "NL%2FSPO-NL00444_00008_100/NL%2FSPO-NL00444_00008_100/no2/hour"
    assert answer.values == {key: {"2024-06-30T23:00:00Z/2024-07-01T00:00:00Z": 14.6}}
    (series,) = answer.mapped.series
    assert series.result_time is not None
    assert [int(one) for one in series.result_time] == [1719918000000000], "2 July 12:00 UTC+1 is 11:00 UTC"
    assert (answer.adds_up, answer.rules) == (True, {})


def test_24_rows_are_24_hours_on_the_day_that_clocks_go_forward(take: Any) -> None:
    """cases.md, row 4: 31 March 2024 has 24 hours in UTC+1, the first from 23:00 to 00:00 UTC."""
    start = datetime.datetime(2024, 3, 31)
    hours = [start + datetime.timedelta(hours=number) for number in range(24)]
    rows = [{"Start": one, "End": one + datetime.timedelta(hours=1)} for one in hours]
    (values,) = take("eea", parquet(rows)).values.values()
    assert len(values) == 24
    assert min(values) == "2024-03-30T23:00:00Z/2024-03-31T00:00:00Z"
    assert max(values) == "2024-03-31T22:00:00Z/2024-03-31T23:00:00Z"


@pytest.mark.parametrize(
    ("text", "result"), [("0.1", 0.1), ("123.456789012345678", 123.456789012345678), ("100", 100.0), ("-0.5", -0.5)]
)
def test_decimals_of_parquet_lose_nothing(take: Any, text: str, result: float) -> None:
    (values,) = take("eea", parquet([{"Value": Decimal(text)}])).values.values()
    assert [*values.values()] == [result]


@settings(max_examples=40)
@given(st.lists(st.decimals(-1_000_000, 1_000_000, places=18), min_size=1, max_size=20))
def test_any_decimals_become_the_nearest_doubles(values: list[Decimal]) -> None:
    """An oracle without any of our code: Python's own reading of the same decimal."""
    start = datetime.datetime(2024, 7, 1)
    hours = [start + datetime.timedelta(hours=number) for number in range(len(values))]
    rows = [
        {"Start": hour, "End": hour + datetime.timedelta(hours=1), "Value": value}
        for hour, value in zip(hours, values, strict=True)
    ]
    mapped = load_source("eea").read(parquet(rows), SourceContext())
    kept = [float(value) for value in values if value not in (Decimal(-999), Decimal(-9999))]
    assert [one for series in mapped.series for one in series.result] == kept


def test_a_rejected_row_of_parquet_can_be_read_again(take: Any) -> None:
    answer = take("eea", parquet([{"Unit": "furlong"}, {}]))
    assert (answer.count, answer.rules) == (1, {"unknown-unit": 1})
    (rejected,) = answer.mapped.rejected
    again = take("eea", rejected.payload)
    assert (again.count, again.rules) == (0, {"unknown-unit": 1})
    assert take("eea", rejected.payload.replace(b"furlong", b"ug.m-3")).values == take("eea", parquet([{}])).values


def test_an_unknown_pollutant_is_told(take: Any) -> None:
    assert take("eea", parquet([{"Pollutant": 4711}])).rules == {"unknown-field": 1}


@pytest.mark.parametrize("cut", [10, 200])
def test_broken_parquet_is_told(take: Any, cut: int) -> None:
    with pytest.raises(SourceError, match=r"x\.parquet.*broken Parquet"):
        take("eea", parquet([{}])[:-cut], "x.parquet")


def test_parquet_without_its_library_names_the_extra(take: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(SettingsError, match=r"ssclab-data\[parquet\]"):
        take("eea", b"PAR1rest")


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("eea-ereporting/MT_Historical_Valletta.csv", "list of addresses.*SPO-MT00003_00001_100.parquet"),
        ("eea-ereporting/REP_D-NL_RIVM_20140805_B-002.csv", "list of zones"),
        ("eea-ereporting/zones-wfs-concatenated.json", "list of zones"),
        ("airbase-legacy/DENW150.csv", "statistics by year.*AirBase, 2005"),
    ],
)
def test_lists_without_values_are_refused_with_what_they_are(take: Any, samples: Path, file: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        take("eea", (samples / file).read_bytes(), file)


@pytest.mark.needs("samples")
def test_the_real_row_is_read(take: Any, samples: Path) -> None:
    answer = take("eea", (samples / "eea-ereporting/AirQualityExport-DEBB054-onerow.csv").read_bytes())
    key = "DEBB054/SPO.DE_DEBB054_PM2_dataGroup1/pm25/hour"
    assert answer.values == {key: {"2020-01-03T23:00:00Z/2020-01-04T00:00:00Z": 3.2}}
    assert answer.quality[key]["2020-01-03T23:00:00Z/2020-01-04T00:00:00Z"]["qartod"] == 2, "preliminarily verified"
