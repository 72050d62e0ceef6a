"""Read records of lines that match a pattern."""

import re

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading.record import Fields, Payload, Record, named


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Take the lines that match as records, or None where none does; other lines are no records."""
    if payload.looks_like_json:
        return None
    found = [match for line in payload.text.splitlines() if (match := re.fullmatch(form.line, line.strip()))]
    return [_record(mapping, form, match) for match in found] or None


def _record(mapping: MappingFile, form: Form, match: re.Match[str]) -> Record:
    fields: Fields = {named(mapping, name): text.strip() for name, text in match.groupdict(default="").items()}
    return Record(0, form, fields, match[0].encode)
