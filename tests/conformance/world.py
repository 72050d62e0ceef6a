"""Fill a lab by HTTP with what the tests of reading ask for."""

from typing import Any

from .bodies import (
    NO_UNIT,
    OM,
    feature,
    location,
    observation,
    observed_property,
    point,
    sensor,
    thing,
    whole_datastream,
)
from .service import Service, link

RESULTS = tuple(range(12))
"""Of the Observations of the Datastream "Oven temperature", a minute apart, from midnight of 1 March 2026."""
TIMED = (
    observation(
        31.5,
        60,
        resultTime="2015-12-08T01:02:03.250Z",
        validTime="2015-12-08T00:00:00Z/2015-12-09T00:00:00Z",
        parameters={"wind": "west"},
        resultQuality="good",
    ),
    observation(32.5, 61, resultTime="2016-01-31T23:59:59Z"),
    observation(-32.4, 62),
)
"""Of "Fridge temperature": two with a resultTime and one without."""
POLYGON = "geography'POLYGON ((30 10, 10 20, 20 40, 40 40, 30 10))'"
LINE = "geography'LINESTRING (30 10, 10 30, 40 40)'"
CORNER = "geography'POINT (30 10)'"
SHAPES: dict[str, dict[str, Any]] = {
    "Corner": point(30, 10),
    "Middle": point(25, 30),
    "Away": point(100, 50),
    "Field": {"type": "Polygon", "coordinates": [[[35, 20], [60, 20], [60, 38], [35, 38], [35, 20]]]},
    "Road": {"type": "LineString", "coordinates": [[0, 30], [50, 30]]},
}
"""Locations about the polygon and the line of the examples in the standard (table 23).

Corner is a corner of the polygon and an end of the line, Middle is in the polygon, Away far off both; Field overlaps
the polygon and is clear of the line; Road crosses both.
"""


def fill(service: Service) -> None:
    """Create three Things, their Datastreams and Observations, and Locations of all shapes."""
    service.create("Things", _oven())
    service.create("Things", _fridge())
    lamp = service.create("Things", thing("Lamp", description=" Sensor Things ", properties={"number": 3}))
    light = service.create("FeaturesOfInterest", feature("Light"))
    shining = service.create(f"{lamp}/Datastreams", _lamp_on())
    for minute, result in enumerate((True, False)):
        service.create(f"{shining}/Observations", observation(result, minute, FeatureOfInterest=link(light)))
    for name, shape in SHAPES.items():
        service.create("Locations", location(name, location=shape))


def _oven() -> dict[str, Any]:
    readings = [observation(result, result) for result in RESULTS]
    return thing(
        "Oven",
        description="Sensor Things",
        properties={"owner": "Breda", "number": 1, "nested": {"colour": "black"}},
        Locations=[location("Kitchen")],
        Datastreams=[whole_datastream("Oven temperature", Observations=readings)],
    )


def _fridge() -> dict[str, Any]:
    return thing(
        "Fridge",
        description="cold store",
        properties={"owner": "Breda", "number": 2},
        Locations=[location("Cellar", location=point(4.8, 51.6))],
        Datastreams=[whole_datastream("Fridge temperature", Observations=list(TIMED))],
    )


def _lamp_on() -> dict[str, Any]:
    around = {"Sensor": sensor("Meter"), "ObservedProperty": observed_property("Power")}
    return whole_datastream("Lamp on", unitOfMeasurement=NO_UNIT, observationType=f"{OM}TruthObservation", **around)
