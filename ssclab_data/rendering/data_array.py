"""Write Observations as the rows of a SensorThings data array."""

from collections.abc import Iterator, Sequence

import numpy as np

from ssclab_data.model.columns import Columns
from ssclab_data.rendering import values
from ssclab_data.rendering.layout import FILL, Insert, Part, Writer, blocks, cells, compact, write, writers_of
from ssclab_data.rendering.text import numbers


def render(columns: Columns, *, components: Sequence[str]) -> Iterator[bytes]:
    """Write Observations as JSON arrays with commas between them (OGC 18-088, 12.1).

    Args:
        columns: the Observations, in the order of the answer.
        components: what each array has, in order: `id` and properties of Observations; null where one is absent.

    Yields:
        Some thousands of rows, each time but the last with the comma after them; nothing when there are no rows.

    Raises:
        UnknownNameError: there is no component of a name.

    >>> import numpy as np
    >>> from ssclab_data.model.columns import Results
    >>> result = Results(kind=np.array([2, 0], np.uint8), integers=np.array([5, 0]))
    >>> columns = Columns(handle=np.array([7, 8]), start=np.array([0, 0]), stop=np.array([0, 0]), result=result)
    >>> b"".join(render(columns, components=["id", "phenomenonTime", "result"]))
    b'[7,"1970-01-01T00:00:00Z",5],[8,"1970-01-01T00:00:00Z",null]'
    """
    writers = writers_of(_WRITERS, components, what="a data array has no component")
    return (
        compact(write([b"[", *cells(block.columns, writers), b"],"], len(block), cut=block.cut))
        for block in blocks(columns)
    )


_WRITERS: dict[str, Writer] = {
    "id": lambda columns: [numbers(columns.handle, pad=FILL)],
    "phenomenonTime": lambda columns: values.phenomenon_time(columns, quote=b'"', pad=FILL),
    "result": lambda columns: values.result(columns, pad=FILL),
    "resultTime": lambda columns: values.result_time(columns, quote=b'"', null=b"null", pad=FILL),
    "resultQuality": lambda columns: _or_null(values.quality(columns), len(columns)),
    "validTime": lambda columns: _or_null(values.valid_time(columns, quote=b'"'), len(columns)),
    "parameters": lambda columns: _or_null(values.parameters(columns), len(columns)),
}


def _or_null(insert: Insert, size: int) -> list[Part]:
    if not insert.texts:
        return [b"null"]
    nulls = np.tile(np.frombuffer(b"null", np.uint8), (size, 1))
    nulls[insert.rows] = FILL[0]
    return [nulls, insert]
