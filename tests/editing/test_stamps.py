"""Stamps that are read at once are what each is alone, or are not read at once."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssclab_data.editing.stamps import read_times
from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Interval, end_of, parse_time, start_of

zones = st.sampled_from(["Z", "+01:00", "-11:30", "+00:00"])
odd = st.sampled_from(
    ["z", "", "+0100", "+25:00", "+01:60", " Z", "\N{ARABIC-INDIC DIGIT ONE}Z", "NaT", "Z\n", "+01:00:30", "ZZ", "\0Z"]
)
fractions = st.sampled_from(["", ".5", ".123456", ".1234567", ".", ",5", ".12x"])
moments = st.tuples(
    st.sampled_from(["0000", "0001", "1969", "2026", "9999", "+226", "20 6"]),
    st.sampled_from(["01", "02", "12", "13", "00"]),
    st.sampled_from(["01", "28", "29", "31", "32", "00"]),
    st.sampled_from(["T", "T", " ", "t"]),
    st.sampled_from(["00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60", "12:00", "1:00:00"]),
)


@st.composite
def texts(draw: st.DrawFn) -> list[Any]:
    zone, fraction = draw(zones | odd), draw(fractions)

    def stamp() -> str:
        year, month, day, mark, clock = draw(moments)
        return f"{year}-{month}-{day}{mark}{clock}{fraction}{zone}"

    single = draw(st.booleans())
    written: list[Any] = [
        stamp() if single else f"{stamp()}/{stamp()}" for _ in range(draw(st.integers(min_value=1, max_value=3)))
    ]
    return written + draw(st.lists(st.sampled_from([None, 5, "2026-01-01T00:00:00Z", ""]), max_size=1))


@given(texts())
@example(["2026-01-01T00:00:00Z"])
@example(["2026-01-01T00:00:00+01:00", "2026-07-01T00:00:00+02:00"])
def test_what_is_read_at_once_is_what_each_is(written: list[Any]) -> None:
    found = read_times(written)
    if found is None:
        return
    alone = [parse_time(text) for text in written]
    assert found.start.tolist() == [start_of(time).us for time in alone]
    if found.end is not None:
        assert found.end.tolist() == [end_of(time).us for time in alone]
    assert {isinstance(time, Interval) for time in alone} == {found.end is not None}


@pytest.mark.parametrize(
    "written",
    [
        ["2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z"],
        ["2026-01-01T00:00:00.123Z"] * 2,
        ["2026-01-01T00:00:00.123456789+01:00"],
        ["2026-01-01T00:00:00Z/2026-01-01T01:00:00Z"],
        ["2024-02-29T00:00:00-05:00/2024-02-29T00:00:00-05:00"],
    ],
)
def test_the_usual_forms_are_read_at_once(written: list[str]) -> None:
    assert read_times(written) is not None


@pytest.mark.parametrize(
    "text", ["2026-02-29T00:00:00Z", "0000-01-01T00:00:00Z", "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"]
)
def test_what_is_no_time_is_left_to_be_read_alone(text: str) -> None:
    assert read_times([text]) is None
    with pytest.raises(ValueParseError):
        parse_time(text)
