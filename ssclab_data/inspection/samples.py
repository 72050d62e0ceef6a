"""Describe some Observations of a stream as entities, so that shapes look at a sample of them."""

from collections.abc import Iterator
from typing import Any

from ssclab_data.inspection.content import Stream
from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.identity import observation_key
from ssclab_data.model.sensorthings import Observation
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval, Time

SAMPLE = 3
"""So many Observations of each Datastream are checked as linked data."""


def sample_nodes(stream: Stream, part: Series) -> Iterator[Node]:
    """Give the first Observations of a part as entities that are linked to their Datastream."""
    links = {"Datastream": (stream.node,)}
    for row in range(min(SAMPLE, len(part))):
        time = _time(part, row)
        key = observation_key(part.datastream, time)
        entity = Observation(key=key, phenomenon_time=time, result=_plain(part.result[row]))
        yield Node(iri=f"{stream.node.iri}/{time}", entity=entity, links=links)


def _time(part: Series, row: int) -> Time:
    start = Instant(int(part.start[row]))
    end = None if part.end is None else part.end[row]
    return start if end is None else Interval(start, Instant(int(end)))


def _plain(value: Any) -> Any:
    item = getattr(value, "item", None)
    return item() if callable(item) else value
