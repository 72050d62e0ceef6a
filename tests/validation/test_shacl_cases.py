"""What users of other validators reported (rows 74-89 of the collected cases), held against both engines."""

import pytest
from rdflib import Graph

from ssclab_data.errors import InformationModelError, SourceError
from ssclab_data.linked_data.graphs import JSONLD, TURTLE, curie, read_graph, short
from ssclab_data.model.finding import Severity
from ssclab_data.validation.background import authorities, is_listed
from ssclab_data.validation.shacl import ShaclOutcome, check_graph, findings
from ssclab_data.validation.shacl_engines import EngineName

ENGINES: tuple[EngineName, ...] = ("pyshacl", "shacl")
HEAD = """
@prefix ex: <http://example.com/ex#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
"""
THEME = "http://publications.europa.eu/resource/authority/data-theme/"
MUNICIPALITY = "https://identifier.overheid.nl/tooi/id/gemeente/gm0344"


def turtle(text: str) -> Graph:
    return read_graph((HEAD + text).encode(), TURTLE)


def told(outcome: ShaclOutcome) -> list[tuple[str, str, str]]:
    return [(short(f"<{one.path}>"), curie(one.component), one.value) for one in outcome.results]


@pytest.mark.parametrize("engine", ENGINES)
def test_74_wrong_namespace_of_shacl_is_no_pass(engine: EngineName) -> None:
    wrong = HEAD.replace("http://www.w3.org/ns/shacl#", "https://www.w3.org/ns/shacl#")
    text = "ex:S a sh:NodeShape ; sh:targetClass ex:X ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ."
    shapes = read_graph((wrong + text).encode(), TURTLE)
    with pytest.raises(InformationModelError, match="no SHACL shapes found") as caught:
        check_graph(turtle("ex:a a ex:X ."), shapes, engine=engine, file="shapes.ttl")
    assert "<https://www.w3.org/ns/shacl#NodeShape> is not of SHACL" in str(caught.value)
    assert caught.value.file == "shapes.ttl"


@pytest.mark.parametrize("engine", ENGINES)
def test_76_data_in_another_namespace_are_no_pass(engine: EngineName) -> None:
    shapes = turtle("ex:S a sh:NodeShape ; sh:targetClass ex:X ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")
    outcome = check_graph(turtle("ex:a a <http://example.com/other#X> ."), shapes, engine=engine)
    assert (outcome.conforms, outcome.focus_nodes, outcome.idle) == (False, 0, ("http://example.com/ex#S",))
    (finding,) = findings(outcome, where="data.ttl")
    assert (finding.rule, finding.severity, finding.where) == ("shacl-nothing-checked", Severity.ERROR, "data.ttl")
    assert "nothing was checked" in finding.text
    assert "niets gecontroleerd" in finding.text_nl


@pytest.mark.parametrize("engine", ENGINES)
def test_77_closed_shape_catches_what_json_ld_adds(engine: EngineName) -> None:
    document = b'{"@context":{"@vocab":"http://example.com/ex#"},"@type":"Station","name":"A","dummy":"x"}'
    shapes = turtle(
        "ex:S a sh:NodeShape ; sh:targetClass ex:Station ; sh:closed true ; sh:property [ sh:path ex:name ] ;"
        "sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ."
    )
    outcome = check_graph(read_graph(document, JSONLD), shapes, engine=engine)
    assert told(outcome) == [("<http://example.com/ex#dummy>", "sh:ClosedConstraintComponent", '"x"')]


ISSUED = [
    ("2022-11-17T09:37:25Z", True, "a dateTimeStamp is a dateTime with a zone"),
    ("2022-11-17T09:37:25", False, "without a zone it is no dateTimeStamp: the value of the thread"),
]


@pytest.mark.parametrize(("value", "fine", "why"), ISSUED)
@pytest.mark.parametrize("engine", ENGINES)
def test_79_date_time_stamp(engine: EngineName, value: str, fine: bool, why: str) -> None:
    choices = "[ sh:datatype xsd:date ] [ sh:datatype xsd:dateTime ] [ sh:datatype xsd:dateTimeStamp ]"
    shapes = turtle(f"ex:S sh:targetClass dcat:Dataset ; sh:property [ sh:path dct:issued ; sh:or ( {choices} ) ] .")
    data = turtle(f'ex:d a dcat:Dataset ; dct:issued "{value}"^^xsd:dateTimeStamp .')
    assert check_graph(data, shapes, engine=engine).conforms is fine, why


REFERENCES = [
    ("dcat:theme", f"{THEME}ENVI", "skos:Concept", "not checked", "a list that others keep is not in the file"),
    ("dct:publisher", MUNICIPALITY, "foaf:Agent", "not checked", "neither is the register of municipalities"),
    ("dcat:theme", f"{THEME}AIR", "skos:Concept", "wrong", "this list is known as a whole, and has no such theme"),
    (
        "dcat:theme",
        "http://example.com/theme",
        "skos:Concept",
        "wrong",
        "nobody's list: the file has to say what it is",
    ),
]


@pytest.mark.parametrize(("path", "value", "class_", "alone", "why"), REFERENCES)
@pytest.mark.parametrize("engine", ENGINES)
def test_80_authority_iris(engine: EngineName, path: str, value: str, class_: str, alone: str, why: str) -> None:
    shapes = turtle(f"ex:S sh:targetClass dcat:Dataset ; sh:property [ sh:path {path} ; sh:class {class_} ] .")
    data = turtle(f"ex:d a dcat:Dataset ; {path} <{value}> .")
    outcome = check_graph(data, shapes, engine=engine)
    assert (len(outcome.unchecked), len(outcome.results)) == ((1, 0) if alone == "not checked" else (0, 1)), why
    assert outcome.conforms is (alone == "not checked")
    rules = [(one.rule, one.severity) for one in findings(outcome)]
    assert rules == ([("shacl-not-checked", Severity.INFO)] if outcome.unchecked else [("shacl-class", Severity.ERROR)])
    known = check_graph(data, shapes, engine=engine, background=authorities(data))
    assert known.conforms is (alone == "not checked")
    assert known.unchecked == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_80_an_organization_counts_as_an_agent(engine: EngineName) -> None:
    shapes = turtle("ex:S sh:targetClass dcat:Dataset ; sh:property [ sh:path dct:publisher ; sh:class foaf:Agent ] .")
    data = turtle("ex:d a dcat:Dataset ; dct:publisher ex:lab . ex:lab a foaf:Organization .")
    assert not check_graph(data, shapes, engine=engine).conforms
    assert check_graph(data, shapes, engine=engine, background=authorities(data)).conforms


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_reported_about_the_background(engine: EngineName) -> None:
    shapes = turtle("ex:S sh:targetClass skos:Concept ; sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ] .")
    data = turtle(f"ex:d dcat:theme <{THEME}ENVI> . ex:own a skos:Concept .")
    outcome = check_graph(data, shapes, engine=engine, background=authorities(data))
    assert [one.focus for one in outcome.results] == ["http://example.com/ex#own"]
    assert outcome.focus_nodes == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_82_node_kind_that_is_none_is_an_error_of_the_shape(engine: EngineName) -> None:
    shapes = turtle("ex:S sh:targetClass ex:X ; sh:property [ sh:path ex:p ; sh:nodeKind xsd:dateTime ] .")
    with pytest.raises(InformationModelError, match="sh:nodeKind must be sh:IRI or sh:BlankNode or"):
        check_graph(turtle("ex:a a ex:X ; ex:p 1 ."), shapes, engine=engine)


def test_88_and_89_contexts_are_told() -> None:
    for context, said in (
        ("https://unreachable.invalid/ctx.jsonld", "https://unreachable.invalid/ctx.jsonld is not here"),
        ("ctx.jsonld", "contexts are never fetched"),
    ):
        with pytest.raises(SourceError, match=said):
            read_graph(b'{"@context":"%s","name":"x"}' % context.encode(), JSONLD)


DATASET = f"""
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
ex:d a dcat:Dataset ; dct:title "Lucht"@nl ; dct:description "Lucht"@nl ; dct:identifier "1" ;
  dcat:theme <{THEME}ENVI> ; dct:publisher <{MUNICIPALITY}> ; dct:creator <{MUNICIPALITY}> ;
  dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
  dct:language <http://publications.europa.eu/resource/authority/language/NLD> ;
  dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/DAILY> ;
  dcat:contactPoint [ a vcard:Organization ; vcard:fn "Lab" ; vcard:hasEmail <mailto:lab@example.com> ] ;
  dcat:distribution [ a dcat:Distribution ; dcat:accessURL ex:csv ;
    dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ;
    dct:license <http://publications.europa.eu/resource/authority/licence/CC0> ] .
"""
REQUIRED = ("dcat-ap/shapes.ttl", "dcat-ap/range.ttl", "dcat-ap-nl/dcat-ap-nl-SHACL.ttl")


@pytest.mark.needs("standards")
@pytest.mark.parametrize("name", REQUIRED)
def test_data_set_conforms_to_what_standards_ask_with_both_engines(name: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue("standards")
    shapes = read_graph((folder / name).read_bytes(), TURTLE, where=name)
    data = turtle(DATASET)
    reference, fast = (check_graph(data, shapes, engine=engine, background=authorities(data)) for engine in ENGINES)
    assert reference.results == fast.results == ()
    assert reference.conforms


@pytest.mark.needs("standards")
def test_shapes_of_dcat_ap_ask_in_vain(request: pytest.FixtureRequest) -> None:
    """DCAT-AP 3.0.1 writes `sh:shape` where `sh:node` is meant, so dates are not checked by it: that is told."""
    file = request.getfixturevalue("standards") / "dcat-ap" / "shapes.ttl"
    outcome = check_graph(turtle(DATASET), read_graph(file.read_bytes(), TURTLE), engine="shacl")
    assert {one.text for one in outcome.notes} == {"SHACL has no sh:shape; did you mean sh:Shape?"}


def test_messages_of_dcat_ap_nl_are_read() -> None:
    text = 'ex:S sh:targetClass ex:X ; sh:property [ sh:path ex:p ; sh:minCount 1 ; eush:message "Vul ex:p in"@nl ] .'
    shapes = turtle(f"@prefix eush: <https://purl.eu/ns/shacl#> . {text}")
    (finding,) = findings(check_graph(turtle("ex:a a ex:X ."), shapes))
    assert finding.text_nl == "Vul ex:p in"
    assert finding.text == "<http://example.com/ex#p> has fewer than 1 values"


def test_bundled_statements_name_the_lists() -> None:
    assert is_listed(f"{THEME}ENVI")
    assert not is_listed(f"{THEME}AIR")
