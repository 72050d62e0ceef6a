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
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_MAY_BE_FALSE = ("additionalProperties", "unevaluatedProperties", "unevaluatedItems")
_NOTHING: Schema = {"not": {}}
_BY_NAMES = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_NO_SCHEMAS = (
    *("const", "enum", "default", "examples", "example", "uniqueItems", "required", "dependentRequired"),
    *_MAY_BE_FALSE,
)
_BRANCHING = ("anyOf", "oneOf")
_BY_NAME = "dependentRequired"

REFERENCE, FAST, AUTO = "jsonschema", "jsonschema-rs", "auto"

type Path = tuple[str | int, ...]


class Fault(msgspec.Struct, frozen=True):
    """One keyword that a value does not meet.

    Attributes:
        keyword: `required`, `type`, ...; "" where nothing at all is allowed.
        schema: the subschema that the keyword stands in.
        at: keys and indexes that lead to the value.
        value: the value.
        branches: of `anyOf` and `oneOf`, the faults of each branch.
    """

    keyword: str
    schema: Schema
    at: Path
    value: Any
    branches: tuple[tuple["Fault", ...], ...] = ()

    def settled(self) -> "Iterator[Fault]":
        """Give the faults of the one branch that is of the type of the value, where there is one; else itself.

        A value that may also be null has its own faults; that it is not null says nothing.
        """
        meant = [
            branch for branch in self.branches if not any(one.keyword == "type" and one.at == self.at for one in branch)
        ]
        if len(meant) != 1 or "x-rule" in self.schema:
            yield self
        else:
            for fault in meant[0]:
                yield from fault.settled()


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
        self._validator = kind(with_nothing(schema), registry=known, format_checker=_format_checker())

    def is_valid(self, document: Any) -> bool:
        return self._validator.is_valid(document)

    def faults(self, document: Any) -> Iterator[Fault]:
        return map(_fault, self._validator.iter_errors(document))


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
        try:
            yield from [self._fault(error, document) for error in errors]
        except KeyError:  # names that look like numbers ("03") come as numbers (3)
            yield from self._slow.faults(document)

    def _fault(self, error: Any, document: Any) -> Fault:
        at = tuple(error.instance_path)
        nested = getattr(error.kind, "error", None) if error.kind.name == "propertyNames" else None
        if nested is not None:
            return Fault(*self._place(str(nested.absolute_keyword_location)), (*at, nested.instance), nested.instance)
        branches = tuple(
            tuple(self._fault(one, document) for one in branch) for branch in getattr(error.kind, "context", ())
        )
        if error.kind.name == "falseSchema":
            return Fault("", _NOTHING, at, _value(document, at))
        if not all(branches):  # one of them holds: it is `oneOf`, of which several do
            branches = ()
        return Fault(*self._place(str(error.absolute_keyword_location)), at, _value(document, at), branches)

    @property
    def _slow(self) -> Compiled:
        if self._reference is None:
            self._reference = _ReferenceCompiled(self._schema, self._library)
        return self._reference

    def _place(self, location: str) -> tuple[str, Schema]:
        """Find the keyword and the subschema that it stands in."""
        if location not in self._places:
            self._places[location] = self._looked_up(location)
        return self._places[location]

    def _looked_up(self, location: str) -> tuple[str, Schema]:
        above, _, keyword = location.rpartition("/")
        if above.endswith(f"/{_BY_NAME}"):  # the library numbers the names there
            above, keyword = above.removesuffix(f"/{_BY_NAME}"), _BY_NAME
        return keyword, self._library.lookup(above)


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


def _fault(error: "ValidationError") -> Fault:
    schema = error.schema if isinstance(error.schema, dict) else {}
    keyword = "" if schema == _NOTHING else str(error.validator)
    branches: dict[object, list[Fault]] = {}
    for one in error.context if keyword in _BRANCHING else ():
        branches.setdefault(one.relative_schema_path[0], []).append(_fault(one))
    return Fault(keyword, schema, tuple(error.absolute_path), error.instance, tuple(map(tuple, branches.values())))


def _value(document: Any, at: Path) -> Any:
    for step in at:
        document = document[step]
    return document


def with_nothing(schema: Any) -> Any:
    """Write `{"not": {}}` for each subschema that is `false`: of a fault of `false` the library tells no place."""
    if isinstance(schema, list):
        return [with_nothing(part) for part in schema]
    if not isinstance(schema, dict):
        return _NOTHING if schema is False else schema
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


def additional(document: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    """Give the names of members that a schema neither lists nor has a pattern for."""
    known, patterns = schema.get("properties", {}), [compiled(one) for one in schema.get("patternProperties", {})]
    return (name for name in document if name not in known and not any(one.search(name) for one in patterns))


def _multiple_of(_validator: Any, unit: float, value: Any, _schema: Schema) -> Iterator[Any]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and Fraction(repr(value)) % Fraction(repr(unit)):
        yield _error("multipleOf")
