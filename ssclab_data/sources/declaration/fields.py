"""Say how a mapping declares what becomes of the fields of a record."""

import msgspec

from ssclab_data.sources.declaration.base import Declared
from ssclab_data.sources.declaration.times import Stamp


class Named(Declared, frozen=True, kw_only=True):
    """A Thing or Sensor; texts may hold `{field}` or `{field|other}`.

    Attributes:
        id: field of the local id, or a template (`{country}-{code}`) of which all fields must be there; the first that
            is there counts.
        properties: field by the name it gets on the entity; an absent one is left out.
    """

    id: tuple[str, ...]
    name: str
    description: str
    metadata: str = ""
    properties: dict[str, str] = msgspec.field(default_factory=dict)


class Special(Declared, frozen=True, kw_only=True):
    """A number that stands for something else.

    Attributes:
        result: the value that is stored, in the unit of the property.
        quality: its code in the list of quality flags: 1, 2 or 3.
        meaning: what the source means by it (`trace: less than 0.05 mm`).
    """

    result: float
    quality: str
    meaning: str


class FlagRule(Declared, frozen=True, kw_only=True):
    """A field that tells how good values are; it never depends on what the values are.

    Attributes:
        field: the flag's field.
        codes: code in the list of quality flags by the text of the source. A value that is missing (9) or failed (4)
            at the source is not stored, and counted; another code is stored as resultQuality. A text that is not here
            keeps the values out, with a finding.
        fields: fields of the values it is for; none for all.
        absent: code where the flag is not given, or "" for none.
        because: where the source says so.
    """

    field: str
    codes: dict[str, str]
    because: str
    fields: tuple[str, ...] = ()
    absent: str = ""


class Gas(Declared, frozen=True, kw_only=True):
    """The state of the air at which mole fractions and mass concentrations are converted into each other.

    Attributes:
        temperature: degrees Celsius.
        pressure: hPa.
        because: who says so.
    """

    temperature: float
    pressure: float
    because: str


class Values(Declared, frozen=True, kw_only=True):
    """What holds for the values of a field, whichever property they are of.

    Attributes:
        unit: unit text of the source, resolved by the code list; "" where `unit_field` always tells it.
        unit_field: field that tells the unit of a record; `unit` is what holds where it is absent. Values are converted
            to the unit of the property.
        scale: what the raw number is multiplied with, as decimals, before any conversion.
        offset: what is added then.
        minimum: smallest raw value; a smaller one is rejected.
        maximum: largest raw value.
        missing: texts or numbers that mean that there is no value, beside those of the mapping; numbers are compared
            as numbers.
        special: numbers that stand for something else.
        calibrated: whether the source calibrates the value.
        kind: code in the list of measurement kinds (`hourly-mean`), or "".
        conversion: id of the rule, kept with the Datastream.
        gas: allows conversion between mole fraction and mass concentration; without it that is refused.
        period: ISO 8601 duration of the period, in place of that of the time rule; without `series` it also names the
            series, so that a mean over eight hours never mixes with one over an hour.
        stamp: what the stamp marks, in place of what the time rule says.
        series: name that tells this series from another one of the same property at the same Thing (`raw`, `a`), or
            `{field}` of the field that tells it (`{AveragingTime}`), or `*` for what the star in the field's name is.
    """

    unit: str = ""
    unit_field: str = ""
    scale: str = "1"
    offset: str = "0"
    minimum: float | None = None
    maximum: float | None = None
    missing: tuple[str | int | float, ...] = ()
    special: dict[str, Special] = msgspec.field(default_factory=dict)
    calibrated: bool = False
    kind: str = ""
    conversion: str = ""
    gas: Gas | None = None
    period: str = ""
    stamp: Stamp | None = None
    series: str = ""


class FieldRule(Values, frozen=True, kw_only=True):
    """How a field becomes Observations.

    Attributes:
        property: id in the code list of observed properties.
        by_unit: property by unit text, where a source gives the same thing in units of different kinds
            (`ppb: no2-mole-fraction`); it holds for the units that convert to that one too.
        group: fields that are decoded together into one value, in order; the key of this rule is then a name.
        decoder: name of the decoder of a group.
    """

    property: str
    by_unit: dict[str, str] = msgspec.field(default_factory=dict)
    group: tuple[str, ...] = ()
    decoder: str = ""
