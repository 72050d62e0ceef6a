"""Make the bodies of requests: entities alone, and with those around them."""

from typing import Any

GEOJSON = "application/vnd.geo+json"
"""What 1.0 calls GeoJSON; 1.1 takes it too."""
OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_"
CELSIUS = {
    "name": "degree Celsius",
    "symbol": "°C",
    "definition": "http://unitsofmeasure.org/ucum.html#para-30",
}
NO_UNIT = {"name": None, "symbol": None, "definition": None}
PLACE = [4.776512, 51.589123]


def point(longitude: float = PLACE[0], latitude: float = PLACE[1]) -> dict[str, Any]:
    """Make a GeoJSON point."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def thing(name: str = "Oven", **more: Any) -> dict[str, Any]:
    """Make a Thing."""
    return {"name": name, "description": f"{name}, described", **more}


def location(name: str = "Kitchen", **more: Any) -> dict[str, Any]:
    """Make a Location."""
    given = {"name": name, "description": f"{name}, described", "encodingType": GEOJSON, "location": point()}
    return {**given, **more}


def sensor(name: str = "DS18B20", **more: Any) -> dict[str, Any]:
    """Make a Sensor."""
    return {
        "name": name,
        "description": f"{name}, described",
        "encodingType": "application/pdf",
        "metadata": "http://example.org/sheet.pdf",
        **more,
    }


def observed_property(name: str = "Temperature", **more: Any) -> dict[str, Any]:
    """Make an ObservedProperty."""
    return {
        "name": name,
        "definition": f"http://example.org/def/{name.replace(' ', '-')}",
        "description": f"{name}, described",
        **more,
    }


def datastream(name: str = "Oven temperature", **more: Any) -> dict[str, Any]:
    """Make a Datastream, without its links."""
    return {
        "name": name,
        "description": f"{name}, described",
        "unitOfMeasurement": CELSIUS,
        "observationType": f"{OM}Measurement",
        **more,
    }


def whole_datastream(name: str = "Oven temperature", **more: Any) -> dict[str, Any]:
    """Make a Datastream with a Sensor and an ObservedProperty inline."""
    return datastream(name, **{"Sensor": sensor(), "ObservedProperty": observed_property(), **more})


def observation(result: Any = 21.5, minute: int = 0, **more: Any) -> dict[str, Any]:
    """Make an Observation of so many minutes after midnight."""
    return {"phenomenonTime": f"2026-03-01T{minute // 60:02}:{minute % 60:02}:00Z", "result": result, **more}


def feature(name: str = "Air of the kitchen", **more: Any) -> dict[str, Any]:
    """Make a FeatureOfInterest."""
    given = {"name": name, "description": f"{name}, described", "encodingType": GEOJSON, "feature": point()}
    return {**given, **more}


def deep_thing(name: str = "Oven") -> dict[str, Any]:
    """Make a Thing with an entity of each type around it."""
    seen = observation(20.5, 0, resultTime="2026-03-01T00:00:30Z", FeatureOfInterest=feature())
    return thing(
        name,
        properties={"owner": "Breda"},
        Locations=[location()],
        Datastreams=[whole_datastream(Observations=[seen])],
    )
