"""Serve an empty lab as users do, on a free port of this machine."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from ssclab_data.cli.nodes import free_ports
from ssclab_data.lab import Lab

PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05


class ServerFailedError(Exception):
    """The server ended by itself, or does not answer."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a new lab in a folder until the end of the block; `server.log` there takes what the server says.

    Yields:
        Its address, without a slash at the end.
    """
    store = folder / "breda.db"
    Lab.open(store, key="breda").close()
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "ssclab_data", "serve", str(store), "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        child = subprocess.Popen([*command, "--allow-anonymous-writes"], stdout=log, stderr=subprocess.STDOUT)
        try:
            yield _answering(child, f"http://127.0.0.1:{port}", folder / "server.log")
        finally:
            child.terminate()
            child.wait(PATIENCE_SECONDS)


def _answering(child: subprocess.Popen[bytes], address: str, log: Path) -> str:
    """Wait until the server answers."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and child.poll() is None:
        try:
            httpx.get(f"{address}/health")
        except httpx.TransportError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return address
    raise ServerFailedError(f"the server does not answer; it said: {log.read_text()[-2000:]}")
