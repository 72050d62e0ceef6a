"""Answer errors as problem details (RFC 9457): one table says which error has which HTTP status."""

import logging
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ssclab_data import errors
from ssclab_data.endpoints.base import PROBLEM, Site
from ssclab_data.model.sensorthings import ENTITY_TYPES

DOCS = "https://ssclab.example/docs/errors/#"
RETRY_AFTER_SECONDS = 2


class NotAcceptableError(errors.SsclabError):
    """None of the media types that the client takes is offered.

    Attributes:
        known: the media types that are.
    """

    code = "not-acceptable"

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(f"none of the media types in Accept is offered here; known: {', '.join(known)}")
        self.known = known


class ReadOnlyError(errors.SsclabError):
    """Nobody may write here, or not in this way; the message tells what would make it possible."""

    code = "read-only"


class UnauthorizedError(errors.SsclabError):
    """No token, or one that is not known: the same words for both, so that nothing can be found out by trying."""

    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("writing needs a token of this lab: send the header `Authorization: Bearer TOKEN`")


class BodyTooLargeError(errors.SsclabError):
    """The body of a request has more bytes than the server takes.

    Attributes:
        limit: the most bytes, unpacked.
    """

    code = "body-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body has more than {limit} bytes, which is the most that is taken; send it in parts")
        self.limit = limit


class BodyTooSlowError(errors.SsclabError):
    """The body of a request did not arrive in time."""

    code = "body-too-slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the body did not arrive within {seconds:g} seconds")


class EncodingError(errors.SsclabError):
    """The body of a request is packed in a way that is not read here.

    Attributes:
        known: the content codings that are.
    """

    code = "unsupported-encoding"

    def __init__(self, coding: str, known: tuple[str, ...]) -> None:
        super().__init__(f"Content-Encoding {coding!r} is not read here; known: {', '.join(known)}")
        self.known = known


class PreconditionError(errors.SsclabError):
    """The entity is not as the client last saw it; nothing was changed."""

    code = "precondition-failed"

    def __init__(
        self,
        message: str = "If-Match names another state of the entity: read it again, and send the change for what it is",
    ) -> None:
        super().__init__(message)


class MediaTypeError(errors.SsclabError):
    """The body of a request is of a media type that is not read there.

    Attributes:
        known: the media types that are.
    """

    code = "unsupported-media-type"

    def __init__(self, media_type: str, known: tuple[str, ...]) -> None:
        super().__init__(f"a body of type {media_type!r} is not read here; known: {', '.join(known)}")
        self.known = known


class DependencyError(errors.SsclabError):
    """A request of a batch that was not carried out, because of another one."""

    code = "failed-dependency"


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
    (UnauthorizedError, 401),
    (ReadOnlyError, 403),
    (NotAcceptableError, 406),
    (BodyTooSlowError, 408),
    (PreconditionError, 412),
    (BodyTooLargeError, 413),
    (EncodingError, 415),
    (MediaTypeError, 415),
    (DependencyError, 424),
    (errors.MethodError, 405),
    (errors.SsclabError, 500),
)
"""HTTP status by error class; the first that fits holds."""

TEMPORARY = frozenset((408, 429, 503))
"""Statuses after which the same request may succeed."""

_log = logging.getLogger("ssclab_data.endpoints")
_OUR_FAULT = "the server failed; it is logged there"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document.

    Attributes:
        code: stable name of the kind of error (`docs/errors.md`).
        temporary: whether the same request may succeed later.
        option: query option at fault, or "".
        position: offset of the fault in the text of the option or path.
        path: of the fault in the body of the request.
        known: what would be allowed in its place.
        existing: link of the entity that is there already.
        message: the detail again, on SensorThings paths, where clients look for it.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    temporary: bool
    option: str = ""
    position: int | None = None
    path: str = ""
    known: tuple[str, ...] = ()
    existing: str = ""
    message: str = ""


def problem_of(error: errors.SsclabError, *, service: str = "") -> Problem:
    """Describe an error of ours.

    Args:
        service: root of the SensorThings service (`https://data.example.nl/sta/v1.1`), for links to entities.
    """
    status = _status(error)
    return Problem(
        type=DOCS + error.code,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=str(error) if status != HTTPStatus.INTERNAL_SERVER_ERROR else _OUR_FAULT,
        code=error.code,
        temporary=status in TEMPORARY,
        option=getattr(error, "option", ""),
        position=getattr(error, "position", None),
        path=error.path if isinstance(error, errors.BodyError) else "",
        known=getattr(error, "known", ()),
        existing=_existing(error, service) if isinstance(error, errors.ConflictError) and service else "",
    )


def _existing(error: errors.ConflictError, service: str) -> str:
    return f"{service}/{ENTITY_TYPES[error.entity_type].plural}({error.handle})"


def _status(error: errors.SsclabError) -> int:
    if isinstance(error, errors.UnknownNameError) and not error.option:
        return 404  # an unknown name in a path, not in an option
    return next(status for kind, status in STATUS if isinstance(error, kind))


def plain_problem(status: int, code: str, detail: str) -> Problem:
    """Describe a failure that is no error of the library."""
    title = HTTPStatus(status).phrase
    return Problem(
        type=DOCS + code, title=title, status=status, detail=detail, code=code, temporary=status in TEMPORARY
    )


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


def headers_of(status: int) -> dict[str, str]:
    """Give the headers that go with a status."""
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="ssclab"'}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return {}


def on_error(site: Site, request: Request, error: Exception) -> Response:
    """Answer an error of ours."""
    assert isinstance(error, errors.SsclabError)  # noqa: S101 - registered for this class only
    problem = problem_of(error, service=site.service_url(request))
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s failed", request.url.path, exc_info=error)
    headers = headers_of(problem.status)
    if isinstance(error, errors.MethodError):
        headers["Allow"] = ", ".join(error.allowed)
    return respond(problem, request.scope, headers=headers)


def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer a path that nothing serves, and a method that a path does not take."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted({*headers.get("Allow", "").split(", "), "OPTIONS"} - {""}))
        detail = f"{request.method} is not allowed here; allowed: {headers['Allow']}"
        return respond(plain_problem(405, "method-not-allowed", detail), request.scope, headers=headers)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"nothing is at {request.scope['path']}; known: /, /sta/v1.0, /sta/v1.1, /ogc, /id, /health"
        return respond(plain_problem(404, "not-found", detail), request.scope, headers=headers)
    return respond(plain_problem(error.status_code, "http", error.detail), request.scope, headers=headers)


def handlers(site: Site) -> dict[Any, Any]:
    """Give the handler of each kind of error that leaves a route."""
    return {errors.SsclabError: partial(on_error, site), HTTPException: on_http_exception}


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
