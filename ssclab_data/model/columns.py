"""Hold Observations of any Datastreams as numpy columns of equal length, as they are read and rendered."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

type Integers = NDArray[np.int64]
type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]
type Bytes = NDArray[np.object_]
"""JSON texts as `bytes`, None where a row has none."""
type Index = NDArray[np.intp] | Flags | slice

ABSENT = -(2**63)
"""What stands in a column of times where a row has none."""


class ResultKind(IntEnum):
    """What kind of JSON value a result is."""

    NULL = 0
    BOOLEAN = 1
    INTEGER = 2
    FLOAT = 3
    TEXT = 4
    JSON = 5


class Results(msgspec.Struct, frozen=True):
    """The results of Observations.

    Attributes:
        kind: `ResultKind` of each row.
        floats: value of the rows of kind FLOAT, anything elsewhere; None where no row is one.
        integers: value of the rows of kind INTEGER and BOOLEAN (0, 1); None where no row is one.
        texts: JSON, UTF-8, of the rows of kind TEXT and JSON; None where no row is one.
    """

    kind: NDArray[np.uint8]
    floats: Floats | None = None
    integers: Integers | None = None
    texts: Bytes | None = None

    def __len__(self) -> int:
        return len(self.kind)

    def value(self, row: int) -> Any:
        """Give one result as a Python value."""
        match self.kind[row]:
            case ResultKind.NULL:
                return None
            case ResultKind.BOOLEAN:
                return bool(self._integers[row])
            case ResultKind.INTEGER:
                return int(self._integers[row])
            case ResultKind.FLOAT:
                return float(self._floats[row])
        return msgspec.json.decode(self._texts[row])

    def values(self) -> list[Any]:
        """Give all results as Python values."""
        kinds = set(np.unique(self.kind).tolist())
        if kinds == {ResultKind.FLOAT}:
            return list(self._floats.tolist())
        if kinds == {ResultKind.INTEGER}:
            return list(self._integers.tolist())
        return [self.value(row) for row in range(len(self))]

    @property
    def _floats(self) -> Floats:
        assert self.floats is not None  # noqa: S101 - a row is of that kind
        return self.floats

    @property
    def _integers(self) -> Integers:
        assert self.integers is not None  # noqa: S101 - a row is of that kind
        return self.integers

    @property
    def _texts(self) -> Bytes:
        assert self.texts is not None  # noqa: S101 - a row is of that kind
        return self.texts


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Observations as columns; a column that is None is absent in every row.

    Attributes:
        handle: `@iot.id`: the Datastream's handle and a sequence (`identity.observation_handle`).
        start: phenomenonTime, microseconds UTC: the instant, or the start of the interval.
        stop: end of the interval; the instant again where it is one.
        span: which rows are intervals; None when all are instants.
        ordinal: number among Observations of one Datastream and time; None when all are 0.
        result_time: microseconds UTC, ABSENT where it is not known.
        valid_start: validTime, microseconds UTC, ABSENT where a row has none.
        valid_stop: its end.
        quality: resultQuality as JSON.
        parameters: as JSON objects.
        feature: handle of the FeatureOfInterest, 0 where a row has none.
    """

    handle: Integers
    start: Integers
    stop: Integers
    result: Results
    span: Flags | None = None
    ordinal: Integers | None = None
    result_time: Integers | None = None
    valid_start: Integers | None = None
    valid_stop: Integers | None = None
    quality: Bytes | None = None
    parameters: Bytes | None = None
    feature: Integers | None = None

    def __len__(self) -> int:
        return len(self.handle)

    @property
    def datastream(self) -> Integers:
        """Handles of the Datastreams."""
        return self.handle >> 32


_FILLS: dict[str, Any] = {
    "floats": (np.float64, 0.0),
    "integers": (np.int64, 0),
    "texts": (np.object_, None),
    "span": (np.bool_, False),
    "ordinal": (np.int64, 0),
    "result_time": (np.int64, ABSENT),
    "valid_start": (np.int64, ABSENT),
    "valid_stop": (np.int64, ABSENT),
    "quality": (np.object_, None),
    "parameters": (np.object_, None),
    "feature": (np.int64, 0),
}


def take(columns: Columns, index: Index) -> Columns:
    """Give some rows, in the order of the index."""
    return Columns(**_picked(columns, index))


def join(parts: Sequence[Columns]) -> Columns:
    """Put rows after one another."""
    if len(parts) == 1:
        return parts[0]
    return Columns(**_joined(parts, Columns.__struct_fields__))


def given(texts: Bytes) -> Flags:
    """Tell which rows have a text.

    The references themselves are compared with that of None, which takes a fiftieth of asking each object.
    """
    texts = np.ascontiguousarray(texts)
    references: NDArray[np.intp] = np.ndarray(texts.shape, np.intp, texts.data)
    present: Flags = references != id(None)
    return present


def known_times(values: Integers | None) -> Integers:
    """Give the times of a column that are there."""
    return np.empty(0, np.int64) if values is None else values[values != ABSENT]


def column_of(value: Any, name: str, size: int) -> Any:
    """Give a column in full: where it is None, one that says absent in each row."""
    dtype, fill = _FILLS[name]
    return np.full(size, fill, dtype) if value is None else value


def _picked(record: Any, index: Index) -> dict[str, Any]:
    picked: dict[str, Any] = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, Results):
            picked[name] = Results(**_picked(value, index))
        else:
            picked[name] = None if value is None else value[index]
    return picked


def _joined(parts: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for name in names:
        values = [getattr(part, name) for part in parts]
        if all(value is None for value in values):
            joined[name] = None
        elif isinstance(values[0], Results):
            joined[name] = Results(**_joined(values, Results.__struct_fields__))
        else:
            joined[name] = np.concatenate(
                [
                    value if value is not None else column_of(None, name, len(part))
                    for value, part in zip(values, parts, strict=True)
                ]
            )
    return joined
