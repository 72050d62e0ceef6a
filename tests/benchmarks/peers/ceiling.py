"""Serve recorded answers from memory with Starlette, as the limit of what a server of this kind can do."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = "BENCHMARK_READY"
"""Variable that names the folder of the answers."""
_BODIES: dict[str, bytes] = {}


async def ready(request: Request) -> Response:
    """Send one of them."""
    name = request.path_params["name"]
    if name not in _BODIES:
        _BODIES[name] = (Path(os.environ[FOLDER]) / name).read_bytes()
    return Response(_BODIES[name], media_type="application/json")


async def health(_: Request) -> Response:
    """Say that it runs."""
    return Response(b"{}", media_type="application/json")


app = Starlette(routes=[Route("/ready/{name}", ready), Route("/health", health)])
