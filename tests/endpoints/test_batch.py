"""Batches: what they hold is answered as if it had come alone, and change sets hold all or none."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from ssclab_data.access import NO_TOKENS, Access, GivenTokens
from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.sensorthings.conformance import JSON_BATCH
from ssclab_data.errors import StoreBusyError
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import example_batch

from ..fuzzing.effort import effort
from ..fuzzing.server import Answer as Sent
from ..fuzzing.server import Server

ROOT = "/sta/v1.1"
HOST = "http://localhost"
LABS = (LabInfo(key="breda", name="Breda"),)
TOKEN = {"Authorization": "Bearer ssc_right"}
THING = {"name": "Mast", "description": "een mast"}
SENSOR = {
    "name": "DS",
    "description": "thermometer",
    "encodingType": "application/pdf",
    "metadata": "https://m.example/ds",
}
CRLF = "\r\n"


def application(store: Store, *, access: Access | None = None, **options: Any) -> Starlette:
    return build_app(
        store,
        labs=LABS,
        settings=Settings(page_size=3, max_page_size=5, **options),
        title="Breda",
        access=access or Access(tokens=NO_TOKENS, anonymous_writes=True),
    )


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store: Store = (
        MemoryStore("breda") if request.param == "memory" else SQLiteStore.open(tmp_path / "b.db", lab="breda")
    )
    store.apply(example_batch())
    yield store
    store.close()


@pytest.fixture
def client(store: Store) -> TestClient:
    return TestClient(application(store), base_url=HOST)


class Answer(msgspec.Struct, frozen=True):
    """One answer of a batch."""

    status: int
    headers: dict[str, str]
    body: bytes
    id: str = ""

    def json(self) -> Any:
        return json.loads(self.body)


def http(method: str, url: str, body: Any = None, *, id: str = "", eol: str = CRLF, **headers: str) -> str:
    """Write one part of a batch, with an empty body where there is none (OGC 18-088, 11.2.1)."""
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    outer += [f"Content-ID: {id}"] if id else []
    inner = [f"{method} {url} HTTP/1.1", "Host: localhost"]
    inner += ["Content-Type: application/json"] if body is not None else []
    inner += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return eol.join([*outer, "", *inner, "", text])


def mixed(*parts: str, boundary: str = "batch_1", eol: str = CRLF) -> str:
    return eol.join([*(f"--{boundary}{eol}{part}" for part in parts), f"--{boundary}--", ""])


def change_set(*parts: str, boundary: str = "set_1", eol: str = CRLF) -> str:
    return f"Content-Type: multipart/mixed; boundary={boundary}{eol}{eol}" + mixed(*parts, boundary=boundary, eol=eol)


def send(client: TestClient, body: str | bytes, *, root: str = ROOT, boundary: str = "batch_1", **headers: str) -> Any:
    given = {"Content-Type": f"multipart/mixed;boundary={boundary}", **headers}
    content = body.encode() if isinstance(body, str) else body
    return client.post(f"{root}/$batch", content=content, headers=given)


def read(answer: Any) -> list[Answer | list[Answer]]:
    """Read an answer by the standard library."""
    status, content = (answer.status, answer.body) if isinstance(answer, Sent) else (answer.status_code, answer.content)
    assert status == 200, content
    text = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode() + content
    message = BytesParser(policy=HTTP).parsebytes(text)
    assert not message.defects
    return [_part(one) for one in message.iter_parts()]


def _part(message: Message) -> Answer | list[Answer]:
    assert not message.defects
    if message.is_multipart():
        found = [_part(one) for one in message.get_payload()]  # type: ignore[arg-type]
        return [one for one in found if isinstance(one, Answer)]
    assert message.get_content_type() == "application/http"
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    head, _, body = payload.partition(b"\r\n\r\n")
    line, *fields = head.decode().split(CRLF)
    protocol, status, _ = line.split(" ", 2)
    assert protocol == "HTTP/1.1"
    headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
    if "content-length" in headers:
        assert len(body) == int(headers["content-length"])
    return Answer(int(status), headers, body, message.get("Content-ID", ""))


def one(answer: Any) -> Answer:
    (found,) = read(answer)
    assert isinstance(found, Answer)
    return found


def state(client: TestClient) -> Any:
    """Read everything there is."""
    names = [entry["name"] for entry in client.get(ROOT).json()["value"]]
    found = {}
    for name in names:
        link, rows = f"{ROOT}/{name}?$count=true", []
        while link:
            page = client.get(link).json()
            rows += page["value"]
            link = page.get("@iot.nextLink")
        found[name] = rows
    return found


def post(client: TestClient, requests: Any, **headers: str) -> list[Any]:
    answer = client.post(f"{ROOT}/$batch", json={"requests": requests}, headers=headers)
    assert answer.status_code == 200, answer.text
    responses = answer.json()["responses"]
    assert isinstance(responses, list)
    return responses


# The examples of the standard


@pytest.mark.parametrize("eol", [CRLF, "\n"])
def test_the_example_of_the_standard(client: TestClient, eol: str) -> None:
    """OGC 18-088, 11.2.1 and 11.3: a read, a set of a POST and a PATCH, and a read of what is not there."""
    body = mixed(
        http("GET", f"{ROOT}/Things(1)", eol=eol),
        change_set(
            http("POST", f"{ROOT}/Things", THING, id="1", eol=eol),
            http("PATCH", f"{ROOT}/Things(1)", {"description": "anders"}, id="2", eol=eol, Prefer="return=minimal"),
            eol=eol,
        ),
        http("GET", f"{ROOT}/Things(99)", eol=eol),
        eol=eol,
    )
    first, both, last = read(send(client, body))
    assert isinstance(first, Answer)
    assert isinstance(both, list)
    assert isinstance(last, Answer)
    assert (first.status, first.json()["@iot.id"]) == (200, 1)
    assert [(part.status, part.id) for part in both] == [(201, "1"), (204, "2")]
    assert both[0].headers["location"] == both[0].json()["@iot.selfLink"]
    assert client.get(both[0].headers["location"]).content == both[0].body
    assert (last.status, last.json()["code"]) == (404, "not-found")
    assert client.get(f"{ROOT}/Things(1)").json()["description"] == "anders"


def test_the_layout_of_the_example_in_the_standard(client: TestClient) -> None:
    """The example has blank lines between header lines, a request line without protocol, and lengths of `###`."""
    body = """--batch_1
Content-Type: application/http

GET /sta/v1.1/Things(1)
Host: host


--batch_1
Content-Type: multipart/mixed;boundary=set_1

--set_1

Content-Type: application/http

Content-ID: 1

POST /sta/v1.1/Things HTTP/1.1
Host: host
Content-Type: application/json

Content-Length: ###

{"name": "Mast", "description": "een mast"}
--set_1--
--batch_1--
"""
    first, created = read(send(client, body))
    assert isinstance(first, Answer)
    assert first.status == 200
    assert isinstance(created, list)
    assert [part.status for part in created] == [201]


def test_an_entity_of_the_same_change_set_is_named_by_its_content_id(client: TestClient) -> None:
    """OGC 18-088, 11.2.2, with names in bodies and addresses."""
    stream = {
        "name": "T",
        "description": "",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": "degree Celsius", "symbol": "°C", "definition": "ucum:Cel"},
        "ObservedProperty": {"@iot.id": 1},
        "Sensor": {"@iot.id": "$sensor1"},
    }
    made = change_set(
        http("POST", "Sensors", SENSOR, id="sensor1"),
        http("POST", "Things", {**THING, "name": "$sensor1", "Locations": [{"@iot.id": 1}]}, id="thing"),
        http("POST", "$thing/Datastreams", stream, id="stream"),
        http("POST", "$stream/Observations", {"phenomenonTime": "2026-01-09T00:00:00Z", "result": 3}),
        http("PATCH", "$thing", {"properties": {"ref": "$thing"}}),
    )
    (answers,) = read(send(client, mixed(made)))
    assert isinstance(answers, list)
    assert [part.status for part in answers] == [201, 201, 201, 201, 200]
    link = answers[2].headers["location"]
    assert client.get(f"{link}/Sensor").json()["@iot.selfLink"] == answers[0].headers["location"]
    assert client.get(f"{link}/Observations").json()["value"][0]["result"] == 3
    thing = client.get(f"{link}/Thing").json()
    assert (thing["name"], thing["properties"]) == ("$sensor1", {"ref": "$thing"}), "only ids are names of requests"


def test_the_example_of_json_batches(client: TestClient) -> None:
    """FROST-Server's form: a group, relative addresses, methods in small letters, and where the new entity is."""
    responses = post(
        client,
        [
            {"id": "0", "method": "get", "url": "Things(1)"},
            {"id": "1", "atomicityGroup": "group1", "method": "post", "url": "Things", "body": THING},
            {"id": "2", "atomicityGroup": "group1", "method": "patch", "url": "$1", "body": {"description": "x"}},
            {"id": "3", "method": "get", "url": "Things(99)"},
        ],
    )
    assert [(one["id"], one["status"]) for one in responses] == [("0", 200), ("1", 201), ("2", 200), ("3", 404)]
    assert [one.get("atomicityGroup") for one in responses] == [None, "group1", "group1", None]
    assert responses[1]["location"] == responses[1]["headers"]["location"] == responses[1]["body"]["@iot.selfLink"]
    assert responses[2]["body"]["description"] == "x"
    assert responses[3]["headers"]["content-type"] == "application/problem+json"


# Each request is as if it had come alone

READS = st.one_of(
    st.sampled_from(
        [
            "",
            "api",
            "/",
            "Things/",
            "Things",
            "Things(1)",
            "Things(99)",
            "Nothings",
            "Things(1)/name",
            "Things(1)/name/$value",
            "Things(1)/$ref",
            "Things/$count",
            "Things(1)/Datastreams",
            "Observations(1)",
            "Datastreams(1)/Observations",
            "Datastreams(1)/Thing/Locations",
        ]
    ),
    st.text(alphabet="Things()'/é%1", max_size=12),
)
OPTIONS = st.lists(
    st.sampled_from(
        [
            "$top=1",
            "$top=-1",
            "$count=true",
            "$skip=1",
            "$select=name",
            "$orderby=name desc",
            "$filter=id gt 0",
            "$filter=name%20eq%20%27Ä%27",
            "$filter=nothing eq 1",
            "$expand=Datastreams",
            "$expand=Datastreams($expand=Observations($top=1))",
            "$resultFormat=csv",
            "$resultFormat=dataArray",
            "$resultFormat=GeoJSON",
            "$skiptoken=forged",
            "other=1",
        ]
    ),
    max_size=2,
)
HEADERS = st.sampled_from([{"Accept": "*/*"}, {"Accept": "*/*", "If-None-Match": "*"}, {"Accept": "text/html"}])
KEPT = ("content-type", "etag", "location", "link", "cache-control")


@pytest.fixture(scope="module")
def shared() -> Iterator[TestClient]:
    store = MemoryStore("breda")
    store.apply(example_batch())
    yield TestClient(application(store), base_url=HOST)
    store.close()


@pytest.fixture(scope="module")
def alone() -> Iterator[Server]:
    store = MemoryStore("breda")
    store.apply(example_batch())
    with Server(application(store)) as server:
        yield server
    store.close()


@given(st.lists(st.tuples(READS, OPTIONS, HEADERS), min_size=1, max_size=4))
@effort(60)
def test_reads_are_answered_as_alone(alone: Server, asked: list[tuple[str, list[str], dict[str, str]]]) -> None:
    """The same bytes, tags and links, whether a request comes alone, in a multipart batch or in JSON."""
    wanted = [(f"{ROOT}/{path}" + "?" * bool(options) + "&".join(options), headers) for path, options, headers in asked]
    expected = [alone.send("GET", target.encode(), headers=headers) for target, headers in wanted]
    parts = [
        http("GET", target, **{name.replace("-", "_"): text for name, text in headers.items()})
        for target, headers in wanted
    ]
    kind = {"content-type": "multipart/mixed; boundary=batch_1", "prefer": "odata.continue-on-error"}
    answers = read(alone.send("POST", f"{ROOT}/$batch", body=mixed(*parts).encode(), headers=kind))
    objects = [
        {"id": str(number), "method": "GET", "url": target, "headers": headers}
        for number, (target, headers) in enumerate(wanted)
    ]
    content = json.dumps({"requests": objects}).encode()
    whole = alone.send("POST", f"{ROOT}/$batch", body=content, headers={"content-type": "application/json"})
    responses = msgspec.json.decode(whole.body, type=dict[str, list[dict[str, msgspec.Raw]]])["responses"]
    for one_alone, answer, response in zip(expected, answers, responses, strict=True):
        assert isinstance(answer, Answer)
        assert (answer.status, answer.body) == (one_alone.status, one_alone.body)
        assert {name: answer.headers.get(name) for name in KEPT} == {name: one_alone.headers.get(name) for name in KEPT}
        body = bytes(response.get("body", msgspec.Raw(b"")))
        if body and "json" not in one_alone.headers["content-type"]:
            body = json.loads(body).encode()
        assert (int(bytes(response["status"])), body) == (one_alone.status, one_alone.body)


def test_writes_are_answered_as_alone(store: Store) -> None:
    other = MemoryStore("breda")
    other.apply(example_batch())
    client, alone = TestClient(application(store), base_url=HOST), TestClient(application(other), base_url=HOST)
    writes: list[tuple[str, str, Any]] = [
        ("POST", "Things", THING),
        ("POST", "Things", "{"),
        ("POST", "Things", {"nme": 1}),
        ("PATCH", "Things(1)", {"name": "n"}),
        ("PATCH", "Things", {"name": "n"}),
        ("PUT", "Things(1)/name", {"name": "n"}),
        ("DELETE", "Things(2)", None),
        ("DELETE", "Things(2)", None),
        ("DELETE", "Things?$filter=name eq 'none'", None),
        ("POST", "CreateObservations", []),
        ("POST", "Things?$top=1", THING),
    ]
    body = mixed(*(http(method, url, content) for method, url, content in writes))
    answers = read(send(client, body, Prefer="continue-on-error"))
    for (method, url, body), answer in zip(writes, answers, strict=True):
        content = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        expected = alone.request(method, f"{ROOT}/{url}", content=content, headers={"Content-Type": "application/json"})
        assert isinstance(answer, Answer)
        assert (answer.status, answer.body) == (expected.status_code, expected.content), (method, url)
        assert answer.headers.get("allow") == expected.headers.get("allow")
    assert state(client) == state(alone)
    other.close()


def test_a_tag_of_a_request_of_its_own_gives_304(client: TestClient) -> None:
    tag = client.get(f"{ROOT}/Things").headers["etag"]
    answer = one(send(client, mixed(http("GET", f"{ROOT}/Things", Accept="*/*", If_None_Match=tag))))
    assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("Things(1)", "relative"),
        (f"{ROOT}/Things(1)", "from the root of the host"),
        (f"{HOST}{ROOT}/Things(1)", "absolute"),
        (f"HTTPS://localhost{ROOT}/Things(1)", "absolute, as a client behind a proxy knows it"),
        (f"{ROOT}/Things%281%29", "percent-encoded"),
        ("Things(1)?$select=name&$expand=Datastreams($select=name)", "with options"),
        ("Things(1)?$expand=Datastreams($filter=name eq 'x')", "with blanks that are not encoded"),
    ],
)
def test_addresses_have_three_forms(client: TestClient, url: str, why: str) -> None:
    answer = one(send(client, mixed(http("GET", url))))
    assert (answer.status, answer.json()["name"]) == (200, client.get(f"{ROOT}/Things(1)").json()["name"]), why
    assert post(client, [{"id": "1", "method": "GET", "url": url}])[0]["body"] == answer.json()


@pytest.mark.parametrize("base_url", ["", "https://lab.example/data"])
def test_a_service_below_a_prefix(base_url: str) -> None:
    store = MemoryStore("breda")
    store.apply(example_batch())
    app = Starlette(routes=[Mount("/lab", application(store, base_url=base_url))])
    client = TestClient(app, base_url=HOST)
    root = (base_url or f"{HOST}/lab") + ROOT
    for url in ("Things(1)", f"{root}/Things(1)", f"/lab{ROOT}/Things(1)"):
        answer = one(send(client, mixed(http("GET", url)), root=f"/lab{ROOT}"))
        assert answer.json()["@iot.selfLink"] == f"{root}/Things(1)"
    store.close()


@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
def test_each_version_has_its_batches(client: TestClient, version: str) -> None:
    root = f"/sta/{version}"
    assert (
        one(send(client, mixed(http("GET", "Sensors(1)")), root=root)).body == client.get(f"{root}/Sensors(1)").content
    )
    answer = send(client, mixed(http("GET", "/sta/v1.2/Sensors(1)")), root=root)
    assert (answer.status_code, answer.json()["path"]) == (400, "part 1"), "addresses of another root"


# All or none


def test_a_change_set_that_fails_leaves_nothing(client: TestClient) -> None:
    before = state(client)
    bad = change_set(
        http("POST", "Things", THING, id="t"),
        http("PATCH", "Things(1)", {"name": "changed"}),
        http("DELETE", "Datastreams(1)"),
        http("POST", "$t/Locations", {"name": "no location"}, id="last"),
    )
    first, failed = read(send(client, mixed(http("GET", "Things(1)"), bad)))
    assert isinstance(first, Answer)
    assert first.status == 200
    assert isinstance(failed, Answer), "one answer stands for the whole set"
    assert failed.status == 400
    assert failed.json()["detail"].startswith("part 2.4: ")
    assert failed.json()["message"] == failed.json()["detail"]
    assert state(client) == before


def test_a_group_that_fails_answers_each_request(client: TestClient) -> None:
    before = state(client)
    group = {"atomicityGroup": "g"}
    responses = post(
        client,
        [
            {"id": "a", "method": "POST", "url": "Things", "body": THING, **group},
            {"id": "b", "method": "PATCH", "url": "Things(99)", "body": {"name": "x"}, **group},
            {"id": "c", "method": "DELETE", "url": "Things(1)", **group},
            {"id": "d", "method": "GET", "url": "Things(1)", "dependsOn": ["g"]},
            {"id": "e", "method": "GET", "url": "$a"},
            {"id": "f", "method": "GET", "url": "Things(1)"},
        ],
    )
    assert [(one["id"], one["status"]) for one in responses] == [
        ("a", 424),
        ("b", 404),
        ("c", 424),
        ("d", 424),
        ("e", 424),
        ("f", 200),
    ]
    assert responses[0]["body"]["code"] == "failed-dependency"
    assert "requests/1" in responses[0]["body"]["detail"]
    alone = client.patch(f"{ROOT}/Things(99)", json={"name": "x"})
    assert responses[1]["body"] == alone.json()
    assert state(client) == before


@pytest.mark.parametrize(
    ("parts", "status", "at", "why"),
    [
        ([http("POST", "Things", "{")], 400, "part 1.1: ", "no JSON"),
        ([http("POST", "Things", THING), http("DELETE", "Things(99)")], 404, "part 1.2: ", "nothing there"),
        ([http("POST", "Things", THING), http("POST", "Things(1)", THING)], 405, "part 1.2: ", "no set"),
        ([http("PATCH", "Things(1)", {"name": "x"}, If_Match='W/"old"')], 412, "part 1.1: ", "another state"),
        ([http("POST", "Things?$top=1", THING)], 400, "part 1.1: ", "an option that does not belong there"),
        ([http("POST", "Things", THING, id="a"), http("PATCH", "$b", {})], 400, "part 1.2: ", "an unknown name"),
        ([http("PATCH", "$a", {}), http("POST", "Things", THING, id="a")], 400, "part 1.1: ", "a name from below"),
        ([http("DELETE", "Things(2)", id="a"), http("PATCH", "$a", {})], 404, "part 1.2: ", "what was deleted"),
        ([http("POST", "Datastreams", {"Thing": {"@iot.id": "$b"}})], 400, "part 1.1: ", "an unknown name in a body"),
    ],
)
def test_the_error_of_a_change_set_says_where(
    client: TestClient, parts: list[str], status: int, at: str, why: str
) -> None:
    before = state(client)
    answer = one(send(client, mixed(change_set(*parts))))
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), why
    assert answer.json()["detail"].startswith(at)
    assert answer.headers.get("allow") == ("GET, HEAD, PATCH, PUT, DELETE" if status == 405 else None)
    assert state(client) == before


def test_sets_that_are_sent_at_the_same_time_stand_alone(store: Store) -> None:
    """Each makes a Thing, and counts on it: no set sees a part of another, and none is lost."""
    clients = [TestClient(application(store), base_url=HOST) for _ in range(4)]

    def work(client: TestClient) -> list[int]:
        made = change_set(http("POST", "Things", THING, id="t"), http("PATCH", "$t", {"properties": {"done": True}}))
        (answers,) = read(send(client, mixed(made)))
        assert isinstance(answers, list)
        return [part.status for part in answers]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, clients * 5))
    assert results == [[201, 200]] * 20
    found = clients[0].get(f"{ROOT}/Things?$filter=name eq 'Mast' and properties/done eq true&$count=true&$top=0")
    assert found.json()["@iot.count"] == 20


# What depends on what


def test_an_entity_is_named_in_later_requests_too(client: TestClient) -> None:
    answers = read(
        send(
            client,
            mixed(
                http("POST", "Things", THING, id="t"),
                change_set(http("PATCH", "$t", {"name": "x"}), http("POST", "$t/Locations", {"@iot.id": 1})),
                http("GET", "$t/Locations", id="l"),
                http("GET", "$l/Things/$count"),
            ),
        )
    )
    statuses = [[p.status for p in one] if isinstance(one, list) else one.status for one in answers]
    assert statuses == [201, [200, 200], 200, 200]


def test_a_tag_of_an_earlier_answer_guards_a_change(client: TestClient) -> None:
    """OData 4.01 Protocol, 11.7.5: `If-Match: $id`."""
    requests = [
        {"id": "1", "method": "GET", "url": "Things(1)"},
        {"id": "2", "method": "PATCH", "url": "Things(1)", "headers": {"if-match": "$1"}, "body": {"name": "x"}},
        {"id": "3", "method": "PATCH", "url": "Things(1)", "headers": {"if-match": "$1"}, "body": {"name": "y"}},
        {"id": "4", "method": "PATCH", "url": "Things(1)", "headers": {"if-match": "$0"}, "body": {"name": "y"}},
    ]
    assert [one["status"] for one in post(client, requests)] == [200, 200, 412, 400]


@pytest.mark.parametrize(
    ("request_", "status", "words", "why"),
    [
        ({"method": "POST", "url": "Things", "body": {**THING, "Locations": [{"@iot.id": "$made"}]}}, 201, "", "an id"),
        ({"method": "POST", "url": "Things(1)/Locations/$ref", "body": {"@odata.id": "$made"}}, 204, "", "a link"),
        ({"method": "POST", "url": "Things(1)/Locations/$ref", "body": {"@iot.selfLink": "$made"}}, 204, "", "a link"),
        ({"method": "POST", "url": "Things", "body": {**THING, "properties": {"a": "$made"}}}, 201, "", "only a text"),
        ({"method": "POST", "url": "Things", "body": '{"a": "$made'}, 400, "is not a Thing", "no object"),
        ({"method": "GET", "url": "Locations($made)/Things"}, 200, "", "an id in brackets"),
        ({"method": "GET", "url": "Locations($lost)"}, 400, "$lost is no request before", "an unknown id in brackets"),
        ({"method": "GET", "url": "$lost"}, 400, "requests/5: $lost is no request before this one", "an unknown name"),
        ({"method": "GET", "url": "$set"}, 400, "requests/5: $set is not about one entity", "several entities"),
        ({"method": "GET", "url": "$count"}, 400, "$count is not about one entity", "a number"),
        ({"method": "GET", "url": "$missing"}, 424, "$missing failed with 404", "what failed"),
        ({"method": "PATCH", "url": "Things(1)", "headers": {"if-match": "$gone"}}, 400, "has no tag", "no tag"),
        (
            {"method": "POST", "url": "Things", "body": {"Locations": [{"@iot.id": "$set"}]}},
            400,
            "$set is not",
            "a set",
        ),
    ],
)
def test_what_is_named_by_its_id(
    client: TestClient, request_: dict[str, Any], status: int, words: str, why: str
) -> None:
    place = {"type": "Point", "coordinates": [4.7, 51.5]}
    location = {"name": "L", "description": "", "encodingType": "application/geo+json", "location": place}
    requests: list[dict[str, Any]] = [
        {"id": "made", "method": "POST", "url": "Locations", "body": location},
        {"id": "set", "method": "GET", "url": "Things"},
        {"id": "count", "method": "GET", "url": "Things(1)/name/$value"},
        {"id": "missing", "method": "GET", "url": "Things(99)"},
        {"id": "gone", "method": "DELETE", "url": "Things?$filter=name eq 'none'"},
        {"id": "last", **request_},
    ]
    made, *_, last = post(client, requests)
    assert last["status"] == status, (why, last)
    assert words in last.get("body", {}).get("detail", ""), last
    linked = client.get(f"{made['location']}/Things/$count").text
    assert linked == ("1" if why in ("an id", "a link") else "0")


def test_a_multipart_request_names_an_id_too(client: TestClient) -> None:
    body = mixed(http("GET", "Sensors(1)", id="s"), http("PATCH", "Datastreams(1)", {"Sensor": {"@iot.id": "$s"}}))
    assert [one.status for one in read(send(client, body)) if isinstance(one, Answer)] == [200, 200]
    broken = '{"Sensor": {"@iot.id": "$s"'
    answer = one(send(client, mixed(http("PATCH", "Datastreams(1)", broken))))
    alone = client.patch(f"{ROOT}/Datastreams(1)", content=broken, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.body) == (400, alone.content), "what does not parse is sent on as it is"


def test_a_group_depends_as_a_whole(client: TestClient) -> None:
    before = state(client)
    group = {"atomicityGroup": "g", "method": "PATCH", "url": "Things(1)", "body": {"name": "x"}}
    responses = post(
        client,
        [
            {"id": "0", "method": "GET", "url": "Things(99)"},
            {"id": "1", **group},
            {"id": "2", "dependsOn": ["1", "0"], **group},
        ],
    )
    assert [one["status"] for one in responses] == [404, 424, 424]
    assert "'0' failed" in responses[1]["body"]["detail"]
    assert state(client) == before


def test_a_store_that_is_busy_says_so_for_the_whole_set(client: TestClient) -> None:
    with mock.patch("ssclab_data.endpoints.sensorthings.changeset.transact", side_effect=StoreBusyError("busy")):
        answer = one(send(client, mixed(change_set(POST, POST))))
    assert (answer.status, answer.json()["detail"]) == (503, "part 1: busy")
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$found/$succeeded", 200),
        ("not $found/$succeeded", 424),
        ("$missing/$succeeded", 424),
        ("$found/$succeeded and not $missing/$succeeded", 200),
        ("($missing/$succeeded or $found/$succeeded) and true", 200),
        ("$missing/$succeeded or false", 424),
        ("$found", 200),
        ("not $missing", 200),
        ("$none", 424),
        ("$none/$succeeded and not $none", 200),
        ("not $many", 200),
        ("$g/$succeeded", 200),
    ],
)
def test_a_request_may_have_a_condition(client: TestClient, condition: str, expected: int) -> None:
    requests: list[dict[str, Any]] = [
        {"id": "found", "method": "GET", "url": "Things(1)"},
        {"id": "missing", "method": "GET", "url": "Things(99)"},
        {"id": "none", "method": "GET", "url": "Things?$filter=name eq 'none'"},
        {"id": "many", "method": "GET", "url": "Things"},
        {"id": "p", "method": "PATCH", "url": "Things(1)", "body": {"name": "x"}, "atomicityGroup": "g"},
        {"id": "last", "method": "GET", "url": "Things(1)", "if": condition, "dependsOn": ["missing"]},
    ]
    assert post(client, requests)[-1]["status"] == expected


def test_what_is_missing_is_made_once(client: TestClient) -> None:
    """FROST-Server's use of `if`: look for an entity, and make it where it is not there."""
    requests = [
        {"id": "old", "method": "GET", "url": "Things?$filter=name eq 'Mast'&$top=1"},
        {"id": "new", "method": "POST", "url": "Things", "body": THING, "if": "not $old"},
    ]
    assert [one["status"] for one in post(client, requests)] == [200, 201]
    assert [one["status"] for one in post(client, requests)] == [200, 424]


@pytest.mark.parametrize(
    ("prefer", "of_multipart", "of_json"),
    [
        ("", 2, 3),
        ("odata.continue-on-error", 3, 3),
        ("continue-on-error=true", 3, 3),
        ("continue-on-error=false", 2, 2),
    ],
)
def test_whether_a_batch_goes_on_after_an_error(
    client: TestClient, prefer: str, of_multipart: int, of_json: int
) -> None:
    """OData 4.0 Protocol, 11.7.4, stops unless asked; OData 4.01 JSON Format, 19.5, goes on unless asked."""
    urls = ["Things(1)", "Things(99)", "Things(1)"]
    answer = send(client, mixed(*(http("GET", url) for url in urls)), Prefer=prefer)
    assert len(read(answer)) == of_multipart
    assert ("preference-applied" in answer.headers) == bool(prefer)
    requests = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(urls)]
    assert len(post(client, requests, Prefer=prefer)) == of_json


# Who may write


@pytest.mark.parametrize(
    ("access", "headers", "expected"),
    [
        (Access(tokens=NO_TOKENS), {}, 403),
        (Access(tokens=GivenTokens({"gateway": "ssc_right"})), {}, 401),
        (Access(tokens=GivenTokens({"gateway": "ssc_right"})), {"Authorization": "Bearer wrong"}, 401),
        (Access(tokens=GivenTokens({"gateway": "ssc_right"})), TOKEN, 201),
    ],
)
def test_each_write_needs_the_right(store: Store, access: Access, headers: dict[str, str], expected: int) -> None:
    client = TestClient(application(store, access=access), base_url=HOST)
    body = mixed(
        http("GET", "Things(1)"),
        http("POST", "Things", THING, Authorization="Bearer ssc_right"),
        change_set(http("POST", "Things", THING)),
    )
    first, second, third = read(send(client, body, Prefer="continue-on-error", **headers))
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.status, second.status) == (200, expected), "who asks is said by the batch alone"
    (last,) = third if isinstance(third, list) else [third]
    assert last.status == expected
    if expected == 401:
        assert last.headers["www-authenticate"] == second.headers["www-authenticate"]


def test_pages_of_other_sites_do_not_write(client: TestClient) -> None:
    body = mixed(http("POST", "Things", THING), change_set(http("POST", "Things", THING)), http("GET", "Things(1)"))
    answers = read(send(client, body, Prefer="continue-on-error", Origin="https://evil.example"))
    assert [one.status for one in answers if isinstance(one, Answer)] == [403, 403, 200]
    assert not any(
        name.startswith("access-control") for one in answers if isinstance(one, Answer) for name in one.headers
    )


def test_a_hub_answers_batches_of_reads(store: Store) -> None:
    app = build_app(store, labs=(LabInfo(key="other", name="x"),), settings=Settings(), title="hub")
    client = TestClient(app, base_url=HOST)
    answers = read(send(client, mixed(http("GET", "Things/$count"), change_set(http("POST", "Things", THING)))))
    assert [one.status for one in answers if isinstance(one, Answer)] == [200, 403]


# What is no batch

GET = http("GET", "Things(1)")
POST = http("POST", "Things", THING)


@pytest.mark.parametrize(
    ("body", "path", "words", "why"),
    [
        ("", "", "no line is --batch_1", "nothing"),
        ("hello", "", "no line is --batch_1", "no delimiter"),
        ("--batch_1--\r\n", "", "has no part", "no part"),
        (f"--batch_1\r\n{GET}", "", "the last line, --batch_1--, is missing", "cut off"),
        (mixed(GET, ""), "part 2", "Content-Type '' is not read here", "an empty part"),
        (mixed(GET, "Content-Type: text/plain\r\n\r\nx"), "part 2", "application/http", "another type"),
        (mixed("GET Things HTTP/1.1\r\n\r\n"), "part 1", "Content-Type '' is not", "no headers of the part"),
        (mixed("Content-Type: application/http\r\n\r\n"), "part 1", "'' is no method|no line such as", "no request"),
        (mixed("Content-Type: application/http\r\n\r\nGET\r\n"), "part 1", "no line such as", "no address"),
        (mixed(GET, http("BREW", "Things")), "part 2", "'BREW' is no method", "an unknown method"),
        (mixed(GET, http("OPTIONS", "Things")), "part 2", "'OPTIONS' is no method", "a method of the connection"),
        (mixed(http("POST", "$batch", "{}")), "part 1", "a batch holds no batch", "a batch in a batch"),
        (mixed(http("POST", f"{HOST}{ROOT}/%24batch/", "{}")), "part 1", "holds no batch", "the same, in disguise"),
        (mixed(http("GET", "http://evil.example/sta/v1.1/Things")), "part 1", "is not below", "another host"),
        (mixed(http("GET", "/health")), "part 1", "is not below http://localhost/sta/v1.1", "another service"),
        (mixed(http("GET", f"{ROOT}evil/Things")), "part 1", "is not below", "another root that begins alike"),
        (mixed(GET, change_set(POST, GET)), "part 2.2", "only writes", "a read in a change set"),
        (mixed(change_set(change_set(POST, boundary="in"))), "part 1.1", "holds no change set", "a set in a set"),
        (mixed("Content-Type: multipart/mixed\r\n\r\n"), "part 1", "needs a boundary", "a set without boundary"),
        (mixed(change_set(boundary="x")), "part 1", "has no part", "an empty set"),
        (mixed(http("GET", "Things", id="1"), http("GET", "Things", id="1")), "part 2", "given twice", "one id twice"),
        (mixed(http("GET", "Things", a="1", A="2")), "part 1", "header a is given twice", "a header twice"),
        (mixed(http("GET", "Things", a="1\r2")), "part 1", "control characters", "a header in a header"),
        (mixed(http("GET", "Things", a="x" * 40_000)), "part 1", "bytes of them", "a huge header"),
        (mixed(http("GET", "Things", **{f"a{n}": "" for n in range(60)})), "part 1", "50 header lines", "many headers"),
        (mixed(http("GET", "T" * 60_000)), "part 1", "more than 16409 characters", "a huge address"),
        (mixed(*[GET] * 10_000), "", "more than 100 requests", "many parts"),
        (mixed(change_set(*[POST] * 101)), "", "more than 100 requests", "many parts in a set"),
        (mixed(*[change_set(*[POST] * 40)] * 3), "", "more than 100 requests", "many parts in all"),
        (mixed(GET.replace("binary", "base64")), "part 1", "Content-Transfer-Encoding 'base64'", "a packed part"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(shared: TestClient, body: str, path: str, words: str, why: str) -> None:
    before = shared.get(f"{ROOT}/Things?$count=true").json()
    answer = send(shared, body)
    assert answer.status_code == 400, why
    problem = answer.json()
    assert (problem["code"], problem.get("path", "")) == ("bad-body", path), problem
    assert any(word in problem["message"] for word in words.split("|")), problem
    assert problem["message"].startswith(f"{path}: " if path else "")
    assert shared.get(f"{ROOT}/Things?$count=true").json() == before


def test_what_is_not_utf_8_is_refused(shared: TestClient) -> None:
    body = mixed(http("GET", "Things?x=MARK")).encode().replace(b"MARK", b"\xff")
    assert "not UTF-8" in send(shared, body).json()["message"]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("multipart/mixed", 400),
        ("multipart/mixed; boundary=", 400),
        (f"multipart/mixed; boundary={'x' * 71}", 400),
        ('multipart/mixed; boundary="batch 1"', 200),
        ('Multipart/Mixed; charset=utf-8; BOUNDARY="batch 1"', 200),
        ("multipart/form-data; boundary=batch", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_the_type_of_a_batch(shared: TestClient, content_type: str, status: int) -> None:
    body = mixed(GET, boundary="batch 1")
    answer = shared.post(f"{ROOT}/$batch", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status, answer.text


def test_what_is_around_the_parts_means_nothing(shared: TestClient) -> None:
    body = f"preamble\r\n--batch_10\r\n{mixed(GET, GET)}epilogue\r\n--batch_1\r\n"
    assert len(read(send(shared, body))) == 2


def test_a_batch_has_the_size_of_one_body(store: Store) -> None:
    client = TestClient(application(store, max_body_bytes=1_000), base_url=HOST)
    assert send(client, mixed(GET)).status_code == 200
    assert send(client, mixed(*[GET] * 20)).status_code == 413


def test_a_batch_is_posted(shared: TestClient) -> None:
    assert shared.get(f"{ROOT}/$batch").status_code == 404
    assert shared.put(f"{ROOT}/$batch", json={}).status_code in (404, 405)


def requests(*given: dict[str, Any]) -> list[dict[str, Any]]:
    base = {"method": "GET", "url": "Things"}
    return [{"id": str(number), **base, **one} for number, one in enumerate(given)]


@pytest.mark.parametrize(
    ("value", "path", "words", "why"),
    [
        ([], "", '{"requests":', "no object"),
        ({}, "", '{"requests":', "no requests"),
        ({"requests": {}}, "", '{"requests":', "no list"),
        ({"requests": [1]}, "requests/0", "id, method and url", "no request"),
        ({"requests": requests({}, {"id": 1})}, "requests/1", "`$.id`", "an id that is no text"),
        ({"requests": requests({"id": ""})}, "requests/0/id", "one character", "an empty id"),
        ({"requests": requests({"id": "a\nb"})}, "requests/0/id", "no control", "an id of two lines"),
        ({"requests": requests({"id": "a"}, {"id": "a"})}, "requests/1", "given twice", "one id twice"),
        ({"requests": requests({"method": "HEAD"})}, "requests/0/method", "no method", "a method that is not there"),
        ({"requests": requests({"url": "$batch"})}, "requests/0/url", "no batch", "a batch in a batch"),
        ({"requests": requests({"url": "//evil/Things"})}, "requests/0/url", "not below", "another host"),
        ({"requests": requests({"atomicityGroup": "g"})}, "requests/0/method", "only writes", "a read in a group"),
        ({"requests": requests({"dependsOn": ["1"]}, {})}, "requests/0/dependsOn", "before this", "from below"),
        ({"requests": requests({"if": "$1 eq 2"})}, "requests/0/if", "does not go on with '2'", "no condition"),
        ({"requests": requests({"if": "(" * 100})}, "requests/0/if", "at most 20", "a deep condition"),
        ({"requests": requests({"if": "true " * 200})}, "requests/0/if", "at most 500", "a long condition"),
        ({"requests": requests({"if": "not"})}, "requests/0/if", "the end", "half a condition"),
        ({"requests": requests({"if": "(true"})}, "requests/0/if", "the end", "an open bracket"),
        ({"requests": requests({"if": "#"})}, "requests/0/if", "'#'", "no token"),
        ({"requests": requests(*[{}] * 101)}, "", "more than 100 requests", "many"),
        (
            {
                "requests": [
                    {"id": str(number), "method": "DELETE", "url": "Things(9)", "atomicityGroup": name}
                    for number, name in enumerate("aba")
                ]
            },
            "requests/2",
            "not in one piece",
            "a group in two pieces",
        ),
        (
            {"requests": requests({"id": "g"}, {"method": "DELETE", "atomicityGroup": "g"})},
            "requests/0",
            "given twice",
            "an id that is a group's name",
        ),
    ],
)
def test_json_that_cannot_be_read_is_refused_whole(
    shared: TestClient, value: Any, path: str, words: str, why: str
) -> None:
    answer = shared.post(f"{ROOT}/$batch", json=value)
    problem = answer.json()
    assert (answer.status_code, problem.get("path", "")) == (400, path), (why, problem)
    assert words in problem["message"], (why, problem)


PIECES = [
    b"--batch_1",
    b"--",
    b"\r\n",
    b"\n",
    b" ",
    b"Content-Type: ",
    b"application/http",
    b"multipart/mixed; boundary=batch_2",
    b"--batch_2",
    b"GET Things HTTP/1.1",
    b"POST $1 HTTP/1.1",
    b"Content-ID: 1",
    b"{}",
    b"\x00",
    b"\xff",
    b":",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25))
@effort(150)
def test_pieces_in_any_order_are_answered(shared: TestClient, pieces: Sequence[bytes]) -> None:
    answer = send(shared, b"".join(pieces))
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json()["code"] == "bad-body"


# What is told about it


def test_the_landing_page_names_batches(client: TestClient, serve: Callable[..., TestClient]) -> None:
    told = client.get(ROOT).json()["serverSettings"]["conformance"]
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/batch-request" in told
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/batch-request/batch-request" in told
    assert JSON_BATCH in told
    readonly = serve().get(ROOT).json()["serverSettings"]["conformance"]
    assert JSON_BATCH not in readonly, "a change set cannot be carried out there"
