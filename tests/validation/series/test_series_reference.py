from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.model.series import Series
from ssclab_data.model.values import Box, Instant
from ssclab_data.validation.series import controller
from ssclab_data.validation.series.controller import Controller, control
from ssclab_data.validation.series.plan import Subject
from ssclab_data.validation.series.positions import Area, Position
from ssclab_data.validation.series.verdicts import verdicts_of
from ssclab_data.validation.series_rules import (
    Cadence,
    ClockRules,
    Gap,
    Lasting,
    PropertyRules,
    Range,
    SeriesRules,
    Stay,
    Stuck,
    Thresholds,
)

from .reference import Row, flag, reference

_MINUTE = 60_000_000
_START = Instant.parse("2026-01-08T00:00:00Z").us
_NOW = Instant(_START + 300 * _MINUTE)

PROPERTIES = ("", "pm25", "noise-level", "wind-direction")
_VALUES = st.one_of(
    st.sampled_from([0, 0.0, -999, -1, 100, 100.0, 1, 2, 2.5, 3, 350, 4294967026, 10**400, float("nan"), float("inf")]),
    st.integers(-8, 12).map(lambda number: number / 2),
    st.sampled_from([None, True, "12", [1]]),
)
_STEPS = st.sampled_from([0, 1, 1, 1, 1, 2, 5, 30, 90])
_DURATIONS = ("PT1M", "PT3M", "PT10M", "PT40M")


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Rows in the order of time: runs, holes, repeated times, intervals, clocks gone wrong."""
    rows: list[Row] = []
    time = _START
    for _ in range(draw(st.integers(0, 12))):
        value, length = draw(_VALUES), draw(st.sampled_from([1, 1, 1, 2, 4, 8]))
        for _ in range(length):
            time += draw(_STEPS) * _MINUTE + draw(st.sampled_from([0, 0, 0, 7_000_000]))
            rows.append(Row(time, value, *draw(_ENDS).of(time)))
    odd = draw(
        st.lists(st.sampled_from([0, 5, _FIRST_IMPOSSIBLE, _LAST_IMPOSSIBLE, 2**70, _NOW.us + 10**10]), max_size=3)
    )
    rows += [Row(time, draw(_VALUES)) for time in odd]
    return sorted(rows, key=lambda row: (min(max(row.start, -_GREATEST), _GREATEST), min(row.stop, _GREATEST)))


class Ends:
    """How a row ends, and when its result was known, in minutes after its start."""

    def __init__(self, end: int | None, known: int | None) -> None:
        self.end, self.known = end, known

    def of(self, time: int) -> tuple[int | None, int | None]:
        return tuple(None if part is None else time + part * _MINUTE for part in (self.end, self.known))  # type: ignore[return-value]


_ENDS = st.sampled_from([Ends(None, None)] * 6 + [Ends(5, 5), Ends(60, None), Ends(None, -3), Ends(-1, 0), Ends(0, 2)])
_FIRST_IMPOSSIBLE = Instant.parse("0001-01-01T00:00:00Z").us - 1
_LAST_IMPOSSIBLE = Instant.parse("9999-12-31T23:59:59.999999Z").us + 1
_GREATEST = 2**63 - 1

_THRESHOLDS = st.sampled_from([None, Thresholds(suspect=1), Thresholds(fail=3), Thresholds(suspect=1.25, fail=3)])


@st.composite
def own_rules(draw: st.DrawFn) -> PropertyRules:
    short, long = sorted(draw(st.tuples(st.integers(0, 3), st.integers(0, 3))))
    fail_after = draw(st.sampled_from([None, _DURATIONS[long]]))
    lasting = Lasting(after=_DURATIONS[short], fail_after=fail_after)
    stay = Stay(value=100, after=_DURATIONS[long])
    stuck = Stuck(
        after=_DURATIONS[short],
        fail_after=fail_after,
        tolerance=draw(st.sampled_from([0, 0, 0.5, 1])),
        at=draw(st.sampled_from([(), (stay,), (stay, Stay(value=0, after="PT3M"))])),
    )
    return PropertyRules(
        missing=draw(st.sampled_from([None, (-999,), (-999, 0)])),
        range=draw(st.sampled_from([None, False, Range(fail=(-5, 1000), suspect=(0, 500)), Range(suspect=(None, 4))])),
        below_zero_within_noise=draw(st.sampled_from([None, 0, -2])),
        silence=draw(st.sampled_from([None, None, 0])),
        spike=draw(_THRESHOLDS),
        rate=draw(st.sampled_from([None, Thresholds(suspect=30), Thresholds(suspect=30, fail=100)])),
        stuck=draw(st.sampled_from([None, False, stuck])),
        constant_zero=draw(st.sampled_from([None, lasting])),
        gap=draw(st.sampled_from([None, Gap(after="PT20M"), Gap(after="PT1M")])),
        cadence=draw(st.sampled_from([None, Cadence(every="PT1M", tolerance="PT5S")])),
        clock=draw(st.sampled_from([None, ClockRules(drift="PT0S")])),
    )


def series_of(rows: list[Row], feature: str = "") -> Series:
    return Series(
        datastream="demo/1",
        feature=feature,
        start=tuple(row.start for row in rows),
        end=tuple(row.end for row in rows),
        result=tuple(row.result for row in rows),
        result_time=tuple(row.known for row in rows),
    )


@settings(max_examples=60)
@given(tables(), own_rules(), st.sampled_from(PROPERTIES), st.sampled_from([None, _NOW]))
def test_tests_by_column_say_what_tests_by_row_say(
    rows: list[Row], own: PropertyRules, property_id: str, now: Instant | None
) -> None:
    rules = SeriesRules(defaults=own)
    expected = reference(rows, rules, property_id=property_id, now=now)
    found = control(series_of(rows), rules, subject=Subject(datastream="demo/1", property=property_id), now=now)

    assert [set(verdicts_of(bits)) for bits in found.verdicts.bits.tolist()] == expected.verdicts
    flags = [flag(*one) for one in zip(expected.verdicts, expected.evaluated, strict=True)]
    assert found.verdicts.flags.tolist() == flags
    assert found.summary.flags == Counter(flags)
    counts = Counter(name for verdicts in expected.verdicts for name in verdicts)
    counts += Counter({"gap": expected.gaps, "cadence-irregular": expected.irregular})
    assert {finding.rule: finding.count for finding in found.findings} == dict(counts)


@settings(max_examples=60)
@given(tables(), own_rules(), st.lists(st.integers(1, 9), min_size=1), st.sampled_from([1, 3, 8]))
def test_any_parts_of_a_series_give_what_the_whole_gives(
    rows: list[Row], own: PropertyRules, sizes: list[int], block: int
) -> None:
    rules, subject = SeriesRules(defaults=own), _SUBJECT
    parts = list(parts_of(rows, sizes))
    whole = control(parts, rules, subject=subject, now=_NOW)
    with mock.patch.object(controller, "_BLOCK", block):
        one_by_one = Controller(subject, rules, now=_NOW)
        given_ = [one_by_one.feed(part) for part in parts]
        last = one_by_one.finish()

    flags = np.concatenate([*(part.flags for part in given_), last.verdicts.flags])
    bits = np.concatenate([*(part.bits for part in given_), last.verdicts.bits])
    assert flags.tolist() == whole.verdicts.flags.tolist()
    assert bits.tolist() == whole.verdicts.bits.tolist()
    assert last.findings == whole.findings
    assert last.summary == whole.summary


@settings(max_examples=30)
@given(tables(), own_rules(), st.randoms())
def test_the_order_in_which_rows_come_changes_no_verdict(rows: list[Row], own: PropertyRules, order: Any) -> None:
    rules = SeriesRules(defaults=own)
    rows = list({(row.start, row.stop): row for row in rows}.values())
    places = list(range(len(rows)))
    order.shuffle(places)
    sorted_ = control(series_of(rows), rules, subject=_SUBJECT)
    mixed = control(series_of([rows[place] for place in places]), rules, subject=_SUBJECT)

    assert mixed.verdicts.flags.tolist() == [sorted_.verdicts.flags[place] for place in places]
    assert mixed.summary == sorted_.summary


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(-100, 100)), min_size=1), own_rules())
def test_numpy_columns_give_what_tuples_give(pairs: list[tuple[int, float]], own: PropertyRules) -> None:
    start, value = map(tuple, zip(*sorted(pairs), strict=True))
    arrays = Series(
        datastream="demo/1", start=np.array(start) + _START, result=np.array(value), result_time=np.array(start)
    )
    tuples = Series(datastream="demo/1", start=tuple(one + _START for one in start), result=value, result_time=start)
    rules = SeriesRules(defaults=own)
    by_array, by_tuple = (control(one, rules, subject=_SUBJECT) for one in (arrays, tuples))

    assert by_array.verdicts.bits.tolist() == by_tuple.verdicts.bits.tolist()
    assert (by_array.findings, by_array.summary) == (by_tuple.findings, by_tuple.summary)


def test_of_two_stays_the_first_in_time_is_told() -> None:
    stuck = Stuck(after="PT2M", at=(Stay(value=100, after="PT2M"),))
    rows = [Row(_START + minute * _MINUTE, 7 if minute < 4 else 100) for minute in range(8)]
    (found,) = control(
        series_of(rows), SeriesRules(defaults=PropertyRules(stuck=stuck)), subject=Subject(datastream="demo/1")
    ).findings
    assert (found.rule, found.value, found.count) == ("stuck-suspect", 7, 8)


def test_a_long_series_is_given_as_it_comes_and_is_not_kept() -> None:
    rules = SeriesRules(defaults=PropertyRules(stuck=Stuck(after="PT1H"), gap=Gap(after="PT3H")))
    long = Controller(_SUBJECT, rules)
    size, kept = 40_000, []
    for part in range(6):
        start = _START + (np.arange(size) + part * size) * 1_000_000
        long.feed(Series(datastream="demo/1", start=start, result=np.full(size, float("inf") if part == 2 else 7.0)))
        kept.append(len(long._chain) + len(long._open._bits))
    assert max(kept) < 5 * 3_600, "more is kept than the rows within a gap of those that are open"
    assert long.finish().summary.flags == {3: 5 * size, 4: size}


def test_rows_out_of_order_are_refused_by_a_controller() -> None:
    backwards = series_of([Row(_START, 1), Row(_START - 1, 1)])
    late = Controller(_SUBJECT, SeriesRules())
    late.feed(backwards)
    with pytest.raises(ValueError, match="do not come in the order of phenomenonTime"):
        late.finish()


_SUBJECT = Subject(
    datastream="demo/1",
    property="wind-direction",
    positions={
        "here": Position(4.50, 52.05),
        "near": Position(4.501, 52.05),
        "far": Position(4.53, 52.05),
        "away": Position(5.11, 52.09),
        "nowhere": Position(0, 0),
    },
    area=Area("Zoetermeer", Box(4.41, 52.02, 4.57, 52.10)),
)
_FEATURES = ("here", "near", "here", "far", "nowhere", "unknown", "away", "here")


def parts_of(rows: list[Row], sizes: list[int]) -> Iterator[Series]:
    """Cut rows into series; each fourth row stands elsewhere than the one before it."""
    first, number = 0, 0
    while first < len(rows):
        last = min(first + sizes[number % len(sizes)], len(rows), (first // 4 + 1) * 4)
        yield series_of(rows[first:last], _FEATURES[first // 4 % len(_FEATURES)])
        first, number = last, number + 1
