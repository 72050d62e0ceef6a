"""Put series through all tests: whole, or part by part as a store gives them."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from ssclab_data.model import codelists
from ssclab_data.model.finding import Finding
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.validation.outcome import SeriesSummary
from ssclab_data.validation.rules import RULES
from ssclab_data.validation.series import intervals, positions
from ssclab_data.validation.series.chain import Chain, Open
from ssclab_data.validation.series.clock import in_order, repeated
from ssclab_data.validation.series.columns import NUMBER, Mask, Rows, join, rows_of
from ssclab_data.validation.series.days import Days
from ssclab_data.validation.series.intervals import Intervals
from ssclab_data.validation.series.plan import Plan, Subject
from ssclab_data.validation.series.positions import PositionTest
from ssclab_data.validation.series.tally import TIME, Hit, Tally
from ssclab_data.validation.series.verdicts import BAD_TIME, BITS, EVALUATED, VERDICTS, Bits, Flags, flags_of
from ssclab_data.validation.series_rules import SeriesRules

_BLOCK = 1 << 15
"""So many rows are tested together: their columns stay in the cache of a processor."""
_ALONE = BAD_TIME | sum(
    BITS[name] for name in ("time-twice", "no-value", "not-a-number", "not-finite", "silence", "range-fail")
)
"""Bits of rows that are no neighbours of others: a value that cannot be says nothing about those around it."""
_TIMED = BAD_TIME | BITS["time-twice"]


class Verdicts(msgspec.Struct, frozen=True):
    """What was found of rows, in their order.

    Attributes:
        bits: `verdicts.BITS`, with `verdicts.EVALUATED`.
        flags: QARTOD.
    """

    bits: Bits
    flags: Flags

    def __len__(self) -> int:
        return len(self.bits)


class SeriesControl(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of a series.

    Attributes:
        verdicts: on each row; of a series that was given in parts, on those that `feed` did not give yet.
        findings: one for each rule, with a count and the first row.
    """

    verdicts: Verdicts
    findings: tuple[Finding, ...]
    summary: SeriesSummary


class Controller:
    """Test one series that comes in parts, in the order of phenomenonTime; only what is needed later is kept.

    Args:
        now: time of the run; None leaves times in the future alone.

    >>> from ssclab_data.validation.series_rules import PropertyRules, Range
    >>> rules = SeriesRules(properties={"pm25": PropertyRules(range=Range(fail=(-5, 1000)))})
    >>> controller = Controller(Subject(datastream="demo/1", property="pm25"), rules)
    >>> given = controller.feed(Series(datastream="demo/1", start=(1_790_000_000_000_000,), result=(4294967026,)))
    >>> controller.finish().verdicts.flags.tolist()
    [4]
    """

    def __init__(self, subject: Subject, rules: SeriesRules, *, now: Instant | None = None) -> None:
        self._subject = subject
        self._plan = Plan.of(subject, rules, now)
        self._tally = Tally(subject.datastream, self._plan.words)
        self._intervals = Intervals(self._plan.intervals, self._tally)
        self._positions = PositionTest(self._plan.positions, list(subject.positions.values()), subject.area)
        self._numbers = {key: number for number, key in enumerate(subject.positions)}
        self._days = Days()
        self._counts = np.zeros(10, np.int64)
        self._waiting: list[Rows] = []
        self._chain = Chain(self._plan, self._tally)
        self._open = Open()
        if self._plan.other_unit:
            self._tell_unit()

    def feed(self, part: Series) -> Verdicts:
        """Take the next rows.

        Returns:
            What is decided by now, from the first row on that was not given before.

        Raises:
            ValueError: the rows are not in order, or come before those of the last part.
        """
        number = self._numbers.get(part.feature, -1) if self._numbers else None
        return self.take(rows_of(part, number))

    def take(self, rows: Rows) -> Verdicts:
        """Take the next rows as arrays.

        Raises:
            ValueError: the rows are not in order, or come before those of the last part.
        """
        self._waiting.append(rows)
        size = max(_BLOCK, len(self._chain))
        if sum(map(len, self._waiting)) < size:
            return _joined([])
        rows, first, found = join(self._waiting), 0, []
        while len(rows) - first >= size:
            found.append(self._test(rows.part(slice(first, first + size))))
            first, size = first + size, max(_BLOCK, len(self._chain))
        self._waiting = [rows.part(slice(first, None))]
        return _joined(found)

    def finish(self) -> SeriesControl:
        """End the series.

        Raises:
            ValueError: the rows are not in order, or come before those of the last part.
        """
        found = [self._test(join(self._waiting))] if sum(map(len, self._waiting)) else []
        self._waiting = []
        self._chain.close(self._open)
        found.append(self._decide())
        rules = (
            RULES["limits-not-checked"],
            *(verdict.rule for verdict in VERDICTS.values()),
            *positions.RULES,
            *intervals.RULES,
        )
        return SeriesControl(verdicts=_joined(found), findings=self._tally.findings(rules), summary=self._summary())

    def _test(self, rows: Rows) -> Verdicts:
        self._check_order(rows)
        bits = np.zeros(len(rows), np.uint32)
        for hit in self._hits(rows):
            self._mark(bits, hit, rows)
        timed = (bits & BAD_TIME) == 0
        self._find_repeated(bits, rows, timed)
        self._follow(rows, (bits & _TIMED) == 0)
        if self._plan.ranges.evaluates:
            bits |= (
                np.uint32(EVALUATED) if rows.kind is None else np.where(rows.kind == NUMBER, EVALUATED, 0).astype("u4")
            )
        first = self._open.add(rows.start, bits)
        if self._plan.chained:
            alone = (bits & _ALONE) != 0
            if rows.kind is not None:
                alone |= rows.kind != NUMBER
            places = np.flatnonzero(~alone)
            self._chain.add(rows.part(places), places + first, self._open)
            if self._intervals.before is not None:
                self._chain.pass_time(self._intervals.before[0], self._open)
        return self._decide()

    def _hits(self, rows: Rows) -> Iterator[Hit]:
        yield from self._plan.clock.hits(rows)
        yield from self._plan.ranges.hits(rows)
        if rows.place is not None:
            yield from self._positions.hits(rows.place)

    def _mark(self, bits: Bits, hit: Hit, rows: Rows) -> None:
        if hit.mask.any():
            bits[hit.mask] |= np.uint32(BITS[hit.rule])
            self._tally.add(hit, rows)

    def _find_repeated(self, bits: Bits, rows: Rows, timed: Mask) -> None:
        places = slice(None) if timed.all() else np.flatnonzero(timed)
        start, stop = rows.start[places], rows.ends[places]
        mask = np.zeros(len(rows), np.bool_)
        mask[places] = repeated(start, start if rows.stop is None else stop, self._intervals.before)
        self._mark(bits, Hit("time-twice", mask, lambda _row: {}, path=TIME), rows)

    def _follow(self, rows: Rows, good: Mask) -> None:
        """Learn from the rows that have a time of their own."""
        places = slice(None) if good.all() else np.flatnonzero(good)
        self._intervals.add(rows.start[places], rows.ends[places])
        if rows.place is not None:
            self._positions.follow(rows.place[places], self._tally)

    def _decide(self) -> Verdicts:
        """Give the rows that no later row matters to."""
        start, bits = self._open.before(self._chain.first_open)
        verdicts = Verdicts(bits, flags_of(bits))
        timed = (bits & BAD_TIME) == 0
        self._days.add(start[timed], verdicts.flags[timed])
        self._counts += np.bincount(verdicts.flags, minlength=10)
        return verdicts

    def _check_order(self, rows: Rows) -> None:
        last = self._open.last
        if not in_order(rows.start, rows.ends) or (last is not None and int(rows.start[0]) < last):
            name = self._subject.datastream
            raise ValueError(f"the rows of {name!r} do not come in the order of phenomenonTime; sort them first")

    def _tell_unit(self) -> None:
        facts = {"unit": _unit_of(self._subject)}
        place = "/unitOfMeasurement"
        self._tally.see("limits-not-checked", value=self._subject.unit, time=None, facts=facts, path=place)
        self._tally.count("limits-not-checked", 1)

    def _summary(self) -> SeriesSummary:
        gaps, gap_count = self._intervals.gaps()
        counts = self._counts.tolist()
        return SeriesSummary(
            datastream=self._subject.datastream,
            name=self._subject.name,
            property=self._subject.property,
            unit=self._subject.unit,
            count=sum(counts),
            period=self._intervals.period,
            cadence=self._intervals.cadence,
            flags={flag: count for flag, count in enumerate(counts) if count},
            gaps=gaps,
            gap_count=gap_count,
            days=self._days.counts(),
        )


def control(
    series: Series | Sequence[Series], rules: SeriesRules, *, subject: Subject, now: Instant | None = None
) -> SeriesControl:
    """Test the rows of one Datastream, in any order.

    Args:
        series: one, or several whose rows follow one another in the verdicts.
        now: time of the run; None leaves times in the future alone.

    >>> from ssclab_data.validation.series_rules import PropertyRules
    >>> rules = SeriesRules(properties={"pm25": PropertyRules(missing=(-999,), below_zero_within_noise=-5)})
    >>> hours = [Instant.parse(f"2026-01-08T{hour:02}:00:00Z").us for hour in range(3)]
    >>> found = control(Series(datastream="d", start=hours, result=(-999, -1.8, 3.2)), rules,
    ...                 subject=Subject(datastream="d", property="pm25"))
    >>> found.verdicts.flags.tolist(), [finding.rule for finding in found.findings]
    ([9, 1, 1], ['no-value', 'below-zero-within-noise'])
    """
    parts = (series,) if isinstance(series, Series) else tuple(series)
    numbers = {key: number for number, key in enumerate(subject.positions)}
    rows = [rows_of(part, numbers.get(part.feature, -1) if numbers else None) for part in parts]
    controller = Controller(subject, rules, now=now)
    if not sum(map(len, rows)):
        return controller.finish()
    whole = join(rows)
    order = None if in_order(whole.start, whole.ends) else np.lexsort((whole.ends, whole.start))
    given = controller.take(whole if order is None else whole.part(order))
    found = controller.finish()
    verdicts = _joined([given, found.verdicts])
    if order is not None:
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        verdicts = Verdicts(verdicts.bits[back], verdicts.flags[back])
    return msgspec.structs.replace(found, verdicts=verdicts)


def _joined(parts: Sequence[Verdicts]) -> Verdicts:
    if len(parts) == 1:
        return parts[0]
    bits = np.concatenate([np.zeros(0, np.uint32), *(part.bits for part in parts)])
    return Verdicts(bits, np.concatenate([np.zeros(0, np.uint8), *(part.flags for part in parts)]))


def _unit_of(subject: Subject) -> str:
    return codelists.observed_property(subject.property).ucum
