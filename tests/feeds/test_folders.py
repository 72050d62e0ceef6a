"""Files are taken when they are new or have changed, and when nobody writes to them any more."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from ssclab_data.feeds.status import Condition

from .conftest import FedLab

SETTLED = 60


def write(lab: FedLab, name: str, hour: int, *, age: float = SETTLED, value: float = 1.0) -> Path:
    """Write a file that was last changed so many seconds ago."""
    path = lab.folder / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = f"id;time;pm25\na;2026-06-01T{hour:02}:00:00Z;{value}\n".encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    at = lab.clock.now().us * 1000 - int(age * 1e9)
    os.utime(path, ns=(at, at))
    return path


def run(lab: FedLab, **more: Any) -> Any:
    return lab.one(folder="in", **more)


def test_files_are_taken_once_and_again_when_they_change(lab: FedLab) -> None:
    write(lab, "1.csv", 1)
    write(lab, "sub/2.csv.gz", 2)
    assert run(lab, pattern="**/*").last.stored == 2
    assert (run(lab, pattern="**/*").last.stored, run(lab, pattern="**/*").last.unchanged) == (0, 0)
    write(lab, "1.csv", 1, age=50)  # touched: the same content
    again = run(lab, pattern="**/*")
    assert (again.last.received, again.last.unchanged) == (0, 0)
    write(lab, "1.csv", 1, value=7.0)
    assert run(lab, pattern="**/*").last.stored == 1
    assert lab.rows()[("a", "2026-06-01T01:00:00Z")] == 7.0
    assert run(lab, pattern="**/*").watermark == "2026-06-01T02:00:00Z"


@pytest.mark.parametrize("name", ["1.csv.part", "1.csv.tmp", "1.csv.filepart", "1.csv.crdownload", "1.csv~", ".1.csv"])
def test_a_file_that_is_being_written_waits_by_its_name(lab: FedLab, name: str) -> None:
    write(lab, name, 1)
    status = run(lab)
    assert (status.state, status.parts, lab.rows()) == (Condition.OK, 0, {})


def test_a_file_that_was_just_changed_waits(lab: FedLab) -> None:
    write(lab, "1.csv", 1, age=9)
    assert run(lab).last.stored == 0
    lab.clock.forward(1)
    assert run(lab).last.stored == 1


def test_a_pattern_chooses(lab: FedLab) -> None:
    write(lab, "1.csv", 1)
    write(lab, "2.txt", 2)
    assert run(lab, pattern="*.csv").last.stored == 1


def test_a_file_that_fails_stops_no_other_and_is_tried_until_it_is_mended(lab: FedLab) -> None:
    bad = write(lab, "1.csv", 1)
    content = bad.read_bytes()
    bad.write_bytes(b"\x00")
    at = lab.clock.now().us * 1000 - 60_000_000_000
    os.utime(bad, ns=(at, at))
    write(lab, "2.csv", 2)
    for stored in (1, 0):
        status = run(lab)
        assert (status.state, status.parts_failing, status.last.stored) == (Condition.FAILING, 1, stored)
        assert "1.csv" in status.message
    bad.write_bytes(content)
    os.utime(bad, ns=(at, at))
    assert (run(lab).state, len(lab.rows())) == (Condition.OK, 2)


def test_a_folder_or_file_that_is_not_there_is_told(lab: FedLab) -> None:
    assert "there is no such folder" in run(lab).message
    assert "it cannot be read: No such file" in lab.one(file="nothing.csv").message


def test_one_file_is_taken_when_it_changes(lab: FedLab) -> None:
    write(lab, "1.csv", 1)
    feed = {"file": "in/1.csv"}
    assert [lab.one(**feed).last.stored for _ in range(2)] == [1, 0]
    write(lab, "1.csv", 2, age=50)
    assert lab.one(**feed).last.stored == 1
