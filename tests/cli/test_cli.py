"""The commands, as a user types them."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from ssclab_data.cli.app import build
from ssclab_data.cli.serving import check_free
from ssclab_data.errors import SettingsError
from ssclab_data.ingest.quarantine import FILE

RECORD = {
    "id": "7",
    "p_unitserialnumber": 7,
    "time": "2026-01-08T22:00:06Z",
    "s_longitude": 5914103,
    "s_latitude": 53949937,
    "s_temperatureambient": 294650,
    "s_humidity": 36880,
}


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ssclab_data", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def payload(folder: Path, **changed: object) -> Path:
    file = folder / "last.json"
    file.write_bytes(msgspec.json.encode({**RECORD, **changed}))
    return file


def test_a_lab_from_nothing_to_export(tmp_path: Path) -> None:
    lab = tmp_path / "helmond"
    assert run("init", lab).returncode == 0
    assert "key: helmond" in (lab / "lab.yaml").read_text()
    assert run("init", lab).returncode == 2
    file = payload(tmp_path)
    done = run("ingest", "smart-emission", str(tmp_path / "*.json"), "--lab", lab)
    assert (done.returncode, "Observation" in done.stdout) == (0, True), done.stderr
    out = tmp_path / "out.csv"
    assert run("export", lab, "--format", "csv", "--out", out).returncode == 0
    assert "21.5" in out.read_text()
    for form in ("geojson", "ntriples", "turtle", "jsonld"):
        written = run("export", lab, "--format", form)
        assert (written.returncode, "5.671223" in written.stdout) == (0, True), form
    assert run("validate", lab).returncode == 0
    assert run("validate", file, "--source", "smart-emission").returncode == 0


def test_what_is_rejected_gives_exit_code_1_and_can_be_replayed(tmp_path: Path) -> None:
    payload(tmp_path, s_humidity=5)
    lab, quarantine = tmp_path / "helmond.db", tmp_path / "rejected"
    done = run(
        "ingest", "smart-emission", tmp_path / "last.json", "--lab", lab, "--key", "helmond", "--quarantine", quarantine
    )
    assert (done.returncode, "outside-limits" in done.stdout) == (1, True)
    assert (quarantine / FILE).exists()
    assert run("replay", quarantine, "--lab", lab).returncode == 1
    found = run("validate", tmp_path / "last.json", "--source", "smart-emission", "--format", "json")
    assert found.returncode == 1
    assert [one["rule"] for one in msgspec.json.decode(found.stdout)["findings"]] == ["outside-limits"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ingest", "smart-emision", "x.json", "--lab", "{tmp}/a.db", "--key", "a"), "known: airnow"),
        (("ingest", "smart-emission", "{tmp}/none*.json", "--lab", "{tmp}/a.db", "--key", "a"), "no file matches"),
        (("ingest", "smart-emission", "x.json", "--lab", "{tmp}/b.db"), "give the lab's key"),
        (("serve", "{tmp}/none.db"), "does not exist"),
        (("export", "{tmp}/none.db", "--format", "csv"), "does not exist"),
        (("init", "{tmp}/Breda"), "lab key 'Breda'"),
        (("validate", "{tmp}", "{tmp}"), "is a folder without a lab.yaml"),
        (("validate", "{tmp}/x.db", "--profile", "lab-water@1"), "known: lab-air@1"),
        (("validate", "{tmp}/none.db"), "does not exist"),
        (("validate", "https://user:secret@x.example/v1.1"), "must be the http or https address"),
    ],
)
def test_an_error_is_one_plain_line(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = run(*(word.format(tmp=tmp_path) for word in words))
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("ssclab: ")
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    run("init", tmp_path / "helmond")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", tmp_path / "helmond", "--port", taken.getsockname()[1])
    assert done.returncode == 2
    assert re.fullmatch(r"ssclab: cannot listen on 127\.0\.0\.1:\d+: .*; choose another --port\n", done.stderr)


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run("--version").stdout)


def test_the_demo_answers_what_a_user_asks() -> None:
    done = run("demo", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" ok ") == 8
    assert "FAILED" not in done.stdout


@pytest.mark.parametrize(
    "signals",
    [[signal.SIGTERM], [signal.SIGTERM] * 3, [signal.SIGINT] * 3],
    ids=["once", "three times", "an impatient Ctrl-C"],
)
def test_a_demo_that_is_stopped_leaves_no_process(signals: list[signal.Signals], tmp_path: Path) -> None:
    port = next(base for base in range(18_500, 30_000, 8) if all(map(is_free, range(base, base + 8))))
    command = [sys.executable, "-m", "ssclab_data", "demo", "--port", str(port), "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(9)]
    assert b"Ctrl-C" in lines[-1]
    for one in signals:
        process.send_signal(one)
        time.sleep(0.05)  # while it stops its processes
    assert process.wait(30) == (128 + 15 if signals[0] is signal.SIGTERM else 0)
    process.stdout.close()
    for number in range(8):
        assert is_free(port + number)


def is_free(port: int) -> bool:
    try:
        check_free("127.0.0.1", port)
    except SettingsError:
        return False
    return True


def test_each_command_and_option_is_documented(repository: Path) -> None:
    text = (repository / "docs/cli.md").read_text()
    commands = get_command(build()).commands  # type: ignore[attr-defined]
    sections = dict(re.findall(r"## `ssclab (\w+)[^`]*`\n(.*?)(?=\n## |\Z)", text, re.DOTALL))
    assert sorted(sections) == sorted(commands)
    for name, command in commands.items():
        inner = getattr(command, "commands", {})
        for below in inner:
            assert re.search(rf"`ssclab {name} {below}[ `]", sections[name]), below
        parameters = [*command.params, *(parameter for one in inner.values() for parameter in one.params)]
        options = {option for parameter in parameters for option in parameter.opts if option.startswith("--")}
        named = set(re.findall(r"`(--[a-z-]+)`", sections[name]))
        assert named == options - {"--help"}, name


def test_help_is_given() -> None:
    assert "demo" in CliRunner().invoke(build(), ["--help"]).output
