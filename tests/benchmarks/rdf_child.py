"""Write a store as RDF in a process of its own, and tell how fast it was and how much memory it took."""

import statistics
import sys
import time
from pathlib import Path

import msgspec

from ssclab_data.export import export
from ssclab_data.stores.sqlite import SQLiteStore

from .memory import peak

TIMES = 3


class Told(msgspec.Struct, frozen=True):
    """What one run was.

    Attributes:
        seconds: of the processor, the median of some runs.
        size: bytes written.
        memory: most bytes of memory in all.
    """

    triples: int
    seconds: float
    size: int
    memory: int


class Sink:
    """Counts what is written, and drops it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        """Count."""
        self.size += len(data)
        return len(data)


def main(file: str, format_: str) -> None:
    """Write the store some times."""
    taken: list[float] = []
    triples = size = 0
    with_path = Path(file)
    store = SQLiteStore.open(with_path, lab=SQLiteStore.lab_of(with_path))
    for _ in range(TIMES):
        sink = Sink()
        began = time.process_time()
        triples = export(store, format_, sink, base_iri="https://ssclab.example")  # type: ignore[arg-type]
        taken.append(time.process_time() - began)
        size = sink.size
    store.close()
    told = Told(triples, statistics.median(taken), size, peak())
    sys.stdout.buffer.write(msgspec.json.encode(told))


if __name__ == "__main__":
    main(*sys.argv[1:3])
