"""Large files are read in parts: the same is stored, counted and told as of the whole, in the memory of one part."""

import gzip
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.export import export
from ssclab_data.ingest import IngestOptions, IngestReport, Progress, ingest_files
from ssclab_data.ingest import files as ingest_files_module
from ssclab_data.sources.mapping import load_source
from ssclab_data.stores.memory import MemoryStore

HEAD = "sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2"


def row(number: int, p1: str = "") -> str:
    moment = f"2026-04-{1 + number // 86400:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
    return f"{number % 3};SDS011;7789;51.590;4.780;{moment};{p1 or number % 50};;;{number % 30}.5;;"


def table(rows: int, **broken: str) -> bytes:
    lines = [row(number, broken.get(f"row{number}", "")) for number in range(rows)]
    return "\n".join([HEAD, *lines, ""]).encode()


def api(rows: int) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "timestamp": f"2026-04-01 {number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}",
            "location": {"id": 7789, "latitude": "51.590", "longitude": "4.780"},
            "sensor": {"id": number % 3, "sensor_type": {"name": "SDS011"}},
            "sensordatavalues": [{"value_type": "P1", "value": str(number % 50)}],
        }
        for number in range(rows)
    ]


def ingest(file: Path, **options: Any) -> tuple[IngestReport, str]:
    store = MemoryStore("breda")
    report = ingest_files(store, load_source("sensor-community"), [file], options=IngestOptions(**options))
    out = file.with_suffix(".nt")
    export(store, "ntriples", out, base_iri="https://a.example")
    return report, "".join(sorted(out.read_text().splitlines(keepends=True)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", table(600)),
        ("rows.csv.gz", gzip.compress(table(600))),
        ("list.json", msgspec.json.encode(api(300))),
        ("lines.json", b"\n".join(map(msgspec.json.encode, api(300)))),
        ("small.csv", table(3)),
    ],
)
def test_parts_are_stored_as_the_whole_is(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    whole, stored = ingest(file)
    monkeypatch.setattr(ingest_files_module, "PART_BYTES", 4000)
    told: list[Progress] = []
    parted, stored_in_parts = ingest(file, progress=told.append)
    assert stored_in_parts == stored
    assert (parted.tally, parted.observations, parted.files_read) == (whole.tally, whole.observations, 1)
    assert len(told) > 5 or len(content) < 4000 or name.endswith("gz")
    done = [step.bytes_done for step in told]
    assert (done == sorted(done), done[-1]) == (True, len(content))


def test_a_fault_in_one_part_leaves_the_others_and_is_told_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_files_module, "PART_BYTES", 4000)
    file = tmp_path / "rows.csv"
    file.write_bytes(table(600, row555="wet"))
    report, _ = ingest(file, quarantine=tmp_path / "quarantine")
    (finding,) = report.findings
    assert (finding.rule, finding.record, finding.value) == ("not-a-number", 555, "wet")
    assert (report.observations.created, report.quarantined, report.adds_up) == (1199, 1, True)


def test_a_file_that_is_cut_off_keeps_what_came_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_files_module, "PART_BYTES", 4000)
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(gzip.compress(table(600))[:-40])
    report, _ = ingest(file)
    assert report.observations.created > 0
    assert (report.files_read, report.files_failed, report.parts_failed) == (1, 0, 1)
    assert [finding.rule for finding in report.findings] == ["unreadable-file"]
    assert report.rejected
