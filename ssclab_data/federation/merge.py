"""Merge the rows of many labs into one order: sort keys, then lab key, then handle."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from functools import total_ordering
from typing import Any

import msgspec

from ssclab_data.federation.routing import is_handle
from ssclab_data.model.entity import Handle
from ssclab_data.model.identity import split_qualified
from ssclab_data.query.ast import Direction, OrderBy, Value
from ssclab_data.query.evaluate import order_key
from ssclab_data.stores.base import Row

type SortKey = tuple[Any, ...]
type HandleKey = tuple[tuple[int, int, str], ...]


@total_ordering
class Reversed:
    """Order a key the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reversed) and bool(self.key == other.key)

    def __lt__(self, other: "Reversed") -> bool:
        return bool(other.key < self.key)

    def __hash__(self) -> int:
        return hash(("Reversed", self.key))


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one lab, in the order of the query.

    Attributes:
        more: whether the lab has further rows.
    """

    lab: str
    rows: tuple[Row, ...]
    more: bool = False


def merge(
    streams: Sequence[Stream], orderby: Sequence[OrderBy], *, skip: int = 0, top: int | None = None
) -> tuple[tuple[Row, ...], bool]:
    """Merge ordered streams, pass over `skip` rows and give at most `top`.

    A stream that has more must hold at least `skip + top` rows.

    Returns:
        The rows, and whether there are more.
    """
    sort_key = sort_key_of(orderby)
    merged = list(heapq.merge(*(stream.rows for stream in streams), key=lambda row: sort_key(row.order)))
    end = len(merged) if top is None else skip + top
    more = len(merged) > end or any(stream.more for stream in streams)
    return tuple(merged[skip:end]), more


def sort_key_of(orderby: Sequence[OrderBy]) -> Callable[[Sequence[Value]], SortKey]:
    """Make the function that turns the order values of a row into a key to sort by."""
    makers = [handle_key if is_handle(key.expr) else order_key for key in orderby]
    backward = [key.direction is Direction.DESC for key in orderby]

    def sort_key(values: Sequence[Value]) -> SortKey:
        keys = (make(value) for make, value in zip(makers, values, strict=True))
        return tuple(Reversed(key) if back else key for key, back in zip(keys, backward, strict=True))

    return sort_key


def handle_key(handle: Value) -> HandleKey:
    """Order handles by lab, then by number; texts come after numbers, absent handles first.

    >>> sorted(["breda-x~1", "breda~12", "breda~5"], key=handle_key)
    ['breda~5', 'breda~12', 'breda-x~1']
    """
    if handle is None:
        return ()
    return tuple(_handle_parts(handle if isinstance(handle, int) else str(handle)))


def out_of_order(rows: Sequence[Row], orderby: Sequence[OrderBy]) -> int | None:
    """Find the first row that does not come after the one before it; None when all do."""
    sort_key = sort_key_of(orderby)
    keys = [sort_key(row.order) for row in rows]
    return next((index for index in range(1, len(keys)) if not keys[index - 1] < keys[index]), None)


def _handle_parts(handle: Handle) -> Iterator[tuple[int, int, str]]:
    while isinstance(handle, str) and "~" in handle:
        lab, handle = split_qualified(handle)
        yield 1, 0, lab
    yield (0, handle, "") if isinstance(handle, int) else (1, 0, handle)
