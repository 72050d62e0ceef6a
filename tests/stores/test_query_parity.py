"""Texts in any form, geometries of any kind and filters over to-many links: SQLite answers as memory does."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.sensorthings import GEOJSON, Datastream, FeatureOfInterest, HistoricalLocation, Location, Thing
from ssclab_data.stores.base import Batch
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.stores.tables import area_tables
from ssclab_data.testing import all_pages, ask, example_batch, example_entities, point

from .generated import GEOMETRIES, SQUARE, TEXTS, plain, same, series, spatial


@contextmanager
def both() -> Iterator[tuple[MemoryStore, SQLiteStore]]:
    """Make an empty store of each kind."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(SQLiteStore.open(Path(folder) / "breda.db", lab="breda")) as sqlite,
    ):
        yield MemoryStore("breda"), sqlite


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


OPS = st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])
FUNCTIONS = st.sampled_from(["contains({},{})", "startswith({},{})", "endswith({},{})", "indexof({},{}) eq 1"])
PATHS = st.sampled_from(["name", "properties/t", "tolower(name)", "concat(properties/t,name)"])
TEXT_FILTERS = st.one_of(
    st.builds("{} {} {}".format, PATHS, OPS, TEXTS.map(quoted)),
    st.builds("{2} {1} {0}".format, PATHS, OPS, TEXTS.map(quoted)),
    st.builds(str.format, FUNCTIONS, PATHS, TEXTS.map(quoted)),
    st.builds("substringof({1},{0})".format, PATHS, TEXTS.map(quoted)),
    st.builds("{} in ({},{})".format, PATHS, TEXTS.map(quoted), TEXTS.map(quoted)),
    st.builds("name {} properties/t".format, OPS),
    st.builds("Datastreams/name {} {}".format, OPS, TEXTS.map(quoted)),
)
TEXT_ORDERS = st.sampled_from(["name", "name desc", "properties/t,name desc", "tolower(name) desc", "concat(name,'x')"])


@settings(max_examples=150)
@example([("", "")], "name in ('','a\0')", "name", 1).via("SQLite's JSON ends a text at a NUL")
@example([("a", "a\0b")], "properties/t in ('a','a\0b')", "name", 1).via("the same in a JSON document")
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8), TEXT_FILTERS, TEXT_ORDERS, st.integers(1, 3))
def test_texts_of_any_form(texts: list[tuple[str, str]], text: str, orderby: str, size: int) -> None:
    things = [
        Thing(key=f"v/{number}", name=name, description="", properties={"t": other})
        for number, (name, other) in enumerate(texts)
    ]
    streams = [
        msgspec.structs.replace(entity, name=things[-1].name)
        for entity in example_entities()
        if isinstance(entity, Datastream) and entity.key == "v/1/noise"
    ]
    others = [
        entity for entity in example_entities() if not isinstance(entity, Thing | Datastream | HistoricalLocation)
    ]
    with both() as (memory, sqlite):
        for store in (memory, sqlite):
            store.apply(Batch(entities=(*others, *things, Thing(key="v/1", description=""), *streams)))
        query = ask("Thing", filter=text, orderby=orderby, count="true")
        same(memory, sqlite, query)
        pages = [[plain(row) for row in all_pages(store, query, size)] for store in (memory, sqlite)]
        assert pages[0] == pages[1] == plain(memory.read(query))[0]


def located(number: int, geometry: Any) -> list[Entity]:
    """Describe a Thing, its Location and a FeatureOfInterest at one geometry."""
    key = f"v/{number}"
    return [
        Location(key=key, name="L", description="", encoding_type=GEOJSON, location=geometry),
        FeatureOfInterest(key=key, name="F", description="", encoding_type=GEOJSON, feature=geometry),
        Thing(key=key, name="T", description="", locations=(Link(key=key), Link(key="v/0"))),
    ]


SPATIAL = st.sampled_from(
    [
        ("Location", "location"),
        ("Thing", "Locations/location"),
        ("FeatureOfInterest", "feature"),
        ("Datastream", "observedArea"),
        ("Datastream", "Thing/Locations/location"),
        ("Observation", "FeatureOfInterest/feature"),
        ("Observation", "Datastream/observedArea"),
    ]
).flatmap(lambda pair: st.tuples(st.just(pair[0]), spatial(pair[1])))


@settings(max_examples=200)
@given(
    st.lists(GEOMETRIES, min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(1, 4), GEOMETRIES), max_size=2),
    st.lists(SPATIAL, min_size=1, max_size=4),
    st.integers(1, 5),
)
def test_geometries_of_any_kind(
    first: list[Any], later: list[tuple[int, Any]], asked: list[tuple[str, str]], gone: int
) -> None:
    start = [entity for number, geometry in enumerate(first) for entity in located(number, geometry)]
    change = [entity for number, geometry in later for entity in located(number, geometry)]
    others = [entity for entity in example_entities() if not isinstance(entity, Location | FeatureOfInterest)]
    fixed = [entity for number in (1, 2) for entity in located(number, point(4.7, 51.5))]
    rows = [(minute, None, minute, None, None, None) for minute in range(3)]
    written = (series("v/1/pm25", rows, feature="v/1"), series("v/2/pm25", rows, feature="v/2"))
    with both() as (memory, sqlite):
        for store in (memory, sqlite):
            store.apply(Batch(entities=(*fixed, *start)))
            store.apply(Batch(entities=tuple(others), series=written))
            store.apply(Batch(entities=tuple(change)))
        for entity_type, text in asked:
            same_answers(memory, sqlite, entity_type, text)
        for entity_type in ("FeatureOfInterest", "Location"):
            doomed = ask(entity_type, filter=f"@key eq 'v/{gone}'")
            assert memory.delete(doomed) == sqlite.delete(doomed)
        for entity_type, text in asked:
            same_answers(memory, sqlite, entity_type, text)


def same_answers(memory: MemoryStore, sqlite: SQLiteStore, entity_type: str, text: str) -> None:
    """Compare what both stores find, and how many they count."""
    query = ask(entity_type, filter=text, count="true")
    one, other = memory.read(query), sqlite.read(query)
    assert [row.handle for row in one.rows] == [row.handle for row in other.rows], text
    assert one.count == other.count == sqlite.count(query)


JOINED_LEAVES = st.builds(
    "{} {} {}".format,
    st.sampled_from(
        [
            "name",
            "Datastreams/name",
            "Datastreams/ObservedProperty/name",
            "Locations/name",
            "Datastreams/@iot.id",
            "HistoricalLocations/Locations/name",
        ]
    ),
    st.sampled_from(["eq", "ne"]),
    st.sampled_from(["null", "'noise'", "'noise of v/1'", "'L1'", "'Thing 1'"]),
) | st.sampled_from(["Datastreams/Observations/result gt 10", "Datastreams/Observations/resultTime ne null"])
JOINED = st.recursive(
    JOINED_LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner), inner.map("not ({})".format)
    ),
    max_leaves=4,
)


@settings(max_examples=150)
@given(JOINED)
def test_joins_over_links_to_many(joins: tuple[MemoryStore, SQLiteStore], text: str) -> None:
    same_answers(*joins, "Thing", text)


@pytest.fixture(scope="module")
def joins() -> Iterator[tuple[MemoryStore, SQLiteStore]]:
    """Fill both stores, with a Thing that has nothing."""
    with both() as (memory, sqlite):
        for store in (memory, sqlite):
            store.apply(example_batch())
            store.apply(Batch(entities=(Thing(key="v/3", name="bare", description=""),)))
        yield memory, sqlite


@pytest.mark.parametrize(
    ("text", "names", "why"),
    [
        (
            "Datastreams/name eq 'pm25 of v/1' and Datastreams/ObservedProperty/name eq 'noise'",
            [],
            "paths over one link are of one entity (18-088, 9.3.3.5.1, example 4; FROST-Server)",
        ),
        (
            "Datastreams/any(d: d/name eq 'pm25 of v/1') and Datastreams/any(d: d/ObservedProperty/name eq 'noise')",
            ["Thing 1"],
            "each any() is of its own",
        ),
        ("Datastreams/@iot.id eq null", ["bare"], "nothing is there (FROST-Server)"),
        ("Datastreams/id ne null", ["Thing 1", "Thing 2"], "something is"),
        ("Datastreams/name ne 'pm25 of v/1'", ["Thing 1", "Thing 2"], "one of them is another"),
        ("not (Datastreams/name eq 'pm25 of v/1')", ["Thing 1", "Thing 2"], "which is the same"),
        ("not Datastreams/any(d: d/name eq 'pm25 of v/1')", ["Thing 2", "bare"], "none is it"),
    ],
)
def test_what_a_filter_over_many_means(
    joins: tuple[MemoryStore, SQLiteStore], text: str, names: list[str], why: str
) -> None:
    for store in joins:
        rows = store.read(ask("Thing", filter=text, orderby="@iot.id")).rows
        assert [getattr(row.entity, "name", "") for row in rows] == names, why


def test_a_store_without_boxes_gets_them_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "breda.db"
    with closing(SQLiteStore.open(path, lab="breda")) as store:
        store.apply(example_batch())
    with closing(sqlite3.connect(path)) as connection:
        for area in area_tables().values():
            for trigger in ("insert", "update", "delete"):
                connection.execute(f"DROP TRIGGER {area.table}_{trigger}")
            connection.execute(f"DROP TABLE {area.table}")
    within = ask("Location", filter=f"st_within(location,geography'{SQUARE}')")
    for _ in range(2):
        with closing(SQLiteStore.open(path)) as store:
            assert [row.handle for row in store.read(within).rows] == [1]
    with closing(SQLiteStore.open(path)) as store:
        moved = Location(key="v/2", location=point(4.65, 51.45))
        store.apply(Batch(entities=(moved,)))
        assert [row.handle for row in store.read(within).rows] == [1, 2]


def test_boxes_choose_the_rows(tmp_path: Path) -> None:
    """SQLite asks the R-tree, and looks at no geometry outside of the box."""
    with closing(SQLiteStore.open(tmp_path / "breda.db", lab="breda")) as store:
        far = [point(float(number), 10.0) for number in range(50)]
        store.apply(Batch(entities=tuple(entity for n, place in enumerate(far) for entity in located(n, place))))
        looked: list[str] = []
        with store.reading() as connection:
            connection.create_function("ssc_call", -1, lambda name, *_: looked.append(name))
        for entity_type, path in (("Location", "location"), ("Thing", "Locations/location")):
            text = f"st_within({path},geography'POLYGON((6.5 9,8.5 9,8.5 11,6.5 11,6.5 9))')"
            store.count(ask(entity_type, filter=text))
        assert len(looked) <= 6
