"""Write values of every kind as SQLite values and read them back, exactly; the functions that SQL calls."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import msgspec

from ssclab_data.model.geometry import box_of
from ssclab_data.model.values import Duration, Instant, Interval
from ssclab_data.query.ast import WKT
from ssclab_data.query.calls import arithmetic, call, small
from ssclab_data.query.evaluate import compare, is_in, order_key
from ssclab_data.query.text import comparable

type Packed = int | float | str | None

MARK = "\x01"
TRUE, FALSE = f"{MARK}t", f"{MARK}f"


def pack(value: Any) -> Packed:
    """Write a value; numbers and texts stay themselves, the rest becomes a text behind a mark."""
    match value:
        case None:
            return None
        case bool():
            return TRUE if value else FALSE
        case int() | float():
            return value
        case str():
            return f"{MARK}s{value}" if value.startswith(MARK) else str(value)
        case Instant(us):
            return f"{MARK}i{us}"
        case Interval(start, end):
            return f"{MARK}v{start.us}/{end.us}"
        case Duration(us):
            return f"{MARK}d{us}"
        case WKT(text):
            return f"{MARK}w{text}"
    return f"{MARK}j{msgspec.json.encode(value).decode()}"


def unpack(packed: Packed) -> Any:
    """Read a value that `pack` wrote."""
    if not isinstance(packed, str) or not packed.startswith(MARK):
        return packed
    return _READ[packed[1]](packed[2:])


def constants(values: Iterable[Packed]) -> str:
    """Write packed values as one parameter, which `ssc_in` reads."""
    return msgspec.json.encode(list(values)).decode()


def listed(handles: Iterable[int]) -> str:
    """Write handles as one parameter, which SQL reads by `json_each`."""
    return msgspec.json.encode(list(handles)).decode()


def _interval(text: str) -> Interval:
    start, _, end = text.partition("/")
    return Interval(Instant(int(start)), Instant(int(end)))


_READ: dict[str, Callable[[str], Any]] = {
    "t": lambda _: True,
    "f": lambda _: False,
    "s": str,
    "i": lambda text: Instant(int(text)),
    "v": _interval,
    "d": lambda text: Duration(int(text)),
    "w": WKT,
    "j": msgspec.json.decode,
}


def _member(document: str | None, *path: str) -> Packed:
    """Give a member of a JSON document."""
    value = None if document is None else msgspec.json.decode(document)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return pack(small(value))


def _compare(op: str, as_text: int, left: Packed, right: Packed) -> bool | None:
    return compare(op, unpack(left), unpack(right), as_text=bool(as_text))


def _in(as_text: int, left: Packed, constants: str) -> bool | None:
    return is_in(unpack(left), _constants(constants), as_text=bool(as_text))


@lru_cache(maxsize=64)
def _constants(text: str) -> tuple[Any, ...]:
    return tuple(map(unpack, msgspec.json.decode(text)))


def _arithmetic(op: str, left: Packed, right: Packed) -> Packed:
    return pack(arithmetic(op, unpack(left), unpack(right)))


def _call(name: str, *args: Packed) -> Packed:
    return pack(call(name, [unpack(arg) for arg in args]))


def _box(document: str | None) -> str | None:
    """Write the west, south, east and north of a GeoJSON geometry as JSON; NULL where it is none."""
    box = None if document is None else box_of(msgspec.json.decode(document))
    if box is None:
        return None
    return msgspec.json.encode([clipped(edge) for edge in (box.west, box.south, box.east, box.north)]).decode()


def clipped(edge: float) -> float:
    """Keep a coordinate within what the 32 bits of an R-tree hold; the order of two stays or they become equal."""
    return max(-_FAR, min(_FAR, edge))


_FAR = 1e30


def _sort_class(packed: Packed) -> int:
    return int(order_key(unpack(packed))[0])


def _sort_value(packed: Packed, place: int) -> Packed | bytes:
    key = order_key(unpack(packed))
    return key[place + 1] if len(key) > place + 1 else None


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "ssc_member": (-1, _member),
    "ssc_compare": (4, _compare),
    "ssc_in": (3, _in),
    "ssc_comparable": (1, comparable),
    "ssc_box": (1, _box),
    "ssc_arithmetic": (3, _arithmetic),
    "ssc_call": (-1, _call),
    "ssc_class": (1, _sort_class),
    "ssc_sort": (2, _sort_value),
}
"""SQL functions by name: number of arguments (-1 for any) and what they do; all are deterministic."""
