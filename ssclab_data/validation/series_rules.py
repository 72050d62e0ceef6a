"""Hold the rules for values and times of Observations, as the `series` part of a profile gives them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Duration

type Span = Annotated[str, msgspec.Meta(pattern="^P", examples=["PT24H"])]
"""An ISO 8601 duration of weeks, days, hours, minutes and seconds."""
type Stamp = Annotated[datetime, msgspec.Meta(tz=True)]
"""An ISO 8601 time with a zone."""
type Positive = Annotated[float, msgspec.Meta(gt=0)]
type Ends = tuple[float | None, float | None]
"""Smallest and largest value; null where there is none."""


class Range(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of values, in the unit of the observed property.

    Attributes:
        fail: values outside cannot be.
        suspect: values outside are rare; within `fail`.
    """

    fail: Ends | None = None
    suspect: Ends | None = None

    def __post_init__(self) -> None:
        if self.fail is None and self.suspect is None:
            raise ValueError("range: give fail, suspect or both")
        for name, (low, high) in (("fail", ends(self.fail)), ("suspect", ends(self.suspect))):
            if low > high:
                raise ValueError(f"range: the ends of {name} are the wrong way round: {low:g}, {high:g}")
        (low, high), (first, last) = ends(self.fail), ends(self.suspect)
        if self.fail is not None and self.suspect is not None and (first < low or last > high):
            raise ValueError(f"range: suspect ({first:g}, {last:g}) reaches beyond fail ({low:g}, {high:g})")


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large a difference may be: more is suspect, and more still a failure."""

    suspect: Positive | None = None
    fail: Positive | None = None

    def __post_init__(self) -> None:
        if self.suspect is None and self.fail is None:
            raise ValueError("give suspect, fail or both")
        if self.suspect is not None and self.fail is not None and self.fail < self.suspect:
            raise ValueError(f"fail ({self.fail:g}) is less than suspect ({self.suspect:g})")


class Lasting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a value may stay.

    Attributes:
        after: so long is suspect.
        fail_after: so long is a failure.
    """

    after: Span
    fail_after: Span | None = None

    def __post_init__(self) -> None:
        _check_lasting(self.after, self.fail_after)


class Stay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long one value may stay, where that differs from others: fog holds 100 % for a day."""

    value: float
    after: Span
    fail_after: Span | None = None

    def __post_init__(self) -> None:
        _check_lasting(self.after, self.fail_after)


class Stuck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long values may stay the same.

    Attributes:
        after: so long is suspect.
        fail_after: so long is a failure.
        tolerance: values no further apart than this are the same.
        at: values for which other times hold.
    """

    after: Span
    fail_after: Span | None = None
    tolerance: Annotated[float, msgspec.Meta(ge=0)] = 0
    at: tuple[Stay, ...] = ()

    def __post_init__(self) -> None:
        _check_lasting(self.after, self.fail_after)


class Gap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long there may be no row: values on either side of a longer gap are not compared."""

    after: Span

    def __post_init__(self) -> None:
        microseconds(self.after)


class Cadence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often rows come.

    Attributes:
        every: the time from one row to the next.
        tolerance: how far it may be off; a time that is a multiple of `every` is right too: rows are missing there.
    """

    every: Span
    tolerance: Span = "PT1M"

    def __post_init__(self) -> None:
        if microseconds(self.tolerance) * 2 >= microseconds(self.every):
            raise ValueError("cadence: tolerance must be less than half of every")


class ClockRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which times can be.

    Attributes:
        future: how far a source's clock may be ahead of the run.
        earliest: a clock that was never set tells a time before this one.
        drift: how long before its phenomenonTime a result may be known.
    """

    future: Span = "PT15M"
    earliest: Stamp = datetime(1990, 1, 1, tzinfo=UTC)
    drift: Span = "PT1M"

    def __post_init__(self) -> None:
        microseconds(self.future)
        microseconds(self.drift, least=0)


class PositionRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a thing that stands still can be.

    Attributes:
        tolerance: metres; positions no further apart are one place.
    """

    tolerance: Positive = 200


class PropertyRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules for one observed property; a test that is null has no rules here, one that is false (off) is left out.

    Attributes:
        missing: numbers that stand for "no value".
        range: limits of values.
        below_zero_within_noise: from here up to zero a value is good and noise of the sensor; zero or less.
        silence: a sound level no higher than this is no sound that was measured.
        spike: how far a value may be from the mean of its two neighbours.
        rate: how much a value may change in an hour.
        stuck: how long values may stay the same.
        constant_zero: how long values may stay zero; then `stuck` leaves zero alone.
        gap: how long there may be no row.
        cadence: how often rows come.
        clock: which times can be.
        position: where it can be.
    """

    missing: tuple[float, ...] | None = None
    range: Range | bool | None = None
    below_zero_within_noise: Annotated[float, msgspec.Meta(le=0)] | None = None
    silence: float | None = None
    spike: Thresholds | bool | None = None
    rate: Thresholds | bool | None = None
    stuck: Stuck | bool | None = None
    constant_zero: Lasting | bool | None = None
    gap: Gap | bool | None = None
    cadence: Cadence | bool | None = None
    clock: ClockRules | None = None
    position: PositionRules | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) is True:
                raise ValueError(f"{name}: give its rules, or false (off) to leave the test out")


class SeriesRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `series` part of a profile.

    Attributes:
        defaults: for every observed property.
        properties: by id in the code list of observed properties; what is said here goes before `defaults`.
    """

    defaults: PropertyRules = PropertyRules()
    properties: Mapping[str, PropertyRules] = {}

    def of(self, property_id: str) -> PropertyRules:
        """Give the rules of one observed property, with those for every one; an unknown id has those alone.

        >>> rules = SeriesRules(properties={"pm25": PropertyRules(spike=Thresholds(suspect=50))})
        >>> rules.of("pm25").spike, rules.of("no2").spike
        (Thresholds(suspect=50, fail=None), None)
        """
        own = self.properties.get(property_id)
        return self.defaults if own is None else _over(self.defaults, own)


def merge(base: SeriesRules, override: SeriesRules) -> SeriesRules:
    """Put rules over others, test by test of each observed property."""
    names = (*base.properties, *(name for name in override.properties if name not in base.properties))
    return SeriesRules(
        defaults=_over(base.defaults, override.defaults),
        properties={
            name: _over(base.properties.get(name, PropertyRules()), override.properties.get(name, PropertyRules()))
            for name in names
        },
    )


def ends(pair: Ends | None) -> tuple[float, float]:
    """Give the ends of a range as numbers; infinity where there is none."""
    low, high = (None, None) if pair is None else pair
    return (float("-inf") if low is None else low, float("inf") if high is None else high)


@cache
def microseconds(text: str, *, least: int = 1) -> int:
    """Read a duration.

    Raises:
        ValueError: it is none, or shorter than `least` microseconds.
    """
    try:
        length = Duration.parse(text).us
    except ValueParseError as error:
        raise ValueError(str(error)) from error
    if length < least:
        raise ValueError(f"{text!r} is no length of time to go by")
    return length


def _over(base: PropertyRules, own: PropertyRules) -> PropertyRules:
    said = {name: value for name in own.__struct_fields__ if (value := getattr(own, name)) is not None}
    return msgspec.structs.replace(base, **said)


def _check_lasting(after: str, fail_after: str | None) -> None:
    if fail_after is not None and microseconds(fail_after) < microseconds(after):
        raise ValueError(f"fail_after ({fail_after}) is less than after ({after})")
    microseconds(after)
