"""A folder, or an installed package, adds a module, a code, a profile, a schema and a mapping; nothing stays behind."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ssclab_data import resources
from ssclab_data.cli.app import build
from ssclab_data.model.codelists import read
from ssclab_data.ontology import registry
from ssclab_data.sources.mapping import source_names
from ssclab_data.validation.profile import profile_names
from ssclab_data.validation.schemas import schema_names
from ssclab_data.workgroup.check import check
from ssclab_data.workgroup.new_module import NewModule, make_module, with_entry
from ssclab_data.workgroup.workspace import find

PROFILE = """description: {en: Tides., nl: Getij.}
based_on: [lab-core@1]
modules: [tides]
observed_properties: [water-level]
"""

ENTRY = """- id: lab-tides
  version: 1
  status: draft
  title: {en: Tides, nl: Getij}
  folder: profiles/lab-tides/1
"""

MAPPING = """source: tide-gauge
title: Tide gauges
documentation: none
forms: [{name: levels, reader: json, having: [gauge, at]}]
time: {fields: [at], because: the harbour says so}
thing: {id: [gauge], name: "Gauge {gauge}", description: "Tide gauge {gauge}"}
sensor: {id: [gauge], name: "Float {gauge}", description: "Float of {gauge}"}
fields:
  level: {property: water-level, unit: m}
"""

SCHEMA = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://example.org/schemas/tide",
  "title": "Tide",
  "description": "One tide.",
  "type": "object"
}
"""

PACKAGE = "from pathlib import Path\n\nFOLDER = Path(__file__).parent\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    folder = tmp_path / "tide_extension"
    make_module(NewModule(id="tides", title_nl="Getij", title_en="Tides"), folder)
    list_ = "observed-properties"
    row = dict.fromkeys(read(list_)[0], "") | {
        "id": "water-level",
        "definition": "https://example.org/level",
        "label_en": "water level",
        "label_nl": "waterstand",
        "ucum": "m",
        "quantity_kind": "Length",
        "averaging": "arithmetic",
    }
    write(folder / f"ontologies/codelists/{list_}.csv", f"{','.join(row)}\n{','.join(row.values())}\n")
    file = folder / "ontologies/registry.yaml"
    file.write_text(with_entry(file.read_text(), "profiles", ENTRY))
    write(folder / "ontologies/profiles/lab-tides/1/profile.yaml", PROFILE)
    write(folder / "mappings/tide-gauge.yaml", MAPPING)
    write(folder / "schemas/models/tide.schema.json", SCHEMA)
    return folder


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Each test ends with the models that were there before."""
    before = known()
    yield
    resources.use(())
    assert known() == before


def known() -> tuple[object, ...]:
    return tuple(registry.modules()), profile_names(), source_names(), schema_names(), read("observed-properties")


def run(*words: object) -> Result:
    return CliRunner().invoke(build(), [str(word) for word in words])


def test_an_extension_is_well_before_it_is_in_use(extension: Path) -> None:
    done = run("ontology", "check", extension, "--strict")
    assert (done.exit_code, done.stdout) == (0, "all is well\n")
    assert resources.chosen() == ()


def test_a_folder_adds_each_kind_of_file(extension: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSCLAB_EXTENSIONS", str(extension))
    assert "tide-gauge" in run("sources").stdout.split()
    assert run("ontology", "check", "tides").exit_code == 0
    explained = run("ontology", "explain", "waterstand").stdout
    assert "mapping tide-gauge: level" in explained
    assert "profile lab-tides@1" in explained
    assert "(class, tides)" in run("ontology", "explain", "tides:Site").stdout
    assert "models/tide" in schema_names()


def test_a_profile_and_a_mapping_of_an_extension_validate(extension: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSCLAB_EXTENSIONS", str(extension))
    payload = extension.parent / "levels.json"
    payload.write_text('[{"gauge": "7", "at": "2026-01-08T22:00:00Z", "level": 1.5}]')
    done = run("validate", payload, "--source", "tide-gauge", "--profile", "lab-tides@1", "--format", "json")
    assert done.exit_code in (0, 1), done.output
    assert "lab-tides@1" in done.stdout
    assert "property-not-in-profile" not in done.stdout


def test_an_installed_package_announces_its_folder(extension: Path) -> None:
    """A stand-in for an installed package: a folder on the path with its metadata."""
    (extension / "__init__.py").write_text(PACKAGE)
    metadata = extension.parent / "tide_extension-1.0.dist-info"
    write(metadata / "METADATA", "Metadata-Version: 2.1\nName: tide-extension\nVersion: 1.0\n")
    write(metadata / "entry_points.txt", "[ssclab_data.extensions]\ntides = tide_extension:FOLDER\n")
    environment = {**os.environ, "PYTHONPATH": str(extension.parent)}
    command = [sys.executable, "-m", "ssclab_data", "ontology", "explain", "tides:Site"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert (done.returncode, "(class, tides)" in done.stdout) == (0, True), done.stderr
    assert "tides" not in registry.modules()


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


WRONG = [
    (replaced("mappings/tide-gauge.yaml", "unit: m}", "unit: furlong}"), "mapping-wrong", "tide-gauge.yaml", 9),
    (replaced("mappings/tide-gauge.yaml", "title: Tide", "titel: Tide"), "mapping-wrong", "tide-gauge.yaml", 2),
    (replaced("ontologies/profiles/lab-tides/1/profile.yaml", "[tides]", "[tide]"), "profile-wrong", "profile.yaml", 1),
    (replaced("schemas/models/tide.schema.json", '"type"', '"typ"'), "schema-wrong", "tide.schema.json", 1),
    (replaced("schemas/models/tide.schema.json", '"object"\n', '"object",\n'), "file-syntax", "tide.schema.json", 7),
    (
        replaced("ontologies/codelists/observed-properties.csv", ",waterstand", ","),
        "list-cell-empty",
        "observed-properties.csv",
        2,
    ),
    (replaced("ontologies/registry.yaml", "prefix: tides", "prefix: device"), "registry-wrong", "registry.yaml", 4),
]


@pytest.mark.parametrize(("change", "rule", "file", "line"), WRONG, ids=[f"{row[1]}-{row[3]}" for row in WRONG])
def test_faults_beside_modules_are_told(
    extension: Path, change: Callable[[Path], None], rule: str, file: str, line: int
) -> None:
    change(extension)
    workspaces = find([str(extension)])
    resources.use([extension])
    found = {(one.rule, Path(one.file).name, one.line) for one in check(workspaces)}
    resources.use(())
    assert (rule, file, line) in found


def test_an_extension_cannot_take_an_id_of_ours(extension: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced("ontologies/registry.yaml", "- id: tides", "- id: device")(extension)
    done = subprocess.run(
        [sys.executable, "-m", "ssclab_data", "ontology", "check", "air"],
        capture_output=True,
        text=True,
        env={**os.environ, "SSCLAB_EXTENSIONS": str(extension)},
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "two registries list module 'device'" in done.stderr
