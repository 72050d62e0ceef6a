"""Put the series of a payload through quality control, and keep what it says as resultQuality."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from ssclab_data.errors import ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.sensorthings import Datastream
from ssclab_data.model.series import Series
from ssclab_data.model.units import resolve_unit
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.validation.series.controller import Verdicts, control
from ssclab_data.validation.series.plan import Subject
from ssclab_data.validation.series.verdicts import result_quality
from ssclab_data.validation.series_rules import SeriesRules


class Rated(msgspec.Struct, frozen=True):
    """Series with what was found of them; every row is still there."""

    series: tuple[Series, ...]
    findings: tuple[Finding, ...]


def rate(series: Sequence[Series], entities: Iterable[Entity], rules: SeriesRules, now: Instant | None) -> Rated:
    """Give each row that has no resultQuality of its source the verdict of the tests.

    Rows are held against those of the same payload; what lies before and after it is looked at by `ssclab validate`.
    """
    subjects = {subject.datastream: subject for subject in map(_subject, entities) if subject is not None}
    rated, findings = list(series), []
    for key in dict.fromkeys(one.datastream for one in series):
        places = [place for place, one in enumerate(series) if one.datastream == key]
        subject = subjects.get(key, Subject(datastream=key))
        found = control([series[place] for place in places], rules, subject=subject, now=now)
        findings += [_kept(finding) for finding in found.findings]
        first = 0
        for place in places:
            last = first + len(series[place])
            rated[place] = _with_quality(series[place], _part(found.verdicts, first, last))
            first = last
    return Rated(tuple(rated), tuple(findings))


def _part(verdicts: Verdicts, first: int, last: int) -> Verdicts:
    return Verdicts(verdicts.bits[first:last], verdicts.flags[first:last])


def _with_quality(series: Series, verdicts: Verdicts) -> Series:
    values = result_quality(verdicts.bits)
    given = series.result_quality
    if given is not None:
        pairs = zip(given, values, strict=True)
        values = [value if own is None else own for own, value in pairs]
    return msgspec.structs.replace(series, result_quality=np.fromiter(values, np.object_, len(values)))


def _kept(finding: Finding) -> Finding:
    """Give a finding as one that keeps no row out: quality control never does."""
    if finding.severity is not Severity.ERROR:
        return finding
    return msgspec.structs.replace(finding, severity=Severity.WARNING)


def _subject(entity: Entity) -> Subject | None:
    if not isinstance(entity, Datastream):
        return None
    known = {info.key: info.id for info in codelists.observed_properties().values()}
    link = entity.observed_property
    return Subject(
        datastream=str(entity.key),
        name=entity.name if isinstance(entity.name, str) else "",
        property=known.get(str(link.key), "") if isinstance(link, Link) else "",
        unit=_unit(entity),
    )


def _unit(datastream: Datastream) -> str:
    unit = datastream.unit_of_measurement
    texts = (unit.definition, unit.symbol) if isinstance(unit, UnitOfMeasurement) else ()
    for text in filter(None, texts):
        try:
            return resolve_unit(text).ucum
        except ValueParseError:
            continue
    return ""
