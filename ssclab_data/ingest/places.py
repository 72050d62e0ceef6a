"""Put Things where their newest Observation was made, and remember where they were before.

All of it follows from the Observations that are stored, so it does not depend on the order, the batches and the
repetition in which they came: the places of a Thing are those of its Observations; one that lies within the tolerance
of a place at which the Thing was observed earlier is that place; each run of Observations at one place is a
HistoricalLocation, from the beginning of its first Observation.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from msgspec import UNSET

from ssclab_data.editing.lookups import ask
from ssclab_data.ingest.known import NOTHING, Known, Observed, known_positions, known_things
from ssclab_data.ingest.stays import Spot, Stay, choose, stays
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.sensorthings import Datastream, FeatureOfInterest, HistoricalLocation, Location, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.query.ast import KEY, In, Literal, Path
from ssclab_data.sources.sites import history_at, is_site_of, location_at, site_position
from ssclab_data.stores.base import Batch, Transaction, WriteReport
from ssclab_data.validation.rules import Place, Rule

MAX_PLACES = 100
"""Things with more places than this are mobile: they get no HistoricalLocations."""

MOBILE = Rule(
    "mobile-unit",
    Severity.INFO,
    "it was observed at more than {limit} places: it is mobile, and its Location is the newest place alone",
    "het is op meer dan {limit} plekken waargenomen: het is mobiel, en zijn Location is alleen de nieuwste plek",
    "look at the FeaturesOfInterest of its Observations for where it was",
    "kijk naar de FeaturesOfInterest van de Observations voor waar het was",
)
RULES = (MOBILE,)
"""Rules about places that an ingest looks at."""


class Written(msgspec.Struct, frozen=True):
    """What was written, and what there is to say of it."""

    report: WriteReport
    findings: tuple[Finding, ...] = ()


class Told(msgspec.Struct):
    """What a batch tells of where a Thing was observed.

    Attributes:
        places: natural keys of the FeaturesOfInterest.
        since: time of the first Observation, microseconds UTC.
        shifted: whether another position stands for one of its known places from now on.
    """

    places: set[str]
    since: int
    shifted: bool = False


def write(transaction: Transaction, batch: Batch, *, tolerance: float) -> Written:
    """Write a batch, and put the Things in it where they are and were.

    Args:
        tolerance: metres; positions of one Thing closer together are one place.
    """
    told = _told(batch)
    known = known_things(transaction, told)
    better = _better(transaction, batch)
    for thing in {str(entity.key).rpartition("/")[0] for entity in better} & told.keys():
        told[thing].shifted = True
    batch = msgspec.structs.replace(batch, entities=(*batch.entities, *better)) if better else batch
    unsettled = {thing: one for thing, one in told.items() if not _settled(one, known.get(thing))}
    if not unsettled:
        return Written(transaction.apply(batch))
    report = transaction.apply(_without_places(batch, unsettled))
    findings: list[Finding] = []
    for thing, one in sorted(unsettled.items()):
        placed = _Placing(transaction, thing, known.get(thing, NOTHING)).place(one, tolerance)
        report = _with(report, placed.report)
        findings += placed.findings
    return Written(report, tuple(findings))


def _told(batch: Batch) -> dict[str, Told]:
    """Give what a batch tells of each Thing, but for those whose history it gives itself."""
    entities = (*batch.entities, *batch.defaults)
    things = {str(one.key): _key(one.thing) for one in entities if isinstance(one, Datastream)}
    given = {_key(one.thing) for one in entities if isinstance(one, HistoricalLocation)}
    told: dict[str, Told] = {}
    for series in batch.series:
        thing = things.get(series.datastream, "")
        if thing and thing not in given and len(series) and is_site_of(series.feature, thing):
            one = told.setdefault(thing, Told(set(), _first(series)))
            one.places.add(series.feature)
            one.since = min(one.since, _first(series))
    return told


def _key(link: object) -> str:
    return link.key if isinstance(link, Link) and isinstance(link.key, str) else ""


def _first(series: Series) -> int:
    return int(np.min(np.asarray(series.start, np.int64)))


def _settled(told: Told, known: Known | None) -> bool:
    """Tell whether nothing changes in where a Thing is and was: it was only ever at this one place."""
    if len(told.places) > 1 or told.shifted:
        return False
    return known is None or (set(known.locations) == told.places and not known.stays)


def _better(transaction: Transaction, batch: Batch) -> list[Entity]:
    """Find known places for which a position of the batch stands better, so that it is no matter which came first."""
    better: list[Entity] = []
    for kind in ("FeatureOfInterest", "Location"):
        offered = {str(one.key): one for one in batch.defaults if type(one).__name__ == kind}
        for key, old in known_positions(transaction, kind, offered).items():
            new = site_position(offered[key])
            if new is not None and old is not None and new.rank < old.rank:
                better.append(_geometry_of(offered[key]))
    return better


def _geometry_of(entity: Entity) -> Entity:
    if isinstance(entity, Location):
        return Location(key=entity.key, location=entity.location)
    assert isinstance(entity, FeatureOfInterest)  # noqa: S101 - there is no third kind
    return FeatureOfInterest(key=entity.key, feature=entity.feature)


def _without_places(batch: Batch, things: Mapping[str, Told]) -> Batch:
    """Take the Locations of some Things out of a batch; they follow from what is stored."""
    return msgspec.structs.replace(
        batch,
        entities=tuple(_loose(one, things) for one in batch.entities if not _is_place(one, things)),
        defaults=tuple(_loose(one, things) for one in batch.defaults if not _is_place(one, things)),
    )


def _is_place(entity: Entity, things: Mapping[str, Told]) -> bool:
    thing = str(entity.key).rpartition("/")[0]
    return isinstance(entity, Location) and thing in things and is_site_of(str(entity.key), thing)


def _loose(entity: Entity, things: Mapping[str, Told]) -> Entity:
    if isinstance(entity, Thing) and str(entity.key) in things:
        return msgspec.structs.replace(entity, locations=UNSET)
    return entity


class _Placing:
    """One Thing whose places are to be found out, after its Observations were written."""

    def __init__(self, transaction: Transaction, thing: str, known: Known) -> None:
        self.transaction = transaction
        self.thing = thing
        self.known = known
        self.observed = Observed(transaction, thing)

    def place(self, told: Told, tolerance: float) -> Written:
        """Write where it is and was."""
        spots = self.observed.spots(MAX_PLACES)
        if spots is None:
            return Written(self._write(self._newest(), ()), (self._mobile(),))
        chosen = choose(spots, tolerance)
        places = list({spot.key: spot for spot in chosen.values()}.values())
        if len(places) <= 1:
            return Written(self._write(places, ()))
        return Written(self._write(places, self._history(chosen, told)))

    def _history(self, chosen: Mapping[int, Spot], told: Told) -> Sequence[Stay]:
        """Find out the stays.

        Those that began before the first Observation that was written stay as they are, where the places are the same:
        a place that lies within the tolerance of an earlier one does so whatever comes later.
        """
        if told.shifted or not self.known.stays:
            begin = min(spot.first for spot in chosen.values())
            return stays(self.observed.tracks(begin), chosen, "")
        begin = told.since
        before = [stay for stay in self.known.stays if stay.since < begin]
        found = stays(self.observed.tracks(begin), chosen, before[-1].place if before else "")
        return (*before, *found)

    def _write(self, places: Sequence[Spot], history: Sequence[Stay]) -> WriteReport:
        """Write the Locations, the Thing and its HistoricalLocations; what no longer holds goes."""
        if not places:
            return WriteReport()
        now = history[-1].place if history else places[0].key
        histories = tuple(history_at(self.thing, stay.place, Instant(stay.since)) for stay in history)
        locations = tuple(location_at(one.key, one.name, one.position.geojson) for one in places)
        thing = Thing(key=self.thing, locations=(Link(key=now),))
        self._delete("HistoricalLocation", self._old_histories() - {str(one.key) for one in histories})
        report = self.transaction.apply(Batch(entities=(*locations, thing, *histories)))
        self._delete("Location", self._old_locations() - {one.key for one in places})
        return report

    def _old_histories(self) -> set[str]:
        return {str(history_at(self.thing, stay.place, Instant(stay.since)).key) for stay in self.known.stays}

    def _old_locations(self) -> set[str]:
        named = {*self.known.locations, *(stay.place for stay in self.known.stays)} - self.known.others
        return {key for key in named if is_site_of(key, self.thing)}

    def _delete(self, kind: str, keys: Iterable[str]) -> None:
        literals = tuple(map(Literal, sorted(keys)))
        if literals:
            self.transaction.delete(ask(kind, In(Path((KEY,)), literals)))

    def _newest(self) -> Sequence[Spot]:
        row = self.observed.newest()
        position = None if row is None else site_position(row.entity)
        if row is None or position is None:
            return ()
        return (Spot(int(row.handle), str(row.entity.key), str(getattr(row.entity, "name", "")), position, 0),)

    def _mobile(self) -> Finding:
        return MOBILE.finding({"limit": MAX_PLACES}, Place(entity=self.thing))


def _with(report: WriteReport, later: WriteReport) -> WriteReport:
    """Add what became of Locations and HistoricalLocations; a Thing that was counted is counted once."""
    created, updated = dict(report.created), dict(report.updated)
    unchanged = dict(report.unchanged)
    for name in ("Location", "HistoricalLocation"):
        for counts, more in ((created, later.created), (updated, later.updated), (unchanged, later.unchanged)):
            if more.get(name):
                counts[name] = counts.get(name, 0) + more[name]
    if later.updated.get("Thing") and unchanged.get("Thing"):
        unchanged["Thing"] -= 1
        updated["Thing"] = updated.get("Thing", 0) + 1
    return msgspec.structs.replace(
        report,
        created=created,
        updated=updated,
        unchanged={name: count for name, count in unchanged.items() if count},
        sequence=max(report.sequence, later.sequence),
    )
