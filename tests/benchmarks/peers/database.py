"""Run a PostgreSQL of the benchmark's own for as long as a peer needs one."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..children import ServerError

USER, NAME = "postgres", "postgres"
_PLACES = "/usr/lib/postgresql/*/bin"
_OPTIONS = "-c listen_addresses='' -c shared_buffers=1GB"


class Database(msgspec.Struct, frozen=True):
    """A server that listens on a socket in a folder.

    Attributes:
        process: the first of its processes.
    """

    programs: Path
    socket: Path
    process: int

    def answer(self, statement: str) -> str:
        """Run a statement, and give what it tells, one value a line."""
        return self.copy(statement, b"").strip()

    def copy(self, statement: str, data: bytes) -> str:
        """Run a statement that reads rows."""
        words = [str(self.programs / "psql"), "-qAt", "-v", "ON_ERROR_STOP=1", "-h", str(self.socket), "-U", USER]
        done = subprocess.run([*words, "-c", statement, NAME], input=data, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()


@contextmanager
def running() -> Iterator[Database]:
    """Start one in a new folder; it and its folder go at the end.

    Raises:
        ServerError: there is no PostgreSQL on this machine.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"])
        control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
        _run([*control, "-o", f"-k {folder} {_OPTIONS}", "start"])
        try:
            process = int((data / "postmaster.pid").read_text().split()[0])
            yield Database(programs, folder, process)
        finally:
            _run([*control, "-m", "fast", "stop"])
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    found = sorted(Path("/").glob(_PLACES.removeprefix("/")))
    if not found:
        raise ServerError(f"no PostgreSQL in {_PLACES}; on Debian: apt-get install postgresql")
    return found[-1]


def _run(words: Sequence[object]) -> None:
    """Run a program of PostgreSQL, which root must not."""
    before = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    subprocess.run([*before, *map(str, words)], check=True, stdout=subprocess.DEVNULL, cwd="/")
