"""The models of devices, lighting and labs: shapes with two engines, questions, and records as JSON and as RDF."""

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.namespace import RDF, XSD

from ssclab_data.errors import SourceError
from ssclab_data.inspection.shapes import background_of
from ssclab_data.linked_data.graphs import JSONLD, NTRIPLES, TURTLE, answer, read_graph, term_text
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.model.codelists import read
from ssclab_data.ontology import alignments, codelists
from ssclab_data.ontology.registry import module
from ssclab_data.validation.json_schema import check_against
from ssclab_data.validation.shacl import ShaclOutcome, ShaclResult, check_graph

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = ("device", "lighting", "lab")
ENGINES = ("pyshacl", "shacl")
RECORDS = {
    "device": "device",
    "lighting-solution": "lighting",
    "solution": "lab",
    "maturity-assessment": "lab",
    "lab": "lab",
}
"""The schemas of records, and the module that has the terms of each."""

DEF = "https://ssclab.example/def/"
PROPERTIES = {row["definition"] for row in read("observed-properties")}
NAMESPACES = {**PREFIXES, **{name: f"{DEF}{name}#" for name in MODULES}}
EXPECTED = re.compile(r"# expect: (\S+) on (\S+)")


def folder(name: str) -> Path:
    return REPOSITORY / "ontologies" / "modules" / name / module(name).entry.version


def examples(name: str, kind: str) -> list[Path]:
    found = sorted((folder(name) / "examples" / kind).glob("*.ttl"))
    assert found, f"no {kind} examples of {name}"
    return found


def records(schema: str, kind: str) -> list[Path]:
    found = sorted((REPOSITORY / "schemas" / "examples" / "models" / schema / kind).glob("*.json"))
    assert found, f"no {kind} records of {schema}"
    return found


def of_modules(kind: str) -> list[Any]:
    return [pytest.param(name, path, id=f"{name}-{path.stem}") for name in MODULES for path in examples(name, kind)]


def of_records(kind: str, *schemas: str) -> list[Any]:
    return [
        pytest.param(schema, path, id=f"{schema}-{path.stem}")
        for schema in schemas or tuple(RECORDS)
        for path in records(schema, kind)
    ]


@cache
def turtle(path: Path) -> Graph:
    return read_graph(path.read_bytes(), TURTLE, where=str(path))


@cache
def shapes(name: str) -> Graph:
    return turtle(folder(name) / "shapes.ttl")


@cache
def background() -> Graph:
    return codelists.graph(*sorted({codelist for name in MODULES for codelist in lists_of(name)}))


def lists_of(name: str) -> list[str]:
    """The code lists that the context of a module leads values into."""
    spaces = [base_of(term) for term in context(name)["@context"].values()]
    return [space.removeprefix(DEF).rstrip("/") for space in spaces if space]


def base_of(term: Any) -> str:
    """Where the codes of a term begin: a base and no @vocab, for a code may have the name of another term."""
    return str(term.get("@context", {}).get("@base", "")) if isinstance(term, dict) else ""


def check(data: Graph, name: str, engine: str, known: Graph | None = None) -> ShaclOutcome:
    return check_graph(data, shapes(name), engine=engine, background=known)  # type: ignore[arg-type]


def iri(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return NAMESPACES[prefix] + local


def place(result: ShaclResult, data: Graph) -> set[str]:
    """Where a result is, as an example says it: the properties of the path, or the classes of the node."""
    if result.path:
        parts = re.findall(r"<([^>]+)>", result.path) or [result.path]
        return {"/".join(parts)}
    return {str(class_) for class_ in data.objects(URIRef(result.focus), RDF.type)}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "path"), of_modules("ok"))
def test_an_ok_example_conforms(name: str, path: Path, engine: str) -> None:
    found = check(turtle(path), name, engine)
    assert found.conforms, found.results


@pytest.mark.parametrize(("name", "path"), of_modules("ok"))
def test_an_ok_example_says_of_codes_what_the_code_lists_say(name: str, path: Path) -> None:
    for code in {str(term) for triple in turtle(path) for term in triple if re.match(rf"{DEF}[a-z-]+/", str(term))}:
        assert code in PROPERTIES or (URIRef(code), RDF.type, None) in background(), code
    of_codes = [triple for triple in turtle(path) if str(triple[0]).startswith(DEF)]
    assert all(triple in background() for triple in of_codes)


@pytest.mark.parametrize(("name", "path"), of_modules("fail"))
def test_a_fail_example_fails_as_it_says(name: str, path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    stated = EXPECTED.fullmatch(first)
    assert stated, first
    component, where = iri(stated[1]), "/".join(map(iri, stated[2].split("/")))
    data = turtle(path)
    outcomes = [check(data, name, engine) for engine in ENGINES]
    for outcome in outcomes:
        assert component in {result.component for result in outcome.results if where in place(result, data)}
        assert all("nl" in result.messages and "en" in result.messages for result in outcome.results)
    seen = [{(one.component, one.path, one.shape) for one in outcome.results} for outcome in outcomes]
    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", MODULES)
def test_the_constraints_of_most_kinds_have_an_example_that_fails(name: str) -> None:
    """An example that fails for another reason than its own would show here as a missing kind."""
    stated = {EXPECTED.findall(path.read_text(encoding="utf-8"))[0] for path in examples(name, "fail")}
    assert len(stated) >= 10
    assert len({component for component, _ in stated}) >= 6


@cache
def all_examples(name: str) -> Graph:
    merged = turtle(examples(name, "ok")[0])
    for path in examples(name, "ok")[1:]:
        merged = merged + turtle(path)
    return merged


def questions() -> Iterator[Any]:
    for name in MODULES:
        for path in sorted((folder(name) / "tests").glob("*.rq")):
            yield pytest.param(name, path, id=f"{name}-{path.stem}")


@pytest.mark.parametrize(("name", "path"), list(questions()))
def test_a_question_is_answered_from_the_examples(name: str, path: Path) -> None:
    query = path.read_text(encoding="utf-8")
    expected = list(csv.reader(path.with_suffix(".expected.csv").read_text(encoding="utf-8").splitlines()))
    names, rows = answer(all_examples(name), query, where=str(path))
    assert [list(names), *map(list, rows)] == expected
    store = pyoxigraph.Store()
    store.load(all_examples(name).serialize(format="nt").encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)
    solutions = store.query(query)
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    assert [[str(getattr(value, "value", "")) for value in row] for row in solutions] == expected[1:]


@pytest.mark.parametrize("name", MODULES)
def test_each_requirement_is_a_question_with_an_answer(name: str) -> None:
    rows = list(csv.DictReader((folder(name) / "requirements.csv").read_text().splitlines(), delimiter=";"))
    asked = sorted(path.stem for path in (folder(name) / "tests").glob("*.rq"))
    assert [row["Id"] for row in rows] == asked
    assert len(rows) >= 3
    assert all(row["Question_nl"].endswith("?") and row["Question_en"].endswith("?") for row in rows)


# Code lists


def chosen_codes(graph: Graph) -> Iterator[list[str]]:
    for head in graph.objects(None, URIRef(iri("sh:in"))):
        yield [str(item) for item in Collection(graph, head)]


@pytest.mark.parametrize("name", MODULES)
def test_shapes_allow_exactly_the_codes_of_a_list(name: str) -> None:
    lists = [codes for codes in chosen_codes(shapes(name)) if codes[0].startswith(DEF)]
    assert lists
    for codes in lists:
        known = codes[0].removeprefix(DEF).partition("/")[0]
        assert codes == [codelists.concept_iri(known, next(iter(row.values()))) for row in read(known)]


def enumerations(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "x-codelist" in schema:
            yield schema
        for part in schema.values():
            yield from enumerations(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from enumerations(part)


@pytest.mark.parametrize("schema", [*RECORDS, "records"])
def test_schemas_allow_exactly_the_codes_of_a_list(schema: str) -> None:
    path = REPOSITORY / "schemas" / "models" / f"{schema}.schema.json"
    found = list(enumerations(json.loads(path.read_text(encoding="utf-8"))))
    assert found
    for one in found:
        assert one["enum"] == [next(iter(row.values())) for row in read(one["x-codelist"])], one["x-codelist"]


@pytest.mark.parametrize("name", MODULES)
def test_contexts_lead_codes_into_a_list(name: str) -> None:
    assert lists_of(name)
    for codelist in lists_of(name):
        first = next(iter(read(codelist)[0].values()))
        assert codelists.concept_iri(codelist, first) == f"{DEF}{codelist}/{first}"


@pytest.mark.parametrize("part", ["maturity-dimensions", "maturity-levels"])
def test_each_dimension_and_level_is_part_of_one_model(part: str) -> None:
    schemes = {codelists.concept_iri("maturity-schemes", row["code"]) for row in read("maturity-schemes")}
    assert {row["dct:isPartOf"] for row in read(part)} <= schemes


def test_the_levels_of_a_model_are_in_order() -> None:
    positions: dict[str, list[int]] = {}
    for row in read("maturity-levels"):
        positions.setdefault(row["dct:isPartOf"], []).append(int(row["sdo:position"]))
    assert all(found == list(range(1, len(found) + 1)) for found in positions.values())


def test_the_areas_are_those_of_the_seven_labs() -> None:
    assert [row["code"] for row in read("lab-areas")] == [row["character"] for row in read("municipalities")]


@pytest.mark.needs("standards")
@pytest.mark.parametrize(
    ("codelist", "attribute"),
    [
        ("luminaire-statuses", "status"),
        ("luminaire-power-states", "powerState"),
        ("lighting-control-methods", "controllingMethod"),
        ("lighting-locations", "locationCategory"),
    ],
)
def test_codes_of_luminaires_are_those_of_streetlight(codelist: str, attribute: str, standards: Path) -> None:
    schema = json.loads((standards / "smart-data-models" / "Streetlight.schema.json").read_text(encoding="utf-8"))
    own = schema["allOf"][-1]["properties"][attribute]
    assert sorted(row["code"] for row in read(codelist)) == sorted(own["enum"])


@pytest.mark.needs("standards")
@pytest.mark.parametrize(("part", "model"), [("Device", "Device"), ("Streetlighting", "Streetlight")])
def test_what_is_aligned_with_a_model_is_in_its_schema(part: str, model: str, standards: Path) -> None:
    schema = json.loads((standards / "smart-data-models" / f"{model}.schema.json").read_text(encoding="utf-8"))
    known = {model, *schema["allOf"][-1]["properties"]}
    start = f"https://smartdatamodels.org/dataModel.{part}/"
    rows = [row for row in alignments.read("fiware").rows if row.object.startswith(start)]
    assert len(rows) >= 8
    assert {row.object.removeprefix(start) for row in rows} <= known
    ours = {row.subject for row in rows if row.subject.startswith(DEF)}
    assert ours <= {str(term) for name in MODULES for term in turtle(folder(name) / f"{name}.ttl").subjects()}


# Records: JSON -> JSON-LD -> RDF -> shapes


@cache
def context(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder(name) / "context.jsonld").read_text(encoding="utf-8"))
    return found


def linked(name: str, document: dict[str, Any]) -> bytes:
    return json.dumps({**context(name), **document}).encode()


def values(document: object) -> int:
    """How many statements a record makes: one for each value but the name of a node."""
    if isinstance(document, dict):
        return sum(values(part) + _own(part) for key, part in document.items() if key != "id")
    if isinstance(document, list):
        return sum(values(part) for part in document)
    return 0


def _own(part: object) -> int:
    return len(part) if isinstance(part, list) else 1


def by_value(graph: Graph) -> Graph:
    """One way of writing doubles: readers write the exponent or not."""
    found = Graph()
    for subject, predicate, value in graph:
        if isinstance(value, Literal) and value.datatype == XSD.double:
            found.add((subject, predicate, Literal(float(str(value)))))
        else:
            found.add((subject, predicate, value))
    return found


@pytest.mark.parametrize(("schema", "path"), of_records("ok"))
def test_a_record_keeps_all_its_values_as_linked_data(schema: str, path: Path) -> None:
    name, document = RECORDS[schema], json.loads(path.read_text(encoding="utf-8"))
    assert check_against(f"models/{schema}", document) == ()
    content = linked(name, document)
    graph = read_graph(content, JSONLD)
    assert len(graph) == values(document)
    quads = pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.JSON_LD)
    other = read_graph("".join(f"{quad.triple} .\n" for quad in quads).encode(), NTRIPLES)
    assert isomorphic(by_value(graph), by_value(other))
    used = {str(term) for triple in graph for term in triple if isinstance(term, URIRef)}
    own = {term for term in used if term.startswith(f"{DEF}{name}#")}
    assert own
    assert own <= {str(term) for term in turtle(folder(name) / f"{name}.ttl").subjects()}
    codes = {term for term in used if re.match(rf"{DEF}[a-z-]+/", term)}
    assert {code for code in codes if (URIRef(code), RDF.type, None) not in background()} <= PROPERTIES


@pytest.mark.parametrize(("schema", "path"), of_records("ok"))
def test_a_record_conforms_to_the_shapes(schema: str, path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    graph = read_graph(linked(RECORDS[schema], document), JSONLD)
    for engine in ENGINES if schema == "maturity-assessment" else ENGINES[1:]:
        outcome = check(graph, RECORDS[schema], engine, background() + own_concepts(document))
        assert outcome.conforms, outcome.results


def own_concepts(document: dict[str, Any]) -> Graph:
    """What a lab with levels of its own says of them: they are part of the model."""
    graph = Graph()
    if document["type"] == "MaturityAssessment":
        scheme = document["scheme"]
        model = scheme if ":" in scheme else codelists.concept_iri("maturity-schemes", scheme)
        for key in ("dimension", "currentLevel", "wantedLevel"):
            if ":" in document[key]:
                graph.add((URIRef(document[key]), URIRef(iri("dct:isPartOf")), URIRef(model)))
    return graph


def test_a_maturity_assessment_becomes_these_statements() -> None:
    document = json.loads(records("maturity-assessment", "ok")[1].read_text(encoding="utf-8"))
    assert document["scheme"] == "odi-2015"
    graph = read_graph(linked("lab", document), JSONLD)
    labs = "https://labs.example/id/"
    assert {(term_text(predicate), term_text(value)) for _, predicate, value in graph} == {
        (f"<{iri(predicate)}>", value)
        for predicate, value in (
            ("rdf:type", f"<{DEF}lab#MaturityAssessment>"),
            ("ssc:lab", f"<{labs}helmond>"),
            ("lab:scheme", f"<{DEF}maturity-schemes/odi-2015>"),
            ("lab:dimension", f"<{DEF}maturity-dimensions/odi-processes>"),
            ("lab:currentLevel", f"<{DEF}maturity-levels/odi-2>"),
            ("lab:wantedLevel", f"<{DEF}maturity-levels/odi-4>"),
            ("dct:date", f'"2026-05-12"^^<{XSD.date}>'),
            ("lab:assessorRole", f"<{DEF}assessor-roles/data-steward>"),
        )
    }
    assert set(graph.subjects()) == {URIRef(f"{labs}assessment-1")}


@pytest.mark.parametrize(("schema", "path"), of_records("ok", "maturity-assessment"))
def test_a_maturity_assessment_comes_back_from_rdf(schema: str, path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    graph = read_graph(linked("lab", document), JSONLD)
    assert compacted(graph, "lab") == document
    assert check_against(f"models/{schema}", compacted(graph, "lab")) == ()


def compacted(graph: Graph, name: str) -> dict[str, Any]:
    """Read one node without parts back into the keys and codes of the context."""
    terms = context(name)["@context"]
    keys = {expanded(term, terms): key for key, term in terms.items() if not isinstance(term, float)}
    (subject,) = set(graph.subjects())
    found: dict[str, Any] = {"id": str(subject)}
    for predicate, value in graph.predicate_objects(subject):
        assert not isinstance(value, BNode)
        key = "type" if predicate == RDF.type else keys[str(predicate)]
        term = terms[key]
        found[key] = keys[str(value)] if key == "type" else str(value).removeprefix(base_of(term))
    return found


def expanded(term: str | dict[str, Any], terms: dict[str, Any]) -> str:
    name = term if isinstance(term, str) else str(term.get("@id", ""))
    prefix, _, local = name.partition(":")
    return f"{terms[prefix]}{local}" if prefix in terms else name


def test_a_profile_with_the_module_knows_which_levels_a_model_has() -> None:
    document = json.loads(records("maturity-assessment", "ok")[1].read_text(encoding="utf-8"))
    graph = read_graph(linked("lab", document), JSONLD)
    assert check(graph, "lab", ENGINES[1], background_of(["lab"])).conforms


SEEN_BY_JSON_ALONE = {"with-a-question": "a property that the context does not have is no statement"}
UNREADABLE = {"assessor-by-name": "a name with spaces is no IRI"}


@pytest.mark.parametrize(("schema", "path"), of_records("fail", "maturity-assessment"))
def test_a_wrong_maturity_assessment_is_wrong_as_rdf_too(schema: str, path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))["document"]
    assert check_against(f"models/{schema}", document) != ()
    if path.stem in UNREADABLE:
        with pytest.raises(SourceError, match="is no IRI"):
            read_graph(linked("lab", document), JSONLD)
        return
    graph = read_graph(linked("lab", document), JSONLD)
    known = background() + Graph().parse(
        data="<https://labs.example/id/own-dimension> <http://purl.org/dc/terms/isPartOf>"
        " <https://labs.example/id/own-model> .",
        format="nt",
    )
    assert check(graph, "lab", ENGINES[1], known).conforms == (path.stem in SEEN_BY_JSON_ALONE)
