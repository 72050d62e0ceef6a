"""The FROST client of Fraunhofer reads the service over a real server on loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import frost_sta_client as fsc
import pytest
import uvicorn
from starlette.testclient import TestClient


@pytest.fixture
def address(serve: Callable[..., TestClient]) -> Iterator[str]:
    """Address of the service on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(serve().app, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/sta/v1.1"
    server.should_exit = True
    thread.join(10)
    listener.close()


def test_the_client_reads_sets_pages_and_links(address: str) -> None:
    service = fsc.SensorThingsService(address)
    things = service.things().query().orderby("name", "desc").list()
    assert [thing.name for thing in things] == [f"Paal {number}" for number in (4, 3, 2, 1, 0)], "over two pages"

    found = (
        service.datastreams().query().filter("Thing/name eq 'Paal 0'").expand("Thing,ObservedProperty,Sensor").list()
    )
    (datastream,) = list(found)
    assert datastream.thing.name == "Paal 0"
    assert datastream.observed_property.name == "PM2.5"
    assert datastream.unit_of_measurement.symbol == "µg/m³"

    observations = list(datastream.get_observations().query().orderby("phenomenonTime", "asc").list())
    assert len(observations) == 23
    assert observations[0].result == 12.3456789012

    newest = datastream.get_observations().query().orderby("phenomenonTime", "desc").top(1).list()
    assert newest.get(0).result == 22


def test_the_client_reads_one_entity_and_its_errors(address: str) -> None:
    service = fsc.SensorThingsService(address)
    (thing,) = list(service.things().query().filter("name eq 'Paal 2'").list())
    assert service.things().find(thing.id).name == "Paal 2"
    with pytest.raises(Exception, match="404"):
        service.things().find(99999)
