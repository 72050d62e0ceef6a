"""Answer reads of sets, entities, properties, `$ref`, `$value` and `$count`."""

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ssclab_data.endpoints.base import Site, json_response
from ssclab_data.endpoints.sensorthings import buckets, columnar, features, federation, formats, linked, sheet
from ssclab_data.endpoints.sensorthings.binding import Binding, kinds_of
from ssclab_data.endpoints.sensorthings.encode import Encoder, encoder_for, property_value, ranked
from ssclab_data.endpoints.sensorthings.links import Links
from ssclab_data.endpoints.sensorthings.multis import names_of_values
from ssclab_data.endpoints.sensorthings.options import (
    EVERY,
    RESULT_FORMAT,
    SKIP_TOKEN,
    ResultFormat,
    read_options,
    result_format,
)
from ssclab_data.endpoints.sensorthings.paged import Paged
from ssclab_data.endpoints.tags import content_tag
from ssclab_data.errors import NotFoundError, QueryError, UnsupportedError
from ssclab_data.export.nodes import models_of
from ssclab_data.model.entity import Property
from ssclab_data.model.periods import Period
from ssclab_data.model.sensorthings import Datastream
from ssclab_data.query.ast import ID, And, Any, BoundQuery, Compare, Expr, Literal, Path, Query, all_of
from ssclab_data.query.bind import bind
from ssclab_data.query.odata import parse_options
from ssclab_data.query.resource_path import ResourcePath, parse_path, steps_of
from ssclab_data.query.views import MULTI, SINGLE, is_default, stored
from ssclab_data.stores.base import Page, Row, Sealable

_NO_CONTENT = 204
_OF_ONE = ("$select", "$expand")
_OF_COUNT = ("$filter",)
_BESIDE = (ResultFormat.GEOJSON, ResultFormat.JSON_LD)
"""Formats that need what is beside the entities, which for rows in columns is read once."""
_FEW = 200
"""So many descriptive entities are read at once, without a thread."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request, read but not yet answered.

    Attributes:
        encoder: writes the answer, in the version that was asked.
        path: below the root of the service, without slashes around it.
        options: decoded, without `$resultFormat`.
        target: what the path addresses.
        query: path and options together, with the page sizes of the server.
        format: how the answer is written.
        period: by which Observations are summed up, None where they are not.
    """

    site: Site
    encoder: Encoder
    path: str
    options: dict[str, str]
    target: ResourcePath
    query: Query
    format: ResultFormat = ResultFormat.JSON
    period: Period | None = None

    @property
    def links(self) -> Links:
        """What makes the addresses in the answer."""
        return self.encoder.links

    @property
    def version(self) -> str:
        """The version of SensorThings whose names hold."""
        return self.encoder.binding.version

    def bind(self, query: Query) -> BoundQuery:
        """Check a query against the names that are shown."""
        return bind(query, version=self.version, limits=self.site.limits, kinds=self.encoder.kinds)

    def stored(self, query: BoundQuery) -> BoundQuery:
        """Give the query that the store is asked for a bound one."""
        return stored(query, self.encoder.multis)

    def bound(self) -> BoundQuery:
        """Check the query against the model, and set where the page starts."""
        query = self.bind(self.query)
        token = self.options.get(SKIP_TOKEN)
        if token is None:
            return query
        after = self.links.read_token(self.path, self.options, token)
        return msgspec.structs.replace(query, after=after, skip=0)


async def read(site: Site, binding: Binding, request: Request) -> Response:
    """Answer one GET below the root: what takes a few milliseconds at once, the rest in a thread."""
    asked = _ask(site, binding, request)
    if isinstance(site.store, Sealable) and _is_bounded(asked):
        return _answer(asked)
    return await run_in_threadpool(_answer, asked)


def _answer(asked: Asked) -> Response:
    target = asked.target
    if asked.period is not None:
        return _sums(asked, asked.period)
    if asked.format is not ResultFormat.JSON and (target.property or target.ref or target.count):
        raise UnsupportedError(f"$resultFormat={asked.format}", "it is for entities and sets of them; leave it out")
    if target.count:
        return _count(asked)
    if target.property:
        return _property(asked)
    if target.single:
        return _entity(asked)
    return _set(asked)


def _is_bounded(asked: Asked) -> bool:
    """Tell whether a store of one file answers from a few rows or chunks, whatever it holds.

    A hop to a thread and back costs more than such an answer, and waits for other threads besides.
    """
    query, target = asked.query, asked.target
    more = query.expand or query.skip or query.count or query.distinct
    if more or asked.period is not None or target.count or target.ref:
        return False
    if target.single:
        return isinstance(query.filter, Compare) and _is_equal(query.filter, (Path((ID,)),))
    if query.entity_type == "Observation":
        return query.top is not None and _is_of_one_series(query)
    return query.filter is None and not query.orderby and query.top is not None and query.top <= _FEW


def _is_of_one_series(query: Query) -> bool:
    """Tell whether a query is for one Datastream in the order of time or handle, with no condition but on time."""
    parts = query.filter.parts if isinstance(query.filter, And) else (query.filter,)
    of_one = (Path((SINGLE, ID)), Path((MULTI, ID)))
    ordered = not query.orderby or query.orderby[0].expr in (Path(("phenomenonTime",)), Path((ID,)))
    return (
        ordered
        and any(_is_equal(part, of_one) for part in parts)
        and all(_is_equal(part, of_one) or _is_on_time(part) for part in parts)
    )


def _is_equal(part: Expr | None, paths: tuple[Path, ...]) -> bool:
    return isinstance(part, Compare) and part.op == "eq" and part.left in paths and isinstance(part.right, Literal)


def _is_on_time(part: Expr | None) -> bool:
    return (
        isinstance(part, Compare)
        and part.op in ("ge", "gt", "le", "lt")
        and part.left == Path(("phenomenonTime",))
        and isinstance(part.right, Literal)
    )


def _ask(site: Site, binding: Binding, request: Request) -> Asked:
    path = request.path_params["path"].strip("/")
    target = parse_path(path, version=binding.version, kinds=kinds_of(site))
    options = read_options(request.scope["query_string"])
    named = RESULT_FORMAT in options
    format_ = result_format(options)
    period = buckets.period_of(options)
    if not (named or target.count or target.property or target.ref or period or site.federated):
        format_ = ResultFormat.JSON_LD if linked.is_preferred(request.headers.get("accept", "")) else format_
    _check_options(target, options)
    query = parse_options(target.entity_type, {name: text for name, text in options.items() if name != SKIP_TOKEN})
    query = msgspec.structs.replace(query, filter=all_of(target.filter, query.filter))
    return Asked(
        site=site,
        encoder=encoder_for(site, binding, request),
        path=path,
        options=options,
        target=target,
        query=_with_page_sizes(query, site),
        format=format_,
        period=period,
    )


def _check_options(target: ResourcePath, options: dict[str, str]) -> None:
    if target.count:
        allowed: tuple[str, ...] = _OF_COUNT
    elif target.property:
        allowed = ()
    elif target.single:
        allowed = _OF_ONE
    else:
        return
    for name in options:
        if name not in allowed:
            taken = f"it takes {' and '.join(allowed)}" if allowed else "it takes no option"
            raise QueryError(f"does not go with this path; {taken}", option=name)


def _with_page_sizes(query: Query, site: Site) -> Query:
    """Set the number of rows where the client did not, and cap it where it did, at every level."""
    settings = site.settings
    top = settings.page_size if query.top is None else query.top
    expand = tuple(
        msgspec.structs.replace(expand, query=_with_page_sizes(expand.query, site)) for expand in query.expand
    )
    return msgspec.structs.replace(query, top=min(top, settings.max_page_size), expand=expand)


def _set(asked: Asked) -> Response:
    query = _checked(asked)
    in_columns = asked.format in _BESIDE and columnar.may_hold(query, asked.site)
    page = _page(asked, query, asked.stored(query) if in_columns else _placed(asked, query))
    if not page.rows and not query.after:
        _check_parent(asked)
    link = None
    if page.more and page.rows:
        format_ = {} if asked.format is ResultFormat.JSON else {RESULT_FORMAT: str(asked.format)}
        link = asked.links.next_page(asked.path, {**asked.options, **format_}, page.rows[-1].order)
    if not asked.target.ref and query.entity_type == "Observation":
        columns = columnar.columns_of(page, query, asked.format, multis=asked.encoder.multis)
        if columns is not None:
            answer = columnar.Answer(
                site=asked.site,
                encoder=asked.encoder,
                columns=columns,
                query=query,
                count=page.count,
                next_link=link,
            )
            return columnar.respond(answer, asked.format)
    if asked.format is not ResultFormat.JSON:
        page = _page(asked, query, _placed(asked, query)) if in_columns else page
        return _formatted(asked, query, page, next_link=link)
    encoder = asked.encoder
    write = encoder.references if asked.target.ref else encoder.page
    body = write(page, query, next_link=link)
    if page.answers:
        body["federation"] = federation.member(page)
    return json_response(body, headers=federation.headers(page))


def _checked(asked: Asked) -> BoundQuery:
    """Give the bound query of a page that its format can hold."""
    query = asked.bound()
    formats.check(query, asked.format, asked.encoder, federated=asked.site.federated)
    return query


def _placed(asked: Asked, query: BoundQuery) -> BoundQuery:
    """Give what the store is asked for a bound query: for GeoJSON with places, for JSON-LD with links."""
    wanted = asked.stored(query)
    if asked.format is ResultFormat.JSON_LD:
        return linked.widened(wanted)
    return features.placed(wanted, federated=asked.site.federated) if asked.format is ResultFormat.GEOJSON else wanted


def _formatted(asked: Asked, query: BoundQuery, page: Page, *, next_link: str | None = None) -> Response:
    """Write a page entity by entity in a format that is not JSON."""
    below = {name: text for name, text in asked.options.items() if name == "$expand"}
    given = parse_options(query.entity_type, below)
    paged = Paged(encoder=asked.encoder, page=page, query=query, given=given, next_link=next_link)
    if asked.format is ResultFormat.JSON_LD:
        models = models_of(asked.site.store, page.rows)
        paged = msgspec.structs.replace(paged, base_iri=asked.site.settings.base_iri, models=models)
    multi = None if asked.site.federated else sheet.handle_of_series(query.filter, MULTI)
    if asked.format is ResultFormat.CSV and multi in asked.encoder.multis:
        paged = msgspec.structs.replace(paged, values=names_of_values(asked.site.store, multi))
    return formats.respond(paged, asked.format)


def _page(asked: Asked, query: BoundQuery, wanted: BoundQuery) -> Page:
    """Read a page of a set; ObservedProperties of one MultiDatastream come in the order of its results.

    Args:
        wanted: what the store is asked for.
    """
    store = asked.site.store
    match asked.target.filter:
        case Any(("MultiDatastreams",), predicate) if is_default(query.orderby):
            multi = Query(entity_type=MULTI, filter=predicate, select=(("unitOfMeasurements",),), top=2)
            found = [row.entity for row in store.read(asked.stored(asked.bind(multi))).rows]
            if len(found) == 1 and isinstance(found[0], Datastream):
                whole = msgspec.structs.replace(query, top=None, skip=0, after=())
                return ranked(store.read(asked.stored(whole)), found[0], query)
    return store.read(wanted)


def _sums(asked: Asked, period: Period) -> Response:
    target = asked.target
    if target.single or target.ref or target.count or target.property:
        raise QueryError("is for sets of Observations", option=EVERY)
    query = asked.stored(asked.bound())
    sums = buckets.Sums(query, period, asked.format, asked.site.settings.max_page_size)
    return buckets.respond(sums, asked.site.store, asked.encoder)


def _entity(asked: Asked) -> Response:
    bound = _checked(asked)
    page, row = _one(asked, bound)
    if row is None:
        return Response(status_code=_NO_CONTENT)
    if asked.format is not ResultFormat.JSON:
        return _formatted(asked, bound, page)
    encoder = asked.encoder
    body = (encoder.reference if asked.target.ref else encoder.entity)(row, bound)
    if page.answers:
        body["federation"] = federation.member(page)
        return json_response(body, headers=federation.headers(page))
    answer = json_response(body)
    answer.headers["ETag"] = content_tag(bytes(answer.body))
    answer.headers["Vary"] = "Accept"
    return answer


def _property(asked: Asked) -> Response:
    name, *deeper = asked.target.property
    page, row = _one(asked, asked.bind(msgspec.structs.replace(asked.query, select=((name,),))))
    part = asked.encoder.kinds[asked.query.entity_type].by_name[name]
    assert isinstance(part, Property)  # noqa: S101 - the path parser gives properties only
    value = None if row is None else property_value(row, part)
    for key in deeper:
        if not isinstance(value, dict) or key not in value:
            known = f"; known: {', '.join(value)}" if isinstance(value, dict) else ""
            raise NotFoundError(f"{name} has no member {key!r}{known}")
        name, value = key, value[key]
    headers = federation.headers(page)
    if value is None or value is msgspec.UNSET:
        return Response(status_code=_NO_CONTENT, headers=headers)
    if not asked.target.raw:
        return json_response({name: value}, headers=headers)
    if isinstance(value, str):
        return Response(value, media_type="text/plain", headers=headers)
    if isinstance(value, (dict, list)):
        return json_response(value, headers=headers)
    return Response(msgspec.json.encode(value), media_type="text/plain", headers=headers)


def _count(asked: Asked) -> Response:
    count = asked.site.store.count(asked.stored(asked.bound()))
    if not count:
        _check_parent(asked)
    return Response(str(count), media_type="text/plain")


def _one(asked: Asked, query: BoundQuery) -> tuple[Page, Row | None]:
    """Read the one entity that a path addresses; None when a to-one link of an entity leads nowhere.

    Raises:
        NotFoundError: there is no such entity.
    """
    page = asked.site.store.read(_placed(asked, msgspec.structs.replace(query, top=1)))
    if page.rows:
        return page, page.rows[0]
    if not asked.target.to_one:
        raise NotFoundError(f"there is no {asked.path}")
    _check_parent(asked)
    return page, None


def _check_parent(asked: Asked) -> None:
    """Make sure that the entity whose links a path follows is there: nothing at a link is not the same as no entity.

    Raises:
        NotFoundError: it is not.
    """
    above = _path_above(asked.path, asked.target)
    if not above:
        return
    parent = parse_path(above, version=asked.version, kinds=asked.encoder.kinds)
    query = Query(entity_type=parent.entity_type, filter=parent.filter, select=((ID,),), top=1)
    if not asked.site.store.read(asked.stored(asked.bind(query))).rows:
        raise NotFoundError(f"there is no {above}")


def _path_above(path: str, target: ResourcePath) -> str:
    """Give the path of the entity or set that the last link of a path starts from; "" where it follows no link."""
    segments = steps_of(path)
    marks = target.count + target.raw + target.ref + len(target.property)
    return "/".join(segments[: len(segments) - marks - 1])
