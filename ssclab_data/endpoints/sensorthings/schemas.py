"""Describe the JSON of SensorThings as schemas of OpenAPI 3.0, derived from the declaration of the entity types."""

from collections.abc import Mapping
from typing import Any

from ssclab_data.model.entity import EntityType, Kind, Navigation, Property, in_version
from ssclab_data.stores.shape import KEPT_BY_STORE

type Schema = dict[str, Any]

ADDRESS: Schema = {"type": "string", "format": "uri"}
_NUMBER: Schema = {"type": "integer", "format": "int64", "minimum": 0}
_STAMP = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z"
_OBJECT: Schema = {"type": "object", "additionalProperties": True}
_MAYBE_TEXT: Schema = {"type": "string", "nullable": True}

KINDS: dict[Kind, Schema] = {
    Kind.TEXT: {"type": "string"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.TIME: {"type": "string", "pattern": f"^{_STAMP}(/{_STAMP})?$", "description": "an instant, or start/end"},
    Kind.INTERVAL: {"type": "string", "pattern": f"^{_STAMP}/{_STAMP}$", "description": "start/end"},
    Kind.JSON: _OBJECT,
    Kind.VALUE: {"description": "any JSON"},
    Kind.GEOMETRY: {**_OBJECT, "description": "a GeoJSON geometry or Feature, longitude and latitude (CRS84)"},
    Kind.UNIT: {
        "type": "object",
        "properties": {"name": _MAYBE_TEXT, "symbol": _MAYBE_TEXT, "definition": _MAYBE_TEXT},
    },
}
"""How each kind of property is read."""

_WRITTEN: dict[Kind, Schema] = {
    Kind.TIME: {"type": "string", "description": "ISO 8601 with a zone: an instant, or start/end"},
    Kind.INTERVAL: {"type": "string", "description": "ISO 8601 with a zone: start/end"},
}

OTHERS: dict[str, Schema] = {
    "Nothing": {"type": "object", "nullable": True, "enum": [None]},
    "References": {
        "type": "object",
        "required": ["value"],
        "properties": {
            "@iot.nextLink": ADDRESS,
            "@iot.count": _NUMBER,
            "value": {"type": "array", "items": {"$ref": "#/components/schemas/Address"}},
        },
    },
    "Address": {"type": "object", "required": ["@iot.selfLink"], "properties": {"@iot.selfLink": ADDRESS}},
    "Reference": {
        "type": "object",
        "required": ["@iot.id"],
        "properties": {"@iot.id": {"type": "integer", "format": "int64"}},
        "description": "names an entity that is there",
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "message"],
        "properties": {
            "type": ADDRESS,
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string"},
            "temporary": {"type": "boolean", "description": "whether the same request may succeed later"},
            "option": {"type": "string", "description": "query option at fault"},
            "position": {"type": "integer", "description": "of the fault in the text of the option"},
            "path": {"type": "string", "description": "of the fault in the body"},
            "known": {"type": "array", "items": {"type": "string"}},
            "existing": {"type": "string", "description": "link of the entity that is there already"},
            "message": {"type": "string"},
        },
        "description": "RFC 9457",
    },
    "Operations": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["op", "path"],
            "properties": {
                "op": {"type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"]},
                "path": {"type": "string"},
                "from": {"type": "string"},
                "value": {},
            },
        },
        "description": "RFC 6902",
    },
    "DataArrays": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["components", "dataArray"],
            "properties": {
                "Datastream": {"$ref": "#/components/schemas/Reference"},
                "MultiDatastream": {"$ref": "#/components/schemas/Reference"},
                "components": {"type": "array", "items": {"type": "string"}},
                "dataArray@iot.count": _NUMBER,
                "dataArray": {"type": "array", "items": {"type": "array", "items": {}}},
            },
        },
    },
    "DataArraySet": {
        "type": "object",
        "required": ["value"],
        "properties": {
            "@iot.nextLink": ADDRESS,
            "@iot.count": _NUMBER,
            "value": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["components", "dataArray"],
                    "properties": {
                        "components": {"type": "array", "items": {"type": "string"}},
                        "dataArray@iot.count": _NUMBER,
                        "dataArray": {"type": "array", "items": {"type": "array", "items": {}}},
                    },
                },
            },
        },
    },
    "Batch": {
        "type": "object",
        "required": ["requests"],
        "properties": {
            "requests": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "method", "url"],
                    "properties": {
                        "id": {"type": "string"},
                        "atomicityGroup": {"type": "string"},
                        "method": {"type": "string", "enum": ["get", "post", "patch", "put", "delete"]},
                        "url": {"type": "string"},
                        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                        "body": {},
                    },
                },
            }
        },
    },
}
"""Schemas that are the same for all entity types."""


def named(name: str) -> Schema:
    """Refer to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def schemas(kinds: Mapping[str, EntityType], version: str, *, federated: bool) -> dict[str, Schema]:
    """Give all schemas by name: per entity type as it is read, alone and in sets, and as it is created and changed."""
    found = dict(OTHERS)
    for kind in kinds.values():
        found[kind.name] = _read(kind, version, federated=federated)
        found[f"{kind.name}Set"] = _set(kind)
        found[f"{kind.name}New"] = _new(kind, version)
        found[f"{kind.name}Change"] = _change(kind, version)
    return found


def properties_of(kind: EntityType, version: str) -> list[Property]:
    """Give the properties that a version has."""
    return [part for part in kind.properties if in_version(part, version)]


def links_of(kind: EntityType, version: str) -> list[Navigation]:
    """Give the links that a version has."""
    return [link for link in kind.navigations if in_version(link, version)]


def _read(kind: EntityType, version: str, *, federated: bool) -> Schema:
    handle = {"type": "string"} if federated else {"type": "integer", "format": "int64"}
    members: dict[str, Schema] = {"@iot.id": handle, "@iot.selfLink": ADDRESS}
    for part in properties_of(kind, version):
        members[part.name] = value_of(part)
    for link in links_of(kind, version):
        members[f"{link.name}@iot.navigationLink"] = ADDRESS
        if link.many:
            members[f"{link.name}@iot.count"] = _NUMBER
            members[f"{link.name}@iot.nextLink"] = ADDRESS
            members[link.name] = {"type": "array", "items": named(link.target)}
        else:
            members[link.name] = {"anyOf": [named(link.target), named("Nothing")]}
    if federated:
        members["federation"] = _OBJECT
    return {
        "type": "object",
        "properties": members,
        "additionalProperties": False,
        "description": f"{_article(kind)}; $select leaves members out",
    }


def _set(kind: EntityType) -> Schema:
    return {
        "type": "object",
        "required": ["value"],
        "properties": {
            "@iot.nextLink": ADDRESS,
            "@iot.count": _NUMBER,
            "value": {"type": "array", "items": named(kind.name)},
            "federation": _OBJECT,
        },
        "additionalProperties": False,
    }


def _new(kind: EntityType, version: str) -> Schema:
    members: dict[str, Schema] = {
        "@iot.id": {"type": "integer", "format": "int64", "description": "of an entity that is there"}
    }
    if kind.name != "Observation":
        members["@iot.key"] = {"type": "string", "description": "natural key, the last part of the IRI"}
    members.update(_own(kind, version))
    for link in links_of(kind, version):
        inner = {"anyOf": [named("Reference"), named(f"{link.target}New")]}
        members[link.name] = {"type": "array", "items": inner} if link.many else inner
    required = [part.name for part in properties_of(kind, version) if part.required and part.name in members]
    described = f"{_article(kind)} with the entities at its links, named or new (deep insert)"
    return {"type": "object", "required": required, "properties": members, "description": described}


def _change(kind: EntityType, version: str) -> Schema:
    members = _own(kind, version)
    for link in links_of(kind, version):
        inner = named("Reference")
        members[link.name] = {"type": "array", "items": inner} if link.many else inner
    return {"type": "object", "properties": members, "description": f"what changes in {_article(kind)}"}


def _own(kind: EntityType, version: str) -> dict[str, Schema]:
    """Describe the properties that clients write."""
    kept = KEPT_BY_STORE.get(kind.name, ())
    return {part.name: value_of(part, written=True) for part in properties_of(kind, version) if part.field not in kept}


def value_of(part: Property, *, written: bool = False) -> Schema:
    """Describe the value of a property, as it is read or as it is written."""
    schema = _WRITTEN.get(part.kind, KINDS[part.kind]) if written else KINDS[part.kind]
    if part.required or part.kind is Kind.VALUE:
        return schema
    return {**schema, "nullable": True}


def _article(kind: EntityType) -> str:
    return f"{'an' if kind.name[0] in 'AEIOU' else 'a'} {kind.name}"
