"""The SQLite store gives the same answers as the memory store, for generated data and queries."""

import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.errors import QueryError
from ssclab_data.model.sensorthings import Thing
from ssclab_data.model.series import Series
from ssclab_data.query.ast import BoundQuery
from ssclab_data.stores.base import Batch, Page, Row, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import START, all_pages, ask, example_entities

NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, 2.0, -1.5, 1e300, 2**70, 12.345678901234567]))
RESULTS = st.one_of(
    NUMBERS, st.none(), st.booleans(), st.sampled_from(["2", "high", "", "é", "\x01s"]), st.just({"a": [1]})
)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 5), st.one_of(st.none(), st.integers(0, 3)), RESULTS, st.one_of(st.none(), st.integers(0, 9))
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: (row[0], row[1]),
)
MINUTE = 60_000_000
SQUARE = "POLYGON((4.6 51.4,4.75 51.4,4.75 51.55,4.6 51.55,4.6 51.4))"


def series(datastream: str, rows: list[tuple[Any, ...]]) -> Series:
    return Series(
        datastream=datastream,
        feature=datastream[:3],
        start=tuple(START + row[0] * MINUTE for row in rows),
        end=tuple(None if row[1] is None else START + (row[0] + row[1]) * MINUTE for row in rows),
        result=tuple(row[2] for row in rows),
        result_time=tuple(None if row[3] is None else START + row[3] * MINUTE for row in rows),
        parameters=tuple({"n": row[0], "t": f"{row[0]}"} if row[0] % 2 else None for row in rows),
    )


THINGS = st.lists(
    st.tuples(
        st.sampled_from(["v/1", "v/2", "v/3"]),
        st.sampled_from(["", "a", "A", "Ä", "a%", "\x01x", "b'c"]),
        st.sampled_from([None, {"n": 1}, {"n": 1.5, "s": "x"}, {"n": "1", "b": True}, {"o": {"p": [1]}}]),
    ),
    max_size=3,
)
AT = [f"2016-01-08T22:0{minute}:00Z" for minute in range(6)]
TIMES = st.one_of(st.sampled_from(AT), st.tuples(st.sampled_from(AT[:3]), st.sampled_from(AT[3:])).map("/".join))
OPS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
CONDITIONS = st.one_of(
    st.tuples(st.sampled_from(["result", "parameters/n"]), OPS, st.sampled_from(["1", "-1.5", "2.0", "0.5"])).map(
        " ".join
    ),
    st.tuples(st.just("result"), OPS, st.sampled_from(["'2'", "'high'", "''", "true", "null"])).map(" ".join),
    st.tuples(st.sampled_from(["phenomenonTime", "resultTime", "Datastream/phenomenonTime"]), OPS, TIMES).map(" ".join),
    st.sampled_from(
        [
            "resultTime eq null",
            "not (resultTime lt 2016-01-08T22:03:00Z)",
            "Datastream/Thing/name eq 'a'",
            "startswith(Datastream/Thing/name,'a')",
            "tolower(Datastream/Thing/name) eq 'ä'",
            "Datastream/Thing/properties/n eq 1",
            "Datastream/Thing/properties/b eq true",
            "Datastream/Thing/properties/n in (1,'1')",
            "Datastream/unitOfMeasurement/symbol eq 'µg/m³'",
            f"Datastream/Thing/Locations/any(l: st_within(l/location,geography'{SQUARE}'))",
            "geo.distance(FeatureOfInterest/feature,geography'POINT(4.7 51.5)') lt 0.01",
            "result add 1 gt 1",
            "result div 2 eq 1",
            "result mod 2 eq 0",
            "round(result) eq 2",
            "minute(phenomenonTime) eq 2",
            "phenomenonTime sub 2016-01-08T22:00:00Z gt duration'PT2M'",
            "during(phenomenonTime,2016-01-08T22:01:00Z/2016-01-08T22:04:00Z)",
            "overlaps(phenomenonTime,2016-01-08T22:01:00Z/2016-01-08T22:04:00Z)",
            "length(parameters/t) eq 1",
            "concat(parameters/t,'x') eq '1x'",
            "substringof('ig',result)",
            "parameters/n ne null",
            "@key ne 'x' and Datastream/@key eq 'v/1/pm25'",
        ]
    ),
)
FILTERS = st.one_of(
    CONDITIONS,
    st.tuples(CONDITIONS, st.sampled_from([" and ", " or "]), CONDITIONS).map("".join),
    CONDITIONS.map(lambda text: f"not ({text})"),
)
ORDERS = st.sampled_from(
    [
        "result",
        "result desc",
        "phenomenonTime desc",
        "resultTime,result",
        "Datastream/Thing/name desc,resultTime desc",
        "parameters/n,@iot.id desc",
        "Datastream/Thing/properties/n desc",
        "result mul 2",
        "Datastream/phenomenonTime,result desc",
        "@key desc",
    ]
)


def plain(value: Any) -> Any:
    """Compare with kinds of numbers told apart, without what differs by nature."""
    if isinstance(value, Page):
        return [plain(row) for row in value.rows], value.count, value.more
    if isinstance(value, Row):
        related = {name: plain(one) for name, one in value.related.items()}
        return value.handle, msgspec.json.encode(value.entity), related, repr(value.order)
    return value


def same(one: Store, other: Store, query: BoundQuery) -> None:
    assert plain(one.read(query)) == plain(other.read(query))
    assert one.count(query) == other.count(query)
    extents = one.extent(query), other.extent(query)
    assert extents[0] == extents[1]


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
