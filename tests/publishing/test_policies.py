"""Which policy a Thing gets, what its register entry tells, and where the key is kept."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data import Lab
from ssclab_data.errors import NotFoundError, SettingsError
from ssclab_data.lab_files import read_lab_file
from ssclab_data.model import codelists
from ssclab_data.model.crs import from_rd
from ssclab_data.model.lab import Policy, Publishing
from ssclab_data.publishing import register
from ssclab_data.publishing.addresses import Addresses, Crowd, read_addresses
from ssclab_data.publishing.cells import rd_cell
from ssclab_data.publishing.findings import RULES
from ssclab_data.publishing.policy import DEFAULT_POLICIES, Decision, check_publishing, decide
from ssclab_data.publishing.secret import Secret, open_secret

from .street import DEVICE, LAB, dump, lab_folder, publish, series, stream, thing, write


@pytest.mark.parametrize(
    ("lab", "properties", "policy", "guarded", "refused"),
    [
        ({}, {"placement": "public-space"}, "exact", False, ""),
        ({}, {"placement": "home"}, "grid250", True, ""),
        ({}, {"placement": "person-carried"}, "municipality", True, ""),
        # What is not known is treated as a home: nobody said that the place may be told.
        ({}, {}, "grid250", True, ""),
        ({}, {"placement": "roof"}, "grid250", True, ""),
        ({}, {"placement": None}, "grid250", True, ""),
        ({}, {"placement": ["home"]}, "grid250", True, ""),
        ({"unknown": "exact"}, {}, "exact", False, ""),
        ({"unknown": "municipality"}, {}, "municipality", True, ""),
        ({"policies": {"home": "grid1000"}}, {"placement": "home"}, "grid1000", True, ""),
        ({"policies": {"public-space": "grid100"}}, {"placement": "public-space"}, "grid100", False, ""),
        # A Thing can ask for more care, never for less.
        ({}, {"placement": "public-space", "publishing": "grid1000"}, "grid1000", False, ""),
        ({}, {"placement": "home", "publishing": "municipality"}, "municipality", True, ""),
        ({}, {"placement": "home", "publishing": "grid250"}, "grid250", True, ""),
        ({}, {"placement": "home", "publishing": "exact"}, "grid250", True, "exact"),
        ({}, {"placement": "home", "publishing": "grid100"}, "grid250", True, "grid100"),
        ({}, {"publishing": "exact"}, "grid250", True, "exact"),
        ({}, {"placement": "home", "publishing": "hidden"}, "grid250", True, "hidden"),
        ({}, {"placement": "home", "publishing": 4}, "grid250", True, "4"),
    ],
)
def test_the_policy_of_a_thing(
    lab: dict[str, Any], properties: dict[str, Any], policy: str, *, guarded: bool, refused: str
) -> None:
    found = decide(check_publishing(msgspec.convert(lab, Publishing)), properties)
    assert (found.policy.value, found.guarded, found.refused) == (policy, guarded, refused)


def test_the_placements_are_those_of_the_code_list() -> None:
    assert set(DEFAULT_POLICIES) == {row["code"] for row in codelists.read("placements")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{policies: {home: exact}}", "a home is never published exactly"),
        ("{policies: {person-carried: grid1000}}", "draws a track"),
        ("{policies: {roof: exact}}", "no placement roof; known: public-space, home, person-carried"),
        ("{policies: {home: grid500}}", "grid500"),
        ("{unknown: sometimes}", "sometimes"),
        ("{secret: ../key}", "must be the name of a file"),
        ("{secret: .key}", "must be the name of a file"),
        ("{addresses: /etc/passwd}", "must be the name of a file"),
        ("{minimum_values: 1}", "minimum_values at least 2"),
        ("{minimum_addresses: 0}", "minimum_addresses is at least 1"),
        ("{polices: {}}", "polices"),
    ],
)
def test_a_mistake_in_the_lab_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    folder = lab_folder(tmp_path, LAB.replace("{}\n", f"{text}\n"))
    with pytest.raises(SettingsError, match=message):
        read_lab_file(folder / "lab.yaml")


def test_a_misspelt_section_does_not_make_everything_public(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path, LAB.replace("publishing:", "publisihng:"))
    with pytest.raises(SettingsError, match="publisihng"):
        Lab.open(folder)


HOME_DECISION = Decision(policy=Policy.GRID250, placement="home", guarded=True)
PUBLIC_DECISION = Decision(policy=Policy.GRID1000, placement="public-space", guarded=False)


@pytest.mark.parametrize(
    ("properties", "decision", "expected"),
    [
        ({"owner": "Jan de Vries"}, HOME_DECISION, {}),  # the owner of what is at a home may be a person
        ({"owner": "Gemeente Breda"}, PUBLIC_DECISION, {"owner": "Gemeente Breda"}),
        ({"purpose": "Meten van PM2.5, NO2 en CO2"}, HOME_DECISION, {"purpose": "Meten van PM2.5, NO2 en CO2"}),
        ({"purpose": "Meten bij Dorpsstraat 5"}, HOME_DECISION, {}),  # digits may be of an address
        ({"purpose": "Meten in de Dorpsstraat"}, HOME_DECISION, {}),  # a name in the texts of its places
        ({"purpose": "zie https://x.example/jan"}, HOME_DECISION, {}),
        ({"purpose": "mail jan@x.example"}, HOME_DECISION, {}),
        ({"purpose": "a" * 301}, HOME_DECISION, {}),
        ({"legalGround": "public-task"}, HOME_DECISION, {"legalGround": "public-task"}),
        ({"legalGround": "because Jan said so"}, HOME_DECISION, {}),
        ({"legalGround": ["public-task"]}, HOME_DECISION, {}),
        ({"personalData": True}, HOME_DECISION, {"personalData": True}),
        ({"personalData": "no"}, HOME_DECISION, {"personalData": "no"}),
        ({"activeUntil": "2028-01-01"}, HOME_DECISION, {"activeUntil": "2028-01-01"}),
        ({"activeUntil": "until Jan moves"}, HOME_DECISION, {}),
        ({"placement": "home"}, HOME_DECISION, {"placement": "home"}),
        (
            {"address": "Dorpsstraat 5", "lat": 51.47, "localId": "x"},
            HOME_DECISION,
            {},
        ),  # not in the list of what passes
    ],
)
def test_what_of_the_sensor_register_is_published(
    properties: Mapping[str, Any], decision: Decision, expected: Mapping[str, Any]
) -> None:
    assert register.published(properties, decision, ["Dorpsstraat 5, Helmond"]) == expected


def test_findings_tell_what_is_kept_back(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path / "helmond")
    asked = {"placement": "home", "publishing": "exact", "owner": "Jan"}
    entities = [
        *thing("x/a", properties=asked),
        *stream("x/a", "pm25"),
        *stream("x/a", "heartbeat", definition="https://x.example/heartbeat"),
        *thing("x/b"),
    ]
    write(folder, entities, series("x/a/heartbeat", [(0, 1), (1, 2)]), series("x/a/pm25", [(0, 1.5)]))
    report = publish(folder)
    assert {finding.rule for finding in report.findings} == set(RULES)
    assert (report.kept_back, report.not_published, report.copied, report.read) == (1, 2, 1, 3)
    assert "heartbeat" not in str(dump(folder / "public.db"))
    for finding in report.findings:
        assert all((finding.text_nl, finding.cure, finding.cure_nl)), finding.rule
    assert "Observations: 3 = 1 copied + 0 in means" in str(report)


def test_the_key_is_made_once_and_its_owner_alone_reads_it(lab: Path) -> None:
    (lab / "publishing.key").unlink()
    publish(lab)
    file = lab / "publishing.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = file.read_text()
    assert len(bytes.fromhex(key)) == 32
    publish(lab)
    assert file.read_text() == key
    assert repr(open_secret(file, make=False)) == "Secret(...)"


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        ("00" * 32, 0o644, "chmod 600"),
        ("00" * 31, 0o600, "31 bytes"),
        ("no key", 0o600, "no readable key"),
        ("é", 0o600, "no readable key"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused(lab: Path, content: str, mode: int, message: str) -> None:
    file = lab / "publishing.key"
    file.write_text(content)
    os.chmod(file, mode)
    with pytest.raises(SettingsError, match=message):
        publish(lab)


def test_another_key_is_refused_until_all_is_published_anew(lab: Path) -> None:
    publish(lab)
    before = dump(lab / "public.db")
    (lab / "publishing.key").unlink()
    with pytest.raises(SettingsError, match="another key"):
        publish(lab)
    assert dump(lab / "public.db") == before
    assert publish(lab, full=True).clean
    after = dump(lab / "public.db")
    assert not set(before["Datastream"]) & set(after["Datastream"])
    assert len(before["Datastream"]) == len(after["Datastream"])


def test_ids_of_parts_cannot_be_mixed_up() -> None:
    """The parts of what an id is made of are told apart, and so are purposes."""
    secret = Secret(bytes(32))
    made = {secret.id("a", "b", "c"), secret.id("a", "bc"), secret.id("ab", "c"), secret.id("a", "b", "c", "")}
    assert len(made) == 4
    assert all(len(one) == 20 and one.isalnum() and one.islower() for one in made)


def test_no_key_no_id_of_an_owner(lab: Path) -> None:
    (lab / "publishing.key").unlink()
    with Lab.open(lab) as opened:
        with pytest.raises(SettingsError, match="key"):
            opened.published_key(f"lorawan/{DEVICE}")
        opened.publish()
        with pytest.raises(NotFoundError, match="x/nobody"):
            opened.published_key("x/nobody")


class TestAddresses:
    """cases.md has none of these; the counts are by hand, in the grid of 250 m from (155000, 463000)."""

    FARM = (155_030.0, 463_030.0, 1)
    TOWN = (155_180.0, 463_180.0, 40)
    """In another cell of 100 m than the farm, and in the same one of 250 m."""
    VILLAGE = (155_400.0, 463_400.0, 12)
    """In another cell of 250 m, and in the same one of 1000 m."""

    def crowd(self, *points: tuple[float, float, int], policy: Policy = Policy.GRID100) -> Crowd:
        return Crowd.of(Addresses(points), policy, 10)

    def test_a_crowded_cell_is_published(self) -> None:
        assert self.crowd(self.TOWN).cell(*from_rd(155_190, 463_110)) == rd_cell(155_190, 463_110, 100)

    def test_a_farm_does_not_hide_behind_a_town_that_needs_no_larger_cell(self) -> None:
        """The 250 m around the farm hold 41 addresses, but 40 of them would have been published by 100 m: that it is
        by 250 m would tell that it is the farm.
        """
        crowd = self.crowd(self.FARM, self.TOWN)
        assert crowd.cell(*from_rd(155_030, 463_030)) is None
        assert crowd.cell(*from_rd(155_180, 463_180)) is not None

    def test_those_that_need_a_larger_cell_hide_each_other(self) -> None:
        """Four cells of 100 m with 4 addresses each: 16 in 250 m."""
        points = [(155_000.0 + x, 463_000.0 + y, 4) for x in (30, 130) for y in (30, 130)]
        assert self.crowd(*points).cell(*from_rd(155_030, 463_030)) == rd_cell(155_030, 463_030, 250)

    def test_the_policy_is_the_least(self) -> None:
        cell = self.crowd(self.TOWN, policy=Policy.GRID1000).cell(*from_rd(155_180, 463_180))
        assert cell == rd_cell(155_180, 463_180, 1000)

    def test_outside_the_table_it_is_the_municipality(self) -> None:
        assert self.crowd(self.TOWN, self.VILLAGE).cell(*from_rd(165_000, 463_000)) is None

    def test_a_home_among_few_is_published_by_the_municipality(self, tmp_path: Path) -> None:
        folder = lab_folder(tmp_path / "helmond", LAB.replace("{}", "{addresses: bag.csv}"))
        (folder / "bag.csv").write_text("x,y,addresses\n174600,387100,9\n")
        write(folder, [*thing("x/a", properties={"placement": "home"}), *stream("x/a", "pm25")])
        report = publish(folder)
        assert "addresses-not-checked" not in {finding.rule for finding in report.findings}
        assert "'publishing': 'municipality'" in str(dump(folder / "public.db")["Location"])
        (folder / "bag.csv").write_text("x,y,addresses\n174600,387100,10\n")
        publish(folder)
        assert "rd250:698:1548" in str(dump(folder / "public.db")["Location"])

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x,y\n1,2\n", "columns must be x,y,addresses"),
            ("x,y,addresses\n155000,463000,many\n", "bag.csv:2: give x and y"),
            ("x,y,addresses\n155000,463000\n", "bag.csv:2: give x and y"),
            ("x,y,addresses\n5.4,52.1,3\n", "bag.csv:2: 5.4, 52.1 is not in the area"),
            ("x,y,addresses\n155000,463000,-1\n", "below 0"),
        ],
    )
    def test_a_mistake_in_the_table_is_told(self, tmp_path: Path, text: str, message: str) -> None:
        (tmp_path / "bag.csv").write_text(text)
        with pytest.raises(SettingsError, match=message):
            read_addresses(tmp_path / "bag.csv")
        with pytest.raises(SettingsError, match="cannot read"):
            read_addresses(tmp_path / "none.csv")


def test_the_municipality_needs_an_area(tmp_path: Path) -> None:
    text = "key: elders\nname: Elders\npublishing: {unknown: municipality}\n"
    folder = lab_folder(tmp_path, text)
    write(folder, thing("x/a"))
    with pytest.raises(SettingsError, match="has no area"):
        publish(folder)
