"""Count what was found in one series, with the first row of each rule."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from ssclab_data.model.finding import Finding
from ssclab_data.model.identity import observation_key
from ssclab_data.model.values import Instant, Interval, Time
from ssclab_data.validation.rules import Place, Rule
from ssclab_data.validation.series.columns import Mask, Rows

FIRST_TIME = Instant.parse("0001-01-01T00:00:00Z").us
LAST_TIME = Instant.parse("9999-12-31T23:59:59.999999Z").us

TIME = "/phenomenonTime"

type Facts = Callable[[int], Mapping[str, object]]
"""Gives what the message about a row says besides its value."""


class Hit(msgspec.Struct, frozen=True):
    """Rows that one verdict holds for.

    Attributes:
        rule: name of the verdict.
        facts: of the row with a number.
        path: what it is about; the time and the result of a row are shown, other values come with the facts.
    """

    rule: str
    mask: Mask
    facts: Facts
    path: str = "/result"


class _Seen(msgspec.Struct):
    facts: Mapping[str, object]
    place: Place
    start: int = 0
    count: int = 0


class Tally:
    """What was found in a series.

    Args:
        common: what every message may say.
    """

    def __init__(self, datastream: str, common: Mapping[str, object]) -> None:
        self._datastream = datastream
        self._common = common
        self._seen: dict[str, _Seen] = {}

    def add(self, hit: Hit, rows: Rows) -> None:
        """Count the rows of a hit; there is one at least. Hits of one rule need not come in the order of time."""
        row = int(np.argmax(hit.mask))
        start, seen = int(rows.start[row]), self._seen.get(hit.rule)
        if seen is None or start < seen.start:
            value = _text(rows, row) if hit.path == TIME else rows.result(row)
            time = time_of(start, int(rows.ends[row]))
            self._seen.pop(hit.rule, None)
            self.see(hit.rule, value=value, time=time, facts=hit.facts(row), path=hit.path)
            self._seen[hit.rule].start = start
            self._seen[hit.rule].count = 0 if seen is None else seen.count
        self._seen[hit.rule].count += int(np.count_nonzero(hit.mask))

    def see(self, rule: str, *, value: Any, time: Time | None, facts: Mapping[str, object], path: str = TIME) -> None:
        """Take down the first time that a rule is broken."""
        entity = self._datastream if time is None else observation_key(self._datastream, time)
        known = {**self._common, "value": value, **facts}
        place = Place(path=path, value=known["value"], entity=entity)
        self._seen.setdefault(rule, _Seen(known, place))

    def count(self, rule: str, number: int) -> None:
        """Count a rule that was seen."""
        self._seen[rule].count += number

    def findings(self, rules: Iterable[Rule]) -> tuple[Finding, ...]:
        """Give a finding for each of the rules that was seen, in their order."""
        return tuple(
            rule.finding(seen.facts, msgspec.structs.replace(seen.place, count=seen.count))
            for rule in rules
            if (seen := self._seen.get(rule.id)) is not None
        )


def time_of(start: int, stop: int) -> Time | None:
    """Give the phenomenonTime of a row; None when it cannot be written."""
    if not FIRST_TIME <= start <= LAST_TIME:
        return None
    if start == stop or not start < stop <= LAST_TIME:
        return Instant(start)
    return Interval(Instant(start), Instant(stop))


def _text(rows: Rows, row: int) -> str:
    parts = dict.fromkeys((int(rows.start[row]), int(rows.ends[row])))
    return "/".join(str(Instant(part)) if FIRST_TIME <= part <= LAST_TIME else str(part) for part in parts)
