"""Check a catalogue as a target: the one of a lab is in order, and a fault in it is found."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ssclab_data import Lab
from ssclab_data.inspection.run import Options, inspect
from ssclab_data.inspection.targets import read_target
from ssclab_data.validation.profile import load_profile


@pytest.fixture(scope="module")
def catalogue(filled: Lab) -> str:
    with TestClient(filled.asgi(base_url="https://breda.example")) as client:
        return str(client.get("/catalog", headers={"Accept": "text/turtle"}).text)


@pytest.mark.parametrize("profile", ["", "lab-core@1"])
def test_the_catalogue_of_a_lab_lacks_nothing_but_what_the_lab_has_not_told(
    profile: str, catalogue: str, tmp_path: Path
) -> None:
    file = tmp_path / "catalog.ttl"
    file.write_text(catalogue)
    outcome = inspect(read_target(str(file)), Options(profile=load_profile(profile) if profile else None))
    assert outcome.checked["Catalog"] == 1
    faults = {one.path.rpartition("/")[2] for one in outcome.findings if one.severity == "error"}
    assert faults <= {"dcat:contactPoint", "dct:license"}, "of these no lab can be given another's"


def test_a_fault_is_found(catalogue: str, tmp_path: Path) -> None:
    file = tmp_path / "catalog.ttl"
    assert "dct:identifier" in catalogue
    file.write_text(catalogue.replace("dct:identifier", "dct:identifer"))
    outcome = inspect(read_target(str(file)), Options())
    assert "dct:identifier" in {one.path.rpartition("/")[2] for one in outcome.findings if one.severity == "error"}
