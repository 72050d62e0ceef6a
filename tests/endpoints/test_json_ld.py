"""SensorThings answers as JSON-LD say of each entity what its IRI says."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph
import pytest
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Store
from ssclab_data.stores.sqlite import SQLiteStore

from .conftest import OBSERVATIONS, batch

JSON_LD = {"Accept": "application/ld+json"}
IDENTIFIER = "http://purl.org/dc/terms/identifier"
SETS = (
    "Things",
    "Locations",
    "HistoricalLocations",
    "Datastreams",
    "Sensors",
    "ObservedProperties",
    "Observations?$top=100",
    "FeaturesOfInterest",
    "Datastreams(1)/Observations?$top=100",
    "Datastreams(2)/Thing",
    "Things(1)",
    "Things?$expand=Locations,Datastreams($expand=Sensor)",
    "Observations?$top=3&$expand=Datastream,FeatureOfInterest",
    "Observations?$filter=result gt 5&$orderby=result desc&$top=40",
)


@pytest.fixture(scope="module")
def columnar() -> Iterator[TestClient]:
    """Serve the lab from a store that has columns."""
    with tempfile.TemporaryDirectory() as folder:
        store = SQLiteStore.open(Path(folder) / "breda.db", lab="breda")
        store.apply(batch())
        app = build_app(store, labs=(LabInfo(key="breda", name="Breda"),), settings=Settings(), title="Breda")
        yield TestClient(app, base_url="http://testserver", follow_redirects=False)
        store.close()


def quads(body: bytes) -> set[pyoxigraph.Quad]:
    return set(pyoxigraph.parse(body, format=pyoxigraph.RdfFormat.JSON_LD))


def value(term: pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple) -> str:
    assert not isinstance(term, pyoxigraph.Triple)
    return term.value


@pytest.mark.parametrize("path", SETS)
def test_a_set_says_what_the_iris_of_its_entities_say(columnar: TestClient, path: str) -> None:
    answer = columnar.get(f"/sta/v1.1/{path}", headers=JSON_LD)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ld+json"), answer.text
    found = quads(answer.content)
    iris = {value(one.subject) for one in found if one.predicate.value == IDENTIFIER}
    assert iris
    expected: set[pyoxigraph.Quad] = set()
    for iri in iris:
        one = columnar.get(iri.removeprefix("https://ssclab.example"), headers=JSON_LD)
        assert one.status_code == 200, iri
        expected |= quads(one.content)
    assert found == expected


def test_a_store_without_columns_says_the_same(client: TestClient, columnar: TestClient) -> None:
    path = "/sta/v1.1/Observations?$top=10&$resultFormat=jsonld"
    assert quads(client.get(path).content) == quads(columnar.get(path).content)


@pytest.mark.parametrize("name", ["jsonld", "JSON-LD", "application/ld%2Bjson"])
def test_the_option_asks_for_it_too(client: TestClient, name: str) -> None:
    answer = client.get(f"/sta/v1.1/Things?$resultFormat={name}", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/ld+json"


def test_pages_follow_one_another_by_a_link_and_tell_how_many_there_are(client: TestClient) -> None:
    path, keys, pages = "/sta/v1.1/Observations?$count=true&$top=10", set[str](), 0
    while path:
        answer = client.get(path, headers=JSON_LD)
        assert answer.headers["ogc-numbermatched"] == str(OBSERVATIONS)
        keys |= {value(one.object) for one in quads(answer.content) if one.predicate.value == IDENTIFIER}
        path, pages = answer.links.get("next", {}).get("url", ""), pages + 1
    assert (len(keys), pages) == (OBSERVATIONS, 3)


@pytest.mark.parametrize(
    ("accept", "media_type", "why"),
    [
        ("*/*", "application/json", "the form of the standard"),
        ("", "application/json", "so it is without a wish"),
        ("application/json, application/ld+json", "application/json", "of equals the first"),
        ("application/json;q=0.5, application/ld+json", "application/ld+json", "the weight counts"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json", "what a browser sends"),
        ("image/png", "application/json", "SensorThings refuses no client for what it takes"),
    ],
)
def test_the_client_chooses(client: TestClient, accept: str, media_type: str, why: str) -> None:
    for path in ("Things", "Things(1)"):
        answer = client.get(f"/sta/v1.1/{path}", headers={"Accept": accept})
        assert answer.headers["content-type"] == media_type, why
        assert "Accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize(
    "path", ["Things/$count", "Things(1)/name", "Things(1)/name/$value", "Things/$ref", "Observations?$every=P1D"]
)
def test_what_is_no_entity_is_answered_as_ever(client: TestClient, path: str) -> None:
    plain = client.get(f"/sta/v1.1/{path}")
    answer = client.get(f"/sta/v1.1/{path}", headers=JSON_LD)
    assert (answer.status_code, answer.content) == (plain.status_code, plain.content)


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("Things?$select=distinct:name&$resultFormat=jsonld", "they are no resources"),
        ("Things(1)/name?$resultFormat=jsonld", "it is for entities and sets of them"),
        ("Observations?$every=P1D&$resultFormat=jsonld", "$every"),
    ],
)
def test_what_it_cannot_hold_is_refused(client: TestClient, path: str, detail: str) -> None:
    answer = client.get(f"/sta/v1.1/{path}")
    assert answer.status_code in (400, 501)
    assert detail in answer.text


def test_a_hub_sends_to_the_labs(serve: Callable[..., TestClient], store: Store) -> None:
    hub = serve(of=store, labs=(LabInfo(key="helmond", name="Helmond"),))
    refused = hub.get("/sta/v1.1/Things?$resultFormat=jsonld")
    assert "ask each lab's own node" in refused.text
    assert hub.get("/sta/v1.1/Things", headers=JSON_LD).headers["content-type"] == "application/json"
    for server, offered in ((hub, False), (serve(), True)):
        assert ("JSON-LD" in server.get("/sta/v1.1").json()["serverSettings"]["resultFormats"]) is offered
