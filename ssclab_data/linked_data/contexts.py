"""Put the contexts that travel with the package in the place of their IRIs in JSON-LD: nothing is fetched."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.resources import extensions, roots

_REGISTRY = "registry.yaml"
_FILE = "context.jsonld"
_IRI_KEYS = ("@id", "@vocab")
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')


class _Entry(msgspec.Struct, frozen=True):
    namespace: str
    version: str
    folder: str


class _Registry(msgspec.Struct, frozen=True):
    modules: tuple[_Entry, ...] = ()


def bundled() -> Mapping[str, Traversable]:
    """Give the context files of all modules by their IRIs: that of the module or its version, and `/context.jsonld`."""
    return _bundled(extensions())


def inlined(content: bytes, *, where: str = "", depth: int) -> bytes:
    """Make a JSON-LD document stand on its own: each context that it refers to is put into it.

    Args:
        where: file name, for messages.
        depth: how deep it may be nested.

    Raises:
        SourceError: it is no JSON, refers to a context that is not here, or has what can be no IRI where one is asked.
    """
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceError(f"no valid JSON: {error}", source="rdf", where=where) from error
    reading = _Inlining(where, depth)
    return msgspec.json.encode(reading.value(document, 0))


class _Inlining:
    def __init__(self, where: str, depth: int) -> None:
        self._where = where
        self._depth = depth
        self._iri_keys = {"@id"}
        self._open: list[str] = []

    def value(self, value: Any, depth: int) -> Any:
        if depth > self._depth:
            raise self._error(f"it is nested more than {self._depth} deep")
        if isinstance(value, list):
            return [self.value(part, depth + 1) for part in value]
        if not isinstance(value, dict):
            return value
        # The context first: it says which keys have IRIs.
        found = {"@context": self.context(value["@context"], depth + 1)} if "@context" in value else {}
        for key, part in value.items():
            if key != "@context":
                self._check_iri(key, part)
                found[key] = self.value(part, depth + 1)
        return found

    def context(self, context: Any, depth: int) -> Any:
        if depth > self._depth:
            raise self._error(f"its context is nested more than {self._depth} deep")
        if isinstance(context, str):
            return self._bundled(context, depth)
        if isinstance(context, list):
            parts = (self.context(part, depth + 1) for part in context)
            return [one for part in parts for one in (part if isinstance(part, list) else [part])]
        if not isinstance(context, dict):
            return context
        imported = self._imported(context, depth)
        return {
            **imported,
            **{key: self._definition(key, part, depth) for key, part in context.items() if key != "@import"},
        }

    def _imported(self, context: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        if "@import" not in context:
            return {}
        imported = self._bundled(str(context["@import"]), depth)
        if not isinstance(imported, dict):
            raise self._error(f"@import needs one context, and {context['@import']} has more")
        return imported

    def _definition(self, key: str, part: Any, depth: int) -> Any:
        if not isinstance(part, dict):
            return part
        if part.get("@type") in _IRI_KEYS:
            self._iri_keys.add(key)
        if "@context" in part:
            return {**part, "@context": self.context(part["@context"], depth + 1)}
        return part

    def _bundled(self, iri: str, depth: int) -> Any:
        file = bundled().get(iri)
        if file is None:
            raise self._error(
                f"the context {iri} is not here, and contexts are never fetched; put its contents in the document, "
                f"or use one of: {', '.join(bundled())}"
            )
        if iri in self._open:
            raise self._error(f"the context {iri} refers to itself")
        document = msgspec.json.decode(file.read_bytes())
        if not isinstance(document, dict) or "@context" not in document:
            raise self._error(f"the context document {iri} has no @context")
        self._open.append(iri)
        context = self.context(document["@context"], depth + 1)
        self._open.pop()
        return context

    def _check_iri(self, key: str, part: Any) -> None:
        """Refuse what the parsers leave out in silence."""
        if key not in self._iri_keys:
            return
        for text in part if isinstance(part, list) else [part]:
            if isinstance(text, str) and _NOT_IN_IRI.search(text):
                raise self._error(f"{text!r} under {key!r} is no IRI")

    def _error(self, message: str) -> SourceError:
        return SourceError(f"no usable JSON-LD: {message}", source="rdf", where=self._where)


@cache
def _bundled(_extensions: tuple[object, ...]) -> Mapping[str, Traversable]:
    return MappingProxyType(dict(_files()))


def _files() -> Iterator[tuple[str, Traversable]]:
    for root in roots("ontologies"):
        registry = root / _REGISTRY
        if not registry.is_file():
            continue
        for entry in msgspec.yaml.decode(registry.read_bytes(), type=_Registry).modules:
            file = root.joinpath(*entry.folder.split("/")) / _FILE
            module = entry.namespace.rstrip("#/")
            if file.is_file():
                yield f"{module}/{entry.version}/{_FILE}", file
                yield f"{module}/{_FILE}", file
