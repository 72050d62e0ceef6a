"""Part a payload into records of flat fields, by the form that a mapping declares for it."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from ssclab_data import registry
from ssclab_data.errors import SourceError
from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text
from ssclab_data.sources.reading.bounds import TooManyFields, bounded
from ssclab_data.sources.reading.record import Fault, Fields, Payload, Record, rejected
from ssclab_data.sources.reading.sheet import Sheet, Sheets, joined

__all__ = ["READERS", "Fault", "Fields", "Payload", "Reader", "Record", "Sheet", "Sheets", "records_of", "sheets_of"]

type Reader = Callable[[MappingFile, Form, Payload], list[Record] | None]
"""Gives the records of a payload that has a form, None where it has not.

It raises `text.ReadError` where the payload is of the form but broken. Record numbers are set afterwards.
"""

type Reading = Callable[[MappingFile, Form, Payload], Sheets | None]

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

_SHEETS: Mapping[str, str] = MappingProxyType(
    {
        "json": "ssclab_data.sources.reading.json_sheets:read_sheets",
        "table": "ssclab_data.sources.reading.table_sheets:read_sheets",
    }
)
"""Where those are that read records side by side; loaded when they are needed, since decoders read JSON too."""


def records_of(mapping: MappingFile, payload: bytes, where: str) -> list[Record]:
    """Part a payload, by the first of the mapping's forms that it has.

    Of several documents that follow one another, one that has none of the forms or cannot be read becomes a rejected
    record; the others are read.

    Raises:
        SourceError: it cannot be read, or has none of the forms.
    """
    records = [record for part in _read(mapping, payload, where, _one_by_one) for record in part.records]
    return _numbered(records)


def sheets_of(mapping: MappingFile, payload: bytes, where: str) -> Sheets:
    """Part a payload as `records_of` does, with records that are alike side by side.

    Raises:
        SourceError: it cannot be read, or has none of the forms.
    """
    return joined(_read(mapping, payload, where, _side_by_side))


def _read(mapping: MappingFile, payload: bytes, where: str, read: Reading) -> list[Sheets]:
    """Read each document of a payload.

    Raises:
        SourceError: it cannot be read, or has none of the forms.
    """
    try:
        with bounded():
            return _read_parts(mapping, payload, where, read)
    except (text.ReadError, TooManyFields) as error:
        raise SourceError(str(error), source=mapping.source, where=where) from error


def _read_parts(mapping: MappingFile, payload: bytes, where: str, read: Reading) -> list[Sheets]:
    """Read each document of a payload.

    Raises:
        ReadError: it cannot be read.
        TooManyFields: it has too many.
        SourceError: it has none of the forms.
    """
    parts = list(Payload(_uncommented(mapping, text.unpack(payload)), where).parts())
    if all(part.looks_like_json and part.decoded_document is None for part in parts):
        raise text.ReadError("its content is `null`: the source answered without data")
    found = [_parted(mapping, part, read) for part in parts] if len(parts) == 1 else _each(mapping, parts, read)
    if all(some is None for some in found):
        forms = ", ".join(form.name for form in mapping.forms)
        raise SourceError(
            f"this is no payload of {mapping.source}; its forms are {forms}", source=mapping.source, where=where
        )
    return [_formless(part) if some is None else some for part, some in zip(parts, found, strict=True)]


def find_reader(name: str) -> Reader | None:
    """Find a reader by name, None where there is none."""
    if name in READERS:
        reader: Reader = registry.load(READERS[name])
        return reader
    return next((found for announced, found in registry.announced(GROUP) if announced == name), None)


def _each(mapping: MappingFile, parts: list[Payload], read: Reading) -> list[Sheets | None]:
    """Read documents that follow one another; the error of one counts only where none can be read."""
    found: list[Sheets | None] = []
    errors = []
    for part in parts:
        try:
            found.append(_parted(mapping, part, read))
        except text.ReadError as error:
            errors.append(error)
            found.append(Sheets(records=[rejected("unreadable-record", part.alone, str(error))]))
    if errors and len(errors) == sum(some is not None for some in found):
        raise errors[0]
    return found


def _formless(part: Payload) -> Sheets:
    return Sheets(records=[rejected("unknown-form", part.alone)])


def _parted(mapping: MappingFile, payload: Payload, read: Reading) -> Sheets | None:
    tried: set[tuple[str, str]] = set()
    for form in mapping.forms:
        if form.together and (form.together, form.reader) in tried:
            continue
        tried.add((form.together, form.reader))
        found = read(mapping, _with_name(form, payload.where), payload)
        if found is not None:
            _refuse(found.records)
            return found
    return None


def _one_by_one(mapping: MappingFile, form: Form, payload: Payload) -> Sheets | None:
    reader = find_reader(form.reader)
    records = None if reader is None else reader(mapping, form, payload)
    return None if records is None else Sheets(records=_numbered(records))


def _side_by_side(mapping: MappingFile, form: Form, payload: Payload) -> Sheets | None:
    name = _SHEETS.get(form.reader)
    found: Sheets | None = None if name is None else registry.load(name)(mapping, form, payload)
    return _one_by_one(mapping, form, payload) if found is None else found


def _numbered(records: Sequence[Record]) -> list[Record]:
    return [msgspec.structs.replace(record, number=number) for number, record in enumerate(records)]


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


def _refuse(records: Sequence[Record]) -> None:
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
