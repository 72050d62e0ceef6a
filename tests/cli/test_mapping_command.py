"""Commands on mappings, and mappings that a package brings: by name they work as our own do."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from ssclab_data.cli.app import build

MAPPING = """source: straatlab
title: Straatlab
documentation: x
forms:
  - {name: a, reader: json, having: [at], decode: {data: twice}}
time: {fields: [at], because: x}
thing: {id: [id], name: "{id}", description: x}
sensor: {id: [id], name: "{id}", description: x}
fields:
  data.pm10: {property: pm10, unit: ug/m3, maximum: 100}
"""
PLAIN = MAPPING.replace(", decode: {data: twice}", "").replace("data.pm10", "pm10")
PAYLOAD = b'{"id": "A1", "at": "2026-05-01T10:00:00Z", "pm10": 5}'


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(build(), [str(one) for one in arguments])
    return done.exit_code, done.output


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    mapping, payload = tmp_path / "straatlab.yaml", tmp_path / "payload.json"
    mapping.write_text(PLAIN)
    payload.write_bytes(PAYLOAD)
    return mapping, payload


def test_a_check_tells_and_ends_with_1(files: tuple[Path, Path]) -> None:
    mapping, _ = files
    assert run("mapping", "check", mapping) == (0, "1 mapping without a mistake\n")
    mapping.write_text(PLAIN.replace("property: pm10", "property: pm99"))
    code, said = run("mapping", "check", mapping)
    assert (code, said.startswith(f"{mapping}:10 at fields.pm10.property: error: 'pm99'")) == (1, True)


def test_coverage_and_trial_are_for_machines_too(files: tuple[Path, Path]) -> None:
    mapping, payload = files
    code, said = run("mapping", "coverage", mapping, payload, "--format", "json")
    found = msgspec.json.decode(said)
    assert (code, found["forms"], [one["fate"] for one in found["fields"]]) == (
        0,
        {"a": 1},
        ["mapped", "structure", "structure"],
    )
    code, said = run("mapping", "try", mapping, payload, "--format", "json")
    trial = msgspec.json.decode(said)
    assert (code, trial["things"][0]["key"], trial["datastreams"][0]["first"]) == (0, "straatlab/A1", 5.0)
    payload.write_bytes(PAYLOAD.replace(b'"pm10": 5', b'"pm10": 500, "x": 1'))
    code, said = run("mapping", "try", mapping, payload)
    assert code == 1
    assert "outside-limits" in said
    assert "unknown-field" in said
    assert run("mapping", "coverage", mapping, payload)[0] == 1


def test_a_draft_replaces_no_file(files: tuple[Path, Path], tmp_path: Path) -> None:
    mapping, payload = files
    code, text = run("mapping", "new", payload)
    assert code == 0
    assert text.startswith("# yaml-language-server: $schema=")
    assert "\nsource: payload\n" in text
    address = text.partition("$schema=")[2].partition("\n")[0]
    assert msgspec.json.decode(run("mapping", "schema")[1])["$id"] == address, "the same on every machine"
    done = CliRunner().invoke(build(), ["mapping", "new", str(payload), "--out", str(mapping)])
    assert "replaces nothing" in str(done.exception)
    assert mapping.read_text() == PLAIN
    drafted = tmp_path / "drafted.yaml"
    assert run("mapping", "new", payload, "--out", drafted, "--source", "mine")[0] == 0
    assert run("mapping", "check", drafted)[0] == 0


PACKAGE = '''"""A package of a city."""

from importlib.resources import files

MAPPING = (files("city_sensors") / "straatlab.yaml").read_text()


def twice(data):
    """Decode one byte."""
    if len(data) != 1:
        raise ValueError("one byte belongs here")
    return {"pm10": data[0] * 2}
'''
ENTRY_POINTS = """[ssclab_data.mappings]
straatlab = city_sensors:MAPPING

[ssclab_data.decoders]
twice = city_sensors:twice
"""


def test_a_package_brings_a_mapping_and_a_decoder(tmp_path: Path) -> None:
    """The byte 0x0a is 10, twice that is 20; two bytes are a finding."""
    package, about = tmp_path / "city_sensors", tmp_path / "city_sensors-1.0.dist-info"
    package.mkdir()
    about.mkdir()
    (package / "__init__.py").write_text(PACKAGE)
    (package / "straatlab.yaml").write_text(MAPPING)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: city-sensors\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    payload = tmp_path / "payload.ndjson"
    rows = [
        f'{{"id": "A1", "at": "2026-05-01T1{hour}:00:00Z", "data": "{data}"}}'
        for hour, data in ((0, "Cg=="), (1, "CgA="))
    ]
    payload.write_text("\n".join(rows))

    def ssclab(*arguments: object) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ssclab_data", *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    trial = msgspec.json.decode(ssclab("mapping", "try", "straatlab", payload, "--format", "json"))
    assert [one["result"] for one in trial["observations"]] == [20.0]
    assert [one["rule"] for one in trial["findings"]] == ["cannot-decode"]
    assert trial["tally"]["records_partly"] == 1
    ssclab("init", "breda")
    said = ssclab("ingest", "straatlab", payload, "--lab", "breda")
    assert (
        " ".join(next(line for line in said.splitlines() if line.startswith("Observation")).split())
        == "Observation 1 1 0 0 0 0"
    )
    assert "cannot-decode" in ssclab("validate", payload, "--source", "straatlab", "--format", "json")
