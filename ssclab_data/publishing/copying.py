"""Publish a Thing as it is, without the addresses of its devices."""

from collections.abc import Iterator
from typing import Any, cast

import msgspec
from msgspec import UNSET

from ssclab_data.model import sensorthings as sta
from ssclab_data.model.entity import Entity, Link
from ssclab_data.publishing.identifiers import Veil
from ssclab_data.publishing.plans import Mode, Plan, Stream
from ssclab_data.publishing.policy import Decision
from ssclab_data.stores.base import Row
from ssclab_data.stores.shape import POLICY, DuplicatePolicy, policy_of

_KEPT_BY_STORE = {"observed_area": UNSET, "phenomenon_time": UNSET, "result_time": UNSET}


def copied(row: Row, decision: Decision, veil: Veil) -> Plan:
    """Plan the publication of a Thing whose policy is `exact`.

    Args:
        row: the Thing, as `reading.things` gives it.
    """
    return Plan(
        source_key=str(row.entity.key),
        key=veil.key(str(row.entity.key)),
        decision=decision,
        entities=tuple(veil.entity(entity) for entity in _entities(row)),
        streams=tuple(_stream(stream, veil) for stream in row.at("Datastreams")),
    )


def keys_of(row: Row) -> Iterator[str]:
    """Give the natural keys of a Thing and of what belongs to it."""
    yield str(row.entity.key)
    for name in ("Locations", "Datastreams"):
        for linked in row.at(name):
            yield str(linked.entity.key)
            yield from (str(sensor.entity.key) for sensor in linked.at("Sensor"))


def several(properties: object) -> bool:
    """Tell whether a Datastream keeps several Observations of one time."""
    return policy_of(properties) is DuplicatePolicy.ALLOW


def _entities(row: Row) -> Iterator[Entity]:
    for location in row.at("Locations"):
        yield location.entity
    yield _with(row.entity, locations=_links(row, "Locations"))
    for move in row.at("HistoricalLocations"):
        yield from (location.entity for location in move.at("Locations"))
        yield _with(move.entity, thing=Link(key=str(row.entity.key)), locations=_links(move, "Locations"))
    for stream in row.at("Datastreams"):
        yield from (linked.entity for name in ("Sensor", "ObservedProperty") for linked in stream.at(name))
        yield _datastream(stream, row)


def _datastream(stream: Row, thing: Row) -> Entity:
    entity = cast("sta.Datastream", stream.entity)
    properties = entity.properties
    if isinstance(properties, dict) and not several(properties):
        # What was decided of two Observations of one time was decided where they came in.
        properties = {name: value for name, value in properties.items() if name != POLICY}
    links = {
        name: Link(key=str(linked.entity.key))
        for name, link in (("sensor", "Sensor"), ("observed_property", "ObservedProperty"))
        for linked in stream.at(link)
    }
    return _with(entity, properties=properties, thing=Link(key=str(thing.entity.key)), **links, **_KEPT_BY_STORE)


def _stream(row: Row, veil: Veil) -> Stream:
    entity = cast("sta.Datastream", row.entity)
    key = str(entity.key)
    return Stream(
        source=int(row.handle),
        source_key=key,
        key=veil.key(key),
        mode=Mode.COPY,
        several=several(entity.properties),
    )


def _links(row: Row, name: str) -> tuple[Link, ...]:
    return tuple(Link(key=str(linked.entity.key)) for linked in row.at(name))


def _with[E: Entity](entity: E, **changes: Any) -> E:
    return msgspec.structs.replace(entity, **changes)
