"""Write Observations, and values of any kind, as CSV."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.columns import Columns, ResultKind
from ssclab_data.rendering import values
from ssclab_data.rendering.layout import FILL, Insert, Part, Writer, blocks, cells, compact, write, writers_of
from ssclab_data.rendering.text import numbers

_SPECIAL = re.compile(rb'[,"\r\n]')
_FORMULA = re.compile(rb"[=+@\t\r]|-(?!(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z)")


def render(
    columns: Columns, *, header: bool, names: Sequence[str], multis: frozenset[int] = frozenset()
) -> Iterator[bytes]:
    r"""Write Observations as CSV (RFC 4180, but with a bare line feed after each row).

    Numbers, booleans and times are bare; a result or quality of text is its text, and other JSON is JSON text. A cell
    is empty where an Observation has no such property or a null, and `""` where it has the empty text. Cells are
    quoted where they must be.

    A text that a spreadsheet would take for a formula, because it starts with `=`, `+`, `@`, a tab, a
    carriage return, or a `-` that begins no number, gets an apostrophe before it.

    Args:
        columns: the Observations, in the order of the rows.
        header: whether a row of names comes first.
        names: what each row has, in order: `id`, properties of Observations `Datastream/@iot.id` and
            `MultiDatastream/@iot.id`, of which one is empty.
        multis: handles of the Datastreams that are MultiDatastreams.

    Yields:
        Some thousands of rows each time.

    Raises:
        UnknownNameError: there is no column of a name.

    >>> import numpy as np
    >>> from ssclab_data.model.columns import Results
    >>> texts = np.array([b'"=1"', b'"a, b"'], object)
    >>> result = Results(kind=np.array([4, 4], np.uint8), texts=texts)
    >>> columns = Columns(handle=np.array([7, 8]), start=np.array([0, 0]), stop=np.array([0, 0]), result=result)
    >>> b"".join(render(columns, header=True, names=["id", "result"]))
    b'id,result\n7,\'=1\n8,"a, b"\n'
    """
    known = {**_WRITERS, **_handles_of_series(multis)}
    writers = writers_of(known, names, what="a table of Observations has no column")
    return _lines(columns, writers, head=",".join(names).encode() + b"\n" if header else b"")


def line(values: Iterable[Any]) -> bytes:
    r"""Write JSON values as one row, each as `render` writes a result.

    >>> line([1.5, True, None, "", "a, b", "=1", {"a": [1]}])
    b'1.5,true,,"","a, b",\'=1,"{""a"":[1]}"\n'
    """
    return b",".join(map(_value, values)) + b"\n"


def _value(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        return _text_cell(value.encode())
    return _cell(msgspec.json.encode(value))


def _lines(columns: Columns, writers: Sequence[Writer], *, head: bytes) -> Iterator[bytes]:
    if head:
        yield head
    for block in blocks(columns):
        yield compact(write([*cells(block.columns, writers), b"\n"], len(block)))


def _result(columns: Columns) -> list[Part]:
    texts = values.json_texts(columns.result, ResultKind.TEXT)
    plain = msgspec.json.decode(b"[%b]" % b",".join(texts.texts), type=list[str])
    return [
        *values.scalars(columns.result, null=b"", pad=FILL),
        Insert(texts.rows, [_text_cell(text.encode()) for text in plain]),
        _json(values.json_texts(columns.result, ResultKind.JSON)),
    ]


def _handles_of_series(multis: frozenset[int]) -> dict[str, Writer]:
    """Make what writes the handle of a Datastream, or of a MultiDatastream; empty where it is one of the other."""

    def is_multi(columns: Columns) -> NDArray[np.bool_]:
        return np.isin(columns.datastream, list(multis))

    def write_some(columns: Columns, *, rows: NDArray[np.bool_]) -> list[Part]:
        if rows.all():
            return [numbers(columns.datastream, pad=FILL)]
        return [Insert(rows.nonzero()[0], [b"%d" % handle for handle in columns.datastream[rows].tolist()])]

    return {
        "Datastream/@iot.id": lambda columns: write_some(columns, rows=~is_multi(columns)),
        "MultiDatastream/@iot.id": lambda columns: write_some(columns, rows=is_multi(columns)),
    }


def _json(insert: Insert) -> Insert:
    return Insert(insert.rows, [_cell(text) for text in insert.texts])


def _any(insert: Insert) -> Insert:
    return Insert(insert.rows, [_of_json(text) for text in insert.texts])


def _of_json(text: bytes) -> bytes:
    return _value(msgspec.json.decode(text)) if text == b"null" or text[:1] == b'"' else _cell(text)


def _text_cell(text: bytes) -> bytes:
    if not text:
        return b'""'
    return _cell(b"'" + text if _FORMULA.match(text) else text)


def _cell(text: bytes) -> bytes:
    return b'"%b"' % text.replace(b'"', b'""') if _SPECIAL.search(text) else text


_WRITERS: dict[str, Writer] = {
    "id": lambda columns: [numbers(columns.handle, pad=FILL)],
    "phenomenonTime": lambda columns: values.phenomenon_time(columns, quote=b"", pad=FILL),
    "result": _result,
    "resultTime": lambda columns: values.result_time(columns, quote=b"", null=b"", pad=FILL),
    "resultQuality": lambda columns: [_any(values.quality(columns))],
    "validTime": lambda columns: [values.valid_time(columns, quote=b"")],
    "parameters": lambda columns: [_any(values.parameters(columns))],
}
