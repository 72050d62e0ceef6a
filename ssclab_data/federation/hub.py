"""Open a federation from its descriptor and read from all its labs at once."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from ssclab_data import registry
from ssclab_data.errors import QuerySyntaxError, UnsupportedError
from ssclab_data.federation.descriptor import Descriptor, read_descriptor
from ssclab_data.federation.peer import Peer
from ssclab_data.federation.store import FederatedStore
from ssclab_data.model.lab import LabInfo
from ssclab_data.query.ast import BoundQuery, all_of
from ssclab_data.query.bind import Limits, bind
from ssclab_data.query.odata import parse_options
from ssclab_data.query.resource_path import parse_path
from ssclab_data.settings import Settings, from_environment
from ssclab_data.stores.base import Page


class Federation:
    """Many labs, read as one; use it as a context manager."""

    def __init__(self, store: FederatedStore, *, name: str, settings: Settings) -> None:
        self.store = store
        self.name = name
        self.settings = settings

    @classmethod
    def open(
        cls, source: str | Path | Descriptor, *, settings: Settings | None = None, secret: bytes | None = None
    ) -> "Federation":
        """Open a federation; no lab is contacted yet.

        Args:
            source: a `federation.yaml`, its text, or a Descriptor.
            settings: None takes them from `SSCLAB_*` variables.
            secret: signs paging cursors; processes that serve the same hub must share it. None makes one for this
                process.

        Raises:
            SettingsError: the descriptor is wrong; the message says where.
        """
        descriptor = read_descriptor(source)
        settings = settings if settings is not None else from_environment(os.environ)
        store = FederatedStore(
            [Peer(lab.info, lab.url) for lab in descriptor.labs],
            key=descriptor.key,
            deadline_seconds=descriptor.deadline or settings.deadline_seconds,
            secret=secret,
            publication=descriptor.publication,
        )
        return cls(store, name=descriptor.name, settings=settings)

    @property
    def labs(self) -> tuple[LabInfo, ...]:
        """The labs, by key."""
        return self.store.labs

    def read(self, text: str) -> Page:
        """Read one page, asked for as in a SensorThings address but not percent-encoded.

        Args:
            text: a path and options, such as `Datastreams?$filter=name eq 'PM2.5'&$orderby=name&$top=50`; without
                `$top` the page has `settings.page_size` rows.

        Returns:
            The rows, and how each lab answered: see `Page.complete` and `Page.missing`.

        Raises:
            QueryError: it cannot be answered as written.
            FederationError: no lab answered.
        """
        return self.store.read(_bound(text, self.settings))

    def asgi(self, *, settings: Settings | None = None) -> Any:
        """Build the ASGI application of the hub."""
        build = registry.load("ssclab_data.endpoints.app:build_app")
        return build(self.store, labs=self.labs, settings=settings or self.settings, title=self.name)

    def close(self) -> None:
        """Close the connections; a second call does nothing."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _bound(text: str, settings: Settings) -> BoundQuery:
    path, _, options = text.partition("?")
    target = parse_path(path.strip("/"))
    if target.property or target.raw or target.ref or target.count:
        raise UnsupportedError(f"reading {path!r} as a page", "ask for entities, and $count=true for their number")
    query = parse_options(target.entity_type, dict(_options(options)))
    limits = Limits(
        max_page_size=settings.max_page_size,
        max_expand_depth=settings.max_expand_depth,
        max_filter_nodes=settings.max_filter_nodes,
    )
    top = settings.page_size if query.top is None else min(query.top, settings.max_page_size)
    return bind(msgspec.structs.replace(query, filter=all_of(target.filter, query.filter), top=top), limits=limits)


def _options(text: str) -> Iterator[tuple[str, str]]:
    """Split options at each `&` outside quotes."""
    seen: set[str] = set()
    for option in _split(text):
        name, equals, value = option.partition("=")
        if not equals:
            raise QuerySyntaxError("has no value", option=name)
        if name in seen:
            raise QuerySyntaxError("is given twice", option=name)
        seen.add(name)
        yield name, value


def _split(text: str) -> Iterator[str]:
    start, quoted = 0, False
    for at, mark in enumerate(text):
        if mark == "'":
            quoted = not quoted
        elif mark == "&" and not quoted:
            yield text[start:at]
            start = at + 1
    if text[start:]:
        yield text[start:]
