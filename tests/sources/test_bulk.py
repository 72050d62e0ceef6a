"""What is mapped by column is what is mapped record by record: entities, rows, findings, counts, rejected records."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssclab_data.errors import SourceError
from ssclab_data.model.sensorthings import Observation
from ssclab_data.model.series import Series
from ssclab_data.model.values import Box
from ssclab_data.sources import bulk, map_payload
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.engine import Engine
from ssclab_data.sources.lookups import with_tables_inside
from ssclab_data.sources.mapping import MappedSource, load_source, source_names
from ssclab_data.sources.reading import Sheets, json_sheets, records_of, table_sheets

MAPPED = [name for name in source_names() if isinstance(load_source(name), MappedSource)]
WITHOUT_SAMPLES = {"airsenseur", "barcelona-noise", "sonitus", "uk-air"}
HELMOND = Box(5.55, 51.42, 5.77, 51.53)


def plain(series: Series) -> dict[str, Any]:
    return {name: None if column is None else column if isinstance(column, str) else [*map(one, column)]
            for name, column in msgspec.structs.asdict(series).items()}  # fmt: skip


def one(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def told(mapped: MappedPayload) -> dict[str, Any]:
    return {
        "entities": {repr(entity) for entity in mapped.entities},
        "defaults": {repr(entity) for entity in mapped.defaults},
        "series": {(series.datastream, series.feature): plain(series) for series in mapped.series},
        "findings": {repr(finding) for finding in mapped.findings},
        "tally": mapped.tally,
        "rejected": {(one.record, one.payload) for one in mapped.rejected},
    }


def both(name: str, payload: bytes, **context: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    source = load_source(name)
    assert isinstance(source, MappedSource)
    given_context = SourceContext(**context)
    records = records_of(source.mapping, payload, given_context.where)
    tables = with_tables_inside(source.mapping, payload, {})
    context_of_slow = msgspec.structs.replace(given_context, tables=tables)
    slow = Engine(source.mapping, context_of_slow, by_column=False).map(Sheets(records=records))
    quick = source.read(payload, given_context)
    return told(quick), told(slow)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take few records for many."""
    for module in (bulk, json_sheets, table_sheets):
        monkeypatch.setattr(module, "LEAST", 2)


@pytest.mark.needs("samples")
@pytest.mark.parametrize("name", MAPPED)
def test_real_files_are_mapped_alike(name: str, samples: Path) -> None:
    compared = 0
    for file in sorted(file for file in samples.rglob("*") if file.is_file()):
        try:
            quick, slow = both(name, file.read_bytes(), where=str(file), area=HELMOND)
        except SourceError:
            continue
        assert quick == slow, file
        compared += 1
    assert compared or name in WITHOUT_SAMPLES


STAMPS = st.sampled_from(
    [
        *(f"2026-04-25 {hour:02}:{minute:02}:10" for hour in (1, 2) for minute in (0, 30)),
        "2026-04-25T01:00:10",
        "2026-04-25 01:00:10.5",
        "2026-04-25 01:00:10.1234567",
        "2026-04-25 24:00:00",
        "2026-04-25 01:00",
        "25 April",
        "",
    ]
)
NUMBERS = st.sampled_from(
    ["1", "1.25", "0", "-0", "-5", "-5.0", "1999.9", "2000", "-999", "-999.0", "nan", "", "wet", "1e1"]
)
PLACES = st.sampled_from(
    [("51.590", "4.780"), ("51.5901", "4.7801"), ("51.700", "4.780"), ("0", "0"), ("x", "4"), ("", "")]
)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Draw an archive of sensor.community, much of it plain."""
    lines = ["sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2"]
    for _ in range(draw(st.integers(0, 12))):
        latitude, longitude = draw(PLACES)
        unit, sensor = draw(st.sampled_from(["7", "8", ""])), draw(st.sampled_from(["1", "2"]))
        cells = [sensor, "SDS011", unit, latitude, longitude, draw(STAMPS), draw(NUMBERS), "", "", draw(NUMBERS)]
        lines.append(";".join(cells[: draw(st.sampled_from([10, 10, 10, 9]))]))
    return "\n".join([*lines, ""]).encode()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_drawn_tables_are_mapped_alike(payload: bytes) -> None:
    quick, slow = both("sensor-community", payload, area=Box(4.6, 51.4, 4.9, 51.65))
    assert quick == slow


VALUES = st.sampled_from([294650, 294650.5, 0, 36880, 100019, 12345, None, "wet", "294651", True, 4294967026, -1])


@st.composite
def hours(draw: st.DrawFn) -> bytes:
    """Draw an hour of Smart Emission."""
    records = []
    for second in range(draw(st.integers(0, 8))):
        record: dict[str, Any] = {"time": f"2026-01-08T22:00:{draw(st.integers(0, 60)):02}.757{second}Z"}
        record |= {"s_longitude": draw(st.sampled_from([5914103, 5914104, 5924103, 0])), "s_latitude": 53949937}
        record |= {name: draw(VALUES) for name in ("s_temperatureambient", "s_pm2_5", "p_errorstatus")}
        levels = draw(st.sampled_from([1776896, 1776896, "x", None]))
        record |= {f"v_audio{octave}": levels for octave in ("0", *(f"plus{number}" for number in range(1, 9)))}
        records.append(record | draw(st.sampled_from([{}, {}, {"s_new": 1}])))
    return msgspec.json.encode({"id": "7", "timeseries": records})


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours())
def test_drawn_hours_are_mapped_alike(payload: bytes) -> None:
    quick, slow = both("smart-emission", payload, area=HELMOND)
    assert quick == slow


def test_the_observations_of_a_long_payload_have_values_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "LEAST", 16)
    rows = [f"1;SDS011;7;51.5;4.7;2026-01-01T00:{number // 60:02}:{number % 60:02};{number}" for number in range(200)]
    table = "\n".join(["sensor_id;sensor_type;location;lat;lon;timestamp;P1", *rows])
    entities, _ = map_payload("sensor-community", table)
    observations = [one for one in entities if isinstance(one, Observation)]
    assert {type(one.result) for one in observations} == {float}
    assert [one.result for one in observations] == list(range(200))
    assert msgspec.json.encode(observations)


def test_map_payload_gives_quality_and_result_time() -> None:
    """cases.md, row 56: what the source says of a value goes with it."""
    row = "NL;x;x;x;NL1;SPO;SPP;SAM;NO2;http://dd.eionet.europa.eu/vocabulary/aq/pollutant/8;hour;14.6;µg/m3"
    head = (
        "Countrycode,Namespace,AirQualityNetwork,AirQualityStation,AirQualityStationEoICode,SamplingPoint,"
        "SamplingProcess,Sample,AirPollutant,AirPollutantCode,AveragingTime,Concentration,UnitOfMeasurement,"
        "DatetimeBegin,DatetimeEnd,Validity,Verification"
    )
    cells = f"{row.replace(';', ',')},2020-01-04 00:00:00 +01:00,2020-01-04 01:00:00 +01:00,1,2"
    entities, _ = map_payload("eea", f"{head}\n{cells}\n")
    (observation,) = [one for one in entities if isinstance(one, Observation)]
    assert isinstance(observation.result_quality, dict)
    assert observation.result_quality["qartod"] in (1, 2)


@pytest.mark.parametrize(
    "registry",
    [
        "device,thing,longitude,latitude,owner\n1,mast-9,4.79,51.58,Breda\n",
        "device,thing,longitude,latitude,owner\n7,,4.79,51.58,Breda\n",
        "device,thing,longitude,latitude,since,until\n7,mast-9,4.79,51.58,2026-01-01,2026-01-01T00:01:00Z\n",
        "device,thing,channels\n7,mast-9,P1\n",
        "device,thing\n8,mast-9\n",
    ],
)
def test_units_of_the_registry_are_mapped_alike(registry: str) -> None:
    rows = [f"1;SDS011;7;51.5;4.7;2026-01-01T00:{number // 20:02}:{number % 20:02};{number};5" for number in range(60)]
    table = "\n".join(["sensor_id;sensor_type;location;lat;lon;timestamp;P1;P2", *rows, ""]).encode()
    tables = {"registry": registry.encode()}
    source = load_source("sensor-community")
    assert isinstance(source, MappedSource)
    context = SourceContext(tables=tables)
    records = records_of(source.mapping, table, "")
    slow = Engine(source.mapping, context, by_column=False).map(Sheets(records=records))
    assert told(source.read(table, context)) == told(slow)
    assert len(slow.series) >= 1
