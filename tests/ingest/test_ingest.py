"""From payload to store: bad input never loses good data, and all is counted."""

import gzip
import math
import re
from pathlib import Path
from statistics import mean
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import SettingsError
from ssclab_data.ingest import IngestOptions, IngestReport, ingest_files, ingest_payload, replay
from ssclab_data.model.entity import Link
from ssclab_data.model.sensorthings import GEOJSON, Location, Observation, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Box, Instant
from ssclab_data.selection import datastreams
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import load_source
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.testing import ask, example_entities

SOURCE = load_source("smart-emission")
GOOD: dict[str, Any] = {
    "id": "7",
    "p_unitserialnumber": 7,
    "s_longitude": 5914103,
    "s_latitude": 53949937,
    "s_temperatureambient": 294650,
    "s_humidity": 36880,
}


def hour(*records: dict[str, Any]) -> bytes:
    times = [f"2026-01-08T22:{minute:02}:00Z" for minute in range(len(records))]
    rows = [{**GOOD, "time": time, **record} for time, record in zip(times, records, strict=True)]
    return msgspec.json.encode({"id": "7", "timeseries": rows})


def ingest(content: bytes, tmp_path: Path, **options: Any) -> tuple[IngestReport, MemoryStore]:
    file = tmp_path / "hour.json"
    file.write_bytes(content)
    store = MemoryStore("helmond")
    report = ingest_files(store, SOURCE, [file], options=IngestOptions(quarantine=tmp_path / "quarantine", **options))
    assert report.adds_up
    return report, store


BAD: list[tuple[bytes, set[str], int, str]] = [
    (hour({}, {"s_humidity": 5}), {"outside-limits"}, 3, "a value outside its limits"),
    (hour({}, {"s_new": 5}), {"unknown-field"}, 4, "an unknown field"),
    (hour({}, {"time": "2026-01-08 22:77"}), {"bad-time"}, 2, "no time"),
    (hour({}, {"s_latitude": 0x801FFFFF}), {"bad-position"}, 4, "a fraction above 999999"),
    (hour({}, {"s_latitude": 0, "s_longitude": 0}), {"no-position"}, 4, "position 0, 0"),
    (hour({})[:-9], {"wrong-payload"}, 0, "truncated JSON"),
    (b'{"id": "7", "timeseries": [{"time": 1, "time": 2}]}', {"wrong-payload"}, 0, "a duplicate key"),
    (hour({}).replace(b"36880", b"NaN"), {"wrong-payload"}, 0, "NaN"),
    (b'{"data": []}', {"wrong-payload"}, 0, "another source"),
    (b"", {"wrong-payload"}, 0, "an empty file"),
]


@pytest.mark.parametrize(("content", "rules", "kept", "why"), BAD, ids=[row[3] for row in BAD])
def test_bad_input_is_found_and_the_rest_is_stored(
    content: bytes, rules: set[str], kept: int, why: str, tmp_path: Path
) -> None:
    report, store = ingest(content, tmp_path)
    assert {finding.rule for finding in report.findings} == rules, why
    assert store.count(ask("Observation")) == report.observations.written == kept
    assert all(finding.where.endswith("hour.json") for finding in report.findings)
    assert bool(report.rejected) == (rules != {"no-position"})
    assert "records" in str(report)


def test_a_position_outside_the_municipality_is_a_warning(tmp_path: Path) -> None:
    context = SourceContext(area=Box(4.66, 51.48, 4.90, 51.65), municipality="Breda")
    report, store = ingest(hour({}), tmp_path, context=context)
    assert [(one.rule, one.severity, one.count) for one in report.findings] == [("outside-area", "warning", 1)]
    assert (report.rejected, store.count(ask("Observation"))) == (0, 2)


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    good, bad, gone = tmp_path / "good.json.gz", tmp_path / "bad.json", tmp_path / "gone.json"
    good.write_bytes(gzip.compress(hour({})))
    bad.write_bytes(b"{")
    store = MemoryStore("helmond")
    told: list[int] = []
    options = IngestOptions(progress=lambda step: told.append(step.files_done))
    report = ingest_files(store, SOURCE, [bad, gone, good, tmp_path], options=options)
    assert (report.files_read, report.files_failed) == (1, 3)
    assert told == sorted(told)
    assert {1, 2, 3, 4} <= set(told)
    assert {finding.rule for finding in report.findings} == {"wrong-payload", "unreadable-file"}
    assert store.count(ask("Observation")) == 2


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "hour.json"
    file.write_bytes(hour({}, {"s_humidity": 5}))
    store = MemoryStore("helmond")
    options = IngestOptions(quarantine=tmp_path / "quarantine")
    first = ingest_files(store, SOURCE, [file], options=options)
    again = ingest_files(store, SOURCE, [file], options=options)
    assert (first.quarantined, again.quarantined, again.observations.written) == (1, 0, 0)
    assert again.observations.unchanged == first.observations.created == 3


def test_rejected_records_are_read_again_and_leave_when_they_pass(tmp_path: Path) -> None:
    report, store = ingest(hour({}, {"s_humidity": 5}), tmp_path)
    folder = tmp_path / "quarantine"
    assert (report.quarantined, replay(store, folder).rejected) == (1, 1)
    lines = (folder / "rejected.ndjson").read_bytes()
    entry = msgspec.json.decode(lines)
    mended = {**entry, "payload": _mended(entry["payload"])}
    (folder / "rejected.ndjson").write_bytes(msgspec.json.encode(mended) + b"\n")
    done = replay(store, folder)
    assert (done.rejected, done.observations.created) == (0, 1)
    assert (folder / "rejected.ndjson").read_bytes() == b""


def _mended(payload: str) -> str:
    import base64

    mended = re.sub(rb'("s_humidity": ?)5\b', rb"\g<1>50000", base64.b64decode(payload))
    return base64.b64encode(mended).decode()


class Fixed:
    """A source that gives the same whatever it reads."""

    def __init__(self, mapped: MappedPayload) -> None:
        self.mapped = mapped
        self.name = "fixed"

    def read(self, payload: bytes, context: SourceContext) -> MappedPayload:
        return self.mapped


def test_rows_that_cannot_be_are_kept_out_and_counted(tmp_path: Path) -> None:
    rows = Series(datastream="v/1/pm25", feature="v/1", start=(0, 10, 20, 10), result=(1.0, float("nan"), 3.0, 4.0))
    store = MemoryStore("breda")
    options = IngestOptions(quarantine=tmp_path / "q", now=Instant(15))
    report = ingest_payload(
        store, Fixed(MappedPayload(entities=example_entities(), series=(rows,))), b"x", options=options
    )
    assert report.adds_up
    assert report.observations.rejected >= 1
    assert "not-finite" in {finding.rule for finding in report.findings}
    assert report.quarantined == 1


def test_an_entity_with_an_error_is_kept_out_with_all_that_needs_it() -> None:
    bad = Thing(key="v/1", name="", description="")
    others = tuple(one for one in example_entities() if one.key != "v/1" or not isinstance(one, Thing))
    rows = Series(datastream="v/1/pm25", start=(0,), result=(1.0,))
    kept = Series(datastream="v/2/pm25", start=(0,), result=(1.0,))
    store = MemoryStore("breda")
    mapped = MappedPayload(entities=(bad, *others), series=(rows, kept))
    report = ingest_payload(store, Fixed(mapped), b"x", options=IngestOptions())
    assert report.adds_up
    assert (store.count(ask("Thing")), store.count(ask("Datastream")), store.count(ask("Observation"))) == (1, 2, 1)
    assert {finding.rule for finding in report.findings} == {"empty-text", "depends-on-rejected"}


def test_a_place_that_cannot_be_takes_nothing_else_away() -> None:
    nowhere = Location(
        key="v/9", name="x", description="", encoding_type=GEOJSON, location={"type": "Point", "coordinates": [400, 0]}
    )
    thing = Thing(key="v/9", name="x", description="x", locations=(Link(key="v/9"),))
    store = MemoryStore("breda")
    report = ingest_payload(store, Fixed(MappedPayload(entities=(nowhere, thing))), b"x", options=IngestOptions())
    assert (store.count(ask("Thing")), store.count(ask("Location")), report.rejected) == (1, 0, 1)


@pytest.mark.parametrize(("content", "words"), [(b"{broken\n", "rejected.ndjson:1"), (None, "must be a folder")])
def test_a_broken_quarantine_is_told_before_anything_is_written(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    folder = tmp_path / "q"
    if content is None:
        folder.write_text("a file")
    else:
        folder.mkdir()
        (folder / "rejected.ndjson").write_bytes(content)
    store = MemoryStore("breda")
    with pytest.raises(SettingsError, match=words):
        ingest_payload(store, SOURCE, hour({}), options=IngestOptions(quarantine=folder))
    assert store.count(ask("Thing")) == 0


def test_a_full_quarantine_says_so(tmp_path: Path) -> None:
    report, _ = ingest(hour({"s_humidity": 5}, {"s_humidity": 6}), tmp_path, max_quarantine_bytes=800)
    assert "quarantine-full" in {finding.rule for finding in report.findings}


CHANGES = st.dictionaries(
    st.sampled_from([*GOOD, "time", "s_pm10", "v_audio0", "p_x", "odd"]),
    st.one_of(
        st.none(), st.integers(-(2**33), 2**33), st.text(max_size=5), st.lists(st.integers(), max_size=2), st.booleans()
    ),
    max_size=4,
)


@given(st.lists(CHANGES, min_size=1, max_size=3))
def test_the_sums_are_right_whatever_comes(changes: list[dict[str, Any]]) -> None:
    store = MemoryStore("helmond")
    report = ingest_payload(store, SOURCE, hour(*changes), options=IngestOptions())
    assert report.adds_up
    assert store.count(ask("Observation")) == report.observations.written


@pytest.mark.needs("samples")
def test_the_real_hour_is_stored_once(samples: Path) -> None:
    file = samples / "smart-emission/whale_timeseries-hour_device23_20160108_h23.json.gz"
    store = MemoryStore("helmond")
    first = ingest_files(store, SOURCE, [file])
    assert (first.tally.records_read, first.adds_up) == (198, True)
    again = ingest_files(store, SOURCE, [file])
    assert (again.observations.written, again.observations.unchanged) == (0, first.observations.created)
    levels = _results(store, "noise-level")
    assert len(levels) == len(_results(store, "temperature")) == 198
    assert round(10 * math.log10(mean(10 ** (level / 10) for level in levels)), 2) == 43.77
    assert round(mean(_results(store, "temperature")), 3) == 21.354


def test_a_clock_that_writes_z_behind_local_time_is_told_and_is_not_the_newest(tmp_path: Path) -> None:
    """cases.md, row 38: 11:00Z that came in at 09:00:05Z is two hours in the future; the row of 08:59 is the newest."""
    records = ({"time": "2019-07-02T08:59:00Z"}, {"time": "2019-07-02T11:00:00Z"})
    report, _ = ingest(hour(*records), tmp_path, now=Instant.parse("2019-07-02T09:00:05Z"))
    assert {one.rule for one in report.findings} == {"time-in-future"}
    assert str(report.newest) == "2019-07-02T08:59:00Z"


def _results(store: MemoryStore, name: str) -> list[float]:
    rows = [row.entity for row in datastreams(store, observed_property=name).observations()]
    return [row.result for row in rows if isinstance(row, Observation) and isinstance(row.result, float)]
