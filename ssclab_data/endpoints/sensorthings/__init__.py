"""Serve SensorThings 1.0 (OGC 15-078r6) and 1.1 (OGC 18-088)."""

from functools import partial

from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.sensorthings.batch import batch
from ssclab_data.endpoints.sensorthings.binding import BINDINGS, Binding
from ssclab_data.endpoints.sensorthings.landing import landing
from ssclab_data.endpoints.sensorthings.openapi import NAME, api
from ssclab_data.endpoints.sensorthings.parts import BATCH
from ssclab_data.endpoints.sensorthings.reading import read
from ssclab_data.endpoints.sensorthings.writing import METHODS, write


def routes(site: Site) -> list[BaseRoute]:
    """Give the routes below `/sta`."""
    return [route for binding in BINDINGS for route in _of_version(site, binding)]


def _of_version(site: Site, binding: Binding) -> list[BaseRoute]:
    name, prefix = f"sta-{binding.version}", binding.prefix
    return [
        Route(prefix, partial(landing, site, binding), name=name),
        Route(prefix + "/", partial(landing, site, binding), name=f"{name}-root"),
        Route(f"{prefix}/{NAME}", partial(api, site, binding), name=f"{name}-api"),
        Route(f"{prefix}/{BATCH}", partial(batch, site, binding), methods=["POST"], name=f"{name}-batch"),
        Route(prefix + "/{path:path}", partial(read, site, binding), name=f"{name}-read"),
        Route(prefix + "/{path:path}", partial(write, site, binding), methods=METHODS, name=f"{name}-write"),
    ]
