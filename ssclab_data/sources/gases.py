"""Convert mole fractions of a gas and its mass concentrations into each other, at a declared state of the air."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from ssclab_data.errors import ValueParseError
from ssclab_data.model.codelists import read
from ssclab_data.model.units import Unit
from ssclab_data.resources import extensions
from ssclab_data.sources.declaration import Gas

GAS_CONSTANT = Fraction("8.31446261815324")
"""J/(mol K), exact since 2019."""

_MASS, _MOLE = "mass-concentration", "mole-fraction"
_ZERO_CELSIUS = Fraction("273.15")


def molar_mass(property_id: str) -> Fraction:
    """Give the molar mass, in grams per mole, of the gas that an observed property is of.

    Raises:
        ValueParseError: it is no gas of the code list, such as particulate matter.
    """
    found = _molar_masses(extensions()).get(property_id)
    if found is None:
        raise ValueParseError(property_id, "a gas whose molar mass is in gases.csv")
    return found


def convert_gas(source: Unit, target: Unit, *, gas: Gas, property_id: str) -> Fraction:
    """Give the factor from one unit to another, of which one is of mole fraction and one of mass concentration.

    An ideal gas: `mass concentration = mole fraction * molar mass * pressure / (gas constant * temperature)`.

    Raises:
        ValueParseError: the units are others, or the molar mass is not known.
    """
    if {source.quantity, target.quantity} != {_MASS, _MOLE}:
        raise ValueParseError(source.ucum, f"a unit that converts to {target.ucum}")
    kelvin, pascal = Fraction(str(gas.temperature)) + _ZERO_CELSIUS, Fraction(str(gas.pressure)) * 100
    kilogram_per_m3 = molar_mass(property_id) / 1000 * pascal / (GAS_CONSTANT * kelvin)
    factor = kilogram_per_m3 if source.quantity == _MOLE else 1 / kilogram_per_m3
    return source.multiplier * factor / target.multiplier


@cache
def _molar_masses(_extensions: tuple[object, ...]) -> Mapping[str, Fraction]:
    rows = [(row["observed"].split("|"), Fraction(row["molar_mass"])) for row in read("gases")]
    return MappingProxyType({one: mass for observed, mass in rows for one in observed})
