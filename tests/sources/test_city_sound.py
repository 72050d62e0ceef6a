"""Boxes and meters of which no payload was seen, only what public code says of them: AirSensEUR, Dublin, Barcelona."""

from typing import Any

import pytest

from ssclab_data.errors import SourceError

COLUMNS = ["time", "altitude", "boardTimeStamp", "channel", "gpsTimestamp", "latitude", "longitude", "name",
           "sampleEvaluatedVal", "sampleRawVal"]  # fmt: skip


def influx(*rows: tuple[str, float], at: tuple[float, float] = (52.166, 4.996)) -> dict[str, Any]:
    values = [["2018-09-17T12:00:00Z", 3, 9, 0, 0, *at, name, value, value] for name, value in rows]
    return {"results": [{"statement_id": 0, "series": [{"name": "ASE_NL_01", "columns": COLUMNS, "values": values}]}]}


@pytest.mark.parametrize(
    ("cell", "digital", "current"),
    [
        # The middle of the range is the reference: 1.700855 V / (7001 * 50 ohm) is 4858.89 nA.
        ("NO2B43F", 32767, 4858.891),
        ("OX_A431", 32767, 4858.891),
        ("COA4", 32767, 4286.848),  # 1.500611 V
        ("NOB4", 32767, 3428.779),  # 1.200244 V
        # The top is the reference and 0.5006105 V more: 2.2014655 V.
        ("NO2B43F", 65535, 6289.003),
        # The bottom is the reference less 0.5006105 V and a step of 15.277 microvolt.
        ("NO2B43F", 0, 3428.823),
    ],
)
def test_the_current_of_a_gas_cell(take: Any, cell: str, digital: int, current: float) -> None:
    answer = take("airsenseur", influx((cell, digital)))
    ((name, values),) = answer.values.items()
    assert name.startswith("ASE_NL_01/")
    assert [*values.values()] == [pytest.approx(current, abs=0.001)]
    assert (answer.places, answer.adds_up, answer.rules) == ([[4.996, 52.166]], True, {})


@pytest.mark.parametrize("digital", [-1, 65536, 12.5])
def test_a_number_that_no_converter_gives_is_refused(take: Any, digital: float) -> None:
    answer = take("airsenseur", influx(("COA4", digital), ("Tempe", 21.5)))
    assert answer.values == {"ASE_NL_01/temperature": {"2018-09-17T12:00:00Z": 21.5}}
    assert answer.rules == {"cannot-decode": 1}


def test_the_board_beside_the_cells_and_a_receiver_without_a_fix(take: Any) -> None:
    answer = take("airsenseur", influx(("Tempe", 21.5), ("Humid", 54.25), ("Press", 1013.25), at=(0, 0)))
    assert {name: [*one.values()] for name, one in answer.values.items()} == {
        "ASE_NL_01/temperature": [21.5],
        "ASE_NL_01/relative-humidity": [54.25],
        "ASE_NL_01/pressure": [1013.25],
    }
    assert (answer.places, answer.rules) == ([], {"no-position": 3})


def test_an_error_of_the_database_is_told(take: Any) -> None:
    with pytest.raises(SourceError, match="authorization failed"):
        take("airsenseur", {"error": "authorization failed"})


@pytest.mark.parametrize(
    ("where", "time"),
    [
        ("data.json", "2024-07-01T10:00:00Z/2024-07-01T10:15:00Z"),
        ("https://x.example/api/hourly-averages?monitor=01548", "2024-07-01T09:15:00Z/2024-07-01T10:15:00Z"),
    ],
)
def test_a_stamp_of_sonitus_is_the_end(take: Any, where: str, time: str) -> None:
    """cases.md, row 5: 10:15 is the end of a quarter of an hour."""
    rows = [{"datetime": "2024-07-01 10:15:00", "laeq": "61.2", "lceq": "70.5"}]
    answer = take("sonitus", rows, where, given={"monitor": "01548"})
    assert answer.values == {"01548/laeq": {time: 61.2}, "01548/lceq": {time: 70.5}}
    assert (answer.adds_up, answer.rules) == (True, {})


@pytest.mark.parametrize("level", ["0", "0.00", 0, ""])
def test_a_meter_that_was_off_has_no_level(take: Any, level: Any) -> None:
    rows = [{"datetime": "2024-07-01 10:15:00", "laeq": level}]
    answer = take("sonitus", rows, given={"monitor": "1"})
    assert (answer.count, answer.mapped.tally.fields_missing) == (0, 1)


def test_the_list_of_monitors_describes_them(take: Any) -> None:
    monitor = {"serial_number": "01548", "label": "Noise 1", "location": "Quay", "latitude": 53.34, "longitude": -6.26}
    answer = take("sonitus", [monitor])
    assert ([*answer.things], answer.places, answer.rules) == (["01548"], [[-6.26, 53.34]], {})


def test_an_empty_body_is_told(take: Any) -> None:
    with pytest.raises(SourceError, match="empty"):
        take("sonitus", b"")


@pytest.mark.parametrize(("column", "series"), [("Nivell_LAeq_1min", "minute"), ("Nivell_LAeq_1h", "hour")])
def test_barcelona_s_level_column_was_renamed(take: Any, column: str, series: str) -> None:
    """00:01:18 at +02:00 is 22:01:18 of the day before; a byte order mark stands before the header."""
    text = f"\ufeffId_Instal,Timestamp_local,{column}\n12,2026-04-01T00:01:18+02:00,55.4\n"
    answer = take("barcelona-noise", text)
    assert answer.values == {f"12/laeq/{series}": {"2026-03-31T22:01:18Z": 55.4}}
    assert (answer.adds_up, answer.rules) == (True, {})


def test_days_that_begin_at_seven_are_refused(take: Any) -> None:
    with pytest.raises(SourceError, match=r"07:00.*Timestamp_local"):
        take("barcelona-noise", "Any,Mes,Dia,Hora,Nivell_LAeq_1h,Id_Instal\n2020,1,1,06:00,55.4,12\n")
