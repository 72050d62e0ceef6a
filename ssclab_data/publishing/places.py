"""Choose the place that is published for each place of a Thing."""

import math
from collections.abc import Iterable

import msgspec

from ssclab_data.errors import SettingsError, ValueParseError
from ssclab_data.model.geometry import bounds
from ssclab_data.model.lab import LabInfo, Policy
from ssclab_data.model.values import JsonObject
from ssclab_data.publishing.addresses import Crowd
from ssclab_data.publishing.cells import SIZES, Cell, cell_of
from ssclab_data.publishing.secret import Secret

STEADY_METRES = 100
"""A place that is not farther than this from an earlier one of its Thing is published as that one: positions that
jitter over the edge of a cell would show that the edge is near."""
_METRES_PER_DEGREE = 111_320.0
_DECIMALS = 6


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What is published of a place.

    Attributes:
        key: natural key of its Location and FeatureOfInterest.
        policy: by which it is published; stricter than the Thing's where too few addresses share a cell.
        longitude: CRS84 degrees.
        latitude: CRS84 degrees.
        accuracy: metres, at most, from the published position to the place.
        cell: name of the cell, or "".
        size: metres of a side of the cell; 0 for a municipality.
    """

    key: str
    policy: Policy
    longitude: float
    latitude: float
    accuracy: int
    cell: str = ""
    size: int = 0

    @property
    def geojson(self) -> JsonObject:
        """As a GeoJSON Point."""
        return {"type": "Point", "coordinates": [self.longitude, self.latitude]}


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What places of a lab are chosen by.

    Attributes:
        crowd: where enough people live, by the policy of the Things; empty where it is not known.
    """

    lab: LabInfo
    secret: Secret
    crowd: dict[Policy, Crowd]

    def municipality(self, thing: str) -> Place:
        """Give the place of a Thing of which the municipality alone is published: the middle of the lab's area.

        Raises:
            SettingsError: the lab has no area.
        """
        area = self.lab.area
        if area is None:
            raise SettingsError(f"lab {self.lab.key!r} has no area: give it in lab.yaml, for policy municipality")
        longitude = round((area.west + area.east) / 2, _DECIMALS)
        latitude = round((area.south + area.north) / 2, _DECIMALS)
        return Place(
            key=f"{thing}/municipality",
            policy=Policy.MUNICIPALITY,
            longitude=longitude,
            latitude=latitude,
            accuracy=math.ceil(metres((longitude, latitude), (area.west, area.south))),
        )

    def cell(self, thing: str, cell: Cell) -> Place:
        """Give the place of a Thing in a cell: always the same position, which depends on nothing but these two."""
        longitude, latitude = cell.position(self.secret.fractions("position", thing, cell.name))
        return Place(
            key=f"{thing}/{self.secret.id('place', thing, cell.name)}",
            policy=next(policy for policy, size in SIZES.items() if size == cell.size),
            longitude=longitude,
            latitude=latitude,
            accuracy=cell.diagonal + STEADY_METRES,
            cell=cell.name,
            size=cell.size,
        )


class Places:
    """The places of one Thing, of which each stays where it was first seen.

    Args:
        thing: its published key.
        crowded: whether so many addresses must share a cell.
    """

    def __init__(self, ground: Ground, thing: str, policy: Policy, *, crowded: bool) -> None:
        self._ground = ground
        self._thing = thing
        self._policy = policy
        self._crowd = ground.crowd.get(policy) if crowded else None
        self._anchors: list[tuple[float, float]] = []

    def settle(self, geometries: Iterable[object]) -> None:
        """Take in the places of the Thing, in the order in which they came to be known."""
        for geometry in geometries:
            position = position_of(geometry)
            if position is not None and self._near(position) is None:
                self._anchors.append(position)

    @property
    def settled(self) -> tuple[tuple[float, float], ...]:
        """The places that others are compared with, lon/lat in CRS84 degrees."""
        return tuple(self._anchors)

    def of(self, geometry: object) -> Place | None:
        """Give what is published of a place; None where it has no position."""
        position = position_of(geometry)
        if position is None:
            return None
        if self._policy is Policy.MUNICIPALITY:
            return self._ground.municipality(self._thing)
        longitude, latitude = self._near(position) or position
        if self._crowd is None:
            cell: Cell | None = cell_of(longitude, latitude, SIZES[self._policy])
        else:
            cell = self._crowd.cell(longitude, latitude)
        if cell is None:
            return self._ground.municipality(self._thing)
        return self._ground.cell(self._thing, cell)

    def _near(self, position: tuple[float, float]) -> tuple[float, float] | None:
        return next((anchor for anchor in self._anchors if metres(anchor, position) <= STEADY_METRES), None)


def position_of(geometry: object) -> tuple[float, float] | None:
    """Give the middle of a GeoJSON geometry or Feature, lon/lat in CRS84 degrees; None where it has no position."""
    if not isinstance(geometry, dict):
        return None
    try:
        box = bounds(geometry)
    except (ValueParseError, LookupError, TypeError, ValueError):
        return None
    longitude, latitude = (box.west + box.east) / 2, (box.south + box.north) / 2
    return (longitude, latitude) if abs(longitude) <= 180 and abs(latitude) <= 90 else None


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Measure a short distance between two positions."""
    east = (one[0] - other[0]) * math.cos(math.radians(one[1]))
    return math.hypot(east, one[1] - other[1]) * _METRES_PER_DEGREE
