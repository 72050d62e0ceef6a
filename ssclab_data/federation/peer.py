"""Fetch SensorThings 1.1 documents of one lab within time and size limits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from ssclab_data.errors import SettingsError, SsclabError, WebError
from ssclab_data.model.identity import check_lab_key
from ssclab_data.model.lab import LabInfo
from ssclab_data.stores.base import AnswerStatus
from ssclab_data.web.client import MAX_BYTES, Answer, Client, in_process, parse_url, query
from ssclab_data.web.faults import WebFault

if TYPE_CHECKING:
    from ssclab_data.web.client import Transport, Url

type Document = dict[str, Any]

SERVICE = "/sta/v1.1"
"""How the address of a service ends that one of our nodes gives."""
_IN_PROCESS = f"http://{{key}}.invalid{SERVICE}"
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_INVALID = frozenset({WebFault.BROKEN, WebFault.ADDRESS})
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
        transport: "Transport | None" = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        check_lab_key(lab.key)
        self.lab = lab
        self._root = _parse_root(url, lab.key)
        # The fan-out's deadline spans the whole body, so the client needs no timeout of its own.
        self._client = Client(transport, max_bytes=max_bytes, patient=True)

    @classmethod
    def of_app(cls, lab: LabInfo, app: Any, *, root_path: str = "") -> "Peer":
        """Make a peer of an ASGI application in this process; no network is used.

        Args:
            app: what serves `/sta/v1.1`.
            root_path: prefix under which the application is mounted.
        """
        return cls(lab, _IN_PROCESS.format(key=lab.key), transport=in_process(app, root_path=root_path))

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
        root = self._root
        url = root.copy_with(path=f"{root.path.rstrip('/')}/{entity_set}", query=query(options))
        return await self._document(url)

    async def follow(self, link: str) -> Document:
        """Fetch the page that a `@iot.nextLink` of this peer leads to.

        Raises:
            PeerError: the link leads to another origin, or there is no usable answer.
        """
        with _foreign_errors("its next link"):
            # A relative link starts from the set it was found at, which lies right below the root.
            url = self._root.copy_with(path=f"{self._root.path.rstrip('/')}/").join(parse_url(link))
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
        answer = await self._get(url, accept=_NTRIPLES)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise PeerError(AnswerStatus.ERROR, _refusal(answer))
        if not answer.headers.get("content-type", "").startswith(_NTRIPLES):
            raise PeerError(AnswerStatus.INVALID, f"its catalogue is no {_NTRIPLES}")
        return answer.body

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()

    async def _document(self, url: "Url") -> Document:
        answer = await self._get(url)
        if answer.status != 200:
            raise PeerError(AnswerStatus.ERROR, _refusal(answer))
        return _parse(answer.body, answer.headers.get("content-type", ""))

    async def _get(self, url: "Url", *, accept: str = _JSON) -> Answer:
        with _foreign_errors("its address"):
            return await self._client.get(url, {"Accept": accept})


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


def _refusal(answer: Answer) -> str:
    status = f"HTTP {answer.status}"
    if answer.redirects:
        return f"{status}: it redirects, and redirects are not followed"
    try:
        document = msgspec.json.decode(answer.body)
    except _BROKEN:
        document = None
    message = (document.get("detail") or document.get("message")) if isinstance(document, dict) else None
    return f"{status}: {str(message)[:200]}" if message else f"{status} {answer.reason}".rstrip()


@contextmanager
def _foreign_errors(what: str) -> Iterator[None]:
    try:
        yield
    except WebError as error:
        status = AnswerStatus.INVALID if error.fault in _INVALID else AnswerStatus.ERROR
        reason = error.reason if error.fault != WebFault.ADDRESS else f"{what}: {error.reason}"
        raise PeerError(status, reason) from error


def _parse_root(url: str, key: str) -> "Url":
    try:
        root = parse_url(url)
    except WebError as error:
        raise SettingsError(f"lab {key!r}: {url!r}: {error.reason}") from error
    if root.scheme not in ("http", "https") or not root.host or root.query or root.fragment or root.userinfo:
        raise SettingsError(
            f"lab {key!r}: {url!r} must be the http or https address of a SensorThings service, "
            "without user, query and fragment (https://sensors.example.org/sta/v1.1)"
        )
    return root
