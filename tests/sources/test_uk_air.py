"""UK-AIR: a header that is not the first line, and columns that stand beside each quantity under the same name."""

from typing import Any

import pytest

LEAD = "Data supplied by UK-AIR on 5/8/2020\nAll Data GMT hour ending\n\n,Bristol St Paul's,,,,,\n"
HEADER = (
    "Date,time,PM<sub>10</sub> particulate matter (Hourly measured),status,unit,Nitric oxide,status,unit,"
    "Carbon monoxide,status,unit\n"
)
ROW = "01/01/2020,01:00,44.445,R,ugm-3 (Ref.eq),1.24836,P,ugm-3,0.25,R,mgm-3\n"
HOUR = "2020-01-01T00:00:00Z/2020-01-01T01:00:00Z"


def test_the_time_is_the_end_of_the_hour(take: Any) -> None:
    """cases.md, row 5: 01:00 on 1 January with 44.445 is the first hour of the year; 0.25 mg/m3 is 250 ug/m3."""
    answer = take("uk-air", LEAD + HEADER + ROW, "BRS8_2020.csv")
    assert answer.values == {"BRS8/pm10": {HOUR: 44.445}, "BRS8/no": {HOUR: 1.24836}, "BRS8/co": {HOUR: 250.0}}
    assert {name: one[HOUR]["qartod"] for name, one in answer.quality.items()} == {
        "BRS8/pm10": 1, "BRS8/no": 2, "BRS8/co": 1,
    }  # fmt: skip
    assert (answer.adds_up, answer.rules) == (True, {})


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("lead", ["", LEAD])
def test_the_header_is_found_where_it_is(take: Any, lead: str, delimiter: str) -> None:
    text = (lead + HEADER + ROW).replace(",", delimiter)
    assert take("uk-air", text, "BRS8_2020.csv").count == 3


def test_24_00_is_the_end_of_the_day(take: Any) -> None:
    answer = take("uk-air", LEAD + HEADER + ROW.replace("01:00", "24:00"), "BRS8_2020.csv")
    assert [*answer.values["BRS8/no"]] == ["2020-01-01T23:00:00Z/2020-01-02T00:00:00Z"]


def test_a_quantity_without_a_value_has_none(take: Any) -> None:
    answer = take("uk-air", HEADER + "01/01/2020,02:00,37.682,R,ugm-3 (Ref.eq),,,,,,\n", "BRS8_2020.csv")
    assert answer.values == {"BRS8/pm10": {"2020-01-01T01:00:00Z/2020-01-01T02:00:00Z": 37.682}}
    assert answer.adds_up


def test_an_unknown_quantity_is_told_and_a_file_without_its_station_refused(take: Any) -> None:
    odd = HEADER.replace("Nitric oxide", "Radon")
    assert take("uk-air", odd + ROW, "BRS8_2020.csv").rules == {"unknown-field": 1}
    assert take("uk-air", HEADER + ROW, "hours.csv").rules == {"no-id": 1}


def test_a_rejected_row_can_be_read_again(take: Any) -> None:
    answer = take(
        "uk-air", LEAD + HEADER + ROW.replace("44.445", "44,445").replace("44,445", '"44,445"'), "BRS8_2020.csv"
    )
    assert (answer.count, answer.rules) == (2, {"not-a-number": 1})
    (rejected,) = answer.mapped.rejected
    assert take("uk-air", rejected.payload, "BRS8_2020.csv").rules == {"not-a-number": 1}
