"""Samen Meten: raw and calibrated series of one sensor, and Things with the number of their municipality."""

from pathlib import Path
from typing import Any

import pytest

from ssclab_data.errors import SourceError
from ssclab_data.model.sensorthings import Datastream

ROOT = "https://api-samenmeten.rivm.nl/v1.0"
QUDT = "https://qudt.org/vocab/unit/"


def thing(**properties: Any) -> dict[str, Any]:
    return {
        "@iot.id": 7270, "@iot.selfLink": f"{ROOT}/Things(7270)", "name": "HLL_hl_device_465",
        "description": "HLL_hl_device_465", "properties": properties,
    }  # fmt: skip


def datastream(quantity: str, symbol: str, unit: str, number: int = 38616) -> dict[str, Any]:
    return {
        "@iot.id": number, "@iot.selfLink": f"{ROOT}/Datastreams({number})", "name": f"HLL_hl_device_465-12-{quantity}",
        "description": "x", "unitOfMeasurement": {"definition": QUDT + unit, "symbol": symbol},
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    }  # fmt: skip


def streams(answer: Any) -> dict[str, Datastream]:
    every = (*answer.mapped.entities, *answer.mapped.defaults)
    return {str(one.key): one for one in every if isinstance(one, Datastream)}


@pytest.mark.parametrize(
    ("number", "code"),
    [("392", "gm0392"), (1916, "gm1916"), ("3", "gm0003"), (None, None), ("", None), ("GM0392", None)],
)
def test_the_number_of_a_municipality_becomes_its_code(take: Any, number: Any, code: str | None) -> None:
    answer = take("samen-meten", {"value": [thing(codegemeente=number, no2stadcode=None)]})
    properties = answer.things["HLL_hl_device_465"].properties
    assert properties.get("municipality") == code
    assert properties["codegemeente"] == number, "what the service says stays as it is"
    assert answer.adds_up


def test_raw_and_calibrated_are_two_series_of_one_property(take: Any) -> None:
    payload = [datastream("pm25", "ug/m3", "MicroGM-PER-M3"), datastream("pm25_kal", "ug/m3", "MicroGM-PER-M3", 38617)]
    found = streams(take("samen-meten", {"value": payload}))
    raw, calibrated = found["samen-meten/38616"], found["samen-meten/38617"]
    assert raw.observed_property == calibrated.observed_property
    assert raw.thing == calibrated.thing
    assert (raw.properties["series"], raw.properties["calibrated"]) == ("raw", False)  # type: ignore[index]
    assert (calibrated.properties["series"], calibrated.properties["calibrated"]) == ("calibrated", True)  # type: ignore[index]


@pytest.mark.parametrize(
    ("quantity", "symbol", "unit", "name"),
    [
        ("temp", "C", "DEG_C", "degree Celsius"),
        ("rh", "%", "PERCENT", "percent relative humidity"),
        ("pm10", "ug/m3", "MicroGM-PER-M3", "microgram per cubic metre"),
    ],
)
def test_units_without_a_name_are_made_whole(take: Any, quantity: str, symbol: str, *, unit: str, name: str) -> None:
    """The official addresses of QUDT begin with http, those of the service with https."""
    (found,) = streams(take("samen-meten", {"value": [datastream(quantity, symbol, unit)]})).values()
    measured = found.unit_of_measurement
    assert measured.name == name
    assert measured.definition.startswith("http://qudt.org/")  # type: ignore[union-attr]


def test_another_service_is_refused(take: Any) -> None:
    other = thing()
    other["@iot.selfLink"] = "https://other.example/v1.0/Things(1)"
    with pytest.raises(SourceError, match=r"other\.example"):
        take("samen-meten", {"value": [other]})


@pytest.mark.needs("samples")
@pytest.mark.parametrize(("file", "records"), [("things.json", 1), ("datastreams.json", 4)])
def test_real_pages_are_read(take: Any, samples: Path, file: str, records: int) -> None:
    answer = take("samen-meten", (samples / "samenmeten" / file).read_bytes(), file)
    assert answer.mapped.tally.records_mapped == answer.mapped.tally.records_read == records
    assert [*answer.things] == ["HLL_hl_device_465"], "Datastreams are of the Thing that their name begins with"
    assert answer.adds_up
