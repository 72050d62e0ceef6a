"""Next links at every level of an answer lead to every entity exactly once (gost#146: 182 Things, of which 13 came)."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.model.entity import Link
from ssclab_data.model.multi import MultiDatastream, datastream_of
from ssclab_data.model.sensorthings import OM, Datastream, Location, ObservedProperty, Sensor, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore

START = Instant.parse("2026-01-08T22:00:00Z").us
MINUTE = 60_000_000

type Shape = list[list[int]]
"""How many Observations each Datastream of each Thing has; every third Datastream of a Thing is multi."""

SHAPES = st.lists(st.lists(st.integers(0, 7), max_size=5), min_size=1, max_size=6)
SPELLINGS = st.sampled_from(["", "$count=true", "$orderby=name desc", "$top=1", "$top=3;$count=true", "$filter=true"])
OF_OBSERVATIONS = st.sampled_from(
    ["", "$top=2;$orderby=phenomenonTime desc", "$select=result,id", "$orderby=phenomenonTime", "$count=true;$top=5"]
)


def is_multi(number: int) -> bool:
    return number % 3 == 2


def name_of(thing: int, number: int) -> str:
    return f"{thing}-{number}"


def batch(shape: Shape) -> Batch:
    point = {"type": "Point", "coordinates": [4.7, 51.5]}
    shared = (
        Location(key="x/l", name="Plein", description="", encoding_type="application/geo+json", location=point),
        Sensor(key="x/s", name="S", description="", encoding_type="text/html", metadata="m"),
        *(ObservedProperty(key=f"x/{name}", name=name, definition=name, description="") for name in "abc"),
    )
    things = [Thing(key=f"x/{n}", name=f"{n}", description="", locations=(Link(key="x/l"),)) for n in range(len(shape))]
    streams = [stream(thing, number) for thing, sizes in enumerate(shape) for number in range(len(sizes))]
    series = [
        Series(
            datastream=f"x/{name_of(thing, number)}",
            start=tuple(START + n * MINUTE for n in range(size)),
            end=(None,) * size,
            result=tuple([n] if is_multi(number) else n for n in range(size)),
        )
        for thing, sizes in enumerate(shape)
        for number, size in enumerate(sizes)
        if size
    ]
    return Batch(entities=(*shared, *things, *streams), series=tuple(series))


def stream(thing: int, number: int) -> Datastream:
    name = name_of(thing, number)
    links = {"thing": Link(key=f"x/{thing}"), "sensor": Link(key="x/s")}
    if is_multi(number):
        multi = MultiDatastream(
            key=f"x/{name}",
            name=name,
            description="",
            multi_observation_data_types=[OM + "OM_Measurement"] * 3,
            unit_of_measurements=[None] * 3,
            **links,  # type: ignore[arg-type] # they are links
        )
        return datastream_of(multi, ["x/c", "x/a", "x/b"])
    return Datastream(
        key=f"x/{name}",
        name=name,
        description="",
        observation_type=OM + "OM_Measurement",
        unit_of_measurement=UnitOfMeasurement("m", "m", None),
        observed_property=Link(key="x/a"),
        **links,  # type: ignore[arg-type] # they are links
    )


@contextmanager
def opened(kind: type[Store], shape: Shape) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store: Store = (
            MemoryStore("breda") if kind is MemoryStore else SQLiteStore.open(Path(folder) / "b.db", lab="breda")
        )
        store.apply(batch(shape))
        yield store
        store.close()


class Reader:
    """A client that follows every next link it sees, at any level, and keeps an eye on counts."""

    def __init__(self, store: Store, *, page_size: int) -> None:
        app = build_app(store, labs=(), settings=Settings(page_size=page_size), title="Breda")
        self.client = TestClient(app, base_url="http://testserver")

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def all(self, path: str) -> list[Any]:
        body = self.get(path)
        return self.rest(body, "value", "")

    def members(self, entity: Any, name: str) -> list[Any]:
        """Give all that is at an expanded link."""
        return self.rest(entity, name, name)

    def rest(self, holder: Any, member: str, prefix: str) -> list[Any]:
        found = list(holder[member])
        count = holder.get(f"{prefix}@iot.count")
        link = holder.get(f"{prefix}@iot.nextLink")
        while link is not None:
            body = self.get(link)
            assert body["value"], "a next link leads to rows"
            found += body["value"]
            link = body.get("@iot.nextLink")
        assert count is None or count == len(found)
        return found


KINDS: list[Any] = [MemoryStore, SQLiteStore]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
@settings(max_examples=15)
@given(SHAPES, st.integers(1, 4), SPELLINGS, OF_OBSERVATIONS)
def test_every_entity_comes_once(
    kind: type[Store], version: str, shape: Shape, page_size: int, middle: str, inner: str
) -> None:
    observations = f"Observations({inner})" if inner else "Observations"
    options = ";".join(part for part in (middle, f"$expand={observations}") if part)
    path = f"/sta/{version}/Things?$expand=Datastreams({options}),MultiDatastreams({options},ObservedProperties)"
    with opened(kind, shape) as store:
        reader = Reader(store, page_size=page_size)
        things = reader.all(path)
        assert [one["name"] for one in things] == [f"{number}" for number in range(len(shape))]
        for number, thing in enumerate(things):
            for link, multi in (("Datastreams", False), ("MultiDatastreams", True)):
                found = reader.members(thing, link)
                sizes = {name_of(number, n): size for n, size in enumerate(shape[number]) if is_multi(n) is multi}
                names = sorted(sizes, reverse="desc" in middle)
                assert [one["name"] for one in found] == names
                for one in found:
                    check_observations(reader, one, size=sizes[one["name"]], descending="desc" in inner)
                    if multi:
                        assert [each["name"] for each in reader.members(one, "ObservedProperties")] == ["c", "a", "b"]


def check_observations(reader: Reader, entity: Any, *, size: int, descending: bool) -> None:
    found = reader.members(entity, "Observations")
    results = [one["result"][0] if isinstance(one["result"], list) else one["result"] for one in found]
    assert results == sorted(range(size), reverse=descending)
    assert len({one["@iot.id"] for one in found}) == size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
def test_182_things_with_their_datastreams(kind: type[Store], version: str) -> None:
    shape = [[0] * (number % 15) for number in range(182)]
    with opened(kind, shape) as store:
        reader = Reader(store, page_size=13)
        things = reader.all(f"/sta/{version}/Things?$expand=Datastreams,MultiDatastreams")
        assert len({one["@iot.id"] for one in things}) == len(things) == 182
        for number, thing in enumerate(things):
            found = [*reader.members(thing, "Datastreams"), *reader.members(thing, "MultiDatastreams")]
            assert sorted(one["name"] for one in found) == sorted(name_of(number, n) for n in range(number % 15))


def thing_of(one: Any) -> Any:
    return one["Thing"]


def itself(one: Any) -> Any:
    return one


PATHS: list[tuple[str, Callable[[Any], Any], str, int]] = [
    ("Sensors(1)/Datastreams?$expand=Thing($expand=Datastreams)", thing_of, "Datastreams", 4),
    ("Things(1)/Datastreams(1)?$expand=Observations", itself, "Observations", 7),
    ("Datastreams(1)/Thing?$expand=Datastreams", itself, "Datastreams", 4),
    ("Locations(1)/Things(1)?$expand=Datastreams($filter=name ne '0-0')", itself, "Datastreams", 3),
]


@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
@pytest.mark.parametrize(("path", "holder", "link", "size"), PATHS)
def test_links_in_an_answer_to_a_path(
    version: str, path: str, holder: Callable[[Any], Any], link: str, size: int
) -> None:
    with opened(SQLiteStore, [[7, 1, 1, 1, 1]]) as store:
        reader = Reader(store, page_size=2)
        body = reader.get(f"/sta/{version}/{path}")
        for one in body.get("value", [body]):
            found = reader.members(holder(one), link)
            assert len({each["@iot.id"] for each in found}) == len(found) == size
