"""Join many labs into one store for reading: its rows come from the labs, in one order."""

import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from ssclab_data.errors import FederationError, SettingsError, UnsupportedError
from ssclab_data.federation.extent import extent_of, extent_queries, union
from ssclab_data.federation.fanout import Outcome, fan_out
from ssclab_data.federation.loop import LoopThread
from ssclab_data.federation.merge import merge
from ssclab_data.federation.peer import Peer
from ssclab_data.federation.plan import count_plan, plan
from ssclab_data.federation.reading import LabPart, count_part, read_part
from ssclab_data.model.identity import check_lab_key
from ssclab_data.model.lab import LabInfo, Publication
from ssclab_data.model.periods import Period
from ssclab_data.query.ast import BoundQuery
from ssclab_data.stores.base import (
    AnswerStatus,
    Batch,
    Buckets,
    Change,
    Extent,
    LabAnswer,
    Page,
    Row,
    Transaction,
    WriteReport,
)

_NOTHING_SAID = Publication()
_CURE = "a hub only reads: write to the lab's own node"


class FederatedStore:
    """A hub: a store for reading over SensorThings services, safe to call from several threads.

    Handles are `lab~id`. Rows come in the order (sort keys, lab key, handle). A lab that does not answer in time is
    named in `Page.answers`, with the reason; only when no lab answers is there an error.

    Args:
        key: the hub's own lab key.
        deadline_seconds: how long a read waits for its labs in all.
        secret: signs the paging cursors; processes that serve the same hub must share it. None makes one that is
            good for this process only.
        publication: what the hub's catalogue says of the hub.

    Raises:
        SettingsError: there is no lab, a lab is named twice, or a key or the deadline cannot be used.
    """

    def __init__(
        self,
        peers: Sequence[Peer],
        *,
        key: str,
        deadline_seconds: float,
        secret: bytes | None = None,
        publication: Publication = _NOTHING_SAID,
    ) -> None:
        self._peers = {peer.key: peer for peer in sorted(peers, key=lambda peer: peer.key)}
        if not peers or len(self._peers) != len(peers):
            raise SettingsError("a federation needs labs, each once")
        if not 0 < deadline_seconds < float("inf"):
            raise SettingsError(f"deadline of {deadline_seconds} s must be above zero")
        self._key = check_lab_key(key)
        self._deadline_seconds = deadline_seconds
        self.publication = publication
        self._secret = secret or secrets.token_bytes(32)
        self._loop = LoopThread(f"federation-{key}")
        self._closed = False

    @property
    def lab(self) -> str:
        """Key of the hub."""
        return self._key

    @property
    def labs(self) -> tuple[LabInfo, ...]:
        """The labs that it joins, by key."""
        return tuple(peer.lab for peer in self._peers.values())

    @property
    def peers(self) -> tuple[Peer, ...]:
        """Their services, by key."""
        return tuple(self._peers.values())

    def ask_all[T](self, ask: Callable[[Peer], Awaitable[T]]) -> tuple[Outcome[T], ...]:
        """Ask every lab the same, under the deadline.

        Raises:
            FederationError: no lab answered.
        """
        return self._ask({key: partial(ask, peer) for key, peer in self._peers.items()})

    @property
    def sequence(self) -> int:
        """A number that is never the same twice: a hub cannot know that nothing changed at its labs."""
        return time.monotonic_ns()

    @property
    def secret(self) -> bytes:
        """Key that signs this store's paging cursors."""
        return self._secret

    def read(self, query: BoundQuery) -> Page:
        """Read one page from all labs that matter.

        `count` is given only when every lab that matters gave an exact one.

        Raises:
            NotFoundError: a handle in the filter names no lab.
            FederationError: no lab answered.
        """
        asks = _relevant({key: plan(query, key) for key in self._peers})
        outcomes = self._ask({key: partial(read_part, self._peers[key], asked, query) for key, asked in asks.items()})
        parts = _results(outcomes)
        rows, more = merge([part.stream for part in parts], query.orderby, skip=query.skip, top=query.top)
        return Page(
            entity_type=query.entity_type,
            rows=rows,
            count=_total(parts, asked=len(asks)) if query.count else None,
            more=more,
            answers=tuple(self._answers(outcomes, rows)),
        )

    def count(self, query: BoundQuery) -> int:
        """Count the entities that match, exactly.

        Raises:
            NotFoundError: a handle in the filter names no lab.
            FederationError: a lab that matters did not answer, or knows no exact count; `missing` names it.
        """
        asks = _relevant({key: count_plan(query, key) for key in self._peers})
        outcomes = self._ask({key: partial(count_part, self._peers[key], query) for key in asks})
        missing = [(outcome.lab, outcome.reason) for outcome in outcomes if outcome.result is None]
        total = 0
        for outcome in outcomes:
            count, behind = outcome.result or (0, ())
            missing += [(answer.lab, answer.reason) for answer in behind]
            if count is None and not behind:
                missing.append((outcome.lab, "it gives no exact count"))
            total += count or 0
        if missing:
            raise FederationError(missing, what="an exact count needs every lab")
        return total

    def extent(self, query: BoundQuery) -> Extent:
        """Bound the matching entities of the labs that answer; a lab that does not answer is left out.

        Raises:
            NotFoundError: a handle in the filter names no lab.
            FederationError: no lab answered.
        """
        return union(extent_of(self.read(part)) for part in extent_queries(query))

    def buckets(self, query: BoundQuery, period: Period) -> tuple[Buckets, ...]:
        """Refuse: SensorThings services do not sum up.

        Raises:
            UnsupportedError: always.
        """
        raise UnsupportedError("time buckets at a hub", "ask each lab's own node, or read the Observations")

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Refuse: a hub only reads.

        Raises:
            UnsupportedError: always.
        """
        raise UnsupportedError("writing at a hub", _CURE)

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        """Refuse: a hub only reads.

        Raises:
            UnsupportedError: always.
        """
        raise UnsupportedError("writing at a hub", _CURE)

    def delete(self, query: BoundQuery) -> int:
        """Refuse: a hub only reads.

        Raises:
            UnsupportedError: always.
        """
        raise UnsupportedError("deleting at a hub", _CURE)

    def changes(self, after: int) -> Iterator[Change]:
        """Refuse: a hub over live services keeps no log.

        Raises:
            UnsupportedError: always.
        """
        raise UnsupportedError("the change log of a hub", "read the log of each lab's own node")

    def close(self) -> None:
        """Close the connections and end the thread; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._loop.close(_close_all(self._peers.values()))

    def _ask[T](self, asks: Mapping[str, Callable[[], Awaitable[T]]]) -> tuple[Outcome[T], ...]:
        """Ask the labs; at least one must answer, where any is asked."""
        outcomes = self._loop.run(fan_out(asks, deadline_seconds=self._deadline_seconds))
        if outcomes and all(outcome.status is not AnswerStatus.OK for outcome in outcomes):
            raise FederationError([(outcome.lab, outcome.reason) for outcome in outcomes])
        return outcomes

    def _answers(self, outcomes: Iterable[Outcome[LabPart]], rows: tuple[Row, ...]) -> Iterator[LabAnswer]:
        """Say how each lab answered, and each lab behind one that is itself a hub and missed it."""
        given = Counter(row.lab for row in rows)
        asked = {outcome.lab: outcome for outcome in outcomes}
        for key in self._peers:
            outcome = asked.get(key)
            if outcome is None:
                yield LabAnswer(lab=key, status=AnswerStatus.NOT_RELEVANT)
                continue
            yield outcome.answer(given[key])
            if outcome.result is not None:
                yield from outcome.result.missing


async def _close_all(peers: Iterable[Peer]) -> None:
    for peer in peers:
        await peer.close()


def _relevant(plans: Mapping[str, BoundQuery | None]) -> dict[str, BoundQuery]:
    return {key: asked for key, asked in plans.items() if asked is not None}


def _results(outcomes: Iterable[Outcome[LabPart]]) -> list[LabPart]:
    return [outcome.result for outcome in outcomes if outcome.result is not None]


def _total(parts: Sequence[LabPart], *, asked: int) -> int | None:
    """Add the counts; None when one is not known or a lab is missing."""
    counts = [part.count for part in parts if part.count is not None and not part.missing]
    return sum(counts) if len(counts) == asked else None
