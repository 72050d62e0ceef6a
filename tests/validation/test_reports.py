"""Check that every report says all that was found, in both languages, and that what data holds stays text."""

import csv
import io
import json
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import SettingsError, SourceError
from ssclab_data.linked_data.graphs import NTRIPLES, read_graph
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.values import Instant, Interval
from ssclab_data.validation.outcome import DayCount, Outcome, SeriesSummary
from ssclab_data.validation.reports import REPORTS, write_report
from ssclab_data.validation.reports.baseline import only_new

NASTY = "<script>alert('x')</script> & \"quotes\" = ] [bold]"
FINDINGS = (
    Finding(
        rule="unit-unknown",
        severity=Severity.ERROR,
        text=f"{NASTY} is no unit",
        text_nl=f"{NASTY} is geen eenheid",
        cure="use a UCUM code",
        where="a file.json",
        record=3,
        path="/unitOfMeasurement",
        value=NASTY,
        suggestion="http://qudt.org/vocab/unit/MicroGM-PER-M3",
        entity="Datastream v/1",
        count=12_345,
    ),
    Finding(rule="stuck", severity=Severity.WARNING, text="the value stays the same", value={"since": 1}),
    Finding(rule="note", severity=Severity.INFO, text="=1+1", text_nl="=1+1", value="=cmd|' /C calc'!A0"),
)
SERIES = SeriesSummary(
    datastream="v/1/pm25",
    name=f"PM2.5 {NASTY}",
    property="pm25",
    unit="ug/m3",
    count=48,
    period=Interval.parse("2026-01-01T00:00:00Z/2026-01-04T00:00:00Z"),
    cadence=3_600_000_000,
    flags={1: 40, 3: 6, 4: 2},
    gaps=(Interval.parse("2026-01-02T00:00:00Z/2026-01-03T00:00:00Z"),),
    gap_count=1,
    days=(DayCount("2026-01-01", good=20, bad=2), DayCount("2026-01-03", good=20, suspect=6)),
)
OUTCOME = Outcome(
    target="a file.json",
    profile="lab-air@1",
    started=Instant.parse("2026-11-27T12:00:00Z"),
    engines={"SHACL": "pyshacl 0.40.1"},
    checked={"Datastream": 1, "Observation": 48},
    records_read=48,
    records_rejected=2,
    findings=FINDINGS,
    series=(SERIES,),
    known=7,
)


class _Page(HTMLParser):
    """The tags, texts and references of a page."""

    VOID = frozenset({"meta", "rect", "line"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.references: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, f"{self._open} not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.references += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_stands_alone_and_says_everything(language: str) -> None:
    page = _Page(write_report(OUTCOME, "html", language).decode())
    text = "".join(page.texts)
    assert "script" not in page.tags
    assert page.references == [], "it loads nothing"
    assert page.tags.count("svg") == 3, "flags, gaps and days"
    for finding in FINDINGS:
        assert finding.message(language) in text
        assert finding.rule in text
    assert NASTY in text
    assert ("12.345" if language == "nl" else "12,345") in text
    assert ("Niet in orde" if language == "nl" else "Not in order") in text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_terminal_shows_verdict_and_findings(language: str) -> None:
    text = write_report(OUTCOME, "table", language).decode()
    assert ("Niet in orde" if language == "nl" else "Not in order") in text
    assert "unit-unknown" in text
    assert "pyshacl 0.40.1" in text


def test_json_is_whole() -> None:
    document = json.loads(write_report(OUTCOME, "json", "nl"))
    assert document["verdict"] == "bad"
    assert document["findings"][0]["message"] == FINDINGS[0].text_nl
    assert document["findings"][0]["text"] == FINDINGS[0].text
    assert document["series"][0]["gaps"] == ["2026-01-02T00:00:00Z/2026-01-03T00:00:00Z"]
    assert document["checked"] == {"Datastream": 1, "Observation": 48}


def test_csv_has_a_row_for_each_finding_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(write_report(OUTCOME, "csv", "en").decode("utf-8-sig"))))
    assert [row["rule"] for row in rows] == ["unit-unknown", "stuck", "note"], "the worst first"
    assert rows[0]["record"] == "3"
    assert rows[2]["message"] == "'=1+1"
    assert rows[2]["value"].startswith("'="), "a spreadsheet would run it"


def test_sarif_has_what_the_standard_asks_for() -> None:
    document = json.loads(write_report(OUTCOME, "sarif", "en"))
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert document["version"] == "2.1.0"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == "a%20file.json", "a URI has no space"


def test_rdf_is_a_validation_report() -> None:
    graph = read_graph(write_report(OUTCOME, "rdf", "en"), NTRIPLES)
    answer = graph.query(
        """PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT ?severity (COUNT(?message) AS ?messages) WHERE {
          ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?result .
          ?result a sh:ValidationResult ; sh:resultSeverity ?severity ; sh:focusNode ?focus ;
            sh:sourceConstraintComponent ?component ; sh:resultMessage ?message .
        } GROUP BY ?severity ORDER BY ?severity"""
    )
    rows: list[Any] = list(answer)
    assert [(str(row[0]).rpartition("#")[2], int(row[1])) for row in rows] == [
        ("Info", 2),
        ("Violation", 2),
        ("Warning", 1),
    ]


@given(st.text(), st.text(), st.sampled_from(sorted(REPORTS)), st.sampled_from(["nl", "en"]))
def test_any_text_of_the_data_can_be_reported(text: str, value: str, form: str, language: str) -> None:
    finding = msgspec.structs.replace(FINDINGS[0], text=text, value=value, entity=value, suggestion=text)
    assert write_report(msgspec.structs.replace(OUTCOME, findings=(finding,)), form, language)


def test_an_outcome_without_findings_is_in_order() -> None:
    good = Outcome(target="x", checked={"Thing": 1})
    assert "In orde" in write_report(good, "table", "nl").decode()
    assert json.loads(write_report(good, "json"))["verdict"] == "good"


def test_a_baseline_leaves_what_is_new() -> None:
    before = write_report(msgspec.structs.replace(OUTCOME, findings=FINDINGS[1:]), "json")
    new = only_new(OUTCOME, before, where="before.json")
    assert new.findings == FINDINGS[:1]
    assert new.known == 2
    again = only_new(OUTCOME, write_report(OUTCOME, "json", "nl"), where="before.json")
    assert again.findings == ()
    with pytest.raises(SourceError, match=r"before\.json: no JSON report"):
        only_new(OUTCOME, b"[]", where="before.json")


@pytest.mark.parametrize(("form", "language", "message"), [("pdf", "en", "no report 'pdf'"), ("json", "fr", "'fr'")])
def test_what_there_is_not_is_refused(form: str, language: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        write_report(OUTCOME, form, language)
