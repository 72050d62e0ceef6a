"""Make flat features of Things: the latest value of each observed property is a property of its own."""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from msgspec import UNSET

from ssclab_data.model import codelists
from ssclab_data.model.geometry import geometry_of
from ssclab_data.model.multi import is_multi
from ssclab_data.model.sensorthings import Datastream, Location, Observation, ObservedProperty, Thing
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement, end_of
from ssclab_data.stores.base import Row


def feature_of(row: Row) -> dict[str, Any]:
    """Make a feature of a Thing that was read with its Locations, and Datastreams with their latest Observation."""
    thing = cast("Thing", row.entity)
    own = thing.properties if isinstance(thing.properties, dict) else {}
    properties: dict[str, Any] = {
        "name": None if thing.name is UNSET else thing.name,
        "description": None if thing.description is UNSET else thing.description,
        "lab": row.lab,
        "source": own.get("source"),
        "localId": own.get("localId"),
    }
    newest: dict[str, int] = {}
    for name, when, value, unit in _latest(row):
        if when.us >= newest.get(name, when.us):
            newest[name] = when.us
            properties |= {name: value, f"{name}_unit": unit, f"{name}_time": str(when)}
    places = [cast("Location", one.entity).location for one in row.at("Locations")]
    geometry = next((geometry_of(place) for place in places if isinstance(place, dict)), None)
    return {"type": "Feature", "id": row.handle, "geometry": geometry, "properties": properties}


def _latest(row: Row) -> Iterator[tuple[str, Instant, Any, str | None]]:
    for stream in row.at("Datastreams"):
        datastream = cast("Datastream", stream.entity)
        concepts = stream.at("ObservedProperty")
        if not concepts or is_multi(datastream):  # an array has no one name
            continue
        concept = cast("ObservedProperty", concepts[0].entity)
        name = _ids().get(str(concept.definition)) or str(concept.name)
        unit = datastream.unit_of_measurement
        symbol = unit.symbol if isinstance(unit, UnitOfMeasurement) else None
        for one in stream.at("Observations"):
            observation = cast("Observation", one.entity)
            if isinstance(observation.phenomenon_time, Instant | Interval):
                yield name, end_of(observation.phenomenon_time), observation.result, symbol


@cache
def _ids() -> dict[str, str]:
    return {info.definition: info.id for info in codelists.observed_properties().values()}
