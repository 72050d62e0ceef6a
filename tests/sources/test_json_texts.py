"""The quick way to read JSON and the careful one agree: what only the careful one refuses is never taken quickly."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.sources.reading import text

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.sampled_from('a":\\é\x01\t '), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.sampled_from('ab":'), max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
PIECES = st.lists(
    st.sampled_from(
        [*'{}[],:"', " ", "\n", '"a":', '"a" :', "1", "-0", "1e999", "1.50", "NaN", '"\\":"', '"\\ud800"', "\x01", "é"]
    ),
    max_size=14,
).map("".join)


def careful(given_text: str, monkeypatch: pytest.MonkeyPatch) -> list[Any] | str:
    with monkeypatch.context() as patch:
        patch.setattr(text, "_parse_quickly", lambda _: None)
        return parsed(given_text)


def parsed(given_text: str) -> list[Any] | str:
    try:
        return text.parse_json(given_text)
    except text.ReadError as error:
        return str(error)


@settings(max_examples=200)
@given(st.lists(VALUES, min_size=1, max_size=3), st.sampled_from([None, 1]), st.booleans())
def test_written_values_are_read_alike(values: list[Any], indent: int | None, escaped: bool) -> None:
    given_text = "\n".join(json.dumps(value, indent=indent, ensure_ascii=escaped) for value in values)
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert repr(parsed(given_text)) == repr(careful(given_text, monkeypatch))


@settings(max_examples=500)
@given(PIECES)
def test_broken_texts_are_read_alike(given_text: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert repr(parsed(given_text)) == repr(careful(given_text, monkeypatch))


@pytest.mark.parametrize(
    "given_text",
    [
        '{"a":1,"a":2}',
        '{"a" :1,"a" :2,"x":"\\":"}',
        '[{"b":{"a":1,"a":1}}]',
        '{"a":1}\n{"a":1,"a":1}',
        '{"\\u0061":1,"a":2}',
    ],
)
def test_a_key_that_comes_twice_is_refused_in_any_writing(given_text: str) -> None:
    """cases.md, row 37."""
    assert "has the key 'a' twice" in str(parsed(given_text))
