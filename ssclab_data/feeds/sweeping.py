"""Run a feed of files once: those that are new or have changed, when nobody writes to them any more."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ssclab_data.errors import FeedError
from ssclab_data.feeds.declaration import Feed
from ssclab_data.feeds.progress import Progress, check_stored
from ssclab_data.feeds.services import Services, settled
from ssclab_data.feeds.state import Part
from ssclab_data.ingest import ingest_files
from ssclab_data.model.values import Duration
from ssclab_data.sources.base import Source

_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")
_CHUNK = 1 << 20


class Found(msgspec.Struct, frozen=True):
    """A file as it is on disk.

    Attributes:
        name: relative to the folder of the feed.
        changed: nanoseconds since 1970.
        root: the folder of the feed; None for a feed of one file.
    """

    path: Path
    name: str
    size: int
    changed: int
    root: Path | None = None


class Sweep:
    """One run of a feed of files."""

    def __init__(self, feed: Feed, services: Services, seen: Progress) -> None:
        self._feed = feed
        self._services = services
        self._seen = seen

    async def run(self) -> None:
        """Take every file that is due; those that fail do not stop the others, and are tried again.

        Raises:
            FeedError: the folder or file is not there.
        """
        source = self._services.source(self._feed)
        known = self._services.state.parts(self._feed.name)
        self._seen.partial = True
        for found in await settled(lambda: list(files_of(self._feed, self._services.place.folder))):
            before = known.get(found.name, Part())
            if not before.error and (before.size, before.changed) == (found.size, found.changed):
                continue
            if not self._is_settled(found):
                continue
            reason = _refused(found)
            if reason is not None:
                self._seen.failure(reason, self._services.clock.now(), part=found.name)
                continue
            await self._take(source, found, before)
        self._seen.partial = False

    async def _take(self, source: Source, found: Found, before: Part) -> None:
        try:
            async with self._services.writing:
                await settled(lambda: self._store(source, found, before))
        except FeedError as error:
            self._seen.failure(error, self._services.clock.now(), part=found.name)
            failed = msgspec.structs.replace(before, error=str(error))
            self._services.state.put_part(self._feed.name, found.name, failed)
        else:
            self._seen.done += 1

    def _is_settled(self, found: Found) -> bool:
        age = self._services.clock.now().us - found.changed // 1000
        return age >= Duration.parse(self._feed.settle).us

    def _store(self, source: Source, found: Found, before: Part) -> None:
        """Store a file, and only then keep that it was taken.

        Raises:
            FeedError: it cannot be read, or is no payload of the source.
        """
        digest = _digest(found.path)
        part = msgspec.structs.replace(before, size=found.size, changed=found.changed, digest=digest, error="")
        if before.error or digest != before.digest:
            options = self._services.options(self._feed, self._feed.given)
            report = ingest_files(self._services.place.store, source, [found.path], options=options)
            self._seen.took(report, found.size)
            check_stored(report)
            moments = [one for one in (part.watermark, report.newest and report.newest.us) if one is not None]
            part = msgspec.structs.replace(part, watermark=max(moments, default=None))
        if _stat(found.path) == (found.size, found.changed):
            self._services.state.put_part(self._feed.name, found.name, part)


def files_of(feed: Feed, folder: Path) -> Iterator[Found]:
    """Give the files of a feed by name; those that are being written by their name (`.part`) are left out.

    Raises:
        FeedError: the folder or file is not there.
    """
    if feed.file:
        yield _found(folder / feed.file, Path(feed.file).name)
        return
    root = folder / feed.folder
    if not root.is_dir():
        raise FeedError("there is no such folder", where=str(root), cure="make it, or mend `folder`")
    for path in sorted(root.glob(feed.pattern)):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not path.name.startswith(".") and not name.endswith(_UNFINISHED):
            yield _found(path, name, root)


def _found(path: Path, name: str, root: Path | None = None) -> Found:
    size, changed = _stat(path)
    return Found(path, name, size, changed, root)


def _refused(found: Found) -> FeedError | None:
    """Say why a file is not taken that somebody dropped."""
    if any("\ud800" <= character <= "\udfff" for character in found.name):
        return FeedError("its name is not UTF-8", cure="give the file another name")
    if found.root is not None and not found.path.resolve().is_relative_to(found.root.resolve()):
        cure = "put the file itself there, or give the folder that the link leads to"
        return FeedError("it is a link to a file outside the folder", cure=cure)
    return None


def _stat(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise FeedError(f"it cannot be read: {error.strerror}", where=str(path), cure="check the file") from error
    return found.st_size, found.st_mtime_ns


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise FeedError(f"it cannot be read: {error.strerror}", where=str(path), cure="check the file") from error
    return digest.hexdigest()
