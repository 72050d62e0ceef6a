"""Give one data set of the catalogue whole, as CSV or N-Triples, in pieces."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType

from ssclab_data.export.catalogue import LINKS, group_of
from ssclab_data.export.nodes import described, models_in, node_of, observations_of, query_for
from ssclab_data.export.table import csv_pieces
from ssclab_data.linked_data import writing
from ssclab_data.linked_data.sosa import Node
from ssclab_data.query import ast
from ssclab_data.selection import pages
from ssclab_data.stores.base import Store

_ID = ast.Path((ast.ID,))


def csv(store: Store, code: str, base_iri: str) -> Iterator[bytes]:
    """Give the measurements of a group of observed properties, as `ssclab export --format csv` writes them."""
    yield from csv_pieces(store, base_iri, filter_=_datastreams(_measured(store, code)))


def ntriples(store: Store, code: str, base_iri: str) -> Iterator[bytes]:
    """Give the measurements of a group and what they were made by; memory does not grow with the Observations."""
    syntax = writing.formats()[writing.NTRIPLES]
    measured = _measured(store, code)
    entities = described(_entities(store, base_iri, measured), syntax)
    observations = observations_of(store, base_iri, syntax, datastreams=_datastreams(measured))
    for piece in chain(entities, observations):
        yield piece.text


FILES: Mapping[str, Callable[[Store, str, str], Iterator[bytes]]] = MappingProxyType(
    {"data.csv": csv, "data.nt": ntriples}
)
"""What gives a data set, by the name of the file."""


def _measured(store: Store, code: str) -> ast.In:
    """Make the condition on ObservedProperties that belong to a group; it matches nothing where there are none."""
    query = ast.Query(entity_type="ObservedProperty", select=((ast.ID,), ("definition",)))
    handles = tuple(ast.Literal(row.handle) for row in pages(store, query) if group_of(row) == code)
    return ast.In(_ID, handles or (ast.Literal(-1),))


def _datastreams(measured: ast.In) -> ast.Expr:
    one, several = LINKS
    return ast.Or((ast.prefixed(measured, (one,)), ast.Any((several,), measured)))


def _entities(store: Store, base_iri: str, measured: ast.In) -> Iterator[Node]:
    datastreams = _datastreams(measured)
    observing = ast.Any(("Datastreams",), datastreams)
    chosen: tuple[tuple[str, ast.Expr], ...] = (
        ("ObservedProperty", measured),
        ("Datastream", datastreams),
        ("Sensor", observing),
        ("Thing", observing),
        ("Location", ast.Any(("Things",), observing)),
    )
    models = models_in(store)
    for kind, condition in chosen:
        for row in pages(store, query_for(kind, condition)):
            yield node_of(row, base_iri, models)
