"""Read entities with the links that their description needs, and name them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched

import msgspec
import numpy as np

from ssclab_data.linked_data.observations import ObservationWriter, Written
from ssclab_data.linked_data.sosa import LINKS, NEEDED, Node, triples
from ssclab_data.linked_data.terms import Triple
from ssclab_data.linked_data.writing import Format
from ssclab_data.model.columns import Columns, take
from ssclab_data.model.entity import Handle, Navigation
from ssclab_data.model.identity import iri
from ssclab_data.model.sensorthings import ENTITY_TYPES, Sensor, entity_type, type_of
from ssclab_data.ontology.contexts import own_words
from ssclab_data.query import ast
from ssclab_data.query.bind import Limits, bind
from ssclab_data.selection import pages
from ssclab_data.stores.base import ColumnarRows, Page, Row, Store

type Select = tuple[tuple[str, ...], ...]
"""Paths of properties, as `ast.Query.select` has them."""

_PAGE = 16_384
_ENTITIES = 500
_ID = ast.Path((ast.ID,))
_FEATURE = "FeatureOfInterest"


def query_for(kind: str, filter_: ast.Expr | None = None) -> ast.Query:
    """Make the query that reads entities of a type with the links that `sosa.LINKS` names."""
    return ast.Query(entity_type=kind, filter=filter_, expand=expands(kind))


def expands(kind: str) -> tuple[ast.Expand, ...]:
    """Give the expands that bring the links that `sosa.LINKS` names."""
    return along(kind, LINKS[kind], _needed)


def along(kind: str, paths: Iterable[str], select: Callable[[str], Select]) -> tuple[ast.Expand, ...]:
    """Fold paths of links (`Datastreams/Sensor`) into nested expands.

    Args:
        select: what is read of an entity at a link, by the name of its type; all when empty.
    """
    deeper: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition("/")
        deeper.setdefault(name, []).extend([rest] if rest else [])
    return tuple(ast.Expand(name, _linked(kind, name, rests, select)) for name, rests in deeper.items())


def node_of(row: Row, base_iri: str, models: frozenset[Handle] = frozenset()) -> Node:
    """Name an entity and all that was read with it.

    Args:
        models: handles of the Sensors that several Things have (see `models_in`).
    """
    entity = row.entity
    kind = type_of(entity).name
    return Node(
        iri=iri(base_iri, row.lab, entity_type=kind, key=str(entity.key)),
        entity=entity,
        links={name: tuple(node_of(one, base_iri, models) for one in row.at(name)) for name in row.related},
        model=kind == "Sensor" and row.handle in models,
    )


def models_in(store: Store, filter_: ast.Expr | None = None) -> frozenset[Handle]:
    """Find the Sensors that several Things have.

    Args:
        filter_: which Datastreams are looked at.
    """
    links = tuple(ast.Expand(kind, ast.Query(entity_type=kind, select=((ast.ID,),))) for kind in ("Sensor", "Thing"))
    query = ast.Query(entity_type="Datastream", filter=filter_, select=((ast.ID,),), expand=links)
    first: dict[Handle, Handle] = {}
    found: set[Handle] = set()
    for row in pages(store, query):
        for sensor in row.at("Sensor"):
            things = [thing.handle for thing in row.at("Thing")]
            if any(first.setdefault(sensor.handle, thing) != thing for thing in things):
                found.add(sensor.handle)
    return frozenset(found)


def models_of(store: Store, rows: Iterable[Row]) -> frozenset[Handle]:
    """Find which of the Sensors that were read with entities several Things have."""
    sensors = {one.handle for row in rows for one in _sensors(row)}
    things = {handle: _things_with(handle) for handle in sensors}
    return frozenset(handle for handle, query in things.items() if store.count(bind(query)) > 1)


def _sensors(row: Row) -> Iterator[Row]:
    """Give the Sensors among an entity and those that it needs to be described."""
    for name in row.related:
        for one in row.at(name):
            if isinstance(one.entity, Sensor):
                yield one
            yield from _sensors(one)


def _things_with(sensor: Handle) -> ast.Query:
    same = ast.Compare("eq", ast.Path(("Sensor", ast.ID)), ast.Literal(sensor))
    return ast.Query(entity_type="Thing", filter=ast.Any(("Datastreams",), same))


def entities_of(store: Store, base_iri: str) -> Iterator[Node]:
    """Read all entities but Observations."""
    models = models_in(store)
    for kind in ENTITY_TYPES:
        if kind != "Observation":
            for row in pages(store, query_for(kind)):
                yield node_of(row, base_iri, models)


def described(nodes: Iterable[Node], syntax: Format) -> Iterator[Written]:
    """Write descriptions of entities, some hundred at a time."""
    words = own_words()
    for some in batched(nodes, _ENTITIES):
        found: list[Triple] = [one for node in some for one in triples(node, words)]
        yield Written(syntax.write(found), len(found))


def observations_of(
    store: Store, base_iri: str, syntax: Format, *, datastreams: ast.Expr | None = None
) -> Iterator[Written]:
    """Write the Observations of Datastreams: by column where the store has columns.

    Args:
        datastreams: which; None means all.
    """
    chosen = None if datastreams is None else ast.prefixed(datastreams, ("Datastream",))
    observations = ObservationsWriter(store, base_iri, syntax)
    for page in _observation_pages(store, ast.Query(entity_type="Observation", filter=chosen)):
        if not isinstance(page.rows, ColumnarRows):
            yield from described(_rows_of(store, base_iri, datastreams), syntax)
            return
        yield from observations.write(page.rows.columns)


class ObservationsWriter:
    """Writes Observations of any Datastreams; what is known of these and of FeaturesOfInterest is read once."""

    def __init__(self, store: Store, base_iri: str, syntax: Format) -> None:
        self._store = store
        self._base_iri = base_iri
        self._syntax = syntax
        self._words = own_words()
        self._series: dict[int, ObservationWriter] = {}
        self._features: dict[int, str] = {}

    def write(self, columns: Columns) -> Iterator[Written]:
        """Write Observations, those of each Datastream after one another."""
        if not len(columns):
            return
        order = np.argsort(columns.datastream, kind="stable")
        ordered = take(columns, order)
        handles, starts = np.unique(ordered.datastream, return_index=True)
        self._learn(columns, handles.tolist())
        for handle, start, stop in zip(handles.tolist(), starts, (*starts[1:], len(columns)), strict=True):
            yield from self._series[handle].write(take(ordered, slice(start, stop)), self._features)

    def _learn(self, columns: Columns, handles: Sequence[int]) -> None:
        unknown = [handle for handle in handles if handle not in self._series]
        if unknown:
            rows = _by_handles(self._store, query_for("Datastream"), unknown)
            models = models_of(self._store, rows)
            for row in rows:
                node = node_of(row, self._base_iri, models)
                self._series[int(row.handle)] = ObservationWriter(self._syntax, node, words=self._words)
        if columns.feature is None:
            return
        strange = sorted(set(np.unique(columns.feature).tolist()) - self._features.keys() - {0})
        if strange:
            query = ast.Query(entity_type=_FEATURE, select=((ast.ID,),))
            for row in _by_handles(self._store, query, strange):
                key = str(row.entity.key)
                self._features[int(row.handle)] = iri(self._base_iri, row.lab, entity_type=_FEATURE, key=key)


def _by_handles(store: Store, query: ast.Query, handles: Sequence[int]) -> Sequence[Row]:
    chosen = ast.In(_ID, tuple(map(ast.Literal, handles)))
    limits = Limits(max_filter_nodes=len(handles) + 10)
    return store.read(bind(msgspec.structs.replace(query, filter=chosen), version="", limits=limits)).rows


def _observation_pages(store: Store, query: ast.Query) -> Iterator[Page]:
    bound = bind(query, version="")
    after: tuple[ast.Value, ...] = ()
    while True:
        page = store.read(msgspec.structs.replace(bound, top=_PAGE, after=after))
        yield page
        if not page.more:
            return
        after = page.rows[-1].order


def _rows_of(store: Store, base_iri: str, datastreams: ast.Expr | None) -> Iterator[Node]:
    """Read Observations one by one, Datastream by Datastream."""
    feature = ast.Expand(_FEATURE, ast.Query(entity_type=_FEATURE, select=((ast.ID,),)))
    models = models_in(store)
    for datastream in pages(store, query_for("Datastream", datastreams)):
        of = ast.Compare("eq", ast.Path(("Datastream", ast.ID)), ast.Literal(datastream.handle))
        links = {"Datastream": (node_of(datastream, base_iri, models),)}
        for row in pages(store, ast.Query(entity_type="Observation", filter=of, expand=(feature,))):
            node = node_of(row, base_iri)
            yield msgspec.structs.replace(node, links={**node.links, **links})


def _linked(kind: str, link_name: str, rests: Iterable[str], select: Callable[[str], Select]) -> ast.Query:
    link = entity_type(kind).by_name[link_name]
    assert isinstance(link, Navigation)  # noqa: S101 - paths hold links only
    return ast.Query(entity_type=link.target, select=select(link.target), expand=along(link.target, rests, select))


def _needed(kind: str) -> Select:
    """Give names, and no more than `sosa.NEEDED`."""
    return ((ast.ID,), *((name,) for name in NEEDED.get(kind, ())))
