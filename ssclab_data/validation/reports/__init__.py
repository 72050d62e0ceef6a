"""Write what the validator found: for a terminal, as HTML, JSON, SARIF, CSV and RDF."""

from collections.abc import Callable

from ssclab_data.errors import SettingsError
from ssclab_data.validation.outcome import Outcome
from ssclab_data.validation.reports.csv_report import csv_report
from ssclab_data.validation.reports.html_report import html_report
from ssclab_data.validation.reports.json_report import json_report
from ssclab_data.validation.reports.rdf_report import rdf_report
from ssclab_data.validation.reports.sarif_report import sarif_report
from ssclab_data.validation.reports.terminal import text_report

type Report = Callable[[Outcome, str], bytes]

REPORTS: dict[str, Report] = {
    "table": text_report,
    "html": html_report,
    "json": json_report,
    "sarif": sarif_report,
    "csv": csv_report,
    "rdf": rdf_report,
}
"""Each takes an outcome and a language (`nl` or `en`)."""


def write_report(outcome: Outcome, form: str, language: str = "en") -> bytes:
    """Write a report, UTF-8.

    Raises:
        SettingsError: there is no such form or language.
    """
    if form not in REPORTS:
        raise SettingsError(f"no report {form!r}; known: {', '.join(REPORTS)}")
    if language not in ("nl", "en"):
        raise SettingsError(f"no language {language!r}; known: nl, en")
    return REPORTS[form](outcome, language)
