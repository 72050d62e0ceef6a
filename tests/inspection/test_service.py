"""Check a live service in process: all of it is read, what cannot be read is told, and never more than was said."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ssclab_data import Lab
from ssclab_data.federation.peer import Peer
from ssclab_data.inspection.content import Content
from ssclab_data.inspection.run import Options, inspect
from ssclab_data.inspection.service import Reach, read_peer
from ssclab_data.model.lab import LabInfo

TARGET = LabInfo(key="target", name="target")


def read(app: Any, reach: Reach = Reach()) -> Content:  # noqa: B008 (frozen)
    return asyncio.run(read_peer(Peer.of_app(TARGET, app), "https://x.example/sta/v1.1", reach))


def service(answers: Mapping[str, Callable[[Request], Response]]) -> Starlette:
    """Make a service of which some sets answer otherwise than empty."""

    def empty(_request: Request) -> Response:
        return JSONResponse({"value": []})

    names = ("Things", "Sensors", "ObservedProperties", "Datastreams")
    return Starlette(routes=[Route(f"/sta/v1.1/{name}", answers.get(name, empty)) for name in names])


def test_our_own_service_is_in_order_and_read_whole(filled: Lab) -> None:
    outcome = inspect(read(filled.asgi(), Reach(datastreams=1_000)), Options())
    stored = filled.inspect(Options())
    assert [finding.rule for finding in outcome.findings if finding.severity == "error"] == []
    for kind in ("Thing", "Datastream", "Sensor", "ObservedProperty", "Observation"):
        assert outcome.checked[kind] == stored.checked[kind], kind
    assert 0 < outcome.checked["Location"] <= stored.checked["Location"], "where Things are, not where they were"
    assert {one.datastream for one in outcome.series} != set()
    assert sorted(one.count for one in outcome.series) == sorted(one.count for one in stored.series)


def test_no_more_is_read_than_was_said_and_that_is_told(filled: Lab) -> None:
    content = read(filled.asgi(), Reach(entities=1, datastreams=1, observations=2))
    outcome = inspect(content, Options())
    assert outcome.checked["Observation"] == 2
    assert {finding.rule for finding in outcome.findings} >= {"service-read-in-part"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda _: Response("no", status_code=503), "HTTP 503"),
        (lambda _: Response("<html>", media_type="text/html"), "web page"),
        (lambda _: JSONResponse({"values": []}), "no list `value`"),
        (
            lambda _: JSONResponse({"value": [{"@iot.id": 1, "name": "a"}], "@iot.nextLink": "https://evil.example/x"}),
            "leads to another host",
        ),
    ],
)
def test_what_cannot_be_read_is_a_finding_and_the_rest_is_read(
    answer: Callable[[Request], Response], reason: str
) -> None:
    sensor = {
        "@iot.id": 3,
        "name": "s",
        "description": "d",
        "encodingType": "text/html",
        "metadata": "https://x.example",
    }
    app = service({"Things": answer, "Sensors": lambda _: JSONResponse({"value": [sensor]})})
    outcome = inspect(read(app), Options())
    (finding,) = [one for one in outcome.findings if one.rule == "service-unreadable"]
    assert reason in finding.text
    assert finding.where.endswith("/Things")
    assert outcome.checked["Sensor"] == 1


def test_an_empty_service_is_not_in_order() -> None:
    outcome = inspect(read(service({})), Options())
    assert [(finding.rule, finding.severity) for finding in outcome.findings] == [("nothing-checked", "error")]


def test_a_service_that_never_ends_is_left(filled: Lab) -> None:
    page = {"value": [{"@iot.id": 1, "name": "a", "description": "b"}], "@iot.nextLink": "Things?$skip=1"}
    outcome = inspect(read(service({"Things": lambda _: JSONResponse(page)}), Reach(entities=50)), Options())
    assert "service-read-in-part" in {finding.rule for finding in outcome.findings}
