"""NGSI entities give the same values in each of their forms, with units, times and places as the models mean them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import SourceError

from .mapped import adds_up, count, places, read, results, rules, things, values

AT = "2025-01-15T11:00:00Z"
POINT = {"type": "Point", "coordinates": [4.776, 51.589]}

KEY_VALUES = {
    "id": "Breda-1",
    "type": "AirQualityObserved",
    "dateObserved": AT,
    "location": POINT,
    "refDevice": "dev-1",
    "no2": 21,
    "relativeHumidity": 0.54,
}
V2 = {
    "id": "Breda-1",
    "type": "AirQualityObserved",
    "dateObserved": {"type": "DateTime", "value": AT},
    "location": {"type": "geo:json", "value": POINT},
    "refDevice": {"type": "Text", "value": "dev-1"},
    "no2": {"type": "Number", "value": 21, "metadata": {"unitCode": {"type": "Text", "value": "GQ"}}},
    "relativeHumidity": {"type": "Number", "value": 0.54},
}
LD = {
    "id": "urn:ngsi-ld:AirQualityObserved:Breda-1",
    "type": "AirQualityObserved",
    "dateObserved": {"type": "Property", "value": {"@type": "DateTime", "@value": AT}},
    "location": {"type": "GeoProperty", "value": POINT},
    "refDevice": {"type": "Relationship", "object": "urn:ngsi-ld:Device:dev-1"},
    "NO2": {"type": "Property", "value": 21, "unitCode": "GQ"},
    "relativeHumidity": {"type": "Property", "value": 0.54},
    "@context": ["https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"],
}
CONCISE = {
    "id": "urn:ngsi-ld:AirQualityObserved:Breda-1",
    "type": "https://smartdatamodels.org/dataModel.Environment/AirQualityObserved",
    "dateObserved": AT,
    "location": POINT,
    "refDevice": {"object": "urn:ngsi-ld:Device:dev-1"},
    "https://smartdatamodels.org/dataModel.Environment/no2": {"value": 21, "unitCode": "GQ"},
    "relativeHumidity": 0.54,
}
FEATURE = {
    "id": "urn:ngsi-ld:AirQualityObserved:Breda-1",
    "type": "Feature",
    "geometry": {"type": "GeoProperty", "value": POINT},
    "properties": {name: value for name, value in LD.items() if name not in ("id", "location")},
}
FORMS: dict[str, Any] = {
    "v2-key-values": KEY_VALUES,
    "v2-normalised": V2,
    "ld-normalised": LD,
    "ld-concise": CONCISE,
    "geojson": FEATURE,
    "list": [KEY_VALUES],
    "feature-collection": {"type": "FeatureCollection", "features": [FEATURE]},
    "v2-notification": {"subscriptionId": "5", "data": [V2]},
    "ld-notification": {"id": "urn:n:1", "type": "Notification", "data": [LD]},
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same(form: str) -> None:
    """cases.md, row 73: a fraction of 0.54 is 54 %; GQ is µg/m³, so 21 stays 21."""
    mapped = read("ngsi", FORMS[form])
    assert results(mapped) == {"dev-1/no2": [(AT, 21.0)], "dev-1/relative-humidity": [(AT, 54.0)]}
    assert places(mapped) == [[4.776, 51.589]]
    assert list(things(mapped)) == ["ngsi/dev-1"]
    assert mapped.findings == ()
    assert adds_up(mapped)


def test_what_else_a_property_says_is_counted_and_put_aside() -> None:
    gas = {
        "type": "Property",
        "value": 21,
        "unitCode": "GQ",
        "createdAt": AT,
        "accuracy": {"type": "Property", "value": 2},
    }
    mapped = read("ngsi", {**LD, "NO2": gas})
    assert mapped.tally.fields_ignored == read("ngsi", LD).tally.fields_ignored + 3
    assert values(mapped) == values(read("ngsi", LD))
    assert mapped.findings == ()


def test_a_percentage_in_the_field_of_a_fraction_is_refused() -> None:
    """cases.md, row 73: the model's maximum is 1."""
    mapped = read("ngsi", {**KEY_VALUES, "relativeHumidity": 54})
    assert rules(mapped) == {"outside-limits": 1}
    assert values(mapped) == {"dev-1/no2": 21.0}


def test_a_time_without_a_zone_is_refused() -> None:
    """cases.md, row 71: the example of the model itself has none."""
    mapped = read("ngsi", {**KEY_VALUES, "dateObserved": "2016-03-15T11:00:00"})
    assert rules(mapped) == {"zone-missing": 1}
    assert count(mapped) == 0
    assert len(mapped.rejected) == 1


def test_an_interval_in_one_text_is_a_period() -> None:
    mapped = read("ngsi", {**KEY_VALUES, "dateObserved": "2025-01-15T11:00:00Z/2025-01-15T12:00:00Z"})
    assert results(mapped)["dev-1/no2"] == [("2025-01-15T11:00:00Z/2025-01-15T12:00:00Z", 21.0)]


@pytest.mark.parametrize(
    ("code", "value", "stored"),
    [
        ("GP", 0.021, {"dev-1/no2": 21.0}),  # 0.021 mg/m³ = 21 µg/m³
        ("GQ", 21, {"dev-1/no2": 21.0}),
        ("61", 11, {"dev-1/no2-mole-fraction": 11.0}),  # ppb: another property, not converted
        ("59", 0.011, {"dev-1/no2-mole-fraction": 11.0}),  # 0.011 ppm = 11 ppb
    ],
)
def test_the_unit_beside_a_value_holds(code: str, value: float, stored: dict[str, float]) -> None:
    gas = {"type": "Property", "value": value, "unitCode": code}
    assert values(read("ngsi", {"id": "a", "type": "AirQualityObserved", "dateObserved": AT, "refDevice": "dev-1", "NO2": gas})) == stored  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("raw", "stored", "found"),
    [
        (500, {}, {"unknown-unit": 1}),  # mg/m³ or µg/m³: nothing tells, and a thousand lies between
        ({"value": 0.5, "unitCode": "GP"}, {"dev-1/co": 500.0}, {}),
        ({"value": 500, "unitCode": "GQ"}, {"dev-1/co": 500.0}, {}),
        ({"value": 500, "unitCode": "XXX"}, {}, {"unknown-unit": 1}),
    ],
)
def test_carbon_monoxide_needs_its_unit(raw: Any, stored: dict[str, float], found: dict[str, int]) -> None:
    entity = {"id": "a", "type": "AirQualityObserved", "dateObserved": AT, "refDevice": "dev-1", "co": raw}
    mapped = read("ngsi", entity)
    assert (values(mapped), rules(mapped)) == (stored, found)


def test_properties_with_a_time_of_their_own_are_of_that_time() -> None:
    entity = {
        "id": "urn:ngsi-ld:WeatherObserved:w1",
        "type": "WeatherObserved",
        "temperature": {"type": "Property", "value": 3.5, "observedAt": "2025-01-15T11:00:00Z"},
        "dewPoint": {"type": "Property", "value": 1.5, "observedAt": "2025-01-15T11:05:00Z"},
    }
    assert results(read("ngsi", entity)) == {
        "w1/temperature": [("2025-01-15T11:00:00Z", 3.5)],
        "w1/dew-point": [("2025-01-15T11:05:00Z", 1.5)],
    }


@pytest.mark.parametrize(
    "history",
    [
        [
            {"type": "Property", "value": 3.5, "observedAt": "2025-01-15T11:00:00Z"},
            {"type": "Property", "value": 4.5, "observedAt": "2025-01-15T12:00:00Z"},
        ],
        {"type": "Property", "values": [[3.5, "2025-01-15T11:00:00Z"], [4.5, "2025-01-15T12:00:00Z"]]},
    ],
)
def test_a_history_gives_a_value_for_each_time(history: Any) -> None:
    """The normalised and the simplified answer of the temporal interface of NGSI-LD."""
    entity = {"id": "urn:ngsi-ld:WeatherObserved:w1", "type": "WeatherObserved", "temperature": history}
    assert results(read("ngsi", entity)) == {
        "w1/temperature": [("2025-01-15T11:00:00Z", 3.5), ("2025-01-15T12:00:00Z", 4.5)]
    }


def test_two_values_for_one_time_are_not_last_one_wins() -> None:
    twice = [{"type": "Property", "value": value, "datasetId": f"urn:d:{value}"} for value in (3, 4)]
    mapped = read("ngsi", {**KEY_VALUES, "temperature": twice})
    assert rules(mapped) == {"repeated-field": 1}
    assert count(mapped) == 0


def test_noise_has_its_levels_over_the_period() -> None:
    entity = {
        "id": "Vitoria-NoiseLevelObserved-2016-12-28T11:00:00_2016-12-28T12:00:00",
        "type": "NoiseLevelObserved",
        "dateObservedFrom": "2016-12-28T11:00:00.00Z",
        "dateObservedTo": "2016-12-28T12:00:00.00Z",
        "LAS": 91.6,
        "LAeq": 67.8,
        "LAeq_d": 65.4,
        "LAmax": 94.5,
    }
    hour = "2016-12-28T11:00:00Z/2016-12-28T12:00:00Z"
    assert results(read("ngsi", entity)) == {
        "Vitoria-NoiseLevelObserved/las": [(hour, 91.6)],
        "Vitoria-NoiseLevelObserved/laeq": [(hour, 67.8)],
        "Vitoria-NoiseLevelObserved/laeq-day": [(hour, 65.4)],
        "Vitoria-NoiseLevelObserved/lamax": [(hour, 94.5)],
    }


@pytest.mark.parametrize(
    ("entity", "station"),
    [
        ({"id": "urn:ngsi-ld:AirQualityObserved:Madrid-28079004-2016-03-15T11:00:00"}, "Madrid-28079004"),
        ({"id": "Madrid-28079004-2016-03-15T11:00:00Z"}, "Madrid-28079004"),
        ({"id": "p-2022-07-01T18:00:00_2022-07-01T00:00:00"}, "p"),
        ({"id": "2016-03-15T11:00:00"}, "2016-03-15T11:00:00"),  # nothing but a time: it stays the id
        ({"id": "a", "refPointOfInterest": "urn:ngsi-ld:PointOfInterest:28079004"}, "28079004"),
        ({"id": "a", "refPointOfInterest": "28079004", "refDevice": "d"}, "d"),
        ({"id": "a", "refDevice": ["d"]}, "d"),
        ({"id": "a", "refPointOfInterest": "p", "refDevice": ["d", "e"]}, "p"),
    ],
)
def test_the_thing_is_what_stays_and_not_the_observation(entity: dict[str, Any], station: str) -> None:
    mapped = read("ngsi", {**entity, "type": "WeatherObserved", "dateObserved": AT, "temperature": 1})
    assert [one.properties["localId"] for one in things(mapped).values()] == [station]  # type: ignore[index]


def test_a_position_as_text_has_the_latitude_first() -> None:
    """NGSI-v2, `geo:point`."""
    entity = {**V2, "location": {"type": "geo:point", "value": "51.589, 4.776"}}
    assert places(read("ngsi", entity)) == [[4.776, 51.589]]


@pytest.mark.parametrize(
    ("direction", "stored"), [(186, {"dev-1/wind-direction": 186.0}), (0, {"dev-1/wind-direction": 0.0}), (-90, {})]
)
def test_wind_from_any_side_is_read(direction: float, stored: dict[str, float]) -> None:
    """The model allows 180 at most, and its own example has 186."""
    entity = {"id": "a", "type": "WeatherObserved", "dateObserved": AT, "refDevice": "dev-1"}
    mapped = read("ngsi", {**entity, "windDirection": direction})
    assert values(mapped) == stored
    assert rules(mapped) == ({} if stored else {"outside-limits": 1})


def test_a_truth_value_is_no_number() -> None:
    entity = {"id": "a", "type": "WeatherObserved", "dateObserved": AT, "precipitation": False, "temperature": 1}
    mapped = read("ngsi", entity)
    assert rules(mapped) == {"not-a-number": 1}
    assert values(mapped) == {"a/temperature": 1.0}


def test_entities_of_other_models_are_told_beside_those_that_are_read() -> None:
    mapped = read("ngsi", [KEY_VALUES, {"id": "s", "type": "Streetlight", "dateObserved": AT}])
    assert rules(mapped) == {"unknown-form": 1}
    assert count(mapped) == 2
    assert adds_up(mapped)


@pytest.mark.parametrize("payload", [{"a": 1}, [], [1], {"id": "s", "type": "Streetlight"}, b"<a/>"])
def test_what_is_no_entity_is_refused(payload: Any) -> None:
    with pytest.raises(SourceError, match="no payload of ngsi"):
        read("ngsi", payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["no2", "NO2", "location", "refDevice", "dateObserved", "temperature"]), json_values
    )
)
def test_whatever_an_entity_holds_is_accounted_for(attributes: dict[str, Any]) -> None:
    mapped = read("ngsi", {"id": "a", "type": "AirQualityObserved", "dateObserved": AT, **attributes})
    assert adds_up(mapped)


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "observations", "found"),
    [
        ("AirQualityObserved-example.json", 0, {"zone-missing": 1}),
        ("AirQualityObserved-example-normalized.json", 0, {"zone-missing": 1}),
        ("AirQualityObserved-example.jsonld", 0, {"zone-missing": 1}),
        ("AirQualityObserved-example-normalized.jsonld", 0, {"zone-missing": 1}),
        ("AirQualityObserved-example-geojsonfeature.json", 0, {"zone-missing": 1}),
        ("NoiseLevelObserved-example.json", 4, {}),
        ("NoiseLevelObserved-example-normalized.json", 4, {}),
        ("NoiseLevelObserved-example.jsonld", 4, {}),
        ("NoiseLevelObserved-example-normalized.jsonld", 4, {}),
        ("NoiseLevelObserved-example-geojsonfeature.json", 4, {}),
        ("NoisePollution-example.json", 3, {}),
    ],
)
def test_real_files(samples: Path, file: str, observations: int, found: dict[str, int]) -> None:
    """The five examples of AirQualityObserved have no zone; each of NoiseLevelObserved has four levels."""
    mapped = read("ngsi", (samples / "ngsi" / file).read_bytes(), file)
    assert (count(mapped), rules(mapped)) == (observations, found)
    assert adds_up(mapped)


@pytest.mark.needs("samples")
def test_a_real_file_with_its_zone_put_right_is_read(samples: Path) -> None:
    """CO 500 GP is 500 mg/m³, so 500,000 µg/m³; pm4 and tsp have no unit and are taken as µg/m³."""
    text = (samples / "ngsi" / "AirQualityObserved-example-normalized.jsonld").read_text()
    mapped = read("ngsi", text.replace('"2016-03-15T11:00:00"', '"2016-03-15T11:00:00+01:00"').encode())
    assert results(mapped)["28079004-Pza.deEspanya/no2"] == [("2016-03-15T10:00:00Z", 69.0)]
    assert {name.partition("/")[2]: value for name, value in values(mapped).items()} == {
        "co": 500_000.0,
        "no": 45.0,
        "no2": 69.0,
        "nox": 139.0,
        "so2": 11.0,
        "air-quality-index": 65.0,
        "precipitation": 0.0,
        "relative-humidity": 54.0,
        "temperature": 12.2,
        "wind-direction": 186.0,
        "wind-speed": 0.64,
        "pm4": 37.0,
        "tsp": 73.3,
        "pressure": 1.1,
    }
    assert mapped.findings == ()
