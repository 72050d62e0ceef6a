"""Write what an Observation has, each as JSON: its times, its result and what only some Observations have."""

import numpy as np

from ssclab_data.model.columns import ABSENT, Bytes, Columns, Index, ResultKind, Results, column_of, given
from ssclab_data.rendering.layout import Fixed, Insert, Matrix, Part, column, replace, texts_of
from ssclab_data.rendering.text import numbers, times

_NONE = Insert(np.empty(0, np.intp), ())


def phenomenon_time(columns: Columns, *, quote: bytes, pad: bytes) -> list[Fixed]:
    """Write phenomenonTime: the instant, or `start/stop`."""
    size = len(columns)
    span = np.False_ if columns.span is None else columns.span
    start = [quote, *times(columns.start), quote]
    if not np.any(span):
        return start
    interval = [*start[:-1], b"/", *times(columns.stop), quote]
    if np.all(span):
        return interval
    texts = column(interval, size)
    instants = column(start, size)
    instant = ~np.asarray(span)
    texts[instant] = ord(pad)
    texts[instant, : instants.shape[1]] = instants[instant]
    return [texts]


def result_time(columns: Columns, *, quote: bytes, null: bytes, pad: bytes) -> list[Fixed]:
    """Write resultTime, and `null` where a row has none."""
    if columns.result_time is None:
        return [null]
    absent = columns.result_time == ABSENT
    if not absent.any():
        return [quote, *times(columns.result_time), quote]
    if absent.all():
        return [null]
    texts = column([quote, *times(np.where(absent, 0, columns.result_time)), quote], len(columns))
    return [replace(texts, absent, null, pad=pad)]


def scalars(results: Results, *, null: bytes, pad: bytes) -> list[Fixed]:
    """Write the results that are numbers, booleans and nulls; rows with another have only padding."""
    kinds = [ResultKind(kind) for kind in np.flatnonzero(np.bincount(results.kind)).tolist()]
    scalar = [kind for kind in kinds if kind < ResultKind.TEXT]
    if scalar == kinds == [ResultKind.NULL]:
        return [null]
    if scalar == kinds and len(kinds) == 1:
        return [_scalar(results, kinds[0], slice(None), null=null, pad=pad)]
    texts = _mixed(results, scalar, null=null, pad=pad)
    return [texts] if texts.shape[1] else []


def result(columns: Columns, *, pad: bytes) -> list[Part]:
    """Write the result."""
    return [
        *scalars(columns.result, null=b"null", pad=pad),
        json_texts(columns.result, ResultKind.TEXT, ResultKind.JSON),
    ]


def json_texts(results: Results, *kinds: ResultKind) -> Insert:
    """Give the results of some kinds that are kept as JSON text."""
    if results.texts is None:
        return _NONE
    rows = np.flatnonzero(np.isin(results.kind, kinds))
    return Insert(rows, results.texts[rows].tolist())


def quality(columns: Columns) -> Insert:
    """Give resultQuality where a row has it."""
    return _present(columns.quality)


def parameters(columns: Columns) -> Insert:
    """Give parameters where a row has them."""
    return _present(columns.parameters)


def valid_time(columns: Columns, *, quote: bytes) -> Insert:
    """Write validTime, `start/stop`, where a row has it."""
    if columns.valid_start is None or columns.valid_stop is None:
        return _NONE
    rows = np.flatnonzero(columns.valid_start != ABSENT)
    if not len(rows):
        return _NONE
    start, stop = times(columns.valid_start[rows]), times(columns.valid_stop[rows])
    return Insert(rows, texts_of(column([quote, *start, b"/", *stop, quote], len(rows))))


def _present(values: Bytes | None) -> Insert:
    if values is None:
        return _NONE
    rows = np.flatnonzero(given(values))
    return Insert(rows, values[rows].tolist())


def _mixed(results: Results, kinds: list[ResultKind], *, null: bytes, pad: bytes) -> Matrix:
    masks = [results.kind == kind for kind in kinds]
    parts = [_scalar(results, kind, mask, null=null, pad=pad) for mask, kind in zip(masks, kinds, strict=True)]
    texts = np.full((len(results), max([0, *(part.shape[1] for part in parts)])), ord(pad), np.uint8)
    for mask, part in zip(masks, parts, strict=True):
        texts[mask, : part.shape[1]] = part
    return texts


def _scalar(results: Results, kind: ResultKind, rows: Index, *, null: bytes, pad: bytes) -> Matrix:
    """Write the results of some rows, all of one kind."""
    if kind is ResultKind.NULL:
        return np.array([list(null)], np.uint8)
    if kind is ResultKind.FLOAT:
        return numbers(column_of(results.floats, "floats", len(results))[rows], pad=pad)
    integers = column_of(results.integers, "integers", len(results))[rows]
    if kind is ResultKind.INTEGER:
        return numbers(integers, pad=pad)
    truths = np.array([list(text.ljust(5, pad)) for text in (b"false", b"true")], np.uint8)
    texts: Matrix = truths.take(integers, axis=0)
    return texts
