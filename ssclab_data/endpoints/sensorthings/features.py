"""Write the entities of a page as GeoJSON Features, their members flattened to paths."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ssclab_data.endpoints.sensorthings.members import HANDLE
from ssclab_data.endpoints.sensorthings.paged import Paged
from ssclab_data.errors import UnsupportedError, ValueParseError
from ssclab_data.model.entity import Kind
from ssclab_data.model.geometry import geometry_of
from ssclab_data.model.multi import kept_as
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.query.ast import ID, BoundQuery, Expand, OrderBy, Path, Query
from ssclab_data.stores.base import Row

_PLACE = "@place"
_AT = {"Thing": "Locations", "HistoricalLocation": "Locations", "Observation": "FeatureOfInterest"}
"""The link to where an entity without a geometry of its own is."""
_GEOMETRIES = {
    kind.name: part.name for kind in ENTITY_TYPES.values() for part in kind.properties if part.kind is Kind.GEOMETRY
}


def check(query: BoundQuery) -> None:
    """Make sure that each row has a place.

    Raises:
        UnsupportedError: rows are distinct values.
    """
    if query.distinct:
        raise UnsupportedError(
            "$resultFormat=GeoJSON of distinct values", "they have no one place; ask for JSON or CSV"
        )


def placed(query: BoundQuery, *, federated: bool) -> BoundQuery:
    """Let a query read the geometry of its entities, or of where they are, whatever it selects.

    Args:
        query: as the store takes it.
        federated: whether that is a hub, which follows a link once only.
    """
    own, link = _GEOMETRIES.get(query.entity_type, ""), _AT.get(query.entity_type, "")
    if own and query.select:
        return msgspec.structs.replace(query, select=tuple(dict.fromkeys((*query.select, (own,)))))
    if not link or (federated and any(expand.name == link for expand in query.expand)):
        return query
    target = ENTITY_TYPES[query.entity_type].by_name[link].target  # type: ignore[union-attr]
    inner = BoundQuery(entity_type=target, select=((_GEOMETRIES[target],),), orderby=(OrderBy(Path((ID,))),))
    return msgspec.structs.replace(query, expand=(*query.expand, Expand(link, inner, _PLACE)))


def render(paged: Paged) -> Iterator[bytes]:
    """Write a page as one FeatureCollection (RFC 7946).

    The geometry is the first one that the entity shows, in itself or in what it expands, as with FROST-Server; where it
    shows none, that of the entity or of where it is; and else null.
    """
    head = {"type": "FeatureCollection", **paged.head(), **paged.federation()}
    yield msgspec.json.encode(head)[:-1] + b',"features":['
    for number, (row, entity) in enumerate(zip(paged.page.rows, paged.entities, strict=True)):
        yield (b"," if number else b"") + msgspec.json.encode(_feature(row, entity, paged))
    yield b"]}"


def _feature(row: Row, entity: dict[str, Any], paged: Paged) -> dict[str, Any]:
    query = paged.query
    geometry = next(_shown(entity, query), None) or _hidden(row)
    own = _GEOMETRIES.get(kept_as(query.entity_type), "")
    if geometry is not None and entity.get(own) == geometry:
        del entity[own]
    feature: dict[str, Any] = {"type": "Feature"}
    if HANDLE in entity:
        feature["id"] = entity.pop(HANDLE)
    return {**feature, "geometry": geometry, "properties": dict(_flat(entity, query, ""))}


def _shown(entity: dict[str, Any], query: Query) -> Iterator[Any]:
    """Give the geometries that an encoded entity shows, its own first."""
    geometry = _geometry(entity.get(_GEOMETRIES.get(kept_as(query.entity_type), "")))
    if geometry is not None:
        yield geometry
    for expand in query.expand:
        below = entity[expand.name]
        for member in below if isinstance(below, list) else () if below is None else (below,):
            yield from _shown(member, expand.query)


def _hidden(row: Row) -> Any:
    """Give the geometry that `placed` let a query read."""
    link = _AT.get(kept_as(type(row.entity).__name__), "")
    there = row.at(_PLACE) or row.at(link)
    entities = (row.entity, *(one.entity for one in there))
    values = (getattr(entity, name, None) for entity in entities for name in ("location", "feature", "observed_area"))
    return next((found for found in map(_geometry, values) if found is not None), None)


def _geometry(value: Any) -> Any:
    """Give the geometry of a GeoJSON value; None of what is none, or only a part of one."""
    if not isinstance(value, dict):
        return None
    try:
        geometry = geometry_of(value)
    except ValueParseError:
        return None
    return geometry if "coordinates" in geometry or "geometries" in geometry else None


def _flat(entity: dict[str, Any], query: Query, prefix: str) -> Iterator[tuple[str, Any]]:
    """Give the members of an encoded entity with the paths to them; links are left out unless they are selected."""
    expanded = {expand.name: expand.query for expand in query.expand}
    for name, value in entity.items():
        path = f"{prefix}{name}"
        if name in expanded:
            yield from _expanded(value, expanded[name], path)
        elif query.select or not name.endswith(("@iot.navigationLink", "@iot.selfLink")):
            yield from _members(value, path)


def _expanded(value: Any, query: Query, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list) and value:
        for number, member in enumerate(value):
            yield from _flat(member, query, f"{path}/{number}/")
    elif isinstance(value, dict):
        yield from _flat(value, query, f"{path}/")
    else:
        yield path, value


def _members(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Give the members of a JSON value; names with a slash are escaped as in JSON Pointer (RFC 6901, 3)."""
    if not isinstance(value, dict) or not value:
        yield path, value
        return
    for name, member in value.items():
        yield from _members(member, f"{path}/{name.replace('~', '~0').replace('/', '~1')}")
