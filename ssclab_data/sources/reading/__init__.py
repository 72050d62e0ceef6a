"""Part a payload into records of flat fields, by the form that a mapping declares for it."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from ssclab_data import registry
from ssclab_data.errors import SourceError
from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text
from ssclab_data.sources.reading.record import Fault, Fields, Payload, Record, rejected

__all__ = ["READERS", "Fault", "Fields", "Payload", "Reader", "Record", "records_of"]

type Reader = Callable[[MappingFile, Form, Payload], list[Record] | None]
"""Gives the records of a payload that has a form, None where it has not.

It raises `text.ReadError` where the payload is of the form but broken. Record numbers are set afterwards.
"""

_FIELD = re.compile(r"\{([^{}]+)\}")

GROUP = "ssclab_data.readers"
"""Entry points of packages that bring a Reader, by the name that forms give."""

READERS: Mapping[str, str] = MappingProxyType(
    {
        "json": "ssclab_data.sources.reading.json:read",
        "table": "ssclab_data.sources.reading.tables:read",
        "fixed": "ssclab_data.sources.reading.fixed:read",
        "xml": "ssclab_data.sources.reading.xml:read",
        "lines": "ssclab_data.sources.reading.lines:read",
        "ngsi": "ssclab_data.sources.reading.ngsi:read",
        "parquet": "ssclab_data.sources.reading.parquet:read",
        "coveragejson": "ssclab_data.sources.reading.coveragejson:read",
        "om": "ssclab_data.sources.reading.om:read",
        "pattern": "ssclab_data.sources.reading.pattern:read",
    }
)
"""Where the readers are, by name; loaded when a form needs one."""


def records_of(mapping: MappingFile, payload: bytes, where: str) -> list[Record]:
    """Part a payload, by the first of the mapping's forms that it has.

    Of several documents that follow one another, one that has none of the forms or cannot be read becomes a rejected
    record; the others are read.

    Raises:
        SourceError: it cannot be read, or has none of the forms.
    """
    try:
        parts = list(Payload(_uncommented(mapping, text.unpack(payload)), where).parts())
        if all(part.looks_like_json and part.document is None for part in parts):
            raise text.ReadError("its content is `null`: the source answered without data")
        found = [_parted(mapping, part) for part in parts] if len(parts) == 1 else _each(mapping, parts)
    except text.ReadError as error:
        raise SourceError(str(error), source=mapping.source, where=where) from error
    if all(records is None for records in found):
        forms = ", ".join(form.name for form in mapping.forms)
        raise SourceError(
            f"this is no payload of {mapping.source}; its forms are {forms}", source=mapping.source, where=where
        )
    records = [
        record
        for part, some in zip(parts, found, strict=True)
        for record in (_formless(part) if some is None else some)
    ]
    return [msgspec.structs.replace(record, number=number) for number, record in enumerate(records)]


def find_reader(name: str) -> Reader | None:
    """Find a reader by name, None where there is none."""
    if name in READERS:
        reader: Reader = registry.load(READERS[name])
        return reader
    return next((found for announced, found in registry.announced(GROUP) if announced == name), None)


def _each(mapping: MappingFile, parts: list[Payload]) -> list[list[Record] | None]:
    """Read documents that follow one another; the error of one counts only where none can be read."""
    found: list[list[Record] | None] = []
    errors = []
    for part in parts:
        try:
            found.append(_parted(mapping, part))
        except text.ReadError as error:
            errors.append(error)
            found.append([rejected("unreadable-record", part.alone, str(error))])
    if errors and len(errors) == sum(records is not None for records in found):
        raise errors[0]
    return found


def _formless(part: Payload) -> list[Record]:
    return [rejected("unknown-form", part.alone)]


def _parted(mapping: MappingFile, payload: Payload) -> list[Record] | None:
    tried: set[tuple[str, str]] = set()
    for form in mapping.forms:
        if form.together and (form.together, form.reader) in tried:
            continue
        tried.add((form.together, form.reader))
        reader = find_reader(form.reader)
        records = None if reader is None else reader(mapping, _with_name(form, payload.where), payload)
        if records is not None:
            _refuse(records)
            return records
    return None


def _uncommented(mapping: MappingFile, content: bytes) -> bytes:
    """Take away lines before JSON that are comments by one of the forms."""
    marks = tuple(form.comment.encode() for form in mapping.forms if form.reader == "json" and form.comment)
    while marks and content.lstrip().startswith(marks):
        content = content.lstrip().partition(b"\n")[2]
    return content


def _with_name(form: Form, where: str) -> Form:
    """Fill in what the file name tells, where records do not."""
    matches = {field: re.search(pattern, where) for field, pattern in form.from_name.items()}
    told = {field: match[match.lastindex or 0] for field, match in matches.items() if match}
    return msgspec.structs.replace(form, defaults={**form.defaults, **told}) if told else form


def _refuse(records: list[Record]) -> None:
    """Refuse an answer that reports an error, with its own words, and one that is of a form that is not read.

    Raises:
        ReadError: it is one.
    """
    for record in records:
        if record.form.error:
            raise text.ReadError(f"the source reports an error: {_filled(record.form.error, record.fields)}")
        if record.form.refused:
            raise text.ReadError(_filled(record.form.refused, record.fields))


def _filled(template: str, fields: Fields) -> str:
    return _FIELD.sub(lambda match: str(fields.get(match[1], "")), template)
