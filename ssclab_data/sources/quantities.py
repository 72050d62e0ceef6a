"""Turn raw values of one field into results of one observed property: missing, special, limits, unit."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model.codelists import PropertyInfo
from ssclab_data.model.units import Unit, convert_unit, resolve_unit, units
from ssclab_data.model.values import JsonObject
from ssclab_data.sources.declaration import FieldRule, Gas, Values
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.gases import convert_gas, molar_mass
from ssclab_data.sources.numbers import Linear, Number, parse_number
from ssclab_data.sources.templates import fill

_WRAPPED = 2**31


class Reading(msgspec.Struct, frozen=True):
    """One result, in the unit of its property.

    Attributes:
        quality: what the source says of it, as resultQuality, or None.
    """

    result: float
    quality: JsonObject | None = None


class Missing(msgspec.Struct, frozen=True):
    """What stands for no value.

    Attributes:
        texts: without spaces around them.
        numbers: compared as numbers, so that `-999.0` is -999.
    """

    texts: frozenset[str]
    numbers: frozenset[float]

    @classmethod
    def of(cls, *values: str | int | float) -> "Missing":
        """Take what is declared; texts that are numbers are compared as numbers too."""
        texts = frozenset(str(value).strip() for value in values)
        return cls(texts, frozenset(number for value in values if (number := _number_or_none(value)) is not None))

    def has_text(self, value: Any) -> bool:
        """Tell whether a value is absent, not a number in a binary format (NaN), or a text that stands for no value."""
        if isinstance(value, str):
            return value.strip() in self.texts
        return value is None or (isinstance(value, float) and math.isnan(value))


class Quantity(msgspec.Struct, frozen=True):
    """How raw numbers in one unit become results of one property; pure, and the same for a number and for a column.

    Attributes:
        info: the property.
        unit: of the source.
        linear: from the raw number to the unit of the property.
        minimum: smallest raw number, or None.
        maximum: largest raw number, or None.
        missing: raw numbers that mean that there is no value.
        special: readings by the raw number that stands for them.
        gas: state of the air that was assumed, where a mole fraction and a mass concentration were converted.
    """

    info: PropertyInfo
    unit: Unit
    linear: Linear
    minimum: float | None
    maximum: float | None
    missing: frozenset[float]
    special: Mapping[float, Reading]
    gas: Gas | None = None

    def read(self, raw: Number, field: str, value: Any) -> Reading | None:
        """Turn a raw number into a reading, None where it means that there is no value.

        Args:
            field: name of the field, for the message.
            value: as it was written.

        Raises:
            Refusal: it is outside the limits.
        """
        number = float(raw)
        if number in self.missing:
            return None
        if number in self.special:
            return self.special[number]
        if (self.minimum is not None and number < self.minimum) or (self.maximum is not None and number > self.maximum):
            wrapped = isinstance(raw, int) and _WRAPPED <= raw < 2 * _WRAPPED
            limits = _limits(self.minimum, self.maximum)
            raise Refusal("unsigned-wrap" if wrapped else "outside-limits", field, value, limits=limits)
        return Reading(self.linear(raw))

    @property
    def published(self) -> Unit:
        """The unit in which results are published."""
        return units()[self.info.ucum]

    @property
    def facts(self) -> JsonObject:
        """What is said with the Datastream of how its results were made."""
        facts: JsonObject = {"sourceUnit": self.unit.symbol}
        if self.gas is not None:
            facts["assumedAir"] = {
                "temperature": self.gas.temperature,
                "pressure": self.gas.pressure,
                "molarMass": float(molar_mass(self.info.id)),
                "because": self.gas.because,
            }
        return facts


class Channel:
    """The values of one field: which quantity each is of, by the unit that its record tells.

    Attributes:
        key: key of the rule in the mapping.
        rule: what is declared.
        missing: what stands for no value, of the mapping and of the field.
    """

    def __init__(self, key: str, rule: FieldRule, missing: tuple[str, ...]) -> None:
        self.key = key
        self.rule = rule
        self.missing = Missing.of(*missing, *rule.missing)
        self._properties = {resolve_unit(text): id_ for text, id_ in rule.by_unit.items()}
        self._quantities: dict[str, Quantity] = {}
        self._series_varies = "{" in rule.series or "*" in rule.series
        self.usual = self.quantity(rule.unit) if rule.unit else None

    def quantity(self, unit_text: str) -> Quantity:
        """Give the quantity of values in a unit.

        Raises:
            Refusal: the code list does not know the unit, or it does not convert to that of the property.
        """
        found = self._quantities.get(unit_text)
        if found is None:
            found = self._quantities[unit_text] = self._make(unit_text)
        return found

    def read(self, name: str, fields: Mapping[str, Any], decimal: str) -> tuple[Quantity, Reading] | None:
        """Read the value of a record, None where there is none.

        Args:
            name: of the field; a rule with a pattern has several.
            decimal: decimal mark of texts.

        Raises:
            Refusal: it cannot be a value.
        """
        value = fields[name]
        if self.missing.has_text(value):
            return None
        try:
            raw = parse_number(value, decimal)
        except ValueParseError as error:
            raise Refusal("not-a-number", name, value) from error
        if self.missing.numbers and float(raw) in self.missing.numbers:
            return None
        quantity = self.told(name, fields)
        reading = quantity.read(raw, name, value)
        return None if reading is None else (quantity, reading)

    def series(self, name: str, fields: Mapping[str, Any]) -> str:
        """Give the name of the series that a value of a field belongs to."""
        if not self._series_varies:
            return self.rule.series
        text = fill(self.rule.series, fields, "") if "{" in self.rule.series else self.rule.series
        if "*" not in text:
            return text
        before, _, after = self.key.partition("*")
        return text.replace("*", name.removeprefix(before).removesuffix(after))

    def told(self, name: str, fields: Mapping[str, Any]) -> Quantity:
        """Give the quantity of a value by the unit that its record tells, or the usual one.

        Raises:
            Refusal: the code list does not know the unit, or it does not convert to that of the property.
        """
        rule = self.rule
        if not rule.unit_field and self.usual is not None:
            return self.usual
        told = next((text for name in rule.unit_field.split("|") if (text := _written(fields.get(name)))), "")
        if not told and self.usual is not None:
            return self.usual
        try:
            return self.quantity(told)
        except Refusal as refusal:
            raise Refusal(refusal.rule, name, refusal.value, limits=refusal.limits) from refusal

    def _make(self, unit_text: str) -> Quantity:
        rule = self.rule
        try:
            unit = resolve_unit(unit_text)
        except ValueParseError as error:
            raise Refusal("unknown-unit", self.key, unit_text) from error
        info = codelists.observed_property(self._property(unit))
        linear, gas = _line(rule, unit, info)
        return Quantity(
            info=info,
            unit=unit,
            linear=linear,
            minimum=rule.minimum,
            maximum=rule.maximum,
            missing=self.missing.numbers,
            special=specials(rule),
            gas=gas,
        )

    def _property(self, unit: Unit) -> str:
        """Choose the property that values in a unit are of: of that unit, or else of one that it converts to."""
        if unit in self._properties:
            return self._properties[unit]
        target = units()[codelists.observed_property(self.rule.property).ucum]
        near = (id_ for one, id_ in self._properties.items() if one.quantity == unit.quantity != target.quantity)
        return next(near, self.rule.property)


def specials(rule: Values) -> dict[float, Reading]:
    """Give the readings that numbers stand for.

    Raises:
        ValueParseError: what stands for one is no number.
    """
    return {
        float(parse_number(text)): Reading(one.result, {"qartod": int(one.quality), "source": one.meaning})
        for text, one in rule.special.items()
    }


def _line(rule: FieldRule, unit: Unit, info: PropertyInfo) -> tuple[Linear, Gas | None]:
    raw, target = Linear.of(rule.scale, rule.offset), units()[info.ucum]
    try:
        return raw.then(*convert_unit(unit, target)), None
    except ValueParseError as error:
        refusal = Refusal("other-quantity", "", unit.symbol, limits=target.symbol)
        if rule.gas is None:
            raise refusal from error
    try:
        factor = convert_gas(unit, target, gas=rule.gas, property_id=info.id)
    except ValueParseError as error:
        raise refusal from error
    return raw.then(factor, Fraction(0)), rule.gas


def _number_or_none(value: str | int | float) -> float | None:
    try:
        return float(parse_number(value))
    except ValueParseError:
        return None


def _written(value: Any) -> str:
    """Give a unit as it is written; what is no text is no unit, and is told as one that nobody knows."""
    return "" if value is None else str(value).strip()


def _limits(minimum: float | None, maximum: float | None) -> str:
    if minimum is None or maximum is None:
        return f"≥ {_shown(minimum)}" if minimum is not None else f"≤ {_shown(maximum or 0)}"
    return f"{_shown(minimum)} … {_shown(maximum)}"


def _shown(limit: float) -> str:
    return f"{limit:g}" if abs(limit) < 1e6 else f"{limit:.0f}"
