"""Serve OGC API by pygeoapi in this process, built from a generated configuration."""

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.base import Site, json_response
from ssclab_data.endpoints.errors import plain_problem, respond
from ssclab_data.endpoints.negotiation import choose
from ssclab_data.endpoints.ogcapi.config import COLLECTION, CONFORMANCE, OPENAPI, openapi, pygeoapi_config
from ssclab_data.endpoints.ogcapi.mending import mend, served_only
from ssclab_data.endpoints.ogcapi.page import draw
from ssclab_data.endpoints.sensorthings import federation
from ssclab_data.errors import NotFoundError, QueryError
from ssclab_data.stores.base import Page

if TYPE_CHECKING:
    from pygeoapi.api import API

_ITEMS = frozenset(
    [
        "f",
        "limit",
        "offset",
        "bbox",
        "bbox-crs",
        "datetime",
        "crs",
        "sortby",
        "properties",
        "skipGeometry",
        "resulttype",
        "name",
        "source",
        "localId",
        "lang",
    ]
)
_WORDS = {"resulttype": ("results", "hits"), "skipGeometry": ("true", "false")}
_OTHERS = frozenset(("f", "lang", "crs"))
_GEOJSON = "application/geo+json"

type Answer = tuple[dict[str, str], int, Any]
type Ask = Callable[["API", Any], Answer]


def routes(site: Site) -> list[BaseRoute]:
    """Give the routes of `/ogc`."""
    ogc = OgcApi(site)
    return [
        Route("/ogc", ogc.redirect),
        Route("/ogc/", ogc.landing),
        Route("/ogc/openapi", ogc.openapi),
        Route("/ogc/conformance", ogc.conformance),
        Route("/ogc/collections", ogc.collections),
        Route("/ogc/collections/{collection}", ogc.collection),
        Route("/ogc/collections/{collection}/queryables", ogc.queryables),
        Route("/ogc/collections/{collection}/schema", ogc.schema),
        Route("/ogc/collections/{collection}/items", ogc.items),
        Route("/ogc/collections/{collection}/items/{item}", ogc.item),
    ]


class OgcApi:
    """pygeoapi over one site; it is built for each public address that the site is asked under."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.name = secrets.token_hex(8)
        self._apis: dict[str, API] = {}

    async def redirect(self, request: Request) -> Response:
        """Lead to the landing page, with the query kept."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{self._url(request)}/{query}", status_code=307)

    async def landing(self, request: Request) -> Response:
        """Answer the landing page."""
        from pygeoapi.api import landing_page

        return await self._answer(request, landing_page, taken=_OTHERS)

    async def openapi(self, request: Request) -> Response:
        """Answer the API definition."""
        _check_parameters(request, _OTHERS)
        document = openapi(url=self._url(request), title=self.site.title, settings=self.site.settings)
        return json_response(document, media_type=OPENAPI)

    async def conformance(self, request: Request) -> Response:
        """Answer what is conformed to: our own list, which claims nothing that is not offered."""
        _check_parameters(request, _OTHERS)
        return self._respond(request, {"conformsTo": CONFORMANCE}, {}, media_type="application/json")

    async def collections(self, request: Request) -> Response:
        """Answer the list of collections."""
        from pygeoapi.api import describe_collections

        return await self._answer(request, describe_collections, taken=_OTHERS)

    async def collection(self, request: Request) -> Response:
        """Answer one collection."""
        from pygeoapi.api import describe_collections

        name = request.path_params["collection"]
        return await self._answer(request, lambda api, ask: describe_collections(api, ask, name), taken=_OTHERS)

    async def queryables(self, request: Request) -> Response:
        """Answer what can be asked for by value."""
        from pygeoapi.api.itemtypes import get_collection_queryables

        name = request.path_params["collection"]
        return await self._answer(request, lambda api, ask: get_collection_queryables(api, ask, name), taken=_OTHERS)

    async def schema(self, request: Request) -> Response:
        """Answer the schema of a feature."""
        from pygeoapi.api import get_collection_schema

        name = request.path_params["collection"]
        return await self._answer(request, lambda api, ask: get_collection_schema(api, ask, name), taken=_OTHERS)

    async def items(self, request: Request) -> Response:
        """Answer a page of features."""
        from pygeoapi.api.itemtypes import get_collection_items

        name = request.path_params["collection"]
        _check_limit(request)
        return await self._answer(
            request, lambda api, ask: get_collection_items(api, ask, name), taken=_ITEMS, media_type=_GEOJSON
        )

    async def item(self, request: Request) -> Response:
        """Answer one feature."""
        from pygeoapi.api.itemtypes import get_collection_item

        name, item = request.path_params["collection"], request.path_params["item"]
        return await self._answer(
            request, lambda api, ask: get_collection_item(api, ask, name, item), taken=_OTHERS, media_type=_GEOJSON
        )

    async def _answer(
        self, request: Request, ask: Ask, *, taken: frozenset[str], media_type: str = "application/json"
    ) -> Response:
        """Let pygeoapi answer in JSON, and give that in the form that the client takes."""
        from pygeoapi.api import APIRequest

        _check_parameters(request, taken)
        if request.path_params.get("collection", COLLECTION) != COLLECTION:
            raise NotFoundError(f"no collection {request.path_params['collection']!r}; known: {COLLECTION}")
        asked = await APIRequest.from_starlette(_as_json(request), ["en"])
        headers, status, content, page = await run_in_threadpool(self._ask, self._api(request), asked, ask)
        document = served_only(msgspec.json.decode(content))
        if status != 200:
            detail = str(document.get("description") or document.get("detail") or "the request cannot be answered")
            code = "not-found" if status == 404 else "bad-query"
            return respond(plain_problem(status, code, detail), request.scope)
        kept: dict[str, str] = {name: headers[name] for name in ("Content-Crs", "Link") if name in headers}
        if page.answers and isinstance(document, dict) and "features" in document:
            document["federation"] = federation.member(page)
        return self._respond(request, document, {**kept, **federation.headers(page)}, media_type=media_type)

    def _ask(self, api: "API", asked: Any, ask: Ask) -> tuple[dict[str, str], int, Any, Page]:
        """Call pygeoapi in this thread, and see how the labs answered its provider."""
        from pygeoapi import l10n

        from ssclab_data.endpoints.ogcapi.provider import ANSWERS, SITES

        SITES[self.name] = self.site
        ANSWERS.given = ()
        l10n._cfg_cache.clear()  # it is kept per locale, not per configuration
        headers, status, content = ask(api, asked)
        return headers, status, content, Page(entity_type="Thing", rows=(), answers=ANSWERS.given)

    def _respond(self, request: Request, document: Any, headers: dict[str, str], *, media_type: str) -> Response:
        if _wants_html(request):
            style = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
            return Response(draw(document, self.site.title), media_type="text/html", headers={**headers, **style})
        return json_response(document, headers=headers, media_type=media_type)

    def _api(self, request: Request) -> "API":
        """Give pygeoapi for the address that the client used."""
        from pygeoapi.api import API

        from ssclab_data.endpoints.ogcapi.provider import SITES

        url = self._url(request)
        if url not in self._apis:
            mend()
            SITES[self.name] = self.site
            site = self.site
            config = pygeoapi_config(site.labs, url=url, title=site.title, settings=site.settings, site=self.name)
            if len(self._apis) >= 8:
                self._apis.clear()  # a stranger chooses the Host header: keep few
            self._apis[url] = API(config, openapi(url=url, title=site.title, settings=site.settings))
        return self._apis[url]

    def _url(self, request: Request) -> str:
        return self.site.base_url(request) + "/ogc"


def _check_parameters(request: Request, taken: frozenset[str]) -> None:
    """Refuse a parameter that is not known, is given twice, or is none of the words that it may be."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in taken:
            raise QueryError(f"no parameter {name!r}; known: {', '.join(sorted(taken))}", option=name)
        if names.count(name) > 1:
            raise QueryError("is given twice", option=name)
    for name, words in _WORDS.items():
        text = request.query_params.get(name)
        if text is not None and text not in words:
            raise QueryError(f"must be {' or '.join(words)}, not {text[:40]!r}", option=name)


def _check_limit(request: Request) -> None:
    for name, least in (("limit", 1), ("offset", 0)):
        text = request.query_params.get(name)
        if text is not None and not (text.isascii() and text.isdecimal() and least <= int(text[:12])):
            raise QueryError(f"must be a whole number of at least {least}, not {text[:40]!r}", option=name)


def _wants_html(request: Request) -> bool:
    form = request.query_params.get("f")
    if form not in (None, "json", "html"):
        raise QueryError(f"no form {form!r}; known: json, html", option="f")
    if form is not None:
        return form == "html"
    offered = ("application/json", _GEOJSON, "text/html")
    return choose(request.headers.get("accept", ""), offered) == "text/html"


def _as_json(request: Request) -> Request:
    """Give the same request, asking for JSON."""
    given = parse_qsl(request.url.query, keep_blank_values=True)
    # The + of `sortby=+name` arrives as a blank.
    pairs = [(name, value.strip() if name == "sortby" else value) for name, value in given if name != "f"]
    scope = {
        **request.scope,
        "query_string": urlencode([*pairs, ("f", "json")]).encode(),
        "headers": [(name, value) for name, value in request.scope["headers"] if not name.startswith(b"accept")],
    }
    return Request(scope, request.receive)
