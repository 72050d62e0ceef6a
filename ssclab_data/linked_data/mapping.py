"""List how each property of SensorThings is stated in RDF, and whether it comes back, as the documentation shows it."""

import msgspec


class Statement(msgspec.Struct, frozen=True):
    """How one property, or one link, is stated.

    Attributes:
        entity: name of the entity type; "" for what all have.
        member: property or link, as SensorThings names it; "" for what only RDF says.
        terms: prefixed names of the properties and classes of RDF, in the order of the way to the value.
        text: what the value becomes, and what does not come back.
        returns: whether it is read back.
    """

    entity: str
    member: str
    terms: tuple[str, ...]
    text: str
    returns: bool = True


def _said(entity: str, member: str, terms: str, text: str, *, returns: bool = True) -> Statement:
    return Statement(entity, member, tuple(terms.split()), text, returns)


STATEMENTS = (
    _said("", "natural key", "dct:identifier", "text, as it is; `@iot.id` is of one store and is not stated"),
    _said("", "name", "rdfs:label", "text; none where it is empty"),
    _said("", "description", "dct:description", "text; none where it is empty"),
    _said(
        "",
        "properties",
        "sdo:additionalProperty sdo:PropertyValue sdo:name sdo:value",
        "keys that a context of ours names, with values of its type, by that term; each other one as name and value",
    ),
    _said("Thing", "", "sosa:Platform geo:Feature", "class", returns=False),
    _said("Thing", "Locations", "prov:atLocation", "IRI"),
    _said("Thing", "Locations/location", "geo:hasGeometry", "IRI of the geometry of the Location", returns=False),
    _said("Thing", "Datastreams/Sensor", "sosa:hosts", "IRI", returns=False),
    _said("Location", "", "geo:Feature dct:Location", "class", returns=False),
    _said("Location", "encodingType", "geo:hasGeometry dct:format", "text"),
    _said(
        "Location",
        "location",
        "geo:hasGeometry sf:Point geo:Geometry geo:asWKT geo:asGeoJSON rdf:value",
        "class of its type; WKT in CRS84 without heights; the GeoJSON as it is; other JSON, or a Feature, as JSON",
    ),
    _said("HistoricalLocation", "", "prov:Entity", "class", returns=False),
    _said("HistoricalLocation", "time", "prov:generatedAtTime", "xsd:dateTime"),
    _said("HistoricalLocation", "Thing", "prov:specializationOf", "IRI"),
    _said("HistoricalLocation", "Locations", "prov:atLocation", "IRI"),
    _said("Datastream", "", "sosa:ObservationCollection dcat:Dataset", "class", returns=False),
    _said("Datastream", "observationType", "sosa-oms:observationType", "IRI; text where it is none"),
    _said(
        "Datastream",
        "unitOfMeasurement",
        "qudt:hasUnit sdo:unitText sdo:variableMeasured sdo:PropertyValue sdo:name sdo:value",
        "IRI in QUDT, by definition, else symbol, else name; its symbol; all of it as JSON where the code list differs",
    ),
    _said(
        "Datastream",
        "phenomenonTime",
        "sosa:phenomenonTime time:Interval time:hasBeginning time:hasEnd time:Instant time:inXSDDateTimeStamp "
        "dct:temporal dct:PeriodOfTime dcat:startDate dcat:endDate",
        "interval of OWL-Time; once more as DCAT has it",
    ),
    _said(
        "Datastream",
        "resultTime",
        "prov:wasGeneratedBy prov:Activity prov:startedAtTime prov:endedAtTime",
        "time in which the set was generated",
    ),
    _said(
        "Datastream",
        "observedArea",
        "dct:spatial dct:Location dcat:bbox locn:geometry",
        "WKT, and the GeoJSON as it is",
    ),
    _said("Datastream", "Thing", "sosa-oms:madeOnPlatform", "IRI"),
    _said("Datastream", "Sensor", "sosa:madeBySensor", "IRI"),
    _said("Datastream", "Sensor", "sosa:usedProcedure", "IRI, where several Things have the Sensor", returns=False),
    _said("Datastream", "ObservedProperty", "sosa:observedProperty", "IRI"),
    _said(
        "MultiDatastream",
        "resultType",
        "sdo:variableMeasured sdo:PropertyValue sdo:name sdo:value",
        "as JSON: `multiObservationDataTypes`, `unitOfMeasurements` and the order of `ObservedProperties` are in it",
    ),
    _said(
        "MultiDatastream",
        "its values",
        "sdo:variableMeasured sdo:position sosa-oms:observationType sosa:observedProperty qudt:hasUnit sdo:unitText",
        "each value of a result once more, in their order, for those who read no JSON",
        returns=False,
    ),
    _said("Sensor", "", "sosa:Sensor", "class", returns=False),
    _said("Sensor", "", "sosa:Procedure", "class too, where several Things have it: then it is a model", returns=False),
    _said("Sensor", "Datastreams/Thing", "sosa:isHostedBy", "IRI", returns=False),
    _said("Sensor", "Datastreams/ObservedProperty", "sosa:observes", "IRI", returns=False),
    _said(
        "Sensor",
        "metadata",
        "rdfs:seeAlso rdf:value",
        "IRI of the document; else a part with the text or JSON as value",
    ),
    _said("Sensor", "encodingType", "rdfs:seeAlso dct:format", "text, of the document"),
    _said(
        "ObservedProperty",
        "",
        "sosa:Property sosa:ObservableProperty",
        "class, in both editions of SOSA",
        returns=False,
    ),
    _said("ObservedProperty", "definition", "skos:exactMatch skos:notation", "IRI; text where it is none"),
    _said(
        "ObservedProperty",
        "definition",
        "skos:prefLabel qudt:hasQuantityKind",
        "names in Dutch and English, and kind of quantity, of the code list",
        returns=False,
    ),
    _said("Observation", "", "sosa:Observation", "class", returns=False),
    _said("Observation", "Datastream", "sosa:isMemberOf", "IRI"),
    _said(
        "Observation",
        "Datastream/…",
        "sosa:madeBySensor sosa:usedProcedure sosa:observedProperty",
        "IRIs, as of the Datastream, because not every reader lets it inherit them",
        returns=False,
    ),
    _said("Observation", "FeatureOfInterest", "sosa:hasFeatureOfInterest", "IRI"),
    _said(
        "Observation",
        "phenomenonTime",
        "sosa:phenomenonTime time:Instant time:inXSDDateTimeStamp time:Interval time:hasBeginning time:hasEnd",
        "instant or interval of OWL-Time",
    ),
    _said(
        "Observation",
        "result",
        "sosa:hasSimpleResult sosa:hasResult sosa:Result rdf:value",
        "numbers of a Measurement `xsd:decimal`, else `xsd:integer` or `xsd:decimal`; `xsd:boolean`; text; a Category "
        "that is an IRI that resource; arrays and objects JSON of a resource; nothing of null",
    ),
    _said("Observation", "resultTime", "sosa:resultTime", "xsd:dateTime; nothing of null"),
    _said("Observation", "validTime", "sosa-oms:validTime time:Interval", "interval of OWL-Time"),
    _said("Observation", "resultQuality", "sosa:resultQuality dqv:QualityAnnotation rdf:value", "literal, or JSON"),
    _said(
        "Observation", "parameters", "sdo:additionalProperty sdo:PropertyValue sdo:name sdo:value", "as `properties`"
    ),
    _said("FeatureOfInterest", "", "sosa:FeatureOfInterest geo:Feature", "class", returns=False),
    _said(
        "FeatureOfInterest",
        "",
        "sosa:Sample",
        "class too, of a point: where something larger is sampled",
        returns=False,
    ),
    _said("FeatureOfInterest", "encodingType", "geo:hasGeometry dct:format", "text"),
    _said(
        "FeatureOfInterest",
        "feature",
        "geo:hasGeometry sf:Point geo:Geometry geo:asWKT geo:asGeoJSON rdf:value",
        "as `location` of a Location",
    ),
)
"""Every statement that `sosa` makes; a test holds the two equal."""


def table() -> str:
    """Write the list as a table of Markdown."""
    rows = [
        f"| {one.entity or 'all'} | {one.member} | {' '.join(f'`{name}`' for name in one.terms)} | {one.text} | "
        f"{'yes' if one.returns else '–'} |"
        for one in STATEMENTS
    ]
    head = "| entity | property or link | terms | what is stated | read back |\n| --- | --- | --- | --- | --- |"
    return "\n".join((head, *rows))
