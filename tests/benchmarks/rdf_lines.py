"""Measure the writing of stores as RDF: how fast, and whether memory grows with the Observations."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from . import load
from .children import answer, command, own
from .data import DataSet
from .measure import Goal, Line
from .rdf_child import Told

FORMATS = {"ntriples": "N-Triples", "turtle": "Turtle", "jsonld": "JSON-LD"}
GOAL = Goal(1_000_000, "triples/s", at_least=True)
STEADY = Goal(1.25, "times", at_least=False)
"""How much more memory ten times the Observations may take."""


def lines(folder: Path, *, scale: float) -> Iterator[Line]:
    """Measure each format on a store, and on one with a tenth of its Observations."""
    small, large = (_store(folder, part) for part in (scale / 10, scale))
    for format_, name in FORMATS.items():
        few, many = _told(small, format_), _told(large, format_)
        rate = many.triples / many.seconds
        text = f"{rate:,.0f} triples/s, {many.size / many.seconds / 1e6:,.0f} MB/s, {many.triples:,} triples"
        yield Line(f"{name}, the whole store", text, GOAL, rate)
        grown = many.memory / few.memory
        text = f"{few.memory / 1e6:.0f} MB of a tenth of the Observations, {many.memory / 1e6:.0f} MB of all"
        yield Line(f"{name}, most memory of the process", text, STEADY, grown)


def _store(folder: Path, scale: float) -> Path:
    data = DataSet.of("mixed", scale)
    file = folder / f"{data.name}-{data.rows}.db"
    if load.found(file) is None:
        load.loaded(data, file)
    return file


def _told(file: Path, format_: str) -> Told:
    return msgspec.json.decode(answer(command(own("rdf_child"), str(file), format_)), type=Told)
