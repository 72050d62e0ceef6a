"""Map payloads of municipal sources to entities."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET

from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.finding import Finding
from ssclab_data.model.identity import observation_key
from ssclab_data.model.sensorthings import Observation
from ssclab_data.model.series import Column, Series
from ssclab_data.model.values import Instant, Interval, Time
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source


def map_payload(
    source: str, payload: Any, *, context: SourceContext | None = None
) -> tuple[tuple[Entity, ...], tuple[Finding, ...]]:
    """Map a payload: no store, no network, no clock.

    Args:
        source: name of the source.
        payload: bytes or text as they came, or the JSON value.

    Returns:
        The entities, Observations last, and what was found.

    Raises:
        UnknownSourceError: no mapping has that name.
        SourceError: it is not a payload of this source.
    """
    if isinstance(payload, str):
        payload = payload.encode()
    content = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    mapped = load_source(source).read(content, context or SourceContext())
    observations = tuple(one for series in mapped.series for one in _observations(series))
    return (*mapped.entities, *mapped.defaults, *observations), mapped.findings


def _observations(series: Series) -> Iterator[Observation]:
    absent: list[Any] = [None] * len(series)
    ends, known, quality = (
        absent if column is None else _values(column)
        for column in (series.end, series.result_time, series.result_quality)
    )
    for row, (start, result) in enumerate(zip(_values(series.start), _values(series.result), strict=True)):
        end = ends[row]
        time: Time = Instant(start) if end is None else Interval(Instant(start), Instant(end))
        yield Observation(
            key=observation_key(series.datastream, time),
            phenomenon_time=time,
            result=result,
            result_time=UNSET if known[row] is None else Instant(known[row]),
            result_quality=UNSET if quality[row] is None else quality[row],
            datastream=Link(key=series.datastream),
            feature_of_interest=Link(key=series.feature) if series.feature else UNSET,
        )


def _values(column: Column[Any]) -> Sequence[Any]:
    """Give a column as Python has its values."""
    return column.tolist() if isinstance(column, np.ndarray) else column
