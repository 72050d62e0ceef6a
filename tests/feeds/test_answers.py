"""What a server can do wrong is told with the address, and the next run recovers."""

import gzip
import json
from typing import Any

import pytest

from ssclab_data.feeds.status import Condition

from .conftest import FedLab, Reply, Request, Server, payload

GOOD = payload(("a", "2026-06-01T10:00:00Z", 5.0))
ROW = {("a", "2026-06-01T10:00:00Z"): 5.0}
HTML = b"<!DOCTYPE html><html><body>Maintenance</body></html>"
BOMB = gzip.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    ("reply", "words", "requests"),
    [
        (Reply(body=b"null"), "answers 200 with null", 1),
        (Reply(body=b""), "answers 200 with an empty body", 1),
        (Reply(body=b" \n"), "answers 200 with an empty body", 1),
        (Reply(body=HTML), "a web page in place of data", 1),
        (Reply(body=b"<p>", headers={"Content-Type": "text/html; charset=utf-8"}), "a web page in place of data", 1),
        (Reply(body=b'{"rows": ['), "JSON", 1),
        (Reply(body=b'{"other": 1}'), "form", 1),
        (Reply(body=GOOD, length=len(GOOD) + 10), "breaks HTTP", 3),
        (Reply(body=GOOD[:10], length=len(GOOD)), "breaks HTTP", 3),
        (Reply(raw=b""), "breaks HTTP", 3),
        (Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "breaks HTTP", 3),
        (Reply(body=GOOD, headers={"Content-Encoding": "gzip"}), "cannot be decompressed", 3),
        (Reply(body=gzip.compress(GOOD)[:-9], headers={"Content-Encoding": "gzip"}), "cut off", 3),
        (Reply(body=GOOD, headers={"Content-Encoding": "br"}), "packed by 'br'", 3),
        (Reply(body=bytes(3_000_000)), "larger than 1048576 bytes", 1),
        (Reply(body=BOMB, headers={"Content-Encoding": "gzip"}), "larger than 1048576 bytes", 1),
        (Reply(status=500), "HTTP 500", 3),
        (Reply(status=503), "HTTP 503", 3),
        (Reply(status=429), "HTTP 429", 3),
        (Reply(status=401), "HTTP 401", 1),
        (Reply(status=404, body=b"nothing here"), "HTTP 404", 1),
        (Reply(status=302), "HTTP 302", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_is_none_is_told_and_the_next_run_recovers(
    lab: FedLab, server: Server, reply: Reply, words: str, requests: int
) -> None:
    """cases.md, row 13, and its relatives: what is worth it is tried three times."""
    feed = {"url": f"{server.url}/data", "attempts": 3, "max_bytes": 1 << 20, "every": "PT1M"}
    server.answer = lambda request: reply
    status = lab.one(**feed)
    assert status.state is Condition.FAILING
    assert words in status.message
    assert f"{server.url}/data" in status.message
    assert status.cure
    assert len(server.asked) == requests
    assert lab.rows() == {}
    server.answer = lambda request: Reply(body=GOOD)
    assert lab.one(**feed).state is Condition.OK
    assert lab.rows() == ROW


def test_other_sensors_are_stored_when_one_answers_null(lab: FedLab, server: Server) -> None:
    """cases.md, row 13."""

    def answer(request: Request) -> Reply:
        unit = request.path.rpartition("/")[2]
        return Reply(body=b"null" if unit == "2" else payload((unit, "2026-06-01T10:00:00Z", float(unit))))

    server.answer = answer
    feed = {"url": f"{server.url}/units/{{unit}}", "each": {"unit": [1, 2, 3]}, "rate": 1000}
    status = lab.one(**feed)
    assert status.message.startswith(f"1 of 3 failed: unit=2: {server.url}/units/2: it answers 200 with null")
    assert (status.state, status.failures, status.partial) == (Condition.FAILING, 0, False)
    assert (status.parts, status.parts_failing) == (3, 1)
    assert sorted(unit for unit, _ in lab.rows()) == ["1", "3"]
    server.answer = lambda request: Reply(body=payload(("2", "2026-06-01T10:00:00Z", 2.0)))
    assert lab.one(**feed).state is Condition.OK
    assert sorted(unit for unit, _ in lab.rows()) == ["1", "2", "3"]


def test_a_server_that_stops_in_the_middle_is_left(lab: FedLab, server: Server) -> None:
    server.answer = lambda request: Reply(body=GOOD, hangs=True)
    status = lab.one(url=server.url, timeout="PT1S", attempts=1)
    assert "no whole answer within 1 s" in status.message


def test_a_run_ends_at_its_deadline_and_goes_on_in_the_next(lab: FedLab, server: Server) -> None:
    def answer(request: Request) -> Reply:
        unit = request.path.strip("/")
        return Reply(body=payload((unit, "2026-06-01T10:00:00Z", 1.0)), hangs=unit == "2" and slow)

    slow = True
    server.answer = answer
    feed = {"url": f"{server.url}/{{unit}}", "each": {"unit": [1, 2, 3]}, "deadline": "PT1S", "rate": 1000}
    status = lab.one(**feed)
    assert (status.partial, status.message) == (True, "1 of 2 failed: not finished within 1 s")
    slow = False
    assert lab.one(**feed).state is Condition.OK
    assert [request.path for request in server.asked] == ["/1", "/2", "/2", "/3"]
    assert len(lab.rows()) == 3


def test_nobody_listens(lab: FedLab, server: Server) -> None:
    server.stop()
    status = lab.one(url=server.url, attempts=2)
    assert "no connection" in status.message
    assert len(lab.clock.slept) >= 1


def test_what_is_not_modified_is_not_sent_again(lab: FedLab, server: Server) -> None:
    marks = {"etag": {"ETag": '"7"'}, "date": {"Last-Modified": "Mon, 01 Jun 2026 10:00:00 GMT"}}

    def answer(request: Request) -> Reply:
        known = request.headers.get("if-none-match") == '"7"' or "if-modified-since" in request.headers
        return Reply(status=304) if known else Reply(body=GOOD, headers=marks.get(request.path[1:], {}))

    server.answer = answer
    for path in marks:
        feed = {"name": path, "url": f"{server.url}/{path}"}
        assert lab.run(feed)[path].last.not_modified == 0
        again = lab.run(feed)[path]
        assert (again.last.not_modified, again.last.received, again.state) == (1, 0, Condition.OK)
    lab.one(url=f"{server.url}/elsewhere")
    assert "if-none-match" not in server.asked[-1].headers


def test_an_answer_that_was_not_stored_is_asked_for_again_whole(lab: FedLab, server: Server) -> None:
    """The mark of an answer is kept when the answer is stored, not before."""
    server.answer = lambda request: Reply(body=b'{"other": 1}', headers={"ETag": '"7"'})
    lab.one(url=server.url)
    lab.one(url=server.url)
    assert "if-none-match" not in server.asked[-1].headers


@pytest.mark.parametrize(
    ("location", "hosts", "words"),
    [
        ("/new", [], ""),
        ("http://{other}/new", ["{other}"], ""),
        ("http://{other}/new", [], "none of the configured hosts"),
        ("http://169.254.169.254/latest/meta-data", [], "none of the configured hosts"),
        ("file:///etc/passwd", [], "no http or https address"),
        ("http://anna@{own}/", [], "without a user"),
        ("/data", [], "redirects more than 5 times"),
    ],
)
def test_a_redirect_leads_to_configured_hosts_alone(
    lab: FedLab, server: Server, other_server: Server, location: str, hosts: list[str], words: str
) -> None:
    other = other_server.url.removeprefix("http://")
    place = location.format(other=other, own=server.url.removeprefix("http://"))
    server.answer = lambda request: (
        Reply(status=302, headers={"Location": place}) if request.path == "/data" else Reply(body=GOOD)
    )
    other_server.answer = lambda request: Reply(body=GOOD)
    lab.environ["TOKEN"] = "s3cret"
    feed = {"headers": {"Authorization": "env:TOKEN"}, "rate": 1000}
    status = lab.one(url=f"{server.url}/data", hosts=[one.format(other=other) for one in hosts], **feed)
    assert words in status.message
    assert (status.state is Condition.OK) == (not words)
    assert all("authorization" not in request.headers for request in other_server.asked)
    assert all(request.headers["authorization"] == "s3cret" for request in server.asked)
    assert bool(other_server.asked) == (bool(hosts) and not words)


def test_secrets_stand_in_no_message_no_report_and_no_file(lab: FedLab, server: Server) -> None:
    """A server that repeats the key in its next link and its errors gives it away to nobody."""
    lab.environ["KEY"] = "k3y/with+marks"
    body = json.loads(GOOD) | {"next": f"{server.url}/data?key=k3y%2Fwith%2Bmarks&page=2"}
    feed: dict[str, Any] = {"url": f"{server.url}/data", "parameters": {"key": "env:KEY"}, "pages": {"link": "next"}}
    server.answer = lambda request: (
        Reply(status=500, body=b"k3y/with+marks") if "page" in request.query else Reply(body=json.dumps(body).encode())
    )
    status = lab.one(**feed, attempts=1)
    assert server.asked[0].query["key"] == "k3y/with+marks"
    assert f"{server.url}/data?key=***&page=2" in status.message
    for file in lab.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"k3y" not in content, file
