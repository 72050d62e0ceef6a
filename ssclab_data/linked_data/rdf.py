"""Write triples as whole documents of N-Triples, Turtle and JSON-LD."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ssclab_data.linked_data import writing
from ssclab_data.linked_data.terms import Triple

NTRIPLES, TURTLE, JSONLD = writing.NTRIPLES, writing.TURTLE, writing.JSONLD


def ntriples(triples: Iterable[Triple]) -> Iterator[str]:
    """Write triples as lines of N-Triples, one by one (no graph is held)."""
    syntax = writing.formats()[NTRIPLES]
    for triple in triples:
        yield syntax.write((triple,)).decode()


def turtle(triples: Iterable[Triple]) -> str:
    """Write triples as a Turtle document; documents written one after another are one document too."""
    return writing.document(triples, TURTLE).decode()


def jsonld(triples: Iterable[Triple]) -> dict[str, Any]:
    """Write triples as a JSON-LD document: our context inline, and a `@graph` of entities."""
    return {**context(), "@graph": writing.nodes(triples)}


def context() -> Mapping[str, Any]:
    """Give the JSON-LD context that travels with the package; it is never fetched."""
    return writing.context()
