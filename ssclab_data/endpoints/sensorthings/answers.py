"""Hold the answers to the requests of a batch, and write them in its format."""

import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
from starlette.responses import Response

from ssclab_data.endpoints.base import JSON
from ssclab_data.endpoints.errors import Problem
from ssclab_data.endpoints.sensorthings.multipart import HTTP, MIXED, media_type_of
from ssclab_data.endpoints.sensorthings.parts import ChangeSet, Part

# What belongs to the connection, or to the batch as a whole.
_OUTER = ("access-control-", "api-version", "connection", "content-length", "date", "server", "vary")
_FAILED = 400


class Answer(msgspec.Struct, frozen=True):
    """The answer to one request.

    Attributes:
        headers: without those that belong to the whole batch; names in lower case.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether requests that depend on it may be carried out (OData 4.01 JSON Format, 19.1)."""
        return HTTPStatus(self.status).is_success

    @property
    def failed(self) -> bool:
        """Whether it stops a batch."""
        return self.status >= _FAILED

    def header(self, name: str) -> str:
        """Give a header; "" where there is none."""
        return next((value for known, value in self.headers if known == name), "")


def answer_of(response: Response) -> Answer:
    """Take over a response that was made here."""
    return make_answer(response.status_code, response.raw_headers, bytes(response.body))


def make_answer(status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Answer:
    """Take over what an application sent."""
    kept = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
    return Answer(status, tuple(pair for pair in kept if not pair[0].startswith(_OUTER)), body)


def labelled(answer: Answer, at: str) -> Answer:
    """Let the message of an error begin with where in the batch it was made."""
    problem = msgspec.json.decode(answer.body, type=Problem)
    detail = f"{at}: {problem.detail}"
    body = msgspec.json.encode(msgspec.structs.replace(problem, detail=detail, message=detail))
    return Answer(answer.status, answer.headers, body)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing of a change set was carried out.

    Attributes:
        part: the request that failed; None where all of them depend on something else.
        answer: to that request, or to all.
        others: the answer to its other requests.
    """

    part: Part | None = None
    answer: Answer
    others: Answer


class Form(Protocol):
    """How a batch is answered."""

    media_type: str
    opening: bytes
    closing: bytes

    def one(self, part: Part, answer: Answer) -> bytes:
        """Write the answer to a request that stands alone."""
        ...

    def all(self, change_set: ChangeSet, answers: Sequence[Answer]) -> bytes:
        """Write the answers to the requests of a set that was carried out."""
        ...

    def none(self, change_set: ChangeSet, failure: Failure) -> bytes:
        """Write what became of a set of which nothing was carried out."""
        ...


class MixedForm:
    """Answers as `multipart/mixed`; a set that failed has one answer (OData 4.0 Protocol, 11.7.4)."""

    opening = b""

    def __init__(self) -> None:
        self._boundary = f"batch_{secrets.token_hex(16)}"
        self.media_type = f"{MIXED}; boundary={self._boundary}"
        self.closing = f"--{self._boundary}--\r\n".encode()

    def one(self, part: Part, answer: Answer) -> bytes:
        """Write one part."""
        return self._delimited(_http(answer, part.id))

    def all(self, change_set: ChangeSet, answers: Sequence[Answer]) -> bytes:
        """Write a part that holds a part for each answer."""
        boundary = f"changeset_{secrets.token_hex(16)}"
        parts = [
            _delimited(boundary, _http(answer, part.id)) for part, answer in zip(change_set.parts, answers, strict=True)
        ]
        head = f"Content-Type: {MIXED}; boundary={boundary}\r\n\r\n".encode()
        return self._delimited(head + b"".join(parts) + f"--{boundary}--".encode())

    def none(self, change_set: ChangeSet, failure: Failure) -> bytes:
        """Write one error, which says where in the set it was made."""
        at = change_set.parts[0].at.rpartition(".")[0] if failure.part is None else failure.part.at
        return self._delimited(_http(labelled(failure.answer, at)))

    def _delimited(self, content: bytes) -> bytes:
        return _delimited(self._boundary, content)


def _delimited(boundary: str, content: bytes) -> bytes:
    return b"--%b\r\n%b\r\n" % (boundary.encode(), content)


def _http(answer: Answer, part_id: str = "") -> bytes:
    """Write an answer as `application/http` (RFC 9112)."""
    outer = [f"Content-Type: {HTTP}", "Content-Transfer-Encoding: binary"]
    if part_id:
        outer.append(f"Content-ID: {part_id}")
    inner = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    inner += [f"{name.title()}: {value}" for name, value in answer.headers]
    if answer.body:
        inner.append(f"Content-Length: {len(answer.body)}")
    return "\r\n".join([*outer, "", *inner, "", ""]).encode("latin-1") + answer.body


class JsonForm:
    """Answers as JSON; a set that failed has an answer to each of its requests (OData 4.01 JSON Format, 19.6)."""

    media_type = JSON
    opening = b'{"responses":['
    closing = b"]}"

    def __init__(self) -> None:
        self._begun = False

    def one(self, part: Part, answer: Answer) -> bytes:
        """Write one object."""
        return self._written(_response(part, answer, ""))

    def all(self, change_set: ChangeSet, answers: Sequence[Answer]) -> bytes:
        """Write an object for each answer."""
        pairs = zip(change_set.parts, answers, strict=True)
        return b"".join(self._written(_response(part, answer, change_set.name)) for part, answer in pairs)

    def none(self, change_set: ChangeSet, failure: Failure) -> bytes:
        """Write the error of the request that failed, and for the others that they were not carried out."""
        return self.all(
            change_set,
            [failure.answer if failure.part in (None, part) else failure.others for part in change_set.parts],
        )

    def _written(self, response: dict[str, Any]) -> bytes:
        comma = b"," if self._begun else b""
        self._begun = True
        return comma + msgspec.json.encode(response)


def _response(part: Part, answer: Answer, group: str) -> dict[str, Any]:
    response: dict[str, Any] = {"id": part.id, "status": answer.status}
    if group:
        response["atomicityGroup"] = group
    content_type = answer.header("content-type")
    headers = {name: value for name, value in answer.headers if (name, value) != ("content-type", JSON)}
    if "location" in headers:
        response["location"] = headers["location"]
    if headers:
        response["headers"] = headers
    if answer.body:
        response["body"] = _body(answer.body, media_type_of(content_type))
    return response


def _body(body: bytes, media_type: str) -> msgspec.Raw | str:
    """Give JSON as it is, byte for byte, and what else there is as text."""
    return msgspec.Raw(body) if media_type == JSON or media_type.endswith("+json") else body.decode()
