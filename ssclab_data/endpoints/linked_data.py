"""Answer the IRI of an entity: its description in Turtle, JSON-LD or N-Triples, or where people find it."""

from functools import partial
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.described import HTML as HTML
from ssclab_data.endpoints.described import answer, sent_path
from ssclab_data.endpoints.described import media_type_of as media_type_of
from ssclab_data.endpoints.sensorthings.binding import V1_1
from ssclab_data.endpoints.sensorthings.links import entity_path
from ssclab_data.errors import NotFoundError, UnknownNameError, ValueParseError
from ssclab_data.export.catalogue import Place
from ssclab_data.export.nodes import models_of, node_of, query_for
from ssclab_data.linked_data.labs import lab_triples
from ssclab_data.linked_data.sosa import triples
from ssclab_data.model.identity import natural_key, split_observation_key
from ssclab_data.model.multi import is_multi
from ssclab_data.model.sensorthings import ENTITY_TYPES, Datastream
from ssclab_data.model.values import parse_time
from ssclab_data.ontology.contexts import own_words
from ssclab_data.query.ast import KEY, Compare, Expr, Literal, Path, all_of
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import Row


def routes(site: Site) -> list[BaseRoute]:
    """Give the routes of `/id/{lab}` and `/id/{lab}/{EntityType}/{key}`."""
    return [
        Route("/id/{lab}", partial(describe_lab, site), name="id-lab"),
        Route("/id/{lab}/{kind}/{key:path}", partial(describe, site), name="id"),
    ]


def describe_lab(site: Site, request: Request) -> Response:
    """Answer the IRI of a lab; a hub describes its labs too, as far as it knows them."""
    lab = request.path_params["lab"]
    known = {info.key: info for info in site.labs}
    if lab not in known:
        raise UnknownNameError("no lab", lab, known=tuple(known))
    place = Place(base_url=site.base_url(request), base_iri=site.settings.base_iri)
    page = place.page(lab)
    link = f'<{page}>; rel="alternate"; type="{HTML}"'
    if media_type_of(request) == HTML:
        return RedirectResponse(page, status_code=303, headers={"Vary": "Accept", "Link": link})
    stated = lab_triples(known[lab], f"{site.settings.base_iri.rstrip('/')}/id/{lab}", place.iri(lab))
    return answer(site, request, stated, links=(link,))


def describe(site: Site, request: Request) -> Response:
    """Answer one IRI; a hub sends the client to the lab's own node, which alone knows natural keys."""
    lab, kind = request.path_params["lab"], request.path_params["kind"]
    _check_names(site, lab, kind)
    key = _key(request)
    if site.federated:
        return _at_node(site, lab, f"{kind}/{key}", query=request.url.query)
    media_type = media_type_of(request)
    row = _find(site, kind, key)
    shown = "MultiDatastream" if isinstance(row.entity, Datastream) and is_multi(row.entity) else kind
    sta = f"{site.base_url(request)}{V1_1.prefix}/{entity_path(shown, row.handle)}"
    link = f'<{sta}>; rel="alternate"; type="application/json"'
    if media_type == HTML:
        return RedirectResponse(sta, status_code=303, headers={"Vary": "Accept", "Link": link})
    node = node_of(row, site.settings.base_iri, models_of(site.store, [row]))
    return answer(site, request, triples(node, own_words()), links=(link,))


def _check_names(site: Site, lab: str, kind: str) -> None:
    labs = tuple(known.key for known in site.labs)
    if lab not in labs:
        raise UnknownNameError("no lab", lab, known=labs)
    if kind not in ENTITY_TYPES:
        raise UnknownNameError("no entity type", kind, known=tuple(ENTITY_TYPES))


def _key(request: Request) -> str:
    """Give the natural key as it was sent: an encoded slash is part of a name, another one parts two names."""
    _, _id, _lab, _kind, *parts = sent_path(request).split("/")
    return natural_key(*(unquote(part) for part in parts))


def _at_node(site: Site, lab: str, rest: str, *, query: str) -> Response:
    url = next((known.url for known in site.labs if known.key == lab), "")
    if not url:
        raise NotFoundError(f"this hub does not hold the linked data of {lab!r}; ask the node of that lab")
    asked = f"?{query}" if query else ""
    return RedirectResponse(f"{url.rstrip('/')}/id/{lab}/{rest}{asked}", status_code=307)


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
