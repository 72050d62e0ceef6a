"""What holds for all paths: errors, methods, limits, versions, tags, origins, compression."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from ssclab_data import errors
from ssclab_data.endpoints.errors import NotAcceptableError, problem_of
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import Thing
from ssclab_data.query.ast import BoundQuery
from ssclab_data.settings import Settings
from ssclab_data.stores.base import AnswerStatus, Batch, LabAnswer, Page, Store
from ssclab_data.stores.memory import MemoryStore


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.QuerySyntaxError("bad", position=3, option="$filter"), 400),
        (errors.UnknownNameError("no set", "Foos", known=("Things",)), 404),
        (errors.UnknownNameError("no property", "nam", known=("name",), option="$filter"), 400),
        (errors.QueryTypeError("bad"), 400),
        (errors.QueryLimitError("large"), 400),
        (errors.CursorError("forged"), 400),
        (errors.MissingZoneError("2026-01-01", "a time"), 400),
        (errors.UnsupportedError("$resultFormat"), 501),
        (errors.NotFoundError("gone"), 404),
        (errors.UnresolvedLinkError("nowhere"), 409),
        (errors.StoreBusyError("busy"), 503),
        (errors.FederationError([("breda", "timeout")]), 503),
        (errors.StoreError("disk"), 500),
        (errors.SettingsError("secret path"), 500),
        (NotAcceptableError(("text/turtle",)), 406),
    ],
)
def test_each_error_has_one_status(error: errors.SsclabError, status: int) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.code) == (status, error.code)
    assert problem.type.endswith(error.code)
    assert (str(error) in problem.detail) == (status != 500), "the inside is not told"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/ogc/collections", "/id/breda/Thing/x/1", "/health"])
def test_what_nobody_can_write_says_what_it_takes(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.json()["code"] == "method-not-allowed"
    assert "GET, HEAD, OPTIONS" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/nothing", "/sta/v2.0/Things", "/sta", "/id"])
def test_unknown_paths_are_problems(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert answer.headers["content-type"] == "application/problem+json"


def test_long_addresses_are_refused(serve: Callable[..., TestClient]) -> None:
    client = serve(settings=Settings(max_url_bytes=200))
    answer = client.get("/sta/v1.1/Things?$filter=" + "x" * 200)
    assert (answer.status_code, answer.json()["code"]) == (414, "url-too-long")
    assert "API-Version" in answer.headers


def test_head_is_get_without_a_body(client: TestClient) -> None:
    got, head = client.get("/sta/v1.1/Things"), client.head("/sta/v1.1/Things")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]


def test_every_answer_has_the_version(client: TestClient) -> None:
    assert {client.get(path).headers["API-Version"] for path in ("/sta/v1.1", "/nothing", "/health")} == {"0.1.0"}


def test_other_origins_may_read(client: TestClient) -> None:
    answer = client.get("/sta/v1.1/Things", headers={"Origin": "https://map.example"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_large_answers_are_compressed(client: TestClient) -> None:
    answer = client.get("/sta/v1.1/Observations", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["value"]) == 4


def test_a_tag_holds_until_something_is_written(client: TestClient, store: Store) -> None:
    first = client.get("/sta/v1.1/Things")
    etag = first.headers["etag"]
    assert etag.startswith('W/"')
    again = client.get("/sta/v1.1/Things", headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get("/sta/v1.1/Things?$top=1", headers={"If-None-Match": etag}).status_code == 200
    assert client.get("/sta/v1.1/Things", headers={"If-None-Match": etag, "Host": "b.example"}).status_code == 200
    store.apply(Batch(entities=(Thing(key="x/new", name="nieuw", description=""),)))
    after = client.get("/sta/v1.1/Things", headers={"If-None-Match": etag})
    assert after.status_code == 200
    assert after.headers["etag"] != etag


@pytest.mark.parametrize(
    "path", ["/sta/v1.1/Things(99999)", "/health", "/sta/v1.1/Observations?$filter=resultTime lt now()"]
)
def test_answers_without_a_tag(client: TestClient, path: str) -> None:
    assert "etag" not in client.get(path).headers


def test_health(client: TestClient) -> None:
    body = client.get("/health").json()
    assert (body["status"], body["lab"]) == ("ok", "breda")


class BrokenStore(MemoryStore):
    """Fails as told."""

    def __init__(self, error: Exception) -> None:
        super().__init__("breda")
        self.error = error

    def read(self, query: BoundQuery) -> Page:
        raise self.error


def test_what_nobody_foresaw_is_logged_and_not_told(
    serve: Callable[..., TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "ssclab_data.endpoints"):
        answer = serve(of=BrokenStore(ZeroDivisionError("secret of the inside"))).get("/sta/v1.1/Things")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert "secret" not in answer.text
    assert "secret of the inside" in caplog.text
    assert "API-Version" in answer.headers


@pytest.mark.parametrize("error", [errors.StoreBusyError("busy"), errors.FederationError([("helmond", "refused")])])
def test_what_may_pass_says_when_to_try_again(serve: Callable[..., TestClient], error: Exception) -> None:
    answer = serve(of=BrokenStore(error)).get("/sta/v1.1/Things")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["cache-control"] == "no-store"


class HubStore(MemoryStore):
    """Answers as a hub does of which one lab may be missing."""

    def __init__(self, missing: bool) -> None:
        super().__init__("nl")
        self.missing = missing

    def read(self, query: BoundQuery) -> Page:
        status = AnswerStatus.TIMEOUT if self.missing else AnswerStatus.OK
        answers = (
            LabAnswer(lab="breda", status=AnswerStatus.OK, rows=0, elapsed_ms=1.26),
            LabAnswer(lab="helmond", status=status, reason="no answer in 3 s" if self.missing else ""),
        )
        return Page(entity_type=query.entity_type, rows=(), answers=answers)


LABS = (LabInfo(key="breda", name="Breda", url="https://breda.example/"), LabInfo(key="helmond", name="Helmond"))


def hub(serve: Callable[..., TestClient], *, missing: bool) -> TestClient:
    return serve(of=HubStore(missing), labs=LABS)


def test_a_hub_tells_how_each_lab_answered(serve: Callable[..., TestClient]) -> None:
    answer = hub(serve, missing=True).get("/sta/v1.1/Things?$count=true")
    body: Any = answer.json()
    assert answer.status_code == 200
    assert body["federation"]["complete"] is False
    assert body["federation"]["sources"][0] == {"id": "breda", "status": "ok", "rows": 0, "elapsedMs": 1.3}
    assert body["federation"]["sources"][1]["reason"] == "no answer in 3 s"
    assert "@iot.count" not in body, "no count is better than a wrong one"
    assert answer.headers["federation-status"] == 'complete=?0, sources=("breda";status=ok "helmond";status=timeout)'
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_a_whole_answer_of_a_hub_has_no_tag_either(serve: Callable[..., TestClient]) -> None:
    answer = hub(serve, missing=False).get("/sta/v1.1/Things")
    assert answer.json()["federation"]["complete"] is True
    assert "etag" not in answer.headers


def test_a_hub_sends_to_the_node_that_knows_the_keys(serve: Callable[..., TestClient]) -> None:
    client = hub(serve, missing=False)
    answer = client.get("/id/breda/Thing/x/23%2F4")
    assert (answer.status_code, answer.headers["location"]) == (307, "https://breda.example/id/breda/Thing/x/23%2F4")
    assert client.get("/id/helmond/Thing/x/1").status_code == 404
