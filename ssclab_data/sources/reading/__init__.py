"""Part a payload into records of flat fields, by the form that a mapping declares for it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from ssclab_data import registry
from ssclab_data.errors import SourceError
from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text
from ssclab_data.sources.reading.record import Fields, Payload, Record

__all__ = ["READERS", "Fields", "Payload", "Reader", "Record", "records_of"]

type Reader = Callable[[MappingFile, Form, Payload], list[Record] | None]
"""Gives the records of a payload that has a form, None where it has not.

It raises `text.ReadError` where the payload is of the form but broken. Record numbers are set afterwards.
"""

GROUP = "ssclab_data.readers"
"""Entry points of packages that bring a Reader, by the name that forms give."""

READERS: Mapping[str, str] = MappingProxyType(
    {
        "json": "ssclab_data.sources.reading.json:read",
        "table": "ssclab_data.sources.reading.tables:read",
        "lines": "ssclab_data.sources.reading.lines:read",
    }
)
"""Where the readers are, by name; loaded when a form needs one."""


def records_of(mapping: MappingFile, payload: bytes, where: str) -> list[Record]:
    """Part a payload, by the first of the mapping's forms that it has.

    Raises:
        SourceError: it cannot be read, or has none of the forms.
    """
    try:
        found = [_parted(mapping, part) for part in Payload(text.unpack(payload), where).parts()]
    except text.ReadError as error:
        raise SourceError(str(error), source=mapping.source, where=where) from error
    if any(records is None for records in found):
        forms = ", ".join(form.name for form in mapping.forms)
        raise SourceError(
            f"this is no payload of {mapping.source}; its forms are {forms}", source=mapping.source, where=where
        )
    records = [record for part in found for record in part or ()]
    return [msgspec.structs.replace(record, number=number) for number, record in enumerate(records)]


def find_reader(name: str) -> Reader | None:
    """Find a reader by name, None where there is none."""
    if name in READERS:
        reader: Reader = registry.load(READERS[name])
        return reader
    return next((found for announced, found in registry.announced(GROUP) if announced == name), None)


def _parted(mapping: MappingFile, payload: Payload) -> list[Record] | None:
    for form in mapping.forms:
        reader = find_reader(form.reader)
        records = None if reader is None else reader(mapping, form, payload)
        if records is not None:
            return records
    return None
