"""Hold Observations of one Datastream as columns, as they are written."""

from collections.abc import Sequence
from typing import Any

import msgspec
from numpy.typing import NDArray

from ssclab_data.model.values import JsonObject, Result

type Column[T] = Sequence[T] | NDArray[Any]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Observations of one Datastream as columns of equal length; an absent column means absent everywhere.

    A column without None may be a numpy array (int64 for times, float64 or int64 for results), which is taken as it is.

    Attributes:
        datastream: natural key of the Datastream.
        feature: natural key of the FeatureOfInterest of all rows, or "" where the position is unknown.
        start: phenomenonTime, microseconds UTC: the instant, or the start of the interval.
        end: end of the interval, None in a row that is an instant.
        result: the values.
        result_time: microseconds UTC, None where it is not known.
        result_quality: any JSON value, None where there is none.
        parameters: JSON objects, None where there is none.
        valid_start: validTime, microseconds UTC, None where there is none.
        valid_end: its end.
    """

    datastream: str
    feature: str = ""
    start: Column[int]
    result: Column[Result]
    end: Column[int | None] | None = None
    result_time: Column[int | None] | None = None
    result_quality: Column[Any] | None = None
    parameters: Column[JsonObject | None] | None = None
    valid_start: Column[int | None] | None = None
    valid_end: Column[int | None] | None = None

    def __post_init__(self) -> None:
        columns = (
            self.result,
            self.end,
            self.result_time,
            self.result_quality,
            self.parameters,
            self.valid_start,
            self.valid_end,
        )
        if any(column is not None and len(column) != len(self.start) for column in columns):
            raise ValueError(f"the columns of {self.datastream!r} differ in length")

    def __len__(self) -> int:
        return len(self.start)
