"""Say by which interfaces, and in which forms, a node gives its data."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from ssclab_data.linked_data.dcat import Standard

STA = Standard("http://www.opengis.net/doc/is/sensorthings/1.1", "OGC SensorThings API 1.1 (18-088)")
STA_1_0 = Standard("http://www.opengis.net/doc/is/sensorthings/1.0", "OGC SensorThings API 1.0 (15-078r6)")
FEATURES = Standard("http://www.opengis.net/def/interface/ogcapi-features", "OGC API - Features")


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """One interface that a node serves, by paths below its address."""

    name: str
    title: str
    path: str
    description: str
    standard: Standard


INTERFACES = (
    Interface(
        name="sensorthings-1.1",
        title="SensorThings API 1.1",
        path="/sta/v1.1",
        description="/sta/v1.1/api",
        standard=STA,
    ),
    Interface(
        name="sensorthings-1.0",
        title="SensorThings API 1.0",
        path="/sta/v1.0",
        description="/sta/v1.0/api",
        standard=STA_1_0,
    ),
    Interface(
        name="ogc-features", title="OGC API Features", path="/ogc/", description="/ogc/openapi", standard=FEATURES
    ),
)
"""What a node serves; a test holds it equal to what answers."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form in which data are given.

    Attributes:
        format: code in the EU list of file types.
    """

    name: str
    title_nl: str
    title_en: str
    format: str
    media_type: str
    standards: tuple[Standard, ...] = ()


SENSORTHINGS = Form(
    name="sensorthings",
    title_nl="SensorThings: meetreeksen met hun waarden",
    title_en="SensorThings: Datastreams with their values",
    format="JSON",
    media_type="application/json",
    standards=(STA,),
)
GEOJSON = Form(
    name="geojson",
    title_nl="GeoJSON: waar gemeten wordt",
    title_en="GeoJSON: where is measured",
    format="GEOJSON",
    media_type="application/geo+json",
    standards=(Standard("https://www.rfc-editor.org/info/rfc7946", "GeoJSON (RFC 7946)"),),
)
BULK: Mapping[str, Form] = MappingProxyType(
    {
        "data.csv": Form(
            name="csv",
            title_nl="CSV: alle metingen",
            title_en="CSV: all measurements",
            format="CSV",
            media_type="text/csv",
            standards=(Standard("https://www.rfc-editor.org/info/rfc4180", "CSV (RFC 4180)"),),
        ),
        "data.nt": Form(
            name="ntriples",
            title_nl="Linked data: alle metingen",
            title_en="Linked data: all measurements",
            format="RDF_N_TRIPLES",
            media_type="application/n-triples",
            standards=(Standard("https://www.w3.org/TR/vocab-ssn/", "Semantic Sensor Network Ontology (SOSA/SSN)"),),
        ),
    }
)
"""The forms in which a data set is given whole, by the name of the file."""
