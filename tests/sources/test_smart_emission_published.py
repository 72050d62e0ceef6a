"""Smart Emission: what the platform published itself, rounded and by other rules, beside what is made of raw values."""

from pathlib import Path
from typing import Any

import pytest

from ssclab_data.errors import SourceError
from ssclab_data.model.sensorthings import Datastream


def series(label: str, unit: str, value: float, stamp: float = 1455099591.0) -> dict[str, Any]:
    return {
        "id": "7", "label": f"{label} - station 23", "uom": unit,
        "station": {
            "properties": {"id": 23, "label": "station 23"}, "type": "Feature",
            "geometry": {"coordinates": [5.865785, 51.815593], "type": "Point"},
        },
        "referenceValues": [], "statusIntervals": [],
        "firstValue": {"timestamp": stamp, "value": value}, "lastValue": {"timestamp": stamp, "value": value},
        "parameters": {"phenomenon": {"id": "7", "label": label}, "category": {"id": "7", "label": label}},
    }  # fmt: skip


def test_published_values_are_a_series_of_their_own(take: Any) -> None:
    """1455099591 is 2016-02-10T10:19:51Z; NO2 96.9 is 51 ppb by the crude factor 1.9."""
    answer = take("smart-emission", [series("NO2", "ug/m3", 96.9), series("Temperatuur", "Celsius", 3.0)])
    when = "2016-02-10T10:19:51Z"
    assert answer.values == {"23/no2/published": {when: 96.9}, "23/temperature/published": {when: 3.0}}
    found = {one.key: one for one in answer.mapped.entities if isinstance(one, Datastream)}
    temperature = found["smart-emission/23/temperature/published"].properties
    assert temperature["conversion"] == "smart-emission-published-273.1"  # type: ignore[index]
    assert (answer.places, answer.adds_up, answer.rules) == ([[5.865785, 51.815593]], True, {})


def test_the_id_is_that_of_the_station_and_not_of_the_series(take: Any) -> None:
    assert [*take("smart-emission", [series("CO2", "ppm", 2200.0)]).things] == ["23"]


def test_published_sound_levels_are_not_taken(take: Any) -> None:
    """Before 16 February 2018 they are averages of bands, 12 to 15 dB lower, and nothing tells which rule holds."""
    answer = take("smart-emission", [series("Geluid", "dB(A)", 47.0)])
    assert (answer.count, answer.adds_up, answer.rules) == (0, True, {})


def test_comments_before_the_document_are_passed_over(take: Any) -> None:
    text = '// http://x.example/timeseries\n// another\n[{"properties": {"id": "3", "label": "station 3"}, "geometry": '
    text += '{"coordinates": [5.840116, 51.989525], "type": "Point"}, "type": "Feature"}]'
    answer = take("smart-emission", text)
    assert ([*answer.things], answer.places, answer.rules) == (["3"], [[5.840116, 51.989525]], {})


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "records", "observations"),
    [("sosemu_stations.json", 26, 0), ("sosemu_timeseries-expanded_station23.json", 7, 7)],
)
def test_real_answers_are_read(take: Any, samples: Path, file: str, *, records: int, observations: int) -> None:
    answer = take("smart-emission", (samples / "smart-emission" / file).read_bytes(), file)
    assert (answer.mapped.tally.records_mapped, answer.count, answer.rules) == (records, observations, {})
    assert answer.adds_up


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("whale_devices.json", "list of addresses of units"),
        ("whale_timeseries.json", "list of days"),
        ("whale_timeseries-hours.json", "list of the hours"),
        ("gost_sta_responses_2018-02.json", "its forms are"),
        ("whale_api_spec_v1.1.txt", "its forms are"),
    ],
)
def test_lists_of_the_interface_are_refused_with_what_to_fetch(
    take: Any, samples: Path, file: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        take("smart-emission", (samples / "smart-emission" / file).read_bytes(), file)
