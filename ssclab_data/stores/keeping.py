"""Write into the state that a store in memory keeps: one transaction, on a copy that the store takes when it ends."""

import time
from collections import Counter
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import NotFoundError, UnresolvedLinkError
from ssclab_data.model.entity import Entity, Link, Navigation
from ssclab_data.model.identity import observation_handle, observation_key, split_observation_key
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation, type_of
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval
from ssclab_data.query.ast import BoundQuery
from ssclab_data.stores import shape
from ssclab_data.stores.base import Batch, Change, Fate, Page, Recorded, WriteReport
from ssclab_data.stores.kept import Kept, Moment, State
from ssclab_data.stores.shape import DuplicatePolicy


class Writing:
    """One transaction on a copy of the state."""

    def __init__(self, state: State, *, lab: str, sequence: int) -> None:
        self.state = state
        self.moment = Moment(state, lab)
        self.sequence = sequence
        self.created: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.recorded_at = time.time_ns() // 1_000
        self.lab = lab
        self.memo: dict[tuple[str, int], Any] = {}

    def read(self, query: BoundQuery) -> Page:
        """Read one page."""
        return self.moment.read(query)

    def handle(self, entity_type: str, key: str) -> int | None:
        """Find a descriptive entity by its natural key."""
        return self.state.handles.get((entity_type, key))

    def key(self, entity_type: str, handle: int) -> str | None:
        """Give the natural key of a descriptive entity."""
        kept = self.state.rows[entity_type].get(handle)
        return None if kept is None else str(kept.entity.key)

    def create(self, entity: Entity, *, handle: int | None = None) -> int:
        """Create a descriptive entity."""
        name = type_of(entity).name
        number = self.state.issued[name] + 1 if handle is None else handle
        entity = shape.keyed(entity, number)
        taken = self.handle(name, str(entity.key)) or (number if number in self.state.rows[name] else None)
        if taken is not None:
            raise shape.taken(entity, taken)
        kept = self._new(name, str(entity.key), type(entity)(key=entity.key), handle=number)
        self._write_own(kept, entity, before=None)
        return kept.handle

    def update(self, handle: int, entity: Entity) -> bool:
        """Change what is set."""
        kept = self._kept(entity, handle)
        entity = msgspec.structs.replace(entity, key=kept.entity.key)
        shape.check_entity(entity)
        return self._write_own(kept, entity, before=self._before(kept))

    def replace(self, handle: int, entity: Entity) -> bool:
        """Change all own properties."""
        kept = self._kept(entity, handle)
        entity = msgspec.structs.replace(entity, key=kept.entity.key)
        shape.check_entity(entity)
        before = self._before(kept)
        kept.entity = type(entity)(key=kept.entity.key)
        return self._write_own(kept, entity, before=before)

    def apply(self, batch: Batch, watermark: str | None = None) -> WriteReport:
        """Write a batch, and tell what it did."""
        for counter in (self.created, self.updated, self.unchanged, self.ignored, self.rejected):
            counter.clear()
        self.write(batch)
        self.state.watermark = watermark or self.state.watermark
        return shape.report_of(self, sequence=self.state.log[-1].sequence if self.state.log else 0)

    def record(self, series: Series) -> Recorded:
        """Write Observations."""
        recorded = self._write_series(series)
        return Recorded(handles=[handle for handle, _ in recorded], fates=[fate for _, fate in recorded])

    def revise(self, handle: int, series: Series) -> None:
        """Replace what one Observation says."""
        kept = self.state.rows["Observation"].get(handle)
        if kept is None:
            raise NotFoundError(f"there is no Observation {handle}")
        links = self._links_of(series)
        datastream = links["Datastream"]
        if datastream != kept.links["Datastream"]:
            raise shape.moved(handle)
        observation = shape.observation_at(series, 0)
        assert isinstance(observation.phenomenon_time, (Instant, Interval))  # noqa: S101 - a series has it
        key = kept.entity.key
        if observation.phenomenon_time != getattr(kept.entity, "phenomenon_time", None):
            same = self._of_time(datastream, observation)
            if same and self._policy(datastream) is not DuplicatePolicy.ALLOW:
                raise shape.taken(observation, same[0][1].handle)
            ordinal = same[-1][0] + 1 if same else 0
            key = observation_key(series.datastream, observation.phenomenon_time, ordinal)
        del self.state.handles["Observation", str(kept.entity.key)]
        self.state.handles["Observation", str(key)] = handle
        before = _content(kept.entity, kept.links)
        kept.entity, kept.links = msgspec.structs.replace(observation, key=key), links
        if _content(kept.entity, kept.links) != before:
            self._log("Observation", [series.datastream], 1)

    def delete(self, query: BoundQuery) -> int:
        """Delete what matches, and what cannot be without it."""
        doomed = self.moment.found(query)
        self._delete(query.entity_type, [one.handle for one in doomed])
        return len(doomed)

    def write(self, batch: Batch) -> None:
        """Write a batch, and log what changed."""
        changed: dict[str, list[str]] = {}
        for entity, default in shape.in_order(batch):
            if self._write_entity(entity, default=default):
                changed.setdefault(type_of(entity).name, []).append(str(entity.key))
        for name, keys in changed.items():
            self._log(name, keys, len(keys))
        for series in batch.series:
            if len(series):
                self._write_series(series)

    def _delete(self, type_name: str, handles: list[int]) -> None:
        """Delete entities, their dependants first, and log it."""
        rows = self.state.rows[type_name]
        doomed = [rows[handle] for handle in handles if handle in rows]
        if not doomed:
            return
        gone = {one.handle for one in doomed}
        for name, kind in ENTITY_TYPES.items():
            for link in kind.navigations:
                if link.target == type_name and link.required:
                    self._delete(name, self._holders(name, link, gone))
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
            return self._write_own(kept, entity, before=None, logged=False)
        kept = self.state.rows[name][known]
        return self._write_own(kept, entity, before=self._before(kept), logged=False)

    def _kept(self, entity: Entity, handle: int) -> Kept:
        kept = self.state.rows[type_of(entity).name].get(handle)
        if kept is None:
            raise NotFoundError(f"there is no {type_of(entity).name} {handle}")
        return kept

    def _before(self, kept: Kept) -> object:
        name = type_of(kept.entity).name
        return _exact(kept.entity), dict(kept.links), self._pairs_of(name, kept.handle)

    def _write_own(self, kept: Kept, entity: Entity, *, before: object, logged: bool = True) -> bool:
        name = type_of(entity).name
        kept.entity = msgspec.structs.replace(kept.entity, **shape.own_fields(entity))
        self._write_links(name, kept, entity)
        changed = self._counted(name, before, self._before(kept))
        if changed and logged:
            self._log(name, [str(entity.key)], 1)
        return changed

    def _counted(self, name: str, before: object, after: object) -> bool:
        if before is None:
            self.created[name] += 1
        elif before == after:
            self.unchanged[name] += 1
            return False
        else:
            self.updated[name] += 1
        return True

    def _new(self, name: str, key: str, entity: Entity, *, handle: int | None = None) -> Kept:
        number = self.state.issued[name] + 1 if handle is None else handle
        self.state.issued[name] = max(self.state.issued[name], number)
        kept = Kept(number, entity, {})
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

    def _write_series(self, series: Series) -> list[tuple[int, Fate]]:
        links = self._links_of(series)
        recorded = [
            self._write_observation(links, shape.observation_at(series, number)) for number in range(len(series))
        ]
        for _, fate in recorded:
            getattr(self, fate)["Observation"] += 1
        changed = sum(1 for _, fate in recorded if fate in (Fate.CREATED, Fate.UPDATED))
        if changed:
            self._log("Observation", [series.datastream], changed)
        return recorded

    def _links_of(self, series: Series) -> dict[str, int]:
        links = {"Datastream": self._resolve_key("Datastream", series.datastream, series)}
        if series.feature:
            links["FeatureOfInterest"] = self._resolve_key("FeatureOfInterest", series.feature, series)
        return links

    def _resolve_key(self, name: str, key: str, series: Series) -> int:
        handle = self.state.handles.get((name, key))
        if handle is None:
            raise UnresolvedLinkError(f"series of {series.datastream!r}: there is no {name} {key!r}")
        return handle

    def _policy(self, datastream: int) -> DuplicatePolicy:
        return shape.policy_of(getattr(self.state.rows["Datastream"][datastream].entity, "properties", None))

    def _write_observation(self, links: dict[str, int], observation: Observation) -> tuple[int, Fate]:
        datastream = links["Datastream"]
        same = self._of_time(datastream, observation)
        content = _content(observation, links)
        policy = self._policy(datastream)
        if policy is DuplicatePolicy.ALLOW and same:
            for _, one in same:
                if _content(one.entity, one.links) == content:
                    return one.handle, Fate.UNCHANGED
            return self._create_observation(observation, links, ordinal=same[-1][0] + 1), Fate.CREATED
        if not same:
            return self._create_observation(observation, links, ordinal=0), Fate.CREATED
        kept = same[0][1]
        if _content(kept.entity, kept.links) == content:
            return kept.handle, Fate.UNCHANGED
        if policy is DuplicatePolicy.UPSERT:
            kept.entity, kept.links = msgspec.structs.replace(observation, key=kept.entity.key), dict(links)
            return kept.handle, Fate.UPDATED
        return kept.handle, Fate.IGNORED if policy is DuplicatePolicy.IGNORE else Fate.REJECTED

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

    def _create_observation(self, observation: Observation, links: dict[str, int], *, ordinal: int) -> int:
        time = observation.phenomenon_time
        assert isinstance(time, (Instant, Interval))  # noqa: S101 - required by the model
        datastream = links["Datastream"]
        key = observation_key(str(self.state.rows["Datastream"][datastream].entity.key), time, ordinal)
        counter = f"Observation of {datastream}"
        self.state.issued[counter] += 1
        handle = observation_handle(datastream, self.state.issued[counter])
        entity = msgspec.structs.replace(observation, key=key)
        self.state.rows["Observation"][handle] = Kept(handle, entity, dict(links))
        self.state.handles["Observation", key] = handle
        return handle

    def _log(self, name: str, keys: list[str], rows: int, *, deleted: bool = False) -> None:
        if name != "Observation":
            self.memo.clear()
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


def _content(entity: Entity, links: dict[str, int]) -> tuple[bytes, dict[str, int]]:
    """Give what an Observation says, without which of several of its time it is."""
    return _exact(msgspec.structs.replace(entity, key=UNSET)), links


def _exact(entity: Entity) -> bytes:
    """Write an entity so that 2 and 2.0 differ, which Python holds equal."""
    return msgspec.json.encode(entity, order="deterministic")
