"""Measure archives from file through mapping and checks to store: how fast, and whether memory grows with the file."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from .archives import ARCHIVES, Archive
from .children import answer, command, own
from .ingest_child import Told
from .measure import Goal, Line

GOAL = Goal(200_000, "Observations/s", at_least=True)
STEADY = Goal(1.25, "times", at_least=False)
"""How much more memory ten times the Observations may take."""

RUNS = 3


def lines(folder: Path, *, scale: float) -> Iterator[Line]:
    """Measure each archive, and a tenth of it.

    Args:
        scale: millions of Observations.
    """
    for name, archive in ARCHIVES.items():
        few, many = (_told(folder / f"{part}-{name}", archive, part) for part in (scale / 10, scale))
        rate = many.rows / many.seconds
        text = f"{rate:,.0f} Observations/s, {many.rows:,} in {many.seconds:.1f} s"
        yield Line(archive.what, text, GOAL, rate)
        grown = many.memory / few.memory
        text = f"{few.memory / 1e6:.0f} MB of a tenth of it, {many.memory / 1e6:.0f} MB of all"
        yield Line(f"{archive.what}: most memory", text, STEADY, grown)


def _told(file: Path, archive: Archive, scale: float) -> Told:
    """Ingest a file three times, and give the median by its seconds."""
    if not file.exists():
        archive.write(file, round(scale * 1e6))
    words = command(own("ingest_child"), archive.source, str(file))
    runs = sorted((msgspec.json.decode(answer(words), type=Told) for _ in range(RUNS)), key=lambda run: run.seconds)
    if any(run.rejected for run in runs):
        raise ValueError(f"{file} is no clean archive: {runs[0].rejected} of it were rejected")
    return runs[RUNS // 2]
