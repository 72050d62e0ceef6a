"""Read a store as content to check: every descriptive entity with its links, every Observation by columns."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec

from ssclab_data.export.nodes import Select, along, node_of
from ssclab_data.inspection.content import Content, Item, Stream
from ssclab_data.linked_data.sosa import LINKS, Node
from ssclab_data.model.columns import ABSENT, Columns, Integers, ResultKind, Results
from ssclab_data.model.entity import Entity, Link, in_version
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation
from ssclab_data.model.series import Column, Series
from ssclab_data.model.values import Instant, Interval, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.selection import pages
from ssclab_data.stores.base import ColumnarRows, Page, Row, Store
from ssclab_data.validation.json_schema import check_entity

_VERSION = "1.1"
"""The version of SensorThings whose links are checked."""

_ROWS = 100_000
_MORE: dict[str, tuple[str, ...]] = {
    "Thing": ("Locations", "Datastreams"),
    "Datastream": ("Thing", "Sensor", "ObservedProperty"),
}
"""Links that the rules of profiles need, besides those that the linked data names."""


def read_store(store: Store, *, base_iri: str, target: str) -> Content:
    """Give all that a store holds; it is read as it is checked, a bounded part at a time."""
    return Content(target=target, items=_items(store, base_iri), streams=_streams(store, base_iri))


def _items(store: Store, base_iri: str) -> Iterator[Item]:
    for name in ENTITY_TYPES:
        if name != "Observation":
            for row in pages(store, _with_links(name)):
                yield Item(node_of(row, base_iri), check_entity(_linked(row)))


def _streams(store: Store, base_iri: str) -> Iterator[Stream]:
    for row in pages(store, _with_links("Datastream")):
        node = node_of(row, base_iri)
        yield Stream(node, _parts(store, node))


def _parts(store: Store, node: Node) -> Iterator[Series]:
    key = str(node.entity.key)
    of_it = ast.Compare("eq", ast.Path(("Datastream", ast.KEY)), ast.Literal(key))
    order = (ast.OrderBy(ast.Path(("phenomenonTime",))),)
    bound = bind(ast.Query(entity_type="Observation", filter=of_it, orderby=order))
    after: tuple[ast.Value, ...] = ()
    while True:
        page = store.read(msgspec.structs.replace(bound, top=_ROWS, after=after))
        if page.rows:
            yield _series(key, page.rows)
        if not page.more:
            return
        after = page.rows[-1].order


def _with_links(name: str) -> ast.Query:
    required = (link.name for link in ENTITY_TYPES[name].navigations if link.required and in_version(link, _VERSION))
    paths = dict.fromkeys((*required, *_MORE.get(name, ()), *LINKS[name]))
    return ast.Query(entity_type=name, expand=along(name, paths, _whole))


def _whole(_kind: str) -> Select:
    """Read all of an entity."""
    return ()


def _linked(row: Row) -> Entity:
    """Give an entity with its links, as it would be sent."""
    links: dict[str, Link | tuple[Link, ...]] = {}
    for link in ENTITY_TYPES[type(row.entity).__name__].navigations:
        found = row.related.get(link.name)
        if isinstance(found, Page):
            links[link.field] = tuple(Link(key=str(one.entity.key)) for one in found.rows)
        elif found is not None:
            links[link.field] = Link(key=str(found.entity.key))
    return msgspec.structs.replace(row.entity, **links)


def _series(key: str, rows: Sequence[Row]) -> Series:
    if isinstance(rows, ColumnarRows):
        return _columnar(key, rows.columns)
    found = [cast("Observation", row.entity) for row in rows]
    times = [cast("Instant | Interval", one.phenomenon_time) for one in found]
    return Series(
        datastream=key,
        start=tuple(start_of(time).us for time in times),
        end=tuple(end_of(time).us if isinstance(time, Interval) else None for time in times),
        result=tuple(None if one.result is msgspec.UNSET else one.result for one in found),
        result_time=tuple(one.result_time.us if isinstance(one.result_time, Instant) else None for one in found),
    )


def _columnar(key: str, columns: Columns) -> Series:
    return Series(
        datastream=key,
        start=columns.start,
        end=_ends(columns),
        result=_values(columns.result),
        result_time=_known(columns.result_time),
    )


def _values(results: Results) -> Column[Any]:
    """Give results as an array where all are numbers of one kind."""
    for kind, numbers in ((ResultKind.FLOAT, results.floats), (ResultKind.INTEGER, results.integers)):
        if numbers is not None and bool((results.kind == kind).all()):
            return numbers
    return results.values()


def _ends(columns: Columns) -> Column[int | None] | None:
    span = columns.span
    if span is None or not span.any():
        return None
    if span.all():
        return columns.stop
    return [stop if within else None for stop, within in zip(columns.stop.tolist(), span.tolist(), strict=True)]


def _known(times: Integers | None) -> Column[int | None] | None:
    if times is None or not (times == ABSENT).any():
        return times
    return [None if time == ABSENT else time for time in times.tolist()]
