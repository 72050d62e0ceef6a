"""Check code lists: one row per code, labels in both languages, no empty or untidy cell."""

import re
from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable

from ssclab_data.workgroup.documents import Row, Table
from ssclab_data.workgroup.faults import Fault, fault

_IRI_COLUMNS = ("definition", "eu", "exact_match", "close_match")
_LABELS = (("label_nl", "label_en"), ("name_nl", "name_en"), ("name",))
_IRI = re.compile(r'https?://[^\s<>"{}|\\^`]+')
_INVISIBLE = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u00a0\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff\ufffd]")


def check_list(path: Traversable) -> Iterator[Fault]:
    """Look at one code list."""
    table = Table(path.name, path)
    if not table.is_table:
        yield from table.syntax()
        return
    head, *rows = table.rows
    columns = head.cells
    if not any(set(names) <= set(columns) for names in _LABELS):
        yield fault("list-columns", table.at(head.line), columns="label_nl, label_en")
    if not rows:
        yield fault("folder-empty", table.at(head.line), name=path.name, pattern="row")
    first: dict[str, int] = {}
    for row in rows:
        if len(row.cells) != len(columns):
            yield fault("list-width", table.at(row.line), found=len(row.cells), expected=len(columns))
            continue
        code = row.cells[0]
        if code and code in first:
            yield fault("list-code-twice", table.at(row.line), code=code, first=first[code])
        first.setdefault(code, row.line)
        yield from _cells(table, columns, row)


def _cells(table: Table, columns: Sequence[str], row: Row) -> Iterator[Fault]:
    code = row.cells[0]
    cells = dict(zip(columns, row.cells, strict=True))
    for column, cell in cells.items():
        place = table.at(row.line)
        if not cell.strip():
            if _is_needed(column, columns, cells):
                yield fault("list-cell-empty", place, code=code, column=column)
        elif cell != cell.strip() or _INVISIBLE.search(cell):
            expected = _INVISIBLE.sub("", cell.replace("\u00a0", " ")).strip()
            yield fault("list-cell-spaces", place, code=code, column=column, expected=expected)
        elif column in _IRI_COLUMNS and not all(_IRI.fullmatch(part) for part in cell.split("|")):
            yield fault("list-iri", place, code=code, column=column, value=cell)


def _is_needed(column: str, columns: Sequence[str], cells: dict[str, str]) -> bool:
    """Tell whether a cell must be filled: the code, the labels, and a definition where the other language has one."""
    if column == columns[0] or any(column in names for names in _LABELS):
        return True
    other = {"definition_nl": "definition_en", "definition_en": "definition_nl"}.get(column)
    return other is not None and bool(cells.get(other, "").strip())
