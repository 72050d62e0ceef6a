"""What the IRI of an entity answers."""

from collections.abc import Callable

import pytest
import rdflib
from starlette.testclient import TestClient

from ssclab_data.model.entity import Link
from ssclab_data.model.identity import natural_key
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import Thing
from ssclab_data.model.values import Box
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Store

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

BASE = "https://ssclab.example/id/breda"
SOSA = "http://www.w3.org/ns/sosa/"
PARSERS = {"text/turtle": "turtle", "application/ld+json": "json-ld", "application/n-triples": "nt"}
KEYS = {
    "Thing": "x/0",
    "Location": "x/l",
    "HistoricalLocation": "x/h",
    "Datastream": "x/0/pm25",
    "Sensor": "x/s",
    "ObservedProperty": "property/pm25",
    "Observation": "x/0/pm25/2026-01-08T22:00:00Z",
    "FeatureOfInterest": "x/f",
}


def graph(client: TestClient, path: str, accept: str) -> rdflib.Graph:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(accept)
    assert answer.headers["vary"].startswith("Accept")
    return rdflib.Graph().parse(data=answer.text, format=PARSERS[accept])


@pytest.mark.parametrize(("kind", "key"), KEYS.items())
def test_each_entity_is_described_alike_in_each_format(client: TestClient, kind: str, key: str) -> None:
    graphs = [set(graph(client, f"/id/breda/{kind}/{key}", accept)) for accept in PARSERS]
    assert graphs[0] == graphs[1] == graphs[2]
    iri = rdflib.URIRef(f"{BASE}/{kind}/{key}")
    assert [one for one in graphs[0] if one[0] == iri and one[1] == rdflib.RDF.type]


@pytest.mark.parametrize(("kind", "key"), KEYS.items())
def test_every_link_between_entities_can_be_followed(client: TestClient, kind: str, key: str) -> None:
    for node in graph(client, f"/id/breda/{kind}/{key}", "text/turtle").objects():
        if str(node).startswith(BASE):
            path = str(node).partition("#")[0].removeprefix("https://ssclab.example")
            assert client.get(path).status_code == 200, path


def test_an_observation_keeps_its_digits_and_its_links(client: TestClient) -> None:
    found = graph(client, f"/id/breda/Observation/{KEYS['Observation']}", "text/turtle")
    iri = rdflib.URIRef(f"{BASE}/Observation/{KEYS['Observation']}")
    result = found.value(iri, rdflib.URIRef(SOSA + "hasSimpleResult"))
    assert isinstance(result, rdflib.Literal)
    assert (str(result), result.datatype) == ("12.3456789012", rdflib.XSD.decimal)
    assert str(found.value(iri, rdflib.URIRef(SOSA + "isMemberOf"))) == f"{BASE}/Datastream/x/0/pm25"
    assert str(found.value(iri, rdflib.URIRef(SOSA + "observedProperty"))) == f"{BASE}/ObservedProperty/property/pm25"


def test_an_observation_of_an_interval_has_an_encoded_slash(client: TestClient) -> None:
    path = "/id/breda/Observation/x/0/pm25/2026-01-08T22:01:00Z%2F2026-01-08T22:02:00Z"
    found = graph(client, path, "application/n-triples")
    assert rdflib.URIRef(f"https://ssclab.example{path}") in set(found.subjects())


def test_keys_with_odd_characters_are_found(client: TestClient, store: Store) -> None:
    key = natural_key("x", "noise/avg é ?#")
    store.apply(Batch(entities=(Thing(key=key, name="x", description="", locations=(Link(key="x/l"),)),)))
    for path in (key, key.replace("%C3%A9", "%c3%a9")):
        assert client.get(f"/id/breda/Thing/{path}").status_code == 200
    assert client.get("/id/breda/Thing/x/noise/avg").status_code == 404


def test_a_browser_is_sent_to_sensorthings(client: TestClient) -> None:
    answer = client.get("/id/breda/Thing/x/0", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == 303
    assert client.get(answer.headers["location"]).json()["name"] == "Paal 0"


@pytest.mark.parametrize(
    ("short", "accept"), [("ttl", "text/turtle"), ("jsonld", "application/ld+json"), ("nt", "application/n-triples")]
)
def test_the_format_can_be_in_the_address(client: TestClient, short: str, accept: str) -> None:
    answer = client.get(f"/id/breda/Thing/x/0?f={short}", headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith(accept)


@pytest.mark.parametrize(
    ("path", "accept", "status", "code"),
    [
        ("/id/breda/Thing/x/0", "image/png", 406, "not-acceptable"),
        ("/id/breda/Thing/x/0?f=xml", "*/*", 400, "unknown-name"),
        ("/id/breda/Thing/x/nowhere", "*/*", 404, "not-found"),
        ("/id/helmond/Thing/x/0", "*/*", 404, "unknown-name"),
        ("/id/breda/Foo/x/0", "*/*", 404, "unknown-name"),
        ("/id/breda/Observation/x/0/pm25/yesterday", "*/*", 404, "not-found"),
        ("/id/breda/Observation/x/0/pm25/2020-01-01T00:00:00Z", "*/*", 404, "not-found"),
    ],
)
def test_what_is_refused(client: TestClient, path: str, accept: str, status: int, code: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_base_of_iris_is_a_setting(serve: Callable[..., TestClient]) -> None:
    client = serve(settings=Settings(base_iri="https://data.example"), labs=(LabInfo(key="breda", name="Breda"),))
    assert "<https://data.example/id/breda/Thing/x/0>" in client.get("/id/breda/Thing/x/0?f=nt").text


@pytest.mark.parametrize(
    ("accept", "media_type", "why"),
    [
        ("", "text/turtle", "Turtle is the first form"),
        ("*/*", "text/turtle", "so it is for who takes all"),
        ("text/html;q=0.5, application/ld+json", "application/ld+json", "the weight counts, not the order"),
        ("application/n-triples;q=0.2, text/turtle;q=0.1, */*;q=0", "application/n-triples", "weights below one"),
        ("application/*", "application/ld+json", "a range takes the first form in it"),
        ('application/ld+json; profile="http://www.w3.org/ns/json-ld#expanded"', "application/ld+json", "one form"),
        ("TEXT/TURTLE", "text/turtle", "names have no case"),
    ],
)
def test_the_form_is_that_which_the_client_likes_best(
    client: TestClient, accept: str, media_type: str, why: str
) -> None:
    answer = client.get("/id/breda/Thing/x/0", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(media_type), why


@pytest.mark.parametrize("path", ["/id/breda/Thing/x/0", "/id/breda", "/def/core", "/def/units/ug%2Fm3"])
@pytest.mark.parametrize(("short", "others"), [("ttl", "jsonld nt"), ("jsonld", "ttl nt"), ("nt", "ttl jsonld")])
def test_an_answer_links_to_its_other_forms(client: TestClient, path: str, short: str, others: str) -> None:
    links = client.get(f"{path}?f={short}").links
    alternates = [url for url in client.get(f"{path}?f={short}").headers["link"].split(", ") if 'rel="alternate' in url]
    for other in others.split():
        assert any(f"<http://testserver{path}?f={other}>" in url for url in alternates)
    assert not any(f"?f={short}>" in url for url in alternates)
    assert ("describedby" in links) == (short == "jsonld")


def test_json_ld_names_its_context_and_has_it_inline(client: TestClient) -> None:
    answer = client.get("/id/breda/Thing/x/0?f=jsonld")
    context = client.get(answer.links["describedby"]["url"])
    assert context.headers["content-type"].startswith("application/ld+json")
    assert context.json()["@context"] == answer.json()["@context"]


@pytest.mark.parametrize("path", ["/id/breda/Thing/x/0", "/id/breda", "/def/core", "/def/units"])
def test_an_answer_that_is_known_is_not_sent_again(client: TestClient, path: str) -> None:
    head, whole = client.head(path), client.get(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", whole.headers["etag"])
    assert whole.headers["vary"].startswith("Accept")
    again = client.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(path, headers={"If-None-Match": whole.headers["etag"], "Accept": "application/n-triples"})
    assert other.status_code == 200


def test_the_lab_is_described_with_its_area_and_its_catalogue(serve: Callable[..., TestClient]) -> None:
    area = Box(4.66, 51.48, 4.9, 51.65)
    info = LabInfo(key="breda", name="Breda", municipality="gm0758", area=area, url="https://breda.example")
    client = serve(labs=(info,))
    found = graph(client, "/id/breda", "text/turtle")
    lab = rdflib.URIRef(BASE)
    assert (lab, rdflib.RDF.type, rdflib.URIRef("https://ssclab.example/def/core#Lab")) in found
    assert (lab, rdflib.RDFS.label, rdflib.Literal("Breda")) in found
    assert (lab, rdflib.RDFS.seeAlso, rdflib.URIRef("https://ssclab.example/catalog/breda")) in found
    tooi = rdflib.URIRef("https://identifier.overheid.nl/tooi/id/gemeente/gm0758")
    assert (lab, rdflib.URIRef("https://ssclab.example/def/core#municipality"), tooi) in found
    page = client.get("/id/breda", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "http://testserver/catalog/breda?f=html")
    assert client.get("/id/helmond").status_code == 404


def test_a_sensor_of_several_things_is_a_model_wherever_it_is_named(client: TestClient) -> None:
    procedure, used = rdflib.URIRef(SOSA + "Procedure"), rdflib.URIRef(SOSA + "usedProcedure")
    sensor = rdflib.URIRef(f"{BASE}/Sensor/x/s")
    assert (sensor, rdflib.RDF.type, procedure) in graph(client, "/id/breda/Sensor/x/s", "text/turtle")
    for path in ("Datastream/x/0/pm25", f"Observation/{KEYS['Observation']}"):
        found = graph(client, f"/id/breda/{path}", "text/turtle")
        assert (rdflib.URIRef(f"{BASE}/{path}"), used, sensor) in found
