"""What the findings of sources say, and that they are documented."""

import re
from pathlib import Path

import pytest

from ssclab_data.sources.findings import RULES, Refusal, fold, found
from ssclab_data.validation.report import plain, table


def row(rule: str) -> str:
    """Give the row of the documentation for a rule, with what varies in italics."""
    finding = found(rule, where="", record=0, field="*field*", value="*value*", limits="*limits*")
    return f"| `{rule}` | {finding.severity} | {finding.text} | {finding.cure} |"


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_its_row(rule: str, repository: Path) -> None:
    assert row(rule) in (repository / "docs/findings.md").read_text().splitlines()


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_speaks_two_languages(rule: str) -> None:
    finding = found(rule, where="", record=0, field="x", value="y", limits="z")
    assert finding.text
    assert finding.text_nl
    assert bool(finding.cure) == bool(finding.cure_nl)
    assert not re.search(r"[{}]", finding.text + finding.text_nl + finding.cure + finding.cure_nl)


def test_equal_findings_are_one_with_a_count() -> None:
    many = [found("unknown-field", where="f", record=n, field=name) for n, name in enumerate("aab")]
    assert [(one.path, one.record, one.count) for one in fold(many)] == [("/a", 0, 2), ("/b", 2, 1)]


def test_a_refusal_says_what_it_is() -> None:
    assert str(Refusal("unknown-unit", "pm25", "furlong")) == "unknown-unit: pm25: furlong"


@pytest.mark.parametrize("value", ["A" * 2_000_000, "\x1b[2J\x07" * 9, ["B" * 90_000], {"c": "\x1b]0;x"}])
def test_what_a_payload_says_is_short_in_a_finding_and_steers_no_terminal(value: object) -> None:
    """The whole of it is in the quarantine."""
    finding = found("not-a-number", where="\x1b[31mx.json", record=1, field="f\x1b[2J" + "g" * 9000, value=value)
    assert len(finding.text) < 1500
    assert len(str(finding.value)) < 1000
    drawn = plain(table([finding]))
    assert len(drawn) < 12_000
    assert drawn.replace("\n", "").isprintable()
