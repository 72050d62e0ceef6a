"""Test where rows were measured: possible, inside the area of the lab, and whether they stay where they are."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.values import Box
from ssclab_data.validation.rules import Rule
from ssclab_data.validation.series.columns import Mask, Values
from ssclab_data.validation.series.tally import Hit, Tally
from ssclab_data.validation.series.verdicts import VERDICTS
from ssclab_data.validation.series_rules import PositionRules

type Places = NDArray[np.int64]
"""For each row the number of its position."""

PATH = "/FeatureOfInterest"
EARTH = 6_371_008.8
"""Mean radius of the earth, metres."""

SAME_PLACE = Rule(
    "position-differs",
    Severity.WARNING,
    "{value} is {difference} m from {other}: one place within the tolerance of {limit} m",
    "{value} ligt {difference} m van {other}: een plek binnen de tolerantie van {limit} m",
    "give one position to a thing that stands still",
    "geef een ding dat stilstaat een positie",
)
OTHER_PLACE = Rule(
    "position-moved",
    Severity.WARNING,
    "{value} is {difference} m from {other}, more than {limit} m: these are two versions of the place",
    "{value} ligt {difference} m van {other}, meer dan {limit} m: dit zijn twee versies van de plek",
    "check whether it was moved, or whether two things share one id",
    "ga na of het is verplaatst, of dat twee dingen een id delen",
)
RULES = (SAME_PLACE, OTHER_PLACE)
"""Rules about positions that differ, which say nothing of the rows themselves."""


class Position(msgspec.Struct, frozen=True):
    """CRS84 degrees."""

    longitude: float
    latitude: float

    def __str__(self) -> str:
        return f"{self.longitude:g}, {self.latitude:g}"


class Area(msgspec.Struct, frozen=True):
    """The area in which things stand, with its name."""

    name: str
    box: Box


class PositionTest:
    """What the positions of one series are held against; a place is the first position of a version of it."""

    def __init__(self, rules: PositionRules, positions: Sequence[Position], area: Area | None) -> None:
        self._rules = rules
        self._positions = positions
        longitude = np.array([one.longitude for one in positions])
        latitude = np.array([one.latitude for one in positions])
        self._impossible = impossible(longitude, latitude)
        self._away = np.zeros(len(positions)) if area is None else outside(area.box, longitude, latitude)
        self._area = "" if area is None else area.name
        self._here: int | None = None
        self._before: int | None = None

    def hits(self, places: Places) -> Iterator[Hit]:
        """Find rows with a wrong position, by the numbers of their positions (-1 without one)."""
        if not self._positions:
            return
        placed = places >= 0
        wrong = placed & self._impossible[places]
        yield self._hit("position-impossible", wrong, places)
        yield self._hit("position-outside", placed & ~wrong & (self._away[places] > 0), places)

    def follow(self, places: Places, tally: Tally) -> None:
        """Take down where positions of rows, in the order of time, differ from that of their place."""
        if not self._positions:
            return
        places = places[(places >= 0) & ~self._impossible[places]]
        changed = np.ones(len(places), np.bool_)
        changed[1:] = places[1:] != places[:-1]
        for place in places[changed].tolist():
            if place != self._before:
                self._step(place, tally)
            self._before = place

    def _step(self, place: int, tally: Tally) -> None:
        if self._here is None:
            self._here = place
            return
        here, there = self._positions[self._here], self._positions[place]
        rule, facts = compared(here, there, self._rules)
        if rule is None:
            return
        tally.see(rule.id, value=str(there), time=None, facts=facts, path=PATH)
        tally.count(rule.id, 1)
        if rule is OTHER_PLACE:
            self._here = place

    def _hit(self, rule: str, mask: Mask, places: Places) -> Hit:
        def facts(row: int) -> Mapping[str, object]:
            place = int(places[row])
            away = f"{self._away[place]:.0f}"
            return {"value": str(self._positions[place]), "difference": away, "limit": self._area}

        return Hit(rule, mask, facts, path=PATH)


def check_positions(
    positions: Sequence[Position], rules: PositionRules, *, entity: str = "", area: Area | None = None
) -> tuple[Finding, ...]:
    """Check the positions that one thing had, in the order of time: each against its place, and against an area.

    >>> found = [Position(-3.388, 48.550), Position(-3.388, 48.551)]
    >>> [finding.text for finding in check_positions(found, PositionRules(tolerance=200))]
    ['-3.388, 48.551 is 111 m from -3.388, 48.55: one place within the tolerance of 200 m']
    """
    tally = Tally(entity, {})
    test = PositionTest(rules, positions, area)
    places = np.arange(len(positions))
    for hit in test.hits(places):
        if hit.mask.any():
            first = int(np.argmax(hit.mask))
            tally.see(hit.rule, value=str(positions[first]), time=None, facts=hit.facts(first), path=hit.path)
            tally.count(hit.rule, int(np.count_nonzero(hit.mask)))
    test.follow(places, tally)
    return tally.findings((VERDICTS["position-impossible"].rule, VERDICTS["position-outside"].rule, *RULES))


def impossible(longitude: Values, latitude: Values) -> Mask:
    """Tell which positions are none: outside the globe, or 0,0."""
    beyond = ~((np.abs(longitude) <= 180) & (np.abs(latitude) <= 90))
    nowhere: Mask = beyond | ((longitude == 0) & (latitude == 0))
    return nowhere


def metres(one: Position, other: Position) -> float:
    """Measure the distance along a great circle.

    >>> round(metres(Position(-3.388, 48.550), Position(-3.388, 48.551)))
    111
    """
    return float(_metres(*map(math.radians, (one.longitude, one.latitude, other.longitude, other.latitude))))


def outside(box: Box, longitude: Values, latitude: Values) -> Values:
    """Measure how far positions lie outside a box, metres; zero inside."""
    nearest_latitude = np.clip(latitude, box.south, box.north)
    nearest_longitude = np.clip(longitude, box.west, box.east)
    radians = (np.radians(part) for part in (longitude, latitude, nearest_longitude, nearest_latitude))
    distance: Values = _metres(*radians)
    return distance


def compared(here: Position, there: Position, rules: PositionRules) -> tuple[Rule | None, dict[str, Any]]:
    """Tell which rule a second position of a thing breaks; none where it is the first again."""
    distance = metres(here, there)
    if not distance:
        return None, {}
    facts = {"difference": f"{distance:.0f}", "other": str(here), "limit": f"{rules.tolerance:g}"}
    return (OTHER_PLACE if distance > rules.tolerance else SAME_PLACE), facts


def _metres(longitude: Any, latitude: Any, other_longitude: Any, other_latitude: Any) -> NDArray[np.float64]:
    """Measure by the haversine formula; radians in."""
    north = np.sin((other_latitude - latitude) / 2) ** 2
    east = np.cos(latitude) * np.cos(other_latitude) * np.sin((other_longitude - longitude) / 2) ** 2
    distance: NDArray[np.float64] = 2 * EARTH * np.arcsin(np.sqrt(np.minimum(north + east, 1)))
    return distance
