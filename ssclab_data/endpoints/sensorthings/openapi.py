"""Describe the service as an OpenAPI 3.0.3 document, derived from the declaration of the entity types."""

from importlib import metadata
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ssclab_data.endpoints.access import writable
from ssclab_data.endpoints.base import PROBLEM, Site, json_response
from ssclab_data.endpoints.sensorthings.binding import Binding, kinds_of
from ssclab_data.endpoints.sensorthings.operations import (
    FORMAT,
    OF_ENTITIES,
    OF_SETS,
    WHOLE,
    Paths,
    as_json,
    as_text,
    changes,
    connects,
    creates,
    deletes_matching,
    disconnects,
    in_formats,
    of_property,
    parameter,
    posts_arrays,
    posts_batch,
    reads,
    set_options,
)
from ssclab_data.endpoints.sensorthings.options import ResultFormat
from ssclab_data.endpoints.sensorthings.schemas import Schema, links_of, named, properties_of, schemas
from ssclab_data.model.entity import EntityType, Navigation
from ssclab_data.query.functions import FUNCTIONS

NAME = "api"
"""Where the document is, below the root of the service."""


_LARGEST = 2**31 - 1
_MEANINGS = {
    "304": "it is what `If-None-Match` names",
    "400": "the request cannot be answered as written",
    "401": "writing needs a token",
    "403": "nobody may write here, or not in this way",
    "404": "there is no such entity or path",
    "405": "the path does not take the method",
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


class _Paths(msgspec.Struct, frozen=True):
    """Describe the paths of one version of one site."""

    site: Site
    binding: Binding

    def all(self) -> Paths:
        """Give all paths, those that write only where somebody may."""
        found: Paths = {"/": {"get": reads("landing", "Landing", as_json(_LANDING))}}
        for kind in kinds_of(self.site).values():
            found.update(self._of(kind))
        if writable(self.site):
            found["/CreateObservations"] = {"post": posts_arrays()}
            found["/$batch"] = {"post": posts_batch()}
        return found

    def _of(self, kind: EntityType) -> Paths:
        root, entity = f"/{kind.plural}", f"/{kind.plural}({{id}})"
        found = self._set(root, kind, f"{kind.plural}", kind.plural)
        if writable(self.site):
            found[root]["post"] = creates(kind, f"create{kind.name}", kind.plural)
            found[root]["delete"] = deletes_matching(kind)
        found[entity] = {
            "get": reads(f"read{kind.name}", kind.plural, in_formats(kind.name, kind), options=OF_ENTITIES)
        }
        if writable(self.site):
            found[entity].update(changes(kind))
        found[f"{entity}/$ref"] = {"get": reads(f"refer{kind.name}", kind.plural, as_json(named("Address")))}
        for part in properties_of(kind, self.binding.version):
            found.update(of_property(entity, kind, part))
        for link in links_of(kind, self.binding.version):
            found.update(self._link(entity, kind, link))
        for path, item in found.items():
            if "{id}" in path:
                item["parameters"] = [parameter("id")]  # type: ignore[assignment]
        return found

    def _set(self, path: str, kind: EntityType, name: str, tag: str) -> Paths:
        """Describe a set with its addresses and its number."""
        return {
            path: {"get": reads(f"list{name}", tag, in_formats(f"{kind.name}Set", kind), options=set_options(kind))},
            f"{path}/$ref": {"get": reads(f"refer{name}", tag, as_json(named("References")), options=OF_SETS)},
            f"{path}/$count": {"get": reads(f"count{name}", tag, as_text(WHOLE), options=("filter",))},
        }

    def _link(self, entity: str, kind: EntityType, link: Navigation) -> Paths:
        path, target = f"{entity}/{link.name}", kinds_of(self.site)[link.target]
        name = f"{kind.name}{link.name}"
        if link.many:
            found = self._set(path, target, name, kind.plural)
            if writable(self.site):
                found[path]["post"] = creates(target, f"create{name}", kind.plural)
                found[f"{path}/$ref"]["post"] = connects(f"link{name}", kind.plural)
                found[f"{path}/$ref"]["delete"] = disconnects(f"unlink{name}", kind.plural)
            return found
        answers = {**in_formats(target.name, target), "204": {"description": "nothing is there"}}
        refers = {**as_json(named("Address")), "204": {"description": "nothing is there"}}
        found = {
            path: {"get": reads(f"read{name}", kind.plural, answers, options=OF_ENTITIES)},
            f"{path}/$ref": {"get": reads(f"refer{name}", kind.plural, refers)},
        }
        if writable(self.site):
            found[f"{path}/$ref"]["put"] = connects(f"link{name}", kind.plural)
        return found


def _failure(meaning: str) -> dict[str, Any]:
    if meaning == _MEANINGS["304"]:
        return {"description": meaning}
    return {"description": meaning, "content": {PROBLEM: {"schema": named("Problem")}}}


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
        FORMAT: (
            {"type": "string", "enum": list(ResultFormat)},
            f"how the answer is written; {ResultFormat.DATA_ARRAY} is for Observations",
        ),
        "every": ({"type": "string"}, "period to sum up by: P1D, P1W, P1M, P1Y, or a duration that divides a day"),
        "zone": ({"type": "string"}, "whose days the periods begin with, such as Europe/Amsterdam"),
        "dryRun": ({"type": "boolean"}, "whether only to tell what would be deleted"),
    }
    found = {
        name: {"name": f"${name}", "in": "query", "schema": schema, "description": description}
        for name, (schema, description) in of_queries.items()
    }
    found["linked"] = {"name": "$id", "in": "query", "schema": {"type": "string"}, "description": "address of one"}
    for name in ("If-None-Match", "If-Match", "Prefer"):
        found[name] = {"name": name, "in": "header", "schema": {"type": "string"}}
    found["id"] = {"name": "id", "in": "path", "required": True, "schema": handle}
    return found
