"""Make what follows from a write by itself: HistoricalLocations and FeaturesOfInterest (18-088, 8.2.3 and 10.2)."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from ssclab_data.editing.lookups import ask, expanded, find, same
from ssclab_data.model.entity import Link
from ssclab_data.model.sensorthings import GEOJSON, FeatureOfInterest, HistoricalLocation, Location, Thing
from ssclab_data.model.values import Instant
from ssclab_data.query.ast import Compare, Literal, Not, Path, all_of
from ssclab_data.stores.base import Row, Transaction

_OLD_GEOJSON = "application/vnd.geo+json"
_DIGITS = 12


def locate(transaction: Transaction, thing: int, locations: Sequence[int], *, now: Instant) -> None:
    """Put a Thing at Locations, and remember it where that is new.

    A Thing has several Locations only in several encodings (18-088, 8.2.1), so those that it had in an encoding of the
    new ones end.
    """
    row = find(transaction, "Thing", thing, expand=(expanded("Locations", "Location"),))
    old = list(row.at("Locations")) if row is not None else []
    new = [one for handle in locations if (one := find(transaction, "Location", handle)) is not None]
    encodings = {_encoding(one) for one in new}
    kept = [one for one in old if _encoding(one) not in encodings]
    handles = [int(one.handle) for one in (*kept, *new)]
    if {one.handle for one in old} != set(handles):
        transaction.update(thing, Thing(locations=_links(handles)))
        remember(transaction, thing, handles, now=now)


def remember(transaction: Transaction, thing: int, locations: Sequence[int], *, now: Instant) -> None:
    """Make the HistoricalLocation of a Thing that is at Locations from now on."""
    transaction.create(HistoricalLocation(time=now, thing=Link(handle=thing), locations=_links(locations)))


def follow(transaction: Transaction, history: int) -> None:
    """Put a Thing where a HistoricalLocation says, when no other of its HistoricalLocations is as late (8.2.3)."""
    row = find(
        transaction,
        "HistoricalLocation",
        history,
        expand=(expanded("Thing", "Thing"), expanded("Locations", "Location")),
    )
    if row is None or not isinstance(row.entity, HistoricalLocation) or not isinstance(row.entity.time, Instant):
        return
    (thing,) = (int(one.handle) for one in row.at("Thing"))
    later = all_of(same(thing, "Thing"), Compare("ge", Path(("time",)), Literal(row.entity.time)), Not(same(history)))
    if not transaction.read(ask("HistoricalLocation", later, top=1)).rows:
        transaction.update(thing, Thing(locations=_links(int(one.handle) for one in row.at("Locations"))))


def feature_of(transaction: Transaction, datastream: int) -> int | None:
    """Find or make the FeatureOfInterest of Observations that name none: the place of their Thing.

    Its key follows from the Location and its geometry, so each place of a Location has one, however many ask at once.

    Returns:
        Its handle; None where the Thing has no Location.
    """
    within = expanded("Thing", "Thing", expanded("Locations", "Location"))
    row = find(transaction, "Datastream", datastream, expand=(within,))
    locations = [one for thing in row.at("Thing") for one in thing.at("Locations")] if row is not None else []
    if not locations:
        return None
    chosen = min(locations, key=lambda one: (_encoding(one) != GEOJSON, one.handle))
    return _feature_at(transaction, chosen)


def _feature_at(transaction: Transaction, row: Row) -> int:
    location = row.entity
    assert isinstance(location, Location)  # noqa: S101 - it was read as one
    key = f"{location.key}/feature-{_digest(location.location)}"
    known = transaction.handle("FeatureOfInterest", key)
    if known is not None:
        return known
    return transaction.create(
        FeatureOfInterest(
            key=key,
            name=location.name,
            description=location.description,
            encoding_type=location.encoding_type,
            feature=location.location,
        )
    )


def _digest(geometry: object) -> str:
    return hashlib.sha256(msgspec.json.encode(geometry, order="sorted")).hexdigest()[:_DIGITS]


def _encoding(row: Row) -> str:
    """Give the encoding of a Location; the name of GeoJSON that 1.0 used is the same one."""
    encoding = getattr(row.entity, "encoding_type", "")
    return GEOJSON if encoding == _OLD_GEOJSON else str(encoding)


def _links(handles: Iterable[int]) -> tuple[Link, ...]:
    return tuple(Link(handle=handle) for handle in handles)
