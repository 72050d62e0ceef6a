"""Look for what is not public in every answer and in every byte of the files."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from ssclab_data import Lab
from ssclab_data.model.finding import Severity
from ssclab_data.model.sensorthings import Thing
from ssclab_data.publishing.identifiers import Veil
from ssclab_data.publishing.secret import Secret
from ssclab_data.query import ast
from ssclab_data.query.bind import bind

from .street import DEVICE, MAC, dump, lab_folder, publish, street, use_key

SECRETS = (
    DEVICE,
    "00:1a:2b:3c:4d:5e",
    "001a2b3c4d5e",
    "esp8266-1234567",
    "lorawan",
    "51.4739",
    "5.6712",
    "51.474,5.671",
    "51.4612345",  # of the Thing of which no placement is known
    "5.6412345",  # of the bicycle
    "jan de vries",
    "j@d.nl",
)
"""What is written of the homes, the bicycle and the devices; in small letters."""

PAGES = (
    "/",
    "/health",
    "/sta/v1.1",
    *(
        f"/sta/{version}/{name}?$top=1000"
        for version in ("v1.0", "v1.1")
        for name in (
            "Things",
            "Locations",
            "HistoricalLocations",
            "Datastreams",
            "Sensors",
            "ObservedProperties",
            "Observations",
            "FeaturesOfInterest",
        )
    ),
    "/sta/v1.1/Things?$expand=Locations,HistoricalLocations,Datastreams($expand=Sensor,Observations)",
    "/sta/v1.1/Things?$expand=Locations&$resultFormat=GeoJSON",
    "/sta/v1.1/Observations?$resultFormat=dataArray",
    "/sta/v1.1/Observations?$resultFormat=CSV&$expand=Datastream/Thing,FeatureOfInterest",
    "/ogc/",
    "/ogc/collections?f=json",
    "/ogc/collections/things/items?f=json&limit=100",
    "/catalog",
    "/id/helmond",
)


def words(text: str) -> Iterator[str]:
    lowered = text.lower()
    return (word for word in SECRETS if word in lowered)


@pytest.mark.parametrize("path", PAGES)
def test_no_answer_tells_it(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert not list(words(answer.text))
    assert not list(words(str(answer.headers)))


def test_no_entity_that_can_be_reached_tells_it(client: TestClient) -> None:
    """Follow every link of SensorThings, and look at each entity as linked data too."""
    queue, seen = ["/sta/v1.1/Things", "/sta/v1.1/Locations", "/sta/v1.1/FeaturesOfInterest", "/id/helmond"], set[str]()
    while queue and len(seen) < 400:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        text = client.get(path).text
        assert not list(words(text)), path
        queue += re.findall(r"https://helmond\.example(/(?:sta/v1\.1|id)/[^\"\s<>]+)", text)
    assert len(seen) > 100


def test_no_byte_of_the_published_file_tells_it(published: Path) -> None:
    for file in published.glob("public.db*"):
        assert not list(words(file.read_bytes().decode("latin-1"))), file
    key = (published / "publishing.key").read_text().strip()
    assert key not in (published / "public.db").read_bytes().decode("latin-1")
    assert key not in (published / "lab.db").read_bytes().decode("latin-1")


def test_what_is_in_public_space_is_published_as_it_is(client: TestClient) -> None:
    """Its place, names and parameters pass; the address of the device alone does not."""
    (found,) = client.get("/sta/v1.1/Things?$filter=properties/placement eq 'public-space'&$expand=Locations").json()[
        "value"
    ]
    assert found["Locations"][0]["location"]["coordinates"] == [5.6612345, 51.4812345]
    assert found["properties"]["owner"] == "Gemeente Helmond"
    assert re.fullmatch("d-[a-z2-7]{20}", found["properties"]["mac"])
    (row,) = client.get("/sta/v1.1/Observations?$top=1&$filter=parameters/rssi eq -80").json()["value"]
    assert row["parameters"]["gateway"] == found["properties"]["mac"]


def test_the_core_profile_finds_nothing_wrong_with_what_is_published(published: Path) -> None:
    """Places, ids and texts are what it asks of data that are public; owners of homes are missing, on purpose."""
    with Lab.open_served(published) as lab:
        assert {(one.severity, one.rule) for one in lab.validate("lab-core@1")} == {(Severity.INFO, "value-missing")}
    with Lab.open(published) as lab:
        found = {one.rule for one in lab.validate("lab-core@1")}
    assert {"home-position-exact", "device-address-published"} <= found


def test_a_real_source_without_placements_is_published_as_homes(tmp_path: Path) -> None:
    """What mappings put into keys and names (the unit, its position) is gone, and the values are there."""
    folder = lab_folder(tmp_path / "helmond")
    use_key(folder)
    record = {
        "id": "80451234",
        "p_unitserialnumber": 80451234,
        "time": "2026-01-08T22:00:06Z",
        "s_longitude": 5914103,
        "s_latitude": 53949937,
        "s_temperatureambient": 294650,
        "s_co2": 437000,
    }
    (tmp_path / "last.json").write_bytes(msgspec.json.encode(record))
    with Lab.open(folder) as lab:
        assert lab.ingest("smart-emission", tmp_path / "last.json").observations.created == 2
    report = publish(folder)
    assert (report.copied, report.suppressed, report.things) == (1, 1, {"grid250": 1})
    exact, public = str(dump(folder / "lab.db")), str(dump(folder / "public.db"))
    content = b"".join(one.read_bytes() for one in folder.glob("public.db*")).decode("latin-1")
    for word in ("80451234", "5.671223", "51.473,5.671", "smart-emission", "Jose"):
        assert word in exact, word
        assert word not in public, word
        assert word not in content, word
    assert "21.5" in public


def test_an_owner_recognises_his_own_sensor(published: Path, client: TestClient) -> None:
    """cases.md: opendata-stuttgart/sensors-software#842: nobody could tell his own, shifted sensor."""
    with Lab.open(published) as lab:
        key = lab.published_key(f"lorawan/{DEVICE}")
        pole = lab.published_key(f"net/{MAC}")
    assert client.get(f"/id/helmond/Thing/{key}?f=jsonld").status_code == 200
    assert client.get(f"/id/helmond/Thing/{pole}?f=jsonld").status_code == 200
    assert client.get(f"/id/helmond/Thing/lorawan/{DEVICE}?f=jsonld").status_code == 404


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("00:1A:2B:3C:4D:5E", True),
        ("00-1a-2b-3c-4d-5e", True),
        ("001A.2B3C.4D5E", True),
        ("001A2B3C4D5E", True),
        ("A8-40-41-1F-61-82-F0-AB", True),  # a DevEUI
        ("a840411f6182f0ab", True),
        ("eui-a840411f6182f0ab", True),
        ("Gateway_a840411f6182f0ab/x", True),
        ("esp8266-1234567", True),
        ("raspi-00000000a1b2c3d4", True),
        ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", True),  # a UUID of version 1 ends in a MAC
        ("f81d4fae-7dec-41d0-a765-00a0c91e6bf6", False),
        ("NL10938", False),
        ("2016-01-08T22:00:00Z", False),
        ("201601082200", False),
        ("http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001", False),
        ("Meetpaal 12, Dorpsstraat", False),
        ("51.473,5.671", False),
        ("decade-facade", False),
    ],
)
def test_what_is_taken_for_the_address_of_a_device(text: str, *, replaced: bool) -> None:
    assert (Veil(Secret(bytes(32))).text(text) != text) is replaced


def test_one_device_has_one_id_however_it_is_written() -> None:
    veil = Veil(Secret(bytes(32)))
    assert len({veil.text(text) for text in ("00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001A2B3C4D5E")}) == 1
    other = Veil(Secret(bytes(range(32))))
    assert other.text("001A2B3C4D5E") != veil.text("001A2B3C4D5E")


def test_numbers_of_a_device_are_told_by_its_key() -> None:
    """Fifteen digits may be an IMEI or anything; in a natural key they are one, and then in every text."""
    veil = Veil(Secret(bytes(32)))
    assert veil.text("called 868123456789012") == "called 868123456789012"
    veil.learn(["nbiot/868123456789012/pm25"])
    assert veil.text("called 868123456789012") == f"called {veil.key('868123456789012')}"


def test_members_that_hold_an_address_by_their_name_are_replaced() -> None:
    veil = Veil(Secret(bytes(32)))
    thing = Thing(key="x", name="n", properties={"devEui": "4711", "nested": [{"serial_number": 81234567}], "a": 4711})
    found = veil.entity(thing).properties
    assert isinstance(found, dict)
    assert found["devEui"] == veil.value({"mac": "4711"})["mac"] != "4711"
    assert found["nested"][0]["serial_number"].startswith("d-")
    assert found["a"] == 4711


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("home: grid100", "home: grid1000"),
        ("unknown: exact", "unknown: grid250"),
        ("home: grid250", "home: municipality"),
    ],
)
def test_what_is_published_more_strictly_leaves_no_trace(tmp_path: Path, before: str, after: str) -> None:
    """Positions and ids of the old publication are in no byte of the published files, also not in free pages."""
    folder = street(tmp_path / "helmond")
    file = folder / "lab.yaml"
    text = file.read_text()

    def policy(line: str) -> None:
        inner = line if line.startswith("unknown") else f"policies: {{{line}}}"
        file.write_text(text.replace("publishing: {}", f"publishing: {{{inner}}}"))

    policy(before)
    publish(folder)
    old = told(folder)
    policy(after)
    assert publish(folder).clean
    gone = old - told(folder)
    assert len(gone) > 5
    content = b"".join(one.read_bytes() for one in folder.glob("public.db*"))
    assert [one for one in gone if any(form in content for form in forms(one))] == []


def told(folder: Path) -> set[str]:
    """Give the keys and the positions that are published."""
    said = str(dump(folder / "public.db"))
    return set(re.findall(r"published/[a-z2-7/]+|[a-z]+/d-[a-z2-7]+/?[-0-9.,a-z]*|\d+\.\d{4,}", said))


def forms(text: str) -> Iterator[bytes]:
    """Give how a file can hold a text; a number also as floating point, as indexes of places do."""
    yield text.encode()
    if text[0].isdigit():
        yield struct.pack(">d", float(text))
        yield struct.pack(">f", float(text))


def test_what_the_city_deletes_leaves_no_trace(lab: Path) -> None:
    publish(lab)
    key = f"lorawan/{DEVICE}"
    with Lab.open(lab) as opened:
        published = opened.published_key(key)
        handle = opened.store.transact(lambda transaction: transaction.handle("Thing", key))
        assert handle is not None
    assert published.encode() in (lab / "public.db").read_bytes()
    delete(lab, handle)
    assert publish(lab).clean
    assert published.encode() not in b"".join(one.read_bytes() for one in lab.glob("public.db*"))


def delete(folder: Path, handle: int) -> None:
    with Lab.open(folder) as lab:
        condition = ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(handle))
        assert lab.store.delete(bind(ast.Query(entity_type="Thing", filter=condition))) == 1
