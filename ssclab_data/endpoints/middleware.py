"""Wrap the application: prefix and limits at the entry, HEAD, OPTIONS, version header, ETag with 304."""

import hashlib

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ssclab_data.endpoints.access import writable
from ssclab_data.endpoints.answers import Answers, Recording
from ssclab_data.endpoints.base import ROOT, SEQUENCE, Site
from ssclab_data.endpoints.errors import plain_problem, respond
from ssclab_data.endpoints.tags import ANY, matches, not_modified
from ssclab_data.errors import StoreError

_READS = frozenset(("GET", "HEAD", "OPTIONS"))


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


class Options:
    """Answer OPTIONS on any path: what may be sent there."""

    def __init__(self, app: ASGIApp, *, site: Site) -> None:
        self.app = app
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 204 with `Allow`, or pass a request on."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            await self.app(scope, receive, send)
            return
        methods = _READS | _methods(scope)
        allowed = methods if writable(self.site) else _READS
        headers = {"Allow": ", ".join(sorted(allowed))}
        await Response(status_code=204, headers=headers)(scope, receive, send)


def _methods(scope: Scope) -> set[str]:
    """Give the methods of the routes that a path fits."""
    fitting = [route for route in scope["app"].routes if route.matches(scope)[0] is not Match.NONE]
    return {method for route in fitting for method in getattr(route, "methods", None) or ()}


class Revalidation:
    """Give answers of one lab a weak ETag of the store's sequence and the request; answer 304 where a tag still holds.

    The answers given last are kept by their tags, and given again while these hold. The sequence is read before the
    answer is made, so a tag is never newer than what it stands for. Reading it takes some microseconds and waits for
    nobody, so it needs no thread. An answer that has a tag of its own keeps it.
    """

    def __init__(self, app: ASGIApp, *, site: Site, version: str) -> None:
        self.app = app
        self.site = site
        parts = (version, site.store.lab, site.title, site.settings, site.labs, site.access.anonymous_writes)
        self.fingerprint = msgspec.json.encode(parts)
        self.answers = Answers(site.settings.answer_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 304, or pass a request on and tag its answer."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        known = headers.get("if-none-match", "").strip()
        etag = "" if self._volatile(scope) else self._etag(scope, headers)
        if etag and known != ANY and matches(known, etag):
            same = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Encoding"}
            await Response(status_code=304, headers=same)(scope, receive, send)
            return
        tagging = _Tagging(send, etag=etag, known=known)
        answer = self.answers.get(etag)
        if answer is not None:
            await answer.give(tagging.send)
        elif etag and scope["method"] == "GET":
            await self.app(scope, receive, Recording(tagging.send, self.answers, etag).send)
        else:
            await self.app(scope, receive, tagging.send)

    def _volatile(self, scope: Scope) -> bool:
        """Tell whether an answer may change although the store does not."""
        return self.site.federated or b"now(" in scope["query_string"].lower()

    def _etag(self, scope: Scope, headers: Headers) -> str:
        """Make the tag of what a request is answered now; "" where the store cannot tell, which the answer will say."""
        try:
            sequence = scope[SEQUENCE] = self.site.store.sequence
        except StoreError:
            return ""
        digest = hashlib.blake2b(self.fingerprint, digest_size=9)
        for part in (
            scope["scheme"],
            headers.get("host", ""),
            scope[ROOT],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers.get("accept", ""),
            headers.get("accept-language", ""),
            "writable" if writable(self.site) else "",
        ):
            digest.update(f"{len(part)}:{part}".encode())
        return f'W/"{sequence:x}-{digest.hexdigest()}"'


class _Tagging:
    """One answer on its way: it gets a tag where it has none, and becomes 304 where the client knows its tag."""

    def __init__(self, send: Send, *, etag: str, known: str) -> None:
        self._send = send
        self._etag = etag
        self._known = known
        self._dropped = False

    async def send(self, message: Message) -> None:
        """Send a message of the application."""
        if message["type"] == "http.response.start" and message["status"] == 200:
            answer = MutableHeaders(scope=message)
            if self._etag and "etag" not in answer and "no-store" not in answer.get("cache-control", ""):
                answer["ETag"] = self._etag
                answer.setdefault("Cache-Control", "no-cache")
                answer.add_vary_header("Accept")
            if self._known and "etag" in answer and matches(self._known, answer["etag"]):
                self._dropped = True
                message = {**message, "status": 304, "headers": not_modified(answer).raw}
        elif message["type"] == "http.response.body" and self._dropped:
            message = {**message, "body": b""}
        await self._send(message)
