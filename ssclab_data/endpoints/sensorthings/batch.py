"""Carry out several requests that were sent as one."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ssclab_data.endpoints.base import JSON, Site
from ssclab_data.endpoints.bodies import read_body
from ssclab_data.endpoints.errors import DependencyError, MediaTypeError
from ssclab_data.endpoints.sensorthings.answers import (
    Answer,
    Failure,
    Form,
    JsonForm,
    MixedForm,
    labelled,
)
from ssclab_data.endpoints.sensorthings.binding import Binding
from ssclab_data.endpoints.sensorthings.changeset import carry_out
from ssclab_data.endpoints.sensorthings.condition import holds
from ssclab_data.endpoints.sensorthings.envelope import read_envelope
from ssclab_data.endpoints.sensorthings.multipart import MIXED, media_type_of, read_multipart
from ssclab_data.endpoints.sensorthings.parts import ChangeSet, Entry, Part
from ssclab_data.endpoints.sensorthings.preferences import CONTINUE, continues
from ssclab_data.endpoints.sensorthings.references import References
from ssclab_data.endpoints.sensorthings.service import Service
from ssclab_data.errors import SsclabError


async def batch(site: Site, binding: Binding, request: Request) -> Response:
    """Answer one batch: it is read whole before anything of it is carried out, then its requests one by one."""
    service = Service(site, binding, request)
    content_type = request.headers.get("content-type", "")
    media_type = media_type_of(content_type)
    if media_type not in (MIXED, JSON):
        raise MediaTypeError(media_type, (MIXED, JSON))
    body = await read_body(request, site.settings.max_body_bytes, seconds=site.settings.body_seconds)
    form: Form
    if media_type == MIXED:
        entries, form = read_multipart(body, content_type, service.rules), MixedForm()
    else:
        entries, form = read_envelope(body, service.rules), JsonForm()
    asked = continues(",".join(request.headers.getlist("prefer")))
    goes_on = media_type == JSON if asked is None else asked
    applied = {} if asked is None else {"Preference-Applied": f"{CONTINUE[-1]}={str(asked).lower()}"}
    run = _Run(service, form, goes_on=goes_on)
    return _Stream(run.pieces(entries), media_type=form.media_type, headers=applied)


class _Stream(Response):
    """An answer that is sent piece by piece, so that no more than one piece of it is held.

    It goes on when the client has left: what was asked for is carried out all the same.
    """

    def __init__(self, pieces: AsyncIterator[bytes], *, media_type: str, headers: Mapping[str, str]) -> None:
        self.pieces = pieces
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers({"Cache-Control": "no-store", **headers})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in self.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Run:
    """Carry out a batch, entry by entry."""

    def __init__(self, service: Service, form: Form, *, goes_on: bool) -> None:
        self.service = service
        self.form = form
        self.goes_on = goes_on
        self.answers: dict[str, Answer] = {}
        self.groups: dict[str, bool] = {}

    async def pieces(self, entries: Sequence[Entry]) -> AsyncIterator[bytes]:
        """Give the answers, each as soon as it is there."""
        yield self.form.opening
        for entry in entries:
            piece, failed = await (self._set(entry) if isinstance(entry, ChangeSet) else self._one(entry))
            yield piece
            if failed and not self.goes_on:
                break
        yield self.form.closing

    @property
    def _references(self) -> References:
        return References(self.service.root, self.answers)

    async def _one(self, part: Part) -> tuple[bytes, bool]:
        try:
            self._check(part)
            answer = await self.service.ask(self._references.part(part))
        except SsclabError as error:
            answer = labelled(self.service.refuse(error), part.at)
        self._remember(part, answer)
        return self.form.one(part, answer), answer.failed

    async def _set(self, change_set: ChangeSet) -> tuple[bytes, bool]:
        outcome = await self._outcome(change_set)
        succeeded = not isinstance(outcome, Failure)
        if change_set.name:
            self.groups[change_set.name] = succeeded
        if isinstance(outcome, Failure):
            for part in change_set.parts:
                self._remember(part, outcome.answer if part is outcome.part else outcome.others)
            return self.form.none(change_set, outcome), True
        for part, answer in zip(change_set.parts, outcome, strict=True):
            self._remember(part, answer)
        return self.form.all(change_set, outcome), False

    async def _outcome(self, change_set: ChangeSet) -> list[Answer] | Failure:
        inside = {part.id for part in change_set.parts}
        try:
            for part in change_set.parts:
                self._check(part, inside)
        except SsclabError as error:
            answer = self.service.refuse(error)
            return Failure(answer=answer, others=answer)
        return await carry_out(self.service, change_set, self._references)

    def _remember(self, part: Part, answer: Answer) -> None:
        if part.id:
            self.answers[part.id] = answer

    def _check(self, part: Part, inside: Collection[str] = ()) -> None:
        """Make sure that what a request depends on succeeded; those of its own set count as if they did.

        Raises:
            DependencyError: it did not.
        """
        if part.condition:
            references = self._references
            if not holds(
                part.condition,
                succeeded=lambda name: name in inside or self._succeeded(name),
                found=lambda name: name in inside or references.finds(name),
            ):
                raise DependencyError(f"it was not carried out: {part.condition} does not hold")
            return
        for name in part.depends_on:
            if name not in inside and not self._succeeded(name):
                raise DependencyError(f"it was not carried out, because {name!r} failed")

    def _succeeded(self, name: str) -> bool:
        return self.groups.get(name, name in self.answers and self.answers[name].succeeded)
