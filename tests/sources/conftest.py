"""Map payloads for tests, and show what came of them as texts and numbers."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ssclab_data.model.sensorthings import Location, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import load_source


def _times(series: Series) -> list[str]:
    ends = [None] * len(series) if series.end is None else list(series.end)
    starts = [Instant(int(start)) for start in series.start]
    return [
        str(start if end is None else Interval(start, Instant(int(end))))
        for start, end in zip(starts, ends, strict=True)
    ]


class Answer:
    """What a payload became.

    Attributes:
        values: result by phenomenonTime, by Datastream (its key without the source).
        quality: resultQuality in the same way, where there is one.
        rules: how often each rule of the findings was found.
    """

    def __init__(self, mapped: MappedPayload) -> None:
        self.mapped = mapped
        self.values: dict[str, dict[str, Any]] = {}
        self.quality: dict[str, dict[str, Any]] = {}
        for series in mapped.series:
            name, times = series.datastream.partition("/")[2], _times(series)
            self.values.setdefault(name, {}).update(zip(times, series.result, strict=True))
            if series.result_quality is not None:
                self.quality.setdefault(name, {}).update(zip(times, series.result_quality, strict=True))
        self.rules: dict[str, int] = {}
        for finding in mapped.findings:
            self.rules[finding.rule] = self.rules.get(finding.rule, 0) + finding.count

    @property
    def count(self) -> int:
        """Number of Observations."""
        return sum(len(series) for series in self.mapped.series)

    @property
    def things(self) -> dict[str, Thing]:
        """Things by their key without the source."""
        every = (*self.mapped.entities, *self.mapped.defaults)
        return {str(one.key).partition("/")[2]: one for one in every if isinstance(one, Thing)}

    @property
    def places(self) -> list[list[float]]:
        """Coordinates of the Locations, longitude first."""
        every = (*self.mapped.entities, *self.mapped.defaults)
        found = [one.location for one in every if isinstance(one, Location)]
        return [location["coordinates"] for location in found if isinstance(location, dict)]

    @property
    def adds_up(self) -> bool:
        """Whether every record and field is accounted for."""
        tally = self.mapped.tally
        records = tally.records_mapped + tally.records_partly + tally.records_rejected
        fields = tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
        return (records, fields) == (tally.records_read, tally.fields_read)


@pytest.fixture
def take() -> Callable[..., Answer]:
    """Map a payload by the name of a source."""

    def taken(source: str, payload: Any, where: str = "", **context: Any) -> Answer:
        content = payload.encode() if isinstance(payload, str) else payload
        if not isinstance(content, bytes):
            content = msgspec.json.encode(content)
        return Answer(load_source(source).read(content, SourceContext(where=where, **context)))

    return taken
