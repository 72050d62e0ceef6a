"""Write small graphs as documents that are the same bytes for the same triples, in every process."""

from collections.abc import Iterable
from typing import Any

import msgspec

from ssclab_data.linked_data import rdf
from ssclab_data.linked_data.terms import Triple


def write(triples: Iterable[Triple], media_type: str) -> bytes:
    """Write triples as Turtle, JSON-LD or N-Triples."""
    if media_type == rdf.NTRIPLES:
        return "".join(rdf.ntriples(triples)).encode()
    if media_type == rdf.TURTLE:
        return rdf.turtle(triples).encode()
    return msgspec.json.encode(_ordered(rdf.jsonld(triples)))


def _ordered(document: dict[str, Any]) -> dict[str, Any]:
    """Put nodes, their members and the values of these in order; none of it has a meaning in JSON-LD without lists."""
    nodes = sorted(document["@graph"], key=lambda node: str(node.get("@id")))
    return {**document, "@graph": [{name: _values(node[name]) for name in sorted(node)} for node in nodes]}


def _values(value: Any) -> Any:
    return sorted(value, key=msgspec.json.encode) if isinstance(value, list) else value
