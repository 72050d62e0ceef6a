"""What a mapping can declare, each part by a small mapping and what a payload becomes by it, worked out by hand."""

import copy
import random
from functools import cache
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import MappingError, SourceError
from ssclab_data.model.sensorthings import Datastream, Thing
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.concepts import property_of
from ssclab_data.sources.mapping import MappedSource, parse_mapping

BASE: dict[str, Any] = {
    "source": "vendor",
    "title": "A vendor",
    "documentation": "its manual",
    "forms": [{"name": "list", "reader": "json", "having": ["t"]}],
    "time": {"fields": ["t"], "zone": "UTC", "because": "its manual"},
    "thing": {"id": ["id"], "name": "Unit {id}", "description": "Unit {id}"},
    "sensor": {"id": ["id"], "name": "Unit {id}", "description": "Unit"},
    "fields": {"pm25": {"property": "pm25", "unit": "ug/m3"}},
}
NOON = "2020-01-01T12:00:00Z"
CELSIUS = {"property": "temperature", "unit": "Cel"}
HOUR = {"stamp": "end", "period": "PT1H"}


def declared(**parts: Any) -> str:
    """Write a mapping with these parts in place of those of the base; a part that is an object is merged with it."""
    document = copy.deepcopy(BASE)
    for name, part in parts.items():
        known = document.get(name)
        document[name] = {**known, **part} if isinstance(known, dict) and isinstance(part, dict) else part
    return yaml.safe_dump(document, sort_keys=False)


@cache
def source_of(text: str) -> MappedSource:
    return MappedSource(parse_mapping(text, "vendor.yaml"))


def read(payload: Any, context: SourceContext | None = None, **parts: Any) -> MappedPayload:
    source = source_of(declared(**parts))
    content = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return source.read(content, context or SourceContext())


def record(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "t": NOON, **fields}


def values(mapped: MappedPayload) -> dict[str, list[Any]]:
    return {one.datastream.removeprefix("vendor/"): list(one.result) for one in mapped.series}


def times(mapped: MappedPayload) -> dict[str, str]:
    """Give the first phenomenonTime of each series."""
    found = {}
    for one in mapped.series:
        start, end = Instant(one.start[0]), None if one.end is None else one.end[0]
        found[one.datastream.removeprefix("vendor/")] = str(start if end is None else Interval(start, Instant(end)))
    return found


def rules(mapped: MappedPayload) -> dict[str, int]:
    found: dict[str, int] = {}
    for finding in mapped.findings:
        found[finding.rule] = found.get(finding.rule, 0) + finding.count
    return found


def check_sums(mapped: MappedPayload) -> None:
    tally = mapped.tally
    assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    assert tally.fields_missing <= tally.fields_mapped


def test_a_source_that_gives_two_kinds_of_units_loses_neither() -> None:
    """cases.md, row 7: 100 rows in ppb and 10 in µg/m³."""
    rows = [{"id": "a", "t": f"2020-01-01T{n // 60:02}:{n % 60:02}:00Z", "o3": n, "u": "ppb"} for n in range(100)]
    rows += [{"id": "a", "t": f"2020-01-02T00:{n:02}:00Z", "o3": n, "u": "µg/m³"} for n in range(10)]
    rule = {"property": "o3", "unit_field": "u", "by_unit": {"ppb": "o3-mole-fraction"}}
    mapped = read(rows, fields={"o3": rule})
    assert {name: len(found) for name, found in values(mapped).items()} == {"a/o3-mole-fraction": 100, "a/o3": 10}
    assert (mapped.findings, mapped.tally.records_mapped) == ((), 110)
    mapped = read(rows, fields={"o3": {"property": "o3", "unit_field": "u"}})
    assert (rules(mapped), values(mapped)) == ({"other-quantity": 100}, {"a/o3": list(map(float, range(10)))})
    assert (mapped.tally.records_partly, len(mapped.rejected)) == (100, 100)


def test_an_unknown_unit_is_never_silent() -> None:
    mapped = read([record(pm25=1, u="µg/m^3?")], fields={"pm25": {"property": "pm25", "unit_field": "u"}})
    (finding,) = mapped.findings
    assert (finding.rule, finding.path, finding.value) == ("unknown-unit", "/pm25", "µg/m^3?")
    assert (values(mapped), mapped.tally.fields_rejected) == ({}, 1)


def test_a_stream_says_how_its_values_were_made() -> None:
    """Row 91 of cases.md too: the code is UCUM's, the printed symbol is for people."""
    air = {"temperature": 20, "pressure": 1013.25, "because": "the directive"}
    rule = {"property": "no2", "unit": "ppb", "gas": air, "kind": "hourly-mean", "series": "raw", "conversion": "v1"}
    (stream,) = [one for one in read([record(no2=5)], fields={"no2": rule}).entities if isinstance(one, Datastream)]
    assert stream.properties == {
        "source": "vendor",
        "conversion": "v1",
        "sourceUnit": "ppb",
        "assumedAir": {**air, "molarMass": 46.0055},
        "ucum": "ug/m3",
        "calibrated": False,
        "measurementKind": "hourly-mean",
        "series": "raw",
    }
    unit = stream.unit_of_measurement
    assert isinstance(unit, UnitOfMeasurement)
    assert (stream.key, unit.symbol, stream.name) == ("vendor/a/no2/raw", "µg/m³", "nitrogen dioxide (raw), Unit a")


def test_flag_and_sentinel_are_independent() -> None:
    """cases.md, rows 56 and 58."""
    flags = {
        "validity": {"field": "v", "codes": {"-1": "9", "1": "1"}, "because": "EEA"},
        "letter": {"field": "f", "codes": {"N": "4", "O": "1"}, "because": "its manual"},
    }
    pairs = [(-1, -999), (-1, 0.0), (1, -5.3), (1, 14.6), ("N", 412.3), ("O", -999.99)]
    rows = [
        {"id": "a", "t": f"2020-01-01T{n:02}:00:00Z", "v" if isinstance(flag, int) else "f": flag, "pm25": value}
        for n, (flag, value) in enumerate(pairs)
    ]
    field = {"property": "pm25", "unit": "ug/m3", "missing": [-999, -999.99]}
    mapped = read(rows, flags=flags, fields={"pm25": field})
    assert values(mapped) == {"a/pm25": [-5.3, 14.6]}
    assert mapped.series[0].result_quality == ({"qartod": 1, "source": "1"}, {"qartod": 1, "source": "1"})
    assert (rules(mapped), mapped.tally.fields_missing, mapped.rejected) == ({"flagged-by-source": 3}, 4, ())
    check_sums(mapped)


def test_a_flag_that_nobody_explained_keeps_its_value_out() -> None:
    flags = {"v": {"field": "v", "codes": {"1": "1"}, "because": "its manual"}}
    mapped = read([record(pm25=1, v="X"), record(pm25=2, v="1")], flags=flags)
    assert (rules(mapped), values(mapped), len(mapped.rejected)) == ({"unknown-flag": 1}, {"a/pm25": [2.0]}, 1)


def test_a_trace_of_rain_is_no_negative_rain() -> None:
    """cases.md, row 28: `-1` is a trace, an empty cell is missing."""
    trace = {"-1": {"result": 0.0, "quality": "3", "meaning": "trace"}}
    fields = {
        "P": {"property": "pressure", "unit": "hPa", "scale": "0.1"},
        "RH": {"property": "precipitation", "unit": "mm", "scale": "0.1", "special": trace},
        "T10N": {"property": "temperature", "unit": "Cel", "scale": "0.1"},
    }
    mapped = read([record(P="10126", RH="-1", T10N="   ")], fields=fields)
    assert values(mapped) == {"a/pressure": [1012.6], "a/precipitation": [0.0]}
    assert [one.result_quality for one in mapped.series] == [None, ({"qartod": 3, "source": "trace"},)]
    assert mapped.tally.fields_missing == 1


def test_a_true_zero_is_a_value() -> None:
    """cases.md, row 35."""
    fields = {"pm25": {"property": "pm25", "unit": "ug/m3", "missing": [-1]}}
    later = {"id": "a", "t": "2020-01-01T13:00:00Z", "pm25": -1}
    mapped = read([record(pm25=0), later], fields=fields)
    assert (values(mapped), mapped.tally.fields_missing) == ({"a/pm25": [0.0]}, 1)


def test_sentinels_are_missing_and_noise_is_kept() -> None:
    """cases.md, row 59."""
    rows = [{"id": "a", "t": f"2020-01-01T0{n}:00:00Z", "pm25": value} for n, value in enumerate([-999, -1.8, 3.2])]
    field = {"property": "pm25", "unit": "ug/m3", "missing": [-999], "minimum": -5}
    mapped = read(rows, fields={"pm25": field})
    assert (values(mapped), mapped.findings, mapped.tally.fields_missing) == ({"a/pm25": [-1.8, 3.2]}, (), 1)


def test_zeros_of_sensors_that_are_not_there_are_no_values() -> None:
    """cases.md, row 34: a pressure of 0 cannot be; what the unit does not have is ignored by name."""
    fields = {
        "barometric_pressure": {"property": "pressure", "unit": "hPa", "minimum": 300},
        "relative_humidity": {"property": "relative-humidity", "unit": "%"},
        "temperature": {"property": "temperature", "unit": "Cel"},
    }
    row = record(barometric_pressure=0, wind_speed=0, relative_humidity=63.61, temperature=29.83)
    mapped = read([row], fields=fields, ignore={"wind_speed": "the unit has no anemometer"})
    assert values(mapped) == {"a/relative-humidity": [63.61], "a/temperature": [29.83]}
    assert rules(mapped) == {"outside-limits": 1}
    check_sums(mapped)


def test_a_message_without_payload_has_no_values() -> None:
    """cases.md, row 31: the decoder made -32 degrees of nothing."""
    form = {
        "name": "up",
        "reader": "json",
        "having": ["t"],
        "needs": {"frm_payload": "decoded without payload"},
    }
    fields = {"temperature": {"property": "temperature", "unit": "Cel"}}
    mapped = read([record(temperature=-32, battery=2.5)], forms=[form], fields=fields, ignore={"battery": "state"})
    assert (values(mapped), rules(mapped), mapped.rejected) == ({}, {"incomplete-message": 1}, ())
    assert (mapped.tally.fields_ignored, mapped.tally.records_mapped) == (2, 1)
    assert "decoded without payload" in mapped.findings[0].text
    check_sums(mapped)


def test_fields_that_the_protocol_leaves_out_have_their_defaults() -> None:
    """cases.md, row 32: fCnt is 0 when it is not there; a value that is not there is missing, not 0."""
    form = {"name": "up", "reader": "json", "having": ["t"], "defaults": {"fCnt": 0}}
    thing = {"properties": {"count": "fCnt"}}
    mapped = read(
        [record(pm25=1)], forms=[form], thing=thing, fields={"temperature": {"property": "temperature", "unit": "Cel"}}
    )
    (thing_made,) = [one for one in mapped.entities if isinstance(one, Thing)]
    assert thing_made.properties["count"] == 0  # type: ignore[index]
    assert values(mapped) == {"a/pm25": [1.0]}
    check_sums(mapped)


def test_a_field_that_one_message_lacks_spoils_nothing() -> None:
    """cases.md, row 50."""
    fields = {
        "pm2_5_atm": {"property": "pm25", "unit": "ug/m3"},
        "temperature": {"property": "temperature", "unit": "°F"},
    }
    form = {"name": "up", "reader": "json", "having": ["DateTime"]}
    payload = {"id": "a", "pm2_5_atm": "8.1", "DateTime": "2026/06/02T10:00:00z"}
    mapped = read(payload, forms=[form], fields=fields, time={"fields": ["DateTime"]})
    assert (values(mapped), times(mapped)) == ({"a/pm25": [8.1]}, {"a/pm25": "2026-06-02T10:00:00Z"})
    assert mapped.findings == ()


def test_fields_may_be_over_periods_of_their_own() -> None:
    """cases.md, row 47; and a mean over eight hours is another series than one over an hour."""
    fields = {
        "CO": {"property": "co", "unit": "mg/m3", "period": "PT8H"},
        "NO2": {"property": "no2", "unit": "ug/m3"},
        "O3": {"property": "o3", "unit": "ug/m3"},
        "O3_8": {"property": "o3", "unit": "ug/m3", "period": "PT8H"},
        "T": {"property": "temperature", "unit": "Cel", "stamp": "instant"},
    }
    mapped = read([record(CO=1, NO2=2, O3=3, O3_8=4, T=5)], time=HOUR, fields=fields)
    eight, one = "2020-01-01T04:00:00Z/2020-01-01T12:00:00Z", "2020-01-01T11:00:00Z/2020-01-01T12:00:00Z"
    assert times(mapped) == {
        "a/co/PT8H": eight,
        "a/no2": one,
        "a/o3": one,
        "a/o3/PT8H": eight,
        "a/temperature": NOON,
    }


def test_an_index_stays_an_index() -> None:
    """cases.md, row 46."""
    fields = {"iaqi_pm25": {"property": "us-aqi-pm25", "unit": "1"}}
    mapped = read([record(iaqi_pm25=78)], fields=fields)
    assert values(mapped) == {"a/us-aqi-pm25": [78.0]}
    with pytest.raises(MappingError, match="does not convert"):
        read([], fields={"iaqi_pm25": {"property": "us-aqi-pm25", "unit": "ug/m3"}})


def test_a_fraction_and_a_percentage_become_the_same() -> None:
    """cases.md, row 73."""
    fields = {
        "relativeHumidity": {"property": "relative-humidity", "unit": "1", "minimum": 0, "maximum": 1, "series": "f"},
        "humidity": {"property": "relative-humidity", "unit": "%", "series": "p"},
    }
    mapped = read([record(relativeHumidity=0.54, humidity="54.00")], fields=fields)
    assert values(mapped) == {"a/relative-humidity/f": [54.0], "a/relative-humidity/p": [54.0]}
    assert rules(read([record(relativeHumidity=54)], fields=fields)) == {"outside-limits": 1}


def test_two_fields_of_one_series_must_agree() -> None:
    fields = {name: {"property": "temperature", "unit": "Cel"} for name in ("bme", "dht")}
    assert values(read([record(bme=20, dht=20)], fields=fields)) == {"a/temperature": [20.0]}
    mapped = read([record(bme=20, dht=21)], fields=fields)
    assert (values(mapped), rules(mapped)) == ({"a/temperature": [20.0]}, {"two-values": 1})
    fields["dht"]["series"] = "dht"
    assert len(values(read([record(bme=20, dht=21)], fields=fields))) == 2


def test_a_field_may_tell_the_series() -> None:
    rows = [record(pm25=1, over="1h"), record(pm25=2, over="24h")]
    mapped = read(rows, fields={"pm25": {"property": "pm25", "unit": "ug/m3", "series": "{over}"}})
    assert values(mapped) == {"a/pm25/1h": [1.0], "a/pm25/24h": [2.0]}


def test_fields_are_known_by_patterns_and_whole_names_go_first() -> None:
    fields = {
        "pm*": {"property": "pm25", "unit": "ug/m3", "series": "other"},
        "pm10": {"property": "pm10", "unit": "ug/m3"},
    }
    mapped = read([record(pm10=1, pm_b=2, pm_raw=3)], fields=fields, ignore={"pm_raw": "counts"})
    assert values(mapped) == {"a/pm10": [1.0], "a/pm25/other": [2.0]}
    check_sums(mapped)


@pytest.mark.parametrize(
    ("iri", "id_"),
    [
        ("http://dd.eionet.europa.eu/vocabulary/aq/pollutant/8", "no2"),
        ("https://dd.eionet.europa.eu/vocabulary/aq/pollutant/8/", "no2"),
        ("http://vocab.nerc.ac.uk/standard_name/mass_concentration_of_nitrogen_dioxide_in_air/", "no2"),
        ("https://ssclab.example/def/observed-properties/no2", "no2"),
        ("http://example.org/no2", None),
    ],
)
def test_a_concept_means_an_observed_property(iri: str, id_: str | None) -> None:
    assert property_of(iri) == id_
    mapped = read([record(**{iri: 7, "u": "mg/m3"})], concepts={"unit_field": "u"})
    assert values(mapped) == ({f"a/{id_}": [7000.0]} if id_ else {})
    assert rules(mapped) == ({} if id_ else {"unknown-field": 1})


def test_an_id_may_be_made_of_several_fields() -> None:
    thing = {"id": ["{country}-{code}", "id"], "name": "{name|code}", "properties": {"kind": "kind", "height": "h"}}
    rows = [record(country="NL", code=444, kind="urban", h="", pm25=1), record(code=5, pm25=2)]
    mapped = read(rows, thing=thing)
    made = {str(one.key): one for one in mapped.entities if isinstance(one, Thing)}
    assert set(made) == {"vendor/NL-444", "vendor/a"}
    assert made["vendor/NL-444"].properties == {"source": "vendor", "localId": "NL-444", "kind": "urban"}
    assert made["vendor/NL-444"].name == "444"
    check_sums(mapped)


@pytest.mark.parametrize("id_", [None, "", " ", 7.0, True, ["a"]])
def test_what_is_no_id_is_refused(id_: Any) -> None:
    mapped = read([{**record(pm25=1), "id": id_}])
    assert (rules(mapped), values(mapped), mapped.tally.fields_rejected) == ({"no-id": 1}, {}, 3)


def test_what_is_known_from_outside_fills_in_and_is_not_counted() -> None:
    context = SourceContext(given={"id": "topic-7", "t": NOON})
    mapped = read([{"pm25": 1}, record(pm25=2)], context, forms=[{"name": "up", "reader": "json", "having": ["pm25"]}])
    assert values(mapped) == {"topic-7/pm25": [1.0], "a/pm25": [2.0]}
    assert mapped.tally.fields_read == 4
    check_sums(mapped)


def test_a_message_without_a_stamp_may_take_its_arrival() -> None:
    form = {"name": "up", "reader": "json", "having": ["pm25"]}
    context = SourceContext(received=Instant.parse(NOON))
    mapped = read([{"id": "a", "pm25": 1}], context, forms=[form], time={"received": True})
    assert times(mapped) == {"a/pm25": NOON}
    assert rules(read([{"id": "a", "pm25": 1}], context, forms=[form])) == {"bad-time": 1}


def test_a_result_time_is_kept_and_a_broken_one_spoils_nothing() -> None:
    time = {"result": ["published"]}
    (series,) = read([record(pm25=1, published="2020-01-01 12:05")], time=time).series
    assert series.result_time == (Instant.parse("2020-01-01T12:05:00Z").us,)
    mapped = read([record(pm25=1, published="soon")], time=time)
    assert (values(mapped), rules(mapped), mapped.tally.fields_rejected) == ({"a/pm25": [1.0]}, {"bad-time": 1}, 1)
    check_sums(mapped)


def test_a_form_may_have_a_time_of_its_own() -> None:
    unix = {"fields": ["ts"], "format": "unix", "because": "its manual"}
    forms = [{"name": "new", "reader": "json", "having": ["ts"], "time": unix}, BASE["forms"][0]]
    assert times(read({"id": "a", "ts": 1577880000, "pm25": 1}, forms=forms)) == {"a/pm25": NOON}
    assert times(read(record(pm25=1), forms=forms)) == {"a/pm25": NOON}


@pytest.mark.parametrize("stamp", ["2020-10-25 02:30", "2020-03-29 02:30"])
def test_a_time_that_exists_twice_or_never_is_told(stamp: str) -> None:
    mapped = read([{"id": "a", "t": stamp, "pm25": 1}], time={"zone": "Europe/Amsterdam"})
    assert (rules(mapped), mapped.tally.records_rejected) == ({"ambiguous-time": 1}, 1)


def test_the_later_description_holds() -> None:
    thing = {"name": "{name}", "properties": {"firmware": "fw"}}
    rows = [
        {"id": "a", "t": f"2020-01-0{day}T00:00:00Z", "name": f"n{day}", "fw": fw, "pm25": day}
        for day, fw in ((2, "b"), (1, "a"), (3, "c"))
    ]
    mapped = read(rows, thing=thing)
    (made,) = [one for one in mapped.entities if isinstance(one, Thing)]
    assert (made.name, made.properties["firmware"]) == ("n3", "c")  # type: ignore[index]


def field(**parts: Any) -> dict[str, Any]:
    return {"fields": {"x": {"property": "pm25", "unit": "ug/m3", **parts}}}


OUTER_SPACE = {"temperature": 20, "pressure": 1, "because": ""}
NO_VALUE = {"-1": {"result": 0, "quality": "9", "meaning": ""}}
MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"forms": [{"name": "a", "reader": "jsonn"}]}, r"vendor\.yaml:\d+ at forms\.0\.reader: no reader 'jsonn'"),
    ({"forms": [{"name": "a", "reader": "json"}] * 2}, r"at forms\.1\.name: two forms are called 'a'"),
    ({"forms": [{"name": "a", "reader": "table", "encoding": "latin-99"}]}, r"forms\.0\.encoding: unknown encoding"),
    ({"forms": [{"name": "a", "reader": "json", "id_in_name": "("}]}, r"forms\.0\.id_in_name: '\(' is no pattern"),
    ({"forms": [{"name": "a", "reader": "table", "decimal": ";"}]}, r"forms\.0\.decimal: the decimal mark is"),
    (
        {"forms": [{"name": "a", "reader": "table", "wide": {"columns": "H..", "key": "h", "value": "v"}}]},
        r"forms\.0\.wide\.columns: 'H\.\.' must have 1 group, not 0",
    ),
    ({"forms": [{"name": "a", "reader": "json", "decode": {"p": "zip"}}]}, r"decode\.p: no decoder 'zip'"),
    (
        {"forms": [{"name": "a", "reader": "json", "time": {"because": "", "fields": ["t"], "zone": "CEST"}}]},
        r"forms\.0\.time\.zone: 'CEST' is not a zone",
    ),
    ({"time": {"zone": "Europe/Breda"}}, r"vendor\.yaml:\d+ at time\.zone: 'Europe/Breda' is not a zone"),
    ({"time": {"zones": [{"zone": "UTC", "until": "soon"}]}}, r"time\.zones: Invalid isoformat string: 'soon'"),
    ({"time": {"zones": [{"zone": "UTC", "until": "2000-01-01T00:00Z"}]}}, r"time\.zones: .* leave its zone out"),
    ({"time": {"zone_names": {"PST": "-8"}}}, r"time\.zone_names\.PST: '-8' is not an offset"),
    ({"time": {"format": "%Q"}}, r"time\.format: '%Q' is not a format of time stamps"),
    ({"time": {"stamp": "end", "period": "1 hour"}}, r"time\.period: '1 hour' is not a duration"),
    ({"time": {"stamp": "end"}}, r"time\.stamp: it marks the end of a period, but none is given"),
    ({"time": {"fields": []}}, r"time\.fields: say in which field the stamp is"),
    ({"time": {"until": ["u"]}}, r"time\.until: a moment has no other edge"),
    ({"time": {"stamp": "start", "period": "PT1H", "hours": "1-24"}}, r"time\.hours: .* numbered by their ends"),
    (field(property="pm3"), r"at fields\.x\.property: 'pm3' is not an observed"),
    (field(unit=""), r"at fields\.x\.unit: say in which unit"),
    (field(unit="furlong"), r"at fields\.x\.unit: 'furlong' is not a unit"),
    (field(unit="hPa"), r"fields\.x\.unit: pm25 is published in µg/m³, and hPa"),
    (field(unit="ppb", gas=OUTER_SPACE), r"fields\.x\.unit: .* the molar mass must be in gases\.csv"),
    (field(by_unit={"ppb": "o4"}), r"x\.by_unit\.ppb: 'o4' is not"),
    (field(by_unit={"pbb": "o3"}), r"x\.by_unit\.pbb: 'pbb' is not"),
    (field(scale="a"), r"fields\.x\.scale: Invalid literal"),
    (field(kind="rough"), r"x\.kind: no measurement kind 'rough'"),
    (field(period="PT1H"), r"x\.period: a moment has no period"),
    (field(special=NO_VALUE), r"x\.special\.-1: quality '9' of a value that is kept must be 1, 2 or 3"),
    (field(special={"x": {"result": 0, "quality": "3", "meaning": ""}}), r"fields\.x\.special: 'x' is not a number"),
    (field(group=["a"], decoder="b"), r"x\.decoder: no decoder 'b'"),
    ({"concepts": {"unit": "furlong"}}, r"concepts\.unit: 'furlong' is not a unit"),
    ({"flags": {"f": {"field": "f", "codes": {"N": "5"}, "because": ""}}}, r"flags\.f\.codes\.N: no quality flag '5'"),
    ({"flags": {"f": {"field": "f", "codes": {}, "absent": "x", "because": ""}}}, r"flags\.f\.absent: no quality flag"),
    ({"lookups": {"l": {"key": "k", "on": "o", "form": "none"}}}, r"lookups\.l\.form: no form is called 'none'"),
    ({"place": {"decoder": "magic"}}, r"at place\.decoder: no decoder 'magic'; known: nibble-degrees"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "message"), MISTAKES)
def test_a_mistake_is_told_when_the_mapping_is_loaded(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(MappingError, match=message):
        parse_mapping(declared(**parts), "vendor.yaml")


FIELDS: dict[str, Any] = {
    "pm25": {"property": "pm25", "unit": "ug/m3", "minimum": -5, "missing": [-999]},
    "t_f": {"property": "temperature", "unit": "°F"},
    "o3": {"property": "o3", "unit_field": "u", "unit": "ug/m3", "by_unit": {"ppb": "o3-mole-fraction"}},
}
FLAGS = {"f": {"field": "flag", "codes": {"V": "1", "N": "4"}, "because": "its manual"}}
ODD = [None, "", "-999.0", "wet", True, [1], {"a": 1}]
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["a", "b"])},
        optional={
            "pm25": st.one_of(
                st.integers(-999, 2000), st.sampled_from([None, "", "-999.0", "wet", True, [1], {"a": 1}])
            ),
            "t_f": st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=3)),
            "o3": st.integers(0, 100),
            "u": st.sampled_from(["ppb", "µg/m³", "", "furlong", 7]),
            "flag": st.sampled_from(["V", "N", "X", "", None, 1.5]),
            "name": st.text(max_size=3),
            "other": st.integers(),
        },
    ),
    max_size=12,
)


def stamped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"t": f"2020-01-01T00:{number:02}:00Z", **row} for number, row in enumerate(rows)]


def shown(mapped: MappedPayload) -> Any:
    """Give what must not depend on the order of the records."""
    entities = sorted(map(repr, (*mapped.entities, *mapped.defaults)))
    return sorted(map(repr, mapped.series)), entities, mapped.tally, rules(mapped)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(rows: list[dict[str, Any]], chance: random.Random) -> None:
    parts: dict[str, Any] = {"fields": FIELDS, "flags": FLAGS, "thing": {"name": "{name|id}"}}
    ordered = stamped(rows)
    shuffled = chance.sample(ordered, len(ordered))
    assert shown(read(ordered, **parts)) == shown(read(shuffled, **parts))


@given(ROWS)
def test_whatever_comes_is_accounted_for(rows: list[dict[str, Any]]) -> None:
    mapped = read(stamped(rows), fields=FIELDS, flags=FLAGS)
    check_sums(mapped)
    assert mapped.tally.records_read == len(rows)
    assert {one.record for one in mapped.rejected} <= set(range(len(rows)))
    errors = sum(finding.count for finding in mapped.findings if finding.severity == "error")
    assert (errors > 0) == bool(mapped.rejected)


@given(st.binary(max_size=200))
def test_noise_behind_a_record_is_refused_or_accounted_for(noise: bytes) -> None:
    try:
        mapped = read(b'[{"id":"a","t":"' + NOON.encode() + b'","pm25":1}' + noise)
    except SourceError:
        return
    check_sums(mapped)
