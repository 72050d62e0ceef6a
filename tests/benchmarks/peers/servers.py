"""Start our servers, and those of recorded answers, each in processes of their own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from .. import children, memory
from .ceiling import FOLDER
from .site import Site

PATH = "/sta/v1.1"


class Side(msgspec.Struct, frozen=True):
    """One of the servers that are measured in turn.

    Attributes:
        processes: that make it up.
        ready: whether it sends recorded answers of the first side.
    """

    site: Site
    processes: tuple[int, ...] = ()
    ready: bool = False

    def memory(self) -> int | None:
        """Tell what its processes take, in bytes; None where they are not known."""
        return sum(map(memory.now, self.processes)) if self.processes else None


@contextmanager
def ours(name: str, file: Path, *, workers: int = 1, writes: bool = False) -> Iterator[Side]:
    """Serve a store."""
    port = children.free_port()
    words = ["serve", str(file), "--port", str(port), "--workers", str(workers)]
    words += ["--allow-anonymous-writes"] * writes
    with children.running(children.command("ssclab_data", *words), port) as server:
        yield Side(Site(name, port, PATH), (server.process,))


@contextmanager
def ceiling(name: str, folder: Path, *, workers: int = 1) -> Iterator[Side]:
    """Serve recorded answers."""
    port = children.free_port()
    os.environ[FOLDER] = str(folder)
    words = (f"{__package__}.ceiling:app", "--host", children.HOST, "--port", str(port), "--workers", str(workers))
    quiet = ("--log-level", "warning", "--no-access-log")
    with children.running(children.command("uvicorn", *words, *quiet), port) as server:
        yield Side(Site(name, port, ""), (server.process,), ready=True)
