"""Turn the errors of SQLite into ours, each with what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ssclab_data.errors import (
    QueryLimitError,
    QueryTooBroadError,
    SettingsError,
    SsclabError,
    StoreBusyError,
    StoreCorruptError,
    StoreError,
)

_TOO_LARGE = ("parser stack overflow", "too many arguments", "Expression tree is too large", "too many SQL variables")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _of(path, error) from error


def _of(path: Path, error: sqlite3.DatabaseError) -> SsclabError:
    text = str(error)
    if any(words in text for words in _TOO_LARGE):
        return QueryLimitError(f"the request is nested or chained deeper than the store can take ({error})")
    if "interrupted" in text:
        return QueryTooBroadError("takes longer than a query may; ask for less")
    if "locked" in text or "busy" in text:
        return StoreBusyError(f"{path}: another writer has the turn; try again")
    if "malformed" in text:
        return StoreCorruptError(f"{path}: {error}; run `ssclab store check`, and restore a backup")
    if "not a database" in text:
        return SettingsError(f"{path} is no store of this package: {error}")
    for words, cure in _CURES.items():
        if words in text:
            return StoreError(f"{path}: {error}; {cure}")
    return StoreError(f"{path}: {error}")


_CURES = {
    "disk is full": "nothing of the request was kept: make room and send it again",
    "disk I/O": "nothing of the request was kept: look at the disk, and send it again",
    "readonly": "the file or its folder may not be written by this user",
    "unable to open": "the folder must exist, and be writable by this user",
}
