"""Make the entities of the places at which Things are observed, by keys that follow from thing, place and time."""

import re

from msgspec import UNSET

from ssclab_data.errors import ValueParseError
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.sensorthings import GEOJSON, FeatureOfInterest, HistoricalLocation, Location
from ssclab_data.model.values import Instant, JsonObject
from ssclab_data.sources.place import Position, position_of

_CELL = re.compile(r"-?\d+\.\d{3},-?\d+\.\d{3}")


def site_key(thing: str, position: Position) -> str:
    """Give the natural key of the Location and of the FeatureOfInterest of a Thing at a place."""
    return f"{thing}/{position.cell}"


def is_site_of(key: str, thing: str) -> bool:
    """Tell whether a natural key is one that `site_key` gives for a Thing.

    >>> is_site_of("v/1/52.155,5.387", "v/1"), is_site_of("v/1/pm25", "v/1")
    (True, False)
    """
    return key.startswith(f"{thing}/") and _CELL.fullmatch(key[len(thing) + 1 :]) is not None


def location_at(key: str, name: str, geometry: JsonObject) -> Location:
    """Describe a place as where a Thing is."""
    text = "Position as the unit sent it, CRS84"
    return Location(key=key, name=name, description=text, encoding_type=GEOJSON, location=geometry)


def feature_at(key: str, name: str, geometry: JsonObject) -> FeatureOfInterest:
    """Describe a place as what Observations are about."""
    text = "Surroundings of the unit, CRS84"
    return FeatureOfInterest(key=key, name=name, description=text, encoding_type=GEOJSON, feature=geometry)


def history_at(thing: str, place: str, since: Instant) -> HistoricalLocation:
    """Say that a Thing was at a place from a moment on."""
    key = f"{place}/{since}"
    return HistoricalLocation(key=key, time=since, thing=Link(key=thing), locations=(Link(key=place),))


def is_history_of(key: str, thing: str) -> bool:
    """Tell whether a natural key is one that `history_at` gives for a Thing."""
    return is_site_of(key.rpartition("/")[0], thing)


def site_position(entity: Entity) -> Position | None:
    """Give the position of a place that `site_key` names; None where it is another one, or was put elsewhere."""
    geometry = getattr(entity, "location", UNSET)
    if geometry is UNSET:
        geometry = getattr(entity, "feature", UNSET)
    if not isinstance(geometry, dict) or _CELL.fullmatch(str(entity.key).rpartition("/")[2]) is None:
        return None
    try:
        position = position_of(geometry)
    except ValueParseError:
        return None
    return position if str(entity.key).endswith(f"/{position.cell}") else None
