"""Real nodes, read through a hub in this process, give what one store with all their rows would give."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from ssclab_data.endpoints.app import build_app
from ssclab_data.errors import FederationError, UnsupportedError
from ssclab_data.federation import Federation, Peer
from ssclab_data.federation.store import FederatedStore
from ssclab_data.model.entity import Link
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import Datastream, Location, ObservedProperty, Sensor, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Box, Instant, Interval, UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Page, Row
from ssclab_data.stores.memory import MemoryStore

PM25 = "https://ssclab.example/def/property/pm25"
START = Instant.parse("2026-11-01T10:00:00Z").us
MINUTE = 60_000_000
LABS = ("breda", "helmond", "zoetermeer")


def link(key: str) -> Link:
    return Link(key=key)


def unit_of(number: int, *, west: float) -> list[Any]:
    """A Thing with its Location and one Datastream; names repeat from lab to lab, so that ties are common."""
    name = f"unit {number}"
    return [
        Location(
            key=f"demo/{number}",
            name=name,
            description="",
            encoding_type="application/geo+json",
            location={"type": "Point", "coordinates": [west + number / 100, 51.5]},
        ),
        Thing(
            key=f"demo/{number}",
            name=name,
            description="a 'quoted' & odd name",
            properties={"owner": "city" if number % 2 else None},
            locations=(link(f"demo/{number}"),),
        ),
        Datastream(
            key=f"demo/{number}/pm25",
            name="PM2.5",
            description="",
            observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            unit_of_measurement=UnitOfMeasurement("microgram per cubic metre", "µg/m³", "http://qudt.org/vocab/unit/x"),
            thing=link(f"demo/{number}"),
            sensor=link("demo/sensor"),
            observed_property=link("property/pm25"),
        ),
    ]


def node(lab: str, units: int) -> MemoryStore:
    store = MemoryStore(lab)
    shared = [
        Sensor(key="demo/sensor", name="s", description="", encoding_type="text/html", metadata="x"),
        ObservedProperty(key="property/pm25", name="pm25", definition=PM25, description=""),
    ]
    west = 4.0 + LABS.index(lab)
    described = [entity for number in range(1, units + 1) for entity in unit_of(number, west=west)]
    series = tuple(
        Series(
            datastream=f"demo/{number}/pm25",
            start=tuple(START + minute * MINUTE for minute in range(4)),
            end=(None, START + 2 * MINUTE, None, None),
            result=(number, 12.345678901234, "broken", number + 0.5),
            result_time=(None, START, None, START + MINUTE),
        )
        for number in range(1, units + 1)
    )
    store.apply(Batch(entities=(*shared, *described), series=series))
    return store


def app_of(store: Any, *keys: str) -> Any:
    labs = [LabInfo(key=key, name=key.title()) for key in keys]
    return build_app(store, labs=labs, settings=Settings(page_size=3), title="test")


@pytest.fixture
def nodes() -> dict[str, MemoryStore]:
    return {lab: node(lab, units) for lab, units in zip(LABS, (3, 0, 5), strict=True)}


@pytest.fixture
def cities(nodes: dict[str, MemoryStore]) -> Iterator[Federation]:
    peers = [Peer.of_app(LabInfo(key=key, name=key.title()), app_of(store, key)) for key, store in nodes.items()]
    store = FederatedStore(peers, key="nl", deadline_seconds=10)
    with Federation(store, name="NL", settings=Settings()) as federation:
        yield federation


def all_pages(read: Callable[[ast.BoundQuery], Page], query: ast.BoundQuery) -> list[Row]:
    rows: list[Row] = []
    while True:
        page = read(query)
        assert page.complete, page.missing
        rows += page.rows
        if not page.more:
            return rows
        query = msgspec.structs.replace(query, after=page.rows[-1].order)


@pytest.mark.parametrize("direction", list(ast.Direction))
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Thing", ("name",)),
        ("Thing", ("properties", "owner")),
        ("Datastream", ("Thing", "name")),
        ("Datastream", ("phenomenonTime",)),
        ("Observation", ("phenomenonTime",)),
        ("Observation", ("resultTime",)),
        ("Observation", ("result",)),
        ("Observation", ("Datastream", "Thing", "name")),
        ("Observation", (ast.ID,)),
    ],
)
def test_pages_through_real_nodes_give_every_row_once(
    cities: Federation, kind: str, path: tuple[str, ...], direction: ast.Direction
) -> None:
    key = ast.OrderBy(ast.Path(path), direction)
    whole = all_pages(cities.store.read, bind(ast.Query(entity_type=kind, orderby=(key,), top=1000)))
    paged = all_pages(cities.store.read, bind(ast.Query(entity_type=kind, orderby=(key,), top=4)))
    assert [row.handle for row in paged] == [row.handle for row in whole]
    assert len({row.handle for row in whole}) == len(whole) == {"Thing": 8, "Datastream": 8, "Observation": 32}[kind]


@pytest.mark.parametrize("kind", ["Thing", "Location", "Datastream", "Sensor", "ObservedProperty", "Observation"])
def test_an_entity_comes_through_as_it_was_stored(cities: Federation, nodes: dict[str, MemoryStore], kind: str) -> None:
    query = bind(ast.Query(entity_type=kind, top=1000))
    page = cities.store.read(query)
    there = {
        f"{lab}~{row.handle}": msgspec.structs.replace(row.entity, key=f"sta/{row.handle}")
        for lab, store in nodes.items()
        for row in store.read(query).rows
    }
    assert {str(row.handle): row.entity for row in page.rows} == there


def test_a_request_is_written_as_in_an_address(cities: Federation) -> None:
    page = cities.read(
        f"Datastreams?$filter=ObservedProperty/definition eq '{PM25}' and Thing/name ne 'unit 9 & more'"
        "&$orderby=Thing/name desc&$top=2&$count=true&$expand=Thing($select=description),Observations($top=1)"
    )
    assert [row.handle for row in page.rows] == ["zoetermeer~5", "zoetermeer~4"]
    assert (page.count, page.more, page.complete) == (8, True, True)
    related = page.rows[0].related
    assert isinstance(related["Thing"], Row)
    assert related["Thing"].entity == Thing(key="sta/5", description="a 'quoted' & odd name")
    observations = related["Observations"]
    assert isinstance(observations, Page)
    assert len(observations.rows) == 1
    assert observations.more
    assert str(observations.rows[0].handle).startswith("zoetermeer~")


def test_an_id_addresses_one_lab(cities: Federation) -> None:
    page = cities.read("Things('zoetermeer~2')/Datastreams")
    assert [row.handle for row in page.rows] == ["zoetermeer~2"]
    assert {answer.lab: answer.status.value for answer in page.answers} == {
        "breda": "not-relevant",
        "helmond": "not-relevant",
        "zoetermeer": "ok",
    }
    with pytest.raises(UnsupportedError):
        cities.read("Things('zoetermeer~2')/name")


def test_counts_and_extents_span_the_labs(cities: Federation) -> None:
    assert cities.store.count(bind(ast.Query(entity_type="Observation"))) == 32
    box = Box(4.01, 51.5, 6.05, 51.5)
    span = Interval(Instant(START), Instant(START + 3 * MINUTE))
    things = cities.store.extent(bind(ast.Query(entity_type="Thing")))
    assert (things.box, things.interval) == (box, span)
    assert cities.store.extent(bind(ast.Query(entity_type="Location"))).box == box
    assert cities.store.extent(bind(ast.Query(entity_type="Observation"))).interval == span
    assert cities.store.extent(bind(ast.Query(entity_type="Sensor"))).box is None
    second = ast.Compare("eq", ast.Path(("name",)), ast.Literal("unit 2"))
    assert cities.store.extent(bind(ast.Query(entity_type="Thing", filter=second))).box == Box(4.02, 51.5, 6.02, 51.5)
    first = ast.Compare("eq", ast.Path(("result",)), ast.Literal(1))
    assert cities.store.extent(bind(ast.Query(entity_type="Observation", filter=first))).interval == Interval(
        Instant(START), Instant(START)
    )


def test_hubs_stack(cities: Federation) -> None:
    province = Peer.of_app(LabInfo(key="south", name="South"), app_of(cities.store, *LABS))
    store = FederatedStore([province], key="nl", deadline_seconds=10)
    with Federation(store, name="NL", settings=Settings()) as nation:
        query = bind(ast.Query(entity_type="Observation", orderby=(ast.OrderBy(ast.Path(("phenomenonTime",))),), top=5))
        rows = all_pages(nation.store.read, query)
        assert [row.handle for row in rows] == [f"south~{row.handle}" for row in all_pages(cities.store.read, query)]
        assert len(nation.read("Things('south~breda~1')/Datastreams?$expand=Thing").rows) == 1


def test_a_count_with_a_lab_down_is_refused_but_a_page_is_not(
    nodes: dict[str, MemoryStore], answering: Callable[..., Any], peer_of: Callable[..., Peer]
) -> None:
    peers = [peer_of("breda", app_of(nodes["breda"], "breda")), peer_of("dead", answering("", status=502))]
    store = FederatedStore(peers, key="nl", deadline_seconds=10)
    with Federation(store, name="NL", settings=Settings()) as federation:
        page = federation.read("Things?$count=true")
        assert (len(page.rows), page.count, page.complete) == (3, None, False)
        with pytest.raises(FederationError, match="every lab: dead: HTTP 502"):
            store.count(bind(ast.Query(entity_type="Thing")))
        assert len(federation.read("Things?$count=true&$filter=@iot.id eq 'breda~1'").rows) == 1
