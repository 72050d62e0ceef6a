"""Write an entity as the SensorThings JSON that the schemas describe."""

from typing import Any

from msgspec import UNSET

from ssclab_data.model.entity import Entity, Link, Navigation, Property
from ssclab_data.model.sensorthings import type_of
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement


def to_wire(entity: Entity) -> dict[str, Any]:
    """Give the set properties by their wire names, and each set link as an object.

    >>> from ssclab_data.model.sensorthings import HistoricalLocation
    >>> to_wire(HistoricalLocation(time=Instant(0), thing=Link(key="demo/1")))
    {'time': '1970-01-01T00:00:00Z', 'Thing': {'key': 'demo/1'}}
    """
    parts = type_of(entity).by_name.values()
    values = ((part, getattr(entity, part.field)) for part in parts)
    return {part.name: _part(part, value) for part, value in values if value is not UNSET}


def _part(part: Property | Navigation, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(part, Navigation):
        return [_link(link) for link in value] if part.many else _link(value)
    if isinstance(value, (Instant, Interval)):
        return str(value)
    if isinstance(value, UnitOfMeasurement):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    return value


def _link(link: Link) -> dict[str, Any]:
    if isinstance(link.entity, Entity):
        return to_wire(link.entity)
    named = (("@iot.id", link.handle), ("key", link.key))
    return {name: value for name, value in named if value is not UNSET}
