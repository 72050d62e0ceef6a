"""What differs between two versions, how much of a change each is, and which next version it asks for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import InformationModelError
from ssclab_data.workgroup.diff import diff
from ssclab_data.workgroup.differences import Level, fits, next_version
from ssclab_data.workgroup.reports import differences_as_json, differences_as_lines

WATER = "modules/water/0.1.0"
TTL, SHAPES = f"{WATER}/water.ttl", f"{WATER}/shapes.ttl"
LIST = "codelists/water-kinds.csv"
SEE = "rdfs:seeAlso sosa:Sensor ;\n    "
RANGES = "sh:in ( 1 2 3 ) ; sh:minInclusive 0.5 ; sh:maxInclusive 9 ; sh:severity sh:Warning ;\n    sh:datatype"

CHANGES = [
    (TTL, '"pump"@en', '"pumps"@en', {"text-changed": "patch"}, "a label"),
    (TTL, '"Moves water."@en', '"Moves all water."@en', {"text-changed": "patch"}, "a definition"),
    (TTL, "water:BigPump a", "water:HugePump a", {"term-added": "minor", "term-removed": "major"}, "another name"),
    (TTL, "water:BigPump a owl:Class", "water:BigPump a owl:NamedIndividual", {"kind-changed": "major"}, "no class"),
    (
        TTL,
        "water:BigPump a owl:Class ;",
        "water:BigPump a owl:Class ;\n    owl:deprecated true ;\n    dct:isReplacedBy water:Pump ;",
        {"term-deprecated": "minor"},
        "old",
    ),
    (TTL, "    owl:deprecated true ;\n", "", {"term-revived": "minor"}, "in use again"),
    (
        TTL,
        "rdfs:subClassOf sosa:Actuator ;",
        "rdfs:subClassOf sosa:Actuator , sosa:System ;",
        {"link-added": "minor"},
        "one more class above",
    ),
    (TTL, "    rdfs:subClassOf sosa:Actuator ;\n", "", {"link-removed": "major"}, "no class above"),
    (
        TTL,
        "rdfs:range xsd:string",
        "rdfs:range xsd:token",
        {"bound-added": "major", "bound-removed": "minor"},
        "another range",
    ),
    (TTL, "    rdfs:domain water:Site ;\n    rdfs:range", "    rdfs:range", {"bound-removed": "minor"}, "any domain"),
    (
        TTL,
        "a owl:Class ;\n    rdfs:subClassOf sosa:Actuator",
        f"a owl:Class ;\n    {SEE}rdfs:subClassOf sosa:Actuator",
        {"file-changed": "patch"},
        "something else",
    ),
    (SHAPES, "sh:minCount 1", "sh:minCount 2", {"shape-stricter": "major"}, "more values"),
    (SHAPES, "sh:minCount 1", "sh:minCount 0", {"shape-looser": "minor"}, "fewer values"),
    (SHAPES, "    sh:minCount 1 ;\n", "", {"shape-looser": "minor"}, "no least number"),
    (SHAPES, "sh:maxCount 1", "sh:maxCount 2", {"shape-looser": "minor"}, "more values allowed"),
    (
        SHAPES,
        "    sh:maxCount 1 ;\n",
        "    sh:maxCount 1 ;\n    sh:minLength 0 ;\n",
        {"shape-stricter": "major"},
        "a new limit",
    ),
    (SHAPES, "sh:datatype xsd:string", "sh:datatype xsd:token", {"shape-stricter": "major"}, "another datatype"),
    (
        SHAPES,
        "sh:targetClass water:Site",
        "sh:targetClass water:Site , water:Pump",
        {"shape-stricter": "major"},
        "more to look at",
    ),
    (SHAPES, "code, een tekst.", "code: een tekst.", {"text-changed": "patch"}, "a message"),
    (SHAPES, "sh:maxCount 1", "sh:maxCount 1 ; sh:severity sh:Warning", {"shape-looser": "minor"}, "a warning only"),
    (SHAPES, "sh:maxCount 1", "sh:maxCount 1 ; sh:deactivated true", {"shape-looser": "minor"}, "switched off"),
    (f"{WATER}/requirements.csv", ";water\n", ";water\nCQ-02;a;b;c;d\n", {"part-added": "minor"}, "one more question"),
    (f"{WATER}/requirements.csv", "register", "registers", {"file-changed": "patch"}, "another category"),
    (LIST, "canal,canal,kanaal,,,\n", "", {"code-removed": "major"}, "a code gone"),
    (
        LIST,
        "canal,canal,kanaal,,,\n",
        "canal,canal,kanaal,,,\nlake,lake,meer,,,\n",
        {"code-added": "minor"},
        "a new code",
    ),
    (LIST, "canal,canal,kanaal", "canal,canal,vaart", {"code-text": "patch"}, "a label"),
    (LIST, "https://example.org/ditch", "https://example.org/drain", {"code-meaning": "major"}, "another concept"),
    (LIST, ",exact_match", ",depth", {"column-added": "minor", "column-removed": "major"}, "another column"),
    (
        "registry.yaml",
        "- id: soil\n    prefix: soil",
        "- id: clay\n    prefix: clay",
        {"part-added": "minor", "part-removed": "major"},
        "another module",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "expected", "reason"), CHANGES, ids=[row[4] for row in CHANGES])
def test_each_change_has_its_level(
    pattern: Path,
    edited: Callable[[str, str, str], Path],
    file: str,
    old: str,
    new: str,
    expected: dict[str, str],
    reason: str,
) -> None:
    path = edited(file, old, new)
    root = next(parent for parent in path.parents if parent.name == "ontologies")
    found = {each.kind: each.level.word for one in diff(str(pattern), str(root)) for each in one.differences}
    assert found == expected, reason


NARROWER = [
    ("( 1 2 3 )", "( 1 2 )", "shape-stricter", "a shorter list"),
    ("( 1 2 3 )", "( 1 2 3 4 )", "shape-looser", "a longer list"),
    ("minInclusive 0.5", "minInclusive 0.6", "shape-stricter", "a higher floor"),
    ("minInclusive 0.5", "minInclusive -1", "shape-looser", "a lower floor"),
    ("maxInclusive 9", "maxInclusive 10", "shape-looser", "a higher ceiling; as text it would be lower"),
    ("maxInclusive 9", "maxInclusive 8", "shape-stricter", "a lower ceiling"),
    ("sh:Warning", "sh:Violation", "shape-stricter", "an error"),
    ("sh:Warning", "sh:Info", "shape-looser", "a hint"),
]


@pytest.mark.parametrize(("old", "new", "kind", "reason"), NARROWER, ids=[row[3] for row in NARROWER])
def test_limits_are_compared_as_numbers_and_lists_as_sets(
    copied: Path, tmp_path: Path, old: str, new: str, kind: str, reason: str
) -> None:
    before, after = copied / WATER, tmp_path / "after"
    shapes = before / "shapes.ttl"
    shapes.write_text(shapes.read_text().replace("sh:datatype", RANGES))
    shutil.copytree(before, after)
    (after / "shapes.ttl").write_text(shapes.read_text().replace(old, new))
    (comparison,) = diff(str(before), str(after))
    assert [one.kind for one in comparison.differences] == [kind], reason


def test_a_shape_for_new_terms_breaks_nothing(pattern: Path, copied: Path) -> None:
    folder = copied / WATER
    more = "\nwater:Lock a owl:Class ;\n    rdfs:subClassOf sosa:Platform .\n"
    (folder / "water.ttl").write_text((folder / "water.ttl").read_text() + more)
    shape = (
        '\nshape:Lock a sh:NodeShape ; sh:targetClass water:Lock ; sh:nodeKind sh:IRI ; sh:message "a"@nl , "a"@en .\n'
    )
    (folder / "shapes.ttl").write_text((folder / "shapes.ttl").read_text() + shape)
    (comparison,) = diff(str(pattern / WATER), str(folder))
    assert (comparison.level, {one.kind for one in comparison.differences}) == (
        Level.MINOR,
        {"term-added", "shape-new"},
    )
    assert not comparison.fits
    assert comparison.next == "0.2.0"


def test_a_version_that_is_large_enough_fits(pattern: Path, copied: Path) -> None:
    folder = copied / WATER
    text = (folder / "water.ttl").read_text().replace("water/0.1.0", "water/0.2.0").replace('"pump"@en', '"pumps"@en')
    (folder / "water.ttl").write_text(text)
    (comparison,) = diff(str(pattern / WATER), str(folder))
    assert (comparison.old, comparison.new, comparison.fits) == ("0.1.0", "0.2.0", True)


def test_reports_say_it_in_two_languages_and_as_json(pattern: Path, edited: Callable[[str, str, str], Path]) -> None:
    folder = edited(TTL, '"pump"@en', '"pumps"@en').parent
    comparisons = diff(str(pattern / WATER), str(folder))
    assert "rdfs:label changed" in differences_as_lines(comparisons, "en")
    assert "0.1.0 is een te kleine stap; noem het 0.1.1" in differences_as_lines(comparisons, "nl")
    (document,) = json.loads(differences_as_json(comparisons))
    assert (document["level"], document["fits"], document["next"]) == ("patch", False, "0.1.1")


REFUSED = [
    ("nothing@0.1.0", "no module", "no such module"),
    ("no-such-folder", "there is no", "no such folder"),
    ("air@9.0.0", "no version", "no such version"),
]


@pytest.mark.parametrize(("name", "message", "reason"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_not_there_is_refused(name: str, message: str, reason: str) -> None:
    with pytest.raises(InformationModelError, match=message):
        diff(name, name)


versions = st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 9)).map(
    lambda parts: ".".join(map(str, parts))
)


@given(versions, st.sampled_from(Level))
def test_the_next_version_fits_and_no_smaller_level_asks_for_more(version: str, level: Level) -> None:
    assert fits(version, next_version(version, level), level)
    assert all(fits(version, next_version(version, level), lower) for lower in Level if lower <= level)
    assert level is Level.NONE or not fits(version, version, level)
