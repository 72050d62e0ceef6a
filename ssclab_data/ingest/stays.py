"""Find out where a Thing stayed, and from when, of the times and places of its Observations."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.sources.place import Position, metres

type Numbers = NDArray[np.int64]


class Spot(msgspec.Struct, frozen=True):
    """A place at which a Thing was observed.

    Attributes:
        handle: of the FeatureOfInterest.
        key: its natural key, and that of the Location there.
        name: its name.
        first: time of the first Observation there, microseconds UTC.
    """

    handle: int
    key: str
    name: str
    position: Position
    first: int


class Stay(msgspec.Struct, frozen=True):
    """A run of Observations at one place.

    Attributes:
        place: natural key of the Location.
        since: when its first Observation begins, microseconds UTC.
    """

    place: str
    since: int


class Track(msgspec.Struct, frozen=True):
    """Where Observations were made: times in order, each with the handle of its FeatureOfInterest (0: unknown)."""

    start: Numbers
    feature: Numbers


def choose(spots: Sequence[Spot], tolerance: float) -> Mapping[int, Spot]:
    """Give the place that each spot is, by its handle: the earliest one that lies within the tolerance, metres.

    >>> one = Spot(1, "v/1/52.000,5.000", "", Position(5.0, 52.0), 20)
    >>> other = Spot(2, "v/1/52.001,5.000", "", Position(5.0, 52.0003), 10)
    >>> {handle: spot.key for handle, spot in choose([one, other], 50).items()}
    {2: 'v/1/52.001,5.000', 1: 'v/1/52.001,5.000'}
    """
    leaders: list[Spot] = []
    chosen: dict[int, Spot] = {}
    for spot in sorted(spots, key=lambda spot: (spot.first, spot.key)):
        near = next((one for one in leaders if metres(one.position, spot.position) <= tolerance), None)
        if near is None:
            leaders.append(spot)
        chosen[spot.handle] = near or spot
    return chosen


def stays(tracks: Iterator[Track], chosen: Mapping[int, Spot], before: str) -> list[Stay]:
    """Part Observations into runs at one place.

    At a moment with Observations at several places, the place with the last key counts.

    Args:
        tracks: parts, in the order of time.
        before: key of the place where the Thing was before the first of them, or "".
    """
    keys = sorted({spot.key for spot in chosen.values()})
    ranks = {handle: keys.index(spot.key) for handle, spot in chosen.items()}
    parts = [_reduced(track, ranks) for track in tracks]
    if not parts:
        return []
    times, places = _last_of_each(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    changed = np.ones(len(places), np.bool_)
    changed[1:] = places[1:] != places[:-1]
    found = [Stay(keys[place], int(time)) for time, place in zip(times[changed], places[changed], strict=True)]
    return found[1:] if found and found[0].place == before else found


def _reduced(track: Track, ranks: Mapping[int, int]) -> tuple[Numbers, Numbers]:
    """Keep the times at known places, and of a run at one place its first and last time."""
    features, places = np.unique(track.feature, return_inverse=True)
    rank = np.array([ranks.get(int(feature), -1) for feature in features], np.int64)[places]
    times, rank = track.start[rank >= 0], rank[rank >= 0]
    times, rank = _last_of_each(times, rank)
    edge = np.ones(len(rank), np.bool_)
    edge[1:-1] = (rank[1:-1] != rank[:-2]) | (rank[1:-1] != rank[2:])
    return times[edge], rank[edge]


def _last_of_each(times: Numbers, ranks: Numbers) -> tuple[Numbers, Numbers]:
    """Keep of each time the greatest rank."""
    order = np.lexsort((ranks, times))
    times, ranks = times[order], ranks[order]
    last = np.ones(len(times), np.bool_)
    last[:-1] = times[1:] != times[:-1]
    return times[last], ranks[last]
