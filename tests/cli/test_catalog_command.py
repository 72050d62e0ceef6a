"""The catalogue from the command line."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from ssclab_data.cli.app import build
from ssclab_data.cli.demo import HUB, PUBLICATION
from ssclab_data.cli.nodes import free_ports, write_federation
from ssclab_data.errors import SettingsError
from ssclab_data.lab_files import LAB_FILE
from ssclab_data.linked_data import writing
from ssclab_data.linked_data.dcat_reading import read_catalogue
from ssclab_data.linked_data.graphs import read_graph
from ssclab_data.model import codelists

URL = "https://sensors.breda.example"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    info = msgspec.structs.replace(codelists.municipalities()["breda"], publication=PUBLICATION)
    (tmp_path / LAB_FILE).write_bytes(msgspec.yaml.encode(info))
    return tmp_path


@pytest.mark.parametrize(
    ("form", "media_type"),
    [("turtle", writing.TURTLE), ("jsonld", writing.JSONLD), ("ntriples", writing.NTRIPLES)],
)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
def test_each_format_can_be_written_to_a_file(lab: Path, form: str, media_type: str) -> None:
    out = lab / "catalogue"
    result = CliRunner().invoke(build(), ["catalog", str(lab), "--format", form, "--out", str(out), "--url", URL])
    assert result.exit_code == 0, result.output
    (catalogue,) = read_catalogue(read_graph(out.read_bytes(), media_type)).catalogues
    assert catalogue.iri == "https://ssclab.example/catalog/breda"
    assert catalogue.homepage == f"{URL}/"
    assert "There are no Datastreams yet" in result.stderr


def test_standard_output_is_turtle_and_the_address_may_be_a_setting(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSCLAB_BASE_URL", URL)
    result = CliRunner().invoke(build(), ["catalog", str(lab)])
    assert result.exit_code == 0
    assert "<https://ssclab.example/catalog/breda> a dcat:Catalog ;" in result.stdout


def test_without_an_address_it_says_what_to_give(lab: Path) -> None:
    result = CliRunner().invoke(build(), ["catalog", str(lab)])
    assert isinstance(result.exception, SettingsError)
    assert "give --url" in str(result.exception)


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(build(), ["catalog", str(tmp_path / "nowhere"), "--url", URL])
    assert isinstance(result.exception, SettingsError)


def test_a_hub_of_which_no_lab_answers_is_an_error(tmp_path: Path) -> None:
    descriptor = tmp_path / "federation.yaml"
    (port,) = free_ports(1)
    breda = codelists.municipalities()["breda"]
    write_federation(descriptor, [breda], [f"http://127.0.0.1:{port}"], deadline=2, publication=HUB)
    result = CliRunner().invoke(build(), ["catalog", str(descriptor), "--url", URL])
    assert result.exit_code != 0
    assert "breda" in str(result.exception)


def test_a_lab_file_with_a_licence_of_no_list_is_refused(lab: Path) -> None:
    file = lab / LAB_FILE
    file.write_text(file.read_text().replace("cc0", "mine"))
    result = CliRunner().invoke(build(), ["catalog", str(lab), "--url", URL])
    assert "no licence 'mine'; known: cc0" in str(result.exception)
