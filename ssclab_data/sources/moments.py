"""Read the stamps of many records by one time rule; of stamps of the same day only the first is read whole."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.values import Interval
from ssclab_data.sources.declaration import Hours, Stamp
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.times import Clock, Moment, Span

type Whole = NDArray[np.int64]

_REST = re.compile(r"(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_HOURS = {f"{number:02}": number * 3_600_000_000 for number in range(24)}
_MINUTES = {f"{number:02}": number * 60_000_000 for number in range(60)}
_SECONDS = {f"{number:02}": number * 1_000_000 for number in range(60)}
_NONE = -(2**63)


class Moments(msgspec.Struct, frozen=True):
    """What the stamps of records say.

    Attributes:
        at: microseconds UTC.
        moments: each as the clock reads it, where they were read one by one; None where only `at` is needed.
        cut: how many stamps of each record had digits that were cut.
        good: which could be read.
    """

    at: Whole
    moments: list[Moment | None] | None
    cut: Whole
    good: NDArray[np.bool_]


class ManyStamps:
    """Read stamps by a clock, which is asked once for each day or for each stamp that differs."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        rule = clock.rule
        others = (rule.format, rule.text, rule.until, rule.until_text, rule.result, rule.zone_field)
        calendar = clock.span.period.months or clock.span.period.days
        self.by_day = not any(others) and not calendar and rule.hours is Hours.FROM_0
        self._starts: dict[tuple[str, str, str, str], tuple[int, int] | None] = {}
        self._seen: dict[str, Moment | None] = {}

    def read(self, columns: Mapping[str, Sequence[Any]], count: int) -> Moments:
        """Read the stamps of records; what a clock refuses is left for others to look at."""
        at, cut = np.full(count, _NONE, np.int64), np.zeros(count, np.int64)
        names = [name for name in sorted(self.clock.names) if name in columns]
        left: Sequence[int] = range(count)
        if self.by_day:
            left = self._by_day(columns, at, cut)
        moments: list[Moment | None] | None = None if self.by_day else [None] * count
        for row in left:
            moment = self._whole({name: columns[name][row] for name in names})
            if moment is not None:
                at[row], cut[row] = moment.at.us, moment.cut
                if moments is not None:
                    moments[row] = moment
        return Moments(at, moments, cut, at != _NONE)

    def _by_day(self, columns: Mapping[str, Sequence[Any]], at: Whole, cut: Whole) -> list[int]:
        """Read stamps with seconds by their days, and give the rows of the others."""
        names = [name for name in self.clock.rule.fields if name in columns]
        if len(names) != 1:
            return list(range(len(at)))
        found = [self._fine(value) if type(value) is str else None for value in columns[names[0]]]
        at[:] = [_NONE if one is None else one[0] for one in found]
        cut[:] = [0 if one is None else one[1] for one in found]
        return [row for row, one in enumerate(found) if one is None]

    def edges(self, moments: Moments, span: Span | None) -> tuple[Whole, Whole, NDArray[np.bool_]]:
        """Give start and end of each phenomenonTime, and which of them there are.

        Args:
            span: of a field, in place of that of the rule.
        """
        chosen = span or self.clock.span
        if chosen.stamp is Stamp.INSTANT:
            return moments.at, moments.at, moments.good
        period = chosen.period
        if moments.moments is None and not (period.months or period.days) and period.us:
            start = moments.at if chosen.stamp is Stamp.START else moments.at - period.us
            return start, start + period.us, moments.good
        return self._edges_one_by_one(moments, span)

    def _edges_one_by_one(self, moments: Moments, span: Span | None) -> tuple[Whole, Whole, NDArray[np.bool_]]:
        start, end, good = moments.at.copy(), moments.at.copy(), moments.good.copy()
        for row, moment in enumerate(moments.moments or [None] * len(start)):
            edges = None if moment is None else self._interval(moment, span)
            if edges is None:
                good[row] = False
            else:
                start[row], end[row] = edges
        return start, end, good

    def _interval(self, moment: Moment, span: Span | None) -> tuple[int, int] | None:
        try:
            time = self.clock.time(moment, span)
        except Refusal:
            return None
        return (time.start.us, time.end.us) if isinstance(time, Interval) else (time.us, time.us)

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
        if start is None or end is None or end.at.us - start.at.us != length:
            return None
        return start.at.us + int(fraction[:6].ljust(6, "0")), int(bool(fraction[6:].strip("0")))

    def _whole(self, fields: Mapping[str, Any]) -> Moment | None:
        key = repr(fields)
        if key not in self._seen:
            self._seen[key] = self._ask(fields)
        return self._seen[key]

    def _ask(self, fields: Mapping[str, Any]) -> Moment | None:
        try:
            moment = self.clock.read(fields, None)
            return None if self.clock.rule.result and self.clock.result_time(fields) is not None else moment
        except Refusal:
            return None
