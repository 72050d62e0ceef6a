"""Part a payload into records of flat fields, by the form that a mapping declares for it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.sources import readers
from ssclab_data.sources.declaration import Form, MappingFile

type Fields = dict[str, Any]


class Record(msgspec.Struct, frozen=True):
    """One record.

    Attributes:
        fields: values by name; those inside objects have the names joined by a dot.
        repeated: names that the record gives more than once.
        payload: a payload that holds this record alone.
    """

    number: int
    form: Form
    fields: Fields
    payload: bytes
    repeated: tuple[str, ...] = ()


def records_of(mapping: MappingFile, payload: bytes, where: str) -> list[Record]:
    """Part a payload.

    Raises:
        SourceError: it cannot be read, or has none of the mapping's forms.
    """
    try:
        text = readers.unpack(payload)
        found = list(_parted(mapping, text))
    except readers.ReadError as error:
        raise SourceError(str(error), source=mapping.source, where=where) from error
    if not found:
        forms = ", ".join(form.name for form in mapping.forms)
        raise SourceError(
            f"this is no payload of {mapping.source}; its forms are {forms}", source=mapping.source, where=where
        )
    records = [record for part in found for record in part]
    return [msgspec.structs.replace(record, number=number) for number, record in enumerate(records)]


def _parted(mapping: MappingFile, text: str) -> Iterator[list[Record]]:
    """Give the records of each document that has a form; a document without one is refused."""
    if readers.looks_like_json(text):
        for document in readers.parse_json(text):
            records = next(filter(lambda found: found is not None, _json_forms(mapping, document)), None)
            if records is None:
                return
            yield records
        return
    for form in mapping.forms:
        records = _table(mapping, form, text) if form.reader == "table" else None
        if form.reader == "lines":
            records = _lines(mapping, form, text)
        if records is not None:
            yield records
            return


def _json_forms(mapping: MappingFile, document: Any) -> Iterator[list[Record] | None]:
    for form in mapping.forms:
        if form.reader == "json":
            yield _json(mapping, form, document)


def _json(mapping: MappingFile, form: Form, document: Any) -> list[Record] | None:
    """Take a document apart, or None when it has another form."""
    inner = document
    if form.records:
        if not isinstance(document, dict) or form.records not in document:
            return None
        inner = document[form.records]
    items = inner if isinstance(inner, list) else [inner]
    kept = {name: document[name] for name in form.keep if isinstance(document, dict) and name in document}
    records: list[Record] = []
    for item in items:
        if not isinstance(item, dict):
            return None
        fields = {**kept, **_flat(mapping, form, item)}
        if not records and not _fits(form, item, fields):
            return None
        alone = {**kept, form.records: [item]} if form.records else item
        records.append(Record(0, form, fields, msgspec.json.encode(alone), _repeated(form, item)))
    return records


def _repeated(form: Form, item: Fields) -> tuple[str, ...]:
    pairs = item.get(form.pairs) if form.pairs else None
    names = Counter(_pair(form, pair)[0] for pair in pairs if isinstance(pair, dict)) if isinstance(pairs, list) else {}
    return tuple(name for name, times in names.items() if times > 1)


def _fits(form: Form, item: Fields, fields: Fields) -> bool:
    flat = {name for name, _ in _leaves(item, "")} | fields.keys()
    return all(name in flat for name in form.having)


def _flat(mapping: MappingFile, form: Form, item: Fields) -> Fields:
    fields: Fields = {}
    for name, value in _leaves(item, ""):
        if form.pairs and name == form.pairs and isinstance(value, list):
            fields.update(_pair(form, pair) for pair in value if isinstance(pair, dict))
        else:
            fields[_named(mapping, name)] = value
    if form.pair_key and not form.pairs and {form.pair_key, form.pair_value} <= fields.keys():
        name, value = _pair(form, fields)
        del fields[form.pair_key], fields[form.pair_value]
        fields[name] = value
    return fields


def _pair(form: Form, pair: Fields) -> tuple[str, Any]:
    return str(pair.get(form.pair_key)), pair.get(form.pair_value)


def _leaves(item: Fields, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in item.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _named(mapping: MappingFile, name: str) -> str:
    return name.lower().replace(".", "_") if mapping.lower else name


def _table(mapping: MappingFile, form: Form, text: str) -> list[Record] | None:
    if not set(form.having) <= set(text.splitlines()[0].lstrip("\ufeff").split(form.delimiter)):
        return None
    table = readers.parse_table(text, form.delimiter)
    records = []
    for row in table.rows:
        cells = [*row, *[""] * (len(table.header) - len(row))]
        fields: Fields = {_named(mapping, name): cell for name, cell in zip(table.header, cells, strict=False)}
        fields.update((f"column {number + 1}", cell) for number, cell in enumerate(row) if number >= len(table.header))
        records.append(Record(0, form, fields, readers.write_table(table.header, row, form.delimiter)))
    return records


def _lines(mapping: MappingFile, form: Form, text: str) -> list[Record] | None:
    groups = list(_groups(mapping, form, readers.parse_lines(text)))
    if not any(line.field for group in groups for line in group):
        return None
    records = []
    for group in groups:
        fields: Fields = {"time": next((line.time for line in group if line.time), "")}
        for number, line in enumerate(group):
            name = _named(mapping, line.field) if line.field else f"line {number + 1}"
            fields[name] = _number(line.value) if line.field else line.text
        payload = "\n".join(line.text for line in group).encode()
        records.append(Record(0, form, fields, payload))
    return records


def _groups(mapping: MappingFile, form: Form, lines: Iterable[readers.Line]) -> Iterator[list[readers.Line]]:
    group: list[readers.Line] = []
    for line in lines:
        if group and _named(mapping, line.field) == form.starts_at:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text
