"""Read numbers and convert them by an exact straight line: 294650 mK is 21.5 degrees, not 21.500000000000057."""

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

import msgspec

from ssclab_data.errors import ValueParseError

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_MAX_TEXT = 64
_MAX_INT = 2**53

type Number = int | float | Decimal


class Linear(msgspec.Struct, frozen=True):
    """`(raw * times + plus) / per`, in whole numbers."""

    times: int = 1
    plus: int = 0
    per: int = 1

    @classmethod
    def of(cls, scale: object, offset: object) -> Self:
        """Take a scale and an offset as they are written in decimals.

        >>> Linear.of("0.001", -273.15)
        Linear(times=1, plus=-273150, per=1000)
        """
        factor, shift = exact(str(scale)), exact(str(offset))
        per = math.lcm(factor.denominator, shift.denominator)
        return cls(int(factor * per), int(shift * per), per)

    def then(self, scale: Fraction, offset: Fraction) -> "Linear":
        """Give this line followed by another one, still exact.

        >>> Linear.of("0.001", "-273.15").then(Fraction(9, 5), Fraction(32))(294650)
        70.7
        """
        return Linear.of(Fraction(self.times, self.per) * scale, Fraction(self.plus, self.per) * scale + offset)

    def __call__(self, raw: Number) -> float:
        """Convert, rounding once, at the end."""
        if type(raw) is int:
            return (raw * self.times + self.plus) / self.per
        if self == _IDENTITY:
            return float(raw) + 0.0  # zero has no sign
        fraction = Fraction(raw if isinstance(raw, Decimal) else Decimal(repr(raw)))
        return float((fraction * self.times + self.plus) / self.per)


_IDENTITY = Linear()


def exact(text: str) -> Fraction:
    """Read a number or a fraction of a mapping.

    Raises:
        ValueError: it is none, or so large that it would take minutes to write out.
    """
    if re.search(r"[eE][+-]?[\d_]{4,}", text):
        raise ValueError(f"{text[:_MAX_TEXT]!r} is out of range")
    return Fraction(text)


def parse_number(value: Any, decimal: str = ".") -> Number:
    """Take a JSON number, or a text that is nothing but a number.

    Args:
        decimal: the decimal mark of texts, `.` or `,`; the other one is refused, never cut off.

    Raises:
        ValueParseError: it is no number, or one that a double cannot hold.
    """
    if type(value) is int and -_MAX_INT < value < _MAX_INT:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, str):
        return _parse_text(value.strip(), decimal)
    raise ValueParseError(str(value)[:_MAX_TEXT], "a number")


def whole(number: Number) -> int:
    """Take a number that has no fraction; one that has is refused, never cut.

    Raises:
        ValueParseError: it has a fraction.
    """
    if number != int(number):
        raise ValueParseError(str(number), "a whole number")
    return int(number)


def _parse_text(text: str, decimal: str) -> Number:
    plain = text if decimal == "." else text.replace(".", "x").replace(decimal, ".")
    if len(text) > _MAX_TEXT or not _NUMBER.fullmatch(plain) or not plain.isascii():
        raise ValueParseError(text[:_MAX_TEXT], f"a number with the decimal mark {decimal!r}")
    number = Decimal(plain)
    if not math.isfinite(float(number)):
        raise ValueParseError(text[:_MAX_TEXT], "a number in the range of a double")
    if number == number.to_integral_value() and abs(number) < _MAX_INT:
        return int(number)
    return number
