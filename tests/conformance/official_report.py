"""Write what the official test suite found as a page of the documentation, and say what is not as it should be."""

import platform
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from .official import DEFECT, JSON_LIBRARY, SUITE, TOTAL, Outcome

_HEAD = f"""# Conformance

`make conformance` runs {SUITE.name} {SUITE.version}, the test suite of the OGC for SensorThings 1.0 (there is none for
1.1), levels 1 to 3: reading, writing, filtering. It gets the suite from Maven Central, compares its SHA-256, serves an
empty lab by `ssclab serve --allow-anonymous-writes`, creates an entity of each type (the suite reads some before it
begins, and expects a value of every property, so the Observation has a resultTime), runs all {TOTAL} tests, and writes
this page. `make conformance ARGS=--check` writes nothing, and fails unless all pass but the one named below; CI does
that. It needs Java and Maven.

Each version of the service is tested in two forms, each time on a new lab:

- *as released*. Here `{DEFECT}` fails whatever the server: it reads the number `result`
  of an Observation by a function for text, which the JSON library inside the suite refuses.
- *with the older library*: {JSON_LIBRARY.name} {JSON_LIBRARY.version}, which turns numbers into text as the suite was
  written for, stands before the one inside.

What no suite tests is in [the table of requirements](features.md): there is a test of our own for each of them.
"""


def page(outcomes: Sequence[Outcome]) -> str:
    """Write the page."""
    rows = "".join(
        f"| {outcome.run.version} | {'with the older library' if outcome.run.older_library else 'as released'} "
        f"| {outcome.total} | {outcome.passed} | {outcome.failed} | {outcome.skipped} | {_names(outcome)} |\n"
        for outcome in outcomes
    )
    return (
        f"{_HEAD}\nRun on {datetime.now(UTC):%Y-%m-%d}: ssclab-data {version('ssclab-data')}, "
        f"Python {platform.python_version()}, {java()}, {platform.system()}.\n\n"
        "| version | form | tests | passed | failed | skipped | which failed |\n"
        f"| --- | --- | --- | --- | --- | --- | --- |\n{rows}"
    )


def faults(outcome: Outcome) -> Iterator[str]:
    """Say what is not as expected: all tests ran, and none failed but the suite's own defect."""
    expected = outcome.run.expected_failures
    if (outcome.total, outcome.passed, outcome.skipped) != (TOTAL, TOTAL - len(expected), 0):
        yield f"{outcome.run.name}: {outcome}; expected {TOTAL - len(expected)} of {TOTAL}"
    for failure in outcome.failures:
        if failure.name not in expected:
            yield f"{outcome.run.name}: {failure.name} failed: {failure.message}"
    for name in expected:
        if name not in {failure.name for failure in outcome.failures}:
            yield f"{outcome.run.name}: {name} passed, and cannot; see the page"


def java() -> str:
    """Name the Java that runs the suite."""
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    return said.splitlines()[0].replace('"', "").split(" 20")[0] if said else "no Java"


def _names(outcome: Outcome) -> str:
    return ", ".join(f"`{failure.name}`" for failure in outcome.failures) or "none"
