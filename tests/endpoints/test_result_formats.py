"""CSV, GeoJSON and data arrays have the rows and values that JSON has, on every page, whatever the store."""

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.federation import Peer
from ssclab_data.federation.store import FederatedStore
from ssclab_data.model.entity import Link
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import GEOJSON, Location, Thing
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import example_batch, example_entities, point

from ..stores.generated import ROWS, series

ROOT = "/sta/v1.1"
MOST_PAGES = 100
GEOMETRIES = {"Location": "location", "FeatureOfInterest": "feature", "Datastream": "observedArea"}

TEXTS = st.sampled_from(["", "a", "=1+1", "-x", "-1", 'a "b", c', "two\nlines", "\ttab", "é", "+31", "a/b", "@x", "\r"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([0.5, -1e300, 1.0]), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["owner", "a/b", "a", "b", "~", ""]), inner)
    ),
    max_leaves=6,
)
PLACES = st.sampled_from(
    [
        point(4.7, 51.5),
        {"type": "Polygon", "coordinates": [[[4, 51], [5, 51], [5, 52], [4, 51]]]},
        {"type": "Feature", "properties": {"floor": 3}, "geometry": point(5, 52)},
        {"type": "Feature", "geometry": None},
        {"place": "Breda"},
    ]
)
THINGS = st.lists(
    st.tuples(TEXTS, st.one_of(st.none(), st.dictionaries(st.sampled_from(["owner", "a/b", "a"]), VALUES)), PLACES),
    max_size=5,
)

TABLES = [
    "Things",
    "Things?$select=name,properties/owner,properties/a/b",
    "Things?$select=properties/owner/a,properties/owner,@iot.id",
    "Things?$expand=Locations",
    "Things?$expand=Locations($select=name,location/type)&$select=name,Datastreams",
    "Things?$expand=Datastreams($expand=Observations($orderby=phenomenonTime desc;$top=2;$select=result),Sensor)",
    "Things?$expand=HistoricalLocations($expand=Thing($select=name))&$orderby=name desc",
    "Locations",
    "Locations?$select=name,location/coordinates,encodingType",
    "HistoricalLocations?$expand=Locations",
    "Datastreams?$expand=Thing($select=name,properties),ObservedProperty,Sensor($select=@iot.id)",
    "Datastreams?$select=name,unitOfMeasurement/name,phenomenonTime",
    "Datastreams(1)?$expand=Thing($expand=Locations)",
    "Sensors",
    "ObservedProperties?$expand=Datastreams($select=unitOfMeasurement)",
    "FeaturesOfInterest?$expand=Observations($top=1)",
    "Observations",
    "Observations?$orderby=result desc&$count=true",
    "Observations?$select=result,phenomenonTime",
    "Observations?$select=result/a,parameters/n,resultTime",
    "Observations?$expand=Datastream($select=name;$expand=Thing($select=name)),FeatureOfInterest",
    "Observations?$select=resultQuality,Datastream,FeatureOfInterest",
    "Observations?$select=result,Datastream/name",
    "Observations?$filter=result gt 0&$select=@iot.id,result",
    "Datastreams(1)/Observations",
    "Datastreams(2)/Observations?$expand=FeatureOfInterest&$orderby=phenomenonTime desc",
    "Things(1)/Datastreams?$expand=Observations($top=1;$orderby=@iot.id)",
]
PLACED = [*TABLES, "Things?$expand=Datastreams,Locations", "Things?$expand=Datastreams($count=true;$top=1)"]
ARRAYS = [path for path in TABLES if re.match(r"[^?]*Observations(\?|$)", path) and "expand" not in path]
ARRAYS = [path for path in ARRAYS if "Datastream/" not in path]


def client_of(store: Store, page_size: int = 100) -> TestClient:
    limits = Settings(page_size=page_size, max_page_size=100)
    return TestClient(build_app(store, labs=(), settings=limits, title="Breda"))


def pages(client: TestClient, path: str, options: str) -> Iterator[Any]:
    """Follow the pages of a set to the end, by the link in the body or in the header."""
    glue = "&" if "?" in path else "?"
    link = f"{ROOT}/{path}{glue}{options}"
    for _ in range(MOST_PAGES):
        answer = client.get(link)
        assert answer.status_code == 200, (link, answer.text)
        yield answer
        link = answer.links.get("next", {}).get("url", "")
        if answer.headers["content-type"] != "text/csv; charset=utf-8":
            link = answer.json().get("@iot.nextLink", "")
        if not link:
            return
    raise AssertionError(f"the pages do not end: {link}")


def entities_of(client: TestClient, path: str) -> list[dict[str, Any]]:
    """Read all pages as JSON."""
    found: list[dict[str, Any]] = []
    for answer in pages(client, path, "$resultFormat=JSON"):
        body = answer.json()
        found += body.get("value", [body])
    return found


def is_link(name: str) -> bool:
    return name[0].isupper() and "@" not in name


def is_address(name: str) -> bool:
    return name.endswith(("@iot.navigationLink", "@iot.selfLink"))


def joined(entity: dict[str, Any] | None) -> Iterator[dict[str, Any] | None]:
    """Give an entity once for each member of its link to many, of any level."""
    for name, value in (entity or {}).items():
        if is_link(name) and isinstance(value, list):
            members = [row for member in value for row in joined(member)] or [None]
            yield from ({**(entity or {}), name: row} for row in members)
            return
        if is_link(name) and isinstance(value, dict):
            rows = list(joined(value))
            if len(rows) > 1 or rows != [value]:
                yield from ({**(entity or {}), name: row} for row in rows)
                return
    yield entity


def at(value: Any, column: str) -> Any:
    """Read the value of a column; names with a slash stand between quotes."""
    for quoted, plain in re.findall(r"'([^']*)'|([^/]+)", "@iot.id" if column == "id" else column):
        name = quoted or plain
        value = value.get(name) if isinstance(value, dict) else None
    return value


def cell(value: Any) -> Any:
    """Write a value as a cell says it, in a form to compare with `read`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return short("'" + value if re.match(r"[=+@\t\r]|-(?!\d+\Z)", value) else value)
    return value


def read(text: str, value: Any) -> Any:
    """Read a cell as what it should be."""
    return short(text) if isinstance(value, str) or value is None else json.loads(text)


def short(text: str) -> str:
    """Write a time without zeros at the end of its fraction."""
    return re.sub(r"(\.\d*?)0+Z", r"\1Z", text).replace(".Z", "Z") if re.match(r"\d{4}-\d\d-\d\dT", text) else text


def exact(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{name!r}:{exact(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(exact, value)) + "]"
    return repr(short(value) if isinstance(value, str) else value)


def leaves(entity: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Name all that JSON has of an entity, but not addresses that nobody selected, nor those of what was cut off."""
    whole = "@iot.selfLink" in entity
    for name, value in entity.items():
        if is_link(name):
            for member in value if isinstance(value, list) else [value] if value else []:
                yield from leaves(member, f"{prefix}{name}/")
        elif not (whole and is_address(name)) and not name.endswith("@iot.nextLink"):
            yield f"{prefix}{name}"


def check_csv(client: TestClient, path: str) -> None:
    wanted = [row for entity in entities_of(client, path) for row in joined(entity)]
    rows: list[dict[str, str]] = []
    headers = set()
    for answer in pages(client, path, "$resultFormat=CSV"):
        header, *lines = csv.reader(io.StringIO(answer.text, newline=""), strict=True)
        assert len(set(header)) == len(header)
        assert all(len(line) == len(header) for line in lines)
        headers.add(tuple(header))
        rows += [dict(zip(header, line, strict=True)) for line in lines]
    assert len(headers) == 1, "the header is the same on all pages"
    assert len(rows) == len(wanted)
    for row, entity in zip(rows, wanted, strict=True):
        assert entity is not None
        for name, text in row.items():
            value = at(entity, name)
            if name == "Datastream/@iot.id" and "Datastream" not in entity:
                value = entity["@iot.id"] >> 32
            assert exact(read(text, value)) == exact(cell(value)), (path, name, text, value)
        columns = {"@iot.id" if name == "id" else name for name in row}
        for leaf in leaves(entity):
            assert any(name == leaf or name.startswith(f"{leaf}/") for name in columns), (leaf, columns)


def flat(entity: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    whole = "@iot.selfLink" in entity
    for name, value in entity.items():
        if is_link(name) and value:
            members = enumerate(value) if isinstance(value, list) else [("", value)]
            for number, member in members:
                yield from flat(member, f"{prefix}{name}/{number}/".replace("//", "/"))
        elif not (whole and is_address(name)):
            yield from inside(value, f"{prefix}{name}")


def inside(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from inside(member, f"{path}/{name.replace('~', '~0').replace('/', '~1')}")
    else:
        yield path, value


def check_geojson(client: TestClient, path: str) -> None:
    wanted = entities_of(client, path)
    features = []
    for answer in pages(client, path, "$resultFormat=GeoJSON"):
        assert answer.headers["content-type"] == "application/geo+json"
        body = answer.json()
        assert body["type"] == "FeatureCollection"
        assert ("@iot.count" in body) == ("$count=true" in path.split("(")[0])
        features += body["features"]
    assert len(features) == len(wanted)
    for feature, entity in zip(features, wanted, strict=True):
        assert feature["type"] == "Feature"
        for name in GEOMETRIES.values():
            if feature["geometry"] is not None and entity.get(name) == feature["geometry"]:
                del entity[name]
        assert feature.get("id") == entity.pop("@iot.id", None)
        assert exact(feature["properties"]) == exact(dict(flat(entity))), path


def check_arrays(client: TestClient, path: str) -> None:
    wanted = entities_of(client, path)
    found: list[dict[str, Any]] = []
    for answer in pages(client, path, "$resultFormat=dataArray"):
        for group in answer.json()["value"]:
            link = group.pop("Datastream@iot.navigationLink")
            assert set(group) == {"components", "dataArray@iot.count", "dataArray"}
            assert group["dataArray@iot.count"] == len(group["dataArray"]) > 0
            for row in group["dataArray"]:
                entity = dict(zip(group["components"], row, strict=True))
                assert "id" not in entity or link.endswith(f"Datastreams({entity['id'] >> 32})")
                found.append(entity)
    names = {name for entity in found for name in entity}
    given = [exact({name: entity.get(name) for name in names}) for entity in found]
    assert sorted(given) == sorted(exact({name: at(entity, name) for name in names}) for entity in wanted)
    for leaf in {leaf for entity in wanted for leaf in leaves(entity)} - {"@iot.id", "Datastream@iot.navigationLink"}:
        assert any(name == leaf or name.startswith(f"{leaf}/") for name in names), (leaf, names)


@settings(max_examples=8)
@given(
    THINGS,
    ROWS,
    ROWS,
    st.lists(st.sampled_from(TABLES), min_size=1, max_size=3),
    st.lists(st.sampled_from(PLACED), min_size=1, max_size=3),
    st.lists(st.sampled_from(ARRAYS), min_size=1, max_size=2),
    st.integers(1, 5),
)
@example(
    [("=1", {"owner": {"a": 1}, "a/b": "x", "a": {"b": "-x"}}, {"place": "Breda"})],
    [(0, None, 1, None, "doubtful", None), (1, 2, {"a": [1]}, 3, None, 4), (2, None, -1.5, None, None, None)],
    [(0, None, "high", None, None, None)],
    TABLES,
    PLACED,
    ARRAYS,
    2,
)
def test_formats_say_what_json_says(
    things: list[Any], first: list[Any], second: list[Any], tables: list[str], placed: list[str], arrays: list[str],
    size: int,
) -> None:  # fmt: skip
    """Memory and SQLite, hot and sealed, from columns and entity by entity."""
    entities = [
        one
        for number, (name, properties, place) in enumerate(things)
        for one in (
            Location(key=f"w/{number}", name=name, description="", encoding_type=GEOJSON, location=place),
            Thing(
                key=f"w/{number}",
                name=name,
                description="",
                properties=properties,
                locations=(Link(key=f"w/{number}"), Link(key="v/1")),
            ),
        )
    ]
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SQLiteStore.open(Path(folder) / "breda.db", lab="breda")
        stores: tuple[Store, ...] = (MemoryStore("breda"), sqlite)
        for store in stores:
            store.apply(Batch(entities=(*example_entities(), *entities), series=(series("v/1/pm25", first),)))
        sqlite.seal(1)
        for store in stores:
            store.apply(Batch(series=(series("v/2/noise", second), series("v/1/noise", second, feature=""))))
            client = client_of(store, size)
            for path in tables:
                check_csv(client_of(store) if "expand" in path else client, path)
            for path in placed:
                check_geojson(client, path)
            for path in arrays:
                check_arrays(client, path)
        sqlite.close()


@pytest.fixture(params=["memory", "sqlite"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    store: Store = (
        MemoryStore("breda") if request.param == "memory" else SQLiteStore.open(tmp_path / "b.db", lab="breda")
    )
    store.apply(example_batch())
    yield client_of(store, 2)
    store.close()


def csv_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_rows_are_joined_with_the_members_of_a_link_to_many(client: TestClient) -> None:
    path = f"{ROOT}/FeaturesOfInterest?$resultFormat=CSV&$select=name&$expand=Observations($select=result;$top=2)"
    rows = csv_of(client.get(path))
    assert [row["name"] for row in rows] == ["F1", "F1", "F2", "F2"]
    assert [row["Observations/result"] for row in rows] == ["10.123456789012", "11.123456789012", "1", "2.5"]
    nothing = csv_of(client.get(f"{ROOT}/Datastreams(2)?$resultFormat=CSV&$select=name&$expand=Observations"))
    assert [(row["name"], row["Observations/result"]) for row in nothing] == [("noise of v/1", "")]


def test_a_table_tells_in_headers_what_it_has_no_place_for(client: TestClient) -> None:
    answer = client.get(f"{ROOT}/Datastreams?$resultFormat=CSV&$count=true&$top=1")
    assert answer.headers["ogc-numbermatched"] == "4"
    assert "$resultFormat=CSV" in answer.links["next"]["url"]
    assert "ogc-numbermatched" not in client.get(f"{ROOT}/Observations?$resultFormat=CSV").headers


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("Things?$resultFormat=CSV&$expand=Datastreams,Locations", 501, "Datastreams and Locations"),
        (
            "Things?$resultFormat=CSV&$expand=Datastreams($expand=Observations,Sensor($expand=Datastreams))",
            501,
            "links",
        ),
        ("Things?$resultFormat=CSV&$expand=Locations($count=true)", 501, "$count in $expand"),
        ("Datastreams(1)?$resultFormat=CSV&$expand=Observations", 400, "more than 2 members"),
        ("Things(1)?$resultFormat=dataArray", 501, "for Observations"),
        ("Observations?$resultFormat=dataArray&$expand=FeatureOfInterest", 501, "18-088, 12.1"),
        ("Observations?$resultFormat=dataArray&$select=Datastream/name", 501, "$expand"),
        ("Things(9)?$resultFormat=CSV", 404, "Things(9)"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(client: TestClient, path: str, status: int, words: str) -> None:
    answer = client.get(f"{ROOT}/{path}")
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]


def test_members_beyond_the_largest_page_are_refused_and_not_cut_off() -> None:
    store = MemoryStore("breda")
    store.apply(example_batch())
    limits = Settings(page_size=2, max_page_size=3)
    client = TestClient(build_app(store, labs=(), settings=limits, title="Breda"))
    path = f"{ROOT}/Datastreams(1)?$resultFormat=CSV&$expand=Observations"
    assert len(csv_of(client.get(f"{path}($top=3)"))) == 3
    assert "more than 3 members" in client.get(f"{path}($top=5)").json()["detail"]


POINT_1, POINT_2 = point(4.7, 51.5), point(4.8, 51.6)


@pytest.mark.parametrize(
    ("path", "geometry"),
    [
        ("Things(1)", POINT_1),
        ("Things(2)?$select=name", POINT_2),
        ("Things(1)?$expand=Locations($select=name)", POINT_1),
        ("Locations(2)?$select=name", POINT_2),
        ("Locations(2)?$select=location/type", POINT_2),
        ("HistoricalLocations(1)", POINT_1),
        ("HistoricalLocations(1)?$expand=Thing", POINT_1),
        ("FeaturesOfInterest(2)", POINT_2),
        ("Datastreams(1)", POINT_1),
        ("Datastreams(1)?$select=name", POINT_1),
        ("Datastreams(2)", None),
        ("Datastreams(2)?$expand=Thing($expand=Locations)", POINT_1),
        ("Datastreams(2)/Thing", POINT_1),
        ("Observations(4294967297)", POINT_1),
        ("Datastreams(4)/Observations?$select=result", POINT_2),
        ("Datastreams(4)/Observations?$top=1", POINT_2),
        ("Sensors(1)", None),
        ("ObservedProperties(1)?$expand=Datastreams", POINT_1),
    ],
)
def test_each_entity_has_the_geometry_of_where_it_is(client: TestClient, path: str, geometry: Any) -> None:
    glue = "&" if "?" in path else "?"
    feature = client.get(f"{ROOT}/{path}{glue}$resultFormat=GeoJSON").json()["features"][0]
    assert feature["geometry"] == geometry
    assert ("id" in feature) == ("$select" not in path.split("(")[-1].split(")")[-1])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Things?$select=properties/owner", [{"properties": {"owner": "Breda"}}, {}]),
        ("Things(1)?$select=name,properties/height,properties/none", {"name": "Thing 1", "properties": {"height": 1}}),
        ("Locations(1)?$select=location/type", {"location": {"type": "Point"}}),
        ("Datastreams(1)?$select=unitOfMeasurement/name", {"unitOfMeasurement": {"name": "microgram per cubic metre"}}),
        ("Datastreams(4)/Observations?$select=result/class&$filter=result/class ne null", [{"result": {"class": 3}}]),
        ("Datastreams(4)/Observations?$select=result/class&$top=2", [{}, {}]),
        ("Datastreams(1)?$select=name&$expand=Thing($select=properties/owner)",
         {"name": "pm25 of v/1", "Thing": {"properties": {"owner": "Breda"}}}),
    ],
)  # fmt: skip
def test_parts_of_properties_are_selected(client: TestClient, path: str, expected: Any) -> None:
    """What has no such member has nothing there, not its whole value."""
    body = client.get(f"{ROOT}/{path}").json()
    assert body.get("value", body) == expected


def test_the_landing_page_names_formats_and_extensions(client: TestClient) -> None:
    told = client.get(ROOT).json()["serverSettings"]
    assert told["resultFormats"] == ["JSON", "dataArray", "CSV", "GeoJSON", "JSON-LD"]
    for name in ("CSV-ResultFormat", "GeoJSON-ResultFormat", "DeepSelect", "SelectDistinct"):
        assert any(name in uri for uri in told["conformance"])


HUB_PATHS = [
    "Things?$orderby=name",
    "Things?$select=name,properties/owner&$expand=Datastreams($select=name)",
    "Observations?$orderby=phenomenonTime desc",
    "Observations?$expand=FeatureOfInterest&$select=result",
    "Locations?$select=name",
]


@pytest.fixture
def hub() -> Iterator[TestClient]:
    """A hub over two labs."""
    labs = [LabInfo(key=key, name=key.title()) for key in ("breda", "helmond")]
    nodes = [MemoryStore(lab.key) for lab in labs]
    for node in nodes:
        node.apply(example_batch())
    apps = [
        build_app(node, labs=(lab,), settings=Settings(), title="node") for node, lab in zip(nodes, labs, strict=True)
    ]
    store = FederatedStore(
        [Peer.of_app(lab, app) for lab, app in zip(labs, apps, strict=True)], key="nl", deadline_seconds=10
    )
    limits = Settings(page_size=3, max_page_size=100)
    yield TestClient(build_app(store, labs=labs, settings=limits, title="NL"))
    store.close()


@pytest.mark.parametrize("path", HUB_PATHS)
def test_a_hub_writes_tables_and_features_of_all_labs(hub: TestClient, path: str) -> None:
    check_csv(hub, path)
    check_geojson(hub, path)
    answer = hub.get(f"{ROOT}/{path}{'&' if '?' in path else '?'}$resultFormat=GeoJSON")
    assert answer.json()["federation"]["complete"]
    assert {feature["geometry"]["type"] for feature in answer.json()["features"]} == {"Point"}
    assert "complete=?1" in hub.get(f"{ROOT}/Things?$resultFormat=CSV").headers["federation-status"]


@pytest.mark.parametrize("path", ["Observations?$resultFormat=dataArray", "Things?$select=distinct:name"])
def test_a_hub_refuses_what_labs_may_not_have(hub: TestClient, path: str) -> None:
    answer = hub.get(f"{ROOT}/{path}")
    assert (answer.status_code, "ask each lab's own node" in answer.json()["detail"]) == (501, True)
    assert "dataArray" not in hub.get(ROOT).json()["serverSettings"]["resultFormats"]
