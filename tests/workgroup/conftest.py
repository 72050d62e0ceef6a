"""A folder of three small modules with a code list, in which tests plant faults."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ssclab_data.workgroup.new_module import NewModule, make_module

MORE_TERMS = """
water:Pump a owl:Class ;
    rdfs:subClassOf sosa:Actuator ;
    rdfs:label "pump"@en , "pomp"@nl ;
    rdfs:comment "Moves water."@en , "Verplaatst water."@nl ;
    rdfs:isDefinedBy <https://ssclab.example/def/water> .

water:BigPump a owl:Class ;
    rdfs:subClassOf water:Pump ;
    rdfs:label "big pump"@en , "grote pomp"@nl ;
    rdfs:comment "Moves much water."@en , "Verplaatst veel water."@nl ;
    rdfs:isDefinedBy <https://ssclab.example/def/water> .

water:oldCode a owl:DatatypeProperty ;
    rdfs:domain water:Site ;
    owl:deprecated true ;
    dct:isReplacedBy water:siteCode ;
    rdfs:label "old code"@en , "oude code"@nl ;
    rdfs:comment "The code of before."@en , "De code van vroeger."@nl ;
    rdfs:isDefinedBy <https://ssclab.example/def/water> .
"""

KINDS = """code,label_en,label_nl,definition_en,definition_nl,exact_match
ditch,ditch,sloot,Narrow.,Smal.,https://example.org/ditch
canal,canal,kanaal,,,
"""


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder once; nobody changes it."""
    root = tmp_path_factory.mktemp("pattern") / "ontologies"
    for id_ in ("base", "soil", "water"):
        make_module(NewModule(id=id_, title_nl=id_, title_en=id_), root.parent)
    registry = root / "registry.yaml"
    folder = "    folder: modules/water/0.1.0\n"
    registry.write_text(registry.read_text().replace(folder, f"{folder}    imports: [base]\n"))
    ontology = root / "modules/water/0.1.0/water.ttl"
    version = '    owl:versionInfo "0.1.0" ;\n'
    imports = "    owl:imports <https://ssclab.example/def/base/0.1.0> ;\n"
    ontology.write_text(ontology.read_text().replace(version, version + imports) + MORE_TERMS)
    (root / "codelists").mkdir()
    (root / "codelists/water-kinds.csv").write_text(KINDS)
    return root


@pytest.fixture
def copied(pattern: Path, tmp_path: Path) -> Path:
    """Give a copy that a test may change."""
    return Path(shutil.copytree(pattern, tmp_path / "ontologies"))


@pytest.fixture
def edited(copied: Path) -> Callable[[str, str, str], Path]:
    """Change one text in a file of the copy, which must have it."""

    def change(name: str, old: str, new: str) -> Path:
        path = copied / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1))
        return path

    return change
