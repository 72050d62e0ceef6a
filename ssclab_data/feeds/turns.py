"""Give requests their turn, so that no host is asked more often than the feeds allow."""

from collections.abc import Iterable

from ssclab_data.feeds.clock import Clock
from ssclab_data.feeds.declaration import Feed
from ssclab_data.web.addresses import place_of

type Place = tuple[str, int]

_FASTEST = 1000.0


class Turns:
    """Turns by host, evenly apart: a bucket of one token, so that no burst follows a pause.

    Args:
        feeds: hosts that several of them ask get the lowest of their rates.
    """

    def __init__(self, clock: Clock, feeds: Iterable[Feed]) -> None:
        self._clock = clock
        self._free: dict[Place, float] = {}
        self._paused: dict[Place, float] = {}
        self._rates: dict[Place, float] = {}
        for feed in feeds:
            if feed.url:
                place = place_of(feed.url.partition("?")[0])
                self._rates[place] = min(self._rates.get(place, _FASTEST), feed.rate)

    async def take(self, place: Place, *, rate: float) -> None:
        """Wait for the next turn at a host.

        Args:
            rate: requests a second, where the host is that of no feed (after a redirect).
        """
        gap = 1.0 / self._rates.get(place, rate)
        at = self._book(place, gap)
        while (wait := at - self._clock.elapsed()) > 0:
            await self._clock.sleep(wait)
            if self._paused.get(place, 0.0) > at:
                at = self._book(place, gap)

    def pause(self, place: Place, seconds: float) -> None:
        """Let nobody ask a host for some time."""
        until = self._clock.elapsed() + seconds
        self._paused[place] = max(self._paused.get(place, 0.0), until)

    def _book(self, place: Place, gap: float) -> float:
        """Take the first moment that is free."""
        at = max(self._clock.elapsed(), self._free.get(place, 0.0), self._paused.get(place, 0.0))
        self._free[place] = at + gap
        return at
