"""Make the chunks of `chunks-v1.json`, and write Columns as plain values: `python made.py FILE`."""

import base64
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ssclab_data.model.columns import ABSENT, Bytes, Columns, Integers, ResultKind, Results, column_of
from ssclab_data.stores import chunks
from ssclab_data.stores.hot import cell_of, results_of

SECOND = 1_000_000
HOUR = 3_600 * SECOND
START = 1_452_290_400_000_000
MANY = ("high", "", "é\x01", True, False, None, 0, -7, 2**63 - 1, -0.0, 0.1, {"class": [3, None]}, [1.5, "a"], "high")


def columns_of(results: Any, *, datastream: int = 7, **others: Any) -> Columns:
    """Put hourly Observations together; what is named else takes the place of what is usual."""
    size = len(results)
    start = others.pop("start", START + np.arange(size) * HOUR)
    usual = {"handle": (datastream << 32) + 1 + np.arange(size), "start": start, "stop": start}
    if isinstance(results, np.ndarray):
        result = Results(kind=np.full(size, ResultKind.FLOAT, np.uint8), floats=results)
    else:
        cells = [cell_of(value) for value in results]
        result = results_of([kind for kind, _ in cells], [cell for _, cell in cells])
    return Columns(**(usual | {"result": result} | others))


def texts_of(*values: Any) -> Bytes:
    """Write JSON texts, None where there is none."""
    texts: Bytes = np.full(len(values), None, np.object_)
    texts[:] = [None if value is None else msgspec.json.encode(value) for value in values]
    return texts


def constant() -> Columns:
    """Equal steps, one value, one FeatureOfInterest."""
    return columns_of(np.full(100, 21.5), feature=np.full(100, 3, np.int64))


def jittered() -> Columns:
    """Times that are late by some seconds, and a curve of two decimals."""
    random = np.random.default_rng(1)
    start = START + np.arange(200) * HOUR + random.integers(0, 5 * SECOND, 200)
    results = np.round(20 + 5 * np.sin(np.arange(200) / 12) + random.normal(0, 0.3, 200), 2)
    return columns_of(results, start=start, stop=start, result_time=start + random.integers(1, 90, 200) * SECOND)


def mixed() -> Columns:
    """Every kind of result."""
    return columns_of(MANY * 3)


def texts() -> Columns:
    """Texts only."""
    return columns_of(["low", "high", "", "µg/m³", 'a "quote"', "two\nlines", "low"] * 5)


def documents() -> Columns:
    """JSON only."""
    return columns_of([{"class": number % 4, "of": [number, None, "x"]} for number in range(30)])


def truths() -> Columns:
    """Booleans only."""
    return columns_of([True, False, False, True, True] * 4)


def integers() -> Columns:
    """Whole numbers up to the ends of 64 bits."""
    return columns_of([-(2**63), 2**63 - 1, 0, -1, 2**53 + 1, 10**18, 10**18 + 1, -(10**18)])


def floats() -> Columns:
    """Doubles that are easily lost: minus zero, subnormal, the largest, the nearest to others."""
    return columns_of(
        np.array(
            [-0.0, 0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 0.30000000000000004]
        )
    )


def intervals() -> Columns:
    """Instants, intervals, intervals without length, several of one time."""
    start = START + np.repeat(np.arange(12), 3) * HOUR
    span = np.tile([False, True, True], 12)
    return columns_of(
        np.arange(36) / 4,
        start=start,
        stop=start + np.where(span, np.tile([0, 0, HOUR], 12), 0),
        span=span,
        ordinal=np.repeat(np.arange(12) % 3, 3),
        handle=(7 << 32) + np.random.default_rng(2).permutation(36) + 1,
    )


def described() -> Columns:
    """ValidTime and resultTime in some rows, sparse quality, dense parameters, several FeaturesOfInterest and none."""
    size = 60
    start = START + np.arange(size) * HOUR
    some = np.arange(size) % 3 == 0
    quality: list[Any] = [None] * size
    quality[5], quality[17] = "doubtful", {"flag": [1, 2]}
    return columns_of(
        np.arange(size) * 0.1,
        result_time=np.where(some, ABSENT, start + SECOND),
        valid_start=np.where(some, start, ABSENT),
        valid_stop=np.where(some, start + HOUR, ABSENT),
        quality=texts_of(*quality),
        parameters=texts_of(*({"n": row, "sensor": "SPS30"} for row in range(size))),
        feature=np.array([4, 4, 9, 0, 2**31] * 12, np.int64),
    )


def one() -> Columns:
    """A single row without a result."""
    return columns_of([None])


MAKERS: tuple[Callable[[], Columns], ...] = (
    constant,
    jittered,
    mixed,
    texts,
    documents,
    truths,
    integers,
    floats,
    intervals,
    described,
    one,
)


def plain(columns: Columns) -> dict[str, Any]:
    """Write columns as values, so that no bit of a number is lost; None where a row has none.

    Numbers are written with all their digits: a double by its bits, since -0.0 equals 0.0.
    """
    size = len(columns)
    found: dict[str, Any] = {name: getattr(columns, name).tolist() for name in ("handle", "start", "stop")}
    for name, absent in (("span", None), ("ordinal", None), ("feature", None), ("result_time", ABSENT)):
        values: Integers = column_of(getattr(columns, name), name, size)
        found[name] = [None if value == absent else value for value in values.tolist()]
    for name in ("valid_start", "valid_stop"):
        found[name] = [None if value == ABSENT else value for value in _in_full(columns, name).tolist()]
    for name in ("quality", "parameters"):
        found[name] = [None if text is None else text.decode() for text in _in_full(columns, name)]
    found["kind"] = columns.result.kind.tolist()
    found["result"] = [_result(columns.result, row) for row in range(size)]
    return found


def _in_full(columns: Columns, name: str) -> Any:
    return column_of(getattr(columns, name), name, len(columns))


def _result(result: Results, row: int) -> Any:
    kind = result.kind[row]
    if kind == ResultKind.FLOAT and result.floats is not None:
        return float(result.floats[row]).hex()
    if kind in (ResultKind.INTEGER, ResultKind.BOOLEAN) and result.integers is not None:
        return int(result.integers[row])
    if kind in (ResultKind.TEXT, ResultKind.JSON) and result.texts is not None:
        return str(result.texts[row].decode())
    return None


def vector(make: Callable[[], Columns]) -> dict[str, Any]:
    """Encode columns, and write chunk and values."""
    columns = make()
    chunk = chunks.encode(columns)
    blobs = {name: None if blob is None else base64.b64encode(blob).decode() for name, blob in chunk.blobs.items()}
    bounds = msgspec.to_builtins(chunk.bounds)
    return {"name": make.__name__, "bounds": bounds, "blobs": blobs, "columns": plain(columns)}


def main() -> None:
    """Write a file of vectors; one that is there stays as it is, for it says what old files hold."""
    with Path(sys.argv[1]).open("xb") as opened:
        lines = [msgspec.json.encode(vector(make)) for make in MAKERS]
        opened.write(b"[\n" + b",\n".join(lines) + b"\n]\n")


if __name__ == "__main__":
    main()
