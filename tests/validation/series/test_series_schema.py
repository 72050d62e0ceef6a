"""One document against the schema, and the same Observation by column: both say the same."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssclab_data.errors import ValueParseError
from ssclab_data.model.series import Series
from ssclab_data.model.values import Interval, end_of, parse_time, start_of
from ssclab_data.validation.json_schema import compiled
from ssclab_data.validation.profile import load_profile, profile_names
from ssclab_data.validation.series.controller import control
from ssclab_data.validation.series.observation_schema import schema_of
from ssclab_data.validation.series.plan import Subject
from ssclab_data.validation.series.verdicts import Flag
from ssclab_data.validation.series_rules import ClockRules, PropertyRules, Range, SeriesRules

_STAMPS = (
    *("2026-01-08T22:00:00Z", "2026-01-08T22:00:00.5Z", "2026-01-08T23:30:00+01:00", "2026-01-08T22:00:00"),
    *("2026-02-30T00:00:00Z", "2026-01-08", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "22:00", ""),
)
_TIMES = st.one_of(
    st.sampled_from(_STAMPS),
    st.tuples(st.sampled_from(_STAMPS), st.sampled_from(_STAMPS)).map("/".join),
)
_LIMITS = (-999, -9999.5, -20, -10.5, -10, -5, -0.1, 0, 0.5, 15, 20, 100, 250, 250.5, 1000, 5000)
_RESULTS = st.one_of(
    st.sampled_from(_LIMITS),
    st.floats(-1e4, 1e4),
    st.integers(-(2**40), 2**40),
    st.sampled_from([None, True, "1", [1]]),
)
_PAIRS = st.sampled_from(_LIMITS[2:]).flatmap(lambda low: st.tuples(st.just(low), st.sampled_from([100, 1000, None])))


@st.composite
def all_rules(draw: st.DrawFn) -> PropertyRules:
    fail, suspect = draw(st.none() | _PAIRS), draw(st.none() | _PAIRS)
    try:
        limits: Any = Range(fail=fail, suspect=suspect)
    except ValueError:
        limits = draw(st.sampled_from([None, False]))
    return PropertyRules(
        missing=draw(st.sampled_from([None, (-999,), (-999, 0)])),
        range=limits,
        below_zero_within_noise=draw(st.sampled_from([None, 0, -5])),
        silence=draw(st.sampled_from([None, None, 0, 15])),
    )


def flag_of(document: dict[str, Any], rules: SeriesRules, property_id: str) -> int:
    """Take a document as a mapping would, and give its flag."""
    try:
        time = parse_time(document["phenomenonTime"])
    except ValueParseError:
        return Flag.FAIL
    row = Series(
        datastream="d",
        start=(start_of(time).us,),
        end=(end_of(time).us if isinstance(time, Interval) else None,),
        result=(document["result"],),
    )
    (flag,) = control(row, rules, subject=Subject(datastream="d", property=property_id)).verdicts.flags.tolist()
    return int(flag)


def agree(document: dict[str, Any], rules: SeriesRules, property_id: str, engine: str) -> None:
    flag = flag_of(document, rules, property_id)
    for worst in (Flag.GOOD, Flag.SUSPECT):
        schema = schema_of(rules, property_id, worst=worst)
        passes = flag != Flag.FAIL and (flag != Flag.SUSPECT or worst is Flag.SUSPECT)
        assert compiled(schema, engine=engine).is_valid(document) == passes, (flag, schema)


_ANY_CLOCK = ClockRules(earliest=datetime(1, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("engine", ["jsonschema", "jsonschema-rs"])
@settings(max_examples=60)
@given(_TIMES, _RESULTS, all_rules(), st.sampled_from(["", "pm25", "noise-level"]))
@example("2026-01-08T22:00:00Z/2026-01-08T21:00:00Z", 1, PropertyRules(), "pm25")
def test_a_schema_and_columns_agree_on_generated_rules(
    engine: str, time: str, result: Any, own: PropertyRules, property_id: str
) -> None:
    rules = SeriesRules(defaults=PropertyRules(clock=_ANY_CLOCK), properties={"pm25": own, "noise-level": own})
    agree({"phenomenonTime": time, "result": result}, rules, property_id, engine)


@pytest.mark.parametrize("engine", ["jsonschema", "jsonschema-rs"])
@pytest.mark.parametrize("name", profile_names())
@settings(max_examples=25)
@given(data=st.data())
def test_a_schema_and_columns_agree_on_the_rules_of_profiles(name: str, engine: str, data: st.DataObject) -> None:
    profile = load_profile(name)
    property_id = data.draw(st.sampled_from(sorted(profile.series.properties)))
    document = {"phenomenonTime": "2026-01-08T22:00:00Z", "result": data.draw(_RESULTS)}
    agree(document, profile.series, property_id, engine)
