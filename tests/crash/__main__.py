"""Kill as often as asked, and write the report."""

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path

from .campaign import run
from .report import Report

REPORT = Path(__file__).resolve().parents[2] / "docs" / "crash.md"
_PER_FILE = 100
"""After so many kills a new file is begun, so that making one is hit too."""


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="run.py", description="Kill a writer many times, and write a report.")
    parser.add_argument("--kills", type=int, default=200, help="how often (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="of the operations and the times (default: 1)")
    parser.add_argument("--out", type=Path, default=REPORT, help="the report (default: docs/crash.md)")
    return parser.parse_args()


def main() -> None:
    """Kill, and write the report; a difference ends it with an error, and names seed and operation."""
    given = options()
    began, left, seeds = time.monotonic(), given.kills, itertools.count(given.seed)
    report = Report(seed=given.seed)
    while left:
        number = min(left, _PER_FILE)
        with tempfile.TemporaryDirectory() as folder:
            for tally in itertools.islice(run(Path(folder), next(seeds)), number):
                sys.stderr.write(f"\r{given.kills - left + tally.kills} kills, {tally.operations} operations ")
            report.add(tally, (Path(folder) / "breda.db").stat().st_size)
        left -= number
    sys.stderr.write("\n")
    given.out.write_text(report.text(minutes=(time.monotonic() - began) / 60), encoding="utf-8")
    sys.stdout.write(given.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
