"""Read arrays of SWE Common 1.0 and 2.0: which token of a row is which field, and in which unit."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ssclab_data.sources.reading.gml import child, every, first, href, text_in
from ssclab_data.sources.reading.text import ReadError
from ssclab_data.sources.reading.xml import local

type Element = Any
"""An element of lxml, which is imported when a document is read."""

_SIMPLE = ("Time", "TimeRange", "Quantity", "Count", "Category", "Text", "Boolean")
_BLOCKS = {"\\n": "\n", "": "\n"}


class Part(msgspec.Struct, frozen=True):
    """One field of a row.

    Attributes:
        kind: `Time`, `Quantity` and the like; `DataChoice` where the token says which fields follow.
        unit: code or IRI.
        nil: reason by the token that stands for no value.
        items: fields that follow, by token, of a choice.
    """

    name: str
    kind: str
    definition: str = ""
    unit: str = ""
    nil: Mapping[str, str] = msgspec.field(default_factory=dict)
    items: Mapping[str, tuple["Part", ...]] = msgspec.field(default_factory=dict)


class Cell(msgspec.Struct, frozen=True):
    """A token and the field it is of."""

    part: Part
    text: str


class Row(msgspec.Struct, frozen=True):
    """A row of an array.

    Attributes:
        cells: empty where the row cannot be read.
        choice: token by which its fields were chosen, or "".
        broken: why it cannot be read, or "".
    """

    cells: tuple[Cell, ...] = ()
    choice: str = ""
    broken: str = ""


class Encoding(msgspec.Struct, frozen=True):
    """How the values of an array are written as text."""

    token: str
    block: str
    decimal: str


def rows_of(array: Element) -> Iterator[Row]:
    """Read the rows of an array; at the end one that says so where there are more or fewer than it says.

    Raises:
        ReadError: the array is not written as text, or says nothing of its fields.
    """
    parts = tuple(_parts(child(array, "elementType")))
    if not parts:
        raise ReadError("a data array does not say what its rows hold")
    encoding = _encoding(array)
    blocks = list(_blocks(text_in(child(array, "values")), encoding))
    for block in blocks:
        yield _row(parts, [token.strip() for token in block.split(encoding.token)], encoding)
    said = text_in(first(child(array, "elementCount"), "value"))
    if said and said != str(len(blocks)):
        yield Row(broken=f"elementCount is {said}, and there are {len(blocks)} rows")


def _parts(element: Element | None) -> Iterator[Part]:
    """Give the fields that an element describes, those of records in it in their place."""
    if element is None:
        return
    kind = local(element.tag)
    if kind in _SIMPLE:
        yield _part("", element)
        return
    for one in element:
        name = str(one.get("name", ""))
        component = next(iter(one), None)
        inner = local(one.tag)
        if inner in ("field", "coordinate") and component is not None and local(component.tag) in _SIMPLE:
            yield _part(name, component)
        elif inner in ("field", "coordinate") and component is not None and local(component.tag) == "DataChoice":
            items = every(component, "item")
            yield Part(name, "DataChoice", items={str(item.get("name", "")): tuple(_parts(item)) for item in items})
        elif inner in ("field", "coordinate", "DataRecord", "SimpleDataRecord", "Vector", *_SIMPLE):
            yield from _parts(one)


def _part(name: str, component: Element) -> Part:
    uom = child(component, "uom")
    nil = {text_in(one): str(one.get("reason", "")) for one in every(component, "nilValue")}
    unit = href(uom) or (str(uom.get("code", "")) if uom is not None else "")
    return Part(name, local(component.tag), str(component.get("definition", "")), unit, nil)


def _encoding(array: Element) -> Encoding:
    found = first(child(array, "encoding"), "TextEncoding", "TextBlock")
    if found is None:
        raise ReadError("a data array is not written as text (TextEncoding); ask the service for that")
    token, block = str(found.get("tokenSeparator", ",")), str(found.get("blockSeparator", ""))
    decimal = str(found.get("decimalSeparator") or ".")
    if decimal == token or not token:
        raise ReadError(f"a data array separates tokens by {token!r}, which is also its decimal separator, or nothing")
    # A parser of XML makes a blank of a line break in an attribute that is not written as a reference.
    return Encoding(token, _BLOCKS.get(block.strip(" \t"), block), decimal)


def _blocks(values: str, encoding: Encoding) -> Iterator[str]:
    blocks = values.split() if not encoding.block.strip() and "\n" not in values else values.split(encoding.block)
    yield from (block.strip() for block in blocks if block.strip())


def _row(parts: tuple[Part, ...], tokens: list[str], encoding: Encoding) -> Row:
    cells: list[Cell] = []
    choice, left = "", list(parts)
    at = 0
    while left and at < len(tokens):
        part, token = left.pop(0), tokens[at]
        at += 1
        if part.kind == "DataChoice":
            if token not in part.items:
                return Row(broken=f"{token!r} is no item of the choice {part.name!r}")
            choice, left = token, [*part.items[token], *left]
        elif part.kind == "TimeRange" and at < len(tokens):
            cells += [Cell(part, token), Cell(part, tokens[at])]
            at += 1
        else:
            cells.append(Cell(part, _decimal(part, token, encoding.decimal)))
    if left or at < len(tokens):
        return Row(broken=f"a row has {len(tokens)} tokens, which do not fit its {len(parts)} fields")
    return Row(tuple(cells), choice)


def _decimal(part: Part, token: str, mark: str) -> str:
    if mark == "." or part.kind not in ("Quantity", "Count"):
        return token
    return token.replace(".", "x").replace(mark, ".")
