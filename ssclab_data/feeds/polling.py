"""Run a feed over HTTP once: every part, every stretch of time, every page."""

import hashlib

import msgspec

from ssclab_data.errors import FeedError
from ssclab_data.feeds.cutting import Bounded
from ssclab_data.feeds.declaration import Feed
from ssclab_data.feeds.fetching import Ask, Fetcher, Got
from ssclab_data.feeds.paging import next_page
from ssclab_data.feeds.progress import Progress, check_stored
from ssclab_data.feeds.services import Services, settled
from ssclab_data.feeds.state import Page, Part
from ssclab_data.feeds.templates import Asked, Target, address, bounds, fill, stretches, targets
from ssclab_data.ingest import IngestReport, ingest_payload
from ssclab_data.sources.base import Source
from ssclab_data.web.addresses import host_rules
from ssclab_data.web.client import Client

_MOST_FAILURES = 3
"""After so many parts in a row that fail for a time, the rest of the round is left to the next run."""


class Poll:
    """One run of a feed over HTTP.

    Args:
        cycle: number of the round; parts that were done in it are passed over.
    """

    def __init__(self, feed: Feed, services: Services, seen: Progress, *, cycle: int) -> None:
        self._feed = feed
        self._services = services
        self._seen = seen
        self._cycle = cycle

    async def run(self) -> None:
        """Ask for every part; those that fail do not stop the others.

        Raises:
            SsclabError: the feed cannot run at all: its mapping, a secret or a table is missing.
        """
        source = self._services.source(self._feed)
        rules = host_rules([self._feed.url.partition("?")[0]], self._feed.hosts)
        client = Client(self._services.place.transport(rules), max_bytes=self._feed.max_bytes)
        fetcher = Fetcher(
            self._feed,
            client=client,
            rules=rules,
            turns=self._services.turns,
            clock=self._services.clock,
            vault=self._services.vault(),
        )
        self._seen.traffic = fetcher.traffic
        try:
            await self._parts(source, fetcher)
        finally:
            await client.close()

    async def _parts(self, source: Source, fetcher: Fetcher) -> None:
        reading = Reading(self._feed, self._services, self._seen, source=source, fetcher=fetcher)
        self._seen.partial = True
        in_a_row = 0
        for target in targets(self._feed):
            if self._services.state.part(self._feed.name, target.key).cycle == self._cycle:
                continue
            error = await self._part(reading, target)
            in_a_row = in_a_row + 1 if error is not None and error.temporary else 0
            if in_a_row == _MOST_FAILURES or (error is not None and error.retry_after is not None):
                return
        self._seen.partial = False

    async def _part(self, reading: "Reading", target: Target) -> FeedError | None:
        """Read a part, and keep that it had its turn in this round; one that the server put off has not."""
        try:
            await reading.part(target)
        except FeedError as error:
            self._seen.failure(error, self._services.clock.now(), part=target.key)
            if error.retry_after is None:
                self._keep(target, error)
            return error
        self._seen.done += 1
        self._keep(target, None)
        return None

    def _keep(self, target: Target, error: FeedError | None) -> None:
        state = self._services.state
        part = state.part(self._feed.name, target.key)
        changed = msgspec.structs.replace(
            part,
            cycle=self._cycle,
            error="" if error is None else str(error),
            # A place to go on is worth nothing where the server says that it will not do.
            page=part.page if error is not None and error.temporary else None,
        )
        state.put_part(self._feed.name, target.key, changed)


class Reading:
    """The reading of one part."""

    def __init__(self, feed: Feed, services: Services, seen: Progress, *, source: Source, fetcher: Fetcher) -> None:
        self._feed = feed
        self._services = services
        self._seen = seen
        self._source = source
        self._fetcher = fetcher

    async def part(self, target: Target) -> None:
        """Read a part up to now, from where it was left.

        Raises:
            FeedError: it cannot be read further.
        """
        left = self._state(target).page
        if left is not None:
            await self._pages(target, Asked(left.low, left.high), left.url)
        now = self._services.clock.now()
        for asked in stretches(self._feed, self._state(target).watermark, now):
            await self._pages(target, asked, address(self._feed, target, asked))

    async def _pages(self, target: Target, asked: Asked, url: str) -> None:
        read: set[str] = set()
        while url:
            where = self._fetcher.shown(url)
            if url in read:
                raise FeedError("its pages lead back to one that was read", where=where, cure="check `pages`")
            if self._feed.pages is not None and len(read) == self._feed.pages.most:
                reason = f"it has more than {len(read)} pages"
                raise FeedError(reason, where=where, temporary=True, cure="it goes on in the next run (`pages.most`)")
            read.add(url)
            url = await self._page(target, asked, url)

    async def _page(self, target: Target, asked: Asked, url: str) -> str:
        """Read one page.

        Returns:
            The address of the next one, or "".
        """
        got = await self._fetcher.get(self._ask(target, url))
        after = ""
        if got.body is not None and self._feed.pages is not None:
            after = _next_page(self._feed, url, got)
        async with self._services.writing:
            await settled(lambda: self._store(target, asked, got=got, url=url, after=after))
        return after

    def _ask(self, target: Target, url: str) -> Ask:
        part = self._state(target)
        if self._feed.pages is not None or part.asked != _digest(url):
            return Ask(url=url)
        return Ask(url=url, etag=part.etag, modified=part.modified)

    def _store(self, target: Target, asked: Asked, *, got: Got, url: str, after: str) -> None:
        """Store a page, and only then keep how far it came."""
        newest = None
        if got.body is not None:
            report = self._ingest(target, asked, got)
            self._seen.took(report)
            check_stored(report)
            newest = None if report.newest is None else report.newest.us
        part = self._state(target)
        newest = _later(newest, None if part.page is None else part.page.newest)
        if after:
            part = msgspec.structs.replace(part, page=self._left(asked, after, newest))
        else:
            part = _marked(_moved(part, newest), got, asked=_digest(url))
        self._services.state.put_part(self._feed.name, target.key, part)

    def _ingest(self, target: Target, asked: Asked, got: Got) -> IngestReport:
        given = {name: fill(text, target.values) for name, text in self._feed.given.items()}
        options = self._services.options(self._feed, given)
        context = msgspec.structs.replace(options.context, where=got.url)
        source = Bounded(self._source, bounds(self._feed, asked))
        return ingest_payload(
            self._services.place.store,
            source,
            got.body or b"",
            options=msgspec.structs.replace(options, context=context),
        )

    def _left(self, asked: Asked, after: str, newest: int | None) -> Page | None:
        """Say where to go on; an address with a secret in it is not kept, and the next run begins anew."""
        if self._fetcher.shown(after) != after:
            return None
        return Page(url=after, low=asked.low, high=asked.high, newest=newest)

    def _state(self, target: Target) -> Part:
        return self._services.state.part(self._feed.name, target.key)


def _moved(part: Part, newest: int | None) -> Part:
    """Move the watermark of a part that was read to its end; it never goes back."""
    return msgspec.structs.replace(part, watermark=_later(part.watermark, newest), page=None)


def _later(*moments: int | None) -> int | None:
    """Give the latest of the moments that there are."""
    return max((at for at in moments if at is not None), default=None)


def _marked(part: Part, got: Got, *, asked: str) -> Part:
    """Keep by what the next request can ask whether there is anything new."""
    if got.body is None and asked == part.asked:
        return part
    etag, modified = got.headers.get("etag", ""), got.headers.get("last-modified", "")
    return msgspec.structs.replace(part, asked=asked, etag=etag, modified=modified)


def _next_page(feed: Feed, url: str, got: Got) -> str:
    assert feed.pages is not None and got.body is not None  # noqa: S101, PT018 - asked for by the caller alone
    try:
        return next_page(feed.pages, url, got.body, got.headers)
    except FeedError as error:
        raise FeedError(error.message, where=got.url, cure=error.cure) from error


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
