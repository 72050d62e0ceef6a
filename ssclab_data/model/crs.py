"""Convert coordinates between CRS84 degrees and other reference systems; the only module that uses pyproj."""

import math
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Box

if TYPE_CHECKING:
    from pyproj import Transformer

CRS84 = "CRS84"
RD_AREA = Box(3.2, 50.7, 7.3, 53.7)
"""Where RD New is used, in CRS84 degrees."""

_WORLD = Box(-180.0, -90.0, 180.0, 90.0)
_DIGITS = 8
"""Decimals of degrees that a conversion keeps: about a millimetre, less than the datum shift is good for."""
_METRE_DIGITS = 4
_SHORT = re.compile(r"(?:EPSG:)?(\d{4,6})", re.IGNORECASE)
_LEGACY = re.compile(r"https?://www\.opengis\.net/gml/srs/epsg\.xml#(\d{4,6})", re.IGNORECASE)
_LONG = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:EPSG:[\w.]*:|https?://www\.opengis\.net/def/crs/EPSG/[\w.]+/)(\d{4,6})", re.IGNORECASE
)
_PLAIN = re.compile(
    r"(?:OGC:)?CRS:?84|urn:(?:x-)?ogc:def:crs:OGC:[\w.]*:CRS84h?|https?://www\.opengis\.net/def/crs/OGC/[\w.]+/CRS84h?",
    re.IGNORECASE,
)
_WRITTEN_OUT = {
    "28992": (
        "proj=pipeline step inv proj=sterea lat_0=52.1561605555556 lon_0=5.38763888888889 k=0.9999079 x_0=155000 "
        "y_0=463000 ellps=bessel step proj=push v_3 step proj=cart ellps=bessel step proj=helmert x=565.4171 y=50.3319 "
        "z=465.5524 rx=0.398957388243134 ry=-0.343987817378283 rz=1.87740163998045 s=4.0725 "
        "convention=coordinate_frame step inv proj=cart ellps=WGS84 step proj=pop v_3 "
        "step proj=unitconvert xy_in=rad xy_out=deg"
    )
}
"""What EPSG gives for RD New to CRS84 without a grid file, written out: what PROJ would choose depends on the machine's
files, and a position must be in the same cell everywhere."""
_COMMON = {"28992": "RD", "27700": "British National Grid"}
"""What people call a system, where that is not what the register calls it."""


def to_rd(longitude: float, latitude: float) -> tuple[float, float]:
    """Give x (east) and y (north) in RD New metres of a position in CRS84 degrees.

    Within `RD_AREA` it is right to about a metre, and the same on every machine.

    >>> x, y = to_rd(5.387204, 52.155172)
    >>> round(x), round(y)
    (155000, 463000)
    """
    x, y = _transformer("28992").transform(longitude, latitude, direction="INVERSE")
    return float(x), float(y)


def from_rd(x: float, y: float) -> tuple[float, float]:
    """Give longitude and latitude in CRS84 degrees of a position in RD New metres.

    >>> longitude, latitude = from_rd(155000, 463000)
    >>> round(longitude, 6), round(latitude, 6)
    (5.387204, 52.155172)
    """
    longitude, latitude = _transformer("28992").transform(x, y)
    return float(longitude), float(latitude)


class Crs(msgspec.Struct, frozen=True):
    """A reference system by the text that names it.

    Attributes:
        code: EPSG code as text, or `CRS84`.
        name: what people call it.
        area: where it is used, CRS84 degrees.
        authority_order: whether the text is a URN or URL, whose coordinates are in the order of the authority.
        latitude_first: whether the authority puts the latitude, or the northing, first.
    """

    code: str
    name: str
    area: Box
    authority_order: bool = False
    latitude_first: bool = False

    @property
    def label(self) -> str:
        """Its short name."""
        return CRS84 if self.code == CRS84 else f"EPSG:{self.code}"

    @property
    def plain(self) -> bool:
        """Whether its numbers are CRS84 degrees, apart from their order."""
        return self.code in (CRS84, "4326")

    def to_crs84(self, x: float, y: float) -> tuple[float, float]:
        """Convert x (east) and y (north) to longitude and latitude.

        Raises:
            ValueParseError: they lie outside the area in which the system is used; it is said where they lie inside
                it when swapped.

        >>> find_crs("EPSG:28992").to_crs84(155000, 463000)
        (5.38720351, 52.1551723)
        """
        here = self._converted(x, y)
        if here is not None:
            return here
        swapped = self._converted(y, x) is not None
        remark = f"outside the {self.name} area" + ("; inside when swapped" if swapped else "")
        raise ValueParseError(f"{x:.12g}, {y:.12g}", f"a position in {self.label} ({remark})")

    def from_crs84(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Convert longitude and latitude to x (east) and y (north).

        Raises:
            ValueParseError: they lie outside the area in which the system is used.
        """
        if not self.area.contains(longitude, latitude):
            raise ValueParseError(f"{longitude}, {latitude}", f"a position within the {self.name} area")
        if self.plain:
            return longitude, latitude
        x, y = _transformer(self.code).transform(longitude, latitude, direction="INVERSE")
        return round(x, _METRE_DIGITS), round(y, _METRE_DIGITS)

    def _converted(self, x: float, y: float) -> tuple[float, float] | None:
        """Convert; None where it lies outside the area."""
        if self.plain:
            return (x, y) if self.area.contains(x, y) else None
        longitude, latitude = _transformer(self.code).transform(x, y)
        if not (math.isfinite(longitude) and math.isfinite(latitude) and self.area.contains(longitude, latitude)):
            return None
        return round(longitude, _DIGITS), round(latitude, _DIGITS)


@lru_cache(maxsize=64)
def find_crs(text: str) -> Crs:
    """Find a reference system by `EPSG:28992`, its number, `CRS84`, or an URN or URL of EPSG or OGC.

    Raises:
        ValueParseError: it is none that is known.

    >>> find_crs("urn:ogc:def:crs:EPSG::4326").latitude_first, find_crs("EPSG:28992").latitude_first
    (True, False)
    """
    given = text.strip()
    if _PLAIN.fullmatch(given):
        return Crs(CRS84, CRS84, _WORLD, authority_order=True)
    match = _SHORT.fullmatch(given) or _LEGACY.fullmatch(given)
    long = _LONG.fullmatch(given)
    if match is not None or long is not None:
        return _described((match or long)[1], authority_order=long is not None)  # type: ignore[index]  # one is there
    raise ValueParseError(text[:80], "a reference system, as in EPSG:28992 or urn:ogc:def:crs:EPSG::4326")


def _described(code: str, *, authority_order: bool) -> Crs:
    known: Any = _pyproj_crs(code)
    area = known.area_of_use
    return Crs(
        code,
        _COMMON.get(code, known.name),
        _WORLD if area is None else Box(area.west, area.south, area.east, area.north),
        authority_order=authority_order,
        latitude_first=bool(known.axis_info) and known.axis_info[0].direction == "north",
    )


def _pyproj_crs(code: str) -> Any:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        known = CRS.from_epsg(int(code))
    except CRSError as error:
        raise ValueParseError(code, "the code of a reference system in the EPSG register") from error
    if not (known.is_geographic or known.is_projected) or len(known.axis_info) not in (0, 2):
        raise ValueParseError(f"EPSG:{code}", "a reference system of two axes")
    return known


@cache
def _transformer(code: str) -> "Transformer":
    """Make the conversion to CRS84 with the datum shift of the register; never one that leaves the shift out.

    Grids are never fetched.
    """
    from pyproj import Transformer
    from pyproj.network import set_network_enabled  # type: ignore[attr-defined]  # it is compiled

    set_network_enabled(active=False)
    if code in _WRITTEN_OUT:
        return Transformer.from_pipeline(_WRITTEN_OUT[code])
    return Transformer.from_crs(f"EPSG:{code}", "OGC:CRS84", always_xy=True, allow_ballpark=False)
