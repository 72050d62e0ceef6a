"""Say of each feed how it stands."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ssclab_data.feeds.declaration import Feed
from ssclab_data.feeds.state import Counts, FeedState, StateFile
from ssclab_data.model.values import Duration, Instant

STALE_AFTER = 3
"""Publishing intervals without anything new."""
_OPEN_AFTER = 3


class Condition(StrEnum):
    """How a feed stands."""

    OK = "ok"
    STALE = "stale"
    FAILING = "failing"
    NEVER = "never"


class Circuit(StrEnum):
    """Whether a feed that failed is left alone for a while."""

    CLOSED = "closed"  # it is asked as often as it says
    OPEN = "open"  # it is left alone until its next try
    HALF_OPEN = "half-open"  # its next try is due, and shows whether it is back


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed stands; moments are ISO 8601 UTC, "" where there is none.

    Attributes:
        feed: its name.
        last_try: when the last run began.
        last_success: end of the last run without any failure.
        newest: newest moment of the phenomenonTimes that it gave.
        watermark: how far every part is stored: the lowest of their watermarks.
        partial: whether the last run left something; the next one goes on with it.
        failures: how many runs in a row gave nothing but failures.
        message: what went wrong in the last run, or "".
        cure: what to do about it.
        failed_at: when that was.
        parts: how many combinations of `each`, or files, are known.
        parts_failing: how many of them failed at their last try.
        last: counts of the last run.
        total: counts of all runs.
        findings: how often each rule was broken in the last run.
    """

    feed: str
    source: str
    state: Condition
    circuit: Circuit
    last_try: str
    last_success: str
    next_try: str
    newest: str
    watermark: str
    partial: bool
    failures: int
    message: str
    cure: str
    failed_at: str
    parts: int
    parts_failing: int
    last: Counts
    total: Counts
    findings: Mapping[str, int]


def status_of(feed: Feed, states: StateFile, now: Instant) -> Status:
    """Say how a feed stands."""
    state, parts = states.feed(feed.name), states.parts(feed.name)
    marks = [part.watermark for part in parts.values() if part.watermark is not None]
    watermark = (min if feed.url else max)(marks, default=None)
    return Status(
        feed=feed.name,
        source=feed.source,
        state=condition(feed, state, now),
        circuit=circuit(state, now),
        last_try=_shown(state.tried),
        last_success=_shown(state.succeeded),
        next_try=_shown(state.next),
        newest=_shown(state.newest),
        watermark=_shown(watermark),
        partial=state.partial or any(part.page is not None for part in parts.values()),
        failures=state.failures,
        message=state.message,
        cure=state.cure,
        failed_at=_shown(state.failed_at),
        parts=len(parts),
        parts_failing=sum(bool(part.error) for part in parts.values()),
        last=state.last,
        total=state.total,
        findings=state.findings,
    )


def condition(feed: Feed, state: FeedState, now: Instant) -> Condition:
    """Say how a feed stands: failing when its last run failed in any part, stale when nothing new came for long."""
    if state.tried is None:
        return Condition.NEVER
    if state.message:
        return Condition.FAILING
    quiet = now.us - (state.renewed or state.since or state.tried)
    if quiet > STALE_AFTER * Duration.parse(feed.publishes or feed.every).us:
        return Condition.STALE
    return Condition.OK


def circuit(state: FeedState, now: Instant) -> Circuit:
    """Say whether a feed is left alone."""
    if state.failures < _OPEN_AFTER:
        return Circuit.CLOSED
    return Circuit.OPEN if state.next is not None and state.next > now.us else Circuit.HALF_OPEN


def _shown(at: int | None) -> str:
    return "" if at is None else str(Instant(at))
