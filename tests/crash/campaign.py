"""Kill writers of one file one after another, in many ways, and count what was hit."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from .killing import Kill, Told, kill
from .witness import Witness, copied

EARLIEST, LATEST = 0.005, 0.3
"""When a kill at random comes, seconds after the first acknowledgement."""
_STATEMENTS = 4_000


class Tally(msgspec.Struct):
    """What was hit.

    Attributes:
        during: kills by what the writer was doing.
        kinds: kills by kind of operation that was under way.
        kept: how many of the operations under way were in the file whole.
        operations: how many were acknowledged.
    """

    kills: int = 0
    during: Counter[str] = msgspec.field(default_factory=Counter)
    kinds: Counter[str] = msgspec.field(default_factory=Counter)
    kept: int = 0
    operations: int = 0

    def add(self, told: Told, first: int, *, kept: bool) -> None:
        """Count one kill."""
        self.kills += 1
        self.during[told.during] += 1
        self.kinds[told.kind or "none"] += 1
        self.kept += kept
        self.operations += told.acknowledged + 1 - first


def run(folder: Path, seed: int) -> Iterator[Tally]:
    """Kill without end; the file lives on.

    Yields:
        What was hit so far, after each kill.

    Raises:
        DifferenceError: something that was acknowledged is lost, or doubled.
    """
    chance, witness, tally, file = random.Random(seed), Witness(seed), Tally(), folder / "breda.db"
    while True:
        first = witness.done + 1
        told = kill(file, seed, first, _choice(chance, tally.kills))
        witness.follow(told.acknowledged)
        if not file.exists():
            tally.add(told, first, kept=False)
            yield tally
            continue
        # Every second time the writer itself finds the log as it was left.
        kept = witness.compare(copied(file, folder / "copy") if tally.kills % 2 else file, told.started)
        tally.add(told, first, kept=kept)
        yield tally


def _choice(chance: random.Random, number: int) -> Kill:
    """Kill twice while the file is made, then mostly at random, sometimes before a chosen statement."""
    if number < 2:
        return Kill(statement=-chance.randint(2, 40))
    if number % 4 == 3:
        return Kill(statement=round(chance.uniform(1, _STATEMENTS**0.5) ** 2))
    return Kill(after=chance.uniform(EARLIEST, LATEST))
