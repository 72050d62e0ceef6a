"""Bring a file into a new store in a process of its own, and tell how fast it was and how much memory it took."""

import sys
import tempfile
import time
from pathlib import Path

import msgspec

from ssclab_data.ingest import IngestOptions, ingest_files
from ssclab_data.model.values import Instant
from ssclab_data.sources.mapping import load_source
from ssclab_data.stores.sqlite import SQLiteStore

from .memory import peak

NOW = Instant.parse("2027-01-01T00:00:00Z")


class Told(msgspec.Struct, frozen=True):
    """What one run was.

    Attributes:
        rows: Observations that were created.
        seconds: of the processor, from the file to the closed store; all threads together.
        memory: most bytes of memory in all.
        rejected: what was kept out; nothing should be.
    """

    rows: int
    seconds: float
    memory: int
    rejected: int


def main(source: str, file: str) -> None:
    """Map, check and store the file."""
    chosen = load_source(source)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        store = SQLiteStore.open(Path(folder, "lab.db"), lab="breda")
        report = ingest_files(store, chosen, [Path(file)], options=IngestOptions(now=NOW))
        store.close()
        taken = time.process_time() - began
    told = Told(report.observations.created, taken, peak(), report.rejected)
    sys.stdout.buffer.write(msgspec.json.encode(told))


if __name__ == "__main__":
    main(*sys.argv[1:3])
