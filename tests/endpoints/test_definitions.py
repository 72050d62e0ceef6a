"""Our terms and codes are found at their IRIs, those of extensions too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from starlette.testclient import TestClient

from ssclab_data import resources
from ssclab_data.linked_data.graphs import read_graph
from ssclab_data.ontology import codelists
from ssclab_data.ontology.registry import modules

BASE = "https://ssclab.example"
FORMS = ("text/turtle", "application/ld+json", "application/n-triples")


@pytest.mark.parametrize("id_", list(modules()))
def test_each_module_and_its_version_are_the_same_in_each_form(client: TestClient, id_: str) -> None:
    module = modules()[id_]
    sizes = set()
    for path in (module.entry.namespace.rstrip("#"), module.version_iri):
        for form in FORMS:
            answer = client.get(path.removeprefix(BASE), headers={"Accept": form})
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, form)
            sizes.add(len(read_graph(answer.content, form)))
    assert len(sizes) == 1
    assert sizes.pop() > 0


@pytest.mark.parametrize("name", list(codelists.names()))
def test_each_code_list_and_each_code_resolve(client: TestClient, name: str) -> None:
    whole = read_graph(client.get(f"/def/{name}?f=nt").content, "application/n-triples")
    concepts = list(whole.subjects(rdflib.RDF.type, rdflib.SKOS.Concept))
    assert concepts
    for concept in (concepts[0], concepts[-1]):
        answer = client.get(str(concept).removeprefix(BASE), headers={"Accept": "text/turtle"})
        found = read_graph(answer.content, "text/turtle")
        assert set(found) == set(whole.triples((concept, None, None)))


def test_a_context_is_served_beside_each_module(client: TestClient) -> None:
    for id_ in modules():
        answer = client.get(f"/def/{id_}/context.jsonld")
        assert answer.status_code in (200, 404)
        if answer.status_code == 200:
            assert isinstance(answer.json()["@context"], dict)


@pytest.mark.parametrize(
    ("path", "accept", "status", "code", "why"),
    [
        ("/def/nothing", "*/*", 404, "unknown-name", "no module or list"),
        ("/def/core/0.0.1", "*/*", 404, "unknown-name", "a version that is not here"),
        ("/def/units/furlong", "*/*", 404, "unknown-name", "no code of the list"),
        ("/def/units/..%2f..%2fregistry.yaml", "*/*", 404, "unknown-name", "codes are no file names"),
        ("/def/core?f=html", "*/*", 400, "unknown-name", "there is no page of it here"),
        ("/def/core", "image/png", 406, "not-acceptable", "no form of it"),
    ],
)
def test_what_is_refused(client: TestClient, path: str, accept: str, status: int, code: str, why: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (status, code), why


@pytest.fixture
def extension(tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "more" / "ontologies"
    (folder / "soil" / "0.1.0").mkdir(parents=True)
    (folder / "codelists").mkdir()
    (folder / "registry.yaml").write_text(
        "modules:\n  - {id: soil, prefix: soil, namespace: 'https://ssclab.example/def/soil#', version: 0.1.0,"
        " status: draft, title: {nl: Bodem, en: Soil}, maintainers: [x], licence: CC0-1.0, folder: soil/0.1.0}\n"
    )
    (folder / "soil" / "0.1.0" / "soil.ttl").write_text(
        "<https://ssclab.example/def/soil> a <http://www.w3.org/2002/07/owl#Ontology> ."
    )
    (folder / "soil" / "0.1.0" / "context.jsonld").write_text('{"@context": {"soil": "urn:soil:"}}')
    (folder / "codelists" / "soils.csv").write_text("code,label_nl,label_en\nclay,klei,clay\n")
    (folder / "codelists" / "code-lists.csv").write_text(
        "name,label_en,label_nl,definition_en,definition_nl\nsoils,soils,bodems,,\n"
    )
    resources.use([tmp_path / "more"])
    yield
    resources.use([])


@pytest.mark.usefixtures("extension")
def test_modules_and_lists_of_an_extension_are_served_too(client: TestClient) -> None:
    for path in ("/def/soil", "/def/soil/0.1.0", "/def/soil/context.jsonld", "/def/soils", "/def/soils/clay"):
        assert client.get(path).status_code == 200, path
    assert "klei" in client.get("/def/soils/clay?f=ttl").text
