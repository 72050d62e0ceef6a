"""SensorThings JSON becomes rows of the model, and what is not SensorThings is named."""

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from ssclab_data.federation.decode import decode_page
from ssclab_data.federation.peer import PeerError
from ssclab_data.model.sensorthings import Datastream, Location, Observation, ObservedProperty, Thing
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement
from ssclab_data.query.ast import Expand, Query
from ssclab_data.stores.base import AnswerStatus, Page, Row

HOUR = Interval.parse("2026-11-01T10:00:00Z/2026-11-01T11:00:00Z")


def read(text: str, query: Query) -> Page:
    return decode_page(msgspec.json.decode(text), query, lab="breda")


def test_properties_become_values_of_their_kind() -> None:
    page = read(
        """{"@iot.nextLink": "x", "@iot.count": 9, "value": [{
        "@iot.id": 4, "@iot.selfLink": "http://breda/Datastreams(4)", "Thing@iot.navigationLink": "../Thing",
        "name": "PM2.5", "description": "", "observationType": "measurement", "unknown": 1,
        "unitOfMeasurement": {"name": "microgram per cubic metre", "symbol": "µg/m³", "definition": "http://qudt/x"},
        "observedArea": null, "phenomenonTime": "2026-11-01T11:00:00+01:00/2026-11-01T11:00:00Z",
        "resultTime": "2026-11-01T10:00:00Z", "properties": {"owner": {"name": "x"}}}]}""",
        Query(entity_type="Datastream"),
    )
    assert (page.more, page.count) == (True, 9)
    assert page.rows == (
        Row(
            lab="breda",
            handle="breda~4",
            entity=Datastream(
                key="sta/4",
                name="PM2.5",
                description="",
                observation_type="measurement",
                unit_of_measurement=UnitOfMeasurement("microgram per cubic metre", "µg/m³", "http://qudt/x"),
                observed_area=None,
                phenomenon_time=HOUR,
                result_time=Interval(HOUR.start, HOUR.start),
                properties={"owner": {"name": "x"}},
            ),
        ),
    )


def test_links_are_read_as_deep_as_they_were_asked_for() -> None:
    observed = Expand("ObservedProperty", Query(entity_type="ObservedProperty"))
    streams = Expand("Datastreams", Query(entity_type="Datastream", expand=(observed,)))
    places = Expand("Locations", Query(entity_type="Location"))
    page = read(
        """{"value": [{"@iot.id": "u-1", "name": "unit 1", "description": "",
        "Locations": [{"@iot.id": 2, "location": {"type": "Point", "coordinates": [4.7, 51.5]}}],
        "Locations@iot.count": 3, "Locations@iot.nextLink": "x",
        "Datastreams": [{"@iot.id": 3, "ObservedProperty": {"@iot.id": 4, "name": "pm25"}},
                        {"@iot.id": 5, "ObservedProperty": null}]}]}""",
        Query(entity_type="Thing", expand=(places, streams)),
    )
    row = page.rows[0]
    assert (row.handle, row.entity) == ("breda~u-1", Thing(key="sta/u-1", name="unit 1", description=""))
    located, streaming = row.related["Locations"], row.related["Datastreams"]
    assert isinstance(located, Page)
    assert isinstance(streaming, Page)
    place = Location(key="sta/2", location={"type": "Point", "coordinates": [4.7, 51.5]})
    assert located.rows == (Row(lab="breda", handle="breda~2", entity=place),)
    assert (located.entity_type, located.more, located.count) == ("Location", True, 3)
    assert [stream.handle for stream in streaming.rows] == ["breda~3", "breda~5"]
    pm25 = Row(lab="breda", handle="breda~4", entity=ObservedProperty(key="sta/4", name="pm25"))
    assert [stream.related["ObservedProperty"] for stream in streaming.rows] == [pm25, None]


@pytest.mark.parametrize(
    ("result", "expected"),
    [("null", None), ("true", True), ("12", 12), ("12.345678901234", 12.345678901234), ('"x"', "x"), ("[1]", [1])],
)
def test_a_result_keeps_its_type(result: str, expected: Any) -> None:
    text = f'{{"value": [{{"@iot.id": 1, "result": {result}, "phenomenonTime": "2026-11-01T10:00:00Z"}}]}}'
    entity = read(text, Query(entity_type="Observation")).rows[0].entity
    assert isinstance(entity, Observation)
    assert entity.result == expected
    assert type(entity.result) is type(expected)
    assert entity.phenomenon_time == Instant.parse("2026-11-01T10:00:00Z")
    assert entity.result_time is UNSET


@pytest.mark.parametrize("members", ['"@key": "smart-emission/23"', '"@key": "smart-emission/23", "name": null'])
def test_a_natural_key_is_taken_where_there_is_one(members: str) -> None:
    row = read(f'{{"value": [{{"@iot.id": 1, {members}}}]}}', Query(entity_type="Thing")).rows[0]
    assert row.entity == Thing(key="smart-emission/23")


@pytest.mark.parametrize(
    ("kind", "member", "words"),
    [
        ("Thing", '"name": 5', "Thing name: '5' is not a text"),
        ("Thing", '"properties": [1]', "Thing properties"),
        ("Observation", '"phenomenonTime": "yesterday"', "Observation phenomenonTime"),
        ("Observation", '"phenomenonTime": "2026-11-01T10:00:00"', "with a zone"),
        ("Observation", '"phenomenonTime": "2026-11-01T10:00:00Z/2026-11-01T09:00:00Z"', "end lies before"),
        ("Datastream", '"unitOfMeasurement": {"name": 3}', "Datastream unitOfMeasurement"),
        ("Datastream", '"unitOfMeasurement": "m"', "Datastream unitOfMeasurement"),
        ("Location", '"location": "somewhere"', "Location location"),
        ("Thing", '"@iot.id": true', "without @iot.id"),
        ("Thing", '"@iot.id": 1.5', "without @iot.id"),
        ("Thing", '"@iot.id": ""', "without @iot.id"),
    ],
)
def test_a_value_of_another_kind_makes_the_answer_invalid(kind: str, member: str, words: str) -> None:
    with pytest.raises(PeerError, match=words) as caught:
        read(f'{{"value": [{{"@iot.id": 1, {member}}}]}}', Query(entity_type=kind))
    assert caught.value.status is AnswerStatus.INVALID


def test_an_expand_that_is_missing_makes_the_answer_invalid() -> None:
    places = Expand("Locations", Query(entity_type="Location"))
    with pytest.raises(PeerError, match="lacks the asked Locations"):
        read('{"value": [{"@iot.id": 1}]}', Query(entity_type="Thing", expand=(places,)))
