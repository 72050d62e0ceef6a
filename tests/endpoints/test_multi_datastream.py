"""MultiDatastreams are shown by 1.0 and 1.1 as a set of their own, and nowhere as Datastreams."""

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.sensorthings.multis import multis_of
from ssclab_data.model.entity import Link
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.multi import MultiDatastream, datastream_of
from ssclab_data.model.sensorthings import OM, Datastream, Location, ObservedProperty, Sensor, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.query.ast import BoundQuery
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Page, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore

MINUTE = 60_000_000
START = Instant.parse("2026-01-08T22:00:00Z").us
TYPES = [OM + "OM_Measurement", OM + "OM_CategoryObservation", OM + "OM_CountObservation"]
UNITS = [{"name": "graad Celsius", "symbol": "°C", "definition": None}, None, {"name": None, "symbol": None}]
ORDER = ["z", "a", "m"]
"""Local ids of the ObservedProperties, in another order than that of their handles (a, m, z)."""
ROWS = 40
RESULT_OF_ONE = {"result/Z": "1.5", "result/A": "koud"}


def entities() -> tuple[Any, ...]:
    """Two Things; the first has a Datastream and two MultiDatastreams, the second a Datastream."""
    point = {"type": "Point", "coordinates": [4.7, 51.5]}
    place = Location(key="x/l", name="Plein", description="", encoding_type="application/geo+json", location=point)
    sensor = Sensor(key="x/s", name="station", description="", encoding_type="text/html", metadata="m")
    observed = [
        ObservedProperty(key=f"property/{name}", name=name.upper(), definition=f"urn:{name}", description="")
        for name in sorted(ORDER)
    ]
    things = [Thing(key=f"x/{n}", name=f"Paal {n}", description="", locations=(Link(key="x/l"),)) for n in (0, 1)]
    singles = [
        Datastream(
            key=f"x/{n}/one",
            name=f"enkel {n}",
            description="",
            observation_type=OM + "OM_Measurement",
            unit_of_measurement=UnitOfMeasurement("graad", "°C", None),
            thing=Link(key=f"x/{n}"),
            sensor=Link(key="x/s"),
            observed_property=Link(key="property/z"),
        )
        for n in (0, 1)
    ]
    multis = [
        datastream_of(
            MultiDatastream(
                key=f"x/0/many{n}",
                name=f"weer {n}",
                description="",
                multi_observation_data_types=TYPES[: len(keys)],
                unit_of_measurements=UNITS[: len(keys)],
                thing=Link(key="x/0"),
                sensor=Link(key="x/s"),
            ),
            [f"property/{name}" for name in keys],
        )
        for n, keys in enumerate((ORDER, ORDER[:2]))
    ]
    return (place, sensor, *observed, *things, singles[0], *multis, singles[1])


def series(key: str, results: list[Any]) -> Series:
    return Series(
        datastream=key,
        start=tuple(START + n * MINUTE for n in range(len(results))),
        end=(None,) * len(results),
        result=tuple(results),
    )


def batch() -> Batch:
    return Batch(
        entities=entities(),
        series=(
            series("x/0/one", list(range(ROWS))),
            series("x/0/many0", [[n, "warm", None] for n in range(ROWS)]),
            series("x/0/many1", [[1.5, "koud"]]),
        ),
    )


@contextmanager
def filled(kind: str) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store: Store = (
            MemoryStore("breda") if kind == "memory" else SQLiteStore.open(Path(folder) / "b.db", lab="breda")
        )
        store.apply(batch())
        yield store
        store.close()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store to write to."""
    with filled(request.param) as store:
        yield store


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def client(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """A store to read from."""
    with filled(request.param) as store:
        yield serve(store)


@pytest.fixture(params=["v1.0", "v1.1"])
def root(request: pytest.FixtureRequest) -> str:
    return f"/sta/{request.param}"


def serve(store: Store, *, page_size: int = 100) -> TestClient:
    app = build_app(
        store, labs=(LabInfo(key="breda", name="Breda"),), settings=Settings(page_size=page_size), title="Breda"
    )
    return TestClient(app, base_url="http://testserver")


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(body: Any) -> list[str]:
    return [one["name"] for one in body["value"]]


def ids(client: TestClient, root: str) -> dict[str, int]:
    """Handles by name."""
    found = {}
    for plural in ("Things", "Datastreams", "MultiDatastreams", "ObservedProperties", "Sensors"):
        found.update({one["name"]: one["@iot.id"] for one in get(client, f"{root}/{plural}")["value"]})
    return found


def test_a_multi_datastream_is_shown_as_it_was_given(client: TestClient, root: str) -> None:
    one = get(client, f"{root}/MultiDatastreams?$filter=name eq 'weer 0'")["value"][0]
    assert one["multiObservationDataTypes"] == TYPES
    assert one["unitOfMeasurements"] == UNITS
    assert one["observationType"] == OM + "OM_ComplexObservation"
    assert one["phenomenonTime"].startswith("2026-01-08T22:00:00Z/")
    assert not {"unitOfMeasurement", "resultType"} & set(one)
    links = {name.partition("@")[0]: link for name, link in one.items() if name.endswith("navigationLink")}
    assert set(links) == {"Thing", "Sensor", "ObservedProperties", "Observations"}
    assert all(link.startswith(f"http://testserver{root}/MultiDatastreams(") for link in links.values())
    assert [client.get(link).status_code for link in links.values()] == [200] * 4
    assert get(client, one["@iot.selfLink"]) == one


REQUESTS = [
    ("Datastreams", ["enkel 0", "enkel 1"], "the set hides them"),
    ("MultiDatastreams", ["weer 0", "weer 1"], "their own set"),
    ("Things({Paal 0})/Datastreams", ["enkel 0"], "a link from a Thing"),
    ("Things({Paal 0})/MultiDatastreams", ["weer 0", "weer 1"], "a link from a Thing"),
    ("Things({Paal 1})/MultiDatastreams", [], "a Thing without"),
    ("Sensors({station})/Datastreams", ["enkel 0", "enkel 1"], "a link from a Sensor"),
    ("Sensors({station})/MultiDatastreams", ["weer 0", "weer 1"], "a link from a Sensor"),
    ("ObservedProperties({Z})/Datastreams", ["enkel 0", "enkel 1"], "the first one of a MultiDatastream is stored"),
    ("ObservedProperties({A})/Datastreams", [], "another one is not"),
    ("ObservedProperties({A})/MultiDatastreams", ["weer 0", "weer 1"], "a link from an ObservedProperty"),
    ("ObservedProperties({M})/MultiDatastreams", ["weer 0"], "a link from an ObservedProperty"),
    ("MultiDatastreams({weer 0})/ObservedProperties", ["Z", "A", "M"], "the order of the results"),
    ("MultiDatastreams({weer 0})/ObservedProperties?$orderby=name", ["A", "M", "Z"], "an order that is asked"),
    ("MultiDatastreams({weer 0})/ObservedProperties?$top=1&$skip=1", ["A"], "a part of it"),
    ("MultiDatastreams({weer 0})/ObservedProperties?$filter=name ne 'A'", ["Z", "M"], "with a filter"),
    ("MultiDatastreams?$filter=Thing/name eq 'Paal 0' and ObservedProperties/name eq 'M'", ["weer 0"], "over links"),
    ("Things?$filter=MultiDatastreams/name eq 'weer 1'", ["Paal 0"], "over the link"),
    ("Things?$filter=Datastreams/name eq 'weer 1'", [], "not over the other link"),
    ("Things?$filter=not (Datastreams/name eq 'weer 1')", ["Paal 0", "Paal 1"], "nor negated"),
    ("Things?$filter=MultiDatastreams/Observations/result eq 1", [], "results are arrays"),
    ("Things?$filter=MultiDatastreams/ObservedProperties/MultiDatastreams/name eq 'weer 1'", ["Paal 0"], "to and fro"),
    ("ObservedProperties?$filter=MultiDatastreams/name eq 'weer 0'&$orderby=name", ["A", "M", "Z"], "over the link"),
    ("Datastreams?$filter=name eq 'weer 0' or name eq 'enkel 0'", ["enkel 0"], "a filter in the set"),
    ("Datastreams?$orderby=Thing/name desc", ["enkel 1", "enkel 0"], "an order"),
    ("MultiDatastreams?$orderby=phenomenonTime,name desc", ["weer 1", "weer 0"], "an order by what the store keeps"),
    ("Things({Paal 0})/MultiDatastreams({weer 1})/ObservedProperties", ["Z", "A"], "a longer path"),
    ("Observations({of weer 0})/MultiDatastream/ObservedProperties", ["Z", "A", "M"], "from an Observation"),
    ("MultiDatastreams({weer 0})/Thing/Datastreams", ["enkel 0"], "back over the Thing"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "expected", "why"), REQUESTS)
def test_sets(client: TestClient, root: str, request_: str, expected: list[str], why: str) -> None:
    handles = ids(client, root)
    handles["of weer 0"] = (handles["weer 0"] << 32) + 1
    for name, handle in handles.items():
        request_ = request_.replace(f"{{{name}}}", str(handle))
    assert names(get(client, f"{root}/{request_}")) == expected, why
    counted, _, options = request_.partition("?")
    if "$orderby" not in options and "$top" not in options:
        assert client.get(f"{root}/{counted}/$count?{options}").text == str(len(expected)), why


COUNTS = [
    ("true", 2 * ROWS + 1, "all of both kinds"),
    ("Datastream/name eq 'enkel 0'", ROWS, "a series"),
    ("MultiDatastream/name eq 'weer 0'", ROWS, "a series of arrays"),
    ("Datastream/name eq 'weer 0'", 0, "which is no Datastream"),
    ("MultiDatastream/name eq 'enkel 0'", 0, "and the other way round"),
    ("Datastream/name eq null", ROWS + 1, "there is no Datastream, so no name"),
    ("MultiDatastream/name eq null", ROWS, "there is no MultiDatastream, so no name"),
    ("MultiDatastream/name ne null", ROWS + 1, "there is one"),
    ("not (Datastream/name eq 'enkel 1')", ROWS, "unknown stays unknown"),
    ("not (MultiDatastream/name eq 'weer 0')", 1, "unknown stays unknown"),
    ("startswith(MultiDatastream/name,'weer') or Datastream/name eq 'enkel 0'", 2 * ROWS + 1, "one or the other"),
    ("Datastream/Thing/name eq 'Paal 0'", ROWS, "over a further link"),
    ("MultiDatastream/Thing/name eq 'Paal 0' and phenomenonTime gt 2026-01-08T22:00:00Z", ROWS - 1, "with a time"),
    ("MultiDatastream/ObservedProperties/name eq 'M'", ROWS, "over a link to many"),
    ("Datastream/@iot.id eq {weer 0}", 0, "a handle of the other kind"),
    ("MultiDatastream/@iot.id eq {weer 0}", ROWS, "a handle"),
    ("MultiDatastream/id in ({weer 1},{enkel 0})", 1, "handles"),
    ("not (Datastream/@iot.id eq {enkel 0})", 0, "unknown of those without a Datastream"),
    ("FeatureOfInterest/Observations/MultiDatastream/name eq 'weer 0'", 0, "there is no feature"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "expected", "why"), COUNTS)
def test_filters_on_observations(client: TestClient, root: str, condition: str, expected: int, why: str) -> None:
    for name, handle in ids(client, root).items():
        condition = condition.replace(f"{{{name}}}", str(handle))
    options = "" if condition == "true" else f"&$filter={condition}"
    assert get(client, f"{root}/Observations?$count=true&$top=0{options}")["@iot.count"] == expected, why


@pytest.mark.parametrize("suffix", ["", "/Observations", "/Thing", "/name", "/Observations/$count"])
def test_a_handle_of_the_other_kind_is_not_there(client: TestClient, root: str, suffix: str) -> None:
    handles = ids(client, root)
    assert client.get(f"{root}/Datastreams({handles['weer 0']}){suffix}").status_code == 404
    assert client.get(f"{root}/MultiDatastreams({handles['enkel 0']}){suffix}").status_code == 404


def test_an_observation_names_the_series_it_is_of(client: TestClient, root: str) -> None:
    handles = ids(client, root)
    for name, link, other in (
        ("weer 0", "MultiDatastream", "Datastream"),
        ("enkel 0", "Datastream", "MultiDatastream"),
    ):
        for size in (3, ROWS):
            page = get(client, f"{root}/{link}s({handles[name]})/Observations?$top={size}")["value"]
            assert len(page) == size
            for one in page:
                assert one[f"{link}@iot.navigationLink"] == f"{one['@iot.selfLink']}/{link}"
                assert f"{other}@iot.navigationLink" not in one
        assert get(client, page[0][f"{link}@iot.navigationLink"])["name"] == name
        assert client.get(f"{page[0]['@iot.selfLink']}/{other}").status_code == 204
    page = get(client, f"{root}/Observations?$top=100&$orderby=phenomenonTime,@iot.id")["value"]
    series = [len(one["result"]) if "MultiDatastream@iot.navigationLink" in one else 1 for one in page[:3]]
    assert sorted(series) == [1, 2, 3]


def test_expands_of_both_kinds_at_once(client: TestClient, root: str) -> None:
    path = (
        "Things?$filter=name eq 'Paal 0'&$expand=Datastreams($select=name;$count=true),"
        "MultiDatastreams($select=name,unitOfMeasurements;$orderby=name desc;$top=1;$count=true;"
        "$expand=ObservedProperties($select=name),Observations($top=1;$orderby=phenomenonTime desc;$select=result))"
    )
    thing = get(client, f"{root}/{path}")["value"][0]
    assert (thing["Datastreams"], thing["Datastreams@iot.count"]) == ([{"name": "enkel 0"}], 1)
    assert thing["MultiDatastreams@iot.count"] == 2
    (multi,) = thing["MultiDatastreams"]
    assert multi["name"] == "weer 1"
    assert multi["unitOfMeasurements"] == UNITS[:2]
    assert [one["name"] for one in multi["ObservedProperties"]] == ["Z", "A"]
    assert multi["Observations"] == [{"result": [1.5, "koud"]}]
    rest = get(client, thing["MultiDatastreams@iot.nextLink"])
    assert names(rest) == ["weer 0"]
    assert [one["name"] for one in rest["value"][0]["ObservedProperties"]] == ["Z", "A", "M"]


def test_expands_of_an_observation(client: TestClient, root: str) -> None:
    options = "$expand=MultiDatastream($select=name),Datastream($select=name)&$orderby=phenomenonTime&$top=3"
    page = get(client, f"{root}/Observations?{options}")["value"]
    found = [(one["MultiDatastream"], one["Datastream"]) for one in page]
    assert ({"name": "weer 0"}, None) in found
    assert (None, {"name": "enkel 0"}) in found


def test_the_order_of_the_results_holds_over_pages(store: Store, root: str) -> None:
    client = serve(store, page_size=1)
    multi = get(client, f"{root}/MultiDatastreams?$filter=name eq 'weer 0'&$expand=ObservedProperties")["value"][0]
    found = [one["name"] for one in multi["ObservedProperties"]]
    link = multi["ObservedProperties@iot.nextLink"]
    while link:
        body = get(client, link)
        found += names(body)
        link = body.get("@iot.nextLink")
    assert found == ["Z", "A", "M"]


@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("MultiDatastreams?$select=unitOfMeasurements", {"unitOfMeasurements"}),
        ("MultiDatastreams?$select=name,ObservedProperties", {"name", "ObservedProperties@iot.navigationLink"}),
        ("MultiDatastreams?$select=name&$expand=ObservedProperties", {"name", "ObservedProperties"}),
        (
            "Observations?$select=MultiDatastream&$filter=MultiDatastream/name eq 'weer 0'",
            {"MultiDatastream@iot.navigationLink"},
        ),
        ("Observations?$filter=MultiDatastream/id ge 1&$select=MultiDatastream/id", {"MultiDatastream"}),
        ("Observations?$select=result,Datastream&$filter=MultiDatastream/name eq 'weer 0'", {"result"}),
        ("Observations?$select=Datastream&$filter=Datastream/name eq 'enkel 0'", {"Datastream@iot.navigationLink"}),
    ],
)  # fmt: skip
def test_select(client: TestClient, root: str, path: str, members: set[str]) -> None:
    assert {frozenset(one) for one in get(client, f"{root}/{path}")["value"]} == {frozenset(members)}


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        ("unitOfMeasurements", {"unitOfMeasurements": UNITS}),
        ("multiObservationDataTypes/$value", TYPES),
        ("observationType", {"observationType": OM + "OM_ComplexObservation"}),
    ],
)
def test_paths_to_properties(client: TestClient, root: str, suffix: str, expected: Any) -> None:
    assert get(client, f"{root}/MultiDatastreams({ids(client, root)['weer 0']})/{suffix}") == expected


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("MultiDatastreams?$filter=unitOfMeasurements/name eq 'x'", 501),
        ("MultiDatastreams?$orderby=multiObservationDataTypes", 501),
        ("MultiDatastreams?$filter=unitOfMeasurement/name eq 'x'", 400),
        ("MultiDatastreams?$select=resultType", 400),
        ("MultiDatastreams?$expand=ObservedProperty", 400),
        ("Datastreams?$expand=ObservedProperties", 400),
        ("Locations?$expand=MultiDatastreams", 400),
        ("MultiDatastreams({})/ObservedProperty", 404),
    ],
)
def test_what_is_not_there(client: TestClient, root: str, path: str, status: int) -> None:
    assert client.get(f"{root}/{path}".format(ids(client, root)["weer 0"])).status_code == status


def test_data_arrays_are_of_one_kind_each(client: TestClient, root: str) -> None:
    handles = ids(client, root)
    groups = get(client, f"{root}/Observations?$resultFormat=dataArray")["value"]
    link = {
        link: len(group["dataArray"])
        for group in groups
        for name, link in group.items()
        if name.endswith("Datastream@iot.navigationLink")
    }
    base = f"http://testserver{root}"
    assert link == {
        f"{base}/Datastreams({handles['enkel 0']})": ROWS,
        f"{base}/MultiDatastreams({handles['weer 0']})": ROWS,
        f"{base}/MultiDatastreams({handles['weer 1']})": 1,
    }
    rows = list(csv.DictReader(io.StringIO(client.get(f"{root}/Observations?$resultFormat=CSV").text)))
    for row in rows:
        assert bool(row["Datastream/@iot.id"]) != bool(row["MultiDatastream/@iot.id"])
    of_one = client.get(f"{root}/MultiDatastreams({handles['weer 1']})/Observations?$resultFormat=CSV").text
    (row,) = csv.DictReader(io.StringIO(of_one))
    assert row["MultiDatastream/@iot.id"] == str(handles["weer 1"])
    assert {name: value for name, value in row.items() if name.startswith("result/")} == RESULT_OF_ONE
    assert not {"Datastream/@iot.id", "result"} & set(row)
    features = get(client, f"{root}/MultiDatastreams({handles['weer 0']})/Observations?$resultFormat=GeoJSON&$top=1")
    assert features["features"][0]["properties"]["result"] == [0, "warm", None]


def test_features_have_no_arrays_for_values(client: TestClient) -> None:
    features = get(client, "/ogc/collections/things/items?f=json")["features"]
    assert features[0]["properties"]["Z"] == ROWS - 1


def test_the_iri_of_a_series_of_arrays_leads_to_it(client: TestClient) -> None:
    answer = client.get("/id/breda/Datastream/x/0/many0?f=html", follow_redirects=False)
    assert answer.status_code == 303
    assert get(client, answer.headers["location"])["name"] == "weer 0"


def test_a_series_that_becomes_one_of_arrays_moves(store: Store, root: str) -> None:
    client = serve(store)
    assert names(get(client, f"{root}/Datastreams")) == ["enkel 0", "enkel 1"]
    record = datastream_of(
        MultiDatastream(multi_observation_data_types=TYPES[:1], unit_of_measurements=[None]), ["property/a"]
    )
    store.apply(Batch(entities=(msgspec.structs.replace(record, key="x/1/one"),)))
    assert names(get(client, f"{root}/Datastreams")) == ["enkel 0"]
    assert names(get(client, f"{root}/MultiDatastreams")) == ["weer 0", "weer 1", "enkel 1"]
    store.apply(Batch(entities=(Datastream(key="x/1/one", result_type=None),)))
    assert names(get(client, f"{root}/MultiDatastreams")) == ["weer 0", "weer 1"]


def test_a_store_is_asked_only_about_what_was_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    known = multis_of(store)
    reads: list[BoundQuery] = []
    read = store.read

    def note(query: BoundQuery) -> Page:
        reads.append(query)
        return read(query)

    monkeypatch.setattr(store, "read", note)
    store.apply(Batch(series=(series("x/1/one", [1]),)))
    assert multis_of(store) == known
    assert not reads, "Observations change nothing"
    store.apply(Batch(entities=(Thing(key="x/9", name="", description=""), Datastream(key="x/1/one", name="nieuw"))))
    assert multis_of(store) == known
    assert len(reads) == 1
