"""Try again what may succeed later; the only door to tenacity."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ssclab_data.errors import FeedError
from ssclab_data.feeds.clock import Clock
from ssclab_data.model.values import Instant

if TYPE_CHECKING:
    from tenacity import RetryCallState

_FIRST_SECONDS, _LONGEST_SECONDS, _JITTER_SECONDS = 1.0, 60.0, 1.0
PATIENCE_SECONDS = 300.0
"""A server that asks to wait longer is asked again in another run."""
LONGEST_WAIT_SECONDS = 86_400.0
"""A server is asked again after a day, whatever it says."""


async def retried[T](work: Callable[[], Awaitable[T]], *, clock: Clock, attempts: int) -> T:
    """Do something, again where it failed for a time: after what the server says, or after ever longer waits.

    Raises:
        FeedError: the last failure, when it will not succeed, was tried often enough, or should wait too long.
    """
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

    backoff = wait_exponential_jitter(initial=_FIRST_SECONDS, max=_LONGEST_SECONDS, jitter=_JITTER_SECONDS)

    def wait(state: "RetryCallState") -> float:
        return _failure(state).retry_after or backoff(state)

    retrying = AsyncRetrying(
        sleep=clock.sleep,
        wait=wait,
        stop=stop_after_attempt(attempts),
        retry=retry_if_exception(_is_worth_it),
        reraise=True,
    )

    async def again() -> T:
        return await work()

    return await retrying(again)


def retry_after(text: str, now: Instant) -> float | None:
    """Read a `Retry-After`: seconds, or a date (RFC 9110, 10.2.3); None where there is none that can be read.

    A day is the most: a feed that is put off for years would never be seen to be back.

    >>> retry_after("120", Instant.parse("2026-01-01T00:00:00Z"))
    120.0
    >>> retry_after("Thu, 01 Jan 2026 00:00:30 GMT", Instant.parse("2026-01-01T00:00:00Z"))
    30.0
    """
    text = text.strip()
    if text.isdecimal() and text.isascii():
        return min(float(text[:9]), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max(0.0, (Instant.of(aware).us - now.us) / 1_000_000), LONGEST_WAIT_SECONDS)


def _is_worth_it(error: BaseException) -> bool:
    return isinstance(error, FeedError) and error.temporary and (error.retry_after or 0.0) <= PATIENCE_SECONDS


def _failure(state: "RetryCallState") -> FeedError:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, FeedError)  # noqa: S101 - nothing else is tried again
    return error
