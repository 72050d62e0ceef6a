"""OGC API Features: the abstract tests that matter (OGC 17-069r4, annex A), OWSLib, and the committed configuration."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from owslib.ogcapi.features import Features
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.ogcapi.config import OPENAPI, committed
from ssclab_data.model import codelists
from ssclab_data.model.sensorthings import Thing
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.testing import example_batch

ITEMS = "/ogc/collections/things/items"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    store = MemoryStore("breda")
    store.apply(example_batch())
    labs = (codelists.municipalities()["breda"],)
    with TestClient(build_app(store, labs=labs, settings=Settings(), title="Breda")) as client:
        yield client


def get(client: TestClient, path: str, status: int = 200, **headers: str) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


class TestAbstractTests:
    def test_core_root_success(self, client: TestClient) -> None:
        links = {link["rel"]: link for link in get(client, "/ogc/")["links"]}
        assert links["service-desc"]["type"] == OPENAPI
        assert {"conformance", "data", "self"} <= links.keys()

    def test_core_api_definition_success(self, client: TestClient) -> None:
        document = get(client, "/ogc/openapi")
        assert document["openapi"].startswith("3.0")
        assert document["servers"] == [{"url": "http://testserver/ogc"}]
        for reference in _references(document):
            node: Any = document
            assert reference.startswith("#/"), reference
            for key in reference[2:].split("/"):
                node = node[key]
        assert all("200" in operation["get"]["responses"] for operation in document["paths"].values())

    def test_core_conformance_success(self, client: TestClient) -> None:
        assert any("features-1/1.0/conf/core" in name for name in get(client, "/ogc/conformance")["conformsTo"])

    def test_core_fc_md_success(self, client: TestClient) -> None:
        collections = get(client, "/ogc/collections")["collections"]
        assert [one["id"] for one in collections] == ["things"]
        assert get(client, "/ogc/collections/things")["extent"]["spatial"]["bbox"]
        get(client, "/ogc/collections/none", 404)

    def test_core_fc_response(self, client: TestClient) -> None:
        answer = client.get(ITEMS)
        assert answer.headers["content-type"] == "application/geo+json"
        page = answer.json()
        assert (page["numberMatched"], page["numberReturned"], len(page["features"])) == (2, 2, 2)
        first = page["features"][0]
        assert first["geometry"] == {"type": "Point", "coordinates": [4.7, 51.5]}
        assert first["properties"]["PM2.5"] == 14.123456789012
        assert first["properties"]["PM2.5_unit"] == "µg/m³"

    def test_core_fc_limit(self, client: TestClient) -> None:
        page = get(client, f"{ITEMS}?limit=1")
        assert (page["numberMatched"], len(page["features"])) == (2, 1)
        following = next(link["href"] for link in page["links"] if link["rel"] == "next")
        rest = get(client, following.removeprefix("http://testserver"))
        assert [one["id"] for one in rest["features"]] == [2]
        for wrong in ("0", "-1", "x", "1.5"):
            get(client, f"{ITEMS}?limit={wrong}", 400)

    @pytest.mark.parametrize(
        ("bbox", "ids"),
        [
            ("4.65,51.45,4.75,51.55", [1]),
            ("4,51,5,52", [1, 2]),
            ("0,0,1,1", []),
            ("170,-10,-170,10", []),
            ("4.75,50,4.65,60", [2]),
        ],
    )
    def test_core_fc_bbox(self, client: TestClient, bbox: str, ids: list[int]) -> None:
        assert [one["id"] for one in get(client, f"{ITEMS}?bbox={bbox}")["features"]] == ids

    @pytest.mark.parametrize(
        ("datetime", "ids"),
        [
            ("2016-01-08T22:30:00Z", [1]),
            ("../2016-01-08T21:00:00Z", []),
            ("2016-01-08T22:00:00Z/..", [1, 2]),
            ("2016-01-09T00:00:00Z/2016-01-10T00:00:00Z", [1]),
            ("2016-01-09T04:00:00Z/..", []),
        ],
    )
    def test_core_fc_time(self, client: TestClient, datetime: str, ids: list[int]) -> None:
        assert [one["id"] for one in get(client, f"{ITEMS}?datetime={datetime}")["features"]] == ids

    @pytest.mark.parametrize(
        "query",
        [
            "datetime=2016-01-10/2016-01-09",
            "datetime=soon",
            "datetime=../..",
            "nope=1",
            "bbox=1,2,3",
            "bbox=999,0,1000,1",
            "bbox=nan,0,1,1",
            "q=x",
            "f=xml",
            "limit=1&limit=2",
            "resulttype=some",
            "skipGeometry=maybe",
        ],
    )
    def test_core_query_param_invalid_and_unknown(self, client: TestClient, query: str) -> None:
        problem = get(client, f"{ITEMS}?{query}", 400)
        assert problem["status"] == 400
        assert problem["detail"]

    def test_core_f_success(self, client: TestClient) -> None:
        feature = get(client, f"{ITEMS}/1")
        assert (feature["type"], feature["id"], feature["properties"]["name"]) == ("Feature", 1, "Thing 1")
        get(client, f"{ITEMS}/99", 404)
        get(client, f"{ITEMS}/x", 404)

    def test_crs_is_told_and_applied(self, client: TestClient) -> None:
        answer = client.get(f"{ITEMS}/1", params={"crs": "http://www.opengis.net/def/crs/EPSG/0/28992"})
        x, y = answer.json()["geometry"]["coordinates"]
        assert "28992" in answer.headers["Content-Crs"]
        assert (90_000 < x < 120_000, 380_000 < y < 400_000) == (True, True)


def test_values_come_out_as_they_went_in() -> None:
    """pygeoapi's own writer turns `<` into `&lt;` in every value."""
    name = "PM2.5 < 10 & > 5 \u00e9"
    store = MemoryStore("breda")
    store.apply(Batch(entities=(Thing(key="a/1", name=name, description="x"),)))
    before = list(logging.getLogger().handlers)
    with TestClient(build_app(store, labs=(), settings=Settings(), title="A & B")) as client:
        assert get(client, ITEMS)["features"][0]["properties"]["name"] == name
        page = client.get(ITEMS, headers={"Accept": "text/html"}).text
        assert "PM2.5 &lt; 10 &amp; &gt; 5 \u00e9" in page
        assert get(client, "/ogc/")["title"] == "A & B"
    assert logging.getLogger().handlers == before


def test_every_link_leads_somewhere(client: TestClient) -> None:
    seen: set[str] = set()
    for path in ("/ogc/", "/ogc/collections", "/ogc/collections/things", ITEMS, f"{ITEMS}/1"):
        for link in _links(get(client, path)):
            seen.add(link)
    ours = {link for link in seen if link.startswith("http://testserver/ogc")}
    assert len(ours) > 5
    for link in ours:
        assert client.get(link).status_code == 200, link


def test_the_landing_page_keeps_its_query(client: TestClient) -> None:
    assert client.get("/ogc?f=html").headers["content-type"].startswith("text/html")
    get(client, "/ogc/conformance?nope=1", 400)
    get(client, "/ogc/openapi?nope=1", 400)


def test_values_can_be_asked_for(client: TestClient) -> None:
    assert [one["id"] for one in get(client, f"{ITEMS}?name=Thing 2")["features"]] == [2]
    assert [one["id"] for one in get(client, f"{ITEMS}?sortby=-name")["features"]] == [2, 1]
    assert [one["id"] for one in get(client, f"{ITEMS}?sortby=+name")["features"]] == [1, 2]
    page = get(client, f"{ITEMS}?properties=name&skipGeometry=true")
    assert (page["features"][0]["properties"], page["features"][0]["geometry"]) == ({"name": "Thing 1"}, None)
    assert get(client, f"{ITEMS}?resulttype=hits")["numberMatched"] == 2


def test_pages_for_people_ask_nothing_of_anybody_else(client: TestClient) -> None:
    for path in ("/ogc/", "/ogc/collections", "/ogc/collections/things", ITEMS, f"{ITEMS}/1", "/ogc/conformance"):
        page = client.get(path, headers={"Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "src=" not in page.text
        assert 'rel="stylesheet"' not in page.text
    assert client.get("/ogc/", headers={"Accept": "text/html;q=0"}).headers["content-type"] == "application/json"


def test_the_committed_configuration_is_that_of_today(repository: Path) -> None:
    for path, content in committed(repository / "pygeoapi-config").items():
        assert path.read_bytes() == content, f"{path.name} is stale: python -m ssclab_data.endpoints.ogcapi"


def test_pygeoapi_accepts_the_configuration(repository: Path) -> None:
    import msgspec
    from pygeoapi.config import validate_config

    assert validate_config(msgspec.yaml.decode((repository / "pygeoapi-config/pygeoapi-config.yml").read_bytes()))


def test_owslib_reads_it(city: Any) -> None:
    service = Features(f"{city('hub').url}/ogc/")
    assert service.feature_collections() == ["things"]
    page = service.collection_items("things", limit=7, bbox=[4.66, 51.48, 4.90, 51.65])
    assert {one["properties"]["lab"] for one in page["features"]} == {"breda"}
    assert len(page["features"]) == 7
    feature = service.collection_item("things", page["features"][0]["id"])
    assert feature["properties"] == page["features"][0]["properties"]
    assert [one["id"] for one in page["federation"]["sources"] if one["status"] == "error"] == ["veldhoven"]


def _links(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "href" in node:
            yield node["href"]
        for value in node.values():
            yield from _links(value)
    elif isinstance(node, list):
        for value in node:
            yield from _links(value)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
