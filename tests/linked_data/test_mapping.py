"""The list of statements, what is stated, the vocabularies and the documentation agree."""

import re
from pathlib import Path

import pytest

from ssclab_data.linked_data.mapping import STATEMENTS, table
from ssclab_data.linked_data.sosa import Node, triples
from ssclab_data.model.sensorthings import (
    OM,
    Datastream,
    FeatureOfInterest,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.values import UnitOfMeasurement

from .entities import named
from .test_sosa import ALL, HOUR, STREAM, THING, curie, node

SHAPES = {"sf:Point", "geo:Geometry"}


def used_in(described: Node) -> set[str]:
    terms = set()
    for one in triples(described):
        predicate = curie(one.predicate)
        terms.add(curie(one.object) if predicate == "rdf:type" else predicate)
    return terms


def everything() -> dict[str, list[Node]]:
    """Give nodes that between them have every statement there is, by the name of the row."""
    found: dict[str, list[Node]] = {}
    for one in ALL:
        found.setdefault(type(one.entity).__name__, []).append(one)
    model = Node(iri=THING.iri, entity=Sensor(key="x/m", metadata={"a": 1}, encoding_type="x"), model=True)
    thing, observed = node(Thing(key="x/1")), node(ObservedProperty(key="p"))
    hosted = node(Sensor(key="x/h"), Datastreams=node(STREAM, Thing=thing, ObservedProperty=observed))
    found["Sensor"] += [model, hosted]
    found["ObservedProperty"].append(node(ObservedProperty(key="x/p", definition="PM2.5")))
    found["Location"] += [
        node(Location(key="x/n", encoding_type="x", location={"place": "Breda"}, properties={"a": 1})),
    ]
    found["FeatureOfInterest"].append(node(FeatureOfInterest(key="x/n", encoding_type="x", feature={"place": "Breda"})))
    odd = Datastream(key="x/d", unit_of_measurement=UnitOfMeasurement("a", "b", "c"), result_time=HOUR)
    found["Datastream"] += [node(odd), node(odd, Sensor=model)]
    record = {"type": "DataRecord", "fields": [_field()]}
    multi = node(
        Datastream(key="x/w", observation_type=f"{OM}OM_ComplexObservation", result_type=record),
        ObservedProperties=named(ObservedProperty(key="property/pm25")),
    )
    found["MultiDatastream"] = [multi]
    for result in (None, [1]):
        entity = Observation(key="x/o", phenomenon_time=HOUR.start, result=result)
        found["Observation"].append(node(entity, Datastream=node(odd, Sensor=model)))
    return found


def _field() -> dict[str, object]:
    unit = {"name": "hectopascal", "symbol": "hPa", "definition": None}
    return {
        "name": "value1",
        "type": "Quantity",
        "observationType": f"{OM}OM_Measurement",
        "unitOfMeasurement": unit,
        "observedProperty": "property/pm25",
    }


FOUND = everything()


@pytest.mark.parametrize("kind", FOUND)
def test_each_statement_is_in_the_list_and_the_list_has_no_other(kind: str) -> None:
    rows = [
        one for one in STATEMENTS if one.entity in ("", kind) or (kind, one.entity) == ("MultiDatastream", "Datastream")
    ]
    listed = {name for one in rows for name in one.terms}
    used = set().union(*(used_in(one) for one in FOUND[kind]))
    assert used - listed == set()
    if kind != "MultiDatastream":
        own = {name for one in STATEMENTS if one.entity == kind for name in one.terms}
        assert own - used - SHAPES == set()


def test_the_documentation_has_the_list(repository: Path) -> None:
    assert table() in (repository / "docs/linked-data.md").read_text()


@pytest.mark.needs("standards")
def test_every_term_of_sosa_is_in_its_files(standards: Path) -> None:
    text = "".join(file.read_text() for file in sorted((standards / "sosa").rglob("*.ttl")))
    names = {name for one in STATEMENTS for name in one.terms if name.startswith(("sosa:", "sosa-oms:"))}
    assert names
    assert {name for name in names if not re.search(rf"^{re.escape(name)}\s", text, re.MULTILINE)} == set()
