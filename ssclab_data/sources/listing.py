"""Read tables that a lab keeps by hand: CSV with a header line, or YAML, as numbered lines of text."""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from ssclab_data.errors import SourceError

_LONGEST_HEADER = 10_000


class Line(msgspec.Struct, frozen=True):
    """One row of a table.

    Attributes:
        number: line of the file it begins at, from 1.
        fields: texts by the name of their column, without blanks around them.
    """

    number: int
    fields: Mapping[str, str]


@lru_cache(maxsize=32)
def read_lines(content: bytes, name: str) -> Sequence[Line]:
    r"""Read a table: YAML where it begins with `-`, else CSV; its separator is the one that the header has.

    Args:
        name: of the table, for messages.

    Raises:
        SourceError: it is not UTF-8, has no header, names a column twice, or a row has more cells than the header.

    >>> read_lines(b"device;name\n23;Markt\n", "registry")
    (Line(number=2, fields={'device': '23', 'name': 'Markt'}),)
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(name, f"it is not UTF-8 (byte {error.start})") from error
    plain = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if plain and plain[0].startswith("-"):
        return _yaml_lines(text, name)
    return _csv_lines(text, name)


def _csv_lines(text: str, name: str) -> Sequence[Line]:
    first = text.partition("\n")[0][:_LONGEST_HEADER]
    separator = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] = []
    lines = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(cells, name)
            else:
                lines.append(Line(reader.line_num, _row(header, cells, f"{name}, line {reader.line_num}")))
    except csv.Error as error:
        raise _wrong(f"{name}, line {reader.line_num}", str(error)) from error
    if not header:
        raise _wrong(name, "it is empty; the first line names the columns")
    return tuple(lines)


def _header(cells: Sequence[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    twice = {cell for cell in header if cell and header.count(cell) > 1}
    if twice:
        raise _wrong(name, f"its header has {', '.join(sorted(twice))} more than once")
    return header


def _row(header: Sequence[str], cells: Sequence[str], name: str) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(header) :]):
        raise _wrong(name, f"it has {len(cells)} cells, and the header {len(header)}")
    return {column: cell.strip() for column, cell in zip(header, cells, strict=False) if column}


def _yaml_lines(text: str, name: str) -> Sequence[Line]:
    import yaml

    try:
        document, node = yaml.safe_load(text), yaml.compose(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _wrong(f"{name}, line {line}", str(error.problem)) from error
    if not isinstance(document, list) or not isinstance(node, yaml.SequenceNode):
        raise _wrong(name, "it is no list of rows")
    return tuple(
        _yaml_line(row, part.start_mark.line + 1, name) for row, part in zip(document, node.value, strict=True)
    )


def _yaml_line(row: object, number: int, name: str) -> Line:
    if not isinstance(row, dict):
        raise _wrong(f"{name}, line {number}", "a row is a list of `column: value`")
    return Line(number, {str(column): _cell(value) for column, value in row.items()})


def _cell(value: Any) -> str:
    """Write a value as the table would have it; lists are joined by `|`, times keep their zone."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(map(_cell, value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value).strip()


def _wrong(where: str, reason: str) -> SourceError:
    return SourceError(f"{where}: {reason}", source="table", where=where)
