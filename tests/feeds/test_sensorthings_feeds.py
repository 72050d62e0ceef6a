"""A SensorThings service is a feed: our own server, and services with habits of their own."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data import Lab, Settings
from ssclab_data.feeds.status import Condition, Status
from ssclab_data.ingest import IngestOptions, ingest_payload
from ssclab_data.sources.mapping import load_file
from ssclab_data.web.client import in_process

from .conftest import FedLab, payload

EXPANDED = "$expand=Datastream($expand=Thing,Sensor,ObservedProperty)"
QUERY = "Observations?$filter=phenomenonTime gt {since}&$orderby=phenomenonTime,id&$top=2&" + EXPANDED
ROOT = "http://10.0.0.1/sta/v1.1"
FEED: dict[str, Any] = {
    "name": "only",
    "source": "sensorthings",
    "url": f"{ROOT}/{QUERY}",
    "pages": {"link": "@iot.nextLink"},
    "rate": 1000,
    "overlap": "PT1H",
}


def results(lab: FedLab) -> list[tuple[str, float]]:
    return sorted((at, value) for (_, at), value in lab.rows().items())


def run(lab: FedLab, app: Any, **changes: Any) -> Status:
    place = msgspec.structs.replace(lab.place, transport=lambda rules: in_process(app))
    return lab.run({**FEED, **changes}, place=place)["only"]


def test_what_our_own_server_has_is_taken_and_what_comes_later_too(lab: FedLab) -> None:
    source = load_file(lab.folder / "toy.yaml")
    with Lab.open(":memory:", key="helmond", settings=Settings()) as served:
        app = served.asgi()

        def publish(*hours: int) -> None:
            rows = (("a", f"2026-06-01T{hour:02}:00:00Z", float(hour)) for hour in hours)
            ingest_payload(served.store, source, payload(*rows), options=IngestOptions())

        publish(1, 2, 3, 4, 5)
        first = run(lab, app)
        assert (first.state, first.message, first.last.stored, first.last.requests) == (Condition.OK, "", 5, 3)
        publish(6, 7)
        second = run(lab, app)
        assert (second.last.stored, second.last.requests) == (2, 2)  # after 04:00: 05:00 again, 06:00, 07:00
        assert run(lab, app).last.stored == 0
    assert results(lab) == [(f"2026-06-01T{hour:02}:00:00Z", float(hour)) for hour in range(1, 8)]


def observation(number: int) -> dict[str, Any]:
    stream = {
        "@iot.id": 5,
        "@iot.selfLink": f"{ROOT}/Datastreams(5)",
        "name": "PM2.5 at the square",
        "description": "hourly",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": "microgram per cubic metre", "symbol": "µg/m³", "definition": "ucum:ug/m3"},
        "Thing": {"@iot.id": 1, "name": "square", "description": "a square"},
        "Sensor": {"@iot.id": 2, "name": "s", "description": "d", "encodingType": "application/pdf", "metadata": "x"},
        "ObservedProperty": {
            "@iot.id": 3,
            "name": "PM2.5",
            "description": "fine dust",
            "definition": "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001",
        },
    }
    return {
        "@iot.id": number,
        "@iot.selfLink": f"{ROOT}/Observations({number})",
        "phenomenonTime": f"2026-06-01T{number:02}:00:00.000Z",
        "resultTime": None,
        "result": float(number),
        "Datastream": stream,
    }


class Quirky:
    """A service of three pages, each of one Observation.

    Args:
        links: the next link of the first and second page.
    """

    def __init__(self, *links: str, last: dict[str, Any] | None = None) -> None:
        self.links = links
        self.last = last
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["query_string"].decode())
        number = len(self.asked)
        document: dict[str, Any] = {"value": [observation(number)]}
        if number <= len(self.links):
            document["@iot.nextLink"] = self.links[number - 1]
        elif self.last is not None:
            document = self.last
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})


@pytest.mark.parametrize(
    ("links", "stored", "words"),
    [
        ([f"{ROOT}/Observations?$skip=1", f"{ROOT}/Observations?$skip=2"], 3, ""),
        (["Observations?$skip=1", "/sta/v1.1/Observations?$skip=2"], 3, ""),
        (["Observations?$skip=1", ""], 2, ""),
        (["http://frost:8080/FROST-Server/v1.1/Observations?$skip=1"], 0, "next page is at another host, frost"),
        (["Observations?$skip=1", "Observations?$skip=1"], 2, "lead back to one that was read"),
    ],
)
def test_the_habits_of_services(lab: FedLab, links: list[str], stored: int, words: str) -> None:
    status = run(lab, Quirky(*links))
    assert words in status.message
    assert status.state is (Condition.FAILING if words else Condition.OK), status.message
    assert (status.last.stored, len(results(lab))) == (stored, stored)


def test_a_last_page_without_rows_ends_the_pages(lab: FedLab) -> None:
    """FROST gives a next link with a full last page; what it leads to is empty."""
    status = run(lab, Quirky("Observations?$skip=1", last={"value": []}))
    assert (status.state, status.message, len(results(lab))) == (Condition.OK, "", 1)
    assert status.watermark == "2026-06-01T01:00:00Z"


def test_the_time_is_asked_for_in_a_filter(lab: FedLab, tmp_path: Path) -> None:
    service = Quirky()
    run(lab, service)
    run(lab, service)
    assert "phenomenonTime%20gt%202026-05-31T12%3A00%3A00Z" in service.asked[0].replace("+", "%20")
    assert "phenomenonTime%20gt%202026-06-01T00%3A00%3A00Z" in service.asked[1].replace("+", "%20")
