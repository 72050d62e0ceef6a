"""Check what a store holds: entities by their schemas, series by their rules."""

from collections.abc import Iterator
from typing import cast

import msgspec

from ssclab_data.ingest.checks import limits_of
from ssclab_data.model.entity import Entity, Link, in_version
from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.selection import pages
from ssclab_data.stores.base import Page, Row, Store
from ssclab_data.validation.json_schema import check_entity
from ssclab_data.validation.quality import Limits, check_series

_VERSION = "1.1"
"""The version of SensorThings whose links are checked."""


def check_store(store: Store) -> Iterator[Finding]:
    """Give the findings of all that is stored, entity by entity."""
    for name in ENTITY_TYPES:
        if name == "Observation":
            continue
        for row in pages(store, _with_links(name)):
            entity = _linked(row)
            yield from check_entity(entity)
            if name == "Datastream":
                yield from _check_observations(store, str(entity.key), limits_of([entity]))


def _check_observations(store: Store, key: str, limits: dict[str, Limits]) -> Iterator[Finding]:
    of_it = ast.Compare("eq", ast.Path(("Datastream", ast.KEY)), ast.Literal(key))
    rows = list(pages(store, ast.Query(entity_type="Observation", filter=of_it)))
    if rows:
        yield from check_series([_series(key, rows)], limits).findings


def _series(key: str, rows: list[Row]) -> Series:
    found = [cast("Observation", row.entity) for row in rows]
    times = [cast("Instant | Interval", one.phenomenon_time) for one in found]
    return Series(
        datastream=key,
        start=tuple(start_of(time).us for time in times),
        end=tuple(end_of(time).us if isinstance(time, Interval) else None for time in times),
        result=tuple(None if one.result is msgspec.UNSET else one.result for one in found),
    )


def _with_links(name: str) -> ast.Query:
    links = [link for link in ENTITY_TYPES[name].navigations if link.required and in_version(link, _VERSION)]
    expand = tuple(ast.Expand(link.name, ast.Query(entity_type=link.target)) for link in links)
    return ast.Query(entity_type=name, expand=expand)


def _linked(row: Row) -> Entity:
    """Give an entity with its required links, as it would be sent."""
    links: dict[str, Link | tuple[Link, ...]] = {}
    for link in ENTITY_TYPES[type(row.entity).__name__].navigations:
        found = row.related.get(link.name)
        if isinstance(found, Page):
            links[link.field] = tuple(Link(key=str(one.entity.key)) for one in found.rows)
        elif found is not None:
            links[link.field] = Link(key=str(found.entity.key))
    return msgspec.structs.replace(row.entity, **links)
