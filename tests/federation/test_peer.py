"""A peer gives a document, or says in words why it cannot."""

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import pytest

from ssclab_data.errors import SettingsError
from ssclab_data.federation.peer import Peer, PeerError
from ssclab_data.model.lab import LabInfo
from ssclab_data.stores.base import AnswerStatus

BREDA = LabInfo(key="breda", name="Breda")


async def _fetch(peer: Peer) -> dict[str, Any]:
    try:
        return await peer.fetch("Things", {"$filter": "name eq 'a & b'", "$top": "2"})
    finally:
        await peer.close()


@pytest.mark.parametrize(
    ("body", "status", "content_type", "expected", "words"),
    [
        ("<html>oops</html>", 200, "text/html", AnswerStatus.INVALID, "web page"),
        ("<?xml version='1.0'?>", 200, "application/json", AnswerStatus.INVALID, "web page"),
        ('{"value": [', 200, "application/json", AnswerStatus.INVALID, "broken JSON"),
        (b'{"value": ["\xff"]}', 200, "application/json", AnswerStatus.INVALID, "broken JSON"),
        ("", 200, "application/json", AnswerStatus.INVALID, "broken JSON"),
        ("[" * 100_000, 200, "application/json", AnswerStatus.INVALID, "broken JSON"),
        ("[" * 100_000, 500, "application/json", AnswerStatus.ERROR, "HTTP 500"),
        ("[1]", 200, "application/json", AnswerStatus.INVALID, "no JSON object"),
        ('{"detail": "too deep"}', 400, "application/json", AnswerStatus.ERROR, "HTTP 400: too deep"),
        ("nothing here", 503, "text/plain", AnswerStatus.ERROR, "HTTP 503"),
        ("", 302, "text/plain", AnswerStatus.ERROR, "redirects are not followed"),
        ("", 204, "text/plain", AnswerStatus.ERROR, "HTTP 204"),
    ],
)
def test_an_unusable_answer_has_a_status_and_a_reason(
    peer_of: Callable[..., Peer],
    answering: Callable[..., Any],
    body: bytes | str,
    status: int,
    content_type: str,
    expected: AnswerStatus,
    words: str,
) -> None:
    peer = peer_of("breda", answering(body, status=status, content_type=content_type))
    with pytest.raises(PeerError) as caught:
        asyncio.run(_fetch(peer))
    assert caught.value.status is expected
    assert words in caught.value.reason


def test_options_arrive_as_they_were_given(peer_of: Callable[..., Peer], canned: Callable[..., Any]) -> None:
    lab = canned({"value": []})
    assert asyncio.run(_fetch(peer_of("breda", lab))) == {"value": []}
    assert lab.asked == [("/sta/v1.1/Things", {"$filter": "name eq 'a & b'", "$top": "2"})]


def test_an_application_that_fails_is_an_error_of_that_lab(peer_of: Callable[..., Peer]) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken inside")

    with pytest.raises(PeerError, match="HTTP 500"):
        asyncio.run(_fetch(peer_of("breda", app)))


def test_a_port_where_nobody_listens_is_an_error(raw_server: Callable[..., Any]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        return None

    server = raw_server(serve)
    server.stop()
    with pytest.raises(PeerError, match="no connection") as caught:
        asyncio.run(_fetch(Peer(BREDA, server.url)))
    assert caught.value.status is AnswerStatus.ERROR


@pytest.mark.parametrize(
    ("raw", "expected", "words"),
    [
        (b"", AnswerStatus.INVALID, "breaks HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", AnswerStatus.INVALID, "breaks HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", AnswerStatus.INVALID, "breaks HTTP"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}",
            AnswerStatus.INVALID,
            "decompressed",
        ),
    ],
)
def test_a_server_that_breaks_http_is_invalid(
    raw_server: Callable[..., Any], raw: bytes, expected: AnswerStatus, words: str
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    with pytest.raises(PeerError) as caught:
        asyncio.run(_fetch(Peer(BREDA, raw_server(serve).url)))
    assert (caught.value.status, words in caught.value.reason) == (expected, True), caught.value.reason


def test_a_small_answer_that_decompresses_to_a_large_one_is_refused(raw_server: Callable[..., Any]) -> None:
    packed = gzip.compress(b'{"value": "' + b" " * 10_000_000 + b'"}')

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n"
        writer.write(head.encode() + packed)
        await writer.drain()

    peer = Peer(BREDA, raw_server(serve).url, max_bytes=1_000_000)
    with pytest.raises(PeerError, match="larger than 1000000 bytes"):
        asyncio.run(_fetch(peer))


@pytest.mark.parametrize(
    ("link", "allowed"),
    [
        ("http://breda.invalid/sta/v1.1/Things?$skiptoken=x", True),
        ("Things?$skiptoken=x", True),
        ("/sta/v1.1/Things?$skip=2", True),
        ("http://evil.example/sta/v1.1/Things", False),
        ("https://breda.invalid/sta/v1.1/Things", False),
        ("http://breda.invalid:8080/sta/v1.1/Things", False),
        ("http://breda.invalid@evil.example/", False),
        ("//evil.example/Things", False),
        ("file:///etc/passwd", False),
        ("http://[::1", False),
    ],
)
def test_a_next_link_stays_at_its_own_host(
    peer_of: Callable[..., Peer], canned: Callable[..., Any], link: str, allowed: bool
) -> None:
    lab = canned({"value": []})
    peer = peer_of("breda", lab)
    if allowed:
        assert asyncio.run(peer.follow(link)) == {"value": []}
        assert [path for path, _ in lab.asked] == ["/sta/v1.1/Things"]
        return
    with pytest.raises(PeerError) as caught:
        asyncio.run(peer.follow(link))
    assert caught.value.status is AnswerStatus.INVALID
    assert not lab.asked


@pytest.mark.parametrize(
    "url", ["ftp://a.example", "a.example/sta", "http://", "http://u:p@a.example/", "http://a/?x=1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="breda"):
        Peer(BREDA, url)


def test_a_lab_key_is_checked() -> None:
    with pytest.raises(SettingsError, match="Breda"):
        Peer(LabInfo(key="Breda", name="Breda"), "http://a.example")
