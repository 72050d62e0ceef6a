"""Start the processes of the demo, one per lab and one for the hub, and stop them all."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec

from ssclab_data.cli.serving import LOCAL, check_free
from ssclab_data.errors import SettingsError
from ssclab_data.model.lab import LabInfo, Publication

_NOTHING_SAID = Publication()
READY_SECONDS = 60.0


class Node(msgspec.Struct, frozen=True):
    """One process that serves a lab or the hub."""

    key: str
    url: str
    process: subprocess.Popen[bytes]


class Nodes:
    """The processes of one demo; leaving the context stops them, whatever happened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: dict[str, Node] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, key: str, target: Path, port: int) -> None:
        """Start one process.

        Raises:
            SettingsError: the port is taken.
        """
        check_free(LOCAL, port)
        command = [sys.executable, "-m", "ssclab_data", "serve", str(target), "--port", str(port)]
        log = (self.folder / f"{key}.log").open("wb")
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - our own command
        self.nodes[key] = Node(key, f"http://{LOCAL}:{port}", process)

    def wait(self) -> None:
        """Wait until all answer.

        Raises:
            SettingsError: one ended, or does not answer in time; the message has the end of its log.
        """
        deadline = time.monotonic() + READY_SECONDS
        for node in self.nodes.values():
            while not _answers(node.url):
                if node.process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / f"{node.key}.log").read_text(errors="replace")
                    raise SettingsError(f"the node {node.key} does not answer: {log[-300:].strip()}")
                time.sleep(0.05)

    def kill(self, key: str) -> None:
        """End one process at once, as `kill -9` does."""
        process = self.nodes[key].process
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Stop all processes, and make sure that they are gone."""
        for node in self.nodes.values():
            if node.process.poll() is None:
                os.killpg(node.process.pid, signal.SIGTERM)
        for node in self.nodes.values():
            try:
                node.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                node.process.kill()
                node.process.wait()


def write_federation(
    path: Path,
    labs: Sequence[LabInfo],
    urls: Sequence[str],
    *,
    deadline: float,
    publication: Publication = _NOTHING_SAID,
) -> None:
    """Write the descriptor of a hub over nodes."""
    entries = [
        {
            "key": lab.key,
            "name": lab.name,
            "municipality": lab.municipality,
            "character": lab.character,
            "area": msgspec.to_builtins(lab.area),
            "url": f"{url}/sta/v1.1",
        }
        for lab, url in zip(labs, urls, strict=True)
    ]
    document: dict[str, Any] = {"key": "nl", "name": "Nationaal Smart City Living Lab", "deadline": deadline}
    document |= {"publication": publication, "labs": entries}
    path.write_bytes(msgspec.yaml.encode(document))


def free_ports(count: int) -> list[int]:
    """Give ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((LOCAL, 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
