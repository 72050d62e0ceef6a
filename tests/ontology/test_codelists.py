"""Code lists are tidy, their units are UCUM and QUDT, and the SKOS made of them is whole and stable."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import SKOS

from ssclab_data import resources
from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.terms import is_iri
from ssclab_data.model.codelists import Averaging, municipalities, read
from ssclab_data.ontology import codelists

NAMES = codelists.names()
OURS = (
    "averagings",
    "code-lists",
    "frequency-weightings",
    "measurement-kinds",
    "municipalities",
    "noise-quantities",
    "observed-properties",
    "quality-flags",
    "radiation-shields",
    "time-weightings",
    "units",
)
IRI_COLUMNS = ("definition", "eu", "exact_match", "close_match")

# A part of UCUM: what units of this domain are made of (case sensitive form, with prefixes).
ATOMS = r"m|g|s|h|d|min|K|Pa|Ohm|V|A|W|lx|lm|cd|Hz|J|bar|rad|l|L|By|B|S|Sv|mol|atm|m\[Hg\]"
CUSTOMARY = r"\[(?:degF|mi_i|kn_i|ft_i|in_i|in_i'Hg|psi|pptr|pH)\]"
ATOM = re.compile(
    rf"(?P<prefix>[afpnumcdhkMGT]|da)??(?P<unit>{ATOMS})(?P<exponent>-?\d+)?|"
    rf"(?P<special>Cel|deg|%|dB\[SPL\](?:\{{C\}})?|dB\{{mW\}}|\[ppb\]|\[ppm\]|\[ppth\]|{CUSTOMARY})|"
    r"(?P<number>10\*-?\d+|\d+)|(?P<note>\{[!-z|~]+\})"
)


def ucum(code: str) -> Counter[str]:
    """Read a UCUM code as units and their exponents.

    Raises:
        ValueError: it is not well formed.
    """
    found: Counter[str] = Counter()
    sign = 1
    for part in re.split(r"([./])", code):
        if part in (".", "/"):
            sign = 1 if part == "." else -1
            continue
        match = ATOM.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} of {code!r} is no UCUM")
        if match["note"] is None and part != "1":
            base = part.removesuffix(match["exponent"] or "") if match["unit"] else part
            found[base] += sign * int(match["exponent"] or 1)
    return found


@pytest.fixture(scope="module")
def skos() -> Graph:
    return codelists.graph()


def test_there_is_something_to_look_at() -> None:
    assert set(OURS) <= set(NAMES)
    assert len(NAMES) == len(list((Path(str(resources.folder("ontologies"))) / "codelists").glob("*.csv")))


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_whole(name: str) -> None:
    rows = read(name)  # it refuses a code that is there twice
    assert rows
    for row in rows:
        code = next(iter(row.values()))
        assert re.fullmatch(r"\S+", code), row
        assert None not in row, f"{code}: too many cells"
        for column, value in row.items():
            assert value is not None, f"{code}: too few cells"
            assert value == value.strip(), f"{code}: spaces in {column}"
            if column in IRI_COLUMNS and value:
                assert all(is_iri(part) for part in value.split("|")), f"{code}: {column}"


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_a_scheme_of_concepts_with_labels_in_two_languages(name: str, skos: Graph) -> None:
    scheme = URIRef(codelists.scheme_iri(name))
    concepts = list(skos.subjects(SKOS.inScheme, scheme))
    assert {str(one) for one in concepts} == {
        codelists.concept_iri(name, next(iter(row.values()))) for row in read(name)
    }
    assert (scheme, RDF.type, SKOS.ConceptScheme) in skos
    tops = set(skos.objects(scheme, SKOS.hasTopConcept))
    assert tops
    for concept in concepts:
        assert (concept, RDF.type, SKOS.Concept) in skos
        labels = sorted(str(getattr(label, "language", "")) for label in skos.objects(concept, SKOS.prefLabel))
        assert labels == ["en", "nl"], concept
        assert len(list(skos.objects(concept, SKOS.notation))) == 1
        assert (concept in tops) != ((concept, SKOS.broader, None) in skos), concept
        assert set(skos.transitive_objects(concept, SKOS.broader)) & tops, f"{concept} leads to no top concept"


@pytest.mark.parametrize("name", NAMES)
def test_the_triples_of_a_list_are_the_same_each_time(name: str) -> None:
    first = list(codelists.triples(name))
    assert first == list(codelists.triples(name))
    assert len(first) == len(set(first)), "a statement is there twice"


def test_concepts_that_are_pointed_at_are_there(skos: Graph) -> None:
    concepts = {str(one) for one in skos.subjects()}
    pointed = {str(one) for one in skos.objects() if isinstance(one, URIRef) and str(one).startswith(codelists.BASE)}
    assert pointed - concepts == set()


@pytest.mark.needs("standards")
def test_iris_of_lists_exist(skos: Graph, known: Any) -> None:
    def iris() -> Iterator[str]:
        for triple in skos:
            yield from (str(part) for part in triple if isinstance(part, URIRef))

    assert not {iri: why for iri in iris() if (why := known.why_not(iri))}


@pytest.mark.parametrize(
    ("code", "well"),
    [
        ("ug/m3", True), ("ug.m-3", True), ("10*-3.%", True), ("{#}.cm-3", True), ("dB[SPL]", True), ("1", True),
        ("µg/m3", False), ("degC", False), ("ug/m³", False), ("dB(A)", False), ("ug//m3", False), ("", False),
    ],
)  # fmt: skip
def test_what_is_well_formed_ucum(code: str, well: bool) -> None:
    try:
        assert ucum(code) is not None
        assert well
    except ValueError:
        assert not well


def test_ucum_codes_are_well_formed() -> None:
    for row in (*read("units"), *read("observed-properties")):
        for code in (row["ucum"], *row.get("units", "").split("|")):
            if code:
                ucum(code)


@pytest.mark.needs("standards")
def test_units_say_what_qudt_says(standards: Path) -> None:
    """The UCUM code means the same, and the UN/CEFACT code is the same, where QUDT has them."""
    graph = Graph().parse(standards / "qudt" / "units-subset.ttl")
    qudt = "http://qudt.org/schema/qudt/"
    of_the_plain_unit = {"dB[SPL]": "2N", "%": "P1"}  # QUDT gives dB(A) and %RH no code of their own
    compared = 0
    for row in read("units"):
        if not row["definition"]:
            continue
        unit = URIRef(row["definition"])
        assert (unit, None, None) in graph, unit
        codes = [ucum(str(one)) for one in graph.objects(unit, URIRef(qudt + "ucumCode"))]
        assert not codes or ucum(row["ucum"]) in codes, (row["ucum"], codes)
        cefact = [str(one) for one in graph.objects(unit, URIRef(qudt + "uneceCommonCode"))]
        assert row["uncefact"] in (cefact or [of_the_plain_unit.get(row["ucum"], "")]), (row["ucum"], cefact)
        compared += bool(codes) + bool(cefact)
    assert compared > 30


def test_lists_that_code_reads_have_its_values() -> None:
    assert {row["code"] for row in read("averagings")} == {one.value for one in Averaging}
    assert [lab.municipality for lab in municipalities().values()] == [row["code"] for row in read("municipalities")]
    assert all(re.fullmatch(r"gm\d{4}", row["code"]) for row in read("municipalities"))
    assert [row["code"] for row in read("quality-flags")] == ["1", "2", "3", "4", "9"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,label_en\na,A\n", r"x\.csv:2: a label is missing; fill in label_nl"),
        ("code,label_en,label_nl,broader\na,A,A,\nb,B,B,c\n", r"x\.csv:3: 'b' has the broader code 'c'"),
    ],
)
def test_a_fault_in_a_list_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InformationModelError, match=message):
        list(codelists.triples(extended(tmp_path, text, titled=True)))


def test_a_list_of_an_extension_is_one_of_them_and_needs_a_title(tmp_path: Path) -> None:
    name = extended(tmp_path, "code,label_en,label_nl,dct:issued\na/b,A,A,2026-11-27\n", titled=False)
    assert name in codelists.names()
    with pytest.raises(InformationModelError, match=r"code list 'x' has no title; add a row"):
        list(codelists.triples(name))
    extended(tmp_path, "code,label_en,label_nl,dct:issued\na/b,A,A,2026-11-27\n", titled=True)
    graph = codelists.graph(name)
    assert ("2026-11-27", "date") in {
        (str(one), str(getattr(one, "datatype", "")).rpartition("#")[2]) for one in graph.objects()
    }
    assert URIRef("https://ssclab.example/def/x/a%2Fb") in set(graph.subjects())


@pytest.fixture(autouse=True)
def no_extensions() -> Iterator[None]:
    yield
    resources.use(())


def extended(folder: Path, text: str, *, titled: bool) -> str:
    lists = folder / "ontologies" / "codelists"
    lists.mkdir(parents=True, exist_ok=True)
    (lists / "x.csv").write_text(text)
    if titled:
        (lists / "code-lists.csv").write_text("name,label_en,label_nl\nx,X,X\n")
    resources.use([folder])
    return "x"
