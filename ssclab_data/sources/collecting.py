"""Collect the rows of each Datastream at each place, one by one or by column, and give them in the order of time."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.series import Column, Series
from ssclab_data.model.values import Instant, Interval, JsonObject, Time, end_of, start_of

_LONG = 64

type Whole = NDArray[np.int64]
type Key = tuple[str, str]
"""Natural keys of a Datastream and of a FeatureOfInterest, "" where the place is not known."""


class Row(msgspec.Struct, frozen=True):
    """One Observation.

    Attributes:
        number: of its record; of two rows of the same time the one of the earlier record comes first.
        known: resultTime, None where it is not known.
    """

    number: int
    time: Time
    value: float
    known: Instant | None = None
    quality: JsonObject | None = None


class Block(msgspec.Struct, frozen=True):
    """Observations as columns of equal length; times are microseconds UTC.

    Attributes:
        numbers: of their records.
        end: the same as `start` in a row that is an instant.
        spans: whether any row is an interval.
        known: resultTime by row, None for a block without.
        quality: resultQuality by row, None for a block without.
    """

    numbers: Whole
    start: Whole
    end: Whole
    spans: bool
    result: NDArray[np.float64]
    known: Sequence[int | None] | None = None
    quality: Sequence[JsonObject | None] | None = None


class Collector:
    """The rows of one payload."""

    def __init__(self) -> None:
        self._rows: dict[Key, list[Row]] = {}
        self._blocks: dict[Key, list[Block]] = {}

    def add(self, key: Key, row: Row) -> None:
        """Add one row."""
        self._rows.setdefault(key, []).append(row)

    def extend(self, key: Key, block: Block) -> None:
        """Add rows."""
        self._blocks.setdefault(key, []).append(block)

    def series(self) -> Iterator[Series]:
        """Give the rows of each key by time, those of the same time in the order of their records."""
        for key in {**self._blocks, **self._rows}:
            blocks = [*self._blocks.get(key, ()), *_blocks(self._rows.get(key, []))]
            yield _series(key, blocks)


def _blocks(rows: list[Row]) -> Iterator[Block]:
    if rows:
        yield Block(
            numbers=np.fromiter((row.number for row in rows), np.int64, len(rows)),
            start=np.fromiter((start_of(row.time).us for row in rows), np.int64, len(rows)),
            end=np.fromiter((end_of(row.time).us for row in rows), np.int64, len(rows)),
            spans=any(isinstance(row.time, Interval) for row in rows),
            result=np.fromiter((row.value for row in rows), np.float64, len(rows)),
            known=[None if row.known is None else row.known.us for row in rows],
            quality=[row.quality for row in rows],
        )


def _series(key: Key, blocks: Sequence[Block]) -> Series:
    start, end = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("start", "end"))
    order = np.lexsort((np.concatenate([block.numbers for block in blocks]), end, start))
    datastream, feature = key
    return Series(
        datastream=datastream,
        feature=feature,
        start=_column(start[order]),
        end=_column(end[order]) if any(block.spans for block in blocks) else None,
        result=_column(np.concatenate([block.result for block in blocks])[order]),
        result_time=_ordered([block.known for block in blocks], blocks, order),
        result_quality=_ordered([block.quality for block in blocks], blocks, order),
    )


def _column[Kind: np.generic](values: NDArray[Kind]) -> Column[Any]:
    """Give a long column as an array, and a short one as a tuple, which is easier to look at and as fast."""
    return values if len(values) >= _LONG else tuple(values.tolist())


def _ordered(
    columns: Sequence[Sequence[Any] | None], blocks: Sequence[Block], order: NDArray[np.intp]
) -> tuple[Any, ...] | None:
    """Put a column that may lack values in order; None where it has none at all."""
    if all(column is None or all(value is None for value in column) for column in columns):
        return None
    pairs = zip(columns, blocks, strict=True)
    values = [value for column, block in pairs for value in (column or [None] * len(block.start))]
    return tuple(values[place] for place in order.tolist())
