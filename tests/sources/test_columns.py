"""A column converted at once is, to the last bit, each of its values converted by itself."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.sources.columns import convert, is_plain
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


@settings(max_examples=400)
@given(st.lists(RAW.filter(is_plain), max_size=20), LINES)
def test_a_column_is_its_values_converted_one_by_one(values: list[Any], line: Linear) -> None:
    expected = [line(parse_number(value)) for value in values]
    found = convert(values, line).tolist()
    assert found == expected
    assert [math.copysign(1, one) for one in found] == [math.copysign(1, one) for one in expected]


@pytest.mark.parametrize(
    "value",
    [
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
        True,
        None,
        [1],
        1e15,
        "--1",
        ".",
    ],
)
def test_what_is_not_plain_is_left_to_the_slow_way(value: Any) -> None:
    assert not is_plain(value)


def test_the_values_of_the_documentation() -> None:
    """294650 mK is 21.5 degrees, not 21.500000000000057."""
    assert convert([294650, "294650", 294650.0], Linear.of("0.001", "-273.15")).tolist() == [21.5] * 3
    assert isinstance(convert([], Linear()), np.ndarray)
