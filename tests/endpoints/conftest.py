"""Build small labs, and the applications that serve them."""

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from ssclab_data.endpoints.app import build_app
from ssclab_data.model.entity import Link
from ssclab_data.model.identity import observation_key
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import (
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore

THINGS = 5
OBSERVATIONS = 23
START = Instant.parse("2026-01-08T22:00:00Z").us
MINUTE = 60_000_000
CONCEPT = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001"
MICROGRAM = UnitOfMeasurement("microgram per cubic metre", "µg/m³", "http://qudt.org/vocab/unit/MicroGM-PER-M3")
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
POSITION = [4.776512345678, 51.589123456789]
PRECISE = 12.3456789012


def batch() -> Batch:
    """Five Things with a Datastream each; the first has 23 Observations, one of each kind of result among them."""
    point = {"type": "Point", "coordinates": POSITION}
    shared = (
        Location(key="x/l", name="Plein", description="", encoding_type="application/geo+json", location=point),
        FeatureOfInterest(key="x/f", name="lucht", description="", encoding_type="application/geo+json", feature=point),
        Sensor(
            key="x/s", name="SDS011", description="", encoding_type="application/pdf", metadata="https://m.example/s"
        ),
        ObservedProperty(key="property/pm25", name="PM2.5", definition=CONCEPT, description="fijn stof"),
    )
    things = tuple(
        Thing(
            key=f"x/{number}",
            name=f"Paal {number}",
            description="lantaarnpaal",
            properties={"owner": "gemeente", "number": number, "nested": {"a": 1, "b": 2}},
            locations=(Link(key="x/l"),),
        )
        for number in range(THINGS)
    )
    datastreams = tuple(
        Datastream(
            key=f"x/{number}/pm25",
            name=f"PM2.5 {number}",
            description="",
            observation_type=MEASUREMENT,
            unit_of_measurement=MICROGRAM,
            thing=Link(key=f"x/{number}"),
            sensor=Link(key="x/s"),
            observed_property=Link(key="property/pm25"),
        )
        for number in range(THINGS)
    )
    history = HistoricalLocation(key="x/h", time=Instant(START), thing=Link(key="x/0"), locations=(Link(key="x/l"),))
    results = [PRECISE, "storing", True, *range(3, OBSERVATIONS)]
    series = Series(
        datastream="x/0/pm25",
        feature="x/f",
        start=tuple(START + number * MINUTE for number in range(OBSERVATIONS)),
        end=tuple(START + (number + 1) * MINUTE if number % 2 else None for number in range(OBSERVATIONS)),
        result=tuple(results),
        result_time=tuple(START + number * MINUTE if number else None for number in range(OBSERVATIONS)),
    )
    return Batch(entities=(*shared, *things, *datastreams, history), series=(series,))


@pytest.fixture
def store() -> Iterator[Store]:
    store = MemoryStore("breda")
    store.apply(batch())
    yield store
    store.close()


@pytest.fixture
def serve(store: Store) -> Callable[..., TestClient]:
    """Serve the store, or another one, under some settings."""

    def start(
        *, settings: Settings | None = None, labs: tuple[LabInfo, ...] = (), of: Store | None = None
    ) -> TestClient:
        app = build_app(
            of or store,
            labs=labs or (LabInfo(key="breda", name="Breda"),),
            settings=settings or Settings(page_size=4, max_page_size=10),
            title="Breda",
        )
        return TestClient(app, base_url="http://testserver", follow_redirects=False)

    return start


@pytest.fixture
def client(serve: Callable[..., TestClient]) -> TestClient:
    return serve()


@pytest.fixture
def first_observation() -> str:
    """Natural key of the first Observation."""
    return observation_key("x/0/pm25", Instant(START))
