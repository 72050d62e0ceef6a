"""What wraps every answer: tags and 304, packing, OPTIONS and HEAD, other origins; and the table of errors."""

import gzip
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ssclab_data import errors
from ssclab_data.access import Access, GivenTokens
from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.compression import Compression, takes_gzip
from ssclab_data.endpoints.errors import STATUS, TEMPORARY, handlers, problem_of
from ssclab_data.endpoints.middleware import Entry, Options, Revalidation
from ssclab_data.endpoints.tags import content_tag, matches
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import Thing
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore

LARGE = b"0123456789" * 1_000
OWN_TAG = content_tag(b"entity")
TOKENS = Access(tokens=GivenTokens({"gateway": "secret"}))


async def large(request: Request) -> Response:
    return Response(LARGE[: int(request.query_params.get("size", len(LARGE)))], media_type="application/json")


async def streamed(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(LARGE), 700):
            yield LARGE[at : at + 700]

    return StreamingResponse(parts(), media_type="application/json")


async def packed(_request: Request) -> Response:
    return Response(gzip.compress(LARGE), headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


async def picture(_request: Request) -> Response:
    return Response(LARGE, media_type="image/png")


async def drawing(_request: Request) -> Response:
    return Response(LARGE, media_type="image/svg+xml")


async def part(_request: Request) -> Response:
    return Response(LARGE, status_code=206, headers={"Content-Range": "bytes 0-9999/20000"})


async def strong(_request: Request) -> Response:
    return Response(LARGE, headers={"ETag": '"abc"', "Accept-Ranges": "bytes"})


async def own(_request: Request) -> Response:
    headers = {"ETag": OWN_TAG, "Content-Location": "/own", "Link": "</x>"}
    return Response(LARGE, media_type="application/json", headers=headers)


async def gone(_request: Request) -> Response:
    return PlainTextResponse("gone", status_code=404, headers={"ETag": OWN_TAG})


async def writes(_request: Request) -> Response:
    return Response(status_code=204)


async def failing(request: Request) -> Response:
    kind = request.query_params["kind"]
    raise ERRORS[kind]


ERRORS: dict[str, errors.SsclabError] = {
    "conflict": errors.ConflictError("it is there", entity_type="FeatureOfInterest", handle=7),
    "body": errors.BodyError("is no text", path="Datastreams/0/name", known=("a text",)),
    "busy": errors.StoreBusyError("busy"),
    "name": errors.UnknownNameError("no set", "Foos", known=("Things",)),
}
ROUTES = [
    Route("/large", large),
    Route("/streamed", streamed),
    Route("/packed", packed),
    Route("/picture", picture),
    Route("/drawing", drawing),
    Route("/part", part),
    Route("/strong", strong),
    Route("/own", own),
    Route("/gone", gone),
    Route("/both", large),
    Route("/both", writes, methods=["POST", "DELETE"]),
    *(Route(f"/sta/{version}/failing", failing) for version in ("v1.0", "v1.1")),
    Route("/failing", failing),
]


@pytest.fixture
def probe(store: Store) -> Callable[..., TestClient]:
    """Serve routes of our own through the middleware."""

    def start(*, access: Access = TOKENS, labs: tuple[str, ...] = ("breda",)) -> TestClient:
        infos = tuple(LabInfo(key=key, name=key) for key in labs)
        site = Site(store=store, labs=infos, settings=Settings(), title="Breda", access=access)
        app = Starlette(
            routes=ROUTES,
            exception_handlers=handlers(site),
            middleware=[
                Middleware(Entry, version="1", max_url_bytes=10_000),
                Middleware(Options, site=site),
                Middleware(Compression),
                Middleware(Revalidation, site=site, version="1"),
            ],
        )
        return TestClient(app, base_url="http://testserver")

    return start


# Tags


@pytest.mark.parametrize(
    ("header", "expected", "why"),
    [
        ('W/"abc"', True, "the tag"),
        ('"abc"', True, "compared weakly"),
        ('"x", W/"abc" , "y"', True, "in a list"),
        ('"x",W/"abc"', True, "without space"),
        ("*", True, "anything"),
        (" * ", True, "with space"),
        ('"ab"', False, "a part of it"),
        ('"abcd"', False, "more than it"),
        ('"x W/abc"', False, "inside another"),
        ('"x,abc,y"', False, "a list that is one tag"),
        ("abc", False, "no tag, for want of quotes"),
        ('"*"', False, "a tag that is a star"),
        ('w/"abc"', True, "a sign of weakness in the wrong case is passed over"),
        ("", False, "nothing"),
    ],
)
def test_matches(header: str, expected: bool, why: str) -> None:
    assert matches(header, 'W/"abc"') is expected, why


OPAQUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'), max_size=6)


@given(st.lists(st.tuples(OPAQUE, st.booleans()), min_size=1, max_size=5), OPAQUE)
def test_a_list_of_tags_matches_what_is_in_it(listed: list[tuple[str, bool]], other: str) -> None:
    header = ", ".join(f'{"W/" if weak else ""}"{opaque}"' for opaque, weak in listed)
    assert all(matches(header, f'W/"{opaque}"') for opaque, _ in listed)
    assert matches(header, f'W/"{other}"') == (other in [opaque for opaque, _ in listed])


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("labs", [("breda",), ("breda", "helmond")])
@pytest.mark.parametrize(
    ("header", "status"), [(OWN_TAG, 304), (f'"x", {OWN_TAG}', 304), ("*", 304), ('"x"', 200), ("", 200)]
)
def test_a_tag_of_the_answer_itself(
    probe: Callable[..., TestClient], header: str, status: int, method: str, labs: tuple[str, ...], encoding: str
) -> None:
    """Whatever the packing, on a lab and on a hub."""
    headers = {"Accept-Encoding": encoding, **({"If-None-Match": header} if header else {})}
    answer = probe(labs=labs).request(method, "/own", headers=headers)
    assert (answer.status_code, answer.headers["etag"]) == (status, OWN_TAG)
    if status == 304:
        assert answer.content == b""
        assert answer.headers["content-location"] == "/own"
        assert not {"content-type", "content-encoding", "link"} & set(answer.headers)
        assert answer.headers.get("content-length", "0") == "0"


def test_the_tag_of_the_store_outlives_no_write_but_that_of_an_entity_does(
    probe: Callable[..., TestClient], store: Store
) -> None:
    ask = probe()
    tag = ask.get("/large").headers["etag"]
    assert ask.get("/large", headers={"If-None-Match": tag}).status_code == 304
    assert ask.get("/large", headers={"If-None-Match": "*"}).status_code == 304
    store.apply(Batch(entities=(Thing(key="x/new", name="nieuw", description=""),)))
    assert ask.get("/large", headers={"If-None-Match": tag}).status_code == 200
    assert ask.get("/own", headers={"If-None-Match": OWN_TAG}).status_code == 304


@pytest.mark.parametrize(
    ("method", "path", "status", "why"),
    [
        ("GET", "/gone", 404, "only what is there can be unchanged"),
        ("POST", "/both", 204, "only reads are revalidated"),
    ],
)
def test_what_is_not_revalidated(
    probe: Callable[..., TestClient], method: str, path: str, status: int, why: str
) -> None:
    assert probe().request(method, path, headers={"If-None-Match": "*"}).status_code == status, why


def test_a_tag_ends_when_writing_becomes_possible(store: Store) -> None:
    """The landing page tells it."""
    tokens: dict[str, str] = {}
    labs = (LabInfo(key="breda", name="Breda"),)

    def tag() -> str:
        access = Access(tokens=GivenTokens(tokens))
        app = build_app(store, labs=labs, settings=Settings(), title="Breda", access=access)
        return str(TestClient(app).get("/sta/v1.1").headers["etag"])

    closed = tag()
    assert tag() == closed
    tokens["gateway"] = "secret"
    assert tag() != closed


# Packing


@pytest.mark.parametrize(
    ("header", "expected", "why"),
    [
        ("gzip", True, "asked for"),
        ("deflate, gzip;q=1.0, *;q=0.5", True, "among others"),
        ("GZip", True, "names have no case"),
        ("x-gzip", True, "its old name"),
        ("*", True, "anything"),
        ("gzip;q=0", False, "refused"),
        ("gzip; q=0.000", False, "refused at length"),
        ("gzip;q=0, *", False, "refused by name, whatever else is taken"),
        ("*;q=0", False, "nothing is taken"),
        ("identity", False, "plain"),
        ("identity, gzip;q=0.5", False, "rather plain"),
        ("identity;q=0.5, gzip;q=0.5", True, "as well as plain"),
        ("gzip;q=0.001", True, "a little"),
        ("gzip;q=high", False, "a weight that is no number"),
        ("br", False, "another packing"),
        ("notgzip", False, "another name"),
        ("", False, "nothing is said"),
    ],
)
def test_takes_gzip(header: str, expected: bool, why: str) -> None:
    assert takes_gzip(header) is expected, why


@pytest.mark.parametrize(
    ("path", "expected", "why"),
    [
        ("/large", True, "large JSON"),
        ("/large?size=1000", True, "just large enough"),
        ("/large?size=999", False, "too small"),
        ("/large?size=0", False, "nothing"),
        ("/streamed", True, "a stream, whose size nobody knows"),
        ("/drawing", True, "a picture that is text"),
        ("/picture", False, "a picture is packed by itself"),
        ("/part", False, "a part of a file counts bytes of the whole"),
    ],
)
def test_what_is_packed(probe: Callable[..., TestClient], path: str, expected: bool, why: str) -> None:
    plain = probe().get(path, headers={"Accept-Encoding": "identity"})
    answer = probe().get(path, headers={"Accept-Encoding": "gzip"})
    assert (answer.headers.get("content-encoding") == "gzip") is expected, why
    assert answer.content == plain.content
    assert answer.headers.get("etag") == plain.headers.get("etag"), "weak tags hold for both"
    varies = "Accept-Encoding" in answer.headers.get("vary", "")
    assert varies == expected == ("Accept-Encoding" in plain.headers.get("vary", ""))
    assert "content-encoding" not in plain.headers


def test_lengths_are_those_of_what_is_sent(probe: Callable[..., TestClient]) -> None:
    with probe().stream("GET", "/large", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert int(answer.headers["content-length"]) == len(raw) < len(LARGE) / 10
    assert gzip.decompress(raw) == LARGE
    with probe().stream("GET", "/streamed", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert "content-length" not in answer.headers
    assert gzip.decompress(raw) == LARGE


def test_what_is_packed_already_stays(probe: Callable[..., TestClient]) -> None:
    assert probe().get("/packed", headers={"Accept-Encoding": "gzip"}).content == LARGE


def test_a_strong_tag_becomes_weak_by_packing(probe: Callable[..., TestClient]) -> None:
    answer = probe().get("/strong", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["etag"] == 'W/"abc"'
    assert "accept-ranges" not in answer.headers, "ranges are of the plain bytes"
    assert probe().get("/strong", headers={"Accept-Encoding": "identity"}).headers["etag"] == '"abc"'


@pytest.mark.parametrize("path", ["/large", "/large?size=999", "/streamed", "/own", "/picture"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_says_what_get_says(probe: Callable[..., TestClient], path: str, encoding: str) -> None:
    got = probe().get(path, headers={"Accept-Encoding": encoding})
    head = probe().head(path, headers={"Accept-Encoding": encoding})
    assert (head.status_code, head.content) == (200, b"")
    left_out = {"content-length"} if got.headers.get("content-encoding") else set()  # RFC 9110, 9.3.2, allows it
    assert dict(head.headers) == {name: text for name, text in got.headers.items() if name not in left_out}


# OPTIONS and other origins


@pytest.mark.parametrize(
    ("access", "path", "allowed", "why"),
    [
        (TOKENS, "/both", "DELETE, GET, HEAD, OPTIONS, POST", "what its routes take"),
        (TOKENS, "/large", "GET, HEAD, OPTIONS", "a path for reading"),
        (TOKENS, "/nothing", "GET, HEAD, OPTIONS", "any path"),
        (Access(tokens=GivenTokens({})), "/both", "GET, HEAD, OPTIONS", "a server that is read-only"),
    ],
)
def test_options(probe: Callable[..., TestClient], access: Access, path: str, allowed: str, why: str) -> None:
    answer = probe(access=access).options(path)
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", allowed), why


@pytest.mark.parametrize(
    "path", ["/", "/sta/v1.0", "/sta/v1.1", "/sta/v1.1/Things", "/ogc/", "/id/breda/Thing/x/0", "/health", "/x"]
)
def test_each_path_answers_options_and_head_as_get(client: TestClient, path: str) -> None:
    options = client.options(path)
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers.get("content-type") == got.headers.get("content-type")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_pages_of_other_sites_may_send(client: TestClient, method: str) -> None:
    sent = "authorization, content-type, if-match, if-none-match, prefer, accept, content-encoding"
    headers = {
        "Origin": "https://map.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": sent,
    }
    answer = client.options("/sta/v1.1/Things", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert set(sent.split(", ")) <= set(allowed.split(", "))


@pytest.mark.parametrize("path", ["/sta/v1.1/Things", "/nothing", "/sta/v1.1/Things?$top=x"])
def test_pages_of_other_sites_may_see(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://map.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"].split(", ") == [
        "API-Version",
        "ETag",
        "Federation-Status",
        "Link",
        "Location",
        "OGC-NumberMatched",
        "Preference-Applied",
        "Receipt",
        "Retry-After",
    ]


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/html", "text/html,*/*;q=0.8", "image/png"])
def test_sensorthings_answers_json_whatever_is_accepted(client: TestClient, accept: str) -> None:
    answer = client.get("/sta/v1.1/Things", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


def test_a_method_is_not_overridden(probe: Callable[..., TestClient]) -> None:
    assert probe().get("/both", headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 200


# Errors


def error_classes(kind: type[errors.SsclabError] = errors.SsclabError) -> Iterator[type[errors.SsclabError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from error_classes(below)


@pytest.mark.parametrize("kind", tuple(dict.fromkeys(error_classes())))
def test_each_error_has_a_status_that_is_documented(kind: type[errors.SsclabError], repository: Path) -> None:
    """A dash in the table is for what happens to no request; were it to, it would be a fault of ours."""
    status = next(status for base, status in STATUS if issubclass(kind, base))
    text = (repository / "docs/errors.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \|", text, re.MULTILINE))
    cell = rows[kind.code]
    assert str(status) in cell or (status, cell) == (500, "–")


def test_no_row_of_the_table_is_hidden_by_one_above_it() -> None:
    for number, (kind, _) in enumerate(STATUS):
        assert not any(issubclass(kind, above) for above, _ in STATUS[:number]), kind


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "/sta/v1.1/failing?kind=conflict",
            {"status": 409, "temporary": False, "existing": "http://testserver/sta/v1.1/FeaturesOfInterest(7)"},
        ),
        ("/sta/v1.0/failing?kind=conflict", {"existing": "http://testserver/sta/v1.0/FeaturesOfInterest(7)"}),
        ("/failing?kind=conflict", {"existing": "http://testserver/sta/v1.1/FeaturesOfInterest(7)", "message": None}),
        (
            "/sta/v1.1/failing?kind=body",
            {"status": 400, "temporary": False, "path": "Datastreams/0/name", "known": ["a text"], "existing": None},
        ),
        ("/sta/v1.1/failing?kind=busy", {"status": 503, "temporary": True, "message": "busy", "path": None}),
        ("/sta/v1.1/failing?kind=name", {"status": 404, "temporary": False}),
    ],
)
def test_a_problem_says_what_can_be_done(
    probe: Callable[..., TestClient], path: str, expected: dict[str, object]
) -> None:
    body = probe().get(path).json()
    assert {name: body.get(name) for name in expected} == expected


def test_the_link_of_what_is_there_has_the_prefix_of_the_application(store: Store) -> None:
    site = Site(store=MemoryStore("breda"), labs=(), settings=Settings(), title="Breda")
    inner = Starlette(
        routes=ROUTES, exception_handlers=handlers(site), middleware=[Middleware(Entry, version="1", max_url_bytes=999)]
    )
    outer = Starlette()
    outer.mount("/sensoren", inner)
    body = TestClient(outer).get("/sensoren/sta/v1.0/failing?kind=conflict").json()
    assert body["existing"] == "http://testserver/sensoren/sta/v1.0/FeaturesOfInterest(7)"


def test_only_what_may_pass_is_temporary() -> None:
    assert {status for _, status in STATUS if status in TEMPORARY} == {408, 503}
    assert problem_of(ERRORS["conflict"]).existing == "", "without a service there is no link"
