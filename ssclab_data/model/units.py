"""Resolve the unit texts of sources to units, by a reviewed table of synonyms that also says how they convert."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType

import msgspec

from ssclab_data.errors import SettingsError, ValueParseError
from ssclab_data.model.codelists import read
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.resources import extensions

_SAME = str.maketrans({"μ": "µ", "³": "3", "²": "2"})


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the code list of units.

    Attributes:
        ucum: UCUM code, case-sensitive.
        definition: IRI in QUDT; "" where QUDT has none.
        symbol: for display.
        quantity: what it measures (`pressure`): units of one quantity convert into each other; "" where nothing does.
        multiplier: of `base = (value + offset) * multiplier`, exact, to one base unit for each quantity; as in QUDT.
        offset: what is added first, in this unit.
    """

    ucum: str
    definition: str
    symbol: str
    name_en: str
    name_nl: str
    quantity: str = ""
    multiplier: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)

    @property
    def measurement(self) -> UnitOfMeasurement:
        """The unit as SensorThings writes it."""
        return UnitOfMeasurement(name=self.name_en, symbol=self.symbol, definition=self.definition or None)


def units() -> Mapping[str, Unit]:
    """Give the units by UCUM code."""
    return _units(extensions())


@cache
def _units(_extensions: tuple[object, ...]) -> Mapping[str, Unit]:
    return MappingProxyType({row["ucum"]: _unit(row) for row in read("units")})


def _unit(row: Mapping[str, str]) -> Unit:
    texts = {name: row[name] for name in ("ucum", "definition", "symbol", "name_en", "name_nl")}
    try:
        multiplier, offset = Fraction(row.get("multiplier") or 1), Fraction(row.get("offset") or 0)
    except (ValueError, ZeroDivisionError) as error:
        raise SettingsError(f"code list 'units', {row['ucum']}: {error}; write a decimal or a fraction") from error
    return Unit(**texts, quantity=row.get("quantity") or "", multiplier=multiplier, offset=offset)


def resolve_unit(text: str) -> Unit:
    """Find the unit that a text of a source means: its UCUM code, symbol, IRI or a synonym.

    Raises:
        ValueParseError: the code list does not know it.

    >>> resolve_unit("µg/m³").ucum, resolve_unit("Celsius").ucum
    ('ug/m3', 'Cel')
    """
    found = _synonyms(extensions()).get(_plain(text))
    if found is None:
        raise ValueParseError(text, "a unit of the code list; add it, or a synonym, to units.csv")
    return units()[found]


def convert_unit(source: Unit, target: Unit) -> tuple[Fraction, Fraction]:
    """Give scale and offset, exact: a value in the target unit is the value in the source unit times scale plus offset.

    Raises:
        ValueParseError: they are not of one quantity.

    >>> convert_unit(resolve_unit("degF"), resolve_unit("Cel"))
    (Fraction(5, 9), Fraction(-160, 9))
    """
    if source.ucum == target.ucum:
        return Fraction(1), Fraction(0)
    if not source.quantity or source.quantity != target.quantity:
        raise ValueParseError(source.ucum, f"a unit that converts to {target.ucum}")
    scale = source.multiplier / target.multiplier
    return scale, source.offset * scale - target.offset


@cache
def _synonyms(_extensions: tuple[object, ...]) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for row in read("units"):
        texts = (row["ucum"], row["symbol"], row["definition"], *row["synonyms"].split("|"))
        table.update((_plain(text), row["ucum"]) for text in texts if text)
    return MappingProxyType(table)


def _plain(text: str) -> str:
    return text.strip().translate(_SAME)
