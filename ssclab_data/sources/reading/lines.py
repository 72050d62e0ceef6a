"""Read records of lines of `time,field,value`."""

import re
from collections.abc import Iterable, Iterator

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text as texts
from ssclab_data.sources.reading.record import Fields, Payload, Record, named


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Read lines of `time,field,value`, or None where none is one."""
    if payload.looks_like_json:
        return None
    text = payload.text
    groups = list(_groups(mapping, form, texts.parse_lines(text)))
    if not any(line.field for group in groups for line in group):
        return None
    records = []
    for group in groups:
        fields: Fields = {"time": next((line.time for line in group if line.time), "")}
        for number, line in enumerate(group):
            name = named(mapping, line.field) if line.field else f"line {number + 1}"
            fields[name] = _number(line.value) if line.field else line.text
        alone = "\n".join(line.text for line in group).encode()
        records.append(Record(0, form, fields, alone))
    return records


def _groups(mapping: MappingFile, form: Form, lines: Iterable[texts.Line]) -> Iterator[list[texts.Line]]:
    group: list[texts.Line] = []
    for line in lines:
        if group and named(mapping, line.field) == form.starts_at:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text
