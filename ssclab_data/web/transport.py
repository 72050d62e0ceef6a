"""Connect to the very address that was looked at, and only where the rules allow it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import httpx

from ssclab_data.errors import WebError
from ssclab_data.web.addresses import HostRules
from ssclab_data.web.faults import WebFault

type Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]

_CONNECT_SECONDS, _SILENT_SECONDS = 10.0, 30.0
TIMEOUT = httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS)


async def resolve_host(host: str, port: int) -> tuple[str, ...]:
    """Ask the system for the addresses of a host.

    Raises:
        WebError: it has none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebError(WebFault.UNREACHABLE, f"no connection: {host} is not known ({error})") from error
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Look a host up once, check its addresses, and connect to those.

    A name that gives another address the next time it is asked (DNS rebinding) leads nowhere else. Connections are
    kept apart by host, so that none is used for the name of another one.
    """

    def __init__(self, rules: HostRules, resolve: Resolve = resolve_host) -> None:
        self._rules = rules
        self._resolve = resolve
        self._context = httpx.create_ssl_context()
        self._by_host: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address that can be connected to."""
        self._rules.check_url(str(request.url))
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        inner = self._of(host)
        refused: httpx.ConnectError | httpx.ConnectTimeout | None = None
        for address in self._rules.allowed(host, await self._resolve(host, port)):
            try:
                return await inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error
        raise refused or httpx.ConnectError(f"{host} has no address")

    async def aclose(self) -> None:
        """Close all connections."""
        for inner in self._by_host.values():
            await inner.aclose()

    def _of(self, host: str) -> httpx.AsyncHTTPTransport:
        if host not in self._by_host:
            self._by_host[host] = httpx.AsyncHTTPTransport(verify=self._context, trust_env=False)
        return self._by_host[host]


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    """Give the request with the address in place of the name; `Host` and the certificate stay those of the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )
