"""Run documents through an engine of JSON Schema, the reference or a fast one; the only door to both libraries."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urldefrag

import msgspec

from ssclab_data.errors import InformationModelError, SettingsError
from ssclab_data.validation.ecma import compiled
from ssclab_data.validation.formats import FORMATS
from ssclab_data.validation.schemas import Library, Schema

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_MAY_BE_FALSE = ("additionalProperties", "unevaluatedProperties", "unevaluatedItems")

REFERENCE, FAST, AUTO = "jsonschema", "jsonschema-rs", "auto"

type Path = tuple[str | int, ...]


class Fault(msgspec.Struct, frozen=True):
    """One keyword that a value does not meet.

    Attributes:
        keyword: `required`, `type`, ...; "" where nothing at all is allowed.
        schema: the subschema that the keyword stands in.
        at: keys and indexes that lead to the value.
        value: the value.
    """

    keyword: str
    schema: Schema
    at: Path
    value: Any


class Compiled(Protocol):
    """A schema made ready by an engine."""

    def is_valid(self, document: Any) -> bool:
        """Tell whether a document meets the schema."""
        ...

    def faults(self, document: Any) -> Iterator[Fault]:
        """Give every keyword that a document does not meet, in no set order."""
        ...


class JsonEngine(Protocol):
    """What checks documents against JSON Schema 2020-12, formats too."""

    name: str

    def compile(self, schema: Schema, library: Library) -> Compiled:
        """Make a schema ready; its references lead into the library, and nowhere else.

        Raises:
            InformationModelError: it is no schema.
        """
        ...


class ReferenceEngine:
    """Check by `jsonschema`, with the patterns and multiples that the standard means."""

    name = REFERENCE

    def compile(self, schema: Schema, library: Library) -> Compiled:
        """Make a schema ready; see `JsonEngine`."""
        return _ReferenceCompiled(schema, library)


class FastEngine:
    """Check by `jsonschema-rs`; a document that it cannot take goes to the reference."""

    name = FAST

    def compile(self, schema: Schema, library: Library) -> Compiled:
        """Make a schema ready; see `JsonEngine`."""
        return _FastCompiled(schema, library)


class _ReferenceCompiled:
    def __init__(self, schema: Schema, library: Library) -> None:
        from jsonschema.exceptions import SchemaError
        from referencing import Registry

        kind = _validator_class()
        try:
            kind.check_schema(schema)
        except SchemaError as error:
            raise InformationModelError(f"{error.json_path}: {error.message[:200]}", file=schema["$id"]) from error
        registry: Registry[Any] = Registry(retrieve=lambda iri: _resource(library, iri))  # type: ignore[call-arg]
        known = registry.with_resources((iri, _resource(library, iri)) for iri in library.by_iri).crawl()
        self._validator = kind(schema, registry=known, format_checker=_format_checker())

    def is_valid(self, document: Any) -> bool:
        return self._validator.is_valid(document)

    def faults(self, document: Any) -> Iterator[Fault]:
        for error in self._validator.iter_errors(document):
            schema = error.schema if isinstance(error.schema, dict) else {}
            keyword = str(error.validator) if schema else ""
            yield Fault(keyword, schema, tuple(error.absolute_path), error.instance)


class _FastCompiled:
    def __init__(self, schema: Schema, library: Library) -> None:
        import jsonschema_rs

        self._schema, self._library = schema, library
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                schema,
                formats={name: one.check for name, one in FORMATS.items()},
                validate_formats=True,
                ignore_unknown_formats=False,
                retriever=library.find,
                offline=False,
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise InformationModelError(str(error)[:200], file=schema["$id"]) from error
        self._reference: Compiled | None = None
        self._places: dict[str, tuple[str, Schema]] = {}

    def is_valid(self, document: Any) -> bool:
        try:
            return self._validator.is_valid(document)
        except ValueError:  # an unpaired surrogate, which Python's texts can hold
            return self._slow.is_valid(document)

    def faults(self, document: Any) -> Iterator[Fault]:
        try:
            errors = list(self._validator.iter_errors(document))
        except ValueError:
            yield from self._slow.faults(document)
            return
        for error in errors:
            at = tuple(error.instance_path)
            yield Fault(*self._place(str(error.absolute_keyword_location)), at, _value(document, at))

    @property
    def _slow(self) -> Compiled:
        if self._reference is None:
            self._reference = _ReferenceCompiled(self._schema, self._library)
        return self._reference

    def _place(self, location: str) -> tuple[str, Schema]:
        """Find the keyword and the subschema that it stands in."""
        if location not in self._places:
            above, _, keyword = location.rpartition("/")
            nothing = self._library.lookup(location) is False and keyword not in _MAY_BE_FALSE
            self._places[location] = ("", {}) if nothing else (keyword, self._library.lookup(above))
        return self._places[location]


def engine_of(name: str = AUTO) -> JsonEngine:
    """Find an engine by name; `auto` takes the fast one where it is installed.

    Raises:
        SettingsError: there is none of that name, or it is not installed.

    >>> engine_of("jsonschema").name
    'jsonschema'
    """
    if name == AUTO:
        name = FAST if _is_installed() else REFERENCE
    if name not in ENGINES:
        raise SettingsError(f"no engine {name!r} of JSON Schema; known: auto, {', '.join(ENGINES)}")
    if name == FAST and not _is_installed():
        raise SettingsError(f"the engine {FAST} is not installed; pip install 'ssclab-data[fast]', or take {REFERENCE}")
    return ENGINES[name]


ENGINES: Mapping[str, JsonEngine] = MappingProxyType({REFERENCE: ReferenceEngine(), FAST: FastEngine()})
"""The engines by name, the reference first."""


@cache
def _is_installed() -> bool:
    return find_spec("jsonschema_rs") is not None


def _value(document: Any, at: Path) -> Any:
    for step in at:
        document = document[step]
    return document


def _resource(library: Library, iri: str) -> Any:
    from referencing.jsonschema import DRAFT202012

    return DRAFT202012.create_resource(library.find(urldefrag(iri)[0]))


@cache
def _format_checker() -> Any:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=[])
    for name, one in FORMATS.items():
        checker.checks(name)(one.check)
    return checker


@cache
def _validator_class() -> "type[Validator]":
    r"""Give the library's class with three keywords put right.

    It searches with Python's patterns (`$` matches before a line end, `\d` any digit of Unicode), and divides floats
    (0.07 is no multiple of 0.01 there).
    """
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    own: dict[str, Callable[..., Iterator[Any]]] = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
    }
    return cast("type[Validator]", extend(Draft202012Validator, own))  # type: ignore[no-untyped-call]


def _error(message: str) -> Any:
    from jsonschema import ValidationError

    return ValidationError(message)


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Schema) -> Iterator[Any]:
    if isinstance(value, str) and not compiled(pattern).search(value):
        yield _error("pattern")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], value: Any, _schema: Schema) -> Iterator[Any]:
    if not isinstance(value, dict):
        return
    for pattern, schema in patterns.items():
        for name, part in value.items():
            if compiled(pattern).search(name):
                yield from validator.descend(part, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, value: Any, schema: Schema) -> Iterator[Any]:
    if not isinstance(value, dict):
        return
    names = list(additional(value, schema))
    if allowed is False and names:
        yield _error("additionalProperties")
    elif allowed is not False:
        for name in names:
            yield from validator.descend(value[name], allowed, path=name)


def additional(document: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    """Give the names of members that a schema neither lists nor has a pattern for."""
    known, patterns = schema.get("properties", {}), [compiled(one) for one in schema.get("patternProperties", {})]
    return (name for name in document if name not in known and not any(one.search(name) for one in patterns))


def _multiple_of(_validator: Any, unit: float, value: Any, _schema: Schema) -> Iterator[Any]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and Fraction(repr(value)) % Fraction(repr(unit)):
        yield _error("multipleOf")
