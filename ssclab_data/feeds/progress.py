"""Collect what one run of a feed saw, and make its new state of it."""

from collections import Counter
from collections.abc import Callable

import msgspec

from ssclab_data.errors import FeedError, SsclabError
from ssclab_data.feeds.declaration import Feed
from ssclab_data.feeds.fetching import Traffic
from ssclab_data.feeds.state import Counts, FeedState
from ssclab_data.ingest import IngestReport
from ssclab_data.model.finding import Severity
from ssclab_data.model.showing import one_line
from ssclab_data.model.values import Duration, Instant

_LONGEST_WAIT = Duration.parse("PT1H").us
_STEEPEST = 16
_LONGEST_MESSAGE = 1000
_SECOND = 1_000_000
_CURE = "mend what the message says; it is tried again by itself"


class Progress:
    """What a run saw so far."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self.counts = Counts()
        self.findings: Counter[str] = Counter()
        self.newest: Instant | None = None
        self.created = 0
        self.done = 0
        self.failed = 0
        self.partial = False
        self.wait = 0.0
        self.message = ""
        self.cure = ""
        self.failed_at: int | None = None

    def took(self, report: IngestReport, size: int = 0) -> None:
        """Count what was stored.

        Args:
            size: bytes, where they did not come over the network.
        """
        rows = report.observations
        self.counts += Counts(
            stored=rows.written,
            unchanged=rows.unchanged + rows.ignored,
            rejected=report.rejected,
            quarantined=report.quarantined,
            received=size,
        )
        self.created += rows.created
        for finding in report.findings:
            self.findings[finding.rule] += finding.count
        moments = [one for one in (self.newest, report.newest) if one is not None]
        self.newest = max(moments, default=None)

    def failure(self, error: SsclabError | OSError, now: Instant, *, part: str = "") -> None:
        """Note why a part failed; the first failure of a run is the one that is told."""
        self.failed += 1
        if isinstance(error, FeedError) and error.retry_after is not None:
            self.wait = max(self.wait, error.retry_after)
        if not self.message:
            self.message = one_line(f"{part}: {error}" if part else str(error), _LONGEST_MESSAGE)
            self.cure = one_line(getattr(error, "cure", "") or _CURE)
            self.failed_at = now.us

    def fault(self, error: BaseException, now: Instant) -> None:
        """Note a fault of the program itself."""
        self.failed += 1
        self.message = one_line(f"fault of the program: {type(error).__name__}: {error}", _LONGEST_MESSAGE)
        self.cure = "please report it"
        self.failed_at = now.us


def finished(feed: Feed, before: FeedState, seen: Progress, *, started: Instant, now: Instant) -> FeedState:
    """Make the state of a feed after a run."""
    nothing = bool(seen.failed) and not seen.done
    failures = before.failures + 1 if nothing else 0
    counts = seen.counts + Counts(
        requests=seen.traffic.requests, not_modified=seen.traffic.not_modified, received=seen.traffic.received
    )
    moments = [at for at in (before.newest, None if seen.newest is None else seen.newest.us) if at is not None]
    return msgspec.structs.replace(
        before,
        partial=seen.partial,
        since=before.since or started.us,
        tried=started.us,
        succeeded=before.succeeded if seen.failed or seen.partial else now.us,
        renewed=now.us if seen.created else before.renewed,
        next=next_try(feed, failures, started=started, now=now, wait=seen.wait),
        newest=max(moments, default=None),
        failures=failures,
        message=_message(seen),
        cure=seen.cure,
        failed_at=seen.failed_at,
        last=counts,
        total=before.total + counts,
        findings=dict(seen.findings),
    )


def next_try(feed: Feed, failures: int, *, started: Instant, now: Instant, wait: float) -> int:
    """Say when a feed is tried again: after ever longer waits where it does nothing but fail."""
    every = Duration.parse(feed.every).us
    gap = min(every << min(max(0, failures - 1), _STEEPEST), max(every, _LONGEST_WAIT))
    return max(started.us + gap, now.us + round(wait * _SECOND))


def check_stored(report: IngestReport, shown: Callable[[str], str] = str) -> None:
    """Make sure that something of a payload was stored.

    Raises:
        FeedError: nothing was; with what was found.
    """
    if report.files_failed:
        bad = next((one for one in report.findings if one.severity is Severity.ERROR), None)
        words, where, cure = (bad.text, bad.where, bad.cure) if bad else ("it was not stored", "", "")
        raise FeedError(words, where=shown(where), cure=cure)


def _message(seen: Progress) -> str:
    total = seen.failed + seen.done
    return f"{seen.failed} of {total} failed: {seen.message}" if seen.failed and total > 1 else seen.message
