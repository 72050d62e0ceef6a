"""Keep rejected records in a folder, one line of JSON each, until they pass."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.model.finding import Finding

FILE = "rejected.ndjson"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rejected record.

    Attributes:
        source: name of the source.
        where: file that it came from.
        record: its number there.
        payload: a payload of the source that holds it alone; the whole payload where the checks kept something out.
        findings: why.
        run: time of the run, ISO 8601, or "".
    """

    source: str
    where: str = ""
    record: int = 0
    payload: bytes
    findings: tuple[Finding, ...] = ()
    run: str = ""

    @property
    def digest(self) -> str:
        """What makes two entries the same: source, place and content."""
        content = msgspec.json.encode((self.source, Path(self.where).name, self.payload))
        return hashlib.sha256(content).hexdigest()


class Quarantine:
    """The rejected records of a folder; a record that is there is not added again.

    Raises:
        SettingsError: the folder is a file, or a line in it cannot be read: told before anything is written.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self.folder = folder
        self.path = folder / FILE
        self.max_bytes = max_bytes
        self.full = False
        if folder.exists() and not folder.is_dir():
            raise SettingsError(f"the quarantine {folder} must be a folder")
        self._known = {entry.digest for entry in self.entries()}

    def add(self, entry: Entry) -> bool:
        """Add an entry.

        Returns:
            Whether it is new and there was room.
        """
        if entry.digest in self._known:
            return False
        line = msgspec.json.encode(entry) + b"\n"
        size = self.path.stat().st_size if self.path.exists() else 0
        if size + len(line) > self.max_bytes:
            self.full = True
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(line)
        self._known.add(entry.digest)
        return True

    def entries(self) -> Iterator[Entry]:
        """Give the entries, oldest first.

        Raises:
            SettingsError: a line cannot be read; the message tells which.
        """
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield msgspec.json.decode(line, type=Entry)
                except msgspec.DecodeError as error:
                    raise SettingsError(f"{self.path}:{number} is no entry of a quarantine: {error}") from error

    def replace(self, entries: list[Entry]) -> None:
        """Keep these entries alone; the old file stays until the new one is whole."""
        new = self.path.with_suffix(".new")
        with new.open("wb") as file:
            file.writelines(msgspec.json.encode(entry) + b"\n" for entry in entries)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        self._known = {entry.digest for entry in entries}
