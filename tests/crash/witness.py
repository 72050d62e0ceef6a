"""Hold a file against memory: everything that can be asked of it, and what its tables must agree on."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.stores import maintenance
from ssclab_data.stores.base import Page, Row, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import all_pages, ask

from .operations import operation, perform
from .writing import LAB

_NEWEST = "Observations($top=1;$count=true;$orderby=phenomenonTime desc)"
_RULES = {
    "SELECT d.id FROM datastream AS d WHERE d.hot != (SELECT count(*) FROM hot WHERE datastream_id = d.id)": (
        "the number of hot rows is wrong"
    ),
    "SELECT d.id FROM datastream AS d WHERE d.observations != (SELECT count(*) FROM hot WHERE datastream_id = d.id) + "
    "(SELECT coalesce(sum(size), 0) FROM chunk WHERE datastream = d.id)": "the number of Observations is wrong",
    "SELECT d.id FROM datastream AS d WHERE d.observations != (SELECT coalesce(sum(observations), 0) FROM "
    "datastream_feature WHERE datastream_id = d.id)": "the numbers of each FeatureOfInterest do not add up",
    "SELECT datastream_id FROM datastream_feature WHERE observations < 1": "a number of a FeatureOfInterest is too low",
    "SELECT datastream_id FROM hot WHERE datastream_id NOT IN (SELECT id FROM datastream)": "a hot row is an orphan",
    "SELECT datastream FROM chunk WHERE datastream NOT IN (SELECT id FROM datastream)": "a chunk is an orphan",
    "SELECT datastream_id FROM latest WHERE datastream_id NOT IN (SELECT id FROM datastream WHERE observations > 0)": (
        "a newest Observation is an orphan"
    ),
    "SELECT id FROM datastream WHERE observations > 0 AND id NOT IN (SELECT datastream_id FROM latest)": (
        "a newest Observation is missing"
    ),
}


class DifferenceError(AssertionError):
    """A file that is not what it must be."""


class Witness:
    """Do in memory what a writer said it did, and compare.

    Attributes:
        memory: the store that is right.
        done: number of the last operation that memory has seen.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.memory = MemoryStore(LAB)
        self.done = -1

    def follow(self, number: int) -> None:
        """Do all operations up to one."""
        for each in range(self.done + 1, number + 1):
            perform(self.memory, operation(self.seed, each))
        self.done = max(self.done, number)

    def compare(self, file: Path, started: int | None) -> bool:
        """Make sure that a file holds what was acknowledged, and at most the one operation that was under way.

        Returns:
            Whether that operation is in it.

        Raises:
            DifferenceError: it does not.
        """
        store = SQLiteStore.open(file, lab=LAB)
        try:
            check_whole(store)
            found = everything(store)
        finally:
            store.close()
        before = everything(self.memory)
        if found == before:
            return False
        if started is not None:
            self.follow(started)
            if found == everything(self.memory):
                return True
        raise DifferenceError(f"after operation {self.done} of seed {self.seed}: {_difference(before, found)}")


def copied(file: Path, folder: Path) -> Path:
    """Copy a file with its log, without the index of the log: SQLite makes it again."""
    folder.mkdir(exist_ok=True)
    copy = folder / file.name
    for name in ("", "-wal", "-shm"):
        Path(f"{copy}{name}").unlink(missing_ok=True)
    for name in ("", "-wal"):
        if Path(f"{file}{name}").exists():
            shutil.copy(f"{file}{name}", f"{copy}{name}")
    return copy


def check_whole(store: SQLiteStore) -> None:
    """Make sure that the tables of a file agree with one another.

    Raises:
        DifferenceError: they do not.
    """
    problems = [f"{problem.where}: {problem.what}" for problem in maintenance.check(store)]
    connection = sqlite3.connect(store.path)
    for query, words in _RULES.items():
        problems += [f"Datastream {row[0]}: {words}" for row in connection.execute(query)]
    connection.close()
    if problems:
        raise DifferenceError("; ".join(problems))


def everything(store: Store) -> dict[str, Any]:
    """Ask all that a store knows, in ways that read different tables."""
    newest_first = ask("Observation", orderby="phenomenonTime desc,@iot.id")
    changes = list(store.changes(0))
    found: dict[str, Any] = {name: plain(store.read(ask(name, count="true"))) for name in ENTITY_TYPES}
    return found | {
        "latest": plain(store.read(ask("Datastream", expand=_NEWEST))),
        "features": plain(store.read(ask("Observation", expand="FeatureOfInterest"))),
        "of features": plain(store.read(ask("FeatureOfInterest", expand="Observations($count=true;$top=2)"))),
        "of Things": plain(store.read(ask("Thing", expand="Locations,HistoricalLocations,Datastreams"))),
        "in time": [row.handle for row in store.read(newest_first).rows],
        "in pages": [row.handle for row in all_pages(store, newest_first, 50)],
        "number": store.count(ask("Observation")),
        "extent": repr(store.extent(ask("Observation"))),
        "changes": [(one.sequence, one.entity_type, one.deleted, one.keys, one.rows) for one in changes],
        "holes": sorted({one.sequence for one in changes} ^ set(range(1, store.sequence + 1))),
    }


def plain(value: Any) -> Any:
    """Write rows so that they can be compared, numbers of different kinds told apart."""
    if isinstance(value, Page):
        return [plain(row) for row in value.rows], value.count, value.more
    if isinstance(value, Row):
        related = {name: plain(one) for name, one in value.related.items()}
        return value.handle, msgspec.json.encode(value.entity), related
    return value


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Name what differs, with the beginning of both."""
    differing = [name for name in one if one[name] != other[name]]
    return "; ".join(f"{name}: memory {one[name]!r:.600} file {other[name]!r:.600}" for name in differing)
