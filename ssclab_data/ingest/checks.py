"""Part a mapped payload into what is stored and what is kept out, with all that depends on it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import UNSET

from ssclab_data.ingest.quality import Rated, rate
from ssclab_data.model import codelists
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import Datastream, type_of
from ssclab_data.model.series import Series
from ssclab_data.sources.base import MappedPayload
from ssclab_data.stores.base import Batch
from ssclab_data.validation.json_schema import check_entity
from ssclab_data.validation.quality import Clock, Limits, check_series
from ssclab_data.validation.rules import RULES, Place
from ssclab_data.validation.series_rules import SeriesRules

type Reference = tuple[str, str]
"""Name of an entity type and a natural key."""


class Parted(msgspec.Struct, frozen=True, kw_only=True):
    """A payload after the checks.

    Attributes:
        held: whether anything was kept out.
        rejected: how many were kept out, by entity type, Observations too.
        repeated: rows that said again what another row says.
    """

    batch: Batch
    held: bool
    findings: tuple[Finding, ...]
    rejected: Mapping[str, int]
    repeated: int


def part(mapped: MappedPayload, clock: Clock | None, *, quality: SeriesRules | None = None) -> Parted:
    """Check the entities, then the rows, and keep out what has an error.

    Args:
        quality: rules of quality control for the rows that are kept; they go before the plausible limits.
    """
    bad, findings = _bad_entities((*mapped.entities, *mapped.defaults))
    orphans = [one for one in mapped.series if ("Datastream", one.datastream) in bad]
    series = [_placed(one, bad) for one in mapped.series if ("Datastream", one.datastream) not in bad]
    limits = limits_of((*mapped.entities, *mapped.defaults))
    if quality is not None:
        limits = {key: msgspec.structs.replace(one, minimum=None, maximum=None) for key, one in limits.items()}
    checked = check_series(series, limits, clock=clock)
    rated = Rated(checked.kept, ())
    if quality is not None:
        rated = rate(checked.kept, (*mapped.entities, *mapped.defaults), quality, None if clock is None else clock.now)
    held = (*orphans, *checked.rejected)
    rejected = Counter(name for name, _ in bad)
    rejected["Observation"] += sum(len(one) for one in held)
    return Parted(
        batch=Batch(
            entities=tuple(_mended(entity, bad) for entity in mapped.entities if _reference(entity) not in bad),
            defaults=tuple(_mended(entity, bad) for entity in mapped.defaults if _reference(entity) not in bad),
            series=rated.series,
        ),
        held=bool(bad or held),
        findings=(*findings, *map(_orphan_finding, orphans), *checked.findings, *rated.findings),
        rejected=+rejected,
        repeated=checked.repeated,
    )


def limits_of(entities: Iterable[Entity]) -> dict[str, Limits]:
    """Give the plausible limits of each Datastream, by what it observes."""
    known = {info.key: info for info in codelists.observed_properties().values()}
    found: dict[str, Limits] = {}
    for entity in entities:
        if not isinstance(entity, Datastream) or not isinstance(entity.observed_property, Link):
            continue
        info = known.get(str(entity.observed_property.key))
        if info is not None:
            found[str(entity.key)] = Limits(
                property=info.label_en, unit=info.ucum, minimum=info.plausible_min, maximum=info.plausible_max
            )
    return found


def _bad_entities(entities: Iterable[Entity]) -> tuple[set[Reference], list[Finding]]:
    """Find the entities with an error, and those that cannot be without one of them."""
    bad: set[Reference] = set()
    findings: list[Finding] = []
    kept = list(entities)
    for entity in kept:
        found = check_entity(entity)
        findings += found
        if found:
            bad.add(_reference(entity))
    grown = True
    while grown:
        needy = {_reference(entity) for entity in kept if bad & set(_needs(entity))} - bad
        findings += [_dependent(name, key, target="an entity") for name, key in needy]
        bad |= needy
        grown = bool(needy)
    return bad, findings


def _needs(entity: Entity) -> Iterator[Reference]:
    for link in type_of(entity).navigations:
        value = getattr(entity, link.field)
        for one in (value if isinstance(value, tuple) else (value,)) if link.required else ():
            if isinstance(one, Link) and one.key is not UNSET:
                yield link.target, str(one.key)


def _mended(entity: Entity, bad: set[Reference]) -> Entity:
    """Take links to what is kept out away from an entity that can be without them."""
    changed = {}
    for link in type_of(entity).navigations:
        value = getattr(entity, link.field)
        if isinstance(value, tuple):
            kept = tuple(one for one in value if (link.target, str(one.key)) not in bad)
            if len(kept) < len(value):
                changed[link.field] = kept
    return msgspec.structs.replace(entity, **changed) if changed else entity


def _placed(series: Series, bad: set[Reference]) -> Series:
    """Take a place that is kept out away from the rows, which stay."""
    gone = ("FeatureOfInterest", series.feature) in bad
    return msgspec.structs.replace(series, feature="") if gone else series


def _reference(entity: Entity) -> Reference:
    return type_of(entity).name, str(entity.key)


def _orphan_finding(series: Series) -> Finding:
    finding = _dependent("Observation", series.datastream, target="its Datastream")
    return msgspec.structs.replace(finding, count=len(series))


def _dependent(name: str, key: str, *, target: str) -> Finding:
    return RULES["depends-on-rejected"].finding({"name": name, "target": target}, Place(entity=key))
