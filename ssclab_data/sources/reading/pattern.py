"""Read records of lines that match a pattern."""

import re

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading.record import Payload, Record
from ssclab_data.sources.reading.shaping import Found, Item, choose, item_of


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Take the lines that match as records, or None where none does; other lines are no records."""
    if payload.looks_like_json:
        return None
    found = [match for line in payload.text.splitlines() if (match := re.fullmatch(form.line, line.strip()))]
    items = [_item(mapping, form, match, at) for at, match in enumerate(found)]
    return choose((form,), [Found(items)]) if items else None


def _item(mapping: MappingFile, form: Form, match: re.Match[str], at: int) -> Item:
    leaves = [(name, text.strip()) for name, text in match.groupdict(default="").items()]
    return item_of(mapping, form, leaves, at=at, alone=match[0].encode)
