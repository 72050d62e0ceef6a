"""Many stamps read at once are those that the clock reads one by one, in every zone and on every day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.model.values import Interval
from ssclab_data.sources.declaration import Fold, Stamp, TimeRule
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.moments import ABSENT, ManyStamps
from ssclab_data.sources.times import Clock, Span

RULES = [
    {"zone": "UTC"},
    {"zone": "Europe/Amsterdam"},
    {"zone": "Europe/Amsterdam", "fold": Fold.SECOND},
    {"zone": "Australia/Lord_Howe"},
    {"zone": "+01:00", "stamp": "end", "period": "PT1H"},
    {"zone": "Europe/Amsterdam", "stamp": "start", "period": "P1D"},
    {"zones": [{"zone": "+01:00", "until": "2026-03-29T12:00"}, {"zone": "UTC"}]},
    {"stamp": "start", "period": "PT15M"},
    {"stamp": "start", "until": ["u"], "zone": "+01:00", "result": ["r"]},
    {"stamp": "end", "until": ["u"], "zone": "Europe/Amsterdam", "period": "PT1H"},
    {"stamp": "start", "until": ["u"], "period": "P1M", "zone": "Europe/Amsterdam"},
    {"fields": ["t", "u"], "zone": "UTC"},
]
DAYS = st.sampled_from(
    [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)]
)


@st.composite
def stamps(draw: st.DrawFn) -> str:
    moment = draw(DAYS) + timedelta(seconds=draw(st.integers(-90_000, 90_000)))
    text = moment.strftime(draw(st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"])))
    end = draw(st.sampled_from(["", "", "", "Z", "+02:00", ".5", ".757Z", ".1234567Z", "x", " "]))
    return draw(st.sampled_from([text + end, text + end, text.replace(" 00:", " 24:"), text[:13]]))


@settings(max_examples=150)
@given(st.sampled_from(RULES), st.lists(st.tuples(*[stamps() | st.none() | st.just("") | st.integers(0, 9)] * 3)))
def test_many_stamps_are_read_as_one_by_one(rule: dict[str, Any], rows: list[tuple[Any, Any, Any]]) -> None:
    clock = Clock(msgspec.convert({"because": "-", "fields": ["t"], **rule}, TimeRule))
    many = ManyStamps(clock)
    columns = {name: [row[number] for row in rows] for number, name in enumerate("tur")} if rows else {}
    moments = many.read(columns, len(rows))
    start, end, good = many.edges(moments, None)
    for number, row in enumerate(rows):
        expected = _one(clock, dict(zip("tur", row, strict=True)), None)
        cut, known = int(moments.cut[number]), int(moments.known[number])
        found = (
            (int(start[number]), int(end[number]), cut, None if known == ABSENT else known) if good[number] else None
        )
        assert found == expected, row


def _one(clock: Clock, fields: dict[str, Any], span: Span | None) -> tuple[int, int, int, int | None] | None:
    try:
        moment = clock.read(fields, None)
        time = clock.time(moment, span)
        known = clock.result_time(fields)
    except Refusal:
        return None
    edges = (time.start.us, time.end.us) if isinstance(time, Interval) else (time.us, time.us)
    return (*edges, moment.cut, None if known is None else known.us)


@pytest.mark.parametrize("span", [Span.of(Stamp.END, "PT8H"), Span.of(Stamp.INSTANT, "")])
def test_a_field_may_have_a_period_of_its_own(span: Span) -> None:
    clock = Clock(TimeRule(because="-", fields=("t",), zone="UTC"))
    many = ManyStamps(clock)
    start, end, _ = many.edges(many.read({"t": ["2026-01-01T12:00:00"]}, 1), span)
    expected = _one(clock, {"t": "2026-01-01T12:00:00"}, span)
    assert expected is not None
    assert (int(start[0]), int(end[0])) == expected[:2]
