"""See to it that what entities are linked to is there: named as far as it is known, or no longer linked."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ssclab_data.model.entity import Entity, Link, Navigation
from ssclab_data.model.sensorthings import Datastream, HistoricalLocation, ObservedProperty, Sensor, Thing, type_of
from ssclab_data.sources.sensorthings.taking import Name

UNKNOWN_CONCEPT = "http://www.opengis.net/def/nil/OGC/0/unknown"
"""IRI of what a service did not say."""


def linked(entities: Mapping[Name, Entity], known: set[Name]) -> dict[Name, Entity]:
    """Give entities without the links that lead to nothing; those that cannot be without one are left out."""
    kept = {name: _mended(entity, known) for name, entity in entities.items()}
    return {name: entity for name, entity in kept.items() if not _is_nowhere(entity)}


def named_only(entities: Mapping[Name, Entity], known: set[Name]) -> dict[Name, Entity]:
    """Give what the required links of entities name and the payload does not describe."""
    found: dict[Name, Entity] = {}
    for entity in entities.values():
        if isinstance(entity, Datastream | HistoricalLocation):
            for link in type_of(entity).navigations:
                for key in _keys(entity, link):
                    if (link.target, key) not in known and link.target in _BARE:
                        found[link.target, key] = bare(link.target, key)
    return found


def bare(kind: str, key: str, name: str = "") -> Entity:
    """Give an entity of which no more is known than its key."""
    return _BARE[kind](key, name or key.rpartition("/")[2])


def _keys(entity: Entity, link: Navigation) -> list[str]:
    value = getattr(entity, link.field)
    return [str(one.key) for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Link)]


def _mended(entity: Entity, known: set[Name]) -> Entity:
    changed: dict[str, Any] = {}
    for link in type_of(entity).navigations:
        value = getattr(entity, link.field)
        if isinstance(value, tuple):
            kept = tuple(one for one in value if (link.target, str(one.key)) in known)
            if kept != value:
                changed[link.field] = kept or msgspec.UNSET
    return msgspec.structs.replace(entity, **changed) if changed else entity


def _is_nowhere(entity: Entity) -> bool:
    return isinstance(entity, HistoricalLocation) and not (entity.thing and entity.locations)


def _thing(key: str, name: str) -> Entity:
    return Thing(key=key, name=name, description=name)


def _sensor(key: str, name: str) -> Entity:
    return Sensor(key=key, name=name, description=name, encoding_type="text/html", metadata="")


def _property(key: str, name: str) -> Entity:
    return ObservedProperty(key=key, name=name, description=name, definition=UNKNOWN_CONCEPT)


_BARE = {"Thing": _thing, "Sensor": _sensor, "ObservedProperty": _property}
