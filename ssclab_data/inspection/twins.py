"""Find Things that may be one: two ids of a source at one place, and one station that two sources give."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.sensorthings import Thing
from ssclab_data.model.series import Series
from ssclab_data.validation.modelling.places import point_of
from ssclab_data.validation.rules import Place, Rule
from ssclab_data.validation.series.positions import Position, metres

NEAR_METRES = 50.0
"""Positions of one station that two sources give lie closer together than this."""
SAME_METRES = 1.0
"""Positions closer together than this are the same."""

SAME_PLACE = Rule(
    "same-place",
    Severity.INFO,
    "it stands at the place of {other}, which has another id: they may be one",
    "het staat op de plek van {other}, dat een andere id heeft: het kan om hetzelfde gaan",
    "look whether the source gave one unit two ids; nothing is merged",
    "ga na of de bron een eenheid twee id's gaf; er wordt niets samengevoegd",
)
SAME_STATION = Rule(
    "same-station",
    Severity.WARNING,
    "same station, two sources: {other} is {distance} m away, and {equal} of {common} values of one time are equal",
    "hetzelfde station, twee bronnen: {other} staat op {distance} m, en {equal} van {common} waarden van één tijd zijn"
    " gelijk",
    "count it once in sums and means; both are kept, each with its source",
    "tel het één keer mee in sommen en gemiddelden; beide blijven, elk met zijn bron",
)
RULES = (SAME_PLACE, SAME_STATION)
"""Rules about Things that may be one."""

_KEPT = 1_000
"""How many of the newest values of a series are compared."""
_EQUAL_SHARE = 0.9
_CELL = 0.001

type Values = dict[int, object]


class _Standing(msgspec.Struct, frozen=True):
    key: str
    source: str
    position: Position


class Twins:
    """The Things of one data set; first all of them are added, then the rows of those that stand together."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[_Standing]] = defaultdict(list)
        self._values: dict[str, dict[str, deque[tuple[int, object]]]] = defaultdict(dict)
        self._watched: set[str] | None = None

    def add(self, node: Node) -> None:
        """Take a Thing with its Locations; other entities are passed over."""
        entity = node.entity
        if not isinstance(entity, Thing):
            return
        for location in node.links.get("Locations", ()):
            point = point_of(getattr(location.entity, "location", None))
            if point is not None:
                properties = entity.properties if isinstance(entity.properties, Mapping) else {}
                source = str(properties.get("source", "")) or str(entity.key).partition("/")[0]
                standing = _Standing(str(entity.key), source, Position(*point))
                self._cells[_cell(standing.position)].append(standing)
                return

    def watch(self, stream: Node, part: Series) -> None:
        """Remember the newest rows of a Datastream whose Thing stands near one of another source."""
        if self._watched is None:
            self._watched = {one.key for pair in self._pairs() for one in pair if pair[0].source != pair[1].source}
        thing = next((str(node.entity.key) for node in stream.links.get("Thing", ())), "")
        if thing not in self._watched:
            return
        names = [str(node.entity.key) for node in stream.links.get("ObservedProperty", ())]
        kept = self._values[thing].setdefault("|".join(names), deque(maxlen=_KEPT))
        kept.extend(islice(zip(part.start, part.result, strict=True), max(0, len(part) - _KEPT), None))

    def findings(self) -> Iterator[Finding]:
        """Give what was found."""
        told: set[str] = set()
        for one, other in self._pairs():
            distance = metres(one.position, other.position)
            if one.source != other.source:
                yield from self._station(one, other, distance)
            elif distance <= SAME_METRES and other.key not in told:
                told.add(other.key)
                yield SAME_PLACE.finding({"other": one.key}, Place(entity=other.key, path="/Locations"))

    def _station(self, one: _Standing, other: _Standing, distance: float) -> Iterator[Finding]:
        ours, theirs = self._values.get(one.key, {}), self._values.get(other.key, {})
        pairs = [(dict(ours[name]), dict(theirs[name])) for name in ours.keys() & theirs.keys()]
        common = sum(len(left.keys() & right.keys()) for left, right in pairs)
        equal = sum(left[time] == right[time] for left, right in pairs for time in left.keys() & right.keys())
        if common and equal >= _EQUAL_SHARE * common:
            facts = {"other": one.key, "distance": f"{distance:.1f}", "equal": equal, "common": common}
            yield SAME_STATION.finding(facts, Place(entity=other.key, path="/Locations"))

    def _pairs(self) -> Iterator[tuple[_Standing, _Standing]]:
        """Give Things that stand near each other, once each, by their keys."""
        for cell, things in sorted(self._cells.items()):
            near = [other for around in _around(cell) for other in self._cells.get(around, ())]
            for one in sorted(things, key=lambda one: one.key):
                yield from ((one, other) for other in _beside(one, near))


def _beside(one: _Standing, near: Sequence[_Standing]) -> list[_Standing]:
    """Give those after one, by key, within the distance."""
    later = (other for other in near if other.key > one.key)
    return sorted(
        (other for other in later if metres(one.position, other.position) <= NEAR_METRES), key=lambda other: other.key
    )


def _cell(position: Position) -> tuple[int, int]:
    return int(position.longitude // _CELL), int(position.latitude // _CELL)


def _around(cell: tuple[int, int]) -> list[tuple[int, int]]:
    """Give the cells in which something near can be; at our latitudes a cell is 111 m by 60 to 80 m."""
    return [(cell[0] + east, cell[1] + north) for east in (-1, 0, 1) for north in (-1, 0, 1)]
