"""Say what a mapping file may declare; checked when it is loaded, with file, line and key."""

from enum import StrEnum

import msgspec


class Stamp(StrEnum):
    """What a time stamp marks."""

    INSTANT = "instant"
    START = "start"  # of the period that the value is of
    END = "end"


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Be the root of the parts of a mapping."""


class Form(Declared, frozen=True, kw_only=True):
    """One shape of payload.

    Attributes:
        reader: `json`, `table` (separated columns) or `lines` (`time,field,value`).
        delimiter: of a table.
        records: member that holds the records; "" for the document itself.
        having: fields that a record must have, by which the form is known.
        keep: members of the document that belong to every record.
        pairs: list of pairs inside a record that become fields; "" for the record itself being one pair.
        pair_key: member of a pair that names the field; "" where there are no pairs.
        pair_value: member of a pair that holds the value.
        id_in_name: pattern that finds the local id in the file name where a record has none.
        describes: whether the payload describes its Things, or only names them.
        observes: whether it holds values.
        starts_at: field that begins a record (`lines`).
    """

    name: str
    reader: str
    delimiter: str = ";"
    records: str = ""
    having: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    pairs: str = ""
    pair_key: str = ""
    pair_value: str = ""
    id_in_name: str = ""
    describes: bool = True
    observes: bool = True
    starts_at: str = ""


class TimeRule(Declared, frozen=True, kw_only=True):
    """How stamps are read.

    Attributes:
        fields: where the stamp is; the first that is there counts.
        zone: zone of stamps that have none (`UTC`); "" refuses them.
        stamp: what it marks.
        period: ISO 8601 duration of the period, where it marks an edge of one.
        format: of stamps that are not ISO 8601, as in `strptime`; "" for ISO 8601.
        because: where the source says so.
    """

    fields: tuple[str, ...]
    because: str
    zone: str = ""
    stamp: Stamp = Stamp.INSTANT
    period: str = ""
    format: str = ""


class PlaceRule(Declared, frozen=True, kw_only=True):
    """How positions are read.

    Attributes:
        decoder: name of a decoder of packed degrees, or "" for plain degrees.
        pair: field with both, longitude first; "" where there are two fields.
    """

    longitude: str = ""
    latitude: str = ""
    pair: str = ""
    decoder: str = ""


class Named(Declared, frozen=True, kw_only=True):
    """A Thing or Sensor; texts may hold `{field}`.

    Attributes:
        id: field or fields of the local id, the first that is there counts.
        properties: field by the name it gets on the entity.
    """

    id: tuple[str, ...]
    name: str
    description: str
    metadata: str = ""
    properties: dict[str, str] = {}


class FieldRule(Declared, frozen=True, kw_only=True):
    """How a field becomes Observations.

    Attributes:
        property: id in the code list of observed properties.
        unit: unit text of the source, resolved by the code list.
        scale: what the raw number is multiplied with, as decimals.
        offset: what is added then.
        minimum: smallest raw value; a smaller one is rejected.
        maximum: largest raw value.
        calibrated: whether the source calibrates the value.
        conversion: id of the rule, kept with the Datastream.
        group: fields that are decoded together into one value, in order; the key of this rule is then a name.
        decoder: name of the decoder of a group.
    """

    property: str
    unit: str
    scale: str = "1"
    offset: str = "0"
    minimum: float | None = None
    maximum: float | None = None
    calibrated: bool = False
    conversion: str = ""
    group: tuple[str, ...] = ()
    decoder: str = ""


class MappingFile(Declared, frozen=True, kw_only=True):
    """A mapping file.

    Attributes:
        source: name, the first part of natural keys.
        forms: tried in this order.
        fields: by field name; lower case where `lower` is set.
        ignore: reason by field name or pattern (`*`).
        missing: texts that mean that there is no value.
        lower: whether field names are lower-cased and `.` becomes `_`.
        splits: whether two sensors of one Thing may measure the same, so that a Datastream's key names its sensor.
    """

    source: str
    title: str
    documentation: str
    forms: tuple[Form, ...]
    time: TimeRule
    thing: Named
    sensor: Named
    fields: dict[str, FieldRule]
    ignore: dict[str, str] = {}
    place: PlaceRule = PlaceRule()
    missing: tuple[str, ...] = ("",)
    lower: bool = False
    splits: bool = False
