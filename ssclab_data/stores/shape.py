"""Shape what stores keep into what they give: select, bounds of a Datastream, order of application."""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, Protocol

import msgspec
import numpy as np
from msgspec import UNSET

from ssclab_data.errors import ConflictError, StoreError
from ssclab_data.model import geometry
from ssclab_data.model.entity import Entity, Link, Navigation
from ssclab_data.model.identity import observation_key
from ssclab_data.model.sensorthings import ENTITY_TYPES, Datastream, Observation, Thing, type_of
from ssclab_data.model.series import Series
from ssclab_data.model.values import Box, Instant, Interval, JsonObject, Result, Time, end_of, is_finite, start_of
from ssclab_data.query.ast import ID, BoundQuery, Expand, OrderBy, Path
from ssclab_data.stores.base import Batch, Row, WriteReport

KEPT_BY_STORE = {"Datastream": ("observed_area", "phenomenon_time", "result_time")}
"""Fields that follow from the Observations; what a batch says of them is passed over."""


def pair_name(entity_type: str, link: Navigation) -> tuple[str, bool]:
    """Name a many-to-many relation by the first of its two ends.

    Returns:
        The name, and whether `entity_type` is the first end.
    """
    near, far = f"{entity_type}_{link.name}", f"{link.target}_{link.inverse}"
    return (near, True) if near < far else (far, False)


def is_pair(link: Navigation) -> bool:
    """Tell whether a link is many-to-many."""
    back = ENTITY_TYPES[link.target].by_name[link.inverse]
    return link.many and isinstance(back, Navigation) and back.many


def selected(entity: Entity, select: tuple[tuple[str, ...], ...]) -> Entity:
    """Keep the asked properties of an entity, and its key."""
    if not select:
        return entity
    wanted = {path[0] for path in select}
    dropped = {part.field: UNSET for part in type_of(entity).properties if part.name not in wanted}
    return msgspec.structs.replace(entity, **dropped)


def own_fields(entity: Entity) -> dict[str, object]:
    """Give the fields of an entity that a store keeps as they are: set, no links, not kept by the store itself."""
    kind = type_of(entity)
    passed = KEPT_BY_STORE.get(kind.name, ())
    named = {part.field: getattr(entity, part.field) for part in kind.properties if part.field not in passed}
    return {field: value for field, value in named.items() if value is not UNSET}


def own_links(entity: Entity) -> Iterator[tuple[Navigation, tuple[Link, ...]]]:
    """Give the links of an entity that are set, to-one and many-to-many.

    Raises:
        StoreError: a one-to-many link is set; it is kept at the other side.
    """
    for link in type_of(entity).navigations:
        value = getattr(entity, link.field)
        if value is UNSET:
            continue
        if link.many and not is_pair(link):
            raise StoreError(f"{link.name} of a {type_of(entity).name} is set by {link.inverse} of each {link.target}")
        yield link, value if link.many else (() if value is None else (value,))


def in_order(batch: Batch) -> list[tuple[Entity, bool]]:
    """Give the entities of a batch, those that others point at first, each with whether it is a default.

    Raises:
        StoreError: an entity has no natural key.
    """
    marked = [(entity, False) for entity in batch.entities] + [(entity, True) for entity in batch.defaults]
    for entity, _ in marked:
        check_entity(entity)
    rank = {name: number for number, name in enumerate(_RANKED)}
    return sorted(marked, key=lambda pair: (rank[type_of(pair[0]).name], pair[1]))


def check_entity(entity: Entity) -> None:
    """Make sure that an entity can be kept as a descriptive one.

    Raises:
        StoreError: it has no natural key, is an Observation, or names an unknown duplicate policy.
    """
    if entity.key is UNSET or not entity.key:
        raise StoreError(f"a {type_of(entity).name} without a natural key cannot be kept")
    if type_of(entity).name == "Observation":
        raise StoreError("Observations are written as series")
    if isinstance(entity, Datastream):
        check_policy(entity)


def keyed(entity: Entity, handle: int) -> Entity:
    """Give an entity that is to be created a natural key where it has none, and check it.

    Raises:
        StoreError: it cannot be kept, or the handle leaves no room for those of its Observations.
    """
    if isinstance(entity, Datastream) and handle > LARGEST_DATASTREAM:
        raise StoreError(f"the id of a Datastream is at most {LARGEST_DATASTREAM}, not {handle}")
    if entity.key is UNSET:
        entity = msgspec.structs.replace(entity, key=f"{GIVEN}{handle}")
    check_entity(entity)
    return entity


def taken(entity: Entity, handle: int) -> ConflictError:
    """Make the error for an entity whose place another one has."""
    name = type_of(entity).name
    what = f"of phenomenonTime {entity.phenomenon_time}" if isinstance(entity, Observation) else repr(entity.key)
    return ConflictError(f"there is a {name} {what} already: {handle}", entity_type=name, handle=handle)


def moved(handle: int) -> StoreError:
    """Make the error for an Observation that is to go to another Datastream."""
    return StoreError(f"Observation {handle} stays in its Datastream: delete it, and create it in the other one")


GIVEN = "sta/"
"""First part of the natural keys that a store gives."""
LARGEST_DATASTREAM = 2**31 - 1

_RANKED = ("Location", "Sensor", "ObservedProperty", "FeatureOfInterest", "Thing", "HistoricalLocation", "Datastream")


def area_of(box: Box | None) -> JsonObject | None:
    """Write a box as GeoJSON: a Point when it has no size, else a Polygon."""
    if box is None:
        return None
    if (box.west, box.south) == (box.east, box.north):
        return {"type": "Point", "coordinates": [box.west, box.south]}
    west, south, east, north = box.west, box.south, box.east, box.north
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def union(boxes: Iterable[Box]) -> Box | None:
    """Bound several boxes; None when there is none."""
    found = list(boxes)
    if not found:
        return None
    return Box(
        min(box.west for box in found),
        min(box.south for box in found),
        max(box.east for box in found),
        max(box.north for box in found),
    )


def box_of(value: object) -> Box | None:
    """Bound a GeoJSON value; None when it is none, or has no position."""
    return geometry.box_of(value)


def span(starts: Iterable[int], ends: Iterable[int]) -> Interval | None:
    """Bound times in microseconds; None when there is none."""
    first = min(starts, default=None)
    last = max(ends, default=None)
    return None if first is None or last is None else Interval(Instant(first), Instant(last))


class Counting(Protocol):
    """What counts, by entity type, what a transaction did."""

    created: Counter[str]
    updated: Counter[str]
    unchanged: Counter[str]
    ignored: Counter[str]
    rejected: Counter[str]


def report_of(counting: Counting, *, sequence: int) -> WriteReport:
    """Report what was counted."""
    counters = {name: dict(getattr(counting, name)) for name in Counting.__annotations__}
    return WriteReport(**counters, sequence=sequence)


class DuplicatePolicy(StrEnum):
    """What a Datastream does with an Observation of a phenomenonTime that it has already, and that says something else.

    One that says the same is never kept twice, so that every import can be repeated.
    """

    ALLOW = "allow"
    REJECT = "reject"
    IGNORE = "ignore"
    UPSERT = "upsert"


POLICY = "duplicatePolicy"
"""Member of the properties of a Datastream that names its policy; without it, it is UPSERT."""


def check_policy(datastream: Datastream) -> None:
    """Make sure that a Datastream names a policy there is, or none.

    Raises:
        StoreError: it does not.
    """
    named = datastream.properties.get(POLICY) if isinstance(datastream.properties, dict) else None
    if named is not None and named not in tuple(DuplicatePolicy):
        raise StoreError(
            f"Datastream {datastream.key!r}: properties/{POLICY} is {named!r}; known: {', '.join(DuplicatePolicy)}"
        )


def policy_of(properties: object) -> DuplicatePolicy:
    """Give the policy that the properties of a Datastream name."""
    named = properties.get(POLICY) if isinstance(properties, dict) else None
    return DuplicatePolicy.UPSERT if named is None else DuplicatePolicy(named)


def stored_result(result: Any) -> Result:
    """Give a result as stores keep it: whole numbers beyond 64 bits become floating point, those of numpy plain ones.

    Raises:
        StoreError: it is, or holds, NaN or infinity, which JSON cannot say.
    """
    if isinstance(result, np.generic):
        result = result.item()
    if not is_finite(result):
        raise StoreError(f"a result of {result!r} cannot be kept: NaN and infinity are no values")
    if isinstance(result, int) and not isinstance(result, bool) and not -(2**63) <= result < 2**63:
        return float(result)
    kept: Result = result
    return kept


_EXTENT_EXPANDS = {
    "Thing": (("Locations", "Location"), ("Datastreams", "Datastream")),
    "Observation": (("FeatureOfInterest", "FeatureOfInterest"),),
}


def extent_query(query: BoundQuery) -> BoundQuery:
    """Give the query that reads what bounds the entities of another one."""
    by_id = (OrderBy(Path((ID,))),)
    expand = tuple(
        Expand(name, BoundQuery(entity_type=target, orderby=by_id))
        for name, target in _EXTENT_EXPANDS.get(query.entity_type, ())
    )
    return BoundQuery(entity_type=query.entity_type, filter=query.filter, orderby=by_id, expand=expand)


def boxes_of(row: Row) -> list[Box]:
    """Give the boxes of an entity that `extent_query` read."""
    geometries: list[object] = []
    for one in (row, *_related(row)):
        for field in ("location", "feature", "observed_area"):
            geometries.append(getattr(one.entity, field, None))
    if isinstance(row.entity, Thing):
        geometries = [getattr(one.entity, "location", None) for one in _related(row)]
    return [box for box in map(box_of, geometries) if box is not None]


def intervals_of(row: Row) -> list[Interval]:
    """Give the times of an entity that `extent_query` read."""
    times = [getattr(one.entity, "phenomenon_time", None) for one in (row, *_related(row))]
    return [Interval(start_of(time), end_of(time)) for time in times if isinstance(time, (Instant, Interval))]


def _related(row: Row) -> list[Row]:
    return [one for name in row.related for one in row.at(name)]


def observation_at(series: Series, number: int) -> Observation:
    """Give one row of a series as an Observation."""
    start = Instant(int(series.start[number]))
    end = series.end[number] if series.end is not None else None
    when: Time = start if end is None else Interval(start, Instant(int(end)))
    known = series.result_time[number] if series.result_time is not None else None
    quality = series.result_quality[number] if series.result_quality is not None else None
    parameters = series.parameters[number] if series.parameters is not None else None
    valid = series.valid_start[number] if series.valid_start is not None else None
    until = series.valid_end[number] if series.valid_end is not None else None
    return Observation(
        key=observation_key(series.datastream, when),
        phenomenon_time=when,
        result=stored_result(series.result[number]),
        result_time=None if known is None else Instant(int(known)),
        result_quality=UNSET if quality is None else quality,
        valid_time=UNSET if valid is None or until is None else Interval(Instant(int(valid)), Instant(int(until))),
        parameters=UNSET if parameters is None else parameters,
    )
