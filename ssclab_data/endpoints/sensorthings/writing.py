"""Take requests to write, and carry each out in one transaction."""

from collections.abc import Callable
from datetime import UTC, datetime

import anyio
import msgspec
from anyio.lowlevel import RunVar
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from ssclab_data.editing.addresses import read_address, read_at
from ssclab_data.editing.performing import perform, read_written
from ssclab_data.editing.streams import Streams
from ssclab_data.editing.writes import Method, Write, Written
from ssclab_data.endpoints.access import may_write
from ssclab_data.endpoints.base import JSON, Site
from ssclab_data.endpoints.bodies import read_body
from ssclab_data.endpoints.errors import MediaTypeError, PreconditionError, on_error
from ssclab_data.endpoints.sensorthings.binding import Binding
from ssclab_data.endpoints.sensorthings.documents import parse_json
from ssclab_data.endpoints.sensorthings.encode import Encoder, encoder_for
from ssclab_data.endpoints.sensorthings.options import read_options
from ssclab_data.endpoints.sensorthings.preferences import read_preferences
from ssclab_data.endpoints.sensorthings.written import entity_body, respond
from ssclab_data.endpoints.tags import content_tag, matches
from ssclab_data.errors import ConflictError, NotFoundError, QuerySyntaxError
from ssclab_data.model.values import Instant
from ssclab_data.stores.base import Row, Transaction

METHODS = tuple(Method)
JSON_PATCH = "application/json-patch+json"
DRY_RUN = "$dryRun"
OPTIONS = ("$filter", "$id", DRY_RUN)
_REFUSED = "accepted=0, duplicate=0, rejected=1"
_MOST_WAITING = 64
_waiting = RunVar[anyio.CapacityLimiter]("ssclab_data.writers")


class Conditions:
    """What must hold of an entity for a request to be carried out (RFC 9110, 13.1).

    Attributes:
        match: `If-Match`: tags of the states that the client may have seen; "" for any.
        none_match: `If-None-Match`: `*` where nothing may be there.
    """

    def __init__(self, *, match: str = "", none_match: str = "") -> None:
        self.match = match.strip()
        self.none_match = none_match.strip()

    def check(self, transaction: Transaction, write: Write, encoder: Encoder) -> None:
        """Look at the entity in the moment of the transaction.

        Raises:
            PreconditionError: they do not hold.
            NotFoundError: there is no entity to compare with.
        """
        if not self.match and not self.none_match:
            return
        row, entity_type = self._read(transaction, write)
        tag = "" if row is None else content_tag(entity_body(encoder, entity_type, row))
        if self.match and (row is None or not matches(self.match, tag)):
            raise PreconditionError
        if self.none_match and row is not None and matches(self.none_match, tag):
            raise PreconditionError("If-None-Match: what must not be there is there")

    def _read(self, transaction: Transaction, write: Write) -> tuple[Row | None, str]:
        address = read_address(write.path, write.version)
        target = address.target if address.target.single and not address.references else address.above
        if target is None:
            return None, ""
        try:
            row = read_at(Streams(transaction), target, write.path, version=write.version)
        except NotFoundError:
            if write.method is Method.PUT:
                return None, ""
            raise
        return row, target.entity_type


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One request to write, and what must hold for it."""

    write: Write
    conditions: Conditions
    encoder: Encoder

    def carry_out(self, transaction: Transaction) -> Written:
        """Do what is asked, if its conditions hold."""
        self.conditions.check(transaction, self.write, self.encoder)
        written = perform(transaction, self.write)
        return written if self.write.preferences.minimal else read_written(transaction, written)


async def write(site: Site, binding: Binding, request: Request) -> Response:
    """Answer one POST, PUT, PATCH or DELETE below the root."""
    may_write(site, request)
    body = await read_body(request, site.settings.max_body_bytes, seconds=site.settings.body_seconds)
    task = read_task(site, binding, request, body=body)
    try:
        written = await transact(site, task.carry_out)
    except ConflictError as error:
        answer = on_error(site, request, error)
        if error.entity_type == "Observation":
            answer.headers["Receipt"] = _REFUSED
        return answer
    return respond(task.write, written, encoder_for(site, binding, request))


async def transact[T](site: Site, work: Callable[[Transaction], T]) -> T:
    """Carry out a work in a thread; many may wait, because works that wait share one commit."""
    return await anyio.to_thread.run_sync(site.store.transact, work, limiter=_limiter())


def _limiter() -> anyio.CapacityLimiter:
    try:
        return _waiting.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_MOST_WAITING)
        _waiting.set(limiter)
        return limiter


def read_task(site: Site, binding: Binding, request: Request, *, body: bytes) -> Task:
    """Read what a request asks, without looking at the store's entities."""
    headers = request.headers
    return Task(
        write=_read(site, binding, request, body=body),
        conditions=Conditions(match=headers.get("if-match", ""), none_match=headers.get("if-none-match", "")),
        encoder=encoder_for(site, binding, request),
    )


def _read(site: Site, binding: Binding, request: Request, *, body: bytes) -> Write:
    method = Method(request.method)
    operations = is_json_patch(method, request.headers.get("content-type", ""))
    options = read_options(request.scope["query_string"], known=OPTIONS)
    return Write(
        method=method,
        path=request.path_params["path"].strip("/"),
        body=parse_json(body) if body and method is not Method.DELETE else UNSET,
        operations=operations,
        trial=_trial(options, method),
        options=options,
        preferences=read_preferences(",".join(request.headers.getlist("prefer"))),
        version=binding.version,
        root=site.base_url(request) + binding.prefix,
        now=Instant.of(datetime.now(UTC)),
        limits=site.limits,
        max_rows=site.settings.max_array_rows,
    )


def is_json_patch(method: Method, content_type: str) -> bool:
    """Tell by its media type whether a body is a JSON Patch; a body without one is taken for JSON.

    Raises:
        MediaTypeError: it is neither.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if method is Method.DELETE or media_type in ("", JSON):
        return False
    if method is Method.PATCH and media_type == JSON_PATCH:
        return True
    raise MediaTypeError(media_type, (JSON, JSON_PATCH) if method is Method.PATCH else (JSON,))


def _trial(options: dict[str, str], method: Method) -> bool:
    """Take out of the options whether only to tell what would be deleted.

    Raises:
        QuerySyntaxError: it is not said by true or false, or not of a DELETE.
    """
    text = options.pop(DRY_RUN, "false")
    if text not in ("true", "false") or (text == "true" and method is not Method.DELETE):
        raise QuerySyntaxError("is true or false, and goes with DELETE", option=DRY_RUN)
    return text == "true"
