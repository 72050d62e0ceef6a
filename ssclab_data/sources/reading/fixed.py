"""Read records of lines with columns of fixed width."""

from collections.abc import Iterator
from functools import partial
from itertools import chain, pairwise

from ssclab_data.sources.declaration import Column, Form, MappingFile
from ssclab_data.sources.reading.record import Payload, Record
from ssclab_data.sources.reading.shaping import Found, Item, choose, forms_of, item_of


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Read lines, or None when the first one lacks what the form has."""
    if payload.looks_like_json or payload.looks_like_xml:
        return None
    forms = forms_of(mapping, form)
    return choose(forms, [_find(mapping, one, payload.decoded(one.encoding)) for one in forms])


def _find(mapping: MappingFile, form: Form, text: str) -> Found | None:
    lines = [line for line in text.split("\n") if line.strip() and not _is_comment(form, line)]
    head, rows = "".join(f"{line}\n" for line in lines[: form.header]), lines[form.header :]
    columns = [*form.columns, *_gaps(form)]
    items = [_item(mapping, form, columns, line=line, at=number, head=head) for number, line in enumerate(rows)]
    if items and not any(_has(form, item) for item in items):
        return None
    return Found(items)


def _is_comment(form: Form, line: str) -> bool:
    return bool(form.comment) and line.lstrip().startswith(form.comment)


def _gaps(form: Form) -> Iterator[Column]:
    """Give what no column covers, so that a text there is not passed over."""
    covered = sorted((column.start, column.end) for column in form.columns)
    reached = 0
    for (start, end), (following, _) in pairwise(chain([(0, 0)], covered, [(1 << 30, 0)])):
        reached = max(reached, end, start)
        if reached < following:
            yield Column(name=f"from character {reached}", start=reached, end=following)


def _item(mapping: MappingFile, form: Form, columns: list[Column], *, line: str, at: int, head: str) -> Item:
    own = {column.name for column in form.columns}
    cells = [(column.name, line[column.start : column.end].strip()) for column in columns]
    leaves = [(name, cell) for name, cell in cells if cell or name in own]
    return item_of(mapping, form, leaves, at=at, alone=partial(_alone, form, head, line))


def _alone(form: Form, head: str, line: str) -> bytes:
    return f"{head}{line}\n".encode(form.encoding)


def _has(form: Form, item: Item) -> bool:
    """Tell whether what the form must have is filled in."""
    return item.record is not None and all(item.record.fields.get(name) for name in form.having)
