"""Keep entities in plain dictionaries: slow, obvious, and the reference that every other store agrees with."""

import copy
import math
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from typing import Any, TypeGuard

import msgspec
from msgspec import UNSET

from ssclab_data.errors import UnresolvedLinkError
from ssclab_data.model.codelists import Averaging
from ssclab_data.model.entity import Entity, Link, Navigation, Property
from ssclab_data.model.identity import check_lab_key, observation_handle, observation_key, split_observation_key
from ssclab_data.model.periods import Period
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation, entity_type, type_of
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval, Time, end_of, start_of
from ssclab_data.query.ast import ID, KEY, BoundQuery
from ssclab_data.query.evaluate import compare_order, evaluate
from ssclab_data.stores import shape
from ssclab_data.stores.base import Batch, Buckets, Change, Extent, Page, Row, WriteReport
from ssclab_data.stores.buckets import averaging_of, finite, greatest, least
from ssclab_data.stores.shape import DuplicatePolicy


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
            return self._page(query, self._state.rows[query.entity_type].values())

    def count(self, query: BoundQuery) -> int:
        """Count what matches."""
        with self._lock:
            return len(self._matching(query, self._state.rows[query.entity_type].values()))

    def extent(self, query: BoundQuery) -> Extent:
        """Bound what matches in space and time."""
        rows = self.read(shape.extent_query(query)).rows
        times = [interval for row in rows for interval in shape.intervals_of(row)]
        interval = shape.span((one.start.us for one in times), (one.end.us for one in times))
        return Extent(shape.union(box for row in rows for box in shape.boxes_of(row)), interval)

    def buckets(self, query: BoundQuery, period: Period) -> tuple[Buckets, ...]:
        """Sum up the matching Observations by Datastream and period."""
        with self._lock:
            found: dict[int, dict[tuple[int, int], list[Observation]]] = {}
            for kept in sorted(self._matching(query, self._state.rows["Observation"].values()), key=_by_time):
                assert isinstance(kept.entity, Observation)  # noqa: S101 - the query asks for them
                span = period.span(_by_time(kept)[0])
                of = found.setdefault(kept.links["Datastream"], {})
                of.setdefault((span.start, span.end), []).append(kept.entity)
            return tuple(self._buckets_of(datastream, found[datastream]) for datastream in sorted(found))

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Write a batch whole or not at all."""
        with self._lock:
            work = Writing(copy.deepcopy(self._state), self.sequence + 1)
            work.write(batch)
            work.state.watermark = watermark or work.state.watermark
            self._state = work.state
            return shape.report_of(work, sequence=self.sequence)

    def delete(self, query: BoundQuery) -> int:
        """Delete what matches, and what cannot be without it."""
        with self._lock:
            doomed = self._matching(query, self._state.rows[query.entity_type].values())
            if doomed:
                work = Writing(copy.deepcopy(self._state), self.sequence + 1)
                work.delete(query.entity_type, [one.handle for one in doomed])
                self._state = work.state
            return len(doomed)

    def changes(self, after: int) -> Iterator[Change]:
        """Give the log after a sequence number."""
        with self._lock:
            found = [change for change in self._state.log if change.sequence > after]
        return iter(found)

    def close(self) -> None:
        """Keep everything: there is nothing to let go of."""

    def _buckets_of(self, datastream: int, found: dict[tuple[int, int], list[Observation]]) -> Buckets:
        averaging = averaging_of(
            getattr(self._state.rows["Datastream"][datastream].entity, "unit_of_measurement", None)
        )
        spans = sorted(found)
        numbers = [[one.result for one in found[span] if _is_number(one.result)] for span in spans]
        return Buckets(
            lab=self._lab,
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

    def _matching(self, query: BoundQuery, kept: Iterable[Kept]) -> list[Kept]:
        if query.filter is None:
            return list(kept)
        return [one for one in kept if evaluate(query.filter, KeptReader(self._state, query.entity_type, one)) is True]

    def _page(self, query: BoundQuery, kept: Iterable[Kept]) -> Page:
        matching = self._matching(query, kept)
        directions = [key.direction for key in query.orderby]
        keyed = [(self._order(query, one), one) for one in matching]

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
            count=len(matching) if query.count else None,
            more=len(taken) < len(keyed),
        )

    def _order(self, query: BoundQuery, kept: Kept) -> tuple[Any, ...]:
        reader = KeptReader(self._state, query.entity_type, kept)
        return tuple(evaluate(key.expr, reader) for key in query.orderby)

    def _row(self, query: BoundQuery, order: tuple[Any, ...], kept: Kept) -> Row:
        related: dict[str, Row | Page | None] = {}
        for expand in query.expand:
            assert isinstance(expand.query, BoundQuery)  # noqa: S101 - bind binds expands too
            link = ENTITY_TYPES[query.entity_type].by_name[expand.name]
            members = KeptReader(self._state, query.entity_type, kept).at((expand.name,))
            page = self._page(expand.query, members)
            assert isinstance(link, Navigation)  # noqa: S101 - bind looked
            related[expand.name] = page if link.many else (page.rows[0] if page.rows else None)
        entity = shape.selected(whole(self._state, query.entity_type, kept), query.select)
        return Row(lab=self._lab, handle=kept.handle, entity=entity, related=related, order=order)


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


class Writing:
    """One transaction on a copy of the state."""

    def __init__(self, state: State, sequence: int) -> None:
        self.state = state
        self.sequence = sequence
        self.created: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.recorded_at = time.time_ns() // 1_000

    def write(self, batch: Batch) -> None:
        """Write a batch, and log what changed."""
        changed: dict[str, list[str]] = {}
        for entity, default in shape.in_order(batch):
            if self._write_entity(entity, default=default):
                changed.setdefault(type_of(entity).name, []).append(str(entity.key))
        for name, keys in changed.items():
            self._log(name, keys, len(keys))
        for series in batch.series:
            rows = self._write_series(series)
            if rows:
                self._log("Observation", [series.datastream], rows)

    def delete(self, type_name: str, handles: list[int]) -> None:
        """Delete entities, their dependants first, and log it."""
        rows = self.state.rows[type_name]
        doomed = [rows[handle] for handle in handles if handle in rows]
        if not doomed:
            return
        gone = {one.handle for one in doomed}
        for name, kind in ENTITY_TYPES.items():
            for link in kind.navigations:
                if link.target == type_name and link.required:
                    self.delete(name, self._holders(name, link, gone))
        for one in doomed:
            del rows[one.handle]
            del self.state.handles[type_name, str(one.entity.key)]
        self._unpair(type_name, gone)
        keys = {str(one.entity.key) for one in doomed}
        if type_name == "Observation":
            keys = {str(self.state.rows["Datastream"][one.links["Datastream"]].entity.key) for one in doomed}
        self._log(type_name, sorted(keys), len(doomed), deleted=True)

    def _holders(self, type_name: str, link: Navigation, gone: set[int]) -> list[int]:
        if not link.many:
            return [one.handle for one in self.state.rows[type_name].values() if one.links.get(link.name) in gone]
        name, first = shape.pair_name(type_name, link)
        near, far = (0, 1) if first else (1, 0)
        return sorted({pair[near] for pair in self.state.pairs.get(name, set()) if pair[far] in gone})

    def _unpair(self, type_name: str, gone: set[int]) -> None:
        for link in ENTITY_TYPES[type_name].navigations:
            if shape.is_pair(link):
                name, first = shape.pair_name(type_name, link)
                near = 0 if first else 1
                pairs = self.state.pairs.get(name, set())
                self.state.pairs[name] = {pair for pair in pairs if pair[near] not in gone}

    def _write_entity(self, entity: Entity, *, default: bool) -> bool:
        name = type_of(entity).name
        known = self.state.handles.get((name, str(entity.key)))
        if known is not None and default:
            return False
        if known is None:
            kept = self._new(name, str(entity.key), type(entity)(key=entity.key))
            before = None
        else:
            kept = self.state.rows[name][known]
            before = (_exact(kept.entity), dict(kept.links), self._pairs_of(name, known))
        kept.entity = msgspec.structs.replace(kept.entity, **shape.own_fields(entity))
        self._write_links(name, kept, entity)
        return self._counted(name, before, (_exact(kept.entity), kept.links, self._pairs_of(name, kept.handle)))

    def _counted(self, name: str, before: object, after: object) -> bool:
        if before is None:
            self.created[name] += 1
        elif before == after:
            self.unchanged[name] += 1
            return False
        else:
            self.updated[name] += 1
        return True

    def _new(self, name: str, key: str, entity: Entity) -> Kept:
        self.state.issued[name] += 1
        kept = Kept(self.state.issued[name], entity, {})
        self.state.rows[name][kept.handle] = kept
        self.state.handles[name, key] = kept.handle
        return kept

    def _pairs_of(self, name: str, handle: int) -> set[tuple[str, tuple[int, int]]]:
        found = set()
        for link in ENTITY_TYPES[name].navigations:
            if shape.is_pair(link):
                pair, first = shape.pair_name(name, link)
                found |= {
                    (pair, ends) for ends in self.state.pairs.get(pair, set()) if ends[0 if first else 1] == handle
                }
        return found

    def _write_links(self, name: str, kept: Kept, entity: Entity) -> None:
        for link, values in shape.own_links(entity):
            handles = [self._resolve(name, str(entity.key), link, value) for value in values]
            if not link.many:
                kept.links.pop(link.name, None)
                kept.links.update((link.name, handle) for handle in handles)
                continue
            pair, first = shape.pair_name(name, link)
            near = 0 if first else 1
            others = {ends for ends in self.state.pairs.get(pair, set()) if ends[near] != kept.handle}
            new = {(kept.handle, handle) if first else (handle, kept.handle) for handle in handles}
            self.state.pairs[pair] = others | new
        for link in ENTITY_TYPES[name].navigations:
            if link.required and not link.many and link.name not in kept.links:
                raise UnresolvedLinkError(f"{name} {entity.key!r} has no {link.name}")

    def _resolve(self, name: str, key: str, link: Navigation, value: Link) -> int:
        if isinstance(value.handle, int) and value.handle in self.state.rows[link.target]:
            return value.handle
        handle = self.state.handles.get((link.target, str(value.key)))
        if handle is None:
            wanted = value.key if value.key is not UNSET else value.handle
            raise UnresolvedLinkError(f"{link.name} of {name} {key!r}: there is no {link.target} {wanted!r}")
        return handle

    def _write_series(self, series: Series) -> int:
        datastream = self._resolve_key("Datastream", series.datastream, series)
        feature = self._resolve_key("FeatureOfInterest", series.feature, series) if series.feature else None
        changed = 0
        for number in range(len(series)):
            changed += self._write_observation(datastream, feature, observation_at(series, number))
        return changed

    def _resolve_key(self, name: str, key: str, series: Series) -> int:
        handle = self.state.handles.get((name, key))
        if handle is None:
            raise UnresolvedLinkError(f"series of {series.datastream!r}: there is no {name} {key!r}")
        return handle

    def _write_observation(self, datastream: int, feature: int | None, observation: Observation) -> bool:
        links = {"Datastream": datastream} | ({} if feature is None else {"FeatureOfInterest": feature})
        same = self._of_time(datastream, observation)
        content = _content(observation, links)
        policy = shape.policy_of(getattr(self.state.rows["Datastream"][datastream].entity, "properties", None))
        if policy is DuplicatePolicy.ALLOW and same:
            if any(_content(one.entity, one.links) == content for _, one in same):
                self.unchanged["Observation"] += 1
                return False
            return self._create_observation(observation, links, ordinal=same[-1][0] + 1)
        if not same:
            return self._create_observation(observation, links, ordinal=0)
        kept = same[0][1]
        if _content(kept.entity, kept.links) == content:
            self.unchanged["Observation"] += 1
            return False
        if policy is DuplicatePolicy.UPSERT:
            kept.entity, kept.links = msgspec.structs.replace(observation, key=kept.entity.key), links
            self.updated["Observation"] += 1
            return True
        (self.ignored if policy is DuplicatePolicy.IGNORE else self.rejected)["Observation"] += 1
        return False

    def _of_time(self, datastream: int, observation: Observation) -> list[tuple[int, Kept]]:
        """Give the Observations of a Datastream and a time with their ordinals, the least first."""
        found = [
            (split_observation_key(str(one.entity.key))[2], one)
            for one in self.state.rows["Observation"].values()
            if one.links["Datastream"] == datastream
            and isinstance(one.entity, Observation)
            and one.entity.phenomenon_time == observation.phenomenon_time
        ]
        return sorted(found, key=lambda pair: pair[0])

    def _create_observation(self, observation: Observation, links: dict[str, int], *, ordinal: int) -> bool:
        time = observation.phenomenon_time
        assert isinstance(time, (Instant, Interval))  # noqa: S101 - required by the model
        datastream = links["Datastream"]
        key = observation_key(str(self.state.rows["Datastream"][datastream].entity.key), time, ordinal)
        counter = f"Observation of {datastream}"
        self.state.issued[counter] += 1
        handle = observation_handle(datastream, self.state.issued[counter])
        entity = msgspec.structs.replace(observation, key=key)
        self.state.rows["Observation"][handle] = Kept(handle, entity, links)
        self.state.handles["Observation", key] = handle
        self.created["Observation"] += 1
        return True

    def _log(self, name: str, keys: list[str], rows: int, *, deleted: bool = False) -> None:
        self.state.log.append(
            Change(
                sequence=self.sequence,
                recorded_at=self.recorded_at,
                entity_type=name,
                deleted=deleted,
                keys=tuple(keys),
                rows=rows,
            )
        )


def observation_at(series: Series, number: int) -> Observation:
    """Give one row of a series as an Observation."""
    start = Instant(series.start[number])
    end = series.end[number] if series.end is not None else None
    when: Time = start if end is None else Interval(start, Instant(end))
    known = series.result_time[number] if series.result_time is not None else None
    quality = series.result_quality[number] if series.result_quality is not None else None
    parameters = series.parameters[number] if series.parameters is not None else None
    valid = series.valid_start[number] if series.valid_start is not None else None
    until = series.valid_end[number] if series.valid_end is not None else None
    return Observation(
        key=observation_key(series.datastream, when),
        phenomenon_time=when,
        result=shape.stored_result(series.result[number]),
        result_time=None if known is None else Instant(known),
        result_quality=UNSET if quality is None else quality,
        valid_time=UNSET if valid is None or until is None else Interval(Instant(valid), Instant(until)),
        parameters=UNSET if parameters is None else parameters,
    )


def _content(entity: Entity, links: dict[str, int]) -> tuple[bytes, dict[str, int]]:
    """Give what an Observation says, without which of several of its time it is."""
    return _exact(msgspec.structs.replace(entity, key=UNSET)), links


def _exact(entity: Entity) -> bytes:
    """Write an entity so that 2 and 2.0 differ, which Python holds equal."""
    return msgspec.json.encode(entity, order="deterministic")


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
