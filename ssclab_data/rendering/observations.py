"""Write Observations as the JSON objects of SensorThings 1.x."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from ssclab_data.model.columns import Columns
from ssclab_data.rendering import values
from ssclab_data.rendering.layout import FILL, Block, Fixed, Insert, Part, blocks, is_uneven, write
from ssclab_data.rendering.text import handles

ID = "@iot.id"

# JSON allows white space around a value, so numbers of fewer digits are padded by it.
_BLANK = b" "
_ALWAYS: dict[str, Callable[[Columns], Sequence[Part]]] = {
    "phenomenonTime": lambda columns: values.phenomenon_time(columns, quote=b'"', pad=_BLANK),
    "result": lambda columns: values.result(columns, pad=_BLANK),
    "resultTime": lambda columns: values.result_time(columns, quote=b'"', null=b"null", pad=_BLANK),
}
_SOMETIMES: dict[str, Callable[[Columns], Insert]] = {
    "resultQuality": values.quality,
    "validTime": lambda columns: values.valid_time(columns, quote=b'"'),
    "parameters": values.parameters,
}


def render(
    columns: Columns, *, base: str, series: str = "Datastream", select: frozenset[str] | None = None
) -> Iterator[bytes]:
    """Write Observations as JSON objects with commas between them.

    Args:
        columns: the Observations, in the order of the answer.
        base: address of the landing page, without a slash at the end.
        series: name of their link to what they are of: `Datastream` or `MultiDatastream`.
        select: names of the members to write: of properties, `@iot.id`, and the series and `FeatureOfInterest` for
            their links; all and the self link when there are none.

    Yields:
        Some thousands of rows, each time but the last with the comma after them; nothing when there are no rows.

    >>> import numpy as np
    >>> from ssclab_data.model.columns import Results
    >>> result = Results(kind=np.array([3], np.uint8), floats=np.array([12.5]))
    >>> columns = Columns(handle=np.array([7]), start=np.array([0]), stop=np.array([0]), result=result)
    >>> b"".join(render(columns, base="https://lab", select=frozenset({"result", "phenomenonTime"})))
    b'{"phenomenonTime":"1970-01-01T00:00:00Z","result":12.5}'
    """
    links = _Links(
        address=msgspec.json.encode(f"{base}/Observations(")[1:-1],
        names=tuple(name for name in (series, "FeatureOfInterest") if not select or name in select),
    )
    for block in blocks(columns):
        yield _render(block, links, select or None)


class _Links(msgspec.Struct, frozen=True):
    """What the addresses in the rows are made of.

    Attributes:
        address: what comes before the handle.
        names: of the links to write.
    """

    address: bytes
    names: tuple[str, ...]


def _render(block: Block, links: _Links, select: frozenset[str] | None) -> bytes:
    handle = handles(block.columns.handle)
    head = _head(block.columns, handle, address=links.address, select=select)
    tail = _tail(handle, links)
    if not head and not tail:
        return _loose(_sometimes(block.columns, select), len(block), cut=block.cut)
    # Each optional member brings the comma that divides it from those that are always there.
    before, after = (b",", b"") if head else (b"", b",")
    sometimes = _sometimes(block.columns, select, before=before, after=after)
    between = [b","] if head and tail else []
    parts = [b"{", *_joined(head), *sometimes, *between, *_joined(tail), b"},"]
    text = write(parts, len(block), cut=block.cut)
    # The few bytes of padding of ten-digit handles in long rows are found faster than all bytes are looked at.
    return text.replace(FILL, b"") if is_uneven(handle[-1]) else text


def _sometimes(
    columns: Columns, select: frozenset[str] | None, *, before: bytes = b"", after: bytes = b""
) -> list[Insert]:
    """Write the members that only some Observations have."""
    return [
        write_one(columns).wrap(b'%b"%b":' % (before, name.encode()), after)
        for name, write_one in _SOMETIMES.items()
        if select is None or name in select
    ]


def _head(
    columns: Columns, handle: Sequence[Fixed], *, address: bytes, select: frozenset[str] | None
) -> list[Sequence[Part]]:
    """Write the members before those that only some Observations have."""
    members: list[Sequence[Part]] = []
    if select is None or ID in select:
        members.append([b'"@iot.id":', *handle])
    if select is None:
        members.append([b'"@iot.selfLink":"', address, *handle, b')"'])
    for name, write_one in _ALWAYS.items():
        if select is None or name in select:
            members.append([b'"%b":' % name.encode(), *write_one(columns)])
    return members


def _tail(handle: Sequence[Fixed], links: _Links) -> list[Sequence[Part]]:
    """Write the links."""
    return [
        [b'"%b@iot.navigationLink":"' % name.encode(), links.address, *handle, b')/%b"' % name.encode()]
        for name in links.names
    ]


def _joined(members: Sequence[Sequence[Part]]) -> list[Part]:
    return [part for member in members for part in (b",", *member)][1:]


def _loose(members: Sequence[Insert], size: int, *, cut: int) -> bytes:
    """Write rows of members that are all optional, so that where the commas go differs from row to row."""
    rows: list[list[bytes]] = [[] for _ in range(size)]
    for member in members:
        for row, text in zip(member.rows.tolist(), member.texts, strict=True):
            rows[row].append(text)
    text = b",".join([b"{%b}" % b",".join(row) for row in rows])
    return text if cut else text + b","
