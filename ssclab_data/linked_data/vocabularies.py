"""Say which terms the closed vocabularies of others have, so that a misspelt one is found."""

from functools import cache

from ssclab_data.linked_data.terms import PREFIXES

SSN_SYSTEM = "http://www.w3.org/ns/ssn/systems/"

_LISTED = ("CSVW", "DCAT", "DCTERMS", "FOAF", "GEO", "ODRL2", "ORG", "OWL", "PROF")
_ALSO_LISTED = ("PROV", "QB", "RDF", "RDFS", "SDO", "SH", "SKOS", "SOSA", "SSN", "TIME", "VANN", "VOID", "XSD")

# What rdflib's lists lack: DCAT 3, the 2023 edition of SOSA/SSN with its parts, and a few of the language itself.
_MORE = {
    PREFIXES["dcat"]: (
        "DatasetSeries first hasCurrentVersion hasVersion inSeries isVersionOf last next nextVersion prev"
        " previousVersion qualifiedAttribution resource seriesMember version"
    ),
    PREFIXES["sosa"]: (
        "ActuationCollection Deployment Execution ExecutionCollection MaterialSample Property SampleCollection"
        " SamplingCollection SpatialSample StatisticalSample Stimulus System actsOn deployedAsset deployedOnPlatform"
        " deployedSystem detects featureSampledBy forProperty hasDeployment hasInput hasInputValue hasOutput"
        " hasOutputValue hasProcedure hasProperty hasProxy hasSubSystem implementedBy implements inDeployment inputFor"
        " inputValueForExecution isDetectedBy isMemberOf isOriginalSampleOf isPropertyOf isProxyFor isSubSystemOf"
        " isUltimateFeatureOfInterestOf madeBySystem madeExecution observationRelatedTo originated outputFor"
        " outputValueForExecution phenomenonOccurred propertyFor qualityOf relatedObservation resultQuality startTime"
        " usedForExecution wasActedOnBy wasObservedBy wasOriginatedBy"
    ),
    PREFIXES["ssn"]: "deployedAsset",
    PREFIXES["xsd"]: "dateTimeStamp dayTimeDuration yearMonthDuration precisionDecimal",
    PREFIXES["rdf"]: "langString HTML JSON CompoundLiteral language direction",
    SSN_SYSTEM: (
        "Accuracy ActuationRange BatteryLifetime Condition DetectionLimit Drift Frequency Latency MaintenanceSchedule"
        " MeasurementRange OperatingPowerRange OperatingProperty OperatingRange Precision Resolution ResponseTime"
        " Selectivity Sensitivity SurvivalProperty SurvivalRange SystemCapability SystemLifetime SystemProperty"
        " hasOperatingProperty hasOperatingRange hasSurvivalProperty hasSurvivalRange hasSystemCapability"
        " hasSystemProperty inCondition qualityOfObservation"
    ),
}


@cache
def closed_vocabularies() -> dict[str, frozenset[str]]:
    """Give the local names of each vocabulary whose terms are all known, by namespace.

    >>> "Sensor" in closed_vocabularies()["http://www.w3.org/ns/sosa/"]
    True
    """
    from rdflib import namespace

    found: dict[str, set[str]] = {}
    for name in (*_LISTED, *_ALSO_LISTED):
        terms = getattr(namespace, name)
        start = str(terms._NS)
        found[start] = {str(term)[len(start) :] for term in dir(terms) if str(term).startswith(start)}
    for start, more in _MORE.items():
        found.setdefault(start, set()).update(more.split())
    return {start: frozenset(names) for start, names in found.items()}


def unknown_term(iri: str) -> tuple[str, frozenset[str]] | None:
    """Tell whether an IRI is in a closed vocabulary that has no such term.

    Returns:
        The namespace and the names it has; None where the term is known, or the vocabulary is open.

    >>> unknown_term("http://www.w3.org/ns/sosa/Sensr")[0]
    'http://www.w3.org/ns/sosa/'
    >>> unknown_term("https://example.org/Sensr")
    """
    spaces = [space for space in closed_vocabularies() if iri.startswith(space)]
    if not spaces:
        return None
    space = max(spaces, key=len)
    local = iri[len(space) :]
    names = closed_vocabularies()[space]
    return None if not local or local in names or "/" in local else (space, names)
