"""Records of XML and of columns of fixed width: fields by hand, hostile documents, and the real files."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import SourceError
from ssclab_data.sources.declaration import MappingFile
from ssclab_data.sources.reading import Fields, Record, records_of


def mapping(*forms: dict[str, Any]) -> MappingFile:
    """Make a mapping of which only the forms matter."""
    named = {"id": ["id"], "name": "x", "description": "x"}
    filled = [{"name": f"form-{number}", "reader": "xml", **form} for number, form in enumerate(forms)]
    rest = {"source": "test", "title": "x", "documentation": "x", "time": {"because": "x"}}
    return msgspec.convert({**rest, "thing": named, "sensor": named, "forms": filled}, MappingFile)


def read(content: bytes, *forms: dict[str, Any]) -> list[Record]:
    """Read records, and each of them again out of its own payload."""
    made = mapping(*forms)
    records = records_of(made, content, "x.xml")
    for record in records:
        if not record.faults:
            (again,) = records_of(made, record.payload, "x.xml")
            assert (again.fields, again.form) == (record.fields, record.form)
    return records


def fields(content: bytes, *forms: dict[str, Any]) -> list[Fields]:
    return [record.fields for record in read(content, *forms)]


LML = {"records": "body.meting", "having": ["component", "waarde"], "pair_key": "component", "pair_value": "waarde"}

CASES: list[tuple[str, dict[str, Any], bytes, list[Fields]]] = [
    ("the document itself", {}, b"<a><b> 1 </b><c><d>2</d></c></a>", [{"b": "1", "c.d": "2"}]),
    ("elements by their way", {"records": "r"}, b"<a><x/><r><b>1</b></r><r><b>2</b></r></a>", [{"b": "1"}, {"b": "2"}]),
    ("attributes", {"records": "r"}, b'<a><r n="1"><b u="C">2</b></r></a>', [{"@n": "1", "b": "2", "b.@u": "C"}]),
    (
        "namespaces are no part of a name",
        {"records": "r"},
        b'<x:a xmlns:x="u" xmlns="v"><r x:n="1"><x:b>2</x:b></r></x:a>',
        [{"@n": "1", "b": "2"}],
    ),
    ("an empty element is a missing value", {"records": "r"}, b"<a><r><b/><c> </c></r></a>", [{"b": "", "c": ""}]),
    (
        "repeated elements are numbered from the second on",
        {"records": "r"},
        b"<a><r><b>1</b><b>2</b><b><c>3</c></b></r></a>",
        [{"b": "1", "b.2": "2", "b.3.c": "3"}],
    ),
    ("a record that is a text", {"records": "r"}, b'<a><r t="1">5</r></a>', [{"@t": "1", "r": "5"}]),
    ("text around elements", {}, b"<a>x<b>1</b>y</a>", [{"b": "1", "a": "x y"}]),
    (
        "comments and instructions are nothing",
        {"records": "r"},
        b"<?xml version='1.0'?><!-- x --><a><?x y?><r><!-- z --><b>1</b></r></a>",
        [{"b": "1"}],
    ),
    (
        "another encoding",
        {},
        "<?xml version='1.0' encoding='ISO-8859-1'?><a><b>é</b></a>".encode("latin-1"),
        [{"b": "é"}],
    ),
    (
        "what encloses",
        {"records": "g.r", "keep": ["@v", "h.t", "g.n as name", "g.@k"]},
        b'<a v="1"><h><t>2</t><u>3</u></h><g k="4"><n>5</n><r><b>6</b></r></g><g><r><b>7</b></r></g></a>',
        [
            {"@v": "1", "h.t": "2", "name": "5", "g.@k": "4", "b": "6"},
            {"@v": "1", "h.t": "2", "b": "7"},
        ],
    ),
    (
        "a record that is a pair (RIVM)",
        LML,
        b"<message><body><meting><station>NL1</station><component>PM10</component><waarde>18</waarde></meting></body></message>",
        [{"station": "NL1", "PM10": "18"}],
    ),
    ("no records", {"records": "body.meting", "having": ["waarde"]}, b"<message><body/></message>", []),
]


@pytest.mark.parametrize(("why", "form", "content", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_document_gives_the_records_that_are_named(
    why: str, form: dict[str, Any], content: bytes, expected: list[Fields]
) -> None:
    assert fields(content, form) == expected, why


LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><a><r><b>&b;</b></r></a>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a><r><b>&x;</b></r></a>'
ABROAD = b'<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a><r><b>1</b></r></a>'


@pytest.mark.parametrize(
    ("content", "form", "words"),
    [
        (LAUGHS, {}, "DOCTYPE"),
        (OUTSIDE, {}, "DOCTYPE"),
        (ABROAD, {}, "DOCTYPE"),
        (b"<a><b></a>", {}, "it is not XML: .*line 1, column"),
        (b"<a>" * 3000 + b"</a>" * 3000, {}, "it is not XML: .*depth"),
        (b"", {}, "it is empty"),
        (b"<a><b>1</b></a>", {"having": ["c"]}, "no payload of test"),
        (b"<a><b>1</b></a>", {"records": "x.y"}, "no payload of test"),
        (b'{"a": 1}', {}, "no payload of test"),
        (b"<x><t>NoSuch</t></x>", {"having": ["t"], "error": "exception {t}"}, "reports an error: exception NoSuch"),
    ],
)
def test_what_is_no_such_document_is_refused(content: bytes, form: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(content, form)


def test_forms_that_are_read_together_part_the_records() -> None:
    content = b"<a><s><id>1</id></s><m><v>2</v></m><m><w>3</w></m></a>"
    forms = [{"records": "s", "having": ["id"], "together": "x"}, {"records": "m", "having": ["v"], "together": "x"}]
    found = read(content, *forms)
    assert [(record.form.name, record.fields) for record in found] == [
        ("form-0", {"id": "1"}),
        ("form-1", {"v": "2"}),
        ("", {}),
    ]
    assert found[2].payload == b"<a><m><w>3</w></m></a>"


FIXED = {
    "reader": "fixed",
    "comment": "#",
    "header": 1,
    "having": ["station"],
    "columns": [
        {"name": "station", "start": 0, "end": 4},
        {"name": "value", "start": 5, "end": 10},
        {"name": "flag", "start": 10, "end": 11},
    ],
}


def test_columns_of_fixed_width() -> None:
    """The text at the fourth character is in no column: it gets a name that no mapping knows."""
    content = b"STAT VALUEF\r\n# no row\n 344  12.5V\r\n\n 345\n346x     7 N\n"
    assert fields(content, FIXED) == [
        {"station": "344", "value": "12.5", "flag": "V"},
        {"station": "345", "value": "", "flag": ""},
        {"station": "346x", "value": "7", "flag": "", "from character 11": "N"},
    ]
    assert fields(b"h\nABCDE1\n", FIXED) == [{"station": "ABCD", "value": "1", "flag": "", "from character 4": "E"}]
    assert fields(b"h\n", FIXED) == []
    with pytest.raises(SourceError, match="no payload of test"):
        read(b"h\n     12.5\n", FIXED)


@pytest.mark.needs("samples")
def test_the_real_files_of_rivm_are_read(samples: Path) -> None:
    folder = samples / "rivm-lml"
    hour = fields((folder / "2014070708.xml").read_bytes(), LML)
    assert hour[0]["station"] == "NL01483"
    assert (hour[0]["PM10"], hour[0]["datum"], hour[0]["tijd"]) == ("18", "07/07/2014", "08")
    rows = {"records": "ROW", "having": ["STAT_NUMMER"]}
    values = fields((folder / "2014070708-PM2.5.xml").read_bytes(), rows)
    assert [row["MWAA_WAARDE"] for row in values] == ["-999"] * 22
    with pytest.raises(SourceError, match=r"benzeen\.xml: it is empty"):
        records_of(mapping(rows), (folder / "2014070708-benzeen.xml").read_bytes(), "2014070708-benzeen.xml")
