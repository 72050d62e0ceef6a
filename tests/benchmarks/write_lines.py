"""Measure small durable writes."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import mean, median

from ssclab_data import Lab, Settings
from ssclab_data.stores.base import Batch

from .data import DataSet, Rows
from .load import LAB
from .measure import Goal, Line, milliseconds, times

SIZES: dict[int, Goal | None] = {
    1: Goal(3_000, "rows/s", at_least=True),
    20: None,
    1_000: Goal(30_000, "rows/s", at_least=True),
}


def lines(data: DataSet, file: Path, seconds: float) -> Iterator[Line]:
    """Write on a copy, so that the file stays as it was filled.

    The rate is over all calls, since some of them have to tidy up after many.
    """
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        copy = Path(folder) / file.name
        shutil.copyfile(file, copy)
        with Lab.open(copy, key=LAB, settings=Settings()) as lab:
            newer = _newer(data)
            for size, goal in SIZES.items():
                batches = (_batch(newer, size) for _ in count())
                taken = times(lab.store.apply, batches, seconds=seconds)
                rate = size / mean(taken)
                text = f"{rate:,.0f} rows/s, median {milliseconds(median(taken))}"
                yield Line(f"durable batches of {size:,}, a row a Datastream", text, goal, rate)


def _newer(data: DataSet) -> Iterator[Rows]:
    """Give rows after the last, of one Datastream after another."""
    streams = data.streams()
    for stream in streams:
        stream.row = data.each
    while True:
        for stream in streams:
            yield stream.take(1)


def _batch(rows: Iterator[Rows], size: int) -> Batch:
    return Batch(series=tuple(next(rows).series() for _ in range(size)))
