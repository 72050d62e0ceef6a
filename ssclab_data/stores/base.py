"""Say what a store is: the protocol that every engine, and a whole federation, fulfils."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import msgspec

from ssclab_data.model.codelists import Averaging
from ssclab_data.model.columns import Columns
from ssclab_data.model.entity import Entity, Handle
from ssclab_data.model.periods import Period
from ssclab_data.model.series import Series
from ssclab_data.model.values import Box, Interval
from ssclab_data.query.ast import BoundQuery, Value


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One entity as read.

    Attributes:
        lab: key of the lab it belongs to.
        handle: its `@iot.id`; an integer, at a hub `lab~id`.
        entity: its own properties and natural key; its link fields are UNSET.
        related: what `expand` asked for, by link name: a Row or None for to-one, a Page for to-many.
        order: its values for the query's `orderby`, in the same order.
    """

    lab: str
    handle: Handle
    entity: Entity
    related: Mapping[str, "Row | None | Page"] = {}
    order: tuple[Value, ...] = ()

    def at(self, name: str) -> "Sequence[Row]":
        """Give the rows at an expanded link, of whichever kind; empty where there is none."""
        found = self.related.get(name)
        if isinstance(found, Page):
            return found.rows
        return () if found is None else (found,)


class ColumnarRows(Sequence[Row]):
    """Observations as rows, each made when it is asked for.

    Attributes:
        columns: all of them at once.
    """

    columns: Columns


class AnswerStatus(StrEnum):
    """How a lab answered (`reference/federation.md` 3.4)."""

    OK = "ok"
    NOT_RELEVANT = "not-relevant"
    TIMEOUT = "timeout"
    ERROR = "error"
    INVALID = "invalid"


class LabAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How one lab answered.

    Attributes:
        rows: how many rows it gave to this page.
        elapsed_ms: from sending to the whole body.
        reason: why it is missing, in words, or "".
    """

    lab: str
    status: AnswerStatus
    rows: int = 0
    elapsed_ms: float = 0.0
    reason: str = ""

    @property
    def arrived(self) -> bool:
        """Whether it answered, or need not answer."""
        return self.status in (AnswerStatus.OK, AnswerStatus.NOT_RELEVANT)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A run of rows in the order of the query.

    Attributes:
        count: how many match in all, exact, when the query asks for it; None when it cannot be exact. Of a distinct
            query, how many combinations of values there are.
        more: whether rows follow; the next page starts after the last row's `order`.
        answers: how each lab answered; empty for a store of one lab.
    """

    entity_type: str
    rows: Sequence[Row]
    count: int | None = None
    more: bool = False
    answers: tuple[LabAnswer, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every lab that matters answered."""
        return not self.missing

    @property
    def missing(self) -> tuple[LabAnswer, ...]:
        """The labs that did not answer, with the reason."""
        return tuple(answer for answer in self.answers if not answer.arrived)


class Extent(msgspec.Struct, frozen=True):
    """Bounds in space and time; None when nothing matches.

    Attributes:
        box: CRS84 degrees.
        interval: closed at both ends here, UTC.
    """

    box: Box | None = None
    interval: Interval | None = None


class Buckets(msgspec.Struct, frozen=True, kw_only=True):
    """Observations of one Datastream, summed up by period; those without any are left out.

    An Observation belongs to the period that holds the start of its phenomenonTime. Results that are no numbers are
    counted in `other`, and in nothing else; where a bucket has no number, its values are None.

    Attributes:
        lab: key of the lab.
        datastream: handle of the Datastream.
        mean_kind: how the mean is taken: ARITHMETIC, or ENERGETIC where the unit is a level in decibel.
        start: when each bucket begins, microseconds UTC, ascending.
        end: when it ends.
        count: how many numbers it holds.
        other: how many results that are no numbers.
        min: least number, compared exactly; of two that are equal the floating-point one.
        max: greatest number.
        mean: of the numbers, in floating point; None also where their sum exceeds it. Sums are rounded as they are
            added, so two stores agree to about 1e-12 of the greatest absolute number.
        first: number of the Observation that is first by start, end and handle.
        last: number of the one that is last.
    """

    lab: str
    datastream: int
    mean_kind: Averaging
    start: tuple[int, ...]
    end: tuple[int, ...]
    count: tuple[int, ...]
    other: tuple[int, ...]
    min: tuple[int | float | None, ...]
    max: tuple[int | float | None, ...]
    mean: tuple[float | None, ...]
    first: tuple[int | float | None, ...]
    last: tuple[int | float | None, ...]

    def __len__(self) -> int:
        return len(self.start)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What is written in one transaction.

    Attributes:
        entities: descriptive entities with natural keys; links name the natural key (`Link(key=...)`) of an
            entity in the batch or in the store. An entity with a known key is updated in the fields that are set;
            a to-many link that is set replaces the links there were.
        defaults: entities that are created when their natural key is not known yet, and else left as they are
            (what a measurement tells of a station that was never described).
        series: Observations; what becomes of one with a known Datastream and phenomenonTime that says something else
            is up to the Datastream's duplicate policy (`shape.DuplicatePolicy`).
    """

    entities: tuple[Entity, ...] = ()
    defaults: tuple[Entity, ...] = ()
    series: tuple[Series, ...] = ()


class WriteReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a write did, counted per entity type.

    Attributes:
        ignored: Observations that the duplicate policy of their Datastream left as they were (`ignore`).
        rejected: Observations that it refused (`reject`).
        sequence: the store's sequence after it.
    """

    created: Mapping[str, int] = {}
    updated: Mapping[str, int] = {}
    unchanged: Mapping[str, int] = {}
    ignored: Mapping[str, int] = {}
    rejected: Mapping[str, int] = {}
    sequence: int = 0


class Fate(StrEnum):
    """What became of an Observation that was written."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    REJECTED = "rejected"


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rows of a series, in their order.

    Attributes:
        handles: of the Observation that a row made or changed; where it did neither, of the one that was there.
    """

    handles: Sequence[int]
    fates: Sequence[Fate]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the sequence log: the entities of one type that one batch wrote or deleted.

    Attributes:
        sequence: number of the batch, from 1, without holes.
        recorded_at: when it was written, microseconds UTC.
        entity_type: their type; for Observations the keys are those of their Datastreams.
        deleted: whether they were deleted.
        keys: natural keys.
        rows: how many entities.
    """

    sequence: int
    recorded_at: int
    entity_type: str
    deleted: bool
    keys: tuple[str, ...]
    rows: int


class Transaction(Protocol):
    """Read and write in one moment of a store, in which nobody else writes; see `Store.transact`.

    Links of entities that are written have a handle or a natural key.
    """

    @property
    def lab(self) -> str:
        """Key of the lab."""
        ...

    @property
    def memo(self) -> dict[tuple[str, int], Any]:
        """What was found out of descriptive entities before; a store empties it whenever one of them may have changed.

        Its keys are those of who found it out, and tell theirs from those of others.
        """
        ...

    def read(self, query: BoundQuery) -> Page:
        """Read one page; what was written before in this transaction is there."""
        ...

    def handle(self, entity_type: str, key: str) -> int | None:
        """Find a descriptive entity by its natural key."""
        ...

    def key(self, entity_type: str, handle: int) -> str | None:
        """Give the natural key of a descriptive entity."""
        ...

    def create(self, entity: Entity, *, handle: int | None = None) -> int:
        """Create a descriptive entity.

        Args:
            entity: without a natural key it gets `sta/{handle}`.
            handle: the handle it is to have; None takes the next one.

        Returns:
            Its handle.

        Raises:
            ConflictError: the handle or the natural key is taken.
            UnresolvedLinkError: a link leads nowhere, or a required one is missing.
        """
        ...

    def update(self, handle: int, entity: Entity) -> bool:
        """Change a descriptive entity in the fields and links that are set; a to-many link replaces those there were.

        Returns:
            Whether anything changed.

        Raises:
            NotFoundError: there is no such entity.
            UnresolvedLinkError: a link leads nowhere, or a required one is taken away.
        """
        ...

    def replace(self, handle: int, entity: Entity) -> bool:
        """Change a descriptive entity; own properties that are not set become absent, links that are not set stay.

        Raises:
            NotFoundError: there is no such entity.
            UnresolvedLinkError: a link leads nowhere, or a required one is taken away.
        """
        ...

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Write a batch; see `Store.apply`."""
        ...

    def record(self, series: Series) -> Recorded:
        """Write Observations, by the duplicate policy of their Datastream.

        Raises:
            UnresolvedLinkError: there is no such Datastream or FeatureOfInterest.
        """
        ...

    def revise(self, handle: int, series: Series) -> None:
        """Replace what one Observation says; it keeps its handle, and its key follows its phenomenonTime.

        Args:
            series: one row of the same Datastream.

        Raises:
            NotFoundError: there is no such Observation.
            ConflictError: there is another one of that phenomenonTime, and the Datastream does not allow several.
        """
        ...

    def delete(self, query: BoundQuery) -> int:
        """Delete the matching entities and what cannot be without them; see `Store.delete`."""
        ...


@runtime_checkable
class Sealable(Protocol):
    """A store that keeps new Observations apart until they are sealed."""

    def seal(self, least: int = ...) -> int:
        """Move them into chunks; short, and harmless when another process does it too.

        Returns:
            How many were moved.
        """
        ...


class Store(Protocol):
    """Keep entities and answer queries; synchronous and safe to call from several threads."""

    @property
    def lab(self) -> str:
        """Key of the lab, or of the hub."""
        ...

    @property
    def sequence(self) -> int:
        """Number of the last batch; two equal numbers mean that nothing changed in between."""
        ...

    @property
    def secret(self) -> bytes:
        """Key that signs this store's paging cursors; the same for all processes that share the store."""
        ...

    def read(self, query: BoundQuery) -> Page:
        """Read one page: at most `query.top` rows (all when it is None) after `query.after`.

        Raises:
            NotFoundError: a handle names no lab (a hub only).
            FederationError: no lab answered (a hub only).
        """
        ...

    def count(self, query: BoundQuery) -> int:
        """Count the entities that match `query.filter`, exactly; of a distinct query, the combinations of values."""
        ...

    def extent(self, query: BoundQuery) -> Extent:
        """Bound the matching entities in space and time.

        Locations, FeaturesOfInterest and Datastreams have a box of their own; Things take their Locations'.
        Datastreams and Observations have phenomenonTime; Things take their Datastreams'.
        """
        ...

    def buckets(self, query: BoundQuery, period: Period) -> tuple[Buckets, ...]:
        """Sum up the matching Observations by Datastream and period; order and page of the query do not matter.

        Returns:
            Buckets for each Datastream that has any, by handle.

        Raises:
            UnsupportedError: this store does not (a hub).
        """
        ...

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Write a batch whole or not at all: rows, counters, log and watermark in one transaction.

        Args:
            watermark: how far a peer's log has been read; kept with the batch.

        Raises:
            UnresolvedLinkError: a link leads nowhere.
            StoreBusyError: another writer has the turn.
        """
        ...

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        """Do several reads and writes whole or not at all, while nobody else writes.

        Works that wait at the same time may share one commit. An error that a work raises undoes what it wrote, and
        is raised again here.

        Args:
            work: it must not keep what it is given, not call the store itself, and change nothing but by what it is
                given: where the whole commit was interrupted, it is called again.

        Raises:
            UnsupportedError: nothing can be written here (a hub).
            StoreBusyError: another writer has the turn.
        """
        ...

    def delete(self, query: BoundQuery) -> int:
        """Delete the matching entities and what cannot be without them (OGC 18-088, table 27).

        Returns:
            How many entities of the query's type were deleted.
        """
        ...

    def changes(self, after: int) -> Iterator[Change]:
        """Give the log after a sequence number, oldest first."""
        ...

    def close(self) -> None:
        """Let go of files and connections; a second call does nothing."""
        ...
