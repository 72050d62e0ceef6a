"""Write a report as one JSON document, and read it back."""

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.validation.outcome import Outcome
from ssclab_data.validation.reports.words import verdict


def json_report(outcome: Outcome, language: str) -> bytes:
    """Write the whole outcome; `message` of each finding is in the language asked for, the texts are in both."""
    document = msgspec.to_builtins(outcome, str_keys=True)
    document["verdict"] = verdict(outcome).removeprefix("verdict-")
    document["started"] = None if outcome.started is None else str(outcome.started)
    for written, finding in zip(document["findings"], outcome.findings, strict=True):
        written["message"] = finding.message(language)
    for written, series in zip(document["series"], outcome.series, strict=True):
        written["period"] = None if series.period is None else str(series.period)
        written["gaps"] = [str(gap) for gap in series.gaps]
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


class _Known(msgspec.Struct, frozen=True):
    rule: str
    path: str = ""
    entity: str = ""
    where: str = ""
    text: str = ""


class _Report(msgspec.Struct, frozen=True):
    findings: tuple[_Known, ...]


def read_known(content: bytes, *, where: str) -> frozenset[tuple[str, ...]]:
    """Read which findings a JSON report has, by what makes two findings the same.

    Raises:
        SourceError: it is no JSON report.
    """
    try:
        report = msgspec.json.decode(content, type=_Report)
    except msgspec.DecodeError as error:
        raise SourceError(f"no JSON report of the validator: {error}", source="baseline", where=where) from error
    return frozenset((one.rule, one.path, one.entity, one.where, one.text) for one in report.findings)
