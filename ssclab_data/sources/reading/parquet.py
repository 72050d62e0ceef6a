"""Read records of Parquet files, by a library that is loaded when a payload is one."""

import datetime
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import bounds
from ssclab_data.sources.reading.record import Fields, Payload, Record
from ssclab_data.sources.reading.shaping import Found, Item, choose, item_of
from ssclab_data.sources.reading.text import MAX_BYTES, ReadError

MAGIC = b"PAR1"
"""What Parquet files begin and end with."""

_BATCH = 65_536


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Read a Parquet file, or the list of rows that stands for one in the quarantine; None where it is neither.

    Decimals become texts without the zeros at their end, so that no digit is lost; times become ISO 8601.

    Raises:
        ReadError: it is broken Parquet.
        SettingsError: the library is not installed.
    """
    if payload.content.startswith(MAGIC):
        rows = _rows(payload.content)
    elif payload.looks_like_json and _is_rows(payload.document):
        rows = iter(payload.document)
    else:
        return None
    return choose((form,), [Found([_item(mapping, form, row, at) for at, row in enumerate(rows)])])


def _item(mapping: MappingFile, form: Form, row: Fields, at: int) -> Item:
    plain = {name: _plain(value) for name, value in row.items()}
    return item_of(mapping, form, plain.items(), at=at, alone=lambda: msgspec.json.encode([plain]))


def _is_rows(document: Any) -> bool:
    return isinstance(document, list) and bool(document) and all(isinstance(row, dict) for row in document)


def _rows(content: bytes) -> Iterator[Fields]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise SettingsError("Parquet needs the extra: pip install 'ssclab-data[parquet]'") from error
    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(content))
        _check_size(file.metadata)
        for batch in file.iter_batches(_BATCH):
            yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise ReadError(f"it is broken Parquet: {error}") from error


def _check_size(about: Any) -> None:
    """Refuse a file of which a few bytes stand for a great many values, before any of them is unpacked.

    Raises:
        ReadError: it has too many values, or is too large.
    """
    if about.num_rows * about.num_columns > bounds.MOST_FIELDS:
        raise ReadError(f"it has more than {bounds.MOST_FIELDS:,} values; split it")
    if sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups)) > MAX_BYTES:
        raise ReadError(f"it unpacks to more than {MAX_BYTES} bytes; split it")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value
