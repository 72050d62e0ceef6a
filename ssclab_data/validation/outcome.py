"""Hold what one run of the validator looked at and found: the value that every report is made of."""

from collections.abc import Mapping

import msgspec

from ssclab_data.model.finding import Finding
from ssclab_data.model.values import Instant, Interval


class DayCount(msgspec.Struct, frozen=True):
    """One day of a series.

    Attributes:
        day: UTC, `2026-01-08`.
        good: how many rows were found good (QARTOD 1) or not evaluated (2).
        suspect: QARTOD 3.
        bad: QARTOD 4.
    """

    day: str
    good: int = 0
    suspect: int = 0
    bad: int = 0


class SeriesSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the quality control of one Datastream saw.

    Attributes:
        datastream: natural key.
        name: for people.
        property: id of the observed property, or "".
        unit: UCUM code, or "".
        count: rows looked at.
        period: first and last time, UTC; None where there are no rows.
        cadence: usual microseconds between rows; None where it cannot be told.
        flags: how many rows have each QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.
        gaps: the longest periods without rows, at most 100, in order of time.
        gap_count: how many gaps there are in all.
        days: per UTC day, at most 3,660.
    """

    datastream: str
    name: str = ""
    property: str = ""
    unit: str = ""
    count: int = 0
    period: Interval | None = None
    cadence: int | None = None
    flags: Mapping[int, int] = {}
    gaps: tuple[Interval, ...] = ()
    gap_count: int = 0
    days: tuple[DayCount, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the validator.

    Attributes:
        target: what was checked: file, store or URL.
        profile: name of the profile (`lab-air@1`), or "".
        started: UTC, as the caller tells it.
        engines: which engines did it, by what they check (`shacl` -> `pyshacl 0.40.1`).
        checked: how many were looked at, by kind (`Thing`, `Observation`, `SHACL focus node`, `triple`).
        records_read: records of payloads; 0 for other targets.
        records_rejected: of them, those of which nothing or not all was kept.
        findings: folded, with counts.
        series: one for each Datastream whose rows were looked at.
        known: findings left out because the baseline has them.
    """

    target: str
    profile: str = ""
    started: Instant | None = None
    engines: Mapping[str, str] = {}
    checked: Mapping[str, int] = {}
    records_read: int = 0
    records_rejected: int = 0
    findings: tuple[Finding, ...] = ()
    series: tuple[SeriesSummary, ...] = ()
    known: int = 0
