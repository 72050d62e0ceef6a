"""Compile a mapping once: what becomes of each field of a record, by the names that it has."""

import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec

from ssclab_data.sources.concepts import property_of
from ssclab_data.sources.declaration import FieldRule, Form, MappingFile, Named, PlaceRule, Stamp
from ssclab_data.sources.flags import Flags
from ssclab_data.sources.lookups import lookup_fields
from ssclab_data.sources.place import position_fields
from ssclab_data.sources.quantities import Channel, Missing
from ssclab_data.sources.templates import names_in
from ssclab_data.sources.times import Clock, Span

_MOST_SHAPES = 1_000


class Shape(msgspec.Struct, frozen=True):
    """What becomes of the fields of records with the same names.

    Attributes:
        values: fields that become results, with what reads them, and what the stamp marks for them where that is
            their own.
        structural: how many fields say where, when or what the record is.
        position: those of them that a position comes from.
        ignored: how many fields the mapping ignores by name.
        unknown: fields that it does not know.
        groups: fields that are decoded together, by the key of their rule.
    """

    values: tuple[tuple[str, Channel, Span | None], ...]
    structural: int
    position: tuple[str, ...]
    ignored: int
    unknown: tuple[str, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]


class Plan:
    """A mapping, compiled.

    Attributes:
        missing: what stands for no value in any field.
        channels: what reads the values of a field, by the key of its rule.
        flags: what the source says itself of how good values are.
        described: fields that entities are described by.
    """

    def __init__(self, mapping: MappingFile) -> None:
        self.mapping = mapping
        self.missing = Missing.of(*mapping.missing)
        self.channels = {key: Channel(key, rule, mapping.missing) for key, rule in mapping.fields.items()}
        self.flags = Flags(mapping.flags)
        self.described = tuple(sorted(_named_fields(mapping.thing) | _named_fields(mapping.sensor)))
        self._clock = Clock(mapping.time)
        self._clocks = {form.name: Clock(form.time) for form in mapping.forms if form.time is not None}
        self._members = {name: key for key, rule in mapping.fields.items() for name in rule.group}
        self._patterns = [key for key in mapping.fields if "*" in key]
        self._units = {
            name for rule in mapping.fields.values() if rule.unit_field for name in rule.unit_field.split("|")
        }
        if mapping.concepts is not None and mapping.concepts.unit_field:
            self._units.add(mapping.concepts.unit_field)
        self._series = {name for rule in mapping.fields.values() for name in names_in(rule.series)}
        self._joined = lookup_fields(mapping)
        self._concepts: dict[str, Channel | None] = {}
        self._shapes: dict[tuple[str, ...], Shape] = {}

    def clock(self, form: Form) -> Clock:
        """Give what reads the stamps of a form."""
        return self._clocks.get(form.name, self._clock)

    def place(self, form: Form) -> PlaceRule:
        """Give the rule for positions of a form."""
        return form.place or self.mapping.place

    def span(self, form: Form, rule: FieldRule) -> Span | None:
        """Give what the stamp marks for a field, where it says so itself.

        Raises:
            ValueParseError: its period is none.
        """
        if not rule.period and rule.stamp is None:
            return None
        time = self.clock(form).rule
        stamp = rule.stamp or time.stamp
        return Span.of(stamp, "" if stamp is Stamp.INSTANT else rule.period or time.period)

    def shape(self, form: Form, names: tuple[str, ...]) -> Shape:
        """Say what becomes of the fields with these names."""
        key = (form.name, *names)
        found = self._shapes.get(key)
        if found is None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            found = self._shapes[key] = self._make(form, names)
        return found

    def structural(self, form: Form) -> frozenset[str]:
        """Give the fields that say where, when or what a record is."""
        told = {*self.clock(form).names, *self._ids(), *self.described, *position_fields(self.place(form))}
        return frozenset(
            told | self.flags.names | self._units | self._series | self._joined | form.needs.keys() | form.decode.keys()
        )  # fmt: skip

    def telling(self, form: Form, filled: Callable[[str], bool]) -> frozenset[str]:
        """Give the fields that tell which Thing, Sensor, place and series records are of, and what they are called.

        Args:
            filled: whether a field names something in each of the records; what stands behind it for the same id then
                tells nothing.
        """
        ids = {name for named in (self.mapping.thing, self.mapping.sensor) for name in _deciding(named.id, filled)}
        return frozenset({*ids, *self.described, *position_fields(self.place(form)), *self._series})

    def _ids(self) -> set[str]:
        named = (self.mapping.thing, self.mapping.sensor)
        return {name for one in named for name in _deciding(one.id, lambda _: False)}

    def _make(self, form: Form, names: tuple[str, ...]) -> Shape:
        structural, position = self.structural(form), position_fields(self.place(form))
        kinds: dict[str, list[str]] = {"structural": [], "position": [], "ignored": [], "unknown": []}
        values: list[tuple[str, Channel, Span | None]] = []
        for name in names:
            channel = self._channel(name, structural)
            if channel is not None:
                values.append((name, channel, self.span(form, channel.rule)))
            elif name not in self._members:
                kinds[self._kind(name, structural, position)].append(name)
        return Shape(
            values=tuple(values),
            structural=len(kinds["structural"]) + len(kinds["position"]),
            position=tuple(kinds["position"]),
            ignored=len(kinds["ignored"]),
            unknown=tuple(kinds["unknown"]),
            groups=tuple(self._groups(names)),
        )

    def _channel(self, name: str, structural: Iterable[str]) -> Channel | None:
        """Give what reads the values of a field; a whole name goes before a pattern."""
        exact = self.channels.get(name)
        if exact is not None and not exact.rule.group:
            return exact
        if name in self._members or name in structural or name in self.mapping.ignore:
            return None
        pattern = next((key for key in self._patterns if fnmatchcase(name, key)), None)
        return self.channels[pattern] if pattern is not None else self._concept(name)

    def _concept(self, name: str) -> Channel | None:
        values = self.mapping.concepts
        if values is None or not re.match("https?://", name):
            return None
        id_ = property_of(name)
        if id_ is None:
            return None
        if id_ not in self._concepts:
            rule = FieldRule(property=id_, **msgspec.structs.asdict(values))
            self._concepts[id_] = Channel(name, rule, self.mapping.missing)
        return self._concepts[id_]

    def _kind(self, name: str, structural: Iterable[str], position: Iterable[str]) -> str:
        if name in structural:
            return "position" if name in position else "structural"
        return "ignored" if any(fnmatchcase(name, pattern) for pattern in self.mapping.ignore) else "unknown"

    def _groups(self, names: tuple[str, ...]) -> Iterable[tuple[str, tuple[str, ...]]]:
        for key, rule in self.mapping.fields.items():
            here = tuple(name for name in rule.group if name in names)
            if here:
                yield key, here


def _named_fields(named: Named) -> set[str]:
    texts = (named.name, named.description)
    return {name for text in texts for name in names_in(text)} | set(named.properties.values())


def _deciding(ids: Iterable[str], filled: Callable[[str], bool]) -> Iterator[str]:
    """Give the fields of ids or templates of ids, up to the first that is always there."""
    for text in ids:
        names = names_in(text) or (text,)
        yield from names
        if all(map(filled, names)):
            return
