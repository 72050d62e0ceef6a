"""Read records of XML documents; a document type, with which entities could be made, is refused."""

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text
from ssclab_data.sources.reading.bounds import MOST_ATTRIBUTES, check_prefix
from ssclab_data.sources.reading.record import Payload, Record
from ssclab_data.sources.reading.shaping import Found, Item, choose, forms_of, item_of

type Element = Any
"""An element of lxml, which is imported when a document is read."""


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Take a document apart, or None when it has another form.

    Fields have the names of elements without namespaces, joined by a dot, and `@name` for attributes. The second
    element of one name within another has the field `name.2`, the third `name.3`.
    """
    if not payload.looks_like_xml:
        return None
    forms = forms_of(mapping, form)
    root = parse_xml(payload.content)
    return choose(forms, [_find(mapping, one, root) for one in forms])


def parse_xml(content: bytes) -> Element:
    """Read a document, without comments and processing instructions; nothing is fetched.

    Raises:
        ReadError: it is no XML, is nested more than 256 deep, or has a document type.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root: Element = etree.fromstring(content.strip(), parser)
    except etree.XMLSyntaxError as error:
        raise text.ReadError(f"it is not XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise text.ReadError("it has a document type (DOCTYPE), which is refused: entities could be made with it")
    return root


def local(name: str) -> str:
    """Give the name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def leaves(element: Element, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Give attributes, text, and those of the elements within, by the names of their fields."""
    check_prefix(prefix)
    if len(element.attrib) > MOST_ATTRIBUTES:  # lxml looks through all of them for each
        raise text.ReadError(f"an element has more than {MOST_ATTRIBUTES:,} attributes")
    for name, value in element.attrib.items():
        yield f"{prefix}@{local(name)}", value
    seen: Counter[str] = Counter()
    for child in element:
        name = local(child.tag)
        seen[name] += 1
        numbered = f"{prefix}{name}" if seen[name] == 1 else f"{prefix}{name}.{seen[name]}"
        said = _text(child)
        if said or not len(child):
            yield numbered, said
        yield from leaves(child, f"{numbered}.")


def _text(element: Element) -> str:
    parts = [element.text, *(child.tail for child in element)]
    return " ".join(part.strip() for part in parts if part and part.strip())


def _find(mapping: MappingFile, form: Form, root: Element) -> Found | None:
    names = tuple(name for name in form.records.split(".") if name)
    trails = list(_trails(names, (root,)))
    if not trails:
        parents = list(_trails(names[:-1], (root,))) if names else []
        return Found([]) if parents and not any(len(trail[-1]) for trail in parents) else None
    shape = _Shape(mapping, form, names)
    passed = {id(element) for trail in trails for element in trail[:-1]}
    return Found([shape.item(trail) for trail in trails], passed)


def _trails(names: Sequence[str], trail: tuple[Element, ...]) -> Iterator[tuple[Element, ...]]:
    """Give the elements on the way to each record, the record last."""
    if not names:
        yield trail
        return
    for child in trail[-1]:
        if local(child.tag) == names[0]:
            yield from _trails(names[1:], (*trail, child))


class _Shape:
    """A form, ready to be looked for."""

    def __init__(self, mapping: MappingFile, form: Form, names: tuple[str, ...]) -> None:
        self.mapping, self.form, self.names = mapping, form, names
        self._kept = [self._level(path) for path in form.keep]
        self._outer: dict[int, dict[str, str]] = {}

    def item(self, trail: tuple[Element, ...]) -> Item:
        alone = partial(self._alone, trail)
        found = [*self._keep(trail), *leaves(trail[-1])]
        if _text(trail[-1]):
            found.append((self.names[-1] if self.names else local(trail[-1].tag), _text(trail[-1])))
        return item_of(self.mapping, self.form, found, at=id(trail[-1]), alone=alone)

    def _level(self, text: str) -> tuple[str, int, str]:
        """Tell in which enclosing element a kept one is, and how it is called from there."""
        path, renamed, name = text.partition(" as ")
        parts, level = path.split("."), 0
        while level < len(self.names) - 1 and len(parts) > level + 1 and parts[level] == self.names[level]:
            level += 1
        return name if renamed else path, level, ".".join(parts[level:])

    def _keep(self, trail: tuple[Element, ...]) -> Iterator[tuple[str, str]]:
        for name, level, rest in self._kept:
            if level >= len(self.names):
                continue
            for field, value in self._fields(trail[level], self.names[level]).items():
                if field == rest or field.startswith(f"{rest}."):
                    yield name + field[len(rest) :], value

    def _fields(self, element: Element, inner: str) -> dict[str, str]:
        """Give the fields of an enclosing element, without those of the records in it."""
        known = self._outer.get(id(element))
        if known is None:
            known = {name: value for name, value in leaves(element) if name.partition(".")[0] != inner}
            self._outer[id(element)] = known
        return known

    def _alone(self, trail: tuple[Element, ...]) -> bytes:
        """Write a document with one record, and with what is kept of the elements that enclose it."""
        from lxml import etree

        inner = deepcopy(trail[-1])
        inner.tail = None
        for level in range(len(trail) - 2, -1, -1):
            outer = etree.Element(trail[level].tag, trail[level].attrib, trail[level].nsmap)
            heads = {rest.partition(".")[0] for _, at, rest in self._kept if at == level}
            outer.extend(deepcopy(child) for child in trail[level] if local(child.tag) in heads)
            outer.append(inner)
            inner = outer
        content: bytes = etree.tostring(inner, encoding="utf-8")
        return content
