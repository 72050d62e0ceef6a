"""Answer sets of Observations from columns, where these say all, in each format."""

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
from starlette.responses import Response

from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.sensorthings import sheet
from ssclab_data.endpoints.sensorthings.arrays import SOMETIMES
from ssclab_data.endpoints.sensorthings.encode import Encoder, head
from ssclab_data.endpoints.sensorthings.formats import MEDIA_TYPES, beside
from ssclab_data.endpoints.sensorthings.members import HANDLE
from ssclab_data.endpoints.sensorthings.options import ResultFormat
from ssclab_data.export.nodes import ObservationsWriter
from ssclab_data.linked_data import writing
from ssclab_data.model.columns import ABSENT, Columns, ResultKind, given, take
from ssclab_data.model.geometry import geometry_of
from ssclab_data.model.sensorthings import FeatureOfInterest
from ssclab_data.query.ast import ID, BoundQuery, In, Literal, Path, Query
from ssclab_data.query.bind import Limits, bind
from ssclab_data.query.views import MULTI, SINGLE
from ssclab_data.rendering import data_array, geojson, observations, table
from ssclab_data.stores.base import ColumnarRows, Page, Sealable

LEAST_ROWS = 32
"""From so many rows on, a page is written from columns; below that, entity by entity costs less."""

_ALWAYS = ("id", "phenomenonTime", "result", "resultTime")


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
    """Give a page as columns; None where it is to be written entity by entity.

    Args:
        multis: handles of the Datastreams that are shown as MultiDatastreams.
    """
    if not isinstance(page.rows, ColumnarRows) or any(len(path) > 1 for path in query.select):
        return None
    columns = page.rows.columns
    match format_:
        case ResultFormat.JSON:
            fits = len(columns) >= LEAST_ROWS and len(_series(columns, multis)) == 1
        case ResultFormat.GEOJSON:
            fits = not query.select and _is_flat(columns)
        case ResultFormat.JSON_LD:
            fits = not (query.select or query.expand)
        case _:
            # The results of one MultiDatastream have a column of CSV for each value.
            fits = format_ is not ResultFormat.CSV or sheet.handle_of_series(query.filter, MULTI) is None
            fits = fits and all(path == (ID,) or path[0] in (*_ALWAYS, *SOMETIMES) for path in query.select)
    return columns if fits else None


def may_hold(query: Query, site: Site) -> bool:
    """Tell whether a page may be written from columns as GeoJSON, with the geometries that are read for all of it."""
    plain = not (query.select or query.expand)
    return query.entity_type == "Observation" and plain and isinstance(site.store, Sealable)


def _is_flat(columns: Columns) -> bool:
    """Tell whether nothing in some rows has members."""
    documents = columns.quality is not None or columns.parameters is not None
    return not documents and not bool((columns.result.kind == ResultKind.JSON).any())


def respond(answer: Answer, format_: ResultFormat) -> Response:
    """Write a page of Observations."""
    count = answer.count if answer.query.count else None
    headers = beside(format_, answer.next_link, count)
    return Response(b"".join(_WRITERS[format_](answer)), media_type=MEDIA_TYPES[format_], headers=headers)


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
    present = [name for name in SOMETIMES if _is_anywhere(name, columns)]
    components = _chosen(answer.query) or [*_ALWAYS, *present]
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
    series = (f"{name}/{HANDLE}" for name in sheet.series_of(answer.query, answer.encoder))
    names = [*(_chosen(answer.query) or (*_ALWAYS, *SOMETIMES)), *series]
    return table.render(answer.columns, header=True, names=names, multis=answer.encoder.multis)


def _geojson(answer: Answer) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection",' + _head(answer)[1:] + b'"features":['
    yield from geojson.render(answer.columns, geometry=_geometries(answer))
    yield b"]}"


def _json_ld(answer: Answer) -> Iterator[bytes]:
    """Write the descriptions of the rows, Datastream by Datastream."""
    store, base_iri, syntax = answer.site.store, answer.site.settings.base_iri, writing.formats()[writing.JSONLD]
    yield syntax.head
    before = syntax.separator
    for piece in ObservationsWriter(store, base_iri, syntax).write(answer.columns):
        yield piece.text.removeprefix(before)
        before = b""
    yield syntax.tail


def _head(answer: Answer) -> bytes:
    """Write the members before the rows, open at the end."""
    members = msgspec.json.encode(head(answer.query, count=answer.count, next_link=answer.next_link))[:-1]
    return members + (b"," if len(members) > 1 else b"")


def _series(columns: Columns, multis: frozenset[int]) -> tuple[str, ...]:
    if not multis:
        return (SINGLE,)
    is_multi = np.isin(columns.datastream, list(multis))
    found = [name for name, there in ((SINGLE, not is_multi.all()), (MULTI, is_multi.any())) if there]
    return tuple(found) or (SINGLE,)


def _chosen(query: BoundQuery) -> list[str]:
    """Name the properties that are selected."""
    chosen = {"id" if path[0] == ID else path[0] for path in query.select}
    return [name for name in (*_ALWAYS, *SOMETIMES) if name in chosen]


def _is_anywhere(name: str, columns: Columns) -> bool:
    """Tell whether some row has a property that not all have; a null is no more than nothing here."""
    if name == "validTime":
        return columns.valid_start is not None and bool((columns.valid_start != ABSENT).any())
    values = columns.quality if name == "resultQuality" else columns.parameters
    return values is not None and any(text != b"null" for text in values[given(values)].tolist())


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
    ResultFormat.JSON: _json,
    ResultFormat.DATA_ARRAY: _data_arrays,
    ResultFormat.CSV: _csv,
    ResultFormat.GEOJSON: _geojson,
    ResultFormat.JSON_LD: _json_ld,
}
