"""Give one data set of the catalogue whole, as CSV or N-Triples, in pieces."""

from collections.abc import Iterable, Iterator
from itertools import batched

from ssclab_data.export.catalogue import LINKS, group_of
from ssclab_data.export.nodes import node_of, query_for
from ssclab_data.export.table import csv_pieces
from ssclab_data.linked_data import rdf
from ssclab_data.linked_data.sosa import triples
from ssclab_data.linked_data.terms import Triple
from ssclab_data.query import ast
from ssclab_data.selection import pages
from ssclab_data.stores.base import Store

_LINES = 1_000
_ID = ast.Path((ast.ID,))


def csv(store: Store, code: str, base_iri: str) -> Iterator[bytes]:
    """Give the measurements of a group of observed properties, as `ssclab export --format csv` writes them."""
    yield from csv_pieces(store, base_iri, filter_=_datastreams(_measured(store, code)))


def ntriples(store: Store, code: str, base_iri: str) -> Iterator[bytes]:
    """Give the measurements of a group and the entities that they depend on; memory does not grow with the store."""
    for lines in batched(rdf.ntriples(_triples(store, code, base_iri)), _LINES):
        yield "".join(lines).encode()


FILES = {"data.csv": csv, "data.nt": ntriples}
"""What gives a data set, by the name of the file."""


def _measured(store: Store, code: str) -> ast.In:
    """Make the condition on ObservedProperties that belong to a group; it matches nothing where there are none."""
    query = ast.Query(entity_type="ObservedProperty", select=((ast.ID,), ("definition",)))
    handles = tuple(ast.Literal(row.handle) for row in pages(store, query) if group_of(row) == code)
    return ast.In(_ID, handles or (ast.Literal(-1),))


def _datastreams(measured: ast.In) -> ast.Expr:
    one, several = LINKS
    return ast.Or((ast.prefixed(measured, (one,)), ast.Any((several,), measured)))


def _triples(store: Store, code: str, base_iri: str) -> Iterator[Triple]:
    for kind, condition in _conditions(_measured(store, code)):
        for row in pages(store, query_for(kind, condition)):
            yield from triples(node_of(row, base_iri))


def _conditions(measured: ast.In) -> Iterable[tuple[str, ast.Expr]]:
    """Give which entities of each type belong to the data set."""
    datastreams = _datastreams(measured)
    return (
        ("ObservedProperty", measured),
        ("Datastream", datastreams),
        ("Sensor", ast.Any(("Datastreams",), datastreams)),
        ("Thing", ast.Any(("Datastreams",), datastreams)),
        ("Location", ast.Any(("Things",), ast.Any(("Datastreams",), datastreams))),
        ("Observation", ast.prefixed(datastreams, ("Datastream",))),
    )
