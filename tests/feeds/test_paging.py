"""Pages are followed to their end, at the same host, and never round and round."""

import json
from typing import Any

import pytest

from ssclab_data.errors import FeedError
from ssclab_data.feeds.declaration import Pages
from ssclab_data.feeds.paging import next_page
from ssclab_data.feeds.status import Condition

from .conftest import FedLab, Reply, Request, Server, payload

URL = "https://api.example.org/v1/data?page=2&unit=7"
LINK = Pages(link="@iot.nextLink")
NUMBER = Pages(next="pagination.next_page", parameter="page")
HEADER = Pages(header="Link")


@pytest.mark.parametrize(
    ("pages", "document", "header", "expected"),
    [
        (NUMBER, {"pagination": {"next_page": 3}}, "", "https://api.example.org/v1/data?page=3&unit=7"),
        (NUMBER, {"pagination": {"next_page": 2}}, "", ""),  # the last page as its own successor
        (NUMBER, {"pagination": {"next_page": 0}}, "", ""),
        (NUMBER, {"pagination": {"next_page": None}}, "", ""),
        (NUMBER, {"pagination": {}}, "", ""),
        (NUMBER, {}, "", ""),
        (NUMBER, [], "", ""),
        (
            LINK,
            {"@iot.nextLink": "https://api.example.org/v1/data?page=3"},
            "",
            "https://api.example.org/v1/data?page=3",
        ),
        (LINK, {"@iot.nextLink": "data?page=3"}, "", "https://api.example.org/v1/data?page=3"),
        (LINK, {"@iot.nextLink": ""}, "", ""),
        (HEADER, {}, '<?page=3>; rel="next", <?page=9>; rel="last"', "https://api.example.org/v1/data?page=3"),
        (HEADER, {}, '<?page=1>; rel="prev", <?page=3>; rel=next', "https://api.example.org/v1/data?page=3"),
        (HEADER, {}, '<?page=3>; title="b"; rel="next"', "https://api.example.org/v1/data?page=3"),
        (HEADER, {}, '<?page=9>; rel="last"', ""),
        (HEADER, {}, "", ""),
    ],
)
def test_the_next_page_is_found(pages: Pages, document: Any, header: str, expected: str) -> None:
    headers = {"link": header} if header else {}
    assert next_page(pages, URL, json.dumps(document).encode(), headers) == expected


@pytest.mark.parametrize(
    ("pages", "body", "words"),
    [
        (LINK, b'{"@iot.nextLink": "https://evil.example/"}', "another host, evil.example"),
        (LINK, b'{"@iot.nextLink": "http://api.example.org/"}', "another host"),  # from https to http
        (LINK, b'{"@iot.nextLink": "https://api.example.org:8443/"}', "another host"),
        (LINK, b'{"@iot.nextLink": "file:///etc/passwd"}', "no http or https address"),
        (LINK, b'{"@iot.nextLink": {"a": 1}}', "is dict, no page"),
        (LINK, b"{", "is no JSON"),
        (NUMBER, b'{"pagination": {"next_page": true}}', "is bool, no page"),
    ],
)
def test_a_next_page_that_cannot_be_followed_is_told(pages: Pages, body: bytes, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        next_page(pages, URL, body, {})


def paged(server: Server, count: int) -> None:
    """Serve so many pages, each of one row an hour."""

    def answer(request: Request) -> Reply:
        page = int(request.query.get("page", 1))
        row = ("a", f"2026-06-01T{page:02}:00:00Z", float(page))
        return Reply(body=payload(row, next=page + 1 if page < count else None))

    server.answer = answer


def test_all_pages_are_read(lab: FedLab, server: Server) -> None:
    paged(server, 5)
    status = lab.one(url=server.url, pages={"next": "next", "parameter": "page"}, rate=1000)
    assert (status.state, status.watermark) == (Condition.OK, "2026-06-01T05:00:00Z")
    assert len(lab.rows()) == 5


def test_pages_that_lead_back_are_told(lab: FedLab, server: Server) -> None:
    server.answer = lambda request: Reply(
        body=payload(("a", "2026-06-01T01:00:00Z", 1.0), next=2 if request.query.get("page") != "2" else 3)
        if request.query.get("page") != "3"
        else payload(("a", "2026-06-01T01:00:00Z", 1.0), next=2)
    )
    status = lab.one(url=server.url, pages={"next": "next", "parameter": "page"}, rate=1000)
    assert "lead back to one that was read" in status.message
    assert len(server.asked) == 3


def test_more_pages_than_are_read_at_once_are_left_to_the_next_run(lab: FedLab, server: Server) -> None:
    paged(server, 5)
    feed = {"url": server.url, "pages": {"next": "next", "parameter": "page", "most": 3}, "rate": 1000}
    first = lab.one(**feed)
    assert "more than 3 pages" in first.message
    assert (first.watermark, len(lab.rows())) == ("", 3)  # what comes on later pages may be older
    second = lab.one(**feed)
    assert (second.watermark, len(lab.rows())) == ("2026-06-01T05:00:00Z", 5)
    assert [request.query.get("page") for request in server.asked] == [None, "2", "3", "4", "5", None, "2", "3"]


def test_a_page_that_is_gone_begins_the_chain_anew(lab: FedLab, server: Server) -> None:
    """A cursor that the server has forgotten is not asked for again."""
    paged(server, 3)
    good = server.answer
    feed = {"url": server.url, "pages": {"next": "next", "parameter": "page"}, "rate": 1000, "attempts": 1}
    server.answer = lambda request: Reply(status=503) if request.query.get("page") == "3" else good(request)
    assert lab.one(**feed).partial
    server.answer = lambda request: Reply(status=410) if request.query.get("page") == "3" else good(request)
    assert "HTTP 410" in lab.one(**feed).message
    server.answer = good
    assert lab.one(**feed).state is Condition.OK
    assert [request.query.get("page") for request in server.asked] == [None, "2", "3", "3", None, "2", "3"]
