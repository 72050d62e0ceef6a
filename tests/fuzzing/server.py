"""Send raw requests to an ASGI application in the same thread: any bytes, as they are, and no client in between."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import msgspec
from starlette.types import ASGIApp, Message

BASE = "http://localhost"


class Answer(msgspec.Struct, frozen=True):
    """What came back.

    Attributes:
        headers: by their names in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body as JSON by the standard library, which takes no NaN here."""
        return json.loads(self.body.decode("utf-8"), parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


class Server:
    """An application, and the loop that it runs in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.runner.close()

    def get(self, target: bytes | str) -> Answer:
        """Ask for the target of a request, or for an address that an answer gave."""
        return self.send("GET", target)

    def send(
        self,
        method: str,
        target: bytes | str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request, the way that servers hand it on."""
        return self.runner.run(
            self._send(_scope(method, target, {"content-length": str(len(body)), **(headers or {})}), body)
        )

    async def _send(self, scope: dict[str, Any], body: bytes) -> Answer:
        parts: list[bytes] = []
        start: dict[str, Any] = {}
        sent = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Message:
            return next(sent, {"type": "http.disconnect"})

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, keep)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(parts))

    def pages(self, target: str) -> Iterator[Any]:
        """Follow `@iot.nextLink` to the end."""
        following: str | None = target
        while following is not None:
            answer = self.get(following)
            assert answer.status == 200, (following, answer)
            page = answer.json()
            yield page
            following = page.get("@iot.nextLink")


def _scope(method: str, target: bytes | str, headers: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(target, str):
        parts = urlsplit(target)
        target = (f"{parts.path}?{parts.query}" if "?" in target else parts.path).encode()
    path, _, query = target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("utf-8", "replace")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
