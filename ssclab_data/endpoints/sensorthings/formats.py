"""Write pages in the formats that are not JSON, entity by entity."""

from starlette.responses import Response

from ssclab_data.endpoints.base import JSON
from ssclab_data.endpoints.sensorthings import arrays, features, federation, linked, sheet
from ssclab_data.endpoints.sensorthings.encode import Encoder
from ssclab_data.endpoints.sensorthings.options import ResultFormat
from ssclab_data.endpoints.sensorthings.paged import Paged
from ssclab_data.linked_data.writing import JSONLD
from ssclab_data.query.ast import BoundQuery

EXTENSIONS = (
    "https://github.com/INSIDE-information-systems/SensorThingsAPI/blob/master/CSV-ResultFormat/CSV-ResultFormat.md",
    "https://fraunhoferiosb.github.io/FROST-Server/extensions/GeoJSON-ResultFormat.html",
    "https://fraunhoferiosb.github.io/FROST-Server/extensions/DeepSelect.html",
)
"""Formats and selection, by the names that FROST-Server gave them."""
DISTINCT = "https://fraunhoferiosb.github.io/FROST-Server/extensions/SelectDistinct.html"
"""Distinct values, by the name that FROST-Server gave them."""

MEDIA_TYPES = {
    ResultFormat.JSON: JSON,
    ResultFormat.DATA_ARRAY: JSON,
    ResultFormat.CSV: "text/csv",
    ResultFormat.GEOJSON: "application/geo+json",
    ResultFormat.JSON_LD: JSONLD,
}
_RENDER = {
    ResultFormat.DATA_ARRAY: arrays.render,
    ResultFormat.CSV: sheet.render,
    ResultFormat.GEOJSON: features.render,
    ResultFormat.JSON_LD: linked.render,
}


def check(query: BoundQuery, format_: ResultFormat, encoder: Encoder, *, federated: bool) -> None:
    """Make sure that a format can hold all that a query asks for.

    Raises:
        UnsupportedError: it cannot.
    """
    if format_ is ResultFormat.DATA_ARRAY:
        arrays.check(query, federated=federated)
    elif format_ is ResultFormat.CSV:
        sheet.check(query, encoder)
    elif format_ is ResultFormat.GEOJSON:
        features.check(query)
    elif format_ is ResultFormat.JSON_LD:
        linked.check(query, federated=federated)


def respond(paged: Paged, format_: ResultFormat) -> Response:
    """Write a page."""
    body = b"".join(_RENDER[format_](paged))
    headers = {**beside(format_, paged.next_link, paged.page.count), **federation.headers(paged.page)}
    return Response(body, media_type=MEDIA_TYPES[format_], headers=headers)


def beside(format_: ResultFormat, next_link: str | None, count: int | None) -> dict[str, str]:
    """Give the headers that tell what a table or a graph has no place for: where it goes on, how many there are."""
    if format_ not in (ResultFormat.CSV, ResultFormat.JSON_LD):
        return {}
    headers = {} if next_link is None else {"Link": f'<{next_link}>; rel="next"'}
    return headers if count is None else {**headers, "OGC-NumberMatched": str(count)}
