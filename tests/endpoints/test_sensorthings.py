"""What SensorThings requests answer: a table of requests, paging, links, addresses."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from ssclab_data.settings import Settings

ROOT = "http://testserver/sta/v1.1"
CONCEPT = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001"
SETS = {
    "Things": 5,
    "Locations": 1,
    "HistoricalLocations": 1,
    "Datastreams": 5,
    "Sensors": 1,
    "ObservedProperties": 1,
    "Observations": 23,
    "FeaturesOfInterest": 1,
}


def get(client: TestClient, path: str) -> Any:
    answer = client.get(f"/sta/v1.1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(body: Any) -> list[Any]:
    return [one["name"] for one in body["value"]]


def walk(client: TestClient, path: str) -> list[Any]:
    """Follow `@iot.nextLink` from a path to the end."""
    found: list[Any] = []
    link: str | None = f"{ROOT}{path}"
    while link is not None:
        answer = client.get(link)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["value"], "a next link leads to rows"
        found += body["value"]
        link = body.get("@iot.nextLink")
    return found


def thing(client: TestClient, number: int) -> str:
    """Path of a Thing by its number in the fixture."""
    body = get(client, f"/Things?$filter=properties/number eq {number}")
    return f"/Things({body['value'][0]['@iot.id']})"


@pytest.mark.parametrize(("plural", "count"), SETS.items())
def test_every_set_is_there_and_counted(client: TestClient, plural: str, count: int) -> None:
    assert get(client, f"/{plural}?$count=true&$top=0")["@iot.count"] == count
    assert client.get(f"/sta/v1.1/{plural}/$count").text == str(count)
    for one in walk(client, f"/{plural}"):
        assert one["@iot.selfLink"] == f"{ROOT}/{plural}({one['@iot.id']})"
        assert get(client, one["@iot.selfLink"].removeprefix(ROOT)) == one


@pytest.mark.parametrize("plural", SETS)
def test_every_navigation_link_leads_somewhere(client: TestClient, plural: str) -> None:
    one = get(client, f"/{plural}?$top=1")["value"][0]
    links = {name: link for name, link in one.items() if name.endswith("@iot.navigationLink")}
    assert links
    for name, link in links.items():
        body = client.get(link).json()
        link_name = name.partition("@")[0]
        expanded = get(client, f"/{plural}({one['@iot.id']})?$expand={link_name}")[link_name]
        assert body.get("value", body) == expanded


NAME_REQUESTS = [
    ("Things?$orderby=name desc&$top=2", ["Paal 4", "Paal 3"], "order and top"),
    ("Things?$orderby=name&$skip=3", ["Paal 3", "Paal 4"], "skip"),
    ("Things?$filter=name eq 'Paal 2'", ["Paal 2"], "raw spaces and quotes"),
    ("Things?$filter=name+eq+'Paal+2'", ["Paal 2"], "form-encoded spaces"),
    ("Things?$filter=properties/number ge 3&$orderby=name", ["Paal 3", "Paal 4"], "into JSON"),
    ("Things?$filter=startswith(name,'Paal') and not (properties/number lt 4)", ["Paal 4"], "functions and logic"),
    ("Things?$filter=Datastreams/name eq 'PM2.5 1'", ["Paal 1"], "over a to-many link"),
    ("Datastreams?$filter=Thing/name eq 'Paal 1'", ["PM2.5 1"], "over a to-one link"),
    (f"Datastreams?$filter=ObservedProperty/definition eq '{CONCEPT}'&$top=1", ["PM2.5 0"], "an IRI with slashes"),
    ("Locations?$filter=st_within(location,geography'POLYGON((4 51,5 51,5 52,4 52,4 51))')", ["Plein"], "space"),
    ("/Things?$filter=name eq 'Paal 0'", ["Paal 0"], "a double slash (TU Delft)"),
    ("Datastreams?$orderby=Thing/name DESC&$top=1", ["PM2.5 4"], "upper case direction (frost-sta-client)"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "expected", "why"), NAME_REQUESTS)
def test_sets_by_name(client: TestClient, request_: str, expected: list[str], why: str) -> None:
    assert names(get(client, f"/{request_}")) == expected, why


RESULT_REQUESTS = [
    ("$filter=result gt 20&$orderby=result", [21, 22], "numbers"),
    ("$filter=result gt '20' and result lt '3'&$orderby=phenomenonTime", [21, 22], "a text literal compares as text"),
    ("$filter=phenomenonTime gt 2026-01-08T23:19:30%2B01:00&$orderby=phenomenonTime", [20, 21, 22], "encoded offset"),
    ("$filter=phenomenonTime gt 2026-01-08T23:19:30+01:00&$orderby=phenomenonTime", [20, 21, 22], "offset not encoded"),
    ("$filter=phenomenonTime gt '2026-01-08T22:20:30Z'&$orderby=phenomenonTime", [21, 22], "quoted time (samanapir)"),
    ("$filter=phenomenonTime gt '2027-01-01'", [], "quoted date, nothing"),
    ("$orderby=phenomenonTime desc&$top=1", [22], "latest"),
    ("$filter=resultTime eq null", [12.3456789012], "absence"),
]


@pytest.mark.parametrize(("options", "expected", "why"), RESULT_REQUESTS)
def test_observations_by_result(client: TestClient, options: str, expected: list[Any], why: str) -> None:
    assert [one["result"] for one in get(client, f"/Observations?{options}")["value"]] == expected, why


def test_results_and_times_are_as_they_were_measured(client: TestClient) -> None:
    first, second = get(client, "/Observations?$orderby=phenomenonTime&$top=2")["value"]
    assert first["result"] == 12.3456789012
    assert first["phenomenonTime"] == "2026-01-08T22:00:00Z"
    assert first["resultTime"] is None, "present as null (ets-sta10)"
    assert second["phenomenonTime"] == "2026-01-08T22:01:00Z/2026-01-08T22:02:00Z"


def test_a_datastream_has_its_unit_and_bounds(client: TestClient) -> None:
    body = get(client, "/Datastreams?$filter=Thing/name eq 'Paal 0'")["value"][0]
    assert body["unitOfMeasurement"]["symbol"] == "µg/m³"
    assert body["phenomenonTime"].startswith("2026-01-08T22:00:00Z/")
    assert "resultType" not in body, "SensorThings 2.0 only"
    assert "ObservedProperties@iot.navigationLink" not in body


@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("/Things?$select=name", {"name"}),
        ("/Things?$select=@iot.id,name", {"@iot.id", "name"}),
        ("/Things?$select=id", {"@iot.id"}),
        ("/Things?$select=name,Datastreams", {"name", "Datastreams@iot.navigationLink"}),
        ("/Things?$select=name&$expand=Locations", {"name", "Locations"}),
        ("/Observations?$select=result,phenomenonTime", {"result", "phenomenonTime"}),
        ("/Observations?$select=resultTime", {"resultTime"}),
    ],
)
def test_select_gives_what_is_asked_and_no_more(client: TestClient, path: str, members: set[str]) -> None:
    assert {frozenset(one) for one in get(client, path)["value"]} == {frozenset(members)}


def test_select_reaches_into_json(client: TestClient) -> None:
    body = get(client, "/Things?$select=properties/nested/a,properties/owner&$top=1")
    assert body["value"] == [{"properties": {"owner": "gemeente", "nested": {"a": 1}}}]


def test_no_count_that_was_not_asked_for(client: TestClient) -> None:
    assert list(get(client, "/Things?$top=10")) == ["value"]


def test_the_next_link_comes_first(client: TestClient) -> None:
    """The R client of RIVM takes the first member for it."""
    assert next(iter(get(client, "/Things?$count=true&$top=1"))) == "@iot.nextLink"


@pytest.mark.parametrize(
    ("path", "count", "key"),
    [
        ("/Observations", 23, "@iot.id"),
        ("/Observations?$top=1", 23, "@iot.id"),
        ("/Observations?$orderby=result desc&$top=3", 23, "@iot.id"),
        ("/Observations?$orderby=resultTime&$top=3", 23, "@iot.id"),
        ("/Observations?$orderby=Datastream/name,phenomenonTime desc", 23, "@iot.id"),
        ("/Observations?$skip=5&$top=3", 18, "@iot.id"),
        ("/Observations?$filter=result ge 3&$count=true&$select=@iot.id", 21, "@iot.id"),
        ("/Observations?$filter=phenomenonTime lt 2026-01-08T23:10:00+01:00&$top=3", 10, "@iot.id"),
        ("/Observations/$ref", 23, "@iot.selfLink"),
        ("/Things?$orderby=properties/owner&$top=2", 5, "@iot.id"),
    ],
)
def test_walking_gives_every_entity_once(client: TestClient, path: str, count: int, key: str) -> None:
    found = [one[key] for one in walk(client, path)]
    assert len(found) == len(set(found)) == count


def test_walking_keeps_the_order_of_one_page(serve: Callable[..., TestClient]) -> None:
    whole = get(serve(settings=Settings()), "/Observations?$orderby=result desc")["value"]
    assert walk(serve(), "/Observations?$orderby=result desc&$top=3") == whole


def test_a_next_link_repeats_all_options(client: TestClient) -> None:
    link = unquote(get(client, "/Observations?$filter=result ge 3&$select=result&$count=true&$top=2")["@iot.nextLink"])
    assert link.startswith(f"{ROOT}/Observations?")
    for option in ("$filter=result ge 3", "$select=result", "$count=true", "$top=2", "$skiptoken="):
        assert option in link


def test_the_count_is_of_all_pages(client: TestClient) -> None:
    body = get(client, "/Observations?$count=true&$filter=result ge 3")
    assert body["@iot.count"] == client.get(body["@iot.nextLink"]).json()["@iot.count"] == 21


def test_the_largest_page_is_capped(client: TestClient) -> None:
    assert len(get(client, "/Observations?$top=10000")["value"]) == 10


def test_expanded_sets_have_next_links_that_work(client: TestClient) -> None:
    path = (
        "/Things?$filter=name eq 'Paal 0'&$expand=Datastreams($expand=Observations("
        "$top=5;$count=true;$orderby=phenomenonTime desc;$select=result,@iot.id))"
    )
    datastream = get(client, path)["value"][0]["Datastreams"][0]
    assert datastream["Observations@iot.count"] == 23
    rest = walk(client, datastream["Observations@iot.nextLink"].removeprefix(ROOT))
    found = [one["@iot.id"] for one in datastream["Observations"] + rest]
    assert len(found) == len(set(found)) == 23
    assert all(set(one) == {"result", "@iot.id"} for one in rest)


def test_expand_has_default_pages_too(client: TestClient) -> None:
    body = get(client, "/Datastreams?$filter=Thing/name eq 'Paal 0'&$expand=Observations")["value"][0]
    assert len(body["Observations"]) == 4
    assert "Observations@iot.nextLink" in body
    assert "Observations@iot.navigationLink" not in body
    assert "Thing@iot.navigationLink" in body


def test_expand_over_slashes(client: TestClient) -> None:
    body = get(client, "/Datastreams?$top=1&$expand=Thing/Locations,Sensor,ObservedProperty")["value"][0]
    assert body["Thing"]["Locations"][0]["name"] == "Plein"
    assert body["Sensor"]["name"] == "SDS011"


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        ("/name", {"name": "Paal 3"}),
        ("/properties", {"properties": {"owner": "gemeente", "number": 3, "nested": {"a": 1, "b": 2}}}),
        ("/properties/nested/b", {"b": 2}),
        ("/properties/nested/$value", {"a": 1, "b": 2}),
        ("?$select=name", {"name": "Paal 3"}),
    ],
)
def test_paths_to_properties(client: TestClient, suffix: str, expected: Any) -> None:
    assert get(client, thing(client, 3) + suffix) == expected


@pytest.mark.parametrize(
    ("suffix", "text"), [("/name/$value", "Paal 3"), ("/properties/number/$value", "3"), ("/Datastreams/$count", "1")]
)
def test_raw_values(client: TestClient, suffix: str, text: str) -> None:
    answer = client.get(f"/sta/v1.1{thing(client, 3)}{suffix}")
    assert (answer.status_code, answer.text) == (200, text)
    assert answer.headers["content-type"].startswith("text/plain")


def test_references(client: TestClient) -> None:
    body = get(client, f"{thing(client, 3)}/Datastreams/$ref")
    assert [set(one) for one in body["value"]] == [{"@iot.selfLink"}]
    assert names({"value": [client.get(body["value"][0]["@iot.selfLink"]).json()]}) == ["PM2.5 3"]


def test_a_value_that_is_null_has_no_content(client: TestClient) -> None:
    first = get(client, "/Observations?$orderby=phenomenonTime&$top=1")["value"][0]
    path = first["@iot.selfLink"].removeprefix(ROOT)
    assert client.get(f"/sta/v1.1{path}/resultTime").status_code == 204


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/Thing", 404, "unknown-name"),
        ("/Things(99999)", 404, "not-found"),
        ("/Things(99999)/Datastreams", 404, "not-found"),
        ("/Things(99999)/Datastreams/$count", 404, "not-found"),
        ("/Things(99999)/name", 404, "not-found"),
        ("/Datastreams(99999)/Thing", 404, "not-found"),
        ("/Things?$filter=nam eq 'x'", 400, "unknown-name"),
        ("/Things?$filter=name eq", 400, "query-syntax"),
        ("/Things?$filter=name eq 'x' frobnicate", 400, "query-syntax"),
        ("/Things?$orderby=Datastreams/name", 400, "query-type"),
        ("/Things?$top=x", 400, None),
        ("/Things?$top=-1", 400, None),
        ("/Things?$bogus=1", 400, "unknown-name"),
        ("/Things?top=1", 400, "unknown-name"),
        ("/Things?$top=1&$top=2", 400, "query-syntax"),
        ("/Things?$expand=Sensors", 400, "unknown-name"),
        ("/Datastreams?$select=resultType", 400, "unknown-name"),
        ("/Things?$resultFormat=dataArray", 501, "unsupported"),
        ("/Things?$skiptoken=AAAA", 400, "bad-cursor"),
    ],
)
def test_bad_requests(client: TestClient, path: str, status: int, code: str | None) -> None:
    answer = client.get(f"/sta/v1.1{path}")
    body = answer.json()
    assert answer.status_code == status, body
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert code is None or body["code"] == code, body
    assert body["message"] == body["detail"]


@pytest.mark.parametrize(
    "suffix", ["?$filter=name eq 'x'", "?$top=1", "/name?$select=name", "/Datastreams/$count?$top=1"]
)
def test_options_that_do_not_go_with_a_path(client: TestClient, suffix: str) -> None:
    answer = client.get(f"/sta/v1.1{thing(client, 3)}{suffix}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-query")


def test_a_bad_name_is_told_with_its_place_and_the_known_ones(client: TestClient) -> None:
    body = client.get("/sta/v1.1/Things?$filter=name eq 'x' and nam eq 'y'").json()
    assert (body["option"], body["position"]) == ("$filter", 16)
    assert "name" in body["known"]


def test_a_cursor_is_good_for_its_own_query_only(client: TestClient, serve: Callable[..., TestClient]) -> None:
    link = get(client, "/Observations?$filter=result ge 3&$top=2")["@iot.nextLink"]
    for changed in (
        link.replace("Observations", "Things"),
        link.replace("ge%203", "ge%204"),
        link + "&$orderby=result",
        link[:-6] + "AAAAAA",
    ):
        assert client.get(changed).status_code == 400
    assert client.get(link.replace("$top=2", "$top=3")).status_code == 200


def test_the_base_can_be_set(serve: Callable[..., TestClient]) -> None:
    client = serve(settings=Settings(base_url="https://data.example.nl/sensoren/", page_size=1))
    body = get(client, "/Things")
    assert body["@iot.nextLink"].startswith("https://data.example.nl/sensoren/sta/v1.1/Things?")
    assert body["value"][0]["@iot.selfLink"].startswith("https://data.example.nl/sensoren/sta/v1.1/Things(")


def test_the_base_has_the_prefix_of_a_mount(client: TestClient) -> None:
    outer = TestClient(
        Starlette(routes=[Mount("/a", routes=[Mount("/b", app=client.app)])]), base_url="http://testserver"
    )
    body = outer.get("/a/b/sta/v1.1/Things?$top=1").json()
    assert body["@iot.nextLink"].startswith("http://testserver/a/b/sta/v1.1/Things?")
    again = outer.get(body["@iot.nextLink"])
    assert again.status_code == 200
    assert len(again.json()["value"]) == 1


def test_a_forged_host_is_not_repeated(client: TestClient) -> None:
    body = client.get("/sta/v1.1", headers={"Host": "evil.example/<script>"}).text
    assert "evil" not in body


def test_answers_are_json_that_any_reader_takes(client: TestClient) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    json.loads(client.get("/sta/v1.1/Observations?$top=10").content, parse_constant=refuse)
