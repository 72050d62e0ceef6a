"""Records of tables: the dialects of real files, against the csv module."""

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import SourceError
from ssclab_data.sources.declaration import MappingFile
from ssclab_data.sources.reading import Fields, Record, records_of


def mapping(*forms: dict[str, Any], **more: Any) -> MappingFile:
    """Make a mapping of which only the forms matter."""
    named = {"id": ["id"], "name": "x", "description": "x"}
    filled = [{"name": f"form-{number}", "reader": "table", **form} for number, form in enumerate(forms)]
    rest = {"source": "test", "title": "x", "documentation": "x", "time": {"because": "x"}}
    return msgspec.convert({**rest, "thing": named, "sensor": named, "forms": filled, **more}, MappingFile)


def read(content: bytes, *forms: dict[str, Any], **more: Any) -> list[Record]:
    """Read records, and each of them again out of its own payload."""
    made = mapping(*forms, **more)
    records = records_of(made, content, "x.csv")
    for record in records[:200]:
        if not record.faults:
            (again,) = records_of(made, record.payload, "x.csv")
            assert (again.fields, again.form) == (record.fields, record.form)
    return records


def fields(content: bytes, *forms: dict[str, Any], **more: Any) -> list[Fields]:
    return [record.fields for record in read(content, *forms, **more)]


KNMI = {"delimiter": ",", "comment": "#", "header_comment": True, "having": ["STN", "YYYYMMDD"]}
MADRID = {
    "having": ["ESTACION", "MAGNITUD"],
    "wide": {"columns": r"H(\d\d)", "key": "hour", "value": "level", "beside": {"flag": "V{}"}},
}

CASES: list[tuple[str, dict[str, Any], bytes, list[Fields]]] = [
    ("a header and a row", {}, b"a;b\n1;2\n", [{"a": "1", "b": "2"}]),
    ("blanks around cells and names", {"delimiter": ","}, b" a , b\r\n 1 ,  2\r\n", [{"a": "1", "b": "2"}]),
    ("quotes, also after a blank", {"delimiter": ","}, b'a, b\n1, "x, y"\n', [{"a": "1", "b": "x, y"}]),
    (
        "a line break in quotes, and a comment mark that is none",
        {"comment": "#"},
        b'a;b\n1;"x\n#y"\n#no\n',
        [{"a": "1", "b": "x\n#y"}],
    ),
    (
        "tabs, of which empty cells stay in place",
        {"delimiter": "tab"},
        b"a\tb\tc\n1\t\t3\n",
        [{"a": "1", "b": "", "c": "3"}],
    ),
    ("one or more blanks", {"delimiter": "blanks"}, b"  a   b\n 1 \t 2 \n", [{"a": "1", "b": "2"}]),
    ("fewer cells are missing values", {}, b"a;b\n1\n", [{"a": "1", "b": ""}]),
    (
        "more cells stay, under a name that no mapping knows",
        {},
        b"a;b\n1;2;3;\n",
        [{"a": "1", "b": "2", "column 3": "3"}],
    ),
    (
        "a column without a name, with and without content",
        {},
        b"a;;b;\n1;;2;\n1;x;2;\n",
        [{"a": "1", "b": "2"}, {"a": "1", "column 2": "x", "b": "2"}],
    ),
    ("rows without anything are none", {}, b"a;b\n\n;\n1;2\n  \n", [{"a": "1", "b": "2"}]),
    ("no rows", {}, b"a;b\n", []),
    (
        "comments before and between",
        {"comment": "#"},
        b"# x\n# y\na;b\n1;2\n # z\n3;4\n",
        [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}],
    ),
    (
        "names in the last comment that says something",
        KNMI,
        b"# STN, LON\n# STN,YYYYMMDD,   HH,   T\r\n# \r\n  260,20171001,    1,  160\r\n",
        [{"STN": "260", "YYYYMMDD": "20171001", "HH": "1", "T": "160"}],
    ),
    (
        "several header lines, of which one gives units",
        {"delimiter": ",", "header": 3, "header_units": 2},
        b"TIME,TEMP\nISO 8601,C\nTime,Temperature\n1,21.85\n",
        [{"TIME": "1", "TEMP": "21.85", "TIME.unit": "ISO 8601", "TEMP.unit": "C"}],
    ),
    (
        "no header, and text in another encoding",
        {"header": 0, "columns": [{"name": "a"}, {"name": "b"}], "encoding": "latin-1"},
        "Köln;1\n".encode("latin-1"),
        [{"a": "Köln", "b": "1"}],
    ),
    ("UTF-16 with its mark", {"encoding": "utf-16"}, "a;b\n1;µ\n".encode("utf-16"), [{"a": "1", "b": "µ"}]),
    (
        "columns that are records",
        MADRID,
        b"ESTACION;MAGNITUD;H01;V01;H02;V02\n4;1;00009;V;00000;N\n",
        [
            {"ESTACION": "4", "MAGNITUD": "1", "hour": "01", "level": "00009", "flag": "V"},
            {"ESTACION": "4", "MAGNITUD": "1", "hour": "02", "level": "00000", "flag": "N"},
        ],
    ),
    (
        "columns that are records, with names in a comment",
        {**KNMI, "wide": {"columns": "T(.)", "key": "k", "value": "v"}},
        b"# STN,YYYYMMDD,T1,T2\n1,2,3,4\n",
        [{"STN": "1", "YYYYMMDD": "2", "k": "1", "v": "3"}, {"STN": "1", "YYYYMMDD": "2", "k": "2", "v": "4"}],
    ),
    (
        "a row that is a pair",
        {"pair_key": "what", "pair_value": "value"},
        b"what;value;t\nNO2;5;1\n",
        [{"t": "1", "NO2": "5"}],
    ),
]


@pytest.mark.parametrize(("why", "form", "content", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_dialect_gives_the_records_that_are_there(
    why: str, form: dict[str, Any], content: bytes, expected: list[Fields]
) -> None:
    assert fields(content, form) == expected, why


def test_a_mark_before_a_quoted_header_is_no_part_of_it() -> None:
    """cases.md, row 40."""
    content = b'\xef\xbb\xbf"Bundesland / Messnetz";Stationscode\r\n"Berlin";DEBE010\r\n'
    expected = [{"Bundesland / Messnetz": "Berlin", "Stationscode": "DEBE010"}]
    assert fields(content, {"having": ["Bundesland / Messnetz"]}) == expected


def test_a_row_with_a_decimal_comma_keeps_its_text_and_its_form() -> None:
    """cases.md, row 41: the number is read by the decimal mark of the form, after the reader."""
    form = {"header": 0, "decimal": ",", "columns": [{"name": name} for name in ("date", "hour", "t", "x")]}
    (record,) = read(b"01.07.2015;13;21,4;-;\n", form)
    assert record.fields == {"date": "01.07.2015", "hour": "13", "t": "21,4", "x": "-"}
    assert record.form.decimal == ","


def test_a_field_that_is_missing_in_one_row_leaves_the_others() -> None:
    """cases.md, row 50."""
    content = b"pm2_5_atm;DateTime;temperature\n8.1;2026/06/02T10:00:00z\n"
    assert fields(content, {"having": ["pm2_5_atm"]}) == [
        {"pm2_5_atm": "8.1", "DateTime": "2026/06/02T10:00:00z", "temperature": ""}
    ]


@pytest.mark.parametrize(
    ("content", "form", "words"),
    [
        (b"a;b\n1;2\n", {"having": ["c"]}, "no payload of test"),
        (b'{"a": 1}', {"having": ["a"]}, "no payload of test"),
        (b"<a/>", {"having": ["a"]}, "no payload of test"),
        (b"a;b;a\n1;2;3\n", {}, "names the column 'a' twice"),
        (b'a;b\n1;"2\n3;4\n', {}, "not a table"),
        (b"a;b\n1;\xff\n", {}, "not UTF-8 text .byte 6"),
        (b"a;b\n1;\xff\n", {"encoding": "ascii"}, "not ASCII text .byte 6"),
        (b"# only\n# comments\n", {"comment": "#"}, "no payload of test"),
        (b"a;b\n", {"header": 0, "columns": [{"name": "a"}]}, "no payload of test"),
        (b"a b\n", {"header": 0, "columns": [{"name": "a"}, {"name": "b"}]}, "no payload of test"),
        (b" \n", {}, "it is empty"),
    ],
)
def test_what_is_no_such_table_is_told(content: bytes, form: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(content, form)


def test_forms_of_one_table_part_its_rows() -> None:
    forms = [{"only": {"kind": [kind]}, "together": "x"} for kind in ("a", "b")]
    found = read(b"kind;v\nb;1\na;2\nc;3\n", *forms)
    assert sorted((record.form.name, str(record.fields.get("v"))) for record in found) == [
        ("", "None"),
        ("form-0", "2"),
        ("form-1", "1"),
    ]
    assert [record.payload for record in found if record.faults] == [b"kind;v\nc;3\n"]


CELL = st.text(st.sampled_from('ab1,;"# \t\n'), max_size=4)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5), st.sampled_from([";", ",", "|"]))
def test_tables_agree_with_the_csv_module(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["x", "y", "z"], *rows])
    expected = [dict(zip("xyz", [cell.strip() for cell in row], strict=True)) for row in rows]
    assert fields(out.getvalue().encode(), {"delimiter": delimiter}) == [one for one in expected if any(one.values())]


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "form", "records", "first"),
    [
        ("knmi/uurgegevens-20171001.txt", KNMI, 480, {"STN": "249", "HH": "1", "T": "112", "T10": "", "Y": "0"}),
        ("knmi/KNMI_20171010_hourly.txt.tsv", KNMI, 0, {"STN": "240", "DD": "140"}),
        ("knmi/api-uurgegevens-2019.txt", KNMI, 3, {"STN": "260", "HH": "1", "FX": "130"}),
        ("knmi/api-daggegevens-2019.txt", KNMI, 4, {"STN": "260", "EV24": "2"}),
        ("knmi/utrecht-370-2019-H.txt", KNMI, 2199, {"STN": "370", "H": "1", "FH": "40", "Q": "0"}),
        ("madrid/horario-20190926.csv", MADRID, 0, {"ESTACION": "4", "hour": "01", "level": "00009", "flag": "V"}),
        (
            "smartcitizen/sdcard-18-12-06.CSV",
            {"delimiter": ",", "header": 4, "header_units": 2, "having": ["TIME", "BATT"]},
            0,
            {"TIME": "2018-12-06T00:00:26Z", "PM_1": "none", "PRESS": "102.24", "PRESS.unit": "kPa"},
        ),
        (
            "meetjestad/data-20190419.tsv",
            {"delimiter": "tab", "having": ["supply"]},
            7,
            {"id": "493", "lux": "", "supply": "3.43"},
        ),
        ("rivm-lml/stations.csv", {"delimiter": ","}, 0, {}),
    ],
)
def test_real_files_are_read(samples: Path, file: str, form: dict[str, Any], records: int, first: Fields) -> None:
    content = (samples / file).read_bytes()
    found = read(content, form)
    assert {name: found[0].fields[name] for name in first} == first
    assert not any(name.startswith("column ") for record in found for name in record.fields)
    assert len(found) == records or not records
    if file.startswith("madrid"):
        assert len(found) == 24 * (len(content.strip().splitlines()) - 1)
