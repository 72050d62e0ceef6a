"""Answer errors as problem details (RFC 9457): one table says which error has which HTTP status."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ssclab_data import errors
from ssclab_data.endpoints.base import PROBLEM

DOCS = "https://ssclab.example/docs/errors/#"
RETRY_AFTER_SECONDS = 2

STATUS: tuple[tuple[type[errors.SsclabError], int], ...] = (
    (errors.QueryError, 400),
    (errors.ValueParseError, 400),
    (errors.NotFoundError, 404),
    (errors.UnresolvedLinkError, 409),
    (errors.ConflictError, 409),
    (errors.BodyError, 400),
    (errors.SourceError, 400),
    (errors.UnsupportedError, 501),
    (errors.StoreBusyError, 503),
    (errors.FederationError, 503),
    (errors.SsclabError, 500),
)
"""HTTP status by error class; the first that fits holds."""

_log = logging.getLogger("ssclab_data.endpoints")


class NotAcceptableError(errors.SsclabError):
    """None of the media types that the client takes is offered.

    Attributes:
        known: the media types that are.
    """

    code = "not-acceptable"

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(f"none of the media types in Accept is offered here; known: {', '.join(known)}")
        self.known = known


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document.

    Attributes:
        code: stable name of the kind of error (`docs/errors.md`).
        option: query option at fault, or "".
        position: offset of the fault in the text of the option or path.
        known: what would be allowed in its place.
        message: the detail again, on SensorThings paths, where clients look for it.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    option: str = ""
    position: int | None = None
    known: tuple[str, ...] = ()
    message: str = ""


def problem_of(error: errors.SsclabError) -> Problem:
    """Describe an error of ours."""
    status = _status(error)
    detail = str(error) if status != HTTPStatus.INTERNAL_SERVER_ERROR else _OUR_FAULT
    return Problem(
        type=DOCS + error.code,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=error.code,
        option=getattr(error, "option", ""),
        position=getattr(error, "position", None),
        known=getattr(error, "known", ()),
    )


_OUR_FAULT = "the server failed; it is logged there"


def _status(error: errors.SsclabError) -> int:
    if isinstance(error, NotAcceptableError):
        return 406
    if isinstance(error, errors.UnknownNameError) and not error.option:
        return 404  # an unknown name in a path, not in an option
    return next(status for kind, status in STATUS if isinstance(error, kind))


def plain_problem(status: int, code: str, detail: str) -> Problem:
    """Describe a failure that is no error of the library."""
    return Problem(type=DOCS + code, title=HTTPStatus(status).phrase, status=status, detail=detail, code=code)


def respond(problem: Problem, scope: Scope, *, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a problem document; never cached."""
    if "/sta/" in scope["path"]:
        problem = msgspec.structs.replace(problem, message=problem.detail)
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=PROBLEM,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def on_error(request: Request, error: Exception) -> Response:
    """Answer an error of ours."""
    assert isinstance(error, errors.SsclabError)  # noqa: S101 - registered for this class only
    problem = problem_of(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s failed", request.url.path, exc_info=error)
    busy = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
    return respond(problem, request.scope, headers={"Retry-After": str(RETRY_AFTER_SECONDS)} if busy else None)


def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer a path that nothing serves, and a method that a path does not take."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(set(headers.get("Allow", "").split(", ")) - {""}))
        detail = f"{request.method} is not allowed: the server is read-only here; allowed: {headers['Allow']}"
        return respond(plain_problem(405, "read-only", detail), request.scope, headers=headers)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"nothing is at {request.scope['path']}; known: /, /sta/v1.1, /ogc, /id, /health"
        return respond(plain_problem(404, "not-found", detail), request.scope, headers=headers)
    return respond(plain_problem(error.status_code, "http", error.detail), request.scope, headers=headers)


HANDLERS: dict[Any, Any] = {errors.SsclabError: on_error, HTTPException: on_http_exception}


class Failures:
    """Log what nobody foresaw and answer 500 without a word about the inside."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer 500 when it fails before its answer began."""
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            if scope["type"] != "http" or started:
                raise  # too late for a status: the connection must break, not end as if all were well
            _log.exception("%s failed", scope["path"])
            await respond(plain_problem(500, "error", _OUR_FAULT), scope)(scope, receive, send)
