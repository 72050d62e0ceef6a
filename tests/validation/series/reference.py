"""Say what the tests of series mean, row by row and slowly: what the tests by column are held against."""

import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from ssclab_data.model import codelists
from ssclab_data.model.codelists import Averaging
from ssclab_data.model.values import Instant
from ssclab_data.validation.series.plan import rules_of
from ssclab_data.validation.series_rules import (
    Cadence,
    ClockRules,
    Gap,
    Lasting,
    PropertyRules,
    Range,
    SeriesRules,
    Stuck,
    Thresholds,
    ends,
    microseconds,
)

_HOUR = 3_600_000_000
_FIRST, _LAST = Instant.parse("0001-01-01T00:00:00Z").us, Instant.parse("9999-12-31T23:59:59.999999Z").us
_BAD_TIME = {"time-impossible", "end-before-start", "time-in-future", "clock-not-set"}
_ALONE = {"time-twice", "no-value", "not-a-number", "not-finite", "silence", "range-fail"} | _BAD_TIME


class Row(msgspec.Struct, frozen=True):
    """One Observation."""

    start: int
    result: Any
    end: int | None = None
    known: int | None = None

    @property
    def stop(self) -> int:
        return self.start if self.end is None else self.end


class Found(msgspec.Struct):
    """What the reference found: verdicts of each row, and whether its value was looked at."""

    verdicts: list[set[str]]
    evaluated: list[bool]
    gaps: int = 0
    irregular: int = 0


def reference(rows: Sequence[Row], rules: SeriesRules, *, property_id: str, now: Instant | None) -> Found:
    """Test rows that come in the order of time."""
    own = rules_of(rules, property_id)
    found = Found([set() for _ in rows], [False] * len(rows))
    for number, row in enumerate(rows):
        found.verdicts[number] |= set(_of_time(row, own.clock or ClockRules(), now))
        found.verdicts[number] |= set(_of_value(row.result, own, numeric=bool(property_id)))
        limited = isinstance(own.range, Range) or own.silence is not None
        found.evaluated[number] = limited and _is_number(row.result)
    timed = [n for n in range(len(rows)) if not found.verdicts[n] & _BAD_TIME]
    times: set[tuple[int, int]] = set()
    for number in timed:
        time = rows[number].start, rows[number].stop
        if time in times:
            found.verdicts[number].add("time-twice")
        times.add(time)
    _between(rows, [n for n in timed if "time-twice" not in found.verdicts[n]], own, found)
    chain = [n for n in range(len(rows)) if not found.verdicts[n] & _ALONE and _is_number(rows[n].result)]
    _neighbours(rows, chain, own, found, scale=_scale(property_id))
    _constant(rows, chain, own, found)
    return found


def flag(verdicts: set[str], evaluated: bool) -> int:
    if any(
        name.endswith("-fail") or name in _BAD_TIME | {"silence", "not-a-number", "not-finite"} for name in verdicts
    ):
        return 4
    if any(name.endswith("-suspect") or name in {"time-twice", "result-before-phenomenon"} for name in verdicts):
        return 3
    if "no-value" in verdicts:
        return 9
    return 1 if evaluated else 2


def _of_time(row: Row, rules: ClockRules, now: Instant | None) -> Iterator[str]:
    if not all(_FIRST <= time <= _LAST for time in (row.start, row.stop, row.known) if time is not None):
        yield "time-impossible"
        return
    if row.stop < row.start:
        yield "end-before-start"
    if row.start < Instant.of(rules.earliest).us:
        yield "clock-not-set"
    if now is not None and max(row.start, row.stop) > now.us + microseconds(rules.future):
        yield "time-in-future"
    if row.known is not None and row.known < row.start - microseconds(rules.drift, least=0):
        yield "result-before-phenomenon"


def _of_value(value: Any, rules: PropertyRules, *, numeric: bool) -> Iterator[str]:
    if value is None or (_is_number(value) and value in (rules.missing or ())):
        yield "no-value"
        return
    if not _is_number(value):
        if numeric:
            yield "not-a-number"
        return
    if abs(value) > sys.float_info.max or math.isnan(value):
        yield "not-finite"
        return
    if rules.silence is not None and value <= rules.silence:
        yield "silence"
        return
    if not isinstance(rules.range, Range):
        if rules.below_zero_within_noise and rules.below_zero_within_noise <= value < 0:
            yield "below-zero-within-noise"
        return
    low, high = ends(rules.range.fail)
    if not low <= value <= high:
        yield "range-fail"
        return
    if (rules.below_zero_within_noise or 0) <= value < 0:
        yield "below-zero-within-noise"
        return
    low, high = ends(rules.range.suspect)
    if not low <= value <= high:
        yield "range-suspect"


def _between(rows: Sequence[Row], places: list[int], rules: PropertyRules, found: Found) -> None:
    for one, other in pairwise(places):
        step = rows[other].start - rows[one].start
        if isinstance(rules.gap, Gap) and step > microseconds(rules.gap.after):
            found.gaps += 1
        elif isinstance(rules.cadence, Cadence):
            every, tolerance = microseconds(rules.cadence.every), microseconds(rules.cadence.tolerance)
            nearest = max(1, round(step / every)) * every
            found.irregular += abs(step - nearest) > tolerance


def _neighbours(rows: Sequence[Row], chain: list[int], rules: PropertyRules, found: Found, *, scale: Averaging) -> None:
    for before, here in pairwise(chain):
        step = rows[here].start - rows[before].start
        if isinstance(rules.rate, Thresholds) and step and _near(rows[before], rows[here], rules):
            found.evaluated[here] = True
            change = _apart(rows[before].result, rows[here].result, scale) * _HOUR / step
            found.verdicts[here] |= set(_over("rate", change, rules.rate))
    for before, here, after in zip(chain, chain[1:], chain[2:], strict=False):
        near = _near(rows[before], rows[here], rules) and _near(rows[here], rows[after], rules)
        if isinstance(rules.spike, Thresholds) and near:
            found.evaluated[here] = True
            middle = _mean(rows[before].result, rows[after].result, scale)
            found.verdicts[here] |= set(_over("spike", _apart(rows[here].result, middle, scale), rules.spike))


def _constant(rows: Sequence[Row], chain: list[int], rules: PropertyRules, found: Found) -> None:
    for number in chain:
        if isinstance(rules.stuck, Stuck) or isinstance(rules.constant_zero, Lasting):
            found.evaluated[number] = True
    for first in range(len(chain)):
        for last in range(first + 1, len(chain)):
            window = chain[first : last + 1]
            if not _near(rows[window[-2]], rows[window[-1]], rules):
                break
            name, after, fail_after = _kind([rows[n].result for n in window], rules)
            if not name:
                break  # a longer window is no more steady
            lasts = rows[window[-1]].start - rows[window[0]].start
            if lasts >= microseconds(after):
                level = "fail" if fail_after is not None and lasts >= microseconds(fail_after) else "suspect"
                for number in window:
                    found.verdicts[number].add(f"{name}-{level}")
    for verdicts in found.verdicts:
        verdicts -= {"stuck-suspect"} if "stuck-fail" in verdicts else set()
        verdicts -= {"zero-suspect"} if "zero-fail" in verdicts else set()


def _kind(values: list[float], rules: PropertyRules) -> tuple[str, str, str | None]:
    """Tell which rule the values of a window are held by, with its times; "" where they are not the same."""
    zero = rules.constant_zero
    if isinstance(zero, Lasting) and all(value == 0 for value in values):
        return "zero", zero.after, zero.fail_after
    stuck = rules.stuck
    if not isinstance(stuck, Stuck):
        return "", "", None
    stays = [stay for stay in stuck.at if not (isinstance(zero, Lasting) and stay.value == 0)]
    for stay in stays:
        if all(abs(value - stay.value) <= stuck.tolerance for value in values):
            return "stuck", stay.after, stay.fail_after
    own = [stay.value for stay in stays] + ([0.0] if isinstance(zero, Lasting) else [])
    if any(abs(value - other) <= stuck.tolerance for value in values for other in own):
        return "", "", None
    same = max(values) - min(values) <= stuck.tolerance
    return ("stuck", stuck.after, stuck.fail_after) if same else ("", "", None)


def _over(name: str, distance: float, limits: Thresholds) -> Iterator[str]:
    if limits.fail is not None and distance > limits.fail:
        yield f"{name}-fail"
    elif limits.suspect is not None and distance > limits.suspect:
        yield f"{name}-suspect"


def _near(one: Row, other: Row, rules: PropertyRules) -> bool:
    return not isinstance(rules.gap, Gap) or other.start - one.start <= microseconds(rules.gap.after)


def _scale(property_id: str) -> Averaging:
    return codelists.observed_property(property_id).averaging if property_id else Averaging.ARITHMETIC


def _apart(one: float, other: float, scale: Averaging) -> float:
    if scale is Averaging.CIRCULAR:
        return min((one - other) % 360, (other - one) % 360)
    return abs(one - other)


def _mean(one: float, other: float, scale: Averaging) -> float:
    if scale is Averaging.CIRCULAR:
        turn = (other - one) % 360
        return one + (turn if turn < 180 else turn - 360) / 2
    if scale is Averaging.ENERGETIC:
        loud = max(one, other)
        return loud + 10 * math.log10(sum(10 ** ((level - loud) / 10) for level in (one, other)) / 2)
    return (one + other) / 2


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)
