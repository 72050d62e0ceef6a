"""Read records of separated columns."""

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text as texts
from ssclab_data.sources.reading.record import Fields, Payload, Record, named


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Read a table, or None when its header lacks what the form has."""
    if payload.looks_like_json:
        return None
    text = payload.text
    if not set(form.having) <= set(text.splitlines()[0].lstrip("\ufeff").split(form.delimiter)):
        return None
    table = texts.parse_table(text, form.delimiter)
    records = []
    for row in table.rows:
        cells = [*row, *[""] * (len(table.header) - len(row))]
        fields: Fields = {named(mapping, name): cell for name, cell in zip(table.header, cells, strict=False)}
        fields.update((f"column {number + 1}", cell) for number, cell in enumerate(row) if number >= len(table.header))
        records.append(Record(0, form, fields, texts.write_table(table.header, row, form.delimiter)))
    return records
