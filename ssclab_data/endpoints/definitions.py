"""Answer the IRIs of our terms and codes, `/def/...`: modules, their versions and contexts, code lists, codes."""

from collections.abc import Iterator
from functools import cache, partial
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.described import LINKED, answer, media_type_of, respond, sent_path
from ssclab_data.errors import UnknownNameError
from ssclab_data.linked_data.graphs import JSONLD, NTRIPLES, TURTLE, read_graph
from ssclab_data.linked_data.terms import Triple
from ssclab_data.linked_data.writing import context as whole_context
from ssclab_data.ontology import codelists
from ssclab_data.ontology.modules import CONTEXT, context
from ssclab_data.ontology.registry import Module, modules
from ssclab_data.resources import extensions

_RDFLIB = {JSONLD: "json-ld", NTRIPLES: "nt"}
_CORE = "core"


def routes(site: Site) -> list[BaseRoute]:
    """Give the routes below `/def`."""
    return [
        Route("/def/{name}", partial(_whole, site), name="def"),
        Route("/def/{name}/{code:path}", partial(_part, site), name="def-part"),
    ]


def _whole(site: Site, request: Request) -> Response:
    """Answer a module, or a code list."""
    name = request.path_params["name"]
    if name in modules():
        return _module(site, request, modules()[name])
    _check_list(name)
    return answer(site, request, _code_list(name, extensions()))


def _part(site: Site, request: Request) -> Response:
    """Answer a version or the context of a module, or a code of a list."""
    sent = sent_path(request).split("/", 3)  # of `/def/a%2Fb` it has no code, though the path has one
    name, code = request.path_params["name"], unquote(sent[3]) if len(sent) > 3 else ""
    module = modules().get(name)
    if module is not None:
        return _part_of(site, request, module, part=code)
    _check_list(name)
    found = [one for one in _code_list(name, extensions()) if one.subject.value == codelists.concept_iri(name, code)]
    if not found:
        raise UnknownNameError(f"code list {name!r} has no code", code, known=tuple(_codes(name)))
    return answer(site, request, found)


def _part_of(site: Site, request: Request, module: Module, *, part: str) -> Response:
    if part == module.entry.version:
        return _module(site, request, module)
    if part == CONTEXT and (module.folder / CONTEXT).is_file():
        terms = whole_context()["@context"] if module.entry.id == _CORE else context(module)
        return respond(site, request, msgspec.json.encode({"@context": terms}), media_type=JSONLD)
    known = (module.entry.version, CONTEXT)
    raise UnknownNameError(f"module {module.entry.id!r} has nothing here of the name", part, known=known)


def _module(site: Site, request: Request, module: Module) -> Response:
    media_type = media_type_of(request, LINKED)
    body = _written(module.entry.id, media_type, extensions())
    return respond(site, request, body, media_type=media_type)


def _check_list(name: str) -> None:
    if name not in codelists.names():
        raise UnknownNameError("no module or code list", name, known=(*modules(), *codelists.names()))


def _codes(name: str) -> Iterator[str]:
    for one in _code_list(name, extensions()):
        if one.predicate.value.endswith("#notation") and hasattr(one.object, "text"):
            yield one.object.text


@cache
def _code_list(name: str, _extensions: tuple[object, ...]) -> tuple[Triple, ...]:
    return tuple(codelists.triples(name))


@cache
def _written(id_: str, media_type: str, _extensions: tuple[object, ...]) -> bytes:
    """Write the terms of a module: Turtle as its authors wrote it, other forms by way of a graph."""
    file = modules()[id_].folder / f"{id_}.ttl"
    content = file.read_bytes()
    if media_type == TURTLE:
        return content
    return read_graph(content, TURTLE, where=str(file)).serialize(format=_RDFLIB[media_type], encoding="utf-8")
