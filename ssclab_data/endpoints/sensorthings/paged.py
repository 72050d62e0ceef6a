"""Hold a page that is to be written in a format other than JSON."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ssclab_data.endpoints.sensorthings import federation
from ssclab_data.endpoints.sensorthings.encode import Encoder, head
from ssclab_data.model.entity import Handle
from ssclab_data.query.ast import BoundQuery, Query
from ssclab_data.stores.base import Page


class Paged(msgspec.Struct, frozen=True, kw_only=True):
    """A page, and what was asked for.

    Attributes:
        query: bound, with the page sizes of the server.
        given: the query as the client wrote it, without them.
        next_link: address of the next page, or None.
        base_iri: first part of every IRI.
        models: handles of the Sensors that several Things have, where the format needs to know.
        values: names of the values of the results, where all rows are of one MultiDatastream.
    """

    encoder: Encoder
    page: Page
    query: BoundQuery
    given: Query
    next_link: str | None = None
    base_iri: str = ""
    models: frozenset[Handle] = frozenset()
    values: tuple[str, ...] = ()

    @property
    def entities(self) -> Iterator[dict[str, Any]]:
        """The rows as JSON has them."""
        return (self.encoder.entity(row, self.query) for row in self.page.rows)

    def head(self) -> dict[str, Any]:
        """Give the members that an answer has beside its rows."""
        return head(self.query, count=self.page.count, next_link=self.next_link)

    def federation(self) -> dict[str, Any]:
        """Give the member that tells how each lab of a hub answered."""
        return {"federation": federation.member(self.page)} if self.page.answers else {}
