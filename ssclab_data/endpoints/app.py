"""Put the parts together into one ASGI application, which can be mounted under any prefix."""

from collections.abc import Sequence
from importlib import metadata

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from ssclab_data.access import NO_TOKENS, Access
from ssclab_data.endpoints import catalog, definitions, health, linked_data, ogcapi, portal, sensorthings
from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.compression import Compression
from ssclab_data.endpoints.errors import Failures, handlers
from ssclab_data.endpoints.middleware import Entry, Options, Revalidation
from ssclab_data.endpoints.upkeep import lifespan
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Store

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_SENT = ("Accept", "Authorization", "Content-Encoding", "Content-Type", "If-Match", "If-None-Match", "Prefer")
_EXPOSED = (
    "API-Version",
    "ETag",
    "Federation-Status",
    "Link",
    "Location",
    "OGC-NumberMatched",
    "Preference-Applied",
    "Receipt",
    "Retry-After",
)
_PREFLIGHT_SECONDS = 86_400
_NOBODY = Access(tokens=NO_TOKENS)


def build_app(
    store: Store, *, labs: Sequence[LabInfo], settings: Settings, title: str, access: Access = _NOBODY
) -> Starlette:
    """Build the application that serves a store.

    Args:
        store: of one lab, or a federation; whoever opened it closes it.
        labs: the lab, or the labs that a hub joins.
        title: name for people.
        access: who may write.
    """
    site = Site(store=store, labs=tuple(labs), settings=settings, title=title, access=access)
    version = metadata.version("ssclab-data")
    return Starlette(
        routes=_routes(site),
        lifespan=lifespan(store, threads=settings.query_threads),
        exception_handlers=handlers(site),
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=list(_METHODS),
                allow_headers=list(_SENT),
                expose_headers=list(_EXPOSED),
                max_age=_PREFLIGHT_SECONDS,
            ),
            Middleware(Entry, version=version, max_url_bytes=settings.max_url_bytes),
            Middleware(Options, site=site),
            Middleware(Compression),
            Middleware(Revalidation, site=site, version=version),
            Middleware(Failures),
        ],
    )


def _routes(site: Site) -> list[BaseRoute]:
    parts = (
        sensorthings.routes,
        linked_data.routes,
        definitions.routes,
        catalog.routes,
        ogcapi.routes,
        health.routes,
        portal.routes,
    )
    return [route for routes in parts for route in routes(site)]
