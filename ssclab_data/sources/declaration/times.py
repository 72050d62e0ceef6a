"""Say how a mapping declares what the stamps of a source mean."""

from enum import StrEnum

import msgspec

from ssclab_data.sources.declaration.base import Declared


class Stamp(StrEnum):
    """What a time stamp marks."""

    INSTANT = "instant"
    START = "start"  # of the period that the value is of
    END = "end"


class Hours(StrEnum):
    """How a source numbers the hours of a day."""

    FROM_0 = "0-23"
    FROM_1 = "1-24"  # number N is the hour that ends at N:00; 24 ends at 00:00 of the next day


class Fold(StrEnum):
    """Which of two moments a local stamp means in the hour that the clock goes back."""

    REFUSED = "refused"
    FIRST = "first"
    SECOND = "second"


class Offset(StrEnum):
    """Whether the offset that a stamp carries holds."""

    HOLDS = "holds"
    WRONG = "wrong"  # it is put aside, and the declared zone holds: a device that writes Z behind its local time


class ZoneUntil(Declared, frozen=True, kw_only=True):
    """A zone that a source wrote its stamps in up to a day.

    Attributes:
        zone: `UTC`, an offset such as `+01:00`, or a name such as `Europe/Amsterdam`.
        until: first local stamp (ISO 8601 without a zone) that it does not hold for; "" for the last one.
    """

    zone: str
    until: str = ""


class TimeRule(Declared, frozen=True, kw_only=True):
    """How stamps are read.

    Attributes:
        fields: where the stamp is; the first that is there counts.
        because: where the source says so.
        text: template that makes one stamp of several fields (`{datum} {tijd}`); "" takes the field as it is.
        format: of stamps that are not ISO 8601: `unix`, `unix-ms`, or as in `strptime`, with English names of months;
            "" for ISO 8601, also with `/` between year, month and day.
        hours: how the hours are numbered. `24:00` is 00:00 of the next day in any case.
        zone: zone of stamps that have none: `UTC`, an offset, or a name such as `Europe/Amsterdam`; "" refuses them.
        zones: zones by date, in place of `zone`, in their order.
        zone_field: field that tells the zone of a record: one of `zone_names`, an offset, or a name as in `zone`.
        zone_names: offset or zone by the abbreviation that the source writes (`PST: "-08:00"`).
        fold: which moment a stamp means that exists twice.
        offset: whether the offset in a stamp holds.
        stamp: what it marks.
        period: ISO 8601 duration of the period, where it marks an edge of one. `P1D` and `P1M` are those of the
            calendar of the zone (a day may have 23 hours); `PT24H` is 24 hours.
        until: fields of the other edge, where the source gives both; read as the stamp is.
        until_text: template of the other edge.
        result: fields of the resultTime; read as the stamp is.
        received: whether a payload without a stamp may take the time at which it came in, where that is known.
    """

    because: str
    fields: tuple[str, ...] = ()
    text: str = ""
    format: str = ""
    hours: Hours = Hours.FROM_0
    zone: str = ""
    zones: tuple[ZoneUntil, ...] = ()
    zone_field: str = ""
    zone_names: dict[str, str] = msgspec.field(default_factory=dict)
    fold: Fold = Fold.REFUSED
    offset: Offset = Offset.HOLDS
    stamp: Stamp = Stamp.INSTANT
    period: str = ""
    until: tuple[str, ...] = ()
    until_text: str = ""
    result: tuple[str, ...] = ()
    received: bool = False
