"""Adding terms, codes and modules: what was there stays byte for byte, and what would fail a check is not written."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssclab_data import resources
from ssclab_data.errors import InformationModelError
from ssclab_data.workgroup.check import check
from ssclab_data.workgroup.editing import NewTerm, add_code, add_term
from ssclab_data.workgroup.new_module import NewModule, make_module, with_entry
from ssclab_data.workgroup.workspace import Workspace

WATER = "modules/water/0.1.0"


def term(name: str, **others: object) -> NewTerm:
    words = {"label_nl": "sluis", "label_en": "lock", "definition_nl": "Houdt water.", "definition_en": "Holds water."}
    return NewTerm(**{"name": name, "kind": "class", **words, **others})  # type: ignore[arg-type]


ADDED = [
    (term("Lock", links={"rdfs:subClassOf": "sosa:Platform"}), "rdfs:subClassOf sosa:Platform", "a class"),
    (
        term("Lock", links={"rdfs:subClassOf": "prov:Entity"}),
        "<http://www.w3.org/ns/prov#Entity>",
        "a prefix that the file has not",
    ),
    (
        term("level", kind="property", links={"rdfs:domain": "water:Site", "rdfs:range": "xsd:decimal"}),
        "a owl:DatatypeProperty",
        "a property of numbers",
    ),
    (
        term("nextTo", kind="property", links={"rdfs:range": "water:Site"}),
        "a owl:ObjectProperty",
        "a property of things",
    ),
    (
        term("tide", kind="concept", links={"skos:exactMatch": "https://example.org/tide"}),
        "a <http://www.w3.org/2004/02/skos/core#Concept>",
        "a concept",
    ),
    (
        term("Lock", label_nl='de "sluis"\\', links={"rdfs:subClassOf": "sosa:Platform"}),
        '"de \\"sluis\\"\\\\"@nl',
        "quotes",
    ),
]


ENDS = [
    *((*row, "\n") for row in ADDED),
    (*ADDED[0][:2], "lines end as in Windows", "\r\n"),
    (*ADDED[0][:2], "no last end", ""),
]


@pytest.mark.parametrize(("new", "text", "reason", "end"), ENDS, ids=[row[2] for row in ENDS])
def test_a_term_is_put_behind_what_is_there(copied: Path, new: NewTerm, text: str, reason: str, end: str) -> None:
    path = copied / WATER / "water.ttl"
    before = path.read_bytes().replace(b"\n", b"\r\n") if end == "\r\n" else path.read_bytes()
    before = before.rstrip() if end == "" else before
    path.write_bytes(before)
    edit = add_term(Workspace(copied), "water", new)
    after = path.read_bytes()
    assert (edit.faults, edit.bump, edit.file) == ((), "minor", str(path))
    assert after.startswith(before)
    assert text in after.decode(), reason
    assert (b"\r\n" in after) == (end == "\r\n")
    assert after.decode().splitlines()[edit.line - 1].startswith(f"water:{new.name} a ")
    assert [one.rule for one in check([Workspace(copied)]) if one.rule != "term-orphan"] == []


REFUSED = [
    (term("lock"), "class-name", "a class in lower case"),
    (term("Lock", links={"rdfs:subClassOf": "sosa:Platfrom"}), "term-unknown", "a misspelt class above it"),
    (term("Lock", links={"rdfs:subClassOf": "water:Dam"}), "term-undeclared", "a class that is nowhere"),
    (term("Lock", definition_nl="", definition_en=""), "comment-missing", "no definition"),
    (
        term("Lock", links={"rdfs:subClassOf": "https://ssclab.example/def/soil#Site"}),
        "module-not-imported",
        "a module not imported",
    ),
]


@pytest.mark.parametrize(("new", "rule", "reason"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_would_fail_a_check_is_not_written(copied: Path, new: NewTerm, rule: str, reason: str) -> None:
    path = copied / WATER / "water.ttl"
    before = path.read_bytes()
    edit = add_term(Workspace(copied), "water", new)
    assert rule in {one.rule for one in edit.faults}, reason
    assert {one.file for one in edit.faults} == {str(path)}
    assert path.read_bytes() == before


def test_a_module_that_is_not_well_is_not_added_to(copied: Path) -> None:
    (copied / WATER / "shapes.ttl").write_text("nonsense")
    before = (copied / WATER / "water.ttl").read_bytes()
    edit = add_term(Workspace(copied), "water", term("Lock", links={"rdfs:subClassOf": "sosa:Platform"}))
    assert "file-syntax" in {one.rule for one in edit.faults}
    assert (copied / WATER / "water.ttl").read_bytes() == before


WRONG = [
    (term("Pump"), "there already", "a term that is there"),
    (term("a b"), "no name", "a name with a space"),
    (term("Lock", links={"rdfs:subClassOf": "nope:Thing"}), "no prefix", "a prefix nobody knows"),
]


@pytest.mark.parametrize(("new", "message", "reason"), WRONG, ids=[row[2] for row in WRONG])
def test_terms_that_cannot_be(copied: Path, new: NewTerm, message: str, reason: str) -> None:
    with pytest.raises(InformationModelError, match=message):
        add_term(Workspace(copied), "water", new)


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    make_module(NewModule(id="tides", title_nl="Getij", title_en="Tides"), tmp_path / "tides")
    return tmp_path / "tides"


def test_a_code_goes_into_the_extensions_own_file(extension: Path) -> None:
    workspace = Workspace(extension / "ontologies", beside=extension)
    words = {"definition_nl": "", "definition_en": ""}
    first = add_code(workspace, "sensor-themes", term("tide", kind="concept", **words), {})
    again = add_code(workspace, "sensor-themes", term("ebb", kind="concept", label_nl="eb, laag", **words), {})
    assert (first.line, again.line, first.faults, again.faults) == (2, 3, (), ())
    path = extension / "ontologies/codelists/sensor-themes.csv"
    assert path.read_text() == 'code,label_en,label_nl\ntide,lock,sluis\nebb,lock,"eb, laag"\n'


CODES = [
    ("no-such-list", term("a", kind="concept"), {}, "no code list"),
    ("sensor-themes", term("water", kind="concept"), {}, "there already"),
    ("sensor-themes", term("tide", kind="concept"), {}, "no column definition_nl"),
    ("placements", term("roof", kind="concept"), {"colour": "red"}, "no column 'colour'"),
    (
        "observed-properties",
        term("tide", kind="concept", definition_nl="", definition_en=""),
        {},
        "every row of the list has",
    ),
]


@pytest.mark.parametrize(("name", "new", "cells", "message"), CODES, ids=[row[3] for row in CODES])
def test_codes_that_cannot_be(extension: Path, name: str, new: NewTerm, cells: dict[str, str], message: str) -> None:
    with pytest.raises(InformationModelError, match=message):
        add_code(Workspace(extension / "ontologies", beside=extension), name, new, cells)
    assert not (extension / "ontologies/codelists").exists()


MODULES = [
    (NewModule(id="Tides", title_nl="a", title_en="b"), "no id", "an id with a capital"),
    (NewModule(id="device", title_nl="a", title_en="b"), "already", "an id of ours"),
    (NewModule(id="tides", title_nl="a", title_en="b"), "already", "an id that is there"),
    (NewModule(id="waves", title_nl="", title_en="b"), "title", "no title"),
    (NewModule(id="waves", title_nl="a", title_en="b", namespace="waves"), "namespace", "a namespace that is no IRI"),
]


@pytest.mark.parametrize(("new", "message", "reason"), MODULES, ids=[row[2] for row in MODULES])
def test_modules_that_cannot_be_leave_nothing_behind(
    extension: Path, new: NewModule, message: str, reason: str
) -> None:
    before = {path: path.read_bytes() for path in extension.rglob("*") if path.is_file()}
    with pytest.raises(InformationModelError, match=message):
        make_module(new, extension)
    assert {path: path.read_bytes() for path in extension.rglob("*") if path.is_file()} == before


def test_a_new_module_passes_every_check(extension: Path) -> None:
    assert check([Workspace(extension / "ontologies", beside=extension)]) == ()
    assert resources.chosen() == ()


comments = st.text("abc #:-\t'", max_size=12).map(lambda text: f"# {text}\n")
entries = st.lists(st.sampled_from(["a", "b", "c"]), unique=True, min_size=1)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(comments, comments, entries, st.integers(0, 4))
def test_an_entry_is_the_only_thing_that_changes(first: str, last: str, ids: list[str], indent: int) -> None:
    rows = "".join(f"{' ' * indent}- id: {one}\n{' ' * indent}  title: {{nl: x}}  # {one}\n" for one in ids)
    text = f"{first}modules:\n{rows}{last}profiles: []\n"
    after = with_entry(text, "modules", "- id: new\n  title: {}\n")
    added = f"{' ' * indent}- id: new\n{' ' * indent}  title: {{}}\n"
    assert after == text.replace(rows, rows + added)
