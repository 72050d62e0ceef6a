"""Read records of JSON documents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text
from ssclab_data.sources.reading.paths import Kind, Spot, Step, Walk, level_of, parse_path
from ssclab_data.sources.reading.record import Payload, Record
from ssclab_data.sources.reading.shaping import Found, Item, choose, forms_of, item_of, leaves_of, member


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Take a document apart, or None when it has another form."""
    if not payload.looks_like_json:
        return None
    forms = forms_of(mapping, form)
    return choose(forms, [Shape(mapping, one).find(payload.document) for one in forms])


class Kept(msgspec.Struct, frozen=True):
    """A member of an enclosing object.

    Attributes:
        name: of its field.
        level: number of that object among the values on the way to the record.
        rest: path from there.
    """

    name: str
    level: int
    rest: str

    def value(self, spot: Spot) -> Any:
        """Find it.

        Raises:
            KeyError: it is not there.
        """
        return member(spot.nodes[self.level], self.rest)


class Shape:
    """A form, ready to be looked for.

    Attributes:
        keep: members of enclosing objects that belong to every record.
    """

    def __init__(self, mapping: MappingFile, form: Form) -> None:
        self.mapping, self.form = mapping, form
        self.steps = parse_path(form.records)
        self.keep = tuple(self._kept(path) for path in form.keep)
        self.names = self._kept(form.names) if form.names else None
        self.columns = tuple(column.name for column in form.columns)
        self._checked: list[str] | None = None

    def _kept(self, text: str) -> Kept:
        path, renamed, name = text.partition(" as ")
        return Kept(name if renamed else path, *level_of(self.steps, path))

    def find(self, document: Any) -> Found | None:
        """Find what may be records of the form, None where the document has no place for them."""
        walk = self._walk()
        if not walk.into(document):
            return None
        return Found([item for spot in walk.found for item in self.items_at(spot)], walk.passed)

    def found_in(self, document: Any) -> list[Spot]:
        """Find the places of records."""
        walk = self._walk()
        walk.into(document)
        return walk.found

    def _walk(self) -> Walk:
        return Walk(self.steps, rows=bool(self.names or self.columns), scalars=len(self.columns) == 1)

    def items_at(self, spot: Spot) -> Iterator[Item]:
        """Give what may be records at a place."""
        alone = partial(self._alone, spot, spot.value)
        try:
            if spot.broken:
                raise text.ReadError(f"an object belongs where {_shown(spot.value)} is")
            if self.form.arrays and isinstance(spot.value, dict):
                yield from self._places(spot)
                return
            leaves = [*self._outer(spot), *self._inner(spot)]
            yield item_of(self.mapping, self.form, leaves, at=id(spot.value), alone=alone)
        except text.ReadError as error:
            yield Item(id(spot.value), alone, broken=str(error))

    def _outer(self, spot: Spot) -> Iterator[tuple[str, Any]]:
        """Give what enclosing objects tell: kept members, names of members, and what stands beside them."""
        for kept in self.keep:
            try:
                value = kept.value(spot)
            except KeyError:
                continue
            yield from leaves_of(value, f"{kept.name}.") if isinstance(value, dict) else [(kept.name, value)]
        for step, key, beside in zip(self.steps, spot.keys, spot.beside, strict=True):
            if step.kind is Kind.KEYED:
                yield step.name, key
                yield from leaves_of(beside, f"{step.path}." if step.path else "")

    def _inner(self, spot: Spot) -> Iterator[tuple[str, Any]]:
        if isinstance(spot.value, dict):
            yield from leaves_of(spot.value)
            return
        cells = spot.value if isinstance(spot.value, list) else [spot.value]
        names = self._names_at(spot)
        for number, cell in enumerate(cells):
            name = names[number] if number < len(names) else f"column {number + 1}"
            yield from leaves_of(cell, f"{name}.") if isinstance(cell, dict) else [(name, cell)]

    def _names_at(self, spot: Spot) -> Sequence[str]:
        if self.names is None:
            return self.columns
        try:
            names = self.names.value(spot)
        except KeyError as error:
            raise text.ReadError(f"there is no list of names {self.names.name!r}") from error
        known = self._checked
        if known is not None and names is known:
            return known
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise text.ReadError(f"{self.names.name!r} is no list of names")
        twice = text.first_twice(names)
        if twice is not None:
            raise text.ReadError(f"the list of names {self.names.name!r} has {text.shorten(twice)!r} twice")
        self._checked = names
        return names

    def _places(self, spot: Spot) -> Iterator[Item]:
        """Give an item for each place in the lists of a record.

        Raises:
            ReadError: the lists are not equally long.
        """
        inner = dict(leaves_of(spot.value))
        lists = {name: len(value) for name, value in inner.items() if isinstance(value, list) and self._is_column(name)}
        if len(set(lists.values())) > 1:
            shown = ", ".join(f"{name} has {length}" for name, length in lists.items())
            raise text.ReadError(f"the lists are not equally long: {shown}"[:500])
        outer = list(self._outer(spot))
        for place in range(next(iter(lists.values()), 1)):
            here = [(name, value[place] if name in lists else value) for name, value in inner.items()]
            alone = partial(self._alone_at, spot, frozenset(lists), place)
            yield item_of(self.mapping, self.form, [*outer, *here], at=hash((id(spot.value), place)), alone=alone)

    def _is_column(self, name: str) -> bool:
        place = self.form.place or self.mapping.place
        ignored = any(fnmatchcase(name, pattern) for pattern in self.mapping.ignore)
        return name not in (place.pair, self.form.pairs) and not ignored

    def _alone_at(self, spot: Spot, lists: frozenset[str], place: int) -> bytes:
        return self._alone(spot, _cut(spot.value, lists, place))

    def _alone(self, spot: Spot, value: Any) -> bytes:
        """Write a document with one record, and with what enclosing objects tell of it."""
        for number in range(len(spot.nodes) - 2, -1, -1):  # a broken place is not as deep as the path
            step, node = self.steps[number], spot.nodes[number]
            if step.kind is Kind.EACH or (step.kind is Kind.MAYBE and isinstance(node, list)):
                value = [value]
            elif step.kind is not Kind.MAYBE:
                value = {**self.kept_at(spot, number), **spot.beside[number], _member(step, spot, number): value}
        return json.dumps(value, ensure_ascii=False).encode()

    def kept_at(self, spot: Spot, level: int) -> Mapping[str, Any]:
        """Give the members of an enclosing object that are kept, whole."""
        node = spot.nodes[level]
        wanted = [kept for kept in (*self.keep, self.names) if kept is not None and kept.level == level]
        heads = [kept.rest if kept.rest in node else kept.rest.partition(".")[0] for kept in wanted]
        return {head: node[head] for head in heads if head in node}


def _member(step: Step, spot: Spot, number: int) -> str:
    return step.name if step.kind is Kind.NAME else spot.keys[number]


def _cut(value: Mapping[str, Any], lists: frozenset[str], place: int, prefix: str = "") -> dict[str, Any]:
    """Take one place of the lists in a record."""
    cut: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            cut[name] = _cut(inner, lists, place, f"{prefix}{name}.")
        else:
            cut[name] = [inner[place]] if prefix + name in lists else inner
    return cut


def _shown(value: Any) -> str:
    return text.shorten(json.dumps(value, ensure_ascii=False))


def members_left_out(mapping: MappingFile, forms: Sequence[Form], document: Any) -> Iterator[tuple[str, Any]]:
    """Give the members of the objects around records that no form takes, by their paths without brackets.

    A member of an object around many records is given once for each such object.
    """
    taken: dict[int, set[str]] = {}
    around: dict[int, tuple[str, Mapping[str, Any]]] = {}
    for form in forms:
        shape = Shape(mapping, form)
        for spot in shape.found_in(document):
            for number, step in enumerate(shape.steps):
                node = spot.nodes[number]
                if step.kind is Kind.NAME and isinstance(node, dict):
                    above = shape.steps[number - 1].path if number else ""
                    around[id(node)] = (f"{above}." if above else "", node)
                    taken.setdefault(id(node), set()).update((step.name, *shape.kept_at(spot, number)))
    for key, (prefix, node) in around.items():
        for name, value in node.items():
            if name not in taken[key]:
                yield from leaves_of(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
