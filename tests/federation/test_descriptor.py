"""A `federation.yaml` is read whole, or refused with every fault named."""

from pathlib import Path

import pytest

from ssclab_data.errors import SettingsError
from ssclab_data.federation import Descriptor, Federation, LabEntry, read_descriptor
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.values import Box
from ssclab_data.settings import Settings

GOOD = """\
key: nl
name: Nationaal Smart City Living Lab
deadline: 2.5
labs:
  - key: zoetermeer
    name: Zoetermeer
    municipality: gm0637
    character: recreation
    area: {west: 4.42, south: 52.03, east: 4.56, north: 52.09}
    url: http://127.0.0.1:8101/sta/v1.1
  - key: rivm
    name: Samen Meten
    url: https://api-samenmeten.example/v1.0/
"""


def test_a_descriptor_is_read_from_a_file_a_text_or_a_value(tmp_path: Path) -> None:
    file = tmp_path / "federation.yaml"
    file.write_text(GOOD, encoding="utf-8")
    descriptor = read_descriptor(file)
    assert descriptor == read_descriptor(GOOD) == read_descriptor(str(file)) == read_descriptor(descriptor)
    assert descriptor.deadline == 2.5
    assert descriptor.labs[0].info == LabInfo(
        key="zoetermeer",
        name="Zoetermeer",
        municipality="gm0637",
        character="recreation",
        area=Box(4.42, 52.03, 4.56, 52.09),
        url="http://127.0.0.1:8101",
    )
    assert descriptor.labs[1].info.url == "https://api-samenmeten.example/v1.0"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("key: nl", "key: NL", r"/key: 'NL' does not meet pattern"),
        ("deadline: 2.5", "deadline: 0", r"/deadline: 0 does not meet exclusiveMinimum 0"),
        ("deadline: 2.5", "deadlin: 2", "did you mean 'deadline'"),
        ("key: rivm", "key: zoetermeer", "lab 'zoetermeer' is there 2 times"),
        ("gm0637", "0637", r"/labs/0/municipality: 415 is not of type string"),
        ("west: 4.42", "west: west", r"/labs/0/area/west: 'west' is not of type number"),
        ("south: 52.03", "south: 52.5", "south edge above its north edge"),
        ("    url: http://127.0.0.1:8101/sta/v1.1\n", "", r"/labs/0/url: url is missing"),
        ("http://127.0.0.1", "ftp://127.0.0.1", r"/labs/0/url: 'ftp://"),
        ("labs:", "labs: [", "no YAML"),
        (GOOD, "- 1\n", "the whole: .* is not of type object"),
    ],
)
def test_a_wrong_descriptor_is_refused_with_its_place(old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(SettingsError, match=words):
        read_descriptor(GOOD.replace(old, new))


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"municipality.*url"):
        read_descriptor(GOOD.replace("gm0637", "637").replace("http://127", "gopher://127"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none.yaml: cannot be read"):
        read_descriptor(tmp_path / "none.yaml")


def test_opening_a_federation_contacts_nobody() -> None:
    lab = LabEntry(key="breda", name="Breda", url="http://127.0.0.1:1/sta/v1.1")
    with Federation.open(Descriptor(key="nl", name="NL", labs=(lab,)), settings=Settings(), secret=b"x") as cities:
        assert [city.name for city in cities.labs] == ["Breda"]
        assert (cities.store.lab, cities.store.secret) == ("nl", b"x")
