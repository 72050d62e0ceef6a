"""Records of JSON documents: the paths of the mapping language, against forms of real vendors and a slow oracle."""

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
    filled = [{"name": f"form-{number}", "reader": "json", **form} for number, form in enumerate(forms)]
    rest = {"source": "test", "title": "x", "documentation": "x", "time": {"because": "x"}}
    return msgspec.convert({**rest, "thing": named, "sensor": named, "forms": filled, **more}, MappingFile)


def encoded(document: Any) -> bytes:
    return document if isinstance(document, bytes) else msgspec.json.encode(document)


def read(document: Any, *forms: dict[str, Any], **more: Any) -> list[Record]:
    """Read records, and each of them again out of its own payload."""
    made = mapping(*forms, **more)
    records = records_of(made, encoded(document), "x.json")
    for record in records:
        if not record.faults and set(record.form.having) <= record.fields.keys():
            (again,) = records_of(made, record.payload, "x.json")
            assert (again.fields, again.form) == (record.fields, record.form)
    return records


def fields(document: Any, *forms: dict[str, Any], **more: Any) -> list[Fields]:
    return [record.fields for record in read(document, *forms, **more)]


def faults(records: list[Record]) -> list[tuple[str, ...]]:
    return [tuple(fault.rule for fault in record.faults) for record in records]


PUBLIC = {
    "status": "ok",
    "body": [
        {
            "_id": "a",
            "place": {"location": [5.1, 52.1], "altitude": 3},
            "measures": {
                "m1": {"res": {"1560248022": [21.4, 62]}, "type": ["temperature", "humidity"]},
                "a": {"res": {"1560248030": [1010.6]}, "type": ["pressure"]},
                "m2": {"rain_live": 0.5, "rain_timeutc": 1560248031},
            },
        },
        {"_id": "b", "place": {"location": [5.2, 52.2]}, "measures": {}},
    ],
}
NETATMO = {
    "records": "body[].measures{module}.res{time}",
    "names": "body.measures.type",
    "keep": ["body._id", "body.place.location"],
}

CASES: list[tuple[str, dict[str, Any], Any, list[Fields]]] = [
    ("the document itself", {}, {"a": 1, "b": {"c": 2}}, [{"a": 1, "b.c": 2}]),
    ("each element of a document that is a list", {}, [{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}]),
    ("the same, said with brackets", {"records": "[]"}, [{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}]),
    ("a list by its name", {"records": "data"}, {"data": [{"a": 1}], "x": 2}, [{"a": 1}]),
    ("an object by its name", {"records": "data"}, {"data": {"a": 1}}, [{"a": 1}]),
    (
        "members of the document",
        {"records": "{id}"},
        {"x": {"a": 1}, "y": {"a": 2}},
        [{"id": "x", "a": 1}, {"id": "y", "a": 2}],
    ),
    (
        "lists in lists",
        {"records": "a[].b[]", "keep": ["n", "a.n"]},
        {"n": 0, "a": [{"n": 1, "b": [{"c": 2}, {"c": 3}]}, {"n": 4, "b": []}, {"n": 5, "b": [{"c": 6}]}]},
        [{"n": 0, "a.n": 1, "c": 2}, {"n": 0, "a.n": 1, "c": 3}, {"n": 0, "a.n": 5, "c": 6}],
    ),
    (
        "a kept member under a name of its own",
        {"records": "sensors", "keep": ["_id as box"]},
        {"_id": 7, "sensors": [{"_id": 1}]},
        [{"box": 7, "_id": 1}],
    ),
    (
        "kept objects are flattened, absent ones left out",
        {"records": "hourly", "keep": ["units", "none"]},
        {"units": {"t": "C"}, "hourly": {"t": 1}},
        [{"units.t": "C", "t": 1}],
    ),
    (
        "names with lists (PurpleAir)",
        {"records": "data", "names": "fields", "keep": ["time_stamp"]},
        {"time_stamp": 9, "fields": ["id", "pm2.5"], "data": [[1, 5.5], [2, None]]},
        [{"time_stamp": 9, "id": 1, "pm2.5": 5.5}, {"time_stamp": 9, "id": 2, "pm2.5": None}],
    ),
    (
        "more cells than names stay, under a name that no mapping knows",
        {"records": "data[]", "names": "fields"},
        {"fields": ["id"], "data": [[1, 5.5], []]},
        [{"id": 1, "column 2": 5.5}, {}],
    ),
    (
        "names beside the list, at any depth (Netatmo)",
        NETATMO,
        PUBLIC,
        [
            {
                "body._id": "a",
                "body.place.location": [5.1, 52.1],
                "module": "m1",
                "time": "1560248022",
                "temperature": 21.4,
                "humidity": 62,
            },
            {
                "body._id": "a",
                "body.place.location": [5.1, 52.1],
                "module": "a",
                "time": "1560248030",
                "pressure": 1010.6,
            },
        ],
    ),
    (
        "lists and single values that the form itself names",
        {"records": "body{time}", "columns": [{"name": "temperature"}]},
        {"body": {"1": [28.1], "2": 28.4}, "status": "ok"},
        [{"time": "1", "temperature": 28.1}, {"time": "2", "temperature": 28.4}],
    ),
    (
        "members beside numbered rows that are no rows",
        {"records": "{component}{number}"},
        {"PM10": {"0": {"value": "12.3"}, "1": {"value": "11.0"}, "unit": "ug/m3"}, "unit": "x"},
        [
            {"component": "PM10", "number": "0", "unit": "x", "value": "12.3"},
            {"component": "PM10", "number": "1", "unit": "x", "value": "11.0"},
        ],
    ),
    (
        "columns",
        {"records": "hourly", "arrays": True, "keep": ["lat"]},
        {"lat": 52, "hourly": {"time": ["t1", "t2"], "pm": {"10": [1, 2]}, "unit": "x"}},
        [{"lat": 52, "time": "t1", "pm.10": 1, "unit": "x"}, {"lat": 52, "time": "t2", "pm.10": 2, "unit": "x"}],
    ),
    ("columns without rows", {"arrays": True}, {"time": [], "pm": []}, []),
    (
        "pairs with dotted members (openSenseMap)",
        {"pairs": "sensors", "pair_key": "title", "pair_value": "last.value"},
        {"id": 7, "sensors": [{"title": "T", "last": {"value": "1"}}, {"title": "RH", "last": {"value": "2"}}]},
        [{"id": 7, "T": "1", "RH": "2"}],
    ),
    (
        "a pair without what makes it one is kept, under a name that no mapping knows",
        {"pairs": "v", "pair_key": "k", "pair_value": "w"},
        {"v": [None, {"k": "T", "w": 1}, {"k": "RH"}]},
        [{"v[0]": None, "T": 1, "v[2]": {"k": "RH"}}],
    ),
    (
        "a record that is a pair",
        {"pair_key": "f", "pair_value": "v.w"},
        {"f": "NO2", "v": {"w": 5}, "t": 1},
        [{"t": 1, "NO2": 5}],
    ),
    (
        "values that the protocol leaves out",
        {"defaults": {"fCnt": 0}},
        [{"a": 1}, {"a": 1, "fCnt": 5}],
        [{"a": 1, "fCnt": 0}, {"a": 1, "fCnt": 5}],
    ),
    (
        "packed bytes",
        {"decode": {"data": "cayenne-lpp"}},
        {"data": "A2cBEA=="},
        [{"data": "A2cBEA==", "data.temperature_3": 27.2}],
    ),
]


@pytest.mark.parametrize(("why", "form", "document", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_path_gives_the_records_that_it_names(
    why: str, form: dict[str, Any], document: Any, expected: list[Fields]
) -> None:
    assert fields(document, form) == expected, why


def test_numbered_rows_beside_a_unit() -> None:
    """cases.md, row 25: two records with the unit, `unit` is not a third row."""
    rows = {
        "0": {"endtime": "2020-01-11 10:00", "value": "12.3"},
        "1": {"endtime": "2020-01-11 09:00", "value": "11.0"},
    }
    found = fields({"PM10": {**rows, "unit": "ug/m3"}}, {"records": "{component}{number}"})
    assert [(one["component"], one["value"], one["unit"]) for one in found] == [
        ("PM10", "12.3", "ug/m3"),
        ("PM10", "11.0", "ug/m3"),
    ]


@pytest.mark.parametrize(
    ("document", "form", "why"),
    [
        ({"other": []}, {"records": "data"}, "the member is not there"),
        ({"data": 5}, {"records": "data[]"}, "no list where the path has one"),
        ({"data": []}, {"records": "data{id}"}, "no object where the path has one"),
        ({"data": {}}, {"records": "data.x"}, "the last member is not there"),
        ({"a": 1}, {"having": ["b"]}, "the field is not there"),
        ([{"a": 1}], {"having": ["b"]}, "no record has the field"),
        ([None, 5], {}, "no element is an object"),
        ({"type": "B", "a": 1}, {"only": {"type": ["A"]}}, "a record of another form"),
        ({"data": [[1]]}, {"records": "data", "names": "fields"}, "no list of names"),
    ],
)
def test_a_document_of_another_form_is_told_so(document: Any, form: dict[str, Any], why: str) -> None:
    with pytest.raises(SourceError, match="no payload of test; its forms are form-0"):
        read(document, form)


@pytest.mark.parametrize(
    ("document", "form"),
    [({"data": []}, {"records": "data", "having": ["a"]}), ([], {"having": ["a"]}), ({"d": {}}, {"records": "d{id}"})],
)
def test_no_records_are_of_the_form_too(document: Any, form: dict[str, Any]) -> None:
    assert read(document, form) == []


@pytest.mark.parametrize(
    ("document", "form", "words"),
    [
        (b"null", {}, r"its content is `null`"),
        (
            {"error": "NotFoundError", "description": "Cannot find a sensor"},
            {"having": ["error"], "error": "{error}: {description}"},
            "reports an error: NotFoundError: Cannot find a sensor",
        ),
        (b'{"a": 1, "a": 2}', {}, "has the key 'a' twice"),
        (b'{\n"a": 1\n"b": 2}', {}, "line 3 column 1"),
        (b"[" * 5000 + b"]" * 5000, {}, "nested too deeply"),
        (b"[" * 150 + b"]" * 150, {}, "nested too deeply"),
        (b'{"a": NaN}', {}, "NaN is not a JSON value"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_cause(document: Any, form: dict[str, Any], words: str) -> None:
    """cases.md, rows 13 and 37."""
    with pytest.raises(SourceError, match=words):
        read(document, form)


def test_an_element_that_is_no_object_is_a_rejected_record() -> None:
    found = read([{"a": 1}, None, "x", {"b": 2}], {"having": ["a"]})
    assert faults(found) == [(), ("unreadable-record",), ("unreadable-record",), ()]
    assert [record.number for record in found] == [0, 1, 2, 3]
    assert [record.payload for record in found[1:3]] == [b"[null]", b'["x"]']
    inside = read({"d": [{"v": [{"a": 1}, 5]}, None]}, {"records": "d[].v[]"})
    assert faults(inside) == [(), ("unreadable-record",), ("unreadable-record",)]


def test_lists_of_different_length_are_one_rejected_record() -> None:
    found = read([{"t": [1, 2], "v": [1]}, {"t": [3], "v": [4]}], {"arrays": True})
    assert [one.fields for one in found] == [{}, {"t": 3, "v": 4}]
    assert found[0].faults[0].value == "the lists are not equally long: t has 2, v has 1"


def test_positions_and_ignored_lists_are_no_columns() -> None:
    document = {"at": [5.1, 52.1], "tags": ["x", "y", "z"], "t": [1], "v": [2]}
    found = fields(document, {"arrays": True}, place={"pair": "at"}, ignore={"tag*": "words"})
    assert found == [{"at": [5.1, 52.1], "tags": ["x", "y", "z"], "t": 1, "v": 2}]


@pytest.mark.parametrize(
    ("document", "form", "repeated"),
    [
        ({"v": [{"k": "a", "w": 1}, {"k": "a", "w": 2}]}, {"pairs": "v", "pair_key": "k", "pair_value": "w"}, ("a",)),
        ({"a.b": 1, "a": {"b": 2}}, {}, ("a.b",)),
        ({"x": {"id": "y"}}, {"records": "{id}"}, ("id",)),
        ({"x": {"id": "x"}}, {"records": "{id}"}, ()),
        ({"n": 1, "d": [{"n": 2}]}, {"records": "d", "keep": ["n"]}, ("n",)),
    ],
)
def test_two_values_of_one_field_are_told(document: Any, form: dict[str, Any], repeated: tuple[str, ...]) -> None:
    (record,) = records_of(mapping(form), encoded(document), "")
    assert record.repeated == repeated


TOGETHER = [
    {**NETATMO, "together": "page"},
    {"records": "body[].measures{module}", "having": ["rain_live"], "keep": ["body._id"], "together": "page"},
    {"records": "body[].measures{module}", "having": ["wind_strength"], "keep": ["body._id"], "together": "page"},
]


def test_forms_that_are_read_together_lose_no_record() -> None:
    """The modules with lists are of the first form, the rain gauge is of the second, `m3` is of none."""
    found = read(PUBLIC, *TOGETHER)
    assert sorted((record.form.name, record.fields["module"]) for record in found) == [
        ("form-0", "a"),
        ("form-0", "m1"),
        ("form-1", "m2"),
    ]
    body: Any = msgspec.json.decode(encoded(PUBLIC))
    body["body"][0]["measures"]["m3"] = {"wind": 3}
    extra = [record for record in read(body, *TOGETHER) if record.faults]
    assert faults(extra) == [("unknown-form",)]
    assert b'"wind": 3' in extra[0].payload


def test_elements_of_one_list_are_of_the_form_that_they_are_for() -> None:
    forms = [
        {"only": {"type": ["A"]}, "together": "x"},
        {"only": {"type": ["B", "true"]}, "together": "x"},
    ]
    found = read([{"type": "B"}, {"type": "A"}, {"type": "C"}, {"type": ["Z", "A"]}, {"type": True}], *forms)
    assert sorted((record.form.name, str(record.fields.get("type"))) for record in found) == [
        ("", "None"),
        ("form-0", "A"),
        ("form-0", "['Z', 'A']"),
        ("form-1", "B"),
        ("form-1", "True"),
    ]


def test_what_one_form_is_not_for_is_a_rejected_record() -> None:
    found = read([{"type": "B", "v": 1}, {"type": "A"}], {"only": {"type": ["A"]}})
    assert faults(found) == [("unknown-form",), ()]


def test_a_document_of_no_form_hides_no_other_one() -> None:
    text = b'{"a": 1}\n{"b": 2}\n{"a": 3}\nnull\n{"a": [1, 2], "c": [1]}\n'
    found = read(text, {"having": ["a"]})
    assert faults(found) == [(), ("unknown-form",), (), ("unknown-form",), ()]
    assert [record.payload for record in found[1:4:2]] == [b'{"b": 2}', b"null"]
    with pytest.raises(SourceError, match="no payload of test"):
        read(b'{"b": 2}\n{"b": 3}', {"having": ["a"]})


def test_bytes_that_are_not_what_they_should_be_spoil_their_field_alone() -> None:
    (record,) = read({"data": "A2c=", "rssi": -9}, {"decode": {"data": "cayenne-lpp"}})
    assert record.fields == {"data": "A2c=", "rssi": -9}
    assert [(fault.rule, fault.field) for fault in record.faults] == [("cannot-decode", "data")]


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.one_of(st.none(), st.integers(0, 9), st.text("xy", max_size=2))
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=20,
)
PATHS = st.lists(st.tuples(NAMES, st.sampled_from(["", "[]", "{k}"])), max_size=3).map(
    lambda parts: ".".join(name + bracket for name, bracket in parts)
)


def slow(document: Any, path: str) -> list[Any]:
    """Find the objects that a path names, step by step, in all values at once."""
    values, last = [document], ""
    for part in path.replace("[]", ".[]").replace("{k}", ".{}").split("."):
        if not part:
            continue
        if part == "[]":
            values = [one for value in values if isinstance(value, list) for one in value]
        elif part == "{}":
            values = [one for value in values if isinstance(value, dict) for one in value.values()]
        else:
            values = [value[part] for value in values if isinstance(value, dict) and part in value]
        last = part
    if last not in ("[]", "{}"):
        values = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [value for value in values if isinstance(value, dict)]


@given(DOCUMENTS, PATHS)
def test_paths_agree_with_a_slow_reading(document: Any, path: str) -> None:
    wanted = [{name for name, value in one.items() if not isinstance(value, dict)} for one in slow(document, path)]
    try:
        found = read(document, {"records": path})
    except SourceError:
        assert wanted == []
        return
    kept = [record.fields for record in found if not record.faults]
    assert len(kept) == len(wanted)
    assert all(names <= one.keys() for names, one in zip(wanted, kept, strict=True))


PURPLEAIR = {"records": "data", "names": "fields", "keep": ["time_stamp"], "having": ["sensor_index"]}
SENSOR = {"records": "sensor", "keep": ["time_stamp"], "having": ["sensor_index"]}
REFUSED = {"having": ["error"], "error": "{error}: {description}"}


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "forms", "records", "first"),
    [
        (
            "purpleair/get_sensors_response.json",
            [PURPLEAIR, SENSOR, REFUSED],
            5,
            {"name": "Mariners Bluff", "time_stamp": 1667503589},
        ),
        (
            "purpleair/get_sensor_response.json",
            [PURPLEAIR, SENSOR, REFUSED],
            1,
            {"name": "Mariners Bluff", "humidity": 33},
        ),
        (
            "netatmo/getpublicdata.json",
            TOGETHER,
            0,
            {"temperature": 21.4, "humidity": 62, "body._id": "70:ee:50:36:94:7c"},
        ),
        (
            "netatmo/weatherstation_measure.json",
            [{"records": "body{time}", "columns": [{"name": "v"}]}],
            0,
            {"v": 28.1, "time": "1544558433"},
        ),
        ("munisense/query-last_day-shape.json", [{"records": "results", "having": ["timestamp"]}], 1, {"avg": 44.6877}),
        (
            "opensensemap/box.json",
            [{"records": "sensors", "keep": ["_id as box", "currentLocation.coordinates"]}],
            2,
            {
                "box": "test-box-id",
                "_id": "59592d0994f05200114428e9",
                "currentLocation.coordinates": [13.098, 52.38764],
            },
        ),
    ],
)
def test_real_files_are_read(samples: Path, file: str, forms: list[Any], records: int, first: Fields) -> None:
    content = (samples / file).read_bytes()
    found = read(content, *forms)
    assert len(found) >= (records or 5)
    assert {name: found[0].fields.get(name) for name in first} == first
    assert not any(record.faults for record in found)


@pytest.mark.needs("samples")
def test_the_real_errors_are_named(samples: Path) -> None:
    """cases.md, row 13; and the error names line 79 of the file that is no JSON as it was published."""
    with pytest.raises(SourceError, match="NotFoundError: Cannot find a sensor with the provided parameters"):
        read((samples / "purpleair/error_not_found_response.json").read_bytes(), PURPLEAIR, SENSOR, REFUSED)
    with pytest.raises(SourceError, match="line 79 "):
        read((samples / "ttn/uplink_message-invalid-as-published.json").read_bytes(), {})
