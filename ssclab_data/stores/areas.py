"""Keep the boxes of geometries in R-trees, and tell which box a spatial condition cannot be true outside of."""

import sqlite3
from collections.abc import Iterator

import msgspec

from ssclab_data.model.entity import Kind
from ssclab_data.model.geometry import RELATIONS, box_of_wkt
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.model.values import Box
from ssclab_data.query import ast
from ssclab_data.query.calls import is_number
from ssclab_data.stores.packing import clipped

_NEEDS_TOUCH = frozenset(RELATIONS) - {"st_disjoint"}
_ROUNDING = 1e-9


class Area(msgspec.Struct, frozen=True):
    """The R-tree of one geometry property of a descriptive entity type.

    Attributes:
        table: of the boxes; a row is there for each geometry that spatial functions take.
        of: table of the entities.
        column: of the geometries.
    """

    table: str
    of: str
    column: str


class Region(msgspec.Struct, frozen=True):
    """Where a condition may be true.

    Attributes:
        path: leads to the geometry whose box must overlap.
    """

    path: ast.Path
    box: Box

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """East, west, north and south, as `OVERLAPS` takes them."""
        return clipped(self.box.east), clipped(self.box.west), clipped(self.box.north), clipped(self.box.south)


OVERLAPS = "west <= ? AND east >= ? AND south <= ? AND north >= ?"
"""Condition on the row of a box."""


def areas(tables: dict[str, str]) -> Iterator[Area]:
    """Give the R-trees.

    Args:
        tables: names of the tables by entity type.
    """
    for name, table in tables.items():
        for part in ENTITY_TYPES[name].properties:
            if part.kind is Kind.GEOMETRY:
                yield Area(f"{table}_area", table, part.field)


def statements(area: Area) -> Iterator[str]:
    """Give the statements that make an R-tree and keep it up to date; those of one that is there do nothing."""
    yield f"CREATE VIRTUAL TABLE IF NOT EXISTS {area.table} USING rtree (id, west, east, south, north)"
    trigger, column = f"CREATE TRIGGER IF NOT EXISTS {area.table}", area.column
    insert = _insert(area, f"SELECT NEW.id AS id, ssc_box(NEW.{column}) AS box LIMIT 1")
    delete = f"DELETE FROM {area.table} WHERE id = OLD.id"
    yield f"{trigger}_insert AFTER INSERT ON {area.of} WHEN NEW.{column} IS NOT NULL BEGIN {insert}; END"
    yield (
        f"{trigger}_update AFTER UPDATE OF {column} ON {area.of} WHEN OLD.{column} IS NOT NEW.{column} "
        f"BEGIN {delete}; {insert}; END"
    )
    yield f"{trigger}_delete AFTER DELETE ON {area.of} BEGIN {delete}; END"


def complete(connection: sqlite3.Connection, area: Area) -> None:
    """Make an R-tree of what is there already, in a transaction that the caller holds."""
    known = "SELECT 1 FROM sqlite_master WHERE name = ?"
    if connection.execute(known, (area.table,)).fetchone() is not None:
        return
    for statement in statements(area):
        connection.execute(statement)
    connection.execute(_insert(area, f"SELECT id, ssc_box({area.column}) AS box FROM {area.of} LIMIT -1"))


def region_of(expr: ast.Expr) -> Region | None:
    """Tell outside of which box a condition is false for every geometry; None where there is no such box."""
    match expr:
        case ast.Call(name, (ast.Path() as path, ast.Literal(ast.WKT(text)))) if name in _NEEDS_TOUCH:
            return _region(path, text, 0)
        case ast.Call(name, (ast.Literal(ast.WKT(text)), ast.Path() as path)) if name in _NEEDS_TOUCH:
            return _region(path, text, 0)
        case ast.Compare("lt" | "le", ast.Call("geo.distance", args), ast.Literal(int() | float() as most)):
            return _near(args, most)
    return None


def _near(args: tuple[ast.Expr, ...], most: float) -> Region | None:
    match args:
        case (ast.Path() as path, ast.Literal(ast.WKT(text))) | (ast.Literal(ast.WKT(text)), ast.Path() as path):
            return _region(path, text, most) if is_number(most) and most >= 0 else None
    return None


def _region(path: ast.Path, text: str, margin: float) -> Region | None:
    box = box_of_wkt(text)
    if box is None:
        return None
    # Distances are rounded; a box that is a little too large prunes as well.
    wide = margin * (1 + _ROUNDING) + (
        _ROUNDING * max(map(abs, (box.west, box.south, box.east, box.north))) if margin else 0
    )
    return Region(path, Box(box.west - wide, box.south - wide, box.east + wide, box.north + wide))


def _insert(area: Area, boxes: str) -> str:
    edges = ", ".join(f"json_extract(box, '$[{place}]')" for place in (0, 2, 1, 3))
    return f"INSERT INTO {area.table} SELECT id, {edges} FROM ({boxes}) WHERE box IS NOT NULL"
