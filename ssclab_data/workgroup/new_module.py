"""Make a new module that passes every check, and list it in the registry without touching the rest of that file."""

import re
import shutil
from pathlib import Path
from string import Template
from typing import Any

import msgspec
import yaml

from ssclab_data.errors import InformationModelError
from ssclab_data.ontology.registry import REGISTRY
from ssclab_data.resources import folder
from ssclab_data.workgroup.check import check_module
from ssclab_data.workgroup.faults import Fault
from ssclab_data.workgroup.known_terms import ontology_iri
from ssclab_data.workgroup.template import ENTRY, FILES, LICENCE, VERSION
from ssclab_data.workgroup.workspace import Workspace

BASE = "https://ssclab.example/def/"

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_EMPTY = "# Modules and profiles of this folder, with the version in use.\nmodules: []\nprofiles: []\n"


class NewModule(msgspec.Struct, frozen=True, kw_only=True):
    """What a new module is called.

    Attributes:
        id: lower case; prefix of its terms, too.
        namespace: of its terms; "" for ours.
    """

    id: str
    title_nl: str
    title_en: str
    namespace: str = ""


def make_module(new: NewModule, into: Path | None = None) -> Path:
    """Make the folder of a module with one class, one shape, two examples and one competency question.

    Args:
        into: an extension, or a folder laid out as `ontologies/`; made where it is not there. None is our own.

    Raises:
        InformationModelError: the id cannot be used, the module is there already, or the result fails a check.
    """
    root = _root(into)
    facts = _facts(new)
    place = root / "modules" / new.id / VERSION
    if place.exists():
        raise InformationModelError(f"there is a module in {place} already; choose another id")
    registry = root / REGISTRY
    before = registry.read_bytes() if registry.is_file() else None
    if new.id in Workspace(root).modules:
        raise InformationModelError(f"there is a module {new.id!r} already; choose another id")
    for name, content in FILES.items():
        _write(place / Template(name).substitute(facts), content.substitute(facts).encode())
    entry = ENTRY.substitute(facts)
    _write(registry, with_entry((before or _EMPTY.encode()).decode(), "modules", entry).encode())
    faults = check_module(Workspace(root), new.id)
    if faults:
        _undo(place, registry, before)
        raise InformationModelError(_told(faults), file=str(place))
    return place


def with_entry(text: str, kind: str, entry: str) -> str:
    r"""Add an entry to a list of a registry; every other byte stays as it is.

    Args:
        kind: `modules` or `profiles`.
        entry: YAML of one entry, not indented.

    Raises:
        InformationModelError: the file has no such list, or one written in brackets.

    >>> print(with_entry("modules: [] # none\n", "modules", "- id: a\n  b: c\n"), end="")
    modules: # none
      - id: a
        b: c
    """
    value = _list_node(text, kind)
    if value.flow_style:
        if value.value:
            raise InformationModelError(f"{kind} is written in brackets; write one entry a line", file=REGISTRY)
        start = text[: value.start_mark.index].rstrip(" ")
        at, indent = _line_end(text, value.end_mark.index), 2
        head = start + text[value.end_mark.index : at]
    else:
        at = _line_end(text, _last(value).end_mark.index)
        indent = value.start_mark.column
        head = text[:at]
    body = "".join(" " * indent + line + "\n" for line in entry.splitlines())
    rest = text[at:]
    return f"{head}\n{body}{rest.removeprefix(chr(10))}"


def _list_node(text: str, kind: str) -> yaml.SequenceNode:
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = document.value if isinstance(document, yaml.MappingNode) else []
    found = next((value for key, value in pairs if key.value == kind), None)
    if not isinstance(found, yaml.SequenceNode):
        raise InformationModelError(f"there is no list {kind!r}; add `{kind}: []`", file=REGISTRY)
    return found


def _last(node: Any) -> Any:
    """Give the last part of a node that is written on one line; a block ends only where the next thing begins."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _root(into: Path | None) -> Path:
    if into is None:
        return Path(str(folder("ontologies")))
    if (into / REGISTRY).is_file():
        return into.resolve()
    return into.resolve() / "ontologies"


def _facts(new: NewModule) -> dict[str, str]:
    if not _ID.fullmatch(new.id):
        raise InformationModelError(f"{new.id!r} is no id of a module: lower-case letters, digits and hyphens")
    if not new.title_nl.strip() or not new.title_en.strip():
        raise InformationModelError("a module has a title in Dutch and in English")
    namespace = new.namespace or f"{BASE}{new.id}#"
    if not re.fullmatch(r'https?://[^\s<>"{}|\\^`]+#', namespace):
        raise InformationModelError(f"{namespace} is no namespace: a whole IRI that ends in #")
    return {
        "id": new.id,
        "prefix": new.id,
        "namespace": namespace,
        "ontology": ontology_iri(namespace),
        "version": VERSION,
        "licence": LICENCE,
        "title_nl": _quoted(new.title_nl),
        "title_en": _quoted(new.title_en),
    }


def _quoted(text: str) -> str:
    """Write a text between double quotes, as both Turtle and YAML read it."""
    return msgspec.json.encode(text).decode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _undo(place: Path, registry: Path, before: bytes | None) -> None:
    shutil.rmtree(place)
    if before is None:
        registry.unlink()
    else:
        registry.write_bytes(before)


def _told(faults: tuple[Fault, ...]) -> str:
    return "; ".join(f"{one.rule}: {one.message()}" for one in faults[:3])
