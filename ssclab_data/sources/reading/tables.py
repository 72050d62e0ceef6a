"""Read records of separated columns."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile, Wide
from ssclab_data.sources.reading import text as texts
from ssclab_data.sources.reading.record import Payload, Record
from ssclab_data.sources.reading.shaping import Found, Item, choose, forms_of, item_of

DELIMITERS = {"tab": "\t"}
"""Delimiters by the word that forms use for them."""

BLANKS = "blanks"
"""Word for one or more blanks."""

_LEAD = 100
"""The most lines that can stand before a header."""

type Row = tuple[Sequence[str], str]
type Rows = Iterator[Row]


class Columns(msgspec.Struct, frozen=True):
    """The columns of a table.

    Attributes:
        names: trimmed; "" for a column without a name.
        head: the text before the first row.
        units: unit by name.
    """

    names: tuple[str, ...]
    head: str
    units: dict[str, str]


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Read a table, or None when its header lacks what the form has."""
    if payload.looks_like_json or payload.looks_like_xml:
        return None
    forms = forms_of(mapping, form)
    return choose(forms, [_find(mapping, one, payload.decoded(one.encoding)) for one in forms])


def row_record(mapping: MappingFile, form: Form, header: str, row: str) -> Record:
    """Make the record of one row, as a line without quotes, under its header line."""
    delimiter = DELIMITERS.get(form.delimiter, form.delimiter)
    names, cells = (line.rstrip("\r\n").split(delimiter) for line in (header, row))
    layout = _Layout(mapping, form, Columns(_unique(names), header, {}))
    return next(layout.items((cells, row), 0)).settled


def _find(mapping: MappingFile, form: Form, text: str) -> Found | None:
    """Find the rows of a form.

    Raises:
        ReadError: it is of the form, but its quoting is broken or its header names a column twice.
    """
    lines = _Lines(text, form.comment)
    rows = _rows(form, lines)
    try:
        first = next(rows, None)
        columns = _columns(form, lines, first, rows)
        if columns is None:
            return None
        if first is not None and (form.header_comment or not form.header):
            rows = chain((first,), rows)
        layout = _Layout(mapping, form, columns)
        return Found([item for number, row in enumerate(rows) for item in layout.items(row, number)])
    except csv.Error as error:
        raise texts.ReadError(f"it is not a table: {error} (line {lines.number})") from error


class _Lines:
    """The lines of a table, without comments; a line inside quotes is none.

    Attributes:
        number: of the last line that was given, from 1.
        comment: the last comment that says something.
    """

    def __init__(self, text: str, comment: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._mark = comment
        self._taken: list[str] = []
        self._between = True
        self.number = 0
        self.comment = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            if self._between and self._mark and line.lstrip().startswith(self._mark):
                said = line.strip()[len(self._mark) :].strip()
                self.comment = line if said else self.comment
                continue
            self._between = False
            self._taken.append(line)
            yield line

    def take(self) -> str:
        """Give the lines since the last look; the next one begins a row."""
        taken, self._taken, self._between = "".join(self._taken), [], True
        return taken


def _rows(form: Form, lines: _Lines) -> Rows:
    """Give the cells of each row that has any, trimmed, with its text."""
    split = (line.split() for line in lines) if form.delimiter == BLANKS else _reader(form, lines)
    for row in split:
        raw = lines.take()
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield cells, raw


def _reader(form: Form, lines: Iterable[str]) -> Iterator[list[str]]:
    delimiter = DELIMITERS.get(form.delimiter, form.delimiter)
    return csv.reader(iter(lines), delimiter=delimiter, skipinitialspace=delimiter not in " \t", strict=True)


def _columns(form: Form, lines: _Lines, first: Row | None, rows: Rows) -> Columns | None:
    """Read what stands before the rows; None where it is of another form."""
    if form.header_comment:
        return _in_comment(form, lines.comment)
    if form.header:
        return None if first is None else _in_lines(form, first, rows)
    names = tuple(column.name for column in form.columns)
    return Columns(names, "", {}) if first is not None and _fits(form, names, first[0]) else None


def _in_lines(form: Form, first: Row, rows: Rows) -> Columns | None:
    cells, head = first
    if form.lead:
        cells, head = next((row for row in islice(chain((first,), rows), _LEAD) if _has_all(form, row[0])), first)
    if not _has_all(form, cells):
        return None
    names, units = _unique(_owned(form, cells)), cells[:0]
    for number in range(2, form.header + 1):
        cells, raw = next(rows, (cells[:0], ""))
        head += raw
        units = cells if number == form.header_units else units
    return Columns(names, head, {name: unit for name, unit in zip(names, units, strict=False) if name and unit})


def _in_comment(form: Form, line: str) -> Columns | None:
    """Read names that stand in a comment."""
    said = line.strip().removeprefix(form.comment)
    row = said.split() if form.delimiter == BLANKS else next(_reader(form, [said]), [])
    names = [name.strip() for name in row]
    return Columns(_unique(names), line, {}) if _has_all(form, names) else None


def _has_all(form: Form, names: Sequence[str]) -> bool:
    made = (form.wide.key, form.wide.value, *form.wide.beside) if form.wide else ()
    return {*form.having} - {*made, *form.defaults} <= {*names}


def _fits(form: Form, names: Sequence[str], cells: Sequence[str]) -> bool:
    """Tell whether a row can be of a table whose form names its columns."""
    filled = {name for name, cell in zip(names, cells, strict=False) if cell}
    return {*form.having} <= filled and not any(cells[len(names) :]) and (len(cells) > 1 or len(names) == 1)


def _owned(form: Form, names: Sequence[str]) -> list[str]:
    """Name columns that belong to the one before them after it."""
    owned, owner = [], ""
    for name in names:
        owner = owner if name in form.belonging else name
        owned.append(name if name is owner or not owner else f"{owner}.{name}")
    return owned


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    twice = texts.first_twice([name for name in names if name])
    if twice is not None:
        raise texts.ReadError(f"its header names the column {twice!r} twice")
    return tuple(names)


class _Layout:
    """Where the cells of a row belong."""

    def __init__(self, mapping: MappingFile, form: Form, columns: Columns) -> None:
        self.mapping, self.form, self.columns = mapping, form, columns
        self.units = tuple((f"{name}.unit", unit) for name, unit in columns.units.items())
        self.names = tuple(name or f"column {number + 1}" for number, name in enumerate(columns.names))
        self.groups = dict(_groups(form.wide, columns.names)) if form.wide else {}
        wide = {number for group in self.groups.values() for number in group.values()}
        self.shared = tuple(number for number in range(len(self.names)) if number not in wide)

    def items(self, row: Row, number: int) -> Iterator[Item]:
        """Give the record of a row, or those that stand beside one another in it."""
        cells, raw = row
        if not self.groups:
            alone = partial(_encoded, self.form, self.columns.head, raw)
            yield item_of(self.mapping, self.form, self._leaves(cells), at=number, alone=alone)
            return
        shared = [*self._leaves(cells)]
        for text, group in self.groups.items():
            here = [(name, cells[at] if at < len(cells) else "") for name, at in group.items()]
            alone = partial(self._alone, cells, group)
            leaves = [*shared, (self.key, text), *here]
            yield item_of(self.mapping, self.form, leaves, at=hash((number, text)), alone=alone)

    @property
    def key(self) -> str:
        """Field of what tells the records of one row apart."""
        return self.form.wide.key if self.form.wide else ""

    def _leaves(self, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        for at in self.shared:
            cell = cells[at] if at < len(cells) else ""
            if cell or self.columns.names[at]:
                yield self.names[at], cell
        for at in range(len(self.names), len(cells)):
            if cells[at]:
                yield f"column {at + 1}", cells[at]
        yield from self.units

    def _alone(self, cells: Sequence[str], group: dict[str, int]) -> bytes:
        """Write a table with one row, and of it the columns of one record."""
        wanted = sorted({*self.shared, *group.values(), *range(len(self.names), len(cells))})
        head = self.columns.head
        if self.form.header_comment:
            head = f"{self.form.comment} {_written(self.form, [self._cut(self.columns.names, wanted)])}"
        else:
            heads = _rows(self.form, _Lines(head, ""))
            head = _written(self.form, [self._cut(names, wanted) for names, _ in heads])
        return _encoded(self.form, head, _written(self.form, [self._cut(cells, wanted)]))

    def _cut(self, cells: Sequence[str], wanted: Sequence[int]) -> list[str]:
        return [cells[at] if at < len(cells) else "" for at in wanted]


def _groups(wide: Wide, names: Sequence[str]) -> Iterator[tuple[str, dict[str, int]]]:
    """Give the columns of each record of a row, by the field that gets the cell."""
    for number, name in enumerate(names):
        match = re.fullmatch(wide.columns, name)
        if match:
            beside = {field: form.replace("{}", match[1]) for field, form in wide.beside.items()}
            others = {field: names.index(other) for field, other in beside.items() if other in names}
            yield match[1], {wide.value: number, **others}


def _written(form: Form, rows: Iterable[Sequence[str]]) -> str:
    if form.delimiter == BLANKS:
        return "".join(" ".join(row) + "\n" for row in rows)
    out = io.StringIO(newline="")
    delimiter = DELIMITERS.get(form.delimiter, form.delimiter)
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _encoded(form: Form, head: str, row: str) -> bytes:
    gap = "" if not head or head.endswith(("\n", "\r")) else "\n"
    return f"{head}{gap}{row}".encode(form.encoding)
