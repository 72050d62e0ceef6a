"""A server, or a sender of files, that means harm gets a message, and neither a crash nor a secret nor a terminal."""

import gzip
import os
import re
from pathlib import Path
from typing import Any

import pytest

from ssclab_data.feeds.status import Condition

from .conftest import FedLab, Reply, Server, payload

GOOD = payload(("a", "2026-06-01T10:00:00Z", 5.0))
ROW = {("a", "2026-06-01T10:00:00Z"): 5.0}
TOKEN = "t0p/s3cr3t key"


def is_plain(text: str) -> bool:
    """Tell whether a text can be shown in a terminal, and is not longer than a few lines."""
    return text.isprintable() and len(text) < 2000


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": '"caf\u00e9"'},
        {"ETag": '"\x1b[2J"'},
        {"ETag": '"' + "x" * 60_000 + '"'},
        {"Last-Modified": "\u00a7\u00a7"},
        {"Set-Cookie": "a=" + "x" * 4000},
    ],
    ids=["latin", "escape", "long", "latin date", "cookie"],
)
def test_headers_that_a_server_makes_up_are_not_sent_back_to_the_harm_of_the_next_run(
    lab: FedLab, server: Server, headers: dict[str, str]
) -> None:
    server.answer = lambda request: Reply(body=GOOD, headers=headers)
    for _ in range(2):
        status = lab.one(url=f"{server.url}/data", every="PT1M", attempts=1)
        assert (status.state, status.message) == (Condition.OK, "")
        lab.clock.forward(120)
    assert lab.rows() == ROW
    assert "cookie" not in server.asked[-1].headers
    assert all(value.isascii() and value.isprintable() for value in server.asked[-1].headers.values())


LOCATIONS = [
    "http://[", "http://[::1", "//", "http://", "http://a:b/", "http://127.0.0.1:99999999/", "http://\u2100.example/",
    "http://" + "x" * 50_000 + ".example/", "\x1b[31m", "http://x\x1b[2J.example/", "file:///etc/passwd", "data:,x",
    "http://user:word@127.0.0.1/", "http://xn--a.example/", "http://127.1/", "http://2130706433/", "http://0/",
    "http://\u0661\u0662\u0667.0.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("location", LOCATIONS)
def test_any_redirect_is_told_and_leads_nowhere(lab: FedLab, server: Server, location: str) -> None:
    """A relative one that means nothing may lead to the same server; none leads to another."""
    server.answer = lambda request: Reply(status=302, headers={"Location": location})
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    server.answer = lambda request: Reply(raw=head)
    status = lab.one(url=f"{server.url}/data", attempts=1)
    assert status.state is Condition.FAILING
    assert is_plain(status.message)
    assert is_plain(status.cure)


@pytest.mark.parametrize("link", [*LOCATIONS, 10**4000, -1, 1.5, [], {}, "x" * 100_000, "\ud7ff"])
@pytest.mark.parametrize("pages", [{"link": "next"}, {"next": "next", "parameter": "page"}])
def test_any_next_page_is_told_and_leads_nowhere_else(
    lab: FedLab, server: Server, link: Any, pages: dict[str, str]
) -> None:
    server.answer = lambda request: Reply(
        body=payload(("a", "2026-06-01T10:00:00Z", 5.0), next=link) if request.path == "/data" else b"null"
    )
    status = lab.one(url=f"{server.url}/data", pages={**pages, "most": 2}, attempts=1)
    assert is_plain(status.message)
    assert is_plain(status.cure)


@pytest.mark.parametrize(
    "value",
    ["999999999999999999", "-5", "nan", "inf", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 1 Jan 0001 00:00:00 +9999",
     "Mon, 99 Foo 99999999999 00:00:00", "Thu, 01 Jan 1970 00:00:00 -2359", "\u0661\u0662", "1, 2", ""],
)  # fmt: skip
def test_no_server_puts_a_feed_off_for_years(lab: FedLab, server: Server, value: str) -> None:
    head = f"HTTP/1.1 503 Busy\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n".encode()
    server.answer = lambda request: Reply(raw=head)
    status = lab.one(url=f"{server.url}/data", attempts=1, every="PT5M")
    assert status.state is Condition.FAILING
    assert status.next_try < "2026-06-03"
    assert is_plain(status.message)


def test_words_of_a_server_do_not_reach_the_terminal_as_they_are(lab: FedLab, server: Server) -> None:
    """The reason of a status, and a body that is no JSON."""
    server.answer = lambda request: Reply(
        raw=b"HTTP/1.1 500 \x1b[31mred" + b"x" * 5000 + b"\r\nContent-Length: 0\r\n\r\n"
    )
    assert is_plain(lab.one(url=f"{server.url}/data", attempts=1).message)
    server.answer = lambda request: Reply(body=b'{"rows": "\x1b[31m')
    assert is_plain(lab.one(url=f"{server.url}/data", attempts=1).message)


@pytest.mark.parametrize(
    "echoed",
    ["t0p%2Fs3cr3t%20key", "t0p%2fs3cr3t%20key", "t0p/s3cr3t+key", "t0p%2fs3cr3t+key", "%74%30%70%2f%733cr3t%20key"],
)
def test_a_secret_that_a_server_writes_in_its_own_way_is_hidden_too(
    lab: FedLab, server: Server, echoed: str, tmp_path: Path
) -> None:
    lab.environ["TOKEN"] = TOKEN
    server.answer = lambda request: Reply(
        body=payload(("a", "2026-06-01T10:00:00Z", 5.0), next=f"/next?echo={echoed}")
        if request.path == "/data" else b"null"
    )  # fmt: skip
    status = lab.one(url=f"{server.url}/data", headers={"X-Key": "env:TOKEN"}, pages={"link": "next"}, attempts=1)
    assert "***" in status.message
    assert "s3cr3t" not in status.message
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert re.search(rb"s3cr3t", held) is None


def test_secrets_do_not_follow_a_redirect_to_another_host_or_port(
    lab: FedLab, server: Server, other_server: Server
) -> None:
    lab.environ["TOKEN"] = TOKEN
    server.answer = lambda request: Reply(status=307, headers={"Location": f"{other_server.url}/there"})
    other_server.answer = lambda request: Reply(body=GOOD)
    port = other_server.url.rpartition(":")[2]
    lab.one(
        url=f"{server.url}/data",
        hosts=[f"127.0.0.1:{port}"],
        headers={"X-Key": "env:TOKEN"},
        parameters={"key": "env:TOKEN"},
    )
    assert server.asked[0].headers["x-key"] == TOKEN
    (there,) = other_server.asked
    assert "s3cr3t" not in str(there)


def test_a_body_of_empty_gzip_members_ends(lab: FedLab, server: Server) -> None:
    body = gzip.compress(b"") * 200_000 + gzip.compress(GOOD)
    server.answer = lambda request: Reply(body=body, headers={"Content-Encoding": "gzip"})
    assert lab.one(url=f"{server.url}/data", attempts=1, max_bytes=1 << 20).message
    assert lab.rows() == {}


@pytest.fixture
def drop(lab: FedLab) -> Path:
    folder = lab.folder / "in"
    folder.mkdir()
    (folder / "good.json").write_bytes(GOOD)
    return folder


def aged(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000), follow_symlinks=False)


def test_a_link_out_of_the_folder_is_not_followed(lab: FedLab, drop: Path) -> None:
    """Who may drop files may make links, to the key of the lab or what else the feed can read."""
    secret = lab.folder / "other.json"
    secret.write_bytes(payload(("planted", "2026-06-01T10:00:00Z", 9.0)))
    (drop / "link.json").symlink_to(secret)
    (drop / "up").symlink_to(lab.folder)
    (drop / "inside.json").symlink_to(drop / "good.json")
    aged(drop)
    os.utime(secret, (1_700_000_000, 1_700_000_000))
    status = lab.one(folder="in", pattern="**/*.json")
    assert lab.rows() == ROW
    assert "link.json" in status.message
    assert "link" in status.message


@pytest.mark.parametrize("name", [b"\xff\xfe.json", b"a\nb\x1b[2J.json", "‮nosj.json".encode(), b"a" * 240 + b".json"])
def test_any_name_of_a_file_is_taken_or_told(lab: FedLab, drop: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(drop) + b"/" + name)).write_bytes(b'{"rows": [')
    aged(drop)
    for _ in range(2):
        status = lab.one(folder="in", pattern="*.json")
        assert status.state is Condition.FAILING
        assert is_plain(status.message)
        assert lab.rows() == ROW
