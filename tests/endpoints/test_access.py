"""Who may write, and how large and how slow a body may be."""

import asyncio
import gzip
import socket
import stat
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ssclab_data import Lab, Settings
from ssclab_data.access import NO_TOKENS, PREFIX, Access, GivenTokens, TokenFile
from ssclab_data.cli.nodes import free_ports
from ssclab_data.cli.protocol import MAX_HEAD_BYTES, BoundedProtocol
from ssclab_data.endpoints.access import capabilities, may_write, writable
from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.bodies import read_body
from ssclab_data.endpoints.errors import handlers
from ssclab_data.errors import SettingsError
from ssclab_data.lab_files import token_file
from ssclab_data.model.lab import LabInfo
from ssclab_data.stores.memory import MemoryStore

SECRET = "ssc_right"
LIMIT = 100_000
TOKENS = GivenTokens({"gateway": SECRET})
BEARER = {"Authorization": f"Bearer {SECRET}"}
OWN, FOREIGN = "http://localhost:8080", "https://evil.example"


def basic(password: str) -> str:
    return "Basic " + b64encode(f"anyone:{password}".encode()).decode()


def site(*, access: Access, labs: tuple[str, ...] = ("breda",), base_url: str = "") -> Site:
    infos = tuple(LabInfo(key=key, name=key) for key in labs)
    return Site(
        store=MemoryStore("breda"), labs=infos, settings=Settings(base_url=base_url), title="Breda", access=access
    )


def application(of: Site, *, seconds: float = 30.0) -> Starlette:
    """One route that asks who writes, and reads the body."""

    async def write(request: Request) -> Response:
        name = may_write(of, request)
        body = await read_body(request, LIMIT, seconds=seconds)
        return JSONResponse({"name": name, "bytes": len(body)})

    return Starlette(routes=[Route("/write", write, methods=["POST"])], exception_handlers=handlers(of))


def client(of: Site, base_url: str = OWN) -> TestClient:
    return TestClient(application(of), base_url=base_url)


@pytest.mark.parametrize(
    ("header", "expected", "why"),
    [
        (f"Bearer {SECRET}", 200, "the token"),
        (f"bearer  {SECRET} ", 200, "schemes have no case, space is no part of a token"),
        (basic(SECRET), 200, "clients that know Basic only"),
        ("Basic " + b64encode(SECRET.encode()).decode(), 401, "Basic without a colon has no password"),
        (basic("wrong"), 401, "a wrong password"),
        ("Basic ###", 401, "no base64"),
        ("Basic é", 401, "no ASCII"),
        ("Basic /w==", 401, "no UTF-8"),
        ("Bearer wrong", 401, "a wrong token"),
        (f"Bearer {SECRET}x", 401, "more than the token"),
        (f"Bearer {SECRET[:-1]}", 401, "less than the token"),
        ("Bearer", 401, "no token"),
        (f"Digest {SECRET}", 401, "another scheme"),
        (SECRET, 401, "no scheme"),
        (None, 401, "no header"),
    ],
)
def test_a_token_lets_write(header: str | None, expected: int, why: str) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = client(site(access=Access(tokens=TOKENS))).post("/write", headers=headers)
    assert answer.status_code == expected, why
    if expected == 200:
        assert answer.json()["name"] == "gateway"
    else:
        assert answer.headers["www-authenticate"] == 'Bearer realm="ssclab"'
        assert (answer.json()["code"], answer.json()["temporary"]) == ("unauthorized", False)


def test_a_refusal_tells_nothing() -> None:
    """No and wrong tokens get the same words."""
    ask = client(site(access=Access(tokens=TOKENS)))
    sent = (None, "Bearer x", f"Bearer {SECRET}x", basic("x"), "Basic ###")
    answers = [ask.post("/write", headers={} if one is None else {"Authorization": one}) for one in sent]
    assert len({answer.content for answer in answers}) == 1
    assert len({str(answer.headers) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("access", "labs", "said", "why"),
    [
        (Access(tokens=NO_TOKENS), ("breda",), "ssclab token add", "a lab without tokens"),
        (Access(tokens=TOKENS, anonymous_writes=True), ("helmond", "breda"), "node of the lab", "a hub, whatever"),
    ],
)
def test_what_is_read_only_says_how_to_write(access: Access, labs: tuple[str, ...], said: str, why: str) -> None:
    of = site(access=access, labs=labs)
    answer = client(of).post("/write", headers=BEARER)
    assert (answer.status_code, answer.json()["code"]) == (403, "read-only"), why
    assert said in answer.json()["detail"]
    assert not writable(of)
    assert capabilities(of)["write"] == "read-only"


@pytest.mark.parametrize(
    ("headers", "expected", "why"),
    [
        ({}, "anonymous", "no page of a site"),
        ({"Origin": OWN}, "anonymous", "a page of this server"),
        (BEARER, "gateway", "who has a token is known by its name"),
        (
            {"Authorization": "Bearer other"},
            "anonymous",
            "anyone may write, so a token of another server does not harm",
        ),
        ({"Host": "127.0.0.1:8080"}, "anonymous", "an address of this machine"),
        ({"Host": "[::1]:8080"}, "anonymous", "the other one"),
        ({"Host": "LOCALHOST"}, "anonymous", "names have no case"),
        ({"Origin": FOREIGN}, 403, "a page of another site (CSRF)"),
        ({"Origin": "null"}, 403, "a page that hides where it is from"),
        ({"Origin": "http://localhost:9999"}, 403, "another server on this machine is another site"),
        ({"Origin": "http://["}, 403, "no address"),
        ({"Origin": FOREIGN, "Host": "evil.example"}, 403, "another name that leads here (DNS rebinding)"),
        ({"Host": "evil.example"}, 403, "the same without Origin"),
        ({"Host": "localhost.evil.example"}, 403, "a name that only begins well"),
        ({"Host": "[evil"}, 403, "no name"),
        ({"Host": ""}, 403, "no name at all"),
    ],
)
def test_anonymous_writes_are_for_this_machine(headers: dict[str, str], expected: str | int, why: str) -> None:
    answer = client(site(access=Access(tokens=TOKENS, anonymous_writes=True))).post("/write", headers=headers)
    got = answer.json()["name"] if answer.status_code == 200 else answer.status_code
    assert got == expected, why


@pytest.mark.parametrize(
    ("authorization", "origin", "base_url", "expected", "why"),
    [
        (f"Bearer {SECRET}", FOREIGN, "", 200, "no browser sends Bearer by itself, so the page has the token"),
        (basic(SECRET), FOREIGN, "", 403, "a browser sends the passwords it knows with the forms of any page"),
        (basic(SECRET), OWN, "", 200, "a page of this server"),
        (basic(SECRET), "https://data.example.nl", "https://data.example.nl/x", 200, "a page of the public address"),
        (basic("wrong"), FOREIGN, "", 401, "the token is looked at first, so a page cannot tell why"),
    ],
)
def test_pages_of_other_sites_need_bearer(
    authorization: str, origin: str, base_url: str, expected: int, why: str
) -> None:
    ask = client(site(access=Access(tokens=TOKENS), base_url=base_url))
    answer = ask.post("/write", headers={"Authorization": authorization, "Origin": origin})
    assert answer.status_code == expected, why


def test_capabilities() -> None:
    assert capabilities(site(access=Access(tokens=TOKENS))) == {"write": "token", "schemes": ["Bearer", "Basic"]}
    anonymous = Access(tokens=TOKENS, anonymous_writes=True)
    assert capabilities(site(access=anonymous)) == {"write": "anonymous", "schemes": []}


# Tokens in a file


def test_a_running_server_sees_each_change(tmp_path: Path) -> None:
    tokens, elsewhere = TokenFile(tmp_path / "tokens.json"), TokenFile(tmp_path / "tokens.json")
    ask = client(site(access=Access(tokens=tokens)))

    def status(secret: str) -> int:
        answer = ask.post("/write", headers={"Authorization": f"Bearer {secret}"})
        return int(answer.status_code)

    assert status("x") == 403
    first = elsewhere.add("first")
    assert (status(first), status("x")) == (200, 401)
    second = elsewhere.add("second")
    assert (status(first), status(second)) == (200, 200)
    elsewhere.revoke("first")
    assert (status(first), status(second)) == (401, 200)
    elsewhere.revoke("second")
    assert status(second) == 403
    elsewhere.add("third")
    (tmp_path / "tokens.json").unlink()
    assert status(second) == 403


def test_a_token_is_kept_as_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    tokens = TokenFile(path)
    secrets = [tokens.add(f"name {number}") for number in range(3)]
    assert all(secret.startswith(PREFIX) and len(secret) == len(PREFIX) + 43 for secret in secrets)
    assert len(set(secrets)) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(secret[len(PREFIX) :] in path.read_text() for secret in secrets)
    assert [token.ends_in for token in tokens.tokens()] == [secret[-4:] for secret in secrets]
    assert [file.name for file in tmp_path.iterdir()] == ["tokens.json"], "nothing is left behind"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"tokens": [{"name": 1}]}', b'{"version": 2}'])
def test_a_broken_file_lets_nobody_write(content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "tokens.json"
    tokens = TokenFile(path)
    secret = tokens.add("gateway")
    ask = client(site(access=Access(tokens=tokens)))
    assert ask.post("/write", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    path.write_bytes(content)
    for _ in range(3):
        assert ask.post("/write", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert len(caplog.records) == 1, "it is logged once, not at each request"
    assert str(path) in caplog.text
    with pytest.raises(SettingsError, match=r"tokens\.json"):
        tokens.add("another")
    assert path.read_bytes() == content, "and nothing of it is lost"


def test_edits_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    names = [f"name {number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(lambda name: TokenFile(tmp_path / "tokens.json").add(name), names))
    tokens = TokenFile(tmp_path / "tokens.json")
    assert [tokens.names(secret) for secret in secrets] == names


@pytest.mark.parametrize("name", ["", " ", " x", "x\n", "x" * 65, "\x1b[2J"])
def test_names_that_cannot_be_used(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be used"):
        TokenFile(tmp_path / "tokens.json").add(name)


def test_a_name_is_used_once(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens.json")
    tokens.add("gateway")
    with pytest.raises(SettingsError, match="already"):
        tokens.add("gateway")
    with pytest.raises(SettingsError, match="known: gateway"):
        tokens.revoke("gatway")
    tokens.revoke("gateway")
    with pytest.raises(SettingsError, match="none"):
        tokens.revoke("gateway")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be used as a file of tokens"):
        TokenFile(tmp_path / "none" / "tokens.json").add("gateway")


def test_a_lab_has_its_tokens_beside_its_store(tmp_path: Path) -> None:
    folder = tmp_path / "helmond"
    folder.mkdir()
    (folder / "lab.yaml").write_text("key: helmond\nname: Helmond\n")
    for path in (folder, folder / "lab.db", tmp_path / "breda.db", tmp_path / "link.db"):
        with Lab.open(path, key="helmond" if folder in (path, path.parent) else "breda", settings=Settings()):
            pass
        if path.name == "breda.db":
            (tmp_path / "link.db").symlink_to(path)
    assert token_file(folder).path == token_file(folder / "lab.db").path == folder / "tokens.json"
    assert token_file(tmp_path / "breda.db").path == tmp_path / "breda.tokens.json"
    assert token_file(tmp_path / "link.db").path == tmp_path / "breda.tokens.json", "a store has one file of tokens"
    with Lab.open(tmp_path / "link.db", settings=Settings()) as lab:
        assert TestClient(lab.asgi()).get("/health").json()["write"] == "read-only"
        token_file(tmp_path / "breda.db").add("gateway")
        assert TestClient(lab.asgi()).get("/health").json()["write"] == "token"
        assert TestClient(lab.asgi(anonymous_writes=True)).get("/health").json()["write"] == "anonymous"
    with Lab.open(":memory:", key="breda", settings=Settings()) as lab:
        assert TestClient(lab.asgi()).get("/health").json()["write"] == "read-only"
        assert TestClient(lab.asgi(tokens=TOKENS)).get("/health").json()["write"] == "token"


# Bodies

OPEN = site(access=Access(tokens=TOKENS))
BOMB = gzip.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    ("content", "coding", "expected", "why"),
    [
        (b"x" * LIMIT, "", LIMIT, "as large as may be"),
        (b"x" * (LIMIT + 1), "", 413, "one byte more"),
        (b"", "", 0, "nothing"),
        (b"abc", "identity", 3, "the name of no packing"),
        (gzip.compress(b"x" * LIMIT, mtime=0), "gzip", LIMIT, "unpacked as large as may be"),
        (gzip.compress(b"x" * LIMIT, mtime=0), "X-GZIP", LIMIT, "its old name"),
        (gzip.compress(b"x" * (LIMIT + 1)), "gzip", 413, "unpacked one byte more"),
        (BOMB, "gzip", 413, "a bomb"),
        (gzip.compress(b"abc", mtime=0)[:-9], "gzip", 400, "cut off"),
        (gzip.compress(b"abc", mtime=0)[:-8] + b"12345678", "gzip", 400, "a wrong checksum"),
        (b"no gzip" * 10, "gzip", 400, "not packed"),
        (b"", "gzip", 400, "nothing is no gzip"),
        (gzip.compress(b"abc", mtime=0) * 2, "gzip", 400, "two members"),
        (b"abc", "br", 415, "another packing"),
        (b"abc", "gzip, gzip", 415, "packed twice"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_bodies_have_a_limit(content: bytes, coding: str, expected: int, why: str, streamed: bool) -> None:
    headers = {**BEARER, **({"Content-Encoding": coding} if coding else {})}
    sent: Any = (content[at : at + 1_000] for at in range(0, len(content), 1_000)) if streamed else content
    answer = client(OPEN).post("/write", content=sent, headers=headers)
    got = answer.json()["bytes"] if answer.status_code == 200 else answer.status_code
    assert got == expected, why
    if expected == 413:
        assert answer.json()["code"] == "body-too-large"


class Server:
    """The application on a real server, in a thread."""

    def __init__(self, app: Starlette) -> None:
        import uvicorn

        (self.port,) = free_ports(1)
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, http=BoundedProtocol, log_level="critical")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.port}/write"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


@pytest.fixture
def served() -> Iterator[Callable[..., Server]]:
    running: list[Server] = []

    def start(*, seconds: float = 30.0) -> Server:
        server = Server(application(OPEN, seconds=seconds))
        running.append(server)
        while not server.server.started:
            threading.Event().wait(0.01)
        return server

    yield start
    for server in running:
        server.server.should_exit = True
        server.thread.join(30)


def head(server: Server, *lines: str) -> bytes:
    parts = ("POST /write HTTP/1.1", f"Host: 127.0.0.1:{server.port}", f"Authorization: Bearer {SECRET}", *lines)
    return "\r\n".join((*parts, "", "")).encode()


def answer_of(connection: socket.socket) -> bytes:
    """Read until the server closes."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def test_a_body_that_is_told_to_be_large_is_not_waited_for(served: Callable[..., Server]) -> None:
    server = served()
    with server.connect() as connection:
        connection.sendall(head(server, f"Content-Length: {LIMIT + 1}", "Expect: 100-continue"))
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 413 "), "and no 100 before it"


def test_a_body_without_an_end_is_cut(served: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssclab_data.cli.protocol.UNREAD_SECONDS", 0.05)
    server = served()
    part = b"%x\r\n%b\r\n" % (10_000, b"x" * 10_000)
    with server.connect() as connection:
        connection.sendall(head(server, "Transfer-Encoding: chunked"))
        for _ in range(LIMIT // 10_000 + 1):
            connection.sendall(part)
        answer = answer_of(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body-too-large" in answer, "then the connection is closed, although the body has not ended"


def test_a_client_of_a_large_body_gets_its_answer(served: Callable[..., Server]) -> None:
    """Also one that sends all of it before it reads, and then asks again on the same connection."""

    async def large() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b"x" * 10_000

    async def post(url: str) -> list[int]:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as ask:
            bodies: tuple[Any, ...] = (large(), b"x" * 10_000_000, b"small")
            return [(await ask.post(url, content=body, headers=BEARER)).status_code for body in bodies]

    assert asyncio.run(post(served().url)) == [413, 413, 200]


def test_a_body_that_does_not_come_is_given_up(served: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssclab_data.cli.protocol.UNREAD_SECONDS", 0.05)
    server = served(seconds=0.05)
    with server.connect() as connection:
        connection.sendall(head(server, "Content-Length: 10") + b"half")
        answer = answer_of(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"temporary":true' in answer


def test_a_client_that_goes_away_is_no_fault(served: Callable[..., Server], caplog: pytest.LogCaptureFixture) -> None:
    server = served()
    with server.connect() as connection:
        connection.sendall(head(server, "Content-Length: 10") + b"half")
    assert httpx.post(server.url, headers=BEARER, trust_env=False).status_code == 200
    assert caplog.records == []


@pytest.mark.parametrize(
    "start", [b"GET /", b"GET / HTTP/1.1\r\nX-Endless: "], ids=["an address without an end", "a header without an end"]
)
def test_a_head_without_an_end_is_cut(start: bytes, served: Callable[..., Server]) -> None:
    server = served()
    with server.connect() as connection:
        connection.sendall(start)
        answer = b""
        try:
            for _ in range(200):
                connection.sendall(b"a" * MAX_HEAD_BYTES)
        except OSError:
            pass
        else:
            answer = answer_of(connection)
    assert len(answer) < 1_000
    assert httpx.post(server.url, headers=BEARER, trust_env=False).status_code == 200


def test_a_head_that_does_not_come_is_given_up(served: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssclab_data.cli.protocol.HEAD_SECONDS", 0.05)
    server = served()
    for start in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n"):
        with server.connect() as connection:
            connection.sendall(start)
            assert answer_of(connection) == b"", "it is closed"


def test_requests_one_after_another_are_no_long_head(served: Callable[..., Server]) -> None:
    """A chunk of many requests, the last of them cut in its head, is larger than a head may be."""
    server = served()
    one = head(server, "Content-Length: 5") + b"12345"
    last = head(server, "Content-Length: 5", "Connection: close") + b"12345"
    count = MAX_HEAD_BYTES // len(one) + 10
    with server.connect() as connection:
        sender = threading.Thread(target=connection.sendall, args=(one * count + last,))
        sender.start()
        answer = answer_of(connection)
        sender.join(30)
    assert answer.count(b"HTTP/1.1 200 OK") == count + 1
