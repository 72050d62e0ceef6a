"""Create the entities that a draft describes, those within it too."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec
from msgspec import UNSET

from ssclab_data.editing import automatic, linking
from ssclab_data.editing.drafts import KEY, Draft, Reference, Target, check_complete, check_new_key
from ssclab_data.editing.lookups import find, link_of, resolve
from ssclab_data.editing.samples import Sample, record, refuse_rejected, series_of
from ssclab_data.editing.streams import Streams
from ssclab_data.editing.writes import Effect, Resolution
from ssclab_data.errors import BodyError, ConflictError
from ssclab_data.model.entity import Entity, Link, Navigation
from ssclab_data.model.json_values import join
from ssclab_data.model.multi import MultiDatastream, datastream_of, kept_as, multi_of, observed_properties_of
from ssclab_data.model.sensorthings import Datastream, Observation
from ssclab_data.model.values import Instant
from ssclab_data.query.views import MULTI
from ssclab_data.stores.base import Fate, Row, Transaction
from ssclab_data.stores.shape import observation_at

_SERIES = ("Datastream", MULTI)

type Given = Mapping[str, int]
"""Handles that links get from around an entity, by the name of the link."""

NOTHING: Given = MappingProxyType({})


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is carried out with.

    Attributes:
        now: when HistoricalLocations begin that follow from it, and when Observations were made that do not say it.
        resolution: what to do with a natural key that is there already.
    """

    transaction: Transaction
    streams: Streams
    now: Instant
    resolution: Resolution = Resolution.REFUSE


class Inserted(msgspec.Struct, frozen=True):
    """An entity that was asked for.

    Attributes:
        effect: whether it was created, changed, or kept as it was.
        fate: of an Observation.
        row: the Observation as it was written; None where it was not, or is another entity.
    """

    handle: int
    effect: Effect
    fate: Fate | None = None
    row: Row | None = None


def insert(work: Work, draft: Draft, given: Given = NOTHING, *, handle: int | None = None) -> Inserted:
    """Create an entity and those within it.

    Args:
        given: what its links lead to by where it stands, besides those in its body.
        handle: the handle it is to have.

    Raises:
        BodyError: something is missing, or cannot be so.
        UnresolvedLinkError: a link leads nowhere.
        ConflictError: the natural key or the handle is taken, or an Observation is there that says something else.
    """
    if draft.kind.name == "Observation":
        return insert_observation(work, draft, given)
    known = _known(work, draft)
    if known is not None:
        return _resolved(work, draft, known, given)
    check_complete(draft)
    check_new_key(draft)
    entity = _with_links(work, draft, given)
    made = work.transaction.create(entity, handle=handle)
    _follow_up(work, draft, made)
    for link in draft.kind.navigations:
        if _comes_after(draft.kind.name, link):
            put_into(work, draft.links.get(link.name, ()), link, made)
            if link.name in given:
                end = linking.End(draft.kind.name, made, link)
                linking.connect(work.transaction, end, given[link.name], now=work.now)
    return Inserted(made, Effect.CREATED)


def insert_observation(work: Work, draft: Draft, given: Given) -> Inserted:
    """Write one Observation, by the duplicate policy of its Datastream.

    Raises:
        ConflictError: the policy refuses it.
    """
    series = series_of(work.streams, [sample_of(work, draft, given)])
    recorded = work.transaction.record(series)
    refuse_rejected(recorded.handles, recorded.fates)
    (handle,), (fate,) = recorded.handles, recorded.fates
    row = Row(lab=work.transaction.lab, handle=handle, entity=observation_at(series, 0)) if fate in _WRITTEN else None
    return Inserted(handle, _EFFECTS[fate], fate, row)


def sample_of(work: Work, draft: Draft, given: Given) -> Sample:
    """Find out where an Observation belongs; a FeatureOfInterest that it brings, or lacks, is made.

    Raises:
        BodyError: it has no Datastream, or its feature cannot be made, or its result is none of its Datastream.
    """
    draft = _timed(work, draft)
    check_complete(draft)
    named = [name for name in _SERIES if name in draft.links or name in given]
    if len(named) != 1:
        raise BodyError(
            "an Observation has to have exactly one Datastream or MultiDatastream", path=join(draft.path, "Datastream")
        )
    datastream = _one(work, draft, link_of("Observation", named[0]), given)
    assert isinstance(draft.entity, Observation)  # noqa: S101 - the kind says so
    work.streams.check(datastream, draft.entity.result, draft.path)
    feature = _one(work, draft, link_of("Observation", "FeatureOfInterest"), given, required=False)
    return Sample(datastream, feature or work.streams.feature(datastream, draft.path), draft.entity)


def _timed(work: Work, draft: Draft) -> Draft:
    """Let an Observation without phenomenonTime be of now, as sensors without a clock send it (18-088, 8.2.7)."""
    assert isinstance(draft.entity, Observation)  # noqa: S101 - the kind says so
    if draft.entity.phenomenon_time is not UNSET:
        return draft
    return msgspec.structs.replace(draft, entity=msgspec.structs.replace(draft.entity, phenomenon_time=work.now))


def place(work: Work, target: Target) -> int:
    """Give the handle of what a link in a body leads to; what is written out is created.

    An entity that is written out with the `@iot.id` of one that is there is that one, as clients send back what they
    read. It must have its name, because ids of another service are easily taken for ids of this one.

    Raises:
        UnresolvedLinkError: it is not there.
        ConflictError: the entity of that `@iot.id` has another name.
    """
    if isinstance(target, Reference):
        return resolve(work.transaction, target)
    if target.handle is not None:
        found = find(work.transaction, target.kind.name, target.handle)
        if found is not None:
            _check_name(target, found.entity)
            return target.handle
    return insert(work, target).handle


def put_into(work: Work, targets: Sequence[Target], link: Navigation, owner: int) -> None:
    """Make or move what a link to many of an entity leads to, where the link is kept at the other side."""
    if link.target == "Observation":
        _put_observations(work, targets, link, owner)
        return
    inverse = link_of(link.target, link.inverse)
    for target in targets:
        if isinstance(target, Draft) and target.handle is None:
            insert(work, target, {link.inverse: owner})
        else:
            moved = place(work, target)
            linking.connect(work.transaction, linking.End(link.target, moved, inverse), owner, now=work.now)


def _put_observations(work: Work, targets: Sequence[Target], link: Navigation, owner: int) -> None:
    samples = []
    for target in targets:
        if isinstance(target, Reference):
            inverse = link_of("Observation", link.inverse)
            moved = resolve(work.transaction, target)
            linking.connect(work.transaction, linking.End("Observation", moved, inverse), owner, now=work.now)
        else:
            samples.append(sample_of(work, target, {link.inverse: owner}))
    refuse_rejected(*record(work.streams, samples))


def _known(work: Work, draft: Draft) -> int | None:
    key = draft.entity.key
    return work.transaction.handle(kept_as(draft.kind.name), key) if isinstance(key, str) else None


def _resolved(work: Work, draft: Draft, known: int, given: Given) -> Inserted:
    if work.resolution is Resolution.REFUSE:
        raise ConflictError(
            f"there is a {draft.kind.name} with the key {draft.entity.key!r} already",
            entity_type=kept_as(draft.kind.name),
            handle=known,
        )
    if work.resolution is Resolution.IGNORE:
        return Inserted(known, Effect.KEPT)
    _check_within(draft)
    changed = merge(work, known, draft, given)
    return Inserted(known, Effect.CHANGED if changed else Effect.KEPT)


def _check_within(draft: Draft) -> None:
    """Make sure that a repeated request makes nothing twice: what is written out within a known entity has a key too.

    Raises:
        BodyError: something there has none.
    """
    for targets in draft.links.values():
        for target in targets:
            if not isinstance(target, Draft) or target.kind.name == "Observation":
                continue
            if target.entity.key is UNSET and target.handle is None:
                raise BodyError(
                    f"needs {KEY}, because the {draft.kind.name} around it is there already", path=target.path
                )


def merge(work: Work, handle: int, draft: Draft, given: Given = NOTHING, *, whole: bool = False) -> bool:
    """Change an entity as a draft says; what it does not mention stays.

    A link to one is replaced; what links to many name is added to them, except that the Locations of a Thing end those
    of the same encoding.

    Args:
        whole: whether properties that the draft does not mention are removed.

    Returns:
        Whether the entity itself changed.

    Raises:
        ConflictError: the draft has another natural key.
    """
    _check_key(work, handle, draft)
    entity = _changed(work, handle, draft, given)
    change = work.transaction.replace if whole else work.transaction.update
    changed = change(handle, entity)
    for link in draft.kind.navigations:
        targets = draft.links.get(link.name, ())
        if (draft.kind.name, link.name) == ("Thing", "Locations"):
            locations = [place(work, target) for target in targets]
            automatic.locate(work.transaction, handle, locations, now=work.now)
        elif link.many and draft.kind.name != MULTI:
            put_into(work, targets, link, handle)
    return changed


def _changed(work: Work, handle: int, draft: Draft, given: Given) -> Entity:
    """Give what is to be changed of an entity, with its links to one."""
    wanted = {
        link.field: Link(handle=_one(work, draft, link, given))
        for link in draft.kind.navigations
        if not link.many and (link.name in draft.links or link.name in given)
    }
    entity = msgspec.structs.replace(draft.entity, key=UNSET)
    if isinstance(entity, MultiDatastream):
        entity = _changed_multi(work, handle, draft)
    return msgspec.structs.replace(entity, **wanted)


def _changed_multi(work: Work, handle: int, draft: Draft) -> Datastream:
    """Give what is to be changed of a MultiDatastream; its lists are kept together, so all or none are written."""
    multi = draft.entity
    assert isinstance(multi, MultiDatastream)  # noqa: S101 - the kind says so
    targets = draft.links.get("ObservedProperties", ())
    if not targets and multi.multi_observation_data_types is UNSET and multi.unit_of_measurements is UNSET:
        return datastream_of(multi, ())
    kept = work.streams.multi(handle) or Datastream()
    old = multi_of(kept)
    keys = [_property_key(work, place(work, target)) for target in targets] or observed_properties_of(kept)
    lists = {
        name: getattr(old if getattr(multi, name) is UNSET else multi, name)
        for name in ("multi_observation_data_types", "unit_of_measurements")
    }
    return datastream_of(msgspec.structs.replace(multi, **lists), keys)


def _property_key(work: Work, handle: int) -> str:
    return str(work.transaction.key("ObservedProperty", handle))


def _check_key(work: Work, handle: int, draft: Draft) -> None:
    key = draft.entity.key
    kind = kept_as(draft.kind.name)
    if key is not UNSET and key != work.transaction.key(kind, handle):
        raise ConflictError(
            f"{kind} {handle} has another natural key, which never changes", entity_type=kind, handle=handle
        )


def _with_links(work: Work, draft: Draft, given: Given) -> Entity:
    """Give the entity with the links that have to be there when it is created; what they lead to is made first."""
    links: dict[str, Link | tuple[Link, ...]] = {}
    several: list[int] = []
    for link in draft.kind.navigations:
        if not link.many:
            links[link.field] = Link(handle=_one(work, draft, link, given))
        elif _comes_before(draft.kind.name, link):
            several = _several(work, draft, link, given)
            links[link.field] = tuple(Link(handle=handle) for handle in several)
    entity = draft.entity
    if isinstance(entity, MultiDatastream):
        del links["observed_properties"]
        entity = datastream_of(entity, [_property_key(work, handle) for handle in several])
    return msgspec.structs.replace(entity, **{field: value for field, value in links.items() if value != ()})


def _one(work: Work, draft: Draft, link: Navigation, given: Given, *, required: bool = True) -> int:
    """Give what a link to one leads to; 0 where it may, and does, lead nowhere."""
    targets = draft.links.get(link.name, ())
    around = given.get(link.name)
    if targets:
        handle = place(work, targets[0])
        if around not in (None, handle):
            raise BodyError(f"names another {link.target} than the one around it", path=targets[0].path)
        return handle
    if around is not None:
        return around
    if required and link.required:
        raise BodyError(f"is missing; a {draft.kind.name} has to have it", path=join(draft.path, link.name))
    return 0


def _several(work: Work, draft: Draft, link: Navigation, given: Given) -> list[int]:
    handles = [place(work, target) for target in draft.links.get(link.name, ())]
    around = given.get(link.name)
    if around is not None and around not in handles:
        handles.append(around)
    if link.required and not handles:
        raise BodyError(f"is missing; a {draft.kind.name} has to have one", path=join(draft.path, link.name))
    return handles


def _comes_before(entity_type: str, link: Navigation) -> bool:
    """Tell whether what a link to many leads to is made first, and the link kept with the entity."""
    return (entity_type, link.name) in _BEFORE


_BEFORE = {("Thing", "Locations"), ("HistoricalLocation", "Locations"), (MULTI, "ObservedProperties")}


def _comes_after(entity_type: str, link: Navigation) -> bool:
    return link.many and not _comes_before(entity_type, link)


def _follow_up(work: Work, draft: Draft, made: int) -> None:
    """Make what follows from a new entity."""
    if draft.kind.name == "HistoricalLocation":
        automatic.follow(work.transaction, made)
    elif draft.kind.name == "Thing":
        row = find(work.transaction, "Thing", made, expand=(linking.LOCATIONS,))
        locations = [int(one.handle) for one in row.at("Locations")] if row is not None else []
        if locations:
            automatic.remember(work.transaction, made, locations, now=work.now)


def _check_name(draft: Draft, entity: Entity) -> None:
    wanted, found = getattr(draft.entity, "name", UNSET), getattr(entity, "name", UNSET)
    if wanted is not UNSET and wanted != found:
        raise ConflictError(
            f"{draft.path}: the {draft.kind.name} {draft.handle} has another name; leave its @iot.id out to make "
            "a new one, or give nothing but its @iot.id to link to it",
            entity_type=kept_as(draft.kind.name),
            handle=draft.handle or 0,
        )


_WRITTEN = (Fate.CREATED, Fate.UPDATED)
_EFFECTS = {
    Fate.CREATED: Effect.CREATED,
    Fate.UPDATED: Effect.CHANGED,
    Fate.UNCHANGED: Effect.KEPT,
    Fate.IGNORED: Effect.KEPT,
}
