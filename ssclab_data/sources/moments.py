"""Read the stamps of many records by one time rule; of stamps in the same hour only the first is read whole."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.values import Interval
from ssclab_data.sources.declaration import Hours, Stamp
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.times import Clock, Moment, Span

type Whole = NDArray[np.int64]

_FINE = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_SECOND = 1_000_000
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
    """Read stamps by a clock, which is asked once for each hour or for each stamp that differs."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        rule = clock.rule
        others = (rule.format, rule.text, rule.until, rule.until_text, rule.result, rule.zone_field)
        calendar = clock.span.period.months or clock.span.period.days
        self.by_hour = not any(others) and not calendar and rule.hours is Hours.FROM_0
        self._hours: dict[tuple[str, str], int | None] = {}
        self._seen: dict[tuple[str, ...], Moment | None] = {}
        self._names = tuple(sorted(clock.names))

    def read(self, records: Iterable[Mapping[str, Any]], count: int) -> Moments:
        """Read the stamps of records; what a clock refuses is left for others to look at."""
        at, cut = np.full(count, _NONE, np.int64), np.zeros(count, np.int64)
        moments: list[Moment | None] | None = None if self.by_hour else [None] * count
        for row, fields in enumerate(records):
            found = self._fine(fields) if self.by_hour else None
            if found is not None:
                at[row], cut[row] = found
                continue
            moment = self._whole(fields)
            if moment is not None:
                at[row], cut[row] = moment.at.us, moment.cut
                if moments is not None:
                    moments[row] = moment
        return Moments(at, moments, cut, at != _NONE)

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

    def _fine(self, fields: Mapping[str, Any]) -> tuple[int, int] | None:
        """Read a stamp with seconds by its hour."""
        value = next((fields[name] for name in self.clock.rule.fields if fields.get(name) not in (None, "")), None)
        match = _FINE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return None
        hour, minute, second, fraction, zone = match.groups()
        key = (hour, zone or "")
        if key not in self._hours:
            self._hours[key] = self._hour(*key)
        base = self._hours[key]
        if base is None:
            return None
        within = (int(minute) * 60 + int(second)) * _SECOND
        if fraction is None:
            return base + within, 0
        return base + within + int(fraction[:6].ljust(6, "0")), int(bool(fraction[6:].strip("0")))

    def _hour(self, hour: str, zone: str) -> int | None:
        """Give the start of an hour, None where it is no plain one: refused, or of another length."""
        name = self.clock.rule.fields[0]
        first = self._whole({name: f"{hour}:00:00{zone}"})
        last = self._whole({name: f"{hour}:59:59{zone}"})
        if first is None or last is None or last.at.us - first.at.us != 3599 * _SECOND:
            return None
        return first.at.us

    def _whole(self, fields: Mapping[str, Any]) -> Moment | None:
        key = tuple(repr(fields.get(name)) for name in self._names)
        if key not in self._seen:
            self._seen[key] = self._ask(fields)
        return self._seen[key]

    def _ask(self, fields: Mapping[str, Any]) -> Moment | None:
        try:
            moment = self.clock.read(fields, None)
            return None if self.clock.rule.result and self.clock.result_time(fields) is not None else moment
        except Refusal:
            return None
