"""Check descriptive entities against JSON Schema with every format asserted; the only door to jsonschema."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET

from ssclab_data import resources
from ssclab_data.errors import MissingZoneError, SettingsError, ValueParseError
from ssclab_data.model.entity import Entity
from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import ENTITY_TYPES, entity_type, type_of
from ssclab_data.model.values import Instant, Interval, is_finite, parse_time
from ssclab_data.validation.rules import RULES, Place, shown
from ssclab_data.validation.wire import to_wire

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[!#$&-;=?@\[\]_a-z~A-Z]|%[0-9A-Fa-f]{2})+")
_EXAMPLES = {
    "date-time": "2026-01-08T22:00:06Z",
    "time-interval": "2026-01-08T22:00:00Z/2026-01-08T23:00:00Z",
    "time-or-interval": "2026-01-08T22:00:06Z or 2026-01-08T22:00:00Z/2026-01-08T23:00:00Z",
    "iri": "https://qudt.org/vocab/unit/DEG_C",
    "uri": "https://qudt.org/vocab/unit/DEG_C",
}
_TIME_FORMATS = ("date-time", "time-interval", "time-or-interval")


def check_entity(entity: Entity) -> tuple[Finding, ...]:
    """Check one descriptive entity; empty when it is in order.

    Raises:
        SettingsError: a schema or a format checker is missing from the installation.

    >>> from ssclab_data.model.sensorthings import Thing
    >>> [finding.path for finding in check_entity(Thing(key="demo/1", name="unit 1"))]
    ['/description']
    """
    name = type_of(entity).name
    wire = to_wire(entity)
    key = "" if entity.key is UNSET else entity.key
    if not is_finite(wire):
        return tuple(_not_finite(wire, key))
    findings = _check_encoded(name, msgspec.json.encode(wire))
    if not key:
        return (*findings, RULES["key-missing"].finding({"name": name}))
    return tuple(msgspec.structs.replace(finding, entity=key) for finding in findings)


def check_document(entity_type_name: str, document: object) -> tuple[Finding, ...]:
    """Check SensorThings JSON as it is on the wire against the schema of an entity type.

    Args:
        document: parsed JSON.

    Raises:
        UnknownNameError: there is no such entity type.
        SettingsError: a schema or a format checker is missing from the installation.
    """
    name = entity_type(entity_type_name).name
    if not is_finite(document):
        return tuple(_not_finite(document, ""))
    found = [finding for error in _validator(name).iter_errors(document) for finding in _findings(error)]
    distinct = {(finding.path, finding.rule, finding.text): finding for finding in found}
    return tuple(distinct[key] for key in sorted(distinct))


@lru_cache(maxsize=8192)
def _check_encoded(name: str, wire: bytes) -> tuple[Finding, ...]:
    # Stations and units come back in every file of a source: each is checked once.
    return check_document(name, msgspec.json.decode(wire))


@cache
def _validator(name: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    schemas = _schemas()
    checker = format_checker()
    for file, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        _check_formats(schema, file=file, known=frozenset(checker.checkers))
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], DRAFT202012.create_resource(schema)) for schema in schemas.values()
    )
    return Draft202012Validator(schemas[f"{name}.schema.json"], registry=registry, format_checker=checker)


@cache
def _schemas() -> dict[str, Any]:
    files = [f"{name}.schema.json" for name in ("common", *ENTITY_TYPES)]
    try:
        return {file: msgspec.json.decode(resources.read_text("schemas", "entities", file)) for file in files}
    except FileNotFoundError as error:
        raise SettingsError(f"a schema is missing from the installation: {error}") from error


def format_checker() -> "FormatChecker":
    """Make the checker of `date-time`, `uri`, `iri` and the two time formats of SensorThings.

    Raises:
        SettingsError: nothing checks `date-time`; without rfc3339-validator jsonschema lets every text pass.
    """
    from jsonschema import FormatChecker

    if "date-time" not in FormatChecker.checkers:
        raise SettingsError("no checker of date-time formats: install rfc3339-validator")
    library = FormatChecker(formats=["date-time"])
    checker = FormatChecker(formats=[])
    # The library's pattern lets a line end pass after the zone.
    checker.checks("date-time")(lambda value: str(value).strip() == str(value) and library.conforms(value, "date-time"))
    # `time-interval` and `time-or-interval` are ours: JSON Schema has no format for ISO 8601 intervals.
    checker.checks("iri")(lambda value: _matches(_IRI, value))
    checker.checks("uri")(lambda value: _matches(_URI, value))
    checker.checks("time-interval", raises=ValueParseError)(lambda value: _is_interval(checker, value))
    checker.checks("time-or-interval", raises=ValueParseError)(
        lambda value: _is_interval(checker, value) if "/" in str(value) else checker.conforms(value, "date-time")
    )
    return checker


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return not isinstance(value, str) or pattern.fullmatch(value) is not None


def _is_interval(checker: "FormatChecker", value: object) -> bool:
    if not isinstance(value, str):
        return True
    ends = value.split("/")
    if len(ends) != 2 or not all(checker.conforms(end, "date-time") for end in ends):
        return False
    start, end = map(Instant.parse, ends)
    return start <= end


def _check_formats(schema: Any, *, file: str, known: frozenset[str]) -> None:
    """Refuse a schema with a format that nothing checks: such a format would let every text pass."""
    if isinstance(schema, list):
        for part in schema:
            _check_formats(part, file=file, known=known)
    if isinstance(schema, dict):
        name = schema.get("format")
        if isinstance(name, str) and name not in known:
            raise SettingsError(f"{file}: nothing checks the format {name!r}; known: {', '.join(sorted(known))}")
        for part in schema.values():
            _check_formats(part, file=file, known=known)


def _findings(error: "ValidationError") -> Iterator[Finding]:
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    at, value, limit = tuple(error.absolute_path), cast("Any", error.instance), cast("Any", error.validator_value)
    match error.validator:
        case "required":
            for name in limit:
                if name not in value:
                    yield RULES["missing-property"].finding({"name": name}, Place(path=pointer((*at, name))))
        case "additionalProperties":
            yield from _unknown(value, schema, at=at)
        case "format":
            yield _bad_format(value, limit, pointer(at))
        case "type":
            words = limit if isinstance(limit, str) else " or ".join(limit)
            facts = {"value": shown(value), "expected": words}
            yield RULES["wrong-type"].finding(facts, Place(path=pointer(at), value=value))
        case keyword:
            yield _named(schema, value, keyword=str(keyword), at=at)


def _named(schema: dict[str, Any], value: Any, *, keyword: str, at: Sequence[Any]) -> Finding:
    rule = RULES[schema.get("x-rule", "value-not-allowed")]
    if link := schema.get("x-link"):
        return rule.finding({"name": link}, Place(path=pointer((*at, link))))
    facts = {"value": shown(value), "keyword": keyword, "expected": shown(schema.get(keyword))}
    return rule.finding(facts, Place(path=pointer(at), value=value))


def _unknown(document: dict[str, Any], schema: dict[str, Any], *, at: Sequence[Any]) -> Iterator[Finding]:
    known = schema.get("properties", {})
    patterns = [re.compile(pattern) for pattern in schema.get("patternProperties", {})]
    for name, value in document.items():
        if name not in known and not any(pattern.search(name) for pattern in patterns):
            facts = {"name": shown(name), "known": ", ".join(known)}
            yield RULES["unknown-property"].finding(facts, Place(path=pointer((*at, name)), value=value))


def _bad_format(value: str, expected: str, path: str) -> Finding:
    facts = {"value": shown(value), "expected": expected, "example": _EXAMPLES[expected]}
    return RULES[_format_rule(value, expected)].finding(facts, Place(path=path, value=value))


def _format_rule(value: str, expected: str) -> str:
    if expected not in _TIME_FORMATS:
        return "bad-format"
    try:
        parse_time(value)
    except MissingZoneError:
        # A bare date is no date-time at all; only a time of day can lack its zone.
        return "zone-missing" if ":" in value else "bad-format"
    except ValueParseError:
        return "end-before-start" if _ends_early(value) else "bad-format"
    return "bad-format"


def _ends_early(value: str) -> bool:
    start, slash, end = value.partition("/")
    if not slash:
        return False
    try:
        Interval.parse(f"{end}/{start}")
    except ValueParseError:
        return False
    return True


def pointer(parts: Iterable[object]) -> str:
    """Join keys and indexes into a JSON Pointer (RFC 6901).

    >>> pointer(["properties", "a/b", 0])
    '/properties/a~1b/0'
    """
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _not_finite(document: object, key: str) -> Iterator[Finding]:
    for path, value in _leaves(document, ()):
        if isinstance(value, float) and not is_finite(value):
            yield RULES["not-finite"].finding({"value": value}, Place(path=pointer(path), value=value, entity=key))


def _leaves(value: object, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], object]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(value, (list, tuple)):
        for index, part in enumerate(value):
            yield from _leaves(part, (*path, index))
    else:
        yield path, value
