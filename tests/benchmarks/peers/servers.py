"""Start our servers, and those of recorded answers, each in processes of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from .. import children, memory
from .ceiling import FOLDER
from .site import Site

PATH = "/sta/v1.1"


class Choice(msgspec.Struct, frozen=True):
    """How our server is started: more words of its command, and variables."""

    words: tuple[str, ...] = ()
    variables: dict[str, str] = {}


KEEPING = Choice()
"""As it is started without a choice: the answers given last are kept, and given again."""
COMPUTING = Choice(variables={"SSCLAB_ANSWER_BYTES": "1"})
"""It computes each answer anew, as a server has to for requests that nobody sent before."""
WRITING = Choice(words=("--allow-anonymous-writes",))


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
def ours(name: str, file: Path, *, workers: int = 1, choice: Choice) -> Iterator[Side]:
    """Serve a store."""
    port = children.free_port()
    words = ["serve", str(file), "--port", str(port), "--workers", str(workers), *choice.words]
    command = children.command("ssclab_data", *words)
    with children.running(command, port, variables=choice.variables) as server:
        yield Side(Site(name, port, PATH), (server.process,))


@contextmanager
def ceiling(name: str, folder: Path, *, workers: int = 1) -> Iterator[Side]:
    """Serve recorded answers."""
    port = children.free_port()
    words = (f"{__package__}.ceiling:app", "--host", children.HOST, "--port", str(port), "--workers", str(workers))
    command = children.command("uvicorn", *words, "--log-level", "warning", "--no-access-log")
    with children.running(command, port, variables={FOLDER: str(folder)}) as server:
        yield Side(Site(name, port, ""), (server.process,), ready=True)
