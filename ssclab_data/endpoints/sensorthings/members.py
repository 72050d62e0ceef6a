"""Name what a query selects of an entity as columns, and read it from the entity as it is encoded."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ssclab_data.endpoints.sensorthings.encode import Encoder
from ssclab_data.model.entity import Kind, Property, in_version
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.query.ast import ID, Query
from ssclab_data.query.format import format_path

HANDLE = "@iot.id"


class Column(msgspec.Struct, frozen=True):
    """One value of an entity.

    Attributes:
        name: of the column: the path to it as queries write it; that of the handle is `id`.
        path: names of members, and numbers of values in an array.
    """

    name: str
    path: tuple[str | int, ...]

    def value(self, entity: Any) -> Any:
        """Read it from an encoded entity; None where there is none."""
        for step in self.path:
            if isinstance(step, int):
                entity = entity[step] if isinstance(entity, list) else None
            else:
                entity = entity.get(step) if isinstance(entity, dict) else None
        return entity


def columns_of(query: Query, encoder: Encoder) -> tuple[Column, ...]:
    """Give a column for each value that a query selects, those of what it expands after its own.

    A unit has three columns, what else is JSON has one; what a query selects inside of JSON has one.

    Args:
        query: bound; of links to many it reads the columns of one member.
    """
    return tuple(_columns(query, encoder))


def _columns(query: Query, encoder: Encoder) -> Iterator[Column]:
    kind = encoder.kinds[query.entity_type]
    if not query.select or (ID,) in query.select:
        yield Column("id", (HANDLE,))
    for part in kind.properties:
        if in_version(part, encoder.binding.version):
            yield from (Column(format_path(path), path) for path in _paths(part, query))
    expanded = {expand.name: expand.query for expand in query.expand}
    for link in kind.navigations:
        if link.name in expanded:
            yield from (_below(link.name, one) for one in _columns(expanded[link.name], encoder))
        elif (link.name,) in query.select:
            yield Column(f"{link.name}@iot.navigationLink", (f"{link.name}@iot.navigationLink",))


def _below(link: str, column: Column) -> Column:
    name = HANDLE if column.path == (HANDLE,) else column.name
    return Column(f"{link}/{name}", (link, *column.path))


def _paths(part: Property, query: Query) -> list[tuple[str, ...]]:
    """Give what is selected of a property, without what is inside of something else that is."""
    selected = [path for path in query.select if path[0] == part.name] if query.select else [(part.name,)]
    paths = [path for path in selected if not any(path[:size] in selected for size in range(1, len(path)))]
    if paths == [(part.name,)] and part.kind is Kind.UNIT:
        return [(part.name, name) for name in UnitOfMeasurement.__struct_fields__]
    return paths
