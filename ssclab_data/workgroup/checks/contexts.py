"""Check the JSON-LD context of a module: what its keys stand for exists."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ssclab_data.workgroup.documents import Document, json_of
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import KnownTerms
from ssclab_data.workgroup.module_files import ModuleFiles


def check_context(files: ModuleFiles, known: KnownTerms) -> Iterator[Fault]:
    """Look at each key of a context, those of contexts inside it too."""
    document = files.context
    if document is None or document.faults:
        return
    value, faults = json_of(document)
    yield from faults
    context = value.get("@context") if isinstance(value, dict) else None
    if not faults and not isinstance(context, dict):
        yield fault("file-syntax", document.at(1), kind="JSON-LD", reason="there is no object @context")
    if isinstance(context, dict):
        yield from _Context(document, files.entry.id, known).check(context, {})


class _Context:
    """A context and what its prefixes are held to."""

    def __init__(self, document: Document, id_: str, known: KnownTerms) -> None:
        self.document = document
        self.id = id_
        self.known = known

    def check(self, context: Mapping[str, Any], outer: Mapping[str, str]) -> Iterator[Fault]:
        """Look at one context with the prefixes of those around it."""
        prefixes = {**outer, **{key: value for key, value in context.items() if _is_prefix(key, value)}}
        for key, value in context.items():
            line = self._line(key, value)
            if _is_prefix(key, value):
                yield from self._prefix(key, value, line)
                continue
            for name in _names(value):
                yield from self._term(key, _expand(name, prefixes), line)
            inner = value.get("@context") if isinstance(value, dict) else None
            if isinstance(inner, dict):
                yield from self.check(inner, prefixes)

    def _prefix(self, key: str, namespace: str, line: int) -> Iterator[Fault]:
        expected = self.known.prefixes.get(key, namespace)
        if expected != namespace:
            facts = {"prefix": key, "found": namespace, "expected": expected}
            yield fault("prefix-namespace", self.document.at(line), **facts)

    def _term(self, key: str, iri: str, line: int) -> Iterator[Fault]:
        found = (
            self.known.fault_of(iri, self.id, self.document.at(line)) if "://" in iri and iri[-1] not in "#/" else None
        )
        if found is not None and found.rule == "module-not-imported":
            yield found
        elif found is not None:
            facts = {"key": key, "term": self.known.curie(iri), "suggestion": found.facts["suggestion"]}
            yield fault("context-term", self.document.at(line), **facts)

    def _line(self, key: str, value: Any) -> int:
        name = next(_names(value), value if isinstance(value, str) else "")
        pattern = re.compile(rf'"{re.escape(key)}"\s*:')
        lines = [number for number, line in enumerate(self.document.lines, 1) if pattern.search(line)]
        exact = [number for number in lines if f'"{name}"' in self.document.lines[number - 1]]
        return (exact or lines or [1])[0]


def _is_prefix(key: str, value: Any) -> bool:
    return not key.startswith("@") and isinstance(value, str) and value.endswith(("#", "/")) and "://" in value


def _names(value: Any) -> Iterator[str]:
    """Give the terms that a definition names: what a key stands for and its datatype."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (value[key] for key in ("@id", "@reverse", "@type") if isinstance(value.get(key), str))


def _expand(name: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, local = name.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes else name
