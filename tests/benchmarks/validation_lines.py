"""Measure the checks of documents and entities."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ssclab_data.model.entity import Entity
from ssclab_data.model.sensorthings import Observation, type_of
from ssclab_data.model.values import Instant
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.smart_emission import hour_answer
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source
from ssclab_data.validation.json_engines import ENGINES, FAST
from ssclab_data.validation.json_schema import check_document
from ssclab_data.validation.wire import to_wire

from .data import START
from .measure import Goal, Line
from .series_lines import series_lines
from .shacl_lines import shacl_lines

HOUR = 3_600_000_000
GOAL = Goal(100_000, "entities/s", at_least=True)
_TIMES, _COPIES = 7, {FAST: 40}

type Document = tuple[str, dict[str, Any]]


def lines() -> Iterator[Line]:
    """Measure every kind of check."""
    yield from json_lines()
    yield from series_lines()
    yield from shacl_lines()


def json_lines() -> Iterator[Line]:
    """Measure JSON Schema with each engine, on the entities of a lab as they are and with a fault in each."""
    right = _documents()
    wrong = [(kind, {**document, "colour": "red"}) for kind, document in right]
    for name in ENGINES:
        goal = GOAL if name == FAST else None
        yield _line(f"JSON Schema, {name}, entities in order", right, engine=name, goal=goal)
        yield _line(f"JSON Schema, {name}, a fault in each", wrong, engine=name, goal=None)


def _line(what: str, documents: list[Document], *, engine: str, goal: Goal | None) -> Line:
    many = documents * _COPIES.get(engine, 1)

    def run() -> None:
        for kind, document in many:
            check_document(kind, document, engine=engine)

    run()
    rate = len(many) / statistics.median(_processor_time(run) for _ in range(_TIMES))
    return Line(what, f"{rate:,.0f} entities/s", goal, rate if goal is not None else None)


def _processor_time(run: Callable[[], None]) -> float:
    """Seconds of processor time of one call, which other work on the machine does not lengthen much."""
    began = time.process_time()
    run()
    return time.process_time() - began


def _documents() -> list[Document]:
    """Map an hour of Smart Emission, and give its entities, and as many Observations, as they are on the wire."""
    place = places()[0]
    scenario = Scenario(end=Instant(START // HOUR * HOUR), hours=1, minutes=1)
    answer = hour_answer(place.units[-1], place, hour=next(iter(scenario.hour_starts())), scenario=scenario)
    mapped = load_source("smart-emission").read(msgspec.json.encode(answer), SourceContext())
    entities: list[Entity] = [*mapped.entities, *mapped.defaults]
    wires = [(type_of(entity).name, to_wire(entity)) for entity in entities]
    stamps = [str(Instant(START + minute * 60_000_000)) for minute in range(len(wires))]
    rest = {"result": 12.5, "resultTime": None, "Datastream": {"@iot.id": 1}, "FeatureOfInterest": {"@iot.id": 1}}
    return wires + [(Observation.__name__, {"phenomenonTime": stamp, **rest}) for stamp in stamps]
