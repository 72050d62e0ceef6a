"""A column converted at once is, to the last bit, each of its values converted by itself."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.sources.columns import convert, read_numbers
from ssclab_data.sources.numbers import Linear, parse_number

DECIMALS = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=4).map(str)
SHORT = st.decimals(-9999, 9999, allow_nan=False, allow_infinity=False, places=2).map(str)
RAW = st.one_of(
    SHORT,
    DECIMALS,
    st.integers(-(10**14), 10**14),
    st.integers(-(10**14), 10**14).map(str),
    st.floats(-1e14, 1e14, allow_nan=False),
    st.sampled_from(["-0", "0.0", ".5", "5.", "+3.25", -0.0, 0]),
)
LINES = st.sampled_from(
    [
        Linear(),
        Linear.of("0.001", "-273.15"),
        Linear.of("0.01", "0"),
        Linear.of("0.1", "0"),
        Linear.of("1000", "0"),
        Linear.of("-0.5", "0.123456"),
        Linear(5, -160, 9),  # degrees Fahrenheit
        Linear(1143, 0, 3600),
    ]
)


ODD = st.sampled_from(
    ["nan", "1e5", "", " 1", "1,5", "1.2345678", "12345678901234567890", "1\0", "1.2.3", "--1", "-", "."]
)


@settings(max_examples=400)
@given(st.lists(RAW | ODD | st.none() | st.booleans() | st.text(max_size=4), max_size=20), LINES, st.booleans())
def test_a_column_is_its_values_converted_one_by_one(values: list[Any], line: Linear, texts: bool) -> None:
    given_values = list(map(str, values)) if texts else values
    numbers = read_numbers(given_values)
    rows = np.flatnonzero(numbers.plain)
    expected = [line(parse_number(given_values[row])) for row in rows.tolist()]
    found = convert(numbers.at(rows), line).tolist()
    assert found == expected
    assert [math.copysign(1, one) for one in found] == [math.copysign(1, one) for one in expected]
    assert numbers.raw[rows].tolist() == [float(parse_number(given_values[row])) for row in rows.tolist()]


@pytest.mark.parametrize(
    "value",
    [
        *(
            "nan",
            "inf",
            "1e5",
            "1_000",
            "",
            " 1",
            "٣",
            "1,5",
            "1.2345678",
            "1234567890123456",
            "--1",
            ".",
            "-",
            "1\0",
            "\0",
        ),
        *(True, None, [1], 1e15, float("nan"), 10**30),
    ],
)
def test_what_is_not_plain_is_left_to_the_slow_way(value: Any) -> None:
    assert read_numbers([value, "5", 7]).plain.tolist() == [False, True, True]
    assert not read_numbers([value]).plain.any()


@pytest.mark.parametrize("value", ["1", "-1.5", "+3.25", ".5", "5.", "0", "-0", "123456789.123456", 5, 2.5, -0.0])
def test_ordinary_numbers_are_plain(value: Any) -> None:
    assert read_numbers([value]).plain.all()


@pytest.mark.parametrize("values", [[294650], ["294650"], [294650.0], ["294650", 294650], ["294650", None]])
def test_the_values_of_the_documentation(values: list[Any]) -> None:
    """294650 mK is 21.5 degrees, not 21.500000000000057."""
    numbers = read_numbers(values)
    assert set(convert(numbers.at(numbers.plain), Linear.of("0.001", "-273.15")).tolist()) == {21.5}
