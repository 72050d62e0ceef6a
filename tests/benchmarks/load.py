"""Fill the store of one data set in a process of its own, and say what that took."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data import Lab, Settings
from ssclab_data.stores.base import Batch

from . import children, memory
from .data import DATASTREAMS, DataSet, Rows, Stream, bulk, described, newest
from .measure import Goal, Line, say, timed

LAB = "b"
_SAMPLES = 200

type Floats = NDArray[np.float64]


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What filling took, and what later queries want to know of the data.

    Attributes:
        seconds: in `apply`, for the bulk batches.
        hot_seconds: in `apply`, for the small batches after them.
        largest: rows of the largest batch.
        peak: most memory of the process, in bytes.
        size: of the file once closed, in bytes.
        high: the 90th percentile of the results of each Datastream.
        low: the 10th percentile of the results of each Datastream.
        top: the 99th percentile of all results.
    """

    seconds: float
    hot_seconds: float
    largest: int
    peak: int
    size: int
    high: list[float]
    low: list[float]
    top: float


def found(file: Path) -> Loaded | None:
    """Read what filling a file took, if it is there."""
    notes = _notes(file)
    return msgspec.json.decode(notes.read_bytes(), type=Loaded) if file.exists() and notes.exists() else None


def loaded(data: DataSet, file: Path) -> Loaded:
    """Fill a file in a process of its own."""
    say(f"{data.name}: {data.rows:,} Observations into {file}")
    for old in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        old.unlink(missing_ok=True)
    words = children.command(children.own("load"), data.name, str(data.each), str(file))
    done = msgspec.json.decode(children.answer(words), type=Loaded)
    _notes(file).write_bytes(msgspec.json.encode(done))
    return done


def lines(data: DataSet, done: Loaded) -> Iterator[Line]:
    """Give the lines of the report on filling."""
    rows, small = sum(data.pieces) * DATASTREAMS, data.hot * DATASTREAMS
    rate, each = rows / done.seconds, done.size / data.rows
    goal = Goal(1e6, "Observations/s", at_least=True)
    yield Line("bulk load of columns", f"{rate:,.0f} Observations/s", goal, rate)
    text = f"{small / done.hot_seconds:,.0f} Observations/s"
    yield Line(f"live feed: batches of 1 row of each of {DATASTREAMS:,} Datastreams", text)
    bytes_goal = Goal(4, "bytes") if data.name == "mixed" else None
    yield Line("size on disk, every column", f"{each:.2f} bytes per Observation", bytes_goal, each)
    text = f"{done.peak / 1e6:,.0f} MB, the largest batch of {done.largest:,} rows in it"
    yield Line("peak memory of the bulk load", text)


def _notes(file: Path) -> Path:
    return file.with_suffix(".json")


def _filled(data: DataSet, file: Path) -> Loaded:
    streams = data.streams()
    samples: list[Floats] = [np.empty(0)] * DATASTREAMS
    with Lab.open(file, key=LAB, settings=Settings()) as lab:
        lab.store.apply(described())
        seconds = _bulk(data, lab, streams=streams, samples=samples)
        hot_seconds = sum(_applied(lab, batch) for batch in newest(data, streams))
    say(f"{data.name}: filled in {seconds + hot_seconds:.1f} s")
    return Loaded(
        seconds=seconds,
        hot_seconds=hot_seconds,
        largest=max(data.pieces) * DATASTREAMS,
        peak=memory.peak(),
        size=os.stat(file).st_size,
        high=[float(np.quantile(sample, 0.9)) for sample in samples],
        low=[float(np.quantile(sample, 0.1)) for sample in samples],
        top=float(np.quantile(np.concatenate(samples), 0.99)),
    )


def _bulk(data: DataSet, lab: Lab, *, streams: list[Stream], samples: list[Floats]) -> float:
    seconds, step = 0.0, max(1, data.each // _SAMPLES)
    for number, rows in enumerate(bulk(data, streams), 1):
        for one in rows:
            samples[one.datastream] = np.concatenate([samples[one.datastream], one.result[::step]])
        seconds += _applied(lab, _batch(rows))
        say(f"{data.name}: batch {number} of {len(data.pieces)}, {seconds:.1f} s")
    return seconds


def _batch(rows: list[Rows]) -> Batch:
    return Batch(series=tuple(one.series() for one in rows))


def _applied(lab: Lab, batch: Batch) -> float:
    return timed(lambda: lab.store.apply(batch))


if __name__ == "__main__":
    name, each, file = sys.argv[1:]
    sys.stdout.buffer.write(msgspec.json.encode(_filled(DataSet(name, int(each)), Path(file))))
