"""Say why an answer cannot be used, and what to do about it."""

import re

from ssclab_data.errors import FeedError, WebError
from ssclab_data.web.client import Answer
from ssclab_data.web.faults import WebFault

TOO_MANY = 429
_TEMPORARY = frozenset({408, 425, TOO_MANY, 500, 502, 503, 504})
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_LATER = "it is tried again by itself"
_CURES = {
    400: "check the address, and how it asks for time (`window`)",
    401: "check the token in `headers` or `parameters`",
    403: "check the token in `headers` or `parameters`, and what it may read",
    404: "check the address and the values of `each`",
    410: "check the address and the values of `each`",
    TOO_MANY: "it goes on by itself; ask less often (`rate`, `every`)",
}
_FAULT_CURES = {
    WebFault.UNREACHABLE: _LATER,
    WebFault.BROKEN: _LATER,
    WebFault.TOO_LARGE: "ask for less at once (`window.span`, `pages`), or allow more (`max_bytes`)",
    WebFault.ADDRESS: "mend the address",
    WebFault.FORBIDDEN: "name the host, address or network in `hosts` where this is meant",
}


def refusal(answer: Answer, where: str, *, wait: float | None) -> FeedError:
    """Say what a status that is no success means; the body is not repeated, for it may hold what was sent."""
    temporary = answer.status in _TEMPORARY
    return FeedError(
        f"HTTP {answer.status} {answer.reason}".rstrip(),
        where=where,
        cure=_CURES.get(answer.status, _LATER if temporary else "ask the publisher"),
        temporary=temporary,
        retry_after=(wait or (0.0 if answer.status == TOO_MANY else None)) if temporary else None,
    )


def failure_of(error: WebError, where: str, reason: str) -> FeedError:
    """Say what it means that there is no answer."""
    fault = WebFault(error.fault)
    temporary = fault in (WebFault.UNREACHABLE, WebFault.BROKEN)
    return FeedError(reason, where=where, cure=_FAULT_CURES[fault], temporary=temporary)


def check_body(answer: Answer, where: str) -> None:
    """Refuse what some services send with status 200 when they have nothing.

    Raises:
        FeedError: the body is empty, `null`, or a page for people.
    """
    content = answer.body.strip()
    if not content:
        raise FeedError("it answers 200 with an empty body", where=where, cure=_LATER)
    if content == b"null":
        raise FeedError("it answers 200 with null", where=where, cure=_LATER)
    if "text/html" in answer.headers.get("content-type", "") or _PAGE.match(answer.body):
        cure = "check the address: it may be that of a page, a login or a maintenance notice"
        raise FeedError("it answers a web page in place of data", where=where, cure=cure)
