"""Turn CRS84 lon/lat into RD New metres (EPSG:28992) and back; the only module that uses pyproj."""

from functools import cache
from typing import TYPE_CHECKING

from ssclab_data.model.values import Box

if TYPE_CHECKING:
    from pyproj import Transformer

RD_AREA = Box(3.2, 50.7, 7.3, 53.7)
"""Where RD New is used, in CRS84 degrees."""


def to_rd(longitude: float, latitude: float) -> tuple[float, float]:
    """Give x (east) and y (north) in RD New metres of a position in CRS84 degrees.

    Within `RD_AREA` it is right to about a metre, and the same on every machine: no grid is fetched for it.

    >>> x, y = to_rd(5.387638889, 52.156160556)
    >>> round(x), round(y)
    (155000, 463000)
    """
    x, y = _transformer("OGC:CRS84", "EPSG:28992").transform(longitude, latitude)
    return float(x), float(y)


def from_rd(x: float, y: float) -> tuple[float, float]:
    """Give longitude and latitude in CRS84 degrees of a position in RD New metres."""
    longitude, latitude = _transformer("EPSG:28992", "OGC:CRS84").transform(x, y)
    return float(longitude), float(latitude)


@cache
def _transformer(source: str, target: str) -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)
