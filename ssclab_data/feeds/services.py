"""Hold what all feeds of a lab share: its store, its files, the clock, and the way to the network."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.feeds.clock import Clock
from ssclab_data.feeds.declaration import Feed
from ssclab_data.feeds.secrets import Vault
from ssclab_data.feeds.state import StateFile
from ssclab_data.feeds.turns import Turns
from ssclab_data.ingest import IngestOptions
from ssclab_data.sources.base import Source
from ssclab_data.sources.mapping import find_source
from ssclab_data.stores.base import Store
from ssclab_data.web.addresses import HostRules
from ssclab_data.web.client import guarded

if TYPE_CHECKING:
    from ssclab_data.validation.series_rules import SeriesRules
    from ssclab_data.web.client import Transport

QUARANTINE = "quarantine"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The lab that feeds are of.

    Attributes:
        folder: with `lab.yaml` and `feeds.yaml`; relative file names start there.
        store: where rows go.
        options: gives what every ingest of the lab is told; asked anew for each payload.
        environ: variables that secrets are taken from.
        transport: the way to the network, by which hosts may be asked.
    """

    folder: Path
    store: Store
    options: Callable[[], IngestOptions]
    environ: Mapping[str, str] = {}
    transport: "Callable[[HostRules], Transport]" = guarded


class Services:
    """What all runs share; used from one event loop."""

    def __init__(self, place: Place, state: StateFile, clock: Clock, turns: Turns) -> None:
        self.place = place
        self.state = state
        self.clock = clock
        self.turns = turns
        self.writing = asyncio.Lock()

    def source(self, feed: Feed) -> Source:
        """Find the source of a feed; a mapping file is looked for beside `feeds.yaml`.

        Raises:
            UnknownSourceError: no mapping has that name.
            MappingError: the mapping file is wrong.
        """
        if feed.source.endswith((".yaml", ".yml")):
            return find_source(str(self.place.folder / feed.source))
        return find_source(feed.source)

    def options(self, feed: Feed, given: Mapping[str, str]) -> IngestOptions:
        """Say how a payload is ingested that comes in now.

        Raises:
            SettingsError: a table cannot be read.
            InformationModelError: the profile is not there.
        """
        now = self.clock.now()
        base = self.place.options()
        context = msgspec.structs.replace(
            base.context, given=given, tables={**base.context.tables, **self._tables(feed)}, received=now
        )
        return msgspec.structs.replace(
            base,
            context=context,
            now=now,
            quality=_quality(feed) or base.quality,
            quarantine=self.place.folder / QUARANTINE,
            max_file_bytes=feed.max_bytes,
        )

    def vault(self) -> Vault:
        """Give a vault for the secrets of one feed."""
        return Vault(self.place.environ, self.place.folder)

    def _tables(self, feed: Feed) -> dict[str, bytes]:
        try:
            return {name: (self.place.folder / file).read_bytes() for name, file in feed.tables.items()}
        except OSError as error:
            raise SettingsError(f"table {error.filename} cannot be read: {error.strerror}") from error


async def settled[T](work: Callable[[], T]) -> T:
    """Do something in a thread; what has begun is finished, also when the run is ended meanwhile."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise asyncio.CancelledError from task.exception()


def _quality(feed: Feed) -> "SeriesRules | None":
    if not feed.profile:
        return None
    from ssclab_data.validation.profile import load_profile

    return load_profile(feed.profile).series
