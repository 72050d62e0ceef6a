"""Drafts of mappings for payloads like those of six vendors: each passes the check and gives the right Observations."""

from typing import Any

import msgspec
import pytest

from ssclab_data.errors import SourceError
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import make_source
from ssclab_data.sources.tools.checking import check_text
from ssclab_data.sources.tools.drafting import draft
from ssclab_data.sources.tools.trying import Trial, try_payload

NESTED = {
    "meta": {"generated": "2026-05-01T12:00:00Z", "page": 1},
    "stations": [
        {
            "id": "A1",
            "name": "Markt",
            "location": {"latitude": 51.59, "longitude": 4.78},
            "measurements": [
                {"parameter": "PM2.5", "value": 7.5, "unit": "µg/m³", "timestamp": "2026-05-01T10:00:00Z"},
                {"parameter": "NO2", "value": 18, "unit": "µg/m³", "timestamp": "2026-05-01T10:00:00Z"},
            ],
        },
        {"id": "B2", "name": "Park", "location": {"latitude": 51.58, "longitude": 4.77}, "measurements": []},
    ],
}
KEYED = {
    "70:b3:d5:01": {"time": 1777629600, "temperature": 18.25, "humidity": 61, "battery": 3.9},
    "70:b3:d5:02": {"time": 1777629660, "temperature": 17.5, "humidity": 64, "battery": 3.7},
}
COMMAS = (
    "\ufeffStation;Datum;Uhrzeit;PM10 [µg/m³];Lufttemperatur (°C);Bemerkung\r\n"
    "DEBE010;01.07.2026;13:00;21,4;19,5;\r\nDEBE010;01.07.2026;14:00;-;20,1;x\r\n"
).encode()
UPLINK = {
    "end_device_ids": {"device_id": "sound-7", "dev_eui": "0004A30B001C0530"},
    "received_at": "2026-05-01T10:00:03.123456789Z",
    "uplink_message": {
        "f_port": 2,
        "f_cnt": 964,
        "frm_payload": "AQI=",
        "decoded_payload": {"laeq": 54.5, "temperature": 18.5, "battery": 3.6},
        "rx_metadata": [{"rssi": -97, "snr": 7.5, "time": "2026-05-01T10:00:02Z"}],
        "locations": {"user": {"latitude": 51.59, "longitude": 4.78}},
    },
}
COLUMNS = {
    "device_id": "om-1",
    "latitude": 51.59,
    "longitude": 4.78,
    "hourly": {"time": ["2026-05-01T10:00", "2026-05-01T11:00"], "pm10": [12.5, 13], "ozone": [60, 61.5]},
}
MARKUP = b"""<?xml version="1.0"?><message><body>
<meting><datum>07/07/2026</datum><tijd>08</tijd><station>NL01483</station><component>PM10</component>
<eenheid>ug/m3</eenheid><waarde>18</waarde></meting>
<meting><datum>07/07/2026</datum><tijd>08</tijd><station>NL01485</station><component>NO2</component>
<eenheid>ug/m3</eenheid><waarde>16</waarde></meting></body></message>"""

CASES: list[tuple[str, Any, list[tuple[str, str, Any, str]]]] = [
    (
        "lists in lists",
        NESTED,
        [("A1/pm25", "2026-05-01T10:00:00Z", 7.5, "µg/m³"), ("A1/no2", "2026-05-01T10:00:00Z", 18.0, "µg/m³")],
    ),
    (
        "an object by device",
        KEYED,
        [
            ("70:b3:d5:01/temperature", "2026-05-01T10:00:00Z", 18.25, "°C"),
            ("70:b3:d5:01/relative-humidity", "2026-05-01T10:00:00Z", 61.0, "%"),
            ("70:b3:d5:02/temperature", "2026-05-01T10:01:00Z", 17.5, "°C"),
            ("70:b3:d5:02/relative-humidity", "2026-05-01T10:01:00Z", 64.0, "%"),
        ],
    ),
    (
        "a table with decimal commas",
        COMMAS,
        [
            ("DEBE010/pm10", "2026-07-01T13:00:00Z", 21.4, "µg/m³"),
            ("DEBE010/temperature", "2026-07-01T13:00:00Z", 19.5, "°C"),
            ("DEBE010/temperature", "2026-07-01T14:00:00Z", 20.1, "°C"),
        ],
    ),
    (
        "an uplink of The Things Stack",
        UPLINK,
        [
            ("sound-7/laeq", "2026-05-01T10:00:03.123456Z", 54.5, "dB(A)"),
            ("sound-7/temperature", "2026-05-01T10:00:03.123456Z", 18.5, "°C"),
        ],
    ),
    (
        "lists side by side",
        COLUMNS,
        [
            ("om-1/pm10", "2026-05-01T10:00:00Z", 12.5, "µg/m³"),
            ("om-1/pm10", "2026-05-01T11:00:00Z", 13.0, "µg/m³"),
            ("om-1/o3", "2026-05-01T10:00:00Z", 60.0, "µg/m³"),
            ("om-1/o3", "2026-05-01T11:00:00Z", 61.5, "µg/m³"),
        ],
    ),
    (
        "XML",
        MARKUP,
        [
            ("NL01483/pm10", "2026-07-07T08:00:00Z", 18.0, "µg/m³"),
            ("NL01485/no2", "2026-07-07T08:00:00Z", 16.0, "µg/m³"),
        ],
    ),
]


def tried(payload: Any, where: str = "payload.json") -> tuple[str, Trial]:
    content = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    text = draft(content, source="my-vendor", where=where).text
    return text, try_payload(make_source(text, "draft.yaml"), content, SourceContext(where=where), limit=100)


@pytest.mark.parametrize(("why", "payload", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_draft_passes_and_gives_the_observations(
    why: str, payload: Any, expected: list[tuple[str, str, Any, str]]
) -> None:
    text, trial = tried(payload)
    assert check_text(text, "draft.yaml") == []
    units = {stream.key: stream.unit for stream in trial.datastreams}
    found = [
        (one.datastream.removeprefix("my-vendor/"), one.phenomenon_time, one.result, units[one.datastream])
        for one in trial.observations
    ]
    assert sorted(found) == sorted(expected), f"{why}\n{text}"
    assert trial.tally.records_rejected == 0, trial.findings
    assert [one.rule for one in trial.findings if one.severity == "error"] == []
    assert all("# guess" in line for line in text.splitlines() if "property:" in line or line.startswith("place:"))
    if why not in ("an object by device", "a table with decimal commas", "XML"):
        assert any(place.geometry["coordinates"][:2] == [4.78, 51.59] for place in trial.locations)


def test_dutch_names_are_known() -> None:
    """Names as a Dutch vendor of sound meters gives them: `tijd` in local order, `accu` is no quantity."""
    row = {"tijd": "02-11-2026 09:00:00", "accu": 3700, "niveaus": {"laeq": 58.4, "lamax": 71.2}}
    site = {"meetpunt": {"id": "GN-1", "naam": "Haagdijk", "positie": {"lat": 51.59, "lon": 4.78}}, "metingen": [row]}
    text, trial = tried(msgspec.json.encode({"meetpunten": [site]}), "geluid.json")
    assert sorted(stream.first for stream in trial.datastreams) == [58.4, 71.2]
    assert '  format: "%d-%m-%Y %H:%M:%S"' in text
    assert "  accu: not known yet" in text


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b'[{"a": 1, "b": 2}]', "a time among a, b: begin"),
        (b'[{"time": "2026-05-01T10:00:00Z", "b": 3}]', "a quantity that is known here among time, b: begin"),
    ],
)
def test_it_is_told_what_was_looked_for_in_vain(payload: bytes, told: str) -> None:
    with pytest.raises(SourceError, match="no field was found that looks like") as caught:
        draft(payload, source="x")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "payload", [b"{}", b"hello", b"a;b\n1;2\n", b'{"time": "2026-05-01T10:00:00Z", "x": 5}', b"[1, 2"]
)
def test_what_holds_nothing_known_gets_no_draft(payload: bytes) -> None:
    with pytest.raises(SourceError):
        draft(payload, source="x")


def test_the_file_name_is_the_id_where_nothing_else_is() -> None:
    text, trial = tried(b"timestamp,pm10\n2026-05-01T10:00:00Z,12\n", "data/kerkplein.csv")
    assert [thing.key for thing in trial.things] == ["my-vendor/kerkplein"]
    assert "it is in the file name" in text
