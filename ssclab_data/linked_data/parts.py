"""State what entities have in common: times, places, units, documents and free properties, each a part with a name.

A part is named by a fragment of the IRI of its entity, so there are no blank nodes, and a part is the same one in each
document that speaks of it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.terms import IRI, Literal, Term, Triple, decimal, is_iri, term, text, typed
from ssclab_data.linked_data.words import Words
from ssclab_data.model.geometry import geometry_of, to_wkt
from ssclab_data.model.units import Unit, resolve_unit
from ssclab_data.model.values import Instant, Interval, JsonObject, Time, UnitOfMeasurement, is_finite

type Pairs = Iterator[tuple[str, Term]]

A = "rdf:type"
_GEOJSON_TYPES = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)
_QUDT_UNIT = re.compile(r"http://qudt\.org/vocab/unit/[A-Za-z0-9_-]+")


def about(subject: str, pairs: Pairs) -> Iterator[Triple]:
    """State pairs of a property and a value of one subject."""
    for predicate, value in pairs:
        yield Triple(IRI(subject), term(predicate), value)


def types(*curies: str) -> Pairs:
    """Give the classes of a subject."""
    for curie in curies:
        yield A, term(curie)


def iri_or_text(predicate: str, value: Any, *, otherwise: str = "") -> Pairs:
    """Give an IRI where a text is one; else the text, of another property where one is named."""
    if isinstance(value, str) and is_iri(value):
        yield predicate, IRI(value)
    elif isinstance(value, str) and value:
        yield otherwise or predicate, text(value)


def geometry(subject: str, value: Any, encoding: Any) -> Iterator[Triple]:
    """State a place: as WKT where it is GeoJSON, and as the JSON that it was given in.

    WKT without a CRS is CRS84, lon before lat (GeoSPARQL 1.1, 8.5.1). It has no heights here; the JSON has them.
    """
    part = f"{subject}#geometry"
    statements = [*_shape(part, value)]
    if isinstance(encoding, str) and encoding:
        statements.append(Triple(IRI(part), term("dct:format"), text(encoding)))
    if statements:
        yield Triple(IRI(subject), term("geo:hasGeometry"), IRI(part))
        yield from statements


def area(subject: str, value: Any) -> Iterator[Triple]:
    """State what a set of data covers."""
    if not isinstance(value, dict):
        return
    part = f"{subject}#area"
    yield Triple(IRI(subject), term("dct:spatial"), IRI(part))
    yield from about(part, types("dct:Location"))
    found = wkt(value)
    if found is not None:
        yield Triple(IRI(part), term("dcat:bbox"), found)
    yield Triple(IRI(part), term("locn:geometry"), _json_of(value))


def wkt(value: JsonObject) -> Literal | None:
    """Write a GeoJSON geometry or Feature as a WKT literal; None where it is none."""
    try:
        return typed(to_wkt(value), "geo:wktLiteral")
    except ValueParseError:
        return None


def _shape(part: str, value: Any) -> Iterator[Triple]:
    if not isinstance(value, dict):
        return
    found = wkt(value)
    kind = f"sf:{geometry_of(value)['type']}" if found is not None else "geo:Geometry"
    yield from about(part, types(kind))
    if found is not None:
        yield Triple(IRI(part), term("geo:asWKT"), found)
    literal = _json_of(value)
    predicate = "rdf:value" if literal.datatype == term("rdf:JSON").value else "geo:asGeoJSON"
    yield Triple(IRI(part), term(predicate), literal)


def _json_of(value: JsonObject) -> Literal:
    """Write a place as JSON: of GeoSPARQL's kind where it is a GeoJSON geometry (1.1, 8.5.3)."""
    kind = "geo:geoJSONLiteral" if value.get("type") in _GEOJSON_TYPES and wkt(value) is not None else "rdf:JSON"
    return typed(_json(value), kind)


def time(subject: str, predicate: str, value: Time) -> Iterator[Triple]:
    """State a time as OWL-Time has it: SOSA's phenomenonTime leads to a resource, never to a literal."""
    part = f"{subject}#{predicate.partition(':')[2]}"
    yield Triple(IRI(subject), term(predicate), IRI(part))
    if isinstance(value, Instant):
        yield from _instant(part, value)
        return
    yield Triple(IRI(part), term(A), term("time:Interval"))
    for edge, moment in (("hasBeginning", value.start), ("hasEnd", value.end)):
        yield Triple(IRI(part), term(f"time:{edge}"), IRI(f"{part}.{edge}"))
        yield from _instant(f"{part}.{edge}", moment)


def _instant(part: str, moment: Instant) -> Iterator[Triple]:
    yield Triple(IRI(part), term(A), term("time:Instant"))
    yield Triple(IRI(part), term("time:inXSDDateTimeStamp"), typed(str(moment), "xsd:dateTimeStamp"))


def span(subject: str, interval: Interval) -> Iterator[Triple]:
    """State which time a set of data covers, as DCAT has it."""
    part = f"{subject}#temporal"
    yield Triple(IRI(subject), term("dct:temporal"), IRI(part))
    yield from about(part, types("dct:PeriodOfTime"))
    yield Triple(IRI(part), term("dcat:startDate"), typed(str(interval.start), "xsd:dateTime"))
    yield Triple(IRI(part), term("dcat:endDate"), typed(str(interval.end), "xsd:dateTime"))


def generation(subject: str, interval: Interval) -> Iterator[Triple]:
    """State when the results of a set became known: the time in which it was generated."""
    part = f"{subject}#generation"
    yield Triple(IRI(subject), term("prov:wasGeneratedBy"), IRI(part))
    yield from about(part, types("prov:Activity"))
    yield Triple(IRI(part), term("prov:startedAtTime"), typed(str(interval.start), "xsd:dateTime"))
    yield Triple(IRI(part), term("prov:endedAtTime"), typed(str(interval.end), "xsd:dateTime"))


def document(subject: str, metadata: Any, encoding: Any) -> Iterator[Triple]:
    """State where a Sensor is described: at an address, or in a text or JSON that is given here."""
    linked = isinstance(metadata, str) and is_iri(metadata)
    given = metadata is not UNSET and metadata is not None
    part = metadata if linked else f"{subject}#metadata"
    statements = []
    if given and not linked:
        statements.append(Triple(IRI(part), term("rdf:value"), json_literal(metadata)))
    if isinstance(encoding, str) and encoding:
        statements.append(Triple(IRI(part), term("dct:format"), text(encoding)))
    if given or statements:
        yield Triple(IRI(subject), term("rdfs:seeAlso"), IRI(part))
        yield from statements


def unit(subject: str, value: Any) -> Iterator[Triple]:
    """State a unit: that of QUDT where the code list knows it, its symbol, and all of it where it differs."""
    if not isinstance(value, UnitOfMeasurement) or value == UnitOfMeasurement():
        return
    yield from about(subject, unit_terms(value))
    if value != measurement_of(qudt_unit(value)):
        document = {name: one for name in value.__struct_fields__ if (one := getattr(value, name)) is not None}
        yield from variable(subject, "unitOfMeasurement", document)


def unit_terms(value: UnitOfMeasurement) -> Pairs:
    """Give the unit of QUDT and the text of a unit."""
    found = qudt_unit(value)
    if found:
        yield "qudt:hasUnit", IRI(found)
    shown = value.symbol or value.name
    if shown:
        yield "sdo:unitText", text(shown)


def qudt_unit(value: UnitOfMeasurement) -> str:
    """Find the IRI in QUDT of a unit by its definition, else by its symbol, else by its name; "" where there is none.

    >>> qudt_unit(UnitOfMeasurement(symbol="μg/m3"))
    'http://qudt.org/vocab/unit/MicroGM-PER-M3'
    """
    if value.definition and _QUDT_UNIT.fullmatch(value.definition):
        return value.definition
    for name in (value.definition, value.symbol, value.name):
        found = _resolved(name) if name else None
        if found is not None:
            return found.definition
    return ""


def measurement_of(definition: str) -> UnitOfMeasurement:
    """Give the unit that an IRI of QUDT stands for in the code list; of one that is not there only the IRI is known."""
    found = _resolved(definition) if definition else None
    return found.measurement if found is not None else UnitOfMeasurement(definition=definition or None)


@cache
def _resolved(name: str) -> Unit | None:
    try:
        return resolve_unit(name)
    except ValueParseError:
        return None


def variable(subject: str, name: str, value: Any) -> Iterator[Triple]:
    """State a member of a Datastream that no vocabulary has, as JSON."""
    part = f"{subject}#{name}"
    yield Triple(IRI(subject), term("sdo:variableMeasured"), IRI(part))
    yield from about(part, types("sdo:PropertyValue"))
    yield Triple(IRI(part), term("sdo:name"), text(name))
    yield Triple(IRI(part), term("sdo:value"), typed(_json(value), "rdf:JSON"))


def quality(subject: str, value: Any) -> Iterator[Triple]:
    """State a resultQuality."""
    if value is UNSET or value is None:
        return
    part = f"{subject}#quality"
    yield Triple(IRI(subject), term("sosa:resultQuality"), IRI(part))
    yield from about(part, types("dqv:QualityAnnotation"))
    yield Triple(IRI(part), term("rdf:value"), json_literal(value))


def additional(subject: str, properties: Any, words: Words) -> Iterator[Triple]:
    """State what SensorThings leaves free (`properties`, `parameters`): by a term of ours, else as name and value."""
    if not isinstance(properties, Mapping):
        return
    for number, (name, value) in enumerate(properties.items()):
        known = words.state(name, value)
        if known is not None:
            yield Triple(IRI(subject), *known)
            continue
        part = f"{subject}#property-{number}"
        yield Triple(IRI(subject), term("sdo:additionalProperty"), IRI(part))
        yield from about(part, types("sdo:PropertyValue"))
        yield Triple(IRI(part), term("sdo:name"), text(name))
        yield Triple(IRI(part), term("sdo:value"), json_literal(value))


def json_literal(value: Any) -> Literal:
    """Make a literal of a JSON value: boolean, integer, decimal, text, or JSON as it is.

    >>> json_literal(5).datatype.rpartition("#")[2], json_literal([1, None]).text
    ('integer', '[1,null]')
    """
    if isinstance(value, bool):
        return typed(str(value).lower(), "xsd:boolean")
    if isinstance(value, int):
        return typed(str(value), "xsd:integer")
    if isinstance(value, float) and is_finite(value):
        return decimal(value)
    if isinstance(value, str):
        return text(value)
    return typed(_json(value), "rdf:JSON")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
