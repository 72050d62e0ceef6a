"""Answer sets of Observations from columns: as JSON, data arrays, CSV and GeoJSON."""

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
from starlette.responses import Response

from ssclab_data.endpoints.base import JSON, Site
from ssclab_data.endpoints.sensorthings.encode import Encoder
from ssclab_data.endpoints.sensorthings.options import ResultFormat
from ssclab_data.errors import UnsupportedError
from ssclab_data.model.columns import Columns, take
from ssclab_data.model.geometry import geometry_of
from ssclab_data.model.sensorthings import FeatureOfInterest
from ssclab_data.query.ast import ID, BoundQuery, In, Literal, Path, Query
from ssclab_data.query.bind import Limits, bind
from ssclab_data.query.views import MULTI, SINGLE
from ssclab_data.rendering import data_array, geojson, observations, table
from ssclab_data.stores.base import ColumnarRows, Page

LEAST_ROWS = 32
"""From so many rows on, a page is written from columns; below that, entity by entity costs less."""

_ALWAYS = ("id", "phenomenonTime", "result", "resultTime")
_SOMETIMES = {"resultQuality": "quality", "validTime": "valid_start", "parameters": "parameters"}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of Observations that is to be written.

    Attributes:
        encoder: knows the addresses, and which Datastreams are MultiDatastreams.
        columns: its rows.
        next_link: address of the next page, or None.
    """

    site: Site
    encoder: Encoder
    columns: Columns
    query: BoundQuery
    count: int | None
    next_link: str | None

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the links to what the rows are of: `Datastream`, `MultiDatastream`, or both."""
        return _series(self.columns, self.encoder.multis)


def columns_of(page: Page, query: Query, format_: ResultFormat, *, multis: frozenset[int]) -> Columns | None:
    """Give a page as columns, where it can be written from them.

    Args:
        multis: handles of the Datastreams that are shown as MultiDatastreams.

    Raises:
        UnsupportedError: the format needs columns, and the page has none.
    """
    deep = any(len(path) > 1 for path in query.select)
    if isinstance(page.rows, ColumnarRows) and not (deep and format_ is ResultFormat.JSON):
        columns = page.rows.columns
        by_entity = len(columns) < LEAST_ROWS or len(_series(columns, multis)) > 1
        return None if by_entity and format_ is ResultFormat.JSON else columns
    if format_ is ResultFormat.JSON:
        return None
    raise UnsupportedError(
        f"$resultFormat={format_}",
        "it is for sets of Observations of one lab, without $expand; leave it out to get JSON",
    )


def respond(answer: Answer, format_: ResultFormat) -> Response:
    """Write a page of Observations."""
    headers = {}
    if answer.next_link is not None and format_ is ResultFormat.CSV:
        headers["Link"] = f'<{answer.next_link}>; rel="next"'
    write, media_type = _WRITERS[format_]
    return Response(b"".join(write(answer)), media_type=media_type, headers=headers)


def _json(answer: Answer) -> Iterator[bytes]:
    select = frozenset("@iot.id" if path[0] == ID else path[0] for path in answer.query.select)
    yield _head(answer) + b'"value":['
    yield from observations.render(
        answer.columns, base=answer.encoder.links.base, series=answer.series[0], select=select or None
    )
    yield b"]}"


def _data_arrays(answer: Answer) -> Iterator[bytes]:
    """Write one data array for each Datastream, in the order of their first rows (OGC 18-088, 12.1)."""
    columns = answer.columns
    components = _components(answer)
    yield _head(answer) + b'"value":['
    for number, datastream in enumerate(dict.fromkeys(columns.datastream.tolist())):
        part = take(columns, columns.datastream == datastream)
        series = MULTI if datastream in answer.encoder.multis else SINGLE
        head = {
            f"{series}@iot.navigationLink": answer.encoder.links.entity(series, datastream),
            "components": components,
            "dataArray@iot.count": len(part),
        }
        yield (b"," if number else b"") + msgspec.json.encode(head)[:-1] + b',"dataArray":['
        yield from data_array.render(part, components=components)
        yield b"]}"
    yield b"]}"


def _csv(answer: Answer) -> Iterator[bytes]:
    names = _components(answer)
    if not answer.query.select:
        names = [*names, *(f"{name}/@iot.id" for name in answer.series)]
    return table.render(answer.columns, header=True, names=names, multis=answer.encoder.multis)


def _geojson(answer: Answer) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection",' + _head(answer)[1:] + b'"features":['
    yield from geojson.render(answer.columns, geometry=_geometries(answer))
    yield b"]}"


def _head(answer: Answer) -> bytes:
    """Write the members before the rows, open at the end."""
    head = {}
    if answer.next_link is not None:
        head["@iot.nextLink"] = answer.next_link
    members = msgspec.json.encode(head)[1:-1]
    if answer.query.count and answer.count is not None:
        members += (b"," if members else b"") + b'"@iot.count":%d' % answer.count
    return b"{" + members + (b"," if members else b"")


def _series(columns: Columns, multis: frozenset[int]) -> tuple[str, ...]:
    if not multis:
        return (SINGLE,)
    is_multi = np.isin(columns.datastream, list(multis))
    found = [name for name, there in ((SINGLE, not is_multi.all()), (MULTI, is_multi.any())) if there]
    return tuple(found) or (SINGLE,)


def _components(answer: Answer) -> list[str]:
    """Name the properties to write: those that are selected, or those that some row has."""
    columns = answer.columns
    sometimes = [name for name, field in _SOMETIMES.items() if getattr(columns, field) is not None]
    chosen = {"id" if path[0] == ID else path[0] for path in answer.query.select}
    if not chosen:
        return [*_ALWAYS, *sometimes]
    return [name for name in (*_ALWAYS, *_SOMETIMES) if name in chosen]


def _geometries(answer: Answer) -> Mapping[int, bytes]:
    """Read the geometries of the FeaturesOfInterest of the rows."""
    if answer.columns.feature is None:
        return {}
    handles = sorted(set(answer.columns.feature.tolist()) - {0})
    chosen = In(Path((ID,)), tuple(Literal(handle) for handle in handles))
    query = bind(
        Query(entity_type="FeatureOfInterest", filter=chosen), limits=Limits(max_filter_nodes=len(handles) + 10)
    )
    rows = answer.site.store.read(query).rows
    return {
        int(row.handle): msgspec.json.encode(geometry_of(row.entity.feature))
        for row in rows
        if isinstance(row.entity, FeatureOfInterest) and isinstance(row.entity.feature, dict)
    }


_WRITERS = {
    ResultFormat.JSON: (_json, JSON),
    ResultFormat.DATA_ARRAY: (_data_arrays, JSON),
    ResultFormat.CSV: (_csv, "text/csv"),
    ResultFormat.GEOJSON: (_geojson, "application/geo+json"),
}
