"""Answer the IRI of an entity: its description in Turtle, JSON-LD or N-Triples, or where people find it."""

from functools import partial
from urllib.parse import quote, unquote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.base import ROOT, Site
from ssclab_data.endpoints.errors import NotAcceptableError
from ssclab_data.endpoints.negotiation import choose
from ssclab_data.endpoints.sensorthings.binding import V1_1
from ssclab_data.endpoints.sensorthings.links import entity_path
from ssclab_data.errors import NotFoundError, UnknownNameError, ValueParseError
from ssclab_data.export.nodes import node_of, query_for
from ssclab_data.linked_data import rdf
from ssclab_data.linked_data.sosa import triples
from ssclab_data.model.identity import natural_key, split_observation_key
from ssclab_data.model.multi import is_multi
from ssclab_data.model.sensorthings import ENTITY_TYPES, Datastream
from ssclab_data.model.values import parse_time
from ssclab_data.query.ast import KEY, Compare, Expr, Literal, Path, all_of
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import Row

HTML = "text/html"
OFFERED = (rdf.TURTLE, rdf.JSONLD, rdf.NTRIPLES, HTML)
SHORT = {"ttl": rdf.TURTLE, "jsonld": rdf.JSONLD, "nt": rdf.NTRIPLES, "html": HTML}


def routes(site: Site) -> list[BaseRoute]:
    """Give the route of `/id/{lab}/{EntityType}/{key}`."""
    return [Route("/id/{lab}/{kind}/{key:path}", partial(describe, site), name="id")]


def describe(site: Site, request: Request) -> Response:
    """Answer one IRI; a hub sends the client to the lab's own node, which alone knows natural keys."""
    lab, kind = request.path_params["lab"], request.path_params["kind"]
    _check_names(site, lab, kind)
    key = _key(request)
    if site.federated:
        return _at_node(site, lab, f"{kind}/{key}")
    media_type = media_type_of(request)
    row = _find(site, kind, key)
    shown = "MultiDatastream" if isinstance(row.entity, Datastream) and is_multi(row.entity) else kind
    sta = f"{site.base_url(request)}{V1_1.prefix}/{entity_path(shown, row.handle)}"
    headers = {"Vary": "Accept", "Link": f'<{sta}>; rel="alternate"; type="application/json"'}
    if media_type == HTML:
        return RedirectResponse(sta, status_code=303, headers=headers)
    return Response(_write(row, media_type, site.settings.base_iri), media_type=media_type, headers=headers)


def _check_names(site: Site, lab: str, kind: str) -> None:
    labs = tuple(known.key for known in site.labs)
    if lab not in labs:
        raise UnknownNameError("no lab", lab, known=labs)
    if kind not in ENTITY_TYPES:
        raise UnknownNameError("no entity type", kind, known=tuple(ENTITY_TYPES))


def _key(request: Request) -> str:
    """Give the natural key as it was sent: an encoded slash is part of a name, another one parts two names."""
    raw = request.scope.get("raw_path")
    if raw is None:  # a server that does not keep it (it is optional in ASGI)
        raw = quote(request.scope["path"]).encode()
    sent = raw.decode("latin-1").partition("?")[0].removeprefix(quote(request.scope[ROOT]))
    _, _id, _lab, _kind, *parts = sent.split("/")
    return natural_key(*(unquote(part) for part in parts))


def _at_node(site: Site, lab: str, rest: str) -> Response:
    url = next((known.url for known in site.labs if known.key == lab), "")
    if not url:
        raise NotFoundError(f"this hub does not hold the linked data of {lab!r}; ask the node of that lab")
    return RedirectResponse(f"{url.rstrip('/')}/id/{lab}/{rest}", status_code=307)


def media_type_of(request: Request) -> str:
    """Choose the form of an answer by the option `f`, else by what the client takes.

    Raises:
        UnknownNameError: there is no such form.
        NotAcceptableError: the client takes none of those there are.
    """
    short = request.query_params.get("f")
    if short is not None:
        if short not in SHORT:
            raise UnknownNameError("no format", short, known=tuple(SHORT), option="f")
        return SHORT[short]
    media_type = choose(request.headers.get("accept", ""), OFFERED)
    if media_type is None:
        raise NotAcceptableError(OFFERED)
    return media_type


def _find(site: Site, kind: str, key: str) -> Row:
    query = bind(query_for(kind, _condition(kind, key)), version="", limits=site.limits)
    page = site.store.read(msgspec.structs.replace(query, top=1))
    if not page.rows:
        raise NotFoundError(f"lab {site.store.lab!r} has no {kind} {key!r}")
    return page.rows[0]


def _condition(kind: str, key: str) -> Expr | None:
    if kind != "Observation":
        return Compare("eq", Path((KEY,)), Literal(key))
    datastream, time, _ = split_observation_key(key)
    try:
        moment = parse_time(time)
    except ValueParseError as error:
        raise NotFoundError(f"an Observation's key ends in its time: {error}") from error
    return all_of(
        Compare("eq", Path(("Datastream", KEY)), Literal(datastream)),
        Compare("eq", Path(("phenomenonTime",)), Literal(moment)),
        Compare("eq", Path((KEY,)), Literal(key)),
    )


def _write(row: Row, media_type: str, base_iri: str) -> bytes:
    description = triples(node_of(row, base_iri))
    if media_type == rdf.NTRIPLES:
        return "".join(rdf.ntriples(description)).encode()
    if media_type == rdf.TURTLE:
        return rdf.turtle(description).encode()
    return msgspec.json.encode(rdf.jsonld(description))
