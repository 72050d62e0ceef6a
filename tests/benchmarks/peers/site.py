"""Ask a server of SensorThings 1.1, and know its entities by what it says."""

import re
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ..children import HOST, ServerError
from . import plan as plans
from .plan import DATASTREAMS, THINGS, Document

PATIENCE = 300.0
_LOCAL = (HOST, "localhost", "::1")


class Answer(msgspec.Struct, frozen=True):
    """What a server said to one request."""

    status: int
    body: bytes

    @property
    def right(self) -> bool:
        """Tell whether it did what it was asked."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """Say it in one short line."""
        told = re.sub(r"\s+", " ", self.body[:400].decode("utf-8", "replace")).replace("|", "/")
        return f"{self.status}: {told[:160]}"


class Site(msgspec.Struct, frozen=True):
    """Where a server is.

    Attributes:
        path: of its landing document, such as `/FROST-Server/v1.1`.
    """

    name: str
    port: int
    path: str

    @classmethod
    def at(cls, name: str, url: str) -> "Site":
        """Read an address.

        Raises:
            ServerError: it is not one of this machine, which is all that a comparison on one machine can use.
        """
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOCAL:
            raise ServerError(f"{url} is no http address of this machine; start the server here, and give that address")
        return cls(name, parts.port or 80, parts.path.rstrip("/"))

    @property
    def host(self) -> str:
        """The name under which it is asked."""
        return f"{HOST}:{self.port}"

    def target(self, relative: str) -> str:
        """Give the request target of a path below the landing document."""
        return f"{self.path}/{relative}"

    def ask(self, relative: str, *, body: bytes | None = None) -> Answer:
        """Send one request: GET, or POST where there is a body."""
        connection = HTTPConnection(HOST, self.port, timeout=PATIENCE)
        headers = {"Accept-Encoding": "identity", "Host": self.host, "Content-Type": "application/json"}
        try:
            connection.request("GET" if body is None else "POST", self.target(relative), body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()

    def get(self, relative: str) -> Document:
        """Fetch a document.

        Raises:
            ServerError: there is none.
        """
        answer = self.ask(relative)
        if not answer.right:
            raise ServerError(f"{self.name} answered {relative} with {answer.text}")
        document: Document = msgspec.json.decode(answer.body)
        return document

    def post(self, relative: str, document: Any) -> None:
        """Send a document.

        Raises:
            ServerError: it is not taken.
        """
        answer = self.ask(relative, body=msgspec.json.encode(document))
        if not answer.right:
            raise ServerError(f"{self.name} answered POST {relative} with {answer.text}")

    def count(self, entities: str) -> int:
        """Count the entities of a set."""
        return int(self.get(f"{entities}?$count=true&$top=1")["@iot.count"])

    def by_name(self, entities: str) -> dict[str, Document]:
        """Read all entities of a set, page after page."""
        found: dict[str, Document] = {}
        target = f"{entities}?$top=100"
        while target:
            page = self.get(target)
            found |= {one["name"]: one for one in page["value"]}
            following = urlsplit(page.get("@iot.nextLink", "")).query if page["value"] else ""
            target = f"{entities}?{following}" if following else ""
        return found


class Known(msgspec.Struct, frozen=True):
    """What a server calls its entities.

    Attributes:
        datastreams: their paths, such as `Datastreams(7)`, by number.
        datastream_ids: their `@iot.id`, by number.
        feature_ids: `@iot.id` of the FeaturesOfInterest, by number of their Thing.
    """

    datastreams: list[str]
    datastream_ids: list[Any]
    feature_ids: list[Any]

    @classmethod
    def of(cls, site: Site) -> "Known":
        """Read them from the server."""
        datastreams, features = site.by_name("Datastreams"), site.by_name("FeaturesOfInterest")
        ordered = [datastreams[plans.datastream_name(number)] for number in range(DATASTREAMS)]
        places = [plans.feature(number)["name"] for number in range(THINGS)]
        return cls(
            [segment(one) for one in ordered],
            [one["@iot.id"] for one in ordered],
            [features[name]["@iot.id"] for name in places],
        )


def segment(document: Document) -> str:
    """Give the last part of an entity's own link: its set and its id as this server writes them."""
    return str(urlsplit(document["@iot.selfLink"]).path.rpartition("/")[2])
