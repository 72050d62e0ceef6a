"""The tutorial on mappings is true: its commands are run in their order, and print what it says."""

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ssclab_data import resources
from ssclab_data.cli.app import build

_BLOCK = re.compile(r"```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)```", re.DOTALL)


def steps(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Give the files to write and the commands to run, each with the lines that it must print."""
    for kind, title, body in _BLOCK.findall(text):
        if title:
            yield "write", title, [body]
        elif kind == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, *claimed = part.rstrip("\n").split("\n")
                yield "run", command, claimed


def is_printed(claimed: list[str], printed: str) -> str:
    """Give the first line that is not printed in its place, "" where all are; blanks count as one."""
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    at, anywhere = 0, False
    for claim in (" ".join(line.split()) for line in claimed):
        if claim in ("...", ""):
            anywhere = True
            continue
        found = next((number for number in range(at, len(lines)) if lines[number] == claim), None)
        if found is None or (not anywhere and any(lines[at:found])):
            return claim
        at, anywhere = found + 1, False
    return "" if anywhere or not any(lines[at:]) else f"more: {lines[at:]}"


class Shell:
    """A shell in which the commands of a page are run one after another."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.servers: list[subprocess.Popen[bytes]] = []
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SSCLAB_")}
        self.environment["PATH"] = path

    def run(self, command: str) -> str:
        """Run a command; one that ends in `&` goes on."""
        command = command.replace("8765", str(self.port))
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            self.environment[name] = value
            return ""
        if command.endswith("&"):
            self._start(command.removesuffix("&"))
            return ""
        if command.startswith("ssclab "):
            return self._ssclab(shlex.split(command)[1:])
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 1), f"{command}: {done.stderr}"
        return done.stdout

    def _ssclab(self, arguments: list[str]) -> str:
        """Run a command of ours in this process, which is quicker than a new one."""
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(
                build(), arguments, env={"SSCLAB_EXTENSIONS": self.environment.get("SSCLAB_EXTENSIONS", "")}
            )
        assert done.exit_code in (0, 1), f"{arguments}: {done.exception}"
        return done.stdout

    def _start(self, command: str) -> None:
        log = (self.folder / "server.log").open("wb")
        server = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.environment, stdout=log, stderr=log
        )
        log.close()
        self.servers.append(server)
        for _ in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert server.poll() is None, (self.folder / "server.log").read_text()
            time.sleep(0.2)
        pytest.fail(f"{command} does not answer")

    def stop(self) -> None:
        """Stop what goes on."""
        for server in self.servers:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    opened = Shell(tmp_path, port)
    yield opened
    opened.stop()
    resources.use(())


def test_the_commands_print_what_the_page_says(repository: Path, shell: Shell) -> None:
    ran = 0
    for kind, what, lines in steps((repository / "docs/tutorial-mapping.md").read_text()):
        if kind == "write":
            (shell.folder / what).write_text(lines[0])
            continue
        printed = shell.run(what)
        missed = is_printed(lines, printed) if lines else ""
        assert not missed, f"$ {what}\nnot printed in its place: {missed}\n{printed}"
        ran += 1
    assert ran >= 18
