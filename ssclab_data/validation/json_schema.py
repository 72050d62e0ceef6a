"""Check entities and other documents against JSON Schema, with every format asserted."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import InformationModelError
from ssclab_data.model.entity import Entity
from ssclab_data.model.finding import Finding
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.sensorthings import entity_type, type_of
from ssclab_data.resources import extensions
from ssclab_data.validation.json_engines import AUTO, engine_of
from ssclab_data.validation.json_faults import Compiled
from ssclab_data.validation.json_findings import distinct, findings_of, is_fit, pointer, unfit
from ssclab_data.validation.json_reference import check_shape
from ssclab_data.validation.rules import RULES
from ssclab_data.validation.schema_rules import check_schema
from ssclab_data.validation.schemas import BASE, Schema, iri_of, library, schema_file, schema_files, schema_names
from ssclab_data.validation.wire import to_wire

__all__ = ["check_against", "check_document", "check_entity", "findings_in", "pointer", "schema_names"]

_GIVEN = BASE + "given"


def check_entity(entity: Entity, *, engine: str = AUTO) -> tuple[Finding, ...]:
    """Check one descriptive entity; empty when it is in order.

    Raises:
        InformationModelError: a schema is missing or wrong.

    >>> from ssclab_data.model.sensorthings import Thing
    >>> [finding.path for finding in check_entity(Thing(key="demo/1", name="unit 1"))]
    ['/description']
    """
    name = type_of(entity).name
    wire = to_wire(entity)
    key = "" if entity.key is UNSET else entity.key
    # JSON has no NaN: it would be lost in the encoding.
    findings = _check_encoded(name, msgspec.json.encode(wire), engine) if is_fit(wire) else tuple(unfit(wire))
    if not key:
        return (*findings, RULES["key-missing"].finding({"name": name}))
    return tuple(msgspec.structs.replace(finding, entity=key) for finding in findings)


def check_document(entity_type_name: str, document: object, *, engine: str = AUTO) -> tuple[Finding, ...]:
    """Check SensorThings JSON as it is on the wire against the schema of an entity type.

    Args:
        entity_type_name: name of the type or its set; `MultiDatastream` too.
        document: parsed JSON.

    Raises:
        UnknownNameError: there is no such entity type.
        InformationModelError: a schema is missing or wrong.
    """
    name = entity_type(entity_type_name, VIEWS).name
    return findings_in(document, _named(f"entities/{name}", engine, extensions()))


def faults_of(schema: str, document: object) -> Iterator[str]:
    """Word what is wrong with a declared file, each fault with its place and, where there is one, a likely word."""
    for finding in check_against(schema, document):
        instead = f" (did you mean {finding.suggestion!r}?)" if finding.suggestion else ""
        yield f"{finding.path or 'the whole'}: {finding.text}{instead}"


def check_against(
    schema: Schema | str, document: object, *, others: Iterable[Schema] = (), engine: str = AUTO
) -> tuple[Finding, ...]:
    """Check a document against a schema of `schemas/`, by name, or against any other schema.

    Args:
        schema: a name of `schema_names()`, or a schema of JSON Schema 2020-12.
        document: parsed JSON (or YAML).
        others: schemas that a given schema refers to, each with its `$id`; nothing is fetched.
        engine: `auto`, `jsonschema` or `jsonschema-rs`.

    Raises:
        InformationModelError: there is no such schema, or it is wrong: a format that nothing checks, a keyword that
            its type does not take, a reference to what is not at hand.
        SettingsError: there is no such engine.

    >>> [str(finding) for finding in check_against({"type": "string", "format": "date-time"}, "20-04")]
    ["error: bad-format: '20-04' is not a valid date-time"]
    """
    if isinstance(schema, str):
        return findings_in(document, _named(schema, engine, extensions()))
    return findings_in(document, compiled(schema, others=others, engine=engine))


def compiled(schema: Schema, *, others: Iterable[Schema] = (), engine: str = AUTO) -> Compiled:
    """Make any schema ready to check many documents with `findings_in`; see `check_against`."""
    encoded = msgspec.json.encode([schema, *others])
    return _given(encoded, engine, extensions())


def findings_in(document: object, schema: Compiled) -> tuple[Finding, ...]:
    """Check a document against a schema that has been made ready."""
    if not is_fit(document):
        return distinct(unfit(document))
    if schema.is_valid(document):
        return ()
    faults = chain.from_iterable(fault.settled() for fault in schema.faults(document))
    return distinct(chain.from_iterable(map(findings_of, faults)))


@lru_cache(maxsize=8192)
def _check_encoded(name: str, wire: bytes, engine: str) -> tuple[Finding, ...]:
    # Stations and units come back in every file of a source: each is checked once.
    return check_document(name, msgspec.json.decode(wire), engine=engine)


@cache
def _named(name: str, engine: str, _extensions: tuple[object, ...]) -> Compiled:
    found = schema_file(name)
    _check(iri_of(found.schema))
    if found.parts_only:
        raise InformationModelError("it only has parts of other schemas: nothing is checked by it", file=found.file)
    return engine_of(engine).compile(found.schema, library())


def _check(iri: str) -> None:
    """Refuse a wrong schema, or one that leads to a wrong one; to check all there are would take most of a second."""
    seen, waiting = set[str](), {iri}
    while waiting:
        seen |= waiting
        waiting = {target for one in waiting for target in _references(one, extensions())} - seen


@cache
def _references(iri: str, _extensions: tuple[object, ...]) -> frozenset[str]:
    one = next(one for one in schema_files().values() if iri_of(one.schema) == iri)
    check_shape(one.schema, file=one.file)
    return check_schema(one.schema, library(), file=one.file, ours=True)


@lru_cache(maxsize=256)
def _given(encoded: bytes, engine: str, _extensions: tuple[object, ...]) -> Compiled:
    schema, *others = msgspec.json.decode(encoded, type=list[dict[str, Any]])
    schema.setdefault("$id", _GIVEN)
    known = library().joined((schema, *others))
    for one in (schema, *others):
        check_shape(one, file=str(one["$id"]))
        check_schema(one, known, file=str(one["$id"]), ours=False)
    return engine_of(engine).compile(schema, known)
