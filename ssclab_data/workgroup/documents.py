"""Read one file of an information model: its text, and what it says where it parses."""

import csv
import re
from collections.abc import Iterator
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.linked_data.graphs import TURTLE, read_graph
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.places import Places, find_places

if TYPE_CHECKING:
    from rdflib import Graph

_LINE = re.compile(r"\bline:? ?(\d+)")
_MARK = "\ufeff"


class Document:
    """A file that was read once; what cannot be read of it is a fault, and then it has no content.

    Attributes:
        name: path inside the module (`examples/ok/street.ttl`).
        file: path for people.
        text: what it holds, "" when it is no UTF-8.
        faults: what is wrong with its encoding.
    """

    def __init__(self, name: str, path: Traversable) -> None:
        self.name = name
        self.file = str(path)
        content = path.read_bytes()
        try:
            self.text = content.decode("utf-8")
            reason, line = ("it begins with a byte order mark", 1) if self.text.startswith(_MARK) else ("", 1)
        except UnicodeDecodeError as error:
            self.text = ""
            reason = f"byte {content[error.start]:#04x} cannot be read"
            line = content[: error.start].count(b"\n") + 1
        self.faults = (fault("file-encoding", (self.file, line), reason=reason),) if reason else ()

    def at(self, line: int) -> tuple[str, int]:
        """Give a place in it."""
        return self.file, line

    @cached_property
    def places(self) -> Places:
        """Where its terms stand; of a Turtle or SPARQL text."""
        return find_places(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, without their ends."""
        return self.text.splitlines()

    def line_of(self, text: str) -> int:
        """Give the first line that has a text, else 1."""
        return next((number for number, line in enumerate(self.lines, 1) if text in line), 1)


class Turtle(Document):
    """A Turtle file."""

    @cached_property
    def read(self) -> "tuple[Graph | None, tuple[Fault, ...]]":
        """Its statements, or why there are none."""
        if self.faults:
            return None, ()
        try:
            return read_graph(self.text.encode(), TURTLE, where=self.name), ()
        except SourceError as error:
            return None, (fault("file-syntax", self.at(line_in(str(error))), kind="Turtle", reason=reason_of(error)),)

    @property
    def graph(self) -> "Graph | None":
        """Its statements; None when it does not parse."""
        return self.read[0]


class Row(msgspec.Struct, frozen=True):
    """One row of a table and the line it begins on."""

    line: int
    cells: list[str]


class Table(Document):
    """A file with separated cells: by tabs in a `.tsv`, by semicolons in `requirements.csv`, else by commas."""

    @cached_property
    def rows(self) -> list[Row]:
        """Its rows, the first line included; blank lines are left out.

        Raises:
            csv.Error: it is no table; `syntax` tells it as a fault.
        """
        return list(self._rows())

    def _rows(self) -> Iterator[Row]:
        text = self.text.removeprefix(_MARK)
        delimiter = "\t" if self.name.endswith(".tsv") else ";" if self.name == "requirements.csv" else ","
        reader = csv.reader(text.splitlines(keepends=True), strict=True, delimiter=delimiter)
        begin = 1
        for cells in reader:
            if cells:
                yield Row(begin, cells)
            begin = reader.line_num + 1

    def syntax(self) -> Iterator[Fault]:
        """Tell why it is no table."""
        yield from self.faults
        try:
            if not self.faults and not self.rows:
                yield fault("file-syntax", self.at(1), kind="CSV", reason="it is empty")
        except csv.Error as error:
            yield fault("file-syntax", self.at(max(1, len(self.lines))), kind="CSV", reason=error)

    @property
    def is_table(self) -> bool:
        """Whether it can be read."""
        return next(self.syntax(), None) is None

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Give line and cells by column of each row after the first that has as many cells as it."""
        head, *rows = self.rows
        for row in rows:
            if len(row.cells) == len(head.cells):
                yield row.line, dict(zip(head.cells, row.cells, strict=True))


def json_of(document: Document) -> tuple[Any, tuple[Fault, ...]]:
    """Read a JSON file.

    Returns:
        Its value, or None and the fault.
    """
    try:
        return msgspec.json.decode(document.text), ()
    except msgspec.DecodeError as error:
        offset = int(found[1]) if (found := re.search(r"byte (\d+)", str(error))) else 0
        line = document.text.encode()[:offset].count(b"\n") + 1
        return None, (fault("file-syntax", document.at(line), kind="JSON", reason=error),)


def line_in(message: str) -> int:
    """Find the line that a parser names, else 1."""
    found = _LINE.search(message)
    return int(found[1]) if found else 1


def reason_of(error: Exception) -> str:
    """Give what a parser of rdflib says, without the piece of text that it adds over several lines."""
    found = re.search(r"Bad syntax \((.*?)\) at \^", str(error), re.DOTALL)
    return " ".join((found[1] if found else str(error).splitlines()[0]).split())
