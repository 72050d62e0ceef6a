"""Fetch SensorThings 1.1 documents of one lab within time and size limits; the only door to httpx."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from ssclab_data.errors import SettingsError, SsclabError
from ssclab_data.model.identity import check_lab_key
from ssclab_data.model.lab import LabInfo
from ssclab_data.stores.base import AnswerStatus

if TYPE_CHECKING:
    import httpx

type Document = dict[str, Any]

MAX_BYTES = 32 * 1024 * 1024
SERVICE = "/sta/v1.1"
"""How the address of a service ends that one of our nodes gives."""
_IN_PROCESS = f"http://{{key}}.invalid{SERVICE}"
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_HEADERS = {"Accept-Encoding": "gzip"}
_JSON, _NTRIPLES = "application/json", "application/n-triples"


class PeerError(SsclabError):
    """A lab did not give a usable answer; the fan-out turns it into the status of that lab.

    Attributes:
        status: `error` where the lab could not be reached or refused, `invalid` where its answer cannot be used.
        reason: why, in words.
    """

    code = "lab-missing"

    def __init__(self, status: AnswerStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Peer:
    """The SensorThings 1.1 service of one lab; used from one event loop.

    Args:
        lab: who it is.
        url: address of the service's root (`https://sensors.breda.example/sta/v1.1`).
        transport: how to get there; None is the network.
        max_bytes: the largest body that is read, counted after decompression.

    Raises:
        SettingsError: the lab's key or the address cannot be used.
    """

    def __init__(
        self,
        lab: LabInfo,
        url: str,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        check_lab_key(lab.key)
        self.lab = lab
        self._root = _parse_root(url, lab.key)
        self._transport = transport
        self._max_bytes = max_bytes
        self._client: httpx.AsyncClient | None = None

    @classmethod
    def of_app(cls, lab: LabInfo, app: Any, *, root_path: str = "") -> "Peer":
        """Make a peer of an ASGI application in this process; no network is used.

        Args:
            app: what serves `/sta/v1.1`.
            root_path: prefix under which the application is mounted.
        """
        import httpx

        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, root_path=root_path)
        return cls(lab, _IN_PROCESS.format(key=lab.key), transport=transport)

    @property
    def key(self) -> str:
        """Key of the lab."""
        return self.lab.key

    @property
    def url(self) -> str:
        """Address of the root of its service, without a slash at the end."""
        return str(self._root).rstrip("/")

    async def fetch(self, entity_set: str, options: Mapping[str, str]) -> Document:
        """Fetch one page of an entity set.

        Args:
            entity_set: plural name, from the model.
            options: query options by name, decoded.

        Raises:
            PeerError: there is no usable answer.
        """
        import httpx

        root = self._root
        url = root.copy_with(
            path=f"{root.path.rstrip('/')}/{entity_set}", query=str(httpx.QueryParams(options)).encode()
        )
        return await self._document(url)

    async def follow(self, link: str) -> Document:
        """Fetch the page that a `@iot.nextLink` of this peer leads to.

        Raises:
            PeerError: the link leads to another origin, or there is no usable answer.
        """
        import httpx

        with _foreign_errors():
            # A relative link starts from the set it was found at, which lies right below the root.
            url = self._root.copy_with(path=f"{self._root.path.rstrip('/')}/").join(httpx.URL(link))
        if (url.scheme, url.host, url.port) != (self._root.scheme, self._root.host, self._root.port):
            raise PeerError(AnswerStatus.INVALID, f"its next link leads to another host, {url.netloc.decode()}")
        return await self._document(url)

    async def catalogue(self) -> bytes | None:
        """Fetch the DCAT catalogue of the lab as N-Triples; None where its service is no node that has one.

        Raises:
            PeerError: there is no usable answer.
        """
        path = self._root.path.rstrip("/")
        if not path.endswith(SERVICE):
            return None
        url = self._root.copy_with(path=f"{path.removesuffix(SERVICE)}/catalog")
        response, body = await self._get(url, accept=_NTRIPLES)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise PeerError(AnswerStatus.ERROR, _refusal(response, body))
        if not response.headers.get("content-type", "").startswith(_NTRIPLES):
            raise PeerError(AnswerStatus.INVALID, f"its catalogue is no {_NTRIPLES}")
        return body

    async def close(self) -> None:
        """Close its connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _document(self, url: "httpx.URL") -> Document:
        response, body = await self._get(url)
        if response.status_code != 200:
            raise PeerError(AnswerStatus.ERROR, _refusal(response, body))
        return _parse(body, response.headers.get("content-type", ""))

    async def _get(self, url: "httpx.URL", *, accept: str = _JSON) -> tuple["httpx.Response", bytes]:
        if self._client is None:
            self._client = _new_client(self._transport)
        with _foreign_errors():
            async with self._client.stream("GET", url, headers={"Accept": accept}) as response:
                return response, await _body(response, self._max_bytes)


def _new_client(transport: "httpx.AsyncBaseTransport | None") -> "httpx.AsyncClient":
    import httpx

    # The fan-out's deadline spans the whole body, so httpx needs no timeout of its own. Proxies and credentials of
    # the environment are not used: only the configured origin is contacted.
    return httpx.AsyncClient(
        transport=transport,
        timeout=None,  # noqa: S113 - see above
        follow_redirects=False,
        headers=_HEADERS,
        trust_env=False,
    )


async def _body(response: "httpx.Response", limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes(65_536):
        size += len(chunk)
        if size > limit:
            raise PeerError(AnswerStatus.ERROR, f"its answer is larger than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _parse(body: bytes, content_type: str) -> Document:
    try:
        document = msgspec.json.decode(body)
    except _BROKEN as error:
        if "html" in content_type or body.lstrip()[:1] == b"<":
            raise PeerError(AnswerStatus.INVALID, "it answers a web page, not SensorThings JSON") from error
        raise PeerError(AnswerStatus.INVALID, f"its answer is broken JSON: {error}") from error
    if not isinstance(document, dict):
        raise PeerError(AnswerStatus.INVALID, "its answer is no JSON object")
    return document


def _refusal(response: "httpx.Response", body: bytes) -> str:
    status = f"HTTP {response.status_code}"
    if response.is_redirect:
        return f"{status}: it redirects, and redirects are not followed"
    try:
        document = msgspec.json.decode(body)
    except _BROKEN:
        document = None
    message = (document.get("detail") or document.get("message")) if isinstance(document, dict) else None
    return f"{status}: {str(message)[:200]}" if message else f"{status} {response.reason_phrase}".rstrip()


@contextmanager
def _foreign_errors() -> Iterator[None]:
    import httpx

    try:
        yield
    except httpx.ConnectError as error:
        raise PeerError(AnswerStatus.ERROR, f"no connection: {_words(error)}") from error
    except httpx.DecodingError as error:
        raise PeerError(AnswerStatus.INVALID, f"its answer cannot be decompressed: {_words(error)}") from error
    except httpx.RemoteProtocolError as error:
        raise PeerError(AnswerStatus.INVALID, f"it breaks HTTP: {_words(error)}") from error
    except httpx.InvalidURL as error:
        raise PeerError(AnswerStatus.INVALID, f"its next link is no address: {_words(error)}") from error
    except httpx.HTTPError as error:
        raise PeerError(AnswerStatus.ERROR, f"the connection failed: {_words(error)}") from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _parse_root(url: str, key: str) -> "httpx.URL":
    import httpx

    try:
        root = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SettingsError(f"lab {key!r}: {url!r} is no address: {error}") from error
    if root.scheme not in ("http", "https") or not root.host or root.query or root.fragment or root.userinfo:
        raise SettingsError(
            f"lab {key!r}: {url!r} must be the http or https address of a SensorThings service, "
            "without user, query and fragment (https://sensors.example.org/sta/v1.1)"
        )
    return root
