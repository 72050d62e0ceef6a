"""Run the official test suite in all its forms, and write the reports or check the results."""

import argparse
import shutil
import sys
import time
from pathlib import Path

from .artifacts import Artifact, ArtifactError, fetch
from .features import FEATURES, feature_page
from .official import JSON_LIBRARY, RUNS, SUITE, Outcome, Run, run
from .official_report import faults, page
from .serving import served

DOCS = Path(__file__).resolve().parents[2] / "docs"
KEPT = Path(__file__).resolve().parents[2] / "build" / "conformance"
"""Where the server's output and the results stay when a run is not as it should be."""


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="run.py", description="Run ets-sta10, the official test suite.")
    parser.add_argument("--check", action="store_true", help="write no page; fail when a result is not as expected")
    parser.add_argument("--out", type=Path, default=DOCS / "conformance.md", help="the page of the results")
    return parser.parse_args()


def main() -> None:
    """Run, and write the pages; with `--check` write nothing.

    Exit code 1 when a run is not as expected: what the server said and the results are kept.
    """
    given = options()
    try:
        jars = {artifact: fetch(artifact) for artifact in (SUITE, JSON_LIBRARY)}
    except ArtifactError as error:
        sys.exit(f"the official suite is not here: {error}")
    shutil.rmtree(KEPT, ignore_errors=True)
    outcomes = [_one(each, jars) for each in RUNS]
    if not given.check:
        given.out.write_text(page(outcomes), encoding="utf-8")
        (DOCS / FEATURES).write_text(feature_page(), encoding="utf-8")
    wrong = [line for outcome in outcomes for line in faults(outcome)]
    if wrong:
        sys.exit("\n".join([*wrong, f"the server's output and the results are in {KEPT}"]))
    shutil.rmtree(KEPT, ignore_errors=True)


def _one(each: Run, jars: dict[Artifact, Path]) -> Outcome:
    began = time.monotonic()
    folder = KEPT / each.name
    folder.mkdir(parents=True)
    with served(folder) as server:
        outcome = run(each, folder, jars=jars, server=server)
    sys.stdout.write(f"{each.name}: {outcome} in {time.monotonic() - began:.0f} s\n")
    return outcome


if __name__ == "__main__":
    main()
