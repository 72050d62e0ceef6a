"""Measure the quality control of series, beside the library of IOOS on the same rows."""

import statistics
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.validation.series.controller import control
from ssclab_data.validation.series.plan import Subject
from ssclab_data.validation.series_rules import (
    Cadence,
    Gap,
    Lasting,
    PropertyRules,
    Range,
    SeriesRules,
    Stuck,
    Thresholds,
)

from .data import START
from .measure import Goal, Line, timed

_ROWS, _FEWER = 1_000_000, 100_000
_TIMES = 7
_GOAL = Goal(1_000_000, "Observations/s", at_least=True)
_SUBJECT = Subject(datastream="bench/1", property="pm25", unit="ug/m3")
_RULES = SeriesRules(
    defaults=PropertyRules(missing=(-999,), gap=Gap(after="PT3H"), cadence=Cadence(every="PT11S", tolerance="PT3S")),
    properties={
        "pm25": PropertyRules(
            range=Range(fail=(-10, 1000), suspect=(0, 300)),
            below_zero_within_noise=-5,
            spike=Thresholds(suspect=50, fail=200),
            rate=Thresholds(suspect=50_000, fail=100_000),
            stuck=Stuck(after="PT12H", fail_after="P5D"),
            constant_zero=Lasting(after="P1D"),
        )
    },
)


def series_lines() -> Iterator[Line]:
    """Measure all tests with the summary, on one core: rows every 11 s for four months, with usual faults."""
    start, value = _columns()
    arrays = Series(datastream="bench/1", start=start, result=value, result_time=start + 1_000)
    tuples = Series(datastream="bench/1", start=tuple(start.tolist()), result=tuple(value.tolist()))
    now = Instant(int(start[-1]))
    for what, rows in (("numpy columns", arrays), ("tuples", tuples)):
        rate = _rate(partial(control, rows, _RULES, subject=_SUBJECT, now=now), _ROWS)
        yield Line(f"Quality control, all tests, {what}", f"{rate:,.0f} Observations/s", _GOAL, rate)
    if find_spec("ioos_qc") is not None:
        yield _peer(start[:_FEWER], value[:_FEWER])


def _peer(start: NDArray[np.int64], value: NDArray[np.float64]) -> Line:
    """Measure three of the tests; its flat line takes gigabytes for windows of hours."""
    from ioos_qc import qartod

    seconds = start / 1e6

    def run() -> None:
        qartod.gross_range_test(value, fail_span=(-10, 1000), suspect_span=(0, 300))
        qartod.spike_test(value, suspect_threshold=50, fail_threshold=200)
        qartod.rate_of_change_test(value, seconds, threshold=50_000 / 3_600, fail_threshold=100_000 / 3_600)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rate = _rate(run, _FEWER)
    return Line("ioos_qc: range, spike and rate alone", f"{rate:,.0f} Observations/s")


def _rate(run: Callable[[], object], rows: int) -> float:
    run()
    return rows / statistics.median(timed(run) for _ in range(_TIMES))


def _columns() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(6)
    start = START + np.cumsum(random.integers(9_000_000, 13_000_000, _ROWS))
    value = np.abs(np.cumsum(random.normal(0, 0.3, _ROWS)) % 80).round(2)
    value[1_000::50_000] = -999
    value[2_000::70_000] = 4_294_967_026
    value[3_000::9_000] = -1.8
    value[500_000:540_000] = 0
    return start, value
