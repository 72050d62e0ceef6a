"""Read records of JSON documents."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading.record import Fields, Payload, Record, named


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Take a document apart, or None when it has another form."""
    if not payload.looks_like_json:
        return None
    document = payload.document
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
            fields[named(mapping, name)] = value
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
