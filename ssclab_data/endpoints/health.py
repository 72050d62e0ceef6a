"""Tell whether the server can answer, and who may write."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.access import capabilities
from ssclab_data.endpoints.base import Site, json_response


def routes(site: Site) -> list[BaseRoute]:
    """Give the routes of `/health`."""
    return [Route("/health", partial(health, site), name="health")]


def health(site: Site, _request: Request) -> Response:
    """Read the store's sequence: a store that cannot is an error, and its status says so."""
    body = {
        "status": "ok",
        "lab": site.store.lab,
        "title": site.title,
        "sequence": site.store.sequence,
        "write": capabilities(site)["write"],
        "labs": [lab.key for lab in site.labs],
    }
    return json_response(body, headers={"Cache-Control": "no-store"})
