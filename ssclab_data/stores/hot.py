"""Turn the rows of the hot table into columns and back."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from ssclab_data.model.columns import ABSENT, Bytes, Columns, Floats, Integers, ResultKind, Results, column_of
from ssclab_data.stores.tables import HOT

type HotRow = tuple[Any, ...]
"""One row of the table, in the order of `tables.HOT`."""

NAMES = ", ".join(HOT)
INSERT = f"INSERT INTO hot ({NAMES}) VALUES ({', '.join('?' * len(HOT))})"

_TEXTUAL = (ResultKind.TEXT, ResultKind.JSON)
_WHOLE = (ResultKind.INTEGER, ResultKind.BOOLEAN)


def columns_of(rows: Sequence[HotRow]) -> Columns:
    """Turn rows into columns, in their order."""
    cells = dict(zip(HOT, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(HOT, ())
    span = np.array(cells["span"], np.bool_)
    return Columns(
        handle=(_integers(cells["datastream_id"]) << 32) + _integers(cells["sequence"]),
        start=_integers(cells["start"]),
        stop=_integers(cells["stop"]),
        span=span if span.any() else None,
        ordinal=_integers(cells["ordinal"]) if any(cells["ordinal"]) else None,
        result=results_of(cells["kind"], cells["result"]),
        result_time=_optional(cells["result_time"], ABSENT),
        valid_start=_optional(cells["valid_start"], ABSENT),
        valid_stop=_optional(cells["valid_stop"], ABSENT),
        quality=_texts(cells["quality"]),
        parameters=_texts(cells["parameters"]),
        feature=_optional(cells["feature_id"], 0),
    )


def rows_of(columns: Columns) -> Iterable[HotRow]:
    """Turn columns into rows, in their order."""
    size = len(columns)
    handles = columns.handle

    def optional(name: str, absent: Any) -> list[Any]:
        value = getattr(columns, name)
        return [None] * size if value is None else [None if one == absent else one for one in value.tolist()]

    def texts(value: Bytes | None) -> list[Any]:
        return [None] * size if value is None else [None if one is None else one.decode() for one in value]

    kinds = columns.result.kind.tolist()
    return zip(
        (handles >> 32).tolist(),
        columns.start.tolist(),
        columns.stop.tolist(),
        column_of(columns.span, "span", size).view(np.uint8).tolist(),
        column_of(columns.ordinal, "ordinal", size).tolist(),
        (handles & 0xFFFFFFFF).tolist(),
        kinds,
        _cells(columns.result, kinds),
        optional("result_time", ABSENT),
        texts(columns.quality),
        optional("valid_start", ABSENT),
        optional("valid_stop", ABSENT),
        texts(columns.parameters),
        optional("feature", 0),
        strict=True,
    )


def results_of(kinds: Sequence[int], cells: Sequence[Any]) -> Results:
    """Turn kinds and cells into a column of results."""
    kind = np.array(kinds, np.uint8)
    found = set(kinds)
    if found == {ResultKind.FLOAT}:
        return Results(kind=kind, floats=np.array(cells, np.float64))
    return Results(
        kind=kind,
        floats=_numbers(kinds, cells, ResultKind.FLOAT) if ResultKind.FLOAT in found else None,
        integers=_whole(kinds, cells) if found & set(_WHOLE) else None,
        texts=_results_texts(kinds, cells) if found & set(_TEXTUAL) else None,
    )


def cell_of(result: Any) -> tuple[int, Any]:
    """Give the kind and the cell of a result that a store keeps (see `shape.stored_result`)."""
    match result:
        case None:
            return ResultKind.NULL, None
        case bool():
            return ResultKind.BOOLEAN, int(result)
        case int():
            return ResultKind.INTEGER, result
        case float():
            return ResultKind.FLOAT, float(result)
        case str():
            return ResultKind.TEXT, msgspec.json.encode(result).decode()
    return ResultKind.JSON, msgspec.json.encode(result).decode()


def _cells(result: Results, kinds: list[int]) -> list[Any]:
    columns = {
        ResultKind.FLOAT: None if result.floats is None else result.floats.tolist(),
        ResultKind.INTEGER: None if result.integers is None else result.integers.tolist(),
    }
    only = set(kinds)
    for one, values in columns.items():
        if only == {one} and values is not None:
            return list(values)
    floats, integers = columns.values()
    cells: list[Any] = []
    for row, kind in enumerate(kinds):
        if kind == ResultKind.FLOAT and floats is not None:
            cells.append(floats[row])
        elif kind in _WHOLE and integers is not None:
            cells.append(integers[row])
        elif kind in _TEXTUAL and result.texts is not None:
            cells.append(result.texts[row].decode())
        else:
            cells.append(None)
    return cells


def _integers(values: Sequence[int]) -> Integers:
    return np.array(values, np.int64)


def _optional(values: Sequence[int | None], absent: int) -> Integers | None:
    if all(value is None for value in values):
        return None
    return _integers([absent if value is None else value for value in values])


def _texts(values: Sequence[str | None]) -> Bytes | None:
    if all(value is None for value in values):
        return None
    texts: Bytes = np.full(len(values), None, np.object_)
    texts[:] = [None if value is None else value.encode() for value in values]
    return texts


def _numbers(kinds: Sequence[int], cells: Sequence[Any], wanted: int) -> Floats:
    return np.array([cell if kind == wanted else 0.0 for kind, cell in zip(kinds, cells, strict=True)], np.float64)


def _whole(kinds: Sequence[int], cells: Sequence[Any]) -> Integers:
    return _integers([cell if kind in _WHOLE else 0 for kind, cell in zip(kinds, cells, strict=True)])


def _results_texts(kinds: Sequence[int], cells: Sequence[Any]) -> Bytes | None:
    return _texts([cell if kind in _TEXTUAL else None for kind, cell in zip(kinds, cells, strict=True)])
