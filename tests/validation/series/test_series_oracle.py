"""Where the library of IOOS means the same, it says the same: an implementation of QARTOD by others."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from ioos_qc import qartod

from ssclab_data.model.series import Series
from ssclab_data.validation.series.controller import control
from ssclab_data.validation.series.plan import Subject
from ssclab_data.validation.series_rules import PropertyRules, Range, SeriesRules, Stuck, Thresholds

_START = 1_767_830_400
_VALUES = st.lists(
    st.one_of(st.integers(-20, 20).map(lambda one: one / 4), st.floats(-50, 50)), min_size=3, max_size=40
)


def flags(values: list[float], times: np.ndarray, rules: PropertyRules) -> list[int]:
    rows = Series(datastream="d", start=times * 1_000_000, result=np.array(values))
    found = control(rows, SeriesRules(defaults=rules), subject=Subject(datastream="d"))
    return list(found.verdicts.flags.tolist())


def seconds(steps: list[int], size: int) -> np.ndarray:
    return _START + np.cumsum(np.resize(np.array(steps), size))


@settings(max_examples=50)
@given(_VALUES, st.tuples(st.floats(-40, 0), st.floats(0, 40)))
def test_range_is_that_of_ioos(values: list[float], suspect: tuple[float, float]) -> None:
    theirs = qartod.gross_range_test(values, fail_span=(-40, 40), suspect_span=suspect)
    ours = flags(values, seconds([60], len(values)), PropertyRules(range=Range(fail=(-40, 40), suspect=suspect)))
    assert ours == theirs.tolist()


@settings(max_examples=50)
@given(_VALUES, st.lists(st.integers(1, 900), min_size=1, max_size=5))
def test_spike_is_that_of_ioos(values: list[float], steps: list[int]) -> None:
    theirs = qartod.spike_test(values, suspect_threshold=2, fail_threshold=7.5)
    ours = flags(values, seconds(steps, len(values)), PropertyRules(spike=Thresholds(suspect=2, fail=7.5)))
    assert ours == theirs.tolist()


@settings(max_examples=50)
@given(_VALUES, st.lists(st.integers(1, 900), min_size=1, max_size=5))
def test_rate_is_that_of_ioos(values: list[float], steps: list[int]) -> None:
    """Its thresholds are for a second, ours for an hour; it says good of the first row, which has none before it."""
    times = seconds(steps, len(values))
    theirs = qartod.rate_of_change_test(values, times, threshold=0.011, fail_threshold=0.107)
    ours = flags(values, times, PropertyRules(rate=Thresholds(suspect=0.011 * 3_600, fail=0.107 * 3_600)))
    assert ours[0] == 2
    assert ours[1:] == theirs.tolist()[1:]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=3, max_size=12))
def test_a_flat_line_ends_where_ioos_says_so(runs: list[tuple[int, int]]) -> None:
    """It counts rows of even steps and flags the last row of a window; ours flags all rows that stay the same."""
    values = [float(value) for value, length in runs for _ in range(length)]
    times = seconds([60], len(values))
    theirs = qartod.flat_line_test(values, times, suspect_threshold=240, fail_threshold=10**6, tolerance=1e-9).tolist()
    ours = flags(values, times, PropertyRules(stuck=Stuck(after="PT4M")))
    for row, flag in enumerate(theirs):
        if flag == 3:
            assert ours[max(0, row - 4) : row + 1] == [3] * len(ours[max(0, row - 4) : row + 1])
    assert ours.count(3) == sum(any(flag == 3 for flag in theirs[row : row + 5]) for row in range(len(values)))


def test_irregular_times_are_why_it_is_no_part_of_the_package() -> None:
    """Four equal values within a second, in a series of one row an hour, are three hours to it: it counts rows."""
    values = [*[float(row) for row in range(20)], 7.0, 7.0, 7.0, 7.0, *[float(row) for row in range(20)]]
    steps = [*[3_600] * 21, 1, 1, 1, *[3_600] * 20]
    times = _START + np.cumsum(steps)
    theirs = qartod.flat_line_test(values, times, suspect_threshold=10_800, fail_threshold=10**6, tolerance=1e-9)
    ours = flags(values, times, PropertyRules(stuck=Stuck(after="PT3H")))
    assert theirs.tolist().count(3) == 1
    assert ours.count(3) == 0


def test_steps_below_a_second_are_none_to_it() -> None:
    """It cuts steps to whole seconds and does not divide by none: 0.9 in half a second is 0.9 in a second to it."""
    stamps = np.array([0, 500, 1_000], "datetime64[ms]")
    with np.errstate(divide="ignore"):
        theirs = qartod.rate_of_change_test([1.0, 1.9, 1.0], stamps, threshold=1)
    start = _START * 1_000_000 + np.array([0, 500_000, 1_000_000])
    rows = Series(datastream="d", start=start, result=(1.0, 1.9, 1.0))
    rules = SeriesRules(defaults=PropertyRules(rate=Thresholds(suspect=3_600)))
    ours = control(rows, rules, subject=Subject(datastream="d")).verdicts.flags
    assert (theirs.tolist(), ours.tolist()) == ([1, 1, 1], [2, 3, 3])
