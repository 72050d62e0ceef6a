"""Read the rows of a table as columns, where the table is plain."""

import re

import numpy as np

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading.record import Payload, Record, named
from ssclab_data.sources.reading.sheet import Sheet, Sheets
from ssclab_data.sources.reading.tables import DELIMITERS, row_record

_OTHER_BLANK = re.compile(r"[^\S \n]")

LEAST = 16
"""How many rows are worth the while."""


def read_sheets(mapping: MappingFile, form: Form, payload: Payload) -> Sheets | None:
    """Read rows as columns; None where the form, or the table, needs a look at each row by itself."""
    if payload.looks_like_json or payload.looks_like_xml or not _is_plain(form):
        return None
    delimiter = DELIMITERS.get(form.delimiter, form.delimiter)
    text = payload.decoded(form.encoding)
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace(end, "\n").removesuffix("\n")
    first, _, rows = lines.partition("\n")
    header = first.split(delimiter)
    names = [named(mapping, name) for name in header]
    if not all(header) or len(set(names)) < len(names) or not {*form.having} <= {*header}:
        return None
    count = rows.count("\n") + 1
    if (
        len(header) < 2
        or count < LEAST
        or not _is_tight(lines, delimiter)
        or not _is_even(rows, delimiter, len(header))
    ):
        return None
    cells = rows.replace("\n", delimiter).split(delimiter)
    columns = {name: cells[place :: len(names)] for place, name in enumerate(names)}
    columns |= {name: [value] * count for name, value in form.defaults.items() if name not in columns}  # type: ignore[list-item]

    def make(row: int) -> Record:
        line = delimiter.join(cells[row * len(names) : (row + 1) * len(names)])
        is_open = row == count - 1 and not text.endswith("\n")
        return row_record(mapping, form, first + end, line if is_open else line + end)

    return Sheets([Sheet(form, columns, range(count), make)])


def _is_plain(form: Form) -> bool:
    special = (form.wide, form.pair_key, form.decode, form.together, form.error, form.refused, form.only, form.comment)
    one_mark = len(DELIMITERS.get(form.delimiter, form.delimiter)) == 1 and form.delimiter.isascii()
    return not any(special) and form.header == 1 and not form.header_comment and one_mark


def _is_tight(text: str, delimiter: str) -> bool:
    """Tell whether no cell is quoted, or has blanks around it that were to be taken away."""
    if '"' in text or text[0].isspace() or text[-1].isspace():
        return False
    others = _OTHER_BLANK.search(text.replace("\t", "") if delimiter == "\t" else text)
    return others is None and not any(blank in text for blank in (f" {delimiter}", f"{delimiter} ", " \n", "\n "))


def _is_even(rows: str, delimiter: str, width: int) -> bool:
    """Tell whether each row has as many cells as the header, and none of them is without any."""
    data = np.frombuffer(f"{rows}\n".encode(), np.uint8)
    newline, mark = ord("\n"), ord(delimiter)
    marks = data[(data == newline) | (data == mark)]
    if len(marks) % width:
        return False
    by_row = marks.reshape(-1, width)
    empty = f"\n{delimiter * (width - 1)}\n"
    return bool((by_row[:, -1] == newline).all() and (by_row[:, :-1] == mark).all()) and empty not in f"\n{rows}\n"
