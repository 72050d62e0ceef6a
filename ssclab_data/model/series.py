"""Hold Observations of one Datastream as columns."""

from typing import Any

import msgspec

from ssclab_data.model.values import JsonObject, Result


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Observations of one Datastream as columns of equal length; an absent column means absent everywhere.

    Attributes:
        datastream: natural key of the Datastream.
        feature: natural key of the FeatureOfInterest of all rows, or "" where the position is unknown.
        start: phenomenonTime, microseconds UTC: the instant, or the start of the interval.
        end: end of the interval, None in a row that is an instant.
        result: the values.
        result_time: microseconds UTC, None where it is not known.
        result_quality: any JSON value, None where there is none.
        parameters: JSON objects, None where there is none.
    """

    datastream: str
    feature: str = ""
    start: tuple[int, ...]
    result: tuple[Result, ...]
    end: tuple[int | None, ...] | None = None
    result_time: tuple[int | None, ...] | None = None
    result_quality: tuple[Any, ...] | None = None
    parameters: tuple[JsonObject | None, ...] | None = None

    def __post_init__(self) -> None:
        columns = (self.result, self.end, self.result_time, self.result_quality, self.parameters)
        if any(column is not None and len(column) != len(self.start) for column in columns):
            raise ValueError(f"the columns of {self.datastream!r} differ in length")

    def __len__(self) -> int:
        return len(self.start)
