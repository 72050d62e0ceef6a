"""Cut the description of one Observation into the template of many.

It is made with marks where rows and Datastreams differ, written in a format, and cut at the marks. Nothing that was
given stands in it, so no text can be mistaken for a mark.
"""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any

import msgspec

from ssclab_data.linked_data.sosa import CATEGORY, Node, triples
from ssclab_data.linked_data.terms import text, typed
from ssclab_data.linked_data.writing import formats
from ssclab_data.model.identity import observation_key
from ssclab_data.model.sensorthings import (
    OM,
    Datastream,
    FeatureOfInterest,
    Observation,
    ObservedProperty,
    Sensor,
)
from ssclab_data.model.values import Instant, Interval, Time

_YEAR_1 = -62_135_596_800_000_000
_MARKED = ("start", "stop", "result_time", "valid_start", "valid_stop")


class Said(IntEnum):
    """How a result is stated."""

    NOTHING = 0
    NUMBER = 1
    INTEGER = 2
    TRUTH = 3
    LITERAL = 4
    RESOURCE = 5
    PARTS = 6


class Shape(msgspec.Struct, frozen=True):
    """What a row has, which decides on its template.

    Attributes:
        ordinal: its number among those of one time.
    """

    said: Said
    span: bool
    result_time: bool
    valid: bool
    quality: bool
    feature: bool
    ordinal: int

    @classmethod
    def of(cls, code: int) -> "Shape":
        """Read the number that `observations` makes of it."""
        span, result_time, valid, quality, feature = (bool(code >> bit & 1) for bit in range(3, 8))
        return cls(Said(code & 7), span, result_time, valid, quality, feature, code >> 8)


class Kind(msgspec.Struct, frozen=True):
    """What the Datastream of a row has, which decides on its template too.

    Attributes:
        sensors: of each Sensor whether it is a model.
        observed: how many ObservedProperties there are.
    """

    sensors: tuple[bool, ...]
    observed: int

    @classmethod
    def of(cls, datastream: Node) -> "Kind":
        """Look at a Datastream."""
        return cls(tuple(one.model for one in datastream.follow("Sensor")), len(observed_by(datastream)))


class Template(msgspec.Struct, frozen=True):
    """A row of one shape: bytes that are the same in all, and names of what differs.

    Attributes:
        triples: how many it has.
    """

    pieces: tuple[bytes | str, ...]
    triples: int


def observed_by(datastream: Node) -> list[str]:
    """Give the IRIs of the ObservedProperties of a Datastream, each once."""
    links = ("ObservedProperty", "ObservedProperties")
    return list(dict.fromkeys(one.iri for link in links for one in datastream.follow(link)))


_TIMES = {name: Instant(_YEAR_1 + 1 + at) for at, name in enumerate(_MARKED)}
_RESULT, _QUALITY = "ssclab-result", "ssclab-quality"


def _mark(name: str) -> str:
    return f"urn:ssclab:{name}:"


def _key(name: str, shape: Shape) -> str:
    time: Time = Interval(_TIMES["start"], _TIMES["stop"]) if shape.span else _TIMES["start"]
    return observation_key(_mark(name), time, shape.ordinal)


def _result(said: Said) -> Any:
    match said:
        case Said.NOTHING:
            return None
        case Said.RESOURCE:
            return _mark("result")
        case Said.PARTS:
            return [_RESULT]
    return _RESULT


def subject(media_type: str, shape: Shape) -> tuple[bytes | str, ...]:
    """Give the IRI of an Observation as pieces: bytes, and names of what differs."""
    return tuple(_pieces(_key("observation", shape).encode(), _needles(media_type)))


@lru_cache(maxsize=4_096)
def template(media_type: str, shape: Shape, kind: Kind) -> Template:
    """Cut the description of an Observation at its marks."""
    syntax = formats()[media_type]
    described = list(triples(_example(shape, kind)))
    return Template(tuple(_pieces(syntax.write(described), _needles(media_type))), len(described))


def _example(shape: Shape, kind: Kind) -> Node:
    """Make an Observation of a shape, with marks."""
    entity = Observation(
        key=_key("key", shape),
        phenomenon_time=Interval(_TIMES["start"], _TIMES["stop"]) if shape.span else _TIMES["start"],
        result=_result(shape.said),
        result_time=_TIMES["result_time"] if shape.result_time else None,
        result_quality=_QUALITY if shape.quality else None,
        valid_time=Interval(_TIMES["valid_start"], _TIMES["valid_stop"]) if shape.valid else None,
    )
    features = (Node(iri=_mark("feature"), entity=FeatureOfInterest()),) if shape.feature else ()
    sensors = [Node(iri=_mark(f"sensor-{at}"), entity=Sensor(), model=model) for at, model in enumerate(kind.sensors)]
    observed = [Node(iri=_mark(f"observed-{at}"), entity=ObservedProperty()) for at in range(kind.observed)]
    datastream = Node(
        iri=_mark("datastream"),
        entity=Datastream(observation_type=OM + CATEGORY),
        links={"Sensor": tuple(sensors), "ObservedProperty": tuple(observed)},
    )
    links = {"Datastream": (datastream,), "FeatureOfInterest": features}
    return Node(iri=_key("observation", shape), entity=entity, links=links)


@lru_cache(maxsize=8)
def _needles(media_type: str) -> Mapping[bytes, str]:
    """Give how marks are written, and what they stand for."""
    syntax = formats()[media_type]
    return {
        **{str(time).encode(): name for name, time in _TIMES.items()},
        syntax.literal(text(_RESULT)): "result",
        syntax.literal(typed(f'["{_RESULT}"]', "rdf:JSON")): "result",
        syntax.literal(text(_QUALITY)): "quality",
    }


def _pieces(written: bytes, needles: Mapping[bytes, str]) -> Iterator[bytes | str]:
    # The longest first, because one that is whole may begin another.
    pattern = b"|".join(map(re.escape, sorted(needles, key=len, reverse=True)))
    for piece in re.split(rb"(urn:ssclab:[a-z0-9-]+:|%b)" % pattern, written):
        if piece.startswith(b"urn:ssclab:"):
            yield piece.decode().split(":")[2]
        elif piece:
            yield needles.get(piece, piece)
