"""Turn series into rows or columns of a Datastream, in their order."""

from typing import Any

import msgspec
import numpy as np

from ssclab_data.errors import StoreError
from ssclab_data.model.columns import ABSENT, Bytes, Columns, Integers, ResultKind, Results
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.model.series import Column, Series
from ssclab_data.stores import hot, shape
from ssclab_data.stores.hot import HotRow


def columns_of(series: Series, *, last: int, feature: int | None) -> Columns:
    """Turn a series into columns.

    Args:
        last: the last handle given in the Datastream; the rows take those after it.
        feature: handle of the FeatureOfInterest, None where there is none.

    Raises:
        StoreError: a result is, or holds, NaN or infinity.
    """
    size = len(series)
    start = np.asarray(series.start, np.int64)
    stop, span = start, None
    if series.end is not None:
        end = _optional(series.end)
        span = end != ABSENT
        stop, span = np.where(span, end, start), span if span.any() else None
    valid_start, valid_stop = _valid(series)
    return Columns(
        handle=np.arange(1, size + 1, dtype=np.int64) + last,
        start=start,
        stop=stop,
        span=span,
        result=_results(series.result),
        result_time=_known(series.result_time),
        valid_start=valid_start,
        valid_stop=valid_stop,
        quality=_texts(series.result_quality),
        parameters=_texts(series.parameters),
        feature=None if feature is None else np.full(size, feature, np.int64),
    )


def rows_of(series: Series, *, last: int, feature: int | None) -> list[HotRow]:
    """Turn a series into rows of the hot table; the arguments are those of `columns_of`."""
    datastream, sequence = split_observation_handle(last)
    absent = (None,) * len(series)
    parts = zip(
        series.start,
        absent if series.end is None else series.end,
        series.result,
        absent if series.result_time is None else series.result_time,
        absent if series.result_quality is None else series.result_quality,
        absent if series.valid_start is None else series.valid_start,
        absent if series.valid_end is None else series.valid_end,
        absent if series.parameters is None else series.parameters,
        strict=True,
    )
    rows: list[HotRow] = []
    for number, (start, end, result, known, quality, valid, until, parameters) in enumerate(parts, 1):
        rows.append(
            (
                datastream,
                int(start),
                int(start) if end is None else int(end),
                int(end is not None),
                0,
                sequence + number,
                *hot.cell_of(shape.stored_result(result)),
                None if known is None else int(known),
                None if quality is None else msgspec.json.encode(quality).decode(),
                None if valid is None or until is None else int(valid),
                None if valid is None or until is None else int(until),
                None if parameters is None else msgspec.json.encode(parameters).decode(),
                feature,
            )
        )
    return rows


def _results(values: Column[Any]) -> Results:
    if isinstance(values, np.ndarray) and values.dtype.kind in "fi":
        return _numeric(values)
    kinds = set(map(type, values))
    if kinds == {float}:
        return _numeric(np.array(values, np.float64))
    cells = [hot.cell_of(shape.stored_result(value)) for value in values]
    return hot.results_of([kind for kind, _ in cells], [cell for _, cell in cells])


def _numeric(values: Any) -> Results:
    if values.dtype.kind == "i":
        kind = np.full(len(values), ResultKind.INTEGER, np.uint8)
        return Results(kind=kind, integers=values.astype(np.int64))
    if not bool(np.isfinite(values).all()):
        raise StoreError(
            f"a result of {values[~np.isfinite(values)][0]} cannot be kept: NaN and infinity are no values"
        )
    return Results(kind=np.full(len(values), ResultKind.FLOAT, np.uint8), floats=values.astype(np.float64))


def _optional(values: Column[int | None]) -> Integers:
    if isinstance(values, np.ndarray):
        return values.astype(np.int64)
    return np.array([ABSENT if value is None else value for value in values], np.int64)


def _valid(series: Series) -> tuple[Integers | None, Integers | None]:
    """Give the two ends of validTime, absent where one of them is."""
    start, stop = _known(series.valid_start), _known(series.valid_end)
    if start is None or stop is None:
        return None, None
    absent = (start == ABSENT) | (stop == ABSENT)
    if absent.all():
        return None, None
    return np.where(absent, ABSENT, start), np.where(absent, ABSENT, stop)


def _known(values: Column[int | None] | None) -> Integers | None:
    if values is None:
        return None
    known = _optional(values)
    return known if (known != ABSENT).any() else None


def _texts(values: Column[Any] | None) -> Bytes | None:
    if values is None:
        return None
    rows = [row for row, value in enumerate(values) if value is not None]
    if not rows:
        return None
    texts: Bytes = np.full(len(values), None, np.object_)
    texts[rows] = [msgspec.json.encode(values[row]) for row in rows]
    return texts
