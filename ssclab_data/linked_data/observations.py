"""Write Observations of one Datastream as triples, from columns.

Nothing is said here of what an Observation is in RDF: that is `sosa`'s. Its description of one Observation, with marks
where the rows differ, is written in the format once for each kind of row, and cut at the marks; the pieces are the
template of a row, between which the columns are laid.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import count
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.linked_data import parts
from ssclab_data.linked_data.sosa import CATEGORY, NO_WORDS, Node, result_term, triples
from ssclab_data.linked_data.terms import IRI, Literal, decimal, escaped, text, typed
from ssclab_data.linked_data.words import Words
from ssclab_data.linked_data.writing import Format, formats
from ssclab_data.model.columns import ABSENT, Bytes, Columns, ResultKind, column_of, given, take
from ssclab_data.model.identity import observation_key
from ssclab_data.model.sensorthings import (
    OM,
    Datastream,
    FeatureOfInterest,
    Observation,
    ObservedProperty,
    Sensor,
)
from ssclab_data.model.values import Instant, Interval, Time
from ssclab_data.rendering.layout import FILL, Fixed, Insert, Part, Rows, column, texts_of, write
from ssclab_data.rendering.text import numbers, stamps

type Codes = NDArray[np.int64]

# More rows of some kilobytes each would leave the caches of a core while they are filled.
_ROWS = 1_024
_YEAR_1 = -62_135_596_800_000_000
_MOMENTS = frozenset(("start", "stop"))
_MARKED = ("start", "stop", "result_time", "valid_start", "valid_stop")
# Of numbers beyond these the shortest text has an exponent, which a decimal must not have.
_LEAST, _MOST = 1e-4, 1e15


class Said(IntEnum):
    """How a result is stated."""

    NOTHING = 0
    NUMBER = 1
    INTEGER = 2
    TRUTH = 3
    LITERAL = 4
    RESOURCE = 5
    PARTS = 6


class Shape(msgspec.Struct, frozen=True):
    """What a row has, which decides on its template.

    Attributes:
        ordinal: its number among those of one time.
    """

    said: Said
    span: bool
    result_time: bool
    valid: bool
    quality: bool
    feature: bool
    ordinal: int

    @classmethod
    def of(cls, code: int) -> "Shape":
        """Read the number that `_codes` made of it."""
        span, result_time, valid, quality, feature = (bool(code >> bit & 1) for bit in range(3, 8))
        return cls(Said(code & 7), span, result_time, valid, quality, feature, code >> 8)


class Kind(msgspec.Struct, frozen=True):
    """What the Datastream of a row has, which decides on its template too.

    Attributes:
        sensors: of each Sensor whether it is a model.
        observed: how many ObservedProperties there are.
    """

    sensors: tuple[bool, ...]
    observed: int

    @classmethod
    def of(cls, datastream: Node) -> "Kind":
        """Look at a Datastream."""
        return cls(tuple(one.model for one in datastream.follow("Sensor")), len(_observed(datastream)))


class Template(msgspec.Struct, frozen=True):
    """A row of one shape: bytes that are the same in all, and names of what differs.

    Attributes:
        triples: how many it has.
    """

    pieces: tuple[bytes | str, ...]
    triples: int


class Written(msgspec.Struct, frozen=True):
    """Some rows as they are written, and how many triples these are."""

    text: bytes
    triples: int


class ObservationWriter:
    """Writes the Observations of one Datastream in one format.

    Args:
        datastream: with its Sensor and ObservedProperties.
        words: terms for the keys of parameters.
    """

    def __init__(self, syntax: Format, datastream: Node, *, words: Words = NO_WORDS) -> None:
        self._syntax = syntax
        self._datastream = datastream
        self._words = words
        self._type = str(getattr(datastream.entity, "observation_type", ""))
        self._kind = Kind.of(datastream)
        self._names = _names(syntax, datastream)

    def write(self, columns: Columns, features: Mapping[int, str]) -> Iterator[Written]:
        """Write rows, some thousands at a time, those of one shape after one another.

        Args:
            features: IRIs of the FeaturesOfInterest by handle.
        """
        for start in range(0, len(columns), _ROWS):
            block = take(columns, slice(start, start + _ROWS))
            said, texts = self._said(block)
            codes = _codes(block, said, features)
            for code in np.unique(codes).tolist():
                rows = np.flatnonzero(codes == code)
                yield self._group(Shape.of(code), take(block, rows), texts[rows], features)

    def _said(self, columns: Columns) -> tuple[Codes, Bytes]:
        """Tell how each result is stated; of those that are not written by column, give their texts too."""
        results = columns.result
        said = _SAID.take(results.kind)
        texts = np.full(len(columns), None, np.object_)
        floats = np.flatnonzero(results.kind == ResultKind.FLOAT)
        if len(floats):
            values = column_of(results.floats, "floats", len(columns))[floats]
            said[floats[~np.isfinite(values)]] = Said.NOTHING
            size = np.abs(values)
            for at in floats[np.isfinite(values) & (values != 0) & ((size < _LEAST) | (size >= _MOST))].tolist():
                said[at] = Said.LITERAL
                texts[at] = self._syntax.literal(decimal(results.value(at)))
        known: dict[bytes, tuple[Said, bytes]] = {}
        for at in np.flatnonzero(results.kind >= ResultKind.TEXT).tolist():
            raw = column_of(results.texts, "texts", len(columns))[at]
            if raw not in known:
                known[raw] = self._statement(msgspec.json.decode(raw))
            said[at], texts[at] = known[raw]
        return said, texts

    def _statement(self, value: Any) -> tuple[Said, bytes]:
        found = result_term(value, self._type)
        if found is None:
            return Said.NOTHING, b""
        if isinstance(found, IRI):
            return Said.RESOURCE, escaped(found.value).encode()
        return Said.PARTS if isinstance(value, (list, dict)) else Said.LITERAL, self._syntax.literal(found)

    def _group(self, shape: Shape, columns: Columns, texts: Bytes, features: Mapping[int, str]) -> Written:
        template = _template(self._syntax.media_type, shape, self._kind)
        size = len(columns)
        fields = _times(columns, shape)
        fields["result"] = self._results(shape, columns, texts)
        if shape.feature:
            fields["feature"] = [_features(columns, features)]
        if shape.quality:
            fields["quality"] = [self._qualities(column_of(columns.quality, "quality", size))]
        text_ = write(self._row(template.pieces, fields), size).replace(FILL, b"")
        more = list(self._parameters(shape, columns, fields))
        return Written(
            b"".join([text_, *(one.text for one in more)]),
            size * template.triples + sum(one.triples for one in more),
        )

    def _results(self, shape: Shape, columns: Columns, texts: Bytes) -> list[Part]:
        results = columns.result
        match shape.said:
            case Said.NOTHING:
                return []
            case Said.NUMBER:
                example = decimal(0.5)
                values: Any = column_of(results.floats, "floats", len(columns))
            case Said.INTEGER:
                found = result_term(7, self._type)
                assert isinstance(found, Literal)  # noqa: S101 - a number is none
                example, values = found, column_of(results.integers, "integers", len(columns))
            case Said.TRUTH:
                words = [self._syntax.literal(parts.json_literal(value)) for value in (False, True)]
                truths = column_of(results.integers, "integers", len(columns)).tolist()
                return [Insert(np.arange(len(columns)), [words[value] for value in truths])]
            case _:
                return [Insert(np.arange(len(columns)), texts.tolist())]
        before, after = self._syntax.literal(example).split(example.text.encode(), 1)
        return [before, numbers(values, pad=FILL), after]

    def _qualities(self, qualities: Bytes) -> Insert:
        known = {
            raw: self._syntax.literal(parts.json_literal(msgspec.json.decode(raw))) for raw in set(qualities.tolist())
        }
        return Insert(np.arange(len(qualities)), [known[raw] for raw in qualities.tolist()])

    def _parameters(self, shape: Shape, columns: Columns, fields: Mapping[str, list[Part]]) -> Iterator[Written]:
        """Write the parameters of the rows that have some, which are statements of their own."""
        if columns.parameters is None:
            return
        rows = np.flatnonzero(given(columns.parameters))
        if not len(rows):
            return
        subjects = self._subjects(shape, rows, fields)
        for subject, raw in zip(subjects, columns.parameters[rows].tolist(), strict=True):
            mark, about = _about_mark(self._syntax.media_type, raw, self._words)
            yield Written(about.text.replace(mark, subject), about.triples)

    def _subjects(self, shape: Shape, rows: Rows, fields: Mapping[str, list[Part]]) -> Sequence[bytes]:
        """Give the IRIs of rows."""
        some = {
            name: [part[rows] for part in fields[name] if isinstance(part, np.ndarray)]
            for name in _MOMENTS & fields.keys()
        }
        pieces = _pieces(_key("observation", shape).encode(), _needles(self._syntax.media_type))
        fixed: list[Fixed] = [part for part in self._row(pieces, some) if not isinstance(part, Insert)]
        return [one.replace(FILL, b"") for one in texts_of(column(fixed, len(rows)))]

    def _row(self, pieces: Iterable[bytes | str], fields: Mapping[str, Sequence[Part]]) -> list[Part]:
        """Put what is of the Datastream, and what is of the rows, into the places for them."""
        row: list[Part] = []
        same: list[bytes] = []
        for piece in pieces:
            found = (piece,) if isinstance(piece, bytes) else fields.get(piece) or (self._names[piece],)
            for part in found:
                if isinstance(part, bytes):
                    same.append(part)
                else:
                    row += (b"".join(same), part)
                    same.clear()
        return [*row, b"".join(same)]


@lru_cache(maxsize=4_096)
def _about_mark(media_type: str, raw: bytes, words: Words) -> tuple[bytes, Written]:
    """Write what parameters say of an Observation, with a mark that stands for its IRI and nowhere else."""
    mark = next(mark for number in count() if (mark := f"urn:ssclab:subject-{number}").encode() not in raw)
    found = list(parts.additional(mark, msgspec.json.decode(raw), words))
    return mark.encode(), Written(formats()[media_type].write(found), len(found))


# How results of each kind are stated, where they are not texts or JSON.
_SAID = np.array([Said.NOTHING, Said.TRUTH, Said.INTEGER, Said.NUMBER, Said.LITERAL, Said.PARTS], np.int64)


def _observed(datastream: Node) -> list[str]:
    links = ("ObservedProperty", "ObservedProperties")
    return list(dict.fromkeys(one.iri for link in links for one in datastream.follow(link)))


def _names(syntax: Format, datastream: Node) -> dict[str, bytes]:
    """Give what stands for the marks of a Datastream, written as it stands there."""
    key = str(datastream.entity.key)
    before, _, _ = datastream.iri.rpartition(f"/Datastream/{key}")
    iris = {"observation": f"{before}/Observation/{key}", "datastream": datastream.iri}
    iris |= {f"sensor-{at}": one.iri for at, one in enumerate(datastream.follow("Sensor"))}
    iris |= {f"observed-{at}": one for at, one in enumerate(_observed(datastream))}
    return {"key": syntax.literal(text(key))[1:-1], **{name: escaped(iri).encode() for name, iri in iris.items()}}


# What stands in a template where rows or Datastreams differ. Nothing that was given stands in one, so none is mistaken.
_TIMES = {name: Instant(_YEAR_1 + 1 + at) for at, name in enumerate(_MARKED)}
_RESULT, _QUALITY = "ssclab-result", "ssclab-quality"


def _mark(name: str) -> str:
    return f"urn:ssclab:{name}:"


def _key(name: str, shape: Shape) -> str:
    time: Time = Interval(_TIMES["start"], _TIMES["stop"]) if shape.span else _TIMES["start"]
    return observation_key(_mark(name), time, shape.ordinal)


def _result(said: Said) -> Any:
    match said:
        case Said.NOTHING:
            return None
        case Said.RESOURCE:
            return _mark("result")
        case Said.PARTS:
            return [_RESULT]
    return _RESULT


@lru_cache(maxsize=4_096)
def _template(media_type: str, shape: Shape, kind: Kind) -> Template:
    """Cut the description of an Observation at its marks."""
    syntax = formats()[media_type]
    described = list(triples(_example(shape, kind)))
    return Template(tuple(_pieces(syntax.write(described), _needles(media_type))), len(described))


def _example(shape: Shape, kind: Kind) -> Node:
    """Make an Observation of a shape, with marks."""
    entity = Observation(
        key=_key("key", shape),
        phenomenon_time=Interval(_TIMES["start"], _TIMES["stop"]) if shape.span else _TIMES["start"],
        result=_result(shape.said),
        result_time=_TIMES["result_time"] if shape.result_time else None,
        result_quality=_QUALITY if shape.quality else None,
        valid_time=Interval(_TIMES["valid_start"], _TIMES["valid_stop"]) if shape.valid else None,
    )
    features = (Node(iri=_mark("feature"), entity=FeatureOfInterest()),) if shape.feature else ()
    sensors = [Node(iri=_mark(f"sensor-{at}"), entity=Sensor(), model=model) for at, model in enumerate(kind.sensors)]
    observed = [Node(iri=_mark(f"observed-{at}"), entity=ObservedProperty()) for at in range(kind.observed)]
    datastream = Node(
        iri=_mark("datastream"),
        entity=Datastream(observation_type=OM + CATEGORY),
        links={"Sensor": tuple(sensors), "ObservedProperty": tuple(observed)},
    )
    links = {"Datastream": (datastream,), "FeatureOfInterest": features}
    return Node(iri=_key("observation", shape), entity=entity, links=links)


@lru_cache(maxsize=8)
def _needles(media_type: str) -> Mapping[bytes, str]:
    """Give how marks are written, and what they stand for."""
    syntax = formats()[media_type]
    return {
        **{str(time).encode(): name for name, time in _TIMES.items()},
        syntax.literal(text(_RESULT)): "result",
        syntax.literal(typed(f'["{_RESULT}"]', "rdf:JSON")): "result",
        syntax.literal(text(_QUALITY)): "quality",
    }


def _pieces(written: bytes, needles: Mapping[bytes, str]) -> Iterator[bytes | str]:
    # The longest first, because one that is whole may begin another.
    pattern = b"|".join(map(re.escape, sorted(needles, key=len, reverse=True)))
    for piece in re.split(rb"(urn:ssclab:[a-z0-9-]+:|%b)" % pattern, written):
        if piece.startswith(b"urn:ssclab:"):
            yield piece.decode().split(":")[2]
        elif piece:
            yield needles.get(piece, piece)


def _codes(columns: Columns, said: Codes, features: Mapping[int, str]) -> Codes:
    """Give what each row has as a number."""
    size = len(columns)
    has = [
        np.zeros(size, np.bool_) if columns.span is None else columns.span,
        column_of(columns.result_time, "result_time", size) != ABSENT,
        column_of(columns.valid_start, "valid_start", size) != ABSENT,
        _has_quality(columns),
        np.isin(column_of(columns.feature, "feature", size), list(features)),
    ]
    codes: Codes = said | (column_of(columns.ordinal, "ordinal", size) << 8)
    for bit, flags in enumerate(has, 3):
        codes |= flags.astype(np.int64) << bit
    return codes


def _has_quality(columns: Columns) -> NDArray[np.bool_]:
    found = np.zeros(len(columns), np.bool_)
    if columns.quality is not None:
        rows = np.flatnonzero(given(columns.quality))
        found[rows] = [raw != b"null" for raw in columns.quality[rows].tolist()]
    return found


def _times(columns: Columns, shape: Shape) -> dict[str, list[Part]]:
    size = len(columns)
    wanted = {"start": columns.start}
    if shape.span:
        wanted["stop"] = columns.stop
    if shape.result_time:
        wanted["result_time"] = column_of(columns.result_time, "result_time", size)
    if shape.valid:
        wanted["valid_start"] = column_of(columns.valid_start, "valid_start", size)
        wanted["valid_stop"] = column_of(columns.valid_stop, "valid_stop", size)
    # Each is in several places of a row, so it is made in one piece.
    return {name: [column(stamps(us), size)] for name, us in wanted.items()}


def _features(columns: Columns, features: Mapping[int, str]) -> Part:
    handles = column_of(columns.feature, "feature", len(columns)).tolist()
    iris = {handle: escaped(features[handle]).encode() for handle in set(handles)}
    if len(iris) == 1:
        return iris[handles[0]]
    return Insert(np.arange(len(handles)), [iris[handle] for handle in handles])
