"""Payloads that are broken in any way give findings or a SourceError, and every record and field is accounted for."""

import base64
import copy
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssclab_data.errors import SourceError, ValueParseError
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.decoders import cayenne_lpp, decode_bytes
from ssclab_data.sources.mapping import load_source

WHALE = {
    "id": "7",
    "timeseries": [
        {"time": "2026-01-08T22:00:06Z", "s_longitude": 5914103, "s_latitude": 53949937, "s_humidity": 36880},
        {"time": "2026-01-08T22:01:06Z", "s_temperatureambient": 294650, "v_audio0": 1776896},
    ],
}
READING = [
    {
        "id": 1,
        "timestamp": "2026-04-25 01:51:12",
        "location": {"id": 2840, "latitude": "51.590", "longitude": "4.780", "country": "NL"},
        "sensor": {"id": 5, "pin": "1", "sensor_type": {"id": 14, "name": "SDS011", "manufacturer": "x"}},
        "sensordatavalues": [{"id": 9, "value": "7.5", "value_type": "P1"}, {"value": "5", "value_type": "P2"}],
    }
]
HOUR = {
    "data": [
        {"station_number": "NL1", "formula": "NO2", "value": 18.2, "timestamp_measured": "2025-01-15T11:00:00+00:00"},
        {"station_number": "NL1", "formula": "O3", "value": 8, "timestamp_measured": "2025-01-15T11:00:00+00:00"},
    ]
}
ARCHIVE = b"sensor_id;sensor_type;location;lat;lon;timestamp;P1;P2\n1;SDS011;2;51.5;4.7;2026-04-25T01:00:00;7;5\n"
PUSH = b"07/23/2015 12:54:53,P.UnitSerialnumber,1\n07/23/2015 12:54:53,S.Barometer,101512\n"

PAYLOADS = [
    ("smart-emission", msgspec.json.encode(WHALE)),
    ("smart-emission", PUSH),
    ("sensor-community", msgspec.json.encode(READING)),
    ("sensor-community", ARCHIVE),
    ("luchtmeetnet", msgspec.json.encode(HOUR)),
]

DEEP: Any = {"a": 1}
for _ in range(90):
    DEEP = {"a": [DEEP]}

STRANGE: list[Any] = [
    None, True, "", "x", -1, 2**70, 10**400, 1e308, -0.0, "1e999", "٣", "\ud7ff\u0000", [], {}, [None], {"": ""},
    [[[]]], {"a.b": {"c": 1}}, "2026-01-08T24:00:00Z", "9999-12-31T23:59:60Z", "0001-01-01T00:00:00+14:00", DEEP,
]  # fmt: skip


def check(source: str, payload: bytes) -> None:
    """Read a payload; whatever it is, nothing else than these two may come of it."""
    try:
        mapped = load_source(source).read(payload, SourceContext(where="x"))
    except SourceError:
        return
    tally = mapped.tally
    assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    assert tally.records_partly + tally.records_rejected <= len(mapped.rejected)
    assert all(one.payload and one.findings for one in mapped.rejected)


EDITS = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "twice", "put"]), st.integers(0, 400), st.integers(0, 255)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(PAYLOADS), EDITS)
def test_bytes_that_are_changed_are_no_crash(case: tuple[str, bytes], edits: list[tuple[str, int, int]]) -> None:
    source, payload = case
    content = bytearray(payload)
    for edit, place, value in edits:
        at = place % max(len(content), 1)
        match edit:
            case "flip":
                content[at : at + 1] = bytes([value])
            case "cut":
                del content[at:]
            case "twice":
                content[at:at] = content[at : at + value]
            case _:
                content[at:at] = bytes([value])
    check(source, bytes(content))


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [way, *(place for key, value in inner for place in places(value, (*way, key)))]


def changed(document: Any, way: tuple[Any, ...], edit: str, value: Any) -> Any:
    if not way:
        return value if edit == "put" else [document, copy.deepcopy(document)]
    made = copy.deepcopy(document)
    node = made
    for key in way[:-1]:
        node = node[key]
    last = way[-1]
    if edit == "put":
        node[last] = value
    elif edit == "cut":
        del node[last]
    elif isinstance(node, list):
        node.append(copy.deepcopy(node[last]))
    else:
        node[f"{last}2"] = node[last]
    return made


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from([("smart-emission", WHALE), ("sensor-community", READING), ("luchtmeetnet", HOUR)]),
    st.lists(
        st.tuples(st.integers(0, 99), st.sampled_from(["put", "cut", "twice"]), st.sampled_from(STRANGE)), max_size=4
    ),
)
def test_members_that_are_changed_are_no_crash(case: tuple[str, Any], edits: list[tuple[int, str, Any]]) -> None:
    import json

    source, document = case
    for number, edit, value in edits:
        found = places(document)
        document = changed(document, found[number % len(found)], edit, value)
    check(source, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("03670110056700ff", {"temperature_3": 27.2, "temperature_5": 25.5}),
        ("0167ffd7", {"temperature_1": -4.1}),
        ("0268a0", {"relative_humidity_2": 80.0}),
        ("06710 4d2fb2e0000".replace(" ", ""), {"accelerometer_6": {"x": 1.234, "y": -1.234, "z": 0.0}}),
        ("018806765ff2960a0003e8", {"gps_1": {"latitude": 42.3519, "longitude": -87.9094, "altitude": 10.0}}),
        ("0073270f0165ffff", {"barometric_pressure_0": 999.9, "luminosity_1": 65535}),
        ("", {}),
    ],
)
def test_bytes_of_cayenne_become_values(payload: str, expected: dict[str, Any]) -> None:
    """The first and third examples are those of the published format; the others worked out by hand."""
    assert cayenne_lpp(bytes.fromhex(payload)) == expected
    assert decode_bytes("cayenne-lpp", base64.b64encode(bytes.fromhex(payload)).decode()) == expected


@pytest.mark.parametrize(
    ("decoder", "packed", "words"),
    [
        ("cayenne-lpp", "A2c=", "byte 0: the value of temperature_3 is cut off"),
        ("cayenne-lpp-hex", "03ff00", "byte 1: no type of Cayenne LPP"),
        ("cayenne-lpp-hex", "03", "byte 1: no type"),
        ("cayenne-lpp-hex", "0366010366 00", "presence_3 is given twice"),
        ("cayenne-lpp-hex", "0g", "non-hexadecimal"),
        ("cayenne-lpp", "A2cB!", "no base64"),
        ("cayenne-lpp", 5, "a text with packed bytes"),
        ("base64-json", "W10=", "no JSON object"),
        ("base64-json", "eyJh", "it is not JSON"),
        ("nothing", "00", "no 'nothing'"),
    ],
)
def test_bytes_that_are_something_else_are_told(decoder: str, packed: Any, words: str) -> None:
    with pytest.raises(ValueParseError, match=words):
        decode_bytes(decoder, packed)


def test_json_in_base64_is_read() -> None:
    assert decode_bytes("base64-json", base64.b64encode(b'{"t": {"v": 1}}').decode()) == {"t": {"v": 1}}


@given(st.binary(max_size=40), st.sampled_from(["cayenne-lpp", "base64-json"]))
def test_no_bytes_are_a_crash(data: bytes, decoder: str) -> None:
    with suppress(ValueParseError):
        assert isinstance(decode_bytes(decoder, base64.b64encode(data).decode()), dict)
