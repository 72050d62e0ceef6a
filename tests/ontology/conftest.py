"""Know which terms exist: ours by our files, those of others by their own files or by closed lists."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from rdflib import RDF, Graph, URIRef, namespace

from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.ontology import codelists, registry
from ssclab_data.resources import folder

OWN = "https://ssclab.example/def/"
OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"

# Facts of vocabularies that have no file here: the schema and kinds of QUDT 3.5.0, DQV, Simple Features, EIONET.
LISTED = {
    PREFIXES["qudt"]: "Unit hasUnit hasQuantityKind numericValue QuantityValue symbol ucumCode uneceCommonCode",
    PREFIXES["quantitykind"]: (
        "Angle AtmosphericPressure Dimensionless ElectricConductivity ElectricCurrent EnergyPerArea Illuminance"
        " Length LinearVelocity MassDensity MoleFraction NumberDensity PowerPerArea RelativeHumidity Resistance"
        " SoundPressureLevel Speed Temperature Time"
    ),
    PREFIXES["dqv"]: "QualityAnnotation QualityMeasurement hasQualityAnnotation",
    PREFIXES["sf"]: "Point LineString Polygon MultiPoint MultiLineString MultiPolygon GeometryCollection",
    PREFIXES["locn"]: "geometry",
    PREFIXES["vcard"]: "Group Individual Kind Location Organization fn hasEmail hasURL",
    PREFIXES["dcatap"]: "applicableLegislation hvdCategory availability",
    PREFIXES["rdf"]: "JSON langString",
    PREFIXES["xsd"]: "dateTimeStamp",
    "https://w3id.org/semapv/vocab/": "ManualMappingCuration",
    OM: "Observation Measurement CountObservation TruthObservation CategoryObservation ComplexObservation",
    "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/": "1 5 7 8 9 10 11 20 21 35 38 41 71 431 464 482 6001 6002",
    "http://dd.eionet.europa.eu/vocabulary/uom/concentration/": "ug.m-3 mg.m-3",
    "http://vocab.nerc.ac.uk/collection/P07/current/": "CFSN0015/ CFSN0023/ CFSN0309/ CFSN0413/",
}
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"http://vocab\.nerc\.ac\.uk/standard_name/[a-z0-9_]+/",
        r"https://identifier\.overheid\.nl/tooi/id/(gemeente/gm\d{4}|\w+/\w+)",
        r"https://definities\.geostandaarden\.nl/dcat-ap-nl/id/waardelijst/licenties/\w+",
        r"http://publications\.europa\.eu/resource/authority/[a-z-]+(/\w+)?",
        r"https://creativecommons\.org/publicdomain/zero/1\.0/",
        r"http://data\.europa\.eu/eli/reg_impl/2023/138/oj",
        r"mailto:[^@]+@[\w.-]+\.example",
    )
)
CLOSED = (
    *(namespace.DCAT, namespace.DCTERMS, namespace.FOAF, namespace.GEO, namespace.ORG, namespace.OWL, namespace.PROV),
    *(namespace.RDF, namespace.RDFS, namespace.SDO, namespace.SH, namespace.SKOS, namespace.TIME, namespace.XSD),
)


class Known:
    """The terms that exist, by namespace."""

    def __init__(self, standards: Path) -> None:
        self.terms: dict[str, set[str]] = {}
        for vocabulary in CLOSED:
            words = [str(vocabulary[name]) for name in vocabulary._extras]  # those that are words of Python
            self._add(str(vocabulary._NS), [*map(str, dir(vocabulary)), *words])
        for space, names in LISTED.items():
            prefix = f"{space}OM_" if space == OM else space
            self._add(space, (prefix + name for name in names.split()))
        self._standard(standards)

    def _standard(self, standards: Path) -> None:
        for file in sorted((standards / "sosa").rglob("*.ttl")):
            subjects = [str(one) for one in read_standard(file).subjects() if isinstance(one, URIRef)]
            for prefix in ("sosa", "sosa-oms", "ssn"):
                self._add(PREFIXES[prefix], subjects)
            self._add("http://www.w3.org/ns/ssn/systems/", subjects)
        units = Graph().parse(standards / "qudt" / "units-subset.ttl")
        self._add("http://qudt.org/vocab/unit/", (str(one) for one in units.subjects()))

    def _add(self, space: str, iris: Iterator[str] | list[str]) -> None:
        self.terms.setdefault(space, set()).update(iri for iri in iris if iri.startswith(space))

    def why_not(self, iri: str) -> str:
        """Tell why a term does not exist; "" when it does, or when it is of somebody's data."""
        if iri.startswith(OWN):
            return "" if iri in own_terms() else "none of our files has it"
        if any(pattern.fullmatch(iri) for pattern in PATTERNS) or re.match(r"https?://[\w.-]+\.example(/|$)", iri):
            return ""
        spaces = [space for space in self.terms if iri.startswith(space)]
        if not spaces:
            return "no vocabulary is known for it"
        space = max(spaces, key=len)
        return "" if iri == space or iri in self.terms[space] else f"<{space}> has no such term"


def read_standard(file: Path) -> Graph:
    """Read a file of SOSA/SSN; in one of 2024-10 a prefix was misspelt (`osa:`), which is mended here."""
    text = file.read_text(encoding="utf-8")
    if file.name == "sosa-oms.ttl":
        text = re.sub(r"^osa:", "sosa:", text, flags=re.MULTILINE)
    return Graph().parse(data=text, format="turtle", publicID=f"https://standard.example/{file.name}")


@cache
def own_terms() -> frozenset[str]:
    """Give what our modules, shapes and code lists declare."""
    found: set[str] = set()
    for file in sorted(Path(str(folder("ontologies"))).rglob("*.ttl")):
        if "examples" not in file.parts:
            graph = Graph().parse(file)
            found.update(str(one) for one in graph.subjects(RDF.type, None) if isinstance(one, URIRef))
    for module in registry.modules().values():
        found.update((module.version_iri, module.entry.namespace, module.entry.namespace.rstrip("#")))
    found.update(str(one) for one in codelists.graph().subjects())
    found.update(codelists.scheme_iri(name) + "/" for name in codelists.names())
    return frozenset(found)


@pytest.fixture(scope="session")
def known(standards: Path) -> Known:
    """The terms that exist; a test that uses it is marked `needs("standards")`."""
    return Known(standards)
