"""Write Observations of one Datastream as triples, from columns.

Nothing is said here of what an Observation is in RDF: that is `sosa`'s. Its description of one Observation, with marks
where the rows differ, is written in the format once for each kind of row, and cut at the marks; the pieces are the
template of a row, between which the columns are laid.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import count
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.linked_data import parts
from ssclab_data.linked_data.sosa import NO_WORDS, Node, result_term, triples
from ssclab_data.linked_data.terms import IRI, Literal, decimal, escaped, text, typed
from ssclab_data.linked_data.words import Words
from ssclab_data.linked_data.writing import Format
from ssclab_data.model.columns import ABSENT, Bytes, Columns, ResultKind, column_of, given, take
from ssclab_data.model.identity import observation_key
from ssclab_data.model.sensorthings import FeatureOfInterest, Observation
from ssclab_data.model.values import Instant, Interval, Time
from ssclab_data.rendering.layout import FILL, Fixed, Insert, Part, column, texts_of, write
from ssclab_data.rendering.text import numbers, stamps

type Codes = NDArray[np.int64]

_ROWS = 2_048
_YEAR_1 = -62_135_596_800_000_000
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


class Marks:
    """What stands in the description of an Observation where rows differ."""

    def __init__(self, number: int) -> None:
        first = _YEAR_1 + 10 * number + 1
        self.times = {name: Instant(first + at) for at, name in enumerate(_MARKED)}
        self.feature = f"urn:ssclab:feature-{number}"
        self.resource = f"urn:ssclab:result-{number}"
        self.result = f"ssclab-result-{number}"
        self.quality = f"ssclab-quality-{number}"

    def observation(self, shape: Shape, datastream: Node) -> Node:
        """Make an Observation of a shape."""
        at = self.times
        time: Time = Interval(at["start"], at["stop"]) if shape.span else at["start"]
        key = observation_key(str(datastream.entity.key), time, shape.ordinal)
        entity = Observation(
            key=key,
            phenomenon_time=time,
            result=self._result(shape.said),
            result_time=at["result_time"] if shape.result_time else None,
            result_quality=self.quality if shape.quality else None,
            valid_time=Interval(at["valid_start"], at["valid_stop"]) if shape.valid else None,
        )
        features = (Node(iri=self.feature, entity=FeatureOfInterest()),) if shape.feature else ()
        return Node(
            iri=_iri(datastream, key), entity=entity, links={"Datastream": (datastream,), "FeatureOfInterest": features}
        )

    def needles(self, syntax: Format) -> dict[bytes, str]:
        """Give how the marks are written, and what they stand for."""
        parts_of = typed(f'["{self.result}"]', "rdf:JSON")
        return {
            **{str(time).encode(): name for name, time in self.times.items()},
            self.feature.encode(): "feature",
            self.resource.encode(): "result",
            syntax.literal(text(self.result)): "result",
            syntax.literal(parts_of): "result",
            syntax.literal(text(self.quality)): "quality",
        }

    def _result(self, said: Said) -> Any:
        match said:
            case Said.NOTHING:
                return None
            case Said.RESOURCE:
                return self.resource
            case Said.PARTS:
                return [self.result]
        return self.result


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
        self._templates: dict[Shape, Template] = {}

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
        template = self._template(shape)
        size = len(columns)
        fields = _times(columns, shape)
        fields["result"] = self._results(shape, columns, texts)
        if shape.feature:
            fields["feature"] = [_features(columns, features)]
        if shape.quality:
            fields["quality"] = [self._qualities(column_of(columns.quality, "quality", size))]
        row: list[Part] = []
        for piece in template.pieces:
            row.extend(fields[piece] if isinstance(piece, str) else [piece])
        text_ = write(row, size).replace(FILL, b"")
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
        subjects = self._subjects(shape, len(columns), fields)
        known: dict[bytes, tuple[bytes, Written]] = {}
        for at in rows.tolist():
            raw = columns.parameters[at]
            if raw not in known:
                known[raw] = self._about_mark(raw)
            mark, about = known[raw]
            yield Written(about.text.replace(mark, subjects[at]), about.triples)

    def _about_mark(self, raw: bytes) -> tuple[bytes, Written]:
        mark = next(mark for number in count() if (mark := f"urn:ssclab:subject-{number}").encode() not in raw)
        found = list(parts.additional(mark, msgspec.json.decode(raw), self._words))
        return mark.encode(), Written(self._syntax.write(found), len(found))

    def _subjects(self, shape: Shape, size: int, fields: Mapping[str, list[Part]]) -> Sequence[bytes]:
        """Give the IRIs of rows."""
        marks = Marks(0)
        iri = escaped(marks.observation(shape, self._datastream).iri).encode()
        at = iri.rindex(str(marks.times["start"]).encode())
        needles = {str(time).encode(): name for name, time in marks.times.items()}
        row: list[Fixed] = [iri[:at]]
        for piece in _pieces(iri[at:], needles):
            found = fields[piece] if isinstance(piece, str) else [piece]
            row.extend(part for part in found if not isinstance(part, Insert))
        return [one.replace(FILL, b"") for one in texts_of(column(row, size))]

    def _template(self, shape: Shape) -> Template:
        """Cut the description of an Observation at its marks.

        Marks are taken that stand nowhere else in it: in that of an Observation with other marks they do not stand.
        """
        if shape not in self._templates:
            for number in count():
                marks, others = Marks(number), Marks(number + 1)
                needles = marks.needles(self._syntax)
                if not any(needle in self._written(others, shape)[0] for needle in needles):
                    break
            text_, size = self._written(marks, shape)
            self._templates[shape] = Template(tuple(_pieces(text_, needles)), size)
        return self._templates[shape]

    def _written(self, marks: Marks, shape: Shape) -> tuple[bytes, int]:
        described = list(triples(marks.observation(shape, self._datastream)))
        return self._syntax.write(described), len(described)


# How results of each kind are stated, where they are not texts or JSON.
_SAID = np.array([Said.NOTHING, Said.TRUTH, Said.INTEGER, Said.NUMBER, Said.LITERAL, Said.PARTS], np.int64)


def _iri(datastream: Node, key: str) -> str:
    """Give the IRI of an Observation: that of its Datastream with another type and its own key."""
    before, _, _ = datastream.iri.rpartition(f"/Datastream/{datastream.entity.key}")
    return f"{before}/Observation/{key}"


def _pieces(text_: bytes, needles: Mapping[bytes, str]) -> Iterator[bytes | str]:
    # The longest first, because one that is whole may begin another.
    pattern = b"|".join(map(re.escape, sorted(needles, key=len, reverse=True)))
    for piece in re.split(b"(%b)" % pattern, text_):
        if piece:
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
