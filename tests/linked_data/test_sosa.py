"""Each entity type as triples, in the terms of published vocabularies only."""

from decimal import Decimal

import msgspec
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.linked_data import rdf
from ssclab_data.linked_data.parts import json_literal
from ssclab_data.linked_data.sosa import Node, triples
from ssclab_data.linked_data.terms import IRI, PREFIXES, Literal, Triple, decimal
from ssclab_data.model.entity import Entity
from ssclab_data.model.sensorthings import (
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement

# rdflib's own JSON-LD reader, used here to check our writing, still makes a deprecated graph.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

BASE = "https://data.example/id/breda"
CONCEPT = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001"
MICROGRAM = "http://qudt.org/vocab/unit/MicroGM-PER-M3"
HOUR = Interval.parse("2026-01-08T22:00:00Z/2026-01-08T23:00:00Z")


def node(entity: Entity, **links: Node) -> Node:
    iri = f"{BASE}/{type(entity).__name__}/{entity.key}"
    return Node(iri=iri, entity=entity, links={name: (linked,) for name, linked in links.items()})


LOCATION = node(
    Location(key="x/l", name="Plein", location={"type": "Point", "coordinates": [4.776512345678, 51.589123456789]})
)
SENSOR = node(
    Sensor(key="x/s", name="SDS011", encoding_type="application/pdf", metadata="https://maker.example/sds.pdf")
)
OBSERVED = node(ObservedProperty(key="property/pm25", name="PM2.5", definition=CONCEPT, description="fijn stof"))
PLAIN_THING = node(Thing(key="x/23", name="Paal 23"))
STREAM = Datastream(
    key="x/23/pm25",
    name="PM2.5",
    observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    unit_of_measurement=UnitOfMeasurement("microgram per cubic metre", "µg/m³", MICROGRAM),
    phenomenon_time=HOUR,
    observed_area={"type": "Point", "coordinates": [4.77, 51.58]},
)
DATASTREAM = node(STREAM, Thing=PLAIN_THING, Sensor=SENSOR, ObservedProperty=OBSERVED)
FEATURE = node(FeatureOfInterest(key="x/f", name="lucht", feature={"type": "Point", "coordinates": [5.0, 51.0]}))
THING = Node(
    iri=PLAIN_THING.iri,
    entity=Thing(
        key="x/23", name="Paal 23", properties={"owner": "gemeente", "height": 2.5, "off": None, "tags": ["a"]}
    ),
    links={"Locations": (LOCATION,), "Datastreams": (DATASTREAM, DATASTREAM)},
)
OBSERVATION = node(
    Observation(
        key="x/23/pm25/t",
        phenomenon_time=HOUR,
        result=12.3456789012,
        result_time=Instant.parse("2026-01-08T23:00:05Z"),
        result_quality="good",
        valid_time=HOUR,
        parameters={"rule": "energetic"},
    ),
    Datastream=DATASTREAM,
    FeatureOfInterest=FEATURE,
)
HISTORICAL = node(HistoricalLocation(key="x/h", time=HOUR.start), Thing=PLAIN_THING, Locations=LOCATION)
ALL = (THING, LOCATION, HISTORICAL, DATASTREAM, SENSOR, OBSERVED, OBSERVATION, FEATURE)

OBSERVATION_END = "/Observation/x/23/pm25/t#phenomenonTime.hasEnd"


def curie(term: IRI | Literal) -> str:
    text = term.value if isinstance(term, IRI) else term.text
    for prefix, namespace in sorted(PREFIXES.items(), key=lambda item: -len(item[1])):
        if isinstance(term, IRI) and text.startswith(namespace):
            return f"{prefix}:{text.removeprefix(namespace)}"
    return text.removeprefix(BASE)


def stated(described: Node) -> set[tuple[str, str, str]]:
    return {(curie(one.subject), curie(one.predicate), curie(one.object)) for one in triples(described)}


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (THING, ("/Thing/x/23", "rdf:type", "sosa:Platform")),
        (THING, ("/Thing/x/23", "rdfs:label", "Paal 23")),
        (THING, ("/Thing/x/23", "dct:identifier", "x/23")),
        (THING, ("/Thing/x/23", "sosa:hosts", "/Sensor/x/s")),
        (THING, ("/Thing/x/23", "geo:hasGeometry", "/Location/x/l#geometry")),
        (THING, ("/Thing/x/23#property-0", "sdo:name", "owner")),
        (THING, ("/Thing/x/23#property-1", "sdo:value", "2.5")),
        (THING, ("/Thing/x/23#property-3", "sdo:value", '["a"]')),
        (LOCATION, ("/Location/x/l#geometry", "rdf:type", "sf:Point")),
        (LOCATION, ("/Location/x/l#geometry", "geo:asWKT", "POINT (4.776512345678 51.589123456789)")),
        (HISTORICAL, ("/HistoricalLocation/x/h", "prov:specializationOf", "/Thing/x/23")),
        (HISTORICAL, ("/HistoricalLocation/x/h", "prov:atLocation", "/Location/x/l")),
        (HISTORICAL, ("/HistoricalLocation/x/h", "prov:generatedAtTime", "2026-01-08T22:00:00Z")),
        (DATASTREAM, ("/Datastream/x/23/pm25", "rdf:type", "sosa:ObservationCollection")),
        (DATASTREAM, ("/Datastream/x/23/pm25", "sosa-oms:madeOnPlatform", "/Thing/x/23")),
        (DATASTREAM, ("/Datastream/x/23/pm25", "sosa:madeBySensor", "/Sensor/x/s")),
        (DATASTREAM, ("/Datastream/x/23/pm25", "sosa:observedProperty", "/ObservedProperty/property/pm25")),
        (DATASTREAM, ("/Datastream/x/23/pm25", "qudt:hasUnit", MICROGRAM)),
        (DATASTREAM, ("/Datastream/x/23/pm25#phenomenonTime", "rdf:type", "time:Interval")),
        (DATASTREAM, ("/Datastream/x/23/pm25#area", "dcat:bbox", "POINT (4.77 51.58)")),
        (SENSOR, ("/Sensor/x/s", "rdfs:seeAlso", "https://maker.example/sds.pdf")),
        (OBSERVED, ("/ObservedProperty/property/pm25", "rdf:type", "sosa:Property")),
        (OBSERVED, ("/ObservedProperty/property/pm25", "rdf:type", "sosa:ObservableProperty")),
        (OBSERVED, ("/ObservedProperty/property/pm25", "skos:exactMatch", CONCEPT)),
        (OBSERVATION, ("/Observation/x/23/pm25/t", "sosa:isMemberOf", "/Datastream/x/23/pm25")),
        (OBSERVATION, ("/Observation/x/23/pm25/t", "sosa:madeBySensor", "/Sensor/x/s")),
        (OBSERVATION, ("/Observation/x/23/pm25/t", "sosa:hasFeatureOfInterest", "/FeatureOfInterest/x/f")),
        (OBSERVATION, ("/Observation/x/23/pm25/t", "sosa:hasSimpleResult", "12.3456789012")),
        (OBSERVATION, ("/Observation/x/23/pm25/t", "sosa:resultTime", "2026-01-08T23:00:05Z")),
        (OBSERVATION, (OBSERVATION_END, "time:inXSDDateTimeStamp", "2026-01-08T23:00:00Z")),
        (OBSERVATION, ("/Observation/x/23/pm25/t#quality", "rdf:value", "good")),
        (FEATURE, ("/FeatureOfInterest/x/f", "rdf:type", "sosa:FeatureOfInterest")),
    ],
)  # fmt: skip
def test_what_is_stated(described: Node, expected: tuple[str, str, str]) -> None:
    assert expected in stated(described)


@pytest.mark.parametrize(
    ("described", "absent", "why"),
    [
        (node(Observation(key="o", phenomenon_time=HOUR.start, result=None)), "sosa:hasSimpleResult", "no result"),
        (
            node(Observation(key="o", phenomenon_time=HOUR.start, result=[1, 2])),
            "sosa:hasSimpleResult",
            "no simple one",
        ),
        (node(Observation(key="o", phenomenon_time=HOUR.start, result=1, result_time=None)), "sosa:resultTime", "null"),
        (node(Datastream(key="d", unit_of_measurement=UnitOfMeasurement())), "qudt:hasUnit", "a unit of nothing"),
        (node(ObservedProperty(key="p", definition="PM2.5")), "skos:exactMatch", "the definition is no IRI"),
        (node(Location(key="l", properties={})), "sdo:additionalProperty", "no property"),
        (node(Thing(key="t", name="", description="")), "rdfs:label", "an empty name names nothing"),
        (node(Location(key="l", location={"type": "Point"})), "geo:asWKT", "no geometry, though it says so"),
        (OBSERVATION, "sosa:usedProcedure", "its Sensor is of one Thing"),
    ],
)
def test_what_is_not_stated(described: Node, absent: str, why: str) -> None:
    assert absent not in {predicate for _, predicate, _ in stated(described)}, why


# rdflib lists the terms of SOSA 2017; these are of the 2023 edition, its OMS extension and vocabularies it lacks.
NEWER = {
    "sosa:Property",
    "sosa:isMemberOf",
    "sosa:resultQuality",
    "sosa-oms:madeOnPlatform",
    "sosa-oms:observationType",
    "sosa-oms:validTime",
    "sf:Point",
    "dqv:QualityAnnotation",
    "locn:geometry",
    "qudt:hasQuantityKind",
    "qudt:hasUnit",
}
CLOSED = {
    "dcat": rdflib.DCAT,
    "dct": rdflib.DCTERMS,
    "geo": rdflib.namespace.GEO,
    "prov": rdflib.PROV,
    "qudt": rdflib.namespace.QUDT if hasattr(rdflib.namespace, "QUDT") else None,
    "rdf": rdflib.RDF,
    "rdfs": rdflib.RDFS,
    "sdo": rdflib.SDO,
    "skos": rdflib.SKOS,
    "sosa": rdflib.SOSA,
    "time": rdflib.TIME,
}


@pytest.mark.parametrize("described", ALL, ids=lambda described: type(described.entity).__name__)
def test_no_term_is_invented(described: Node) -> None:
    used = {curie(one.predicate) for one in triples(described)}
    used |= {curie(one.object) for one in triples(described) if curie(one.predicate) == "rdf:type"}
    unknown = {name for name in used - NEWER if not _is_listed(name)}
    assert unknown == set()


def _is_listed(name: str) -> bool:
    prefix, _, local = name.partition(":")
    namespace = CLOSED.get(prefix)
    if namespace is None:
        return False
    return local in dir(namespace) or rdflib.URIRef(PREFIXES[prefix] + local) in namespace


@pytest.mark.parametrize("described", ALL, ids=lambda described: type(described.entity).__name__)
def test_all_formats_say_the_same(described: Node) -> None:
    stated = list(triples(described))
    lines = rdflib.Graph().parse(data="".join(rdf.ntriples(stated)), format="nt")
    turtle = rdflib.Graph().parse(data=rdf.turtle(stated), format="turtle")
    jsonld = rdflib.Graph().parse(data=msgspec.json.encode(rdf.jsonld(stated)), format="json-ld")
    assert len(lines) == len(set(stated))
    assert set(lines) == set(turtle) == set(jsonld)


@settings(max_examples=200)
@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers()))
def test_a_decimal_keeps_every_digit(value: float) -> None:
    literal = decimal(value)
    assert "e" not in literal.text.lower()
    assert Decimal(literal.text) == Decimal(repr(value))
    subject = IRI("urn:x")
    line = Triple(subject, subject, literal)
    for text in (rdf.turtle([line]), "".join(rdf.ntriples([line]))):
        read = next(iter(rdflib.Graph().parse(data=text, format="turtle").objects()))
        assert Decimal(str(read)) == Decimal(repr(value))


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_every_format(value: str) -> None:
    line = Triple(IRI("urn:x"), IRI("urn:p"), json_literal(value))
    for data, name in ((rdf.turtle([line]), "turtle"), ("".join(rdf.ntriples([line])), "nt")):
        assert [str(one) for one in rdflib.Graph().parse(data=data, format=name).objects()] == [value]
    graph = rdflib.Graph().parse(data=msgspec.json.encode(rdf.jsonld([line])), format="json-ld")
    assert [str(one) for one in graph.objects()] == [value]


def test_an_iri_cannot_break_out_of_its_brackets() -> None:
    line = Triple(IRI("urn:a> <urn:b"), IRI("urn:p"), IRI('urn:c"\n'))
    assert "".join(rdf.ntriples([line])) == "<urn:a%3E%20%3Curn:b> <urn:p> <urn:c%22%0A> .\n"
