"""Check documents by `jsonschema`, the reference; its only door."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urldefrag

from ssclab_data.errors import InformationModelError
from ssclab_data.validation.ecma import compiled
from ssclab_data.validation.formats import FORMATS
from ssclab_data.validation.json_faults import NOTHING, Compiled, Fault, additional
from ssclab_data.validation.schemas import Library, Schema

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_BY_NAMES = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_NO_SCHEMAS = (
    *("const", "enum", "default", "examples", "example", "uniqueItems", "required", "dependentRequired"),
    *("additionalProperties", "unevaluatedProperties", "unevaluatedItems"),
)
_BRANCHING = ("anyOf", "oneOf")


class ReferenceEngine:
    """Check by `jsonschema`, with the patterns and multiples that the standard means."""

    name = "jsonschema"

    def compile(self, schema: Schema, library: Library) -> Compiled:
        """Make a schema ready; see `JsonEngine`."""
        return _ReferenceCompiled(schema, library)


def check_shape(schema: Schema, *, file: str) -> None:
    """Check a schema against the schema of schemas.

    Raises:
        InformationModelError: it is no schema; the message has the place.
    """
    from jsonschema.exceptions import SchemaError

    try:
        _validator_class().check_schema(schema)
    except SchemaError as error:
        raise InformationModelError(f"at {error.json_path}: {error.message[:200]}", file=file) from error


class _ReferenceCompiled:
    def __init__(self, schema: Schema, library: Library) -> None:
        from referencing import Registry

        kind = _validator_class()
        registry: Registry[Any] = Registry(retrieve=lambda iri: _resource(library, iri))  # type: ignore[call-arg]
        known = registry.with_resources((iri, _resource(library, iri)) for iri in library.by_iri).crawl()
        self._validator = kind(with_nothing(schema), registry=known, format_checker=_format_checker())

    def is_valid(self, document: Any) -> bool:
        return self._validator.is_valid(document)

    def faults(self, document: Any) -> Iterator[Fault]:
        return map(_fault, self._validator.iter_errors(document))


def _fault(error: "ValidationError") -> Fault:
    schema = error.schema if isinstance(error.schema, dict) else {}
    keyword = "" if schema == NOTHING else str(error.validator)
    branches: dict[object, list[Fault]] = {}
    for one in error.context if keyword in _BRANCHING else ():
        branches.setdefault(one.relative_schema_path[0], []).append(_fault(one))
    return Fault(keyword, schema, tuple(error.absolute_path), error.instance, tuple(map(tuple, branches.values())))


def with_nothing(schema: Any) -> Any:
    """Write `{"not": {}}` for each subschema that is `false`: of a fault of `false` the library tells no place."""
    if isinstance(schema, list):
        return [with_nothing(part) for part in schema]
    if not isinstance(schema, dict):
        return NOTHING if schema is False else schema
    return {
        keyword: value
        if keyword in _NO_SCHEMAS
        else _named_parts(value)
        if keyword in _BY_NAMES
        else with_nothing(value)
        for keyword, value in schema.items()
    }


def _named_parts(value: Any) -> Any:
    return {name: with_nothing(part) for name, part in value.items()} if isinstance(value, dict) else value


def _resource(library: Library, iri: str) -> Any:
    from referencing.jsonschema import DRAFT202012

    return DRAFT202012.create_resource(with_nothing(library.find(urldefrag(iri)[0])))


@cache
def _format_checker() -> Any:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=[])
    for name, one in FORMATS.items():
        checker.checks(name)(one.check)
    return checker


@cache
def _validator_class() -> "type[Validator]":
    r"""Give the library's class with some keywords put right.

    It searches with Python's patterns (`$` matches before a line end, `\d` any digit of Unicode), and divides floats
    (0.07 is no multiple of 0.01 there); and it does not tell which name is no good.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    own: dict[str, Callable[..., Iterator[Any]]] = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "propertyNames": _property_names,
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


def _property_names(validator: Any, names: Any, value: Any, _schema: Schema) -> Iterator[Any]:
    for name in value if isinstance(value, dict) else ():
        yield from validator.descend(name, names, path=name)


def _additional_properties(validator: Any, allowed: Any, value: Any, schema: Schema) -> Iterator[Any]:
    if not isinstance(value, dict):
        return
    names = list(additional(value, schema))
    if allowed is False and names:
        yield _error("additionalProperties")
    elif allowed is not False:
        for name in names:
            yield from validator.descend(value[name], allowed, path=name)


def _multiple_of(_validator: Any, unit: float, value: Any, _schema: Schema) -> Iterator[Any]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and Fraction(repr(value)) % Fraction(repr(unit)):
        yield _error("multipleOf")
