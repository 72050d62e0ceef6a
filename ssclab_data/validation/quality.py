"""Check Observations by column: finite numbers, plausible limits, possible times, one value for each time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.columns import ABSENT
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.identity import observation_key
from ssclab_data.model.series import Column, Series
from ssclab_data.model.values import Duration, Instant, Interval, Time, is_finite
from ssclab_data.validation.rules import RULES, Place, shown
from ssclab_data.validation.series.columns import NOTHING, NUMBER, Mask, Times, numbers, times
from ssclab_data.validation.series.tally import FIRST_TIME, LAST_TIME

_KEPT, _REJECTED, _REPEATED = 0, 1, 2


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is plausible for one observed property.

    Attributes:
        property: name for messages.
        unit: unit of the limits, for messages.
        minimum: smallest plausible value; None where there is none.
        maximum: largest plausible value; None where there is none.
    """

    property: str
    unit: str
    minimum: float | None = None
    maximum: float | None = None


class Clock(msgspec.Struct, frozen=True):
    """The time of a run, told by the caller, and how far a source's clock may be ahead of it."""

    now: Instant
    tolerance: Duration = Duration(15 * 60 * 1_000_000)


class CheckedSeries(msgspec.Struct, frozen=True, kw_only=True):
    """Series parted by the checks; each row that came in is in one of the three.

    Attributes:
        kept: rows without an error, in the order they came in.
        rejected: rows with an error.
        repeated: how many rows said again what a kept row says.
        findings: one for each rule and series, with a count.
    """

    kept: tuple[Series, ...] = ()
    rejected: tuple[Series, ...] = ()
    repeated: int = 0
    findings: tuple[Finding, ...] = ()


def check_series(
    series: Sequence[Series], limits: Mapping[str, Limits], *, clock: Clock | None = None
) -> CheckedSeries:
    """Check the rows of series of one payload.

    Args:
        limits: by natural key of the Datastream; one without limits is checked by the other rules.
        clock: None leaves times in the future alone.
    """
    states = [_State(one, _errors(one, limits.get(one.datastream), clock)) for one in series]
    for group in _by_datastream(states):
        _find_duplicates(group)
    return CheckedSeries(
        kept=tuple(part for state in states if (part := state.rows(_KEPT)) is not None),
        rejected=tuple(part for state in states if (part := state.rows(_REJECTED)) is not None),
        repeated=sum(int(np.count_nonzero(state.fate == _REPEATED)) for state in states),
        findings=tuple(finding for state in states for finding in state.findings),
    )


class _State:
    """One series on its way: the fate of each row and what was found."""

    def __init__(self, series: Series, errors: Iterator[tuple[str, Mask, Mapping[str, object]]]) -> None:
        self.series = series
        self.fate = np.zeros(len(series), dtype=np.int8)
        self.findings: list[Finding] = []
        for rule, mask, facts in errors:
            self.mark(rule, mask & (self.fate == _KEPT), facts)

    def mark(self, rule: str, mask: Mask, facts: Mapping[str, object], fate: int = _REJECTED) -> None:
        """Give the rows of a mask their fate, and tell the first of them; a warning keeps its rows."""
        count = int(np.count_nonzero(mask))
        if not count:
            return
        row = int(np.argmax(mask))
        if RULES[rule].severity is Severity.ERROR or fate == _REPEATED:
            self.fate[mask] = fate
        self.findings.append(_finding(self.series, rule, row=row, count=count, facts=facts))

    def rows(self, fate: int) -> Series | None:
        """Give the rows with a fate; None when there is none."""
        return take(self.series, self.fate == fate)


def take(series: Series, mask: Mask) -> Series | None:
    """Give the rows of a mask as a series; None when there is none."""
    if mask.all():
        return series if len(series) else None
    rows = np.flatnonzero(mask)
    if not len(rows):
        return None
    picked = {name: _picked(column, rows) for name, column in _columns(series)}
    return msgspec.structs.replace(series, **picked)


def _picked(column: Column[Any], rows: NDArray[np.intp]) -> Column[Any]:
    return column[rows] if isinstance(column, np.ndarray) else tuple(column[row] for row in rows.tolist())


def _columns(series: Series) -> Iterator[tuple[str, Column[Any]]]:
    """Give the columns that a series has, by name."""
    for name in Series.__struct_fields__:
        column = getattr(series, name)
        if column is not None and name not in ("datastream", "feature"):
            yield name, column


def _errors(
    series: Series, limits: Limits | None, clock: Clock | None
) -> Iterator[tuple[str, Mask, Mapping[str, object]]]:
    start = times(series.start)
    end = start if series.end is None else _times(series.end, start)
    known = start if series.result_time is None else _times(series.result_time, start)
    impossible = (start < FIRST_TIME) | (start > LAST_TIME) | (end > LAST_TIME) | (end < FIRST_TIME)
    yield "time-impossible", impossible | (known < FIRST_TIME) | (known > LAST_TIME), {}
    yield "end-before-start", end < start, {}
    if clock is not None:
        late = np.maximum(start, end) > clock.now.us + clock.tolerance.us
        yield "time-in-future", late, {"limit": clock.tolerance}
    yield from _value_errors(series, limits)


def _value_errors(series: Series, limits: Limits | None) -> Iterator[tuple[str, Mask, Mapping[str, object]]]:
    values, kind = numbers(series.result)
    numeric = np.ones(len(series), np.bool_) if kind is None else kind == NUMBER
    yield "not-finite", _not_finite(series, values, numeric), {}
    if limits is None:
        return
    facts = {"property": limits.property, "unit": limits.unit}
    if kind is not None:
        yield "not-a-number", ~numeric & (kind != NOTHING), facts
    if limits.minimum is not None:
        yield "below-minimum", numeric & (values < limits.minimum), {**facts, "limit": limits.minimum}
    if limits.maximum is not None:
        yield "above-maximum", numeric & (values > limits.maximum), {**facts, "limit": limits.maximum}


def _not_finite(series: Series, values: NDArray[np.float64], numeric: Mask) -> Mask:
    bad = numeric & ~np.isfinite(values)
    if not numeric.all():
        bad |= _infinite_within(series.result)
    for column in (series.result_quality, series.parameters):
        if column is not None:
            bad |= _infinite_within(column)
    return bad


def _infinite_within(column: Column[Any]) -> Mask:
    return np.fromiter((not is_finite(value) for value in column), dtype=np.bool_, count=len(column))


def _times(column: Column[int | None], instead: Times) -> Times:
    """Give a column of times; where it has none, the time of `instead`."""
    known = times(column)
    return np.where(known == ABSENT, instead, known)


def _by_datastream(states: list[_State]) -> Iterator[list[_State]]:
    groups: dict[str, list[_State]] = {}
    for state in states:
        groups.setdefault(state.series.datastream, []).append(state)
    yield from groups.values()


def _find_duplicates(group: list[_State]) -> None:
    if len(group) == 1 and _rises(times(group[0].series.start)):
        return
    first: dict[tuple[int, int | None], tuple[Any, ...]] = {}
    for state in group:
        conflicts = np.zeros(len(state.series), dtype=np.bool_)
        repeats = np.zeros(len(state.series), dtype=np.bool_)
        for row in np.flatnonzero(state.fate == _KEPT).tolist():
            time, content = _row(state.series, row)
            known = first.setdefault(time, content)
            if known is not content:
                (repeats if known == content else conflicts)[row] = True
        state.mark("duplicate-time", conflicts, {})
        state.mark("repeated-row", repeats, {}, fate=_REPEATED)


def _rises(starts: Times) -> bool:
    return bool((starts[1:] > starts[:-1]).all())


def _row(series: Series, row: int) -> tuple[tuple[int, int | None], tuple[Any, ...]]:
    end = None if series.end is None else _at(series.end, row)
    others = (
        series.result_time,
        series.result_quality,
        series.parameters,
        series.valid_start,
        series.valid_end,
    )
    result = _at(series.result, row)
    content = (series.feature, type(result), result, *(None if part is None else _at(part, row) for part in others))
    return (_at(series.start, row), end), content


def _at(column: Column[Any], row: int) -> Any:
    """Give one value; that of an array as Python has it."""
    return column[row].item() if isinstance(column, np.ndarray) and column.dtype != np.object_ else column[row]


_TIME_RULES = ("time-impossible", "end-before-start", "time-in-future", "duplicate-time", "repeated-row")


def _finding(series: Series, rule: str, *, row: int, count: int, facts: Mapping[str, object]) -> Finding:
    time = _time(series, row)
    about_time = rule in _TIME_RULES
    value: Any = _text(series, row) if about_time else _at(series.result, row)
    entity = series.datastream if time is None else observation_key(series.datastream, time)
    place = Place(
        path="/phenomenonTime" if about_time else "/result",
        value=value,
        entity=entity,
        count=count,
    )
    return RULES[rule].finding({"value": value if about_time else shown(value), **facts}, place)


def _time(series: Series, row: int) -> Time | None:
    """Give the phenomenonTime of a row; None when it cannot be written."""
    start, end = _at(series.start, row), None if series.end is None else _at(series.end, row)
    if not FIRST_TIME <= start <= LAST_TIME:
        return None
    if end is None or not start <= end <= LAST_TIME:
        return Instant(start)
    return Interval(Instant(start), Instant(end))


def _text(series: Series, row: int) -> str:
    start, end = _at(series.start, row), None if series.end is None else _at(series.end, row)
    parts = (part for part in (start, end) if part is not None)
    return "/".join(str(Instant(part)) if FIRST_TIME <= part <= LAST_TIME else str(part) for part in parts)
