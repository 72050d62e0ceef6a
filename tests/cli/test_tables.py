"""Tables and the registry on the command line."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from ssclab_data import Lab
from ssclab_data.cli.app import build
from ssclab_data.testing import ask

MAPPING = """
source: vendor
title: test
documentation: test
forms: [{name: one, reader: json, having: [t]}]
time: {fields: [t], zone: UTC, because: test}
thing: {id: [id], name: "{stations.name|id}", description: test}
sensor: {id: [id], name: "Sensor {id}", description: test}
fields: {no2: {property: no2, unit: ug/m3}}
place: {longitude: lon, latitude: lat}
lookups: {stations: {key: code, "on": id}}
"""
LAB = "key: breda\nname: Breda\nmunicipality: gm0758\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vendor.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "lab.yaml").write_text(LAB, encoding="utf-8")
    (tmp_path / "stations.csv").write_text("code,name\n7,Markt\n", encoding="utf-8")
    record = {"t": "2026-03-01T12:00:00Z", "no2": 7, "lon": 4.78, "lat": 51.58}
    (tmp_path / "row.json").write_bytes(msgspec.json.encode([record]))
    return tmp_path


def run(*words: object) -> Any:
    return CliRunner().invoke(build(), [str(word) for word in words])


def things(folder: Path) -> list[str]:
    with Lab.open(folder) as lab:
        return [str(getattr(row.entity, "name", "")) for row in lab.store.read(ask("Thing")).rows]


def test_a_table_and_a_field_are_given(folder: Path) -> None:
    words = ("ingest", folder / "vendor.yaml", folder / "row.json", "--lab", folder)
    done = run(*words, "--table", f"stations={folder / 'stations.csv'}", "--given", "id=7")
    assert done.exit_code == 0, done.output
    assert things(folder) == ["Markt"]


def test_what_is_checked_beforehand_is_what_is_ingested(folder: Path) -> None:
    """Without the id every record is refused, without the table a warning is left."""
    words = ("validate", "--source", folder / "vendor.yaml", folder / "row.json")
    assert run(*words).exit_code == 1
    loose = run(*words, "--given", "id=7")
    assert (loose.exit_code, "table-not-given" in loose.output) == (0, True), loose.output
    full = run(*words, "--given", "id=7", "--table", f"stations={folder / 'stations.csv'}")
    assert (full.exit_code, "table-not-given" in full.output) == (0, False), full.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--table", "stations"), "write it as NAME=VALUE"),
        (("--given", "=7"), "write it as NAME=VALUE"),
        (("--given", "id=7", "--given", "id=8"), "gives 'id' twice"),
        (("--table", "stations=gone.csv"), "cannot read gone.csv"),
    ],
)
def test_what_is_given_wrongly_is_refused(folder: Path, words: tuple[str, ...], message: str) -> None:
    done = run("ingest", folder / "vendor.yaml", folder / "row.json", "--lab", folder, *words)
    assert message in str(done.exception)


def test_a_registry_is_checked_with_its_lab_and_alone(folder: Path) -> None:
    registry = folder / "registry.csv"
    registry.write_text("device,placement\n7,public-space\n8,roof\n", encoding="utf-8")
    run("ingest", folder / "vendor.yaml", folder / "row.json", "--lab", folder, "--given", "id=7")
    for target in (registry, folder):
        done = run("validate", target)
        assert done.exit_code == 1, done.output
        assert "wrong-row" in done.output
    registry.write_text("device,placement\n7,public-space\n8,home\n", encoding="utf-8")
    assert run("validate", registry).exit_code == 0


def test_a_record_without_an_id_passes_when_it_is_given_one(folder: Path) -> None:
    """The quarantine keeps it whole, so that it is read again with what is known from outside."""
    record = {"time": "2026-01-08T22:00:06Z", "p_unitserialnumber": "", "s_temperatureambient": 294650}
    (folder / "last.json").write_bytes(msgspec.json.encode(record))
    kept = run("ingest", "smart-emission", folder / "last.json", "--lab", folder, "--quarantine", folder / "q")
    assert (kept.exit_code, things(folder)) == (1, [])
    assert run("replay", folder / "q", "--lab", folder).exit_code == 1
    done = run("replay", folder / "q", "--lab", folder, "--given", "p_unitserialnumber=7")
    assert done.exit_code == 0, done.output
    assert things(folder) == ["Smart Emission unit 7"]
