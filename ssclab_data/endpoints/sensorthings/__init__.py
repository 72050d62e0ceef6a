"""Serve SensorThings 1.1 (OGC 18-088), reading."""

from functools import partial

from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.base import STA, Site
from ssclab_data.endpoints.sensorthings.landing import landing
from ssclab_data.endpoints.sensorthings.reading import read


def routes(site: Site) -> list[BaseRoute]:
    """Give the routes below `/sta/v1.1`."""
    return [
        Route(STA, partial(landing, site), name="sta"),
        Route(STA + "/", partial(landing, site), name="sta-root"),
        Route(STA + "/{path:path}", partial(read, site), name="sta-read"),
    ]
