"""Serve a store beside recorded answers of it, from one worker: `python -m benchmarks.serve_bench FILE PORT FOLDER`."""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

from ssclab_data import Lab, Settings
from ssclab_data.cli.serving import SWITCH_SECONDS

from . import memory

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
READY, PEAK = "/ready/", "/peak"


class Beside:
    """Answer `/ready/NAME` with the bytes of a file and `/peak` with the most memory; pass on the rest."""

    def __init__(self, app: Any, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.bodies: dict[str, bytes] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer at once, without framework or middleware."""
        path = scope.get("path", "")
        if path.startswith(READY):
            await _answer(send, self._body(path.removeprefix(READY)))
        elif path == PEAK:
            await _answer(send, str(memory.peak()).encode())
        else:
            await self.app(scope, receive, send)

    def _body(self, name: str) -> bytes:
        if name not in self.bodies:
            self.bodies[name] = (self.folder / name).read_bytes()
        return self.bodies[name]


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until told to stop."""
    file, port, folder = sys.argv[1:]
    sys.setswitchinterval(SWITCH_SECONDS)
    with Lab.open(file, settings=Settings(answer_bytes=1)) as lab:
        app = Beside(lab.asgi(), Path(folder))
        uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
