"""Show what a payload becomes by a source; nothing is stored."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET

from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import Datastream, Location, ObservedProperty, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval, Time
from ssclab_data.sources.base import MappedPayload, Source, SourceContext, Tally


class ThingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A Thing."""

    key: str
    name: str
    properties: dict[str, Any]


class LocationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A Location; its geometry is GeoJSON, CRS84."""

    key: str
    name: str
    geometry: Any


class DatastreamRow(msgspec.Struct, frozen=True, kw_only=True):
    """A Datastream with its Observations.

    Attributes:
        unit: symbol of the unit.
        observations: how many there are.
        first: phenomenonTime and result of the earliest; "" and None where there are none.
    """

    key: str
    name: str
    property: str
    unit: str
    observations: int
    first_time: str
    first: Any
    last_time: str
    last: Any


class ObservationRow(msgspec.Struct, frozen=True, kw_only=True):
    """An Observation."""

    datastream: str
    phenomenon_time: str
    result: Any


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a payload becomes.

    Attributes:
        observations: the first ones, Datastream by Datastream.
    """

    source: str
    things: tuple[ThingRow, ...]
    locations: tuple[LocationRow, ...]
    datastreams: tuple[DatastreamRow, ...]
    observations: tuple[ObservationRow, ...]
    findings: tuple[Finding, ...]
    tally: Tally


def try_payload(source: Source, payload: bytes, context: SourceContext, *, limit: int = 10) -> Trial:
    """Map a payload and lay out what it becomes.

    Args:
        limit: the most Observations that are given one by one.

    Raises:
        SourceError: it is no payload of the source.
    """
    mapped = source.read(payload, context)
    entities = list({(type(one), one.key): one for one in (*mapped.defaults, *mapped.entities)}.values())
    return Trial(
        source=source.name,
        things=tuple(_thing(one) for one in entities if isinstance(one, Thing)),
        locations=tuple(_location(one) for one in entities if isinstance(one, Location)),
        datastreams=tuple(_datastreams(entities, mapped)),
        observations=tuple(islice(_observations(mapped), limit)),
        findings=mapped.findings,
        tally=mapped.tally,
    )


def _thing(thing: Thing) -> ThingRow:
    return ThingRow(key=str(thing.key), name=_given(thing.name), properties=dict(thing.properties or {}))


def _location(location: Location) -> LocationRow:
    geometry = None if location.location is UNSET else location.location
    return LocationRow(key=str(location.key), name=_given(location.name), geometry=geometry)


def _datastreams(entities: list[Entity], mapped: MappedPayload) -> Iterator[DatastreamRow]:
    names = {str(one.key): _given(one.name) for one in entities if isinstance(one, ObservedProperty)}
    by_stream: dict[str, list[Series]] = {}
    for series in mapped.series:
        by_stream.setdefault(series.datastream, []).append(series)
    for one in entities:
        if isinstance(one, Datastream):
            yield _datastream(one, by_stream.get(str(one.key), []), names)


def _datastream(stream: Datastream, series: list[Series], names: dict[str, str]) -> DatastreamRow:
    rows = sorted((row for one in series for row in _rows(one)), key=lambda row: row[:2])
    unit = stream.unit_of_measurement
    key = stream.observed_property.key if isinstance(stream.observed_property, Link) else ""
    return DatastreamRow(
        key=str(stream.key),
        name=_given(stream.name),
        property=names.get(str(key), str(key)),
        unit=unit.symbol or "" if unit is not UNSET and unit is not None else "",
        observations=len(rows),
        first_time=_time(*rows[0][:2]) if rows else "",
        first=rows[0][2] if rows else None,
        last_time=_time(*rows[-1][:2]) if rows else "",
        last=rows[-1][2] if rows else None,
    )


def _observations(mapped: MappedPayload) -> Iterator[ObservationRow]:
    for series in mapped.series:
        for start, end, result in _rows(series):
            yield ObservationRow(datastream=series.datastream, phenomenon_time=_time(start, end), result=result)


def _rows(series: Series) -> Iterator[tuple[int, int, Any]]:
    """Give start, end (the start of a moment) and result, by time."""
    starts, results = _plain(series.start), _plain(series.result)
    ends = starts if series.end is None else _plain(series.end)
    times = ((start, start if end is None else end) for start, end in zip(starts, ends, strict=True))
    yield from ((*time, result) for time, result in zip(times, results, strict=True))


def _plain(column: Any) -> list[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


def _time(start: int, end: int) -> str:
    time: Time = Instant(start) if start == end else Interval(Instant(start), Instant(end))
    return str(time)


def _given(text: object) -> str:
    return text if isinstance(text, str) else ""
