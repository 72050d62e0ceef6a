"""Write rows as the JSON of SensorThings 1.x, derived from the declaration of the entity types."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec
from msgspec import UNSET
from starlette.requests import Request

from ssclab_data.endpoints.base import SEQUENCE, Site
from ssclab_data.endpoints.sensorthings.binding import Binding, kinds_of
from ssclab_data.endpoints.sensorthings.links import Links, Pages, entity_path, links_for
from ssclab_data.endpoints.sensorthings.multis import multis_of
from ssclab_data.model.entity import EntityType, Kind, Navigation, Property, in_version
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.model.multi import VIEWS, multi_of, observed_properties_of
from ssclab_data.model.sensorthings import Datastream, Observation
from ssclab_data.query.ast import ID, Query
from ssclab_data.query.odata import format_options
from ssclab_data.query.views import MULTI, SINGLE, is_default
from ssclab_data.stores.base import Page, Row

_AS_TEXT = (Kind.INSTANT, Kind.TIME, Kind.INTERVAL)


type Part = tuple[Property, list[tuple[str, ...]]]
"""A property that is written, with the paths in it that are selected; none for all of it."""


class Layout(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What the entities of one query have in common.

    Attributes:
        addresses: makes those of the answer.
        parts: their properties.
        links: their links, each with the query of its expand, None where its address is written.
    """

    query: Query
    kind: EntityType
    addresses: Links
    parts: list[Part]
    links: tuple[tuple[Navigation, Query | None], ...]

    @cached_property
    def with_id(self) -> bool:
        """Whether their ids are written."""
        return not self.query.select or (ID,) in self.query.select

    @cached_property
    def pages(self) -> Pages:
        """What makes next links for this query."""
        return self.addresses.pages(format_options(self.query))


class Encoder(msgspec.Struct, frozen=True):
    """Encode the answer to one request.

    Attributes:
        links: makes the addresses.
        binding: the version that is written.
        kinds: the entity types that are shown, by name.
        multis: handles of the Datastreams that are shown as MultiDatastreams.
        layouts: what the entities of each query have in common, by the identity of the query, which is kept there.
    """

    links: Links
    binding: Binding
    kinds: Mapping[str, EntityType] = VIEWS
    multis: frozenset[int] = frozenset()
    layouts: dict[int, Layout] = msgspec.field(default_factory=dict)

    def page(self, page: Page, query: Query, *, next_link: str | None) -> dict[str, Any]:
        """Encode a page."""
        answer = head(query, count=page.count, next_link=next_link)
        answer["value"] = [self.entity(row, query) for row in page.rows]
        return answer

    def references(self, page: Page, query: Query, *, next_link: str | None) -> dict[str, Any]:
        """Encode a page as addresses only (`$ref`)."""
        answer = head(query, count=page.count, next_link=next_link)
        answer["value"] = [self.reference(row, query) for row in page.rows]
        return answer

    def reference(self, row: Row, query: Query) -> dict[str, Any]:
        """Encode one entity as its address only."""
        return {"@iot.selfLink": self.links.entity(query.entity_type, row.handle)}

    def entity(self, row: Row, query: Query) -> dict[str, Any]:
        """Encode one entity with what the query selects and expands.

        Args:
            row: as stored.
            query: in the names of 1.x (see `query.views`).
        """
        layout = self._layout(query)
        kind = layout.kind
        path = entity_path(kind.name, row.handle)
        answer: dict[str, Any] = {}
        if layout.with_id:
            answer["@iot.id"] = row.handle
        if not query.select:
            answer["@iot.selfLink"] = f"{self.links.base}/{path}"
        _put_properties(answer, row, layout.parts)
        hidden = self._hidden(row, kind)
        for link, inner in layout.links:
            if inner is not None:
                answer.update(self._expanded(row, link, query=inner, path=path))
            elif link.name != hidden:
                answer[f"{link.name}@iot.navigationLink"] = f"{self.links.base}/{path}/{link.name}"
        return answer

    def _layout(self, query: Query) -> Layout:
        known = self.layouts.get(id(query))
        if known is None:
            kind = self.kinds[query.entity_type]
            expanded = {expand.name: expand.query for expand in query.expand}
            links = tuple(
                (link, expanded.get(link.name))
                for link in kind.navigations
                if link.name in expanded
                or (in_version(link, self.binding.version) and _selected(link.name, query.select))
            )
            parts = _parts(kind, query.select, self.binding.version)
            known = self.layouts[id(query)] = Layout(
                query=query, kind=kind, addresses=self.links, parts=parts, links=links
            )
        return known

    def _hidden(self, row: Row, kind: EntityType) -> str:
        """Name the one of its two series that an Observation is not of; "" where both are to be shown."""
        if kind.name != "Observation" or MULTI not in self.kinds:
            return ""
        return SINGLE if split_observation_handle(int(row.handle))[0] in self.multis else MULTI

    def _expanded(self, row: Row, link: Navigation, *, query: Query, path: str) -> dict[str, Any]:
        related = row.related[link.name]
        if isinstance(related, Page) and isinstance(row.entity, Datastream) and link.name == "ObservedProperties":
            related = ranked(related, row.entity, query)
        if not isinstance(related, Page):
            return {link.name: None if related is None else self.entity(related, query)}
        answer: dict[str, Any] = {}
        if query.count and related.count is not None:
            answer[f"{link.name}@iot.count"] = related.count
        if related.more and related.rows:
            after = related.rows[-1].order
            answer[f"{link.name}@iot.nextLink"] = self._layout(query).pages.next(f"{path}/{link.name}", after)
        answer[link.name] = [self.entity(one, query) for one in related.rows]
        return answer


def head(query: Query, *, count: int | None, next_link: str | None) -> dict[str, Any]:
    """Write what comes before the entities.

    `@iot.nextLink` comes first, because the R client of RIVM takes the first member for it; and only what was
    asked for is there.
    """
    members: dict[str, Any] = {}
    if next_link is not None:
        members["@iot.nextLink"] = next_link
    if query.count and count is not None:
        members["@iot.count"] = count
    return members


def encoder_for(site: Site, binding: Binding, request: Request) -> Encoder:
    """Make what writes the answer to a request."""
    return Encoder(links_for(site, binding, request), binding, kinds_of(site), _multis(site, request))


def _multis(site: Site, request: Request) -> frozenset[int]:
    return frozenset() if site.federated else multis_of(site.store, request.scope.get(SEQUENCE))


def ranked(page: Page, datastream: Datastream, query: Query) -> Page:
    """Bring the ObservedProperties of a MultiDatastream into the order of its results, and cut a page of them.

    Args:
        page: all of them.
        query: says where the page starts and ends; another order than by handle is left as it is.
    """
    if not is_default(query.orderby):
        return page
    places = {key: place for place, key in enumerate(observed_properties_of(datastream))}
    rows = sorted(page.rows, key=lambda row: places.get(str(row.entity.key), len(places)))
    start = query.skip
    if query.after:
        start = next((place + 1 for place, row in enumerate(rows) if row.handle == query.after[0]), len(rows))
    stop = len(rows) if query.top is None else start + query.top
    return msgspec.structs.replace(page, rows=tuple(rows[start:stop]), more=stop < len(rows))


def property_value(row: Row, part: Property) -> Any:
    """Encode the value of one property; UNSET where the entity has none.

    An Observation without resultTime has a null there (OGC 18-088, 8.2.7).
    """
    entity = row.entity
    if isinstance(entity, Datastream) and part.field not in entity.__struct_fields__:
        entity = multi_of(entity)
    value = getattr(entity, part.field)
    if value is UNSET:
        return None if part.name == "resultTime" and isinstance(entity, Observation) else UNSET
    if value is None or part.kind is Kind.TEXT:
        return value
    if part.kind in _AS_TEXT:
        return str(value)
    if part.kind is Kind.UNIT:
        return {"name": value.name, "symbol": value.symbol, "definition": value.definition}
    return value


def _parts(kind: EntityType, select: tuple[tuple[str, ...], ...], version: str) -> list[Part]:
    """Give the properties of a type that are selected; all when nothing is."""
    return [
        (part, [path[1:] for path in select if path[0] == part.name])
        for part in kind.properties
        if in_version(part, version) and _selected(part.name, select)
    ]


def _put_properties(answer: dict[str, Any], row: Row, parts: list[Part]) -> None:
    for part, paths in parts:
        value = property_value(row, part)
        if paths:
            value = _narrowed(value, paths)
        if value is not UNSET:
            answer[part.name] = value


def _selected(name: str, select: tuple[tuple[str, ...], ...]) -> bool:
    return not select or any(path[0] == name for path in select)


def _narrowed(value: Any, paths: list[tuple[str, ...]]) -> Any:
    """Keep of a JSON value only the members that deep paths select (`$select=properties/owner`).

    What has no members, and so nothing at a path, is UNSET.
    """
    if () in paths:
        return value
    if not isinstance(value, dict):
        return UNSET
    members = {
        key: _narrowed(item, [path[1:] for path in paths if path[0] == key])
        for key, item in value.items()
        if any(path[0] == key for path in paths)
    }
    return {key: item for key, item in members.items() if item is not UNSET}
