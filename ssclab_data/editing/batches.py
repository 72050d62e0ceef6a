"""Read the rows of a data array by columns, where all of them are good and written alike."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from ssclab_data.editing.stamps import Times, read_times
from ssclab_data.editing.streams import Streams
from ssclab_data.errors import BodyError
from ssclab_data.model.series import Series

_SIMPLE = {int, float, str, bool, type(None)}
_FEATURE = "FeatureOfInterest"
_LARGEST = 2**63
_NONE = Times(np.empty(0, np.int64))
_READ = {"phenomenonTime", "resultTime", "result"}


class Batch(msgspec.Struct, frozen=True):
    """Rows of one Datastream and feature.

    Attributes:
        numbers: of the rows, in their group.
    """

    series: Series
    numbers: Sequence[int]


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one Datastream.

    Attributes:
        places: of the columns by their names, without the feature and without what is passed over.
        feature: place of the id of the FeatureOfInterest; -1 where rows have none.
    """

    datastream: int
    places: dict[str, int]
    feature: int
    width: int
    rows: Sequence[Any]


def read_batches(streams: Streams, rows: Rows) -> list[Batch] | None:
    """Read rows; None where one of them needs to be looked at alone.

    It does where a result is no plain value or belongs to a MultiDatastream, a feature is missing or not there, or one
    time occurs with two features: what is written last holds then.
    """
    columns = _columns(streams, rows)
    if columns is None:
        return None
    results = columns[rows.places["result"]]
    times = read_times(columns[rows.places["phenomenonTime"]])
    known = read_times(columns[rows.places["resultTime"]]) if "resultTime" in rows.places else _NONE
    if times is None or known is None or known.end is not None or not _is_plain(results):
        return None
    features = _features(streams, rows, columns)
    if features is None or (len(features) > 1 and len(np.unique(times.start)) < len(results)):
        return None
    whole = Series(
        datastream=str(streams.key("Datastream", rows.datastream)),
        start=times.start,
        end=times.end,
        result=results,
        result_time=None if known is _NONE else known.start,
    )
    return [
        Batch(_part(whole, numbers, feature=str(streams.key(_FEATURE, feature))), numbers)
        for feature, numbers in features.items()
    ]


def _columns(streams: Streams, rows: Rows) -> list[tuple[Any, ...]] | None:
    if not rows.rows or not rows.places.keys() <= _READ or streams.multi(rows.datastream) is not None:
        return None
    if set(map(type, rows.rows)) != {list} or set(map(len, rows.rows)) != {rows.width}:
        return None
    return list(zip(*rows.rows, strict=True))


def _is_plain(results: Sequence[Any]) -> bool:
    kinds = set(map(type, results))
    if not kinds <= _SIMPLE:
        return False
    return float not in kinds or all(math.isfinite(value) for value in results if type(value) is float)


def _features(streams: Streams, rows: Rows, columns: Sequence[tuple[Any, ...]]) -> Mapping[int, Sequence[int]] | None:
    """Give the numbers of the rows of each feature; None where one is not there."""
    everywhere = range(len(rows.rows))
    named = columns[rows.feature] if rows.feature >= 0 else (None,)
    kinds = set(map(type, named))
    if kinds == {type(None)}:
        try:
            return {streams.feature(rows.datastream, ""): everywhere}
        except BodyError:
            return None
    if kinds != {int} or any(abs(one) >= _LARGEST or streams.key(_FEATURE, one) is None for one in set(named)):
        return None
    if len(set(named)) == 1:
        return {named[0]: everywhere}
    places: dict[int, list[int]] = {}
    for number, handle in enumerate(named):
        places.setdefault(handle, []).append(number)
    return places


def _part(whole: Series, numbers: Sequence[int], *, feature: str) -> Series:
    if len(numbers) == len(whole):
        return msgspec.structs.replace(whole, feature=feature)
    return msgspec.structs.replace(
        whole,
        feature=feature,
        start=_taken(whole.start, numbers),
        end=_taken(whole.end, numbers),
        result=_taken(whole.result, numbers),
        result_time=_taken(whole.result_time, numbers),
    )


def _taken(column: Any, numbers: Sequence[int]) -> Any:
    if column is None:
        return None
    return column[np.asarray(numbers)] if isinstance(column, np.ndarray) else [column[number] for number in numbers]
