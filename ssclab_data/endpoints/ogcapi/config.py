"""Generate the pygeoapi configuration and the OpenAPI document from what a site serves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ssclab_data.model import codelists
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings

COLLECTION = "things"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
PROVIDER = "ssclab_data.endpoints.ogcapi.provider.ThingsProvider"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
DEMO_URL = "http://127.0.0.1:8080/ogc"
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-{name}"
    for name in (
        "common-1/1.0/conf/core",
        "common-2/1.0/conf/collections",
        "features-1/1.0/conf/core",
        "features-1/1.0/conf/oas30",
        "features-1/1.0/conf/html",
        "features-1/1.0/conf/geojson",
        "features-2/1.0/conf/crs",
    )
)
_CONTACT = {
    "name": "ssclab-data",
    "position": "maintainer",
    "address": "-",
    "city": "-",
    "stateorprovince": "-",
    "postalcode": "-",
    "country": "Netherlands",
    "email": "developers@ssclab.example",
    "url": "https://ssclab.example",
}


def pygeoapi_config(labs: Sequence[LabInfo], *, url: str, title: str, settings: Settings, site: str) -> dict[str, Any]:
    """Give the configuration of pygeoapi for one site.

    Args:
        url: public address of `/ogc`.
        site: name under which the provider finds the open site.
    """
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 8080},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "pretty_print": False,
            "limits": {
                "default_items": settings.page_size,
                "max_items": settings.max_page_size,
                "on_exceed": "throttle",
            },
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "CRITICAL"},
        "metadata": {
            "identification": {
                "title": title,
                "description": f"Things of {', '.join(lab.name for lab in labs)} with their latest values",
                "keywords": ["SensorThings", "air quality", "noise"],
                "keywords_type": "theme",
                "terms_of_service": "https://creativecommons.org/licenses/by/4.0/",
                "url": url,
            },
            "license": {"name": "CC-BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
            "provider": {"name": title, "url": url},
            "contact": _CONTACT,
        },
        "resources": {COLLECTION: _collection(labs, title, site, url)},
    }


def _collection(labs: Sequence[LabInfo], title: str, site: str, url: str) -> dict[str, Any]:
    return {
        "type": "collection",
        "title": f"Things of {title}",
        "description": "Each Thing with the latest value of each observed property",
        "keywords": ["Thing", "latest value"],
        "links": [
            {
                "type": "application/json",
                "rel": "about",
                "title": "SensorThings",
                "href": url.removesuffix("/ogc") + "/sta/v1.1",
            }
        ],
        "extents": {"spatial": {"bbox": _bounds(labs), "crs": CRS84}},
        "providers": [
            {
                "type": "feature",
                "name": PROVIDER,
                "data": site,
                "id_field": "id",
                "title_field": "name",
                "crs": [CRS84, f"{_EPSG}4326", f"{_EPSG}28992"],
                "storage_crs": CRS84,
            }
        ],
    }


def _bounds(labs: Sequence[LabInfo]) -> list[float]:
    """Bound the areas of the labs; the Netherlands where none is known."""
    areas = [lab.area for lab in labs if lab.area is not None]
    if not areas:
        return [3.3, 50.7, 7.3, 53.6]
    return [
        min(area.west for area in areas),
        min(area.south for area in areas),
        max(area.east for area in areas),
        max(area.north for area in areas),
    ]


def openapi(*, url: str, title: str, settings: Settings) -> dict[str, Any]:
    """Give the OpenAPI 3.0 document: self-contained, no reference leads out of it."""
    parameters = _parameters(settings)
    collection = f"/collections/{COLLECTION}"
    items = [{"$ref": f"#/components/parameters/{name}"} for name in parameters if name not in ("f", "featureId")]
    form = {"$ref": "#/components/parameters/f"}
    feature = [{"$ref": "#/components/parameters/featureId"}, {"$ref": "#/components/parameters/crs"}, form]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": title,
            "version": "1.0.0",
            "description": "OGC API Features over SensorThings Things and their latest values",
            "contact": {"name": _CONTACT["name"], "email": _CONTACT["email"], "url": _CONTACT["url"]},
            "license": {"name": "CC-BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": url}],
        "tags": [{"name": "server"}, {"name": COLLECTION}],
        "paths": {
            "/": _get("landing", "server", [form], "Object"),
            "/openapi": _get("openapi", "server", [form], "Object"),
            "/conformance": _get("conformance", "server", [form], "Object"),
            "/collections": _get("collections", "server", [form], "Object"),
            collection: _get("collection", COLLECTION, [form], "Object"),
            f"{collection}/queryables": _get("queryables", COLLECTION, [form], "Object"),
            f"{collection}/items": _get("items", COLLECTION, [*items, form], "FeatureCollection"),
            f"{collection}/items/{{featureId}}": _get("item", COLLECTION, feature, "Feature"),
        },
        "components": {"parameters": parameters, "schemas": _SCHEMAS, "responses": _RESPONSES},
    }


def _get(operation: str, tag: str, parameters: list[dict[str, Any]], schema: str) -> dict[str, Any]:
    media = "application/geo+json" if "Feature" in schema else "application/json"
    content: dict[str, Any] = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    content["text/html"] = {"schema": {"type": "string"}}
    responses: dict[str, Any] = {
        "200": {"description": "the answer", "headers": _HEADERS, "content": content},
        "400": {"$ref": "#/components/responses/Problem"},
        "404": {"$ref": "#/components/responses/Problem"},
        "500": {"$ref": "#/components/responses/Problem"},
    }
    return {
        "get": {
            "operationId": operation,
            "tags": [tag],
            "summary": operation,
            "parameters": parameters,
            "responses": responses,
        }
    }


_HEADERS = {"API-Version": {"description": "version of the server", "schema": {"type": "string"}}}
_SCHEMAS: dict[str, Any] = {
    "Object": {"type": "object"},
    "Feature": {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "geometry": {"type": "object", "nullable": True},
            "properties": {"type": "object", "nullable": True},
        },
    },
    "FeatureCollection": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
            "numberMatched": {"type": "integer"},
            "numberReturned": {"type": "integer"},
        },
    },
    "Problem": {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("type", "title", "detail", "code")}
        | {"status": {"type": "integer"}},
    },
}
_RESPONSES = {
    "Problem": {
        "description": "a problem document (RFC 9457)",
        "headers": _HEADERS,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def _parameters(settings: Settings) -> dict[str, Any]:
    whole = {"type": "integer", "minimum": 1, "maximum": settings.max_page_size, "default": settings.page_size}
    numbers = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    text = {"type": "string"}
    return {
        "limit": _parameter("limit", whole),
        "offset": _parameter("offset", {"type": "integer", "minimum": 0, "default": 0}),
        "bbox": _parameter("bbox", numbers),
        "bbox-crs": _parameter("bbox-crs", {"type": "string", "format": "uri"}),
        "datetime": _parameter("datetime", text),
        "crs": _parameter("crs", {"type": "string", "format": "uri"}),
        "sortby": _parameter("sortby", text),
        "properties": _parameter("properties", {"type": "array", "items": text}),
        "skipGeometry": _parameter("skipGeometry", {"type": "boolean", "default": False}),
        "resulttype": _parameter("resulttype", {"type": "string", "enum": ["hits", "results"]}),
        **{name: _parameter(name, text) for name in ("name", "source", "localId")},
        "featureId": {"name": "featureId", "in": "path", "required": True, "schema": text},
        "f": _parameter("f", {"type": "string", "enum": ["json", "html"]}),
    }


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "style": "form", "explode": False}


def committed(folder: Path) -> dict[Path, bytes]:
    """Give the files that are committed for the seven labs, by path."""
    labs, settings = tuple(codelists.municipalities().values()), Settings()
    title = "Living labs"
    config = pygeoapi_config(labs, url=DEMO_URL, title=title, settings=settings, site="demo")
    document = openapi(url=DEMO_URL, title=title, settings=settings)
    return {
        folder / "pygeoapi-config.yml": msgspec.yaml.encode(config),
        folder / "openapi.json": msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n",
    }
