"""Say what one request to write asks, and what it did."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ssclab_data.model.values import Instant
from ssclab_data.query.bind import Limits
from ssclab_data.stores.base import Fate, Row


class Method(StrEnum):
    """How an address is written to."""

    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Resolution(StrEnum):
    """What to do with an entity whose natural key is there already."""

    REFUSE = "refuse"
    MERGE = "merge-duplicates"
    IGNORE = "ignore-duplicates"


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a client would like.

    Attributes:
        minimal: to be told no more than is needed.
    """

    minimal: bool = False
    resolution: Resolution = Resolution.REFUSE


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One request to write.

    Attributes:
        path: below the root of the service, percent-decoded.
        body: decoded JSON; UNSET where there is none.
        operations: whether the body is a JSON Patch (RFC 6902).
        options: `$filter` and `$id`, decoded.
        trial: whether only to tell what would be deleted.
        version: of SensorThings, whose names hold.
        root: address of the service, by which its own links are known.
        now: when HistoricalLocations that follow from the request begin.
        max_rows: the most Observations in one request.
    """

    method: Method
    path: str
    body: Any | UnsetType = UNSET
    operations: bool = False
    options: Mapping[str, str] = {}
    preferences: Preferences = Preferences()
    trial: bool = False
    version: str = "1.1"
    root: str = ""
    now: Instant
    limits: Limits = Limits()
    max_rows: int = 50_000


class Effect(StrEnum):
    """What a request did."""

    CREATED = "created"
    CHANGED = "changed"
    KEPT = "kept"
    LINKED = "linked"
    RECORDED = "recorded"
    REMOVED = "removed"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why one row was not written.

    Attributes:
        row: its number among all rows of the request, from 0.
        path: of the fault in the body.
        existing: handle of the Observation that is there instead; 0 where there is none.
    """

    row: int
    path: str
    reason: str
    existing: int = 0


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the Observations of a request, in their order.

    Attributes:
        handles: of the Observation that a row made, changed or found; 0 where there is none.
        fates: None where a row could not be written.
        faults: of the rows that were not written.
    """

    handles: Sequence[int]
    fates: Sequence[Fate | None]
    faults: Sequence[Fault] = ()

    @property
    def accepted(self) -> int:
        """How many were created or changed."""
        return sum(fate in (Fate.CREATED, Fate.UPDATED) for fate in self.fates)

    @property
    def duplicate(self) -> int:
        """How many were there already, and were left as they were."""
        return sum(fate in (Fate.UNCHANGED, Fate.IGNORED) for fate in self.fates)

    @property
    def rejected(self) -> int:
        """How many were refused."""
        return len(self.fates) - self.accepted - self.duplicate


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What one request did.

    Attributes:
        entity_type: name of the type of the entity it was about.
        handle: of that entity; None where there were several.
        row: the entity as it is now; None where it is gone, or nobody asked.
        receipt: for Observations.
        removed: how many entities were deleted, by type; what follows from the deletion too.
        by_row: whether the answer tells of each row (`CreateObservations`).
    """

    effect: Effect
    entity_type: str
    handle: int | None = None
    row: Row | None = None
    receipt: Receipt | None = None
    removed: Mapping[str, int] = {}
    by_row: bool = False
