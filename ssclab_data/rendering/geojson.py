"""Write Observations as GeoJSON Features."""

from collections.abc import Iterator, Mapping

import numpy as np

from ssclab_data.model.columns import Columns, Integers
from ssclab_data.rendering import values
from ssclab_data.rendering.layout import Block, Insert, Part, blocks, write
from ssclab_data.rendering.text import numbers

_BLANK = b" "
_NULL = b"null"


def render(columns: Columns, *, geometry: Mapping[int, bytes]) -> Iterator[bytes]:
    """Write Observations as Features (RFC 7946) with commas between them.

    A Feature's id is the handle of the Observation; what only some Observations have is no member of the others.

    Args:
        columns: the Observations, in the order of the answer.
        geometry: JSON of the geometries, by handle of the FeatureOfInterest; null where it has none.

    Yields:
        Some thousands of Features, each time but the last with the comma after them; nothing when there are no rows.

    >>> import json
    >>> import numpy as np
    >>> from ssclab_data.model.columns import Results
    >>> result = Results(kind=np.array([1], np.uint8), integers=np.array([1]))
    >>> columns = Columns(handle=np.array([7]), start=np.array([0]), stop=np.array([0]), result=result)
    >>> feature = json.loads(b"".join(render(columns, geometry={})))
    >>> feature["id"], feature["properties"]
    (7, {'phenomenonTime': '1970-01-01T00:00:00Z', 'resultTime': None, 'result': True})
    """
    for block in blocks(columns):
        yield write(_parts(block, geometry), len(block), cut=block.cut)


def _parts(block: Block, geometry: Mapping[int, bytes]) -> list[Part]:
    columns = block.columns
    return [
        b'{"type":"Feature","id":',
        numbers(columns.handle, pad=_BLANK),
        b',"geometry":',
        _geometries(columns.feature, geometry),
        b',"properties":{"phenomenonTime":',
        *values.phenomenon_time(columns, quote=b'"', pad=_BLANK),
        b',"resultTime":',
        *values.result_time(columns, quote=b'"', null=_NULL, pad=_BLANK),
        b',"result":',
        *values.result(columns, pad=_BLANK),
        values.quality(columns).wrap(b',"resultQuality":', b""),
        values.valid_time(columns, quote=b'"').wrap(b',"validTime":', b""),
        values.parameters(columns).wrap(b',"parameters":', b""),
        b"}},",
    ]


def _geometries(features: Integers | None, geometry: Mapping[int, bytes]) -> Part:
    if features is None:
        return _NULL
    if (features == features[0]).all():
        return geometry.get(int(features[0]), _NULL)
    texts = [geometry.get(feature, _NULL) for feature in features.tolist()]
    return Insert(np.arange(len(features)), texts)
