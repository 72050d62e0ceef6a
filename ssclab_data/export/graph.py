"""Write all entities of a store as triples, a bounded number of them in memory at a time."""

from itertools import chain
from typing import BinaryIO

from ssclab_data.export.nodes import described, entities_of, observations_of
from ssclab_data.linked_data import writing
from ssclab_data.stores.base import Store


def write_ntriples(store: Store, out: BinaryIO, base_iri: str) -> int:
    """Write N-Triples; memory does not grow with the number of Observations."""
    return _write(store, out, base_iri, writing.NTRIPLES)


def write_turtle(store: Store, out: BinaryIO, base_iri: str) -> int:
    """Write Turtle; memory does not grow with the number of Observations."""
    return _write(store, out, base_iri, writing.TURTLE)


def write_jsonld(store: Store, out: BinaryIO, base_iri: str) -> int:
    """Write one JSON-LD document with its context inline and a `@graph` of all entities."""
    return _write(store, out, base_iri, writing.JSONLD)


def _write(store: Store, out: BinaryIO, base_iri: str, media_type: str) -> int:
    syntax = writing.formats()[media_type]
    out.write(syntax.head)
    size, before = 0, syntax.separator
    entities = described(entities_of(store, base_iri), syntax)
    for piece in chain(entities, observations_of(store, base_iri, syntax)):
        if not piece.text:
            continue
        out.write(piece.text.removeprefix(before))
        before = b""
        size += piece.triples
    out.write(syntax.tail)
    return size
