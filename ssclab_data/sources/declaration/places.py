"""Say how a mapping declares positions."""

from enum import StrEnum

from ssclab_data.sources.declaration.base import Declared


class AxisOrder(StrEnum):
    """Order of the two numbers of a pair."""

    LON_LAT = "lon-lat"  # x, y of a projected system
    LAT_LON = "lat-lon"


class PlaceRule(Declared, frozen=True, kw_only=True):
    """How positions are read; they are CRS84 longitude and latitude afterwards.

    Attributes:
        longitude: field of the longitude, or of x; several with `|`, of which the first that is there counts.
        latitude: field of the latitude, or of y.
        pair: field with both in a list; "" where there are two fields.
        order: order of the pair.
        geojson: field with a GeoJSON geometry or Feature.
        decoder: name of a decoder of packed degrees, or "" for plain numbers.
        crs: of the numbers: `EPSG:28992` and the like, x before y; "" for CRS84 degrees.
        crs_field: field that tells it by record; an URN or URL (`urn:ogc:def:crs:EPSG::4326`) has the axes of the
            authority, a short form (`EPSG:4326`) those of `order`, with a warning.
        nowhere: pairs of numbers, longitude first, that mean that there is no position.
        tolerance: metres; positions of one unit closer together are one place.
        decimal: decimal mark of texts.
    """

    longitude: str = ""
    latitude: str = ""
    pair: str = ""
    order: AxisOrder = AxisOrder.LON_LAT
    geojson: str = ""
    decoder: str = ""
    crs: str = ""
    crs_field: str = ""
    nowhere: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    tolerance: float = 50.0
    decimal: str = "."
