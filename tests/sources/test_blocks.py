"""Large files cut into payloads: together they hold the same rows and documents, whatever the size of the parts."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.sources.reading import text
from ssclab_data.sources.reading.blocks import cut_documents, cut_list, cut_rows

CELLS = st.text(st.sampled_from('ab";\n\r é\\'), max_size=6)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(st.sampled_from('a"\\[]{},:\n é'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
SIZES = st.integers(1, 60)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=";"))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=12), SIZES)
def test_parts_of_a_table_hold_all_rows_in_order(rows: list[list[str]], size: int) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["x", "y"], *rows])
    parts = [rows_of(part) for part in cut_rows(io.BytesIO(out.getvalue().encode()), 1, size)]
    assert all(part[0] == ["x", "y"] for part in parts)
    assert [row for part in parts for row in part[1:]] == rows


@given(st.lists(VALUES, max_size=12), SIZES, st.sampled_from([None, 1]))
def test_parts_of_a_list_hold_all_elements_in_order(values: list[Any], size: int, indent: int | None) -> None:
    data = json.dumps(values, indent=indent, ensure_ascii=False).encode()
    parts = [json.loads(part) for part in cut_list(io.BytesIO(b"\xef\xbb\xbf " + data), max(size, 8))]
    assert [value for part in parts for value in part] == values


@given(st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3) | st.lists(VALUES, max_size=3)), SIZES)
def test_documents_that_follow_one_another_stay_whole(documents: list[Any], size: int) -> None:
    data = "\n".join(map(json.dumps, documents)).encode()
    parts = [text.parse_json(part.decode()) for part in cut_documents(io.BytesIO(data), size)]
    assert [document for part in parts for document in part] == documents


@pytest.mark.parametrize("data", [b"x;y", b"x;y\n", b"x;y\n1;2", b"x;y\r\n1;2\r\n"])
def test_a_small_table_is_one_part(data: bytes) -> None:
    assert list(cut_rows(io.BytesIO(data), 1, 1000)) == [data]


def test_what_is_broken_stays_so_in_its_part() -> None:
    """The reader of the part then tells the fault; nothing is mended by cutting."""
    with pytest.raises(text.ReadError):
        list(map(text.parse_json, (part.decode() for part in cut_list(io.BytesIO(b'[1, 2, {"a": 3]'), 8))))
