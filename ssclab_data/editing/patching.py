"""Apply a JSON Patch (RFC 6902) to a document, bounded in what it may make of it."""

import copy
from collections.abc import Callable
from typing import Any

from ssclab_data.errors import BodyError, SsclabError
from ssclab_data.model.json_values import join, shown

MAX_OPERATIONS = 1_000
MAX_NODES = 100_000


class Unfit(SsclabError):
    """A document to which an operation cannot be applied: a path that is not there, or a test that fails."""


def apply_patch(document: Any, operations: Any) -> Any:
    """Give the document after all operations; the given one stays as it is.

    Raises:
        BodyError: this is no JSON Patch, or a larger one than is taken.
        Unfit: an operation does not fit the document.

    >>> apply_patch({"a": 1}, [{"op": "test", "path": "/a", "value": 1}, {"op": "move", "from": "/a", "path": "/b"}])
    {'b': 1}
    """
    if not isinstance(operations, list):
        raise BodyError("a JSON Patch is a list of operations")
    if len(operations) > MAX_OPERATIONS:
        raise BodyError(f"a JSON Patch of more than {MAX_OPERATIONS} operations is not taken; send it in parts")
    root = {"": copy.deepcopy(document)}
    for number, operation in enumerate(operations):
        _apply(root, operation, str(number))
        if operation["op"] == "copy" and _nodes(root) > MAX_NODES:
            raise BodyError(f"makes a document of more than {MAX_NODES} values", path=str(number))
    return root[""]


def _apply(root: dict[str, Any], operation: Any, path: str) -> None:
    name = operation.get("op") if isinstance(operation, dict) else None
    if not isinstance(name, str) or name not in _OPERATIONS:
        raise BodyError(f"{shown(name)!r} is no operation", path=join(path, "op"), known=tuple(_OPERATIONS))
    to = ["", *_pointer(operation, "path", path)]
    if name in ("add", "replace", "test"):
        if "value" not in operation:
            raise BodyError("is missing", path=join(path, "value"))
        _OPERATIONS[name](root, to, copy.deepcopy(operation["value"]))
    elif name == "remove":
        _remove(root, to)
    else:
        start = ["", *_pointer(operation, "from", path)]
        if name == "move" and to[: len(start)] == start and to != start:
            raise BodyError("a value cannot move into itself", path=join(path, "path"))
        value = copy.deepcopy(_get(root, start))
        if name == "move":
            _remove(root, start)
        _add(root, to, value)


def _pointer(operation: dict[str, Any], member: str, path: str) -> list[str]:
    """Read a JSON Pointer (RFC 6901)."""
    text = operation.get(member)
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise BodyError(f'{shown(text)!r} is no JSON Pointer, which is "" or begins with /', path=join(path, member))
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _get(root: Any, path: list[str]) -> Any:
    value = root
    for at, name in enumerate(path):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and (index := _index(name, len(value))) is not None:
            value = value[index]
        else:
            raise Unfit(f"there is nothing at {'/'.join(path[: at + 1])}")
    return value


def _index(name: str, size: int) -> int | None:
    """Read the place of an item that is there."""
    if not name.isascii() or not name.isdecimal() or (len(name) > 1 and name.startswith("0")) or len(name) > 9:
        return None
    return int(name) if int(name) < size else None


def _add(root: Any, path: list[str], value: Any) -> None:
    holder, name = _get(root, path[:-1]), path[-1]
    if isinstance(holder, dict):
        holder[name] = value
        return
    index = None
    if isinstance(holder, list):
        index = len(holder) if name == "-" else _index(name, len(holder) + 1)
    if index is None:
        raise Unfit(f"nothing can be put at {'/'.join(path)}")
    holder.insert(index, value)


def _remove(root: Any, path: list[str]) -> None:
    _get(root, path)
    holder, name = _get(root, path[:-1]), path[-1]
    if isinstance(holder, dict):
        del holder[name]
    else:
        del holder[int(name)]


def _replace(root: Any, path: list[str], value: Any) -> None:
    _get(root, path)
    holder, name = _get(root, path[:-1]), path[-1]
    holder[name if isinstance(holder, dict) else int(name)] = value


def _test(root: Any, path: list[str], value: Any) -> None:
    if not same(_get(root, path), value):
        raise Unfit(f"the test at {'/'.join(path)} fails")


def same(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal: numbers by value, and true is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _nodes(value: Any) -> int:
    count, waiting = 0, [value]
    while waiting and count <= MAX_NODES:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return count


_OPERATIONS: dict[str, Callable[..., None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _add,
    "copy": _add,
    "test": _test,
}
