"""Resolve the unit texts of sources to UCUM codes and QUDT IRIs, by a reviewed table of synonyms."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import msgspec

from ssclab_data.errors import ValueParseError
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
    """

    ucum: str
    definition: str
    symbol: str
    name_en: str
    name_nl: str

    @property
    def measurement(self) -> UnitOfMeasurement:
        """The unit as SensorThings writes it."""
        return UnitOfMeasurement(name=self.name_en, symbol=self.symbol, definition=self.definition or None)


def units() -> Mapping[str, Unit]:
    """Give the units by UCUM code."""
    return _units(extensions())


@cache
def _units(_extensions: tuple[object, ...]) -> Mapping[str, Unit]:
    rows = (msgspec.convert({**row, "synonyms": ""}, Unit) for row in read("units"))
    return MappingProxyType({row.ucum: row for row in rows})


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


@cache
def _synonyms(_extensions: tuple[object, ...]) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for row in read("units"):
        texts = (row["ucum"], row["symbol"], row["definition"], *row["synonyms"].split("|"))
        table.update((_plain(text), row["ucum"]) for text in texts if text)
    return MappingProxyType(table)


def _plain(text: str) -> str:
    return text.strip().translate(_SAME)
