"""Check that profiles say what they mean: names that lead somewhere, rules that hold, bases that are put under."""

from pathlib import Path

import pytest

from ssclab_data import resources
from ssclab_data.errors import InformationModelError
from ssclab_data.model.finding import Severity
from ssclab_data.validation.modelling_rules import MODELLING_RULES
from ssclab_data.validation.profile import load_profile, profile_names

REGISTRY = """profiles:
  - {id: mine, version: 1, status: draft, title: {en: mine, nl: mijn}, folder: profiles/mine/1}
  - {id: mine, version: 2, status: draft, title: {en: mine, nl: mijn}, folder: profiles/mine/2}
"""


def extension(folder: Path, first: str, second: str = "description: {}") -> None:
    """Use a folder with a profile `mine` of two versions."""
    for version, text in (("1", first), ("2", second)):
        place = folder / "ontologies" / "profiles" / "mine" / version
        place.mkdir(parents=True)
        (place / "profile.yaml").write_text(text)
    (folder / "ontologies" / "registry.yaml").write_text(REGISTRY)
    resources.use([folder])


@pytest.fixture(autouse=True)
def _without_extensions() -> object:
    yield
    resources.use(())


def test_our_profiles_load_and_every_rule_has_its_level_in_the_core() -> None:
    loaded = {name: load_profile(name) for name in profile_names()}
    assert set(loaded) >= {"lab-core@1", "lab-air@1", "lab-noise@1"}
    others = {"property-not-in-profile"}  # of a profile with a list of its own
    assert set(loaded["lab-core@1"].rules) | others == set(MODELLING_RULES)
    assert loaded["lab-air@1"].modules[:1] == ("core",), "the base's modules hold too"
    assert loaded["lab-noise@1"].severity("mean-as-instant") is Severity.ERROR
    assert loaded["lab-air@1"].series.of("no").range is not None, "`no` is an id here, and false in YAML"


def test_a_profile_goes_over_its_base(tmp_path: Path) -> None:
    extension(
        tmp_path,
        """
description: {en: mine}
based_on: [lab-air@1]
rules: {axes-swapped: "off", unit-unknown: warning}
required: {Thing/properties/owner: error}
series: {properties: {pm25: {spike: false}}}
""",
    )
    mine, base = load_profile("mine@1"), load_profile("lab-air@1")
    assert (mine.severity("axes-swapped"), mine.severity("unit-unknown")) == (None, Severity.WARNING)
    assert mine.severity("unit-missing") is Severity.ERROR
    assert mine.required["Thing/properties/owner"] == "error"
    assert mine.series.of("pm25").spike is False
    assert mine.series.of("pm25").range == base.series.of("pm25").range
    assert mine.observed_properties == base.observed_properties


def test_without_a_version_the_newest_is_taken(tmp_path: Path) -> None:
    extension(tmp_path, "description: {}")
    assert load_profile("mine").name == "mine@2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("description: {}\nrules: {axes-swaped: error}", "no rule 'axes-swaped'"),
        ("description: {}\nrules: {axes-swapped: bad}", r"Invalid enum value 'bad'.*\$\.rules"),
        ("description: {}\nmodules: [sea]", "no module 'sea'"),
        ("description: {}\nobserved_properties: [smell]", "no observed property 'smell'"),
        ("description: {}\nvocabularies: {Thing/properties/x: colours}", "there is no code list 'colours'"),
        ("description: {}\nseries: {properties: {smell: {}}}", "no observed property in series 'smell'"),
        ("description: {}\nseries: {properties: {pm25: {spik: {}}}}", "unknown field `spik`"),
        ("description: {}\nbased_on: [mine@1]", "based on each other: mine@1 -> mine@1"),
        ("description: {}\nbased_on: [yours@1]", "no profile 'yours@1'; known: "),
        ("description: [", "profile.yaml"),
        ("rule: 1", "unknown field|missing required"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(text: str, message: str, tmp_path: Path) -> None:
    extension(tmp_path, text)
    with pytest.raises(InformationModelError, match=message):
        load_profile("mine@1")


def test_a_profile_that_is_not_there_says_which_are() -> None:
    with pytest.raises(InformationModelError, match=r"no profile 'lab-water'; known: lab-air@1, lab-core@1"):
        load_profile("lab-water")


def test_the_page_lists_every_rule(repository: Path) -> None:
    page = (repository / "docs" / "profiles.md").read_text(encoding="utf-8")
    assert [rule for rule in MODELLING_RULES if f"| `{rule}` |" not in page] == []
    assert [name for name in profile_names() if f"| `{name}` |" not in page] == []
