"""KNMI: hours and days of weather stations, in each of the forms that the climate service has had."""

from pathlib import Path
from typing import Any

import pytest

from ssclab_data.errors import SourceError
from ssclab_data.sources.mapping import MappedSource, load_source

STATIONS = """# STN      LON(east)   LAT(north)     ALT(m)  NAME
# 260:         5.180       52.100       1.90  DE BILT
# 285:         6.399       53.575       0.00  HUIBERTGAT
"""
HEADER = "# STN,YYYYMMDD,   HH,   DD,  FH,  FF,  FX,   T, T10,  TD,  SQ,   Q,  DR,  RH,    P,  VV,   N,   U,  WW\n#\n"
NIGHT = "  260,20200329,   24,  990,  40,  30,  60,  76,    ,  53,  -1,  12,   2,  -1,10126,  65,   9,  91,    \n"
MORNING = "  260,20200329,    6,  140,  40,  30,  60,  -5,  20,  53,   0,   0,   0,   3,10126,  65,   8,  91,  10\n"
EMPTY = "  285,20200329,    6" + ",     " * 16 + "\n"
LAST, MIDNIGHT = "2020-03-29T23:00:00Z/2020-03-30T00:00:00Z", "2020-03-30T00:00:00Z"


def test_hour_24_ends_on_the_next_day_also_when_the_clock_goes_forward(take: Any) -> None:
    """cases.md, row 26: hours are UT, so the day on which the clock is changed has 24 of them like any other."""
    answer = take("knmi-hourly", STATIONS + HEADER + NIGHT)
    assert answer.values["06260/wind-speed"] == {LAST: 4.0}
    assert answer.values["06260/temperature"] == {MIDNIGHT: 7.6}, "the moment at which the hour ends"
    hours = "".join(NIGHT.replace("   24,", f"{hour:5},") for hour in range(1, 25))
    assert len(take("knmi-hourly", STATIONS + HEADER + hours).values["06260/wind-speed"]) == 24


def test_tenths_traces_and_blanks(take: Any) -> None:
    """cases.md, row 28: 10126 is 1012.6 hPa; -1 is a trace and never -0.1 mm; a blank is no 0."""
    answer = take("knmi-hourly", STATIONS + HEADER + NIGHT)
    assert answer.values["06260/sea-level-pressure"] == {MIDNIGHT: 1012.6}
    assert answer.values["06260/precipitation"] == {LAST: 0.0}
    assert answer.quality["06260/precipitation"][LAST] == {"qartod": 3, "source": "trace: less than 0.05 mm"}
    assert answer.values["06260/precipitation-duration"] == {LAST: 0.2}
    assert answer.values["06260/sunshine-duration"] == {LAST: 0.0}
    assert answer.values["06260/global-radiation-sum"] == {LAST: 12.0}
    assert not [name for name in answer.values if "grass" in name], "T10 is blank"
    assert answer.mapped.tally.fields_missing == 3, "T10 is blank, DD is variable, N is invisible"
    assert (answer.count, answer.adds_up, answer.rules) == (12, True, {}), "15 columns less those 3"


def test_each_column_is_of_its_own_period(take: Any) -> None:
    """The legend: FF and DD are of the last ten minutes, T10 of the last six hours, FH of the hour."""
    values = take("knmi-hourly", STATIONS + HEADER + MORNING).values
    assert values["06260/wind-speed/ten-minutes"] == {"2020-03-29T05:50:00Z/2020-03-29T06:00:00Z": 3.0}
    assert values["06260/wind-direction/PT10M"] == {"2020-03-29T05:50:00Z/2020-03-29T06:00:00Z": 140.0}
    assert values["06260/grass-temperature-min/PT6H"] == {"2020-03-29T00:00:00Z/2020-03-29T06:00:00Z": 2.0}
    assert values["06260/wind-speed"] == {"2020-03-29T05:00:00Z/2020-03-29T06:00:00Z": 4.0}
    assert values["06260/temperature"] == {"2020-03-29T06:00:00Z": -0.5}
    assert values["06260/cloud-cover"] == {"2020-03-29T06:00:00Z": 8.0}


def test_calm_and_variable_wind_have_no_direction(take: Any) -> None:
    """The legend: 0 is calm and 990 is variable; north is 360."""
    for text, expected in (("  0", []), ("990", []), ("360", [360.0])):
        values = take("knmi-hourly", STATIONS + HEADER + MORNING.replace("140", text)).values
        assert [*values.get("06260/wind-direction/PT10M", {}).values()] == expected


def test_the_station_list_in_the_comments_has_longitude_first(take: Any) -> None:
    answer = take("knmi-hourly", STATIONS + HEADER + NIGHT + EMPTY)
    assert answer.things["06260"].name == "DE BILT"
    assert answer.places == [[5.18, 52.1], [6.399, 53.575]]
    assert {series.feature.split("/")[1] for series in answer.mapped.series} == {"06260"}
    assert answer.count == 12, "a row with nothing but a code gives nothing"


def test_a_file_without_a_station_list_is_read_without_places(take: Any) -> None:
    answer = take("knmi-hourly", "# STN,YYYYMMDD,H,   FH,    T,    Q\n  370,20190101,    1,   40,   73,    0\n")
    assert answer.values == {
        "06370/wind-speed": {"2019-01-01T00:00:00Z/2019-01-01T01:00:00Z": 4.0},
        "06370/temperature": {"2019-01-01T01:00:00Z": 7.3},
        "06370/global-radiation-sum": {"2019-01-01T00:00:00Z/2019-01-01T01:00:00Z": 0.0},
    }
    assert answer.places == []


def test_a_day_is_from_0_to_24_ut(take: Any) -> None:
    """TG 44 is 4.4 degrees; the hour in which an extreme fell is no value."""
    text = (
        STATIONS
        + "# STN,YYYYMMDD,DDVEC,   TG,   TN,  TNH,   RH,  EV24\n  260,20150114,  217,   44,   31,   20,   -1,    2\n"
    )
    answer = take("knmi-daily", text)
    day = "2015-01-14T00:00:00Z/2015-01-15T00:00:00Z"
    assert answer.values == {
        "06260/wind-direction-vector": {day: 217.0},
        "06260/temperature": {day: 4.4},
        "06260/temperature-min": {day: 3.1},
        "06260/precipitation": {day: 0.0},
        "06260/evapotranspiration": {day: 0.2},
    }
    assert (answer.adds_up, answer.mapped.tally.fields_ignored) == (True, 1)


@pytest.mark.parametrize(
    ("source", "header", "message"),
    [("knmi-hourly", "STN,YYYYMMDD,TG", "knmi-daily"), ("knmi-daily", "STN,YYYYMMDD,HH", "knmi-hourly")],
)
def test_hours_and_days_are_not_taken_for_each_other(take: Any, source: str, header: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        take(source, f"{STATIONS}# {header}\n  260,20150114,   12\n")


def test_hours_are_the_same_in_any_zone_of_the_machine(take: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert take("knmi-hourly", STATIONS + HEADER + NIGHT).values["06260/wind-speed"] == {LAST: 4.0}


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("source", "file", "records", "observations"),
    [
        # Observations = cells with a value in the mapped columns, less calm and variable wind and invisible sky.
        ("knmi-hourly", "uurgegevens-20171001.txt", 480, 4841),
        ("knmi-hourly", "KNMI_20171010_hourly.txt.tsv", 96, 1086),
        ("knmi-hourly", "api-uurgegevens-2019.txt", 3, 12),
        ("knmi-hourly", "utrecht-370-2019-H.txt", 2199, 3 * 2199),
        ("knmi-hourly", "stations.csv", 60, 0),
        ("knmi-daily", "api-daggegevens-2019.txt", 4, 4 * 23),
    ],
)
def test_every_real_file_is_read(
    take: Any, samples: Path, source: str, file: str, records: int, observations: int
) -> None:
    answer = take(source, (samples / "knmi" / file).read_bytes(), file)
    assert answer.mapped.tally.records_read == records
    assert answer.mapped.tally.records_mapped == records
    assert answer.count == observations
    assert answer.adds_up


@pytest.mark.needs("samples")
def test_counts_of_the_real_hours_are_those_of_a_plain_reading(take: Any, samples: Path) -> None:
    """An oracle that knows nothing of mappings: split by commas, and count the cells that hold a value."""
    text = (samples / "knmi" / "uurgegevens-20171001.txt").read_text()
    header = next(line for line in text.splitlines() if line.startswith("# STN,"))
    names = [name.strip() for name in header.lstrip("# ").split(",")]
    source = load_source("knmi-hourly")
    assert isinstance(source, MappedSource)
    mapped = set(source.mapping.fields)
    rows = [line.split(",") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    cells = [(name, cell.strip()) for row in rows for name, cell in zip(names, row, strict=True)]
    gone = {("DD", "0"), ("DD", "990"), ("N", "9")}
    expected = sum(1 for name, cell in cells if name in mapped and cell and (name, cell) not in gone)
    assert take("knmi-hourly", text).count == expected
