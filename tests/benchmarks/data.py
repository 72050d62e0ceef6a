"""Make the Observations that are measured: 70 Things of 20 Datastreams each, the same numbers in each run."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.sensorthings import GEOJSON, OM, Datastream, FeatureOfInterest, ObservedProperty, Sensor, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.stores.base import Batch

THINGS, PER_THING = 70, 20
DATASTREAMS = THINGS * PER_THING
START, SECOND, MILLISECOND, DAY = 1_700_000_400_000_000, 1_000_000, 1_000, 86_400_000_000
PIECE, HOT = 2_048, 60
SEED = 5
NAMES = ("steady", "jittered", "mixed")
_TEXTS = {
    "steady": "one Observation a minute, results of two decimals, resultTime two seconds later",
    "mixed": "as steady, but every second Datastream off by up to 2 s to the millisecond, resultTime 0.2 to 3 s later",
    "jittered": "one about every 11 s, to the millisecond, results of full precision, resultTime 0.2 to 3 s later",
}
_INTERVALS = {"steady": 60 * SECOND, "jittered": 11 * SECOND, "mixed": 60 * SECOND}


class DataSet(msgspec.Struct, frozen=True):
    """What is measured.

    Attributes:
        each: Observations of one Datastream.
    """

    name: str
    each: int

    @classmethod
    def of(cls, name: str, scale: float) -> "DataSet":
        """Spread millions of Observations evenly."""
        return cls(name, max(10, round(scale * 1e6 / DATASTREAMS)))

    @property
    def text(self) -> str:
        """Describe it for the report."""
        return _TEXTS[self.name]

    @property
    def rows(self) -> int:
        """How many Observations there are in all."""
        return self.each * DATASTREAMS

    @property
    def interval(self) -> int:
        """Time between two Observations of one Datastream, on average, in microseconds."""
        return _INTERVALS[self.name]

    @property
    def hot(self) -> int:
        """How many of the newest Observations of a Datastream come in small batches."""
        return min(HOT, self.each // 5)

    @property
    def pieces(self) -> list[int]:
        """How many Observations of each Datastream the bulk batches hold."""
        bulk = self.each - self.hot
        whole = max(1, round(bulk / PIECE))
        return [PIECE] * (whole - 1) + [bulk - PIECE * (whole - 1)]

    def time(self, datastream: int, row: float) -> int:
        """Give the time of a row, in microseconds; of jittered data within two seconds."""
        return START + round(row * self.interval) + self.phase(datastream)

    def phase(self, datastream: int) -> int:
        """Give by how much a Datastream is behind the first, in microseconds; steady ones keep to whole seconds."""
        return datastream * 37 % 60 * SECOND if self.name != "jittered" else datastream * 37 % 10_000 * MILLISECOND

    def streams(self) -> list["Stream"]:
        """Start all Datastreams."""
        return [Stream(self, number) for number in range(DATASTREAMS)]


class Rows(msgspec.Struct, frozen=True):
    """Observations of one Datastream."""

    datastream: int
    start: NDArray[np.int64]
    result: NDArray[np.float64]
    result_time: NDArray[np.int64]
    quality: list[int | None]
    parameters: list[dict[str, Any] | None]

    def series(self, first: int = 0, last: int | None = None) -> Series:
        """Give a run of rows as a Series."""
        part = slice(first, last)
        return Series(
            datastream=key_of(self.datastream),
            feature=f"feature/{self.datastream // PER_THING}",
            start=columns(self.start[part]),
            result=columns(self.result[part]),
            result_time=columns(self.result_time[part]),
            result_quality=tuple(self.quality[part]),
            parameters=tuple(self.parameters[part]),
        )


class Stream:
    """Give the Observations of one Datastream, piece after piece."""

    def __init__(self, data: DataSet, number: int) -> None:
        self.data = data
        self.number = number
        self.row = 0
        self.level = 20.0 + number % 31
        self.chance = np.random.default_rng([SEED, number])

    def take(self, count: int) -> Rows:
        """Give the next Observations."""
        numbers = np.arange(self.row, self.row + count, dtype=np.int64)
        start = START + numbers * self.data.interval + self.data.phase(self.number)
        self.row += count
        if self._jittered:
            start += self.chance.integers(-2_000, 2_001, count) * MILLISECOND
        return Rows(
            self.number,
            start,
            self._results(start),
            start + self._delays(count),
            self._sparse(count, 0.05, [1, 2, 3, 4]),
            self._sparse(count, 0.02, [{"flag": flag} for flag in range(1, 10)]),
        )

    @cached_property
    def _jittered(self) -> bool:
        return self.data.name == "jittered" or (self.data.name == "mixed" and self.number % 2 == 1)

    def _results(self, start: NDArray[np.int64]) -> NDArray[np.float64]:
        """Walk at random around a daily curve."""
        walk = self.level + np.cumsum(self.chance.normal(0, 0.05, len(start)))
        self.level = float(walk[-1])
        values: NDArray[np.float64] = walk + 4 * np.sin(2 * np.pi * (start % DAY) / DAY)
        return values if self.data.name == "jittered" else np.round(values, 2)

    def _delays(self, count: int) -> NDArray[np.int64]:
        if self.data.name != "steady":
            return self.chance.integers(200, 3_001, count) * MILLISECOND
        return np.full(count, 2 * SECOND, np.int64)

    def _sparse(self, count: int, share: float, values: list[Any]) -> list[Any]:
        """Put one of the values into a share of the rows, None into the others."""
        column: list[Any] = [None] * count
        for row in np.flatnonzero(self.chance.random(count) < share).tolist():
            column[row] = values[(row + self.number) % len(values)]
        return column


def columns(array: NDArray[Any]) -> Any:
    """Give an array in the form that Series takes."""
    return array


def key_of(datastream: int) -> str:
    """Give the natural key of a Datastream."""
    return f"thing/{datastream // PER_THING}/{datastream % PER_THING:02}"


def described() -> Batch:
    """Describe the Things, their Datastreams and their places."""
    entities: list[Entity] = [
        ObservedProperty(key="property/pm25", name="PM2.5", definition="http://example.org/pm25", description="x"),
        Sensor(key="sensor/1", name="S", description="x", encoding_type="text/html", metadata="x"),
    ]
    for thing in range(THINGS):
        entities += [_feature(thing), Thing(key=f"thing/{thing}", name=f"Thing {thing}", description="x")]
        entities += [_datastream(number) for number in range(thing * PER_THING, (thing + 1) * PER_THING)]
    return Batch(entities=tuple(entities))


def bulk(data: DataSet, streams: list[Stream]) -> Iterator[list[Rows]]:
    """Give the older Observations, some thousand of each Datastream at a time."""
    for size in data.pieces:
        yield [stream.take(size) for stream in streams]


def newest(data: DataSet, streams: list[Stream]) -> Iterator[Batch]:
    """Give the newest Observations as a live feed does: one of each Datastream at a time."""
    rows = [stream.take(data.hot) for stream in streams]
    for at in range(data.hot):
        yield Batch(series=tuple(one.series(at, at + 1) for one in rows))


def _feature(thing: int) -> FeatureOfInterest:
    position = {"type": "Point", "coordinates": [4.7 + thing / 100, 51.6 + thing / 200]}
    return FeatureOfInterest(
        key=f"feature/{thing}", name=f"Place {thing}", description="x", encoding_type=GEOJSON, feature=position
    )


def _datastream(number: int) -> Datastream:
    return Datastream(
        key=key_of(number),
        name=f"Datastream {number}",
        description="x",
        observation_type=f"{OM}OM_Measurement",
        unit_of_measurement=UnitOfMeasurement("u", "µg/m³", "http://example.org/u"),
        thing=Link(key=f"thing/{number // PER_THING}"),
        sensor=Link(key="sensor/1"),
        observed_property=Link(key="property/pm25"),
    )
