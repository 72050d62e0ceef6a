"""Both engines of JSON Schema find the same, and what their libraries know differently is written down here."""

import copy
import math
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3339_validator import validate_rfc3339

from ssclab_data import resources
from ssclab_data.errors import SettingsError
from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import Thing
from ssclab_data.validation import json_engines
from ssclab_data.validation.ecma import compiled
from ssclab_data.validation.formats import FORMATS, is_date_time, is_interval
from ssclab_data.validation.json_engines import ENGINES, FAST, REFERENCE, engine_of
from ssclab_data.validation.json_findings import DEEPEST
from ssclab_data.validation.json_schema import check_against, check_document, check_entity, schema_names
from ssclab_data.validation.schemas import EXAMPLES

GIVEN = "https://ssclab.example/schemas/given"


def both(schema: Any, document: Any) -> tuple[Finding, ...]:
    """Check by each engine, and make sure that they say the same."""
    reference, fast = (check_against(schema, document, engine=name) for name in ENGINES)
    assert reference == fast
    return reference


KEYWORDS: list[tuple[dict[str, Any], Any, list[tuple[str, str]]]] = [
    ({"type": "string"}, 3, [("wrong-type", "")]),
    ({"type": "integer"}, 1.0, []),
    ({"type": "integer"}, 1e300, []),
    ({"type": "integer"}, 1.5, [("wrong-type", "")]),
    ({"type": "integer"}, True, [("wrong-type", "")]),
    ({"const": 1}, True, [("value-not-allowed", "")]),
    ({"const": {"a": [1, 2.0]}}, {"a": [1.0, 2]}, []),
    ({"enum": [0, None]}, False, [("value-not-allowed", "")]),
    ({"type": "string", "enum": ["a"]}, 3, [("wrong-type", "")]),
    ({"type": "string", "minLength": 2}, "\U0001f600", [("value-not-allowed", "")]),
    ({"type": "string", "maxLength": 1}, "e\u0301", [("value-not-allowed", "")]),
    ({"type": "string", "pattern": "^a$"}, "a\n", [("value-not-allowed", "")]),
    ({"type": "string", "pattern": "^\\d$"}, "٣", [("value-not-allowed", "")]),
    ({"type": "string", "pattern": "^\\w$"}, "é", [("value-not-allowed", "")]),
    ({"type": "string", "pattern": "^\\s$"}, "\x1c", [("value-not-allowed", "")]),
    ({"type": "string", "pattern": "^[\\s]$"}, "\ufeff", []),
    ({"type": "string", "format": "ipv4"}, "1.2.3", [("bad-format", "")]),
    ({"type": "string", "maxLength": 0}, "\ud800", [("value-not-allowed", "")]),
    ({"type": "string", "format": "iri"}, "\ud800", [("bad-format", "")]),
    ({"type": "number", "multipleOf": 0.01}, 0.07, []),
    ({"type": "number", "multipleOf": 0.01}, 0.075, [("value-not-allowed", "")]),
    ({"type": "number", "multipleOf": 3}, 10**30 + 1, [("value-not-allowed", "")]),
    ({"type": "number", "maximum": 5}, 10**400, [("value-not-allowed", "")]),
    ({"type": "number", "exclusiveMaximum": 3, "exclusiveMinimum": 3}, 3, [("value-not-allowed", "")] * 2),
    ({"type": "array", "items": False, "prefixItems": [True]}, [1, 2, 3], [("not-here", "/1"), ("not-here", "/2")]),
    ({"type": "array", "items": {"type": "null"}}, [None, 1], [("wrong-type", "/1")]),
    ({"type": "array", "minItems": 2}, [1], [("value-not-allowed", "")]),
    ({"type": "array", "maxItems": 0}, [1], [("value-not-allowed", "")]),
    ({"type": "array", "uniqueItems": True}, [1, 1.0], [("value-not-allowed", "")]),
    ({"type": "array", "uniqueItems": True}, [1, True, "1"], []),
    ({"type": "array", "contains": {"type": "string"}}, [1], [("value-not-allowed", "")]),
    ({"type": "array", "contains": {"type": "string"}, "minContains": 2}, ["a"], [("value-not-allowed", "")]),
    ({"type": "array", "contains": {"type": "string"}, "maxContains": 1}, ["a", "b"], [("value-not-allowed", "")]),
    ({"type": "array", "unevaluatedItems": False, "prefixItems": [True]}, [1, 2], [("value-not-allowed", "")]),
    ({"type": "object", "required": ["a", "b"]}, {}, [("missing-property", "/a"), ("missing-property", "/b")]),
    ({"type": "object", "properties": {"a": False}}, {"a": 1}, [("not-here", "/a")]),
    (
        {"type": "object", "properties": {"additionalProperties": False}},
        {"additionalProperties": 1},
        [("not-here", "/additionalProperties")],
    ),
    (
        {"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": False},
        {"a": 1, "c/d": 1, "~": 1},
        [("wrong-type", "/a"), ("unknown-property", "/c~1d"), ("unknown-property", "/~0")],
    ),
    (
        {"type": "object", "additionalProperties": {"type": "null"}, "patternProperties": {"^a$": True}},
        {"a": 1, "a\n": 5},
        [("wrong-type", "/a\n")],
    ),
    (
        {"type": "object", "additionalProperties": {"type": "null"}},
        {"03": 1, "+3": 2, "3": 1},
        [("wrong-type", "/+3"), ("wrong-type", "/03"), ("wrong-type", "/3")],
    ),
    (
        {"type": "object", "patternProperties": {"^x/y%25~ é$": {"type": "null"}}},
        {"x/y%25~ é": 1},
        [("wrong-type", "/x~1y%25~0 é")],
    ),
    ({"type": "object", "patternProperties": {"\\d": {"type": "null"}}}, {"٣": 1, "3": 1}, [("wrong-type", "/3")]),
    (
        {"type": "object", "propertyNames": {"maxLength": 2, "format": "date"}},
        {"bbb": 1},
        [("bad-format", "/bbb"), ("value-not-allowed", "/bbb")],
    ),
    ({"type": "object", "minProperties": 2}, {"a": 1}, [("value-not-allowed", "")]),
    ({"type": "object", "maxProperties": 0}, {"a": 1}, [("value-not-allowed", "")]),
    (
        {"type": "object", "dependentRequired": {"a": ["b", "c"], "d": ["e"]}},
        {"a": 1, "b": 1},
        [("missing-property", "/c")],
    ),
    ({"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, [("missing-property", "/b")]),
    (
        {"type": "object", "unevaluatedProperties": False, "allOf": [{"properties": {"a": True}}]},
        {"a": 1, "b": 1},
        [("value-not-allowed", "")],
    ),
    ({"allOf": [{"type": "string"}, {"type": "null"}]}, 1, [("wrong-type", ""), ("wrong-type", "")]),
    ({"anyOf": [{"type": "null"}, {"type": "object", "required": ["a"]}]}, {}, [("missing-property", "/a")]),
    ({"anyOf": [{"type": "null"}, {"type": "string"}]}, 1, [("value-not-allowed", "")]),
    (
        {
            "anyOf": [
                {"type": "array", "items": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 1}]}},
                {"type": "null"},
            ]
        },
        ["abc"],
        [("value-not-allowed", "/0")],
    ),
    ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, 3, [("value-not-allowed", "")]),
    ({"oneOf": [{"type": "number"}, {"type": "object", "required": ["a"]}]}, {}, [("missing-property", "/a")]),
    ({"not": {"type": "number"}}, 3, [("value-not-allowed", "")]),
    (
        {"if": {"type": "number"}, "then": {"type": "number", "minimum": 5}, "else": {"type": "string"}},
        3,
        [("value-not-allowed", "")],
    ),
    ({"if": {"type": "number"}, "then": False}, 3, [("not-here", "")]),
    ({"$ref": "#/$defs/a~1b%25", "$defs": {"a/b%": {"type": "string"}}}, 3, [("wrong-type", "")]),
    (
        {"type": "object", "properties": {"n": {"$ref": "#"}}, "required": ["k"]},
        {"k": 1, "n": {"n": {"k": 1}}},
        [("missing-property", "/n/k")],
    ),
]


@pytest.mark.parametrize(("schema", "document", "expected"), KEYWORDS, ids=[ascii(row[:2])[:90] for row in KEYWORDS])
def test_keyword_means_the_same_to_both(schema: dict[str, Any], document: Any, expected: list[tuple[str, str]]) -> None:
    assert [(one.rule, one.path) for one in both(schema, document)] == expected


FORMAT_ROWS: list[tuple[str, str, bool, str]] = [
    ("date-time", "2026-01-08T22:00:06Z", True, "as RFC 3339 has it"),
    ("date-time", "2026-01-08t22:00:06.123456789z", True, "lower case, and any number of digits"),
    ("date-time", "2026-01-08T22:00:06-00:00", True, "an offset that says nothing"),
    ("date-time", "2026-01-08", False, "row 68: a bare date"),
    ("date-time", "2016-03-15T11:00:00", False, "row 71: no zone"),
    ("date-time", "2026-01-08 22:00:06Z", False, "a space for the T"),
    ("date-time", "2026-02-30T00:00:00Z", False, "no such day"),
    ("date-time", "2024-02-29T00:00:00Z", True, "a leap day"),
    ("date-time", "2026-01-08T24:00:00Z", False, "RFC 3339 has no hour 24"),
    ("date-time", "2026-12-31T23:59:60Z", False, "a leap second, which no Instant can be"),
    ("date-time", "2026-01-08T22:00:06Z\n", False, "a line end after the zone"),
    ("date-time", "2026-01-08T22:00:06+24:00", False, "an offset of a day"),
    ("date-time", "2026-01-08T22:00:06+0100", False, "an offset without a colon"),
    ("date-time", "٢٠٢٦-01-08T22:00:06Z", False, "digits of another script"),
    ("date-time", "0000-01-01T00:00:00Z", False, "no year 0 in the calendar of an Instant"),
    ("date", "2026-01-08", True, ""),
    ("date", "2026-1-8", False, "one digit"),
    ("date", "20260108", False, "the basic form"),
    ("time", "22:00:06Z", True, ""),
    ("time", "22:00:06", False, "no zone"),
    ("time", "22:00:61Z", False, "no such second"),
    ("duration", "P1DT2H", True, ""),
    ("duration", "P5Y", True, "years"),
    ("duration", "P1W", True, "weeks stand alone"),
    ("duration", "P", False, "nothing"),
    ("duration", "P1DT", False, "a T and nothing behind it"),
    ("duration", "PT1.5H", False, "a fraction"),
    ("email", "data@breda.example", True, ""),
    ("email", "data@", False, "no place"),
    ("idn-email", "gegevens@gemeenté.example", True, "letters outside ASCII"),
    ("email", "gegevens@gemeenté.example", False, "letters outside ASCII"),
    ("ipv4", "192.0.2.1", True, ""),
    ("ipv4", "192.0.2.01", False, "a leading zero"),
    ("ipv6", "2001:db8::1", True, ""),
    ("ipv6", "fe80::1%eth0", False, "a zone is no part of an address"),
    ("iri", "https://ssclab.example/µ", True, ""),
    ("iri", "ug/m3", False, "no scheme"),
    ("iri", "http://a b", False, "a space"),
    ("uri", "urn:ngsi-ld:Device:1", True, ""),
    ("uri", "https://ssclab.example/µ", False, "a letter outside ASCII"),
    ("uri", "https://ssclab.example/%zz", False, "no hexadecimal"),
    ("uri-reference", "Things(1)/Datastreams", True, "relative"),
    ("uri-reference", "Things(1) ", False, "a space"),
    ("uuid", "0b0d5a4e-6a3f-4c66-9d3c-0a3f6b1f2c11", True, ""),
    ("uuid", "0b0d5a4e6a3f4c669d3c0a3f6b1f2c11", False, "no dashes"),
    ("regex", "^[a-z]+$", True, ""),
    ("regex", "[", False, "open"),
    ("time-interval", "2026-01-08T22:00:00Z/2026-01-08T23:00:00Z", True, ""),
    ("time-interval", "2026-01-08T22:00:00Z/2026-01-08T22:00:00Z", True, "empty"),
    ("time-interval", "2026-01-08T23:00:00Z/2026-01-08T22:00:00Z", False, "backwards"),
    ("time-interval", "2026-01-08T23:00:00+01:00/2026-01-08T22:30:00Z", True, "in order once the zones count"),
    (
        "time-interval",
        "2026-01-08T22:00:00.0000002Z/2026-01-08T22:00:00.0000001Z",
        False,
        "backwards in the seventh digit",
    ),
    ("time-interval", "2026-01-08T22:00:00Z", False, "an instant"),
    ("time-interval", "2026-01-08T22:00:00Z/PT1H", False, "a duration for an end"),
    ("time-or-interval", "2026-01-08T22:00:00Z", True, ""),
    ("time-or-interval", "2026-01-08T22:00:00Z/2026-01-08T23:00:00", False, "half a zone"),
]


@pytest.mark.parametrize(("name", "value", "right", "why"), FORMAT_ROWS)
def test_format(name: str, value: str, right: bool, why: str) -> None:
    assert (both({"type": "string", "format": name}, value) == ()) == right, why


@pytest.mark.parametrize("name", list(FORMATS))
def test_format_takes_its_own_example_and_no_text_of_nonsense(name: str) -> None:
    for example in FORMATS[name].example.split(" or "):
        assert FORMATS[name].check(example)
    assert not FORMATS[name].check("[ no\n such ")
    assert FORMATS[name].check(3), "a format speaks of texts alone"


DAY, CLOCK = "(0[0-9]{3}|[12][0-9]{3})-[01][0-9]-[0-3][0-9]", "[0-2][0-9]:[0-6][0-9]:[0-6][0-9]"
clocks = st.from_regex(rf"\A{DAY}[Tt ]{CLOCK}(\.[0-9]{{1,8}})?([Zz]|[+-][0-2][0-9]:[0-6][0-9])?\Z")


@given(clocks)
def test_date_times_are_those_of_another_library(text: str) -> None:
    assert is_date_time(text) == (bool(validate_rfc3339(text.upper())) and not text.startswith("0000"))


@given(clocks, clocks)
def test_interval_is_two_date_times_in_order(first: str, second: str) -> None:
    ends = is_date_time(first) and is_date_time(second)
    assert (is_interval(f"{first}/{second}") or is_interval(f"{second}/{first}")) == ends


@given(
    st.text(alphabet="ab1 \n\t\u00e9\u0663\u2028\ufeff\x1c\x85", max_size=4),
    st.sampled_from(["^a$", "\\d", "^\\w+$", "\\s", "\\S", "[\\d\\s]", "^.$", "\\D", "\\W", "[^\\w]$"]),
)
def test_patterns_are_those_of_the_fast_library(text: str, pattern: str) -> None:
    fast = jsonschema_rs.Draft202012Validator({"type": "string", "pattern": pattern}).is_valid(text)
    assert bool(compiled(pattern).search(text)) == fast


def examples(name: str) -> list[Any]:
    folder = Path(str(resources.folder("schemas")), EXAMPLES, name)
    documents = [msgspec.json.decode(file.read_bytes()) for file in sorted(folder.glob("*/*.json"))]
    return [one["document"] if isinstance(one, dict) and "expect" in one else one for one in documents]


def places(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [at, *(place for step, part in parts for place in places(part, (*at, step)))]


TEXTS = [
    "",
    "x",
    "2026-01-08",
    "2016-03-15T11:00:00",
    "2026-12-31T23:59:60Z",
    "2026-01-08T23:00:00Z/2026-01-08T22:00:00Z",
    "µg/m³",
    "ucum:µg/m3",
    "Point",
    "http://a b",
    "a\n",
    "error",
]
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(TEXTS),
    st.text(max_size=3),
    st.sampled_from([[], {}, [0, 0], [4.7, 51.5], {"type": "Point", "coordinates": [0, 0]}, {"@iot.id": 1}]),
)
names = st.sampled_from(
    ["name", "naam", "type", "@iot.id", "Thing@iot.navigationLink", "03", "result", "a/b~c", "location"]
)


@st.composite
def mutated(draw: st.DrawFn, documents: list[Any]) -> Any:
    """Take an example and change, add or leave out some of its values."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.sampled_from(places(document)))
        if not at:
            continue
        part = document
        for step in at[:-1]:
            part = part[step]
        match draw(st.sampled_from(["change", "leave out", "add"])):
            case "change":
                part[at[-1]] = copy.deepcopy(draw(values))
            case "leave out":
                del part[at[-1]]
            case _ if isinstance(part, dict):
                part[draw(names)] = copy.deepcopy(draw(values))
            case _:
                part.append(copy.deepcopy(draw(values)))
    return document


@pytest.mark.parametrize("name", schema_names())
@settings(max_examples=20)
@given(data=st.data())
def test_engines_find_the_same_in_changed_examples(name: str, data: st.DataObject) -> None:
    both(name, data.draw(mutated(examples(name))))


KNOWN_DIFFERENCES: list[tuple[dict[str, Any], Any, bool, bool, str]] = [
    ({"type": "number"}, math.nan, True, False, "NaN"),
    ({"type": "string", "format": "date-time"}, "2026-06-30T23:59:60Z", False, True, "a leap second"),
    ({"type": "string", "format": "date-time"}, "0000-01-01T00:00:00Z", False, True, "the year 0"),
    ({"type": "string", "pattern": "^a$"}, "a\n", True, False, "before a line end"),
    ({"type": "string", "pattern": "^\\d$"}, "٣", True, False, "digits of other scripts"),
    ({"type": "string", "pattern": "^\\s$"}, "\x1c", True, False, "white space of Python"),
    ({"type": "number", "multipleOf": 0.01}, 0.07, False, True, "multiples of a fraction"),
    ({"type": "array"}, (1, 2), False, True, "a tuple"),
    ({"type": "string", "format": "time-interval"}, "x", True, True, "formats that a library does not know"),
]


@pytest.mark.parametrize(
    ("schema", "document", "reference", "fast", "why"), KNOWN_DIFFERENCES, ids=[row[-1] for row in KNOWN_DIFFERENCES]
)
def test_known_difference_of_the_libraries_is_none_of_ours(
    schema: dict[str, Any], document: Any, reference: bool, fast: bool, why: str
) -> None:
    """docs/validation.md lists these rows."""
    checker = jsonschema.FormatChecker()
    assert jsonschema.Draft202012Validator(schema, format_checker=checker).is_valid(document) == reference
    assert jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(document) == fast
    both(schema, document)


def test_known_differences_are_documented(repository: Path) -> None:
    page = (repository / "docs" / "validation.md").read_text(encoding="utf-8")
    missing = [row[-1] for row in KNOWN_DIFFERENCES if row[-1] not in page]
    assert not missing


def test_library_without_formats_lets_everything_pass() -> None:
    """cases.md, row 67: what a default call does, and we never do."""
    schema = {"type": "string", "format": "date-time"}
    jsonschema.validate("20-04", schema)
    assert jsonschema_rs.is_valid(schema, "20-04")
    assert [one.rule for one in both(schema, "20-04")] == ["bad-format"]


deep: Any = None
for _ in range(DEEPEST + 1):
    deep = [deep]
deeper: Any = 1
for _ in range(300):
    deeper = {"a": deeper}

UNFIT: list[tuple[Any, list[tuple[str, str]], str]] = [
    ({"a": math.nan}, [("not-finite", "/a")], "NaN"),
    ([1, -math.inf], [("not-finite", "/1")], "infinity"),
    ({"a": date(2026, 1, 8)}, [("not-json", "/a")], "YAML makes a date of 2026-01-08"),
    ({1: "a"}, [("not-json", "")], "YAML takes numbers for names"),
    ((1, 2), [("not-json", "")], "a tuple is no array of JSON"),
    ({"a": {1, 2}}, [("not-json", "/a")], "a set"),
    (deep, [("too-deep", "/0" * DEEPEST)], "one level too many"),
    (deeper, [("too-deep", "/a" * DEEPEST)], "so deep that Python would give up"),
]


@pytest.mark.parametrize(("document", "expected", "why"), UNFIT, ids=[row[-1] for row in UNFIT])
def test_what_json_cannot_hold_is_found_before_any_engine(
    document: Any, expected: list[tuple[str, str]], why: str
) -> None:
    assert [(one.rule, one.path) for one in both({"type": ["object", "array"]}, document)] == expected


def test_document_of_the_greatest_depth_is_checked() -> None:
    assert both({"type": "array"}, deep[0]) == ()


@pytest.mark.parametrize("engine", list(ENGINES))
def test_engines_give_entities_and_documents_the_same(engine: str) -> None:
    found = check_entity(Thing(key="a/1", name=" "), engine=engine)
    assert [(one.rule, one.path, one.entity) for one in found] == [
        ("missing-property", "/description", "a/1"),
        ("empty-text", "/name", "a/1"),
    ]
    assert check_document("Things", {"name": "a", "description": ""}, engine=engine) == ()
    found = check_entity(Thing(name="a", description="", properties={"a": math.inf}), engine=engine)
    assert [one.rule for one in found] == ["not-finite", "key-missing"]


def test_auto_takes_the_fast_engine_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_of("auto").name == FAST
    monkeypatch.setattr(json_engines, "_is_installed", lambda: False)
    assert engine_of("auto").name == REFERENCE
    with pytest.raises(SettingsError, match="jsonschema-rs is not installed; pip install"):
        engine_of(FAST)
    with pytest.raises(SettingsError, match="no engine 'fastjsonschema' of JSON Schema; known: auto, jsonschema"):
        engine_of("fastjsonschema")


def test_import_of_the_checks_imports_neither_library() -> None:
    statement = "import sys, ssclab_data.validation.json_wire; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True)
    assert not {"jsonschema", "jsonschema_rs", "referencing"} & set(done.stdout.split())
