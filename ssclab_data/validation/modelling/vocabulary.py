"""Check definitions, units and codes against the code lists, and say what to write instead."""

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.sosa import Node
from ssclab_data.model import codelists
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.codelists import PropertyInfo
from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import type_of
from ssclab_data.model.units import Unit, resolve_unit
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.resources import extensions
from ssclab_data.validation.modelling.context import Context, at, value_at
from ssclab_data.validation.profile import severity_of
from ssclab_data.validation.rules import shown

_MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
_WORD = re.compile(r"[a-z0-9]+")
_SHOWN_CODES = 20


def check_definition(node: Node, context: Context) -> Iterator[Finding]:
    """Check what an ObservedProperty says that it is."""
    entity = node.entity
    if not isinstance(entity, sta.ObservedProperty):
        return
    definition = entity.definition if isinstance(entity.definition, str) else ""
    info = property_of(entity)
    place = at(node, "/definition", definition)
    if info is None:
        near = _nearest(entity)
        yield from context.breach(
            "property-unknown", {"value": shown(definition)}, place, suggestion=near.definition if near else ""
        )
        return
    if definition != info.definition:
        facts = {"value": shown(definition), "property": info.id}
        yield from context.breach("definition-not-canonical", facts, place, suggestion=info.definition)
    chosen = context.profile.observed_properties
    if chosen and info.id not in chosen:
        facts = {"property": info.id, "profile": context.profile.name}
        yield from context.breach("property-not-in-profile", facts, place)


def check_unit(node: Node, context: Context) -> Iterator[Finding]:
    """Check the unit of a Datastream by itself, and against what it observes."""
    entity = node.entity
    if not isinstance(entity, sta.Datastream):
        return
    unit = entity.unit_of_measurement
    if not isinstance(unit, UnitOfMeasurement) or not any((unit.name, unit.symbol, unit.definition)):
        if entity.observation_type in (_MEASUREMENT, UNSET):
            yield from context.breach("unit-missing", {}, at(node, "/unitOfMeasurement"))
        return
    by_definition, by_symbol = _resolved(unit.definition), _resolved(unit.symbol)
    found = by_definition or by_symbol or _resolved(unit.name)
    if found is None:
        written = unit.definition or unit.symbol or unit.name
        place = at(node, "/unitOfMeasurement", written)
        yield from context.breach("unit-unknown", {"value": shown(written)}, place, suggestion=_expected_iri(node))
        return
    yield from _written(node, unit, found, context)
    if by_definition and by_symbol and by_definition.ucum != by_symbol.ucum:
        facts = {"value": shown(unit.symbol), "definition": shown(unit.definition)}
        yield from context.breach("unit-contradicts", facts, at(node, "/unitOfMeasurement", unit.symbol))
        return
    yield from _fits(node, found, context)


def check_codes(node: Node, context: Context) -> Iterator[Finding]:
    """Check values that must be codes of a list, and values that must be there."""
    for path, name in _paths(node, tuple(context.profile.vocabularies)):
        value = value_at(node, path)
        codelist = context.profile.vocabularies[name]
        codes = _codes(codelist, extensions())
        if value is not UNSET and value is not None and value not in codes:
            near = difflib.get_close_matches(str(value).lower(), codes, n=1)
            facts = {"value": shown(value), "codelist": f"{codelist}.csv", "known": ", ".join(codes[:_SHOWN_CODES])}
            place = at(node, _pointer(name), value)
            yield from context.breach("code-not-listed", facts, place, suggestion=near[0] if near else "")


def property_of(entity: sta.ObservedProperty) -> PropertyInfo | None:
    """Find the row of the code list that an ObservedProperty means; other spellings of its definition count too."""
    if not isinstance(entity.definition, str):
        return None
    return _by_definition(extensions()).get(_plain(entity.definition))


def _written(node: Node, unit: UnitOfMeasurement, found: Unit, context: Context) -> Iterator[Finding]:
    wanted = found.definition or found.ucum
    if unit.definition not in (found.definition, found.ucum):
        written = unit.definition or unit.symbol
        facts = {"value": shown(written), "unit": found.ucum}
        place = at(node, "/unitOfMeasurement/definition", unit.definition)
        yield from context.breach("unit-not-canonical", facts, place, suggestion=wanted)


def _fits(node: Node, found: Unit, context: Context) -> Iterator[Finding]:
    info = observed(node)
    if info is not None and info.ucum != found.ucum:
        facts = {"property": info.id, "expected": info.ucum, "value": found.ucum}
        place = at(node, "/unitOfMeasurement", found.ucum)
        yield from context.breach("unit-not-of-property", facts, place, suggestion=info.ucum)


def observed(node: Node) -> PropertyInfo | None:
    """Give the row of the code list that a Datastream observes; None where it is not known."""
    for one in node.links.get("ObservedProperty", ()):
        if isinstance(one.entity, sta.ObservedProperty):
            return property_of(one.entity)
    return None


def _expected_iri(node: Node) -> str:
    info = observed(node)
    found = _resolved(info.ucum) if info is not None else None
    return found.definition if found is not None else ""


def _resolved(text: str | None) -> Unit | None:
    try:
        return resolve_unit(text.removeprefix("ucum:")) if text else None
    except ValueParseError:
        return None


def _nearest(entity: sta.ObservedProperty) -> PropertyInfo | None:
    """Guess by name: the id, or a label, that is most like it."""
    name = str(entity.name if entity.name is not UNSET else "").lower()
    texts = {
        text.lower(): info
        for info in codelists.observed_properties().values()
        for text in (info.id, info.label_en, info.label_nl)
    }
    tail = str(entity.definition).rstrip("/#").rpartition("/")[2].lower()
    for text in filter(None, (name, tail, _joined(name), _joined(tail))):
        near = difflib.get_close_matches(text, texts, n=1, cutoff=0.75)
        if near:
            return texts[near[0]]
    return None


def _joined(text: str) -> str:
    return "".join(_WORD.findall(text))


@cache
def _by_definition(_extensions: tuple[object, ...]) -> dict[str, PropertyInfo]:
    return {_plain(info.definition): info for info in codelists.observed_properties().values()}


def _plain(iri: str) -> str:
    """Write the spellings of one concept alike: EIONET and NVS answer to http and https, with and without a slash."""
    bare = iri.strip().removeprefix("https://").removeprefix("http://").rstrip("/").lower()
    return bare.replace("/vocabularyconcept/", "/vocabulary/")


@cache
def _codes(name: str, _extensions: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(next(iter(row.values())) for row in codelists.read(name))


def check_required(node: Node, context: Context) -> Iterator[Finding]:
    """Check that the values are there that the profile asks for, each as bad as it says."""
    for path, name in _paths(node, tuple(context.profile.required)):
        severity = severity_of(context.profile.required[name])
        if severity is not None and value_at(node, path) in (UNSET, None, ""):
            facts = {"name": name.partition("/")[2], "profile": context.profile.name}
            for finding in context.breach("value-missing", facts, at(node, _pointer(name))):
                yield msgspec.structs.replace(finding, severity=severity)


def _paths(node: Node, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give the paths of a profile that are of this entity's type, as fields, with their names in the profile."""
    kind = type_of(node.entity)
    for name in names:
        type_name, *parts = name.split("/")
        if type_name == kind.name and parts[0] in kind.by_name:
            yield (kind.by_name[parts[0]].field, *parts[1:]), name


def _pointer(name: str) -> str:
    return "/" + name.partition("/")[2]


def unit_code(entity: Any) -> str:
    """Give the UCUM code of a Datastream's unit, or "" where it has none that is known."""
    unit = getattr(entity, "unit_of_measurement", UNSET)
    if not isinstance(unit, UnitOfMeasurement):
        return ""
    found = _resolved(unit.definition) or _resolved(unit.symbol) or _resolved(unit.name)
    return found.ucum if found is not None else ""
