"""Faults that users of other validators reported, as rows, and the SensorThings JSON of any service."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import InformationModelError, UnknownNameError
from ssclab_data.ingest.checks import limits_of
from ssclab_data.model.entity import Link
from ssclab_data.model.sensorthings import OM, Datastream
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source
from ssclab_data.validation.json_engines import ENGINES
from ssclab_data.validation.json_schema import check_against, check_entity
from ssclab_data.validation.json_wire import check_wire_document
from ssclab_data.validation.quality import check_series

SITE = "https://smart-data-models.github.io/"
RAW = "https://raw.githubusercontent.com/smart-data-models/"
PLACE = {"type": "Point", "coordinates": [4.7755, 51.5887]}
MESSAGE: dict[str, Any] = {
    "id": "urn:ngsi-ld:AirQualityObserved:1",
    "type": "AirQualityObserved",
    "dateObserved": "2026-01-08T23:00:00Z",
    "location": PLACE,
}

CASES: list[tuple[int, dict[str, Any], Any, list[tuple[str, str]], str]] = [
    (67, {"type": "string", "format": "date-time"}, "20-04", [("bad-format", "/dateObserved")], "formats are asserted"),
    (68, {"type": "string", "format": "date-time"}, "2023-07-28", [("bad-format", "/dateObserved")], "a bare date"),
    (70, {"type": "string", "format": "date-time"}, 123, [("wrong-type", "/dateObserved")], "the type is stated too"),
    (71, {"type": "string", "format": "date-time"}, "2016-03-15T11:00:00", [("zone-missing", "/dateObserved")], ""),
    (71, {"type": "string", "format": "date-time"}, "2016-03-15T11:00:00+01:00", [], "with an offset"),
]


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize(("row", "schema", "value", "expected", "why"), CASES)
def test_reported_fault(
    row: int, schema: dict[str, Any], value: Any, expected: list[tuple[str, str]], why: str, engine: str
) -> None:
    """cases.md, rows 67, 68, 70 and 71."""
    document = {"dateObserved": value}
    found = check_against({"type": "object", "properties": {"dateObserved": schema}}, document, engine=engine)
    assert [(one.rule, one.path) for one in found] == expected, f"cases.md, row {row}: {why}"


def test_row_70_schema_without_a_type_is_refused() -> None:
    schema = {"type": "object", "properties": {"dateObserved": {"format": "date-time"}}}
    with pytest.raises(InformationModelError, match="at /properties/dateObserved: format says nothing about values"):
        check_against(schema, {"dateObserved": 123})


def test_row_91_display_symbol_gets_its_code() -> None:
    """cases.md, row 91."""
    datastream = Datastream(
        key="a/1/pm25",
        name="PM2.5",
        description="",
        observation_type=OM + "OM_Measurement",
        unit_of_measurement=UnitOfMeasurement(name="microgram", symbol="µg/m³", definition="ucum:µg/m3"),
        thing=Link(key="a/1"),
        sensor=Link(key="a/1"),
        observed_property=Link(key="property/pm25"),
    )
    (found,) = check_entity(datastream)
    assert (found.rule, found.path, found.suggestion) == (
        "unit-not-ucum",
        "/unitOfMeasurement/definition",
        "ucum:ug/m3",
    )


SUGGESTIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"Observedproperty": {"@iot.id": 1}}, "/Observedproperty", "ObservedProperty"),
    ({"unit_of_measurement": {}}, "/unit_of_measurement", "unitOfMeasurement"),
    ({"colour": "red"}, "/colour", ""),
    ({"observedArea": {"type": "point", "coordinates": [4.7, 51.5]}}, "/observedArea/type", "Point"),
]


@pytest.mark.parametrize(("more", "path", "suggestion"), SUGGESTIONS)
def test_wrong_name_gets_the_nearest_one_that_there_is(more: dict[str, Any], path: str, suggestion: str) -> None:
    found = {one.path: one for one in check_wire_document("Datastream", {**SERIES, **more})}
    assert found[path].suggestion == suggestion


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("ucum:µg/m3", "ucum:ug/m3"),
        ("ucum:μg/m³", "ucum:ug/m3"),
        ("http://unitsofmeasure.org/°C", "http://unitsofmeasure.org/Cel"),
        ("ucum:µfurlong", ""),
        ("Celsius", "http://qudt.org/vocab/unit/DEG_C"),
        ("µg/m³", "http://qudt.org/vocab/unit/MicroGM-PER-M3"),
        ("m%RH", "ucum:10*-3.%"),
        ("...", ""),
    ],
)
def test_wrong_unit_gets_what_to_write_instead(written: str, suggestion: str) -> None:
    unit = {"name": "", "symbol": "", "definition": written}
    (found,) = check_wire_document("Datastream", {**SERIES, "unitOfMeasurement": unit})
    assert found.suggestion == suggestion
    if suggestion:
        again = {**SERIES, "unitOfMeasurement": {**unit, "definition": suggestion}}
        assert check_wire_document("Datastream", again) == ()


# Smart Data Models, from their own files; three of the documents that those refer to are not at hand.
STAND_INS: dict[str, dict[str, Any]] = {
    "dataModel.Environment/Environment-schema.json": {
        "airQualityLevel": {"type": "string"},
        "TimeSeriesAggregation": {"type": "object"},
    },
    "dataModel.Weather/weather-schema.json": {
        "Weather-Commons": {
            "type": "object",
            "properties": {"relativeHumidity": {"type": "number", "minimum": 0, "maximum": 1}},
        }
    },
    "dataModel.Device/device-schema.json": {
        "Device-Commons": {"type": "object", "properties": {"controlledProperty": {"type": "array"}}}
    },
}


def fiware(standards: Path, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    folder = standards / "smart-data-models"
    schema = msgspec.json.decode((folder / f"{name}.schema.json").read_bytes())
    others = [msgspec.json.decode((folder / "common-schema.json").read_bytes())]
    others += [{"$id": SITE + path, "definitions": parts} for path, parts in STAND_INS.items()]
    return schema, others


FIWARE: list[tuple[str, dict[str, Any], list[tuple[str, str]], str]] = [
    ("AirQualityObserved", {}, [], "the smallest message"),
    ("AirQualityObserved", {"dateObserved": "2016-03-15T11:00:00"}, [("zone-missing", "/dateObserved")], "row 71"),
    ("AirQualityObserved", {"dateObserved": "20-04"}, [("bad-format", "/dateObserved")], "row 67"),
    ("AirQualityObserved", {"dateObserved": 123}, [("wrong-type", "/dateObserved")], "row 70"),
    ("AirQualityObserved", {"relativeHumidity": 0.54}, [], "row 73"),
    ("AirQualityObserved", {"relativeHumidity": 54}, [("value-not-allowed", "/relativeHumidity")], "row 73"),
    ("AirQualityObserved", {"airQualityLevel": 3}, [("wrong-type", "/airQualityLevel")], "by the raw address"),
    ("AirQualityObserved", {"seeAlso": "not a uri"}, [("bad-format", "/seeAlso")], "a format of the common schema"),
    ("AirQualityObserved", {"windDirection": 270}, [("value-not-allowed", "/windDirection")], "-180 to 180 here"),
    ("AirQualityObserved", {"pm25": {"type": "Property", "value": 3}}, [("wrong-type", "/pm25")], "not key-values"),
    ("WeatherObserved", {"relativeHumidity": 54}, [("value-not-allowed", "/relativeHumidity")], "row 73"),
    ("NoiseLevelObserved", {"LAeq": "54"}, [("wrong-type", "/LAeq")], "a text"),
    ("NoiseLevelObserved", {"dateObservedFrom": "2026-01-08T22:00:00"}, [("zone-missing", "/dateObservedFrom")], ""),
    ("Device", {"ipAddress": ["192.0.2.1"]}, [], "a format in a branch"),
    ("Device", {"ipAddress": ["192.0.2.256"]}, [("value-not-allowed", "/ipAddress/0")], "neither of the two"),
    ("Streetlight", {"status": "okay"}, [("value-not-allowed", "/status")], "no member of the list"),
]
NEEDED: dict[str, dict[str, Any]] = {
    "NoiseLevelObserved": {"dateObservedFrom": "2026-01-08T22:00:00Z", "dateObservedTo": "2026-01-08T23:00:00Z"},
    "Device": {"controlledProperty": ["temperature"]},
    "Streetlight": {"status": "ok"},
}


@pytest.mark.needs("standards")
@pytest.mark.parametrize(("name", "more", "expected", "why"), FIWARE)
def test_models_of_others_are_checked_as_they_are(
    name: str, more: dict[str, Any], expected: list[tuple[str, str]], why: str, standards: Path
) -> None:
    schema, others = fiware(standards, name)
    document = {**MESSAGE, "type": name, **NEEDED.get(name, {}), **more}
    for engine in ENGINES:
        found = check_against(schema, document, others=others, engine=engine)
        assert [(one.rule, one.path) for one in found] == expected, why


@pytest.mark.needs("standards")
def test_model_with_a_part_that_is_not_at_hand_is_refused(standards: Path) -> None:
    schema, others = fiware(standards, "AirQualityObserved")
    with pytest.raises(InformationModelError, match=r"Environment-schema\.json.* is not at hand; nothing is fetched"):
        check_against(schema, MESSAGE, others=others[:1])


@pytest.mark.needs("standards")
def test_our_model_of_air_quality_is_no_looser_than_theirs(standards: Path) -> None:
    """What ours takes, theirs takes, but for the direction of the wind, of which theirs has two rules."""
    schema, others = fiware(standards, "AirQualityObserved")
    for value in (0, 0.54, 1, 54, -1):
        message = {**MESSAGE, "relativeHumidity": value, "pm25": value, "pressure": 1013 + value}
        theirs = check_against(schema, message, others=others)
        ours = {one.path for one in check_against("models/air-quality-observed", message)}
        assert {one.path for one in theirs} <= ours


def test_row_73_humidity_is_a_fraction_in_one_feed_and_a_percentage_in_another() -> None:
    fraction = check_against("models/air-quality-observed", {**MESSAGE, "relativeHumidity": 54})
    assert [(one.path, one.suggestion) for one in fraction] == [("/relativeHumidity", "0.54")]
    assert [found for value in ("54.00", "0.54") for found in _humidity(value)] == ["54.0 %", "0.54 %", "below-minimum"]


def _humidity(value: str) -> list[str]:
    """Give the value that sensor.community's humidity becomes, and the rules that it breaks."""
    payload = [
        {
            "id": 1,
            "timestamp": "2026-04-25 01:51:12",
            "location": {"id": 2840, "latitude": "51.590", "longitude": "4.780", "country": "NL"},
            "sensor": {"id": 5637, "pin": "1", "sensor_type": {"id": 14, "name": "BME280", "manufacturer": "x"}},
            "sensordatavalues": [{"id": 9, "value": value, "value_type": "humidity"}],
        }
    ]
    mapped = load_source("sensor-community").read(msgspec.json.encode(payload), SourceContext())
    (datastream,) = (one for one in mapped.entities if isinstance(one, Datastream))
    assert isinstance(datastream.unit_of_measurement, UnitOfMeasurement)
    checked = check_series(mapped.series, limits_of((*mapped.entities, *mapped.defaults)))
    (series,) = checked.kept
    written = f"{float(str(series.result[0]))} {datastream.unit_of_measurement.symbol}"
    return [written, *(one.rule for one in checked.findings)]


SERIES: dict[str, Any] = {
    "@iot.id": 4,
    "@iot.selfLink": "https://sensors.breda.example/v1.1/Datastreams(4)",
    "name": "PM2.5",
    "description": "",
    "observationType": OM + "OM_Measurement",
    "unitOfMeasurement": {"name": "m", "symbol": "m", "definition": "ucum:m"},
    "phenomenonTime": "2026-01-08T22:00:00Z/2026-01-08T23:00:00Z",
    "resultTime": None,
    **{f"{name}@iot.navigationLink": f"Datastreams(4)/{name}" for name in ("Thing", "Sensor", "ObservedProperty")},
}
THING = {"@iot.id": 1, "name": "unit 1", "description": "", "Datastreams@iot.navigationLink": "Things(1)/Datastreams"}
VALUE = {"@iot.id": 9, "phenomenonTime": "2026-01-08T22:00:00Z", "result": 3.2, "resultTime": None}
BARE = {name: value for name, value in SERIES.items() if "navigationLink" not in name}

WIRE: list[tuple[str, Any, list[tuple[str, str]], str]] = [
    ("Things", {"value": []}, [], "an empty page"),
    ("Things", {"@iot.count": 1, "@iot.nextLink": "x", "value": [THING]}, [], "a page"),
    ("Thing", {**THING, "@odata.etag": "W/1", "@iot.etag": 3}, [], "annotations of other kinds"),
    ("Datastream", SERIES, [], "links as navigation links"),
    (
        "Datastream",
        {**BARE, "Thing": THING, "Sensor": {"@iot.id": 1}, "ObservedProperty": {"@iot.id": 1}},
        [],
        "inline",
    ),
    (
        "Datastream",
        BARE,
        [("missing-link", f"/{name}") for name in ("ObservedProperty", "Sensor", "Thing")],
        "no links",
    ),
    ("Thing", {**THING, "Datastreams": [SERIES]}, [], "expanded"),
    (
        "Thing",
        {**THING, "Datastreams": [{name: value for name, value in SERIES.items() if "Thing" not in name}]},
        [],
        "what is shown in a Thing needs no link to it",
    ),
    (
        "Thing",
        {**THING, "Datastreams": [{**SERIES, "Observations": [{**VALUE, "phenomenonTime": "2026-01-08T22:00:00"}]}]},
        [("zone-missing", "/Datastreams/0/Observations/0/phenomenonTime")],
        "two levels down",
    ),
    (
        "Thing",
        {**THING, "Datastreams": [{**SERIES, "Sensor": {"name": "x"}}]},
        [
            ("missing-property", "/Datastreams/0/Sensor/description"),
            ("missing-property", "/Datastreams/0/Sensor/encodingType"),
            ("missing-property", "/Datastreams/0/Sensor/metadata"),
        ],
        "one linked entity",
    ),
    ("Thing", {**THING, "Datastreams": {"@iot.id": 1}}, [("wrong-type", "/Datastreams")], "one where a list must be"),
    ("Things", {"value": [THING, 3]}, [("wrong-type", "/value/1")], "no entity"),
    ("Things", [THING], [("wrong-type", "")], "a list is no answer of 1.x"),
    ("Observation", {**VALUE, "Datastream": {"@iot.id": 4}}, [], "a reference"),
    ("Observation", {**VALUE, "MultiDatastream@iot.navigationLink": "x"}, [], "of a MultiDatastream"),
    ("Observation", VALUE, [("missing-link", "/Datastream")], "of nothing"),
    (
        "MultiDatastreams",
        {
            "value": [
                {
                    "name": "a",
                    "description": "",
                    "multiObservationDataTypes": [OM + "OM_Measurement"],
                    "unitOfMeasurements": [None],
                    "Thing": {"@iot.id": 1},
                    "Sensor": {"@iot.id": 1},
                    "ObservedProperties": [{"@iot.id": 1}],
                    "Observations": [VALUE],
                }
            ]
        },
        [],
        "its Observations need no link back",
    ),
    ("Thing", {**THING, "properties": {"a": float("nan")}}, [("not-finite", "/properties/a")], "NaN"),
    (
        "Locations",
        {
            "value": [
                {
                    "name": "a",
                    "description": "",
                    "encodingType": "application/vnd.geo+json",
                    "location": PLACE,
                    "HistoricalLocations": [{"time": "2026-01-08T22:00:00Z", "Thing@iot.navigationLink": "x"}],
                }
            ]
        },
        [],
        "the media type of 1.0",
    ),
]


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize(("kind", "document", "expected", "why"), WIRE, ids=[row[3] for row in WIRE])
def test_answer_of_any_service(
    kind: str, document: Any, expected: list[tuple[str, str]], why: str, engine: str
) -> None:
    assert [(one.rule, one.path) for one in check_wire_document(kind, document, engine=engine)] == expected


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Tasks"):
        check_wire_document("Tasks", {})


def test_our_own_answers_meet_the_schemas(city: Any) -> None:
    """A node, SensorThings 1.0 and 1.1, all links expanded."""
    import httpx

    url = city("breda").url
    expands = {
        "Things": "Locations,HistoricalLocations,Datastreams($expand=Sensor,ObservedProperty,Observations($top=2))",
        "Observations": "Datastream,FeatureOfInterest",
        "Sensors": "Datastreams",
    }
    for version in ("v1.0", "v1.1"):
        for kind, expand in expands.items():
            answer = httpx.get(f"{url}/sta/{version}/{kind}", params={"$expand": expand, "$top": 5}).json()
            assert answer["value"]
            assert [str(one) for one in check_wire_document(kind, answer)] == []
