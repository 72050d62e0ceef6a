"""Bound entities in space and time by reading what SensorThings tells of them."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.model import geometry
from ssclab_data.model.entity import Kind
from ssclab_data.model.sensorthings import type_of
from ssclab_data.model.values import Box, Interval, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import Extent, Page

_SELECTED = {
    "Location": ("location",),
    "FeatureOfInterest": ("feature",),
    "Datastream": ("observedArea", "phenomenonTime"),
    "Observation": ("phenomenonTime",),
}
_TIMES = (Kind.TIME, Kind.INTERVAL)


def extent_queries(query: ast.Query) -> tuple[ast.BoundQuery, ...]:
    """Make the queries whose rows together bound what a query matches; none where the type has no bounds."""
    match query.entity_type:
        case "Thing":
            located = ast.Any(("Things",), query.filter or ast.Compare("ne", ast.Path((ast.ID,)), ast.Literal(None)))
            observing = None if query.filter is None else ast.prefixed(query.filter, ("Thing",))
            times = _rows("Datastream", observing, select=("phenomenonTime",))
            return _rows("Location", located), times
        case "Observation":
            return _observation_queries(query.filter)
        case name if name in _SELECTED:
            return (_rows(name, query.filter),)
    return ()


def extent_of(page: Page) -> Extent:
    """Bound the rows of a page by the geometries and times they hold."""
    return union(_extent_of_values(_values(page, Kind.GEOMETRY), _values(page, *_TIMES)))


def union(extents: Iterable[Extent]) -> Extent:
    """Bound several extents."""
    known = list(extents)
    boxes = [extent.box for extent in known if extent.box is not None]
    times = [extent.interval for extent in known if extent.interval is not None]
    return Extent(box=_around(boxes) if boxes else None, interval=_spanning(times) if times else None)


def _extent_of_values(shapes: Iterable[Any], times: Iterable[Any]) -> Iterable[Extent]:
    for shape in shapes:
        yield Extent(box=geometry.bounds(shape))
    for time in times:
        yield Extent(interval=Interval(start_of(time), end_of(time)))


def _values(page: Page, *kinds: Kind) -> Iterable[Any]:
    for row in page.rows:
        for part in type_of(row.entity).properties:
            value = getattr(row.entity, part.field)
            if part.kind in kinds and value is not UNSET and value is not None:
                yield value


def _rows(name: str, condition: ast.Expr | None, *, select: tuple[str, ...] = ()) -> ast.BoundQuery:
    paths = tuple((field,) for field in select or _SELECTED[name])
    return bind(ast.Query(entity_type=name, filter=condition, select=paths))


def _observation_queries(condition: ast.Expr | None) -> tuple[ast.BoundQuery, ...]:
    if condition is None:
        return (_rows("Datastream", None, select=("phenomenonTime",)),)
    return tuple(_ends(condition, direction) for direction in ast.Direction)


def _ends(condition: ast.Expr, direction: ast.Direction) -> ast.BoundQuery:
    key = ast.OrderBy(ast.Path(("phenomenonTime",)), direction)
    first = ast.Query(entity_type="Observation", filter=condition, orderby=(key,), select=(("phenomenonTime",),))
    return bind(msgspec.structs.replace(first, top=1))


def _around(boxes: list[Box]) -> Box:
    return Box(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )


def _spanning(times: list[Interval]) -> Interval:
    return Interval(min(time.start for time in times), max(time.end for time in times))
