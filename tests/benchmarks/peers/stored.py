"""Fill a store of ours with the plan."""

from collections.abc import Mapping
from pathlib import Path

from ssclab_data import Lab, Settings
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.sensorthings import entity_type
from ssclab_data.model.series import Series
from ssclab_data.stores.base import Batch

from . import plan as plans
from .plan import DATASTREAMS, HOUR, PER_THING, START, THINGS, Document, Plan

LAB = "bench"


def fill(plan: Plan, file: Path) -> None:
    """Write all of it into a new file."""
    with Lab.open(file, key=LAB, settings=Settings()) as lab:
        lab.store.apply(described())
        lab.store.apply(Batch(series=tuple(_series(plan, number) for number in range(DATASTREAMS))))


def described() -> Batch:
    """Describe all but the Observations."""
    entities: list[Entity] = []
    for number in range(PER_THING):
        entities.append(_entity("Sensor", plans.sensor(number), key=f"sensor/{number}"))
        entities.append(_entity("ObservedProperty", plans.observed_property(number), key=f"property/{number}"))
    for number in range(THINGS):
        links = {"locations": (Link(key=f"place/{number}"),)}
        entities.append(_entity("Location", plans.location(number), key=f"place/{number}"))
        entities.append(_entity("Thing", plans.thing(number), key=f"thing/{number}", links=links))
        entities.append(_entity("FeatureOfInterest", plans.feature(number), key=f"feature/{number}"))
        entities += [_datastream(one) for one in plans.datastreams_of(number)]
    return Batch(entities=tuple(entities))


def _datastream(number: int) -> Entity:
    links = {
        "thing": Link(key=f"thing/{number // PER_THING}"),
        "sensor": Link(key=f"sensor/{number % PER_THING}"),
        "observed_property": Link(key=f"property/{number % PER_THING}"),
    }
    return _entity("Datastream", plans.datastream(number), key=f"datastream/{number}", links=links)


def _entity(
    name: str, document: Document, *, key: str, links: Mapping[str, Link | tuple[Link, ...]] | None = None
) -> Entity:
    kind = entity_type(name)
    fields = {prop.field: document[prop.name] for prop in kind.properties if prop.name in document}
    return kind.struct(key=key, **fields, **(links or {}))


def _series(plan: Plan, number: int) -> Series:
    start = [START + row * HOUR for row in range(plan.each)]
    return Series(
        datastream=f"datastream/{number}",
        feature=f"feature/{number // PER_THING}",
        start=start,
        result=plan.results[number],
        result_time=start,
    )
