"""Ask the service that a batch was sent to, in the name of who sent it."""

from urllib.parse import unquote, urlsplit

import anyio
from starlette.requests import Request
from starlette.types import Message, Scope

from ssclab_data.endpoints.base import ROOT, Site
from ssclab_data.endpoints.errors import on_error
from ssclab_data.endpoints.sensorthings.answers import Answer, answer_of, make_answer
from ssclab_data.endpoints.sensorthings.binding import Binding
from ssclab_data.endpoints.sensorthings.parts import Part, Rules
from ssclab_data.endpoints.sensorthings.writing import Task, read_task
from ssclab_data.errors import SsclabError

# What a request of a batch may say for itself; who asks is said once, for all.
_OF_PART = ("accept", "accept-language", "content-type", "if-match", "if-none-match", "prefer")
_OF_BATCH = (b"host", b"authorization", b"origin")
_OF_CONNECTION = ("type", "asgi", "http_version", "scheme", "root_path", "client", "server", "state")


class Service:
    """The service that a batch was sent to, asked in its name."""

    def __init__(self, site: Site, binding: Binding, request: Request) -> None:
        self.site = site
        self.binding = binding
        self.request = request
        self.root = site.base_url(request) + binding.prefix
        address = urlsplit(self.root)
        self.prefix = f"{request.scope.get(ROOT, '')}{binding.prefix}"
        self.rules = Rules(
            most=site.settings.max_batch_requests,
            longest=site.settings.max_url_bytes + len(self.root),
            root=self.root,
            roots=(f"//{address.netloc}{address.path}", address.path, self.prefix),
        )

    def scope(self, part: Part) -> Scope:
        """Make the scope of a request, as if it had come alone."""
        scope = self.request.scope
        path = f"{self.prefix}/{part.target.path}"
        own = [
            (name.encode(), part.headers[name].encode("latin-1", "replace"))
            for name in _OF_PART
            if name in part.headers
        ]
        outer = [pair for pair in scope["headers"] if pair[0] in _OF_BATCH]
        return {
            **{name: scope[name] for name in _OF_CONNECTION if name in scope},
            "method": part.method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": part.target.query.encode(),
            "headers": [*outer, *own, (b"content-length", str(len(part.body)).encode())],
        }

    async def ask(self, part: Part) -> Answer:
        """Send a request through the whole application."""
        start: Message = {}
        pieces: list[bytes] = []
        bodies = iter([{"type": "http.request", "body": part.body, "more_body": False}])

        async def receive() -> Message:
            for body in bodies:
                return body
            await anyio.sleep_forever()
            raise AssertionError

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await self.request.scope["app"](self.scope(part), receive, keep)
        return make_answer(start["status"], start["headers"], b"".join(pieces))

    def refuse(self, error: SsclabError) -> Answer:
        """Answer an error of a request."""
        return answer_of(on_error(self.site, self.request, error))

    def task(self, part: Part) -> Task:
        """Read a request to write."""
        scope = {**self.scope(part), "path_params": {"path": unquote(part.target.path)}}
        return read_task(self.site, self.binding, Request(scope), body=part.body)
