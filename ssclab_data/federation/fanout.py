"""Ask many labs at once under one deadline, and say of each how it answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from ssclab_data.federation.peer import PeerError
from ssclab_data.stores.base import AnswerStatus, LabAnswer

_GRACE_SECONDS = 0.03


class Outcome[T](msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking one lab.

    Attributes:
        result: None when the status is not `ok`.
    """

    lab: str
    status: AnswerStatus
    elapsed_ms: float = 0.0
    reason: str = ""
    result: T | None = None

    def answer(self, rows: int = 0) -> LabAnswer:
        """Say it in the answer of the hub."""
        return LabAnswer(lab=self.lab, status=self.status, rows=rows, elapsed_ms=self.elapsed_ms, reason=self.reason)


async def fan_out[T](
    asks: Mapping[str, Callable[[], Awaitable[T]]], *, deadline_seconds: float
) -> tuple[Outcome[T], ...]:
    """Run what each lab is asked for at the same time, and cancel what is not done by the deadline.

    It returns no later than the deadline and a short grace, whatever a lab does: who does not heed the cancellation
    is left behind.

    Returns:
        An outcome for each lab, in the order of `asks`.
    """
    if not asks:
        return ()
    started = time.perf_counter()
    tasks = {lab: asyncio.ensure_future(_ask(lab, ask)) for lab, ask in asks.items()}
    try:
        _, late = await asyncio.wait(tasks.values(), timeout=deadline_seconds)
    finally:
        for task in tasks.values():
            task.cancel()
    if late:
        await asyncio.wait(late, timeout=_GRACE_SECONDS)
    elapsed = _milliseconds(started)
    return tuple(
        _late(lab, deadline_seconds, elapsed) if task in late else task.result() for lab, task in tasks.items()
    )


async def _ask[T](lab: str, ask: Callable[[], Awaitable[T]]) -> Outcome[T]:
    started = time.perf_counter()
    try:
        result = await ask()
    except PeerError as error:
        return Outcome(lab=lab, status=error.status, elapsed_ms=_milliseconds(started), reason=error.reason)
    return Outcome(lab=lab, status=AnswerStatus.OK, elapsed_ms=_milliseconds(started), result=result)


def _late[T](lab: str, deadline_seconds: float, elapsed_ms: float) -> Outcome[T]:
    reason = f"no whole answer within {deadline_seconds:g} s"
    return Outcome(lab=lab, status=AnswerStatus.TIMEOUT, elapsed_ms=elapsed_ms, reason=reason)


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
