"""Turn CRS84 lon/lat into RD New metres (EPSG:28992) and back; the only module that uses pyproj."""

from functools import cache
from typing import TYPE_CHECKING

from ssclab_data.model.values import Box

if TYPE_CHECKING:
    from pyproj import Transformer

RD_AREA = Box(3.2, 50.7, 7.3, 53.7)
"""Where RD New is used, in CRS84 degrees."""

_PIPELINE = (
    "proj=pipeline step proj=unitconvert xy_in=deg xy_out=rad step proj=push v_3 step proj=cart ellps=WGS84 "
    "step inv proj=helmert x=565.4171 y=50.3319 z=465.5524 rx=0.398957388243134 ry=-0.343987817378283 "
    "rz=1.87740163998045 s=4.0725 convention=coordinate_frame step inv proj=cart ellps=bessel step proj=pop v_3 "
    "step proj=sterea lat_0=52.1561605555556 lon_0=5.38763888888889 k=0.9999079 x_0=155000 y_0=463000 ellps=bessel"
)
"""What EPSG gives for the two without a grid file, written out: what PROJ would choose depends on the machine's files,
and a position must be in the same cell everywhere."""


def to_rd(longitude: float, latitude: float) -> tuple[float, float]:
    """Give x (east) and y (north) in RD New metres of a position in CRS84 degrees.

    Within `RD_AREA` it is right to about a metre.

    >>> x, y = to_rd(5.38720621, 52.15517440)
    >>> round(x), round(y)
    (155000, 463000)
    """
    x, y = _transformer().transform(longitude, latitude)
    return float(x), float(y)


def from_rd(x: float, y: float) -> tuple[float, float]:
    """Give longitude and latitude in CRS84 degrees of a position in RD New metres."""
    longitude, latitude = _transformer().transform(x, y, direction="INVERSE")
    return float(longitude), float(latitude)


@cache
def _transformer() -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_pipeline(_PIPELINE)
