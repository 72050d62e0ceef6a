"""Write Observations of one Datastream as triples, from columns.

Nothing is said here of what an Observation is in RDF: that is `sosa`'s. `templates` cuts its description of one
Observation into pieces, between which the columns are laid.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.linked_data import parts
from ssclab_data.linked_data.sosa import NO_WORDS, Node, result_term
from ssclab_data.linked_data.templates import Kind, Said, Shape, observed_by, subject, template
from ssclab_data.linked_data.terms import IRI, Literal, decimal, escaped, text
from ssclab_data.linked_data.words import Words
from ssclab_data.linked_data.writing import Format, formats
from ssclab_data.model.columns import ABSENT, Bytes, Columns, ResultKind, column_of, given, take
from ssclab_data.rendering.layout import FILL, Fixed, Insert, Part, Rows, column, texts_of, write
from ssclab_data.rendering.text import numbers, stamps

type Codes = NDArray[np.int64]

# More rows of some kilobytes each would leave the caches of a core while they are filled.
_ROWS = 1_024
_MOMENTS = frozenset(("start", "stop"))
# Of numbers beyond these the shortest text has an exponent, which a decimal must not have.
_LEAST, _MOST = 1e-4, 1e15


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
        cut = template(self._syntax.media_type, shape, self._kind)
        size = len(columns)
        fields = _times(columns, shape)
        fields["result"] = self._results(shape, columns, texts)
        if shape.feature:
            fields["feature"] = [_features(columns, features)]
        if shape.quality:
            fields["quality"] = [self._qualities(column_of(columns.quality, "quality", size))]
        text_ = write(self._row(cut.pieces, fields), size).replace(FILL, b"")
        more = list(self._parameters(shape, columns, fields))
        return Written(
            b"".join([text_, *(one.text for one in more)]),
            size * cut.triples + sum(one.triples for one in more),
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
        for iri, raw in zip(subjects, columns.parameters[rows].tolist(), strict=True):
            mark, about = _about_mark(self._syntax.media_type, raw, self._words)
            yield Written(about.text.replace(mark, iri), about.triples)

    def _subjects(self, shape: Shape, rows: Rows, fields: Mapping[str, list[Part]]) -> Sequence[bytes]:
        """Give the IRIs of rows."""
        some = {
            name: [part[rows] for part in fields[name] if isinstance(part, np.ndarray)]
            for name in _MOMENTS & fields.keys()
        }
        pieces = subject(self._syntax.media_type, shape)
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


def _names(syntax: Format, datastream: Node) -> dict[str, bytes]:
    """Give what stands for the marks of a Datastream, written as it stands there."""
    key = str(datastream.entity.key)
    before, _, _ = datastream.iri.rpartition(f"/Datastream/{key}")
    iris = {"observation": f"{before}/Observation/{key}", "datastream": datastream.iri}
    iris |= {f"sensor-{at}": one.iri for at, one in enumerate(datastream.follow("Sensor"))}
    iris |= {f"observed-{at}": one for at, one in enumerate(observed_by(datastream))}
    return {"key": syntax.literal(text(key))[1:-1], **{name: escaped(iri).encode() for name, iri in iris.items()}}


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
