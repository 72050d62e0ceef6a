"""Wrap the application: prefix and limits at the entry, HEAD, version header, ETag with 304."""

import hashlib

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ssclab_data.endpoints.base import ROOT, Site
from ssclab_data.endpoints.errors import plain_problem, respond
from ssclab_data.errors import StoreError


class Entry:
    """Remember the prefix, refuse targets that are too long, tell the version, answer HEAD without a body."""

    def __init__(self, app: ASGIApp, *, version: str, max_url_bytes: int) -> None:
        self.app = app
        self.version = version
        self.max_url_bytes = max_url_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its prefix."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = {**scope, ROOT: scope.get("root_path", "")}

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["API-Version"] = self.version
            elif message["type"] == "http.response.body" and scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        length = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
        if length > self.max_url_bytes:
            detail = f"the address is {length} bytes long; at most {self.max_url_bytes} are taken"
            await respond(plain_problem(414, "url-too-long", detail), scope)(scope, receive, finish)
            return
        await self.app(scope, receive, finish)


class Revalidation:
    """Give answers of one lab a weak ETag of the store's sequence and the request; answer 304 where it still holds.

    The sequence is read before the answer is made, so a tag is never newer than what it stands for. Reading it takes
    some microseconds and waits for nobody, so it needs no thread.
    """

    def __init__(self, app: ASGIApp, *, site: Site, version: str) -> None:
        self.app = app
        self.site = site
        parts = (version, site.store.lab, site.title, site.settings, site.labs)
        self.fingerprint = msgspec.json.encode(parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 304, or pass a request on and tag its answer."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or self._volatile(scope):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            etag = self._etag(scope, headers, self.site.store.sequence)
        except StoreError:
            await self.app(scope, receive, send)  # it meets the same error, and knows how to tell it
            return
        if etag in headers.get("if-none-match", ""):
            await Response(status_code=304, headers={"ETag": etag})(scope, receive, send)
            return

        async def tag(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                answer = MutableHeaders(scope=message)
                if "etag" not in answer and "no-store" not in answer.get("cache-control", ""):
                    answer["ETag"] = etag
                    answer.setdefault("Cache-Control", "no-cache")
                    answer.add_vary_header("Accept")
            await send(message)

        await self.app(scope, receive, tag)

    def _volatile(self, scope: Scope) -> bool:
        """Tell whether an answer may change although the store does not."""
        return self.site.federated or b"now(" in scope["query_string"].lower()

    def _etag(self, scope: Scope, headers: Headers, sequence: int) -> str:
        digest = hashlib.blake2b(self.fingerprint, digest_size=9)
        for part in (
            scope["scheme"],
            headers.get("host", ""),
            scope[ROOT],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers.get("accept", ""),
            headers.get("accept-language", ""),
        ):
            digest.update(f"{len(part)}:{part}".encode())
        return f'W/"{sequence:x}-{digest.hexdigest()}"'
