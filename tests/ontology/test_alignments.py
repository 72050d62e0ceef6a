"""What is aligned exists on both sides, and alignments do not contradict code lists or standards."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import OWL, RDFS, Graph, URIRef
from rdflib.namespace import SKOS, SOSA, SSN

from ssclab_data import resources
from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.terms import PREFIXES, term
from ssclab_data.model.codelists import read
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.ontology import alignments, codelists

NAMES = alignments.names()
STA = "https://schemas.opengis.org/sta/def/core#"
PREDICATES = {
    *(str(SKOS[f"{kind}Match"]) for kind in ("exact", "close", "broad", "narrow", "related")),
    str(OWL.equivalentClass),
    str(OWL.equivalentProperty),
    str(RDFS.subClassOf),
}
MODELS = {
    "https://smartdatamodels.org/dataModel.Environment/": ("AirQualityObserved", "NoiseLevelObserved"),
    "https://smartdatamodels.org/dataModel.Weather/": ("WeatherObserved",),
    "https://smartdatamodels.org/dataModel.Device/": ("Device",),
    "https://smartdatamodels.org/dataModel.Streetlighting/": ("Streetlight",),
    "https://smartdatamodels.org/": ("common",),
}


def rows(name: str) -> tuple[alignments.Match, ...]:
    return alignments.read(name).rows


def test_there_is_something_to_look_at() -> None:
    assert set(NAMES) >= {"cf", "eionet", "fiware", "qudt", "sosa-2017", "sosa-2023", "sta"}
    assert all(len(rows(name)) > 10 for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_says_what_it_is(name: str) -> None:
    head = alignments.read(name).head
    assert head.mapping_set_id == f"https://ssclab.example/def/alignments/{name}"
    assert re.fullmatch(r"\d+\.\d+\.\d+", head.mapping_set_version)
    assert head.license == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert head.mapping_set_title
    assert all(head.curie_map[prefix] == PREFIXES[prefix] for prefix in head.curie_map if prefix in PREFIXES)


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_whole_and_said_once(name: str) -> None:
    for row in rows(name):
        assert row.predicate in PREDICATES, row
        assert row.justification == "https://w3id.org/semapv/vocab/ManualMappingCuration"
        assert row.subject_label, row
        assert row.subject != row.object
    said = [(row.subject, row.object) for row in rows(name)]
    assert len(said) == len(set(said)), "two rows relate the same two terms"


@pytest.mark.needs("standards")
@pytest.mark.parametrize("name", NAMES)
def test_what_is_aligned_exists(name: str, known: Any, standards: Path) -> None:
    wrong = {}
    for row in rows(name):
        for iri in (row.subject, row.predicate, row.object):
            if iri.startswith(STA):
                why = "" if iri.removeprefix(STA) in sta_names() else "SensorThings has no such name"
            elif iri.startswith("https://smartdatamodels.org/"):
                why = "" if iri in attributes(standards) else "no schema has it"
            else:
                why = known.why_not(iri)
            if why:
                wrong[iri] = f"line {row.line}: {why}"
    assert not wrong


@pytest.mark.needs("standards")
def test_the_2017_terms_are_of_2017() -> None:
    for row in rows("sosa-2017"):
        space, name = (SOSA, row.object) if row.object.startswith(str(SOSA)) else (SSN, row.object)
        assert "systems/" in name or URIRef(name) in space, name


@pytest.mark.needs("standards")
def test_equivalences_with_the_2023_edition_are_those_of_the_standard(standards: Path) -> None:
    graph = Graph()
    for name in ("ssn-deprecated", "sosa-deprecated"):
        graph.parse(standards / "sosa" / "core" / f"{name}.ttl")
    for row in rows("sosa-2023"):
        if row.comment.startswith("Deprecated"):
            assert (URIRef(row.subject), URIRef(row.predicate), URIRef(row.object)) in graph, row
    for row in rows("sosa-2017"):
        if row.predicate.startswith(str(OWL)):
            assert (URIRef(row.object), URIRef(row.predicate), URIRef(row.subject)) in graph, row


def test_sensorthings_is_aligned_with_what_is_written() -> None:
    """The table says of each entity type what `linked_data.sosa` says, and every type is in it."""
    source = "".join(
        (Path(alignments.__file__).parents[1] / "linked_data" / f"{name}.py").read_text() for name in ("sosa", "parts")
    )
    curies = {term(name).value for name in re.findall(r'"([a-z-]+:\w+)"', source) if name.split(":")[0] in PREFIXES}
    assert {row.object for row in rows("sta")} <= curies
    assert {row.subject.removeprefix(STA) for row in rows("sta")} >= set(ENTITY_TYPES)


def test_units_are_aligned_with_the_unit_of_the_code_list() -> None:
    exact = {row.subject: row.object for row in rows("qudt") if row.predicate == str(SKOS.exactMatch)}
    listed = {codelists.concept_iri("units", row["ucum"]): row["definition"] for row in read("units")}
    assert exact == {concept: unit for concept, unit in listed.items() if unit}


def test_definitions_of_properties_stand_in_an_alignment() -> None:
    exact = {
        (row.subject, row.object)
        for name in ("eionet", "cf")
        for row in rows(name)
        if row.predicate == str(SKOS.exactMatch)
    }
    for row in read("observed-properties"):
        concept = codelists.concept_iri("observed-properties", row["id"])
        assert row["definition"] == concept or (concept, row["definition"]) in exact, row["id"]


def test_what_is_the_same_is_not_also_wider_or_only_related() -> None:
    """SKOS: exactMatch is disjoint with broadMatch and relatedMatch (S46)."""
    graph = alignments.graph() + codelists.graph()
    for subject, object_ in graph.subject_objects(SKOS.exactMatch):
        for other in (SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch):
            assert (subject, other, object_) not in graph, (subject, object_)


def test_one_concept_of_another_list_is_one_of_ours() -> None:
    """Two of our codes with one exactMatch would be the same concept."""
    graph = alignments.graph() + codelists.graph()
    for other in set(graph.objects(None, SKOS.exactMatch)):
        ours = [one for one in graph.subjects(SKOS.exactMatch, other) if str(one).startswith(codelists.BASE)]
        assert len(ours) <= 1, (other, ours)


HEAD = """# mapping_set_id: https://x.example/x
# mapping_set_version: "0.1.0"
# mapping_set_title: X
# license: https://creativecommons.org/publicdomain/zero/1.0/
# curie_map:
#   x: "https://x.example/"
"""
COLUMNS = "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# a: [\n" + COLUMNS, r"x\.sssom\.tsv: head: "),
        (HEAD.replace("license", "licence") + COLUMNS, "missing required field `license`"),
        (HEAD + "subject_id\tobject_id\n", r"x\.sssom\.tsv:7: there is no column predicate_id, mapping_justification"),
        (HEAD + COLUMNS + "x:a\tx:b\ty:c\tx:d\n", r"x\.sssom\.tsv:8: 'y:c' has no prefix of the curie_map: x"),
        (HEAD + COLUMNS + "x:a\tx:b\tx:c\tx:d\nx:a\tx:b\t\tx:d\n", r"x\.sssom\.tsv:9: '' has no prefix"),
        (HEAD + COLUMNS + "x:a b\tx:b\tx:c\tx:d\n", r"x\.sssom\.tsv:8: 'x:a b' makes no IRI"),
    ],
)
def test_a_fault_in_a_table_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "ontologies" / "alignments").mkdir(parents=True)
    (tmp_path / "ontologies" / "alignments" / "x.sssom.tsv").write_text(text)
    resources.use([tmp_path])
    try:
        with pytest.raises(InformationModelError, match=message):
            alignments.read("x")
    finally:
        resources.use(())


def test_an_unknown_table_is_told_with_those_there_are() -> None:
    with pytest.raises(InformationModelError, match="no alignment 'saref'; known: cf, eionet"):
        alignments.read("saref")


def sta_names() -> set[str]:
    """Names of entity types and of their properties as SensorThings writes them."""
    return {name for kind in ENTITY_TYPES.values() for name in (kind.name, *kind.by_name)}


@cache
def attributes(standards: Path) -> frozenset[str]:
    """IRIs of the Smart Data Models that are there, and of their attributes."""
    found: set[str] = set()
    for space, names in MODELS.items():
        for name in names:
            (file,) = (standards / "smart-data-models").glob(f"{name}[.-]schema.json")
            schema = json.loads(file.read_text(encoding="utf-8"))
            found.update(space + one for one in (name, *properties_of(schema)))
    return frozenset(found)


def properties_of(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {name for part in schema for name in properties_of(part)}
    if not isinstance(schema, dict):
        return set()
    own = schema.get("properties")
    return (set(own) if isinstance(own, dict) else set()) | properties_of(list(schema.values()))
