"""Guess in which forms the records of a payload may be: readers, dialects, and the places where records are."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ssclab_data.errors import ValueParseError
from ssclab_data.sources.numbers import parse_number
from ssclab_data.sources.reading import text as texts
from ssclab_data.sources.reading.record import Payload
from ssclab_data.sources.reading.xml import local, parse_xml
from ssclab_data.sources.tools.meaning import property_named

type Guess = dict[str, Any]
"""Keys and values of a form."""

_DEEPEST = 6
_MOST_KEPT = 40
_KEY = re.compile(r"[\d:T.+Z -]+|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+|[A-Za-z]{0,6}[-_]?\d[\w-]*")
_NAMING = r"^(value_?type|parameter|property|name|title|type|formula|component|code|sensor_?type|label|measurand|stof)$"
_HOLDING = r"(^|\.)(value|waarde|val|v|reading|result|measurement)$"
_TIMELIKE = r"time|date|stamp|datum|tijd"
_DELIMITERS = ((";", ";"), ("tab", "\t"), (",", ","), ("|", "|"))
_LINES = 20


def guess_forms(content: bytes) -> Iterator[Guess]:
    """Give forms that a payload may have.

    Raises:
        ReadError: it cannot be read at all.
    """
    payload = Payload(texts.unpack(content))
    if payload.looks_like_json:
        yield from _json_forms(next(payload.parts()).document)
    elif payload.looks_like_xml:
        yield from _xml_forms(parse_xml(payload.content))
    else:
        yield from _table_forms(payload.content)


def _json_forms(document: Any) -> Iterator[Guess]:
    for path, keep, node in _places(document, "", (), 0):
        form: Guess = {"reader": "json", "records": path, "keep": list(_renamed(keep, node))[:_MOST_KEPT]}
        yield from _variants({key: value for key, value in form.items() if value}, node)


def _places(node: Any, path: str, keep: tuple[str, ...], deep: int) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Give the places where records may be, with the members of what encloses them, and an example."""
    if deep > _DEEPEST:
        return
    if isinstance(node, list):
        objects = [one for one in node if isinstance(one, dict)]
        if objects:
            yield from _places(objects[0], f"{path}[]" if path else "[]", keep, deep)
        return
    if not isinstance(node, dict) or not node:
        return
    yield path.removesuffix("[]") if path == "[]" else path, keep, node
    members = [value for value in node.values() if isinstance(value, dict)]
    if members and all(_KEY.fullmatch(name) for name, value in node.items() if isinstance(value, dict)):
        yield from _places(members[0], f"{path}{{key}}", keep, deep + 1)
        return
    dotted = re.sub(r"\[\]|\{[^}]*\}", "", path)
    prefix = f"{dotted}." if dotted else ""
    leaves = tuple(f"{prefix}{leaf}" for leaf in _leaves(node))
    for name, value in node.items():
        on_the_way = f"{prefix}{name}."
        inner = tuple(leaf for leaf in dict.fromkeys((*keep, *leaves)) if not leaf.startswith(on_the_way))
        yield from _places(value, f"{path}.{name}" if path else name, inner, deep + 1)


def _leaves(node: dict[str, Any]) -> Iterator[str]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in _leaves(value))
        elif not isinstance(value, list) or (
            len(value) in (2, 3) and all(isinstance(one, int | float) for one in value)
        ):
            yield name


def _renamed(keep: Sequence[str], node: Any) -> Iterator[str]:
    """Give kept members that the record has too a name of their own."""
    own = set(_leaves(node)) if isinstance(node, dict) else set()
    for path in keep:
        yield f"{path} as outer_{path.rpartition('.')[2]}" if path in own else path


def _variants(form: Guess, node: dict[str, Any]) -> Iterator[Guess]:
    """Give a form as it is, and with what may be in its record: lists that are columns, pairs, names and rows."""
    yield form
    lists = {name: value for name, value in node.items() if isinstance(value, list) and value}
    lengths = {len(value) for value in lists.values()}
    plain = all(not isinstance(one, dict | list) for value in lists.values() for one in value)
    if len(lists) > 1 and len(lengths) == 1 and plain and any(re.search(_TIMELIKE, name, re.I) for name in lists):
        yield {**form, "arrays": True}
    for name, value in lists.items():
        yield from _with_pairs(form, name, value)
        yield from _with_names(form, name, lists)
    pair = _pair_in(dict.fromkeys(_leaves(node)), node)
    if pair is not None:
        yield {**form, "pair_key": pair[0], "pair_value": pair[1]}


def _with_pairs(form: Guess, name: str, pairs: list[Any]) -> Iterator[Guess]:
    if all(isinstance(one, dict) for one in pairs):
        found = _pair_in(dict.fromkeys(_leaves(pairs[0])), pairs[0])
        if found is not None:
            yield {**form, "pairs": name, "pair_key": found[0], "pair_value": found[1]}


def _pair_in(names: dict[str, Any], node: dict[str, Any]) -> tuple[str, str] | None:
    """Find the member that names a quantity, and the one that holds its value."""
    key = next((name for name in names if re.search(_NAMING, name, re.I) and property_named(str(node.get(name)))), None)
    value = next((name for name in names if re.search(_HOLDING, name, re.I)), None)
    return (key, value) if key is not None and value is not None else None


def _with_names(form: Guess, name: str, lists: dict[str, list[Any]]) -> Iterator[Guess]:
    rows = lists[name]
    for other, names in lists.items():
        named = all(isinstance(one, str) for one in names) and all(isinstance(row, list) for row in rows)
        if named and len(names) == len(rows[0]) and not form.get("records"):
            yield {
                **form,
                "records": name,
                "names": other,
                "keep": [one for one in form.get("keep", ()) if one != other],
            }


def _xml_forms(root: Any) -> Iterator[Guess]:
    ways = dict.fromkeys(_ways(root, ()))
    for way in ways:
        form: Guess = {"reader": "xml", "records": ".".join(way)}
        element = next(iter(_at(root, way)))
        own = {local(child.tag): (child.text or "").strip() for child in element}
        pair = _pair_in(dict.fromkeys(own), own)
        yield {**form, "pair_key": pair[0], "pair_value": pair[1]} if pair else form
    yield {"reader": "xml"}


def _ways(element: Any, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for child in element:
        if len(child):
            here = (*way, local(child.tag))
            yield here
            yield from _ways(child, here)


def _at(root: Any, way: Sequence[str]) -> list[Any]:
    found = [root]
    for name in way:
        found = [child for one in found for child in one if local(child.tag) == name]
    return found


def _table_forms(content: bytes) -> Iterator[Guess]:
    encoding = _encoding(content)
    text = texts.decode(content, encoding)
    lines = [line for line in text.splitlines() if line.strip()]
    comments = [line for line in lines if line.lstrip().startswith("#")]
    rows = [line for line in lines if line not in comments][:_LINES]
    form: Guess = {"reader": "table"}
    form |= {"encoding": encoding} if encoding != "utf-8" else {}
    form |= {"comment": "#"} if comments else {}
    for name, mark in _DELIMITERS:
        cells = [
            [cell.strip() for cell in row] for row in csv.reader(rows, delimiter=mark, skipinitialspace=mark == ",")
        ]
        if len(cells[0] if cells else ()) > 1:
            said = comments[-1].strip().removeprefix("#").split(mark) if comments else []
            yield {**form, "delimiter": name, **_decimal(cells, mark), **_header(cells, said)}


def _encoding(content: bytes) -> str:
    for encoding in ("utf-8", "utf-16") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8",):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _decimal(cells: Sequence[Sequence[str]], mark: str) -> Guess:
    commas = any(re.fullmatch(r"-?\d+,\d+", cell) for row in cells for cell in row)
    return {"decimal": ","} if commas and mark != "," else {}


def _header(cells: Sequence[Sequence[str]], said: Sequence[str]) -> Guess:
    """Tell how many lines stand before the rows, and which of them gives units."""
    filled = [sum(_is_number(cell) for cell in row) for row in cells]
    if len(said) >= len(cells[0]) > 1 and filled[0]:
        return {"header_comment": True}
    if filled[0]:
        return {"header": 0, "columns": [{"name": f"column_{number + 1}"} for number in range(len(cells[0]))]}
    lines = 1 + next((number for number, (_, after) in enumerate(pairwise(filled)) if after), 0)
    lines = min(lines, 4)
    units = next((number for number in range(2, lines + 1) if _are_units(cells[number - 1])), 0)
    return {"header": lines, "header_units": units} if units else {"header": lines} if lines > 1 else {}


def _are_units(cells: Sequence[str]) -> bool:
    return any(cell in ("%", "C", "°C", "ug/m3", "µg/m³", "hPa", "kPa", "ppb", "ppm", "dBA", "m/s") for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        parse_number(cell.replace(",", "."))
    except ValueParseError:
        return bool(re.match(r"\d{4}[-/]\d\d[-/]\d\d|\d\d[-./]\d\d[-./]\d{4}", cell))
    return True
