"""RIVM: both hourly streams of the national network, its list of stations, and the input of the RIO model."""

import math
from pathlib import Path
from typing import Any

import pytest

from ssclab_data.errors import SourceError

STATIONS = (
    "\ufeffGMLID,LocalId,Namespace,Version,NatlStationCode,Name,Municipality,EUStationCode,ActivityBegin,ActivityEnd,"
    "Lat,Lon,SRSName,Altitude,AltitudeUnit,AreaClassification,BelongsTo\n"
    "STA-1,STA-1,NL.RIVM.AQ,,633,Zegveld,Woerden,NL00633,1976-04-02 00:00:00+01:00,,52.138,4.838,"
    "urn:ogc:def:crs:EPSG:4258,0,m,http://x.example/rural,\n"
    "STA-2,STA-2,NL.RIVM.AQ,,444,De Zilk,Noordwijk,NL00444,1994-04-20 00:00:00+01:00,,52.298,4.510,"
    "urn:ogc:def:crs:EPSG:4258,4,m,http://x.example/rural,\n"
)
TWIN = STATIONS + (
    "STA-3,STA-3,NL.X.AQ,,444,Elders,,NL10444,2005-01-01 00:00:00+01:00,,52.4,5.1,"
    "urn:ogc:def:crs:EPSG:4258,4,m,http://x.example/rural,\n"
)
HOUR = "2025-01-15T07:00:00Z/2025-01-15T08:00:00Z"


def sos(number: str, value: str) -> str:
    return (
        f"<?xml version='1.0'?><ROWSET><ROW><OPST_OPDR_ORGA_CODE>RIVM</OPST_OPDR_ORGA_CODE>"
        f"<STAT_NUMMER>{number}</STAT_NUMMER><STAT_NAAM>Zegveld-Oude Meije</STAT_NAAM>"
        f"<MCLA_CODE>regio achtergr</MCLA_CODE><MWAA_WAARDE>{value}</MWAA_WAARDE>"
        f"<MWAA_BEGINDATUMTIJD>20250115070000</MWAA_BEGINDATUMTIJD>"
        f"<MWAA_EINDDATUMTIJD>20250115080000</MWAA_EINDDATUMTIJD></ROW></ROWSET>"
    )


def xml(station: str, value: str, *, hour: str = "08", validated: str = "0") -> str:
    return (
        f"<?xml version='1.0'?><message><body><meting><datum>15/01/2025</datum><tijd>{hour}</tijd>"
        f"<station>{station}</station><component>PM10</component><eenheid>ug/m3</eenheid><waarde>{value}</waarde>"
        f"<gevalideerd>{validated}</gevalideerd></meting></body></message>"
    )


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Amsterdam"])
def test_both_streams_mean_the_same_hour_in_utc_on_any_machine(
    take: Any, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cases.md, row 2: 07:00 to 08:00 without a zone, and hour 08, are 07:00Z to 08:00Z."""
    monkeypatch.setenv("TZ", zone)
    tables = {"stations": STATIONS.encode()}
    assert take("rivm-lml", sos("633", "183.55"), "2025011508-CO.xml", tables=tables).values == {
        "NL00633/co": {HOUR: 183.55}
    }
    assert take("rivm-lml", xml("NL01483", "18")).values == {"NL01483/pm10/rounded": {HOUR: 18.0}}


def test_hour_24_ends_on_the_next_day(take: Any) -> None:
    values = take("rivm-lml", xml("NL01483", "18", hour="24")).values
    assert [*values["NL01483/pm10/rounded"]] == ["2025-01-15T23:00:00Z/2025-01-16T00:00:00Z"]


@pytest.mark.parametrize(
    ("name", "datastream"),
    [
        ("2014070708-CO.xml", "NL00633/co"),
        ("folder/2014070708-PM2.5.xml", "NL00633/pm25"),
        ("2014070708-benzeen.xml", "NL00633/benzene"),
        ("2014070708-NO2.xml", "NL00633/no2"),
    ],
)
def test_the_component_is_in_the_file_name(take: Any, name: str, datastream: str) -> None:
    answer = take("rivm-lml", sos("633", "1.5"), name, tables={"stations": STATIONS.encode()})
    assert answer.values == {datastream: {HOUR: 1.5}}
    assert (answer.adds_up, answer.rules) == (True, {})


def test_without_the_component_nothing_is_guessed(take: Any) -> None:
    answer = take("rivm-lml", sos("633", "1.5"), "hour.xml", tables={"stations": STATIONS.encode()})
    assert (answer.count, answer.rules) == (0, {"unknown-field": 1})


def test_a_bare_number_that_two_networks_have_is_refused(take: Any) -> None:
    """cases.md, row 49: 444 is NL00444 or NL10444."""
    alone = take("rivm-lml", sos("444", "2.44"), "2025011508-NH3.xml", tables={"stations": STATIONS.encode()})
    assert alone.values == {"NL00444/nh3": {HOUR: 2.44}}
    two = take("rivm-lml", sos("444", "2.44"), "2025011508-NH3.xml", tables={"stations": TWIN.encode()})
    assert two.count == 0
    (finding,) = two.mapped.findings
    assert "NL00444" in finding.text
    assert "NL10444" in finding.text
    assert two.mapped.tally.records_rejected == 1


def test_a_bare_number_without_the_table_is_no_station_and_a_full_code_is(take: Any) -> None:
    assert take("rivm-lml", sos("444", "2.44"), "2025011508-NH3.xml").count == 0
    assert take("rivm-lml", xml("444", "2")).count == 0
    assert take("rivm-lml", xml("NL00444", "2")).count == 1


def test_minus_999_is_no_value(take: Any) -> None:
    answer = take("rivm-lml", sos("633", "-999"), "2025011508-PM2.5.xml", tables={"stations": STATIONS.encode()})
    assert (answer.count, answer.mapped.tally.fields_missing, answer.rules) == (0, 1, {})
    assert take("rivm-lml", xml("NL01483", "-1.8")).values == {"NL01483/pm10/rounded": {HOUR: -1.8}}


@pytest.mark.parametrize(("flag", "quality"), [("0", 2), ("1", 1)])
def test_whether_a_value_is_validated_is_kept(take: Any, flag: str, quality: int) -> None:
    answer = take("rivm-lml", xml("NL01483", "18", validated=flag))
    assert answer.quality["NL01483/pm10/rounded"][HOUR] == {"qartod": quality, "source": flag}


def test_the_list_of_stations_describes_them(take: Any) -> None:
    answer = take("rivm-lml", STATIONS)
    assert answer.places == [[4.838, 52.138], [4.51, 52.298]], "the columns say which number is which"
    assert answer.things["NL00633"].name == "Zegveld"
    assert answer.things["NL00633"].properties["municipality"] == "Woerden"
    assert (answer.adds_up, answer.mapped.tally.records_rejected) == (True, 0)


def test_an_empty_file_is_told(take: Any) -> None:
    with pytest.raises(SourceError, match=r"2014070708-benzeen\.xml.*empty"):
        take("rivm-lml", b"", "2014070708-benzeen.xml")


def test_the_input_of_rio_is_in_utc_plus_1_and_in_rd(take: Any) -> None:
    """11:00 in September is 10:00 UTC: the note says UTC+1 all year. RD (155000, 463000) is 52.15517 N 5.38721 E."""
    row = "101,nox_api1,NO2,2015-09-16 10:00:00,2015-09-16 11:00:00,11.12,155000,463000,regio achtergr\n"
    answer = take("rivm-rio", row)
    assert answer.values == {"101/no2": {"2015-09-16T09:00:00Z/2015-09-16T10:00:00Z": 11.12}}
    assert answer.places[0] == pytest.approx([5.38721, 52.15517], abs=1e-5)
    swapped = take("rivm-rio", row.replace("155000,463000", "463000,155000"))
    assert swapped.places == []
    assert "bad-position" in swapped.rules


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("source", "file", "records", "observations", "unknown"),
    [
        ("rivm-lml", "2014070708.xml", 260, 258, 2),  # 243 is in no row of the list: twice here, once below
        ("rivm-lml", "2014070708-CO.xml", 4, 4, 0),
        ("rivm-lml", "2014070708-NH3.xml", 8, 7, 1),
        ("rivm-lml", "2014070708-PM2.5.xml", 22, 0, 0),  # -999 in each row
        ("rivm-lml", "stations.csv", 140, 0, 0),
        ("rivm-rio", "rio-input-2015091611.csv", 101, 101, 0),
    ],
)
def test_every_real_file_is_read(
    take: Any, samples: Path, source: str, file: str, *, records: int, observations: int, unknown: int
) -> None:
    tables = {"stations": (samples / "rivm-lml/stations.csv").read_bytes()}
    answer = take(source, (samples / "rivm-lml" / file).read_bytes(), file, tables=tables)
    assert (answer.mapped.tally.records_read, answer.count) == (records, observations)
    assert answer.mapped.tally.records_rejected == unknown
    assert answer.mapped.tally.fields_missing == (22 if "PM2.5" in file else 0)
    assert answer.adds_up


@pytest.mark.needs("samples")
def test_the_two_streams_agree_within_their_rounding(take: Any, samples: Path) -> None:
    """The "xml" stream rounds what the "sos" stream gives; neither may overwrite the other."""
    tables = {"stations": (samples / "rivm-lml/stations.csv").read_bytes()}
    rounded = take("rivm-lml", (samples / "rivm-lml/2014070708.xml").read_bytes(), tables=tables).values
    for component in ("CO", "NH3"):
        name = f"2014070708-{component}.xml"
        exact = take("rivm-lml", (samples / "rivm-lml" / name).read_bytes(), name, tables=tables).values
        assert exact
        for datastream, values in exact.items():
            assert rounded[f"{datastream}/rounded"] == {
                time: pytest.approx(value, abs=0.5) for time, value in values.items()
            }


@pytest.mark.needs("samples")
def test_rd_of_rio_and_degrees_of_the_station_list_are_the_same_places(take: Any, samples: Path) -> None:
    listed = take("rivm-lml", (samples / "rivm-lml/stations.csv").read_bytes())
    rio = take("rivm-rio", (samples / "rivm-lml/rio-input-2015091611.csv").read_bytes())
    metres = [
        min(math.hypot((x - lon) * 68_500, (y - lat) * 111_300) for lon, lat in listed.places) for x, y in rio.places
    ]
    assert len(metres) == 40
    assert sum(one < 200 for one in metres) == 39, "one station moved"
    assert sum(one < 5 for one in metres) >= 5, "most of the list is 100 m off, as degrees of Bessel's ellipsoid are"
