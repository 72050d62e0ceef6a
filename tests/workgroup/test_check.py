"""Each kind of fault that is planted in a module is found once, on its line, in words of two languages."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from ssclab_data.errors import InformationModelError
from ssclab_data.workgroup.check import check
from ssclab_data.workgroup.faults import Fault, failed
from ssclab_data.workgroup.texts import RULES
from ssclab_data.workgroup.workspace import Workspace, find

WATER = "modules/water/0.1.0"
TTL, SHAPES = f"{WATER}/water.ttl", f"{WATER}/shapes.ttl"
CONTEXT, REQUIREMENTS = f"{WATER}/context.jsonld", f"{WATER}/requirements.csv"
OK, FAIL = f"{WATER}/examples/ok/site.ttl", f"{WATER}/examples/fail/no-code-fail.ttl"
QUERY, ANSWER = f"{WATER}/tests/CQ-01.rq", f"{WATER}/tests/CQ-01.expected.csv"
LIST, REGISTRY = "codelists/water-kinds.csv", "registry.yaml"
IRI = "https://ssclab.example/def/water"

PUMP = '    rdfs:subClassOf sosa:Actuator ;\n    rdfs:label "pump"@en , "pomp"@nl ;'
LONELY = f"""
water:Lonely a owl:Class ;
    rdfs:label "a"@en , "b"@nl ; rdfs:comment "a"@en , "b"@nl ; rdfs:isDefinedBy <{IRI}> .
"""


class Planted(NamedTuple):
    """A text that is changed, the rule that finds it, and a text on the line where it is found."""

    file: str
    old: str
    new: str
    rule: str
    at: str = ""


PLANTED = [
    # files
    Planted(TTL, "rdfs:subClassOf sosa:Actuator ;", "rdfs:subClassOf sosa:Actuator", "file-syntax", 'label "pump"'),
    Planted(SHAPES, "sh:minCount 1 ;", "sh:minCount 1 ; ;; x", "file-syntax", ";; x"),
    Planted(CONTEXT, '"id": "@id",', '"id": "@id"', "file-syntax", '"type"'),
    Planted(QUERY, "SELECT ?site ?code WHERE {", "SELECT ?site ?code WHERE (", "file-syntax", "WHERE ("),
    Planted(LIST, "ditch,ditch,sloot", 'ditch,"di"tch,sloot', "file-syntax", "canal"),
    Planted(OK, "@prefix water:", "\ufeff@prefix water:", "file-encoding"),
    # prefixes
    Planted(
        TTL,
        "<http://www.w3.org/2001/XMLSchema#>",
        "<http://www.w3.org/2001/XMLSchema>",
        "prefix-namespace",
        "@prefix xsd",
    ),
    Planted(
        SHAPES, "@prefix xsd:", "@prefix sosa: <http://www.w3.org/ns/ssn/> .\n@prefix xsd:", "prefix-namespace", "/ssn/"
    ),
    Planted(
        QUERY, "PREFIX water", "PREFIX w: <https://ssclab.example/def/water#>\nPREFIX water", "prefix-name", "PREFIX w:"
    ),
    Planted(
        CONTEXT, '"id": "@id",', '"id": "@id",\n    "sosa": "http://www.w3.org/ns/ssn/",', "prefix-namespace", "/ssn/"
    ),
    # the ontology
    Planted(
        TTL,
        f"<{IRI}> a owl:Ontology",
        f"<https://example.org/more> a owl:Ontology .\n\n<{IRI}> a owl:Ontology",
        "ontology-count",
        "example.org/more",
    ),
    Planted(TTL, f"versionIRI <{IRI}/0.1.0>", f"versionIRI <{IRI}/0.2.0>", "version-iri", "owl:versionIRI"),
    Planted(TTL, 'dct:title "water"@en , "water"@nl', 'dct:title "water"@en', "ontology-text", "dct:title"),
    Planted(
        TTL,
        " ;\n    dct:license <https://creativecommons.org/publicdomain/zero/1.0/>",
        "",
        "licence-missing",
        "owl:Ontology",
    ),
    Planted(
        TTL,
        "owl:imports <https://ssclab.example/def/base/0.1.0>",
        "owl:imports <https://ssclab.example/def/base/0.2.0>",
        "imports-differ",
        "owl:imports",
    ),
    # terms
    Planted(TTL, '"pump"@en , "pomp"@nl', '"pump"@en', "label-missing", '"pump"@en'),
    Planted(TTL, '"pump"@en , "pomp"@nl', '"pump"@en , "pomp"@nl , "gemaal"@nl', "label-twice", '"gemaal"'),
    Planted(
        TTL,
        '"Moves water."@en , "Verplaatst water."@nl',
        '"Verplaatst water."@nl',
        "comment-missing",
        "Verplaatst water.",
    ),
    Planted(TTL, "water:BigPump a owl:Class", "water:bigPump a owl:Class", "class-name", "water:bigPump"),
    Planted(
        TTL,
        "water:oldCode a owl:DatatypeProperty",
        "water:Old_code a owl:DatatypeProperty",
        "property-name",
        "water:Old_code",
    ),
    Planted(
        TTL,
        f'"Verplaatst veel water."@nl ;\n    rdfs:isDefinedBy <{IRI}>',
        f'"Verplaatst veel water."@nl ;\n    rdfs:isDefinedBy <{IRI}s>',
        "defined-by",
        f"<{IRI}s>",
    ),
    Planted(TTL, "water:BigPump a owl:Class ;\n   ", "water:BigPump", "term-untyped", "water:BigPump"),
    Planted(TTL, "rdfs:subClassOf water:Pump", "rdfs:subClassOf water:Pumpe", "term-undeclared", "water:Pumpe"),
    Planted(TTL, "rdfs:subClassOf sosa:Actuator", "rdfs:subClassOf sosa:Actuatr", "term-unknown", "sosa:Actuatr"),
    Planted(
        TTL,
        "rdfs:subClassOf sosa:Actuator",
        "rdfs:subClassOf <https://ssclab.example/def/units/pound>",
        "term-unknown",
        "units/pound",
    ),
    Planted(
        TTL,
        "rdfs:subClassOf sosa:Actuator",
        "rdfs:subClassOf <https://ssclab.example/def/soil#Site>",
        "module-not-imported",
        "soil#Site",
    ),
    Planted(
        TTL,
        "rdfs:subClassOf sosa:Actuator",
        "rdfs:subClassOf water:BigPump",
        "hierarchy-cycle",
        "rdfs:subClassOf water:BigPump",
    ),
    Planted(TTL, "\nwater:Pump a", f"{LONELY}\nwater:Pump a", "term-orphan", "water:Lonely"),
    Planted(
        TTL,
        "rdfs:domain water:Site ;\n    rdfs:range",
        "rdfs:subPropertyOf water:oldCode ;\n    rdfs:range",
        "deprecated-used",
        "subPropertyOf water:oldCode",
    ),
    Planted(TTL, "    dct:isReplacedBy water:siteCode ;\n", "", "deprecated-alone", "owl:deprecated"),
    Planted(
        OK,
        'water:siteCode "BREDA-1"',
        'water:siteCode "BREDA-1" ;\n    water:oldCode "1"',
        "deprecated-used",
        "water:oldCode",
    ),
    Planted(
        OK, "ex:site-1 a water:Site", "ex:pump a water:Pumpe .\n\nex:site-1 a water:Site", "term-undeclared", "Pumpe"
    ),
    Planted(
        QUERY,
        "?site a water:Site ;",
        "?site a water:Site , ?kind ; a/water:isKind* ?kind ;",
        "term-undeclared",
        "isKind",
    ),
    # shapes
    Planted(SHAPES, ' , "Een meetplek heeft één code, een tekst."@nl', "", "shape-message", "shape:Site-code a"),
    Planted(SHAPES, "shape:Site a sh:NodeShape", "[] a sh:NodeShape", "shape-anonymous", "targetClass"),
    Planted(SHAPES, "sh:minCount 1", "sh:minCnt 1 ; sh:minCount 1", "shape-wrong", "shape:Site-code a"),
    Planted(
        SHAPES,
        "shape:Site-code a",
        "shape:Idle a sh:NodeShape ; sh:nodeKind sh:IRI .\n\nshape:Site-code a",
        "shape-wrong",
        "shape:Idle",
    ),
    Planted(
        SHAPES,
        "sh:targetClass water:Site",
        "sh:targetClass water:Site , water:siteCode",
        "shape-target",
        "sh:targetClass",
    ),
    Planted(
        SHAPES, "sh:targetClass water:Site", "sh:targetClass water:Site , water:Sites", "term-undeclared", "water:Sites"
    ),
    # examples
    Planted(OK, "\nex:site-1", "\nex:site-2 a water:Site .\n\nex:site-1", "example-refused", "ex:site-2"),
    Planted(FAIL, "a water:Site", 'a water:Site ; water:siteCode "x"', "example-passes"),
    Planted(FAIL, "a water:Site", 'a water:Site ; water:siteCode "x" , "y"', "example-differs"),
    Planted(FAIL, "# expect: sh:MinCount", "# expected: sh:MinCount", "example-expectation"),
    Planted(FAIL, "on water:siteCode", "on water:oldCode", "example-differs"),
    # requirements and questions
    Planted(REQUIREMENTS, "Id;Category", "Id;Kind", "requirement-columns"),
    Planted(REQUIREMENTS, ";water", ";", "requirement-empty", "CQ-01"),
    Planted(REQUIREMENTS, ";water\n", ";water\nCQ-01;a;b;c;d\n", "requirement-twice", "CQ-01;a"),
    Planted(REQUIREMENTS, ";water\n", ";water\nCQ-02;a;b;c;d\n", "requirement-unanswered", "CQ-02"),
    Planted(REQUIREMENTS, ";water\n", ";water;more\n", "list-width", "more"),
    Planted(ANSWER, "BREDA-1", "BREDA-2", "question-answer", "BREDA-2"),
    Planted(ANSWER, "site,code", "site,kode", "question-answer"),
    Planted(ANSWER, "https://breda.example/id/site-1,BREDA-1\n", "", "question-empty"),
    # context
    Planted(CONTEXT, '"water:siteCode"', '"water:siteKode"', "context-term", "siteKode"),
    Planted(
        CONTEXT,
        '"water:siteCode"',
        '{"@id": "water:siteCode", "@type": "http://www.w3.org/2001/XMLSchema#strng"}',
        "context-term",
        "strng",
    ),
    # code lists
    Planted(LIST, "code,label_en,label_nl", "code,label_en,label_de", "list-columns"),
    Planted(LIST, "canal,canal,kanaal", "canal,canal", "list-width", "canal"),
    Planted(LIST, "canal,canal,kanaal", "ditch,canal,kanaal", "list-code-twice", "kanaal"),
    Planted(LIST, "canal,canal,kanaal", "canal,canal,", "list-cell-empty", "canal"),
    Planted(LIST, "Narrow.,Smal.", "Narrow.,", "list-cell-empty", "Narrow."),
    Planted(LIST, "canal,canal,kanaal", "canal,canal,kanaal\u00a0", "list-cell-spaces", "kanaal"),
    Planted(LIST, "https://example.org/ditch", "example.org/ditch", "list-iri", "ditch"),
    # registry
    Planted(REGISTRY, "folder: modules/soil/0.1.0", "folder: modules/soil/0.2.0", "registry-wrong", "soil/0.2.0"),
    Planted(REGISTRY, 'title: {nl: "soil", en: "soil"}', 'title: {en: "soil"}', "registry-wrong", '{en: "soil"}'),
    Planted(REGISTRY, "status: draft", "status: drafted", "registry-wrong"),
    Planted(
        REGISTRY,
        "profiles: []",
        "profiles: [{id: wet, version: 1, status: draft, title: {}, folder: profiles/wet/1}]",
        "registry-wrong",
        "wet",
    ),
]


def names(planted: Planted) -> str:
    return f"{planted.rule}-{Path(planted.file).name}"


def test_the_pattern_is_well(pattern: Path) -> None:
    assert check([Workspace(pattern)]) == ()


@pytest.mark.parametrize("planted", PLANTED, ids=names)
def test_a_planted_fault_is_found_once_on_its_line(edited: Callable[[str, str, str], Path], planted: Planted) -> None:
    path = edited(planted.file, planted.old, planted.new)
    root = next(parent for parent in path.parents if parent.name == "ontologies")
    lines = path.read_text().splitlines()
    expected = next(number for number, line in enumerate(lines, 1) if planted.at in line)
    workspace = Workspace(root, chosen=("water",) if planted.file.startswith(WATER) else None)
    found = [(one.rule, Path(one.file).relative_to(root).as_posix(), one.line) for one in check([workspace])]
    assert found == [(planted.rule, planted.file, expected)]


def without(name: str) -> Callable[[Path], None]:
    def remove(root: Path) -> None:
        path = root / WATER / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return remove


def holding(name: str, content: bytes) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        (root / WATER / name).write_bytes(content)

    return write


FILES = [
    (without("shapes.ttl"), ["file-missing"], "a module without shapes checks no data"),
    (without("context.jsonld"), ["file-missing"], "JSON-LD needs it"),
    (without("requirements.csv"), ["file-missing"], "nobody asked for the module"),
    (without("water.ttl"), ["file-missing"], "no terms; what uses them is not told as well"),
    (without("examples/ok"), ["folder-empty"], "the guard against a check of nothing"),
    (without("examples/fail"), ["folder-empty"], "shapes that nothing ever broke"),
    (
        without("tests/CQ-01.rq"),
        ["file-missing", "folder-empty", "requirement-unanswered"],
        "an answer without question",
    ),
    (without("tests/CQ-01.expected.csv"), ["question-unanswered"], "a question without answer"),
    (holding("examples/ok/plek.tll", b""), ["file-unexpected"], "a misspelt ending is never read"),
    (holding("examples/fail/plek.ttl", b""), ["file-unexpected"], "its name does not say that it fails"),
    (holding("examples/ok/b.ttl", b"# \xe9\n"), ["file-encoding"], "Latin-1"),
    (holding("examples/ok/b.ttl", b""), ["example-unchecked"], "an example that no shape looks at"),
    (holding("tests/CQ-09.rq", b"ASK {}"), ["question-unanswered", "question-unasked"], "no requirement has that id"),
]


@pytest.mark.parametrize(("change", "rules", "reason"), FILES, ids=[row[2] for row in FILES])
def test_files_that_are_missing_or_strange(
    copied: Path, change: Callable[[Path], None], rules: list[str], reason: str
) -> None:
    change(copied)
    found = {one.rule for one in check([Workspace(copied)])} - {"term-undeclared", "context-term"}
    assert sorted(found) == rules, reason


def test_every_rule_of_a_module_is_planted() -> None:
    elsewhere = {"alignment-term", "alignment-wrong", "mapping-wrong", "profile-wrong", "schema-wrong"}
    planted = {one.rule for one in PLANTED} | {rule for row in FILES for rule in row[1]}
    assert sorted(RULES.keys() - planted - elsewhere) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_words_need_no_fact_that_is_not_there(language: str) -> None:
    fields = {name: Fault(rule=name, file="", facts=_Any()) for name in RULES}
    assert all(one.message(language) and one.cure(language) for one in fields.values())  # type: ignore[arg-type]


class _Any(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


def test_a_warning_fails_a_strict_check_alone() -> None:
    warning = Fault(rule="term-orphan", file="a")
    assert (failed([warning], strict=False), failed([warning], strict=True)) == (False, True)


def test_a_module_is_found_by_its_folder(copied: Path) -> None:
    (workspace,) = find([str(copied / WATER)])
    assert (workspace.root, workspace.chosen, workspace.whole) == (copied, ("water",), False)


@pytest.mark.parametrize("name", ["no-such-module", "modules"])
def test_what_is_no_module_is_refused_with_those_there_are(copied: Path, name: str) -> None:
    with pytest.raises(InformationModelError, match="no module"):
        find([str(copied / name) if (copied / name).is_dir() else name])
