"""Answer the root of the service: the entity sets and what the server can do."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ssclab_data.endpoints.base import Site, json_response
from ssclab_data.endpoints.sensorthings.binding import Binding
from ssclab_data.model.sensorthings import ENTITY_TYPES

_REQ = "http://www.opengis.net/spec/iot_sensing/1.1/req/"

# Classes first (clients such as Home Assistant look for these), then the requirements of each (OGC 18-088, annex A).
CONFORMANCE = tuple(
    _REQ + name
    for name in (
        "datamodel",
        *(
            f"datamodel/{part}/{what}"
            for part in (
                "thing",
                "location",
                "historical-location",
                "datastream",
                "sensor",
                "observed-property",
                "observation",
                "feature-of-interest",
            )
            for what in ("properties", "relations")
        ),
        "datamodel/entity-control-information/common-control-information",
        "resource-path",
        "resource-path/resource-path-to-entities",
        "request-data",
        "request-data/order",
        "request-data/expand",
        "request-data/select",
        "request-data/status-code",
        "request-data/query-status-code",
        "request-data/orderby",
        "request-data/top",
        "request-data/skip",
        "request-data/count",
        "request-data/filter",
        "request-data/built-in-filter-operations",
        "request-data/built-in-query-functions",
        "request-data/pagination",
    )
)


def landing(site: Site, binding: Binding, request: Request) -> Response:
    """List the entity sets (only those of the standard: other names stop the official test suite)."""
    base = site.base_url(request) + binding.prefix
    return json_response(
        {
            "value": [{"name": kind.plural, "url": f"{base}/{kind.plural}"} for kind in ENTITY_TYPES.values()],
            "serverSettings": {"conformance": CONFORMANCE, "limits": _limits(site)},
        }
    )


def _limits(site: Site) -> dict[str, Any]:
    settings = site.settings
    return {
        "pageSize": settings.page_size,
        "maxPageSize": settings.max_page_size,
        "maxExpandDepth": settings.max_expand_depth,
        "maxFilterNodes": settings.max_filter_nodes,
        "maxUrlBytes": settings.max_url_bytes,
    }
