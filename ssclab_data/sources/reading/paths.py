"""Walk the paths by which forms name records inside JSON documents: `body[].measures{module}.res{time}`."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any

import msgspec

_PART = re.compile(r"(?P<name>[^.\[\]{}]+)|(?P<each>\[\])|\{(?P<keyed>[^.\[\]{}]+)\}|(?P<dot>\.)")
_NOTHING: Mapping[str, Any] = {}


class Kind(Enum):
    """What a step of a path does."""

    NAME = "name"
    EACH = "each"
    KEYED = "keyed"
    MAYBE = "maybe"  # each element where it is a list, else the value itself


class Step(msgspec.Struct, frozen=True):
    """A step of a path.

    Attributes:
        name: of the member, or of the field that gets the names of the members.
        path: names on the way to here, without brackets, joined by dots.
    """

    kind: Kind
    name: str = ""
    path: str = ""


class Spot(msgspec.Struct, frozen=True):
    """A place in a document where a record is.

    Attributes:
        nodes: the values on the way, from the document to the record.
        keys: the member's name by step that goes through the members of an object, "" for the others.
        beside: the members that are no records by step that goes through the members of an object.
        broken: whether an element on the way is not what the path needs, so that there is no record.
    """

    nodes: tuple[Any, ...]
    keys: tuple[str, ...]
    beside: tuple[Mapping[str, Any], ...]
    broken: bool = False

    @property
    def value(self) -> Any:
        """The record."""
        return self.nodes[-1]


class Walk:
    """Find the records of a document.

    Attributes:
        found: the places.
        passed: ids of the values on the way to where records are, or could be.
    """

    def __init__(self, steps: tuple[Step, ...], *, rows: bool, scalars: bool) -> None:
        self._steps = steps
        self._ends = (dict, *((list,) if rows else ()), *((str, int, float, bool) if scalars else ()))
        self.found: list[Spot] = []
        self.passed: set[int] = set()

    def into(self, document: Any) -> bool:
        """Go through a document; tell whether the path leads anywhere in it, to records or to where there are none."""
        return self._go(0, (document,), (), ())

    def _go(self, at: int, nodes: tuple[Any, ...], keys: tuple[str, ...], beside: tuple[Any, ...]) -> bool:
        node = nodes[-1]
        if at == len(self._steps):
            self.found.append(Spot(nodes, keys, beside, not isinstance(node, self._ends)))
            return True
        match self._steps[at]:
            case Step(Kind.NAME, name):
                led = isinstance(node, dict) and name in node
                led = led and self._go(at + 1, (*nodes, node[name]), (*keys, ""), (*beside, _NOTHING))
            case Step(Kind.KEYED):
                led = isinstance(node, dict) and self._members(at, nodes, keys, beside)
            case Step(Kind.MAYBE) if not isinstance(node, list):
                return self._go(at + 1, (*nodes, node), (*keys, ""), (*beside, _NOTHING))
            case _:
                led = isinstance(node, list) and self._elements(at, nodes, keys, beside)
        if led:
            self.passed.add(id(node))
        return led

    def _elements(self, at: int, nodes: tuple[Any, ...], keys: tuple[str, ...], beside: tuple[Any, ...]) -> bool:
        wanted = self._wanted(at + 1)
        led = not nodes[-1]
        for element in nodes[-1]:
            inner = (*nodes, element), (*keys, ""), (*beside, _NOTHING)
            if isinstance(element, wanted):
                led = self._go(at + 1, *inner) or led
            else:
                self.found.append(Spot(*inner, broken=True))
        return led

    def _members(self, at: int, nodes: tuple[Any, ...], keys: tuple[str, ...], beside: tuple[Any, ...]) -> bool:
        wanted = self._wanted(at + 1)
        others = {name: value for name, value in nodes[-1].items() if not isinstance(value, wanted)}
        led = not nodes[-1]
        for name, value in nodes[-1].items():
            if name not in others:
                led = self._go(at + 1, (*nodes, value), (*keys, name), (*beside, others)) or led
        return led

    def _wanted(self, at: int) -> tuple[type, ...]:
        if at == len(self._steps):
            return self._ends
        return (list,) if self._steps[at].kind is Kind.EACH else (dict,)


@cache
def parse_path(text: str) -> tuple[Step, ...]:
    """Part a path into its steps; one that ends with a name, and the empty one, takes a list or the value itself.

    Raises:
        ValueError: it is no path.

    >>> [step.kind.value for step in parse_path("body[].res{time}")]
    ['name', 'each', 'name', 'keyed']
    """
    steps = list(_steps(text))
    if not steps or steps[-1].kind is Kind.NAME:
        steps.append(Step(Kind.MAYBE, path=steps[-1].path if steps else ""))
    return tuple(steps)


def _steps(text: str) -> Iterator[Step]:
    path, end, before = "", 0, ""
    for match in _PART.finditer(text):
        kind = str(match.lastgroup)
        wrong = match.start() != end or (kind == "name" and before not in ("", "dot")) or (kind == before == "dot")
        if wrong or (kind == "dot" and not before):
            break
        end, before = match.end(), kind
        if kind == "name":
            path = f"{path}.{match[0]}" if path else match[0]
        if kind != "dot":
            yield Step(Kind(kind), match["keyed"] or match["name"] or "", path)
    if end != len(text) or before == "dot":
        raise ValueError(f"{text!r} is no path: write names joined by dots, `name[]` and `name{{field}}`")


def level_of(steps: tuple[Step, ...], path: str) -> tuple[int, str]:
    """Tell at which value on the way a path without brackets goes on, and how.

    Returns:
        The number of the value in `Spot.nodes`, of the last that can be, and what follows from there.
    """
    prefixes = ["", *(step.path for step in steps[:-1])]
    for number in range(len(prefixes) - 1, -1, -1):
        prefix = prefixes[number]
        if not prefix or path.startswith(f"{prefix}."):
            return number, path[len(prefix) + 1 :] if prefix else path
    return 0, path
