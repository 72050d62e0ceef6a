"""SensorThings documents of any service: values worked out by hand, real documents, and what our own server says."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data import Lab, Settings
from ssclab_data.errors import MappingError, SourceError
from ssclab_data.ingest import IngestOptions, ingest_payload
from ssclab_data.model.entity import Link
from ssclab_data.model.sensorthings import (
    GEOJSON,
    OM,
    Datastream,
    FeatureOfInterest,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.findings import RULES as ALL_SOURCES
from ssclab_data.sources.mapping import load_source, make_source
from ssclab_data.sources.sensorthings.wording import RULES
from ssclab_data.sources.sensorthings.wording import found as found_by
from ssclab_data.stores.base import Batch
from ssclab_data.validation.json_schema import check_entity
from ssclab_data.workgroup.checks.beside import check_extension

NO2 = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/8"
ROOT = "https://sta.example/city/v1.1"


def read(document: Any, where: str = "", given: dict[str, str] | None = None, source: str = "") -> MappedPayload:
    content = document if isinstance(document, bytes) else msgspec.json.encode(document)
    found = make_source(source, "x.yaml") if source else load_source("sensorthings")
    mapped = found.read(content, SourceContext(where=where, given=given or {}))
    accounted(mapped)
    return mapped


def accounted(mapped: MappedPayload) -> None:
    """Every record and field is accounted for, links lead somewhere, and all entities can be stored."""
    tally = mapped.tally
    assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    assert len(mapped.rejected) == tally.records_partly + tally.records_rejected or mapped.rejected == ()
    for entity in (*mapped.entities, *mapped.defaults):
        assert check_entity(entity) == (), entity


def rules(mapped: MappedPayload) -> dict[str, int]:
    return {finding.rule: finding.count for finding in mapped.findings}


def values(mapped: MappedPayload) -> dict[str, list[Any]]:
    return {series.datastream.rpartition("/")[2]: list(series.result) for series in mapped.series}


def one[T](mapped: MappedPayload, kind: type[T]) -> T:
    (found,) = [entity for entity in (*mapped.entities, *mapped.defaults) if isinstance(entity, kind)]
    return found


def stream(**changes: Any) -> dict[str, Any]:
    return {
        "@iot.id": 5,
        "@iot.selfLink": f"{ROOT}/Datastreams(5)",
        "name": "NO2 at the square",
        "description": "hourly",
        "observationType": f"{OM}OM_Measurement",
        "unitOfMeasurement": {"name": "microgram per cubic metre", "symbol": "µg/m³", "definition": "ucum:ug/m3"},
        "Thing": {"@iot.id": 1, "name": "square", "description": "a square"},
        "Sensor": {"@iot.id": 2, "name": "s", "description": "d", "encodingType": "application/pdf", "metadata": "x"},
        "ObservedProperty": {"@iot.id": 3, "name": "NO2", "description": "", "definition": NO2},
        "Observations": [{"@iot.id": 9, "phenomenonTime": "2026-01-01T00:00:00Z", "result": 21.5}],
        **changes,
    }


def test_a_datastream_with_all_it_needs_is_described_whole() -> None:
    mapped = read(stream())
    found = one(mapped, Datastream)
    assert found.key == "sensorthings/sta.example%2Fcity/5"
    assert found in mapped.entities
    assert found.observed_property == Link(key="property/no2")
    assert found.unit_of_measurement == UnitOfMeasurement(
        name="microgram per cubic metre", symbol="µg/m³", definition="http://qudt.org/vocab/unit/MicroGM-PER-M3"
    )
    assert values(mapped) == {"5": [21.5]}
    assert mapped.findings == ()


@pytest.mark.parametrize(
    ("changes", "result", "why"),
    [
        ({}, 21.5, "as it is"),
        ({"unitOfMeasurement": {"name": "", "symbol": "mg/m3", "definition": ""}}, 21500.0, "1 mg is 1000 µg"),
        ({"unitOfMeasurement": {"name": None, "symbol": None, "definition": "ucum:ng/m3"}}, 0.0215, "1000 ng are 1 µg"),
        (
            {"unitOfMeasurement": {"name": "ug.m-3", "symbol": "ug.m-3", "definition": "ug.m-3"}},
            21.5,
            "one text thrice",
        ),
        ({"unitOfMeasurement": {"name": "", "symbol": "µg/mÂ³", "definition": None}}, 21.5, "broken UTF-8"),
        ({"observationType": "OM_Measurement"}, 21.5, "the type without its IRI"),
        (
            {"Observations": [{"phenomenonTime": "2026-01-01T00:00:00Z", "result": "21.50"}]},
            21.5,
            "a text: FROST importer",
        ),
        ({"Observations": [{"phenomenonTime": "2026-01-01T00:00:00Z", "result": 21}]}, 21, "a whole number stays one"),
    ],
)
def test_a_result_comes_in_the_unit_of_its_property(changes: dict[str, Any], result: float, why: str) -> None:
    mapped = read(stream(**changes))
    assert values(mapped) == {"5": [result]}, why
    assert type(mapped.series[0].result[0]) is type(result), why
    assert mapped.findings == (), why


@pytest.mark.parametrize(
    ("changes", "rule", "property_", "symbol"),
    [
        (
            {"unitOfMeasurement": {"name": "furlong", "symbol": "fur", "definition": ""}},
            "unit-kept-as-given",
            "property/no2",
            "fur",
        ),
        (
            {"unitOfMeasurement": {"name": "Degree Celsius", "symbol": "°C", "definition": "ucum:Cel"}},
            "quantity-kept-as-given",
            "sensorthings/sta.example%2Fcity/3",
            "°C",
        ),
        (
            {"unitOfMeasurement": {"name": "", "symbol": "ug/m3", "definition": "ucum:mg/m3"}},
            "unit-unclear",
            "property/no2",
            "µg/m³",
        ),
        (
            {"ObservedProperty": {"@iot.id": 3, "name": "NO2", "description": "", "definition": "https://x.example/y"}},
            "unknown-observed-property",
            "sensorthings/sta.example%2Fcity/3",
            "µg/m³",
        ),
        ({"observationType": "Instantaneous"}, "unknown-observation-type", "property/no2", "µg/m³"),
    ],
)
def test_what_is_not_known_is_kept_as_given(changes: dict[str, Any], rule: str, property_: str, symbol: str) -> None:
    mapped = read(stream(**changes))
    found = one(mapped, Datastream)
    assert rules(mapped) == {rule: 1}
    assert isinstance(found.observed_property, Link)
    assert found.observed_property.key == property_
    assert isinstance(found.unit_of_measurement, UnitOfMeasurement)
    assert found.unit_of_measurement.symbol == symbol
    assert values(mapped) == {"5": [21.5]}
    keys = {str(entity.key) for entity in (*mapped.entities, *mapped.defaults) if isinstance(entity, ObservedProperty)}
    assert property_ in keys


def test_two_services_do_not_collide_and_two_versions_of_one_are_the_same() -> None:
    def thing(root: str) -> str:
        document = {"@iot.id": 1, "@iot.selfLink": f"{root}/Things(1)", "name": "a", "description": "b"}
        return str(one(read(document), Thing).key)

    assert thing("https://one.example/v1.0") == thing("http://ONE.example/v1.1") == "sensorthings/one.example/1"
    assert thing("https://two.example/v1.1") == "sensorthings/two.example/1"
    assert thing("https://two.example:8080/frost/v1.1") == "sensorthings/two.example:8080%2Ffrost/1"


@pytest.mark.parametrize(
    ("where", "given", "key", "found"),
    [
        ("", {}, "sensorthings/unnamed/1", {"unknown-service": 1}),
        ("files/things.json.gz", {}, "sensorthings/things/1", {"unknown-service": 1}),
        ("https://sta.example/v1.1/Things", {}, "sensorthings/sta.example/1", {}),
        ("x.json", {"service": "sta.example"}, "sensorthings/sta.example/1", {}),
        ("x.json", {"service": "https://sta.example/v1.0/"}, "sensorthings/sta.example/1", {}),
    ],
)
def test_a_service_without_links_is_told_beside_the_payload(
    where: str, given: dict[str, str], key: str, found: dict[str, int]
) -> None:
    mapped = read({"@iot.id": 1, "name": "a", "description": "b"}, where, given)
    assert one(mapped, Thing).key == key
    assert rules(mapped) == found


@pytest.mark.parametrize(
    ("document", "where", "given"),
    [
        ({"Datastream": {"@iot.id": 5}}, "", {}),
        ({"Datastream": {"@iot.id": "5"}}, "", {}),
        ({"Datastream@iot.navigationLink": f"{ROOT}/Datastreams(5)"}, "", {}),
        ({"Datastream@iot.navigationLink": "../Datastreams('5')"}, "", {}),
        ({}, "v1.1/Datastreams(5)/Observations", {}),
        ({}, f"{ROOT}/Datastreams(5)/Observations?$top=10", {}),
        ({}, "x.json", {"Datastream": "5"}),
    ],
)
def test_the_datastream_of_an_observation_is_found_by_every_way(
    document: dict[str, Any], where: str, given: dict[str, str]
) -> None:
    observation = {"@iot.id": 9, "phenomenonTime": "2026-01-01T00:00:00Z", "result": 3, **document}
    mapped = read({"value": [observation]} if not where else observation, where, {"service": "sta.example", **given})
    assert [series.datastream.rpartition("/")[2] for series in mapped.series] == ["5"]
    assert one(mapped, Datastream) in mapped.defaults, "nothing is known of it: what is stored of it stays"


def test_an_observation_of_no_datastream_is_rejected_and_can_be_read_again() -> None:
    mapped = read({"value": [{"@iot.id": 9, "phenomenonTime": "2026-01-01T00:00:00Z", "result": 3}]})
    assert (mapped.series, rules(mapped)) == ((), {"no-datastream": 1})
    (rejected,) = mapped.rejected
    again = read(rejected.payload, given={"Datastream": "5"})
    assert values(again) == {"5": [3]}


def test_a_message_as_sent_and_as_stored_is_one_observation() -> None:
    """cases.md, row 52: the one with @iot.id wins; the raw echo is recognised, with or without its twin."""
    raw = {"result": 26, "resultTime": "2019-08-31T13:16:16Z"}
    stored = {**raw, "@iot.id": 47352, "phenomenonTime": "2019-08-31T13:16:17.583Z"}
    topic = "v1.1/Datastreams(1)/Observations"
    mapped = read([raw, stored], topic)
    assert [(list(series.start), list(series.result)) for series in mapped.series] == [([1567257377583000], [26])]
    assert rules(mapped)["raw-echo"] == 1
    assert mapped.tally.records_rejected == 1
    assert read(raw, topic).series == ()
    twin = {"result": 26, "phenomenonTime": "2019-08-31T13:16:17.583Z"}
    assert values(read([twin, stored], topic)) == {"1": [26]}
    assert values(read([twin], topic)) == {"1": [26]}, "a post with a time of its own, as the FROST tutorial has it"


@pytest.mark.parametrize(
    ("given_time", "start", "end", "cut"),
    [
        ("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", None, 0),
        ("2026-01-01T00:00:00Z/2026-01-01T01:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", 0),
        ("2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456Z", None, 1),
        (
            "2026-01-01T00:00:00Z/9999-12-31T23:59:59.9999999+00:00",
            "2026-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            1,
        ),
    ],
)
def test_times_are_instants_or_intervals(given_time: str, start: str, end: str | None, cut: int) -> None:
    mapped = read(stream(Observations=[{"@iot.id": 1, "phenomenonTime": given_time, "result": 1}]))
    (series,) = mapped.series
    assert series.start == (Instant.parse(start).us,)
    assert series.end == (None if end is None else (Instant.parse(end).us,))
    assert mapped.tally.digits_cut == cut


@pytest.mark.parametrize(
    ("observation", "rule"),
    [
        ({"phenomenonTime": "2026-01-01T00:00:00"}, "zone-missing"),
        ({"phenomenonTime": "yesterday"}, "bad-time"),
        ({"phenomenonTime": 5}, "bad-time"),
        ({"phenomenonTime": "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"}, "bad-time"),
        ({"result": "warm"}, "not-a-number"),
        ({"result": True}, "not-a-number"),
        ({"result": [1, 2]}, "not-a-number"),
    ],
)
def test_an_unreadable_observation_is_rejected_alone(observation: dict[str, Any], rule: str) -> None:
    good = {"@iot.id": 1, "phenomenonTime": "2026-01-01T00:00:00Z", "result": 1}
    mapped = read(stream(Observations=[good, {**good, "@iot.id": 2, **observation}]))
    assert values(mapped) == {"5": [1]}
    assert rules(mapped) == {rule: 1}
    (rejected,) = mapped.rejected
    assert rules(read(rejected.payload)).get(rule) == 1, "the quarantine finds the same"


@pytest.mark.parametrize("nothing", [None, "", "NaN", "null"])
def test_no_result_is_no_observation(nothing: str | None) -> None:
    mapped = read(stream(Observations=[{"@iot.id": 1, "phenomenonTime": "2026-01-01T00:00:00Z", "result": nothing}]))
    assert (mapped.series, mapped.tally.fields_missing) == ((), 1)


@pytest.mark.parametrize(
    ("type_", "result", "kept"),
    [
        ("OM_CategoryObservation", "007", "007"),
        ("OM_TruthObservation", True, True),
        ("OM_CountObservation", "12", 12),
        ("OM_ComplexObservation", {"a": 1}, {"a": 1}),
        ("OM_Observation", "007", "007"),
        ("OM_Observation", "49", 49),
        ("http://defs.opengis.net/elda-common/ogc-def/resource?uri=http://x/OM_CountObservation", 3, 3),
    ],
)
def test_a_result_is_read_as_its_type_says(type_: str, result: Any, kept: Any) -> None:
    row = {"@iot.id": 1, "phenomenonTime": "2026-01-01T00:00:00Z", "result": result}
    unit = {"name": None, "symbol": None, "definition": None}
    other = {"@iot.id": 3, "name": "x", "description": "", "definition": "https://x.example/y"}
    document = stream(observationType=type_, unitOfMeasurement=unit, ObservedProperty=other, Observations=[row])
    assert values(read(document)) == {"5": [kept]}


@pytest.mark.parametrize(
    "location",
    [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [5.88, 50.9, 10]}},
        {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [5.88, 50.9, 10]}},
        {"type": "Point", "coordinates": [5.88, 50.9, 10]},
    ],
)
def test_a_location_is_a_geometry_or_a_feature(location: dict[str, Any]) -> None:
    """cases.md, row 109: both are a place with its height, and null and {} stay what they are."""
    place = {"@iot.id": 7, "name": "p", "description": "", "encodingType": "application/vnd.geo+json"}
    thing = {"@iot.id": 1, "name": "a", "description": "b", "Locations": [{**place, "location": location}]}
    found = one(read(thing), Location)
    assert (found.location, found.encoding_type) == (location, GEOJSON)


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ({"type": "Point", "coordinates": [0, 0]}, "no-position"),
        ({"type": "Point", "coordinates": [155000, 463000]}, "bad-position"),
        ({"type": "Point", "coordinates": [5.1, 52.1], "crs": {"type": "name"}}, "bad-position"),
        ({"type": "Point", "coordinates": []}, "wrong-value"),
        ("POINT (5 52)", "wrong-value"),
    ],
)
def test_a_thing_is_kept_without_a_place_that_is_none(location: Any, rule: str) -> None:
    place = {"@iot.id": 7, "name": "p", "description": "", "encodingType": GEOJSON, "location": location}
    mapped = read({"@iot.id": 1, "name": "a", "description": "b", "Locations": [place]})
    assert rule in rules(mapped)
    assert one(mapped, Thing).locations is msgspec.UNSET
    assert not any(isinstance(entity, Location) for entity in (*mapped.entities, *mapped.defaults))


def test_a_data_array_is_a_row_for_each_observation() -> None:
    """OGC 18-088, clause 13: components name the columns."""
    array = {
        "Datastream@iot.navigationLink": f"{ROOT}/Datastreams(5)",
        "components": ["id", "phenomenonTime", "resultTime", "result", "FeatureOfInterest/id"],
        "dataArray@iot.count": 3,
        "dataArray": [
            [1, "2026-01-01T01:00:00Z", "2026-01-01T01:00:05Z", 2, 8],
            [2, "2026-01-01T00:00:00Z", None, 1.5, 8],
            [3, "2026-01-01T02:00:00Z"],
        ],
    }
    for document in ({"value": [array]}, [array]):
        mapped = read(document)
        assert values(mapped) == {"5": [1.5, 2]}, "by time"
        (series,) = mapped.series
        assert series.result_time == (None, Instant.parse("2026-01-01T01:00:05Z").us)
        if isinstance(document, dict):
            assert rules(mapped) == {"unknown-entity": 1}, "a row that lacks cells"


def test_a_multi_datastream_keeps_its_arrays() -> None:
    document = {
        "@iot.id": 6,
        "@iot.selfLink": f"{ROOT}/MultiDatastreams(6)",
        "name": "weather",
        "description": "d",
        "multiObservationDataTypes": [f"{OM}OM_Measurement", f"{OM}OM_Measurement"],
        "unitOfMeasurements": [{"name": "hPa", "symbol": "hPa", "definition": None}, None],
        "Thing": stream()["Thing"],
        "Sensor": stream()["Sensor"],
        "ObservedProperties": [
            stream()["ObservedProperty"],
            {**stream()["ObservedProperty"], "definition": "urn:x", "@iot.id": 4},
        ],
        "Observations": [{"@iot.id": 1, "phenomenonTime": "2026-01-01T00:00:00Z", "result": [1.5, "x"]}],
    }
    mapped = read(document)
    found = one(mapped, Datastream)
    assert values(mapped) == {"6": [[1.5, "x"]]}
    assert found.observed_properties == (Link(key="property/no2"), Link(key="sensorthings/sta.example%2Fcity/4"))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"[]", "no SensorThings entity"),
        (b"{}", "no SensorThings entity"),
        (b"null", "no SensorThings entity"),
        (b"", "empty"),
        (b'{"value": [', "not JSON"),
        (b'{"value": [{"a": 1, "a": 2}]}', "twice"),
        (b"a;b\n1;2\n", "no SensorThings entity"),
    ],
)
def test_what_is_no_sensorthings_is_a_source_error(payload: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=rf"x\.json.*{reason}"):
        read(payload, "x.json")


SERVICE = """
source: some-city
title: A city
documentation: its pages
service: sta.example/city
things: name
names: '(?P<thing>.+)-(?P<sensor>\\d+)-(?P<property>[a-z0-9_]+)'
fields:
  no2: {property: no2, unit: ug/m3, series: raw, stamp: end, period: PT1H, because: its pages, missing: [-999]}
  no2_cal: {property: no2, unit: ug/m3, series: calibrated, calibrated: true}
"""


def test_names_of_a_service_tell_what_its_links_do_not() -> None:
    def named(id_: int, name: str, **changes: Any) -> dict[str, Any]:
        bare = {"@iot.id": id_, "@iot.selfLink": f"{ROOT}/Datastreams({id_})", "name": name, "description": name}
        return {**bare, "unitOfMeasurement": {"symbol": "ug/m3"}, "observationType": "OM_Measurement", **changes}

    rows = [
        {"@iot.id": number, "phenomenonTime": f"2026-01-01T0{number}:00:00Z", "result": result}
        for number, result in enumerate([5, -999.0])
    ]
    page = {"value": [named(5, "box-7-12-no2", Observations=rows), named(6, "box-7-12-no2_cal"), named(7, "odd")]}
    mapped = read(page, source=SERVICE)
    streams = {str(e.key): e for e in (*mapped.entities, *mapped.defaults) if isinstance(e, Datastream)}
    assert streams["some-city/5"].thing == streams["some-city/6"].thing == Link(key="some-city/box-7")
    assert streams["some-city/5"].observed_property == Link(key="property/no2")
    properties = streams["some-city/6"].properties
    assert isinstance(properties, dict)
    assert (properties["series"], properties["calibrated"]) == ("calibrated", True)
    assert streams["some-city/7"].thing == Link(key="some-city/unknown")
    (series,) = mapped.series
    assert (series.result, mapped.tally.fields_missing) == ((5,), 1), "-999 is no value"
    assert series.start == (Instant.parse("2025-12-31T23:00:00Z").us,), "the stamp is the end of the hour"
    thing = read(
        {"@iot.id": 70, "@iot.selfLink": f"{ROOT}/Things(70)", "name": "box-7", "description": ""}, source=SERVICE
    )
    assert one(thing, Thing).key == "some-city/box-7", "Things are known by name where pages of Datastreams name them"


def test_a_document_of_another_service_is_refused() -> None:
    with pytest.raises(SourceError, match=r"of the service sta\.example/town, not of sta\.example/city"):
        read({**stream(), "@iot.selfLink": "https://sta.example/town/v1.1/Datastreams(5)"}, source=SERVICE)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("property: no2, unit: ug/m3, series: raw", "property: nope, unit: ug/m3", "nope"),
        ("property: no2, unit: ug/m3, series: raw", "property: no2, unit: degC", "converts"),
        ("things: name", "things: nome", "nome"),
        ("(?P<thing>.+)", "(?P<thing>.+", "no pattern"),
    ],
)
def test_a_mistake_in_a_service_file_is_told(old: str, new: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        make_source(SERVICE.replace(old, new), "x.yaml")


def test_an_extension_may_bring_the_file_of_a_service(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "some-city.yaml").write_text(SERVICE)
    assert list(check_extension(tmp_path)) == []
    (folder / "some-city.yaml").write_text(SERVICE.replace("property: no2", "property: nope"))
    assert [fault.rule for fault in check_extension(tmp_path)] == ["mapping-wrong"]


def own_entities() -> tuple[Any, ...]:
    return (
        Location(
            key="v/1",
            name="l",
            description="",
            encoding_type=GEOJSON,
            location={"type": "Point", "coordinates": [4.77612, 51.58661]},
        ),
        Thing(key="v/1", name="unit 1", description="", locations=(Link(key="v/1"),)),
        Sensor(key="v/1", name="s", description="", encoding_type="text/html", metadata="https://x.example"),
        ObservedProperty(key="property/no2", name="NO2", description="", definition=NO2),
        FeatureOfInterest(
            key="v/1",
            name="f",
            description="",
            encoding_type=GEOJSON,
            feature={"type": "Point", "coordinates": [4.77612, 51.58661]},
        ),
        Datastream(
            key="v/1/no2",
            name="NO2",
            description="",
            observation_type=f"{OM}OM_Measurement",
            unit_of_measurement=UnitOfMeasurement("a", "µg/m³", "http://qudt.org/vocab/unit/MicroGM-PER-M3"),
            thing=Link(key="v/1"),
            sensor=Link(key="v/1"),
            observed_property=Link(key="property/no2"),
        ),
    )


numbers = st.one_of(st.integers(-(2**31), 2**31), st.floats(-1e9, 1e9, allow_nan=False))
rows = st.dictionaries(st.integers(0, 10**15), numbers, min_size=1, max_size=8)


@pytest.mark.parametrize("form", ["", "&$resultFormat=dataArray"])
@given(cells=rows)
def test_what_our_own_server_says_is_read_back_as_it_was(form: str, cells: dict[int, float]) -> None:
    times = tuple(sorted(cells))
    series = Series(datastream="v/1/no2", feature="v/1", start=times, result=tuple(cells[at] for at in times))
    with Lab.open(":memory:", key="breda", settings=Settings()) as lab:
        lab.store.apply(Batch(entities=own_entities(), series=(series,)))
        path = (
            "Observations?$expand=Datastream($select=id)" if not form else "Observations?$select=phenomenonTime,result"
        )
        pages = [fetched(lab, f"/sta/v1.1/{path}&$top=100{form}")]
        pages.append(fetched(lab, "/sta/v1.1/Datastreams?$expand=Thing/Locations,Sensor,ObservedProperty,Observations"))
    for page in pages:
        mapped = load_source("sensorthings").read(page, SourceContext())
        accounted(mapped)
        (back,) = mapped.series
        assert tuple(back.start) == times
        assert list(back.result) == [cells[at] for at in times]
        assert [finding for finding in mapped.findings if finding.severity != "info"] == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0)])
def test_a_page_of_datastreams_hides_nothing_that_is_known_of_them(order: tuple[int, ...]) -> None:
    """The page tells no Thing; a stand-in holds until the Thing is told, and never comes back."""
    whole = {**stream()["Thing"], "@iot.selfLink": f"{ROOT}/Things(1)"}
    links = {f"{name}@iot.navigationLink": f"{ROOT}/Datastreams(5)/{name}" for name in ("Thing", "Sensor")}
    alone = {name: value for name, value in stream().items() if name not in ("Thing", "Sensor", "ObservedProperty")}
    pages = [{"value": [{**alone, **links}]}, {"value": [{**whole, "Datastreams": [stream()]}]}]
    with Lab.open(":memory:", key="breda", settings=Settings()) as lab:
        for number in order:
            report = ingest_payload(
                lab.store, load_source("sensorthings"), msgspec.json.encode(pages[number]), options=IngestOptions()
            )
            assert report.files_failed == 0
        (found,) = json.loads(fetched(lab, "/sta/v1.1/Datastreams?$expand=Thing,Sensor,ObservedProperty"))["value"]
    assert (found["Thing"]["name"], found["Sensor"]["name"]) == ("square", "s")
    assert found["ObservedProperty"]["definition"] == NO2


@pytest.mark.needs("samples")
def test_real_documents_are_stored_in_any_order(samples: Path) -> None:
    documents = list(real_documents(samples).values())
    for some in (documents, documents[::-1]):
        with Lab.open(":memory:", key="breda", settings=Settings()) as lab:
            for content in some:
                report = ingest_payload(lab.store, load_source("sensorthings"), content, options=IngestOptions())
                assert report.files_failed == 0


def fetched(lab: Lab, path: str) -> bytes:
    async def ask() -> bytes:
        transport = httpx.ASGITransport(lab.asgi())
        async with httpx.AsyncClient(transport=transport, base_url="https://data.example.nl") as client:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            return answer.content

    return asyncio.run(ask())


def real_documents(samples: Path) -> dict[str, bytes]:
    """Give the real documents; those that their files hold inside something else are taken out."""
    files = [*samples.glob("samenmeten/*"), *samples.glob("sta-*/*")]
    found = {file.name: file.read_bytes() for file in files}
    posts = found.pop("example-entities-posts.txt").split(b"----")
    found |= {f"post {number}": post for number, post in enumerate(posts)}
    by_feature = json.loads(found.pop("datastreams-by-feature-first3.json"))
    found["by feature"] = json.dumps([{"value": group} for group in by_feature.values()]).encode()
    answers = json.loads((samples / "smart-emission/gost_sta_responses_2018-02.json").read_text())
    return found | {f"gost {number}": json.dumps(one["response"]).encode() for number, one in enumerate(answers)}


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("name", "entities", "observations", "found"),
    [
        (
            "datastreams.json",
            {"Datastream": 4, "Thing": 1, "Sensor": 1, "ObservedProperty": 1},
            0,
            {"partly-described": 4},
        ),
        ("things.json", {"Thing": 1}, 0, {}),
        ("observations-101.json", {}, 0, {"no-datastream": 101}),
        ("observations-page.json", {"Datastream": 1, "Thing": 1, "Sensor": 1, "ObservedProperty": 1}, 3, {}),
        ("airquality-frost-geojson-1.json", {"Location": 2}, 0, {"unknown-service": 1}),
        (
            "airquality-frost-geojson-2.json",
            {"Thing": 2, "Location": 2, "ObservedProperty": 2, "Datastream": 2, "Sensor": 1},
            4,
            {"unknown-service": 1, "partly-described": 6},
        ),
        (
            "csv-resultformat-example.csv",
            {"Datastream": 1, "Thing": 1, "Sensor": 1, "ObservedProperty": 1},
            2,
            {"unknown-service": 1, "partly-described": 1},
        ),
        (
            "entitiesDefault.json",
            {"Thing": 1, "Location": 1, "Sensor": 2, "ObservedProperty": 2, "Datastream": 2},
            4,
            {"unknown-service": 1, "unknown-observed-property": 2},
        ),
        (
            "thing-7648-expanded.json",
            {"Thing": 1, "Sensor": 1, "Datastream": 1, "ObservedProperty": 1},
            0,
            {"partly-described": 1},
        ),
        ("locations-09380000.json", {"Location": 1}, 0, {}),
        ("gost 0", {"Thing": 3}, 0, {}),
        ("gost 1", {"Thing": 3, "Location": 3}, 0, {"partly-described": 6}),
        (
            "gost 2",
            {"Thing": 1, "Location": 1, "Datastream": 2, "Sensor": 1, "ObservedProperty": 1},
            0,
            {"partly-described": 2},
        ),
        ("gost 3", {}, 0, {"no-datastream": 2}),
        ("post 0", {"Datastream": 1, "Thing": 1, "Sensor": 1, "ObservedProperty": 1}, 0, {"unknown-service": 1}),
        ("post 3", {}, 0, {"no-datastream": 1}),
        ("post 4", {"Datastream": 1, "Thing": 1, "Sensor": 1, "ObservedProperty": 1}, 1, {"unknown-service": 1}),
    ],
)
def test_real_documents_give_what_can_be_counted_in_them(
    name: str, entities: dict[str, int], observations: int, found: dict[str, int], samples: Path
) -> None:
    mapped = read(real_documents(samples)[name], "file.json")
    assert Counter(type(one).__name__ for one in (*mapped.entities, *mapped.defaults)) == entities
    assert sum(len(series) for series in mapped.series) == observations
    assert rules(mapped) == found


@pytest.mark.needs("samples")
def test_every_real_document_is_accounted_for(samples: Path) -> None:
    for name, content in real_documents(samples).items():
        assert read(content, f"{name}.json").tally.records_read > 0


@pytest.mark.needs("samples")
def test_values_of_a_service_that_gives_them_in_any_order_are_by_time(samples: Path) -> None:
    mapped = read(real_documents(samples)["observations-101.json"], given={"Datastream": "28"})
    (series,) = mapped.series
    assert len(series) == 101
    assert list(series.start) == sorted(series.start)
    assert {type(value) for value in series.result} == {int, float}
    assert series.result_quality is not None
    assert series.result_quality[0]["status"] == "9"


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(data=st.data())
def test_a_changed_document_gives_findings_and_never_a_trace(data: st.DataObject) -> None:
    document = stream(Locations=[{"@iot.id": 1}])
    for _ in range(data.draw(st.integers(1, 3))):
        here: Any = document
        while True:
            key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
            if isinstance(here[key], dict | list) and here[key] and data.draw(st.booleans()):
                here = here[key]
                continue
            here[key] = data.draw(trees)
            break
    content = msgspec.json.encode(document)
    try:
        mapped = load_source("sensorthings").read(content, SourceContext())
    except SourceError:
        return
    accounted_loosely(mapped)


def accounted_loosely(mapped: MappedPayload) -> None:
    tally = mapped.tally
    assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    msgspec.json.encode(mapped)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_speaks_two_languages_and_has_its_row(rule: str, repository: Path) -> None:
    finding = found_by(rule, where="", record=0, field="*field*", value="*value*")
    row = f"| `{rule}` | {finding.severity} | {finding.text} | {finding.cure} |"
    assert row in (repository / "docs/findings.md").read_text().splitlines()
    assert finding.text_nl
    assert finding.cure_nl
    assert rule not in ALL_SOURCES, "one rule has one meaning"
