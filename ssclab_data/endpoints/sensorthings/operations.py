"""Describe requests and their answers as operations of OpenAPI 3.0."""

from collections.abc import Iterable
from typing import Any

from ssclab_data.endpoints.base import JSON
from ssclab_data.endpoints.sensorthings.schemas import Schema, named, value_of
from ssclab_data.model.entity import EntityType, Kind, Property

type Operation = dict[str, Any]
type Paths = dict[str, dict[str, Operation]]

OF_SETS = ("filter", "expand", "select", "orderby", "top", "skip", "count", "skiptoken")
FORMAT = "resultFormat"
OF_ENTITIES = ("expand", "select", FORMAT)
_READING_ERRORS = ("400", "404", "414", "501", "503")
_WRITING_ERRORS = ("400", "401", "403", "404", "405", "408", "409", "412", "413", "414", "415", "501", "503")
WHOLE: Schema = {"type": "string", "pattern": r"^\d+$"}


def of_property(entity: str, kind: EntityType, part: Property) -> Paths:
    """Describe a property, alone in an object and bare."""
    name = f"{kind.name}{part.name[0].upper()}{part.name[1:]}"
    absent = {"204": {"description": "it has none"}}
    alone = {"type": "object", "required": [part.name], "properties": {part.name: value_of(part)}}
    structured = part.kind in (Kind.JSON, Kind.GEOMETRY, Kind.UNIT)
    bare = as_json(value_of(part)) if structured else as_text({"type": "string"})
    if part.kind is Kind.VALUE:
        bare["200"]["content"][JSON] = {"schema": value_of(part)}
    return {
        f"{entity}/{part.name}": {"get": reads(f"read{name}", kind.plural, {**as_json(alone), **absent})},
        f"{entity}/{part.name}/$value": {"get": reads(f"raw{name}", kind.plural, {**bare, **absent})},
    }


def reads(name: str, tag: str, answers: dict[str, Any], *, options: Iterable[str] = ()) -> Operation:
    """Describe a request that reads."""
    return {
        "operationId": name,
        "tags": [tag],
        "parameters": [*(parameter(option) for option in options), parameter("If-None-Match")],
        "responses": {**answers, "304": {"$ref": "#/components/responses/304"}, **_failures(_READING_ERRORS)},
    }


def _writes(name: str, tag: str, answers: dict[str, Any], *, body: dict[str, Any] | None) -> Operation:
    operation: Operation = {
        "operationId": name,
        "tags": [tag],
        "security": [{"token": []}],
        "parameters": [parameter("Prefer")],
        "responses": {**answers, **_failures(_WRITING_ERRORS)},
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def creates(kind: EntityType, name: str, tag: str) -> Operation:
    """Describe what creates an entity in a set, or finds it there."""
    answers = {
        "200": {"description": "it was there", "headers": _LOCATION, "content": content_of({})},
        "201": {"description": "created", "headers": _LOCATION, "content": content_of(named(kind.name))},
        "204": {"description": "done, and nothing to tell", "headers": _LOCATION},
    }
    body = named(f"{kind.name}New")
    if kind.name == "Observation":
        answers["201"]["content"] = content_of({})
        body = {"anyOf": [body, {"type": "array", "items": body}]}
    return _writes(name, tag, answers, body=content_of(body))


def connects(name: str, tag: str) -> Operation:
    """Describe what links two entities that are there."""
    return _writes(name, tag, {"204": {"description": "linked"}}, body=content_of(named("Reference")))


def disconnects(name: str, tag: str) -> Operation:
    """Describe what takes a link away."""
    operation = _writes(name, tag, {"204": {"description": "no longer linked"}}, body=None)
    operation["parameters"].append(parameter("linked"))
    return operation


_LOCATION = {"Location": {"description": "address of the entity", "schema": {"type": "string"}}}


def changes(kind: EntityType) -> dict[str, Operation]:
    """Describe what changes, replaces and deletes one entity."""
    entity = {**as_json(named(kind.name)), "204": {"description": "done, and nothing to tell"}}
    replaced = {
        **entity,
        "201": {"description": "created", "headers": _LOCATION, "content": content_of(named(kind.name))},
    }
    patch = {**content_of(named(f"{kind.name}Change")), "application/json-patch+json": {"schema": named("Operations")}}
    found = {
        "patch": _writes(f"change{kind.name}", kind.plural, entity, body=patch),
        "put": _writes(f"replace{kind.name}", kind.plural, replaced, body=content_of(named(f"{kind.name}New"))),
        "delete": _writes(f"delete{kind.name}", kind.plural, _DONE, body=None),
    }
    for operation in found.values():
        operation["parameters"].append(parameter("If-Match"))
    return found


_DONE: dict[str, Any] = {
    "200": {"description": "done", "content": {JSON: {"schema": {}}}},
    "204": {"description": "done, and nothing to tell"},
}


def deletes_matching(kind: EntityType) -> Operation:
    """Describe what deletes the entities of a set that match."""
    operation = _writes(f"delete{kind.plural}", kind.plural, _DONE, body=None)
    operation["parameters"] += [parameter("filter"), parameter("dryRun")]
    return operation


def posts_arrays() -> Operation:
    """Describe what takes Observations as data arrays."""
    receipt = {
        status: {"description": "what became of each row", "content": content_of({})} for status in ("200", "201")
    }
    return _writes("createObservations", "Observations", receipt, body=content_of(named("DataArrays")))


def posts_batch() -> Operation:
    """Describe what takes several requests as one."""
    forms: dict[str, Any] = {**content_of(named("Batch")), "multipart/mixed": {"schema": {"type": "string"}}}
    several = {"description": "an answer to each", "content": {JSON: {"schema": {}}, "multipart/mixed": {"schema": {}}}}
    return _writes("batch", "Batch", {"200": several}, body=forms)


def set_options(kind: EntityType) -> tuple[str, ...]:
    """Name the query options of a set."""
    of_observations = ("every", "zone") if kind.name == "Observation" else ()
    return (*OF_SETS, FORMAT, *of_observations)


def in_formats(schema: str, kind: EntityType) -> dict[str, Any]:
    """Describe an answer that `$resultFormat` writes in other ways."""
    answers = as_json(named(schema))
    content = answers["200"]["content"]
    if kind.name == "Observation":
        content[JSON] = {"schema": {"anyOf": [named(schema), named("DataArraySet")]}}
    content["text/csv"] = {"schema": {"type": "string"}}
    content["application/geo+json"] = {"schema": {"type": "object", "required": ["features"]}}
    return answers


def content_of(schema: Schema) -> dict[str, Any]:
    """Describe a body of JSON."""
    return {JSON: {"schema": schema}}


def as_json(schema: Schema) -> dict[str, Any]:
    """Describe an answer of JSON."""
    return {"200": {"description": "found", "content": content_of(schema)}}


def as_text(schema: Schema) -> dict[str, Any]:
    """Describe an answer of plain text."""
    return {"200": {"description": "found", "content": {"text/plain": {"schema": schema}}}}


def _failures(statuses: Iterable[str]) -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


def parameter(name: str) -> dict[str, str]:
    """Refer to a parameter of the document."""
    return {"$ref": f"#/components/parameters/{name}"}
