"""Say what a target gives to be checked: entities with their links, series of Observations, or a graph."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.finding import Finding
from ssclab_data.model.series import Series
from ssclab_data.model.values import Interval, Time, end_of, start_of
from ssclab_data.validation.series.positions import Position

if TYPE_CHECKING:
    from rdflib import Graph

NAMESPACE = "urn:ssclab:checked"
"""First part of the IRIs of entities that have none of their own yet."""


class Item(msgspec.Struct, frozen=True):
    """One descriptive entity.

    Attributes:
        node: the entity with what it is linked to.
        findings: what its schema has to say.
    """

    node: Node
    findings: tuple[Finding, ...] = ()


class Stream(msgspec.Struct, frozen=True):
    """The Observations of one Datastream.

    Attributes:
        node: the Datastream with Thing, Sensor and ObservedProperty, as far as they are known.
        parts: columns; a sequence of parts in any order, or parts in the order of phenomenonTime that are read as they
            are asked for, so that a long series is never held whole.
        positions: of the FeaturesOfInterest that parts name, by natural key.
    """

    node: Node
    parts: Iterable[Series]
    positions: Mapping[str, Position] = {}


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a target gives; items and streams are read once, as they are asked for.

    Attributes:
        target: file, store or URL, for the report.
        findings: what reading it has to say.
        graph: triples of a target that is linked data; None where they are made of the items.
    """

    target: str
    items: Iterable[Item] = ()
    streams: Iterable[Stream] = ()
    findings: Iterable[Finding] = ()
    graph: "Graph | None" = None
    records_read: int = 0
    records_rejected: int = 0


def series_of(datastream: str, rows: Sequence[tuple[Time, Any]]) -> Series:
    """Make columns of the phenomenonTimes and results of one Datastream, in the order given."""
    ends = tuple(end_of(time).us if isinstance(time, Interval) else None for time, _ in rows)
    return Series(
        datastream=datastream,
        start=tuple(start_of(time).us for time, _ in rows),
        end=ends if any(end is not None for end in ends) else None,
        result=tuple(result for _, result in rows),
    )
