"""What labs met, row by row: the flags, and what a steward reads about it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.model.series import Series
from ssclab_data.model.values import Box, Instant
from ssclab_data.validation.profile import load_profile
from ssclab_data.validation.series.controller import SeriesControl, control
from ssclab_data.validation.series.intervals import RULES as INTERVAL_RULES
from ssclab_data.validation.series.plan import Subject
from ssclab_data.validation.series.positions import RULES as POSITION_RULES
from ssclab_data.validation.series.positions import Area, Position, check_positions
from ssclab_data.validation.series.verdicts import VERDICTS
from ssclab_data.validation.series_rules import (
    Cadence,
    ClockRules,
    PositionRules,
    PropertyRules,
    Range,
    SeriesRules,
    Thresholds,
)

_START = Instant.parse("2026-01-08T00:00:00Z").us
_HOUR = 3_600_000_000
AIR = load_profile("lab-air@1").series
NOISE = load_profile("lab-noise@1").series


def found(
    result: Sequence[Any], rules: SeriesRules = AIR, *, of: str, every: int = _HOUR, **columns: Any
) -> SeriesControl:
    start = columns.pop("start", tuple(_START + row * every for row in range(len(result))))
    rows = Series(datastream="demo/1", start=start, result=tuple(result), **columns)
    return control(rows, rules, subject=Subject(datastream="demo/1", property=of), now=Instant(_START + 400 * _HOUR))


def flags(control_: SeriesControl) -> list[int]:
    return list(control_.verdicts.flags.tolist())


def rules_of(control_: SeriesControl) -> dict[str, int]:
    return {finding.rule: finding.count for finding in control_.findings}


_WET = [round(60 + row % 7 * 0.5, 2) for row in range(40)]
CASES: list[tuple[str, list[Any], list[int], dict[str, int], str]] = [
    (
        "pm25",
        [-999, -1.8, 3.2],
        [9, 1, 1],
        {"no-value": 1, "below-zero-within-noise": 1},
        "row 59: the sentinel is no value and no error; a small negative value is noise and stays",
    ),
    ("pm25", [3.0, -6.0, 3.0], [1, 3, 1], {"range-suspect": 1}, "row 59: below the noise a negative value is suspect"),
    ("pm25", [3.0, -12.0, 3.0], [1, 4, 1], {"range-fail": 1}, "what cannot be says nothing about its neighbours"),
    (
        "relative-humidity",
        [97.0, *[100.0] * 7, 98.0],
        [1] * 9,
        {},
        "row 61: six hours of 100 % in fog are real",
    ),
    (
        "relative-humidity",
        [97.0, *[100.0] * 121, 98.0],
        [1, *[3] * 121, 1],
        {"stuck-suspect": 121},
        "row 61: five days of 100 % are a wet or broken sensor, from the first hour on",
    ),
    (
        "relative-humidity",
        [*_WET, *[55.25] * 26],
        [*[1] * 40, *[3] * 26],
        {"stuck-suspect": 26},
        "any other value that does not change for a day is suspect",
    ),
    (
        "pm25",
        [*[0.0] * 26, *[row % 4 for row in range(24)]],
        [*[3] * 27, *[1] * 23],
        {"zero-suspect": 27},
        "row 62: zeros for more than a day are a clogged inlet, the zero that ends them too; single zeros are good",
    ),
    ("pm25", [2, 0, 1, 0, 3], [1] * 5, {}, "row 62: single zeros are good"),
    ("pm25", [2.0, True, "3", None], [1, 4, 4, 9], {"not-a-number": 2, "no-value": 1}, "what is no number"),
    ("pressure", [1013.0, 4294967026, 1013.2], [1, 4, 1], {"range-fail": 1}, "a negative number stored unsigned"),
    (
        "pm25",
        [10.0, 10.5, 910.5, 11.0, 10.0],
        [1, 3, 4, 3, 1],
        {"range-suspect": 1, "spike-suspect": 2, "spike-fail": 1},
        "QARTOD's spike: its two neighbours are half as far from the means that they see",
    ),
]


@pytest.mark.parametrize(("of", "result", "expected", "findings", "why"), CASES, ids=[case[4][:30] for case in CASES])
def test_rows_get_the_flags_that_a_steward_expects(
    of: str, result: list[Any], expected: list[int], findings: dict[str, int], why: str
) -> None:
    """cases.md, rows 59, 61 and 62."""
    control_ = found(result, of=of)
    assert flags(control_) == expected, why
    if findings:
        assert rules_of(control_) == findings, why


SOUND: list[tuple[list[float], list[int], str]] = [
    ([45.2, 0.0, 45.1, 46.0], [1, 4, 1, 1], "raw zeros are no silence: nothing was measured"),
    ([45.2, 46.1, 45.8, 47.0], [1, 1, 1, 1], "a street"),
]


@pytest.mark.parametrize(("result", "expected", "why"), SOUND)
def test_noise_is_held_against_what_a_microphone_can_hear(result: list[float], expected: list[int], why: str) -> None:
    rules = SeriesRules(properties={"noise-level": PropertyRules(silence=0)})
    assert flags(found(result, rules, of="noise-level")) == expected, why


SCALES: list[tuple[str, list[float], list[int], str]] = [
    ("noise-level", [40.0, 56.9, 60.0], [1, 1, 1], "60 dB outweighs 40 dB: their mean is 57 dB, not 50"),
    ("noise-level", [40.0, 50.0, 60.0], [1, 3, 1], "so 50 dB between them is 7 dB too low"),
    ("wind-direction", [358.0, 359.5, 2.0], [1, 1, 1], "north lies between 358 and 2 degrees"),
    ("wind-direction", [358.0, 180.0, 2.0], [1, 3, 1], "south does not"),
    ("temperature", [1.0, 1.5, 2.0], [1, 1, 1], "plain numbers have a plain mean"),
]


@pytest.mark.parametrize(("of", "result", "expected", "why"), SCALES)
def test_a_spike_is_told_on_the_scale_of_its_property(
    of: str, result: list[float], expected: list[int], why: str
) -> None:
    rules = SeriesRules(defaults=PropertyRules(spike=Thresholds(suspect=5)))
    assert flags(found(result, rules, of=of)) == expected, why


def _at(*stamps: str) -> tuple[int, ...]:
    return tuple(Instant.parse(stamp).us for stamp in stamps)


CLOCKS: list[tuple[dict[str, Any], list[int], dict[str, int], str]] = [
    ({"start": _at("1970-01-01T00:03:00Z", "2026-01-08T00:00:00Z")}, [4, 1], {"clock-not-set": 1}, "never set"),
    ({"start": _at("2026-01-08T00:00:00Z", "2026-03-08T00:00:00Z")}, [1, 4], {"time-in-future": 1}, "in the future"),
    ({"start": _at(*["2026-01-08T00:00:00Z"] * 2)}, [1, 3], {"time-twice": 1}, "one time, two rows"),
    (
        {
            "start": _at("2026-01-08T00:00:00Z", "2026-01-08T01:00:00Z"),
            "result_time": _at("2026-01-08T00:00:09Z", "2026-01-08T00:30:00Z"),
        },
        [1, 3],
        {"result-before-phenomenon": 1},
        "known half an hour before it was measured",
    ),
    (
        {
            "start": _at("2026-01-08T00:00:00Z", "2026-01-08T01:00:00Z"),
            "end": _at("2026-01-08T01:00:00Z", "2026-01-08T00:59:00Z"),
        },
        [1, 4],
        {"end-before-start": 1},
        "an hour that ends before it starts",
    ),
    ({"start": (2**70, _START)}, [4, 1], {"time-impossible": 1}, "beyond the calendar"),
]


@pytest.mark.parametrize(("columns", "expected", "findings", "why"), CLOCKS, ids=[case[3] for case in CLOCKS])
def test_times_that_cannot_be_are_told(
    columns: dict[str, Any], expected: list[int], findings: dict[str, int], why: str
) -> None:
    control_ = found([3.0, 3.5], of="pm25", **columns)
    assert (flags(control_), rules_of(control_)) == (expected, findings), why
    assert control_.summary.period is not None
    assert control_.summary.period.start.us == _START, "a wrong time widens no period"


def test_gaps_and_cadence_are_told_and_no_row_is_blamed() -> None:
    rules = msgspec.structs.replace(
        AIR, properties={"pm25": PropertyRules(cadence=Cadence(every="PT1H", tolerance="PT1M"))}
    )
    hours = (0, 1, 2, 3.5, 4, 6, 12, 13)
    start = tuple(_START + int(hour * _HOUR) for hour in hours)
    control_ = found([float(number) for number in range(8)], rules, of="pm25", start=start)

    assert flags(control_) == [1] * 8
    assert rules_of(control_) == {"gap": 1, "cadence-irregular": 2}
    texts = {finding.rule: finding.text for finding in control_.findings}
    assert "2026-01-08T06:00:00Z/2026-01-08T12:00:00Z" in texts["gap"]
    assert [str(gap) for gap in control_.summary.gaps] == ["2026-01-08T06:00:00Z/2026-01-08T12:00:00Z"]
    assert (control_.summary.cadence, control_.summary.gap_count) == (_HOUR, 1)


def test_without_a_rule_a_gap_is_three_times_as_long_as_the_cadence() -> None:
    start = tuple(_START + minute * 60_000_000 for minute in (0, 1, 2, 3, 7, 8, 11, 12))
    summary = found([1.0] * 8, SeriesRules(), of="", start=start).summary
    assert (summary.cadence, summary.gap_count, rules_of_gap(summary.gaps)) == (60_000_000, 1, [4])


def rules_of_gap(gaps: Sequence[Any]) -> list[int]:
    return [(gap.end.us - gap.start.us) // 60_000_000 for gap in gaps]


def test_days_count_what_is_good_suspect_and_bad() -> None:
    result = [*[1.5, 2.5] * 12, *[1.5, 5000.0, 2.5, 5000.0] * 6, 1.5, -6.0, 2.5, -6.0, -999]
    summary = found(result, of="pm25").summary
    assert [(day.day, day.good, day.suspect, day.bad) for day in summary.days] == [
        ("2026-01-08", 24, 0, 0),
        ("2026-01-09", 12, 0, 12),
        ("2026-01-10", 2, 2, 0),
    ]
    assert summary.flags == {1: 38, 3: 2, 4: 12, 9: 1}


def test_values_in_another_unit_are_not_held_against_the_rules() -> None:
    rows = Series(datastream="d", start=(_START,), result=(5000.0,))
    control_ = control(rows, AIR, subject=Subject(datastream="d", property="pm25", unit="[ppb]"))
    assert (flags(control_), list(rules_of(control_))) == ([2], ["limits-not-checked"])


POSITIONS: list[tuple[list[Position], Area | None, list[str], str, str]] = [
    (
        [Position(-3.388, 48.550), Position(-3.388, 48.551)],
        None,
        ["position-differs"],
        "111 m",
        "row 64: one station, two positions within the tolerance: one place, and the distance is told",
    ),
    (
        [Position(-3.388, 48.550), Position(-3.388, 48.553)],
        None,
        ["position-moved"],
        "334 m",
        "row 64: beyond the tolerance there are two versions of the place",
    ),
    (
        [Position(4.9, 52.37)],
        Area("Utrecht", Box(4.97, 52.02, 5.20, 52.15)),
        ["position-outside"],
        "m outside Utrecht",
        "row 65: the point is in Amsterdam, the municipality says Utrecht; nothing is corrected",
    ),
    ([Position(0, 0)], None, ["position-impossible"], "0, 0", "0,0 means that there is none"),
    ([Position(4.9, 95.0)], None, ["position-impossible"], "95", "no latitude"),
    ([Position(4.9, 52.37)] * 3, None, [], "", "a thing that stays where it is"),
]


@pytest.mark.parametrize(
    ("positions", "area", "rules", "text", "why"), POSITIONS, ids=[one[4][:24] for one in POSITIONS]
)
def test_positions_are_told_with_their_distance(
    positions: list[Position], area: Area | None, rules: list[str], text: str, why: str
) -> None:
    findings = check_positions(positions, PositionRules(tolerance=200), entity="demo/1", area=area)
    assert [finding.rule for finding in findings] == rules, why
    assert all(text in finding.text for finding in findings), why


def test_rows_outside_the_municipality_are_kept_and_suspect() -> None:
    subject = Subject(
        datastream="d",
        property="pm25",
        positions={"in": Position(5.1, 52.1), "out": Position(4.9, 52.37), "none": Position(0, 0)},
        area=Area("Utrecht", Box(4.97, 52.02, 5.20, 52.15)),
    )
    parts = [
        Series(datastream="d", feature=feature, start=(_START + hour * _HOUR,), result=(2.0 + hour,))
        for hour, feature in enumerate(("in", "out", "none", "unknown"))
    ]
    control_ = control(parts, AIR, subject=subject)
    assert flags(control_) == [1, 3, 4, 1]
    assert rules_of(control_) == {"position-outside": 1, "position-impossible": 1, "position-moved": 1}


EVERY_RULE = [*(verdict.rule for verdict in VERDICTS.values()), *POSITION_RULES, *INTERVAL_RULES]


def test_every_rule_speaks_dutch_and_english_and_has_one_name() -> None:
    names = [rule.id for rule in EVERY_RULE]
    assert len(names) == len(dict.fromkeys(names)) <= 30, "each verdict has a bit, and the last one is for EVALUATED"
    for rule in EVERY_RULE:
        assert rule.text, rule.id
        assert rule.text_nl, rule.id
        assert bool(rule.cure) == bool(rule.cure_nl), rule.id


def test_every_rule_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "validation.md").read_text(encoding="utf-8")
    assert [rule.id for rule in EVERY_RULE if f"| `{rule.id}` |" not in page] == []
    assert [name for name in PropertyRules.__struct_fields__ if f"| `{name}` |" not in page] == []


def test_messages_name_value_unit_and_limit_in_both_languages() -> None:
    rules = SeriesRules(properties={"pm25": PropertyRules(range=Range(fail=(-5, 1000)), clock=ClockRules())})
    (finding,) = found([4294967026], rules, of="pm25").findings
    assert finding.text == "PM2.5 4294967026 ug/m3 lies outside -5 … 1000"
    assert finding.text_nl == "fijnstof (PM2.5) 4294967026 ug/m3 ligt buiten -5 … 1000"
    assert (finding.entity, finding.path, finding.value) == ("demo/1/2026-01-08T00:00:00Z", "/result", 4294967026)
