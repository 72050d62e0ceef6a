"""Write the entities of a page as JSON-LD: what each is in SOSA, with those that it expands."""

from collections.abc import Iterator
from functools import cache

import msgspec

from ssclab_data.endpoints.negotiation import choose
from ssclab_data.endpoints.sensorthings.paged import Paged
from ssclab_data.errors import UnsupportedError
from ssclab_data.export.nodes import node_of, query_for
from ssclab_data.linked_data.sosa import Node, triples
from ssclab_data.linked_data.writing import JSONLD, document
from ssclab_data.ontology.contexts import own_words
from ssclab_data.query.ast import BoundQuery, Expand
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import Row

_FORMAT = "$resultFormat=JSON-LD"
_HIDDEN = "@"
"""What the names of links begin with that are read for the description, beside those that the client expands."""


def is_preferred(accept: str) -> bool:
    """Tell whether a client likes JSON-LD better than JSON."""
    return choose(accept, ("application/json", JSONLD)) == JSONLD


def check(query: BoundQuery, *, federated: bool) -> None:
    """Make sure that what is asked for has IRIs.

    Raises:
        UnsupportedError: it has none.
    """
    if query.distinct:
        raise UnsupportedError(f"{_FORMAT} of distinct values", "they are no resources; ask for JSON or CSV")
    if federated:
        raise UnsupportedError(f"{_FORMAT} at a hub", "ask each lab's own node, which knows the IRIs")


def widened(query: BoundQuery) -> BoundQuery:
    """Let a query read the links that the description of its entities needs, at every level."""
    given = tuple(
        msgspec.structs.replace(expand, query=widened(expand.query))
        for expand in query.expand
        if isinstance(expand.query, BoundQuery)
    )
    return msgspec.structs.replace(query, expand=(*given, *_needed(query.entity_type)))


def render(paged: Paged) -> Iterator[bytes]:
    """Write a page as one document with its context inline."""
    words = own_words()
    nodes = (node for row in paged.page.rows for node in _nodes(row, paged))
    yield document((one for node in nodes for one in triples(node, words)), JSONLD)


@cache
def _needed(kind: str) -> tuple[Expand, ...]:
    return tuple(Expand(one.name, one.query, _HIDDEN + one.name) for one in bind(query_for(kind), version="").expand)


def _nodes(row: Row, paged: Paged) -> Iterator[Node]:
    """Give an entity, and those that it expands."""
    node = node_of(row, paged.base_iri, paged.models)
    hidden = {name.removeprefix(_HIDDEN): found for name, found in node.links.items() if name.startswith(_HIDDEN)}
    yield msgspec.structs.replace(node, links=hidden)
    for name in row.related:
        if not name.startswith(_HIDDEN):
            for below in row.at(name):
                yield from _nodes(below, paged)
