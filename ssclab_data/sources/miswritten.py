"""Tell what in the shape of a mapping file is wrong: under which keys, what stands there, and what to write instead."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import msgspec

type Keys = tuple[str, ...]

_SAID = re.compile(r"(?P<what>.*?)(?: - at `(?P<key>key` in `)?\$(?P<path>[^`]*)`)?", re.DOTALL)
_PART = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_NAMED = re.compile(r"Object (contains unknown|missing required) field `(.*)`", re.DOTALL)
_EXPECTED = re.compile(r"Expected `([a-z]+)[^`]*`, got `.*`")
_WANTED = {"str": "a text", "array": "a list", "object": "keys and values", "bool": "true or false"}
_NUMBERS = {"int": "a whole number", "float": "a number"}
_TRUTH = "YAML reads on, off, yes and no as true and false"


class Miswritten(msgspec.Struct, frozen=True):
    """A mistake in the shape of a file.

    Attributes:
        keys: under which keys it is; members of lists by their number.
    """

    keys: Keys
    message: str


def what_is_wrong(document: Any, kind: Any, error: msgspec.ValidationError, text: str) -> Miswritten:
    """Find the place of a mistake, and word it.

    Args:
        document: what was in the file, which is no `kind`.
        text: the file.
    """
    said = _SAID.fullmatch(str(error))
    what, parts = (said["what"], _parts(said["path"] or "")) if said else (str(error), ())
    keys, value = _place(document, kind, parts, str(error))
    if said and said["key"]:
        return Miswritten(*_wrong_key(text, keys))
    named = _NAMED.fullmatch(what)
    if named is None:
        return Miswritten(keys, _wrong_value(what, value, _type_at(kind, keys)))
    if named[1].startswith("missing"):
        return Miswritten(keys, f"the key {named[2]!r} is missing")
    comma = value.get(named[2], "") is None  # {because: manual, chapter 4} has a key `chapter 4`
    hint = "; if it is a part of the text before it, put that text in quotes" if comma else ""
    return Miswritten((*keys, named[2]), _unknown_key(named[2], _type_at(kind, keys)) + hint)


def repeated_key(node: Any) -> Keys | None:
    """Find a key that is twice in one object of a YAML document; None when there is none.

    Args:
        node: the document, composed.
    """
    return _repeated(node, (), set())


def _repeated(node: Any, keys: Keys, visited: set[int]) -> Keys | None:
    if id(node) in visited:  # by an alias
        return None
    visited.add(id(node))
    names: set[str] = set()
    for key, child in _children(node):
        found = (*keys, key) if key in names else _repeated(child, (*keys, key), visited)
        if found is not None:
            return found
        names.add(key)
    return None


def _children(node: Any) -> Iterator[tuple[str, Any]]:
    if node is not None and node.id == "mapping":
        yield from ((str(key.value), child) for key, child in node.value)
    elif node is not None and node.id == "sequence":
        yield from ((str(number), child) for number, child in enumerate(node.value))


def _parts(path: str) -> Keys:
    """Part a path as msgspec writes it: `.forms[0].reader`, `.fields[...]`."""
    return tuple(name or number for name, number in _PART.findall(path))


def _place(document: Any, kind: Any, parts: Sequence[str], error: str) -> tuple[Keys, Any]:
    """Follow a path, and find the key where it does not name one."""
    keys: list[str] = []
    node = document
    for part in parts:
        if isinstance(node, list):
            node = node[int(part)]
        elif part == "...":
            part = next((key for key in node if _error_of(_only(document, keys, key), kind) == error), "")
            node = node.get(part)
        else:
            node = node.get(part)
        keys.append(part)
    return tuple(keys), node


def _error_of(document: Any, kind: Any) -> str:
    try:
        msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _only(node: Any, keys: Sequence[str], key: str) -> Any:
    """Give a document with one member alone in the object at `keys`."""
    if not keys:
        return {key: node[key]}
    if isinstance(node, list):
        return [_only(one, keys[1:], key) if str(at) == keys[0] else one for at, one in enumerate(node)]
    return {name: _only(one, keys[1:], key) if name == keys[0] else one for name, one in node.items()}


def _type_at(kind: Any, keys: Sequence[str]) -> Any:
    """Find what is allowed under some keys; None where anything is."""
    found: Any = msgspec.inspect.type_info(kind)
    for key in keys:
        found = _inside(found, key)
    return _alone(found)


def _inside(found: Any, key: str) -> Any:
    found = _alone(found)
    if isinstance(found, msgspec.inspect.StructType):
        return next((field.type for field in found.fields if field.encode_name == key), None)
    return getattr(found, "value_type", None) or getattr(found, "item_type", None)


def _alone(found: Any) -> Any:
    """Take what stands beside None."""
    types = [one for one in getattr(found, "types", ()) if not isinstance(one, msgspec.inspect.NoneType)]
    return types[0] if types else found


def _unknown_key(key: str, found: Any) -> str:
    known = [field.encode_name for field in getattr(found, "fields", ())]
    near = get_close_matches(key, known, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return f"there is no key {key!r} here; {meant}known: {', '.join(known)}"


def _wrong_key(text: str, keys: Keys) -> tuple[Keys, str]:
    """Tell of a key that YAML takes for a number or a truth value, as it is written."""
    import yaml

    node: Any = yaml.compose(text)
    for key in keys:
        node = next(child for name, child in _children(node) if name == key)
    key = next(key for key, _ in node.value if not key.tag.endswith(":str"))
    why = _TRUTH if key.tag.endswith(":bool") else f"YAML reads {key.value} as no text"
    return (*keys, key.value), f'put the key in quotes: "{key.value}" ({why})'


def _wrong_value(what: str, value: Any, found: Any) -> str:
    if isinstance(found, msgspec.inspect.EnumType) and isinstance(value, str):
        return f"{value!r} is none of {', '.join(str(one.value) for one in found.cls)}"
    expected = _EXPECTED.fullmatch(what)
    wanted = {**_WANTED, **_NUMBERS}.get(expected[1]) if expected else None
    if expected is None or wanted is None:
        return what
    verb = "are" if expected[1] == "object" else "is"
    return f"{wanted} {verb} expected here, not {_shown(value)}{_instead(expected[1], value)}"


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return _WANTED["array" if isinstance(value, list) else "object"]
    return "nothing" if value is None else f"the text {value!r}" if isinstance(value, str) else str(value).lower()


def _instead(wanted: str, value: Any) -> str:
    if wanted == "array" and not isinstance(value, list | dict | None):
        return f": put it in brackets, [{value}]"
    if wanted == "str" and isinstance(value, bool):
        return f": put it in quotes ({_TRUTH})"
    if wanted == "str" and not isinstance(value, list | dict | None):
        return f': put it in quotes, "{value}"'
    return ""
