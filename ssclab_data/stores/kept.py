"""Hold the entities of a lab in plain dictionaries, and read them: slow, obvious, the reference for every store."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from typing import Any, TypeGuard

import msgspec
from msgspec import UNSET

from ssclab_data.model.codelists import Averaging
from ssclab_data.model.entity import Entity, Navigation, Property
from ssclab_data.model.periods import Period
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation, entity_type
from ssclab_data.model.values import Instant, Interval, end_of, start_of
from ssclab_data.query.ast import ID, KEY, BoundQuery
from ssclab_data.query.evaluate import compare_order, evaluate, order_key
from ssclab_data.stores import shape
from ssclab_data.stores.base import Buckets, Change, Page, Row
from ssclab_data.stores.buckets import averaging_of, finite, greatest, least


class Kept(msgspec.Struct):
    """One entity as kept: its own fields, and the handles that its to-one links lead to."""

    handle: int
    entity: Entity
    links: dict[str, int]


class State(msgspec.Struct):
    """All that is kept."""

    rows: dict[str, dict[int, Kept]]
    handles: dict[tuple[str, str], int]
    pairs: dict[str, set[tuple[int, int]]]
    issued: Counter[str]
    log: list[Change]
    watermark: str | None = None

    def copy(self) -> "State":
        """Give a copy that can be written on; entities are never changed in place."""
        return State(
            rows={
                name: {handle: Kept(handle, kept.entity, dict(kept.links)) for handle, kept in rows.items()}
                for name, rows in self.rows.items()
            },
            handles=dict(self.handles),
            pairs={name: set(pairs) for name, pairs in self.pairs.items()},
            issued=Counter(self.issued),
            log=list(self.log),
            watermark=self.watermark,
        )


class Moment:
    """What a state answers."""

    def __init__(self, state: State, lab: str) -> None:
        self.state = state
        self.lab = lab

    def read(self, query: BoundQuery) -> Page:
        """Read one page."""
        return self.page(query, self.state.rows[query.entity_type].values())

    def found(self, query: BoundQuery) -> list[Kept]:
        """Give all that matches, in no order."""
        return self.matching(query, self.state.rows[query.entity_type].values())

    def buckets(self, query: BoundQuery, period: Period) -> tuple[Buckets, ...]:
        """Sum up the matching Observations by Datastream and period."""
        found: dict[int, dict[tuple[int, int], list[Observation]]] = {}
        for kept in sorted(self.found(query), key=_by_time):
            assert isinstance(kept.entity, Observation)  # noqa: S101 - the query asks for them
            span = period.span(_by_time(kept)[0])
            of = found.setdefault(kept.links["Datastream"], {})
            of.setdefault((span.start, span.end), []).append(kept.entity)
        return tuple(self._buckets_of(datastream, found[datastream]) for datastream in sorted(found))

    def _buckets_of(self, datastream: int, found: dict[tuple[int, int], list[Observation]]) -> Buckets:
        averaging = averaging_of(getattr(self.state.rows["Datastream"][datastream].entity, "unit_of_measurement", None))
        spans = sorted(found)
        numbers = [[one.result for one in found[span] if _is_number(one.result)] for span in spans]
        return Buckets(
            lab=self.lab,
            datastream=datastream,
            mean_kind=averaging,
            start=tuple(start for start, _ in spans),
            end=tuple(end for _, end in spans),
            count=tuple(map(len, numbers)),
            other=tuple(len(found[span]) - len(held) for span, held in zip(spans, numbers, strict=True)),
            min=tuple(least(held) if held else None for held in numbers),
            max=tuple(greatest(held) if held else None for held in numbers),
            mean=tuple(_mean(held, averaging) if held else None for held in numbers),
            first=tuple(held[0] if held else None for held in numbers),
            last=tuple(held[-1] if held else None for held in numbers),
        )

    def count(self, query: BoundQuery) -> int:
        """Count what matches; of a distinct query, the combinations of values."""
        return len(self._keyed(query, self.state.rows[query.entity_type].values()))

    def matching(self, query: BoundQuery, kept: Iterable[Kept]) -> list[Kept]:
        """Give those of some entities that fulfil the filter of a query."""
        if query.filter is None:
            return list(kept)
        return [one for one in kept if evaluate(query.filter, KeptReader(self.state, query.entity_type, one)) is True]

    def page(self, query: BoundQuery, kept: Iterable[Kept]) -> Page:
        """Read one page of some entities."""
        keyed = self._keyed(query, kept)
        count = len(keyed)
        directions = [key.direction for key in query.orderby]

        def by_order(left: tuple[Any, Kept], right: tuple[Any, Kept]) -> int:
            return compare_order(left[0], right[0], directions)

        keyed.sort(key=cmp_to_key(by_order))
        if query.after:
            keyed = [pair for pair in keyed if compare_order(pair[0], query.after, directions) > 0]
        keyed = keyed[query.skip :]
        taken = keyed if query.top is None else keyed[: query.top]
        return Page(
            entity_type=query.entity_type,
            rows=tuple(self._row(query, order, one) for order, one in taken),
            count=count if query.count else None,
            more=len(taken) < len(keyed),
        )

    def _keyed(self, query: BoundQuery, kept: Iterable[Kept]) -> list[tuple[tuple[Any, ...], Kept]]:
        """Give those of some entities that match, each with its order; where distinct, one for each order."""
        keyed = [(self._order(query, one), one) for one in self.matching(query, kept)]
        if not query.distinct:
            return keyed
        firsts: dict[tuple[Any, ...], tuple[tuple[Any, ...], Kept]] = {}
        for order, one in sorted(keyed, key=lambda pair: pair[1].handle):
            firsts.setdefault(tuple(map(order_key, order)), (order, one))
        return list(firsts.values())

    def _order(self, query: BoundQuery, kept: Kept) -> tuple[Any, ...]:
        reader = KeptReader(self.state, query.entity_type, kept)
        return tuple(evaluate(key.expr, reader) for key in query.orderby)

    def _row(self, query: BoundQuery, order: tuple[Any, ...], kept: Kept) -> Row:
        related: dict[str, Row | Page | None] = {}
        for expand in query.expand:
            assert isinstance(expand.query, BoundQuery)  # noqa: S101 - bind binds expands too
            link = ENTITY_TYPES[query.entity_type].by_name[expand.name]
            members = KeptReader(self.state, query.entity_type, kept).at((expand.name,))
            page = self.page(expand.query, members)
            assert isinstance(link, Navigation)  # noqa: S101 - bind looked
            related[expand.member] = page if link.many else (page.rows[0] if page.rows else None)
        entity = shape.selected(whole(self.state, query.entity_type, kept), query.select)
        return Row(lab=self.lab, handle=kept.handle, entity=entity, related=related, order=order)


class KeptReader:
    """Follow paths from one kept entity."""

    def __init__(self, state: State, type_name: str, kept: Kept) -> None:
        self.state = state
        self.kind = ENTITY_TYPES[type_name]
        self.kept = kept

    def value(self, segments: tuple[str, ...]) -> object:
        """Give the value at a path; None where there is none."""
        first, *rest = segments
        if first == ID:
            return self.kept.handle
        if first == KEY:
            return self.kept.entity.key
        part = self.kind.by_name[first]
        if isinstance(part, Property):
            return member(getattr(whole(self.state, self.kind.name, self.kept), part.field), rest)
        for reader in self.members((first,)):
            return reader.value(tuple(rest))
        return None

    def members(self, path: tuple[str, ...]) -> Iterator["KeptReader"]:
        """Give the entities at a link, or at several links one after another."""
        target = entity_type(link_of(self.kind.name, path[0]).target).name
        for kept in self.at(path[:1]):
            reader = KeptReader(self.state, target, kept)
            if len(path) == 1:
                yield reader
            else:
                yield from reader.members(path[1:])

    def at(self, path: tuple[str, ...]) -> list[Kept]:
        """Give what is kept at one link."""
        link = link_of(self.kind.name, path[0])
        rows = self.state.rows[link.target]
        if not link.many:
            handle = self.kept.links.get(link.name)
            return [rows[handle]] if handle is not None else []
        if shape.is_pair(link):
            name, first = shape.pair_name(self.kind.name, link)
            pairs = self.state.pairs.get(name, set())
            near, far = (0, 1) if first else (1, 0)
            return [rows[pair[far]] for pair in pairs if pair[near] == self.kept.handle]
        return [one for one in rows.values() if one.links.get(link.inverse) == self.kept.handle]


def link_of(type_name: str, name: str) -> Navigation:
    """Find a link of an entity type."""
    link = ENTITY_TYPES[type_name].by_name[name]
    assert isinstance(link, Navigation)  # noqa: S101 - bind looked
    return link


def member(value: object, path: list[str]) -> object:
    """Go into a JSON value; None where the path leads nowhere."""
    if value is UNSET:
        return None
    if isinstance(value, msgspec.Struct) and not isinstance(value, (Instant, Interval)):
        value = msgspec.to_builtins(value)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def whole(state: State, type_name: str, kept: Kept) -> Entity:
    """Give an entity with what follows from its Observations."""
    if type_name != "Datastream":
        return kept.entity
    mine = [one for one in state.rows["Observation"].values() if one.links["Datastream"] == kept.handle]
    times = [one.entity.phenomenon_time for one in mine if isinstance(one.entity, Observation)]
    known = [one.entity.result_time for one in mine if isinstance(one.entity, Observation)]
    results = [time.us for time in known if isinstance(time, Instant)]
    features = {one.links["FeatureOfInterest"] for one in mine if "FeatureOfInterest" in one.links}
    places = [getattr(state.rows["FeatureOfInterest"][handle].entity, "feature", None) for handle in features]
    boxes = [box for box in map(shape.box_of, places) if box is not None]
    return msgspec.structs.replace(
        kept.entity,
        phenomenon_time=shape.span(
            (start_of(time).us for time in times if time is not UNSET),
            (end_of(time).us for time in times if time is not UNSET),
        ),
        result_time=shape.span(results, results),
        observed_area=shape.area_of(shape.union(boxes)),
    )


def _by_time(kept: Kept) -> tuple[int, int, int]:
    """Give start and end of an Observation's phenomenonTime, and its handle."""
    assert isinstance(kept.entity, Observation)  # noqa: S101 - the caller looked
    time = kept.entity.phenomenon_time
    assert isinstance(time, (Instant, Interval))  # noqa: S101 - required by the model
    return start_of(time).us, end_of(time).us, kept.handle


def _is_number(result: object) -> TypeGuard[int | float]:
    return isinstance(result, (int, float)) and not isinstance(result, bool)


def _mean(numbers: list[int | float], averaging: Averaging) -> float | None:
    """Average numbers; levels by their powers, those below the greatest one as parts of its power."""
    top = max(map(float, numbers))
    try:
        if averaging is Averaging.ENERGETIC:
            return top + 10 * math.log10(math.fsum(10 ** ((level - top) / 10) for level in numbers) / len(numbers))
        return finite(math.fsum(numbers) / len(numbers))
    except OverflowError:
        return None
