"""Bring the published store to what is to be published, and write nothing where it is there already."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

import msgspec
import numpy as np

from ssclab_data.model.columns import ABSENT, Bytes, Columns, Integers, column_of, take
from ssclab_data.model.entity import Entity
from ssclab_data.model.sensorthings import type_of
from ssclab_data.model.series import Series
from ssclab_data.publishing.plans import Mode, Stream
from ssclab_data.publishing.reading import DESCRIPTIVE, keys, observations
from ssclab_data.publishing.rows import Rows
from ssclab_data.publishing.state import State
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import Batch, Transaction
from ssclab_data.stores.sqlite import SQLiteStore

_TOGETHER = 500
_FEATURE = "FeatureOfInterest"


class Target:
    """The published store.

    Attributes:
        traces: whether something was deleted or changed, so that traces of it may be left in the file.
        written: Observations that were made or changed.
        removed: Observations that were deleted, other than with their Datastream.
        held: means that stay as they were, because too few values of theirs have changed.
    """

    def __init__(self, store: SQLiteStore, state: State) -> None:
        self.store = store
        self.state = state
        self.traces = state.traces
        self.written = 0
        self.removed = 0
        self.held = 0
        self._handles: dict[str, int] = {}
        self._features: dict[int, str] = {}

    def describe(self, entities: Sequence[Entity]) -> None:
        """Delete what is no longer published, then write what describes the rest, both or neither."""
        wanted: dict[str, set[str]] = {name: set() for name in DESCRIPTIVE}
        for entity in entities:
            wanted[type_of(entity).name].add(str(entity.key))
        gone = {
            name: [handle for key, handle in keys(self.store, name).items() if key not in wanted[name]]
            for name in DESCRIPTIVE
            if name != _FEATURE
        }

        def work(transaction: Transaction) -> bool:
            deleted = sum(_delete(transaction, name, handles) for name, handles in gone.items())
            deleted += transaction.delete(_unused())
            report = transaction.apply(Batch(entities=tuple(entities)))
            return self._mark(transaction, changed=bool(deleted or report.updated))

        self.traces |= self.store.transact(work)
        self._handles = keys(self.store, "Datastream")
        self._features = {handle: key for key, handle in keys(self.store, _FEATURE).items()}

    def record(self, stream: Stream, rows: Rows, *, minimum: int) -> None:
        """Make the Observations of a Datastream those that are to be published.

        Args:
            minimum: so many values of a mean must have come or gone before it is published again: of two means, one
                with a value and one without it, anybody could tell the value.
        """
        handle = self._handles[stream.key]
        there = observations(self.store, handle)
        if there is not None and stream.mode is Mode.MEANS:
            rows = self._hold(rows, there, minimum)
        if there is None:
            self._write(stream, rows, stale=[])
        elif _begins_with(rows, there, self._features):
            self._write(stream, _rest(rows, len(there)), stale=[])
        else:
            same = there if stream.several else take(there, ~_in(there, rows.columns))
            self._write(stream, rows, stale=same.handle.tolist())

    def empty(self, stream: Stream) -> None:
        """Delete all Observations of a Datastream."""
        there = observations(self.store, self._handles[stream.key])
        if there is None:
            return
        handles = there.handle.tolist()

        def work(transaction: Transaction) -> bool:
            return self._mark(transaction, changed=bool(_delete(transaction, "Observation", handles)))

        self.traces |= self.store.transact(work)
        self.removed += len(handles)

    def remember(self, state: State) -> None:
        """Keep what was published from what, where it is not kept already."""
        if state.text != self.store.watermark:
            self.store.apply(Batch(), watermark=state.text)

    def tidy(self) -> None:
        """Delete the places at which nothing is observed any more, and the traces of all that is gone."""

        def work(transaction: Transaction) -> bool:
            return self._mark(transaction, changed=bool(transaction.delete(_unused())))

        self.traces |= self.store.transact(work)
        if self.traces:
            self.traces = not self.store.forget()

    def _mark(self, transaction: Transaction, *, changed: bool) -> bool:
        """Remember that there may be traces, with what makes them, so that no crash in between forgets it."""
        if changed and not self.state.traces:
            self.state = msgspec.structs.replace(self.state, traces=True)
            transaction.apply(Batch(), watermark=self.state.text)
        return changed

    def _write(self, stream: Stream, rows: Rows, *, stale: Sequence[int]) -> None:
        used = {rows.features[handle] for handle in _features(rows.columns).tolist() if handle in rows.features}
        entities = tuple(entity for entity in rows.entities if entity.key in used)
        series = tuple(_series(stream.key, rows))
        if not series and not stale:
            return

        def work(transaction: Transaction) -> int:
            deleted = _delete(transaction, "Observation", stale)
            report = transaction.apply(Batch(entities=entities, series=series))
            changed = bool(deleted or report.updated.get(_FEATURE))
            self.traces |= self._mark(transaction, changed=changed)
            return report.created.get("Observation", 0) + report.updated.get("Observation", 0)

        self.written += self.store.transact(work)
        self.removed += len(stale)
        if any(key not in self._features.values() for key in used):
            self._features = {handle: key for key, handle in keys(self.store, _FEATURE).items()}

    def _hold(self, rows: Rows, there: Columns, minimum: int) -> Rows:
        """Keep the published means of which fewer values have come or gone than a mean must be of."""
        if there.parameters is None or rows.columns.parameters is None:
            return rows
        columns = rows.columns
        assert columns.parameters is not None and columns.result.floats is not None  # noqa: S101, PT018 - means have both
        known = dict(zip(_times(there), zip(there.parameters, there.result.values(), strict=True), strict=True))
        counts, floats = columns.parameters.copy(), columns.result.floats.copy()
        for row, time in enumerate(_times(columns)):
            before, mean = known.get(time, (None, None))
            if 0 < abs(_count(before) - _count(counts[row])) < minimum and before is not None:
                counts[row], floats[row] = before, mean
                self.held += 1
        result = msgspec.structs.replace(columns.result, floats=floats)
        return msgspec.structs.replace(rows, columns=msgspec.structs.replace(columns, result=result, parameters=counts))


def _unused() -> ast.BoundQuery:
    """Ask for the places at which nothing is observed."""
    return bind(ast.Query(entity_type=_FEATURE, filter=ast.Not(ast.Any(("Observations",), None))))


def _delete(transaction: Transaction, entity_type: str, handles: Iterable[int]) -> int:
    deleted = 0
    for some in batched(handles, _TOGETHER):
        condition = ast.In(ast.Path((ast.ID,)), tuple(ast.Literal(handle) for handle in some))
        deleted += transaction.delete(bind(ast.Query(entity_type=entity_type, filter=condition)))
    return deleted


def _series(key: str, rows: Rows) -> Iterator[Series]:
    """Give Observations by FeatureOfInterest."""
    features = _features(rows.columns)
    for handle in np.unique(features).tolist():
        part = take(rows.columns, features == handle)
        yield Series(
            datastream=key,
            feature=rows.features.get(handle, ""),
            start=part.start,
            end=_ends(part),
            result=part.result.values(),
            result_time=_optional(part.result_time),
            result_quality=_decoded(part.quality),
            parameters=_decoded(part.parameters),
            valid_start=_optional(part.valid_start),
            valid_end=_optional(part.valid_stop),
        )


def _features(columns: Columns) -> Integers:
    found: Integers = column_of(columns.feature, "feature", len(columns))
    return found


def _ends(columns: Columns) -> list[int | None] | None:
    if columns.span is None:
        return None
    return [end if span else None for end, span in zip(columns.stop.tolist(), columns.span.tolist(), strict=True)]


def _optional(values: Integers | None) -> list[int | None] | None:
    return None if values is None else [None if value == ABSENT else value for value in values.tolist()]


def _decoded(texts: Bytes | None) -> list[Any] | None:
    return None if texts is None else [None if text is None else msgspec.json.decode(text) for text in texts]


def _begins_with(rows: Rows, there: Columns, features: Mapping[int, str]) -> bool:
    """Tell whether what is there is the first part of what is to be there."""
    if len(there) > len(rows.columns):
        return False
    first = take(rows.columns, slice(0, len(there)))
    return _said(first, rows.features) == _said(there, features)


def _said(columns: Columns, features: Mapping[int, str]) -> tuple[Any, ...]:
    """Give all that Observations say, with each value of a kind of its own."""
    size = len(columns)
    times = (column_of(getattr(columns, name), name, size).tolist() for name in ("result_time", "valid_start"))
    texts = (_decoded(column_of(getattr(columns, name), name, size)) for name in ("quality", "parameters"))
    return (
        columns.start.tolist(),
        columns.stop.tolist(),
        column_of(columns.span, "span", size).tolist(),
        columns.result.kind.tolist(),
        columns.result.values(),
        *times,
        *texts,
        [features.get(handle, "") for handle in _features(columns).tolist()],
    )


def _rest(rows: Rows, done: int) -> Rows:
    return msgspec.structs.replace(rows, columns=take(rows.columns, slice(done, None)))


def _times(columns: Columns) -> list[tuple[int, int]]:
    return list(zip(columns.start.tolist(), columns.stop.tolist(), strict=True))


def _in(columns: Columns, others: Columns) -> Any:
    """Tell which Observations have a time that others have too."""
    known = set(_times(others))
    return np.array([time in known for time in _times(columns)], np.bool_)


def _count(text: bytes | None) -> int:
    found = msgspec.json.decode(text) if text is not None else {}
    return int(found.get("count", 0))
