"""Write the findings of a report as CSV (RFC 4180), one row each."""

import csv
import io

import msgspec

from ssclab_data.model.finding import Finding
from ssclab_data.validation.outcome import Outcome
from ssclab_data.validation.report import by_weight

COLUMNS = ("severity", "rule", "count", "file", "record", "entity", "path", "value", "message", "suggestion", "cure")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_report(outcome: Outcome, language: str) -> bytes:
    """Write a header and the findings, the worst first; UTF-8 with a byte order mark, so that Excel reads it.

    A text that a spreadsheet would take for a formula is led by an apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _row(finding, language)] for finding in by_weight(outcome.findings))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _row(finding: Finding, language: str) -> tuple[object, ...]:
    return (
        finding.severity.value,
        finding.rule,
        finding.count,
        finding.where,
        finding.record,
        finding.entity,
        finding.path,
        finding.value,
        finding.message(language),
        finding.suggestion,
        finding.advice(language),
    )


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text
