"""Read the rows of a table as columns, where the table is plain."""

import csv
import io
import re

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading.record import Payload, Record, named
from ssclab_data.sources.reading.sheet import Sheet, Sheets
from ssclab_data.sources.reading.tables import DELIMITERS, row_record

_OTHER_BLANK = re.compile(r"[^\S \r\n]")

LEAST = 16
"""How many rows are worth the while."""


def read_sheets(mapping: MappingFile, form: Form, payload: Payload) -> Sheets | None:
    """Read rows as columns; None where the form, or the table, needs a look at each row by itself."""
    if payload.looks_like_json or payload.looks_like_xml or not _is_plain(form):
        return None
    text = payload.decoded(form.encoding)
    delimiter = DELIMITERS.get(form.delimiter, form.delimiter)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except csv.Error:
        return None
    if len(rows) <= LEAST or len(set(map(len, rows))) > 1 or not _is_tight(text, delimiter):
        return None
    header, *rows = rows
    names = [named(mapping, name) for name in header]
    if not all(header) or len(set(names)) < len(names) or not {*form.having} <= {*header}:
        return None
    if any(not any(row) for row in rows):
        return None
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns.update((name, [value] * len(rows)) for name, value in form.defaults.items() if name not in columns)

    def make(row: int) -> Record:
        return row_record(mapping, form, header, rows[row])

    return Sheets([Sheet(form, columns, range(len(rows)), make)])


def _is_plain(form: Form) -> bool:
    special = (form.wide, form.pair_key, form.decode, form.together, form.error, form.refused, form.only, form.comment)
    return not any(special) and form.header == 1 and not form.header_comment and form.delimiter != "blanks"


def _is_tight(text: str, delimiter: str) -> bool:
    """Tell whether no cell has blanks around it, so that none need be taken away."""
    if '"' in text or text[0].isspace() or (text[-1] not in "\n" and text[-1].isspace()):
        return False
    others = _OTHER_BLANK.search(text.replace("\t", "") if delimiter == "\t" else text)
    return others is None and not any(
        blank in text for blank in (f" {delimiter}", f"{delimiter} ", " \n", " \r", "\n ")
    )
