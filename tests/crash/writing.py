"""Write to a file without end, and tell on standard output what is being done: what is told as done is acknowledged."""

import argparse
import functools
import itertools
import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssclab_data.stores import recording, scanning, sealing, sqlite
from ssclab_data.stores.sqlite import SQLiteStore

from .operations import operation, perform

LAB = "breda"
_PARTS = {"seal": "seal", "merge": "seal", "rewrite": "merge", "compact": "compact"}
"""Functions of `sealing`, with the name under which they are told."""


class Speaker:
    """Tell what happens, and die before a chosen statement.

    Args:
        fatal: before which statement after the first operation; 0 for none, below 0 counts from the start.
    """

    def __init__(self, fatal: int) -> None:
        self.left = abs(fatal)
        self.counting = fatal < 0

    def say(self, words: str) -> None:
        """Write a line that is there even when the next thing is the end."""
        os.write(1, f"{words}\n".encode())
        self.counting = self.counting or words.startswith("done")

    def hear(self, statement: str) -> None:
        """Hear of a statement that is about to run."""
        if statement.startswith(("BEGIN IMMEDIATE", "COMMIT", "VACUUM", "PRAGMA wal_checkpoint")):
            self.say(f"+{statement.split()[0].lower()}")
        if self.counting and self.left:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)

    def told[**P, R](self, name: str, function: Callable[P, R]) -> Callable[P, R]:
        """Tell when a function begins and ends."""

        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            self.say(f"+{name}")
            found = function(*args, **kwargs)
            self.say(f"-{name}")
            return found

        return wrapped

    def listen(self) -> None:
        """Hear of every statement of every connection, and of the parts of sealing."""
        prepare = sqlite._prepare

        def prepared(connection: sqlite3.Connection) -> None:
            prepare(connection)
            connection.execute("PRAGMA wal_autocheckpoint = 40")
            connection.set_trace_callback(self.hear)

        sqlite._prepare = prepared
        for name, told in _PARTS.items():
            setattr(sealing, name, self.told(told, getattr(sealing, name)))


def make_small() -> None:
    """Make chunks, hot tables and logs so small that they are sealed, merged, split and cut all the time."""
    sizes: tuple[tuple[Any, str, float], ...] = (
        (sealing, "CHUNK_ROWS", 6),
        (recording, "SEAL_ROWS", 12),
        (recording, "HOT_ROWS", 20),
        (scanning, "_HOT_BLOCK", 4),
        (sqlite, "_WAL_BYTES", 1 << 19),
        (sqlite, "_LEASE_SECONDS", 0.0),
    )
    for module, name, size in sizes:
        if not hasattr(module, name):
            raise AttributeError(f"{module.__name__} has no {name}")
        setattr(module, name, size)


def main() -> None:
    """Write until the end."""
    parser = argparse.ArgumentParser(prog="writer.py", description="Write to a file until killed.")
    parser.add_argument("file", type=Path)
    parser.add_argument("seed", type=int)
    parser.add_argument("first", type=int, nargs="?", default=0, help="number of the first operation (default: 0)")
    parser.add_argument("--fatal", type=int, default=0, help="die before this statement")
    given = parser.parse_args()
    make_small()
    speaker = Speaker(given.fatal)
    speaker.listen()
    store = SQLiteStore.open(given.file, lab=LAB)
    for number in itertools.count(given.first):
        one = operation(given.seed, number)
        speaker.say(f"begin {number} {type(one).__name__.lower()}")
        perform(store, one)
        speaker.say(f"done {number}")
