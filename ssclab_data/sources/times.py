"""Read when a record's values are of, as the time rule of a mapping declares."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Duration, Instant, Interval, Time
from ssclab_data.sources.declaration import Hours, Offset, Stamp, TimeRule
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.stamps import Local, parse_stamp
from ssclab_data.sources.templates import fill_all, names_in, text_of
from ssclab_data.sources.zones import UnclearTimeError, local_of, moment_of, zone_of

_CALENDAR = re.compile(r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(T.+)?")


class Period(msgspec.Struct, frozen=True):
    """A length of time; months and days are those of the calendar of the zone, so that a day may have 23 hours."""

    months: int = 0
    days: int = 0
    us: int = 0


class Span(msgspec.Struct, frozen=True):
    """What a stamp marks, and of which period."""

    stamp: Stamp
    period: Period = Period()

    @classmethod
    def of(cls, stamp: Stamp, period: str) -> "Span":
        """Take what is declared.

        Raises:
            ValueParseError: the period is no duration.
        """
        return cls(stamp, parse_period(period) if period else Period())


class Moment(msgspec.Struct, frozen=True):
    """What the stamp of a record says.

    Attributes:
        zone: in which its days are counted.
        other: the other edge, where the source gives it.
        cut: how many of its stamps had digits that were cut.
    """

    at: Instant
    zone: tzinfo
    other: Instant | None = None
    cut: int = 0


@lru_cache(maxsize=256)
def parse_period(text: str) -> Period:
    """Read an ISO 8601 duration, also of months and years; `P1D` is a day of the calendar, `PT24H` is 24 hours.

    Raises:
        ValueParseError: it is none, or not longer than nothing.

    >>> parse_period("P1M"), parse_period("PT8H")
    (Period(months=1, days=0, us=0), Period(months=0, days=0, us=28800000000))
    """
    match = _CALENDAR.fullmatch(text)
    if match is None:
        raise ValueParseError(text, "a duration such as PT1H, P1D or P1M")
    years, months, weeks, days = (int(part or 0) for part in match.groups()[:4])
    us = Duration.parse(f"P{match[5]}").us if match[5] else 0
    period = Period(years * 12 + months, weeks * 7 + days, us)
    if period == Period():
        raise ValueParseError(text, "a duration that is longer than nothing")
    return period


class Clock:
    """Read the stamps of records by one time rule.

    Attributes:
        names: fields that it reads.
    """

    def __init__(self, rule: TimeRule) -> None:
        self.rule = rule
        self.span = Span.of(rule.stamp, rule.period)
        self._zones = [(datetime.fromisoformat(one.until) if one.until else None, one.zone) for one in rule.zones]
        self.names = frozenset(
            {*rule.fields, *names_in(rule.text), *rule.until, *names_in(rule.until_text), *rule.result}
            | ({rule.zone_field} if rule.zone_field else set())
        )

    def read(self, fields: Mapping[str, Any], received: Instant | None) -> Moment:
        """Read the stamp of a record.

        Args:
            received: when its payload came in; taken where there is no stamp and the rule allows it.

        Raises:
            Refusal: there is no stamp, or it says no moment.
        """
        rule = self.rule
        name, value = self._stamp(fields, rule.fields, rule.text)
        if value is None:
            if rule.received and received is not None:
                return Moment(received, zone_of("UTC"))
            raise Refusal("bad-time", name, f"{name} is not there, or empty")
        at, zone, cut = self._moment(fields, name, value)
        other_name, other_value = self._stamp(fields, rule.until, rule.until_text)
        if other_value is None:
            return Moment(at, zone, None, cut)
        other, _, cut_too = self._moment(fields, other_name, other_value)
        return Moment(at, zone, other, cut + cut_too)

    def result_time(self, fields: Mapping[str, Any]) -> Instant | None:
        """Read when the result was known, None where the record does not tell.

        Raises:
            Refusal: it says no moment.
        """
        name, value = self._stamp(fields, self.rule.result, "")
        return None if value is None else self._moment(fields, name, value)[0]

    def time(self, moment: Moment, span: Span | None = None) -> Time:
        """Give the phenomenonTime: the moment itself, or the period that it is an edge of.

        Args:
            span: of the field, in place of that of the rule; the other edge that the source gives is then put aside.

        Raises:
            Refusal: the period ends before it begins, or its other edge is not known.
        """
        chosen = span or self.span
        if chosen.stamp is Stamp.INSTANT:
            return moment.at
        field = next(iter((*self.rule.fields, *names_in(self.rule.text))), "")
        try:
            other = moment.other if span is None and moment.other else _other_edge(moment, chosen)
            return Interval(moment.at, other) if chosen.stamp is Stamp.START else Interval(other, moment.at)
        except ValueParseError as error:
            raise Refusal("bad-time", field, str(error)) from error

    def _stamp(self, fields: Mapping[str, Any], names: Iterable[str], template: str) -> tuple[str, Any]:
        if template:
            needed = names_in(template)
            return (needed[0] if needed else ""), fill_all(template, fields)
        listed = tuple(names)
        for name in listed:
            if fields.get(name) not in (None, ""):
                return name, fields[name]
        return (listed[0] if listed else ""), None

    def _moment(self, fields: Mapping[str, Any], name: str, value: Any) -> tuple[Instant, tzinfo, int]:
        try:
            local = parse_stamp(value, self.rule.format)
            if self.rule.hours is Hours.FROM_1 and local.at.hour == 0 and not local.midnight:
                raise ValueParseError(str(value), "a stamp with an hour from 1 to 24")
            zone = self._zone(fields, local)
            if zone is None:
                raise Refusal("zone-missing", name, str(value))
            return moment_of(local.at, zone, self.rule.fold), zone, int(local.finer)
        except UnclearTimeError as error:
            raise Refusal("ambiguous-time" if error.twice else "skipped-time", name, str(error)) from error
        except ValueParseError as error:
            raise Refusal("bad-time", name, str(error)) from error

    def _zone(self, fields: Mapping[str, Any], local: Local) -> tzinfo | None:
        rule = self.rule
        if local.offset is not None and rule.offset is Offset.HOLDS:
            return zone_of(_offset_text(local.offset))
        told = local.abbreviation or text_of(fields.get(rule.zone_field))
        if told:
            return zone_of(rule.zone_names.get(told, told))
        for until, zone in self._zones:
            if until is None or local.at < until:
                return zone_of(zone)
        return zone_of(rule.zone) if rule.zone else None


def _other_edge(moment: Moment, span: Span) -> Instant:
    """Give the other edge of the period that a moment is one edge of.

    Raises:
        ValueParseError: there is no period, or that edge is no moment.
    """
    period, sign = span.period, 1 if span.stamp is Stamp.START else -1
    if period == Period():
        raise ValueParseError(str(moment.at), "an edge of a period whose other edge is known")
    if not (period.months or period.days):
        return Instant(moment.at.us + sign * period.us)
    at = local_of(moment.at, moment.zone)
    month = at.year * 12 + at.month - 1 + sign * period.months
    try:
        at = at.replace(year=month // 12, month=month % 12 + 1) + sign * timedelta(days=period.days)
    except (ValueError, OverflowError) as error:
        raise ValueParseError(str(moment.at), f"an edge of a period of the calendar ({error})") from error
    return Instant(moment_of(at, moment.zone).us + sign * period.us)


def _offset_text(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
