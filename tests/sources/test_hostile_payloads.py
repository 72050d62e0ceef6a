"""What somebody sends who means harm: few bytes take little memory and time, whatever they say."""

import gzip
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ssclab_data.errors import SourceError
from ssclab_data.sources.numbers import Linear
from ssclab_data.sources.reading import bounds, records_of, sheets_of
from tests.sources.test_reading_json import mapping

SECONDS = 15.0
"""Far more than these payloads take, and far less than where the time grows with the square of their size."""

TABLE = {"reader": "table", "header": 1, "delimiter": ",", "having": ["id"]}
XML = {"reader": "xml", "records": "i"}


@contextmanager
def soon() -> Iterator[None]:
    """Make sure that something is done soon."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("count", [80_000])
def test_names_that_are_many_are_looked_at_once(count: int) -> None:
    """Columns, listed names, keys and repeated fields: each pair of names compared would take minutes."""
    names = [f"c{number}" for number in range(count)]
    keys = ",".join(f'"{name}":1' for name in names)
    dotted = ",".join(f'"x.{name}":2' for name in names)
    with soon():
        assert len(records_of(mapping(TABLE), f"id,{','.join(names)}\n1,2\n".encode(), "")) == 1
        rows = ('{"n":["' + '","'.join(names) + '"],"r":[' + ",".join(["[1]"] * 3000) + "]}").encode()
        assert len(records_of(mapping({"records": "r[]", "names": "n"}), rows, "")) == 3000
        with pytest.raises(SourceError, match="twice"):
            records_of(mapping({}), ("{" + keys + ',"z":1,"z":2}').encode(), "")
        (record,) = records_of(mapping({}), ("{" + dotted + ',"x":{' + keys + "}}").encode(), "")
        assert len(record.repeated) == count


def test_thousands_of_empty_gzip_members_are_unpacked_soon() -> None:
    """Each member copied what follows it."""
    with soon():
        packed = gzip.compress(b"") * 300_000 + gzip.compress(b'{"a": 1}')
        assert [record.fields for record in records_of(mapping({}), packed, "")] == [{"a": 1}]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (gzip.compress(b'{"a":') + b"\0" * 9000 + gzip.compress(b"1}") + b"\0" * 9000, "padding beyond a piece"),
        (gzip.compress(b'{"a": ' + b" " * 50_000 + b"1}", 0), "one member longer than a piece"),
    ],
)
def test_gzip_in_pieces_is_read_whole(payload: bytes, why: str) -> None:
    assert [record.fields for record in records_of(mapping({}), payload, "")] == [{"a": 1}], why


@pytest.mark.parametrize("cut", [1, 8, 5000])
def test_gzip_that_is_cut_off_is_refused(cut: int) -> None:
    packed = gzip.compress(b'{"a": ' + b" " * 50_000 + b"1}", 0)
    with pytest.raises(SourceError, match="cut off"):
        records_of(mapping({}), packed[:-cut], "")


def _object(name: str, count: int, value: str) -> str:
    return ",".join(f'"{name}{number}":{value}' for number in range(count))


CROSSED = [
    ({"records": "r{k}"}, '{"r":{' + _object("a", 60, "{}") + "," + _object("c", 60, "1") + "}}", "beside records"),
    ({"records": "r[]", "keep": ["o"]}, '{"o":{' + _object("c", 60, "1") + '},"r":[' + ",".join(["{}"] * 60) + "]}",
     "kept by every record"),
    ({"records": "r[]", "arrays": True}, '{"r":[{"t":[' + ",".join(["1"] * 60) + "]," + _object("c", 60, "1") + "}]}",
     "of every place in lists"),
    (TABLE | {"wide": {"columns": "(w.*)", "key": "k", "value": "v"}},
     "id," + ",".join([f"w{n}" for n in range(60)] + [f"c{n}" for n in range(60)]) + "\n" + "1," * 120 + "1\n",
     "of every record of a row"),
    ({"records": "r[]"}, "\n".join(['{"r":[{"a":1,"b":2}]}'] * 2000), "of documents that follow one another"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "payload", "why"), CROSSED)
def test_fields_that_every_record_repeats_count_each_time(
    form: dict[str, object], payload: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """60 records with 60 fields each are 3600; half a megabyte of them would be billions."""
    made = mapping(form)
    assert len(records_of(made, payload.encode(), "")) >= 60
    monkeypatch.setattr(bounds, "MOST_FIELDS", 3000)
    for read in (records_of, sheets_of):
        with pytest.raises(SourceError, match="more than 3,000 fields"):
            read(made, payload.encode(), "")


def test_axes_of_a_few_bytes_do_not_become_millions_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = '{"t": {"start": 1, "stop": 2, "num": 900}}'
    one = '{"type": "Coverage", "domain": {"axes": ' + axes + '}, "ranges": {}}'
    payload = '{"type": "CoverageCollection", "coverages": [' + ",".join([one] * 20) + "]}"
    monkeypatch.setattr(bounds, "MOST_FIELDS", 3000)
    with pytest.raises(SourceError, match="more than 3,000 fields"):
        records_of(mapping({"reader": "coveragejson"}), payload.encode(), "")


LONG = "K" * 1500


@pytest.mark.parametrize(
    ("form", "payload"),
    [
        ({}, '{"' + LONG + '": {"a": 1}}'),
        ({"records": "r[]"}, '{"r": [' + ",".join(['{"' + LONG + '": {"a": 1}}'] * 20) + "]}"),
        (XML, f"<r><i><{LONG}><a>1</a></{LONG}></i></r>"),
    ],
)
def test_long_names_around_fields_are_refused(form: dict[str, object], payload: str) -> None:
    """Each of the fields in it would hold the whole name."""
    faults = []
    try:
        faults = [fault.rule for record in sheets_of(mapping(form), payload.encode(), "").records
                  for fault in record.faults]  # fmt: skip
    except SourceError:
        faults = ["unreadable-record"]
    assert set(faults) == {"unreadable-record"}


def test_an_element_with_thousands_of_attributes_is_refused() -> None:
    """The library looks through all attributes for each of them."""
    attributes = " ".join(f'a{number}="1"' for number in range(50_000))
    with soon(), pytest.raises(SourceError, match="more than 1,000 attributes"):
        records_of(mapping(XML), f"<r><i {attributes}/></r>".encode(), "")


def _entities(levels: int) -> str:
    return '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, levels))


@pytest.mark.parametrize(
    "payload",
    [
        f'<!DOCTYPE r [{_entities(12)}]><r><i x="&a11;"/></r>',
        f"<!DOCTYPE r [{_entities(12)}]><r><i>&a11;</i></r>",
        f'<!DOCTYPE r [<!ENTITY a0 "{"x" * 30_000}">]><r><i x="{"&a0;" * 30_000}"/></r>',
        '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]><r><i>&e;</i></r>',
        '<!DOCTYPE r SYSTEM "http://192.0.2.1/x.dtd"><r><i>1</i></r>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://192.0.2.1/x.dtd">%p;]><r><i>1</i></r>',
        '<!DOCTYPE r [<!ATTLIST i x CDATA "planted">]><r><i>1</i></r>',
    ],
)
def test_entities_and_document_types_are_refused_without_a_look_elsewhere(payload: str) -> None:
    with soon(), pytest.raises(SourceError, match=r"DOCTYPE|not XML"):
        records_of(mapping(XML), payload.encode(), "")


@pytest.mark.parametrize("scale", ["1e1000000000", "1E+10_000", "1e-99999999"])
def test_a_scale_with_a_giant_exponent_is_refused_soon(scale: str) -> None:
    with soon(), pytest.raises(ValueError, match="out of range"):
        Linear.of(scale, "0")


def test_a_parquet_file_of_a_few_bytes_does_not_become_millions_of_values() -> None:
    """4,000,000 rows of three columns in some 10 kB: nothing of it is unpacked."""
    rows = 4_000_000
    columns = {name: pa.nulls(rows, pa.int64()).fill_null(1) for name in ("a", "b", "c")}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    with soon(), pytest.raises(SourceError, match="more than 10,000,000 values"):
        records_of(mapping({"reader": "parquet", "having": ["a"]}), out.getvalue(), "")
