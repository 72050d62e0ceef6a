"""What the tools say of a mapping: mistakes, what has no effect, and what becomes of the fields of payloads."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import MappedSource, load_source, parse_mapping
from ssclab_data.sources.tools.checking import check_file, check_text
from ssclab_data.sources.tools.coverage import Fate, cover
from ssclab_data.sources.tools.trying import try_payload

MAPPING = """source: x
title: x
documentation: x
forms:
  - {name: a, reader: json, records: "d[].v[]", having: [time], keep: [d.id]}
time: {fields: [time], because: x}
thing: {id: [d.id], name: x, description: x}
sensor: {id: [d.id], name: x, description: x}
fields:
  pm10: {property: pm10, unit: ug/m3}
  pm25: {property: pm25, unit: ug/m3}
ignore:
  "x*": decoration
  rssi: radio
"""


def said(old: str, new: str) -> list[str]:
    assert old in MAPPING
    return [str(remark) for remark in check_text(MAPPING.replace(old, new), "x.yaml")]


def test_a_good_mapping_has_no_remark() -> None:
    assert check_text(MAPPING, "x.yaml") == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title: x", "titel: x", "x.yaml:2 at titel: error: there is no key 'titel' here; did you mean 'title'? "),
        ("forms:", "forms: [", "x.yaml:5: error: "),
        ("property: pm10", "property: pm11", "x.yaml:10 at fields.pm10.property: error: 'pm11'"),
        ('"d[].v[]"', '"d[.v"', "x.yaml:5 at forms.0.records: error: 'd[.v' is no path: write names joined by dots"),
        ("keep: [d.id]", 'keep: ["d[].id"]', "x.yaml:5 at forms.0.keep: error: 'd[].id' has brackets"),
        ("reader: json", "reader: jsn", "x.yaml:5 at forms.0.reader: error: no reader 'jsn'; known: json, "),
        ("having: [time]", "having: [time], pairs: v", "at forms.0.pairs: error: say in `pair_key`"),
        ("having: [time]", "having: [time], pair_key: v", "at forms.0.pair_key: error: `pair_key` and `pair_value` go"),
        (
            "having: [time]",
            "having: [time], decode: {d: cayene}",
            "at forms.0.decode.d: error: no decoder 'cayene'; known: ",
        ),
        ("having: [time]", "arrays: true, names: f", "at forms.0.arrays: error: records are objects with lists"),
        ("having: [time]", "wide: {columns: 'H(.)', key: h, value: v}", "at forms.0.wide: error: only a table"),
        ("reader: json", "reader: table, delimiter: ab", "at forms.0.delimiter: error: 'ab' is no delimiter"),
        ("reader: json", "reader: table, header: 0", "at forms.0.columns: error: a table without header needs"),
        ("reader: json", "reader: table, header_comment: true", "at forms.0.comment: error: say what a comment begins"),
        ("reader: json", "reader: table, header_units: 2", "at forms.0.header_units: error: the units stand in one"),
        ("reader: json", "reader: fixed", "at forms.0.columns: error: say where the columns are"),
        (
            "reader: json",
            "reader: fixed, columns: [{name: a, start: 4, end: 4}]",
            "at forms.0.columns.0: error: 'a' ends at 4, which is not after 4",
        ),
    ],
)
def test_a_mistake_is_told_with_line_and_key(old: str, new: str, words: str) -> None:
    assert any(words in remark for remark in said(old, new)), said(old, new)


def test_all_mistakes_are_told_at_once() -> None:
    text = MAPPING.replace("property: pm10", "property: pm11").replace("reader: json", "reader: jsn")
    assert [remark.key for remark in check_text(text, "x.yaml") if remark.error] == [
        "forms.0.reader",
        "fields.pm10.property",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rssi: radio", "pm10: radio", "x.yaml:14 at ignore.pm10: warning: it is under `fields` too, which goes first"),
        ("rssi: radio", "xy: radio", "x.yaml:14 at ignore.xy: warning: 'x*' stands before it and covers it"),
        ("  pm25:", '  "x*":', "x.yaml:13 at ignore.x*"),
        (
            "time: {f",
            '  - {name: b, reader: json, records: "d[].v[]", having: [time, pm10]}\ntime: {f',
            "x.yaml:6 at forms.1: warning: the form can never be reached: 'a' stands before it",
        ),
        (
            "ignore:",
            "lower: true\nignore:\n  P.X: x",
            "at ignore.P.X: warning: `lower` is set, so no field is called that",
        ),
        (
            "ignore:",
            "flags:\n  f: {field: f, codes: {V: '1'}, because: x, fields: [no2]}\nignore:",
            "at flags.f.fields: warning: no field 'no2' is mapped",
        ),
    ],
)
def test_what_has_no_effect_is_a_warning(old: str, new: str, words: str) -> None:
    found = said(old, new)
    assert any(words in remark for remark in found), found
    assert not any(": error:" in remark for remark in found)


def test_a_form_that_tells_more_comes_first_in_peace() -> None:
    forms = '  - {name: b, reader: json, records: "d[].v[]", having: [time, pm10], keep: [d.id]}\n'
    assert check_text(MAPPING.replace("forms:\n", f"forms:\n{forms}"), "x.yaml") == []


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (remark,) = check_file(tmp_path / "none.yaml")
    assert "cannot be read" in str(remark)


def test_the_mappings_of_the_package_have_no_mistake(repository: Path) -> None:
    files = sorted((repository / "ssclab_data/sources/mappings").glob("*.yaml"))
    remarks = [str(remark) for file in files for remark in check_file(file) if remark.error]
    assert remarks == []


PAYLOAD: dict[str, Any] = {
    "made": "today",
    "d": [
        {"id": "1", "colour": "red", "v": [{"time": "2026-05-01T10:00:00Z", "pm10": 5, "xa": 1, "new": "a"}]},
        {"id": "2", "at": {"x": 1}, "v": [{"time": "2026-05-01T10:00:00Z", "pm10": None, "new": "b"}, 7]},
    ],
}


def test_coverage_tells_what_becomes_of_each_field() -> None:
    """By hand: two records; the element 7 is none; colour, at.x and made are in no record."""
    found = cover(parse_mapping(MAPPING, "x.yaml"), [("x.json", msgspec.json.encode(PAYLOAD))])
    assert (found.records, found.rejected, found.forms) == (3, 1, {"a": 2})
    assert [(one.field, one.fate, one.detail, one.records, one.example) for one in found.fields] == [
        ("pm10", Fate.MAPPED, "pm10", 2, "5"),
        ("d.id", Fate.STRUCTURE, "", 2, "1"),
        ("time", Fate.STRUCTURE, "", 2, "2026-05-01T10:00:00Z"),
        ("xa", Fate.IGNORED, "decoration", 1, "1"),
        ("new", Fate.UNKNOWN, "", 2, "a"),
    ]
    assert found.never_seen == ("pm25",)
    assert [(one.path, one.times, one.example) for one in found.not_kept] == [
        ("d.at.x", 1, "1"),
        ("d.colour", 1, "red"),
        ("made", 1, "today"),
    ]


@pytest.mark.needs("samples")
def test_coverage_of_a_real_hour(samples: Path) -> None:
    source = load_source("smart-emission")
    assert isinstance(source, MappedSource)
    file = samples / "smart-emission/whale_timeseries-hour_device23_20160108_h23.json.gz"
    found = cover(source.mapping, [(str(file), file.read_bytes())])
    assert found.records == found.forms["hour"] == 198
    assert not [one.field for one in found.fields if one.fate is Fate.UNKNOWN]


def test_a_trial_shows_first_and_last() -> None:
    rows = [{"time": f"2026-05-01T1{hour}:00:00Z", "pm10": hour} for hour in (2, 0, 1)]
    payload = msgspec.json.encode({"d": [{"id": "1", "v": rows}]})
    trial = try_payload(MappedSource(parse_mapping(MAPPING, "x.yaml")), payload, SourceContext(), limit=2)
    (stream,) = trial.datastreams
    assert (stream.key, stream.unit, stream.observations) == ("x/1/pm10", "µg/m³", 3)
    assert (stream.first_time, stream.first) == ("2026-05-01T10:00:00Z", 0.0)
    assert (stream.last_time, stream.last) == ("2026-05-01T12:00:00Z", 2.0)
    assert [one.result for one in trial.observations] == [0.0, 1.0]
    assert trial.tally.records_mapped == 3
