"""Answer the root of the service: the entity sets and what the server can do."""

from importlib import metadata
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ssclab_data.editing.drafts import KEY
from ssclab_data.editing.writes import Resolution
from ssclab_data.endpoints.access import capabilities, writable
from ssclab_data.endpoints.base import Site, json_response
from ssclab_data.endpoints.sensorthings import buckets, formats
from ssclab_data.endpoints.sensorthings.binding import BINDINGS, V1_0, Binding, kinds_of
from ssclab_data.endpoints.sensorthings.conformance import JSON_BATCH, OF_ONE_LAB, READING, WRITING, conformance
from ssclab_data.endpoints.sensorthings.options import ResultFormat
from ssclab_data.endpoints.sensorthings.writing import DRY_RUN
from ssclab_data.stores.shape import POLICY, DuplicatePolicy, policy_of


def landing(site: Site, binding: Binding, request: Request) -> Response:
    """List the entity sets (only those of the standard: other names stop the official test suite).

    1.0 knows the list alone (OGC 15-078r6, 9.2.1).
    """
    base = site.base_url(request) + binding.prefix
    sets = [{"name": kind.plural, "url": f"{base}/{kind.plural}"} for kind in kinds_of(site).values()]
    if binding == V1_0:
        return json_response({"value": sets})
    return json_response({"value": sets, "serverSettings": _settings(site, request)})


def _settings(site: Site, request: Request) -> dict[str, Any]:
    """Tell what can otherwise be found by trying only."""
    classes = (*READING, *(() if site.federated else OF_ONE_LAB), *(WRITING if writable(site) else ()))
    return {
        "conformance": (*conformance(*classes), *_extensions(site)),
        "server": {"name": "ssclab-data", "version": metadata.version("ssclab-data")},
        "versions": {binding.version: site.base_url(request) + binding.prefix for binding in BINDINGS},
        "authentication": capabilities(site),
        "limits": _limits(site),
        "resultFormats": [
            format_
            for format_ in ResultFormat
            if not (site.federated and format_ in (ResultFormat.DATA_ARRAY, ResultFormat.JSON_LD))
        ],
        "duplicates": {
            "property": f"properties/{POLICY}",
            "policies": list(DuplicatePolicy),
            "default": policy_of(None),
        },
        "naturalKeys": {"member": KEY, "resolutions": [Resolution.MERGE, Resolution.IGNORE]},
        "filteredDelete": {"trial": f"{DRY_RUN}=true"},
        "clientIds": True,
    }


def _extensions(site: Site) -> list[str]:
    of_one_lab = [] if site.federated else [buckets.EXTENSION, formats.DISTINCT]
    return [*formats.EXTENSIONS, *of_one_lab, *([JSON_BATCH] if writable(site) else [])]


def _limits(site: Site) -> dict[str, Any]:
    settings = site.settings
    return {
        "pageSize": settings.page_size,
        "maxPageSize": settings.max_page_size,
        "maxExpandDepth": settings.max_expand_depth,
        "maxFilterNodes": settings.max_filter_nodes,
        "maxUrlBytes": settings.max_url_bytes,
        "maxBodyBytes": settings.max_body_bytes,
        "maxBatchRequests": settings.max_batch_requests,
        "maxArrayRows": settings.max_array_rows,
    }
