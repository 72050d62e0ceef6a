"""sensor.community and Luchtmeetnet: values worked out by hand, and the real files."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import MappingError, SourceError, UnknownSourceError
from ssclab_data.model.sensorthings import Datastream, Observation, Sensor, Thing
from ssclab_data.model.values import Interval
from ssclab_data.sources import map_payload
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import load_file, load_source, parse_mapping, source_names
from ssclab_data.sources.schema import mapping_schema


def reading(sensor: int, kind: str, values: dict[str, str]) -> dict[str, Any]:
    return {
        "id": 1,
        "timestamp": "2026-04-25 01:51:12",
        "location": {"id": 2840, "latitude": "51.590", "longitude": "4.780", "country": "NL"},
        "sensor": {"id": sensor, "pin": "1", "sensor_type": {"id": 14, "name": kind, "manufacturer": "x"}},
        "sensordatavalues": [{"id": 9, "value": value, "value_type": name} for name, value in values.items()],
    }


def read(source: str, payload: Any, where: str = "") -> MappedPayload:
    content = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return load_source(source).read(content, SourceContext(where=where))


def test_two_sensors_of_one_location_are_one_thing() -> None:
    """cases.md, row 11: one Thing, two Sensors, four Datastreams."""
    payload = [
        reading(5636, "SDS011", {"P1": "19.13", "P2": "16.23"}),
        reading(5637, "BME280", {"temperature": "18.80", "humidity": "76.70", "pressure": "101820.5"}),
    ]
    mapped = read("sensor-community", payload)
    kinds = [type(one) for one in mapped.entities]
    assert (kinds.count(Thing), kinds.count(Sensor), kinds.count(Datastream)) == (1, 2, 5)
    found = {series.datastream.split("/", 2)[2]: series.result for series in mapped.series}
    assert found == {
        "5636/pm10": (19.13,),
        "5636/pm25": (16.23,),
        "5637/temperature": (18.8,),
        "5637/relative-humidity": (76.7,),
        "5637/pressure": (1018.205,),
    }
    assert mapped.findings == ()


def test_a_null_answer_is_a_source_error() -> None:
    """cases.md, row 13."""
    with pytest.raises(SourceError, match=r"sensor-7\.json"):
        read("sensor-community", b"null", "sensor-7.json")


@pytest.mark.parametrize(
    ("name", "text", "stored"),
    [("P2", "-999", ()), ("P2", "-1.8", (-1.8,)), ("P2", "3.2", (3.2,)), ("pressure", "1018.2", (10.182,))],
)
def test_sentinels_are_no_values_and_small_negatives_are(name: str, text: str, stored: tuple[float, ...]) -> None:
    """cases.md, rows 59 and 10: what is not plausible is kept and flagged by the checks, never multiplied."""
    mapped = read("sensor-community", [reading(1, "SDS011", {name: text})])
    assert tuple(value for series in mapped.series for value in series.result) == stored
    assert mapped.findings == ()


def test_a_quantity_given_twice_is_not_last_one_wins() -> None:
    """cases.md, row 37."""
    row = reading(1, "SDS011", {"P2": "1"})
    row["sensordatavalues"].append({"id": 10, "value": "2", "value_type": "P2"})
    mapped = read("sensor-community", [row, reading(2, "SDS011", {"P2": "3"})])
    assert [finding.rule for finding in mapped.findings] == ["repeated-field"]
    assert [series.result for series in mapped.series] == [(3.0,)]
    assert len(mapped.rejected) == 1


@pytest.mark.parametrize("text", ["", "nan", "unavailable", "%.1f"])
def test_words_for_no_value_are_no_value(text: str) -> None:
    mapped = read("sensor-community", [reading(1, "SDS011", {"P1": text, "P2": "0"})])
    assert [(series.datastream.rpartition("/")[2], series.result) for series in mapped.series] == [("pm25", (0.0,))]


def test_a_luchtmeetnet_stamp_is_the_start_of_its_hour() -> None:
    """cases.md, row 1."""
    row = {
        "station_number": "NL00000",
        "formula": "NO2",
        "value": 18.2,
        "timestamp_measured": "2025-01-15T11:00:00+00:00",
    }
    entities, findings = map_payload("luchtmeetnet", {"pagination": {}, "data": [row]})
    (observation,) = [one for one in entities if isinstance(one, Observation)]
    assert observation.result == 18.2
    assert observation.phenomenon_time == Interval.parse("2025-01-15T11:00:00Z/2025-01-15T12:00:00Z")
    assert findings == ()


def test_a_stamp_without_a_zone_is_refused_where_none_is_declared() -> None:
    row = {"station_number": "NL00000", "formula": "NO2", "value": 1, "timestamp_measured": "2025-01-15T11:00:00"}
    mapped = read("luchtmeetnet", {"data": [row]})
    assert [finding.rule for finding in mapped.findings] == ["zone-missing"]
    assert mapped.series == ()


def test_the_station_of_an_answer_without_one_is_in_the_file_name() -> None:
    rows = {"data": [{"formula": "PM25", "value": 7.5, "timestamp_measured": "2025-01-15T11:00:00+00:00"}]}
    (series,) = read("luchtmeetnet", rows, "answers/NL10938.json").series
    assert series.datastream == "luchtmeetnet/NL10938/pm25"
    assert [finding.rule for finding in read("luchtmeetnet", rows, "answer.json").findings] == ["no-id"]


def test_an_index_is_no_concentration() -> None:
    """cases.md, row 46."""
    row = {"station_number": "NL1", "formula": "LKI", "value": 5, "timestamp_measured": "2025-01-15T11:00:00+00:00"}
    (stream,) = [one for one in read("luchtmeetnet", {"data": [row]}).entities if isinstance(one, Datastream)]
    assert stream.unit_of_measurement.symbol == "1"  # type: ignore[union-attr]
    assert stream.observed_property.key == "property/lki"  # type: ignore[union-attr]


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", ["sensor-community", "luchtmeetnet"])
def test_every_real_file_is_accounted_for_or_refused(samples: Path, source: str) -> None:
    read_files = 0
    for file in sorted((samples / source).iterdir()):
        tally = read(source, file.read_bytes(), str(file)).tally
        read_files += 1
        assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
        assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected
    assert read_files >= 6


def test_the_zone_of_the_machine_changes_nothing() -> None:
    code = (
        "import msgspec, sys; from ssclab_data.sources import map_payload\n"
        "print(map_payload('sensor-community', sys.stdin.buffer.read())[0][-1].phenomenon_time)"
    )
    payload = msgspec.json.encode([reading(1, "SDS011", {"P2": "1"})])
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=payload,
        env={**os.environ, "TZ": "America/New_York"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == "2026-04-25T01:51:12Z"


def test_the_order_of_records_changes_nothing() -> None:
    rows = [
        {**reading(1, "SDS011", {"P2": str(hour)}), "timestamp": f"2026-04-25 {hour:02}:00:00"} for hour in range(9)
    ]
    one, other = read("sensor-community", rows), read("sensor-community", rows[::-1])
    assert one.series == other.series
    assert set(map(str, one.entities)) == set(map(str, other.entities))


def test_unknown_sources_are_named_with_those_there_are() -> None:
    with pytest.raises(UnknownSourceError, match=r"known: .*luchtmeetnet, .*sensor-community, .*smart-emission"):
        load_source("smart-emisson")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "property: no2,",
            "property: no3,",
            r"x\.yaml:\d+ at fields\.NO2\.property: 'no3' is not an observed property",
        ),
        ("unit: ug/m3, calibrated", "unit: furlong, calibrated", r"'furlong' is not a unit"),
        (
            "unit: ug/m3, calibrated",
            "unit: ppb, calibrated",
            r"at fields\.PM10\.unit: pm10 is published in µg/m³, and ppb does not convert",
        ),
        ("stamp: start", "stamp: begin", r"x\.yaml:\d+ at time\.stamp: 'begin' is none of instant, start, end"),
        ("source: luchtmeetnet", "source: [", r"x\.yaml:\d+: "),
        ("title:", "titel:", "there is no key 'titel' here; did you mean 'title'"),
    ],
)
def test_a_wrong_mapping_is_told_with_file_line_and_key(repository: Path, old: str, new: str, words: str) -> None:
    text = (repository / "ssclab_data/sources/mappings/luchtmeetnet.yaml").read_text()
    with pytest.raises(MappingError, match=words):
        parse_mapping(text.replace(old, new), "x.yaml")


def test_a_mapping_of_ones_own_is_a_source(repository: Path, tmp_path: Path) -> None:
    text = (repository / "ssclab_data/sources/mappings/luchtmeetnet.yaml").read_text()
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("source: luchtmeetnet", "source: mine"))
    assert load_file(file).name == "mine"
    with pytest.raises(MappingError, match="cannot be read"):
        load_file(tmp_path / "none.yaml")


def test_the_committed_schema_is_that_of_the_declaration(repository: Path) -> None:
    assert (repository / "schemas/mapping.schema.json").read_bytes() == mapping_schema()


def test_the_committed_mappings_fit_the_schema(repository: Path) -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(msgspec.json.decode(mapping_schema()))
    files = sorted((repository / "ssclab_data/sources/mappings").glob("*.yaml"))
    assert len(files) > 20
    for file in files:
        validator.validate(msgspec.yaml.decode(file.read_bytes()))


def test_a_mistake_in_one_mapping_keeps_no_other_from_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ssclab_data import resources

    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "broken.yaml").write_text("source: broken\nforms: [")
    monkeypatch.setattr(resources, "_chosen", (tmp_path,))
    assert load_source("luchtmeetnet").name == "luchtmeetnet"
    assert "broken" in source_names()
    with pytest.raises(MappingError, match=r"broken\.yaml:2"):
        load_source("broken")
