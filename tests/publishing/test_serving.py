"""The exact store of a lab that publishes is served to nobody by mistake."""

import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ssclab_data import Lab
from ssclab_data.cli.nodes import free_ports
from ssclab_data.errors import SettingsError
from ssclab_data.lab_files import token_file

from .street import DEVICE, lab_folder, publish


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ssclab_data", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_before_it_is_published_nothing_is_served(lab: Path) -> None:
    with pytest.raises(SettingsError, match="ssclab publish"):
        Lab.open_served(lab)
    assert "ssclab publish" in run("serve", lab, "--port", free_ports(1)[0]).stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_file_of_the_exact_store_is_refused(lab: Path, host: str) -> None:
    """Also on a loopback address: a proxy before it would give it to everybody."""
    publish(lab)
    found = run("serve", lab / "lab.db", "--host", host, "--port", free_ports(1)[0])
    assert (found.returncode, "--exact" in found.stderr) == (2, True)


@pytest.mark.parametrize("name", ["lab.db", ".", "link.db"])
def test_mounting_the_exact_store_is_refused(lab: Path, name: str) -> None:
    publish(lab)
    (lab / "link.db").symlink_to(lab / "lab.db")
    with Lab.open(lab / name) as opened:
        assert opened.guarded
        with pytest.raises(SettingsError, match="exact places"):
            opened.asgi()
        assert TestClient(opened.asgi(exact=True)).get("/sta/v1.1/Things").status_code == 200


def test_the_folder_serves_what_is_published(lab: Path) -> None:
    publish(lab)
    with Lab.open_served(lab) as opened:
        assert not opened.guarded
        assert (opened.info.name, opened.info.municipality) == ("Helmond", "gm0794")
        assert DEVICE not in TestClient(opened.asgi()).get("/sta/v1.1/Things").text
        with pytest.raises(SettingsError, match="nobody writes"):
            opened.asgi(anonymous_writes=True)
    with Lab.open_served(lab, exact=True) as opened:
        assert DEVICE in TestClient(opened.asgi(exact=True)).get("/sta/v1.1/Things").text


def test_a_token_of_the_city_does_not_write_to_what_is_published(lab: Path) -> None:
    publish(lab)
    token = token_file(lab).add("city")
    thing = {"name": "x", "description": "x"}
    with Lab.open_served(lab) as opened, TestClient(opened.asgi()) as client:
        answer = client.post("/sta/v1.1/Things", json=thing, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (401, 403, 405)


def test_a_server_sees_a_new_publication_at_once(lab: Path) -> None:
    """Also an answer that was kept, and one that a client has: the old ETag is no longer right."""
    publish(lab)
    with Lab.open_served(lab) as opened, TestClient(opened.asgi()) as client:
        path = "/sta/v1.1/Locations"
        before = client.get(path)
        file = lab / "lab.yaml"
        file.write_text(file.read_text().replace("{}", "{policies: {home: grid1000}}"))
        assert publish(lab).clean
        after = client.get(path, headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert after.text != before.text


def test_the_command(lab: Path) -> None:
    found = run("publish", lab)
    assert (found.returncode, "Things: 1 exact, 2 grid250, 1 municipality" in found.stdout) == (0, True), found.stderr
    assert "nothing to write" in run("publish", lab).stdout
    assert "8 were looked at" in run("publish", lab, "--full").stdout
    owner = run("publish", lab, "--owner", f"lorawan/{DEVICE}")
    assert (owner.returncode, owner.stdout.startswith("published/")) == (0, True)
    assert run("publish", lab, "--out", lab / "copy.db").returncode == 0
    assert run("publish", lab / "lab.db").returncode == 2


def test_export_and_catalog_give_what_is_published(lab: Path) -> None:
    publish(lab)
    exported = run("export", lab, "--format", "csv")
    assert (exported.returncode, DEVICE in exported.stdout) == (0, False)
    assert DEVICE in run("export", lab, "--format", "csv", "--exact").stdout
    assert run("catalog", lab, "--url", "https://helmond.example").returncode == 0
    assert run("export", lab / "lab.db", "--format", "csv").returncode == 2


def test_a_lab_without_policies_is_served_as_it_is(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path, "key: helmond\nname: Helmond\n")
    with Lab.open_served(folder) as opened:
        assert not opened.guarded
        opened.asgi()


@pytest.mark.parametrize(
    "path",
    ["/publishing.key", "/lab.yaml", "/lab.db", "/quarantine/rejected.ndjson", "/..%2flab.yaml",
     "/def/..%2f..%2flab.yaml", "/def/units%2F..%2F..%2Flab.yaml", "/def/..%2flab.yaml", "/id/..%2f..%2flab.yaml",
     "/catalog/..%2flab.yaml", "/ogc/..%2flab.yaml", "/sta/v1.1/..%2flab.yaml"],
)  # fmt: skip
def test_no_path_leads_to_a_file_of_the_lab(published: Path, client: TestClient, path: str) -> None:
    """What is wrong with the path is told; it is no fault of the program, and no place on the disk is in the answer."""
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert str(published) not in answer.text
