"""Draw requests at random on a store that is filled."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self
from urllib.parse import quote

import msgspec

from ssclab_data import Lab, Settings
from ssclab_data.model.values import Instant
from ssclab_data.query.ast import BoundQuery, Value
from ssclab_data.query.bind import bind
from ssclab_data.query.odata import parse_options
from ssclab_data.stores.base import Store

from .data import DATASTREAMS, SEED, DataSet, key_of
from .load import LAB, Loaded

DRAWS = 100


class Ask(msgspec.Struct, frozen=True):
    """One request, as options without their `$`."""

    entity_type: str
    options: dict[str, str]
    after: tuple[Value, ...] = ()

    def bound(self) -> BoundQuery:
        """Give it as a store takes it."""
        query = bind(parse_options(self.entity_type, {f"${name}": text for name, text in self.options.items()}))
        return msgspec.structs.replace(query, after=self.after)

    def target(self) -> str:
        """Give it as a request target."""
        options = "&".join(f"${name}={quote(text, safe="/,=;:()'")}" for name, text in self.options.items())
        return f"/sta/v1.1/{self.entity_type}s?{options}"


class World:
    """A store that is filled, and what is known of it.

    Attributes:
        handles: `@iot.id` of the Datastreams, in the order they were made.
    """

    def __init__(self, data: DataSet, file: Path, *, loaded: Loaded) -> None:
        self.data = data
        self.file = file
        self.loaded = loaded
        self.lab = Lab.open(file, key=LAB, settings=Settings())
        self.handles = _handles(self.store)
        self.chance = random.Random(SEED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.close()

    @property
    def store(self) -> Store:
        """The store itself."""
        return self.lab.store

    def draws(self, ask: Callable[["World"], Ask]) -> list[Ask]:
        """Draw requests of one kind."""
        return [ask(self) for _ in range(DRAWS)]

    def datastream(self) -> int:
        """Draw a Datastream, by its number."""
        return self.chance.randrange(DATASTREAMS)

    def time(self, datastream: int, *, before: int = 0) -> str:
        """Draw a time in the sealed history of a Datastream, so many rows at least before its end."""
        last = max(0, self.data.each - self.data.hot - before)
        return str(Instant(self.data.time(datastream, self.chance.uniform(0, last))))


def _handles(store: Store) -> Sequence[int]:
    page = store.read(Ask("Datastream", {"top": str(DATASTREAMS), "orderby": "id"}).bound())
    by_key = {str(row.entity.key): int(row.handle) for row in page.rows}
    return [by_key[key_of(number)] for number in range(DATASTREAMS)]
