"""Cut off rows that were not asked for: a source that keeps to bounds."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from ssclab_data.feeds.templates import Asked
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import MappedPayload, Source, SourceContext
from ssclab_data.validation.rules import RULES, Place


class Bounded:
    """A source whose rows outside the bounds are left out, and counted in a finding."""

    def __init__(self, source: Source, bounds: Asked) -> None:
        self._source = source
        self._bounds = bounds

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._source.name

    def read(self, payload: bytes, context: SourceContext) -> MappedPayload:
        """Map one payload and cut it.

        Raises:
            SourceError: it is not a payload of the source.
        """
        return cut(self._source.read(payload, context), self._bounds, where=context.where)


def cut(mapped: MappedPayload, bounds: Asked, *, where: str) -> MappedPayload:
    """Leave out the rows that lie wholly outside the bounds; a moment on a bound lies inside."""
    kept = tuple(_part(one, _inside(one, bounds)) for one in mapped.series)
    gone = sum(map(len, mapped.series)) - sum(map(len, kept))
    if not gone:
        return mapped
    facts = {"low": _shown(bounds.low), "high": _shown(bounds.high)}
    finding = RULES["outside-window"].finding(facts, Place(where=where, count=gone))
    return msgspec.structs.replace(mapped, series=tuple(filter(len, kept)), findings=(*mapped.findings, finding))


def _inside(series: Series, bounds: Asked) -> np.ndarray[Any, np.dtype[np.bool_]]:
    start = np.asarray(series.start, np.int64)
    pairs = zip(series.start, series.start if series.end is None else series.end, strict=True)
    end = np.fromiter((first if last is None else last for first, last in pairs), np.int64, len(start))
    inside = np.ones(len(start), np.bool_)
    if bounds.low is not None:
        inside &= (end > bounds.low) | (start >= bounds.low)
    if bounds.high is not None:
        inside &= (start < bounds.high) | (end <= bounds.high)
    return inside


def _part(series: Series, inside: np.ndarray[Any, np.dtype[np.bool_]]) -> Series:
    if inside.all():
        return series
    columns = {name: _taken(column, inside) for name, column in _columns(series)}
    return msgspec.structs.replace(series, **columns)


def _columns(series: Series) -> Iterator[tuple[str, Any]]:
    for name in series.__struct_fields__:
        value = getattr(series, name)
        if value is not None and not isinstance(value, str):
            yield name, value


def _taken(column: Any, inside: np.ndarray[Any, np.dtype[np.bool_]]) -> Any:
    if isinstance(column, np.ndarray):
        return column[inside]
    return [value for value, is_inside in zip(column, inside, strict=True) if is_inside]


def _shown(at: int | None) -> str:
    return "…" if at is None else str(Instant(at))
