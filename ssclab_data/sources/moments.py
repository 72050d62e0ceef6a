"""Read the stamps of many records by one time rule; of stamps of the same day only the first is read whole."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.values import Instant, Interval
from ssclab_data.sources.declaration import Hours, Stamp
from ssclab_data.sources.digits import Digits, read_digits
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.times import Clock, Moment, Period, Span

type Whole = NDArray[np.int64]
type Mask = NDArray[np.bool_]
type Columns = Mapping[str, Sequence[Any]]

_REST = re.compile(r"(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_HOURS = {f"{number:02}": number * 3_600_000_000 for number in range(24)}
_MINUTES = {f"{number:02}": number * 60_000_000 for number in range(60)}
_SECONDS = {f"{number:02}": number * 1_000_000 for number in range(60)}

ABSENT = -(2**63)
"""Where there is no time."""


class Moments(msgspec.Struct, frozen=True):
    """What the stamps of records say, in microseconds UTC.

    Attributes:
        other: the other edge of the period, `ABSENT` where the source does not give it.
        known: resultTime, `ABSENT` where the record does not tell.
        cut: how many stamps of each record had digits that were cut.
        good: which records could be read.
        whole: what the clock read of them, where each was read by itself.
    """

    at: Whole
    other: Whole
    known: Whole
    cut: Whole
    good: Mask
    whole: dict[int, Moment]


class ManyStamps:
    """Read stamps by a clock, which is asked once for each day or for each stamp that differs."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        rule = clock.rule
        self.by_day = not any((rule.format, rule.text, rule.until_text, rule.zone_field)) and rule.hours is Hours.FROM_0
        self._starts: dict[tuple[str, str, str, str], tuple[int, int] | None] = {}
        self._seen: dict[str, tuple[Moment, Instant | None] | None] = {}

    def read(self, columns: Columns, count: int) -> Moments:
        """Read the stamps of records; what a clock refuses is left for others to look at."""
        at, other, known = (np.full(count, ABSENT, np.int64) for _ in range(3))
        moments = Moments(at, other, known, np.zeros(count, np.int64), np.zeros(count, np.bool_), {})
        left: Sequence[int] = self._by_day(columns, moments) if self.by_day else range(count)
        names = [name for name in sorted(self.clock.names) if name in columns]
        for row in left:
            found = self._whole({name: columns[name][row] for name in names})
            if found is not None:
                _put(moments, row, found)
        return moments

    def edges(self, moments: Moments, span: Span | None) -> tuple[Whole, Whole, Mask]:
        """Give start and end of each phenomenonTime, and which of them there are.

        Args:
            span: of a field, in place of that of the rule; the other edge that the source gives is then put aside.
        """
        chosen = span or self.clock.span
        if chosen.stamp is Stamp.INSTANT:
            return moments.at, moments.at, moments.good
        period = chosen.period
        if period.months or period.days:
            return self._edges_one_by_one(moments, span)
        sign = 1 if chosen.stamp is Stamp.START else -1
        given = moments.other != ABSENT if span is None else np.zeros(len(moments.at), np.bool_)
        other = np.where(given, moments.other, moments.at + sign * period.us)
        start, end = (moments.at, other) if chosen.stamp is Stamp.START else (other, moments.at)
        good = moments.good & (given | (period != Period())) & (start <= end)
        return start, end, good

    def _edges_one_by_one(self, moments: Moments, span: Span | None) -> tuple[Whole, Whole, Mask]:
        """Give the edges of periods of the calendar, of records that were read whole."""
        start, end, good = moments.at.copy(), moments.at.copy(), np.zeros(len(moments.at), np.bool_)
        for row, moment in moments.whole.items():
            edges = self._interval(moment, span)
            if edges is not None:
                (start[row], end[row]), good[row] = edges, True
        return start, end, good

    def _interval(self, moment: Moment, span: Span | None) -> tuple[int, int] | None:
        try:
            time = self.clock.time(moment, span)
        except Refusal:
            return None
        return (time.start.us, time.end.us) if isinstance(time, Interval) else (time.us, time.us)

    def _by_day(self, columns: Columns, moments: Moments) -> list[int]:
        """Read stamps with seconds by their days, and give the rows that are to be read whole."""
        rule, count = self.clock.rule, len(moments.at)
        if self.clock.span.period.months or self.clock.span.period.days:
            return list(range(count))
        good = np.ones(count, np.bool_)
        for names, target, counts in ((rule.fields, moments.at, True), (rule.until, moments.other, True),
                                      (rule.result, moments.known, False)):  # fmt: skip
            here = [name for name in names if name in columns]
            if len(here) > 1 or (names is rule.fields and not here):
                return list(range(count))
            if here:
                good &= self._column(columns[here[0]], target, moments.cut if counts else None)
        good &= moments.at != ABSENT
        moments.good[:] = good
        return np.flatnonzero(~good).tolist()

    def _column(self, column: Sequence[Any], target: Whole, cut: Whole | None) -> Mask:
        """Read one field; what is not there is absent, and what is not plain is not good."""
        digits = read_digits(column)
        good = np.zeros(len(column), np.bool_) if digits is None else self._by_digits(column, digits, target, cut)
        for row in np.flatnonzero(~good).tolist():
            value = column[row]
            found = self._fine(value) if type(value) is str and value else None
            if found is not None:
                target[row], good[row] = found[0], True
                if cut is not None:
                    cut[row] += found[1]
            elif value is None or value == "":
                good[row] = True
        return good

    def _by_digits(self, column: Sequence[str], digits: Digits, target: Whole, cut: Whole | None) -> Mask:
        """Read stamps that are all of one form; those of a day that is not plain are not good."""
        _, firsts, days = np.unique(digits.day, return_index=True, return_inverse=True)
        starts = [self._start(column[row][:11], "00", "23", rest=digits.zone) for row in firsts.tolist()]
        good = digits.good & np.array([start is not None for start in starts], np.bool_)[days]
        bases = np.array([ABSENT if start is None else start[0] for start in starts], np.int64)
        target[good] = (bases[days] + digits.within)[good]
        if cut is not None:
            cut += digits.cut & good
        return good

    def _fine(self, value: str) -> tuple[int, int] | None:
        """Read a stamp with seconds by its day, or by its hour where the day is not of 24 hours."""
        hour, minute, second = _HOURS.get(value[11:13]), _MINUTES.get(value[14:16]), _SECONDS.get(value[17:19])
        if hour is None or minute is None or second is None or value[13] != ":" or value[16] != ":":
            return None
        within = minute + second
        found = self._start(value[:11], "00", "23", rest=value[19:])
        if found is not None:
            within += hour
        else:
            found = self._start(value[:11], value[11:13], value[11:13], rest=value[19:])
        return None if found is None else (found[0] + within, found[1])

    def _start(self, day: str, first: str, last: str, *, rest: str) -> tuple[int, int] | None:
        """Give the start of some hours with the fraction of a second, and the digits that were cut.

        None where they are no plain ones: refused, of another length, or with something else behind the seconds.
        """
        key = day, first, last, rest
        if key not in self._starts:
            self._starts[key] = self._find_start(*key)
        return self._starts[key]

    def _find_start(self, day: str, first: str, last: str, rest: str) -> tuple[int, int] | None:
        match = _REST.fullmatch(rest)
        if match is None:
            return None
        name, fraction, zone = self.clock.rule.fields[0], match[1] or "", match[2] or ""
        start = self._whole({name: f"{day}{first}:00:00{zone}"})
        end = self._whole({name: f"{day}{last}:59:59{zone}"})
        length = _HOURS[last] - _HOURS[first] + _HOURS["01"] - _SECONDS["01"]
        if start is None or end is None or end[0].at.us - start[0].at.us != length:
            return None
        return start[0].at.us + int(fraction[:6].ljust(6, "0")), int(bool(fraction[6:].strip("0")))

    def _whole(self, fields: Mapping[str, Any]) -> tuple[Moment, Instant | None] | None:
        key = repr(fields)
        if key not in self._seen:
            self._seen[key] = self._ask(fields)
        return self._seen[key]

    def _ask(self, fields: Mapping[str, Any]) -> tuple[Moment, Instant | None] | None:
        try:
            return self.clock.read(fields, None), self.clock.result_time(fields)
        except Refusal:
            return None


def _put(moments: Moments, row: int, found: tuple[Moment, Instant | None]) -> None:
    moment, known = found
    moments.at[row], moments.cut[row], moments.good[row] = moment.at.us, moment.cut, True
    moments.other[row] = ABSENT if moment.other is None else moment.other.us
    moments.known[row] = ABSENT if known is None else known.us
    moments.whole[row] = moment
