"""Ask a service as its clients do, and give back what they see."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec
from starlette.testclient import TestClient

SETS = {
    "Thing": "Things",
    "Location": "Locations",
    "HistoricalLocation": "HistoricalLocations",
    "Datastream": "Datastreams",
    "Sensor": "Sensors",
    "ObservedProperty": "ObservedProperties",
    "Observation": "Observations",
    "FeatureOfInterest": "FeaturesOfInterest",
}
"""Entity sets of the standard, by entity type."""

NOT_THERE = (404, 410)
REFUSED = (400, 409)
"""What a service answers to an entity that breaks a constraint."""
DONE = (200, 204)


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a service.

    Attributes:
        root: its address, without a slash at the end.
    """

    client: TestClient
    version: str
    root: str

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        media_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request to a path below the root, or to an address that the service gave."""
        address = path if path.startswith("http") else f"{self.root}/{path}".rstrip("/")
        content = body if isinstance(body, (str, bytes)) or body is None else msgspec.json.encode(body)
        typed = {} if body is None else {"Content-Type": media_type}
        answer: httpx.Response = self.client.request(
            method, address, content=content, headers={**typed, **(headers or {})}
        )
        return answer

    def get(self, path: str) -> Any:
        """Read JSON that must be there."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def values(self, path: str) -> list[Any]:
        """Read the entities of a set, over all its pages."""
        return [one for page in self.pages(path) for one in page["value"]]

    def pages(self, path: str) -> Iterator[Any]:
        """Read the pages of a set, by the links that the service gives."""
        link: str | None = path
        while link is not None:
            page = self.get(link)
            yield page
            link = page.get("@iot.nextLink")

    def names(self, path: str) -> list[str]:
        """Read the names of the entities of a set."""
        return [one["name"] for one in self.values(path)]

    def results(self, path: str) -> list[Any]:
        """Read the results of a set of Observations."""
        return [one["result"] for one in self.values(path)]

    def create(self, path: str, body: Any) -> str:
        """Create an entity, and give its path (`Things(1)`)."""
        answer = self.ask("POST", path, body)
        assert answer.status_code == 201, f"POST {path}: {answer.status_code} {answer.text}"
        return self.path_of(answer.headers["Location"])

    def path_of(self, address: str) -> str:
        """Give the path of an entity below the root."""
        assert address.startswith(f"{self.root}/")
        return address.removeprefix(f"{self.root}/")

    def path_by_name(self, plural: str, name: str) -> str:
        """Find an entity by its name."""
        (found,) = self.values(f"{plural}?$filter=name eq '{name}'")
        return self.path_of(found["@iot.selfLink"])

    def count(self, path: str) -> int:
        """Count the entities of a set."""
        return int(self.get(f"{path}?$count=true&$top=0")["@iot.count"])

    def counts(self) -> dict[str, int]:
        """Count the entities of every set."""
        return {plural: self.count(plural) for plural in SETS.values()}


def link(path: str) -> dict[str, Any]:
    """Name an entity in the body of a request, by its path (`Things(1)`)."""
    return {"@iot.id": identifier(path)}


def identifier(path: str) -> int:
    """Give the `@iot.id` in the path of an entity."""
    found = re.search(r"\((\d+)\)$", path)
    assert found, path
    return int(found[1])
