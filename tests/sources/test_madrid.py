"""Madrid: a row for each day, with 24 hours and their flags beside one another."""

import csv
from pathlib import Path
from typing import Any

import pytest

HEADER = "PROVINCIA;MUNICIPIO;ESTACION;MAGNITUD;PUNTO_MUESTREO;ANO;MES;DIA;" + ";".join(
    f"H{hour:02};V{hour:02}" for hour in range(1, 25)
)
STATIONS = "CODIGO;CODIGO_CORTO;ESTACION;LONGITUD;LATITUD\n28079004;4;Plaza de España;-3.7122567;40.4238823\n"


def day(quantity: int, cells: list[tuple[str, str]], date: str = "2019;09;26") -> str:
    filled = [*cells, *[("00000", "N")] * (24 - len(cells))]
    values = ";".join(f"{value};{flag}" for value, flag in filled)
    return f"{HEADER}\n28;079;4;{quantity};28079004_{quantity}_38;{date};{values}\n"


def test_an_hour_not_measured_yet_is_no_zero(take: Any) -> None:
    """H01 ends at 01:00 UTC+1, which is 00:00 UTC; 00000 with V is a zero, with N there is none."""
    answer = take("madrid", day(1, [("00009", "V"), ("00000", "V"), ("00000", "N")]))
    assert answer.values == {
        "4/so2": {
            "2019-09-25T23:00:00Z/2019-09-26T00:00:00Z": 9.0,
            "2019-09-26T00:00:00Z/2019-09-26T01:00:00Z": 0.0,
        }
    }
    tally = answer.mapped.tally
    assert (tally.records_read, tally.records_mapped, tally.fields_missing, answer.adds_up) == (24, 24, 22, True)
    assert answer.rules == {"flagged-by-source": 22, "table-not-given": 1}


def test_hour_24_ends_at_midnight(take: Any) -> None:
    (values,) = take("madrid", day(8, [("00020", "V")] * 24)).values.values()
    assert len(values) == 24
    assert max(values) == "2019-09-26T22:00:00Z/2019-09-26T23:00:00Z"


@pytest.mark.parametrize("date", ["2019;03;31", "2019;10;27", "2019;3;31"])
def test_every_day_has_24_hours(take: Any, date: str) -> None:
    """Also the days on which clocks change, which have 23 and 25 hours by the clock."""
    (values,) = take("madrid", day(8, [("00020", "V")] * 24, date)).values.values()
    assert len(values) == 24


@pytest.mark.parametrize(
    ("quantity", "text", "datastream", "result"),
    [
        (6, "000.6", "4/co", 600.0),  # mg/m3
        (42, "01.69", "4/total-hydrocarbons", 1.69),  # mg/m3, as the property is
        (20, "004.2", "4/toluene", 4.2),  # 20 is benzene at the EEA
        (30, "000.8", "4/benzene", 0.8),
        (10, "00008", "4/pm10", 8.0),
        (9, "00005", "4/pm25", 5.0),
        (12, "00126", "4/nox", 126.0),
    ],
)
def test_quantities_and_units_are_by_the_city_s_own_table(
    take: Any, quantity: int, text: str, *, datastream: str, result: float
) -> None:
    values = take("madrid", day(quantity, [(text, "V")])).values
    assert {name: [*one.values()] for name, one in values.items()} == {datastream: [result]}


def test_an_unknown_quantity_is_told_for_each_hour(take: Any) -> None:
    assert take("madrid", day(99, [("00001", "V")])).rules["unknown-field"] == 24


def test_the_list_of_stations_gives_names_and_places(take: Any) -> None:
    answer = take("madrid", day(8, [("00020", "V")]), tables={"stations": STATIONS.encode()})
    assert answer.places == [[-3.7122567, 40.4238823]]
    assert answer.things["4"].name == "Plaza de España"
    described = take("madrid", STATIONS)
    assert [*described.things] == ["4"]
    assert (described.places, described.mapped.tally.records_rejected) == (answer.places, 0)


@pytest.mark.needs("samples")
def test_the_real_file_gives_a_value_for_each_v(take: Any, samples: Path) -> None:
    """An oracle that counts flags in the cells."""
    file = samples / "madrid/horario-20190926.csv"
    with file.open(newline="") as lines:
        rows = list(csv.reader(lines, delimiter=";"))[1:]
    flags = [cell for row in rows for cell in row[9::2]]
    answer = take("madrid", file.read_bytes(), file.name)
    assert (answer.count, answer.mapped.tally.fields_missing) == (flags.count("V"), flags.count("N"))
    assert (answer.count, answer.mapped.tally.records_read) == (2575, 24 * len(rows))
    assert answer.mapped.tally.records_mapped == answer.mapped.tally.records_read
    assert answer.adds_up
