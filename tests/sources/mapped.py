"""Map payloads in tests, and look at what they became in short texts."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ssclab_data.model.sensorthings import Datastream, Location, Sensor, Thing
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import load_source

type Results = dict[str, list[tuple[str, float]]]


def read(source: str, payload: Any, where: str = "", given: Mapping[str, str] | None = None) -> MappedPayload:
    """Map a payload, given as bytes or as what JSON is written of."""
    content = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return load_source(source).read(content, SourceContext(where=where, given=given or {}))


def results(mapped: MappedPayload) -> Results:
    """Give time (`start` or `start/end`) and result by Datastream, without the name of the source before it."""
    found: Results = {}
    for series in mapped.series:
        ends = [None] * len(series) if series.end is None else series.end
        for start, end, result in zip(series.start, ends, series.result, strict=True):
            stamp = str(Instant(int(start))) if end is None else f"{Instant(int(start))}/{Instant(int(end))}"
            found.setdefault(series.datastream.partition("/")[2], []).append((stamp, float(str(result))))
    return found


def values(mapped: MappedPayload) -> dict[str, float]:
    """Give the one result of each Datastream, without the name of the source before it."""
    return {name: pairs[0][1] for name, pairs in results(mapped).items() if len(pairs) == 1}


def rules(mapped: MappedPayload) -> dict[str, int]:
    """Count the findings by rule."""
    found: dict[str, int] = {}
    for finding in mapped.findings:
        found[finding.rule] = found.get(finding.rule, 0) + finding.count
    return found


def count(mapped: MappedPayload) -> int:
    """Count the Observations."""
    return sum(len(series) for series in mapped.series)


def adds_up(mapped: MappedPayload) -> bool:
    """Tell whether every record and every field is accounted for."""
    tally = mapped.tally
    records = tally.records_mapped + tally.records_partly + tally.records_rejected
    fields = tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    return (records, fields) == (tally.records_read, tally.fields_read)


def things(mapped: MappedPayload) -> dict[str, Thing]:
    """Give the Things by key, also those that are only named."""
    return {str(one.key): one for one in (*mapped.entities, *mapped.defaults) if isinstance(one, Thing)}


def streams(mapped: MappedPayload) -> dict[str, Datastream]:
    """Give the Datastreams by key, without the name of the source before it."""
    return {str(one.key).partition("/")[2]: one for one in mapped.entities if isinstance(one, Datastream)}


def sensors(mapped: MappedPayload) -> list[Sensor]:
    """Give the Sensors."""
    return [one for one in mapped.entities if isinstance(one, Sensor)]


def places(mapped: MappedPayload) -> list[list[float]]:
    """Give the coordinates of the Locations."""
    found = [one.location for one in mapped.defaults if isinstance(one, Location)]
    return [one["coordinates"] for one in found if isinstance(one, dict)]
