"""Give pygeoapi the Things of an open site with their latest values; a thin layer over the store."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from pygeoapi.crs import crs_transform
from pygeoapi.provider.base import BaseProvider, ProviderInvalidQueryError, ProviderItemNotFoundError

from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.ogcapi.features import feature_of
from ssclab_data.endpoints.ogcapi.mending import is_position
from ssclab_data.errors import FederationError, NotFoundError, ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model.values import Instant
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.query.lexer import parse_filter_time
from ssclab_data.selection import latest_values
from ssclab_data.stores.base import LabAnswer, Page

SITES: dict[str, Site] = {}
"""Open sites by name; a provider is made anew for each request and finds its site here."""

QUERYABLES = {"name": ("name",), "source": ("properties", "source"), "localId": ("properties", "localId")}
"""Path of each property that can be asked for by value."""

EXPAND = latest_values()
"""What is read with each Thing."""


class Answers(threading.local):
    """How the labs answered the read that this thread did last."""

    given: tuple[LabAnswer, ...] = ()


ANSWERS = Answers()


class ThingsProvider(BaseProvider):  # type: ignore[misc]
    """Things as features."""

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self.site = SITES[self.data]
        self.get_fields()

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Give the properties of a feature."""
        texts = ("name", "description", "lab", "source", "localId")
        fields: dict[str, dict[str, str]] = {name: {"type": "string"} for name in texts}
        for info in codelists.observed_properties().values():
            fields[info.id] = {"type": "number", "x-ogc-unit": info.ucum}
        self._fields = fields
        return fields

    @crs_transform  # type: ignore[untyped-decorator]
    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        resulttype: str = "results",
        bbox: Sequence[float] = (),
        datetime_: str | None = None,
        properties: Sequence[tuple[str, str]] = (),
        sortby: Sequence[Mapping[str, str]] = (),
        select_properties: Sequence[str] = (),
        skip_geometry: bool = False,
        q: str | None = None,
        filterq: Any = None,
        crs_transform_spec: Any = None,
        language: Any = None,
    ) -> dict[str, Any]:
        """Give a page of features."""
        if q is not None or filterq is not None:
            raise ProviderInvalidQueryError(user_msg="q and filter are not offered; use bbox, datetime and properties")
        conditions = [_in_box(bbox), _in_time(datetime_), *(_equals(name, text) for name, text in properties)]
        query = ast.Query(
            entity_type="Thing",
            filter=ast.all_of(*conditions),
            orderby=tuple(_order(key) for key in sortby),
            expand=EXPAND,
            skip=offset,
            top=limit,
        )
        page = self._read(query) if resulttype != "hits" else Page(entity_type="Thing", rows=())
        features = [_feature(row, select_properties, skip_geometry) for row in page.rows]
        found = {"type": "FeatureCollection", "features": features, "numberReturned": len(features)}
        matched = self._count(query, page, offset)
        return found if matched is None else {**found, "numberMatched": matched}

    @crs_transform  # type: ignore[untyped-decorator]
    def get(self, identifier: str, crs_transform_spec: Any = None, language: Any = None) -> dict[str, Any]:
        """Give one feature.

        Raises:
            ProviderItemNotFoundError: there is none of that id.
        """
        handle = int(identifier) if identifier.isdecimal() and not self.site.federated else identifier
        same = ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(handle))
        try:
            page = self._read(ast.Query(entity_type="Thing", filter=same, expand=EXPAND, top=1))
        except NotFoundError as error:
            raise ProviderItemNotFoundError(identifier) from error
        if not page.rows:
            raise ProviderItemNotFoundError(identifier)
        return _feature(page.rows[0], (), skip_geometry=False)

    def _read(self, query: ast.Query) -> Page:
        page = self.site.store.read(bind(query, limits=self.site.limits))
        ANSWERS.given = page.answers
        return page

    def _count(self, query: ast.Query, page: Page, offset: int) -> int | None:
        """Count what matches; None where a lab is missing, for then nobody knows."""
        if page.rows and not page.more and page.complete:
            return offset + len(page.rows)
        bare = msgspec.structs.replace(query, expand=(), orderby=(), skip=0, top=None)
        try:
            return self.site.store.count(bind(bare, limits=self.site.limits))
        except FederationError:
            return None


def _feature(row: Any, select: Sequence[str], skip_geometry: bool) -> dict[str, Any]:
    feature = feature_of(row)
    if select:
        feature["properties"] = {name: value for name, value in feature["properties"].items() if name in select}
    if skip_geometry:
        feature["geometry"] = None
    return feature


def _equals(name: str, text: str) -> ast.Expr:
    if name not in QUERYABLES:
        raise ProviderInvalidQueryError(user_msg=f"{name!r} cannot be asked for; known: {', '.join(QUERYABLES)}")
    return ast.Compare("eq", ast.Path(QUERYABLES[name]), ast.Literal(text))


def _order(key: Mapping[str, str]) -> ast.OrderBy:
    name = key["property"]
    if name not in QUERYABLES:
        raise ProviderInvalidQueryError(user_msg=f"cannot sort by {name!r}; known: {', '.join(QUERYABLES)}")
    direction = ast.Direction.DESC if key["order"] == "-" else ast.Direction.ASC
    return ast.OrderBy(ast.Path(QUERYABLES[name]), direction)


def _in_box(bbox: Sequence[float]) -> ast.Expr | None:
    """Find Things at a place in a box; one that crosses the antimeridian is two boxes."""
    if not bbox:
        return None
    west, south, east, north = (bbox[0], bbox[1], *bbox[-2:]) if len(bbox) == 4 else (*bbox[:2], *bbox[3:5])
    if not (is_position(west, south) and is_position(east, north)):
        raise ProviderInvalidQueryError(user_msg="bbox: longitudes lie within 180 and latitudes within 90 degrees")
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    boxes = tuple(_touches(left, south, right, north) for left, right in spans)
    return ast.Any(("Locations",), boxes[0] if len(boxes) == 1 else ast.Or(boxes))


def _touches(west: float, south: float, east: float, north: float) -> ast.Expr:
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring = ",".join(f"{float(longitude)!r} {float(latitude)!r}" for longitude, latitude in corners)
    return ast.Call("st_intersects", (ast.Path(("location",)), ast.Literal(ast.WKT(f"POLYGON(({ring}))"))))


def _in_time(text: str | None) -> ast.Expr | None:
    """Find Things with a Datastream whose time meets an instant or interval; `..` or nothing is an open end."""
    if not text:
        return None
    start, slash, end = text.partition("/")
    try:
        first = _instant(start)
        last = _instant(end) if slash else first
    except ValueParseError as error:
        raise ProviderInvalidQueryError(user_msg=f"datetime: {error}") from error
    if first is None and last is None:
        raise ProviderInvalidQueryError(user_msg=f"datetime: {text!r} is open at both ends; leave it out")
    if first is not None and last is not None and last < first:
        raise ProviderInvalidQueryError(user_msg=f"datetime: {text!r} ends before it starts")
    time = ast.Path(("phenomenonTime",))
    parts: list[ast.Expr] = [ast.Compare("ne", time, ast.Literal(None))]
    if last is not None:
        parts.append(ast.Not(ast.Compare("gt", time, ast.Literal(last))))
    if first is not None:
        parts.append(ast.Not(ast.Compare("lt", time, ast.Literal(first))))
    return ast.Any(("Datastreams",), ast.all_of(*parts))


def _instant(text: str) -> Instant | None:
    if text in ("", ".."):
        return None
    time = parse_filter_time(text)
    if not isinstance(time, Instant):
        raise ValueParseError(text, "an instant")
    return time
