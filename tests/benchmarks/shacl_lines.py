"""Measure the reading of RDF and the check of Observations by SHACL, with each engine."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from ssclab_data.linked_data.graphs import NTRIPLES, TURTLE, read_graph
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.validation.shacl import check_graph
from ssclab_data.validation.shacl_engines import EngineName

from .measure import Goal, Line

COUNTS: dict[EngineName, int] = {"shacl": 10_000, "pyshacl": 2_000}
GOAL = Goal(10_000, "Observations/s", at_least=True)
_XSD, _RDF, _SOSA, _QUDT = (PREFIXES[name] for name in ("xsd", "rdf", "sosa", "qudt"))
_SHAPES = f"""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix sosa: <{_SOSA}> . @prefix xsd: <{_XSD}> . @prefix qudt: <{_QUDT}> .
<urn:x:shape> a sh:NodeShape ; sh:targetClass sosa:Observation ;
  sh:property [ sh:path sosa:madeBySensor ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path sosa:observedProperty ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path sosa:resultTime ; sh:datatype xsd:dateTime ; sh:minCount 1 ; sh:maxCount 1 ] ,
    [ sh:path sosa:hasSimpleResult ; sh:datatype xsd:decimal ; sh:minInclusive 0 ; sh:minCount 1 ] ,
    [ sh:path qudt:hasUnit ; sh:minCount 1 ; sh:in ( <urn:x:unit-0> <urn:x:unit-1> ) ] .
"""
_PARTS = (
    f"<{_RDF}type> <{_SOSA}Observation>",
    f"<{_SOSA}madeBySensor> <urn:x:sensor-{{number}}>",
    f"<{_SOSA}observedProperty> <urn:x:pm25>",
    f"<{_SOSA}hasFeatureOfInterest> <urn:x:air>",
    f'<{_SOSA}resultTime> "2026-01-01T00:00:{{second:02}}Z"^^<{_XSD}dateTime>',
    f'<{_SOSA}hasSimpleResult> "{{number}}.5"^^<{_XSD}decimal>',
    f"<{_QUDT}hasUnit> <urn:x:unit-{{unit}}>",
)


def shacl_lines() -> Iterator[Line]:
    """Measure reading, and each engine on seven triples an Observation; one in a hundred has a unit not in the list."""
    shapes = read_graph(_SHAPES.encode(), TURTLE)
    for engine, count in COUNTS.items():
        text = _observations(count)
        began = time.process_time()
        data = read_graph(text, NTRIPLES)
        rate = len(data) / (time.process_time() - began)
        if engine == "shacl":
            yield Line("RDF, reading N-Triples into a graph", f"{rate:,.0f} triples/s")
        rate = count / _processor_time(partial(check_graph, data, shapes, engine=engine))
        goal, value = (GOAL, rate) if engine == "shacl" else (None, None)
        yield Line(f"SHACL, {engine}, {count:,} Observations", f"{rate:,.0f} Observations/s", goal, value)


def _observations(count: int) -> bytes:
    lines = []
    for number in range(count):
        facts = {"number": number, "second": number % 60, "unit": 2 if number % 100 == 0 else number % 2}
        lines += [f"<urn:x:observation-{number}> {part.format_map(facts)} .\n" for part in _PARTS]
    return "".join(lines).encode()


def _processor_time(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began
