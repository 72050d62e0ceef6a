"""Keep what FROST-Server reached elsewhere, and the goals that follow."""

import msgspec

MEMORY, DISK = (1_372 + 287) * 2**20, 323.0
"""Of FROST-Server and its database, in bytes; per Observation on disk, in bytes."""
SINGLES, ARRAYS = 544.0, 1_197.0
"""Observations a second over HTTP, at best."""
MEMORY_SHARE, DISK_SHARE = 5, 50
SINGLES_GOAL, ARRAYS_GOAL = 3_000.0, 30_000.0


class Published(msgspec.Struct, frozen=True):
    """Requests a second by number of connections, and how many times those are to be reached.

    Attributes:
        goal: with one worker.
        goal_of_two: with two workers.
    """

    rates: dict[int, float]
    goal: float
    goal_of_two: float


def _large(one: float, eight: float) -> Published:
    return Published({1: one, 8: eight}, 10, 10)


def _small(one: float, eight: float) -> Published:
    return Published({1: one, 8: eight}, 1, 1.5)


FROST = {
    "a": _small(2_025, 3_200),
    "b": Published({1: 1.30, 8: 1.60}, 30, 30),
    "c": _large(72.3, 157),
    "d": _large(99.8, 195),
    "e": _large(6.69, 10.6),
    "f": _large(7.86, 9.77),
    "g": _small(739, 1_405),
    "h": _large(499, 756),
    "i": _large(77.2, 181),
    "j": _small(1_333, 1_491),
    "k": _small(1_777, 2_791),
}
"""FROST-Server 2.5-dev with its best indexes; for j the better of two runs."""
