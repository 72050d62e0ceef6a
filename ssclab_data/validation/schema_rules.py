"""Refuse schemas with keywords that check nothing: a fault of a schema must never let a document pass."""

import difflib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urldefrag

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.validation.formats import FORMATS
from ssclab_data.validation.schemas import Library, Schema, canonical, resolved

_KEYWORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "string": frozenset(("format", "pattern", "minLength", "maxLength")),
        "number": frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
        "array": frozenset(
            (
                *("items", "prefixItems", "contains", "minContains", "maxContains"),
                *("minItems", "maxItems", "uniqueItems", "unevaluatedItems"),
            )
        ),
        "object": frozenset(
            (
                *("properties", "patternProperties", "additionalProperties", "propertyNames", "required"),
                *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties"),
            )
        ),
    }
)
NAMED_RULES = (
    *("missing-link", "empty-text", "end-before-start", "impossible-position", "zero-position", "not-geojson"),
    *("unit-not-ucum", "value-not-allowed"),
)
"""Rules that a schema may name by `x-rule`, for a finding that says more than the keyword does."""

_TAKEN_BY = {keyword: type_ for type_, keywords in _KEYWORDS.items() for keyword in keywords}
_ANNOTATIONS = (
    *("$schema", "$id", "$ref", "$defs", "$comment", "$anchor", "definitions", "title", "description"),
    *("default", "examples", "example", "deprecated", "readOnly", "writeOnly", "contentMediaType", "contentEncoding"),
)
_ONE = ("not", "if", "then", "else")
_SEVERAL = ("allOf", "anyOf", "oneOf")
_PARTS = ("items", "contains", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "propertyNames")
_NAMED_PARTS = ("properties", "patternProperties")
_KNOWN = frozenset(
    (*_TAKEN_BY, *_ANNOTATIONS, *_ONE, *_SEVERAL, *_PARTS, *_NAMED_PARTS, "dependentSchemas", "type", "enum", "const")
)


class _Place(msgspec.Struct, frozen=True):
    """A subschema, and what is known of the values it gets.

    Attributes:
        types: that the values can have; None where nothing says so.
        path: JSON Pointer of the subschema.
    """

    schema: Any
    types: frozenset[str] | None
    path: str


def check_schema(schema: Schema, library: Library, *, file: str, ours: bool) -> frozenset[str]:
    """Refuse a schema in which a keyword would let every value pass.

    Args:
        file: name for messages.
        ours: whether all keywords must be known; others have annotations of their own.

    Returns:
        IRIs of the schemas that it refers to.

    Raises:
        InformationModelError: a format is not known, a keyword is not one of the types that are stated (a `format`
            beside no `type` holds for any number), a keyword is not known, or a reference leads nowhere.
    """
    base = str(schema.get("$id", ""))
    found: set[str] = set()
    for place in _places(_Place(schema, None, ""), library, base=base):
        if "$ref" in place.schema:
            target = resolved(place.schema["$ref"], base=base)
            library.lookup(target)
            found.add(canonical(urldefrag(target)[0]))
        for fault in _faults(place, ours=ours):
            raise InformationModelError(f"at {place.path or 'its root'}: {fault}", file=file)
    return frozenset(found)


def _faults(place: _Place, *, ours: bool) -> Iterator[str]:
    schema = place.schema
    name = schema.get("format")
    if name is not None and name not in FORMATS:
        yield f"nothing checks the format {name!r}; known: {', '.join(FORMATS)}"
    rule = schema.get("x-rule")
    if rule is not None and rule not in NAMED_RULES:
        yield f"there is no rule {rule!r} for x-rule; known: {', '.join(NAMED_RULES)}"
    for keyword in schema:
        if keyword not in _KNOWN and not keyword.startswith("x-"):
            yield from _unknown(keyword, ours=ours)
        taken_by = _TAKEN_BY.get(keyword)
        if taken_by is None:
            continue
        if place.types is None:
            yield f"{keyword} says nothing about values that are no {taken_by}: state the type too"
        elif taken_by not in place.types and not (taken_by == "number" and "integer" in place.types):
            yield f"{keyword} checks a {taken_by}, and the type is {', '.join(sorted(place.types))}"


def _unknown(keyword: str, *, ours: bool) -> Iterator[str]:
    near = difflib.get_close_matches(keyword, sorted(_KNOWN), n=1, cutoff=0.85)
    if near:
        yield f"there is no keyword {keyword!r}; it looks like {near[0]!r}"
    elif ours:
        yield f"there is no keyword {keyword!r}; begin one of your own with x-"


def _places(place: _Place, library: Library, *, base: str) -> Iterator[_Place]:
    """Walk the subschemas; those that see the same value know the types of the ones around them."""
    schema = place.schema
    if not isinstance(schema, dict):
        return
    types = _types(schema, library, base=base) or place.types
    here = _Place(schema, types, place.path)
    yield here
    for part in (*_in_place(here), *_below(here)):
        yield from _places(part, library, base=base)


def _in_place(place: _Place) -> Iterator[_Place]:
    schema, path = place.schema, place.path
    for keyword in _ONE:
        if keyword in schema:
            yield _Place(schema[keyword], place.types, f"{path}/{keyword}")
    for keyword in _SEVERAL:
        for index, part in enumerate(schema.get(keyword, ())):
            yield _Place(part, place.types, f"{path}/{keyword}/{index}")
    for name, part in schema.get("dependentSchemas", {}).items():
        yield _Place(part, place.types, f"{path}/dependentSchemas/{name}")


def _below(place: _Place) -> Iterator[_Place]:
    schema, path = place.schema, place.path
    for keyword in _PARTS:
        types = frozenset(("string",)) if keyword == "propertyNames" else None
        yield _Place(schema.get(keyword), types, f"{path}/{keyword}")
    for keyword in (*_NAMED_PARTS, "$defs", "definitions"):
        for name, part in schema.get(keyword, {}).items():
            yield _Place(part, None, f"{path}/{keyword}/{name}")
    for index, part in enumerate(schema.get("prefixItems", ())):
        yield _Place(part, None, f"{path}/prefixItems/{index}")


def _types(schema: Schema, library: Library, *, base: str, seen: frozenset[str] = frozenset()) -> frozenset[str] | None:
    """Give the types that a subschema states itself, or by what it refers to."""
    stated = schema.get("type")
    if stated is not None:
        return frozenset((stated,) if isinstance(stated, str) else stated)
    target = schema.get("$ref")
    if target is None:
        return None
    iri = resolved(target, base=base)
    found = library.lookup(iri)
    if iri in seen or not isinstance(found, dict):
        return None
    return _types(found, library, base=urldefrag(iri)[0], seen=seen | {iri})
