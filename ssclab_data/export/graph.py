"""Write all entities of a store as triples, a bounded number of them in memory at a time."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import BinaryIO

import msgspec

from ssclab_data.export.nodes import node_of, query_for
from ssclab_data.linked_data import rdf
from ssclab_data.linked_data.sosa import triples
from ssclab_data.linked_data.terms import Triple
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.selection import pages
from ssclab_data.stores.base import Store

_LINES = 4_000
_ENTITIES = 500


def write_ntriples(store: Store, out: BinaryIO, base_iri: str) -> int:
    """Write N-Triples; memory does not grow with the store."""
    count = 0
    for lines in batched(rdf.ntriples(_all(store, base_iri)), _LINES):
        out.write("".join(lines).encode())
        count += len(lines)
    return count


def write_turtle(store: Store, out: BinaryIO, base_iri: str) -> int:
    """Write Turtle: documents of some hundred entities each, one after another (which is one document)."""
    count = 0
    for chunk in _chunks(store, base_iri):
        out.write(rdf.turtle(chunk).encode())
        count += len(chunk)
    return count


def write_jsonld(store: Store, out: BinaryIO, base_iri: str) -> int:
    """Write one JSON-LD document with its context inline and a `@graph` of all entities."""
    head = msgspec.json.encode(rdf.context()["@context"])
    out.write(b'{"@context":' + head + b',"@graph":[')
    count = 0
    for chunk in _chunks(store, base_iri):
        nodes = rdf.jsonld(chunk)["@graph"]
        out.write((b",\n" if count else b"\n") + b",\n".join(msgspec.json.encode(node) for node in nodes))
        count += len(chunk)
    out.write(b"\n]}\n")
    return count


def _all(store: Store, base_iri: str) -> Iterator[Triple]:
    for described in _entities(store, base_iri):
        yield from described


def _chunks(store: Store, base_iri: str) -> Iterator[list[Triple]]:
    for entities in batched(_entities(store, base_iri), _ENTITIES):
        yield [triple for described in entities for triple in described]


def _entities(store: Store, base_iri: str) -> Iterator[Iterable[Triple]]:
    for kind in ENTITY_TYPES:
        for row in pages(store, query_for(kind)):
            yield triples(node_of(row, base_iri))
