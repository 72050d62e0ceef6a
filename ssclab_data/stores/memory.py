"""Keep entities in memory: slow, obvious, and the reference that every other store agrees with."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator

from ssclab_data.model.identity import check_lab_key
from ssclab_data.model.periods import Period
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.query.ast import BoundQuery
from ssclab_data.stores import shape
from ssclab_data.stores.base import Batch, Buckets, Change, Extent, Page, Transaction, WriteReport
from ssclab_data.stores.keeping import Writing
from ssclab_data.stores.kept import Moment, State


class MemoryStore:
    """A store of one lab in memory."""

    def __init__(self, lab: str) -> None:
        self._lab = check_lab_key(lab)
        self._secret = secrets.token_bytes(32)
        self._lock = threading.RLock()
        self._state = State(rows={name: {} for name in ENTITY_TYPES}, handles={}, pairs={}, issued=Counter(), log=[])

    @property
    def lab(self) -> str:
        """Key of the lab."""
        return self._lab

    @property
    def sequence(self) -> int:
        """Number of the last batch."""
        return self._state.log[-1].sequence if self._state.log else 0

    @property
    def secret(self) -> bytes:
        """Key that signs paging cursors."""
        return self._secret

    def read(self, query: BoundQuery) -> Page:
        """Read one page."""
        with self._lock:
            return self._moment.read(query)

    def count(self, query: BoundQuery) -> int:
        """Count what matches."""
        with self._lock:
            return self._moment.count(query)

    def extent(self, query: BoundQuery) -> Extent:
        """Bound what matches in space and time."""
        rows = self.read(shape.extent_query(query)).rows
        times = [interval for row in rows for interval in shape.intervals_of(row)]
        interval = shape.span((one.start.us for one in times), (one.end.us for one in times))
        return Extent(shape.union(box for row in rows for box in shape.boxes_of(row)), interval)

    def buckets(self, query: BoundQuery, period: Period) -> tuple[Buckets, ...]:
        """Sum up the matching Observations by Datastream and period."""
        with self._lock:
            return self._moment.buckets(query, period)

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Write a batch whole or not at all."""
        return self.transact(lambda work: work.apply(batch, watermark))

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        """Work on a copy, which becomes the state when all went well."""
        with self._lock:
            writing = Writing(self._state.copy(), lab=self._lab, sequence=self.sequence + 1)
            result = work(writing)
            self._state = writing.state
            return result

    def delete(self, query: BoundQuery) -> int:
        """Delete what matches, and what cannot be without it."""
        return self.transact(lambda work: work.delete(query))

    def changes(self, after: int) -> Iterator[Change]:
        """Give the log after a sequence number."""
        with self._lock:
            found = [change for change in self._state.log if change.sequence > after]
        return iter(found)

    def close(self) -> None:
        """Keep everything: there is nothing to let go of."""

    @property
    def _moment(self) -> Moment:
        return Moment(self._state, self._lab)
