"""Say what a source gives: entities, series, findings, and a tally in which every record and field is accounted for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, Protocol, runtime_checkable

import msgspec

from ssclab_data.model.entity import Entity
from ssclab_data.model.finding import Finding
from ssclab_data.model.series import Series
from ssclab_data.model.values import Box, Instant
from ssclab_data.sources.declaration import MappingFile


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Count what became of the records and of their fields.

    The counts add up: `records_read == records_mapped + records_partly + records_rejected` and
    `fields_read == fields_mapped + fields_ignored + fields_rejected`.

    Attributes:
        records_mapped: records of which no field was rejected.
        records_partly: records of which some fields were rejected and the rest kept.
        records_rejected: records of which nothing was kept.
        fields_ignored: fields that the mapping ignores by name.
        fields_rejected: fields that are unknown, unreadable or outside their limits.
        fields_missing: of the mapped ones, those that hold no value: empty, a word or number for "none", or marked as
            missing or failed by the source.
        digits_cut: time stamps with digits finer than a microsecond, which were cut.
    """

    records_read: int = 0
    records_mapped: int = 0
    records_partly: int = 0
    records_rejected: int = 0
    fields_read: int = 0
    fields_mapped: int = 0
    fields_ignored: int = 0
    fields_rejected: int = 0
    fields_missing: int = 0
    digits_cut: int = 0

    @classmethod
    def total(cls, tallies: Iterable["Tally"]) -> "Tally":
        """Add up many."""
        listed = list(tallies)
        return cls(**{name: sum([getattr(one, name) for one in listed]) for name in cls.__struct_fields__})

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A record of which something was rejected, whole, so that it can be read again after a fix.

    Attributes:
        record: zero-based number in its payload.
        payload: a payload of the same source that holds this record alone.
        findings: why.
    """

    record: int
    payload: bytes
    findings: tuple[Finding, ...]


class MappedPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What a payload became; the same payload always gives the same.

    Attributes:
        entities: described by the payload.
        defaults: needed by the series, but not described by the payload; never overwrite what is known.
        series: Observations, at most one Series per Datastream and FeatureOfInterest, by time.
        findings: what was found, folded: equal findings of many records are one with a count.
        tally: what became of every record and field.
        rejected: the records of which something was rejected.
        tolerance: metres; positions of one Thing closer together are one place.
    """

    entities: tuple[Entity, ...] = ()
    defaults: tuple[Entity, ...] = ()
    series: tuple[Series, ...] = ()
    findings: tuple[Finding, ...] = ()
    tally: Tally = Tally()
    rejected: tuple[Rejected, ...] = ()
    tolerance: float = 50.0


class SourceContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a source may know about where a payload comes from.

    Attributes:
        where: file name, for messages, and for sources whose payload lacks its own id; "" in memory.
        area: the lab's area in CRS84 degrees; a position outside it is a finding. None: not checked.
        municipality: name of the municipality, for the message.
        given: fields that every record gets where it has none of its own: what is known of a payload from outside it
            (`{"id": "esp8266-1234"}` of a message whose topic names the unit).
        tables: contents of the tables of the mapping's lookups, by their names; `registry` is that of the lab's units,
            which every mapping uses.
        received: when the payload came in; for stamps where the mapping allows it, None where it is not known.
    """

    where: str = ""
    area: Box | None = None
    municipality: str = ""
    given: Mapping[str, str] = msgspec.field(default_factory=dict)
    tables: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    received: Instant | None = None


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to say of a source that no mapping file declares.

    Attributes:
        documentation: which documents, code or files it was made by.
        text: what is read and how, known traps too, as Markdown without the title.
    """

    source: str
    title: str
    documentation: str
    text: str


@runtime_checkable
class Described(Protocol):
    """A source that tells about itself, for its page in the documentation."""

    @property
    def about(self) -> MappingFile | About:
        """Its mapping, or its description."""
        ...


@runtime_checkable
class Dividing(Protocol):
    """A source that can cut a large file into payloads, so that memory does not grow with it."""

    def divide(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        """Cut a file, already unpacked, into payloads of whole records, in their order.

        Args:
            file: read from its beginning; it can be rewound.
            size: about how many bytes a payload should have.

        Returns:
            The payloads; none at all where this file cannot be divided and must be read whole.

        Raises:
            SourceError: a single record is far too large.
        """
        ...


class Source(Protocol):
    """Turn payloads of one kind into entities; pure: no store, no network, no clock."""

    @property
    def name(self) -> str:
        """Name of the source, the first part of its natural keys (`smart-emission`)."""
        ...

    def read(self, payload: bytes, context: SourceContext) -> MappedPayload:
        """Map one payload (a file as it is, also gzip).

        Raises:
            SourceError: it is not a payload of this source at all (unreadable, truncated, empty, another kind).
        """
        ...
