"""The SQLite store gives the same answers as the memory store, for generated data and queries."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.errors import QueryError
from ssclab_data.model.sensorthings import Thing
from ssclab_data.stores.base import Batch
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import all_pages, ask, example_entities

from .generated import FILTERS, ORDERS, ROWS, same, series

THINGS = st.lists(
    st.tuples(
        st.sampled_from(["v/1", "v/2", "v/3"]),
        st.sampled_from(["", "a", "A", "Ä", "a%", "\x01x", "b'c"]),
        st.sampled_from([None, {"n": 1}, {"n": 1.5, "s": "x"}, {"n": "1", "b": True}, {"o": {"p": [1]}}]),
    ),
    max_size=3,
)


@settings(max_examples=120)
@given(ROWS, ROWS, THINGS, st.lists(FILTERS, min_size=1, max_size=3), ORDERS, st.integers(1, 4))
def test_both_stores_agree(
    first: list[tuple[Any, ...]],
    second: list[tuple[Any, ...]],
    things: list[tuple[Any, ...]],
    filters: list[str],
    orderby: str,
    size: int,
) -> None:
    memory = MemoryStore("breda")
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SQLiteStore.open(Path(folder) / "breda.db", lab="breda")
        batches = [
            Batch(entities=example_entities()),
            Batch(
                entities=tuple(Thing(key=key, name=name, properties=properties) for key, name, properties in things),
                series=(series("v/1/pm25", first), series("v/2/noise", second)),
            ),
            Batch(series=(series("v/1/pm25", second),)),
        ]
        for batch in batches:
            one, other = memory.apply(batch), sqlite.apply(batch)
            assert (one.created, one.updated, one.unchanged) == (other.created, other.updated, other.unchanged)
        for text in filters:
            try:
                query = ask(
                    "Observation",
                    filter=text,
                    orderby=orderby,
                    count="true",
                    expand="Datastream/Thing,FeatureOfInterest",
                )
            except QueryError:
                continue
            same(memory, sqlite, query)
            pages = [[row.handle for row in all_pages(store, query, size)] for store in (memory, sqlite)]
            assert pages[0] == pages[1] == [row.handle for row in memory.read(query).rows]
        inner = f"Datastreams($count=true;$expand=Observations($filter={filters[0]};$orderby={orderby};$top={size}))"
        same(memory, sqlite, ask("Thing", expand=f"{inner},Locations", orderby="name desc"))
        gone = ask("Observation", filter=filters[0])
        assert memory.delete(gone) == sqlite.delete(gone)
        same(memory, sqlite, ask("Datastream", orderby="phenomenonTime desc,name", expand="Observations"))
        sqlite.close()
