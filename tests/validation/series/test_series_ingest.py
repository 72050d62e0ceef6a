from typing import Any, cast

import numpy as np
import pytest

from ssclab_data.ingest import IngestOptions, ingest_payload
from ssclab_data.model.finding import Severity
from ssclab_data.model.sensorthings import Observation
from ssclab_data.model.series import Column, Series
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.testing import ask, example_entities
from ssclab_data.validation.quality import Limits, check_series
from ssclab_data.validation.series_rules import PropertyRules, Range, SeriesRules, Thresholds

_START = Instant.parse("2026-01-08T00:00:00Z").us
_MINUTE = 60_000_000
RULES = SeriesRules(
    defaults=PropertyRules(missing=(-999,)),
    properties={"pm25": PropertyRules(range=Range(fail=(-10, 1000)), spike=Thresholds(suspect=50))},
)


class Fixed:
    """A source that gives the same whatever it reads."""

    def __init__(self, *series: Series) -> None:
        self.mapped = MappedPayload(entities=example_entities(), series=series)
        self.name = "fixed"

    def read(self, payload: bytes, context: SourceContext) -> MappedPayload:
        return self.mapped


def series(key: str, result: Column[Any], quality: Column[Any] | None = None) -> Series:
    times = tuple(_START + row * _MINUTE for row in range(len(result)))
    return Series(datastream=key, start=times, result=result, result_quality=quality)


def stored(store: MemoryStore) -> list[Any]:
    rows = store.read(ask("Observation", orderby="phenomenonTime", top="100")).rows
    return [cast("Observation", row.entity).result_quality for row in rows]


def test_rows_without_a_quality_get_one_and_none_is_kept_out() -> None:
    store = MemoryStore("breda")
    own = {"flag": "V"}
    rows = series("v/1/pm25", (1.0, 2.0, 90.0, 2.0, -999.0, 5000.0), (None, own, None, None, None, None))
    report = ingest_payload(store, Fixed(rows), b"x", options=IngestOptions(quality=RULES))

    assert (report.adds_up, report.rejected) == (True, 0)
    assert stored(store) == [
        {"qartod": 1},
        own,
        {"qartod": 3, "tests": ["spike-suspect"]},
        {"qartod": 1},
        {"qartod": 9, "tests": ["no-value"]},
        {"qartod": 4, "tests": ["range-fail"]},
    ]
    found = {finding.rule: finding.severity for finding in report.findings}
    assert found == {"spike-suspect": Severity.WARNING, "no-value": Severity.INFO, "range-fail": Severity.WARNING}


def test_without_rules_no_row_gets_a_quality() -> None:
    store = MemoryStore("breda")
    ingest_payload(store, Fixed(series("v/1/pm25", (1.0, 5000.0))), b"x", options=IngestOptions())
    assert all(not isinstance(one, dict) for one in stored(store))


LIMITS = {"d": Limits(property="PM2.5", unit="ug/m3", minimum=0, maximum=1000)}
COLUMNS: list[tuple[Column[Any], str]] = [
    ((1.0, -3.0, 2000.0, float("inf")), "tuples"),
    (np.array([1.0, -3.0, 2000.0, np.inf]), "doubles"),
]


@pytest.mark.parametrize(("result", "why"), COLUMNS)
def test_checks_of_an_ingest_take_arrays_as_tuples(result: Column[Any], why: str) -> None:
    checked = check_series([series("d", result)], LIMITS)
    assert [(found.rule, found.value) for found in checked.findings] == [
        ("not-finite", "inf"),
        ("below-minimum", -3.0),
        ("above-maximum", 2000.0),
    ], why
    assert [list(part.result) for part in checked.kept] == [[1.0, -3.0, 2000.0]]
    assert [len(part) for part in checked.rejected] == [1]
