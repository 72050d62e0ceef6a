"""Read positions and settle which place a unit's jittering positions mean."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.sources.declaration import PlaceRule
from ssclab_data.sources.decoders import POSITION_DECODERS
from ssclab_data.sources.numbers import parse_number, whole

JITTER_METRES = 50.0
"""Positions of one unit closer together than this are one place."""

_METRES_PER_DEGREE = 111_320.0


class Position(msgspec.Struct, frozen=True, order=True):
    """Lon/lat in CRS84 degrees."""

    longitude: float
    latitude: float

    @property
    def cell(self) -> str:
        """Name of the thousandth of a degree that it is in; the same for every import."""
        return f"{self.latitude:.3f},{self.longitude:.3f}"

    @property
    def geojson(self) -> dict[str, Any]:
        """As a GeoJSON Point."""
        return {"type": "Point", "coordinates": [self.longitude, self.latitude]}


def position_fields(rule: PlaceRule) -> tuple[str, ...]:
    """Give the names of the fields that positions come from."""
    return tuple(name for text in (rule.pair, rule.longitude, rule.latitude) for name in text.split("|") if name)


def read_position(rule: PlaceRule, fields: Mapping[str, Any]) -> Position | None:
    """Read the position of a record; None where there is none, which is also what (0, 0) means.

    Raises:
        ValueParseError: it cannot be a position.
    """
    if rule.pair:
        pair = fields.get(rule.pair)
        raw = pair[:2] if isinstance(pair, list) else [None, None]
    else:
        raw = [_first(fields, rule.longitude), _first(fields, rule.latitude)]
    if len(raw) < 2 or raw[0] in (None, "") or raw[1] in (None, ""):
        return None
    longitude, latitude = (parse_number(value) for value in raw)
    if rule.decoder:
        decode = POSITION_DECODERS[rule.decoder]
        longitude, latitude = decode(whole(longitude)), decode(whole(latitude))
    if longitude == 0 and latitude == 0:
        return None
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueParseError(f"{longitude}, {latitude}", "a longitude within 180 and a latitude within 90 degrees")
    return Position(float(longitude), float(latitude))


def settle(positions: Sequence[Position]) -> Position:
    """Choose, of the positions of one unit in one payload (at least one), the one nearest to their middle."""
    longitude = statistics.median(one.longitude for one in positions)
    latitude = statistics.median(one.latitude for one in positions)
    return min(positions, key=lambda one: (metres(one, Position(longitude, latitude)), one))


def metres(one: Position, other: Position) -> float:
    """Measure a short distance."""
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return math.hypot(east, one.latitude - other.latitude) * _METRES_PER_DEGREE


def _first(fields: Mapping[str, Any], names: str) -> Any:
    return next((fields[name] for name in names.split("|") if name in fields), None)
