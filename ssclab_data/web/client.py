"""Get one answer over HTTP, whole and within the limits; redirects are told, not followed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from ssclab_data.errors import WebError
from ssclab_data.web.faults import WebFault
from ssclab_data.web.unpacking import Unpacker

if TYPE_CHECKING:
    import httpx

    from ssclab_data.web.addresses import HostRules
    from ssclab_data.web.transport import Resolve

type Transport = httpx.AsyncBaseTransport
type Url = httpx.URL

MAX_BYTES = 32 * 1024 * 1024
_CHUNK = 65_536
_HEADERS = {"Accept-Encoding": "gzip"}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back.

    Attributes:
        reason: the words beside the status.
        headers: by name in small letters.
        body: unpacked.
        received: bytes of the body as it was sent.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    received: int

    @property
    def redirects(self) -> bool:
        """Whether it leads to another address."""
        return self.status in (301, 302, 303, 307, 308) and "location" in self.headers


class Client:
    """Get answers; used from one event loop. Proxies and credentials of the environment are not used.

    Args:
        transport: how to get there.
        max_bytes: the largest body that is read, unpacked.
        patient: whether to wait for a silent server as long as the caller does.
    """

    def __init__(
        self, transport: "Transport | None" = None, *, max_bytes: int = MAX_BYTES, patient: bool = False
    ) -> None:
        self._transport = transport
        self._max_bytes = max_bytes
        self._patient = patient
        self._client: httpx.AsyncClient | None = None

    async def get(self, url: "str | Url", headers: Mapping[str, str]) -> Answer:
        """Get one answer, whatever its status.

        Raises:
            WebError: there is none, or it is broken, too large, or packed in another way than asked for.
        """
        if self._client is None:
            self._client = _new_client(self._transport, patient=self._patient)
        with foreign_errors():
            async with self._client.stream("GET", url, headers=dict(headers)) as response:
                body = await _body(response, self._max_bytes)
                return Answer(
                    status=response.status_code,
                    reason=response.reason_phrase,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=body,
                    received=response.num_bytes_downloaded,
                )

    async def close(self) -> None:
        """Close its connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def guarded(rules: "HostRules", resolve: "Resolve | None" = None) -> "Transport":
    """Give a way to the network that keeps to rules; see `web/transport.py`."""
    from ssclab_data.web.transport import GuardedTransport, resolve_host

    return GuardedTransport(rules, resolve or resolve_host)


def in_process(app: Any, *, root_path: str = "") -> "Transport":
    """Give the way to an ASGI application in this process.

    Args:
        root_path: prefix under which the application is mounted.
    """
    import httpx

    return httpx.ASGITransport(app=app, raise_app_exceptions=False, root_path=root_path)


def parse_url(text: str) -> "Url":
    """Read a URL.

    Raises:
        WebError: it is none.
    """
    import httpx

    with foreign_errors():
        return httpx.URL(text)


def query(options: Mapping[str, str]) -> bytes:
    """Write query options, encoded."""
    import httpx

    return str(httpx.QueryParams(options)).encode()


def add_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Give a URL with query parameters, in place of those of the same names.

    >>> add_parameters("https://a.example/units?page=1", {"page": "2"})
    'https://a.example/units?page=2'
    """
    if not parameters:
        return url
    with foreign_errors():
        return str(parse_url(url).copy_merge_params(parameters))


@contextmanager
def foreign_errors() -> Iterator[None]:
    """Turn the errors of httpx into ours."""
    import httpx

    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise WebError(WebFault.UNREACHABLE, f"no connection: {_words(error)}") from error
    except httpx.RemoteProtocolError as error:
        raise WebError(WebFault.BROKEN, f"it breaks HTTP: {_words(error)}") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:  # the last of names of hosts
        raise WebError(WebFault.ADDRESS, f"it is no address: {_words(error)}") from error
    except httpx.HTTPError as error:
        raise WebError(WebFault.UNREACHABLE, f"the connection failed: {_words(error)}") from error


def _new_client(transport: "Transport | None", *, patient: bool) -> "httpx.AsyncClient":
    import httpx

    from ssclab_data.web.transport import TIMEOUT

    return httpx.AsyncClient(
        transport=transport,
        timeout=None if patient else TIMEOUT,
        follow_redirects=False,
        headers=_HEADERS,
        trust_env=False,
    )


async def _body(response: "httpx.Response", limit: int) -> bytes:
    unpacker = Unpacker(response.headers.get("content-encoding", ""), limit)
    async for chunk in response.aiter_raw(_CHUNK):
        unpacker.add(chunk)
    return unpacker.finish()


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
