"""The FROST client of Fraunhofer creates, updates, patches and deletes over a real server on loopback."""

import socket
import threading
import time
from collections.abc import Iterator

import frost_sta_client as fsc
import geojson
import pytest
import uvicorn

from ssclab_data.access import Access, GivenTokens
from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.memory import MemoryStore


@pytest.fixture
def service() -> Iterator[fsc.SensorThingsService]:
    """A client of a server that is empty; the client knows Basic authentication alone."""
    app = build_app(
        MemoryStore("breda"),
        labs=(LabInfo(key="breda", name="Breda"),),
        settings=Settings(),
        title="Breda",
        access=Access(tokens=GivenTokens({"test": "secret"})),
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/sta/v1.1"
    yield fsc.SensorThingsService(address, auth_handler=fsc.AuthHandler(username="any", password="secret"))
    server.should_exit = True
    thread.join(10)
    listener.close()


def test_the_client_creates_what_it_has_built(service: fsc.SensorThingsService) -> None:
    location = fsc.Location(
        name="Plein",
        description="x",
        location=geojson.Point((4.776512, 51.589123)),
        encoding_type="application/geo+json",
    )
    thing = fsc.Thing(name="Paal", description="lantaarnpaal", locations=[location], properties={"owner": "gemeente"})
    service.create(thing)
    assert thing.id == 1
    sensor = fsc.Sensor(name="SPS30", description="x", encoding_type="text/html", metadata="https://m.example")
    service.create(sensor)
    unit = fsc.UnitOfMeasurement(name="microgram", symbol="µg/m³", definition="http://example.org/unit")
    concept = fsc.ObservedProperty(name="PM2.5", definition="http://example.org/pm25", description="x")
    series = fsc.Datastream(
        name="PM2.5",
        description="x",
        observation_type="http://example.org/measurement",
        unit_of_measurement=unit,
        thing=thing,
        sensor=sensor,
        observed_property=concept,
    )
    service.create(series)
    assert [one.id for one in service.things().query().list()] == [1], "what the client created before is linked"
    assert [one.id for one in service.sensors().query().list()] == [1]
    for day in (1, 2):
        service.create(fsc.Observation(result=day, phenomenon_time=f"2026-01-0{day}T00:00:00Z", datastream=series))
    found = list(series.get_observations().query().orderby("phenomenonTime", "asc").list())
    assert [one.result for one in found] == [1, 2]


def test_the_client_updates_patches_and_deletes(service: fsc.SensorThingsService) -> None:
    thing = fsc.Thing(name="Paal", description="lantaarnpaal", properties={"owner": "gemeente"})
    service.create(thing)
    read = service.things().find(thing.id)
    read.description = "bankje"
    service.update(read)
    assert service.things().find(thing.id).description == "bankje"
    service.patch(read, [{"op": "replace", "path": "/name", "value": "Bank"}])
    assert service.things().find(thing.id).name == "Bank"
    assert service.things().find(thing.id).properties == {"owner": "gemeente"}
    service.delete(read)
    with pytest.raises(Exception, match="404"):
        service.things().find(thing.id)
