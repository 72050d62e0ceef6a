"""Make, replace and remove links between entities that are there."""

from collections.abc import Callable

import msgspec

from ssclab_data.editing import automatic
from ssclab_data.editing.lookups import expanded, find, link_of
from ssclab_data.editing.revising import revise
from ssclab_data.editing.streams import Streams
from ssclab_data.errors import BodyError, ConflictError, NotFoundError
from ssclab_data.model.entity import Link, Navigation
from ssclab_data.model.multi import kept_as
from ssclab_data.model.sensorthings import ENTITY_TYPES, HistoricalLocation, Thing
from ssclab_data.model.values import Instant
from ssclab_data.stores.base import Transaction

LOCATIONS = expanded("Locations", "Location")
"""What to expand to read where a Thing or HistoricalLocation is."""


class End(msgspec.Struct, frozen=True):
    """One end of a link.

    Attributes:
        entity_type: of the entity that has the link.
        handle: of that entity.
        link: as its type has it.
    """

    entity_type: str
    handle: int
    link: Navigation

    def reversed(self, target: int) -> "End":
        """Give the other end, whose entity has a handle."""
        return End(self.link.target, target, link_of(self.link.target, self.link.inverse))


def connect(transaction: Transaction, end: End, target: int, *, now: Instant) -> None:
    """Link two entities; a link to one is replaced.

    Raises:
        BodyError: these two cannot be linked afterwards.
    """
    link = end.link
    if (end.entity_type, link.name) in _PLACES:
        _PLACES[end.entity_type, link.name](transaction, end.handle, target, now)
    elif (end.entity_type, link.target) in _TOGETHER:
        raise BodyError(
            "the ObservedProperties of a MultiDatastream are kept with its units and types: change them together",
            path=link.name,
        )
    elif link.many:
        connect(transaction, end.reversed(target), end.handle, now=now)
    elif end.entity_type == "Observation":
        _point(transaction, end, target)
    else:
        empty = ENTITY_TYPES[kept_as(end.entity_type)].struct()
        transaction.update(end.handle, msgspec.structs.replace(empty, **{link.field: Link(handle=target)}))


def disconnect(transaction: Transaction, end: End, target: int) -> None:
    """Remove a link.

    Raises:
        NotFoundError: they are not linked.
        ConflictError: one of the two cannot be without it.
    """
    if (end.entity_type, end.link.name) in _FROM_LOCATION:
        end, target = end.reversed(target), end.handle
    if (end.entity_type, end.link.name) not in _OPTIONAL:
        raise _required(end, target)
    left = [handle for handle in _locations(transaction, end) if handle != target]
    if len(left) == len(_locations(transaction, end)):
        raise NotFoundError(f"{end.entity_type} {end.handle} is not linked to {end.link.target} {target}")
    if end.entity_type == "Thing":
        transaction.update(end.handle, Thing(locations=tuple(Link(handle=handle) for handle in left)))
    elif left:
        transaction.update(end.handle, HistoricalLocation(locations=tuple(Link(handle=handle) for handle in left)))
    else:
        raise _required(end, target)


def _required(end: End, target: int) -> ConflictError:
    holder = end if end.link.required or not end.link.many else end.reversed(target)
    return ConflictError(
        f"a {holder.entity_type} cannot be without {holder.link.name}: put another one in its place, or delete it",
        entity_type=kept_as(holder.entity_type),
        handle=holder.handle,
    )


def _point(transaction: Transaction, end: End, target: int) -> None:
    """Give an Observation another FeatureOfInterest.

    Raises:
        BodyError: it is another Datastream that is wanted.
    """
    if end.link.name != "FeatureOfInterest":
        raise moved(end.link.name)
    revise(Streams(transaction), end.handle, feature=target)


def moved(path: str) -> BodyError:
    """Tell that an Observation stays in its Datastream."""
    return BodyError("an Observation cannot move to another Datastream: its id and key follow from it", path=path)


def _locations(transaction: Transaction, end: End) -> list[int]:
    row = find(transaction, end.entity_type, end.handle, expand=(LOCATIONS,))
    return [int(one.handle) for one in row.at("Locations")] if row is not None else []


def _add_to_history(transaction: Transaction, history: int, location: int, _now: Instant) -> None:
    row = find(transaction, "HistoricalLocation", history, expand=(LOCATIONS,))
    known = [int(one.handle) for one in row.at("Locations")] if row is not None else []
    if location not in known:
        links = tuple(Link(handle=handle) for handle in (*known, location))
        transaction.update(history, HistoricalLocation(locations=links))


type _Place = Callable[[Transaction, int, int, Instant], None]

_PLACES: dict[tuple[str, str], _Place] = {
    ("Thing", "Locations"): lambda to, thing, location, now: automatic.locate(to, thing, (location,), now=now),
    ("Location", "Things"): lambda to, location, thing, now: automatic.locate(to, thing, (location,), now=now),
    ("HistoricalLocation", "Locations"): _add_to_history,
    ("Location", "HistoricalLocations"): lambda to, location, history, now: _add_to_history(to, history, location, now),
}
_FROM_LOCATION = (("Location", "Things"), ("Location", "HistoricalLocations"))
_OPTIONAL = (("Thing", "Locations"), ("HistoricalLocation", "Locations"))
_TOGETHER = (("MultiDatastream", "ObservedProperty"), ("ObservedProperty", "MultiDatastream"))
