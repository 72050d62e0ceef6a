"""Write the Observations of a page as data arrays, entity by entity (OGC 18-088, 12.1)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ssclab_data.endpoints.sensorthings.members import Column, columns_of
from ssclab_data.endpoints.sensorthings.paged import Paged
from ssclab_data.errors import UnsupportedError
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.query.ast import BoundQuery
from ssclab_data.query.views import MULTI, SINGLE

SOMETIMES = ("resultQuality", "validTime", "parameters")
"""Components that are left out where nothing is selected and no row has them."""

_FORMAT = "$resultFormat=dataArray"


def check(query: BoundQuery, *, federated: bool) -> None:
    """Make sure that data arrays can hold what a query asks for.

    Raises:
        UnsupportedError: they cannot.
    """
    if query.entity_type != "Observation":
        raise UnsupportedError(f"{_FORMAT} of {query.entity_type}", "it is for Observations; take JSON, CSV or GeoJSON")
    if query.distinct:
        raise UnsupportedError(f"{_FORMAT} of distinct values", "they are not of one Datastream; ask for JSON or CSV")
    if query.expand:
        raise UnsupportedError(f"{_FORMAT} with $expand", "its rows have no links (18-088, 12.1); ask for JSON or CSV")
    if federated:
        raise UnsupportedError(f"{_FORMAT} at a hub", "ask each lab's own node, or for CSV")


def render(paged: Paged) -> Iterator[bytes]:
    """Write one data array for each Datastream, in the order of their first rows."""
    entities = list(paged.entities)
    columns = _columns(paged, entities)
    groups: dict[int, list[Any]] = {}
    for row, entity in zip(paged.page.rows, entities, strict=True):
        group = groups.setdefault(split_observation_handle(int(row.handle))[0], [])
        group.append([column.value(entity) for column in columns])
    names = [column.name for column in columns]
    yield msgspec.json.encode({**paged.head(), "value": [_group(paged, one, names, groups[one]) for one in groups]})


def _columns(paged: Paged, entities: list[dict[str, Any]]) -> list[Column]:
    absent = [name for name in SOMETIMES if all(entity.get(name) is None for entity in entities)]
    left_out = () if paged.query.select else absent
    heads = tuple(f"{name}@iot.navigationLink" for name in (SINGLE, MULTI))
    columns = columns_of(paged.query, paged.encoder)
    return [column for column in columns if column.name not in left_out and column.name not in heads]


def _group(paged: Paged, datastream: int, components: list[str], rows: list[Any]) -> dict[str, Any]:
    series = MULTI if datastream in paged.encoder.multis else SINGLE
    return {
        f"{series}@iot.navigationLink": paged.encoder.links.entity(series, datastream),
        "components": components,
        "dataArray@iot.count": len(rows),
        "dataArray": rows,
    }
