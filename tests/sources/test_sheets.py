"""Records read side by side are those that are read one by one: fields, numbers, faults, payloads."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssclab_data.errors import SourceError
from ssclab_data.sources.declaration import Form, MappingFile, Named, TimeRule
from ssclab_data.sources.mapping import MappedSource, load_source
from ssclab_data.sources.reading import Record, json_sheets, records_of, sheets_of, table_sheets


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take few records for many."""
    monkeypatch.setattr(json_sheets, "LEAST", 2)
    monkeypatch.setattr(table_sheets, "LEAST", 2)


def mapping(**form: Any) -> MappingFile:
    named = Named(id=("id",), name="{id}", description="{id}")
    return MappingFile(
        source="s",
        title="",
        documentation="",
        forms=(Form(name="f", **form),),
        time=TimeRule(because=""),
        thing=named,
        sensor=named,
        lower=form.get("name_in_lower_case", False),
    )


def seen(record: Record) -> dict[str, Any]:
    faults = [repr(fault) for fault in record.faults]
    return {
        "number": record.number,
        "form": record.form.name,
        "fields": record.fields,
        "repeated": record.repeated,
        "faults": faults,
        "payload": record.payload,
    }


def both(made: MappingFile, content: bytes) -> tuple[Any, Any, int]:
    try:
        slow: Any = list(map(seen, records_of(made, content, "x")))
    except SourceError as error:
        slow = str(error)
    try:
        read = sheets_of(made, content, "x")
    except SourceError as error:
        return str(error), slow, 0
    records = [*read.records, *(sheet.record(row) for sheet in read.sheets for row in range(len(sheet)))]
    for sheet in read.sheets:
        for row, number in enumerate(sheet.numbers):
            assert sheet.fields(row) == sheet.record(row).fields
            assert (sheet.record(row).repeated, sheet.record(row).faults) == ((), ())
            assert sheet.record(row).number == number
    return sorted(map(seen, records), key=lambda one: int(one["number"])), slow, sum(map(len, read.sheets))


CELLS = st.sampled_from(["1", "2.5", "", "a", " b", "c ", '"', "\t", "é"])


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3) | st.lists(CELLS, max_size=4), max_size=8),
    st.sampled_from(["x;y;z", "x;y; z", "x;;z", "x;x;z", "p;q"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_tables_are_read_alike(rows: list[list[str]], header: str, end: str, closed: bool) -> None:
    content = end.join([header, *(";".join(row) for row in rows), *([""] if closed else [])]).encode()
    side_by_side, one_by_one, _ = both(mapping(reader="table", having=("x",), defaults={"d": 0}), content)
    assert side_by_side == one_by_one


LEAVES = st.sampled_from([1, 2.5, None, "a", True, [], [1]])
INNER = st.fixed_dictionaries({"p": LEAVES}) | st.fixed_dictionaries({"p": LEAVES, "q": LEAVES}) | LEAVES
PAIRS = st.lists(st.fixed_dictionaries({"k": st.sampled_from(["m", "n", 1]), "v": LEAVES}) | LEAVES, max_size=3)
RECORDS = st.fixed_dictionaries({"id": LEAVES, "in": INNER, "pairs": PAIRS | LEAVES}) | st.fixed_dictionaries(
    {"id": LEAVES, "in.p": LEAVES, "in": INNER}
)
FORMS = st.sampled_from(
    [
        {"records": ""},
        {"records": "", "pairs": "pairs", "pair_key": "k", "pair_value": "v"},
        {"records": "", "pair_key": "id", "pair_value": "in.p"},
        {"records": "rows", "keep": ("city", "at", "at.x as x"), "having": ("id",)},
        {"records": "groups[].rows", "keep": ("groups.name",)},
        {"records": "", "having": ("in.p",), "defaults": {"d": 1}},
    ]
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FORMS, st.lists(RECORDS | LEAVES, max_size=8), st.lists(RECORDS, max_size=8))
def test_documents_are_read_alike(form: dict[str, Any], rows: list[Any], more: list[Any]) -> None:
    document: Any = more + rows
    if form["records"] == "rows":
        document = {"city": "Breda", "at": {"x": 1, "y": 2}, "rows": rows}
    elif form["records"]:
        document = {"groups": [{"name": "a", "rows": more}, {"name": "b", "rows": rows}]}
    side_by_side, one_by_one, _ = both(mapping(reader="json", **form), json.dumps(document).encode())
    assert side_by_side == one_by_one


def test_most_of_an_archive_is_read_side_by_side() -> None:
    table = "sensor_id;sensor_type;location;lat;lon;timestamp;P1\n" + "1;SDS011;7;51.5;4.7;2026-01-01T00:00:00;1\n" * 50
    source = load_source("sensor-community")
    assert isinstance(source, MappedSource)
    *_, count = both(source.mapping, table.encode())
    assert count == 50
