"""Check what a mapping names outside itself: properties, units, kinds, codes, decoders, readers, zones, formats."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model.units import resolve_unit
from ssclab_data.sources.declaration import (
    FieldRule,
    FlagRule,
    Form,
    Hours,
    MappingFile,
    PlaceRule,
    Stamp,
    TimeRule,
    Values,
)
from ssclab_data.sources.decoders import BYTE_DECODERS, GROUP_DECODERS, POSITION_DECODERS, find_byte_decoder
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.numbers import exact
from ssclab_data.sources.quantities import Channel, specials
from ssclab_data.sources.reading import READERS, find_reader
from ssclab_data.sources.reading.checks import wrong_in
from ssclab_data.sources.stamps import UNIX, format_pattern
from ssclab_data.sources.templates import FIELD
from ssclab_data.sources.times import Span, parse_period
from ssclab_data.sources.zones import zone_of

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class Mistake(msgspec.Struct, frozen=True):
    """Something in a mapping that cannot be.

    Attributes:
        keys: path in the file, key by key.
    """

    keys: tuple[str, ...]
    message: str


def mistakes(mapping: MappingFile) -> Iterator[Mistake]:
    """Find what is wrong with a mapping whose form is right."""
    if not _NAME.fullmatch(mapping.source):
        yield Mistake(("source",), f"{mapping.source!r} is no name of a source: write it with a-z, 0-9 and -")
    names = [form.name for form in mapping.forms]
    for number, form in enumerate(mapping.forms):
        at = ("forms", str(number))
        if names.index(form.name) != number:
            yield Mistake((*at, "name"), f"two forms are called {form.name!r}: give each a name of its own")
        yield from _at(at, _form(form, mapping))
    yield from _at(("time",), _time(mapping.time, mapping))
    yield from _at(("place",), _place(mapping.place))
    for part, named in (("thing", mapping.thing), ("sensor", mapping.sensor)):
        yield from _at((part,), _templates({"name": named.name, "description": named.description}))
    for name, rule in mapping.fields.items():
        yield from _at(("fields", name), _field(name, rule, mapping))
    if mapping.concepts is not None:
        yield from _at(("concepts",), _values(mapping.concepts, mapping.time))
    for name, flag in mapping.flags.items():
        yield from _at(("flags", name), _flag(flag))
    for name, lookup in mapping.lookups.items():
        if lookup.form and lookup.form not in names:
            yield Mistake(("lookups", name, "form"), f"no form is called {lookup.form!r}; there are {', '.join(names)}")
        yield from _pattern(("lookups", name, "required_for"), lookup.required_for)


def _at(keys: tuple[str, ...], found: Iterator[Mistake]) -> Iterator[Mistake]:
    for one in found:
        yield Mistake((*keys, *one.keys), one.message)


def _tried(key: str, check: Callable[[], object]) -> Iterator[Mistake]:
    try:
        check()
    except (ValueParseError, LookupError, ValueError, ZeroDivisionError) as error:
        yield Mistake((key,), str(error))


def _known(key: str, name: str, known: Mapping[str, object] | list[str], *, what: str) -> Iterator[Mistake]:
    if name not in known:
        yield Mistake((key,), f"no {what} {name!r}; known: {', '.join(known)}")


def _pattern(keys: tuple[str, ...], pattern: str, *, groups: int = 0) -> Iterator[Mistake]:
    try:
        found = re.compile(pattern).groups
    except re.error as error:
        yield Mistake(keys, f"{pattern!r} is no pattern: {error}")
        return
    if groups and found != groups:
        yield Mistake(keys, f"{pattern!r} must have {groups} group, not {found}")


def _templates(texts: Mapping[str, str]) -> Iterator[Mistake]:
    for key, text in texts.items():
        if re.search(r"[{}]", FIELD.sub("", text)):
            yield Mistake((key,), f"a bracket of {text!r} has no other one: a field is named as {{field}}")


def _form(form: Form, mapping: MappingFile) -> Iterator[Mistake]:
    if find_reader(form.reader) is None:
        yield from _known("reader", form.reader, READERS, what="reader")
    for key, message in wrong_in(form):
        yield Mistake(tuple(key.split(".")), message)
    yield from _tried("encoding", lambda: codecs.lookup(form.encoding))
    yield from _pattern(("id_in_name",), form.id_in_name)
    yield from _pattern(("line",), form.line)
    for field, pattern in form.from_name.items():
        yield from _pattern(("from_name", field), pattern)
    for field, decoder in form.decode.items():
        if find_byte_decoder(decoder) is None:
            yield from _at(("decode",), _known(field, decoder, BYTE_DECODERS, what="decoder"))
    if form.wide is not None:
        yield from _pattern(("wide", "columns"), form.wide.columns, groups=1)
    if form.decimal not in (".", ","):
        yield Mistake(("decimal",), f"the decimal mark is . or , and not {form.decimal!r}")
    if form.time is not None:
        yield from _at(("time",), _time(form.time, mapping))
    if form.place is not None:
        yield from _at(("place",), _place(form.place))


def _place(rule: PlaceRule) -> Iterator[Mistake]:
    if rule.decoder:
        yield from _known("decoder", rule.decoder, POSITION_DECODERS, what="decoder")


def _time(rule: TimeRule, mapping: MappingFile) -> Iterator[Mistake]:
    if rule.format and rule.format not in UNIX:
        yield from _tried("format", lambda: format_pattern(rule.format))
    if rule.period:
        yield from _tried("period", lambda: parse_period(rule.period))
    for key, zone in (("zone", rule.zone), *(("zones", one.zone) for one in rule.zones)):
        if zone:
            yield from _tried(key, lambda zone=zone: zone_of(zone))  # type: ignore[misc]
    for name, zone in rule.zone_names.items():
        yield from _at(("zone_names",), _tried(name, lambda zone=zone: zone_of(zone)))  # type: ignore[misc]
    for one in rule.zones:
        yield from _tried("zones", lambda one=one: _local(one.until))  # type: ignore[misc]
    yield from _edges(rule, mapping)


def _local(text: str) -> None:
    if text and datetime.fromisoformat(text).tzinfo is not None:
        raise ValueParseError(text, "a local stamp: leave its zone out")


def _edges(rule: TimeRule, mapping: MappingFile) -> Iterator[Mistake]:
    """Check what goes together: an edge is one of a period, and hour 24 is the end of one."""
    observing = any(form.observes and form.time in (None, rule) for form in mapping.forms)
    if observing and not (rule.fields or rule.text or rule.received):
        yield Mistake(("fields",), "say in which field the stamp is, or allow the time of arrival by `received`")
    both = bool(rule.until or rule.until_text)
    if both and rule.stamp is Stamp.INSTANT:
        yield Mistake(("until",), "a moment has no other edge; say in `stamp` which edge the stamp marks")
    if rule.stamp is not Stamp.INSTANT and not (both or rule.period):
        lacking = [
            name for name, field in mapping.fields.items() if not field.period and field.stamp is not Stamp.INSTANT
        ]
        if lacking:
            yield Mistake(
                ("stamp",), f"it marks the {rule.stamp} of a period, but none is given; add `period` or `until`"
            )
    if rule.hours is Hours.FROM_1 and rule.stamp is Stamp.START:
        yield Mistake(("hours",), "hours from 1 to 24 are numbered by their ends; the stamp is the end, not the start")


def _field(name: str, rule: FieldRule, mapping: MappingFile) -> Iterator[Mistake]:
    yield from _tried("property", lambda: codelists.observed_property(rule.property))
    for text, id_ in rule.by_unit.items():
        yield from _at(("by_unit",), _tried(text, lambda id_=id_: codelists.observed_property(id_)))  # type: ignore[misc]
        yield from _at(("by_unit",), _tried(text, lambda text=text: resolve_unit(text)))  # type: ignore[misc]
    values = list(_values(rule, mapping.time))
    yield from values
    if rule.group:
        yield from _known("decoder", rule.decoder, GROUP_DECODERS, what="decoder")
    if not rule.unit and (not rule.unit_field or rule.group):
        yield Mistake(("unit",), "say in which unit the values are, or in `unit_field` which field tells it")
    elif not values:
        yield from _units(name, rule, mapping)


def _units(name: str, rule: FieldRule, mapping: MappingFile) -> Iterator[Mistake]:
    """Check that every unit that is named converts to that of its property."""
    try:
        channel = Channel(name, msgspec.structs.replace(rule, unit=""), mapping.missing)
        for text in (*filter(None, (rule.unit,)), *rule.by_unit):
            channel.quantity(text)
    except Refusal as refusal:
        id_ = rule.property
        message = f"{id_} is published in {refusal.limits}, and {refusal.value} does not convert to that: {_cure(rule)}"
        yield Mistake(("unit",), message if refusal.limits else f"{refusal.value!r} is not a unit of the code list")
    except ValueParseError:
        return  # told with `property` or `by_unit`


def _cure(rule: FieldRule) -> str:
    return "the molar mass must be in gases.csv" if rule.gas else "choose another property, or give `gas`"


def _values(rule: Values, time: TimeRule) -> Iterator[Mistake]:
    if rule.unit:
        yield from _tried("unit", lambda: resolve_unit(rule.unit))
    if rule.minimum is not None and rule.maximum is not None and rule.minimum > rule.maximum:
        yield Mistake(("minimum",), f"it is above the maximum, {rule.maximum:g}, so no value could pass")
    yield from _tried("scale", lambda: exact(rule.scale))
    yield from _tried("offset", lambda: exact(rule.offset))
    yield from _tried("special", lambda: specials(rule))
    for text, one in rule.special.items():
        if one.quality not in ("1", "2", "3"):
            message = (
                f"quality {one.quality!r} of a value that is kept must be 1, 2 or 3; else put {text} under `missing`"
            )
            yield Mistake(("special", text), message)
    if rule.kind:
        yield from _known("kind", rule.kind, _codes("measurement-kinds"), what="measurement kind")
    stamp = rule.stamp or time.stamp
    yield from _tried("period", lambda: Span.of(stamp, rule.period))
    if rule.period and stamp is Stamp.INSTANT:
        yield Mistake(("period",), "a moment has no period; say in `stamp` which edge of the period the stamp marks")


def _flag(rule: FlagRule) -> Iterator[Mistake]:
    known = _codes("quality-flags")
    for text, code in rule.codes.items():
        yield from _at(("codes",), _known(text, code, known, what="quality flag")) if code not in known else ()
    if rule.absent:
        yield from _known("absent", rule.absent, known, what="quality flag")


def _codes(name: str) -> list[str]:
    return [row["code"] for row in codelists.read(name)]
