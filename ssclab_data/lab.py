"""Put a lab together: settings, a store, its sources and checks become one object with the verbs a city needs."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from glob import glob
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import msgspec

from ssclab_data import export, registry, selection
from ssclab_data.access import NO_TOKENS, Access, Tokens
from ssclab_data.errors import SettingsError, UnsupportedError
from ssclab_data.ingest import IngestOptions, IngestReport, Progress, ingest_files
from ssclab_data.ingest import replay as replay_entries
from ssclab_data.ingest.tables import read_tables
from ssclab_data.lab_files import LAB_FILE, described, folder_of, known_lab, tokens_beside
from ssclab_data.model.finding import Finding
from ssclab_data.model.identity import check_lab_key
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.values import Instant
from ssclab_data.publishing import PublishReport, is_published, owner_id, rules_of
from ssclab_data.publishing.files import PUBLIC_FILE, publish_files
from ssclab_data.settings import Settings, from_environment
from ssclab_data.sources.base import Source, SourceContext
from ssclab_data.sources.mapping import find_source
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.scanning import Budget
from ssclab_data.stores.sqlite import SQLiteStore

if TYPE_CHECKING:
    from ssclab_data.feeds import Feed, FeedsFile, FeedState
    from ssclab_data.feeds import Place as FeedPlace
    from ssclab_data.feeds import Status as FeedStatus
    from ssclab_data.inspection.run import Options
    from ssclab_data.validation.outcome import Outcome
    from ssclab_data.validation.series_rules import SeriesRules


class Lab:
    """A living lab and its data.

    Use it as a context manager; it closes its store.

    >>> with Lab.open(":memory:", key="breda") as lab:
    ...     lab.info.name, lab.info.municipality
    ('Breda', 'gm0758')
    """

    def __init__(
        self,
        store: Store,
        *,
        info: LabInfo,
        settings: Settings,
        tokens: Tokens = NO_TOKENS,
        folder: Path | None = None,
    ) -> None:
        self.store = store
        self.info = info
        self.settings = settings
        self.tokens = tokens
        self.folder = folder

    @classmethod
    def open(cls, path: str | Path, *, key: str = "", settings: Settings | None = None) -> "Lab":
        """Open a lab, and make its store where there is none.

        Args:
            path: a SQLite file (`breda.db`), `:memory:`, or a folder with a `lab.yaml` (as `ssclab init` makes).
            key: the lab's key; may be left out where the file or the folder knows it.
            settings: None takes them from `SSCLAB_*` variables.

        Raises:
            SettingsError: the key is missing or wrong, or the file belongs to another lab or is no store.
            UnsupportedError: the store is of a kind that this version has not.
        """
        settings = settings if settings is not None else from_environment(os.environ)
        if "://" in str(path):
            raise UnsupportedError(f"store {str(path).partition('://')[0]}://", "use a file name")
        if str(path) == ":memory:":
            info = known_lab(check_lab_key(key))
            return cls(MemoryStore(info.key), info=info, settings=settings)
        info, file = described(Path(path), key)
        budget = Budget(seconds=settings.query_seconds, rows=settings.query_rows)
        store = SQLiteStore.open(file, lab=info.key, budget=budget)
        tokens = NO_TOKENS if is_published(store) else tokens_beside(file)
        return cls(store, info=info, settings=settings, tokens=tokens, folder=folder_of(file))

    @classmethod
    def open_served(cls, path: str | Path, *, exact: bool = False, settings: Settings | None = None) -> "Lab":
        """Open what others may see: of a lab that has `publishing:` in its `lab.yaml`, the store made for the public.

        Args:
            path: as of `open`; the file of such a lab's exact store is refused.
            exact: open the exact store all the same.

        Raises:
            SettingsError: as of `open`; or the lab was not published yet.
        """
        lab = cls.open(path, settings=settings)
        if exact or not lab.guarded:
            return lab
        lab.close()
        if not Path(path).is_dir():
            raise SettingsError(
                f"{path} holds exact places, and its lab.yaml has `publishing:`: name the folder, or give --exact"
            )
        public = Path(path) / PUBLIC_FILE
        if not public.exists():
            raise SettingsError(f"{public} is not there yet: ssclab publish {path}")
        return cls.open(public, settings=settings)

    @property
    def guarded(self) -> bool:
        """Whether it is the exact store of a lab of which the public gets another one."""
        if self.info.publishing is None:
            return False
        return not isinstance(self.store, SQLiteStore) or not is_published(self.store)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ingest(
        self,
        source: str | Source,
        *paths: str | Path,
        profile: str = "",
        quarantine: str | Path | None = None,
        progress: Callable[[Progress], None] | None = None,
        tables: Mapping[str, str | Path] = MappingProxyType({}),
        given: Mapping[str, str] = MappingProxyType({}),
    ) -> IngestReport:
        """Map, check and store files of one source; what is rejected is counted, and kept in the quarantine.

        Args:
            source: name of a source, path of a mapping file, or a Source.
            paths: files, and patterns such as `hours/*.json.gz`.
            profile: name of the profile (`lab-air@1`) by whose rules rows get a resultQuality where the source gives
                none; no row is kept out for it. "" leaves resultQuality alone.
            quarantine: folder for rejected records; None keeps none of them.
            progress: called after each file.
            tables: files of the tables that the mapping looks things up in, by name; `registry` is that of the lab's
                units, which is taken from the lab's folder where it is not named.
            given: fields that records get which have none of their own.

        Raises:
            UnknownSourceError: no mapping has that name.
            InformationModelError: there is no such profile, or it is wrong.
            SettingsError: a path or pattern matches no file, or a table cannot be read.
        """
        options = self._options(quarantine, progress)
        context = msgspec.structs.replace(options.context, given=given, tables=read_tables(tables, self.folder))
        return ingest_files(
            self.store,
            source if not isinstance(source, str) else find_source(source),
            list(_files(paths)),
            options=msgspec.structs.replace(options, context=context, quality=_quality(profile)),
        )

    def replay(
        self,
        quarantine: str | Path,
        *,
        progress: Callable[[Progress], None] | None = None,
        tables: Mapping[str, str | Path] = MappingProxyType({}),
        given: Mapping[str, str] = MappingProxyType({}),
    ) -> IngestReport:
        """Read the rejected records of a quarantine again; what passes now leaves it.

        Args:
            tables: as in `ingest`.
            given: as in `ingest`.
        """
        options = self._options(quarantine, progress)
        context = msgspec.structs.replace(options.context, given=given, tables=read_tables(tables, self.folder))
        return replay_entries(self.store, Path(quarantine), options=msgspec.structs.replace(options, context=context))

    @property
    def feeds(self) -> "FeedsFile":
        """What is in the `feeds.yaml` of the lab's folder.

        Raises:
            SettingsError: it is not there or wrong; the message has every fault with its place.
        """
        from ssclab_data.feeds import FEEDS_FILE, read_feeds

        return read_feeds(self._own_folder() / FEEDS_FILE)

    def run_feeds(
        self, *names: str, tell: "Callable[[Feed, FeedState], None] | None" = None
    ) -> "tuple[FeedStatus, ...]":
        """Run feeds once, due or not, and give how they stand; see `docs/feeds.md`.

        Args:
            names: which ones; none of them means all.
            tell: called after each run of a feed.

        Raises:
            SettingsError: there is no such feed, or another process runs them.
            ExceptionGroup: faults of the program; the other feeds have run all the same.
        """
        from ssclab_data.feeds import run_feeds

        return run_feeds(self.feeds, self.feed_place(), names=names, tell=tell)

    def feed_place(self) -> "FeedPlace":
        """Give what feeds need of the lab; secrets are taken from the variables of this process."""
        from ssclab_data.feeds import Place

        return Place(
            folder=self._own_folder(),
            store=self.store,
            options=lambda: self._options(None, None),
            environ=os.environ,
        )

    def validate(self, profile: str = "") -> Iterator[Finding]:
        """Check everything that is stored, and give what is found.

        Args:
            profile: its name (`lab-air@1`); "" checks entities by their schemas and values by their plausible limits.

        Raises:
            InformationModelError: there is no such profile, or it is wrong.
        """
        from ssclab_data.inspection.run import Options
        from ssclab_data.validation.profile import load_profile

        chosen = load_profile(profile) if profile else None
        yield from self.inspect(Options(profile=chosen, now=Instant.of(datetime.now(UTC)))).findings

    def inspect(self, options: "Options") -> "Outcome":
        """Check everything that is stored, and give what was looked at and found; positions against the lab's area."""
        from ssclab_data.inspection.run import inspect
        from ssclab_data.inspection.stored import read_store

        content = read_store(self.store, base_iri=self.settings.base_iri, target=self.info.name)
        return inspect(content, msgspec.structs.replace(options, place=options.place or self.info))

    def datastreams(
        self, *, observed_property: str | None = None, bbox: selection.Bounds | None = None
    ) -> selection.Selection:
        """Choose Datastreams by observed property (id or concept IRI) and by place (lon/lat box, CRS84)."""
        return selection.datastreams(self.store, observed_property=observed_property, bbox=bbox)

    def export(self, format_: str, out: str | Path | BinaryIO) -> int:
        """Write all that is stored; a name that ends in `.gz` is compressed.

        Args:
            format_: `csv`, `geojson`, `ntriples`, `turtle` or `jsonld`.

        Returns:
            How many Observations (csv), Things (geojson) or triples were written.
        """
        return export.export(self.store, format_, out, base_iri=self.settings.base_iri)

    def publish(
        self, out: str | Path | None = None, *, full: bool = False, now: Instant | None = None
    ) -> PublishReport:
        """Bring the store that the public gets to what this one holds, by `publishing:` in the `lab.yaml`.

        Args:
            out: file of that store; None takes `public.db` beside the `lab.yaml`.
            full: look at all of it, and accept another key than the last time.
            now: no mean is published of a window that is not over by then; None is this moment.

        Raises:
            SettingsError: the lab has no `publishing:`, or a file of it cannot be used.
        """
        return publish_files(self._file(), self.info, out, full=full, now=now or Instant.of(datetime.now(UTC)))

    def published_key(self, thing: str) -> str:
        """Give the natural key under which a Thing is published, so that its owner recognises it.

        Raises:
            NotFoundError: there is no such Thing.
            SettingsError: the lab has no `publishing:`, or no key yet.
        """
        return owner_id(self._file(), rules_of(self.info, self._file().path.parent), thing)

    def _file(self) -> SQLiteStore:
        if not isinstance(self.store, SQLiteStore):
            raise SettingsError("only a lab in a file is published; open it by its folder")
        return self.store

    def asgi(
        self,
        *,
        base_url: str = "",
        title: str = "",
        tokens: Tokens | None = None,
        anonymous_writes: bool = False,
        exact: bool = False,
    ) -> Any:
        """Build the ASGI application; it can be mounted under any prefix.

        Args:
            base_url: public address; "" takes it from the settings or from each request.
            tokens: of those who may write; None takes those that `ssclab token` keeps beside the store.
            anonymous_writes: whether anyone may write; only for a server that listens on a loopback address.
            exact: serve the exact store of a lab of which the public gets another one.

        Raises:
            SettingsError: it is such a store, and `exact` is not said; or writes are asked for to one that is derived.
        """
        if self.guarded and not exact:
            raise SettingsError("this store holds exact places: take Lab.open_served, or say exact=True")
        if anonymous_writes and self.info.publishing is not None and not self.guarded:
            raise SettingsError("nobody writes to what is published: write to the exact store, and publish again")
        build = registry.load("ssclab_data.endpoints.app:build_app")
        settings = msgspec.structs.replace(self.settings, base_url=base_url or self.settings.base_url)
        access = Access(tokens=tokens or self.tokens, anonymous_writes=anonymous_writes)
        return build(self.store, labs=(self.info,), settings=settings, title=title or self.info.name, access=access)

    def _own_folder(self) -> Path:
        if self.folder is None:
            raise SettingsError(f"feeds need a lab with a folder: `ssclab init` makes one with its {LAB_FILE}")
        return self.folder

    def _options(self, quarantine: str | Path | None, progress: Callable[[Progress], None] | None) -> IngestOptions:
        tables = read_tables({}, self.folder)
        context = SourceContext(area=self.info.area, municipality=self.info.name, tables=tables)
        return IngestOptions(
            context=context,
            quarantine=None if quarantine is None else Path(quarantine),
            now=Instant.of(datetime.now(UTC)),
            progress=progress,
        )


def _quality(profile: str) -> "SeriesRules | None":
    if not profile:
        return None
    from ssclab_data.validation.profile import load_profile

    return load_profile(profile).series


def _files(paths: Sequence[str | Path]) -> Iterable[Path]:
    for path in paths:
        found = [Path(name) for name in sorted(glob(str(path), recursive=True))]
        if not found:
            raise SettingsError(f"no file matches {str(path)!r}")
        yield from (file for file in found if file.is_file())
