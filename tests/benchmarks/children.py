"""Start modules of this benchmark as processes of their own, so that memory and processor time are theirs."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import msgspec

HOST = "127.0.0.1"
READY_SECONDS = 120.0


class ServerError(RuntimeError):
    """A server did not come up, closed a connection, or answered with another status than 200."""


class Server(msgspec.Struct, frozen=True):
    """A server that runs: its process, and the seconds from its start until it answered."""

    process: int
    seconds: float


def command(module: str, *words: str) -> list[str]:
    """Give the command that runs a module."""
    return [sys.executable, "-P", "-m", module, *words]


def own(module: str) -> str:
    """Give the full name of a module of this package."""
    return f"{__package__}.{module}"


def environment() -> dict[str, str]:
    """Give an environment in which this package is found."""
    paths = (str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def answer(words: Sequence[str]) -> bytes:
    """Run a command to its end, and give what it wrote."""
    return subprocess.run(words, check=True, env=environment(), stdout=subprocess.PIPE).stdout


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(words: Sequence[str], port: int) -> Iterator[float]:
    """Run a server; give the seconds from its start until it answered `/health`."""
    with running(words, port) as server:
        yield server.seconds


@contextmanager
def running(
    words: Sequence[str], port: int, *, health: str = "/health", variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server until it is left, with some more variables; it is ready once it answers a target."""
    began = time.perf_counter()
    process = subprocess.Popen(words, env=environment() | dict(variables or {}), stdout=subprocess.DEVNULL)
    try:
        while not _healthy(port, health):
            if process.poll() is not None or time.perf_counter() - began > READY_SECONDS:
                raise ServerError(f"the server did not come up: {' '.join(words)}")
            time.sleep(0.005)
        yield Server(process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(20)


def get(port: int, target: str) -> bytes:
    """Fetch one answer, uncompressed.

    Raises:
        ServerError: its status is not 200.
    """
    connection = HTTPConnection(HOST, port, timeout=READY_SECONDS)
    try:
        connection.request("GET", target, headers={"Accept-Encoding": "identity"})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise ServerError(f"{response.status} for {target}: {body[:200]!r}")
    return body


def _healthy(port: int, target: str) -> bool:
    try:
        get(port, target)
    except (OSError, HTTPException):
        return False
    return True
