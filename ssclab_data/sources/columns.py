"""Convert a whole column of raw numbers at once, to the very doubles that converting each by itself gives."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssclab_data.sources.numbers import Linear, parse_number

type Doubles = NDArray[np.float64]

_PLAIN = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,6})?|\.\d{1,6})", re.ASCII)
_MAX_PLAIN = 16
_MAX_DECIMALS = 6
_EXACT = 2.0**53


def is_plain(value: Any) -> bool:
    """Tell whether a raw value is an ordinary number: of at most 15 digits, without an exponent."""
    if type(value) is str:
        return len(value) <= _MAX_PLAIN and _PLAIN.fullmatch(value) is not None
    return (type(value) is float or type(value) is int) and -1e15 < value < 1e15


def convert(values: Sequence[Any], line: Linear) -> Doubles:
    """Convert plain values by a straight line, each rounded once.

    A decimal of at most 15 digits and the double that is nearest to it determine each other. So a value is taken as a
    whole number of 10^-k where that number, divided by 10^k, gives the same double again; the line is then worked out
    in whole numbers below 2^53, and one division rounds as the standard (IEEE 754) says. What does not fit is
    converted by itself.

    Args:
        values: for all of which `is_plain` holds.
    """
    doubles = np.array([float(value) for value in values], np.float64) + 0.0  # zero has no sign
    if line == Linear():
        return doubles
    results = np.empty(len(values), np.float64)
    left = np.ones(len(values), np.bool_)
    for decimals in range(_MAX_DECIMALS + 1):
        _convert_whole(doubles, results, left=left, line=line, power=10**decimals)
        if not left.any():
            return results
    for row in np.flatnonzero(left).tolist():
        results[row] = line(parse_number(values[row]))
    return results


def _convert_whole(doubles: Doubles, results: Doubles, *, left: NDArray[np.bool_], line: Linear, power: int) -> None:
    """Convert those that are left and are whole numbers of 1 / power; they are left no longer."""
    rows = np.flatnonzero(left)
    whole = np.rint(doubles[rows] * power)
    above = whole * line.times + line.plus * power
    most = np.abs(whole) * abs(line.times) + abs(line.plus) * power
    fits = (whole / power == doubles[rows]) & (np.abs(whole) < 1e15) & (most < _EXACT) & (line.per * power < _EXACT)
    results[rows[fits]] = above[fits] / float(line.per * power)
    left[rows[fits]] = False
