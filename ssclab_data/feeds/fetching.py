"""Fetch one address of a feed: conditionally, in turn, again where it failed, and from configured hosts alone."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from ssclab_data.errors import FeedError, WebError
from ssclab_data.feeds.answers import check_body, failure_of, refusal
from ssclab_data.feeds.clock import Clock
from ssclab_data.feeds.declaration import Feed
from ssclab_data.feeds.retrying import retried, retry_after
from ssclab_data.feeds.secrets import Vault
from ssclab_data.feeds.turns import Turns
from ssclab_data.model.values import Duration
from ssclab_data.web.addresses import HostRules, join_url, place_of
from ssclab_data.web.client import Answer, Client, add_parameters

_MOST_REDIRECTS = 5
_LONGEST_HEADER = 1000
_NOTHING_NEW = frozenset({204, 304})


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for.

    Attributes:
        url: without the parameters of the feed.
        etag: of the answer before, or "".
        modified: Last-Modified of the answer before, or "".
    """

    url: str
    etag: str = ""
    modified: str = ""


class Got(msgspec.Struct, frozen=True, kw_only=True):
    """What came.

    Attributes:
        body: None where there is nothing new.
        url: where it came from, for messages: without secrets.
        headers: by name in small letters.
    """

    url: str
    body: bytes | None
    headers: Mapping[str, str]


class Traffic:
    """Count what went over the network in one run."""

    def __init__(self) -> None:
        self.requests = 0
        self.not_modified = 0
        self.received = 0


class Fetcher:
    """Fetch for one feed, in one run.

    Args:
        rules: which hosts may be asked.
        vault: holds the secrets of the feed's headers and parameters.

    Raises:
        SettingsError: a secret is not there.
    """

    def __init__(
        self, feed: Feed, *, client: Client, rules: HostRules, turns: Turns, clock: Clock, vault: Vault
    ) -> None:
        self._feed = feed
        self._client = client
        self._rules = rules
        self._turns = turns
        self._clock = clock
        self._vault = vault
        self._headers = vault.open(feed.headers)
        self._parameters = vault.open(feed.parameters)
        self._seconds = Duration.parse(feed.timeout).us / 1_000_000
        self.traffic = Traffic()

    async def get(self, ask: Ask) -> Got:
        """Fetch an address.

        Raises:
            FeedError: there is no usable answer.
        """
        return await retried(lambda: self._followed(ask), clock=self._clock, attempts=self._feed.attempts)

    def shown(self, url: str) -> str:
        """Give an address as it may be shown and stored: without secrets."""
        return self._vault.hide(url)

    async def _followed(self, ask: Ask) -> Got:
        """Follow redirects from one address."""
        url = add_parameters(ask.url, self._parameters)
        headers = _conditions(ask) | self._headers
        for _ in range(_MOST_REDIRECTS):
            answer = await self._once(url, headers)
            if not answer.redirects:
                return self._usable(answer, url)
            headers = _conditions(ask) | (self._headers if place_of(ask.url) == self._next_place(url, answer) else {})
            url = join_url(url, answer.headers["location"])
        raise FeedError(f"it redirects more than {_MOST_REDIRECTS} times", where=self.shown(ask.url))

    def _next_place(self, url: str, answer: Answer) -> tuple[str, int]:
        """Say where a redirect leads.

        Raises:
            FeedError: to a host that may not be asked, or from https to http.
        """
        try:
            target = join_url(url, answer.headers["location"])
            place = place_of(target)
            self._rules.check_url(target)
        except WebError as error:
            cure = "name the host in `hosts` where this is meant, or give the new address as url"
            raise FeedError(f"it redirects: {error.reason}", where=self.shown(url), cure=cure) from error
        if (urlsplit(url).scheme, urlsplit(target).scheme) == ("https", "http"):
            raise FeedError(f"it redirects from https to http at {place[0]}", where=self.shown(url))
        return place

    async def _once(self, url: str, headers: Mapping[str, str]) -> Answer:
        where = self.shown(url)
        try:
            self._rules.check_url(url)
            await self._turns.take(place_of(url), rate=self._feed.rate)
            self.traffic.requests += 1
            async with asyncio.timeout(self._seconds):
                answer = await self._client.get(url, headers)
        except WebError as error:
            raise failure_of(error, where, self._vault.hide(error.reason)) from error
        except TimeoutError as error:
            reason = f"no whole answer within {self._seconds:g} s"
            raise FeedError(reason, where=where, temporary=True, cure="it is tried again by itself") from error
        self.traffic.received += answer.received
        return answer

    def _usable(self, answer: Answer, url: str) -> Got:
        """Give what an answer holds.

        Raises:
            FeedError: it is a refusal, or holds nothing that could be a payload.
        """
        where = self.shown(url)
        if answer.status in _NOTHING_NEW:
            self.traffic.not_modified += 1
            return Got(url=where, body=None, headers=answer.headers)
        if answer.status not in (200, 203):
            error = refusal(answer, where, wait=retry_after(answer.headers.get("retry-after", ""), self._clock.now()))
            if error.retry_after:
                self._turns.pause(place_of(url), error.retry_after)
            raise error
        check_body(answer, where)
        return Got(url=where, body=answer.body, headers=answer.headers)


def _conditions(ask: Ask) -> dict[str, str]:
    given = {"If-None-Match": ask.etag, "If-Modified-Since": ask.modified}
    return {name: value for name, value in given.items() if value and _can_be_sent(value)}


def _can_be_sent(value: str) -> bool:
    """Tell whether what a server made up can be a header of ours."""
    return len(value) <= _LONGEST_HEADER and value.isascii() and value.isprintable()
