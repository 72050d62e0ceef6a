"""Find the JSON Schemas of the package and its extensions, and resolve references among them without a network."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.resources import extensions, roots

SUFFIX = ".schema.json"
EXAMPLES = "examples"
BASE = "https://ssclab.example/schemas/"
_RAW = "https://raw.githubusercontent.com/smart-data-models/"
_PUBLISHED = "https://smart-data-models.github.io/"

type Schema = dict[str, Any]


class SchemaFile(msgspec.Struct, frozen=True):
    """A schema of a `schemas` folder.

    Attributes:
        name: path below the folder without its ending (`entities/Thing`).
        file: where it is, for messages.
        root: the `schemas` folder it lies in.
    """

    name: str
    file: str
    root: Traversable
    schema: Schema

    @property
    def parts_only(self) -> bool:
        """Whether it only holds parts of other schemas, so that nothing can be checked against it."""
        return not self.schema.keys() - {"$schema", "$id", "$comment", "title", "description", "$defs", "definitions"}


class Library(msgspec.Struct, frozen=True):
    """Schemas by IRI, the only ones that a reference can lead to."""

    by_iri: Mapping[str, Schema]

    def find(self, iri: str) -> Schema:
        """Give the schema of an IRI, by any of the names under which it is published.

        Raises:
            InformationModelError: it is not here, and nothing is fetched.
        """
        found = self.by_iri.get(canonical(iri))
        if found is None:
            raise InformationModelError(f"a schema refers to {iri}, which is not at hand; nothing is fetched")
        return found

    def lookup(self, iri: str) -> Any:
        """Give what an IRI with a JSON Pointer for its fragment leads to.

        Raises:
            InformationModelError: the schema is not here, or has no such part.
        """
        document, fragment = urldefrag(iri)
        found: Any = self.find(document)
        for step in map(_unescaped, unquote(fragment).split("/")[1:]):
            try:
                found = found[int(step)] if isinstance(found, list) else found[step]
            except (KeyError, IndexError, ValueError, TypeError) as error:
                raise InformationModelError(f"a schema refers to {iri}, which has no part {step!r}") from error
        return found

    def joined(self, others: Iterable[Schema]) -> "Library":
        """Add schemas; each says its `$id`.

        Raises:
            InformationModelError: one has no `$id`.
        """
        return Library(MappingProxyType({**self.by_iri, **{iri_of(other): other for other in others}}))


def canonical(iri: str) -> str:
    """Give the one name of a schema that is published under several.

    Smart Data Models refer to each other by the pages and by the raw files of their repositories.

    >>> canonical("https://raw.githubusercontent.com/smart-data-models/dataModel.Device/master/device-schema.json")
    'https://smart-data-models.github.io/dataModel.Device/device-schema.json'
    """
    plain = iri.removesuffix("#")
    if not plain.startswith(_RAW):
        return plain
    repository, _, rest = plain.removeprefix(_RAW).partition("/")
    return f"{_PUBLISHED}{repository}/{rest.partition('/')[2]}"


def iri_of(schema: Schema) -> str:
    """Give the name of a schema, from its `$id`.

    Raises:
        InformationModelError: it has none.
    """
    found = schema.get("$id")
    if not isinstance(found, str) or not found:
        raise InformationModelError(f"a schema ({schema.get('title', 'without a title')!r}) has no $id")
    return canonical(found)


def resolved(reference: str, *, base: str) -> str:
    """Give the IRI that a `$ref` leads to."""
    return urljoin(base, reference)


def schema_files() -> Mapping[str, SchemaFile]:
    """Give the schemas by name: ours, then those of extensions.

    Raises:
        InformationModelError: one is no JSON, has no `$id`, or has the name or `$id` of another one.
    """
    return _schema_files(extensions())


def schema_names() -> tuple[str, ...]:
    """Give the names of the schemas that a document can be checked against, sorted.

    >>> "entities/Thing" in schema_names()
    True
    """
    return tuple(sorted(name for name, one in schema_files().items() if not one.parts_only))


def library() -> Library:
    """Give all schemas of the package and its extensions by IRI."""
    return _library(extensions())


def schema_file(name: str) -> SchemaFile:
    """Find a schema by name.

    Raises:
        InformationModelError: there is none; the message lists those there are.
    """
    found = schema_files().get(name)
    if found is None:
        raise InformationModelError(f"no schema {name!r}; known: {', '.join(schema_names())}")
    return found


@cache
def _library(_extensions: tuple[object, ...]) -> Library:
    return Library(MappingProxyType({iri_of(one.schema): one.schema for one in schema_files().values()}))


@cache
def _schema_files(_extensions: tuple[object, ...]) -> Mapping[str, SchemaFile]:
    found: dict[str, SchemaFile] = {}
    iris: dict[str, str] = {}
    for one in (_read(root, path) for root in roots("schemas") for path in _paths(root)):
        iri = iri_of(one.schema)
        if one.name in found:
            raise InformationModelError(f"there is a schema {one.name!r} already; choose another name", file=one.file)
        if iri in iris:
            raise InformationModelError(f"its $id is that of {iris[iri]}; give each schema its own", file=one.file)
        found[one.name], iris[iri] = one, one.file
    return MappingProxyType(found)


def _paths(folder: Traversable, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != EXAMPLES:
            yield from _paths(entry, (*above, entry.name))
        elif entry.name.endswith(SUFFIX):
            yield (*above, entry.name)


def _read(root: Traversable, path: tuple[str, ...]) -> SchemaFile:
    file = root.joinpath(*path)
    try:
        schema = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        iri_of(schema)
    except (msgspec.MsgspecError, InformationModelError) as error:
        raise InformationModelError(str(error), file=str(file)) from error
    return SchemaFile("/".join(path).removesuffix(SUFFIX), str(file), root, schema)


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
