"""Choose, for a home, a cell that so many addresses share that nobody can tell which one it is."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.model.lab import Policy
from ssclab_data.publishing.cells import SIZES, Cell, cell_of, rd_cell

COLUMNS = ("x", "y", "addresses")


class Addresses(msgspec.Struct, frozen=True):
    """Where addresses are.

    Attributes:
        points: x and y in RD New metres, and how many addresses are there.
    """

    points: tuple[tuple[float, float, int], ...]


class Crowd(msgspec.Struct, frozen=True):
    """The cells that may be published for a home, by their size in metres, ascending.

    A home is in the smallest cell that is crowded. That it is not in a smaller one tells that it is at one of the
    addresses whose smaller cell is not crowded; so for the larger cell only these count.
    """

    crowded: dict[int, frozenset[Cell]]

    @classmethod
    def of(cls, addresses: Addresses, policy: Policy, minimum: int) -> "Crowd":
        """Find the crowded cells.

        Args:
            policy: the least strict one that is allowed.
            minimum: so many addresses a cell must hold.
        """
        left = addresses.points
        crowded: dict[int, frozenset[Cell]] = {}
        for size in sizes_from(policy):
            counts: Counter[Cell] = Counter()
            for x, y, number in left:
                counts[rd_cell(x, y, size)] += number
            enough = frozenset(cell for cell, number in counts.items() if number >= minimum)
            crowded[size] = enough
            left = tuple(point for point in left if rd_cell(*point[:2], size) not in enough)
        return cls(crowded)

    def cell(self, longitude: float, latitude: float) -> Cell | None:
        """Give the smallest crowded cell that a position is in; None where only the municipality is large enough."""
        for size, cells in self.crowded.items():
            cell = cell_of(longitude, latitude, size)
            if cell in cells:
                return cell
        return None


def sizes_from(policy: Policy) -> Sequence[int]:
    """Give the sizes of cells that are at least as strict as a policy, ascending."""
    return [size for name, size in SIZES.items() if size >= SIZES.get(policy, 0)]


def read_addresses(file: Path) -> Addresses:
    """Read a table of addresses: `x,y,addresses`, RD New metres.

    Raises:
        SettingsError: it cannot be read; the message has the line.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise SettingsError(f"{file}: the columns must be {','.join(COLUMNS)}")
            return Addresses(tuple(_point(row, f"{file}:{rows.line_num}") for row in rows))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {file}: {error}") from error


def _point(row: dict[str, str], where: str) -> tuple[float, float, int]:
    try:
        x, y, number = float(row["x"]), float(row["y"]), int(row["addresses"])
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{where}: give x and y in metres and a whole number of addresses") from error
    if not (0 <= x <= 300_000 and 300_000 <= y <= 625_000 and number >= 0):
        raise SettingsError(f"{where}: {x:g}, {y:g} is not in the area of RD New, or {number} is below 0")
    return x, y, number
