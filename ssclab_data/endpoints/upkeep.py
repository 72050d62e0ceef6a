"""Prepare the process while the application runs: few threads for one store, which is sealed in the background."""

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from anyio.to_thread import current_default_thread_limiter

from ssclab_data.errors import StoreBusyError, StoreError
from ssclab_data.stores.base import Sealable, Store

EVERY_SECONDS = 5.0

_log = logging.getLogger("ssclab_data.endpoints")


class Sealer:
    """A thread that moves new Observations into chunks now and then; of several processes one does it at a time."""

    def __init__(self, store: Sealable, *, every_seconds: float) -> None:
        self._store = store
        self._every_seconds = every_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ssclab-sealer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the Datastream that is being sealed."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._every_seconds):
            try:
                self._store.seal()
            except StoreBusyError:
                continue  # another writer has the turn; there is another round
            except StoreError:
                _log.exception("sealing failed; it is tried again")


def lifespan(
    store: Store, *, threads: int, every_seconds: float = EVERY_SECONDS
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Give what holds as long as the application runs, where the store is a file.

    Threads that all compute take turns and get in each other's way; a hub's threads wait, so it keeps the many.

    Args:
        threads: how many queries may run at the same time in this process.
    """

    @asynccontextmanager
    async def running(_app: Any) -> AsyncIterator[None]:
        if not isinstance(store, Sealable):
            yield
            return
        current_default_thread_limiter().total_tokens = threads
        sealer = Sealer(store, every_seconds=every_seconds)
        sealer.start()
        try:
            yield
        finally:
            sealer.stop()

    return running
