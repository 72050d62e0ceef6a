"""Watch the statements that go to SQLite: a value of a request is never in their text, only in their parameters."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from .queries import MARKER


class Seen:
    """What the watched connections were given.

    Attributes:
        statements: their different texts.
        bound: how often the marker came as a parameter.
    """

    def __init__(self) -> None:
        self.statements: set[str] = set()
        self.bound = 0

    def note(self, text: str, parameters: Any) -> None:
        """Take down one statement.

        Raises:
            AssertionError: the marker is in its text.
        """
        assert MARKER not in text.lower(), f"a value became part of a statement: {text}"
        self.statements.add(text)
        self.bound += MARKER in repr(parameters).lower()


@contextmanager
def watched() -> Iterator[Seen]:
    """Watch all connections that are opened in this block."""
    seen = Seen()
    connect = sqlite3.connect

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> "Cursor":
            seen.note(sql, parameters)
            super().execute(sql, parameters)
            return self

        def executemany(self, sql: str, parameters: Any, /) -> "Cursor":
            given = list(parameters)
            seen.note(sql, given)
            super().executemany(sql, given)
            return self

        def executescript(self, sql_script: str, /) -> "Cursor":
            seen.note(sql_script, ())
            super().executescript(sql_script)
            return self

    class Connection(sqlite3.Connection):
        def cursor(self, *_: Any) -> Any:
            return super().cursor(Cursor)

        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            found: Cursor = self.cursor()
            return found.execute(sql, parameters)

        def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
            found: Cursor = self.cursor()
            return found.executemany(sql, parameters)

        def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
            found: Cursor = self.cursor()
            return found.executescript(sql_script)

    def open_(*args: Any, **options: Any) -> Any:
        return connect(*args, **{**options, "factory": Connection})

    with mock.patch.object(sqlite3, "connect", open_):
        yield seen
