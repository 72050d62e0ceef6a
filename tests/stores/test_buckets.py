"""Buckets of time: their edges, and what each store says is in them."""

import math
import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data import Lab
from ssclab_data.errors import QueryTooBroadError, StoreCorruptError, ValueParseError
from ssclab_data.model.codelists import Averaging
from ssclab_data.model.entity import Entity
from ssclab_data.model.periods import Period, Span
from ssclab_data.model.sensorthings import Datastream
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.stores.base import Batch, Buckets, Store
from ssclab_data.stores.buckets import averaging_of
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.scanning import Budget
from ssclab_data.stores.shape import POLICY, DuplicatePolicy
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import ask, example_entities, example_series

from .test_machine import SmallChunks

AMSTERDAM = "Europe/Amsterdam"
DAY = 86_400_000_000
LEVEL = UnitOfMeasurement("decibel (A-weighted)", "dB(A)", "http://qudt.org/vocab/unit/DeciB_A")


def us(text: str) -> int:
    """Give microseconds of a stamp."""
    return Instant.parse(text).us


def entities(policy: DuplicatePolicy = DuplicatePolicy.UPSERT) -> tuple[Entity, ...]:
    """Describe the examples with noise in decibel."""
    return tuple(
        msgspec.structs.replace(
            entity,
            unit_of_measurement=LEVEL if str(entity.key).endswith("noise") else entity.unit_of_measurement,
            properties={POLICY: policy},
        )
        if isinstance(entity, Datastream)
        else entity
        for entity in example_entities()
    )


def rows_of(datastream: str, rows: list[tuple[int, int | None, Any]]) -> Series:
    """Make a series of rows: start, length, result."""
    return Series(
        datastream=datastream,
        feature=datastream[:3],
        start=tuple(row[0] for row in rows),
        end=tuple(None if row[1] is None else row[0] + row[1] for row in rows),
        result=tuple(row[2] for row in rows),
    )


@pytest.fixture(params=["memory", "hot", "sealed"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Give a function that writes series into a store and gives it."""
    store = MemoryStore("breda") if request.param == "memory" else SQLiteStore.open(tmp_path / "a.db", lab="breda")
    store.apply(Batch(entities=entities()))

    def write(*series: Series) -> Store:
        store.apply(Batch(series=series))
        if request.param == "sealed":
            assert isinstance(store, SQLiteStore)
            store.seal(0)
        return store

    yield write
    store.close()


SPANS = [
    ("PT1H", "UTC", "2026-01-01T10:59:59.999999Z", "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z", "half-open"),
    ("PT15M", "UTC", "1969-12-31T23:59:00Z", "1969-12-31T23:45:00Z", "1970-01-01T00:00:00Z", "before 1970"),
    ("P1D", AMSTERDAM, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "23 hours"),
    ("P1D", AMSTERDAM, "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "25 hours"),
    ("PT1H", AMSTERDAM, "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "02 h, first time"),
    ("PT1H", AMSTERDAM, "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", "02 h, again"),
    ("PT2H", AMSTERDAM, "2026-10-25T22:30:00Z", "2026-10-25T22:00:00Z", "2026-10-25T23:00:00Z", "cut by midnight"),
    ("PT12H", AMSTERDAM, "2026-03-29T21:00:00Z", "2026-03-29T11:00:00Z", "2026-03-29T22:00:00Z", "elapsed time"),
    ("P1W", AMSTERDAM, "2026-03-29T21:59:00Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z", "Monday to Sunday"),
    ("P1M", AMSTERDAM, "2026-01-31T23:00:00Z", "2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z", "February already"),
    ("P1M", "UTC", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "a leap year"),
    ("P1Y", AMSTERDAM, "2025-12-31T23:30:00Z", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z", "2026 already"),
    ("P1Y", "UTC", "2025-12-31T23:30:00Z", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "still 2025"),
    (
        "PT1H",
        "Asia/Kolkata",
        "2026-01-01T00:00:00Z",
        "2025-12-31T23:30:00Z",
        "2026-01-01T00:30:00Z",
        "half an hour off",
    ),
    ("P1D", "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z", "midnight skipped"),
    ("P1D", "Africa/Cairo", "2026-10-29T20:30:00Z", "2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z", "an hour twice"),
    ("P1D", "Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "the last one"),
    ("P1D", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", "a day skipped"),
]


@pytest.mark.parametrize(("text", "zone", "moment", "start", "end", "why"), SPANS)
def test_edges(text: str, zone: str, moment: str, start: str, end: str, why: str) -> None:
    period = Period.parse(text, zone=zone)
    span = period.span(us(moment))
    assert (str(Instant(span.start)), str(Instant(span.end))) == (start, end), why
    assert [edges.tolist() for edges in period.spans(np.array([us(moment)]))] == [[us(start)], [us(end)]], why


@pytest.mark.parametrize("text", ["PT7H", "PT24H", "PT0S", "P2D", "P7D", "P3M", "-PT1H", "hour", "time", "", "PT1H "])
def test_other_periods_are_refused(text: str) -> None:
    with pytest.raises(ValueParseError, match="P1D, P1W, P1M, P1Y, or one that divides a day evenly"):
        Period.parse(text)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../UTC", "", "/etc/passwd", "CEST"])
def test_other_zones_are_refused(zone: str) -> None:
    with pytest.raises(ValueParseError, match="a time zone of IANA"):
        Period.parse("PT1H", zone=zone)


UNITS = [
    (LEVEL, Averaging.ENERGETIC),
    (UnitOfMeasurement(symbol="dB"), Averaging.ENERGETIC),
    (UnitOfMeasurement(symbol="dB[SPL]"), Averaging.ENERGETIC),
    (UnitOfMeasurement(symbol="dB(C) re 20 µPa"), Averaging.ENERGETIC),
    (UnitOfMeasurement(name="decibel"), Averaging.ENERGETIC),
    (UnitOfMeasurement(name="sound", definition="http://qudt.org/vocab/unit/DeciB"), Averaging.ENERGETIC),
    (UnitOfMeasurement(name="level", definition="dB A"), Averaging.ENERGETIC),
    (UnitOfMeasurement("decibar", "dbar", "http://qudt.org/vocab/unit/DeciBAR"), Averaging.ARITHMETIC),
    (UnitOfMeasurement("decibel per metre", "dB/m"), Averaging.ARITHMETIC),
    (UnitOfMeasurement("decibecquerel", "dBq"), Averaging.ARITHMETIC),
    (UnitOfMeasurement("microgram per cubic metre", "µg/m³"), Averaging.ARITHMETIC),
    (UnitOfMeasurement(), Averaging.ARITHMETIC),
    (None, Averaging.ARITHMETIC),
    (msgspec.UNSET, Averaging.ARITHMETIC),
]


@pytest.mark.parametrize(("unit", "expected"), UNITS)
def test_units_that_are_levels(unit: Any, expected: Averaging) -> None:
    assert averaging_of(unit) is expected


def test_a_bucket_says_all_of_its_numbers(kept: Any) -> None:
    hour = us("2026-01-01T10:00:00Z")
    rows: list[tuple[int, int | None, Any]] = [
        (hour + 5, 0, 7),
        (hour + 5, 7, 1.5),
        (hour + 5, None, 2),
        (hour + 9, None, "high"),
        (hour + 9, 1, None),
        (hour, None, True),
        (hour + 3_599_999_999, 3_600_000_000, 2**60 + 1),
        (hour + 3_599_999_999, None, 5),
        (hour + 3_600_000_000, None, None),
        (hour + 4 * 3_600_000_000, None, 2.0),
        (hour + 4 * 3_600_000_000 + 1, None, 2),
    ]
    store = kept(rows_of("v/1/pm25", rows), rows_of("v/2/noise", [(hour, None, 50), (hour + 1, None, 60.0)]))
    one, other = store.buckets(ask("Observation"), Period.parse("PT1H"))
    assert plain(one) == plain(
        Buckets(
            lab="breda",
            datastream=1,
            mean_kind=Averaging.ARITHMETIC,
            start=(hour, hour + 3_600_000_000, hour + 4 * 3_600_000_000),
            end=(hour + 3_600_000_000, hour + 2 * 3_600_000_000, hour + 5 * 3_600_000_000),
            count=(5, 0, 2),
            other=(3, 1, 0),
            min=(1.5, None, 2.0),
            max=(2**60 + 1, None, 2.0),
            mean=((2**60 + 16.5) / 5, None, 2.0),
            first=(7, None, 2.0),
            last=(2**60 + 1, None, 2),
        )
    )
    assert other.datastream == 4
    assert other.mean_kind is Averaging.ENERGETIC
    assert other.mean[0] == pytest.approx(57.40362689494244, rel=1e-12)
    assert (other.min, other.max, other.first, other.last) == ((50,), (60.0,), (50,), (60.0,))


def test_an_hour_without_data_is_no_row_and_no_zero(kept: Any) -> None:
    """cases.md, row 92: of four hours three have data; the fourth lowers no mean, and 3 of 4 is a coverage of 75 %."""
    hour = 3_600_000_000
    first = us("2026-01-01T00:00:00Z")
    store = kept(rows_of("v/1/pm25", [(first + n * hour, None, value) for n, value in ((0, 6), (1, 9), (3, 12))]))
    (hourly,) = store.buckets(ask("Observation"), Period.parse("PT1H"))
    assert (hourly.start, hourly.mean) == ((first, first + hour, first + 3 * hour), (6, 9, 12))
    (day,) = store.buckets(ask("Observation"), Period.parse("P1D"))
    assert (day.count, day.mean, day.min) == ((3,), (9,), (6,))
    assert day.count[0] / 4 == 0.75


@pytest.mark.parametrize(
    ("day", "hours", "first", "again"),
    [("2026-03-29", 23, "2026-03-28T23:00:00Z", 2), ("2026-10-25", 25, "2026-10-24T22:00:00Z", 1)],
)
def test_local_days_when_summer_time_changes(kept: Any, day: str, hours: int, first: str, again: int) -> None:
    start = us(first)
    store = kept(rows_of("v/1/pm25", [(start + n * 1_800_000_000, None, n) for n in range(-4, 2 * hours + 4)]))
    query = ask("Observation")
    (days,) = store.buckets(query, Period.parse("P1D", zone=AMSTERDAM))
    assert days.count == (4, 2 * hours, 4)
    assert days.start[1] == start
    (hourly,) = store.buckets(query, Period.parse("PT1H", zone=AMSTERDAM))
    assert hourly.count == (2,) * (hours + 4)
    local = [datetime.fromtimestamp(us / 1e6, ZoneInfo(AMSTERDAM)) for us in hourly.start]
    of_day = [one.hour for one in local if one.date() == date.fromisoformat(day)]
    assert len(of_day) == hours
    assert of_day.count(2) == (0 if hours == 23 else 2)


@pytest.mark.parametrize("text", ["P1M", "P1Y"])
def test_months_and_years(kept: Any, text: str) -> None:
    edge = us("2025-12-31T23:00:00Z")
    store = kept(rows_of("v/1/pm25", [(edge - 1, None, 1), (edge, None, 2), (edge + 40 * DAY, None, 3)]))
    (found,) = store.buckets(ask("Observation"), Period.parse(text, zone=AMSTERDAM))
    assert found.last == ((1, 2, 3) if text == "P1M" else (1, 3))
    (found,) = store.buckets(ask("Observation", filter="result ge 2"), Period.parse(text, zone="UTC"))
    assert found.last == (2, 3)
    assert store.buckets(ask("Observation", filter="result gt 9"), Period.parse(text)) == ()


def test_a_sum_beyond_floating_point_has_no_mean(kept: Any) -> None:
    store = kept(rows_of("v/1/pm25", [(0, None, 1.7e308), (1, None, 1.7e308)]))
    (found,) = store.buckets(ask("Observation"), Period.parse("P1D"))
    assert (found.mean, found.max) == ((None,), (1.7e308,))


def plain(buckets: Buckets) -> Any:
    """Compare exactly, whole numbers told from others, means within their rounding."""
    exact = msgspec.structs.replace(buckets, mean=())
    ends = zip(buckets.min, buckets.max, strict=True)
    sizes = [max(abs(low), abs(high)) for low, high in ends if low is not None and high is not None]
    known = [mean for mean in buckets.mean if mean is not None]
    return repr(exact).replace("-0.0", "0.0"), [mean is None for mean in buckets.mean], Means(known, sizes)


class Means:
    """Means that are equal when they differ by less than the rounding of sums."""

    def __init__(self, means: list[float], sizes: list[int | float]) -> None:
        self.means = means
        self.sizes = sizes

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Means)
        rows = zip(self.means, other.means, self.sizes, strict=True)
        return all(math.isclose(one, two, rel_tol=1e-12, abs_tol=1e-12 * float(size)) for one, two, size in rows)

    def __repr__(self) -> str:
        return repr(self.means)


def reference(store: Store, filter_: str, period: Period) -> list[Any]:
    """Sum up what a store reads, one Datastream and period after another."""
    found: dict[int, dict[Span, list[tuple[int, int, int, Any]]]] = {}
    for row in store.read(ask("Observation", filter=filter_)).rows:
        handle, time, result = int(row.handle), row.entity.phenomenon_time, row.entity.result  # type: ignore[attr-defined]
        start, end = getattr(time, "start", time).us, getattr(time, "end", time).us
        spans = found.setdefault(handle >> 32, {})
        spans.setdefault(local_span(start, period), []).append((start, end, handle, result))
    return [summed(datastream, found[datastream]) for datastream in sorted(found)]


def summed(datastream: int, found: dict[Span, list[tuple[int, int, int, Any]]]) -> Any:
    """Sum up the Observations of one Datastream."""
    level = datastream % 2 == 0
    columns: list[Any] = []
    for span in sorted(found, key=lambda span: span.start):
        rows = sorted(found[span], key=lambda row: row[:3])
        numbers = [row[3] for row in rows if type(row[3]) in (int, float)]
        mean = low = high = None
        if numbers:
            low, high = (end(sorted(numbers, key=lambda number: isinstance(number, int))) for end in (min, max))
            powers = [10 ** (number / 10) for number in numbers] if level else []
            mean = 10 * math.log10(statistics.fmean(powers)) if level else statistics.fmean(numbers)
        ends = (numbers[0], numbers[-1]) if numbers else (None, None)
        columns.append((span.start, span.end, len(numbers), len(rows) - len(numbers), low, high, mean, *ends))
    names = ("start", "end", "count", "other", "min", "max", "mean", "first", "last")
    kind = Averaging.ENERGETIC if level else Averaging.ARITHMETIC
    given = dict(zip(names, zip(*columns, strict=True), strict=True))
    return plain(Buckets(lab="breda", datastream=datastream, mean_kind=kind, **given))


def local_span(moment: int, period: Period) -> Span:
    """Find a period by the calendar of the standard library."""
    zone = ZoneInfo(period.zone)
    here = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).astimezone(zone).date()
    first, later = {
        "P1W": (here - timedelta(days=here.weekday()), here + timedelta(days=7 - here.weekday())),
        "P1M": (here.replace(day=1), (here.replace(day=1) + timedelta(days=31)).replace(day=1)),
        "P1Y": (date(here.year, 1, 1), date(here.year + 1, 1, 1)),
    }.get(period.unit.value, (here, here + timedelta(days=1)))
    start, end = (Instant.of(datetime(one.year, one.month, one.day, tzinfo=zone)).us for one in (first, later))
    while period.length and start + period.length <= moment:
        start += period.length
    return Span(start, min(end, start + period.length) if period.length else end)


PERIODS = st.sampled_from(["PT1S", "PT15M", "PT1H", "PT1H", "PT1H30M", "PT2H", "PT12H", "P1D", "P1W", "P1M", "P1Y"])
ZONES = st.sampled_from(["UTC", AMSTERDAM, AMSTERDAM, "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe"])
AROUND = st.sampled_from(
    [us(text) for text in ("2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z", "2026-03-29T01:00:00Z")]
    + [us(text) for text in ("2026-10-25T01:00:00Z", "2025-12-31T23:00:00Z", "2026-01-01T00:00:00Z")]
)
MOMENTS = st.one_of(
    st.builds(lambda near, steps: near + steps * 900_000_000, AROUND, st.integers(-120, 120)),
    st.integers(us("2025-03-01T00:00:00Z"), us("2026-11-30T00:00:00Z")),
)
NUMBERS = st.one_of(
    st.integers(-20, 130), st.floats(-20, 130).map(lambda x: round(x, 3)), st.sampled_from([-0.0, 0.0, 60.0, 60])
)
RESULTS = st.one_of(NUMBERS, NUMBERS, NUMBERS, st.sampled_from([None, True, "high", 2**53 + 1, 1e250, {"a": 1}]))
LEVELS = st.one_of(NUMBERS, NUMBERS, st.sampled_from([None, "high"]))
LENGTHS = st.one_of(st.none(), st.none(), st.sampled_from([0, 1, 900_000_000, 3_600_000_000]))
FILTERS = st.sampled_from(
    [
        "true eq true",
        "result gt 10",
        "phenomenonTime ge 2025-10-26T00:30:00Z and phenomenonTime lt 2026-10-25T01:00:00Z",
        "Datastream/@iot.id in (1,4)",
        "not (result eq null)",
    ]
)


def tables(results: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Make rows, scattered or in runs that fill whole chunks of one bucket."""
    scattered = st.lists(st.tuples(MOMENTS, LENGTHS, results), max_size=14)
    runs = st.builds(
        lambda start, step, values: [(start + n * step, None, value) for n, value in enumerate(values)],
        MOMENTS,
        st.sampled_from([1, 60_000_000, 900_000_000]),
        st.lists(NUMBERS, max_size=14),
    )
    return st.one_of(scattered, runs, st.tuples(scattered, runs).map(lambda pair: pair[0] + pair[1]))


@settings(max_examples=150, deadline=None)
@given(
    rows=st.tuples(tables(RESULTS), tables(LEVELS), tables(RESULTS), tables(LEVELS)),
    later=tables(RESULTS),
    seal=st.booleans(),
    policy=st.sampled_from([DuplicatePolicy.UPSERT, DuplicatePolicy.ALLOW]),
    asked=st.tuples(PERIODS, ZONES, FILTERS),
)
def test_stores_agree_with_the_reference(
    rows: tuple[list[Any], ...], later: list[Any], seal: bool, policy: DuplicatePolicy, asked: tuple[str, str, str]
) -> None:
    text, zone, filter_ = asked
    period = Period.parse(text, zone=zone)
    streams = ("v/1/pm25", "v/1/noise", "v/2/pm25", "v/2/noise")
    small = SmallChunks()
    memory = MemoryStore("breda")
    with small.stack, tempfile.TemporaryDirectory() as folder:
        sqlite = SQLiteStore.open(Path(folder) / "a.db", lab="breda")
        for store in (memory, sqlite):
            store.apply(Batch(entities=entities(policy)))
            store.apply(Batch(series=tuple(rows_of(key, of) for key, of in zip(streams, rows, strict=True) if of)))
            if seal and isinstance(store, SQLiteStore):
                store.seal(0)
            store.apply(Batch(series=(rows_of("v/1/pm25", later),) if later else ()))
        answers = [store.buckets(ask("Observation", filter=filter_), period) for store in (memory, sqlite)]
        sqlite.close()
    expected = reference(memory, filter_, period)
    assert [plain(one) for one in answers[0]] == expected
    assert [plain(one) for one in answers[1]] == expected


@given(moments=st.lists(st.integers(-60_000_000_000_000_000, 250_000_000_000_000_000), min_size=1), asked=st.data())
def test_many_moments_are_as_each_one(moments: list[int], asked: Any) -> None:
    period = Period.parse(asked.draw(PERIODS), zone=asked.draw(ZONES))
    spans = [period.span(moment) for moment in moments]
    starts, ends = period.spans(np.array(moments))
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == [(span.start, span.end) for span in spans]
    assert all(span.start <= moment < span.end for span, moment in zip(spans, moments, strict=True))


def test_whole_chunks_are_not_read(tmp_path: Path) -> None:
    store = SQLiteStore.open(tmp_path / "a.db", lab="breda")
    store.apply(Batch(entities=entities()))
    small = SmallChunks()
    with small.stack:
        store.apply(Batch(series=(rows_of("v/1/pm25", [(n * 1_000_000, None, float(n)) for n in range(30)]),)))
        store.seal(0)
    with store.reading() as connection:
        chunks = [row[0] for row in connection.execute("SELECT id FROM chunk ORDER BY first")]
    assert len(chunks) > 4
    with store._writing() as connection:
        connection.execute("UPDATE chunk SET result_blob = x'00' WHERE id = ?", (chunks[2],))
    (found,) = store.buckets(ask("Observation"), Period.parse("P1D"))
    assert (found.count, found.mean, found.first, found.last) == ((30,), (14.5,), (0.0,), (29.0,))
    with pytest.raises(StoreCorruptError, match="Datastream 1"):
        store.buckets(ask("Observation"), Period.parse("PT1S"))
    store.close()


def test_too_many_buckets_are_refused(tmp_path: Path) -> None:
    store = SQLiteStore.open(tmp_path / "a.db", lab="breda", budget=Budget(rows=3))
    store.apply(Batch(entities=entities(), series=example_series()))
    with pytest.raises(QueryTooBroadError, match="take a longer period"):
        store.buckets(ask("Observation"), Period.parse("PT1H"))
    assert len(store.buckets(ask("Observation"), Period.parse("P1Y"))) == 2
    store.close()


def test_python_gives_rows_and_a_frame(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hour = us("2026-10-25T00:00:00Z")
    store = kept(rows_of("v/1/pm25", [(hour, None, 1), (hour + 60, None, 2.5), (hour + DAY, None, "high")]))
    with Lab.open(":memory:", key="breda") as lab:
        monkeypatch.setattr(lab, "store", store)
        chosen = lab.datastreams().observations(since="2026-10-25", every="P1D", zone=AMSTERDAM)
        rows, frame = list(chosen), chosen.to_pandas()
        assert len(lab.datastreams().observations(since="2026-10-26").to_pandas()) == 1
        assert len(lab.datastreams(observed_property="noise").observations(every="P1D").to_pandas()) == 0
        with pytest.raises(ValueParseError):
            lab.datastreams().observations(every="P1D", zone="Breda")
    assert [(row.thing, row.datastream, row.unit, row.count, row.other) for row in rows] == [
        ("v/1", "v/1/pm25", "µg/m³", 2, 0),
        ("v/1", "v/1/pm25", "µg/m³", 0, 1),
    ]
    assert str(rows[0].end) == "2026-10-25T23:00:00Z"
    expected = "lab thing datastream unit start end count min max mean first last"
    assert list(frame.columns) == expected.split()
    assert frame["start"].dt.tz_convert(AMSTERDAM).astype(str).tolist()[0] == "2026-10-25 00:00:00+02:00"
    assert frame["mean"].tolist()[0] == 1.75
    assert frame["mean"].isna().tolist() == [False, True]
