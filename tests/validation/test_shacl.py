import re
import socket
from typing import Any

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.errors import InformationModelError, SettingsError
from ssclab_data.linked_data.graphs import TURTLE, curie, empty_graph, read_graph, short
from ssclab_data.linked_data.lexical import DATATYPES
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.validation.shacl import ShaclOutcome, check_graph, findings
from ssclab_data.validation.shacl_engines import EngineName, choose
from ssclab_data.validation.shacl_vocabulary import TERMS, WORDINGS
from ssclab_data.validation.shape_rules import check_shapes, read_shapes
from ssclab_data.validation.shapes import Shapes

ENGINES: tuple[EngineName, ...] = ("pyshacl", "shacl")
XSD = "http://www.w3.org/2001/XMLSchema#"
HEAD = """
@prefix ex: <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""


def turtle(text: str) -> rdflib.Graph:
    return read_graph((HEAD + text).encode(), TURTLE)


def on_p(constraint: str) -> rdflib.Graph:
    return turtle(f"ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; {constraint} ] .")


def shape_findings(text: str) -> list[Finding]:
    return list(check_shapes(Shapes(turtle(text)), file="shapes.ttl"))


TARGET = "ex:S sh:targetClass ex:C ; "
FATAL, IDLE, TOLD = Severity.ERROR, Severity.WARNING, Severity.INFO
SHAPES = [
    # shapes, rule, severity, words of the message
    ("ex:a ex:b ex:c .", "shacl-no-shapes", FATAL, "no SHACL shapes found"),
    ("ex:S a sh:NodeShape ; sh:property [ sh:path ex:p ] .", "shacl-no-shapes", FATAL, "no shape has a target"),
    (f"{TARGET} sh:minCout 1 .", "shacl-unknown-term", IDLE, "SHACL has no sh:minCout; did you mean sh:minCount?"),
    (f"{TARGET} sh:nodeKind sh:Iri .", "shacl-unknown-term", IDLE, "SHACL has no sh:Iri; did you mean sh:IRI?"),
    (f"{TARGET} sh:nodeKind sh:Iri .", "shacl-bad-parameter", FATAL, "not sh:Iri"),
    (f"{TARGET} sh:js ex:x .", "shacl-unsupported", FATAL, "no JavaScript is run"),
    (f"{TARGET} sh:target [ a sh:SPARQLTarget ] .", "shacl-unsupported", FATAL, "sh:target is not supported"),
    (f"{TARGET} sh:rule [ a sh:TripleRule ] .", "shacl-unsupported", FATAL, "rules add no triples here"),
    (f"{TARGET} sh:class ex:D . ex:T a sh:NodeShape .", "shacl-untargeted-shape", IDLE, "shape ex:T has no target"),
    (f"{TARGET} sh:node ex:T .", "shacl-missing-shape", IDLE, "refers to <http://e/T>, which is no shape"),
    (f"{TARGET} sh:property ex:T .", "shacl-missing-shape", IDLE, "refers to <http://e/T>, which is no shape"),
    (f"{TARGET} sh:node ex:S .", "shacl-recursive-shape", FATAL, "refer to themselves"),
    (
        f"{TARGET} sh:property ex:P . ex:P sh:path ex:p ; sh:or ( [ sh:not ex:S ] ex:Q ) . ex:Q sh:class ex:D .",
        "shacl-recursive-shape",
        FATAL,
        "refer to themselves",
    ),
    (f"{TARGET} sh:in ex:list .", "shacl-bad-list", FATAL, "sh:in needs a list that ends"),
    (f"{TARGET} sh:or () .", "shacl-bad-list", FATAL, "sh:or needs a list that ends"),
    (
        f"{TARGET} sh:in _:l . _:l rdf:first 1 ; rdf:rest _:l .".replace(
            "rdf:", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        )
        .replace("first ", "first> ")
        .replace("rest ", "rest> "),
        "shacl-bad-list",
        FATAL,
        "sh:in needs a list that ends",
    ),
    (f"{TARGET} sh:property [ sh:minCount 1 ] .", "shacl-bad-path", FATAL, "a property shape needs a sh:path"),
    (f"{TARGET} sh:property [ sh:path 'p' ] .", "shacl-bad-path", FATAL, "sh:path is no property path"),
    (f"{TARGET} sh:property [ sh:path ( ex:p ) ] .", "shacl-bad-path", FATAL, "sh:path is no property path"),
    (f"{TARGET} sh:nodeKind xsd:dateTime .", "shacl-bad-parameter", FATAL, "not xsd:dateTime"),
    (f"{TARGET} sh:datatype xsd:datetime .", "shacl-bad-parameter", FATAL, "a datatype that exists, not xsd:datetime"),
    (f"{TARGET} sh:pattern '(' .", "shacl-bad-parameter", FATAL, "a regular expression"),
    (f"{TARGET} sh:class 'C' .", "shacl-bad-parameter", FATAL, "sh:class must be an IRI"),
    (f"{TARGET} sh:closed 'yes' .", "shacl-bad-parameter", FATAL, "sh:closed must be true or false"),
    (f"{TARGET} sh:property [ sh:path ex:p ; sh:minCount '1' ] .", "shacl-bad-parameter", FATAL, "a whole number"),
    (f"{TARGET} sh:property [ sh:path ex:p ; sh:minCount -1 ] .", "shacl-bad-parameter", FATAL, "a whole number"),
    ("ex:S sh:targetClass 'C' ; sh:class ex:D .", "shacl-bad-parameter", FATAL, "sh:targetClass must be an IRI"),
    (f"{TARGET} sh:datatype xsd:date, xsd:time .", "shacl-given-twice", FATAL, "sh:datatype may be given once"),
    (f"{TARGET} sh:minCount 1 .", "shacl-out-of-place", IDLE, "does nothing on a shape without a sh:path"),
    (f"{TARGET} sh:flags 'i' .", "shacl-out-of-place", IDLE, "sh:flags does nothing without sh:pattern"),
    (
        f"{TARGET} sh:ignoredProperties ( ex:p ) .",
        "shacl-out-of-place",
        IDLE,
        "sh:ignoredProperties does nothing without sh:closed",
    ),
    (
        f"{TARGET} sh:property [ sh:path ex:p ; sh:uniqueLang '1'^^xsd:boolean ] .",
        "shacl-out-of-place",
        IDLE,
        "sh:uniqueLang 1 does nothing; write true",
    ),
    (f"{TARGET} sh:sparql [ sh:message 'x' ] .", "shacl-bad-sparql", FATAL, "needs a sh:select"),
    (
        f"{TARGET} sh:sparql [ sh:select 'SELECT $this {{ $this foo:p ?x }}' ] .",
        "shacl-bad-sparql",
        FATAL,
        "prefix foo: is not declared",
    ),
    (f"{TARGET} sh:sparql [ sh:select 'SELECT $this WHERE' ] .", "shacl-bad-sparql", FATAL, "no valid SPARQL"),
    (
        f"{TARGET} sh:sparql [ sh:select 'SELECT $this {{ $this ?p ?x MINUS {{ ?x ?y ?z }} }}' ] .",
        "shacl-bad-sparql",
        FATAL,
        "MINUS is not allowed",
    ),
    (f"{TARGET} sh:deactivated true ; sh:class ex:D .", "shacl-deactivated", TOLD, "ex:S is deactivated"),
    (f"{TARGET} sh:class ex:D . ex:o owl:imports ex:other .", "shacl-import-not-fetched", TOLD, "nothing is fetched"),
]


@pytest.mark.parametrize(("text", "rule", "severity", "said"), SHAPES)
def test_shape_that_would_pass_in_silence_is_told(text: str, rule: str, severity: Severity, said: str) -> None:
    found = [one for one in shape_findings(text) if one.rule == rule]
    assert [one.severity for one in found] == [severity] * len(found)
    assert said.replace("ex:", "http://e/") in found[0].text.replace("ex:", "http://e/")
    assert found[0].text_nl
    assert found[0].text_nl != found[0].text
    assert found[0].where == "shapes.ttl"


@pytest.mark.parametrize(("text", "severity"), [(text, severity) for text, _, severity, _ in SHAPES])
def test_shapes_with_faults_are_refused(text: str, severity: Severity) -> None:
    """At load every fault counts; for a run only those that make it unsound."""
    if severity is not TOLD:
        with pytest.raises(InformationModelError, match=r"shapes\.ttl: "):
            read_shapes((HEAD + text).encode(), file="shapes.ttl")
    if any(one.severity is FATAL for one in shape_findings(text)):
        with pytest.raises(InformationModelError, match=r"shapes\.ttl: "):
            check_graph(turtle("ex:a a ex:C ."), turtle(text), file="shapes.ttl")
    else:
        outcome = check_graph(turtle("ex:a a ex:C ."), turtle(text))
        assert [one for one in outcome.notes if one.severity is severity]


FINE = [
    f"{TARGET} sh:class ex:D .",
    f"{TARGET} sh:property [ sh:path [ sh:alternativePath ( ex:p [ sh:inversePath ex:q ] ) ] ; sh:in () ] .",
    f"{TARGET} sh:or ( [ sh:class ex:D ] [ sh:property [ sh:path ex:p ; sh:pattern 'a' ; sh:flags 'i' ] ] ) .",
    "ex:C a rdfs:Class, sh:NodeShape ; sh:property [ sh:path ex:p ; sh:datatype xsd:date ] .",
    f"""{TARGET} sh:sparql [ sh:prefixes ex:o ; sh:message "{{?value}}"@en ; sh:select
    \"\"\"SELECT $this ?value {{ $this ex:p ?value . FILTER (?value != "a:b" && ?value < <http://c:d>) # e:f
    }}\"\"\" ] . ex:o sh:declare [ sh:prefix "ex" ; sh:namespace "http://e/"^^xsd:anyURI ] .""",
]


@pytest.mark.parametrize("text", FINE)
def test_right_shapes_have_no_fault(text: str) -> None:
    assert shape_findings(text) == []
    assert len(read_shapes((HEAD + text).encode(), file="shapes.ttl"))


def test_all_constraints_have_words_in_both_languages() -> None:
    for name, wording in WORDINGS.items():
        facts = {"path": "p", "value": "v", "expected": "e"}
        assert wording.text.format_map(facts) != wording.text_nl.format_map(facts), name
        assert wording.parameter in TERMS
        assert wording.cure.endswith(".")


RESULTS = [
    # constraint on ex:p, value, rule, English, Dutch, suggestion
    ("sh:minCount 1", "", "min-count", "ex:p has fewer than 1 values", "ex:p heeft minder dan 1 waarden", ""),
    ("sh:datatype xsd:date", "'x'", "datatype", '"x" of ex:p is no xsd:date', '"x" van ex:p is geen xsd:date', ""),
    ("sh:in ( 'lucht' 'geluid' )", "'Lucht'", "in", '"Lucht" of ex:p is not in the list lucht, geluid', None, "lucht"),
    ("sh:in ( ex:a )", "ex:b", "in", "ex:b of ex:p is not in the list ex:a", None, "http://e/a"),
    ("sh:hasValue 'x'", "'y'", "has-value", "ex:p lacks the value x", "ex:p mist de waarde x", "x"),
    ("sh:maxInclusive 5", "7", "max-inclusive", '"7"^^xsd:integer of ex:p is more than 5', None, ""),
    ("sh:class ex:D", "ex:b", "class", "ex:b of ex:p is not known to be a ex:D", None, ""),
    ("sh:pattern '^a'", "'b'", "pattern", '"b" of ex:p has not the form ^a', None, ""),
    ("sh:nodeKind sh:IRI", "'b'", "node-kind", '"b" of ex:p is of the wrong kind: sh:IRI is asked', None, ""),
]


@pytest.mark.parametrize(("constraint", "value", "rule", "text", "text_nl", "suggestion"), RESULTS)
@pytest.mark.parametrize("engine", ENGINES)
def test_result_is_told_in_words(
    constraint: str, value: str, rule: str, text: str, text_nl: str | None, suggestion: str, engine: EngineName
) -> None:
    data = turtle(f"ex:a a ex:C {f'; ex:p {value}' if value else ''} .")
    (finding,) = findings(check_graph(data, on_p(constraint), engine=engine), where="data.ttl")
    assert finding.rule == f"shacl-{rule}"
    assert finding.text.replace("<http://e/", "ex:").replace(">", "") == text
    assert text_nl is None or finding.text_nl.replace("<http://e/p>", "ex:p") == text_nl
    assert (finding.suggestion, finding.entity, finding.where) == (suggestion, "http://e/a", "data.ttl")
    assert (finding.path, finding.severity) == ("<http://e/p>", Severity.ERROR)


@pytest.mark.parametrize("engine", ENGINES)
def test_messages_and_severity_of_the_shape_are_kept(engine: EngineName) -> None:
    shapes = on_p("sh:minCount 1 ; sh:severity sh:Warning ; sh:message 'Vul in'@nl-NL, 'Fill in'@en")
    outcome = check_graph(turtle("ex:a a ex:C ."), shapes, engine=engine)
    (result,) = outcome.results
    assert (result.severity, result.shape, dict(result.messages)) == (
        "Warning",
        "http://e/S",
        {"nl-nl": "Vul in", "en": "Fill in"},
    )
    (finding,) = findings(outcome)
    assert (finding.severity, finding.text, finding.text_nl) == (Severity.WARNING, "Fill in", "Vul in")


@pytest.mark.parametrize("engine", ENGINES)
def test_message_of_a_query_is_filled_in_and_keeps_its_language(engine: EngineName) -> None:
    shapes = turtle(
        "ex:S sh:targetClass ex:C ; sh:sparql [ sh:message 'waarde {?value}'@nl, 'value {?value}'@en ;"
        " sh:select 'SELECT $this ?value { $this <http://e/p> ?value . FILTER (?value > 5) }' ] ."
    )
    (result,) = check_graph(turtle("ex:a a ex:C ; ex:p 7, 3 ."), shapes, engine=engine).results
    assert {tag: message.replace('"', "") for tag, message in result.messages.items()} == {
        "nl": "waarde 7",
        "en": "value 7",
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_blank_node_is_told_by_what_is_around_it(engine: EngineName) -> None:
    shapes = turtle("ex:S sh:targetClass ex:K ; sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:nodeKind sh:IRI ] .")
    data = turtle("ex:d ex:contact [ ex:part [ a ex:K ] ] . ex:e ex:part [ a ex:K ; ex:name [ ex:x 1 ] ] .")
    outcome = check_graph(data, shapes, engine=engine)
    places = [(one.entity, one.steps) for one in outcome.results]
    assert sorted(places) == [
        ("http://e/d", "<http://e/contact>/<http://e/part>"),
        ("http://e/e", "<http://e/part>"),
    ]
    blanks = {f"_:{one}" for one in data.all_nodes() if isinstance(one, rdflib.BNode)}
    assert {one.focus for one in outcome.results} <= blanks
    assert {one.value for one in outcome.results if one.value} <= blanks
    assert {one.path for one in findings(outcome)} == {
        "<http://e/contact>/<http://e/part>/<http://e/name>",
        "<http://e/part>/<http://e/name>",
    }


LEXICAL = [
    # datatype, right, wrong (reference, section 3.2, and the cases around it)
    ("dateTime", "2026-03-01T10:00:00Z 2026-03-01T24:00:00Z 2026-03-01T10:00:00.123456789+14:00", "2026-03-01"),
    ("dateTime", "2024-02-29T00:00:00", "2026-02-29T00:00:00 2026-03-01T10:00Z 20260301T100000Z 2026-W09-7T10:00:00Z"),
    ("dateTime", "", "2026-03-01T24:00:01Z 2026-03-01T10:00:60Z 2026-03-01T10:00:00+14:01 2026-03-01T10:00:00z"),
    ("dateTimeStamp", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00"),
    ("date", "2026-03-01 2026-03-01Z", "2026-03-01T10:00:00Z 20260301 2026-3-1 2026-02-30"),
    ("time", "10:00:00 24:00:00", "10:00 25:00:00"),
    ("decimal", "1 1. +.5 -0", "1e3 NaN INF . 1_0 1,5 ٣"),
    ("double", "1 1e3 NaN INF -INF", "inf nan infinity 1,5 0x1 1_0"),
    ("integer", "007 +1 -0", "1.0 1e3 1_000 ٣"),
    ("boolean", "true 0", "TRUE yes"),
    ("byte", "127 -128", "128"),
    ("long", "9223372036854775807", "9223372036854775808"),
    ("gYear", "2026 -0044", "26"),
    ("duration", "P1Y PT1.5S -P1D", "P P1DT 1h P1W"),
    ("hexBinary", "0a", "0 zz"),
    ("base64Binary", "AAAA AA== AAA=", "A !!"),
    ("language", "nl-NL", "nl_NL"),
]


@pytest.mark.parametrize(("kind", "right", "wrong"), LEXICAL)
@pytest.mark.parametrize("engine", ENGINES)
def test_literals_are_judged_by_their_exact_form(engine: EngineName, kind: str, right: str, wrong: str) -> None:
    data = empty_graph()
    focus, predicate = rdflib.URIRef("http://e/a"), rdflib.URIRef("http://e/p")
    data.add((focus, rdflib.RDF.type, rdflib.URIRef("http://e/C")))
    for text in (*right.split(), *wrong.split(), " 1"):
        data.add((focus, predicate, literal(text, kind)))
    outcome = check_graph(data, on_p(f"sh:datatype xsd:{kind}"), engine=engine)
    found = {one.value.split('"')[1] for one in outcome.results}
    assert found == {*wrong.split(), " 1"}
    assert all(one.value.endswith(f"^^<{XSD}{kind}>") for one in outcome.results)


def literal(text: str, kind: str) -> rdflib.Literal:
    """Make a literal of any text, told to nobody."""
    return next(read_graph(f'<a:a> <a:b> "{text}"^^<{XSD}{kind}> .'.encode(), TURTLE).objects())  # type: ignore[return-value]


KINDS = sorted(one.removeprefix(XSD) for one in DATATYPES)
TEXTS = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,4}(\.[0-9]{0,3})?([eE][+-]?[0-9])?", fullmatch=True),
    st.from_regex(
        r"-?[0-9]{4}-[0-1][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{1,3})?)?(Z|\+0[0-9]:00)?",
        fullmatch=True,
    ),
    st.sampled_from(["NaN", "INF", "true", "1", "", " ", "P1D", "--02-30", "nl", "a b", "2026-03-01T24:00:00Z"]),
)
LIMITS = ["sh:minInclusive 5", "sh:maxExclusive 12.5", "sh:minExclusive '2026-01-01T00:00:00Z'^^xsd:dateTime"]
CONSTRAINTS = st.one_of(
    st.sampled_from(KINDS).map(lambda kind: f"sh:datatype xsd:{kind}"),
    st.sampled_from([*LIMITS, "sh:minLength 3", "sh:pattern '^[0-9]+$'", "sh:maxCount 1", "sh:in ( 1 '1' true )"]),
)
DIFFERENCES = [
    # constraint, literal, whether it conforms for `shacl` and for pyshacl, why; the same table is in docs/validation.md
    (
        "sh:datatype xsd:dateTime",
        "'-0044-03-15T10:00:00Z'^^xsd:dateTime",
        True,
        False,
        "Python knows no years before 1",
    ),
    ("sh:datatype xsd:date", "'12026-01-01'^^xsd:date", True, False, "nor after 9999"),
    (
        "sh:minInclusive '2026-01-01T00:00:00Z'^^xsd:dateTime",
        "'2027-01-01T00:00:00'^^xsd:dateTime",
        True,
        False,
        "one has a zone, the other none: a year is more than any zone, but pyshacl never compares them",
    ),
    ("sh:minInclusive 'a'", "'b'^^xsd:anyURI", True, False, "`shacl` takes an anyURI for a string"),
    ("sh:maxInclusive 'b'^^xsd:token", "'a'", False, True, "pyshacl takes a token for a string"),
]


@pytest.mark.parametrize(("constraint", "value", "fast", "reference", "why"), DIFFERENCES)
def test_differences_that_are_left(constraint: str, value: str, fast: bool, reference: bool, why: str) -> None:
    data, shapes = turtle(f"ex:a a ex:C ; ex:p {value} ."), on_p(constraint)
    assert check_graph(data, shapes, engine="shacl").conforms is fast, why
    assert check_graph(data, shapes, engine="pyshacl").conforms is reference, why


def differs(text: str, kind: str) -> bool:
    """Tell whether a generated value is one of the differences above."""
    if kind not in ("dateTime", "date", "dateTimeStamp"):
        return False
    return text.startswith(("-", "0000")) or (kind == "dateTime" and re.search(r"(?:Z|[+-]\d\d:\d\d)$", text) is None)


@pytest.mark.filterwarnings("ignore::UserWarning")  # rdflib, of numbers that are none
@settings(max_examples=40)
@given(
    st.lists(st.tuples(TEXTS, st.sampled_from([*KINDS, "unknown"])), max_size=6),
    st.lists(CONSTRAINTS, min_size=1, max_size=3, unique=True),
)
def test_engines_find_the_same(values: list[tuple[str, str]], constraints: list[str]) -> None:
    lines = "".join(f'ex:a ex:p "{text}"^^xsd:{kind} . ' for text, kind in values if not differs(text, kind))
    shapes = (f"ex:S{n} sh:targetClass ex:C ; sh:property [ sh:path ex:p ; {c} ] . " for n, c in enumerate(constraints))
    data, rules = turtle(f"ex:a a ex:C . {lines}"), turtle("".join(shapes))
    reference, fast = (check_graph(data, rules, engine=engine) for engine in ENGINES)
    assert reference.results == fast.results
    assert (reference.conforms, reference.focus_nodes) == (fast.conforms, fast.focus_nodes)


@pytest.mark.parametrize("engine", ENGINES)
def test_nan_breaks_every_limit_and_no_engine(engine: EngineName) -> None:
    for limit in ("sh:maxInclusive 100", "sh:minInclusive 0", "sh:maxExclusive 1.0e0", "sh:minExclusive 0.5"):
        outcome = check_graph(turtle('ex:a a ex:C ; ex:p "NaN"^^xsd:double .'), on_p(limit), engine=engine)
        assert len(outcome.results) == 1, limit


@pytest.mark.parametrize("engine", ENGINES)
def test_checking_changes_and_fetches_nothing(engine: EngineName, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    data = turtle("ex:a a ex:C ; ex:p '01'^^xsd:integer . ex:o owl:imports <https://x.invalid/o> .")
    shapes = turtle("ex:S sh:targetClass ex:C ; sh:closed true . ex:s owl:imports <https://x.invalid/s> .")
    before = (set(data), set(shapes), rdflib.NORMALIZE_LITERALS)
    outcome: ShaclOutcome = check_graph(data, shapes, engine=engine, background=turtle("ex:D rdfs:subClassOf ex:C ."))
    assert (set(data), set(shapes), rdflib.NORMALIZE_LITERALS) == before
    assert {short(f"<{one.path}>") for one in outcome.results} == {"<http://e/p>", "rdf:type"}
    assert curie(outcome.results[0].component) == "sh:ClosedConstraintComponent"


def test_engine_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("auto") == "shacl"
    with pytest.raises(SettingsError, match="there is no SHACL engine 'jena'; known: auto, pyshacl, shacl"):
        choose("jena")  # type: ignore[arg-type]
    monkeypatch.setattr("ssclab_data.validation.shacl_engines.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install 'ssclab-data\[fast\]' or pip install 'ssclab-data\[shacl\]'"):
        choose("auto")
    with pytest.raises(SettingsError, match=r"pyshacl is not installed: pip install 'ssclab-data\[shacl\]'"):
        choose("pyshacl")
    monkeypatch.setattr("ssclab_data.validation.shacl_engines.find_spec", lambda name: name == "pyshacl" or None)
    assert choose("auto") == "pyshacl"
