"""Each source has its page, written out of its mapping and committed; each says where its facts come from."""

from pathlib import Path

import pytest

from ssclab_data.model import codelists
from ssclab_data.model.units import resolve_unit
from ssclab_data.sources.declaration import MappingFile
from ssclab_data.sources.mapping import MappedSource, load_source, source_names
from ssclab_data.sources.pages import FOLDER, pages
from ssclab_data.validation.profile import load_profile

MAPPED = [name for name in source_names() if isinstance(load_source(name), MappedSource)]


def mapping(name: str) -> MappingFile:
    source = load_source(name)
    assert isinstance(source, MappedSource)
    return source.mapping


def test_the_committed_pages_are_those_of_the_mappings(repository: Path) -> None:
    """`python -m ssclab_data.sources.pages` writes them anew."""
    committed = {file.name: file.read_text(encoding="utf-8") for file in (repository / FOLDER).glob("*.md")}
    assert committed == dict(pages())


@pytest.mark.parametrize("name", MAPPED)
def test_a_mapping_tells_where_its_facts_come_from_and_what_to_look_out_for(name: str) -> None:
    found = mapping(name)
    assert found.documentation
    assert found.homepage.startswith("http")
    assert found.time.because
    assert found.traps, "a source without a trap has not been looked at"
    assert all(reason.strip() for reason in found.ignore.values())
    load_profile(found.profile)


@pytest.mark.parametrize("name", MAPPED)
def test_what_a_mapping_names_is_in_the_code_lists(name: str) -> None:
    found = mapping(name)
    quality = {row["code"] for row in codelists.read("quality-flags")}
    kinds = {row["code"] for row in codelists.read("measurement-kinds")} | {""}
    for rule in found.fields.values():
        for id_ in (rule.property, *rule.by_unit.values()):
            assert codelists.observed_property(id_)
        for unit in filter(None, (rule.unit, *rule.by_unit)):
            assert resolve_unit(unit)
        assert rule.kind in kinds
        assert {one.quality for one in rule.special.values()} <= quality
    for flag in found.flags.values():
        assert {*flag.codes.values(), flag.absent} - {""} <= quality
