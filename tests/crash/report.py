"""Write what was killed as a page of the documentation."""

import platform
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version

import msgspec

from .campaign import EARLIEST, LATEST, Tally

_HEAD = f"""# Killed writers

`make crash` starts a process that writes to a file, seals, merges, compacts and deletes without end, kills it
(`SIGKILL`), opens the file again and compares it with a store in memory that was told the same; then a new process
goes on with the same file. `make crash ARGS="--kills 1000"` does it more often, and writes this page again. CI does it
20 times.

Three of four kills come {EARLIEST * 1000:.0f} to {LATEST * 1000:.0f} ms after the first acknowledged operation, one of
four before an SQL statement drawn at random; the first two of each file hit its making. Chunks hold 6 rows and hot
tables 20, so that they are sealed, merged and split all the time, and the log is written into the file after 40 pages.
Every second time the file is compared in a copy, so that the next writer finds the log as the kill left it.

After each kill the file must be what the acknowledged operations make of it, or those and the whole one that was under
way. Compared are all entities, all Observations with their `@iot.id` in three orders, times and areas of the
Datastreams, `$count`, the newest Observation of each, FeaturesOfInterest, the log of changes (which has no holes), each
chunk with its bounds, and every counter; `PRAGMA integrity_check` finds nothing.

A killed process loses its memory, not what the operating system holds for the disk: a loss of power is another thing,
against which the store asks the disk to keep each commit (`synchronous = FULL`).
"""


class Report(msgspec.Struct, kw_only=True):
    """All that was killed."""

    seed: int
    files: int = 0
    kills: int = 0
    operations: int = 0
    kept: int = 0
    largest: int = 0
    during: Counter[str] = msgspec.field(default_factory=Counter)
    kinds: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, tally: Tally, size: int) -> None:
        """Count the kills of one file, which has so many bytes."""
        self.files += 1
        self.kills += tally.kills
        self.operations += tally.operations
        self.kept += tally.kept
        self.largest = max(self.largest, size)
        self.during += tally.during
        self.kinds += tally.kinds

    def text(self, *, minutes: float) -> str:
        """Write the page."""
        return (
            f"{_HEAD}\n"
            f"Killed {self.kills} times on {datetime.now(UTC):%Y-%m-%d} in {minutes:.0f} minutes: {_versions()}.\n"
            f"{self.files} files (seed {self.seed} and following), {self.largest:,} bytes at most in the end.\n\n"
            "| what | number |\n| --- | --- |\n"
            f"| kills | {self.kills} |\n"
            f"| operations acknowledged | {self.operations:,} |\n"
            f"| operations under way that were in the file, whole | {self.kept} |\n"
            "| acknowledged and lost, doubled, or counted wrongly | 0 |\n\n"
            f"{_table('the kill hit', self.during)}\n{_table('operation under way', self.kinds)}"
        )


def _table(title: str, counted: Counter[str]) -> str:
    rows = "".join(f"| {name} | {number} |\n" for name, number in counted.most_common())
    return f"| {title} | times |\n| --- | --- |\n{rows}"


def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("ssclab-data", "numpy", "pcodec", "zstandard"))
    return f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}, {platform.system()}"
