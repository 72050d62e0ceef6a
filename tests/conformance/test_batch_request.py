"""Conformance class batch-request: many requests in one (OGC 18-088, 11)."""

import email.policy
from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser

import httpx
import msgspec
import pytest

from .bodies import datastream, observed_property, sensor, thing
from .requirements import requirement
from .service import Service, link

BATCH = "batch-request/batch-request"
OUTER = "batch_36522ad7-fc75-4b56-8c71-56071383e77b"
INNER = "changeset_77162fcd-b8da-41ac-a9f8-9357efbbd"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A request in a batch.

    Attributes:
        path: below the root.
        name: its Content-ID, or "".
    """

    method: str
    path: str
    body: object = None
    name: str = ""

    def lines(self, prefix: str) -> list[str]:
        """Write it as a part of a multipart message."""
        named = [f"Content-ID: {self.name}"] if self.name else []
        content = "" if self.body is None else msgspec.json.encode(self.body).decode()
        return [
            "Content-Type: application/http",
            *named,
            "",
            f"{self.method} {prefix}/{self.path} HTTP/1.1",
            "Host: testserver",
            *(["Content-Type: application/json", f"Content-Length: {len(content.encode())}"] if content else []),
            "",
            content,
        ]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in the answer to a batch."""

    status: int
    headers: dict[str, str]
    body: bytes
    name: str


type Parts = list[Part | list[Part]]
type Replies = list[Reply | list[Reply]]


def send(
    service: Service, parts: Parts, *, prefix: str | None = None, headers: Mapping[str, str] | None = None
) -> Replies:
    """Send a batch; a list in it is a change set."""
    answer = post(service, parts, prefix=prefix, headers=headers)
    assert answer.status_code == 200, answer.text
    media_type = answer.headers["Content-Type"]
    assert media_type.startswith("multipart/mixed")
    head = f"Content-Type: {media_type}\r\n\r\n".encode()
    return _replies(BytesParser(policy=email.policy.HTTP).parsebytes(head + answer.content))


def post(service: Service, parts: Parts, *, prefix: str | None, headers: Mapping[str, str] | None) -> httpx.Response:
    """Send a batch, and give the whole answer."""
    before = f"/sta/v{service.version}" if prefix is None else prefix
    lines: list[str] = []
    for part in parts:
        lines.append(f"--{OUTER}")
        if isinstance(part, Part):
            lines += part.lines(before)
            continue
        lines += [f"Content-Type: multipart/mixed;boundary={INNER}", ""]
        for each in part:
            lines += [f"--{INNER}", *each.lines(before)]
        lines += [f"--{INNER}--", ""]
    lines += [f"--{OUTER}--", ""]
    body = "\r\n".join(lines)
    media_type = f"multipart/mixed;boundary={OUTER}"
    return service.ask("POST", "$batch", body, media_type=media_type, headers=headers)


def _replies(message: Message) -> Replies:
    found: Replies = []
    for part in message.get_payload():
        assert isinstance(part, Message)
        if part.get_content_maintype() == "multipart":
            inner = [reply for reply in _replies(part) if isinstance(reply, Reply)]
            found.append(inner)
        else:
            found.append(_reply(part))
    return found


def _reply(part: Message) -> Reply:
    assert part.get_content_type() == "application/http"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    line, _, rest = content.partition(b"\r\n")
    head, _, body = rest.partition(b"\r\n\r\n")
    protocol, status, _ = line.decode().split(" ", 2)
    assert protocol == "HTTP/1.1"
    headers = dict(text.split(": ", 1) for text in head.decode().splitlines() if text)
    return Reply(status=int(status), headers=headers, body=body.strip(), name=str(part.get("Content-ID", "")))


def single(reply: Reply | list[Reply]) -> Reply:
    assert isinstance(reply, Reply)
    return reply


def several(reply: Reply | list[Reply]) -> list[Reply]:
    assert isinstance(reply, list)
    return reply


@requirement(BATCH)
def test_the_batch_of_the_standard(service: Service) -> None:
    """Examples 2 and 4: a query, a change set of an insert and an update, and a query for what is not there."""
    path = service.create("Things", thing())
    change = [
        Part(method="POST", path="Things", body=thing("New"), name="1"),
        Part(method="PATCH", path=path, body={"name": "Changed"}, name="2"),
    ]
    first, changed, last = send(
        service, [Part(method="GET", path=path), change, Part(method="GET", path="Things(4711)")]
    )
    assert single(first).status == 200
    assert msgspec.json.decode(single(first).body)["name"] == "Oven", "before the change"
    created, updated = several(changed)
    assert (created.status, created.name, updated.name) == (201, "1", "2")
    assert service.get(created.headers["Location"])["name"] == "New"
    assert updated.status in (200, 204)
    assert service.get(path)["name"] == "Changed"
    assert single(last).status == 404


@requirement(BATCH)
def test_a_later_request_names_what_an_earlier_one_made(service: Service) -> None:
    """Example 3: `$sensor1` where an identifier is expected."""
    path = service.create("Things", thing())
    concept = service.create("ObservedProperties", observed_property())
    stream = datastream(ObservedProperty=link(concept), Sensor={"@iot.id": "$sensor1"})
    change = [
        Part(method="POST", path="Sensors", body=sensor("Named"), name="sensor1"),
        Part(method="POST", path=f"{path}/Datastreams", body=stream, name="stream1"),
    ]
    (answers,) = send(service, [list(change)])
    assert [reply.status for reply in several(answers)] == [201, 201]
    assert service.get(f"{service.path_of(several(answers)[1].headers['Location'])}/Sensor")["name"] == "Named"


@requirement(BATCH)
def test_a_path_names_what_an_earlier_request_made(service: Service) -> None:
    """OData 11.7.3.1: also where an address is expected."""
    change = [
        Part(method="POST", path="Things", body=thing("Named"), name="thing1"),
        Part(method="PATCH", path="Things($thing1)", body={"description": "changed in the same change set"}),
    ]
    (answers,) = send(service, [list(change)])
    created, updated = several(answers)
    assert (created.status, updated.status in (200, 204)) == (201, True)
    assert service.get(created.headers["Location"])["description"] == "changed in the same change set"


@requirement(BATCH)
def test_a_change_set_is_all_or_nothing(service: Service) -> None:
    """OData 11.7.4: one that fails is answered by one answer, and changes nothing."""
    change = [
        Part(method="POST", path="Things", body=thing("Lost"), name="1"),
        Part(method="POST", path="Things", body={"name": "no description"}, name="2"),
    ]
    (failed,) = send(service, [list(change)])
    replies = failed if isinstance(failed, list) else [failed]
    assert [reply.status for reply in replies if 400 <= reply.status < 500]
    assert not [reply.status for reply in replies if reply.status < 400]
    assert service.names("Things") == []


@requirement(BATCH)
def test_after_an_error_nothing_more_is_done_unless_that_is_preferred(service: Service) -> None:
    """OData 11.7.2 and 8.2.8.3: what came before stays."""
    parts: Parts = [
        Part(method="POST", path="Things", body=thing("Before")),
        Part(method="GET", path="Things(4711)"),
        Part(method="POST", path="Things", body=thing("After")),
    ]
    assert [single(reply).status for reply in send(service, parts)] == [201, 404]
    assert service.names("Things") == ["Before"]
    headers = {"Prefer": "odata.continue-on-error"}
    assert [single(reply).status for reply in send(service, parts, headers=headers)] == [201, 404, 201]
    assert service.names("Things?$orderby=id") == ["Before", "Before", "After"]


@requirement(BATCH)
def test_requests_are_answered_in_their_order(service: Service) -> None:
    parts: Parts = [
        Part(method="POST", path="Things", body=thing("One")),
        Part(method="GET", path="Things?$count=true"),
        Part(method="POST", path="Things", body=thing("Two")),
        Part(method="GET", path="Things?$count=true"),
    ]
    first, one, second, two = (single(reply) for reply in send(service, parts))
    assert (first.status, second.status) == (201, 201)
    assert [msgspec.json.decode(reply.body)["@iot.count"] for reply in (one, two)] == [1, 2]


@requirement(BATCH)
@pytest.mark.parametrize("prefix", ["http://testserver/sta/v{version}", "/sta/v{version}"])
def test_addresses_are_absolute_or_from_the_host(service: Service, prefix: str) -> None:
    """OData 11.7.2.1."""
    parts: Parts = [Part(method="POST", path="Things", body=thing())]
    (reply,) = send(service, parts, prefix=prefix.format(version=service.version))
    assert single(reply).status == 201


@requirement(BATCH)
def test_a_delete_in_a_change_set(service: Service) -> None:
    path = service.create("Things", thing())
    (answers,) = send(service, [[Part(method="DELETE", path=path)]])
    assert several(answers)[0].status in (200, 204)
    assert service.count("Things") == 0


@requirement(BATCH)
@pytest.mark.parametrize("media_type", ["multipart/mixed", "text/plain", f"multipart/mixed;boundary={OUTER}"])
def test_what_is_no_batch_is_refused(service: Service, media_type: str) -> None:
    answer = service.ask("POST", "$batch", "nothing of the kind", media_type=media_type)
    assert 400 <= answer.status_code < 500
