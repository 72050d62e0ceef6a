"""Keep answers that are still right: the same request, while nothing is written, is answered from memory."""

from collections import OrderedDict

import msgspec
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

_BESIDE = 1_024
"""What an answer takes in memory beside its body, about."""


class Answer(msgspec.Struct, frozen=True):
    """A whole answer.

    Attributes:
        headers: as ASGI has them.
    """

    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def give(self, send: Send) -> None:
        """Send it again."""
        await send({"type": "http.response.start", "status": 200, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body})


class Answers:
    """The answers asked for last, by what makes them unique: the store's sequence and the request.

    Args:
        room: how many bytes they may take; an answer that takes more than a quarter of it is not kept.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._used = 0
        self._kept: OrderedDict[str, Answer] = OrderedDict()

    def get(self, tag: str) -> Answer | None:
        """Find an answer."""
        found = self._kept.get(tag)
        if found is not None:
            self._kept.move_to_end(tag)
        return found

    def fits(self, size: int) -> bool:
        """Tell whether an answer of so many bytes would be kept."""
        return (size + _BESIDE) * 4 <= self._room

    def keep(self, tag: str, answer: Answer) -> None:
        """Keep an answer, and let go of those that were not asked for the longest."""
        self._forget(tag)
        self._kept[tag] = answer
        self._used += len(answer.body) + _BESIDE
        while self._used > self._room:
            self._forget(next(iter(self._kept)))

    def _forget(self, tag: str) -> None:
        gone = self._kept.pop(tag, None)
        if gone is not None:
            self._used -= len(gone.body) + _BESIDE


class Recording:
    """One answer on its way, kept when it is whole and may be kept."""

    def __init__(self, send: Send, answers: Answers, tag: str) -> None:
        self._send = send
        self._answers = answers
        self._tag = tag
        self._headers: list[tuple[bytes, bytes]] | None = None
        self._parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        """Send a message of the application."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if message["status"] == 200 and "no-store" not in headers.get("cache-control", ""):
                self._headers = list(message["headers"])
        elif self._headers is not None:
            self._parts.append(message.get("body", b""))
            if not self._answers.fits(sum(map(len, self._parts))):
                self._headers, self._parts = None, []
            elif not message.get("more_body", False):
                self._answers.keep(self._tag, Answer(self._headers, b"".join(self._parts)))
        await self._send(message)
