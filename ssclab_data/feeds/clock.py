"""Tell the time and wait; tests give a clock that waits for nothing."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

from ssclab_data.model.values import Instant


class Clock(Protocol):
    """What feeds know of time."""

    def now(self) -> Instant:
        """Give the time of day."""
        ...

    def elapsed(self) -> float:
        """Give seconds since some moment; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> Instant:
        """Give the time of day."""
        return Instant.of(datetime.now(UTC))

    def elapsed(self) -> float:
        """Give seconds since some moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
