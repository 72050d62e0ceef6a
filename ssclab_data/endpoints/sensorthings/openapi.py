"""Describe the service as an OpenAPI 3.0.3 document, derived from the declaration of the entity types."""

from collections.abc import Iterable
from importlib import metadata
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ssclab_data.endpoints.access import writable
from ssclab_data.endpoints.base import JSON, PROBLEM, Site, json_response
from ssclab_data.endpoints.sensorthings.binding import Binding, kinds_of
from ssclab_data.endpoints.sensorthings.schemas import (
    Schema,
    links_of,
    named,
    properties_of,
    schemas,
    value_of,
)
from ssclab_data.model.entity import EntityType, Kind, Navigation, Property
from ssclab_data.query.functions import FUNCTIONS

NAME = "api"
"""Where the document is, below the root of the service."""

type Operation = dict[str, Any]
type Paths = dict[str, dict[str, Operation]]

_LARGEST = 2**31 - 1
_OF_SETS = ("filter", "expand", "select", "orderby", "top", "skip", "count", "skiptoken")
_FORMAT = "resultFormat"
_OF_ENTITIES = ("expand", "select", _FORMAT)
_READING_ERRORS = ("400", "404", "414", "501", "503")
_WRITING_ERRORS = ("400", "401", "403", "404", "408", "409", "412", "413", "414", "415", "501", "503")
_MEANINGS = {
    "304": "it is what `If-None-Match` names",
    "400": "the request cannot be answered as written",
    "401": "writing needs a token",
    "403": "nobody may write here, or not in this way",
    "404": "there is no such entity or path",
    "408": "the body did not arrive in time",
    "409": "it is there already and says something else, or a link leads nowhere",
    "412": "the entity is not what `If-Match` names",
    "413": "the body is too large",
    "414": "the address is too long",
    "415": "the body is packed in an unknown way",
    "501": "legal by the standard, not offered here",
    "503": "busy; try again",
}


def api(site: Site, binding: Binding, request: Request) -> Response:
    """Answer the document of one version, with writes where somebody may write."""
    base = site.base_url(request) + binding.prefix
    return json_response(document(site, binding, base), headers={"Cache-Control": "no-store"})


def document(site: Site, binding: Binding, base: str) -> dict[str, Any]:
    """Make the document.

    Args:
        base: address of the service.
    """
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{site.title}: SensorThings API {binding.version}",
            "version": metadata.version("ssclab-data"),
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "tags": [{"name": kind.plural} for kind in kinds_of(site).values()],
        "paths": _Paths(site, binding).all(),
        "components": {
            "schemas": schemas(kinds_of(site), binding.version, federated=site.federated),
            "parameters": _parameters(site),
            "responses": {status: _failure(meaning) for status, meaning in _MEANINGS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Paths(msgspec.Struct, frozen=True):
    """Describe the paths of one version of one site."""

    site: Site
    binding: Binding

    def all(self) -> Paths:
        """Give all paths, those that write only where somebody may."""
        found: Paths = {"/": {"get": _reads("landing", "Landing", _json(_LANDING))}}
        for kind in kinds_of(self.site).values():
            found.update(self._of(kind))
        if writable(self.site):
            found["/CreateObservations"] = {"post": _posts_arrays()}
            found["/$batch"] = {"post": _posts_batch()}
        return found

    def _of(self, kind: EntityType) -> Paths:
        root, entity = f"/{kind.plural}", f"/{kind.plural}({{id}})"
        found = self._set(root, kind, f"{kind.plural}", kind.plural)
        if writable(self.site):
            found[root]["post"] = _creates(kind, f"create{kind.name}", kind.plural)
            found[root]["delete"] = _deletes_matching(kind)
        found[entity] = {
            "get": _reads(f"read{kind.name}", kind.plural, _in_formats(kind.name, kind), options=_OF_ENTITIES)
        }
        if writable(self.site):
            found[entity].update(_changes(kind))
        found[f"{entity}/$ref"] = {"get": _reads(f"refer{kind.name}", kind.plural, _json(named("Address")))}
        for part in properties_of(kind, self.binding.version):
            found.update(_property(entity, kind, part))
        for link in links_of(kind, self.binding.version):
            found.update(self._link(entity, kind, link))
        for path, item in found.items():
            if "{id}" in path:
                item["parameters"] = [_parameter("id")]  # type: ignore[assignment]
        return found

    def _set(self, path: str, kind: EntityType, name: str, tag: str) -> Paths:
        """Describe a set with its addresses and its number."""
        return {
            path: {
                "get": _reads(f"list{name}", tag, _in_formats(f"{kind.name}Set", kind), options=(*_OF_SETS, _FORMAT))
            },
            f"{path}/$ref": {"get": _reads(f"refer{name}", tag, _json(named("References")), options=_OF_SETS)},
            f"{path}/$count": {"get": _reads(f"count{name}", tag, _text(_WHOLE), options=("filter",))},
        }

    def _link(self, entity: str, kind: EntityType, link: Navigation) -> Paths:
        path, target = f"{entity}/{link.name}", kinds_of(self.site)[link.target]
        name = f"{kind.name}{link.name}"
        if link.many:
            found = self._set(path, target, name, kind.plural)
            if writable(self.site):
                found[path]["post"] = _creates(target, f"create{name}", kind.plural)
            return found
        answers = {**_in_formats(target.name, target), "204": {"description": "nothing is there"}}
        refers = {**_json(named("Address")), "204": {"description": "nothing is there"}}
        return {
            path: {"get": _reads(f"read{name}", kind.plural, answers, options=_OF_ENTITIES)},
            f"{path}/$ref": {"get": _reads(f"refer{name}", kind.plural, refers)},
        }


_WHOLE: Schema = {"type": "string", "pattern": r"^\d+$"}
_LANDING: Schema = {
    "type": "object",
    "required": ["value"],
    "properties": {
        "value": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "url"],
                "properties": {"name": {"type": "string"}, "url": {"type": "string"}},
            },
        },
        "serverSettings": {"type": "object"},
    },
}


def _property(entity: str, kind: EntityType, part: Property) -> Paths:
    """Describe a property, alone in an object and bare."""
    name = f"{kind.name}{part.name[0].upper()}{part.name[1:]}"
    absent = {"204": {"description": "it has none"}}
    alone = {"type": "object", "required": [part.name], "properties": {part.name: value_of(part)}}
    structured = part.kind in (Kind.JSON, Kind.GEOMETRY, Kind.UNIT)
    bare = _json(value_of(part)) if structured else _text({"type": "string"})
    if part.kind is Kind.VALUE:
        bare["200"]["content"][JSON] = {"schema": value_of(part)}
    return {
        f"{entity}/{part.name}": {"get": _reads(f"read{name}", kind.plural, {**_json(alone), **absent})},
        f"{entity}/{part.name}/$value": {"get": _reads(f"raw{name}", kind.plural, {**bare, **absent})},
    }


def _reads(name: str, tag: str, answers: dict[str, Any], *, options: Iterable[str] = ()) -> Operation:
    return {
        "operationId": name,
        "tags": [tag],
        "parameters": [*(_parameter(option) for option in options), _parameter("If-None-Match")],
        "responses": {**answers, "304": {"$ref": "#/components/responses/304"}, **_failures(_READING_ERRORS)},
    }


def _writes(name: str, tag: str, answers: dict[str, Any], *, body: dict[str, Any] | None) -> Operation:
    operation: Operation = {
        "operationId": name,
        "tags": [tag],
        "security": [{"token": []}],
        "parameters": [_parameter("Prefer")],
        "responses": {**answers, **_failures(_WRITING_ERRORS)},
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _creates(kind: EntityType, name: str, tag: str) -> Operation:
    created = {"201": {"description": "created", "headers": _LOCATION, "content": _content(named(kind.name))}}
    return _writes(name, tag, created, body=_content(named(f"{kind.name}New")))


_LOCATION = {"Location": {"description": "address of the entity", "schema": {"type": "string"}}}


def _changes(kind: EntityType) -> dict[str, Operation]:
    """Describe what changes, replaces and deletes one entity."""
    entity = {**_json(named(kind.name)), "204": {"description": "done, and nothing to tell"}}
    replaced = {
        **entity,
        "201": {"description": "created", "headers": _LOCATION, "content": _content(named(kind.name))},
    }
    patch = {**_content(named(f"{kind.name}Change")), "application/json-patch+json": {"schema": named("Operations")}}
    found = {
        "patch": _writes(f"change{kind.name}", kind.plural, entity, body=patch),
        "put": _writes(f"replace{kind.name}", kind.plural, replaced, body=_content(named(f"{kind.name}New"))),
        "delete": _writes(f"delete{kind.name}", kind.plural, _DONE, body=None),
    }
    for operation in found.values():
        operation["parameters"].append(_parameter("If-Match"))
    return found


_DONE: dict[str, Any] = {
    "200": {"description": "done", "content": {JSON: {"schema": {}}}},
    "204": {"description": "done, and nothing to tell"},
}


def _deletes_matching(kind: EntityType) -> Operation:
    operation = _writes(f"delete{kind.plural}", kind.plural, _DONE, body=None)
    operation["parameters"].append(_parameter("filter"))
    return operation


def _posts_arrays() -> Operation:
    receipt = {status: {"description": "what became of each row", "content": _content({})} for status in ("200", "201")}
    return _writes("createObservations", "Observations", receipt, body=_content(named("DataArrays")))


def _posts_batch() -> Operation:
    forms: dict[str, Any] = {**_content(named("Batch")), "multipart/mixed": {"schema": {"type": "string"}}}
    several = {"description": "an answer to each", "content": {JSON: {"schema": {}}, "multipart/mixed": {"schema": {}}}}
    return _writes("batch", "Batch", {"200": several}, body=forms)


def _in_formats(schema: str, kind: EntityType) -> dict[str, Any]:
    """Describe an answer that `$resultFormat` writes in other ways."""
    answers = _json(named(schema))
    content = answers["200"]["content"]
    if kind.name == "Observation":
        content[JSON] = {"schema": {"anyOf": [named(schema), {"type": "object", "required": ["value"]}]}}
    content["text/csv"] = {"schema": {"type": "string"}}
    content["application/geo+json"] = {"schema": {"type": "object", "required": ["features"]}}
    return answers


def _content(schema: Schema) -> dict[str, Any]:
    return {JSON: {"schema": schema}}


def _json(schema: Schema) -> dict[str, Any]:
    return {"200": {"description": "found", "content": _content(schema)}}


def _text(schema: Schema) -> dict[str, Any]:
    return {"200": {"description": "found", "content": {"text/plain": {"schema": schema}}}}


def _failure(meaning: str) -> dict[str, Any]:
    if meaning == _MEANINGS["304"]:
        return {"description": meaning}
    return {"description": meaning, "content": {PROBLEM: {"schema": named("Problem")}}}


def _failures(statuses: Iterable[str]) -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _parameters(site: Site) -> dict[str, Any]:
    settings = site.settings
    handle = {"type": "string"} if site.federated else {"type": "integer", "format": "int64"}
    text = {"type": "string", "maxLength": settings.max_url_bytes}
    whole = {"type": "integer", "minimum": 0, "maximum": _LARGEST}
    of_queries = {
        "filter": (
            text,
            f"condition of at most {settings.max_filter_nodes} parts; functions: {', '.join(sorted(FUNCTIONS))}",
        ),
        "expand": (text, f"links to follow, at most {settings.max_expand_depth} below one another, each with options"),
        "select": (text, "properties and links to give, with commas between"),
        "orderby": (text, "what to sort by, each with `asc` or `desc`, with commas between"),
        "top": (
            {**whole, "default": settings.page_size},
            f"rows of a page; more than {settings.max_page_size} are never given at once",
        ),
        "skip": (whole, "rows to pass over; follow `@iot.nextLink` rather than count"),
        "count": ({"type": "boolean"}, "whether to tell how many there are"),
        "skiptoken": ({"type": "string"}, "where a page starts; only from `@iot.nextLink`"),
        _FORMAT: (
            {"type": "string", "enum": ["JSON", "dataArray", "CSV", "GeoJSON"]},
            "how the answer is written",
        ),
    }
    found = {
        name: {"name": f"${name}", "in": "query", "schema": schema, "description": description}
        for name, (schema, description) in of_queries.items()
    }
    for name in ("If-None-Match", "If-Match", "Prefer"):
        found[name] = {"name": name, "in": "header", "schema": {"type": "string"}}
    found["id"] = {"name": "id", "in": "path", "required": True, "schema": handle}
    return found
