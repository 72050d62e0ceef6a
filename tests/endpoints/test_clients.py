"""What known clients send, replayed, with what each of them depends on in the answer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from starlette.testclient import TestClient

from ssclab_data.settings import Settings

OBSERVATIONS = 23
NEWEST = 22
CONCEPT = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001"
BOX = "geography'POLYGON((4 51,5 51,5 52,4 52,4 51))'"


@pytest.fixture(params=["v1.0", "v1.1"])
def root(request: pytest.FixtureRequest) -> str:
    return f"/sta/{request.param}"


@pytest.fixture
def lab(serve: Callable[..., TestClient]) -> TestClient:
    """A lab with pages of 100."""
    return serve(settings=Settings())


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(client: TestClient, target: str) -> tuple[int, Any]:
    """Send a target byte for byte: what a client leaves unencoded stays so."""
    path, _, query = target.partition("?")
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def note(message: Any) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"testserver")],
        "server": ("testserver", 80),
    }
    asyncio.run(client.app(scope, receive, note))  # type: ignore[arg-type] # the scope is complete
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return messages[0]["status"], json.loads(body)


def first(client: TestClient, root: str, plural: str, condition: str) -> Any:
    return get(client, f"{root}/{plural}?$filter={condition}")["value"][0]


def datastream(client: TestClient, root: str) -> int:
    """Handle of the Datastream that has Observations."""
    return int(first(client, root, "Datastreams", "name eq 'PM2.5 0'")["@iot.id"])


class TestSamanapir:
    """RIVM's R client, of the Dutch public: quoted dates, and the first of several members is the next page."""

    @staticmethod
    def next_page(body: Any) -> str | None:
        """Do as the client does: more than one member means that the first is the address of the next page."""
        return next(iter(body.values())) if len(body) > 1 else None

    def walk(self, client: TestClient, url: str) -> list[Any]:
        found: list[Any] = []
        page: str | None = url
        while page is not None:
            body = get(client, page)
            found += body["value"]
            page = self.next_page(body)
        return found

    @pytest.mark.parametrize("page_size", [2, 100])
    def test_things_of_a_project_with_their_datastreams(
        self, serve: Callable[..., TestClient], root: str, page_size: int
    ) -> None:
        client = serve(settings=Settings(page_size=page_size))
        path = f"{root}/Things?$filter=(properties/owner eq 'gemeente')&$expand=Locations,Datastreams"
        things = self.walk(client, path)
        assert [one["name"] for one in things] == [f"Paal {number}" for number in range(5)]
        for one in things:
            assert one["Locations"][0]["location"]["coordinates"] == [4.776512345678, 51.589123456789]
            assert one["Datastreams"][0]["@iot.id"]
            assert one["properties"]["owner"] == "gemeente"

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("phenomenonTime gt '2026-01-08' and phenomenonTime lt '2026-01-09'", OBSERVATIONS),
            ("phenomenonTime gt '2026-01-09'", 0),
            ("phenomenonTime ge '2026-01-08T22:10:00Z' and phenomenonTime lt '2026-01-08T22:15:00Z'", 5),
            ("phenomenonTime gt '2026-01-08T22:20:30+00:00'", 2),
        ],
    )
    def test_observations_between_quoted_dates(
        self, serve: Callable[..., TestClient], root: str, condition: str, expected: int
    ) -> None:
        client = serve(settings=Settings(page_size=4))
        path = (
            f"{root}/Datastreams({datastream(client, root)})/Observations?$filter={condition}&$orderby=phenomenonTime"
        )
        found = self.walk(client, path)
        assert len({one["@iot.id"] for one in found}) == len(found) == expected

    def test_a_last_page_has_one_member(self, lab: TestClient, root: str) -> None:
        assert list(get(lab, f"{root}/Things?$filter=properties/owner eq 'gemeente'")) == ["value"]


class TestQGIS:
    """The provider of QGIS 3.38 and later."""

    def test_it_counts_first_and_reads_then(self, lab: TestClient, root: str) -> None:
        condition = "location/type eq 'Point' or location/geometry/type eq 'Point'"
        counted = get(lab, f"{root}/Locations?$top=0&$count=true&$filter={condition}")
        assert (counted["@iot.count"], counted["value"]) == (1, [])
        page = get(lab, f"{root}/Locations?$top=200&$count=false&$filter=location/type eq 'Point'")
        assert len(page["value"]) == 1
        assert "@iot.count" not in page

    def test_it_asks_for_a_box(self, lab: TestClient, root: str) -> None:
        path = f"{root}/Locations?$top=1&$count=false&$filter=geo.intersects(location, {BOX})"
        assert len(get(lab, path)["value"]) == 1
        assert not get(lab, path.replace("4 51,5 51,5 52,4 52,4 51", "0 0,1 0,1 1,0 1,0 0"))["value"]

    def test_it_expands_by_names_that_are_singular_for_one(self, lab: TestClient, root: str) -> None:
        options = (
            "$expand=Thing($expand=Datastreams($orderby=id;$top=100)),Sensor,ObservedProperty,"
            "Observations($orderby=id;$top=3)"
        )
        one = get(lab, f"{root}/Datastreams({datastream(lab, root)})?{options}")
        assert isinstance(one["Thing"], dict)
        assert isinstance(one["Thing"]["Datastreams"], list)
        assert [type(entity["@iot.id"]) for entity in (one, one["Sensor"], *one["Observations"])] == [int] * 5
        start, end = one["phenomenonTime"].split("/")
        assert start < end
        assert len(get(lab, one["Observations@iot.nextLink"])["value"]) == 3

    def test_it_takes_a_next_link_as_it_is(self, serve: Callable[..., TestClient], root: str) -> None:
        client = serve(settings=Settings(page_size=2))
        found: list[Any] = []
        page = f"{root}/Locations?$top=200&$count=false&$expand=Things($orderby=id;$top=2)"
        body = get(client, page)
        found += body["value"][0]["Things"]
        link = body["value"][0]["Things@iot.nextLink"]
        while link:
            inner = get(client, link)
            found += inner["value"]
            link = inner.get("@iot.nextLink")
        assert len({one["@iot.id"] for one in found}) == len(found) == 5, "QGIS#59529: the inner link leads on"


class TestGrafana:
    """Both data sources keep only what comes after `?` of a next link, so that it must be enough."""

    def test_linksmart(self, serve: Callable[..., TestClient], root: str) -> None:
        client = serve(settings=Settings(page_size=10, max_page_size=10))
        path = f"{root}/Datastreams({datastream(client, root)})/Observations"
        query = (
            "$filter=phenomenonTime gt 2026-01-08T22:00:00.000Z and phenomenonTime lt 2026-01-08T22:30:00.000Z"
            "&$select=phenomenonTime,result&$orderby=phenomenonTime desc&$top=1000"
        )
        found = self.follow(client, path, query)
        assert len(found) == OBSERVATIONS - 1
        assert found[0]["result"] == NEWEST
        assert all(set(one) == {"phenomenonTime", "result"} for one in found)

    def test_fraunhofer(self, lab: TestClient, root: str) -> None:
        things = get(lab, f"{root}/Things?$filter=startswith(name,'Paal')&$count=true&$skip=2&$top=2")
        assert (things["@iot.count"], [one["name"] for one in things["value"]]) == (5, ["Paal 2", "Paal 3"])
        path = f"{root}/Datastreams({datastream(lab, root)})/Observations"
        found = self.follow(lab, path, "$filter=phenomenonTime ge 2026-01-08T22:00:00.000Z&$top=7&$count=true")
        assert len({one["@iot.id"] for one in found}) == len(found) == OBSERVATIONS

    @staticmethod
    def follow(client: TestClient, path: str, query: str) -> list[Any]:
        found: list[Any] = []
        more = True
        while more:
            body = get(client, f"{path}?{query}")
            found += body["value"]
            link = body.get("@iot.nextLink")
            more = link is not None
            query = link.split("?")[1] if more else ""
        return found


def test_home_assistant_looks_for_classes_and_follows_navigation_links(lab: TestClient) -> None:
    conformance = get(lab, "/sta/v1.1")["serverSettings"]["conformance"]
    for name in ("datamodel", "request-data"):
        assert f"http://www.opengis.net/spec/iot_sensing/1.1/req/{name}" in conformance
    body = get(lab, "/sta/v1.1/Datastreams?$expand=Thing")
    one = next(one for one in body["value"] if one["name"] == "PM2.5 0")
    assert one["Thing"]["name"] == "Paal 0"
    link = one["Observations@iot.navigationLink"]
    assert link.startswith("http://testserver/"), "absolute"
    status, page = send(lab, f"{urlsplit(link).path}?$top=1&$orderby=phenomenonTime desc")
    assert (status, page["value"][0]["result"]) == (200, NEWEST)


class TestVirtualCity:
    """VirtualCity Publisher leaves line feeds and spaces in its addresses (FROST#2351)."""

    @pytest.mark.parametrize("space", ["\n", "\r\n  ", "%0A", "%0D%0A%09", "\t", "  "])
    def test_white_space_is_no_matter(self, lab: TestClient, root: str, space: str) -> None:
        options = space.join(("$expand=", "Observations(", "$top=1;", "$orderby=phenomenonTime", " desc", ")"))
        status, body = send(lab, f"{root}/Datastreams?{options}&$filter={space}name eq{space} 'PM2.5 0'")
        assert (status, body["value"][0]["Observations"][0]["result"]) == (200, NEWEST)

    def test_an_order_over_a_link_to_many_is_told_not_to_be_one(self, lab: TestClient, root: str) -> None:
        status, body = send(lab, f"{root}/Datastreams?$orderby=Observations/phenomenonTime desc")
        assert (status, body["code"], body["option"]) == (400, "query-type", "$orderby")


class TestDelft:
    """The health checks of TU Delft."""

    def test_all_times_in_one_page(self, lab: TestClient, root: str) -> None:
        path = f"{root}//Datastreams?$select=phenomenonTime,@iot.id&$expand=Thing($select=@iot.id)&$top=10000"
        body = get(lab, path)
        assert list(body) == ["value"]
        assert [set(one) for one in body["value"]] == [{"phenomenonTime", "@iot.id", "Thing"}] * 5
        assert {frozenset(one["Thing"]) for one in body["value"]} == {frozenset({"@iot.id"})}
        times = [one["phenomenonTime"] for one in body["value"]]
        assert times[0] == "2026-01-08T22:00:00Z/2026-01-08T22:22:00Z"
        assert times[1:] == [None] * 4


class TestPygeoapi:
    """The SensorThings provider of pygeoapi."""

    EXPAND = (
        "$expand=Sensor,ObservedProperty,Thing/Locations,Observations($select=@iot.id;$orderby=phenomenonTime desc),"
        "Observations/FeatureOfInterest($select=feature)"
    )

    def test_items(self, lab: TestClient, root: str) -> None:
        body = get(lab, f"{root}/Datastreams?{self.EXPAND}&$orderby=Thing/@iot.id asc&$top=10")
        one = body["value"][0]
        assert one["Thing"]["Locations"][0]["location"]["type"] == "Point"
        assert (one["Sensor"]["name"], one["ObservedProperty"]["definition"]) == ("SDS011", CONCEPT)
        assert len(one["Observations"]) == OBSERVATIONS
        for observation in one["Observations"]:
            assert set(observation) == {"@iot.id", "FeatureOfInterest"}
            assert set(observation["FeatureOfInterest"]) == {"feature"}

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (f"st_within(Thing/Locations/location,{BOX})", 5),
            ("Thing/@iot.id eq {thing}", 1),
            ("Thing/name eq 'Paal 3' and phenomenonTime ge 2026-01-01T00:00:00Z", 0),
        ],
    )
    def test_conditions(self, lab: TestClient, root: str, condition: str, expected: int) -> None:
        thing = first(lab, root, "Things", "name eq 'Paal 3'")["@iot.id"]
        body = get(lab, f"{root}/Datastreams?$count=true&$filter={condition.replace('{thing}', str(thing))}")
        assert body["@iot.count"] == expected

    def test_observations_of_a_datastream_by_its_id(self, lab: TestClient, root: str) -> None:
        condition = f"Datastream/@iot.id eq {datastream(lab, root)}"
        options = f"$filter={condition}&$orderby=phenomenonTime desc&$select=result,Datastream/@iot.id"
        newest = get(lab, f"{root}/Observations?{options}")["value"][0]
        assert newest == {"result": NEWEST, "Datastream": {"@iot.id": datastream(lab, root)}}


class TestMaps:
    """Dutch maps: the latest value of everything in one request (gost#145, FROST#287)."""

    def test_latest_values(self, lab: TestClient, root: str) -> None:
        path = (
            f"{root}/Things?$expand=Locations($select=name,location),"
            "Datastreams($expand=Observations($orderby=phenomenonTime desc;$top=1))"
        )
        body = get(lab, path)
        assert len(body["value"]) == 5
        for one in body["value"]:
            assert set(one["Locations"][0]) == {"name", "location"}
            (stream,) = one["Datastreams"]
            assert len(stream["Observations"]) <= 1
        newest = body["value"][0]["Datastreams"][0]["Observations"][0]
        assert newest["result"] == NEWEST

    def test_a_count_of_all_observations(self, lab: TestClient, root: str) -> None:
        assert get(lab, f"{root}/Observations?$count=true&$top=1")["@iot.count"] == OBSERVATIONS


class TestWriters:
    """What Clappform and Geo Insights ask before they write."""

    def test_a_name_with_quotes(self, lab: TestClient, root: str) -> None:
        assert get(lab, f"{root}/Things?$filter=name eq 'O''Brien'&$top=1") == {"value": []}
        assert len(get(lab, f"{root}/Things?$filter=name eq 'Paal 1'&$top=1")["value"]) == 1

    def test_whether_a_time_is_there(self, lab: TestClient, root: str) -> None:
        path = f"{root}/Datastreams({datastream(lab, root)})/Observations?$filter=phenomenonTime eq "
        assert len(get(lab, f"{path}2026-01-08T22:04:00Z&$top=1&$select=@iot.id")["value"]) == 1
        assert get(lab, f"{path}2026-01-08T22:04:01Z&$top=1&$select=@iot.id") == {"value": []}


class TestFrostClient:
    """What frost-sta-client writes into addresses."""

    def test_its_spelling(self, lab: TestClient, root: str) -> None:
        body = get(lab, f"{root}/Datastreams?$orderby=name DESC&$top=2&$expand=Thing,Observations($top=1)")
        assert [one["name"] for one in body["value"]] == ["PM2.5 4", "PM2.5 3"]
        things = get(lab, f"{root}/Datastreams({datastream(lab, root)})/Thing")
        assert get(lab, f"{root}/Things({things['@iot.id']})") == things
        assert lab.get(f"{root}/Things('{things['@iot.id']}')").status_code == 404, "a text is no number"

    def test_the_message_of_an_error(self, lab: TestClient, root: str) -> None:
        assert "nam" in lab.get(f"{root}/Things?$filter=nam eq 'x'").json()["message"]
