"""Say what every part of the application is given: the site, and the public address of a request."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ssclab_data.access import NO_TOKENS, Access
from ssclab_data.model.lab import LabInfo
from ssclab_data.query.bind import Limits
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Store

ROOT = "ssclab.root"
"""Key in the ASGI scope of the prefix that the application is mounted at; `middleware.Entry` sets it."""

SEQUENCE = "ssclab.sequence"
"""Key in the ASGI scope of the store's sequence when the request came, where it was read; `middleware.Revalidation`
sets it."""

JSON = "application/json"
PROBLEM = "application/problem+json"

_SERVICE = re.compile(r"/sta/v\d\.\d(?=/|$)")
_NEWEST = "/sta/v1.1"
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What one application serves; each part has a function `routes(site) -> list[BaseRoute]`.

    Attributes:
        store: of one lab, or a federation.
        labs: the lab, or the labs that a hub joins.
        title: name for people.
        access: who may write.
    """

    store: Store
    labs: tuple[LabInfo, ...]
    settings: Settings
    title: str
    access: Access = Access(tokens=NO_TOKENS)

    @property
    def federated(self) -> bool:
        """Whether the store is a hub over labs of other keys."""
        return any(lab.key != self.store.lab for lab in self.labs)

    @property
    def limits(self) -> Limits:
        """What one query may ask for."""
        return Limits(
            max_page_size=self.settings.max_page_size,
            max_expand_depth=self.settings.max_expand_depth,
            max_filter_nodes=self.settings.max_filter_nodes,
        )

    def base_url(self, request: Request) -> str:
        """Give the public address of the application for a request, without a slash at the end."""
        if self.settings.base_url:
            return self.settings.base_url.rstrip("/")
        scope = request.scope
        return f"{scope['scheme']}://{_host(request)}{scope.get(ROOT, scope.get('root_path', ''))}"

    def service_url(self, request: Request) -> str:
        """Give the root of the SensorThings service that a request is for; that of 1.1 where it is for another part."""
        below = request.scope["path"].removeprefix(request.scope.get(ROOT, ""))
        found = _SERVICE.match(below)
        return self.base_url(request) + (found.group() if found else _NEWEST)


def _host(request: Request) -> str:
    """Give the host a client asked for, where it is one; else the address of the server."""
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host):
        return host
    name, port = request.scope.get("server") or ("localhost", None)
    name = f"[{name}]" if ":" in name else name
    return f"{name}:{port}" if port else name


def json_response(value: Any, *, headers: Mapping[str, str] | None = None, media_type: str = JSON) -> Response:
    """Answer with a JSON document."""
    return Response(msgspec.json.encode(value), media_type=media_type, headers=headers)
