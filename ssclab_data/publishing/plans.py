"""Say what is published of a Thing: its entities, and how each of its Datastreams is."""

from enum import StrEnum

import msgspec

from ssclab_data.model.codelists import PropertyInfo
from ssclab_data.model.entity import Entity
from ssclab_data.publishing.places import Places
from ssclab_data.publishing.policy import Decision


class Mode(StrEnum):
    """How the Observations of a Datastream are published."""

    COPY = "copy"  # as they are
    VALUES = "values"  # numbers, times and quality alone, at the published place
    MEANS = "means"  # over whole quarters of an hour


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """One Datastream.

    Attributes:
        source: its handle in the exact store.
        source_key: its natural key there.
        key: its published natural key.
        several: whether several Observations of one time are kept.
        places: where its Observations are published; None for COPY.
        info: what it measures; None for COPY.
    """

    source: int
    source_key: str
    key: str
    mode: Mode
    several: bool = False
    places: Places | None = None
    info: PropertyInfo | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One Thing.

    Attributes:
        entities: what describes it, without FeaturesOfInterest, which come with the Observations.
        kept_back: natural keys in the exact store of Datastreams that are not published at all.
        left_out: names of properties of the Thing that could not be published.
    """

    source_key: str
    key: str
    decision: Decision
    entities: tuple[Entity, ...]
    streams: tuple[Stream, ...]
    kept_back: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
