"""The results of the official suite are read as they are, and no fault passes; `make conformance` runs it."""

from pathlib import Path

import pytest

from .artifacts import ArtifactError, check
from .official import DEFECT, RUNS, Failure, Outcome, Run, read_results
from .official_report import faults, page

RESULTS = """<?xml version="1.0" encoding="UTF-8"?>
<testng-results ignored="0" total="22" passed="{passed}" failed="{failed}" skipped="{skipped}"><suite name="sta10-1.5">
<test name="t"><class name="c">
<test-method is-config="true" status="PASS" name="obtainTestSubject"/>
<test-method status="FAIL" name="checkQueriesPriorityOrdering"><exception class="org.json.JSONException">
<message><![CDATA[
JSONObject["result"] is not a string.
 and more]]></message></exception></test-method>
<test-method status="PASS" name="readEntities"/>
</class></test></suite></testng-results>
"""
AS_RELEASED = Run("1.1", older_library=False)
OLDER = Run("1.1", older_library=True)


def outcome(run: Run, *names: str, total: int = 22, skipped: int = 0) -> Outcome:
    failures = tuple(Failure(name, "it said so") for name in names)
    passed = total - len(names) - skipped
    return Outcome(run=run, total=total, passed=passed, failed=len(names), skipped=skipped, failures=failures)


def test_results_are_read() -> None:
    found = read_results(AS_RELEASED, RESULTS.format(passed=21, failed=1, skipped=0))
    assert found == Outcome(
        run=AS_RELEASED,
        total=22,
        passed=21,
        failed=1,
        skipped=0,
        failures=(Failure(DEFECT, 'JSONObject["result"] is not a string.'),),
    )


@pytest.mark.parametrize(
    ("found", "said", "why"),
    [
        (outcome(OLDER), (), "all pass"),
        (outcome(AS_RELEASED, DEFECT), (), "the suite's own defect"),
        (outcome(OLDER, DEFECT), ("21 of 22", DEFECT), "no defect with the older library"),
        (outcome(AS_RELEASED), ("22 of 22", "cannot"), "the defect went away: then the suite is another one"),
        (outcome(AS_RELEASED, "readEntities"), ("readEntities", "cannot"), "another test failed instead"),
        (outcome(AS_RELEASED, DEFECT, "readEntities"), ("20 of 22", "readEntities"), "one more"),
        (outcome(OLDER, skipped=16), ("16 skipped",), "skipped is not passed"),
        (outcome(OLDER, total=6), ("6 of 6",), "a suite that stopped early"),
    ],
)
def test_every_fault_is_told(found: Outcome, said: tuple[str, ...], why: str) -> None:
    lines = list(faults(found))
    assert bool(lines) == bool(said), why
    assert all(any(each in line for line in lines) for each in said), why


def test_the_page_has_a_row_for_each_run() -> None:
    text = page([outcome(run, *run.expected_failures) for run in RUNS])
    assert "| 1.0 | as released | 22 | 21 | 1 | 0 | `checkQueriesPriorityOrdering` |" in text
    assert "| 1.1 | with the older library | 22 | 22 | 0 | 0 | none |" in text


def test_a_file_of_another_digest_is_refused(tmp_path: Path) -> None:
    """What is downloaded is run: it must be what was meant."""
    file = tmp_path / "suite.jar"
    file.write_bytes(b"something else")
    with pytest.raises(ArtifactError, match="SHA-256"):
        check(file, "0" * 64)
