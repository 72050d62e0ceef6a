"""Convert a whole column of raw numbers at once, to the very doubles that converting each by itself gives."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.sources.numbers import Linear, parse_number

type Doubles = NDArray[np.float64]
type Whole = NDArray[np.int64]
type Mask = NDArray[np.bool_]

_LONGEST = 16
_MAX_DIGITS = 15
_MAX_DECIMALS = 6
_EXACT = 2.0**53
_LIMIT = 1e15
_ZERO, _NINE, _POINT, _PLUS, _MINUS = (ord(one) for one in "09.+-")
_POWERS = 10 ** np.arange(_MAX_DECIMALS + 1, dtype=np.int64)


class Numbers(msgspec.Struct, frozen=True):
    """A column of raw numbers.

    Attributes:
        plain: which values are ordinary numbers: of at most 15 digits, at most 6 of them decimals, without an exponent.
        raw: the doubles nearest to them; 0 where one is not plain.
        whole: what they are as whole numbers of `10 ** -decimals`, None where they came as numbers.
        decimals: how many decimals each has.
    """

    plain: Mask
    raw: Doubles
    whole: Whole | None = None
    decimals: Whole | None = None

    def at(self, rows: NDArray[np.intp] | Mask) -> "Numbers":
        """Give some of them."""
        whole = None if self.whole is None else self.whole[rows]
        return Numbers(self.plain[rows], self.raw[rows], whole, None if self.decimals is None else self.decimals[rows])


def read_numbers(values: Sequence[Any]) -> Numbers:
    """Read a column of texts and numbers as a source gives them."""
    kinds = set(map(type, values))
    if kinds <= {int, float}:
        return _of_numbers(values)
    if kinds <= {str}:
        return _of_texts(values)
    texts = np.array([type(value) is str for value in values], np.bool_)
    numbers = np.array([type(value) is int or type(value) is float for value in values], np.bool_)
    return _mixed(values, texts, numbers)


def convert(numbers: Numbers, line: Linear) -> Doubles:
    """Convert plain numbers by a straight line, each rounded once.

    The line is worked out in whole numbers below 2^53, and one division rounds as the standard (IEEE 754) says; what
    does not fit is converted by itself.
    """
    if line == Linear():
        return numbers.raw
    if numbers.whole is None or numbers.decimals is None:
        return _convert_doubles(numbers.raw, line)
    power = _POWERS[numbers.decimals]
    results, fits = _worked_out(numbers.whole.astype(np.float64), power.astype(np.float64), line)
    for row in np.flatnonzero(~fits).tolist():
        results[row] = line(parse_number(_text(int(numbers.whole[row]), int(numbers.decimals[row]))))
    return results


def _text(whole: int, decimals: int) -> str:
    return f"{whole}e-{decimals}" if decimals else str(whole)


def _worked_out(whole: Doubles, power: Doubles, line: Linear) -> tuple[Doubles, Mask]:
    """Work out the line for whole numbers of 1 / power, and tell for which it is exact."""
    most = np.abs(whole) * abs(line.times) + abs(line.plus) * power
    fits = (most < _EXACT) & (line.per * power < _EXACT)
    return (whole * line.times + line.plus * power) / (line.per * power) + 0.0, fits


def _convert_doubles(doubles: Doubles, line: Linear) -> Doubles:
    """Convert doubles; a decimal of at most 15 digits and the double that is nearest to it determine each other.

    So a double is taken as a whole number of 10^-k where that number, divided by 10^k, gives the same double again.
    """
    results = np.empty(len(doubles), np.float64)
    left = np.arange(len(doubles))
    for power in _POWERS.tolist():
        whole = np.rint(doubles[left] * power)
        worked, fits = _worked_out(whole, np.full(len(left), float(power)), line)
        fits &= (whole / power == doubles[left]) & (np.abs(whole) < _LIMIT)
        results[left[fits]] = worked[fits]
        left = left[~fits]
    for row in left.tolist():
        results[row] = line(float(doubles[row]))
    return results


def _of_numbers(values: Sequence[Any]) -> Numbers:
    raw = np.array([float(value) if -_LIMIT < value < _LIMIT else 0.0 for value in values], np.float64) + 0.0
    plain = np.array([-_LIMIT < value < _LIMIT for value in values], np.bool_)
    return Numbers(plain, raw)


def _of_texts(values: Sequence[str]) -> Numbers:
    """Read texts by their characters; one that is too long, or holds what marks the end of a text, is not plain."""
    texts = np.array(values, np.str_) if values else np.empty(0, "U1")
    width = max(texts.dtype.itemsize // 4, 1)
    codes = texts.astype(f"U{width}").view(np.uint32).reshape(len(values), width)
    if width > _LONGEST or int(np.count_nonzero(codes)) != sum(map(len, values)):
        return _of_texts(["-" if len(value) > _LONGEST or "\0" in value else value for value in values])
    whole, digits, decimals = (np.zeros(len(values), np.int64) for _ in range(3))
    pointed, plain = np.zeros(len(values), np.bool_), np.ones(len(values), np.bool_)
    for place in range(width):
        code = codes[:, place]
        digit, point = (code >= _ZERO) & (code <= _NINE), code == _POINT
        plain &= digit | (point & ~pointed) | (code == 0)
        if not place:
            plain |= (code == _PLUS) | (code == _MINUS)
        whole = np.where(digit, whole * 10 + (code.astype(np.int64) - _ZERO), whole)
        digits += digit
        decimals += digit & pointed
        pointed |= point
    plain &= (digits > 0) & (digits <= _MAX_DIGITS) & (decimals <= _MAX_DECIMALS)
    whole = np.where(plain, np.where(codes[:, 0] == _MINUS, -whole, whole), 0)
    decimals = np.where(plain, decimals, 0)
    return Numbers(plain, whole / _POWERS[decimals], whole, decimals)


def _mixed(values: Sequence[Any], texts: Mask, numbers: Mask) -> Numbers:
    plain, raw = np.zeros(len(values), np.bool_), np.zeros(len(values), np.float64)
    whole, decimals = np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
    told = _of_texts([value for value, text in zip(values, texts.tolist(), strict=True) if text])
    given = _of_numbers([value for value, number in zip(values, numbers.tolist(), strict=True) if number])
    plain[texts], raw[texts] = told.plain, told.raw
    plain[numbers], raw[numbers] = given.plain, given.raw
    if numbers.any():
        return Numbers(plain, raw)
    if told.whole is not None and told.decimals is not None:
        whole[texts], decimals[texts] = told.whole, told.decimals
    return Numbers(plain, raw, whole, decimals)
