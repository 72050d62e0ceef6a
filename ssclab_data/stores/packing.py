"""Write values of every kind as SQLite values and read them back, exactly; the functions that SQL calls."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ssclab_data.model.values import Duration, Instant, Interval
from ssclab_data.query.ast import WKT
from ssclab_data.query.evaluate import arithmetic, call, compare, order_key

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
    return pack(value)


def _compare(op: str, as_text: int, left: Packed, right: Packed) -> bool | None:
    return compare(op, unpack(left), unpack(right), as_text=bool(as_text))


def _arithmetic(op: str, left: Packed, right: Packed) -> Packed:
    return _small(arithmetic(op, unpack(left), unpack(right)))


def _call(name: str, *args: Packed) -> Packed:
    return _small(call(name, [unpack(arg) for arg in args]))


def _small(value: Any) -> Packed:
    """Numbers beyond 64 bits become floating point, as everywhere in filters."""
    beyond = isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63
    return pack(float(value) if beyond else value)


def _sort_class(packed: Packed) -> int:
    return int(order_key(unpack(packed))[0])


def _sort_value(packed: Packed, place: int) -> Packed | bytes:
    key = order_key(unpack(packed))
    return key[place + 1] if len(key) > place + 1 else None


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "ssc_member": (-1, _member),
    "ssc_compare": (4, _compare),
    "ssc_arithmetic": (3, _arithmetic),
    "ssc_call": (-1, _call),
    "ssc_class": (1, _sort_class),
    "ssc_sort": (2, _sort_value),
}
"""SQL functions by name: number of arguments (-1 for any) and what they do; all are deterministic."""
