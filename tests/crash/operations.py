"""Give the operations of a writer: the same ones for the same seed and number, whatever became of those before."""

import random
from contextlib import suppress

import msgspec

from ssclab_data.errors import UnresolvedLinkError
from ssclab_data.model.entity import Entity
from ssclab_data.model.sensorthings import Datastream, FeatureOfInterest
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Result
from ssclab_data.query.ast import BoundQuery
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.shape import POLICY, DuplicatePolicy
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import START, ask, example_entities

STREAMS = ("v/1/pm25", "v/1/noise", "v/2/pm25", "v/2/noise")
MINUTE = 60_000_000
STEP = 5
"""How many minutes the clock of the place goes on with each operation."""
KEPT = 40
"""How many operations back late rows go; what is older is deleted now and then."""

RESULTS: tuple[Result, ...] = (
    None,
    True,
    False,
    "high",
    "é",
    {"class": [3, None]},
    0,
    -3,
    2**53 + 1,
    2**70,
    -0.0,
    1e300,
)


class Apply(msgspec.Struct, frozen=True):
    """Write a batch."""

    batch: Batch


class Delete(msgspec.Struct, frozen=True):
    """Delete what a query finds."""

    query: BoundQuery


class Seal(msgspec.Struct, frozen=True):
    """Move the hot rows of Datastreams that have so many into chunks."""

    least: int


class Compact(msgspec.Struct, frozen=True):
    """Write chunks that are not full together."""


class Vacuum(msgspec.Struct, frozen=True):
    """Give free pages back."""


type Operation = Apply | Delete | Seal | Compact | Vacuum


def operation(seed: int, number: int) -> Operation:
    """Give one operation; the first describes what is measured."""
    if number == 0:
        return Apply(Batch(entities=entities()))
    chance = random.Random(f"{seed}/{number}")
    kind = chance.random()
    if kind < 0.62:
        return Apply(_batch(chance, number))
    if kind < 0.76:
        return Delete(_doomed(chance, number))
    if kind < 0.92:
        return Seal(chance.choice((0, 1, 3, 6)))
    return Compact() if kind < 0.98 else Vacuum()


def perform(store: Store, one: Operation) -> None:
    """Do it; a batch that names what is not there is refused, and leaves nothing."""
    match one:
        case Apply(batch):
            with suppress(UnresolvedLinkError):
                store.apply(batch, "read so far")
        case Delete(query):
            store.delete(query)
        case _:
            if isinstance(store, SQLiteStore):
                _look_after(store, one)


def entities() -> tuple[Entity, ...]:
    """Describe two Things with four Datastreams, each with a duplicate policy of its own."""
    policies = dict(zip(STREAMS, DuplicatePolicy, strict=True))
    return tuple(
        msgspec.structs.replace(entity, properties={POLICY: policies[str(entity.key)]})
        if isinstance(entity, Datastream)
        else entity
        for entity in example_entities()
    )


def _look_after(store: SQLiteStore, one: Operation) -> None:
    match one:
        case Seal(least):
            store.seal(least)
        case Compact():
            store.compact()
        case Vacuum():
            store.vacuum()


def _batch(chance: random.Random, number: int) -> Batch:
    """Write to one to three Datastreams; now and then describe again what was deleted, or move a place."""
    described = chance.random()
    series = tuple(_series(chance, number) for _ in range(chance.choice((1, 1, 2, 3))))
    if described < 0.05:
        place = FeatureOfInterest(key="v/1", feature={"type": "Point", "coordinates": [4 + chance.random(), 51.5]})
        return Batch(entities=(place,), defaults=entities(), series=series)
    return Batch(defaults=entities() if described < 0.5 else (), series=series)


def _series(chance: random.Random, number: int) -> Series:
    stream = chance.choice(STREAMS)
    starts = [START + minute * MINUTE for minute in _minutes(chance, number)]
    size = len(starts)
    mixed, intervals, valid = (chance.random() < part for part in (0.4, 0.3, 0.2))
    return Series(
        datastream=stream,
        feature=chance.choice((stream[:3], stream[:3], "v/1", "")),
        start=tuple(starts),
        end=tuple(at + chance.choice((0, MINUTE)) for at in starts) if intervals else None,
        result=tuple(chance.choice(RESULTS) if mixed else round(chance.gauss(10, 5), 2) for _ in starts),
        result_time=tuple(at + MINUTE if chance.random() < 0.8 else None for at in starts),
        result_quality=tuple(chance.choice((None, "good", 3)) for _ in starts) if chance.random() < 0.3 else None,
        parameters=({"n": number}, *(None,) * (size - 1)) if chance.random() < 0.3 else None,
        valid_start=tuple(starts) if valid else None,
        valid_end=tuple(at + STEP * MINUTE for at in starts) if valid else None,
    )


def _minutes(chance: random.Random, number: int) -> list[int]:
    """Choose times: in order, many at once, late and corrected, or double within the series."""
    now, kind = number * STEP, chance.random()
    if kind < 0.45:
        return list(range(now, now + chance.randint(1, STEP)))
    if kind < 0.55:
        return list(range(now - chance.randint(0, 60), now + STEP))
    late = [now - chance.randint(0, KEPT * STEP) for _ in range(chance.randint(1, 12))]
    return late + late[:2] if kind > 0.9 else sorted(set(late))


def _doomed(chance: random.Random, number: int) -> BoundQuery:
    """Choose what to delete: mostly what is old, as one that keeps a place small does."""
    kind = chance.random()
    if kind < 0.6:
        return ask("Observation", filter=f"phenomenonTime lt {Instant(START + (number - KEPT) * STEP * MINUTE)}")
    if kind < 0.75:
        return ask("Observation", filter=f"result lt {chance.choice((-3, 0, 5))} and resultTime ne null")
    if kind < 0.9:
        late = Instant(START + (number - chance.randint(0, KEPT)) * STEP * MINUTE)
        return ask("Observation", filter=f"Datastream/@key eq '{chance.choice(STREAMS)}' and phenomenonTime ge {late}")
    if kind < 0.96:
        return ask("Datastream", filter=f"@key eq '{chance.choice(STREAMS)}'")
    return ask("FeatureOfInterest", filter=f"@key eq '{chance.choice(('v/1', 'v/2'))}'")
