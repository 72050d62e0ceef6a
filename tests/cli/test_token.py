"""The commands on tokens, as they are typed; and servers that see what they did."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from ssclab_data.access import TokenFile, is_loopback
from ssclab_data.cli.app import build
from ssclab_data.cli.nodes import free_ports
from ssclab_data.errors import SettingsError
from ssclab_data.stores.sqlite import SQLiteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "breda.db"
    SQLiteStore.open(file, lab="breda").close()
    return file


def run(*words: object) -> tuple[str, str]:
    result = CliRunner().invoke(build(), ["token", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout, result.stderr


def test_a_token_from_making_to_revoking(path: Path) -> None:
    assert run("list", path) == ("", "")
    secret, said = run("add", path, "--name", "sensor gateway")
    assert re.fullmatch(r"ssc_[\w-]{43}\n", secret), "nothing but the token, for use in a script"
    assert "cannot be shown again" in said
    listed, _ = run("list", path)
    assert re.fullmatch(rf"sensor gateway  \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ  …{secret[-5:-1]}\n", listed)
    assert TokenFile(path.with_name("breda.tokens.json")).names(secret.strip()) == "sensor gateway"
    assert run("revoke", path, "sensor gateway")[0] == "sensor gateway can no longer write\n"
    assert run("list", path) == ("", "")


def test_a_lab_without_a_store_can_have_tokens(tmp_path: Path) -> None:
    CliRunner().invoke(build(), ["init", str(tmp_path / "helmond")])
    run("add", tmp_path / "helmond", "--name", "gateway")
    assert (tmp_path / "helmond/tokens.json").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "{tmp}/none.db", "--name", "x"), "does not exist"),
        (("add", "{tmp}/federation.yaml", "--name", "x"), "name the lab at its node"),
        (("add", "{tmp}", "--name", "x"), r"lab\.yaml"),
        (("add", "{tmp}/text.db", "--name", "x"), "not a database"),
        (("add", "{tmp}/breda.db", "--name", ""), "cannot be used"),
        (("revoke", "{tmp}/breda.db", "nobody"), "no token 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_told(words: tuple[str, ...], message: str, path: Path, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("some text, which is no store of anything")
    with pytest.raises(SettingsError, match=message):
        run(*(word.format(tmp=tmp_path) for word in words))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("target", "host", "message"),
    [("breda.db", "0.0.0.0", "loopback"), ("federation.yaml", "127.0.0.1", "nobody writes to a hub")],
)
def test_anonymous_writes_are_refused(target: str, host: str, message: str, path: Path) -> None:
    (path.parent / "federation.yaml").write_text("key: nl")
    (port,) = free_ports(1)
    words = ["serve", str(path.parent / target), "--host", host, "--port", str(port), "--allow-anonymous-writes"]
    result = CliRunner().invoke(build(), words)
    assert isinstance(result.exception, SettingsError)
    assert message in str(result.exception)


@contextmanager
def served(path: Path, *options: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    (port,) = free_ports(1)
    words = [sys.executable, "-m", "ssclab_data", "serve", str(path), "--port", str(port), *options]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            yield client, server
    finally:
        server.terminate()
        server.wait(30)
        assert server.stderr is not None
        server.stderr.close()


def health(client: httpx.Client) -> dict[str, Any]:
    """Ask until the server is there."""
    deadline = time.monotonic() + 60
    while True:
        try:
            # A connection of its own each time, so that any of the workers may answer.
            answer = client.get("/health", headers={"Connection": "close"}).raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            body: dict[str, Any] = answer.json()
            return body


def test_all_workers_see_a_token_without_a_restart(path: Path) -> None:
    with served(path, "--workers", "2") as (client, _):
        assert {health(client)["write"] for _ in range(10)} == {"read-only"}
        run("add", path, "--name", "gateway")
        assert {health(client)["write"] for _ in range(10)} == {"token"}
        run("revoke", path, "gateway")
        assert {health(client)["write"] for _ in range(10)} == {"read-only"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_anonymous_writes_are_warned_of(path: Path, workers: str) -> None:
    with served(path, "--allow-anonymous-writes", "--workers", workers) as (client, server):
        assert {health(client)["write"] for _ in range(6)} == {"anonymous"}
        server.terminate()
        _, said = server.communicate(timeout=30)
    assert said.count("warning: anyone on this machine may write") == 1
