"""What was encoded comes back bit by bit, from chunks of today and of before; what was not is refused."""

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ssclab_data.model.columns import ABSENT, Bytes, Columns, ResultKind, Results
from ssclab_data.stores import chunks, codec
from ssclab_data.stores.chunks import CHUNK_ROWS, Bounds, Chunk, Reader, encode

from .made import MAKERS, MANY, columns_of, plain, texts_of

VECTORS = msgspec.json.decode(Path(__file__).with_name("chunks-v1.json").read_bytes())
FLIPS = 2_000


def decoded(chunk: Chunk, **others: bytes | None) -> Columns:
    """Decode a chunk, with other blobs in the place of some."""
    return Reader(chunk.bounds, {**chunk.blobs, **others}).columns()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_chunks_of_version_1_are_read_as_they_were_written(vector: dict[str, Any]) -> None:
    blobs = {name: None if text is None else base64.b64decode(text) for name, text in vector["blobs"].items()}
    columns = decoded(Chunk(msgspec.convert(vector["bounds"], Bounds), blobs))
    assert plain(columns) == vector["columns"]
    assert msgspec.to_builtins(chunks.bounds_of(columns)) == vector["bounds"]


def test_the_vectors_are_those_that_are_made() -> None:
    assert [vector["name"] for vector in VECTORS] == [make.__name__ for make in MAKERS]
    for vector, make in zip(VECTORS, MAKERS, strict=True):
        assert plain(make()) == vector["columns"]


# Damage


@pytest.fixture(scope="module")
def rich() -> Chunk:
    """Encode a chunk that has every column, in several kinds."""
    size = len(MANY) * 6
    at = 1_452_290_400_000_000 + np.cumsum(np.random.default_rng(1).integers(1, 9_999_999, size))
    some = np.arange(size) % 4 == 0
    chunk = encode(
        columns_of(
            MANY * 6,
            start=at,
            stop=at + np.where(some, 60_000_000, 0),
            span=some,
            ordinal=np.arange(size) % 2,
            result_time=np.where(some, ABSENT, at + 5),
            valid_start=np.where(some, at, ABSENT),
            valid_stop=np.where(some, at + 9, ABSENT),
            quality=texts_of(*(None if row % 9 else {"row": row} for row in range(size))),
            parameters=texts_of(*({"row": row} for row in range(size))),
            feature=np.arange(size) % 3,
        )
    )
    assert None not in chunk.blobs.values()
    return chunk


def blobs_of(chunk: Chunk) -> Iterator[tuple[str, bytes]]:
    for name, blob in chunk.blobs.items():
        assert blob is not None
        yield name, blob


def test_no_flipped_bit_gives_other_values(rich: Chunk) -> None:
    places = [(name, bit) for name, blob in blobs_of(rich) for bit in range(len(blob) * 8)]
    assert len(places) > FLIPS
    for name, bit in random.Random(1).sample(places, FLIPS):
        flipped = bytearray(dict(blobs_of(rich))[name])
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(codec.CorruptBlobError, match=f"column {name} "):
            decoded(rich, **{name: bytes(flipped)})


def test_no_blob_that_is_cut_or_longer_is_read(rich: Chunk) -> None:
    for name, blob in blobs_of(rich):
        for length in range(len(blob)):
            with pytest.raises(codec.CorruptBlobError):
                decoded(rich, **{name: blob[:length]})
        with pytest.raises(codec.CorruptBlobError):
            decoded(rich, **{name: blob + b"\0"})


def test_no_blob_passes_for_that_of_another_column_or_size(rich: Chunk) -> None:
    blobs = dict(blobs_of(rich))
    for name in blobs:
        for other, blob in blobs.items():
            if other != name:
                with pytest.raises(codec.CorruptBlobError):
                    decoded(rich, **{name: blob})
    fewer = encode(columns_of(MANY))
    for name in ("start", "result", "handle"):
        with pytest.raises(codec.CorruptBlobError, match="checksum"):
            decoded(rich, **{name: fewer.blobs[name]})


def test_a_column_of_another_chunk_of_the_same_size_is_refused() -> None:
    one, other = (encode(columns_of(MANY, start=np.arange(14) + at, stop=np.arange(14) + at)) for at in (0, 100))
    for name in ("start", "result", "handle"):
        mixed = chunks.Reader(one.bounds, {**one.blobs, name: other.blobs[name]})
        with pytest.raises(codec.CorruptBlobError, match=f"column {name} fails its checksum"):
            getattr(mixed, name)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (columns_of([1] * (CHUNK_ROWS + 1)), "1 to 2048"),
        (columns_of([]), "1 to 2048"),
        (columns_of([1, 2], handle=np.array([1 << 32, 2 << 32])), "one Datastream"),
    ],
)
def test_what_is_no_chunk_is_refused(columns: Columns, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        encode(columns)


# Round trip

START_AT = 1_452_290_400_000_000
FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds of the years 1 and 9999."""
SMALL = st.integers(0, 30)
LARGE = st.integers(0, CHUNK_ROWS)
TIMES = st.integers(FIRST, LAST)
WHOLE = st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1), st.sampled_from([-(2**63), 2**63 - 1]))
REAL = st.one_of(
    st.floats(-1e300, 1e300),
    st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 2.5e-310, 1.5, 0.1, 21.37]),
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)
TEXTS = st.one_of(st.just(None), JSON.map(msgspec.json.encode))


def column(draw: st.DrawFn, size: int, elements: st.SearchStrategy[Any], dtype: Any = np.int64) -> Any:
    """Draw a column: a few values that repeat where it is long, or as many as there are rows."""
    few = draw(arrays(dtype, min(size, 20), elements=elements))
    return np.resize(few, size) if draw(st.booleans()) else np.repeat(few, -(-size // len(few)))[:size]


def texts(draw: st.DrawFn, size: int) -> Bytes | None:
    few = draw(st.lists(TEXTS, min_size=1, max_size=12))
    found: Bytes = np.full(size, None, np.object_)
    found[:] = [few[row % len(few)] for row in range(size)]
    return found


@st.composite
def any_columns(draw: st.DrawFn) -> Columns:
    """Draw Observations of one Datastream in the order of time."""
    size = draw(st.one_of(st.integers(1, 12), st.integers(1, CHUNK_ROWS), st.just(CHUNK_ROWS)))
    start = np.sort(column(draw, size, TIMES)) if draw(st.booleans()) else START_AT + np.arange(size) * draw(LARGE)
    span = column(draw, size, st.booleans(), np.bool_) if draw(st.booleans()) else None
    lengths = column(draw, size, st.integers(0, 10**12))
    timed = column(draw, size, st.one_of(st.just(ABSENT), TIMES))
    valid = column(draw, size, st.one_of(st.just(ABSENT), TIMES))
    sequences = np.random.default_rng(draw(SMALL)).permutation(size) + draw(st.sampled_from([1, 2**32 - 1 - size]))
    return Columns(
        handle=(draw(st.integers(1, 2**31 - 1)) << 32) + sequences,
        start=start,
        stop=start if span is None else start + np.where(span, lengths, 0),
        span=span,
        ordinal=column(draw, size, st.integers(0, 2**31)) if draw(st.booleans()) else None,
        result=_results(draw, size),
        result_time=timed if draw(st.booleans()) else None,
        valid_start=valid,
        valid_stop=np.where(valid == ABSENT, ABSENT, valid + lengths),
        quality=texts(draw, size) if draw(st.booleans()) else None,
        parameters=texts(draw, size) if draw(st.booleans()) else None,
        feature=column(draw, size, st.integers(0, 2**31)) if draw(st.booleans()) else None,
    )


def _results(draw: st.DrawFn, size: int) -> Results:
    kinds = draw(st.lists(st.sampled_from(ResultKind), min_size=1, max_size=6))
    kind = np.array([kinds[row % len(kinds)] for row in range(size)], np.uint8)
    whole = column(draw, size, WHOLE)
    written = texts(draw, size)
    return Results(
        kind=kind,
        floats=column(draw, size, REAL, np.float64),
        integers=np.where(kind == ResultKind.BOOLEAN, whole & 1, whole),
        texts=None if written is None else np.where(written == np.array(None), np.array(b'""', np.object_), written),
    )


@given(any_columns())
@settings(max_examples=100)
def test_any_columns_come_back_bit_by_bit(columns: Columns) -> None:
    chunk = encode(columns)
    found = decoded(chunk)
    assert plain(found) == plain(columns)
    assert chunks.bounds_of(found) == chunk.bounds
    assert all(blob is None or blob[0] == codec.VERSION for blob in chunk.blobs.values())
