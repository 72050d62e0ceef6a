"""The catalogue as it is served: by a node, by a hub, and by a hub that misses a lab."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import rdflib
from starlette.testclient import TestClient

from ssclab_data import Lab, Settings
from ssclab_data.cli.demo import HUB, PUBLICATION
from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.sensorthings.binding import BINDINGS
from ssclab_data.export.interfaces import INTERFACES
from ssclab_data.federation.peer import Peer
from ssclab_data.federation.store import FederatedStore
from ssclab_data.linked_data import writing
from ssclab_data.linked_data.dcat import triples
from ssclab_data.linked_data.dcat_reading import read_catalogue
from ssclab_data.linked_data.graphs import TURTLE, empty_graph, node, read_graph
from ssclab_data.linked_data.harvesting import by_identifier, compare
from ssclab_data.model import codelists
from ssclab_data.model.entity import Link
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import Datastream, FeatureOfInterest, ObservedProperty, Sensor, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.write import write
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.validation.catalogue import catalogue_shapes, check_catalogue
from ssclab_data.validation.shacl import check_graph

# rdflib's own JSON-LD reader still makes a deprecated graph.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

PARSERS = {"text/turtle": "turtle", "application/ld+json": "json-ld", "application/n-triples": "nt"}
GROUPS = ("air", "noise", "weather", "light", "device")
BODIES = (
    "dcat-ap/shapes.ttl",
    "dcat-ap/range.ttl",
    "dcat-ap-nl/dcat-ap-nl-SHACL.ttl",
    "dcat-ap-nl/dcat-ap-nl-SHACL-klassebereik.ttl",
    "dcat-ap-nl/dcat-ap-nl-SHACL-klassebereik-codelijsten.ttl",
)


class Cities:
    """Seven labs in this process, and a hub over them."""

    def __init__(self, folder: Path) -> None:
        scenario = Scenario(end=Instant.parse("2026-01-15T00:00:00Z"), hours=1, minutes=60)
        self.labs: dict[str, Lab] = {}
        peers = []
        for place in places():
            lab = Lab.open(":memory:", key=place.key, settings=Settings())
            lab.info = msgspec.structs.replace(lab.info, publication=PUBLICATION)
            for feed in write(place, scenario, folder=folder / place.key):
                lab.ingest(feed.source, *feed.files)
            self.labs[place.key] = lab
            peers.append(Peer.of_app(lab.info, lab.asgi(base_url=f"https://{place.key}.example")))
        self.store = FederatedStore(peers, key="nl", deadline_seconds=60, publication=HUB)
        app = build_app(self.store, labs=self.store.labs, settings=Settings(), title="Nederland")
        self.hub = TestClient(app, base_url="https://nl.example")
        self.breda = TestClient(self.labs["breda"].asgi(base_url="https://breda.example"))

    def close(self) -> None:
        self.store.close()
        for lab in self.labs.values():
            lab.close()


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cities]:
    cities = Cities(tmp_path_factory.mktemp("seven"))
    yield cities
    cities.close()


@pytest.fixture(scope="module")
def whole(cities: Cities) -> rdflib.Graph:
    """The hub's catalogue, as a client reads it."""
    answer = cities.hub.get("/catalog")
    assert answer.status_code == 200, answer.text
    return read_graph(answer.content, TURTLE)


@pytest.mark.needs("standards")
def test_the_catalogue_of_seven_labs_breaks_no_rule(whole: rdflib.Graph, standards: Path) -> None:
    shapes = empty_graph() + catalogue_shapes()
    for name in BODIES:
        shapes += read_graph((standards / name).read_bytes(), TURTLE)
    for engine in ("pyshacl", "shacl"):
        outcome = check_graph(whole, shapes, engine=engine)
        assert [(one.focus, one.path, one.value) for one in outcome.results if one.severity == "Violation"] == []


def test_the_hub_has_every_data_set_of_every_lab(whole: rdflib.Graph, cities: Cities) -> None:
    (catalogue,) = read_catalogue(whole).catalogues
    assert catalogue.iri == "https://ssclab.example/catalog/nl"
    assert [part.iri.rpartition("/")[2] for part in catalogue.catalogues] == sorted(cities.labs)
    assert {one.iri for one in catalogue.all_datasets()} >= {
        f"https://ssclab.example/catalog/{lab}/{group}" for lab in cities.labs for group in ("air", "noise", "weather")
    }
    served = {iri for service in catalogue.services for iri in service.serves}
    assert served == {one.iri for one in catalogue.all_datasets()}
    assert catalogue.missing == ()


def test_a_lab_says_the_same_at_its_own_node_as_at_the_hub(cities: Cities) -> None:
    own = read_graph(cities.breda.get("/catalog?f=ttl").content, TURTLE)
    there = read_graph(cities.hub.get("/catalog/breda?f=ttl").content, TURTLE)
    assert set(own) == set(there)
    known = by_identifier(read_catalogue(own).datasets)
    again = compare(known, by_identifier(read_catalogue(there).datasets))
    assert (again.created, again.changed, again.gone) == ((), (), ())


@pytest.mark.parametrize("path", ["/catalog", "/catalog/breda", "/catalog/breda/air"])
def test_each_format_says_the_same(cities: Cities, path: str) -> None:
    graphs = []
    for media_type, parser in PARSERS.items():
        answer = cities.breda.get(path, headers={"Accept": media_type})
        assert answer.headers["content-type"].startswith(media_type)
        assert "Accept" in answer.headers["vary"]
        graphs.append(set(rdflib.Graph().parse(data=answer.text, format=parser)))
    assert graphs[0] == graphs[1] == graphs[2]
    assert len(graphs[0]) > 50


def test_a_data_set_has_its_bounds_and_what_is_measured(cities: Cities) -> None:
    (catalogue,) = read_catalogue(read_graph(cities.breda.get("/catalog").content, TURTLE)).catalogues
    by_group = {one.iri.rpartition("/")[2]: one for one in catalogue.datasets}
    assert tuple(code for code in GROUPS if code in by_group) == GROUPS
    air = by_group["air"]
    area = codelists.municipalities()["breda"].area
    assert air.box is not None
    assert area is not None
    assert area.contains(air.box.west, air.box.south)
    assert area.contains(air.box.east, air.box.north)
    assert air.interval is not None
    assert "2026-01-14" <= str(air.interval.start) < str(air.interval.end) <= "2026-01-15T01"
    assert air.modified.startswith("2026-01-1")
    assert {"PM2.5"} <= {one.text for one in air.keywords if one.language == "en"}


def test_every_address_in_the_catalogue_of_a_node_answers(cities: Cities) -> None:
    graph = read_graph(cities.breda.get("/catalog").content, TURTLE)
    addresses = {
        str(value)
        for name in ("accessURL", "downloadURL", "endpointURL", "endpointDescription", "landingPage")
        for value in graph.objects(None, node(f"dcat:{name}"))
    } | {str(value) for value in graph.objects(None, node("foaf:homepage"))}
    assert len(addresses) > len(GROUPS) * 4
    for address in sorted(addresses):
        assert address.startswith("https://breda.example/"), address
        assert cities.breda.get(address.removeprefix("https://breda.example")).status_code == 200, address


def test_the_names_of_data_sets_can_be_followed(cities: Cities) -> None:
    graph = read_graph(cities.breda.get("/catalog").content, TURTLE)
    for kind in ("dcat:Dataset", "dcat:Catalog"):
        for subject in graph.subjects(node("rdf:type"), node(kind)):
            path = str(subject).removeprefix("https://ssclab.example")
            assert (subject, node("rdf:type"), node(kind)) in read_graph(cities.breda.get(path).content, TURTLE)


def test_the_catalogue_lists_what_is_served() -> None:
    assert {one.path for one in INTERFACES if one.path.startswith("/sta")} == {one.prefix for one in BINDINGS}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_data_set_is_given_whole(cities: Cities) -> None:
    streams = {row.handle for row in cities.labs["breda"].datastreams(observed_property="noise-level")}
    assert streams
    rows = rows_of(cities.breda.get("/catalog/breda/noise/data.csv").text)
    assert {row["observed_property"] for row in rows} == {"noise-level"}
    expected = sum(1 for _ in cities.labs["breda"].datastreams(observed_property="noise-level").observations())
    assert len(rows) == expected > 0
    answer = cities.breda.get("/catalog/breda/noise/data.nt")
    assert answer.headers["content-disposition"] == 'attachment; filename="breda-noise.nt"'
    graph = read_graph(answer.content, "application/n-triples")
    assert len(list(graph.subjects(node("rdf:type"), node("sosa:Observation")))) == expected
    assert len(list(graph.subjects(node("rdf:type"), node("sosa:ObservationCollection")))) == len(streams)


def test_the_data_sets_of_a_lab_hold_every_observation_once(cities: Cities) -> None:
    names = [name.rpartition("/")[2] for name in known_groups(cities.breda)]
    rows = [row["iri"] for name in names for row in rows_of(cities.breda.get(f"/catalog/breda/{name}/data.csv").text)]
    assert len(rows) == len(set(rows))
    everything = io.BytesIO()
    assert cities.labs["breda"].export("csv", everything) == len(rows)


def known_groups(client: TestClient) -> list[str]:
    (catalogue,) = read_catalogue(read_graph(client.get("/catalog").content, TURTLE)).catalogues
    return [one.iri for one in catalogue.datasets]


# Caching, and the same bytes.


def test_the_same_catalogue_is_the_same_bytes_and_need_not_be_sent_again(cities: Cities) -> None:
    asked = [(cities.breda, media_type) for media_type in PARSERS] + [(cities.hub, TURTLE)]
    for client, media_type in asked:
        first = client.get("/catalog", headers={"Accept": media_type})
        again = client.get("/catalog", headers={"Accept": media_type, "If-None-Match": "none"})
        assert first.content == again.content
        assert first.headers["etag"].startswith('W/"')
        known = client.get("/catalog", headers={"Accept": media_type, "If-None-Match": first.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")


_PROGRAM = """
import sys
from ssclab_data.export.catalogue import Content, Place, describe
from ssclab_data.linked_data import writing
from ssclab_data.linked_data.dcat import triples
from ssclab_data.model.lab import LabInfo
names = frozenset((f"naam {n}", f"name {n}") for n in range(9))
found = {"air": Content(names=names, properties=frozenset(range(9))), "noise": Content()}
info = LabInfo(key="x", name="X", municipality="gm0001")
catalogue = describe(info, found, Place(base_url="https://x.example", base_iri="https://x.example"))
for media_type in writing.formats():
    sys.stdout.buffer.write(writing.document(triples(catalogue), media_type))
"""


def test_another_process_writes_the_same_bytes() -> None:
    outcomes = [
        subprocess.run(
            [sys.executable, "-c", _PROGRAM], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) > 10_000


# High-value data.


def test_the_report_on_data_of_high_value(cities: Cities) -> None:
    document = cities.hub.get("/catalog/hvd").json()
    entries = {one["iri"].removeprefix("https://ssclab.example/catalog/"): one for one in document["datasets"]}
    assert entries["breda/air"]["category"] == "http://data.europa.eu/bna/c_dd313021"
    assert entries["breda/weather"]["category"] == "http://data.europa.eu/bna/c_164e0bf5"
    assert (entries["breda/light"]["highValue"], entries["breda/light"]["category"]) == (False, None)
    assert entries["breda/air"]["missing"] == []
    assert document["missingLabs"] == []
    rows = rows_of(cities.hub.get("/catalog/hvd?f=csv&lang=nl").text)
    asked = len(document["requirements"])
    high = sum(one["highValue"] for one in entries.values())
    assert len(rows) == high * asked + len(entries) - high
    page = cities.hub.get("/catalog/hvd?f=html&lang=nl")
    assert "Hoogwaardige datasets" in page.text
    assert "Aardobservatie en milieu" in page.text


@pytest.mark.parametrize(
    ("path", "accept", "status", "code"),
    [
        ("/catalog", "image/png", 406, "not-acceptable"),
        ("/catalog?f=xml", "*/*", 400, "unknown-name"),
        ("/catalog/hvd?f=ttl", "*/*", 400, "unknown-name"),
        ("/catalog/hvd", "image/png", 406, "not-acceptable"),
        ("/catalog/nowhere", "*/*", 404, "unknown-name"),
        ("/catalog/breda/nothing", "*/*", 404, "unknown-name"),
        ("/catalog/breda/air/data.xlsx", "*/*", 404, "unknown-name"),
        ("/catalog/breda/nothing/data.csv", "*/*", 404, "unknown-name"),
    ],
)
def test_what_is_refused(cities: Cities, path: str, accept: str, status: int, code: str) -> None:
    answer = cities.breda.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_hub_gives_no_data_set_whole(cities: Cities) -> None:
    assert cities.hub.get("/catalog/breda/air/data.csv").status_code == 404


# For people.


@pytest.mark.parametrize("path", ["/catalog", "/catalog/hvd", "/catalog/breda", "/catalog/breda/air"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_pages_for_people(cities: Cities, path: str, language: str) -> None:
    answer = cities.breda.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.headers["content-security-policy"]
    assert f'<html lang="{language}">' in answer.text
    assert ("Luchtkwaliteit in Breda" if language == "nl" else "Air quality in Breda") in answer.text
    for asset in re.findall(r'href="https://breda.example(/assets/[^"]+)"', answer.text):
        assert cities.breda.get(asset).status_code == 200


HOSTILE = 'a"b\\c\nd <script>alert(1)</script> \u2028 \x07 & é'


def odd_store() -> Store:
    """A lab whose names try to break what they stand in."""
    store = MemoryStore("odd")
    entities = (
        Thing(key="t", name=HOSTILE, description=HOSTILE),
        ObservedProperty(key="p", name=HOSTILE, definition='not an iri <> "', description=""),
        Sensor(key="s", name=HOSTILE, description="", encoding_type="application/pdf", metadata=HOSTILE),
        Datastream(
            key="t/p",
            name=HOSTILE,
            description="",
            thing=Link(key="t"),
            sensor=Link(key="s"),
            observed_property=Link(key="p"),
        ),
    )
    point = {"type": "Point", "coordinates": [4.7, 51.5]}
    feature = FeatureOfInterest(key="f", name="", description="", encoding_type="application/geo+json", feature=point)
    moment = (Instant.parse("2026-01-08T22:00:00Z").us,)
    series = Series(datastream="t/p", feature="f", start=moment, end=(None,), result=(1.5,), result_time=(None,))
    store.apply(Batch(entities=(*entities, feature), series=(series,)))
    return store


def test_whatever_a_lab_says_breaks_neither_documents_nor_pages(serve: Callable[..., TestClient]) -> None:
    client = serve(of=odd_store(), labs=(LabInfo(key="odd", name=HOSTILE, publication=PUBLICATION),))
    graphs = [
        set(rdflib.Graph().parse(data=client.get("/catalog", headers={"Accept": media_type}).content, format=parser))
        for media_type, parser in PARSERS.items()
    ]
    assert graphs[0] == graphs[1] == graphs[2]
    titles = {str(value) for _, predicate, value in graphs[0] if predicate == node("dct:title")}
    assert f"Overige metingen in {HOSTILE}" in titles
    for path in ("/catalog?f=html", "/catalog/hvd?f=html", "/catalog/odd/other?f=html"):
        assert "<script>" not in client.get(path).text
    assert rows_of(client.get("/catalog/hvd?f=csv").text)[0]["title"] == f"Other measurements in {HOSTILE}"


def test_a_lab_without_anything_has_a_catalogue_that_says_so(serve: Callable[..., TestClient]) -> None:
    client = serve(of=MemoryStore("new"), labs=(LabInfo(key="new", name="New"),))
    graph = read_graph(client.get("/catalog").content, TURTLE)
    notes = {str(value) for value in graph.objects(None, node("skos:editorialNote"))}
    assert "There are no Datastreams yet, so no data sets." in notes
    assert "No contact point of New is known; give publication/contact." in notes
    assert {"dcat:dataset", "dcat:contactPoint", "dct:publisher"} <= {one.path for one in check_catalogue(graph)}


# A hub over servers of its own and of others.


def test_a_lab_that_does_not_answer_is_named(city: Callable[[str], Any]) -> None:
    hub = city("hub").url
    answer = httpx.get(f"{hub}/catalog", headers={"Accept": TURTLE})
    assert answer.status_code == 200
    assert answer.headers["federation-status"].startswith("complete=?0")
    assert '"veldhoven";status=error' in answer.headers["federation-status"]
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    (catalogue,) = read_catalogue(read_graph(answer.content, TURTLE)).catalogues
    assert [part.iri.rpartition("/")[2] for part in catalogue.catalogues] == ["breda", "helmond"]
    assert catalogue.missing == ("https://ssclab.example/catalog/veldhoven",)
    assert any("veldhoven" in note.text for note in catalogue.notes)
    report = httpx.get(f"{hub}/catalog/hvd").json()
    assert [(one["lab"], one["status"]) for one in report["missingLabs"]] == [("veldhoven", "error")]
    assert "veldhoven" in httpx.get(f"{hub}/catalog?f=html&lang=nl").text
    gone = httpx.get(f"{hub}/catalog/veldhoven")
    assert gone.status_code == 404
    assert "is not there now: no connection" in gone.json()["detail"]


async def foreign(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A SensorThings service that is no node: one Datastream, and a page for whatever else."""
    stream = {
        "@iot.id": "d'1",
        "name": "PM2.5",
        "phenomenonTime": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z",
        "observedArea": {"type": "Point", "coordinates": [5.3, 51.4]},
        "ObservedProperty": {
            "@iot.id": "o'1",
            "name": "PM2.5",
            "definition": "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001",
        },
    }
    found = scope["path"].endswith("/Datastreams")
    body = json.dumps({"value": [stream]}).encode() if found else b"<p>nothing here</p>"
    headers = [(b"content-type", b"application/json" if found else b"text/html")]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def liar(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A node whose catalogue is not its own."""
    body = b"<https://ssclab.example/catalog/breda> a <http://www.w3.org/ns/dcat#Catalog> ."
    body = body.replace(b" a ", b" <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ")
    headers = [(b"content-type", b"application/n-triples")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def test_what_a_service_of_others_holds_is_described_and_a_false_catalogue_is_not_taken(store: Store) -> None:
    info = LabInfo(key="breda", name="Breda", municipality="gm0758", publication=PUBLICATION)
    app = build_app(store, labs=(info,), settings=Settings(base_url="https://breda.example"), title="Breda")
    peers = [
        Peer.of_app(info, app),
        Peer.of_app(LabInfo(key="frost", name="Frost", municipality="gm0861"), foreign),
        Peer.of_app(LabInfo(key="liar", name="Liar"), liar),
    ]
    hub = FederatedStore(peers, key="nl", deadline_seconds=30, publication=HUB)
    client = TestClient(build_app(hub, labs=hub.labs, settings=Settings(), title="NL"))
    answer = client.get("/catalog")
    hub.close()
    (catalogue,) = read_catalogue(read_graph(answer.content, TURTLE)).catalogues
    parts = {part.iri.rpartition("/")[2]: part for part in catalogue.catalogues}
    assert sorted(parts) == ["breda", "frost"]
    (air,) = parts["frost"].datasets
    (form,) = [one for one in air.distributions if one.iri.endswith("#sensorthings")]
    assert (
        form.access_url == "http://frost.invalid/sta/v1.1/Datastreams?$filter=ObservedProperty/id%20eq%20%27o%27%271%27"
    )
    assert not any(one.download_url for one in air.distributions)
    assert [one.endpoint_url for one in parts["frost"].services] == ["http://frost.invalid/sta/v1.1"]
    assert any("contact point of Frost" in note.text for note in parts["frost"].notes)
    assert '"liar";status=invalid' in answer.headers["federation-status"]
    assert any("its catalogue is not https://ssclab.example/catalog/liar" in note.text for note in catalogue.notes)


def test_the_catalogue_of_the_library_is_that_of_the_server(cities: Cities) -> None:
    from ssclab_data.export.catalogue import Place, catalogue_of

    lab = cities.labs["breda"]
    place = Place(base_url="https://breda.example", base_iri=lab.settings.base_iri)
    document = writing.document(triples(catalogue_of(lab.store, lab.info, place)), TURTLE)
    assert document == cities.breda.get("/catalog").content
