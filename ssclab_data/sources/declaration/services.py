"""Say how a mapping declares what is special of one SensorThings service: names that tell more than their links."""

from enum import StrEnum

import msgspec

from ssclab_data.sources.declaration.base import Declared
from ssclab_data.sources.declaration.times import Stamp


class ThingsBy(StrEnum):
    """What Things are known by in natural keys."""

    ID = "id"
    NAME = "name"  # where Datastreams tell the name of their Thing, and pages of them do not tell its id


class SeriesRule(Declared, frozen=True, kw_only=True):
    """What a Datastream is that a service describes in its own words.

    Attributes:
        property: id in the code list of observed properties.
        unit: unit text where the service gives none; values are converted to the unit of the property.
        series: name that tells this series from another one of the same property at the same Thing (`raw`).
        calibrated: whether the service calibrates the value.
        kind: code in the list of measurement kinds (`hourly-mean`), or "".
        conversion: id of the rule, kept with the Datastream.
        missing: results that mean that there is no value; numbers are compared as numbers.
        stamp: what an instant marks as phenomenonTime.
        period: ISO 8601 duration of the period, where it marks an edge of one.
        because: where the service says so.
    """

    property: str
    unit: str = ""
    series: str = ""
    calibrated: bool = False
    kind: str = ""
    conversion: str = ""
    missing: tuple[str | int | float, ...] = ()
    stamp: Stamp = Stamp.INSTANT
    period: str = ""
    because: str = ""


class ServiceFile(Declared, frozen=True, kw_only=True):
    """A mapping of one SensorThings service: a YAML file with the key `service`; all else is read by the standard.

    Attributes:
        source: name, the first part of natural keys.
        title: what people call the source.
        documentation: which documents, code or files the mapping was made by.
        service: host and path of the service without `https://` and without version; documents of another are refused.
        homepage: address of the source, or "".
        licence: under which its data are published, as its publisher says, or "".
        profile: the profile that fits it best (`lab-air@1`), or "".
        traps: known traps of the source, each one sentence, for people who use its data.
        names: pattern of the names of Datastreams; its groups `thing` and `property` tell what they are of.
        things: what Things are known by.
        municipality: property of Things with the number of their municipality, as Statistics Netherlands gives it; they
            get its code as `municipality` (392 is `gm0392`).
        fields: by the group `property` of the name in lower case; a pattern (`*`) is allowed, a whole name goes first.
    """

    source: str
    title: str
    documentation: str
    service: str
    homepage: str = ""
    licence: str = ""
    profile: str = ""
    traps: tuple[str, ...] = ()
    names: str = ""
    things: ThingsBy = ThingsBy.ID
    municipality: str = ""
    fields: dict[str, SeriesRule] = msgspec.field(default_factory=dict)
