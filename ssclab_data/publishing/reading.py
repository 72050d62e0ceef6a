"""Read from a store what is to be published, and what is published by now."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import cast

import msgspec
import numpy as np

from ssclab_data.model.columns import Columns, join, take
from ssclab_data.model.sensorthings import ENTITY_TYPES, FeatureOfInterest
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.selection import pages
from ssclab_data.stores.base import ColumnarRows, Row, Store

DESCRIPTIVE = tuple(name for name in ENTITY_TYPES if name != "Observation")
"""The types that have natural keys of their own."""
_ID = ast.Path((ast.ID,))
_PAGE = 10_000
_TOGETHER = 500


def things(store: Store) -> Iterator[Row]:
    """Give the Things with Locations, HistoricalLocations and Datastreams, and what these are linked to."""
    streams = ast.Query(
        entity_type="Datastream", expand=_all(("Sensor", "Sensor"), ("ObservedProperty", "ObservedProperty"))
    )
    moves = ast.Query(entity_type="HistoricalLocation", expand=_all(("Locations", "Location")))
    expand = (
        *_all(("Locations", "Location")),
        ast.Expand("HistoricalLocations", moves),
        ast.Expand("Datastreams", streams),
    )
    yield from pages(store, ast.Query(entity_type="Thing", expand=expand))


def keys(store: Store, entity_type: str) -> dict[str, int]:
    """Give the natural keys of all entities of a type, with their handles."""
    query = ast.Query(entity_type=entity_type, select=((ast.ID,),))
    return {str(row.entity.key): int(row.handle) for row in pages(store, query)}


def observations(store: Store, datastream: int) -> Columns | None:
    """Give the Observations of a Datastream by time and ordinal; None when it has none."""
    of_it = ast.Compare("eq", ast.Path(("Datastream", ast.ID)), ast.Literal(datastream))
    by_time = (ast.OrderBy(ast.Path(("phenomenonTime",))),)
    bound = bind(ast.Query(entity_type="Observation", filter=of_it, orderby=by_time), version="")
    parts: list[Columns] = []
    after: tuple[ast.Value, ...] = ()
    while True:
        page = store.read(msgspec.structs.replace(bound, top=_PAGE, after=after))
        if len(page.rows):
            parts.append(cast("ColumnarRows", page.rows).columns)
        if not page.more:
            break
        after = page.rows[-1].order
    return in_order(join(parts)) if parts else None


def count_of(store: Store, datastream: str) -> int:
    """Count the Observations of a Datastream, by its natural key."""
    of_it = ast.Compare("eq", ast.Path(("Datastream", ast.KEY)), ast.Literal(datastream))
    return store.count(bind(ast.Query(entity_type="Observation", filter=of_it), version=""))


def in_order(columns: Columns) -> Columns:
    """Put Observations of one Datastream in the order of start, end and ordinal."""
    ordinal = np.zeros(len(columns), np.int64) if columns.ordinal is None else columns.ordinal
    return take(columns, np.lexsort((ordinal, columns.stop, columns.start)))


class Features:
    """The FeaturesOfInterest of a store by handle, each read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[int, FeatureOfInterest] = {}

    def of(self, handles: Iterable[int]) -> dict[int, FeatureOfInterest]:
        """Give some of them."""
        wanted = set(handles) - {0}
        for some in batched(sorted(wanted - self._known.keys()), _TOGETHER):
            condition = ast.In(_ID, tuple(ast.Literal(handle) for handle in some))
            for row in pages(self._store, ast.Query(entity_type="FeatureOfInterest", filter=condition)):
                self._known[int(row.handle)] = cast("FeatureOfInterest", row.entity)
        return {handle: self._known[handle] for handle in wanted if handle in self._known}


def _all(*links: tuple[str, str]) -> tuple[ast.Expand, ...]:
    return tuple(ast.Expand(name, ast.Query(entity_type=kind)) for name, kind in links)
