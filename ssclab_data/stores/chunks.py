"""Write up to 2,048 Observations of one Datastream as one chunk: a checked blob for each column, and their bounds."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np

from ssclab_data.errors import StoreCorruptError
from ssclab_data.model.columns import ABSENT, Columns, Integers, ResultKind, Results, column_of, given, known_times
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.model.values import Instant
from ssclab_data.stores import codec

CHUNK_ROWS = 2_048
"""The most Observations in a chunk; with SQLite's pages of 4 KB it wastes least (`docs/decisions/0011-chunks.md`)."""
CHUNK_SPAN = 100 * 86_400_000_000
"""The longest time between the first and the last start in a chunk, microseconds: global time order prunes by it."""

BLOBS = ("start", "result", "handle", "result_time", "stop", "quality", "parameters", "feature", "ordinal", "valid")
"""The columns of a chunk that are blobs, those that are read most first."""

_FLOATING = (ResultKind.FLOAT,)
_WHOLE = (ResultKind.INTEGER, ResultKind.BOOLEAN)
_TEXTUAL = (ResultKind.TEXT, ResultKind.JSON)
_SEQUENCE_MASK = (1 << 32) - 1


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a query needs to know of a chunk before it decodes it; all bounds are closed.

    Attributes:
        datastream: handle of the Datastream.
        size: how many Observations.
        first: least start of phenomenonTime, microseconds UTC.
        last: greatest start.
        stop: greatest end.
        sequence_first: least sequence (lower half of the handle).
        sequence_last: greatest sequence.
        result_time_first: least resultTime, None where no row has one.
        result_time_last: greatest resultTime.
        timed: how many rows have a resultTime.
        spans: how many rows are intervals.
        kinds: bit `1 << kind` for each `ResultKind` there is.
        result_min: least number among the results, None where none is one.
        result_max: greatest number.
        result_sum: sum of the numbers, None where it is beyond what floating point holds.
        numbers: how many results are numbers.
        feature_first: least handle of a FeatureOfInterest, 0 for none.
        feature_last: greatest handle.
    """

    datastream: int
    size: int
    first: int
    last: int
    stop: int
    sequence_first: int
    sequence_last: int
    result_time_first: int | None
    result_time_last: int | None
    timed: int
    spans: int
    kinds: int
    result_min: int | float | None
    result_max: int | float | None
    result_sum: float | None
    numbers: int
    feature_first: int
    feature_last: int


class Chunk(msgspec.Struct, frozen=True):
    """A chunk as it is stored."""

    bounds: Bounds
    blobs: Mapping[str, bytes | None]


def encode(columns: Columns) -> Chunk:
    """Encode Observations of one Datastream, in the order of phenomenonTime.

    Raises:
        ValueError: there is none, there are more than a chunk holds, or they are of several Datastreams.
    """
    size = len(columns)
    if not 0 < size <= CHUNK_ROWS:
        raise ValueError(f"a chunk holds 1 to {CHUNK_ROWS} Observations, not {size}")
    bounds = bounds_of(columns)
    bodies = dict(_bodies(columns, bounds))
    owner = _owner(bounds)
    sealed = {
        name: codec.seal(bodies[name], codec.Label(name, size, owner)) if name in bodies else None for name in BLOBS
    }
    return Chunk(bounds, sealed)


def bounds_of(columns: Columns) -> Bounds:
    """Bound Observations of one Datastream."""
    datastream, _ = split_observation_handle(int(columns.handle[0]))
    if not bool((columns.handle >> 32 == datastream).all()):
        raise ValueError("a chunk holds Observations of one Datastream")
    sequences = columns.handle & _SEQUENCE_MASK
    numbers = list(_numbers(columns.result))
    known = known_times(columns.result_time)
    features = column_of(columns.feature, "feature", 1)
    return Bounds(
        datastream=datastream,
        size=len(columns),
        first=int(columns.start.min()),
        last=int(columns.start.max()),
        stop=int(columns.stop.max()),
        sequence_first=int(sequences.min()),
        sequence_last=int(sequences.max()),
        result_time_first=int(known.min()) if len(known) else None,
        result_time_last=int(known.max()) if len(known) else None,
        timed=len(known),
        spans=0 if columns.span is None else int(columns.span.sum()),
        kinds=_kinds(columns.result.kind),
        result_min=min((values.min().item() for values in numbers), default=None),
        result_max=max((values.max().item() for values in numbers), default=None),
        result_sum=_total(numbers),
        numbers=sum(map(len, numbers)),
        feature_first=int(features.min()),
        feature_last=int(features.max()),
    )


@contextmanager
def reporting(chunk: int, bounds: Bounds) -> Iterator[None]:
    """Turn what is wrong with the bytes of a chunk into an error that says where.

    Raises:
        StoreCorruptError: they are not what was written.
    """
    try:
        yield
    except codec.CorruptBlobError as error:
        raise StoreCorruptError(
            f"chunk {chunk} of Datastream {bounds.datastream}, {Instant(bounds.first)} to {Instant(bounds.last)}: "
            f"{error}; run `ssclab store check`, and restore a backup"
        ) from error


class Reader:
    """Decode the columns of one chunk, each when it is first asked for.

    Args:
        blobs: those that were read from the store; a column that is absent is None.

    Raises:
        CorruptBlobError: by each attribute, when its blob is not what was written.
    """

    def __init__(self, bounds: Bounds, blobs: Mapping[str, bytes | None]) -> None:
        self.bounds = bounds
        self.size = bounds.size
        self.blobs = blobs

    @functools.cached_property
    def start(self) -> Integers:
        """Start of phenomenonTime; ascending."""
        start: Integers = self._read("start", codec.read_integers)
        if (start[0], start[-1]) != (self.bounds.first, self.bounds.last):
            raise codec.CorruptBlobError("column start is of another chunk")
        return start

    @functools.cached_property
    def handle(self) -> Integers:
        """Handles, with the Datastream's in their upper half."""
        sequences: Integers = self._read("handle", codec.read_integers)
        return sequences + (self.bounds.datastream << 32)

    @property
    def datastream(self) -> Integers:
        """The Datastream's handle in each row."""
        return np.full(self.size, self.bounds.datastream, np.int64)

    @functools.cached_property
    def _times(self) -> tuple[Integers, Any]:
        found = self._read("stop", _read_stop)
        if found is None:
            return self.start, None
        lengths, span = found
        return self.start + lengths, span

    @property
    def stop(self) -> Integers:
        """End of phenomenonTime."""
        return self._times[0]

    @property
    def span(self) -> Any:
        """Which rows are intervals, or None."""
        return self._times[1]

    @functools.cached_property
    def result(self) -> Results:
        """The results."""
        kinds = self.bounds.kinds
        read = (
            _read_mixed if kinds & (kinds - 1) else functools.partial(_read_uniform, ResultKind(kinds.bit_length() - 1))
        )
        result: Results = self._read("result", read)
        return result

    @functools.cached_property
    def result_time(self) -> Integers | None:
        """When the results became known."""
        found = self._read("result_time", codec.read_optional)
        return None if found is None else _absolute(found, self.start)

    @functools.cached_property
    def _valid(self) -> tuple[Integers, Integers] | None:
        body = self._read("valid", lambda body, size: [codec.read_optional(part, size) for part in _sections(body)])
        if body is None:
            return None
        start = _absolute(body[0], self.start)
        return start, _absolute(body[1], start)

    @property
    def valid_start(self) -> Integers | None:
        """Start of validTime."""
        return None if self._valid is None else self._valid[0]

    @property
    def valid_stop(self) -> Integers | None:
        """End of validTime."""
        return None if self._valid is None else self._valid[1]

    @functools.cached_property
    def quality(self) -> Any:
        """The resultQuality as JSON."""
        return self._read("quality", codec.read_texts)

    @functools.cached_property
    def parameters(self) -> Any:
        """The parameters as JSON."""
        return self._read("parameters", codec.read_texts)

    @functools.cached_property
    def ordinal(self) -> Integers | None:
        """Numbers among Observations of one time."""
        ordinal: Integers | None = self._read("ordinal", codec.read_integers)
        return ordinal

    @functools.cached_property
    def feature(self) -> Integers | None:
        """Handles of the FeaturesOfInterest."""
        if self.bounds.feature_last == 0:
            return None
        if self.bounds.feature_first == self.bounds.feature_last:
            return np.full(self.size, self.bounds.feature_first, np.int64)
        feature: Integers | None = self._read("feature", codec.read_integers)
        return feature

    def columns(self) -> Columns:
        """Decode everything."""
        return Columns(**{name: getattr(self, name) for name in Columns.__struct_fields__})

    def _read(self, name: str, read: Any) -> Any:
        blob = self.blobs[name]
        if blob is None:
            return None
        return codec.decoded(read, blob, codec.Label(name, self.size, _owner(self.bounds)))


def _owner(bounds: Bounds) -> str:
    """Tell the chunks of a store apart, for their checksums."""
    return f"{bounds.datastream}:{bounds.first}"


def _bodies(columns: Columns, bounds: Bounds) -> Iterator[tuple[str, bytes]]:
    yield "start", codec.write_integers(columns.start)
    yield "handle", codec.write_integers(columns.handle & _SEQUENCE_MASK)
    yield "result", _write_result(columns.result)
    if bounds.spans:
        yield "stop", _write_stop(columns)
    if bounds.timed and columns.result_time is not None:
        yield "result_time", codec.write_optional(_relative(columns.result_time, columns.start))
    if columns.valid_start is not None and columns.valid_stop is not None and (columns.valid_start != ABSENT).any():
        parts = (
            _relative(columns.valid_start, columns.start),
            _relative(columns.valid_stop, columns.valid_start),
        )
        yield "valid", codec.pack_sections([codec.write_optional(part) for part in parts])
    for name, texts in (("quality", columns.quality), ("parameters", columns.parameters)):
        if texts is not None and given(texts).any():
            yield name, codec.write_texts(texts)
    if columns.feature is not None and bounds.feature_first != bounds.feature_last:
        yield "feature", codec.write_integers(columns.feature)
    if columns.ordinal is not None and columns.ordinal.any():
        yield "ordinal", codec.write_integers(columns.ordinal)


def _write_stop(columns: Columns) -> bytes:
    assert columns.span is not None  # noqa: S101 - the caller looked
    lengths = (columns.stop - columns.start)[columns.span]
    return codec.pack_sections((codec.write_small(columns.span.view(np.uint8)), codec.write_integers(lengths)))


def _read_stop(body: bytes, size: int) -> tuple[Integers, Any]:
    mask, lengths = _sections(body)
    span = codec.read_small(mask, size).view(np.bool_)
    return codec.scattered(codec.read_integers(lengths, int(span.sum())), span), span


def _write_result(result: Results) -> bytes:
    """Write the kinds, where there are several, and the values of each kind."""
    kind = result.kind
    mixed = bool((kind != kind[0]).any())
    sections = [codec.write_small(kind) if mixed else b""]
    for values, write, kinds in _parts(result):
        rows = _rows_of(kind, kinds)
        sections.append(b"" if rows is None or values is None else write(values[rows]))
    return codec.pack_sections(sections)


def _read_uniform(kind: ResultKind, body: bytes, size: int) -> Results:
    _, floats, integers, texts = _sections(body)
    return Results(
        kind=np.full(size, kind, np.uint8),
        floats=codec.read_floats(floats, size) if kind in _FLOATING else None,
        integers=codec.read_integers(integers, size) if kind in _WHOLE else None,
        texts=codec.read_texts(texts, size) if kind in _TEXTUAL else None,
    )


def _read_mixed(body: bytes, size: int) -> Results:
    kinds, floats, integers, texts = _sections(body)
    kind = codec.read_small(kinds, size)
    return Results(
        kind=kind,
        floats=_spread(codec.read_floats, floats, kind, _FLOATING),
        integers=_spread(codec.read_integers, integers, kind, _WHOLE),
        texts=_spread(codec.read_texts, texts, kind, _TEXTUAL),
    )


def _parts(result: Results) -> Iterator[tuple[Any, Any, tuple[ResultKind, ...]]]:
    yield result.floats, codec.write_floats, _FLOATING
    yield result.integers, codec.write_integers, _WHOLE
    yield result.texts, codec.write_texts, _TEXTUAL


def _rows_of(kind: Any, kinds: tuple[ResultKind, ...]) -> Any:
    """Tell which rows are of some kinds: a mask, `slice(None)` for all, None for none."""
    if bool((kind == kind[0]).all()):
        return slice(None) if kind[0] in kinds else None
    rows = functools.reduce(np.logical_or, (kind == one for one in kinds))
    return rows if rows.any() else None


def _spread(read: Any, body: bytes, kind: Any, kinds: tuple[ResultKind, ...]) -> Any:
    rows = _rows_of(kind, kinds)
    if rows is None:
        return None
    return codec.scattered(read(body, int(rows.sum())), rows)


def _sections(body: bytes) -> list[bytes]:
    return codec.unpack_sections(body)


def _relative(values: Integers, origin: Integers) -> Integers:
    return np.where(values == ABSENT, ABSENT, values - origin)


def _absolute(found: tuple[Integers, Any], origin: Integers) -> Integers:
    values, present = found
    return values + origin if present is None else np.where(present, values + origin, ABSENT)


def _total(numbers: Sequence[Any]) -> float | None:
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(sum(values.sum(dtype=np.float64) for values in numbers))
    return total if np.isfinite(total) else None


def _kinds(kind: Any) -> int:
    counts = np.bincount(kind)
    return sum(1 << number for number in np.flatnonzero(counts).tolist())


def _numbers(result: Results) -> Iterator[Any]:
    """Give the floating-point numbers, then the whole ones."""
    for kind, values in ((ResultKind.FLOAT, result.floats), (ResultKind.INTEGER, result.integers)):
        rows = _rows_of(result.kind, (kind,))
        if values is not None and rows is not None:
            yield values[rows]
