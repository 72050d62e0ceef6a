"""Divide the ground into cells, and choose the position that is published in each."""

import math

import msgspec

from ssclab_data.model.crs import RD_AREA, from_rd, to_rd
from ssclab_data.model.lab import Policy
from ssclab_data.model.values import Box

SIZES = {Policy.GRID100: 100, Policy.GRID250: 250, Policy.GRID1000: 1000}
"""Metres of a side, by policy."""

_EDGE = 0.02
"""So much of a side stays free at each edge: rounding never moves a position out of its cell."""
_DECIMALS = 6
_LARGEST = max(SIZES.values())
"""A square of this size is in RD New as a whole or not at all, so that no cell of RD New is cut."""
_NEAR = Box(RD_AREA.west - 0.1, RD_AREA.south - 0.1, RD_AREA.east + 0.1, RD_AREA.north + 0.1)
_METRES_PER_DEGREE = 111_320.0
_RD = "rd"
_LONLAT = "lonlat"


class Cell(msgspec.Struct, frozen=True):
    """A square of the ground.

    Attributes:
        grid: `rd` in RD New metres; `lonlat` elsewhere, in bands of latitude whose cells are as wide as they are high.
        size: metres of a side.
        column: number from west to east.
        row: number from south to north.
    """

    grid: str
    size: int
    column: int
    row: int

    @property
    def name(self) -> str:
        """Its name: `rd250:620:1852` is the cell whose south-west corner is at (155000, 463000) in RD New."""
        return f"{self.grid}{self.size}:{self.column}:{self.row}"

    @property
    def diagonal(self) -> int:
        """Metres between the two corners that are farthest from one another, rounded up."""
        return math.ceil(self.size * math.sqrt(2))

    def position(self, fractions: tuple[float, float]) -> tuple[float, float]:
        """Give longitude and latitude, CRS84 degrees, of a position inside the cell.

        Args:
            fractions: how far it is from west to east and from south to north, 0 up to 1.
        """
        east, north = (_EDGE + (1 - 2 * _EDGE) * fraction for fraction in fractions)
        x, y = (self.column + east) * self.size, (self.row + north) * self.size
        if self.grid == _RD:
            longitude, latitude = from_rd(x, y)
        else:
            longitude, latitude = x / _width(self.row, self.size), y / _METRES_PER_DEGREE
        return round(longitude, _DECIMALS), round(latitude, _DECIMALS)


def cell_of(longitude: float, latitude: float, size: int) -> Cell:
    """Give the cell that a position in CRS84 degrees is in.

    >>> cell_of(5.387207, 52.155174, 250).name
    'rd250:620:1852'
    """
    if _NEAR.contains(longitude, latitude):
        x, y = to_rd(longitude, latitude)
        if RD_AREA.contains(*from_rd(*(math.floor(at / _LARGEST) * _LARGEST + _LARGEST / 2 for at in (x, y)))):
            return rd_cell(x, y, size)
    row = math.floor(latitude * _METRES_PER_DEGREE / size)
    return Cell(_LONLAT, size, math.floor(longitude * _width(row, size) / size), row)


def rd_cell(x: float, y: float, size: int) -> Cell:
    """Give the cell that a position in RD New metres is in."""
    return Cell(_RD, size, math.floor(x / size), math.floor(y / size))


def _width(row: int, size: int) -> float:
    """Give the metres of a degree of longitude in the middle of a band."""
    return max(1.0, _METRES_PER_DEGREE * math.cos(math.radians((row + 0.5) * size / _METRES_PER_DEGREE)))
